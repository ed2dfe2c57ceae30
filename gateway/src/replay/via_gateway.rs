//! A day played to a venue: a real one, in this process, on loopback, with a journal on the disk. Orders go
//! through TCP and come back as execution reports; phases are asked for at the operator's desk.

use super::day::{Act, Day, Entry, Step};
use super::scratch::Scratch;
use super::trades::{Half, Pairing};
use super::{Batches, Played, ReplayError, Watch, histogram, market, nanoseconds};
use crate::clock::Clock;
use crate::gate::Durability;
use crate::session::frontend::Limits;
use crate::stores::Stores;
use crate::threads::Waiting;
use crate::venue::{self, AskError, Desk, Threads, Venue};
use hdrhistogram::Histogram;
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tallystick_client::{
    Backoff, Cancel, ClOrdId, Client, ClientError, Identity, NewOrder, Options, Price8, Report, keys,
};
use tallystick_engine::command::{Action, VenueParams};
use tallystick_engine::reject::Reject;
use tallystick_engine::types::Side;
use tallystick_wire::session::ServerConfig;

/// How the venue runs and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What must have happened before a report is sent.
    pub durability: Durability,
    /// How many threads the venue's stages have.
    pub threads: Threads,
    /// How they wait.
    pub waiting: Waiting,
    /// How many orders and cancels may be unanswered at once.
    pub window: usize,
    /// Where the venue's data is kept; if nowhere, it is removed afterwards.
    pub data: Option<PathBuf>,
}

/// How long nothing may come while something is due.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the last request goes by: the line of no order, since lines of orders begin with 2.
const LAST: u64 = 0;

/// How often it is looked whether the operator's desk has answered.
const GLANCE: Duration = Duration::from_micros(500);

/// Plays it.
pub fn play(day: &Day, settings: &Settings, watch: &Watch<'_>) -> Result<Played, ReplayError> {
    let scratch = match &settings.data {
        Some(path) => Scratch::kept(path)?,
        None => Scratch::temporary()?,
    };
    let stores = Stores::open(scratch.path())?;
    let journal = stores.journal.clone();
    let venue = Venue::start(&running(settings, market::params(day)), stores, Clock::System)?;
    let result = converse(day, settings, &venue, watch);
    venue.stop();
    let mut played = result?;
    let report = tallystick_journal::verify(&journal)?;
    played.batches = Some(Batches { records: report.records, frames: report.frames });
    Ok(played)
}

fn running(settings: &Settings, params: VenueParams) -> venue::Settings {
    venue::Settings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        durability: settings.durability,
        waiting: settings.waiting,
        threads: settings.threads,
        // Each is filled with noughts before it is used: small ones, since most days are.
        segment_bytes: 8 << 20,
        snapshot_every: 1_000_000,
        limits: Limits { max_connections: 4, session: ServerConfig::default() },
        params,
    }
}

fn converse(day: &Day, settings: &Settings, venue: &Venue, watch: &Watch<'_>) -> Result<Played, ReplayError> {
    let key = keys::generate_key()?;
    let uid = rustix::process::getuid().as_raw();
    venue.desk.adopt(market::registry(), uid)?;
    for action in market::actions(day, key.verifying_key().to_bytes()) {
        venue.desk.act(action, None, uid)?;
    }
    let options = Options { outbox_capacity: settings.window + 1, ..Options::default() };
    let client = Client::connect(venue.address, Identity::new(market::SESSION.0, key), options)?;
    let mut desk = Conversation {
        day,
        watch,
        desk: &venue.desk,
        uid,
        client,
        unanswered: VecDeque::with_capacity(settings.window),
        pairing: Pairing::default(),
        latency: histogram(),
        late_cancels: 0,
        reconnects: 0,
        heard: Instant::now(),
    };
    let started = Instant::now();
    for (at, step) in day.steps.iter().enumerate() {
        watch.at(at)?;
        desk.play(step, settings.window)?;
    }
    desk.catch_up(0)?;
    desk.hear_the_last()?;
    let took = started.elapsed();
    let made = desk.ask(|desk| desk.status(uid))?.trades;
    if desk.pairing.whole() != made {
        let heard = desk.pairing.whole();
        return Err(ReplayError::Defect(format!(
            "the venue made {made} trades and told {heard} on both sides"
        )));
    }
    watch.progress.set_position(day.steps.len() as u64);
    let Conversation { client, pairing, latency, late_cancels, reconnects, .. } = desk;
    client.close()?;
    Ok(Played { trades: pairing.into_trades(), took, latency, late_cancels, reconnects, batches: None })
}

