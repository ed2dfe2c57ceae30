//! What the journal promises: whatever is synced is read again, whatever is damaged is found, on disks that fail.

mod common;

mod crashes;
mod damage;
mod files;
mod following;
mod writing;
