//! `tallystick serve`: run a venue until it is told to stop.

use super::Failure;
use crate::admin::desk::Desks;
use crate::admin::server::Server;
use crate::calendar::memory::Memory;
use crate::calendar::{Calendar, Driver};
use crate::clock::Clock;
use crate::config::{Config, EXAMPLE, NetworkKind};
use crate::pilot::Pilot;
use crate::recovery::Report;
use crate::say::{announce, complain};
use crate::settlement::place::Place;
use crate::settlement::{JOURNAL_EPOCH, SHARD, Settlement};
use crate::stores::Stores;
use crate::venue::Venue;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tallystick_engine::command::Network;
use tallystick_network::Embedded;
use tallystick_settlement::Signer;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Everything is kept in the data directory, and a venue that is started again goes on where it stopped,
however it stopped.")]
pub struct Args {
    /// The configuration file.
    #[arg(long, value_name = "FILE", required_unless_present = "example")]
    config: Option<PathBuf>,
    /// Print a configuration that explains every setting, and end.
    #[arg(long)]
    example: bool,
}

/// Where a venue's operator socket is.
pub fn socket(data: &Path) -> PathBuf {
    data.join("admin.sock")
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    if args.example {
        print!("{EXAMPLE}");
        return Ok(());
    }
    let (config, mut settings) = Config::read(&args.config.expect("the command line asks for it"))?;
    let calendar = config.calendar.as_ref().map(|named| Calendar::read(&named.file)).transpose()?;
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let stores = Stores::open(&config.data)?;
    let calendar = match calendar {
        Some(calendar) => Some((calendar, Memory::open(&config.data)?)),
        None => None,
    };
    let pilot = Pilot::open(&config.data, config.pilot)?;
    let network = match config.settlement.network {
        NetworkKind::None => None,
        NetworkKind::Embedded => {
            let place = Place::of(&config.data);
            let genesis = place.genesis()?;
            let key = place.signing_key(&genesis, settings.params.venue)?;
            let keys = tallystick_network::keys::load(&place.keys(), &genesis.validators)?;
            settings.params.network = Some(Network { chain: genesis.chain().0, horizon: genesis.horizon });
            let network = Embedded::start(&place.chain(), &genesis, keys, Default::default())?;
            Some((Arc::new(network), genesis, key))
        }
    };
    let mut venue = Venue::start(&settings, stores, Clock::System)?;
    announce!("{} in {}", recovered(&venue.report), config.data.display());
    let settlement = match (network, venue.unsettled.take()) {
        (Some((network, genesis, key)), Some(unsettled)) => {
            let (chain, venue_name) = (genesis.chain(), settings.params.venue);
            announce!("settles on {} (chain {chain}) from height {}", genesis.name, network.head().height);
            let signer = Signer {
                chain,
                venue: venue_name,
                shard: SHARD,
                journal_epoch: JOURNAL_EPOCH,
                fee_account: venue.params.fee_account,
                key,
            };
            let pace = config.settlement.pace();
            Some(Settlement::start(network, signer, pace, venue.desk.clone(), unsettled)?)
        }
        _ => None,
    };
    let ledger = settlement.as_ref().map(|s| (s.desk.clone(), settings.params.venue));
    let ledgerless = ledger.is_none();
    let desks = Desks { venue: venue.desk.clone(), ledger, cash: config.cash(), pilot };
    let path = socket(&config.data);
    let server = match Server::start(&path, config.admin.uids, desks) {
        Ok(server) => server,
        Err(error) => {
            venue.stop();
            return Err(format!("operators can't be served at {} ({error})", path.display()).into());
        }
    };
    let driver = calendar.map(|(calendar, memory)| {
        let (zone, (from, to)) = (calendar.zone_name(), calendar.span());
        announce!("follows a calendar: {zone}, {from} to {to}");
        Driver::start(calendar, venue.desk.clone(), memory)
    });
    let now = Clock::System.now();
    // Where there is a network, it is about to tell.
    if ledgerless && let Some(too_old) = venue.desk.look(move |it, _| it.persons_too_old(now))? {
        complain!("{too_old}");
    }
    announce!("{} listens on {}; operators: {}", config.name, venue.address, path.display());
    signals.forever().next();
    announce!("stopping");
    server.stop();
    // The venue first: settlement, or the calendar, may be waiting for its answer, which on a full disk does not come.
    let engine = venue.stop();
    if let Some(driver) = driver {
        driver.stop();
    }
    if let Some(settlement) = settlement {
        settlement.stop();
    }
    announce!("stopped after command {}", engine.seq());
    Ok(())
}

/// A recovery in a sentence.
fn recovered(report: &Report) -> String {
    if report.last.0 == 0 {
        return "a new venue".into();
    }
    let from = match report.snapshot {
        Some(seq) => format!("snapshot {seq}"),
        None => "the beginning".into(),
    };
    let cut = match report.bytes_cut {
        0 => String::new(),
        n => format!(", {n} bytes of an unfinished write cut off"),
    };
    let skipped = match report.skipped.len() {
        0 => String::new(),
        n => format!(", {n} struck commands passed over"),
    };
    let Report { replayed, last, took, .. } = report;
    format!("recovered to command {last} in {took:.1?}: {replayed} replayed from {from}{cut}{skipped}")
}
