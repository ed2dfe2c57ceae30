//! Operators: requests as JSON lines over a Unix socket, each a sequenced command or a look.
//!
//! - [`protocol`]: what may be asked, and the answer
//! - [`specs`]: securities, people and money as operators write them
//! - [`desk`]: carrying a request out; [`server`] is the socket before it, [`client`] the other end

pub mod client;
pub mod desk;
pub mod protocol;
pub mod server;
pub mod specs;
