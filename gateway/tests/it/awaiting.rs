//! Crosses that await an approval on a running venue: by `tallystick cross` where the operator approves; over the SDK where
//! the issuer approves on the ledger, with cancels, a kill (SIGKILL) and the end of the day.

use crate::common::chain::{self, CENTS, Signer};
use crate::common::counter::Counter;
use crate::common::market;
use crate::common::process::Place;
use crate::common::shell::Shell;
use serde_json::json;
use tallystick_client::{Cancel, Client, Cross, Side};
use tallystick_engine::phase::Phase;
use tallystick_engine::types::{AccountId, Asset, InvestorId, Money, SecurityId, Time, Units};
use tallystick_gateway::admin::protocol::{Ask, Text};
use tallystick_gateway::admin::specs::{AccountSpec, Onboarding};
use tallystick_gateway::clock::Clock;
use tallystick_gateway::settlement::desk::LedgerAsk;
use tallystick_gateway::texts;
use tallystick_ledger::instruction::{Approve, Opening, Operation};

/// The account of firm 1 that sells: of the owner of account 2.
const SELLER: u32 = 4;
/// The security of which nothing is traded without consent.
const YEW: u32 = 3;

fn yew() -> Text {
    let Text { name, text } = market::security("YEW");
    Text::new(
        &name,
        text.replace("    require both verified\n", "    us.verified@2026.1\n    contract.consent@2026.1\n"),
    )
}

/// Lists it, and opens it, and the account that sells.
fn list(counter: &Counter) {
    let account = AccountSpec { account: Some(SELLER), firm: 1, owner: 2, record_holder: None };
    counter
        .venue
        .ask(Ask::Onboard { people: Onboarding { accounts: vec![account], ..Onboarding::default() } });
    counter.venue.ask(Ask::List { security: yew(), listing: market::listing("YEW"), number: None });
}

fn phases(counter: &Counter, phases: &[Phase]) {
    for &phase in phases {
        counter.venue.ask(Ask::Phase { security: "YEW".into(), phase, from: None });
    }
}

const OPENING: [Phase; 3] = [Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous];

#[test]
fn a_firm_s_shell_is_told_that_a_cross_awaits_and_what_became_of_it() {
    let mut counter = Counter::open("threads = 2\ndurability = \"memory\"", 2, |_| {});
    list(&counter);
    let (security, units) = ("YEW".into(), 1_000);
    counter.venue.ask(Ask::FundUnits { account: SELLER, security, units, acquired: None, restricted: false });
    phases(&counter, &OPENING);
    let cross = |counter: &mut Counter, words: &str| {
        counter.session("cross", 1, &format!("{words} --price 5 --buyer 1 --seller {SELLER} --for 0"))
    };
    let awaits = "buy awaits an approval of 100 units more, as order #1\n\
                  sell awaits an approval of 100 units more, as order #2\nthe cross awaits an approval\n";
    assert_eq!(cross(&mut counter, "100 3"), awaits);
    let status = counter.asked("status");
    assert_eq!(
        (&status["awaiting"], &status["open_orders"], &status["trades"]),
        (&json!(1), &json!(0), &json!(0))
    );

    let approve = format!("approve YEW --seller 2 --buyer 1 --units 150 --until {}", tomorrow());
    assert_eq!(counter.asked(&approve), json!({}));
    let status = counter.asked("status");
    assert_eq!((&status["awaiting"], &status["trades"]), (&json!(0), &json!(1)));
    assert_eq!(
        cross(&mut counter, "50 3"),
        "buy accepted as order #3\nsell accepted as order #4\n\
         buy traded 50 units at 5 (trade 2)\nsell traded 50 units at 5 (trade 2)\n"
    );
    // An operator ends one by either of its orders.
    let told = cross(&mut counter, "70 3");
    assert!(told.ends_with("the cross awaits an approval\n"), "{told}");
    let number = counter.plain.number(6);
    assert_eq!(counter.asked(&format!("cancel-order {number}")), json!({}));
    assert_eq!(counter.asked("status")["awaiting"], 0);

    // Whoever asks is told what was wanted, and what became of it.
    assert!(counter.venue.stop().success());
    let shell = Shell::new(&counter.place, &[]);
    let explained = |order: u64| {
        let said = shell.explain(&format!("--order {order}"));
        let at = said.find("What the rules say of the two").unwrap_or_else(|| panic!("{said}"));
        let without_moment = |line: &str| match (line.trim_start().starts_with("20"), line.split_once(": ")) {
            (true, Some((_, told))) => format!("  {told}"),
            _ => line.into(),
        };
        said[at..].lines().map(without_moment).collect::<Vec<String>>().join("\n")
    };
    let (buy, sell) = (counter.plain.number(1), counter.plain.number(2));
    let consent = "rule 2, contract.consent@2026.1: ";
    let reason = "these two may trade what was approved of them beforehand, and no more of it is left; ask the issuer, and who \
                  else must consent";
    let wanted = "wanted: that investor 2 may sell investor 1 100 units more, signed by the issuer and by whoever the \
                  security's text names for a right of first refusal";
    assert_eq!(
        explained(sell),
        format!(
            "What the rules say of the two\n  they may trade 0 of the 100\n  {consent}no: {reason}\n  {wanted}\n\n\
             What became of it at once\n  order {buy} awaits an approval of 100 units more\n  \
             order {sell} awaits an approval of 100 units more\n\nWhat became of it later\n  \
             order {buy} was accepted\n  order {sell} was accepted\n  \
             trade 1: 100 at 5, of order {buy} with order {sell}"
        )
    );
    let told = explained(counter.plain.number(6));
    assert!(told.ends_with("was cancelled: the venue's operator ended it"), "{told}");
}

