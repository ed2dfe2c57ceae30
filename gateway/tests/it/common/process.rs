//! The real venue: the binary on a directory of its own.

use super::PATIENCE;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc;
use std::time::Instant;
use tallystick_gateway::admin::client::Operator;
use tallystick_gateway::admin::protocol::Ask;
use tempfile::TempDir;

/// A directory with a configuration in it, and what the venue of it is told.
pub struct Place {
    scratch: TempDir,
    pub address: SocketAddr,
    /// Keeps the port from other tests' venues.
    _kept: UdpSocket,
}

/// A port for a venue that is started again and again, and what keeps it: nothing listens there between two starts.
/// Below those that Linux gives to whoever connects, so that no connection takes it meanwhile. Tests take ports one
/// after another, each process from a place of its own, and hold the one of the same number for datagrams, which
/// nothing else uses: so they never take each other's.
fn port() -> (SocketAddr, UdpSocket) {
    const PORTS: std::ops::Range<u16> = 16_384..32_768;
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    for _ in PORTS {
        let own = std::process::id() as u16;
        let next = own.wrapping_mul(64).wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let address = SocketAddr::from(([127, 0, 0, 1], PORTS.start + next % PORTS.len() as u16));
        if let (Ok(kept), Ok(_)) = (UdpSocket::bind(address), TcpListener::bind(address)) {
            return (address, kept);
        }
    }
    panic!("no port is free from {} to {}", PORTS.start, PORTS.end);
}

impl Place {
    /// `run` is what the configuration says under `[run]`.
    pub fn new(run: &str) -> Place {
        let (address, kept) = port();
        let place = Place { scratch: tempfile::tempdir().unwrap(), address, _kept: kept };
        place.configure(&format!(
            "name = \"TESTS\"\ndata = \"data\"\nlisten = \"{address}\"\n[run]\nsegment_mib = 1\n\
             keepalive_ms = 60_000\nhandshake_ms = 60_000\n{run}\n"
        ));
        place
    }

    pub fn configure(&self, text: &str) {
        fs::write(self.config(), text).unwrap();
    }

    pub fn config(&self) -> PathBuf {
        self.scratch.path().join("venue.toml")
    }

    pub fn data(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    /// Replaces the directory's path in a message, so that whole messages can be compared.
    pub fn plain(&self, text: &str) -> String {
        text.replace(&self.scratch.path().display().to_string(), "DIR")
            .replace(&self.address.to_string(), "ADDRESS")
    }

    /// Starts the venue and waits until it takes orders.
    pub fn start(&self) -> Process {
        self.try_start().unwrap_or_else(|why| panic!("the venue did not start: {why}"))
    }

    /// Starts the venue; what it says on standard error if it ends instead.
    pub fn try_start(&self) -> Result<Process, String> {
        let mut process = self.spawn();
        let stdout = process.child.stdout.take().unwrap();
        let (lines, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let deadline = Instant::now() + PATIENCE;
        while let Ok(line) = said.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            let listens = line.contains(" listens on ");
            process.said.push(line);
            if listens {
                return Ok(process);
            }
        }
        let status = process.child.wait().unwrap();
        assert!(!status.success(), "a venue that does not start fails");
        Err(self.plain(&self.complaints()))
    }

    /// Starts the venue and waits for nothing.
    pub fn spawn(&self) -> Process {
        let stderr = fs::File::create(self.scratch.path().join("stderr")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tallystick"));
        command.args(["serve", "--config"]).arg(self.config());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let child = command.spawn().expect("the binary runs");
        Process { child, data: self.data(), said: Vec::new() }
    }

    /// What the last venue said on standard error.
    pub fn complaints(&self) -> String {
        fs::read_to_string(self.scratch.path().join("stderr")).unwrap()
    }

    /// The files of one of the data directory's stores that end like this, in order.
    pub fn files(&self, store: &str, ending: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.data().join(store)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> =
            paths.filter(|path| path.to_str().is_some_and(|name| name.ends_with(ending))).collect();
        files.sort();
        files
    }
}

/// A running venue; killed if it is dropped.
pub struct Process {
    child: Child,
    data: PathBuf,
    /// What it said on standard output until it took orders.
    pub said: Vec<String>,
}

impl Process {
    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and the way it ended.
    pub fn stop(mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }

    pub fn operator(&self) -> Operator {
        Operator::connect(&socket(&self.data)).unwrap()
    }

    /// Asks as an operator.
    pub fn ask(&self, ask: Ask) -> Value {
        self.operator().ask(&ask).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The operators' socket of a data directory.
pub fn socket(data: &Path) -> PathBuf {
    tallystick_gateway::cli::serve::socket(data)
}
