//! Quotes from a shell's words.

use jiff::Timestamp;
use std::str::FromStr;
use tallystick_client::{
    CancelQuotes, ClOrdId, MOST_QUOTE_ENTRIES, Price8, ProtectQuotes, Protection, Quote, QuoteSide, Quotes,
};

/// What is asked of the venue.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// Quotes: SECURITY:BID/OFFER, each side PRICExSIZE, 0 or -.
    #[arg(value_name = "QUOTE", value_parser = quote)]
    quotes: Vec<Quote>,
    /// For which account.
    #[arg(long, value_name = "N")]
    account: u32,
    /// What you call this state of your quotes, at most 20 characters (QuoteID); the time by default.
    #[arg(long, value_name = "NAME")]
    name: Option<ClOrdId>,
    /// Withdraw the account's quotes first: all, or those of one security.
    #[arg(long, value_name = "all|SECURITY", value_parser = which)]
    cancel: Option<Which>,

    /// Protection: so many executions within the window stop the account's quotes.
    #[arg(long, value_name = "N", help_heading = "Protection", requires = "window")]
    executions: Option<u32>,
    /// The window, in milliseconds.
    #[arg(long, value_name = "MS", help_heading = "Protection", requires = "executions")]
    window: Option<u64>,
    /// So many units stop them too.
    #[arg(long, value_name = "UNITS", help_heading = "Protection", requires = "executions")]
    units: Option<u64>,
    /// So much money, of any one cash token, stops them too.
    #[arg(long, value_name = "AMOUNT", help_heading = "Protection", requires = "executions")]
    value: Option<u64>,
    /// Take the protection away.
    #[arg(long, help_heading = "Protection", conflicts_with = "executions")]
    unprotect: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    All,
    Security(u32),
}

/// What is sent, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests {
    /// Protection.
    pub protection: Option<ProtectQuotes>,
    /// The end of quotes.
    pub cancel: Option<CancelQuotes>,
    /// Quotes.
    pub quotes: Option<Quotes>,
}

impl Asked {
    /// What is to be sent, or what is missing. Sense beyond that is the venue's to judge.
    pub fn requests(&self, now: Timestamp) -> Result<Requests, String> {
        let name = match self.name {
            Some(name) => name,
            None => {
                let name = now.as_nanosecond().to_string();
                name.parse()
                    .map_err(|e| format!("{name} is no name for quotes: {e}; give one with --name"))?
            }
        };
        let account = self.account;
        let window = |ms: u64| ms.checked_mul(1_000_000).ok_or("--window is beyond all bounds");
        let protection = match (self.executions, self.window) {
            (Some(executions), Some(ms)) => Some(Some(Protection {
                window: window(ms)?,
                executions,
                units: self.units,
                value: self.value,
            })),
            _ => self.unprotect.then_some(None),
        };
        if self.quotes.len() > MOST_QUOTE_ENTRIES {
            let count = self.quotes.len();
            return Err(format!(
                "a message has at most {MOST_QUOTE_ENTRIES} quotes, not {count}: send them in parts"
            ));
        }
        let requests = Requests {
            protection: protection.map(|protection| ProtectQuotes { name, account, protection }),
            cancel: self.cancel.map(|which| {
                let security_id = match which {
                    Which::All => None,
                    Which::Security(security) => Some(security),
                };
                CancelQuotes { name, account, security_id }
            }),
            quotes: (!self.quotes.is_empty()).then(|| Quotes {
                quote_id: name,
                account,
                quotes: self.quotes.clone(),
            }),
        };
        match requests {
            Requests { protection: None, cancel: None, quotes: None } => {
                Err("nothing is asked: state quotes, --cancel, --executions or --unprotect".into())
            }
            requests => Ok(requests),
        }
    }
}

