//! `tallystick explain-order`.

mod approvals;

use super::Failure;
use super::journal::words;
use crate::explain::{Explained, Which, explain};
use crate::stores::Stores;
use std::fmt::Write;
use std::path::PathBuf;
use tallystick_dsl::sentence;
use tallystick_engine::compliance::explain::{Asked, Explanation, MOST_MET, Met, Together, Trader};
use tallystick_engine::event::Event;
use tallystick_engine::rules::evaluate::each::Said;
use tallystick_engine::rules::{Identity, Path, Program, Reason, RuleId, Standing, Verdict};
use tallystick_engine::types::{ClOrdId, OrderId, Seq, SessionId, Side, Units};

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every rule of the security is asked again as it was when the order came, with the identities, lots,
counts and disclosures that were known then: the journal has all of it. Nothing is changed, and the
venue may run meanwhile. The answer tells of both sides of trades: it is for the operator.

    tallystick explain-order --data tallystick-data --order 1107
    tallystick explain-order --data tallystick-data --session 3 --clordid ACME-17
    tallystick explain-order --data tallystick-data --command 20433")]
pub struct Args {
    /// The venue's data directory
    #[arg(long, value_name = "DIR", default_value = "tallystick-data")]
    data: PathBuf,
    #[command(flatten)]
    which: By,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct By {
    /// The venue's number for the order (OrderID, tag 37)
    #[arg(long, value_name = "N", conflicts_with_all = ["command", "session", "clordid"])]
    order: Option<u64>,
    /// The number of the command that brought it, as `journal inspect` shows it
    #[arg(long, value_name = "SEQ", conflicts_with_all = ["session", "clordid"])]
    command: Option<u64>,
    /// The session that sent it
    #[arg(long, value_name = "N", requires = "clordid")]
    session: Option<u32>,
    /// The client's name for it (ClOrdID, tag 11; of a quote QuoteID, tag 117); the last one of that name
    #[arg(long, value_name = "TEXT", requires = "session")]
    clordid: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<(), Failure> {
    let By { order, command, session, clordid } = &args.which;
    let which = match (order, command, session.zip(clordid.as_deref())) {
        (Some(order), ..) => Which::Order(OrderId(*order)),
        (_, Some(command), _) => Which::Command(Seq(*command)),
        (.., Some((session, name))) => {
            let name = ClOrdId::new(name).ok_or_else(|| {
                format!("{name:?} is no ClOrdID: it has 1 to 20 printable ASCII characters")
            })?;
            Which::Named(SessionId(session), name)
        }
        _ => unreachable!("the parser asks for one of them"),
    };
    let failure = |error: &dyn std::fmt::Display| format!("{}: {error}", args.data.display());
    let stores = Stores::open_read_only(&args.data)?;
    let explained = explain(&stores, which).map_err(|e| failure(&e))?;
    let signers = approvals::signers(&args.data, &explained);
    print!("{}", text(&explained, &signers));
    Ok(())
}

/// What is told.
fn text(explained: &Explained, signers: &approvals::Signers) -> String {
    let Explained { command, sides, together, events, later, .. } = explained;
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("writing to memory does not fail");
    line(format!("Command {}, {}", command.seq, words::time(command.now)));
    line(format!("  {}", words::command(&command.command)));
    for (asked, explanation) in sides {
        match explanation {
            Some(explanation) => {
                side(asked, explanation, &mut line);
                if explanation.program.asks_approval() {
                    approvals::told(explained, asked, explanation, signers, &mut line);
                }
            }
            None => line(format!(
                "\nThere was no security {} or no account {} then: no rule was asked.",
                asked.security, asked.account
            )),
        }
    }
    let program = sides.iter().find_map(|(_, explanation)| explanation.as_ref()).map(|e| &e.program);
    if let Some((together, program)) = together.as_ref().zip(program) {
        both(together, program, &mut line);
    }
    line("\nWhat became of it at once".into());
    let told: Vec<String> = events.iter().filter_map(became).collect();
    if told.is_empty() {
        line("  nothing that concerns an order".into());
    }
    told.into_iter().for_each(|text| line(format!("  {text}")));
    let awaits = events.iter().any(|event| matches!(event, Event::Awaiting { .. }));
    if awaits {
        line("\nWhat became of it later".into());
        for (seq, now, events) in later {
            let told: Vec<String> = events.iter().filter_map(became).collect();
            told.into_iter().for_each(|text| line(format!("  {}, command {seq}: {text}", words::time(*now))));
        }
        if later.is_empty() {
            line("  it awaits still".into());
        }
    }
    out
}

/// What the rules say of both sides of a cross.
fn both(together: &Together, program: &Program, line: &mut impl FnMut(String)) {
    let Together { seller, buyer, quantity, rules, upto, unapproved } = together;
    line("\nWhat the rules say of the two".into());
    line(format!("  they may trade {upto} of the {quantity}"));
    of_pair(program, rules, "  ", line);
    if !unapproved.is_zero() {
        let (seller, buyer) = (seller.0, buyer.0);
        line(format!(
            "  wanted: that investor {seller} may sell investor {buyer} {unapproved} units more, signed by the issuer and by \
             whoever the security's text names for a right of first refusal"
        ));
    }
}

fn side(asked: &Asked, explained: &Explanation, line: &mut impl FnMut(String)) {
    let Explanation { height, as_of, stale, changing, program, who, entry, lots, met, more, .. } = explained;
    let (name, verb) = names(asked.side);
    line(format!("\nThe {name}: {}", trader(who)));
    line(format!("  judged as of height {height}, {}", words::time(*as_of)));
    if *stale {
        line("  what was known of persons was too old then: nothing trades".into());
    }
    if *changing {
        line("  the security's rules were about to change then: nothing trades".into());
    }
    line(format!("\nWhat the rules say of {verb} {} units, whoever the other side is", asked.quantity));
    rules(program, entry, line);
    if asked.side == Side::Sell {
        line("\nThe account's lots".into());
        if lots.is_empty() {
            line("  none".into());
        }
        for (lot, way) in lots {
            let open = match way {
                Ok(path) => format!("may go, {}", path_words(*path)),
                Err(reason) => format!("may not go: {}", refusal(program, *reason)),
            };
            let restricted = if lot.history.restricted { ", restricted" } else { "" };
            let paid = if lot.history.paid { "" } else { ", not paid in full" };
            let (id, units, held) = (lot.id.0, lot.units, words::time(lot.history.acquired));
            line(format!("  lot {id}: {units} units{restricted}{paid}, held since {}: {open}", &held[..10]));
        }
    }
    line("\nThe orders that it would meet, in their turns".into());
    if met.is_empty() {
        line("  none at its price".into());
    }
    met.iter().for_each(|met| of_met(asked, program, met, line));
    if *more {
        line(format!("  and more than {MOST_MET}, which are not told of"));
    }
}

fn of_met(asked: &Asked, program: &Program, met: &Met, line: &mut impl FnMut(String)) {
    let Met { order, who, price, leaves, rules: said, upto, approved } = met;
    let (other, _) = names(asked.side.opposite());
    let may =
        if upto.is_zero() { "may not trade with it".into() } else { format!("may trade {upto} with it") };
    line(format!("  order {order}, {leaves} at {price}: {may}; the {other} is {}", trader(who)));
    of_pair(program, said, "    ", line);
    if let Some(approved) = approved {
        line(format!("    {}", approvals::of_two(approved, asked.quantity.min(*leaves))));
    }
}

/// The rules that restrict what two may trade with each other.
fn of_pair(program: &Program, said: &[(RuleId, Said)], indent: &str, line: &mut impl FnMut(String)) {
    for (id, said) in said {
        if let Said::Allows(verdict) = said
            && let Some(reason) = verdict.reason
        {
            line(format!("{indent}{}: {}", rule_name(program, *id), amount(verdict, reason)));
        }
    }
}

/// Every rule, with what it says.
fn rules(program: &Program, entry: &[(RuleId, Said)], line: &mut impl FnMut(String)) {
    let of = |id: RuleId| program.rules().find(|(other, _)| *other == id).map(|(_, rule)| rule);
    for (id, said) in entry {
        let answer = match said {
            Said::Allows(Verdict { reason: None, .. }) => "yes".into(),
            Said::Allows(verdict) => amount(verdict, verdict.reason.expect("what restricts says why")),
            Said::DoesNotApply => "does not apply".into(),
            Said::Waits => "not refused; asked when both sides are known".into(),
        };
        line(format!("  {}: {answer}", rule_name(program, *id)));
        match of(*id) {
            Some(rule) => line(format!("    {}", sentence(rule))),
            None => line("    The security has rules, and who trades is known and not suspended.".into()),
        }
    }
}

fn rule_name(program: &Program, id: RuleId) -> String {
    match program.protocol_of(id) {
        Some(protocol) if protocol.cites.is_empty() => format!("rule {}, {}", id.0, protocol.name),
        Some(protocol) => format!("rule {}, {} ({})", id.0, protocol.name, protocol.cites),
        None => "of every security".into(),
    }
}

fn amount(verdict: &Verdict, reason: Reason) -> String {
    if verdict.is_denied() {
        return format!("no: {}", reason.code.text());
    }
    let Verdict { min, upto, step, whole, .. } = *verdict;
    let mut parts = Vec::new();
    if min > Units(1) {
        parts.push(format!("at least {min}"));
    }
    if upto < min {
        parts.push("nothing".into());
    } else if upto < Units::MAX {
        parts.push(format!("at most {upto}"));
    }
    if step > Units(1) {
        parts.push(format!("multiples of {step}"));
    }
    if let Some(whole) = whole {
        parts.push(format!("or exactly {whole}, all that the seller has"));
    }
    format!("{} ({})", parts.join(", "), reason.code.text())
}

fn refusal(program: &Program, reason: Reason) -> String {
    match program.protocol_of(reason.rule) {
        Some(protocol) => format!("{} (rule {}, {})", reason.code.text(), reason.rule.0, protocol.name),
        None => reason.code.text().into(),
    }
}

fn names(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Buy => ("buyer", "buying"),
        Side::Sell => ("seller", "selling"),
    }
}

fn path_words(path: Path) -> &'static str {
    match path {
        Path::Plain => "under no exemption in particular",
        Path::Rule144 => "under Rule 144, and free from then on",
        Path::Section4a7 => "under section 4(a)(7), and restricted from then on",
        Path::Rule144a => "under Rule 144A, and restricted from then on",
        Path::RegS => "under Regulation S",
        Path::RegCf => "under Regulation Crowdfunding",
        Path::Free => "free",
    }
}

