//! Operators: requests as JSON lines over a Unix socket, each a sequenced command or a look.
//!
//! - [`protocol`]: what may be asked, and the answer
//! - [`specs`]: securities, people and money as operators write them
//! - [`desk`]: carrying a request out, `risk` those about limits, blocks and many orders, `market` those
//!   about prices, fees and quotes, `admissions` those about gated segments, `trades` those about trades that were made,
//!   `pilot` those about the pilot regime; [`server`] is the socket before it, [`client`] the other end

mod admissions;
pub mod client;
pub mod desk;
mod market;
mod pilot;
pub mod protocol;
mod risk;
pub mod server;
pub mod specs;
mod trades;
