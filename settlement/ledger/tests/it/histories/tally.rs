//! What a history has come to.

use super::*;

/// What was asked for, in order, with what became of it.
#[derive(Default)]
pub struct Tally {
    /// What was issued, by the receipts.
    pub issued: BTreeMap<Asset, u128>,
    pub done: BTreeMap<&'static str, u32>,
    pub refused: BTreeMap<u8, u32>,
    /// What was counted at some height.
    pub counted: BTreeSet<&'static str>,
}

impl Tally {
    pub fn count(&mut self, submissions: &[Submission], receipts: &[Receipt]) {
        let mut asked = Vec::new();
        for submission in submissions {
            match submission {
                Submission::Direct(signed) => asked.push(Some(&signed.instruction.operation)),
                Submission::Batch(batch) => asked.extend(batch.transfers.iter().map(|_| None)),
            }
        }
        for (asked, receipt) in asked.into_iter().zip(receipts) {
            match &receipt.outcome {
                Outcome::Refused(refusal) => *self.refused.entry(refusal.number()).or_default() += 1,
                Outcome::Done(done) => self.count_done(asked, done),
            }
        }
    }

    fn count_done(&mut self, asked: Option<&Operation>, done: &Done) {
        let sum = |opening: &[Opening]| opening.iter().map(|line| u128::from(line.units.0)).sum::<u128>();
        let (what, issued) = match (asked, done) {
            (None, Done::Transferred(_)) => ("transfer", None),
            (Some(Operation::Register { .. }), Done::Investor(_)) => ("register", None),
            (Some(Operation::OpenAccount { .. }), Done::Account(_)) => ("open account", None),
            (Some(Operation::CreateCash { .. }), Done::Cash(_)) => ("create cash", None),
            (Some(Operation::Issue { opening, .. }), Done::Security(id)) => {
                ("issue", Some((Asset::Security(*id), sum(opening))))
            }
            (Some(Operation::IssueMore { security, opening }), Done::Asked) => {
                ("issue more", Some((Asset::Security(*security), sum(opening))))
            }
            (Some(Operation::MintCash { cash, amount, .. }), Done::Asked) => {
                ("mint", Some((Asset::Cash(*cash), amount.0 as u128)))
            }
            (Some(Operation::Attest { .. }), Done::Asked) => ("attest", None),
            (Some(Operation::Revoke { .. }), Done::Asked) => ("revoke", None),
            (Some(Operation::Suspend { .. }), Done::Asked) => ("suspend", None),
            (Some(Operation::Amend { .. }), Done::Asked) => ("amend", None),
            (Some(Operation::Allocate(_)), Done::Asked) => ("allocate", None),
            (Some(Operation::Withdraw { .. }), Done::Asked) => ("withdraw", None),
            (Some(Operation::Freeze { .. }), Done::Asked) => ("freeze", None),
            (Some(Operation::SetInsider { .. }), Done::Asked) => ("insider", None),
            (Some(Operation::Disclose { .. }), Done::Asked) => ("disclose", None),
            (Some(Operation::Approve(_)), Done::Asked) => ("approve", None),
            (Some(Operation::Force { .. }), Done::Asked) => ("force", None),
            (Some(Operation::PayUp { .. }), Done::Asked) => ("pay up", None),
            (Some(Operation::Recover { .. }), Done::Asked) => ("recover", None),
            (Some(Operation::Lease { .. }), Done::Leased { .. }) => ("lease", None),
            (asked, done) => panic!("{asked:?} led to {done:?}"),
        };
        *self.done.entry(what).or_default() += 1;
        if let Some((asset, amount)) = issued {
            *self.issued.entry(asset).or_default() += amount;
        }
    }

    /// Notes what is counted in a state.
    pub fn see(&mut self, state: &Memory) {
        for record in state.0.values() {
            let seen = match record {
                Record::Group(it) => [
                    ("a group of several", !it.of_others.is_zero()),
                    ("what a group has sold", !it.sold.is_empty()),
                ],
                Record::Security(it) => [
                    ("units of plans", it.counted.plan_units_bps > 0),
                    ("units that are set aside", it.counted.controlling > 0),
                ],
                Record::Approval(_) => [("an approval", true); 2],
                Record::Left(_) => [("a place that was left", true); 2],
                Record::Funds(_) => [("a fund that is looked through", true); 2],
                Record::Leases(it) => {
                    [("what a venue has leased", true), ("what two venues have leased", it.leases.len() > 1)]
                }
                _ => continue,
            };
            self.counted.extend(seen.iter().filter(|(_, is)| *is).map(|(what, _)| *what));
        }
    }

    /// There is exactly what was issued.
    pub fn compare(&self, totals: &Totals) {
        let units = totals.securities.iter().map(|it| (Asset::Security(it.security), it.units.0.into()));
        let money = totals.cash.iter().map(|it| (Asset::Cash(it.cash), it.money.0 as u128));
        let there: BTreeMap<Asset, u128> = units.chain(money).filter(|(_, sum)| *sum > 0).collect();
        let issued = self.issued.iter().filter(|(_, sum)| **sum > 0);
        assert_eq!(there, issued.map(|(asset, sum)| (*asset, *sum)).collect());
    }
}