/// Who stands on a side, as it was known.
fn trader(who: &Trader) -> String {
    let Trader { account, owner, identity, insider } = who;
    let mut parts = vec![format!("account {account} of investor {}", owner.0)];
    match identity {
        None => parts.push("whom the registry does not know".into()),
        Some(identity) => parts.extend(known(identity)),
    }
    if let Some(insider) = insider {
        let is = [
            (insider.issuer, "the issuer"),
            (insider.affiliate_until > tallystick_engine::types::Time::NEVER, "an affiliate, or was one"),
            (insider.controlling, "a controlling person"),
        ];
        parts.extend(is.into_iter().filter(|(is, _)| *is).map(|(_, what)| what.to_string()));
    }
    parts.join(", ")
}

fn known(identity: &Identity) -> Vec<String> {
    let place = match identity.region.as_str() {
        "" => identity.jurisdiction.to_string(),
        region => format!("{}-{region}", identity.jurisdiction),
    };
    let mut parts = vec![format!("of {place}")];
    if identity.standing == Standing::Suspended {
        parts.push("suspended".into());
    }
    let until = &identity.until;
    let claims = [
        ("verified", until.verified),
        ("accredited", until.accredited),
        ("a qualified institutional buyer", until.institutional),
        ("a qualified purchaser", until.purchaser),
        ("no US person", until.non_us),
        ("screened", until.screened),
        ("no bad actor", until.good_actor),
    ];
    for (what, end) in claims {
        if end == tallystick_engine::types::Time::FOREVER {
            parts.push(what.into());
        } else if end > tallystick_engine::types::Time::NEVER {
            parts.push(format!("{what} until {}", words::time(end)));
        }
    }
    parts
}

