//! One broker's session on a thread of its own: trades when it is told to, answers whoever waits for an order,
//! and when the venue dies waits for it to come back and goes on where it was.

use super::cast::Seat;
use super::chance::Walk;
use super::diary::Diary;
use super::flow::{Flow, Turn};
use super::orders::{Expect, Order, Plan};
use super::shared::{Shared, Where};
use crossbeam::channel::{Receiver, Sender, unbounded};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tallystick_client::{
    Cancel, ClOrdId, Client, ClientError, Identity, NewOrder, Options, OrdType, Replace, Report,
};

/// The longest wait for the venue's messages before anything else is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// How far a session may fall behind its rate before it lets turns go.
const BEHIND: Duration = Duration::from_millis(250);

/// How long a session tries to come back.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a session ends with when the demo ended before it could do what it was told.
pub const GIVEN_UP: &str = "the demo ended first";

/// What a waiter waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The order is accepted or refused.
    Answered,
    /// The order is over.
    Over,
}

/// What a broker is told to do.
#[derive(Debug)]
pub enum Task {
    /// Send an order; the reply is the order once `Until` has come.
    Place(Plan, Until, Sender<Order>),
    /// Watch an order that was placed, by its name.
    Watch(ClOrdId, Until, Sender<Order>),
    /// Send the order once more under a name that was used before.
    PlaceAgain(Plan, ClOrdId, Sender<Order>),
    /// Trade from now on, breaking every rule once.
    Trade,
    /// Break what rules are left, then trade no more; the reply comes when everything is answered.
    Quiet(Sender<()>),
    /// The reply comes when no order is open.
    Settled(Sender<()>),
    /// Close the session in order and hand over the diary.
    Finish,
}

/// A broker, from outside.
#[derive(Debug)]
pub struct Broker {
    /// Its session.
    pub seat: Seat,
    /// Its tasks.
    pub tasks: Sender<Task>,
    thread: JoinHandle<Result<Diary, String>>,
}

struct Session {
    client: Client,
    identity: Identity,
    options: Options,
    seat: Seat,
    shared: Arc<Shared>,
    diary: Diary,
    flow: Flow,
    trading: bool,
    finishing: bool,
    due: Instant,
    pace: Duration,
    names: u64,
    generation: u64,
    waiting: Vec<(usize, Until, Sender<Order>)>,
    quiet: Vec<Sender<()>>,
    settled: Vec<Sender<()>>,
}

impl Broker {
    /// Connects a session and starts its thread.
    pub fn start(
        seat: Seat,
        identity: Identity,
        seed: u64,
        pace: Duration,
        walks: Arc<[Walk]>,
        shared: Arc<Shared>,
    ) -> Result<Broker, ClientError> {
        let Where { address, generation, .. } = shared.place();
        let options = Options { handshake_timeout: Duration::from_secs(20), ..Options::default() };
        let client = Client::connect(address, identity.clone(), options.clone())?;
        let (tasks, told) = unbounded();
        let session = Session {
            client,
            identity,
            options,
            seat,
            diary: Diary::new(seat.session),
            flow: Flow::new(seat, seed, walks),
            shared,
            trading: false,
            finishing: false,
            due: Instant::now(),
            pace,
            names: 0,
            generation,
            waiting: Vec::new(),
            quiet: Vec::new(),
            settled: Vec::new(),
        };
        let name = format!("session-{}", seat.session);
        let thread = std::thread::Builder::new().name(name).spawn(move || session.run(&told));
        Ok(Broker { seat, tasks, thread: thread.expect("the system gives a thread") })
    }

    /// Whether its thread has ended.
    pub fn is_gone(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for the thread, which was told to finish.
    pub fn join(self) -> Result<Diary, String> {
        self.thread.join().unwrap_or_else(|_| Err("its thread panicked".into()))
    }
}

impl Session {
    fn run(mut self, told: &Receiver<Task>) -> Result<Diary, String> {
        loop {
            while let Ok(task) = told.try_recv() {
                self.carry_out(task)?;
            }
            if self.shared.is_over() {
                return Ok(self.diary);
            }
            if self.finishing {
                let closed = self.client.close().map_err(|e| format!("it could not be closed: {e}"));
                return closed.map(|_| self.diary);
            }
            let now = Instant::now();
            if self.trading && now >= self.due {
                self.due = if now - self.due > BEHIND { now } else { self.due } + self.pace;
                let turn = self.flow.turn(self.shared.elapsed(), &self.diary);
                self.act(turn)?;
            }
            let wait = if self.trading { self.due.saturating_duration_since(Instant::now()) } else { GLANCE };
            match self.client.poll(wait.min(GLANCE)) {
                Ok(Some(report)) => self.hear(report),
                Ok(None) => {}
                Err(error) => self.come_back(&error)?,
            }
            self.tell_waiters();
        }
    }

    fn carry_out(&mut self, task: Task) -> Result<(), String> {
        match task {
            Task::Place(plan, until, reply) => {
                let index = self.place(plan, None)?;
                self.waiting.push((index, until, reply));
            }
            Task::PlaceAgain(plan, name, reply) => {
                let index = self.place(plan, Some(name))?;
                self.waiting.push((index, Until::Answered, reply));
            }
            Task::Watch(name, until, reply) => {
                let found = self.diary.orders.iter().position(|o| o.name == name);
                self.waiting.push((found.expect("the order was placed here"), until, reply));
            }
            Task::Trade => {
                (self.trading, self.due) = (true, Instant::now());
                self.flow.break_every_rule();
            }
            Task::Quiet(reply) => {
                self.trading = false;
                while let Some(turn) = self.flow.next_wrong(self.shared.elapsed()) {
                    self.act(turn)?;
                }
                self.quiet.push(reply);
            }
            Task::Settled(reply) => self.settled.push(reply),
            Task::Finish => self.finishing = true,
        }
        Ok(())
    }

