//! What a network tells, in a table.
//!
//! ```text
//! news [at=HEIGHT] [ago=DURATION] [part] [ITEM ; ITEM ...]
//!                  of the next height, as of now, complete unless it is a `part`
//! final TRADE    expired TRADE    refused TRADE [NUMBER TEXT]    each [at HEIGHT], else at that of the news
//! units ACCOUNT [LOT:UNITS[:DURATION ago[:restricted]] ...] [TERMS] [in SECURITY]
//! cash ACCOUNT AMOUNT [TERMS] [of TOKEN]
//! stake OWNER UNITS [CLASS] [in SECURITY]    record HOLDER UNITS [CLASS] [in SECURITY]
//! group NUMBER [sold DURATION:UNITS ...] [in SECURITY]    sold so long ago
//! insider NUMBER WHAT [in SECURITY]
//! person NUMBER:WHAT             as in a registry
//! rules SECURITY [epoch=N] [issued=N] [shared=yes] [key=value ...]    of a listing; besides, identities are valid
//! approved SELLER BUYER UNITS [until DURATION] [in SECURITY]    since the midnight at which cases begin
//! headroom COUNTER AMOUNT [in SECURITY]    places:KIND, plans, owned:OWNER, group-owned:NUMBER, sold:NUMBER
//! times N ITEM                   so often
//! each FROM TO ITEM              with a number in place of `N`, once for each from one to the other
//! ```
//!
//! Terms are `ended`, `only SECURITY` of cash, `only TOKEN` of units, `worst MONEY/UNITS`, `fees MOST`; without any all is
//! free.

use super::commands::{after, number, pairs};
use super::rules::{approval, class, counter, insider};
use super::setup::{duration, list_option};
use tallystick_engine::approvals::Approval;
use tallystick_engine::news::{AllocatedLot, BustReason, Item, News, Outcome, Terms};
use tallystick_engine::rules::History;
use tallystick_engine::testing::Venue;
use tallystick_engine::types::*;

/// Terms that permit everything.
pub const FREE: Terms = Terms { usable: true, only: None, worst: None, most_fee: Money(MOST_FEE) };
const MOST_FEE: i64 = i64::MAX;

/// The news of a line. Identities are changed by whoever keeps them.
pub fn news(words: &[&str], next: u64, now: u64, mut person: impl FnMut(InvestorId, &str) -> Item) -> News {
    let is_option = |word: &&&str| **word == "part" || word.starts_with("at=") || word.starts_with("ago=");
    let options: Vec<&str> = words.iter().take_while(is_option).copied().collect();
    let value = |key: &str| options.iter().find_map(|word| word.strip_prefix(key));
    let height = value("at=").map_or(next, number);
    let mut items = Vec::new();
    for part in words[options.len()..].split(|word| *word == ";").filter(|part| !part.is_empty()) {
        let (times, part) = if part[0] == "times" { (number(part[1]), &part[2..]) } else { (1, part) };
        let one = match part[0] {
            "person" => {
                let (who, what) = part[1].split_once(':').expect("NUMBER:WHAT");
                person(InvestorId(number(who)), what)
            }
            "each" => {
                let numbers = number::<u32>(part[1])..=number(part[2]);
                items.extend(numbers.map(|n| {
                    let n = n.to_string();
                    let words: Vec<&str> = part[3..].iter().map(|&w| if w == "N" { &n } else { w }).collect();
                    item(&words, height, now)
                }));
                continue;
            }
            _ => item(part, height, now),
        };
        items.extend(vec![one; times]);
    }
    News {
        height,
        as_of: Time(now - value("ago=").map_or(0, duration)),
        complete: !options.contains(&"part"),
        items,
    }
}