/// What became of an order, in words; nothing of what concerns none.
fn became(event: &Event) -> Option<String> {
    Some(match event {
        Event::Accepted { order, .. } => format!("order {} was accepted", order.order),
        Event::Awaiting { order, unapproved, .. } => {
            format!("order {} awaits an approval of {unapproved} units more", order.order)
        }
        Event::Rejected { order, reject, .. } => format!("order {order} was rejected: {reject}"),
        Event::Replaced { order, .. } => format!("order {} was replaced", order.order),
        Event::CancelRejected { reject, .. } => format!("the request was rejected: {reject}"),
        Event::Trade { trade, units, price, buyer, seller, .. } => {
            let (buy, sell) = (buyer.order.order, seller.order.order);
            format!("trade {trade}: {units} at {price}, of order {buy} with order {sell}")
        }
        Event::Expired { order, .. } => format!("order {} expired", order.order),
        Event::Decremented { order, .. } => format!("order {} was decremented", order.order),
        Event::Cancelled { order, reason, .. } => format!("order {} was cancelled: {reason}", order.order),
        Event::QuoteStatus { reject: Some(reject), .. } => {
            format!("the quote was rejected: {}", reject.reject)
        }
        Event::QuoteStatus { sides, .. } => {
            let orders: Vec<String> = sides.iter().flatten().map(|side| side.order.to_string()).collect();
            format!("the quote stands as orders {}", orders.join(" and "))
        }
        _ => return None,
    })
}
