//! The venue as a process of its own: this very executable as `tallystick serve`. It never outlives the demo.

use super::place::Place;
use crate::cli::Failure;
use crossbeam::channel::{Receiver, RecvTimeoutError, unbounded};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The process that runs now, for the panic hook: a panic ends the demo without unwinding.
static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);

/// How long a venue may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running venue.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    lines: Option<JoinHandle<()>>,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it said of its recovery, and of the height that the network had come to.
    pub recovery: Recovery,
}

/// How a venue found its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// In its own words.
    pub words: String,
    /// The last command that it had.
    pub command: u64,
    /// The height that the network had come to.
    pub height: u64,
}

/// Sees to it that a panic of the demo takes the venue with it.
pub fn die_together() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Ok(Some(pid)) = RUNNING.try_lock().map(|running| *running) {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::KILL);
        }
        before(panic);
    }));
}

impl Recovery {
    /// Takes note of a line that the venue said.
    fn note(&mut self, line: &str) {
        let number = |text: &str| text.split(' ').next().and_then(|word| word.parse().ok());
        if let Some((_, height)) = line.split_once(" from height ") {
            self.height = number(height).unwrap_or(0);
            return;
        }
        if let Some(command) = line.strip_prefix("recovered to command ") {
            self.command = number(command).unwrap_or(0);
        }
        self.words = line.rsplit_once(" in ").map_or(line, |(what, _)| what).into();
    }
}

impl Child {
    /// Starts the venue and waits until it listens.
    pub fn start(place: &Place, interrupted: impl Fn() -> bool) -> Result<Child, Failure> {
        let program = std::env::current_exe()
            .map_err(|e| format!("the demo can't find its own executable ({e}); run it by its full path"))?;
        let log = OpenOptions::new().create(true).append(true).open(place.log());
        let mut log = log.map_err(|e| format!("{} can't be written: {e}", place.log().display()))?;
        let errors =
            log.try_clone().map_err(|e| format!("{} can't be written: {e}", place.log().display()))?;
        let mut command = Command::new(&program);
        command.arg("serve").arg("--config").arg(place.config());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
        let mut process =
            command.spawn().map_err(|e| format!("{} can't be started: {e}", program.display()))?;
        *RUNNING.lock().expect("no holder panics") = Pid::from_raw(process.id() as i32);
        let stdout = BufReader::new(process.stdout.take().expect("it was asked for"));
        let (say, said) = unbounded();
        let read = move || {
            for line in stdout.lines().map_while(Result::ok) {
                // The log is for people: without it the demo goes on.
                let _ = writeln!(log, "{line}");
                let _ = say.send(line);
            }
        };
        let lines = std::thread::Builder::new().name("venue-log".into()).spawn(read)?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut child =
            Child { process, lines: Some(lines), address: nowhere, recovery: Recovery::default() };
        let Some((address, recovery)) = listening(&said, interrupted)? else {
            drop(child);
            return Err(format!("the venue did not start; it said:\n  {}", place.last_words()).into());
        };
        (child.address, child.recovery) = (address, recovery);
        Ok(child)
    }

    /// Kills it at once (SIGKILL), as a failing machine would.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks it to stop (SIGTERM) and waits for it.
    pub fn stop(mut self) -> Result<ExitStatus, Failure> {
        let pid = Pid::from_raw(self.process.id() as i32).expect("a process has a number");
        kill_process(pid, Signal::TERM).map_err(|e| format!("the venue can't be told to stop: {e}"))?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(format!("the venue did not stop within {} s of SIGTERM", PATIENCE.as_secs()).into())
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
        *RUNNING.lock().expect("no holder panics") = None;
        if let Some(lines) = self.lines.take() {
            let _ = lines.join();
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads until the venue says where it listens. Nothing if it ends before.
fn listening(
    said: &Receiver<String>,
    interrupted: impl Fn() -> bool,
) -> Result<Option<(SocketAddr, Recovery)>, Failure> {
    let deadline = Instant::now() + PATIENCE;
    let mut recovery = Recovery::default();
    while Instant::now() < deadline {
        if interrupted() {
            return Err(super::INTERRUPTED.into());
        }
        let line = match said.recv_timeout(Duration::from_millis(50)) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        };
        match line.split_once(" listens on ").and_then(|(_, rest)| rest.split_once(';')) {
            Some((address, _)) => match address.parse() {
                Ok(address) => return Ok(Some((address, recovery))),
                Err(_) => return Err(format!("the venue says that it listens on {address:?}").into()),
            },
            None => recovery.note(&line),
        }
    }
    Err(format!("the venue did not listen within {} s of its start", PATIENCE.as_secs()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_venue_says_of_its_recovery_is_understood() {
        let mut recovery = Recovery::default();
        recovery.note("recovered to command 812 in 1.5ms: 812 replayed from the beginning in /tmp/d/data");
        recovery.note("settles on Demo register (chain ab01) from height 77");
        let words = "recovered to command 812 in 1.5ms: 812 replayed from the beginning".into();
        assert_eq!(recovery, Recovery { words, command: 812, height: 77 });
    }
}
