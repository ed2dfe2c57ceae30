//! The network in the venue's own process, as the port that settlement knows.

use crate::port::{SettlementNetwork, Unreachable};
use std::sync::Arc;
use std::time::Duration;
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::names::Height;
use tallystick_ledger::reader::Snapshot;
use tallystick_network::Embedded;
use tallystick_network::seat::Health;

impl SettlementNetwork for Arc<Embedded> {
    fn submit(&self, submission: Submission) -> Result<(), Unreachable> {
        Embedded::submit(self, submission).map_err(|error| Unreachable(error.to_string()))
    }

    fn wait_beyond(&self, height: Height, timeout: Duration) -> Height {
        Embedded::wait_beyond(self, height, timeout).height
    }

    fn trouble(&self) -> Option<String> {
        if let Some(why) = self.stopped() {
            return Some(format!(
                "the network has stopped: {why}; when that is mended, start the venue again"
            ));
        }
        if let Some(why) = self.waiting() {
            return Some(format!("the network waits for room on its disk: {why}"));
        }
        let health = self.health().into_iter().enumerate();
        let mut halted = health.filter_map(|(place, (health, _))| match health {
            Health::Halted(why) => Some(format!("validator {place} votes no more: {why}")),
            _ => None,
        });
        halted.next()
    }

    fn snapshot(&self) -> Snapshot {
        self.reader().snapshot()
    }
}
