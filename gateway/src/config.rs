//! The configuration of `tallystick serve`.

use crate::gate::Durability;
use crate::pilot;
use crate::session::frontend::Limits;
use crate::texts::{Cash, CashNames};
use crate::threads::Waiting;
use crate::venue::{Settings, Threads};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tallystick_engine::MOST_OPEN_ORDERS;
use tallystick_engine::command::{Bound, MaxUnsettled, VenueParams};
use tallystick_engine::types::{AccountId, CashId, Jurisdiction, Money};
use tallystick_ledger::instruction::Batch;
use tallystick_settlement::Pace;
use tallystick_wire::session::{MAX_KEEPALIVE, MIN_KEEPALIVE, ServerConfig};

/// A configuration that says what each of its settings means; `tallystick serve --example` prints it.
pub const EXAMPLE: &str = include_str!("../example.toml");

/// What a configuration file says. What it leaves out has the value that the example shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The name of the venue.
    pub name: String,
    /// The data directory.
    pub data: PathBuf,
    /// The country under whose law the venue is: what happens in it happens there.
    #[serde(default = "united_states")]
    pub place: Jurisdiction,
    /// Where clients connect.
    pub listen: SocketAddr,
    /// How it runs.
    #[serde(default)]
    pub run: Run,
    /// What bounds the venue.
    #[serde(default)]
    pub bounds: Bounds,
    /// Where trades settle.
    #[serde(default)]
    pub settlement: Settlement,
    /// The numbers of cash tokens by their names, where no network tells.
    #[serde(default = "dollars")]
    cash: BTreeMap<String, u16>,
    /// The trading calendar; without it operators set every phase.
    pub calendar: Option<CalendarFile>,
    /// Limits of the European Union's pilot regime, where an authority has lowered them.
    #[serde(default)]
    pub pilot: pilot::Limits,
    /// Operators.
    #[serde(default)]
    pub admin: Admin,
}

fn dollars() -> BTreeMap<String, u16> {
    BTreeMap::from([("USD".into(), 1)])
}

fn united_states() -> Jurisdiction {
    Jurisdiction::new("US").expect("a country code")
}

/// The trading calendar.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    /// Its file.
    pub file: PathBuf,
}

/// Where trades settle.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settlement {
    /// On which network.
    pub network: NetworkKind,
    batch: usize,
    batch_age_ms: u64,
}

/// On which network a venue's trades settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkKind {
    /// None: trades wait for ever, and operators allocate. For rehearsals and replays.
    None,
    /// Four validators in the venue's own process.
    Embedded,
}

impl Default for Settlement {
    fn default() -> Settlement {
        Settlement { network: NetworkKind::None, batch: 256, batch_age_ms: 20 }
    }
}

/// How it runs.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Run {
    durability: Durability,
    waiting: Waiting,
    threads: u8,
    segment_mib: u64,
    snapshot_every: u64,
    keepalive_ms: u32,
    handshake_ms: u64,
    max_connections: usize,
}

/// What bounds the venue. Fixed when a data directory is new.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    registry_age_hours: u64,
    open_orders: u32,
    clordids: u32,
    price_windows: u32,
    risk_required: bool,
    /// The account that fees go to: its number, on a network that of its register. Without one no security has fees.
    fee_account: Option<u32>,
    unsettled: Unsettled,
}

/// How much may wait for settlement.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Unsettled {
    venue: Backlog,
    firm: Backlog,
    security: Backlog,
}

/// How much of somebody's may wait.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backlog {
    trades: u32,
    value: i64,
}

impl Default for Backlog {
    fn default() -> Backlog {
        Backlog { trades: 1_000_000, value: i64::MAX }
    }
}

impl Default for Unsettled {
    fn default() -> Unsettled {
        let (most, less) = (Backlog::default(), Backlog { trades: 250_000, ..Backlog::default() });
        Unsettled { venue: most, firm: less, security: less }
    }
}

impl Unsettled {
    fn params(&self) -> Result<MaxUnsettled, (&'static str, String)> {
        let bound = |name, backlog: &Backlog| match backlog {
            Backlog { trades: 1..=0x4000_0000, value: 1.. } => {
                Ok(Bound { count: backlog.trades, value: Money(backlog.value) })
            }
            _ => Err((name, "trades from 1 to 1073741824, and a value from 1".into())),
        };
        Ok(MaxUnsettled {
            venue: bound("bounds.unsettled.venue", &self.venue)?,
            firm: bound("bounds.unsettled.firm", &self.firm)?,
            security: bound("bounds.unsettled.security", &self.security)?,
        })
    }
}

impl Settlement {
    /// How settlement works.
    pub fn pace(&self) -> Pace {
        Pace { batch: self.batch, age: Duration::from_millis(self.batch_age_ms), ..Pace::default() }
    }
}

