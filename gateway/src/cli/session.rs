//! A session that a command uses as its own.

use super::Failure;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tallystick_client::{Client, Identity, Options, Report};

/// How long the venue has for an answer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Where the venue is, and who asks. The command begins a new version of the session: nobody else may be connected
/// under it, and reports that were not fetched before can't be fetched after.
#[derive(Clone, Debug, clap::Args)]
pub struct Line {
    /// The venue's address for sessions, such as 127.0.0.1:9000.
    #[arg(long, value_name = "HOST:PORT")]
    venue: String,
    /// The number of the session.
    #[arg(long, value_name = "N")]
    session: u32,
    /// The file with the session's key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl Line {
    /// Connects.
    pub fn connect(&self) -> Result<Client, Failure> {
        let identity = Identity::from_key_file(self.session, &self.key)?;
        Ok(Client::connect(self.venue.as_str(), identity, Options::default())?)
    }

    /// The next report; none if nothing has come for so long since `sent`.
    pub fn next(
        &self,
        client: &mut Client,
        sent: Instant,
        most: Duration,
    ) -> Result<Option<Report>, Failure> {
        loop {
            let left = most.saturating_sub(sent.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            if let Some(report) = client.poll(left.min(Duration::from_secs(1)))? {
                return Ok(Some(report));
            }
        }
    }
}
