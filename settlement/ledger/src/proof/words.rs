//! Findings in sentences.

use super::finding::Found;
use super::{Placed, Subject};
use crate::instruction::{LegKind, Operation, Transfer};
use crate::keys::PublicKey;
use crate::lot::way;
use crate::names::{Height, VenueName};
use crate::state::{CashRecord, SecurityRecord};
use crate::trust::moment;
use std::collections::BTreeSet;
use std::fmt;
use tallystick_rules::{CashId, Counter, Holders, Money, Path, Scope, SecurityId, Time};

/// What is said of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Description {
    /// A security.
    Security {
        /// Its number.
        security: SecurityId,
        /// What it is called.
        symbol: String,
        /// Its full name.
        name: String,
        /// The law under which the ledger is its register of record.
        register_of_record: Option<String>,
    },
    /// A cash token.
    Cash {
        /// Its number.
        cash: CashId,
        /// What it is called.
        name: String,
        /// How many digits of its smallest unit come after the point.
        decimals: u8,
        /// Who issues it.
        issuer: PublicKey,
    },
}

impl Description {
    pub(super) fn of_security(record: SecurityRecord) -> Description {
        let SecurityRecord { security, terms, .. } = record;
        let register_of_record = terms.register_of_record;
        Description::Security { security, symbol: terms.symbol, name: terms.name, register_of_record }
    }

    pub(super) fn of_cash(record: CashRecord) -> Description {
        let CashRecord { cash, name, decimals, issuer, .. } = record;
        Description::Cash { cash, name, decimals, issuer }
    }

    /// An amount of it, in its smallest unit.
    fn amount(&self, amount: u64) -> String {
        match self {
            Description::Security { symbol, .. } => {
                format!("{amount} unit{} of {}", if amount == 1 { "" } else { "s" }, plain(symbol))
            }
            Description::Cash { name, decimals, .. } => {
                format!("{} {}", decimal(amount, *decimals), plain(name))
            }
        }
    }

    fn money(&self, money: Money) -> String {
        self.amount(money.0.unsigned_abs())
    }

    /// What it is, after its short name was said.
    fn full(&self) -> String {
        match self {
            Description::Security { security, name, .. } => format!("security {security}, {:?}", plain(name)),
            Description::Cash { cash, issuer, .. } => format!("cash token {cash}, issued by {issuer}"),
        }
    }

    /// What what the ledger says of it is worth in law.
    fn worth(&self) -> String {
        match self {
            Description::Security { register_of_record: Some(law), .. } => {
                format!("This is ownership: under {} this ledger is the register of record.", plain(law))
            }
            Description::Security { register_of_record: None, .. } => {
                "This is evidence of ownership: no law is named \
                 under which this ledger is the register of record."
                    .to_owned()
            }
            Description::Cash { .. } => "This is evidence of ownership of a claim on the issuer.".to_owned(),
        }
    }
}

/// A finding with the place that it is read off.
pub(super) struct Words<'a> {
    pub found: &'a Found,
    pub height: Height,
    pub time: Time,
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = format!("height {}, {}", self.height, moment(self.time));
        match self.found {
            Found::Balance { investor, beneficial, record, asset } => {
                writeln!(
                    f,
                    "Person {} owned {} ({}) at {when}, and {} stood in its name.",
                    investor.0,
                    asset.amount(*beneficial),
                    asset.full(),
                    asset.amount(*record),
                )?;
                f.write_str(&asset.worth())
            }
            Found::Transfer { id, placed, lot, security, cash } => {
                let transfer = &placed.transfer;
                writeln!(
                    f,
                    "{} ({}) went from account {} to account {}, into its lot {}, for {} ({}) at {when}.",
                    security.amount(transfer.units.0),
                    security.full(),
                    transfer.seller,
                    transfer.buyer,
                    lot.0,
                    cash.money(transfer.money),
                    cash.full(),
                )?;
                for leg in &transfer.legs {
                    let payer = if leg.by_seller { "seller" } else { "buyer" };
                    let (amount, kind) = (cash.money(leg.amount), leg_kind(leg.kind));
                    writeln!(f, "The {payer} paid {amount} to account {} as {kind}.", leg.to)?;
                }
                for path in paths(transfer) {
                    writeln!(f, "Units went under {}.", way(path))?;
                }
                writeln!(f, "It was {}, instruction {id}.", trade(placed))?;
                f.write_str(&security.worth())
            }
            Found::Refusal { id, subject, refusal } => {
                writeln!(f, "Instruction {id} was refused at {when}: {}.", plain(&refusal.to_string()))?;
                match &**subject {
                    Subject::Direct(instruction) => {
                        writeln!(f, "It was to {}.", operation(&instruction.operation))?;
                    }
                    Subject::Transfer(placed) => {
                        let transfer = &placed.transfer;
                        writeln!(
                            f,
                            "It was {}, of {} {} of security {} from account {} to account {}.",
                            trade(placed),
                            transfer.units,
                            if transfer.units.0 == 1 { "unit" } else { "units" },
                            transfer.security,
                            transfer.seller,
                            transfer.buyer
                        )?;
                    }
                }
                f.write_str("Nothing of it was done.")
            }
            Found::NonOwnership { investor, asset } => {
                let short = match asset {
                    Description::Security { symbol, .. } => plain(symbol),
                    Description::Cash { name, .. } => plain(name),
                };
                write!(f, "Person {} owned nothing of {short} ({}) at {when}", investor.0, asset.full())?;
                f.write_str(", and nothing of it stood in its name.")
            }
            Found::Undecided { id, placed } => {
                writeln!(f, "Nothing was decided about {} by {when}.", trade(placed))?;
                write!(
                    f,
                    "Instruction {id} for it expired after height {}: it was not carried out, and never will be.",
                    placed.transfer.expiry
                )
            }
        }
    }
}

