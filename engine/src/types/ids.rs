//! What things are called by.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($int:ty);)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            BorshSerialize, BorshDeserialize,
        )]
        pub struct $name(pub $int);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// The place of a command in the venue's one sequence; the first is 1.
    Seq(u64);
    /// A broker-dealer (FIX `PartyRole` 1, executing firm).
    FirmId(u32);
    /// A logical FIXP session of a firm; survives connections and restarts.
    SessionId(u32);
    /// An order (FIX `OrderID`, tag 37), counted from 1 over the whole venue, those rejected included.
    OrderId(u64);
    /// A trade (FIX `TrdMatchID`, tag 880), counted from 1 over the whole venue.
    TradeId(u64);
    /// An order's place in time among those at its price: counted up from 1 over the whole venue, and given when
    /// an order enters, and anew whenever it goes to the back of a queue.
    Place(u64);
    /// What an operator's request is answered under; the one who asks chooses it.
    RequestId(u64);
}

impl Place {
    /// Behind every place that was ever given.
    pub const LAST: Place = Place(u64::MAX);
}

impl Seq {
    /// The one after.
    #[must_use]
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}
