//! The venue that a case begins with, and what a `setup:` line may change of it.
//!
//! Usually: security 1 (ticks of a cent, lots of one, reference 5.00, open to anyone with a valid identity)
//! trades continuously; firms, sessions, accounts and investors 1 to 4, account n being investor n's with
//! firm n, each with a million units in lot 1 and ten million of cash, of which a unit at 5.00 costs 500.
//!
//! `network` or `network=HORIZON`: the venue follows a network, whose first height has told what there is.

use super::auctions;
use super::news::FREE;
use super::rules::{self, plain};
use tallystick_engine::command::{Action, Listing, Network, VenueParams};
use tallystick_engine::event::Event;
use tallystick_engine::fees::Fees;
use tallystick_engine::news::{AllocatedLot, Item, News};
use tallystick_engine::phase::Phase;
use tallystick_engine::rules::{History, Jurisdiction};
use tallystick_engine::testing::Venue;
use tallystick_engine::types::{
    AccountId, CashId, FirmId, InvestorId, LotId, Money, Price, SecurityId, TickRange, Ticks, Time, Units,
};

const PEOPLE: u32 = 4;

/// When cases begin: midnight, UTC.
pub const START: Time = Time(1_000 * Time::DAY_NS);

/// `setup: unopened`: nothing at all; `setup: bare`: the venue is open, and nothing else.
pub fn venue(line: &str, windows: bool) -> Venue {
    if line == "unopened" {
        let mut venue = Venue::default();
        venue.now = START;
        return venue;
    }
    let mut params = Venue::params();
    let mut listing = Venue::listing(1, vec![Venue::anyone()]);
    let mut units = [1_000_000; PEOPLE as usize];
    let mut cash = [1_000_000_000; PEOPLE as usize];
    let (mut phase, mut bare) = (Phase::Continuous, false);
    let mut admitted: Vec<u32> = (1..=PEOPLE).collect();
    for word in line.split_whitespace() {
        match word.split_once('=') {
            None if word == "bare" => bare = true,
            None if word == "risk-required" => params.risk_required = true,
            None if word == "network" => assert!(bound(&mut params, word, "8")),
            None => panic!("setup: {word}?"),
            Some(("phase", value)) => phase = phase_of(value),
            Some(("admitted", firms)) => {
                let firms = firms.split(',').filter(|firm| *firm != "none");
                admitted = firms.map(|firm| firm.parse().expect(word)).collect();
            }
            Some((key, value)) => {
                if let Some(account) = key.strip_prefix("units.") {
                    units[account.parse::<usize>().expect(word) - 1] = value.parse().expect(word);
                } else if let Some(account) = key.strip_prefix("cash.") {
                    cash[account.parse::<usize>().expect(word) - 1] = value.parse().expect(word);
                } else if !bound(&mut params, key, value) {
                    list_option(&mut listing, key, value);
                }
            }
        }
    }
    if !windows {
        params.price_windows = 0;
    }
    let mut venue = Venue::bare(params);
    if bare {
        return venue;
    }
    venue.people(PEOPLE);
    let gated = listing.gated;
    venue.operate(Action::List(listing));
    for firm in admitted.into_iter().filter(|_| gated) {
        let (security, firm) = (SecurityId(1), FirmId(firm));
        venue.operate(Action::Admission { security, firm, admitted: true });
    }
    venue.operate(Action::StartDay { date: 20_260_105 });
    if params.network.is_some() {
        tell(&mut venue, units, cash);
        (units, cash) = ([0; PEOPLE as usize], [0; PEOPLE as usize]);
    }
    for n in 1..=PEOPLE {
        let at = n as usize - 1;
        if units[at] > 0 {
            venue.allocate_units(AccountId(n), SecurityId(1), Units(units[at]));
        }
        if cash[at] > 0 {
            venue.allocate_cash(AccountId(n), Money(cash[at]));
        }
    }
    let way: &[Phase] = match phase {
        Phase::Closed => &[],
        Phase::PreOpen => &[Phase::PreOpen],
        Phase::OpeningAuction => &[Phase::PreOpen, Phase::OpeningAuction],
        Phase::Continuous => &[Phase::PreOpen, Phase::OpeningAuction, Phase::Continuous],
        Phase::Halted => &[Phase::PreOpen, Phase::Halted],
        Phase::ReopeningAuction => &[Phase::PreOpen, Phase::Halted, Phase::ReopeningAuction],
        Phase::ClosingAuction => &[Phase::PreOpen, Phase::ClosingAuction],
        Phase::PostClose => &[Phase::PreOpen, Phase::Halted, Phase::PostClose],
    };
    way.iter().for_each(|&phase| drop(venue.set_phase(SecurityId(1), phase)));
    venue
}

