//! FIX enumerations of the order messages, with FIX's values.

/// Declares an enumeration of one byte on the wire: an ASCII character where FIX has a char, a number where it has an int.
macro_rules! enumeration {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $value:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant = $value,)+ }

        impl $name {
            /// Name and value of each, as in the schema.
            pub const VALUES: &'static [(&'static str, u8)] = &[$((stringify!($variant), $value),)+];

            /// The variant of a value on the wire.
            pub const fn from_value(value: u8) -> Option<Self> {
                match value { $($value => Some(Self::$variant),)+ _ => None }
            }

            /// Value on the wire.
            pub const fn value(self) -> u8 { self as u8 }
        }
    };
}

enumeration! {
    /// Side of an order (FIX 54 Side).
    Side {
        /// Buys.
        Buy = b'1',
        /// Sells.
        Sell = b'2',
    }
}

enumeration! {
    /// Type of an order (FIX 40 OrdType).
    OrdType {
        /// At any price.
        Market = b'1',
        /// At `price` or better.
        Limit = b'2',
        /// Waits for `stopPx`, then trades up to its protection price.
        Stop = b'3',
        /// Waits for `stopPx`, then a limit order.
        StopLimit = b'4',
        /// At the best price there is; the rest stands at that price.
        MarketToLimit = b'K',
        /// At a price that follows another, as `pegPriceType` says.
        Pegged = b'P',
    }
}

enumeration! {
    /// How long an order lives (FIX 59 TimeInForce).
    TimeInForce {
        /// Until the end of the trading day.
        Day = b'0',
        /// Until it is cancelled.
        GoodTillCancel = b'1',
        /// For the opening auction.
        AtTheOpening = b'2',
        /// What cannot trade at once is cancelled.
        ImmediateOrCancel = b'3',
        /// Trades whole at once, or not at all.
        FillOrKill = b'4',
        /// Until the end of the trading day of `expireDate`.
        GoodTillDate = b'6',
        /// For the closing auction.
        AtTheClose = b'7',
        /// For the next auction.
        GoodForAuction = b'B',
    }
}

enumeration! {
    /// Which request an OrderCancelReject answers (FIX 434 CxlRejResponseTo).
    CxlRejResponseTo {
        /// OrderCancelRequest.
        OrderCancelRequest = b'1',
        /// OrderCancelReplaceRequest.
        OrderCancelReplaceRequest = b'2',
    }
}

enumeration! {
    /// What the price of a pegged order follows (FIX 1094 PegPriceType).
    PegPriceType {
        /// The middle between the best displayed prices.
        MidPricePeg = 2,
        /// The other side's best displayed price.
        MarketPeg = 4,
        /// Its own side's best displayed price.
        PrimaryPeg = 5,
        /// The last trade, in the good direction only.
        TrailingStopPeg = 8,
    }
}

enumeration! {
    /// When `minQty` must trade (FIX 1822 MinQtyMethod).
    MinQtyMethod {
        /// At once, on entry.
        Once = 1,
        /// In each execution.
        Multiple = 2,
    }
}

enumeration! {
    /// What becomes of an order that would meet another of its scope; the newer order's counts (FIX 2964
    /// SelfMatchPreventionInstruction).
    SelfMatchPreventionInstruction {
        /// What is left of the newer order is cancelled.
        CancelNewest = 1,
        /// The older order is cancelled.
        CancelOldest = 2,
        /// Both are cancelled.
        CancelBoth = 3,
        /// Both shrink by the smaller one's quantity.
        DecrementAndCancel = 4,
    }
}

enumeration! {
    /// Which orders an order is not to meet (tag 20023).
    SelfMatchPreventionScope {
        /// All of the firm.
        Firm = 1,
        /// Those of the firm with the same `selfMatchPreventionID`.
        Group = 2,
        /// Those of the same beneficial owner.
        Owner = 3,
    }
}

enumeration! {
    /// What becomes of limits (FIX 1324 ListUpdateAction).
    ListUpdateAction {
        /// Those stated are in force, and no others.
        Modify = b'M',
        /// There are none.
        Delete = b'D',
    }
}

enumeration! {
    /// Whose limits or block it is (tag 20032).
    RiskLimitScope {
        /// All of a broker-dealer.
        Firm = 1,
        /// What one session enters.
        Session = 2,
        /// What is for one account.
        Account = 3,
    }
}

enumeration! {
    /// What an amount limits (FIX 1530 RiskLimitType).
    RiskLimitType {
        /// Open orders and the day's trades together.
        CreditLimit = 0,
        /// The value of one order.
        MaxNotionalOrderSize = 11,
    }
}

enumeration! {
    /// The kill switch (FIX 2329 PartyActionType).
    PartyActionType {
        /// Blocks.
        Suspend = 0,
        /// Unblocks.
        Reinstate = 2,
    }
}

enumeration! {
    /// How far a block has come (FIX 2332 PartyActionResponse).
    PartyActionResponse {
        /// It holds, or is lifted, from here on.
        Accepted = 0,
        /// All orders of what was blocked are cancelled.
        Completed = 1,
    }
}

enumeration! {
    /// Who has blocked something (tag 20041).
    BlockedBy {
        /// Nobody: it is not blocked.
        Nobody = 0,
        /// An operator of the venue.
        Operator = 1,
        /// The firm's own risk control.
        Firm = 2,
        /// An operator and the firm.
        Both = 3,
    }
}

enumeration! {
    /// What a SecurityStatusRequest asks for (FIX 263 SubscriptionRequestType).
    SubscriptionRequestType {
        /// How every security stands now.
        Snapshot = b'0',
        /// That, and what changes from then on.
        SnapshotAndUpdates = b'1',
        /// No more updates.
        Unsubscribe = b'2',
    }
}

enumeration! {
    /// Where a security stands in its day (FIX 625 TradingSessionSubID).
    TradingPhase {
        /// Orders are taken, nothing trades.
        PreOpen = 1,
        /// The opening auction gathers.
        OpeningAuction = 2,
        /// Orders trade as they come.
        Continuous = 3,
        /// The closing auction gathers.
        ClosingAuction = 4,
        /// The day's trading is over, cancels are taken.
        PostClose = 5,
        /// Nothing trades, cancels are taken.
        Halted = 7,
        /// An auction gathers that ends a halt.
        ReopeningAuction = 9,
        /// Outside the trading day.
        Closed = 10,
        /// The session is told no more of it: its firm was shut out of the gated segment.
        Withheld = 100,
    }
}

enumeration! {
    /// Which band interrupted a security (tag 20065).
    BandHit {
        /// That around the last auction's price; both, if both were.
        Static = 1,
        /// That around the last trade's price.
        Dynamic = 2,
    }
}

enumeration! {
    /// Which limit tripped market-maker protection (tag 20083).
    ProtectionReached {
        /// That of executions.
        Executions = 1,
        /// That of units.
        Units = 2,
        /// That of money.
        Value = 3,
    }
}

enumeration! {
    /// How a cross is done (FIX 549 CrossType).
    CrossType {
        /// Both orders trade whole with each other at once, or both are rejected.
        AllOrNone = 1,
    }
}

enumeration! {
    /// Which side of a cross counts as the one that came to the other (FIX 550 CrossPrioritization).
    CrossPrioritization {
        /// None is named: the buy.
        None = 0,
        /// The buy.
        Buy = 1,
        /// The sell.
        Sell = 2,
    }
}
