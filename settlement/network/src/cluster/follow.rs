//! Validators that are behind: after a restart, a pause, or because their votes came late.

use super::Cluster;
use crate::application::Application;
use crate::context::{Height, Place};
use crate::fault::Fault;
use crate::record::{Entry, Record};
use crate::seat::{Health, Mail, Proposed};
use malachite_core_consensus::Input;
use malachite_core_types::{Round, Timeout, VoteExtensionPolicy};
use std::sync::Arc;
use tallystick_ledger::header::Certified;
use tallystick_ledger::names;
use tallystick_rules::Time;

/// How many blocks one that is behind takes in, in one round of work: the others shall not wait for it.
pub(super) const AT_ONCE: usize = 16;

impl<A: Application> Cluster<A> {
    /// What was done before a restart, and where it goes on.
    pub(super) fn restore(&mut self, log: Vec<Entry>, now: Time) -> Result<(), Fault> {
        self.catch_up(usize::MAX)?;
        let height = Height(self.head().height.0 + 1);
        if self.logged > 0 && self.logged < height.0 {
            self.forget()?;
        }
        let mut blocks = Vec::new();
        let mut records: Vec<Vec<Record>> = self.seats.iter().map(|_| Vec::new()).collect();
        for entry in log.into_iter().filter(|entry| entry.height() == height.0) {
            match entry {
                Entry::Block { round, proposer, block } => {
                    let (round, proposer) = (Round::new(round), Place(proposer));
                    blocks.push(Proposed { round, proposer, block: Arc::new(block) });
                }
                Entry::Input { place, record, .. } => {
                    if let Some(records) = records.get_mut(usize::from(place)) {
                        records.push(record);
                    }
                }
            }
        }
        let mut again = Vec::new();
        for (i, (seat, records)) in self.seats.iter_mut().zip(records).enumerate() {
            if !seat.votes() {
                continue;
            }
            // What it took in before it was asked to start is of no use at the height that it starts.
            seat.leave();
            for proposed in &blocks {
                let hash = proposed.block.header.hash();
                let held_good = |record: &Record| match record {
                    Record::Judged { value, valid, .. } => *valid && *value == hash,
                    _ => false,
                };
                match records.iter().any(held_good) {
                    true => seat.remember(proposed.clone()),
                    false => seat.mail.push_back(Mail::Block(proposed.clone())),
                }
            }
            // Consensus says its votes again by itself, but not its proposals.
            for record in &records {
                match record {
                    Record::Proposal { place, .. } if usize::from(*place) == i => {
                        again.push((i, Mail::Input(record.input(height))));
                    }
                    _ => {}
                }
            }
            seat.node.start(height, self.set.clone(), records)?;
        }
        for (i, mail) in again {
            self.tell(i, &mail);
        }
        self.settle(now, Vec::new())
    }

    /// Has a validator vote on the height after its last block.
    pub(super) fn begin(&mut self, place: usize) {
        let seat = &mut self.seats[place];
        let height = Height(seat.app.head().height.0 + 1);
        let begun = seat.node.height() == height && seat.node.round().is_defined();
        let waiting = seat.mail.iter().any(|mail| matches!(mail, Mail::Input(Input::StartHeight(..))));
        if !begun && !waiting {
            seat.leave();
            let start =
                Input::StartHeight(height, self.set.clone(), false, None, VoteExtensionPolicy::Disabled);
            seat.mail.push_back(Mail::Input(start));
        }
    }

    /// Those that are level again with the others begin to vote, and are told once more what the others say.
    pub(super) fn welcome(&mut self) -> Result<(), Fault> {
        for place in self.catch_up(AT_ONCE)? {
            self.begin(place);
            for (other, seat) in self.seats.iter_mut().enumerate() {
                let round = seat.node.round();
                if other != place && seat.votes() && round.is_defined() {
                    seat.mail.push_back(Mail::Input(Input::TimeoutElapsed(Timeout::rebroadcast(round))));
                }
            }
            let said = self.said.iter().map(|(_, mail)| mail.clone());
            self.seats[place].mail.extend(said);
        }
        Ok(())
    }

    /// Those that are behind take in certified blocks of the others, at most so many each. Returns who is level now.
    pub(super) fn catch_up(&mut self, most: usize) -> Result<Vec<usize>, Fault> {
        let mut level = Vec::new();
        for place in 0..self.seats.len() {
            if self.seats[place].health != Health::CatchingUp {
                continue;
            }
            for _ in 0..most {
                let height = self.seats[place].app.head().height.next();
                let Some(Certified { block, certificate }) = self.certified(height)? else { break };
                if !self.seats[place].adopt(&block, &certificate, &self.shared.patience)? {
                    break;
                }
            }
            let top = self.head().height;
            let seat = &mut self.seats[place];
            if seat.health == Health::CatchingUp && seat.app.head().height == top {
                seat.health = Health::Voting;
                level.push(place);
            }
        }
        Ok(level)
    }

    /// A certified block, from the first validator that has it.
    fn certified(&self, height: names::Height) -> Result<Option<Certified>, Fault> {
        for (place, seat) in self.seats.iter().enumerate() {
            if seat.app.head().height < height {
                continue;
            }
            let fault = |why| Fault::Store { place: place as u16, why };
            let found = seat.app.certified(height).map_err(fault)?;
            let found = found.ok_or_else(|| fault(format!("it has no block of height {height}")))?;
            let checked = found.certificate.check(&found.block.header, &self.shared.validators);
            checked
                .map_err(|error| fault(format!("the block of height {height} does not stand: {error}")))?;
            return Ok(Some(found));
        }
        Ok(None)
    }
}
