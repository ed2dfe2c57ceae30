//! Paying up: what was issued without being paid in full is paid now, and held from then on.

use super::super::Failure;
use super::act;
use super::amend::signs;
use super::issue::Key;
use super::look::ask;
use crate::settlement::desk::{LedgerAsk, Shown};
use serde::Deserialize;
use std::path::Path;
use tallystick_engine::types::{AccountId, Asset, LotId, SecurityId, Units};
use tallystick_ledger::instruction::Operation;

/// Arguments of `pay-up`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Units are issued unpaid by a line of the opening register that says `paid = false`. Until the
full price is paid by whoever acquired them from the issuer or an affiliate, no holding period
of Rule 144 begins (17 CFR 230.144(d)(1)(iii)); it begins on the day (UTC) of the receipt. The
units may be somebody else's by then: name the account in which they are.

What is allocated to a venue is not paid up: it may have been traded as what it is. Its owner
withdraws it, and allocates it again afterwards.

Issuer and registrar both sign. Where both keys are here, it is handed in. Where one of them is
only a public key, the instruction is printed, for `tallystick ledger sign` on each machine.

  tallystick ledger show holding 7 --security 3           # by lot, with `paid`
  tallystick ledger pay-up --security 3 --account 7 --issuer issuer.key --registrar registrar.key
  tallystick ledger pay-up --security 3 --account 7 --lot 1 --lot 2:150 \\
    --issuer issuer.key --registrar registrar.key")]
pub struct Args {
    /// The number of the security on the ledger.
    #[arg(long, value_name = "N")]
    security: u32,
    /// The account in which the units are.
    #[arg(long, value_name = "N")]
    account: u32,
    /// A lot that is paid, by its number; and how many units of it, if not all. May be given again. If left out: all that
    /// the account holds and that is not paid.
    #[arg(long = "lot", value_name = "LOT[:UNITS]", value_parser = lot)]
    lots: Vec<(LotId, Option<Units>)>,
    /// The issuer's key file, or its public key, as 64 hexadecimal digits.
    #[arg(long, value_name = "KEY")]
    issuer: String,
    /// The registrar's, likewise.
    #[arg(long, value_name = "KEY")]
    registrar: String,
}

/// A lot of the holding, as the ledger shows it.
#[derive(Deserialize)]
struct Held {
    lot: LotId,
    units: Units,
    paid: bool,
}

/// Notes that units are paid in full, or prints the instruction that does.
pub fn pay_up(data: &Path, args: &Args) -> Result<(), Failure> {
    let (issuer, registrar) = (Key::of(&args.issuer)?, Key::of(&args.registrar)?);
    let (security, account) = (SecurityId(args.security), AccountId(args.account));
    let record = ask(data, LedgerAsk::Show(Shown::Security(security)))?;
    signs(&record, "issuer", &args.issuer, issuer.public())?;
    signs(&record, "registrar", &args.registrar, registrar.public())?;
    let mut holding = ask(data, LedgerAsk::Show(Shown::Holding(account, Asset::Security(security))))?;
    let held: Vec<Held> = serde_json::from_value(holding["contents"]["lots"].take())?;
    let lots = chosen(&args.lots, &held)
        .map_err(|why| format!("security {security} in account {account}: {why}; nothing was paid up"))?;
    act::hand_in_or_print(data, Operation::PayUp { security, account, lots }, &[issuer, registrar])
}

/// The lots that are named, with their units; or all that are not paid.
fn chosen(named: &[(LotId, Option<Units>)], held: &[Held]) -> Result<Vec<(LotId, Units)>, String> {
    let unpaid: Vec<(LotId, Units)> =
        held.iter().filter(|lot| !lot.paid).map(|lot| (lot.lot, lot.units)).collect();
    if unpaid.is_empty() {
        return Err("all of it is paid in full already".into());
    }
    if named.is_empty() {
        return Ok(unpaid);
    }
    let mut lots: Vec<(LotId, Units)> = Vec::new();
    for &(number, units) in named {
        let n = number.0;
        let lot = held.iter().find(|lot| lot.lot == number).ok_or_else(|| {
            let words = unpaid.iter().map(|(lot, units)| format!("lot {} ({units} units)", lot.0));
            format!("it has no lot {n}; not paid in full is {}", words.collect::<Vec<_>>().join(", "))
        })?;
        if lot.paid {
            return Err(format!("lot {n} is paid in full already"));
        }
        let units = units.unwrap_or(lot.units);
        if units > lot.units {
            return Err(format!("lot {n} has {} units, not {units}", lot.units));
        }
        if lots.iter().any(|(other, _)| *other == number) {
            return Err(format!("lot {n} is named twice"));
        }
        lots.push((number, units));
    }
    Ok(lots)
}

fn lot(text: &str) -> Result<(LotId, Option<Units>), String> {
    let (lot, units) = text.split_once(':').map_or((text, None), |(lot, units)| (lot, Some(units)));
    let wanted = || "a lot's number, and after a colon how many units of it if not all, such as 2 or 2:150";
    let units = units.map(|units| units.parse().ok().filter(|units| *units > 0).ok_or_else(wanted));
    Ok((LotId(lot.parse().map_err(|_| wanted())?), units.transpose()?.map(Units)))
}
