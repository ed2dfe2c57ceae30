//! The client: a session machine on a TCP connection.

use std::collections::VecDeque;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tallystick_wire::session::{ClientAction, ClientSession, ClientState, CloseReason};
use tallystick_wire::{Message, NegotiateRejectCode, SubscriptionRequestType, TerminationCode};

use crate::backoff::Backoff;
use crate::error::ClientError;
use crate::keys::Identity;
use crate::options::Options;
use crate::orders::{Cancel, Cross, NewOrder, Replace};
use crate::quotes::{CancelQuotes, ProtectQuotes, Quotes};
use crate::report::Report;
use crate::resume::Resume;
use crate::risk::{KillSwitch, MassCancel, SetLimits};
use crate::transport::{Arrival, Transport, resolve};

/// A logical session with a venue, over one connection after the other. Not shared between threads: one session, one
/// owner.
#[derive(Debug)]
pub struct Client {
    addresses: Vec<SocketAddr>,
    identity: Identity,
    options: Options,
    session: ClientSession,
    transport: Option<Transport>,
    /// Reports that have come and not been handed over. Bounded: nothing is read while there are any.
    ready: VecDeque<Report>,
    /// Why the connection ended, until the user has been told.
    ended: Option<ClientError>,
    actions: Vec<ClientAction>,
    outgoing: Vec<u8>,
}

impl Client {
    /// Connects, negotiates a new version of the session and establishes it. Both flows begin at 1; what an earlier
    /// version has not delivered is given up. To go on with one, use [`Client::resume`].
    pub fn connect(
        address: impl ToSocketAddrs,
        identity: Identity,
        options: Options,
    ) -> Result<Self, ClientError> {
        let version = options.session_ver_id.unwrap_or_else(now);
        let chosen_here = options.session_ver_id.is_none();
        let mut client = Self::disconnected(address, identity, options, ClientState::new(version))?;
        match client.reconnect() {
            Err(ClientError::Closed(CloseReason::NegotiateRejected {
                code: NegotiateRejectCode::DuplicateId,
                current_session_ver_id: Some(current),
            })) if chosen_here && current < u64::MAX - 1 => {
                // A version from a clock ahead of this one, or from someone who counts otherwise.
                let config = client.options.config(client.identity.session_id)?;
                client.session = ClientSession::new(config, ClientState::new(current + 1));
                client.reconnect()?;
            }
            result => result?,
        }
        Ok(client)
    }

    /// Connects and goes on where a saved session stopped: sends again what the venue has not got, and fetches the
    /// reports that were missed.
    pub fn resume(
        address: impl ToSocketAddrs,
        identity: Identity,
        options: Options,
        saved: Resume,
    ) -> Result<Self, ClientError> {
        let state = saved.into_state(identity.session_id)?;
        let mut client = Self::disconnected(address, identity, options, state)?;
        client.reconnect()?;
        Ok(client)
    }

    fn disconnected(
        address: impl ToSocketAddrs,
        identity: Identity,
        options: Options,
        state: ClientState,
    ) -> Result<Self, ClientError> {
        let config = options.config(identity.session_id)?;
        Ok(Self {
            addresses: resolve(address)?,
            session: ClientSession::new(config, state),
            identity,
            options,
            transport: None,
            ready: VecDeque::new(),
            ended: None,
            actions: Vec::new(),
            outgoing: Vec::new(),
        })
    }

    /// Sends a new order. `Ok` is its number: the message is kept and, should the connection break, sent again after
    /// [`Client::reconnect`]. The venue's answer is a [`Report`].
    pub fn new_order(&mut self, order: NewOrder) -> Result<u64, ClientError> {
        self.submit(order.into())
    }

    /// Asks for a change of a resting order; as [`Client::new_order`].
    pub fn replace(&mut self, request: Replace) -> Result<u64, ClientError> {
        self.submit(request.into())
    }

    /// Asks for the cancel of a resting order; as [`Client::new_order`].
    pub fn cancel(&mut self, request: Cancel) -> Result<u64, ClientError> {
        self.submit(request.into())
    }

    /// Quotes of a market maker; as [`Client::new_order`]. Each entry is answered by a report of its own.
    pub fn quote(&mut self, quotes: Quotes) -> Result<u64, ClientError> {
        self.submit(quotes.into())
    }