/// The first height of the network.
fn tell(venue: &mut Venue, units: [u64; PEOPLE as usize], cash: [i64; PEOPLE as usize]) {
    let (security, terms) = (SecurityId(1), FREE);
    let listing = venue.engine.security(security).expect("it is listed").0.clone();
    let (protocols, disclosure) = (listing.protocols, listing.disclosure);
    let issued = Units(units.iter().sum());
    let mut items = vec![Item::Security { security, epoch: 1, protocols, disclosure, issued, shared: false }];
    for n in 1..=PEOPLE {
        let (account, at) = (AccountId(n), n as usize - 1);
        if units[at] > 0 {
            let (units, owner) = (Units(units[at]), InvestorId(n));
            let lots =
                vec![AllocatedLot { lot: LotId(1), units, history: History::of_issue(Time(0), false) }];
            items.push(Item::Units { account, security, lots, terms });
            items.push(Item::Stake { owner, security, units, class: plain(owner) });
            items.push(Item::Record { holder: owner, security, units, class: plain(owner) });
        }
        if cash[at] > 0 {
            items.push(Item::Cash { account, cash: CashId(1), amount: Money(cash[at]), terms });
        }
    }
    let events = venue.operate(Action::Follow(News { height: 1, as_of: venue.now, complete: true, items }));
    assert!(
        matches!(events[..], [Event::Followed { .. }, Event::Answered { result: Ok(_), .. }]),
        "{events:?}"
    );
}

fn bound(params: &mut VenueParams, key: &str, value: &str) -> bool {
    let number = || value.parse().expect("a number");
    let most = &mut params.max_unsettled;
    match key {
        "network" => params.network = Some(Network { chain: [7; 32], horizon: number() }),
        "unsettled.venue" => most.venue.count = number(),
        "unsettled.firm" => most.firm.count = number(),
        "unsettled.security" => most.security.count = number(),
        "value.venue" => most.venue.value = Money(number().into()),
        "value.firm" => most.firm.value = Money(number().into()),
        "value.security" => most.security.value = Money(number().into()),
        "fee-account" => params.fee_account = Some(AccountId(number())),
        "open-orders" => params.max_open_orders = number(),
        "clordids" => params.max_clordids = number(),
        "unsettled" => *most = Venue::unsettled(number()),
        "place" => params.place = Jurisdiction::new(value).expect(value),
        "registry-age" => params.max_registry_age_ns = duration(value),
        _ => return false,
    }
    true
}

/// A part of a listing, as in `setup:` and in the command `list`.
pub fn list_option(listing: &mut Listing, key: &str, value: &str) {
    match key {
        "symbol" => listing.symbol = value.into(),
        "lot" => listing.ticks.lot = Units(value.parse().expect(value)),
        "round" => listing.round_lot = Some(Units(value.parse().expect(value))),
        "token" => listing.cash = CashId(value.parse().expect(value)),
        "per" => listing.ticks.per = Units(value.parse().expect(value)),
        "tick" => listing.ticks.tick = price(value),
        // From a price on, which tick: `coarser=1.00:0.05`.
        "coarser" => {
            let (from, tick) = value.split_once(':').expect(value);
            listing.ticks.coarser.push(TickRange { from: price(from), tick: price(tick) });
        }
        "max-price" => listing.ticks.max_price = Ticks(value.parse().expect(value)),
        "max-quantity" => listing.ticks.max_quantity = Units(value.parse().expect(value)),
        "reference" => listing.reference = price(value),
        "fees" => listing.fees = fees(value),
        "collar" => listing.collar_bps = value.parse().expect(value),
        "trades" if value == "auctions" => listing.call_only = true,
        "rules" if value == "none" => listing.protocols.clear(),
        _ if rules::list_option(listing, key, value) => {}
        _ => assert!(auctions::list_option(listing, key, value), "{key}={value}?"),
    }
}

/// `none`, or `MAKER,TAKER,AUCTION,LEAST`.
pub fn fees(text: &str) -> Option<Fees> {
    let numbers: Vec<i64> =
        text.split(',').filter(|n| *n != "none").map(|n| n.parse().expect(text)).collect();
    let &[maker, taker, auction, least] = numbers.as_slice() else {
        assert_eq!(text, "none");
        return None;
    };
    let [maker, taker, auction] = [maker, taker, auction].map(|rate| rate as u32);
    Some(Fees { maker, taker, auction, least: Money(least) })
}

pub fn phase_of(name: &str) -> Phase {
    Phase::ALL
        .into_iter()
        .find(|phase| phase.to_string().replace(' ', "-") == name.replace(' ', "-"))
        .unwrap_or_else(|| panic!("phase {name}?"))
}

/// `5`, `5.01`, `-1`.
pub fn price(text: &str) -> Price {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let number = format!("{whole}{part:0<8}").parse::<i64>().unwrap_or_else(|_| panic!("price {text}?"));
    Price(sign * number)
}

/// `30d`, `1h`, `5us`, `1ns`; `1h-1ns` is the moment before.
pub fn duration(text: &str) -> u64 {
    let one = |text: &str| {
        let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or_else(|| panic!("{text}: which unit?"));
        let (number, unit) = text.split_at(at);
        let nanoseconds = match unit {
            "d" => Time::DAY_NS,
            "h" => Time::DAY_NS / 24,
            "s" => 1_000_000_000,
            "us" => 1_000,
            "ns" => 1,
            _ => panic!("duration {text}?"),
        };
        number.parse::<u64>().expect(text) * nanoseconds
    };
    let mut parts = text.split('-').map(one);
    let first = parts.next().expect("a duration");
    parts.fold(first, |left, part| left - part)
}
