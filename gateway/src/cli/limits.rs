//! Limits, scopes and the orders of a mass cancel from a shell's words: for operators and for brokers.

use clap::{Args, ValueEnum};
use tallystick_engine::risk::{CashLimit, Limits, OrderRate, RiskScope};
use tallystick_engine::types::{AccountId, CashId, FirmId, Money, SessionId, Side, Units};

/// Whose limits, or whose block.
#[derive(Clone, Copy, Debug, Args)]
pub struct ScopeArgs {
    /// Which kind.
    #[arg(value_name = "firm|session|account")]
    kind: ScopeKind,
    /// Its number.
    #[arg(value_name = "N")]
    number: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScopeKind {
    Firm,
    Session,
    Account,
}

impl ScopeArgs {
    /// The scope.
    pub fn scope(self) -> RiskScope {
        match self.kind {
            ScopeKind::Firm => RiskScope::Firm(FirmId(self.number)),
            ScopeKind::Session => RiskScope::Session(SessionId(self.number)),
            ScopeKind::Account => RiskScope::Account(AccountId(self.number)),
        }
    }
}

/// All limits of a scope.
#[derive(Clone, Debug, Args)]
pub struct LimitArgs {
    /// The most that open orders and the day's trades may come to (credit), in the smallest unit of the cash token; once
    /// for each token. Tokens that are not named have nought then.
    #[arg(long, value_name = "CASH=AMOUNT", value_parser = amount, value_delimiter = ',')]
    credit: Vec<CashLimit>,
    /// The most that one order may come to, as --credit.
    #[arg(long, value_name = "CASH=AMOUNT", value_parser = amount, value_delimiter = ',')]
    order_value: Vec<CashLimit>,
    /// The most units of one order.
    #[arg(long, value_name = "UNITS")]
    order_quantity: Option<u64>,
    /// The most orders in a window of time, such as 100/1s or 1000/100ms.
    #[arg(long, value_name = "COUNT/WINDOW", value_parser = rate)]
    order_rate: Option<OrderRate>,
    /// How long the same order is taken for a duplicate, such as 500ms.
    #[arg(long, value_name = "WINDOW", value_parser = window)]
    duplicates: Option<u64>,
    /// How far a price may lie from the reference price, in basis points of it.
    #[arg(long, value_name = "BPS")]
    collar: Option<u32>,
    /// Securities in which nothing new is entered (restricted list).
    #[arg(long, value_name = "SECURITY", value_delimiter = ',')]
    restrict: Vec<String>,
    /// There are to be no limits.
    #[arg(long, conflicts_with_all = [
        "credit", "order_value", "order_quantity", "order_rate", "duplicates", "collar", "restrict",
    ])]
    none: bool,
}

impl LimitArgs {
    /// The limits without the restricted list, and that list as it was written; no limits, if that is meant.
    pub fn limits(self) -> Result<Option<(Limits, Vec<String>)>, String> {
        if self.none {
            return Ok(None);
        }
        let sorted = |mut amounts: Vec<CashLimit>| {
            amounts.sort_by_key(|limit| limit.cash);
            amounts
        };
        let limits = Limits {
            credit: sorted(self.credit),
            order_value: sorted(self.order_value),
            order_quantity: self.order_quantity.map(Units),
            order_rate: self.order_rate,
            duplicate_window_ns: self.duplicates,
            collar_bps: self.collar,
            restricted: Vec::new(),
        };
        if limits == Limits::default() && self.restrict.is_empty() {
            return Err(
                "no limit is stated: state all that are to hold, or --none to lift all there are".into()
            );
        }
        Ok(Some((limits, self.restrict)))
    }
}

/// Which side of the market.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Way {
    /// Buys.
    Buy,
    /// Sells.
    Sell,
}

impl Way {
    /// The engine's.
    pub fn side(self) -> Side {
        match self {
            Way::Buy => Side::Buy,
            Way::Sell => Side::Sell,
        }
    }
}

fn amount(text: &str) -> Result<CashLimit, String> {
    let parts = text.split_once('=').and_then(|(cash, most)| Some((cash.parse().ok()?, most.parse().ok()?)));
    let (cash, most) = parts.ok_or("write the cash token's number and the amount, such as 1=5000000")?;
    Ok(CashLimit { cash: CashId(cash), most: Money(most) })
}

fn rate(text: &str) -> Result<OrderRate, String> {
    let example = "write a count and a window, such as 100/1s or 1000/100ms";
    let (count, per) = text.split_once('/').ok_or(example)?;
    Ok(OrderRate { count: count.parse().map_err(|_| example)?, window_ns: window(per)? })
}

/// A time such as 100ms, in nanoseconds.
fn window(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let ns = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" | "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => 0,
    };
    let window = number.parse::<u64>().ok().and_then(|number| number.checked_mul(ns));
    let example = || "write a number and its unit (ns, us, ms, s, min, h), such as 500ms".to_owned();
    window.filter(|&window| window > 0).ok_or_else(example)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Shell {
        #[command(flatten)]
        of: ScopeArgs,
        #[command(flatten)]
        limits: LimitArgs,
    }

    /// Limits, and the symbols that are restricted.
    type Read = Option<(Limits, Vec<String>)>;

    fn read(words: &str) -> Result<(RiskScope, Read), String> {
        let words = format!("set {words}");
        let shell = Shell::try_parse_from(words.split(' ')).map_err(|e| e.to_string())?;
        Ok((shell.of.scope(), shell.limits.limits()?))
    }

    #[test]
    fn every_limit_is_read() {
        let words = "session 7 --credit 2=50 --credit 1=40 --order-value 1=30 --order-quantity 5 --order-rate 100/1s \
                     --duplicates 500ms --collar 250 --restrict ACME,OAK";
        let (scope, limits) = read(words).unwrap();
        assert_eq!(scope, RiskScope::Session(SessionId(7)));
        let limit = |cash, most| CashLimit { cash: CashId(cash), most: Money(most) };
        let expected = Limits {
            credit: vec![limit(1, 40), limit(2, 50)],
            order_value: vec![limit(1, 30)],
            order_quantity: Some(Units(5)),
            order_rate: Some(OrderRate { count: 100, window_ns: 1_000_000_000 }),
            duplicate_window_ns: Some(500_000_000),
            collar_bps: Some(250),
            restricted: Vec::new(),
        };
        assert_eq!(limits, Some((expected, vec!["ACME".to_owned(), "OAK".to_owned()])));
        assert_eq!(read("firm 1 --none").unwrap(), (RiskScope::Firm(FirmId(1)), None));
    }

    #[test]
    fn a_mistake_is_told_with_what_to_write_instead() {
        for (words, why) in [
            ("firm 1", "--none to lift all"),
            ("firm", "<N>"),
            ("desk 1 --none", "possible values: firm, session, account"),
            ("firm 1 --none --collar 5", "cannot be used with"),
            ("firm 1 --credit 500", "such as 1=5000000"),
            ("firm 1 --order-rate 100", "such as 100/1s"),
            ("firm 1 --duplicates 500", "such as 500ms"),
            ("firm 1 --duplicates 0s", "such as 500ms"),
            ("firm 1 --duplicates 9999999999999h", "such as 500ms"),
        ] {
            let error = read(words).unwrap_err();
            assert!(error.contains(why), "{words}: {error}");
        }
    }
}