fn tomorrow() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap()
}

/// A cross of so many units at 5.00; both of its orders await.
fn awaits(counter: &mut Counter, firm: &mut Client, name: &str, units: u64) {
    let cross = Cross {
        security_id: YEW,
        price: "5".parse().unwrap(),
        order_qty: units,
        buy: (format!("B{name}").parse().unwrap(), 1),
        sell: (format!("S{name}").parse().unwrap(), SELLER),
        prioritized: Side::Sell,
    };
    firm.cross(cross).unwrap();
    let told = both(counter, firm, name, units, 1);
    assert_eq!(told, ["ExecutionReportPendingNew"; 2].map(|kind| format!("{kind} unapprovedQty={units}")));
}

/// The next reports to the firm, by pairs, the buy's first: without what all reports on these two orders say.
fn both(counter: &mut Counter, firm: &mut Client, name: &str, units: u64, pairs: usize) -> Vec<String> {
    let told = counter.told(firm, 2 * pairs);
    let plain = |(at, line): (usize, &String)| {
        let (letter, account, side) = if at % 2 == 0 { ('B', 1, "Buy") } else { ('S', SELLER, "Sell") };
        let (kind, rest) = line.split_once(' ').unwrap();
        let of = format!("account={account} securityID={YEW} side={side} price=5 orderQty={units} ");
        let (_, after) = rest.split_once(&of).unwrap_or_else(|| panic!("{line}"));
        assert!(rest.contains(&format!("{letter}{name} ")), "{line}");
        let words = after.split_once("cumQty=").unwrap().1;
        format!("{kind} {}", words.split_once(' ').map_or("", |(_, rest)| rest)).trim_end().to_string()
    };
    told.iter().enumerate().map(plain).collect()
}

/// The issuer lets person 2 sell person 1 so many units more.
fn approve(counter: &Counter, signer: &mut Signer, units: u64) {
    let (seller, buyer, security) = (InvestorId(2), InvestorId(1), SecurityId(YEW));
    let until = Time(Clock::System.now().0 + 3_600_000_000_000);
    let approve = Approve { security, venue: chain::VENUE, seller, buyer, units: Units(units), until };
    submit(counter, vec![signer.sign(Operation::Approve(approve), &["issuer"])]);
}

fn submit(counter: &Counter, signed: Vec<String>) {
    let receipts = counter.venue.ask(Ask::Ledger { about: LedgerAsk::Submit { signed } });
    for receipt in receipts.as_array().unwrap() {
        assert_eq!(receipt["outcome"], "done", "{receipt}");
    }
}

/// What the ledger says that the buyer holds of it, and of cash.
fn bought(counter: &mut Counter) -> [serde_json::Value; 2] {
    let units = counter.ledger(&format!("show holding 1 --security {YEW}"))["contents"]["units"].clone();
    [units, counter.ledger("show holding 1 --cash 1")["contents"]["amount"].clone()]
}

