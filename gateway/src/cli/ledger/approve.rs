//! Approving that two trade with each other: the issuer's consent, and the waiver of a right of first refusal.

use super::super::Failure;
use super::act;
use super::amend::signs;
use super::issue::Key;
use super::look::ask;
use crate::admin::specs::{civil_date, midnight};
use crate::settlement::desk::{LedgerAsk, Shown};
use jiff::civil::Date;
use std::path::Path;
use tallystick_engine::types::{InvestorId, SecurityId, Units};
use tallystick_ledger::instruction::{Approve, Operation};
use tallystick_ledger::names::venue_text;

/// Arguments of `approve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It is the issuer's consent. Where the security's terms name a holder of a right of first refusal, that
holder signs too, and so waives its right for these units until then. Where both keys are here, it is
handed in. Where one of them is only a public key, the instruction is printed, for `tallystick ledger
sign` on each machine.

Units are added to what is left of what was approved of the same two. Nothing of it can be taken back:
what a venue has matched on it must be deliverable. So it ends: at the beginning of a day (UTC) that
lies ahead, by a year at most, and not before the end of what was approved already.

  tallystick ledger approve --security 3 --seller 1 --buyer 2 --units 500 --until 2027-03-31 \\
    --issuer issuer.key --first-refusal founders.key
  tallystick ledger show approvals 3")]
pub struct Args {
    /// The number of the security on the ledger.
    #[arg(long, value_name = "N")]
    security: u32,
    /// The person who may sell.
    #[arg(long, value_name = "PERSON")]
    seller: u32,
    /// The person who may buy.
    #[arg(long, value_name = "PERSON")]
    buyer: u32,
    /// How many units more.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    units: u64,
    /// The first day on which nothing can be traded on it any more.
    #[arg(long, value_name = "DATE", value_parser = civil_date)]
    until: Date,
    /// At which venue; at that whose data directory this is, if left out.
    #[arg(long, value_name = "NAME")]
    venue: Option<String>,
    /// The issuer's key file, or its public key, as 64 hexadecimal digits.
    #[arg(long, value_name = "KEY")]
    issuer: String,
    /// The key of who has a right of first refusal, likewise, where the security's terms name somebody.
    #[arg(long, value_name = "KEY")]
    first_refusal: Option<String>,
}

/// Approves, or prints the instruction that does.
pub fn approve(data: &Path, args: &Args) -> Result<(), Failure> {
    if args.seller == args.buyer {
        return Err("seller and buyer are the same person: nothing would change hands".into());
    }
    let until = midnight("--until", args.until)?;
    let issuer = Key::of(&args.issuer)?;
    let first_refusal = args.first_refusal.as_deref().map(|file| Ok::<_, Failure>((file, Key::of(file)?)));
    let first_refusal = first_refusal.transpose()?;
    let security = SecurityId(args.security);
    let record = ask(data, LedgerAsk::Show(Shown::Security(security)))?;
    signs(&record, "issuer", &args.issuer, issuer.public())?;
    match (&first_refusal, record["first_refusal"].as_str()) {
        (Some((file, key)), Some(_)) => signs(&record, "first_refusal", file, key.public())?,
        (None, Some(holder)) => {
            return Err(format!(
                "somebody has a right of first refusal on security {security}, and must waive it: give the key \
                 {holder}, --first-refusal"
            )
            .into());
        }
        (Some(_), None) => {
            return Err(format!(
                "nobody has a right of first refusal on security {security}: leave --first-refusal out"
            )
            .into());
        }
        (None, None) => {}
    }
    let venue = match &args.venue {
        Some(name) => name.clone(),
        None => {
            let head = ask(data, LedgerAsk::Head)?;
            head["venue"].as_str().ok_or("the venue does not tell its name: give it, --venue")?.to_string()
        }
    };
    let venue = venue_text::name(&venue)
        .ok_or_else(|| format!("{venue:?} is no venue's name: that has one to sixteen bytes"))?;
    let [seller, buyer] = [args.seller, args.buyer].map(InvestorId);
    let approve = Approve { security, venue, seller, buyer, units: Units(args.units), until };
    let signers: Vec<Key> = [Some(issuer), first_refusal.map(|(_, key)| key)].into_iter().flatten().collect();
    act::hand_in_or_print(data, Operation::Approve(approve), &signers)
}