    fn hear(&mut self, report: Report) {
        let at = Instant::now();
        let trade = matches!(&report, Report::Trade(r) if r.side == tallystick_client::Side::Buy);
        let refused = matches!(&report, Report::Rejected(_));
        self.diary.note(report, at);
        self.shared.count(0, u64::from(trade), u64::from(refused));
    }

    fn act(&mut self, turn: Turn) -> Result<(), String> {
        match turn {
            Turn::New(plan, again) => {
                let used = self.diary.orders.first().map(|o| o.name).filter(|_| again);
                let Some(index) = self.try_place(plan, used)? else { return Ok(()) };
                self.flow.sent(&plan, index);
            }
            Turn::Replace(index, price, order_qty) => {
                let cl_ord_id = self.name();
                let Order { name, plan, .. } = self.diary.orders[index];
                let Plan { account, issue: security_id, side, .. } = plan;
                let orig_cl_ord_id = name;
                let replace = Replace {
                    cl_ord_id,
                    orig_cl_ord_id,
                    account,
                    security_id,
                    side,
                    price,
                    order_qty,
                    stop_px: None,
                };
                match self.client.replace(replace) {
                    Ok(number) => self.diary.requested(index, cl_ord_id, number),
                    Err(error) => self.come_back(&error)?,
                }
            }
            Turn::Cancel(index) => {
                let cl_ord_id = self.name();
                let Order { name, plan, .. } = self.diary.orders[index];
                let Plan { account, issue: security_id, side, .. } = plan;
                let cancel = Cancel { cl_ord_id, orig_cl_ord_id: name, account, security_id, side };
                match self.client.cancel(cancel) {
                    Ok(number) => self.diary.requested(index, cl_ord_id, number),
                    Err(error) => self.come_back(&error)?,
                }
            }
            Turn::Rest => {}
        }
        Ok(())
    }

    /// Sends an order, whatever it takes.
    fn place(&mut self, plan: Plan, used: Option<ClOrdId>) -> Result<usize, String> {
        loop {
            if let Some(index) = self.try_place(plan, used)? {
                return Ok(index);
            }
            if self.shared.is_over() {
                return Err(GIVEN_UP.into());
            }
        }
    }

    /// Sends an order; nothing if the connection was lost instead.
    fn try_place(&mut self, plan: Plan, used: Option<ClOrdId>) -> Result<Option<usize>, String> {
        let cl_ord_id = used.unwrap_or_else(|| self.name());
        let Plan { account, issue: security_id, side, ord_type, time_in_force, price, quantity, .. } = plan;
        let price = if ord_type == OrdType::Market { None } else { price };
        let plain = NewOrder::market(cl_ord_id, account, security_id, side, quantity);
        let order = NewOrder { ord_type, time_in_force, price, ..plain };
        let at = Instant::now();
        match self.client.new_order(order) {
            Ok(number) => {
                self.shared.count(1, 0, 0);
                Ok(Some(self.diary.sent(order, plan, number, at, used.is_some())))
            }
            Err(error) => {
                self.come_back(&error)?;
                Ok(None)
            }
        }
    }

    fn name(&mut self) -> ClOrdId {
        self.names += 1;
        format!("{}-{}", self.seat.session, self.names).parse().expect("a short name of digits")
    }

    /// The connection is gone: waits until the venue is back, and resumes the session.
    fn come_back(&mut self, error: &ClientError) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let place = self.shared.place();
        if !place.down && place.generation == self.generation {
            self.diary.lost.push(error.to_string());
        } else if let Some(at) = self.shared.killed_at() {
            self.diary.killed(at);
        }
        loop {
            if self.shared.is_over() {
                return Ok(());
            }
            let place = self.shared.place();
            if !place.down {
                let saved = self.client.state();
                let (identity, options) = (self.identity.clone(), self.options.clone());
                match Client::resume(place.address, identity, options, saved) {
                    Ok(client) => {
                        self.client = client;
                        self.generation = place.generation;
                        self.diary.returned(Instant::now());
                        self.shared.is_back();
                        self.due = Instant::now();
                        return Ok(());
                    }
                    Err(error) if !error.is_retriable() || Instant::now() > deadline => {
                        return Err(format!("it could not come back: {error}"));
                    }
                    Err(_) => {}
                }
            } else if Instant::now() > deadline {
                return Err("the venue did not come back".into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn tell_waiters(&mut self) {
        let diary = &self.diary;
        // Whoever waited may have given up.
        self.waiting.retain(|(index, until, reply)| {
            let order = &diary.orders[*index];
            let come = match until {
                Until::Answered => order.answered.is_some() || order.end.is_some(),
                Until::Over => order.end.is_some(),
            };
            if come {
                let _ = reply.send(order.clone());
            }
            !come
        });
        let quiet = if diary.unanswered() == 0 { self.quiet.drain(..) } else { self.quiet.drain(..0) };
        let settled = if diary.open() == 0 { self.settled.drain(..) } else { self.settled.drain(..0) };
        for reply in quiet.chain(settled) {
            let _ = reply.send(());
        }
    }
}

/// A plan that must be refused.
pub fn refused(plan: Plan, how: &'static str, number: u16, rule: Option<u16>) -> Plan {
    Plan { expect: Expect::Refused { how, with: (number, rule) }, ..plan }
}