fn trade(placed: &Placed) -> String {
    format!(
        "trade {} of venue {} (engine {}, journal epoch {}), made {}",
        placed.transfer.trade,
        venue(&placed.venue),
        placed.shard,
        placed.journal_epoch,
        moment(placed.transfer.traded)
    )
}

fn venue(name: &VenueName) -> String {
    let end = name.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    plain(&String::from_utf8_lossy(&name[..end]))
}

/// The exemption paths that lots have gone under, each once.
fn paths(transfer: &Transfer) -> BTreeSet<Path> {
    transfer.lots.iter().map(|part| part.path).filter(|path| *path != Path::Plain).collect()
}

fn leg_kind(kind: LegKind) -> &'static str {
    match kind {
        LegKind::Fee => "a fee",
        LegKind::Withholding => "tax withheld",
        LegKind::AccruedInterest => "interest accrued",
    }
}

fn operation(operation: &Operation) -> String {
    match operation {
        Operation::Register { .. } => "register a person".to_owned(),
        Operation::Attest { investor, claim } => {
            format!("make the claim that person {} {}", investor.0, claim.value)
        }
        Operation::Revoke { investor, topic } => {
            format!("revoke the {topic:?} claim about person {}", investor.0)
        }
        Operation::Suspend { investor, suspended: true } => format!("suspend person {}", investor.0),
        Operation::Suspend { investor, .. } => format!("put person {} back in good standing", investor.0),
        Operation::OpenAccount { beneficial_owner, .. } => {
            format!("open an account for person {}", beneficial_owner.0)
        }
        Operation::CreateCash { name, .. } => format!("create the cash token {:?}", plain(name)),
        Operation::MintCash { cash, account, .. } => format!("issue cash token {cash} to account {account}"),
        Operation::Issue { terms, .. } => format!("issue the security {}", plain(&terms.symbol)),
        Operation::IssueMore { security, .. } => format!("issue more of security {security}"),
        Operation::Amend { security, .. } => format!("change the rules of security {security}"),
        Operation::Allocate(allocate) => format!(
            "allocate {} of {} in account {} to venue {}",
            allocate.most,
            allocate.asset,
            allocate.account,
            venue(&allocate.venue)
        ),
        Operation::Withdraw { venue: from, account, asset } => {
            format!("withdraw the {asset} in account {account} from venue {}", venue(from))
        }
        Operation::Freeze { account, asset, frozen: true, .. } => {
            format!("freeze {asset} in account {account}")
        }
        Operation::Freeze { account, asset, .. } => format!("release {asset} in account {account}"),
        Operation::SetInsider { security, investor, insider } => match insider {
            Some(_) => format!("say how person {} stands to the issuer of security {security}", investor.0),
            None => {
                format!("say that person {} is a stranger to the issuer of security {security}", investor.0)
            }
        },
        Operation::Disclose { security, .. } => format!("make known what is current of security {security}"),
        Operation::Approve(approve) => format!(
            "approve that person {} sell person {} {} {} of security {} at venue {}, until {}",
            approve.seller.0,
            approve.buyer.0,
            approve.units,
            if approve.units.0 == 1 { "unit" } else { "units" },
            approve.security,
            venue(&approve.venue),
            moment(approve.until)
        ),
        Operation::Recover { investor, order, .. } => {
            format!("give person {} another key, by order {order}", investor.0)
        }
        Operation::Lease { security, counter, amount: 0, .. } => {
            format!("give back what is leased of {} of security {security}", counted(*counter))
        }
        Operation::Lease { security, counter, amount, expiry } => {
            format!("lease {amount} of {} of security {security} up to height {expiry}", counted(*counter))
        }
        Operation::PayUp { security, account, lots } => {
            let units: u128 = lots.iter().map(|(_, units)| u128::from(units.0)).sum();
            let units = if units == 1 { "1 unit is".to_owned() } else { format!("{units} units are") };
            format!("note that {units} paid in full of security {security} in account {account}")
        }
        Operation::Force { security, from, to, lots, order } => {
            let units: u128 = lots.iter().map(|(_, units)| u128::from(units.0)).sum();
            format!(
                "move {units} units of security {security} from account {from} to account {to} by order {order}"
            )
        }
    }
}

/// What a counter counts.
fn counted(counter: Counter) -> String {
    match counter {
        Counter::Holders(Holders::Beneficial) => "the places of beneficial owners".to_owned(),
        Counter::Holders(Holders::Record) => "the places of holders of record".to_owned(),
        Counter::Holders(Holders::RecordNotAccredited) => {
            "the places of holders of record who are not accredited".to_owned()
        }
        Counter::Holders(Holders::LookThrough) => {
            "the places of beneficial owners, funds looked through".to_owned()
        }
        Counter::Plans => "what benefit plans may own".to_owned(),
        Counter::Owned(Scope::Owner, person) => format!("what person {} may own", person.0),
        Counter::Owned(Scope::Group, person) => format!("what the group of person {} may own", person.0),
        Counter::Sold(person) => format!("what the group of person {} may sell", person.0),
    }
}

/// An amount with so many digits after the point.
fn decimal(amount: u64, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    if decimals == 0 {
        return amount.to_string();
    }
    let digits = format!("{amount:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    format!("{whole}.{part}")
}

/// What others have called something, fit for a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_their_point_where_it_belongs() {
        assert_eq!(decimal(0, 2), "0.00");
        assert_eq!(decimal(5, 2), "0.05");
        assert_eq!(decimal(123_456, 2), "1234.56");
        assert_eq!(decimal(7, 0), "7");
        assert_eq!(decimal(7, 30), format!("0.{}7", "0".repeat(29)));
    }
}
