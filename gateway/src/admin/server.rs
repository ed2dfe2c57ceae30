//! The Unix socket that operators' processes connect to.

use super::desk::{Desks, carry_out};
use super::protocol::{Ask, MAX_LINE, Reply};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How many operators' processes may be connected at once.
const MOST: usize = 16;

/// A connection that says nothing for so long is closed.
const SILENCE: Duration = Duration::from_secs(300);

/// The running socket.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Listens at `path`, readable by its owner only. Processes of this user, of root and of `uids` are heard.
    /// Whoever holds the data directory's lock may remove a socket that an earlier process left there.
    pub fn start(path: &Path, uids: Vec<u32>, desk: Desks) -> io::Result<Server> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        let mode = if uids.is_empty() { 0o600 } else { 0o666 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
        listener.set_nonblocking(true)?;
        let stop = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&stop);
        let allowed = Arc::new([vec![0, rustix::process::getuid().as_raw()], uids].concat());
        let run = move || accept(&listener, &allowed, &desk, &theirs);
        let thread = std::thread::Builder::new().name("admin".into()).spawn(run)?;
        Ok(Server { path: path.to_owned(), stop, thread })
    }

    /// Stops listening and removes the socket.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.thread.join().expect("the admin thread does not panic");
        // Another process may have tidied up already.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn accept(listener: &UnixListener, allowed: &Arc<Vec<u32>>, desk: &Desks, stop: &AtomicBool) {
    let open = Arc::new(AtomicUsize::new(0));
    while !stop.load(Ordering::Acquire) {
        let Ok((stream, _)) = listener.accept() else {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        };
        if open.fetch_add(1, Ordering::AcqRel) >= MOST {
            open.fetch_sub(1, Ordering::AcqRel);
            let _ = refuse(&stream, "too many operators are connected; try again in a moment");
            continue;
        }
        let (allowed, desk, theirs) = (Arc::clone(allowed), desk.clone(), Arc::clone(&open));
        let serve = move || {
            // A connection that breaks concerns nobody but its operator.
            let _ = serve(&stream, &allowed, &desk);
            theirs.fetch_sub(1, Ordering::AcqRel);
        };
        // Without a thread the connection is dropped and the operator tries again.
        if std::thread::Builder::new().name("operator".into()).spawn(serve).is_err() {
            open.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn serve(stream: &UnixStream, allowed: &[u32], desk: &Desks) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let uid = rustix::net::sockopt::socket_peercred(stream.as_fd())?.uid.as_raw();
    if !allowed.contains(&uid) {
        return refuse(stream, &format!("user {uid} is no operator of this venue; add it to `admin.uids`"));
    }
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        if line.len() > MAX_LINE {
            return refuse(stream, &format!("a request has at most {MAX_LINE} bytes"));
        }
        let reply = match serde_json::from_slice::<Ask>(&line) {
            Ok(ask) => carry_out(desk, ask, uid),
            Err(error) => Reply::failed(format!("this is no request: {error}")),
        };
        tell(stream, &reply)?;
    }
}

fn refuse(stream: &UnixStream, why: &str) -> io::Result<()> {
    tell(stream, &Reply::failed(why))
}

fn tell(mut stream: &UnixStream, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    stream.write_all(&line)
}
