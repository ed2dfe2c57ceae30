//! `tallystick ledger`: begin a chain, sign and hand in instructions, look at what stands, prove it.

pub(in crate::cli) mod act;
mod amend;
mod approve;
mod init;
mod issue;
mod look;
mod pay_up;

use super::Failure;
use clap::Subcommand;
use std::path::PathBuf;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A chain is begun once, with `init`. Its parties then hand in what they sign: claim issuers register
persons, custodians open accounts, issuers and registrars issue, owners allocate to the venue.
See docs/settlement.md.")]
pub struct Args {
    /// The venue's data directory.
    #[arg(long, value_name = "DIR", default_value = "tallystick-data", global = true)]
    data: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Begin a chain for a venue: keys of four validators and of the venue, and the genesis.
    Init(init::Args),
    /// Make a key for a party or an owner, and print its public half.
    Keygen {
        /// The file; readable by its owner only, and never written over.
        file: PathBuf,
    },
    /// Issue a security: the text that declares it, and who holds it to begin with.
    Issue(issue::Args),
    /// Change the rules of a security that is issued, by its amended text.
    Amend(amend::Args),
    /// Approve that two trade so much with each other, where a security's rules ask for it.
    Approve(approve::Args),
    /// Note that units issued unpaid are paid in full now: they are held from then on.
    PayUp(pay_up::Args),
    /// Sign an instruction, or add a signature to one. Prints it in hexadecimal.
    Sign(act::SignArgs),
    /// Hand in a signed instruction, or sign one and hand it in, and wait for its receipt.
    Submit(act::SubmitArgs),
    /// Which chain it is, how far it has come, and who votes.
    Head,
    /// Show a record, a trade's receipt or a block.
    Show {
        #[command(subcommand)]
        what: look::Show,
    },
    /// Prove something, to a file that `tallystick verify` checks without a network.
    Prove {
        #[command(subcommand)]
        what: look::Prove,
        /// The file of the proof.
        #[arg(long, value_name = "FILE", global = true, default_value = "proof.bin")]
        out: PathBuf,
    },
    /// Write what somebody needs who is to check proofs: whom to believe, and until when.
    Trust {
        /// The file.
        #[arg(long, value_name = "FILE", default_value = "trust.toml")]
        out: PathBuf,
        /// For how many days it is good.
        #[arg(long, default_value_t = 30)]
        days: u32,
    },
    /// Check the ledgers of a venue that does not run: each root and each sum computed again.
    Check,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let data = args.data;
    match args.what {
        What::Init(args) => init::init(&data, &args),
        What::Keygen { file } => init::keygen(&file),
        What::Issue(args) => issue::issue(&data, &args),
        What::Amend(args) => amend::amend(&data, &args),
        What::Approve(args) => approve::approve(&data, &args),
        What::PayUp(args) => pay_up::pay_up(&data, &args),
        What::Sign(args) => act::sign(&data, &args),
        What::Submit(args) => act::submit(&data, &args),
        What::Head => look::head(&data),
        What::Show { what } => look::show(&data, &what),
        What::Prove { what, out } => look::prove(&data, &what, &out),
        What::Trust { out, days } => look::trust(&data, &out, days),
        What::Check => look::check(&data),
    }
}
