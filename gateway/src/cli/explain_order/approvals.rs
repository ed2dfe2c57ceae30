//! What was approved beforehand, in words: for whom, how much, until when, who said so, and what is missing.

use super::words;
use crate::admin::client::Operator;
use crate::admin::protocol::Ask;
use crate::cli::serve;
use crate::explain::{By, Explained, Told};
use crate::settlement::desk::{LedgerAsk, Shown};
use std::collections::BTreeMap;
use std::path::Path;
use tallystick_engine::approvals::Approved;
use tallystick_engine::compliance::explain::{Asked, Explanation, MOST_MET};
use tallystick_engine::types::{SecurityId, Units};

/// Who signs approvals of the securities concerned: the terms say so, and they are never amended.
pub type Signers = BTreeMap<SecurityId, Parties>;

/// Whose signatures an approval needs.
pub struct Parties {
    issuer: String,
    first_refusal: Option<String>,
}

/// Asks the ledger of the venue, if it runs, whose signatures are needed. A venue that has stopped tells no keys.
pub fn signers(data: &Path, explained: &Explained) -> Signers {
    let mut signers = Signers::new();
    for (asked, explanation) in &explained.sides {
        let asks = |it: &Explanation| it.by_network && it.program.asks_approval();
        if explanation.as_ref().is_none_or(|it| !asks(it)) || signers.contains_key(&asked.security) {
            continue;
        }
        let about = LedgerAsk::Show(Shown::Security(asked.security));
        let record =
            Operator::connect(&serve::socket(data)).and_then(|mut it| it.ask(&Ask::Ledger { about }));
        let Ok(record) = record else { continue };
        if let Some(issuer) = record["issuer"].as_str() {
            let first_refusal = record["first_refusal"].as_str().map(str::to_owned);
            signers.insert(asked.security, Parties { issuer: issuer.into(), first_refusal });
        }
    }
    signers
}

/// What one side was approved to trade, and who says so.
pub fn told(
    explained: &Explained,
    asked: &Asked,
    explanation: &Explanation,
    signers: &Signers,
    line: &mut impl FnMut(String),
) {
    line("\nWhat it was approved beforehand to trade, as of then".into());
    for approved in &explanation.approved {
        let (seller, buyer) = (approved.seller, approved.buyer);
        line(format!("  that investor {} sells investor {}: {}", seller.0, buyer.0, amount(approved)));
        if let Some(told) = explained.told.get(&(asked.security, seller, buyer)) {
            line(format!("    {}", source(told)));
        }
    }
    match explanation.approved.len() {
        0 => line("  nothing, with anybody".into()),
        MOST_MET => line("  and perhaps more, which is not told of".into()),
        _ => {}
    }
    line(match (explanation.by_network, signers.get(&asked.security)) {
        (false, _) => "  Without a network it is the operator who states approvals (`tallystick admin approve`).".into(),
        (true, None) => "  An approval is signed by the issuer and, where the security's terms name one, by the holder of a \
                         right of first refusal (`tallystick ledger show security` while the venue runs)."
            .into(),
        (true, Some(Parties { issuer, first_refusal: None })) => {
            format!("  An approval is signed by the issuer, {issuer} (`tallystick ledger approve`).")
        }
        (true, Some(Parties { issuer, first_refusal: Some(holder) })) => format!(
            "  An approval is signed by the issuer, {issuer}, and by the holder of the right of first refusal, {holder} \
             (`tallystick ledger approve`)."
        ),
    });
}

/// What two were approved to trade, beside what there is to trade.
pub fn of_two(approved: &Approved, wanted: Units) -> String {
    let missing = wanted.saturating_sub(approved.left);
    let enough = match missing {
        Units::ZERO => String::new(),
        missing => format!("; missing: {missing} units that they are approved to trade"),
    };
    let (seller, buyer) = (approved.seller.0, approved.buyer.0);
    format!("approved that investor {seller} sells investor {buyer}: {}{enough}", amount(approved))
}

fn amount(approved: &Approved) -> String {
    let Approved { units, until, waiting, left, .. } = *approved;
    if units.is_zero() {
        return "nothing".into();
    }
    let used = match waiting {
        Units::ZERO => String::new(),
        waiting => format!("{waiting} of them in trades that wait, "),
    };
    let ended = if left.is_zero() && waiting < units { "ended, " } else { "" };
    format!("{units} units until {}, {used}{ended}{left} left", words::time(until))
}

fn source(told: &Told) -> String {
    let (seq, at) = (told.seq, words::time(told.now));
    match told.by {
        By::Network(height) => format!("as the network told at height {height} (command {seq}, {at})"),
        By::Operator(uid) => format!("as an operator stated (uid {uid}, command {seq}, {at})"),
    }
}