/// The client and the operator, and what they have heard.
struct Conversation<'a> {
    day: &'a Day,
    watch: &'a Watch<'a>,
    desk: &'a Desk,
    /// Whose requests the desk takes them for.
    uid: u32,
    client: Client,
    /// Lines that were sent and not answered, with the time. The venue answers in order.
    unanswered: VecDeque<(u64, Instant)>,
    pairing: Pairing,
    latency: Histogram<u64>,
    late_cancels: u64,
    reconnects: u64,
    /// When something was heard last.
    heard: Instant,
}

impl Conversation<'_> {
    fn play(&mut self, step: &Step, window: usize) -> Result<(), ReplayError> {
        match step.act {
            Act::Phase(phase) => {
                // What was sent before the phase belongs before it: the desk is another way in.
                self.catch_up(0)?;
                let action = Action::SetPhase { security: market::SECURITY, phase, from: None };
                let uid = self.uid;
                self.ask(|desk| desk.act(action, None, uid)).map(drop)
            }
            Act::Enter(at) => {
                let order = new_order(&self.day.entries[at]);
                self.send(step.line, window, |client| client.new_order(order))
            }
            Act::Cancel(at) => {
                let request = cancel(step, &self.day.entries[at]);
                self.send(step.line, window, |client| client.cancel(request))
            }
        }
    }

    /// Sends a message once there is room in the window. When it is full half of it is waited for, so that the
    /// venue is given many messages at once.
    fn send(
        &mut self,
        line: u64,
        window: usize,
        send: impl Fn(&mut Client) -> Result<u64, ClientError>,
    ) -> Result<(), ReplayError> {
        if self.unanswered.len() >= window {
            self.catch_up(window / 2)?;
        }
        let now = Instant::now();
        if self.unanswered.is_empty() {
            self.heard = now;
        }
        // What is not taken is tried again; what is taken the client itself sends again.
        while let Err(error) = send(&mut self.client) {
            self.mend(error)?;
        }
        self.unanswered.push_back((line, now));
        Ok(())
    }

    /// Listens until everything that the day has caused is told. Reports come in their order, so the answer to
    /// one more request, which means no order, comes after all of them.
    fn hear_the_last(&mut self) -> Result<(), ReplayError> {
        let request = Cancel {
            cl_ord_id: name(LAST),
            orig_cl_ord_id: name(LAST),
            account: market::account(Side::Buy).0,
            security_id: market::SECURITY.0,
            side: side(Side::Buy),
        };
        self.send(LAST, 1, |client| client.cancel(request))?;
        self.catch_up(0)
    }

    /// Listens until at most so many are unanswered.
    fn catch_up(&mut self, most: usize) -> Result<(), ReplayError> {
        while self.unanswered.len() > most {
            self.listen(PATIENCE)?;
        }
        Ok(())
    }

    /// Asks the operator's desk, and goes on listening meanwhile: the answer may come after thousands of reports.
    fn ask<T: Send>(
        &mut self,
        ask: impl FnOnce(&Desk) -> Result<T, AskError> + Send,
    ) -> Result<T, ReplayError> {
        let desk = self.desk;
        std::thread::scope(|scope| {
            let asked = scope.spawn(move || ask(desk));
            while !asked.is_finished() {
                if let Some(report) = self.poll(GLANCE)? {
                    self.take(report)?;
                }
            }
            Ok(asked.join().expect("asking does not panic")?)
        })
    }

    /// Takes a report, if one comes soon; fails if none has come for too long.
    fn listen(&mut self, patience: Duration) -> Result<(), ReplayError> {
        match self.poll(Duration::from_millis(100))? {
            Some(report) => self.take(report),
            None => {
                self.watch.check()?;
                if self.heard.elapsed() < patience { Ok(()) } else { Err(ReplayError::Silent(patience)) }
            }
        }
    }

    fn poll(&mut self, timeout: Duration) -> Result<Option<Report>, ReplayError> {
        match self.client.poll(timeout) {
            Ok(report) => Ok(report),
            Err(error) => self.mend(error).map(|()| None),
        }
    }

    /// Connects again, if that can help: a day has more reports at once than many a connection holds.
    fn mend(&mut self, error: ClientError) -> Result<(), ReplayError> {
        if !error.is_retriable() || self.heard.elapsed() > PATIENCE {
            return Err(error.into());
        }
        self.reconnects += 1;
        let mut backoff = Backoff::new(Duration::from_millis(5), Duration::from_millis(200), 0);
        Ok(self.client.reconnect_with(&mut backoff, Instant::now() + PATIENCE)?)
    }

    fn take(&mut self, report: Report) -> Result<(), ReplayError> {
        self.heard = Instant::now();
        match report {
            Report::New(new) => self.answered(new.cl_ord_id).map(drop),
            Report::Trade(trade) => {
                let order = self.entry(trade.cl_ord_id)?.id;
                let side = match trade.side {
                    tallystick_client::Side::Buy => Side::Buy,
                    tallystick_client::Side::Sell => Side::Sell,
                };
                let half = Half {
                    side,
                    ticks: trade.last_px.mantissa() / market::TICK,
                    units: trade.last_qty,
                    order,
                };
                Ok(self.pairing.take(trade.trd_match_id, half)?)
            }
            // On request if it names the order beside the request.
            Report::Cancelled(ended) if ended.orig_cl_ord_id.is_some() => {
                self.answered(ended.cl_ord_id).map(drop)
            }
            Report::Cancelled(ended) => {
                let entry = self.entry(ended.cl_ord_id)?;
                Err(ReplayError::order(self.day, entry, "ended", ended.text))
            }
            Report::CancelReject(refused) if refused.cl_ord_id == name(LAST) => {
                self.unanswered.clear();
                Ok(())
            }
            Report::CancelReject(refused)
                if refused.cxl_rej_reason == Reject::UnknownOrder.cancel_number() =>
            {
                self.late_cancels += 1;
                self.answered(refused.cl_ord_id).map(drop)
            }
            Report::CancelReject(refused) => {
                Err(ReplayError::Defect(format!("a cancel was refused: {}", refused.text)))
            }
            Report::Rejected(refused) => {
                let entry = self.entry(refused.cl_ord_id)?;
                Err(ReplayError::order(self.day, entry, "refused", refused.text))
            }
            Report::Expired(_) | Report::VenueSilent => Ok(()),
            Report::Replaced(_)
            | Report::Restated(_)
            | Report::PendingNew(_)
            | Report::Triggered(_)
            | Report::MassCancelled(_)
            | Report::Limits(_)
            | Report::Block(_)
            | Report::RequestReject(_)
            | Report::BusinessReject(_)
            | Report::NotApplied { .. }
            | Report::TradeCancel(_)
            | Report::TradeCorrect(_)
            | Report::QuoteStatus(_)
            | Report::QuoteCancel(_)
            | Report::QuoteProtection(_)
            | Report::QuoteProtectionTripped(_)
            | Report::Status(_) => {
                Err(ReplayError::Defect(format!("a report that nothing asked for: {report:?}")))
            }
        }
    }

    /// The oldest unanswered message has its first report.
    fn answered(&mut self, clordid: ClOrdId) -> Result<(), ReplayError> {
        match self.unanswered.pop_front() {
            Some((line, sent)) if name(line) == clordid => {
                self.latency.saturating_record(nanoseconds(sent.elapsed()));
                Ok(())
            }
            other => {
                let due = other.map(|(line, _)| line);
                Err(ReplayError::Defect(format!("{clordid} was answered when {due:?} was due")))
            }
        }
    }

    fn entry(&self, clordid: ClOrdId) -> Result<&Entry, ReplayError> {
        let unknown =
            || ReplayError::Defect(format!("a report names {clordid}, which is no order of the file"));
        self.day.named(clordid.as_str()).ok_or_else(unknown)
    }
}

fn name(line: u64) -> ClOrdId {
    line.to_string().parse().expect("a number has at most twenty digits")
}

fn new_order(entry: &Entry) -> NewOrder {
    let price = Price8::from_mantissa(entry.ticks * market::TICK).expect("a day's prices are above nought");
    let account = market::account(entry.side).0;
    NewOrder::limit(name(entry.line), account, market::SECURITY.0, side(entry.side), entry.units, price)
}

fn cancel(step: &Step, entry: &Entry) -> Cancel {
    Cancel {
        cl_ord_id: name(step.line),
        orig_cl_ord_id: name(entry.line),
        account: market::account(entry.side).0,
        security_id: market::SECURITY.0,
        side: side(entry.side),
    }
}

fn side(side: Side) -> tallystick_client::Side {
    match side {
        Side::Buy => tallystick_client::Side::Buy,
        Side::Sell => tallystick_client::Side::Sell,
    }
}
