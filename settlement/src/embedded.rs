//! The network in the venue's own process, as the port that settlement knows.

use crate::port::{SettlementNetwork, Unreachable};
use std::sync::Arc;
use std::time::Duration;
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::names::Height;
use tallystick_ledger::reader::Snapshot;
use tallystick_network::Embedded;

impl SettlementNetwork for Arc<Embedded> {
    fn submit(&self, submission: Submission) -> Result<(), Unreachable> {
        Embedded::submit(self, submission).map_err(|error| Unreachable(error.to_string()))
    }

    fn wait_beyond(&self, height: Height, timeout: Duration) -> Height {
        Embedded::wait_beyond(self, height, timeout).height
    }

    fn snapshot(&self) -> Snapshot {
        self.reader().snapshot()
    }
}
