//! `docs/gateway.md` says what the codec does: its tables are made from the constants that the schema is compared with.
//!
//! After a change: `GOLDEN=write cargo test -p tallystick-wire --test it document`, then read the difference.

use std::fmt::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tallystick_wire::framing::{MAX_FRAME, MIN_FRAME, READ_BUFFER};
use tallystick_wire::schema::{FieldLayout, GroupLayout, SCHEMA_ID, SCHEMA_VERSION};
use tallystick_wire::session::*;
use tallystick_wire::*;

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/gateway.md");
    std::fs::read_to_string(path).expect("docs/gateway.md")
}

/// The tests of this file read and write one document.
static ALONE: Mutex<()> = Mutex::new(());

/// The part between the markers of this name; written anew if asked for.
fn check(name: &str, expected: &str) {
    // One that failed has written nothing.
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (begin, end) =
        (format!("<!-- begin {name}: made from the schema -->\n"), format!("<!-- end {name} -->"));
    let document = document();
    let start = document.find(&begin).unwrap_or_else(|| panic!("no marker for {name}")) + begin.len();
    let stop = start + document[start..].find(&end).expect("an end marker");
    if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
        let written = format!("{}{expected}{}", &document[..start], &document[stop..]);
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/gateway.md"), written).unwrap();
        return;
    }
    assert_eq!(&document[start..stop], expected, "{name}");
}

fn field_row(field: &FieldLayout) -> String {
    let FieldLayout { name, tag, offset, length, schema_type, primitive, required, since } = field;
    let count =
        usize::from(*length) / if matches!(*primitive, "char" | "uint8") { 1 } else { usize::from(*length) };
    let primitive = if count > 1 { format!("{primitive}[{count}]") } else { (*primitive).to_owned() };
    let null = match (required, since) {
        (true, 1) => String::new(),
        (false, 1) => "may be null".to_owned(),
        (true, since) => format!("since version {since}"),
        (false, since) => format!("may be null; since version {since}"),
    };
    format!("| {offset} | {length} | {name} | {tag} | {schema_type} | {primitive} | {null} |\n")
}

#[test]
fn every_message_is_documented_with_its_offsets() {
    let mut expected = String::new();
    for layout in Message::LAYOUTS {
        let sender = match Message::senders(layout.template_id).unwrap() {
            [Sender::Client] => "client to venue",
            [Sender::Venue] => "venue to client",
            _ => "both ways",
        };
        let (name, id, block) = (layout.name, layout.template_id, layout.block_length);
        let since = match layout.since {
            1 => String::new(),
            since => format!(" Since version {since}."),
        };
        let shorter = (layout.since..layout.version).map(|version| layout.block_length_in(version));
        let shorter: String =
            shorter.zip(layout.since..).map(|(n, version)| format!(" ({n} in version {version})")).collect();
        writeln!(
            expected,
            "### {name}\n\nTemplate {id}, block of {block} bytes{shorter}, {sender}.{since}\n"
        )
        .unwrap();
        expected += "| offset | length | field | tag | type | primitive | |\n|---|---|---|---|---|---|---|\n";
        layout.fields.iter().for_each(|field| expected += &field_row(field));
        let at = if layout.groups.is_empty() { block.to_string() } else { "last".to_owned() };
        for (n, group) in layout.groups.iter().enumerate() {
            let at = if n == 0 { block.to_string() } else { "then".to_owned() };
            let GroupLayout { name, tag, most, entry_length, .. } = group;
            let length = format!("4 + n × {entry_length}");
            writeln!(expected, "| {at} | {length} | {name} | {tag} | group | u16 {entry_length}, u16 n, n entries | n ≤ {most} |")
                .unwrap();
        }
        if layout.has_text {
            writeln!(expected, "| {at} | 2 + n | text | 58 | text | u16 length n, char[n] | n ≤ 200 |")
                .unwrap();
        }
        expected.push('\n');
        for group in layout.groups {
            writeln!(expected, "Each entry of {}:\n", group.name).unwrap();
            expected +=
                "| offset | length | field | tag | type | primitive | |\n|---|---|---|---|---|---|---|\n";
            group.fields.iter().for_each(|field| expected += &field_row(&FieldLayout { since: 1, ..*field }));
            expected.push('\n');
        }
    }
    check("messages", &expected);
}

