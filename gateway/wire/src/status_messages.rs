//! How securities stand: phases, interruptions, and what an auction would come to. The same for everybody who may see them,
//! and of the session layer: not numbered and not kept, since what counts is how a security stands now.

use crate::enums::{BandHit, Side, SubscriptionRequestType, TradingPhase};
use crate::layout::session_message;
use crate::types::Price8;

session_message! {
    /// Client asks how securities stand (FIX 35=e). It holds for the connection.
    SecurityStatusRequest = 15 since 3, block 5 {
        /// The session of the connection.
        0, 20001, "sessionID", "SessionID" => session_id: u32;
        /// Now, from now on, or no more.
        4, 263, "subscriptionRequestType", "SubscriptionRequestType"
            => subscription_request_type: SubscriptionRequestType;
    }
}

session_message! {
    /// How a security stands (FIX 35=f). What changed twice before it could be sent is told once. Of one in a gated segment
    /// it is told to firms that are in it; when one is shut out, with the phase [`TradingPhase::Withheld`] and nothing else.
    SecurityStatus = 16 since 3, block 64 {
        /// The security.
        0, 48, "securityID", "SecurityID" => security_id: u32;
        /// When it last changed, ns UTC; nought if that was before the venue's last start, or is withheld.
        4, 60, "transactTime", "UTCTimestampNanos" => transact_time: u64;
        /// Where it stands in its day.
        12, 625, "tradingSessionSubID", "TradingPhase" => phase: TradingPhase;
        /// Which band interrupted it; null if none has, or the interruption is over.
        13, 20065, "bandHit", "BandHit" => band_hit: Option<BandHit>;
        /// When the halt, or the call after it, is to end, ns UTC; null without an interruption.
        14, 20066, "interruptedUntil", "UTCTimestampNanosOptional" => interrupted_until: Option<u64>;
        /// The price that the band lies around.
        22, 20067, "bandReferencePx", "PriceOptional" => band_reference_px: Option<Price8>;
        /// The price beyond the band that would have printed.
        30, 20068, "bandHitPx", "PriceOptional" => band_hit_px: Option<Price8>;
        /// Whether the call was prolonged.
        38, 20069, "prolonged", "Boolean" => prolonged: bool;
        /// While a call gathers: the price of the auction if it ran now; null if nothing could trade, or none gathers.
        39, 20076, "indicativePx", "PriceOptional" => indicative_px: Option<Price8>;
        /// How much could trade at it; null if no call gathers, or it was not told yet.
        47, 20077, "pairedQty", "QuantityOptional" => paired_qty: Option<u64>;
        /// How much would be left over at it.
        55, 20078, "imbalanceQty", "QuantityOptional" => imbalance_qty: Option<u64>;
        /// On which side; null if on none.
        63, 54, "side", "Side" => side: Option<Side>;
    }
}
