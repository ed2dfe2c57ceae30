//! FIX enumerations of the order messages, with FIX's values.

/// Declares an enumeration whose value on the wire is one ASCII character, as FIX writes it.
macro_rules! char_enum {
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

char_enum! {
    /// Side of an order (FIX 54 Side).
    Side {
        /// Buys.
        Buy = b'1',
        /// Sells.
        Sell = b'2',
    }
}

char_enum! {
    /// Type of an order (FIX 40 OrdType).
    OrdType {
        /// At any price.
        Market = b'1',
        /// At `price` or better.
        Limit = b'2',
    }
}

char_enum! {
    /// How long an order lives (FIX 59 TimeInForce).
    TimeInForce {
        /// Until the end of the trading day.
        Day = b'0',
        /// What cannot trade at once is cancelled.
        ImmediateOrCancel = b'3',
        /// Trades whole at once, or not at all.
        FillOrKill = b'4',
    }
}

char_enum! {
    /// Which request an OrderCancelReject answers (FIX 434 CxlRejResponseTo).
    CxlRejResponseTo {
        /// OrderCancelRequest.
        OrderCancelRequest = b'1',
        /// OrderCancelReplaceRequest.
        OrderCancelReplaceRequest = b'2',
    }
}