#[test]
fn every_code_is_documented_with_what_to_do() {
    let mut expected = String::new();
    let mut table = |name: &str, values: &[(&str, u8)], text: &dyn Fn(u8) -> String| {
        writeln!(expected, "### {name}\n\n| value | name | meaning, and what to do |\n|---|---|---|")
            .unwrap();
        for (variant, value) in values {
            writeln!(expected, "| {value} | {variant} | {} |", text(*value)).unwrap();
        }
        expected.push('\n');
    };
    table("NegotiateRejectCode", NegotiateRejectCode::VALUES, &|value| {
        NegotiateRejectCode::from_value(value).unwrap().to_string()
    });
    table("EstablishRejectCode", EstablishRejectCode::VALUES, &|value| {
        EstablishRejectCode::from_value(value).unwrap().to_string()
    });
    table("RetransmitRejectCode", RetransmitRejectCode::VALUES, &|value| {
        RetransmitRejectCode::from_value(value).unwrap().to_string()
    });
    table("TerminationCode", TerminationCode::VALUES, &|value| {
        TerminationCode::from_value(value).unwrap().to_string()
    });
    check("codes", &expected);
}

#[test]
fn every_enumeration_is_documented() {
    let mut expected = "| type | values |\n|---|---|\n".to_owned();
    let enumerations = [
        ("Side", Side::VALUES),
        ("OrdType", OrdType::VALUES),
        ("TimeInForce", TimeInForce::VALUES),
        ("CxlRejResponseTo", CxlRejResponseTo::VALUES),
        ("ListUpdateAction", ListUpdateAction::VALUES),
        ("SubscriptionRequestType", SubscriptionRequestType::VALUES),
        ("Boolean", &[("Yes", b'Y'), ("No", b'N')]),
    ];
    let mut row = |name: &str, values: Vec<String>| {
        writeln!(expected, "| {name} | {} |", values.join(", ")).unwrap();
    };
    for (name, values) in enumerations {
        let shown = values.iter().map(|(name, value)| format!("`{}` {name}", char::from(*value)));
        row(name, shown.collect());
    }
    let numbers = [
        ("PegPriceType", PegPriceType::VALUES),
        ("MinQtyMethod", MinQtyMethod::VALUES),
        ("SelfMatchPreventionInstruction", SelfMatchPreventionInstruction::VALUES),
        ("SelfMatchPreventionScope", SelfMatchPreventionScope::VALUES),
        ("CrossType", CrossType::VALUES),
        ("CrossPrioritization", CrossPrioritization::VALUES),
        ("RiskLimitScope", RiskLimitScope::VALUES),
        ("RiskLimitType", RiskLimitType::VALUES),
        ("PartyActionType", PartyActionType::VALUES),
        ("PartyActionResponse", PartyActionResponse::VALUES),
        ("BlockedBy", BlockedBy::VALUES),
        ("TradingPhase", TradingPhase::VALUES),
        ("BandHit", BandHit::VALUES),
        ("ProtectionReached", ProtectionReached::VALUES),
    ];
    for (name, values) in numbers {
        let shown = values.iter().map(|(name, value)| format!("{value} {name}"));
        row(&format!("{name} (uint8, null 255)"), shown.collect());
    }
    let bits = ExecInst::CHOICES.iter().map(|(name, bit)| format!("bit {bit} {name}"));
    row("ExecInst (uint8 set; the other bits are reserved and nought)", bits.collect());
    check("enumerations", &expected);
}

#[test]
fn every_limit_is_documented() {
    let seconds = |ns: u64| format!("{} s", ns / 1_000_000_000);
    let rows: [(&str, String); 13] = [
        ("schemaId", SCHEMA_ID.to_string()),
        ("version", SCHEMA_VERSION.to_string()),
        ("shortest frame, framing header included", format!("{MIN_FRAME} bytes")),
        ("longest frame, framing header included", format!("{MAX_FRAME} bytes")),
        ("bytes held of a stream that is not yet a frame", READ_BUFFER.to_string()),
        ("longest text", format!("{} bytes", Text::MAX_LENGTH)),
        ("clock difference in a handshake", seconds(MAX_CLOCK_DIFFERENCE)),
        ("keepaliveInterval", format!("{MIN_KEEPALIVE} to {MAX_KEEPALIVE} ms")),
        ("messages in one RetransmitRequest", MAX_RETRANSMIT.to_string()),
        ("refused RetransmitRequests in a row", MAX_REFUSED_REQUESTS.to_string()),
        ("numbers missing at once in a client's flow", MAX_GAP.to_string()),
        ("highest sequence number", MAX_SEQ_NO.to_string()),
        ("wait for the answer to Terminate", seconds(TERMINATE_LINGER)),
    ];
    let mut expected = "| limit | value |\n|---|---|\n".to_owned();
    rows.iter().for_each(|(name, value)| writeln!(expected, "| {name} | {value} |").unwrap());
    check("limits", &expected);
}
