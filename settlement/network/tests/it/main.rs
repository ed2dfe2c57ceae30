//! Four validators in one process: agreement, faults, restarts.

mod agreement;
mod disk;
mod embedded;
mod fake;
mod faults;
mod keys;
mod pool;
mod restarts;
mod support;
mod votes;