    /// Asks for the end of quotes; as [`Client::new_order`].
    pub fn cancel_quotes(&mut self, request: CancelQuotes) -> Result<u64, ClientError> {
        self.submit(request.into())
    }

    /// Sets market-maker protection, or takes it away; as [`Client::new_order`].
    pub fn protect_quotes(&mut self, request: ProtectQuotes) -> Result<u64, ClientError> {
        self.submit(request.into())
    }

    /// Asks how securities stand: now, from now on, or no more. It holds until the connection ends; the answers are
    /// [`Report::Status`].
    pub fn ask_status(&mut self, what: SubscriptionRequestType) -> Result<(), ClientError> {
        if self.transport.is_none() {
            return Err(self.ended.take().unwrap_or(ClientError::NotConnected));
        }
        self.session.ask_status(now(), what, &mut self.actions)?;
        self.perform();
        Ok(())
    }

    /// Enters two orders that trade with each other; answered by reports on both, the buy's first.
    pub fn cross(&mut self, cross: Cross) -> Result<u64, ClientError> {
        self.submit(cross.into())
    }

    /// Asks for the end of many orders. Each of yours that it cancels is told by a report of its own, and at the end
    /// [`Report::MassCancelled`] how many there were.
    pub fn mass_cancel(&mut self, request: MassCancel) -> Result<u64, ClientError> {
        self.submit(request.into())
    }

    /// Sets or lifts limits, as the risk control of the firm; answered by [`Report::Limits`].
    pub fn set_limits(&mut self, request: SetLimits) -> Result<u64, ClientError> {
        self.submit(request.try_into()?)
    }

    /// Blocks or unblocks, as the risk control of the firm; answered by [`Report::Block`], which comes again once all
    /// orders of what was blocked are cancelled.
    pub fn kill_switch(&mut self, request: KillSwitch) -> Result<u64, ClientError> {
        self.submit(request.into())
    }

    /// The next report, waiting for it at most `timeout`; `Ok(None)` if there is none. Heartbeats and fetches missing
    /// reports meanwhile: call it at least once in each keepalive interval.
    ///
    /// An error means that the connection has ended; every report that came before has been handed over.
    pub fn poll(&mut self, timeout: Duration) -> Result<Option<Report>, ClientError> {
        let until = Instant::now() + timeout;
        loop {
            if let Some(report) = self.ready.pop_front() {
                return Ok(Some(report));
            }
            if let Some(error) = self.ended.take() {
                return Err(error);
            }
            if self.transport.is_none() {
                return Err(ClientError::NotConnected);
            }
            if !self.pump(until) {
                return Ok(None);
            }
        }
    }

    /// Connects again and establishes the same version of the session: sends again what the venue has not got, and
    /// fetches the reports that were missed. Ends the present connection, if there is one.
    pub fn reconnect(&mut self) -> Result<(), ClientError> {
        self.drop_connection();
        self.ended = None;
        // A lost answer to Negotiate shows as a refusal of our own version, which the machine takes for the answer.
        for last in [false, true] {
            let was_negotiated = self.session.state().negotiated;
            match self.handshake() {
                Err(ClientError::Closed(CloseReason::NegotiateRejected { .. }))
                    if !last && !was_negotiated && self.session.state().negotiated => {}
                result => return result,
            }
        }
        unreachable!("the last attempt returns")
    }

    /// As [`Client::reconnect`], again and again with pauses while the error is one that time can heal and `give_up`
    /// has not come.
    pub fn reconnect_with(&mut self, backoff: &mut Backoff, give_up: Instant) -> Result<(), ClientError> {
        loop {
            let error = match self.reconnect() {
                Ok(()) => {
                    backoff.reset();
                    return Ok(());
                }
                Err(error) => error,
            };
            let pause = backoff.next_pause();
            if !error.is_retriable() || Instant::now() + pause >= give_up {
                return Err(error);
            }
            std::thread::sleep(pause);
        }
    }

    /// Ends the connection in order (Terminate and its answer) and gives the state to resume from. The session, its
    /// orders and its numbers live on at the venue.
    pub fn close(mut self) -> Result<Resume, ClientError> {
        if self.transport.is_none() {
            return Ok(self.state());
        }
        self.session.terminate(now(), TerminationCode::Finished, &mut self.actions);
        self.perform();
        while self.transport.is_some() {
            self.pump(Instant::now() + Duration::from_secs(1));
        }
        match self.ended.take() {
            Some(ClientError::Closed(CloseReason::Terminated(TerminationCode::Finished))) | None => {
                Ok(self.state())
            }
            // The venue hung up as soon as it had our Terminate: nothing is lost by that.
            Some(ClientError::Lost { .. }) => Ok(self.state()),
            Some(error) => Err(error),
        }
    }

