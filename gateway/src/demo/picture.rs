//! A picture of one security's day, left where its reader finds it.

use super::place::Place;
use super::story::Told;
use super::{Options, PICTURE};
use crate::chart::{self, Day, Named, Outage};
use crate::cli::Failure;
use crate::config::Config;
use crate::stores::Stores;
use std::fs;
use tallystick_engine::types::Time;

/// Whose day is drawn: the security with the most trades, and with those that were refused.
pub const SYMBOL: &str = "RIVERCO";

/// Draws it and writes it. Where it is; or why not, which is no fault of the venue's.
pub fn draw(options: &Options, place: &Place, told: &Told) -> Result<String, Failure> {
    let (config, _) = Config::read(&place.config())?;
    let mut day = Day::read(&Stores::open(&config.data)?, &Named::Symbol(SYMBOL.into()), None)?;
    let (from, to) = told.outage;
    day.outages = vec![Outage { down: Time(from), up: Time(to), killed: true }];
    let beside = || if place.is_kept() { place.dir().join(PICTURE) } else { PICTURE.into() };
    let path = options.picture.clone().unwrap_or_else(beside);
    Ok(match fs::write(&path, chart::draw(&day)) {
        Ok(()) => path.display().to_string(),
        Err(error) => {
            format!("none: {} can't be written ({error}); choose another --picture", path.display())
        }
    })
}
