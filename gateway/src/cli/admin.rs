//! `tallystick admin`: an operator asks something of a running venue.

use super::limits::{LimitArgs, ScopeArgs, Way};
use super::{Failure, security, serve};
use crate::admin::client::Operator;
use crate::admin::protocol::{Ask, MassOrders, Text};
use crate::admin::specs::{DisclosureSpec, InsiderSpec, Onboarding};
use clap::Subcommand;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tallystick_dsl::Compiled;
use tallystick_engine::fees::Fees;
use tallystick_engine::phase::Phase;
use tallystick_engine::quotes::QuoteObligation;
use tallystick_engine::types::{Money, Units};

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every change is a command in the venue's journal. The answer is JSON on standard output."
)]
pub struct Args {
    /// The venue's data directory.
    #[arg(long, value_name = "DIR", default_value = "tallystick-data")]
    data: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// How many of everything there are.
    Status,
    /// The securities with their phases, and who was let into those in gated segments.
    Securities,
    /// Trades that wait for settlement, oldest first.
    Obligations {
        /// Show at most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// List securities: the text that declares each, and the venue's text of its listing. Nothing is listed if one does
    /// not compile.
    List {
        /// The texts, in any order: for each security two, which have its symbol.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The security's number; on a network only where the register has its text more than once.
        #[arg(long, value_name = "N")]
        number: Option<u32>,
    },
    /// Take in the firms, sessions, investors and accounts of a TOML file.
    Onboard {
        /// The file: `[[firms]]`, `[[sessions]]`, `[[investors]]`, `[[accounts]]`.
        file: PathBuf,
    },
    /// Allocate units or cash to the venue on behalf of an account.
    Fund {
        #[command(subcommand)]
        what: Fund,
    },
    /// How an investor stands to a security's issuer, where no network tells of it: stated whole.
    Insider {
        /// The security's symbol or number.
        security: String,
        /// The investor's number.
        investor: u32,
        /// It is the issuer itself.
        #[arg(long)]
        issuer: bool,
        /// It is an affiliate of the issuer (17 CFR 230.144(a)(1)).
        #[arg(long, conflicts_with = "affiliate_until")]
        affiliate: bool,
        /// It was one, until this date.
        #[arg(long, value_name = "DATE")]
        affiliate_until: Option<jiff::civil::Date>,
        /// Its units do not count where the share of benefit plans is measured (29 CFR 2510.3-101(f)(1)).
        #[arg(long)]
        controlling: bool,
        /// It is a stranger.
        #[arg(long, conflicts_with_all = ["issuer", "affiliate", "affiliate_until", "controlling"])]
        stranger: bool,
    },
    /// What the issuer has made known of a security, where no network tells of it: all of it, from a TOML file.
    Disclose {
        /// The security's symbol or number.
        security: String,
        /// The file: `reporting_since`, `informed_until`, `outstanding_since`, `distribution_from`, … (docs/operating.md).
        file: PathBuf,
    },
    /// What two investors were approved to trade with each other, where no network tells of it: in place of what was before.
    Approve {
        /// The security's symbol or number.
        security: String,
        /// The investor that sells.
        #[arg(long, value_name = "INVESTOR")]
        seller: u32,
        /// The investor that buys.
        #[arg(long, value_name = "INVESTOR")]
        buyer: u32,
        /// How many units; 0 takes the approval back. Trades that wait count against it.
        #[arg(long, value_name = "N")]
        units: u64,
        /// The first day on which nothing can be traded on it, by a year ahead at most.
        #[arg(long, value_name = "DATE")]
        until: Option<jiff::civil::Date>,
    },
    /// Let firms into the gated segment that a security trades in: they see it and may enter orders from then on.
    Admit {
        /// The security's symbol or number.
        security: String,
        /// The firms' numbers.
        #[arg(required = true)]
        firms: Vec<u32>,
    },
    /// Shut firms out of the gated segment that a security trades in: nothing new is accepted, nothing more is shown, and
    /// their open orders in it are cancelled; tells how many there were.
    ShutOut {
        /// The security's symbol or number.
        security: String,
        /// The firms' numbers.
        #[arg(required = true)]
        firms: Vec<u32>,
    },
    /// Take a security to a phase of its day.
    Phase {
        /// Its symbol or number.
        security: String,
        /// closed, pre-open, opening-auction, continuous, halted, reopening-auction, closing-auction or post-close.
        #[arg(value_parser = crate::phases::named)]
        phase: Phase,
        /// The phase that it is meant to leave: if it is in another, nothing is done.
        #[arg(long, value_name = "PHASE", value_parser = crate::phases::named)]
        from: Option<Phase>,
    },
    /// Halt a security: nothing matches, cancels are taken.
    Halt {
        /// Its symbol or number.
        security: String,
    },
    /// Undo a trade. One that is final is undone by a trade the other way; what it was stands in the venue's own record.
    Bust {
        /// The trade's number.
        trade: u64,
    },
    /// Give a trade another price.
    Correct {
        /// The trade's number.
        trade: u64,
        /// The price, such as 101.25.
        price: String,
    },
    /// Cancel one order for its owner.
    CancelOrder {
        /// The order's number, as its reports have it (OrderID).
        order: u64,
    },
    /// What a market maker must quote in a security, and how it has done so today.
    Obligation {
        #[command(subcommand)]
        what: ObligationArgs,
    },
    /// What trading a security costs: other fees, or none, while it is closed and has no open order.
    Fees {
        #[command(subcommand)]
        what: FeesArgs,
    },
    /// Set a security's reference price, while it is closed, pre-open or halted: after a corporate action, or where
    /// the last trade is too long ago.
    Reference {
        /// Its symbol or number.
        security: String,
        /// The price, such as 101.25.
        price: String,
    },
    /// Begin a trading day: ClOrdIDs may be used again.
    Day {
        /// The date, YYYY-MM-DD; today (UTC) if left out.
        date: Option<jiff::civil::Date>,
    },
    /// Limits of a firm, a session or an account: set them in the firm's stead, or show what is limited, blocked and
    /// counted.
    Risk {
        #[command(subcommand)]
        what: Risk,
    },
    /// Stop a firm, a session or an account: nothing new is accepted, and its open orders are cancelled; tells how many
    /// there were.
    Block {
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// Lift the operator's block; if there is none, the firm's own.
    Unblock {
        #[command(flatten)]
        scope: ScopeArgs,
    },
    /// Cancel all orders that meet everything stated, and tell how many there were.
    MassCancel {
        /// Of this firm.
        #[arg(long, value_name = "N")]
        firm: Option<u32>,
        /// Entered by this session.
        #[arg(long, value_name = "N")]
        session: Option<u32>,
        /// For this account.
        #[arg(long, value_name = "N")]
        account: Option<u32>,
        /// In this security: its symbol or number.
        #[arg(long, value_name = "SECURITY")]
        security: Option<String>,
        /// On this side.
        #[arg(long, value_name = "buy|sell")]
        side: Option<Way>,
        /// All orders of the venue.
        #[arg(long, conflicts_with_all = ["firm", "session", "account", "security", "side"])]
        all: bool,
    },
    /// What is admitted under the European Union's pilot regime for DLT market infrastructures (Regulation (EU) 2022/858).
    Pilot {
        #[command(subcommand)]
        what: PilotArgs,
    },
    /// Take a snapshot now, and tell the hash of the state.
    Snapshot,
}

#[derive(Debug, Subcommand)]
enum PilotArgs {
    /// Every instrument with its value, what all are worth, how much more may be admitted; from nine billion euros on, a
    /// warning.
    Show,
    /// Say what an instrument is worth: the monthly average of its market value (Art. 3(4)).
    Value {
        /// The security's symbol or number.
        security: String,
        /// How much all of it is worth, in euros, such as 41250000.50; 0 once it is redeemed.
        value: String,
        /// The day that it is of, YYYY-MM-DD; today (UTC) if left out.
        #[arg(long, value_name = "DATE")]
        as_of: Option<jiff::civil::Date>,
    },
}

#[derive(Debug, Subcommand)]
enum Risk {
    /// Set all limits: what is not stated is not limited.
    Set {
        #[command(flatten)]
        scope: ScopeArgs,
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// Show limits, blocks, and what counts against credit.
    Show {
        #[command(flatten)]
        scope: ScopeArgs,
    },
}

#[derive(Debug, Subcommand)]
enum ObligationArgs {
    /// Hold an account to its quotes; the day's sums begin anew.
    Set {
        /// The security's symbol or number.
        security: String,
        /// The account's number.
        #[arg(long, value_name = "N")]
        account: u32,
        /// How far offer and bid may lie apart, in basis points of their middle: 1 to 20000.
        #[arg(long, value_name = "BPS")]
        max_spread_bps: u32,
        /// The least that each side must leave.
        #[arg(long, value_name = "UNITS")]
        min_size: u64,
        /// For how much of continuous trading, in thousandths: 1 to 1000.
        #[arg(long, value_name = "PERMILLE", default_value_t = 500)]
        permille: u32,
    },
    /// Nothing any more.
    None {
        /// The security's symbol or number.
        security: String,
        /// The account's number.
        #[arg(long, value_name = "N")]
        account: u32,
    },
    /// Who must quote a security, and how they have done so today.
    Show {
        /// The security's symbol or number.
        security: String,
    },
    /// How those who must quote did so on a trading day, in each security that has closed on it.
    Report {
        /// The date, YYYY-MM-DD; today (UTC) if left out.
        date: Option<jiff::civil::Date>,
    },
}

#[derive(Debug, Subcommand)]
enum FeesArgs {
    /// Put these in force. Rates are in millionths of the money traded: 100 is a basis point.
    Set {
        /// The security's symbol or number.
        security: String,
        /// The rate of an order that rested.
        #[arg(long, value_name = "RATE")]
        maker: u32,
        /// The rate of the order that came to it; of a cross, both sides'.
        #[arg(long, value_name = "RATE")]
        taker: u32,
        /// The rate of both sides of a trade that an auction made.
        #[arg(long, value_name = "RATE")]
        auction: u32,
        /// The least that an order which has traded pays altogether, in the cash token's smallest unit.
        #[arg(long, value_name = "AMOUNT", default_value_t = 0)]
        least: i64,
    },
    /// None any more.
    None {
        /// The security's symbol or number.
        security: String,
    },
}

#[derive(Debug, Subcommand)]
enum Fund {
    /// Units of a security.
    Units {
        /// The account's number.
        #[arg(long)]
        account: u32,
        /// The security's symbol or number.
        #[arg(long)]
        security: String,
        /// How many, in the token's smallest unit.
        #[arg(long)]
        units: u64,
        /// When the owner acquired them, YYYY-MM-DD; now if left out.
        #[arg(long)]
        acquired: Option<jiff::civil::Date>,
        /// They are restricted securities (17 CFR 230.144(a)(3)).
        #[arg(long)]
        restricted: bool,
    },
    /// Cash.
    Cash {
        /// The account's number.
        #[arg(long)]
        account: u32,
        /// The cash token's number.
        #[arg(long, default_value_t = 1)]
        cash: u16,
        /// How much, in the token's smallest unit.
        #[arg(long)]
        amount: i64,
    },
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let asks = asks(args.what)?;
    let mut operator = Operator::connect(&serve::socket(&args.data))?;
    for ask in &asks {
        println!("{}", serde_json::to_string_pretty(&operator.ask(ask)?)?);
    }
    Ok(())
}

fn asks(what: What) -> Result<Vec<Ask>, Failure> {
    Ok(vec![match what {
        What::Status => Ask::Status,
        What::Securities => Ask::Securities,
        What::Obligations { limit } => Ask::Obligations { limit },
        What::List { files, number } => return list(&files, number),
        What::Onboard { file } => Ask::Onboard { people: read::<Onboarding>(&file)? },
        What::Fund { what: Fund::Units { account, security, units, acquired, restricted } } => {
            Ask::FundUnits { account, security, units, acquired, restricted }
        }
        What::Insider { security, investor, issuer, affiliate, affiliate_until, controlling, stranger } => {
            let insider = InsiderSpec { issuer, affiliate, affiliate_until, controlling };
            if insider == InsiderSpec::default() && !stranger {
                return Err("nothing is stated; a stranger to the issuer is --stranger".into());
            }
            Ask::Insider { security, investor, insider: (!stranger).then_some(insider) }
        }
        What::Disclose { security, file } => {
            Ask::Disclose { security, disclosure: read::<DisclosureSpec>(&file)? }
        }
        What::Approve { security, seller, buyer, units, until } => {
            if units > 0 && until.is_none() {
                return Err("when does it end? --until, such as 2026-12-31".into());
            }
            Ask::Approve { security, seller, buyer, units, until }
        }
        What::Admit { security, firms } => {
            return Ok(firms
                .into_iter()
                .map(|firm| Ask::Admit { security: security.clone(), firm })
                .collect());
        }
        What::ShutOut { security, firms } => {
            return Ok(firms
                .into_iter()
                .map(|firm| Ask::ShutOut { security: security.clone(), firm })
                .collect());
        }
        What::Fund { what: Fund::Cash { account, cash, amount } } => Ask::FundCash { account, cash, amount },
        What::Phase { security, phase, from } => Ask::Phase { security, phase, from },
        What::Halt { security } => Ask::Phase { security, phase: Phase::Halted, from: None },
        What::Risk { what: Risk::Set { scope, limits } } => {
            let (limits, restrict) = limits.limits()?.unzip();
            Ask::RiskSet { scope: scope.scope(), limits, restrict: restrict.unwrap_or_default() }
        }
        What::Risk { what: Risk::Show { scope } } => Ask::RiskShow { scope: scope.scope() },
        What::Block { scope } => Ask::Block { scope: scope.scope() },
        What::Unblock { scope } => Ask::Unblock { scope: scope.scope() },
        What::MassCancel { firm, session, account, security, side, all } => {
            let orders = MassOrders { session, firm, account, security, side: side.map(Way::side) };
            if orders == MassOrders::default() && !all {
                let why = "nothing is stated, and that would be every order of the venue: say --all if it is meant, or \
                           which orders (--firm, --session, --account, --security, --side)";
                return Err(why.into());
            }
            Ask::MassCancel { orders }
        }
        What::Bust { trade } => Ask::Bust { trade },
        What::Correct { trade, price } => Ask::Correct { trade, price },
        What::CancelOrder { order } => Ask::CancelOrder { order },
        What::Obligation {
            what: ObligationArgs::Set { security, account, max_spread_bps, min_size, permille },
        } => {
            let (min_size, min_presence_permille) = (Units(min_size), permille);
            let obligation = Some(QuoteObligation { max_spread_bps, min_size, min_presence_permille });
            Ask::Oblige { account, security, obligation }
        }
        What::Obligation { what: ObligationArgs::None { security, account } } => {
            Ask::Oblige { account, security, obligation: None }
        }
        What::Obligation { what: ObligationArgs::Show { security } } => Ask::Obliged { security },
        What::Obligation { what: ObligationArgs::Report { date } } => Ask::Quoted { date },
        What::Fees { what: FeesArgs::Set { security, maker, taker, auction, least } } => {
            let fees = Some(Fees { maker, taker, auction, least: Money(least) });
            Ask::Fees { security, fees }
        }
        What::Fees { what: FeesArgs::None { security } } => Ask::Fees { security, fees: None },
        What::Reference { security, price } => Ask::Reference { security, price },
        What::Day { date } => Ask::Day { date },
        What::Pilot { what: PilotArgs::Show } => Ask::Pilot,
        What::Pilot { what: PilotArgs::Value { security, value, as_of } } => {
            Ask::PilotValue { security, value, as_of }
        }
        What::Snapshot => Ask::Snapshot,
    }])
}

/// Every listing with the text of its security. What the venue would refuse is told here first, with its places.
fn list(files: &[PathBuf], number: Option<u32>) -> Result<Vec<Ask>, Failure> {
    let (mut securities, mut listings) = (BTreeMap::new(), Vec::new());
    for (file, text, compiled) in security::compiled(files)? {
        let named = Text::new(&file.display().to_string(), text);
        match compiled {
            Compiled::Security(security) => {
                if let Some(other) = securities.insert(security.symbol.clone(), named) {
                    let (symbol, file) = (security.symbol, file.display());
                    return Err(format!("{} and {file} both declare {symbol}", other.name).into());
                }
            }
            Compiled::Listing(listing) => listings.push((listing.symbol, named)),
            Compiled::Transfers(_) | Compiled::Protocols(_) => {
                return Err(format!("{} is neither a security nor a listing", file.display()).into());
            }
        }
    }
    if number.is_some() && listings.len() > 1 {
        return Err("--number is of one security, and here are several listings".into());
    }
    let mut asks = Vec::new();
    for (symbol, listing) in listings {
        let security = securities.remove(&symbol).ok_or_else(|| {
            format!("{}: the text that declares {symbol} is wanted beside it", listing.name)
        })?;
        asks.push(Ask::List { security, listing, number });
    }
    match securities.pop_first() {
        Some((symbol, text)) => {
            Err(format!("{}: the text of a listing of {symbol} is wanted beside it", text.name).into())
        }
        None => Ok(asks),
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{} can't be read: {e}", file.display()))?;
    Ok(toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?)
}
