//! Logical sessions: their version, their numbers, and the ClOrdIDs they have used today.

use crate::command::SessionOptions;
use crate::event::To;
use crate::index::Index;
use crate::reject::Reject;
use crate::types::{ClOrdId, FirmId, OrderId, Seq, SessionId};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(crate) struct Session {
    pub firm: FirmId,
    pub key: [u8; 32],
    pub options: SessionOptions,
    /// `SessionVerID`; nought before the first Negotiate.
    pub version: u64,
    /// The command that began this version: none of its messages is older.
    pub since: Seq,
    /// The least number the client's next message may have.
    pub next_in: u64,
    /// The number of the venue's next message to it.
    pub next_out: u64,
    /// Whether a client is there, as far as the venue has said; it says so only of sessions that have an option for it.
    pub connected: bool,
    /// What the ClOrdIDs of the day named: an order, which may be over or may never have stood; a request's name
    /// stands for the order it meant, if there was one.
    clordids: Index<ClOrdId, Option<OrderId>>,
    /// The names of open orders that may stay overnight: used for as long as they are open.
    lasting: Index<ClOrdId, OrderId>,
}

#[derive(Debug)]
pub(crate) struct Sessions {
    all: BTreeMap<SessionId, Session>,
    seed: u64,
}

impl Sessions {
    pub fn new(seed: u64) -> Sessions {
        Sessions { all: BTreeMap::new(), seed }
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn find(&self, session: SessionId) -> Option<&Session> {
        self.all.get(&session)
    }

    /// Asserts that the session exists: whoever sequences commands has authenticated it.
    pub fn get(&mut self, session: SessionId) -> &mut Session {
        self.all.get_mut(&session).expect("a command names a session that exists")
    }

    pub fn add(&mut self, session: SessionId, firm: FirmId, key: [u8; 32], options: SessionOptions) {
        let (clordids, lasting) = (Index::new(self.seed), Index::new(self.seed));
        let (version, since, next_in, next_out) = (0, Seq(0), 1, 1);
        let connected = false;
        let fresh =
            Session { firm, key, options, version, since, next_in, next_out, connected, clordids, lasting };
        assert!(self.all.insert(session, fresh).is_none(), "the session is new");
    }

    /// The next number of the venue's flow to this session.
    pub fn next_to(&mut self, session: SessionId) -> To {
        let state = self.get(session);
        let number = state.next_out;
        state.next_out += 1;
        To { session, number }
    }

    /// A trading day begins. Only orders that stay overnight are open then: their names are known apart.
    pub fn forget_clordids(&mut self) {
        self.all.values_mut().for_each(|session| session.clordids.clear());
    }

    pub fn iter(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.all.iter().map(|(&id, session)| (id, session))
    }

    pub fn restore(
        &mut self,
        id: SessionId,
        since: Seq,
        numbers: [u64; 3],
        connected: bool,
        clordids: &[(ClOrdId, Option<OrderId>)],
    ) {
        let session = self.get(id);
        (session.since, session.connected) = (since, connected);
        [session.version, session.next_in, session.next_out] = numbers;
        clordids.iter().for_each(|&(clordid, order)| session.clordids.insert(clordid, order));
    }
}

impl Session {
    /// A new version: numbers start again. The ClOrdIDs of the day stay used.
    pub fn negotiate(&mut self, version: u64, at: Seq) -> bool {
        let accepted = version > self.version;
        if accepted {
            (self.version, self.since, self.next_in, self.next_out) = (version, at, 1, 1);
        }
        accepted
    }

    /// Takes a client's number. The session layer has dropped duplicates.
    pub fn take_number(&mut self, number: u64) {
        assert!(number >= self.next_in, "message {number} was sequenced twice");
        self.next_in = number.checked_add(1).expect("the session layer refuses the last number");
    }

    /// Whether a name is free, and whether there is room for another.
    pub fn check_clordid(&self, clordid: ClOrdId, limit: usize) -> Result<(), Reject> {
        if self.clordids.contains(clordid) || self.lasting.contains(clordid) {
            return Err(Reject::DuplicateClOrdId);
        }
        if self.clordids.len() >= limit {
            return Err(Reject::TooManyClOrdIds);
        }
        Ok(())
    }

    pub fn use_clordid(&mut self, clordid: ClOrdId, order: Option<OrderId>) {
        self.clordids.insert(clordid, order);
    }

    /// The order that a name was used for; it may be over.
    pub fn order_of(&self, clordid: ClOrdId) -> Option<OrderId> {
        self.clordids.get(clordid).flatten().or_else(|| self.lasting.get(clordid))
    }

    /// An order that may stay overnight goes by this name from now on.
    pub fn keep_clordid(&mut self, clordid: ClOrdId, order: OrderId) {
        self.lasting.insert(clordid, order);
    }

    /// It does no longer.
    pub fn drop_clordid(&mut self, clordid: ClOrdId) {
        self.lasting.remove(clordid);
    }

    pub fn clordids(&self) -> Vec<(ClOrdId, Option<OrderId>)> {
        self.clordids.sorted()
    }
}