fn item(words: &[&str], height: u64, now: u64) -> Item {
    let security = SecurityId(after(words, "in").map_or(1, number));
    let height = after(words, "at").map_or(height, number);
    let decided = |outcome| Item::Decided { trade: TradeId(number(words[1])), height, outcome };
    match words[0] {
        "final" => decided(Outcome::Final),
        "expired" => decided(Outcome::Busted(BustReason::Expired)),
        "refused" => {
            let given = words.iter().skip(2).take_while(|word| **word != "at").copied().collect::<Vec<_>>();
            let number = given.first().map_or(10, |n| number(n));
            let text = if given.len() > 1 { given[1..].join(" ") } else { "the asset is frozen".into() };
            decided(Outcome::Busted(BustReason::Refused { number, text }))
        }
        "units" => {
            let lots = words[2..].iter().filter(|word| word.contains(':')).map(|word| lot(word, now));
            let account = AccountId(number(words[1]));
            Item::Units { account, security, lots: lots.collect(), terms: terms(words) }
        }
        "cash" => Item::Cash {
            account: AccountId(number(words[1])),
            cash: CashId(after(words, "of").map_or(1, number)),
            amount: Money(number(words[2])),
            terms: terms(words),
        },
        "stake" => {
            let (owner, units) = (InvestorId(number(words[1])), Units(number(words[2])));
            Item::Stake { owner, security, units, class: class(owner, words) }
        }
        "record" => {
            let (holder, units) = (InvestorId(number(words[1])), Units(number(words[2])));
            Item::Record { holder, security, units, class: class(holder, words) }
        }
        "group" => {
            let sold = words.iter().filter_map(|word| word.split_once(':'));
            let day = |ago| ((now - duration(ago)) / Time::DAY_NS) as u32;
            let mut sold: Vec<_> = sold.map(|(ago, units)| (day(ago), Units(number(units)))).collect();
            sold.sort_unstable();
            Item::Group { group: InvestorId(number(words[1])), security, sold }
        }
        "insider" => {
            let (investor, insider) = (InvestorId(number(words[1])), insider(words[2], now));
            Item::Insider { security, investor, insider }
        }
        "rules" => {
            let mut listing = Venue::listing(1, vec![Venue::anyone()]);
            let (mut epoch, mut issued, mut shared) = (1, Units(4_000_000), false);
            for (key, value) in pairs(words) {
                match key {
                    "epoch" => epoch = number(value),
                    "issued" => issued = Units(number(value)),
                    "shared" => shared = value == "yes",
                    _ => list_option(&mut listing, key, value),
                }
            }
            let (protocols, disclosure) = (listing.protocols, listing.disclosure);
            let security = SecurityId(number(words[1]));
            Item::Security { security, epoch, protocols, disclosure, issued, shared }
        }
        "approved" => {
            let Approval { security, seller, buyer, units, until } = approval(words, security);
            Item::Approval { security, seller, buyer, units, until }
        }
        "headroom" => Item::Headroom { security, counter: counter(words[1]), amount: number(words[2]) },
        other => panic!("news: {other}?"),
    }
}

/// `1:100`, or `1:100:30d` if it was acquired thirty days ago, from the issuer; else it was on the first day of time.
/// `1:100:30d:restricted` is of restricted securities.
fn lot(text: &str, now: u64) -> AllocatedLot {
    let parts: Vec<&str> = text.split(':').collect();
    let acquired = parts.get(2).map_or(0, |ago| now - duration(ago));
    let history = History::of_issue(Time(acquired), parts.get(3) == Some(&"restricted"));
    AllocatedLot { lot: LotId(number(parts[0])), units: Units(number(parts[1])), history }
}

fn terms(words: &[&str]) -> Terms {
    let worst = after(words, "worst").map(|text| {
        let (money, units) = text.split_once('/').expect("MONEY/UNITS");
        (Money(number(money)), Units(number(units)))
    });
    let asset = |n| match words[0] {
        "cash" => Asset::Security(SecurityId(number(n))),
        _ => Asset::Cash(CashId(number(n))),
    };
    let only = after(words, "only").map(asset);
    let most_fee = Money(after(words, "fees").map_or(MOST_FEE, number));
    Terms { usable: !words.contains(&"ended"), only, worst, most_fee }
}

/// Terms as they are shown: nothing, if all is free.
pub fn shown(terms: &Terms) -> String {
    let Terms { usable, only, worst, most_fee } = terms;
    let mut text = String::new();
    if !usable {
        text += ", ended";
    }
    if let Some(only) = only {
        text += &format!(", only {only}");
    }
    if let Some((money, units)) = worst {
        text += &format!(", worst {money}/{units}");
    }
    if *usable && most_fee.0 < MOST_FEE / 2 {
        text += &format!(", fees {most_fee}");
    }
    text
}