/// Operators.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// Users whose processes are heard, beside root and the venue's own.
    pub uids: Vec<u32>,
}

impl Default for Run {
    fn default() -> Run {
        Run {
            durability: Durability::Disk,
            waiting: Waiting::Block,
            threads: 2,
            segment_mib: 64,
            snapshot_every: 1_000_000,
            keepalive_ms: 5_000,
            handshake_ms: 5_000,
            max_connections: 256,
        }
    }
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            registry_age_hours: 24,
            open_orders: 1 << 20,
            clordids: 1 << 20,
            price_windows: 1_024,
            risk_required: false,
            fee_account: None,
            unsettled: Unsettled::default(),
        }
    }
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error(
        "{path} can't be read ({source}); `tallystick serve --example` prints a configuration to begin with"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: std::io::Error,
    },
    /// The file is no configuration.
    #[error("{path}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// A setting is out of its range.
    #[error("{path}: {setting} must be {range}")]
    Range {
        /// The file.
        path: PathBuf,
        /// Which setting.
        setting: &'static str,
        /// Its range.
        range: String,
    },
}

impl Config {
    /// What cash tokens are called, where no network tells.
    pub fn cash(&self) -> CashNames {
        let named = |(name, id): (&String, &u16)| (name.clone(), Cash { id: CashId(*id), decimals: None });
        self.cash.iter().map(named).collect()
    }

    /// Reads a configuration file. A relative data directory or calendar is relative to the file.
    pub fn read(path: &Path) -> Result<(Config, Settings), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let mut config: Config = toml::from_str(&text)
            .map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) })?;
        if let Some(folder) = path.parent() {
            config.data = folder.join(&config.data);
            if let Some(calendar) = &mut config.calendar {
                calendar.file = folder.join(&calendar.file);
            }
        }
        let settings = config.settings().map_err(|(setting, range)| ConfigError::Range {
            path: path.to_owned(),
            setting,
            range,
        })?;
        Ok((config, settings))
    }

    fn settings(&self) -> Result<Settings, (&'static str, String)> {
        let (run, bounds) = (&self.run, &self.bounds);
        let within = |name, value: u64, least: u64, most: u64| {
            if (least..=most).contains(&value) {
                Ok(value)
            } else {
                Err((name, format!("from {least} to {most}")))
            }
        };
        if self.name.is_empty()
            || self.name.len() > 16
            || !self.name.bytes().all(|b| (b' '..=b'~').contains(&b))
        {
            return Err(("name", "one to sixteen printable ASCII characters".into()));
        }
        let mut venue = [0; 16];
        venue[..self.name.len()].copy_from_slice(self.name.as_bytes());
        let threads = match run.threads {
            1 => Threads::One,
            2 => Threads::Two,
            4 => Threads::Four,
            _ => return Err(("run.threads", "1, 2 or 4".into())),
        };
        let keepalive =
            within("run.keepalive_ms", run.keepalive_ms.into(), MIN_KEEPALIVE.into(), MAX_KEEPALIVE.into())?;
        let handshake = within("run.handshake_ms", run.handshake_ms, 100, 60_000)?;
        let session =
            ServerConfig { keepalive_interval: keepalive as u32, handshake_deadline: handshake * 1_000_000 };
        let max_connections = within("run.max_connections", run.max_connections as u64, 1, 100_000)? as usize;
        let hour_ns = 3_600 * 1_000_000_000;
        let age = within("bounds.registry_age_hours", bounds.registry_age_hours, 1, 24 * 366)?;
        within("bounds.open_orders", bounds.open_orders.into(), 1, MOST_OPEN_ORDERS.into())?;
        within("bounds.clordids", bounds.clordids.into(), 1, 1 << 30)?;
        within("bounds.price_windows", bounds.price_windows.into(), 0, 1 << 16)?;
        within("settlement.batch", self.settlement.batch as u64, 1, Batch::MOST as u64)?;
        within("settlement.batch_age_ms", self.settlement.batch_age_ms, 0, 60_000)?;
        if let Some(flaw) = self.pilot.flaw() {
            return Err(flaw);
        }
        Ok(Settings {
            listen: self.listen,
            durability: run.durability,
            waiting: run.waiting,
            threads,
            segment_bytes: within("run.segment_mib", run.segment_mib, 1, 4_096)? << 20,
            snapshot_every: within("run.snapshot_every", run.snapshot_every, 1_000, u64::MAX)?,
            limits: Limits { max_connections, session },
            params: VenueParams {
                venue,
                place: self.place,
                max_registry_age_ns: age * hour_ns,
                max_open_orders: bounds.open_orders,
                max_clordids: bounds.clordids,
                max_unsettled: bounds.unsettled.params()?,
                price_windows: bounds.price_windows,
                network: None,
                risk_required: bounds.risk_required,
                fee_account: bounds.fee_account.map(AccountId),
            },
        })
    }
}