#[test]
fn a_cross_trades_and_settles_once_the_issuer_approves_on_the_ledger() {
    let place = Place::new("threads = 2");
    let text = std::fs::read_to_string(place.config()).unwrap();
    place.configure(&format!("{text}\n[settlement]\nnetwork = \"embedded\"\nbatch_age_ms = 2\n"));
    let mut signer = Signer::new(chain::begin(&place, 1_000));
    let mut counter = Counter::of(place);
    chain::open(&mut signer, 3, |ask| counter.venue.ask(ask));
    let owner = InvestorId(2);
    let open = Operation::OpenAccount { record_holder: owner, beneficial_owner: owner };
    let declared = texts::security("yew.tally", &yew().text).unwrap();
    let terms = declared.terms(["issuer", "registrar"].map(|name| chain::key(name).public()), None, Time(0));
    let account = AccountId(SELLER);
    let opening =
        vec![Opening { account, units: Units(1_000), acquired: Time(0), restricted: false, paid: true }];
    let allocate = chain::allocation(SELLER, Asset::Security(SecurityId(YEW)), Money(0));
    let signed = vec![
        signer.sign(open, &["custodian"]),
        signer.sign(Operation::Issue { terms, opening }, &["issuer", "registrar"]),
        signer.sign(Operation::Allocate(allocate), &["custodian"]),
    ];
    submit(&counter, signed);
    list(&counter);
    phases(&counter, &OPENING);

    // It awaits, the issuer approves, it trades and settles.
    let mut firm = counter.client(1);
    awaits(&mut counter, &mut firm, "1", 100);
    approve(&counter, &mut signer, 60);
    approve(&counter, &mut signer, 40);
    let told = both(&mut counter, &mut firm, "1", 100, 2);
    let traded = |trade| {
        [
            "ExecutionReportNew".to_string(),
            "ExecutionReportNew".to_string(),
            format!(
                "ExecutionReportTrade lastPx=5 lastQty=100 trdMatchID={trade} aggressorIndicator=No miscFeeAmt=0 \
                 crossIndicator=Yes"
            ),
            format!(
                "ExecutionReportTrade lastPx=5 lastQty=100 trdMatchID={trade} aggressorIndicator=Yes miscFeeAmt=0 \
                 crossIndicator=Yes"
            ),
        ]
    };
    assert_eq!(told, traded(1));
    counter.settled();
    assert_eq!(bought(&mut counter), [json!(100), json!(CENTS - 50_000)]);

    // It awaits, and its firm thinks better of it.
    awaits(&mut counter, &mut firm, "2", 100);
    firm.cancel(Cancel {
        cl_ord_id: "C2".parse().unwrap(),
        orig_cl_ord_id: "S2".parse().unwrap(),
        account: SELLER,
        security_id: YEW,
        side: Side::Sell,
    })
    .unwrap();
    let told = counter.told(&mut firm, 2);
    for (line, name) in told.iter().zip(["B2", "S2"]) {
        let ended = line.starts_with("ExecutionReportCancelled ") && line.contains("clOrdID=C2 ");
        assert!(ended && line.contains(&format!("origClOrdID={name} ")), "{line}");
    }

    // It awaits, and the venue is killed; the issuer approves, and the firm comes back.
    awaits(&mut counter, &mut firm, "3", 100);
    let saved = firm.state();
    drop(firm);
    counter.kill();
    approve(&counter, &mut signer, 100);
    let mut firm = counter.back(1, saved);
    assert_eq!(both(&mut counter, &mut firm, "3", 100, 2), traded(2));
    counter.settled();
    assert_eq!(bought(&mut counter), [json!(200), json!(CENTS - 100_000)]);

    // It awaits, and the day ends.
    awaits(&mut counter, &mut firm, "4", 100);
    phases(&counter, &[Phase::PostClose, Phase::Closed]);
    assert_eq!(both(&mut counter, &mut firm, "4", 100, 1), ["ExecutionReportExpired"; 2]);
    assert_eq!(counter.reconciled(), json!([]));
    assert_eq!(counter.asked("status")["awaiting"], 0);
}
