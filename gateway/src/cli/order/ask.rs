//! An order from a shell's words.

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::civil::Date;
use tallystick_client::{
    ClOrdId, Instructions, Minimum, NewOrder, OrdType, Peg, PegPriceType, PostOnly, Price8, Scope, SelfMatch,
    SelfMatchPreventionInstruction, Side, TimeInForce,
};

/// What is asked of the venue.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// Whether to buy or to sell.
    #[arg(value_name = "buy|sell")]
    side: Way,
    /// How many units, in the token's smallest unit.
    quantity: u64,
    /// The security's number, as `tallystick admin securities` shows it.
    security: u32,
    /// For which account.
    #[arg(long, value_name = "N")]
    account: u32,
    /// What you call the order, at most 20 characters (ClOrdID); the time by default.
    #[arg(long, value_name = "NAME")]
    name: Option<ClOrdId>,

    /// The type of the order (OrdType), where it is not to follow from the prices.
    #[arg(long = "type", value_name = "TYPE", help_heading = "Price")]
    kind: Option<Kind>,
    /// The limit (Price).
    #[arg(long, value_name = "PRICE", help_heading = "Price", allow_hyphen_values = true)]
    price: Option<Price8>,
    /// The price that a trade must reach to trigger it (StopPx).
    #[arg(long, value_name = "PRICE", help_heading = "Price", allow_hyphen_values = true)]
    stop: Option<Price8>,
    /// Lets the stop price follow the last trade at this distance (PegPriceType 8, PegOffsetValue).
    #[arg(long, value_name = "DISTANCE", help_heading = "Price", allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["peg", "offset"])]
    trail: Option<Price8>,
    /// Which price it follows (PegPriceType).
    #[arg(long, value_name = "WHAT", help_heading = "Price")]
    peg: Option<Follows>,
    /// Added to the price that it follows (PegOffsetValue).
    #[arg(long, value_name = "PRICE", help_heading = "Price", allow_hyphen_values = true, requires = "peg")]
    offset: Option<Price8>,

    /// How long it stands (TimeInForce); for the day by default.
    #[arg(long, value_name = "HOW LONG", help_heading = "Time")]
    tif: Option<Force>,
    /// Good till this date (ExpireDate), YYYY-MM-DD.
    #[arg(long, value_name = "DATE", help_heading = "Time")]
    until: Option<Date>,

    /// How much of it is shown at once (DisplayQty): 0 hides it, less than all makes it an iceberg.
    #[arg(long, value_name = "UNITS", help_heading = "Handling")]
    show: Option<u64>,
    /// So much must trade at once, on entry (MinQty, MinQtyMethod 1).
    #[arg(long, value_name = "UNITS", help_heading = "Handling")]
    #[arg(conflicts_with_all = ["min_each", "all_or_none"])]
    min: Option<u64>,
    /// So much must trade each time (MinQty, MinQtyMethod 2).
    #[arg(long, value_name = "UNITS", help_heading = "Handling", conflicts_with = "all_or_none")]
    min_each: Option<u64>,
    /// It trades whole or not at all, each time (ExecInst G).
    #[arg(long, help_heading = "Handling")]
    all_or_none: bool,
    /// It never takes (ExecInst 6): where it would, it is rejected, or slides a tick behind.
    #[arg(long, value_name = "reject|slide", help_heading = "Handling")]
    #[arg(num_args = 0..=1, default_missing_value = "reject")]
    post_only: Option<IfItTakes>,
    /// What becomes of it where it would meet another order of --against (SelfMatchPreventionInstruction).
    #[arg(long, value_name = "WHAT", help_heading = "Handling", requires = "against")]
    self_match: Option<OwnMatch>,
    /// Which orders are your own: firm, owner, or the number of a group (SelfMatchPreventionID).
    #[arg(long, value_name = "firm|owner|N", help_heading = "Handling", requires = "self_match")]
    #[arg(value_parser = scope)]
    against: Option<Scope>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Way {
    Buy,
    Sell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Market,
    Limit,
    Stop,
    StopLimit,
    MarketToLimit,
    Pegged,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Follows {
    /// Its own side's best displayed price.
    Primary,
    /// The other side's best displayed price.
    Market,
    /// The middle between them.
    Midpoint,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Force {
    /// Until the security closes.
    Day,
    /// Good till cancel.
    Gtc,
    /// Good till date: with --until.
    Gtd,
    /// Immediate or cancel.
    Ioc,
    /// Fill or kill.
    Fok,
    /// At the opening.
    Opening,
    /// At the close.
    Close,
    /// For the next auction.
    Auction,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum IfItTakes {
    Reject,
    Slide,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OwnMatch {
    CancelNewest,
    CancelOldest,
    CancelBoth,
    /// Both shrink by what is left of the smaller one.
    Decrement,
}

impl Asked {
    /// The order, or what is missing. Sense beyond that is the venue's to judge.
    pub fn order(&self, now: Timestamp) -> Result<NewOrder, String> {
        let time_in_force = match (self.tif, self.until) {
            (Some(Force::Gtd), None) => {
                return Err("good till date needs the date: add --until YYYY-MM-DD".into());
            }
            (None, Some(_)) => TimeInForce::GoodTillDate,
            (None, None) => TimeInForce::Day,
            (Some(force), _) => time_in_force(force),
        };
        if self.trail.is_some() && self.kind.is_some_and(|kind| kind != Kind::Pegged) {
            return Err("a trailing stop is a pegged order: leave --type out".into());
        }
        let plain =
            NewOrder::market(self.name(now)?, self.account, self.security, self.side(), self.quantity);
        Ok(NewOrder {
            ord_type: self.ord_type(),
            time_in_force,
            price: self.price,
            instructions: Instructions {
                stop_px: self.stop,
                peg: self.follows(),
                expire_date: self.until.map(number),
                display_qty: self.show,
                minimum: self.minimum(),
                post_only: self.post_only.map(|what| match what {
                    IfItTakes::Reject => PostOnly::Reject,
                    IfItTakes::Slide => PostOnly::Slide,
                }),
                self_match: self.self_match.zip(self.against).map(|(what, scope)| {
                    let instruction = match what {
                        OwnMatch::CancelNewest => SelfMatchPreventionInstruction::CancelNewest,
                        OwnMatch::CancelOldest => SelfMatchPreventionInstruction::CancelOldest,
                        OwnMatch::CancelBoth => SelfMatchPreventionInstruction::CancelBoth,
                        OwnMatch::Decrement => SelfMatchPreventionInstruction::DecrementAndCancel,
                    };
                    SelfMatch { scope, instruction }
                }),
            },
            ..plain
        })
    }

    fn name(&self, now: Timestamp) -> Result<ClOrdId, String> {
        match self.name {
            Some(name) => Ok(name),
            None => {
                let name = now.as_nanosecond().to_string();
                name.parse().map_err(|e| format!("{name} is no name for an order: {e}; give one with --name"))
            }
        }
    }

    fn side(&self) -> Side {
        match self.side {
            Way::Buy => Side::Buy,
            Way::Sell => Side::Sell,
        }
    }

    fn ord_type(&self) -> OrdType {
        match self.kind {
            Some(Kind::Market) => OrdType::Market,
            Some(Kind::Limit) => OrdType::Limit,
            Some(Kind::Stop) => OrdType::Stop,
            Some(Kind::StopLimit) => OrdType::StopLimit,
            Some(Kind::MarketToLimit) => OrdType::MarketToLimit,
            Some(Kind::Pegged) => OrdType::Pegged,
            None if self.peg.is_some() || self.trail.is_some() => OrdType::Pegged,
            None => match (self.stop, self.price) {
                (Some(_), Some(_)) => OrdType::StopLimit,
                (Some(_), None) => OrdType::Stop,
                (None, Some(_)) => OrdType::Limit,
                (None, None) => OrdType::Market,
            },
        }
    }

    fn follows(&self) -> Option<Peg> {
        if self.trail.is_some() {
            return Some(Peg { to: PegPriceType::TrailingStopPeg, offset: self.trail });
        }
        let to = match self.peg? {
            Follows::Primary => PegPriceType::PrimaryPeg,
            Follows::Market => PegPriceType::MarketPeg,
            Follows::Midpoint => PegPriceType::MidPricePeg,
        };
        Some(Peg { to, offset: self.offset })
    }

    fn minimum(&self) -> Option<Minimum> {
        match (self.min, self.min_each) {
            (Some(units), _) => Some(Minimum::Once(units)),
            (None, Some(units)) => Some(Minimum::Each(units)),
            (None, None) => self.all_or_none.then_some(Minimum::All),
        }
    }
}

fn time_in_force(force: Force) -> TimeInForce {
    match force {
        Force::Day => TimeInForce::Day,
        Force::Gtc => TimeInForce::GoodTillCancel,
        Force::Gtd => TimeInForce::GoodTillDate,
        Force::Ioc => TimeInForce::ImmediateOrCancel,
        Force::Fok => TimeInForce::FillOrKill,
        Force::Opening => TimeInForce::AtTheOpening,
        Force::Close => TimeInForce::AtTheClose,
        Force::Auction => TimeInForce::GoodForAuction,
    }
}

/// A date as `YYYYMMDD`; one before the year 1 as nought, which is no date.
fn number(date: Date) -> u32 {
    let year = u32::try_from(date.year()).unwrap_or(0);
    year * 10_000 + u32::from(date.month().unsigned_abs()) * 100 + u32::from(date.day().unsigned_abs())
}

fn scope(text: &str) -> Result<Scope, String> {
    match text {
        "firm" => Ok(Scope::Firm),
        "owner" => Ok(Scope::Owner),
        group => match group.parse() {
            Ok(number @ 1..=65_534) => Ok(Scope::Group(number)),
            _ => Err("expected firm, owner, or a group's number from 1 to 65534".into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Shell {
        #[command(flatten)]
        asked: Asked,
    }

    fn read(words: &str) -> Result<NewOrder, String> {
        let words = format!("order --account 1001 --name A {words}");
        let shell = Shell::try_parse_from(words.split(' ')).map_err(|e| e.to_string())?;
        shell.asked.order(Timestamp::UNIX_EPOCH)
    }

    fn order(words: &str) -> NewOrder {
        read(words).unwrap_or_else(|e| panic!("{words}: {e}"))
    }

    fn price(text: &str) -> Option<Price8> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_type_follows_from_the_prices_unless_it_is_given() {
        for (words, ord_type) in [
            ("", OrdType::Market),
            (" --price 101.25", OrdType::Limit),
            (" --stop 99.5", OrdType::Stop),
            (" --stop 99.5 --price 99", OrdType::StopLimit),
            (" --peg primary --offset -0.01 --price 102", OrdType::Pegged),
            (" --stop 99 --trail 0.5", OrdType::Pegged),
            (" --type market-to-limit", OrdType::MarketToLimit),
            (" --type market --price 5", OrdType::Market),
        ] {
            assert_eq!(order(&format!("buy 100 55{words}")).ord_type, ord_type, "{words}");
        }
    }

    #[test]
    fn every_option_reaches_the_order() {
        let plain = order("sell 100 55 --price 101.25");
        let name = "A".parse().unwrap();
        assert_eq!(plain, NewOrder::limit(name, 1001, 55, Side::Sell, 100, "101.25".parse().unwrap()));
        let asked = |words: &str| order(&format!("buy 100 55 --price 101 {words}")).instructions;
        let none = Instructions::default();
        assert_eq!(asked("--show 0"), Instructions { display_qty: Some(0), ..none });
        assert_eq!(asked("--min 5"), Instructions { minimum: Some(Minimum::Once(5)), ..none });
        assert_eq!(asked("--min-each 5"), Instructions { minimum: Some(Minimum::Each(5)), ..none });
        assert_eq!(asked("--all-or-none"), Instructions { minimum: Some(Minimum::All), ..none });
        assert_eq!(asked("--post-only"), Instructions { post_only: Some(PostOnly::Reject), ..none });
        assert_eq!(asked("--post-only slide"), Instructions { post_only: Some(PostOnly::Slide), ..none });
        let (peg, stop_px) = (Peg { to: PegPriceType::TrailingStopPeg, offset: price("0.5") }, price("99"));
        assert_eq!(asked("--stop 99 --trail 0.5"), Instructions { peg: Some(peg), stop_px, ..none });
        let peg = Peg { to: PegPriceType::MidPricePeg, offset: None };
        assert_eq!(asked("--peg midpoint"), Instructions { peg: Some(peg), ..none });
        for (against, scope) in [("firm", Scope::Firm), ("owner", Scope::Owner), ("7", Scope::Group(7))] {
            let instruction = SelfMatchPreventionInstruction::CancelOldest;
            let own = Some(SelfMatch { scope, instruction });
            let words = format!("--self-match cancel-oldest --against {against}");
            assert_eq!(asked(&words), Instructions { self_match: own, ..none });
        }
    }

    #[test]
    fn a_date_makes_the_order_good_till_then() {
        let dated = order("buy 100 55 --price 101 --until 2026-12-31");
        assert_eq!(dated.time_in_force, TimeInForce::GoodTillDate);
        assert_eq!(dated.instructions.expire_date, Some(20_261_231));
        let forced = order("buy 100 55 --price 101 --tif day --until 2026-12-31");
        assert_eq!(forced.time_in_force, TimeInForce::Day, "the venue is to refuse it");
        assert_eq!(order("buy 1 55 --tif close").time_in_force, TimeInForce::AtTheClose);
    }

    #[test]
    fn a_mistake_is_told_with_what_to_write_instead() {
        for (words, why) in [
            ("hold 100 55", "invalid value 'hold' for '<buy|sell>'"),
            ("buy many 55", "invalid value 'many'"),
            ("buy 100 55 --price 1,5", "a price is digits with at most one point"),
            ("buy 100 55 --tif gtd", "add --until YYYY-MM-DD"),
            ("buy 100 55 --until 31.12.2026", "invalid value '31.12.2026' for '--until <DATE>'"),
            ("buy 100 55 --offset 1", "--peg <WHAT>"),
            ("buy 100 55 --self-match cancel-both", "--against <firm|owner|N>"),
            ("buy 100 55 --self-match cancel-both --against me", "a group's number from 1 to 65534"),
            ("buy 100 55 --self-match cancel-both --against 0", "a group's number from 1 to 65534"),
            ("buy 100 55 --min 1 --all-or-none", "cannot be used with '--all-or-none'"),
            ("buy 100 55 --trail 1 --type stop", "leave --type out"),
        ] {
            let error = read(words).unwrap_err();
            assert!(error.contains(why), "{words}: {error}");
        }
        let words = "order --account 1 --name this-name-is-much-too-long buy 1 55".split(' ');
        assert!(Shell::try_parse_from(words).unwrap_err().to_string().contains("shorten it"));
    }

    #[test]
    fn an_order_without_a_name_is_called_by_the_time() {
        let shell = Shell::try_parse_from("order --account 1 buy 1 55".split(' ')).unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(shell.asked.order(now).unwrap().cl_ord_id.as_str(), "1800000000000000000");
    }
}
