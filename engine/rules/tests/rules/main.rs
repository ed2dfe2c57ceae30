//! The rules at their boundaries, against a direct reading of them, and against what would be held afterwards.

mod any;
mod boundaries;
mod bounds;
mod holdings;
mod limits;
mod naive;
mod period;
mod reading;
mod registry;