    /// Where the session stands; see [`Resume`].
    pub fn state(&self) -> Resume {
        let mut resume = Resume::of(self.identity.session_id, self.session.state());
        // What has come but has not been handed over comes again.
        if let Some(first) = self.ready.iter().find_map(Report::msg_seq_num) {
            resume.next_inbound = first;
        }
        resume
    }

    /// Whether orders may be sent.
    pub fn is_connected(&self) -> bool {
        self.transport.is_some() && self.session.is_established()
    }

    /// How many messages the venue may not have received.
    pub fn unacknowledged(&self) -> usize {
        self.session.unacknowledged()
    }

    fn submit(&mut self, message: Message) -> Result<u64, ClientError> {
        if self.transport.is_none() {
            return Err(self.ended.take().unwrap_or(ClientError::NotConnected));
        }
        let number = self.session.submit(now(), message, &mut self.actions)?;
        // If this fails, the message is kept for the next connection, and poll() says that this one is lost.
        self.perform();
        Ok(number)
    }

    fn handshake(&mut self) -> Result<(), ClientError> {
        self.transport = Some(Transport::open(&self.addresses, &self.options)?);
        self.session.connected(now(), &self.identity, &mut self.actions);
        self.perform();
        while !self.session.is_established() {
            if let Some(error) = self.ended.take() {
                return Err(error);
            }
            self.pump(Instant::now() + self.options.handshake_timeout);
        }
        Ok(())
    }

    /// One step: a frame that is here, or a timer that is due, or bytes that come before `until`. False if nothing came.
    fn pump(&mut self, until: Instant) -> bool {
        let Some(transport) = &mut self.transport else { return false };
        match transport.reader.next_frame() {
            Ok(Some(frame)) => {
                self.session.on_frame(now(), frame, &self.identity, &mut self.actions);
                self.perform();
                return true;
            }
            Ok(None) => {}
            Err(error) => {
                self.session.terminate(now(), error.termination_code(), &mut self.actions);
                self.perform();
                self.end(error.into());
                return true;
            }
        }
        let now = now();
        let deadline = self.session.next_deadline();
        if deadline <= now {
            self.session.on_timer(now, &mut self.actions);
            self.perform();
            // The machine's next word may be the same instant's; time decides whether there is more to wait for.
            return true;
        }
        let timer = Instant::now() + Duration::from_nanos((deadline - now).min(60_000_000_000));
        match transport.read(until.min(timer)) {
            Ok(Arrival::Bytes) => true,
            Ok(Arrival::Nothing) => Instant::now() < until,
            Err(source) => {
                self.end(ClientError::Lost { source });
                true
            }
        }
    }

    /// Carries out what the session machine has asked for.
    fn perform(&mut self) {
        let mut closed = None;
        for action in self.actions.drain(..) {
            match action {
                ClientAction::Send(message) => message.encode(&mut self.outgoing),
                ClientAction::Deliver(message) | ClientAction::Tell(message) => {
                    self.ready.push_back(Report::from_message(message))
                }
                ClientAction::NotApplied { from_seq_no, count } => {
                    self.ready.push_back(Report::NotApplied { from_seq_no, count });
                }
                ClientAction::Warn => self.ready.push_back(Report::VenueSilent),
                ClientAction::Established { .. } => {}
                ClientAction::Close(reason) => closed = Some(reason),
            }
        }
        let written = match &mut self.transport {
            Some(transport) => transport.write(&self.outgoing),
            None => Ok(()),
        };
        self.outgoing.clear();
        if let Some(reason) = closed {
            self.end(ClientError::Closed(reason));
        } else if let Err(source) = written {
            self.end(ClientError::Lost { source });
        }
    }

    /// The connection is over; the first reason is the one that is told.
    fn end(&mut self, error: ClientError) {
        self.drop_connection();
        self.ended.get_or_insert(error);
    }

    fn drop_connection(&mut self) {
        self.transport = None;
        self.session.disconnected();
    }
}

/// Nanoseconds since 1970 UTC.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970");
    u64::try_from(since.as_nanos()).expect("the clock is before 2554")
}