fn quote(text: &str) -> Result<Quote, String> {
    let form = || format!("{text:?} is no quote: write SECURITY:BID/OFFER, such as 55:101.25x30/101.5x30");
    let (security, sides) = text.split_once(':').ok_or_else(form)?;
    let (bid, offer) = sides.split_once('/').ok_or_else(form)?;
    let security_id = security.parse().map_err(|_| {
        format!("{security:?} is no security's number; `tallystick admin securities` shows them")
    })?;
    Ok(Quote { security_id, bid: side(bid)?, offer: side(offer)? })
}

fn side(text: &str) -> Result<Option<QuoteSide>, String> {
    match text {
        "-" => return Ok(None),
        "0" => return Ok(Some(QuoteSide::Withdraw)),
        _ => {}
    }
    let (price, size) = text
        .split_once('x')
        .ok_or_else(|| format!("{text:?} is no side of a quote: write PRICExSIZE, 0 or -"))?;
    let price = Price8::from_str(price).map_err(|e| format!("{price:?} is no price: {e}"))?;
    match size.parse() {
        Ok(size @ 1..) => Ok(Some(QuoteSide::Set { price, size })),
        _ => Err(format!("{size:?} is no size: write units above 0, or 0 for the side to withdraw it")),
    }
}

fn which(text: &str) -> Result<Which, String> {
    match text {
        "all" => Ok(Which::All),
        number => match number.parse() {
            Ok(security) => Ok(Which::Security(security)),
            Err(_) => Err("expected all, or a security's number".into()),
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

    fn read(words: &str) -> Result<Requests, String> {
        let words = format!("quote --account 1001 --name Q {words}");
        let shell = Shell::try_parse_from(words.split_whitespace()).map_err(|e| e.to_string())?;
        shell.asked.requests(Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn each_side_is_set_withdrawn_or_left() {
        let quotes = read("55:101.25x30/0 56:-/102x5").unwrap().quotes.unwrap();
        let set = |price: &str, size| Some(QuoteSide::Set { price: price.parse().unwrap(), size });
        let first = Quote { security_id: 55, bid: set("101.25", 30), offer: Some(QuoteSide::Withdraw) };
        let second = Quote { security_id: 56, bid: None, offer: set("102", 5) };
        assert_eq!((quotes.account, quotes.quotes), (1001, vec![first, second]));
    }

    #[test]
    fn protection_and_cancel_go_without_quotes() {
        let asked = read("--executions 5 --window 1000 --units 90 --cancel 55").unwrap();
        let (window, executions) = (1_000_000_000, 5);
        let protection = Protection { window, executions, units: Some(90), value: None };
        assert_eq!(asked.protection.unwrap().protection, Some(protection));
        assert_eq!(asked.cancel.unwrap().security_id, Some(55));
        assert_eq!(asked.quotes, None);
        assert_eq!(read("--unprotect").unwrap().protection.unwrap().protection, None);
        assert_eq!(read("--cancel all").unwrap().cancel.unwrap().security_id, None);
    }

    #[test]
    fn a_mistake_is_told_with_what_to_write_instead() {
        for (words, why) in [
            ("", "nothing is asked"),
            ("55", "write SECURITY:BID/OFFER"),
            ("55:1x1", "write SECURITY:BID/OFFER"),
            ("X:1x1/2x1", "is no security's number"),
            ("55:1/2x1", "write PRICExSIZE, 0 or -"),
            ("55:1,5x1/-", "a price is digits with at most one point"),
            ("55:1x0/-", "units above 0"),
            ("55:1x-3/-", "units above 0"),
            ("--executions 5", "--window <MS>"),
            ("--units 5", "--executions <N>"),
            ("--unprotect --executions 5 --window 1", "cannot be used with"),
            ("--cancel some", "expected all, or a security's number"),
        ] {
            let error = read(words).unwrap_err();
            assert!(error.contains(why), "{words}: {error}");
        }
        let many = "55:1x1/2x1 ".repeat(33);
        assert!(read(&many).unwrap_err().contains("send them in parts"));
    }
}
