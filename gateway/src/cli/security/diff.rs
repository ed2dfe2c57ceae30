//! What a change of rules means: in general, and for the orders that are open at a venue.

use super::compiled;
use crate::cli::Failure;
use crate::cli::journal::words;
use crate::foresee::{Foreseen, Name, foresee};
use crate::stores::Stores;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use tallystick_dsl::Compiled;
use tallystick_engine::event::CancelReason;
use tallystick_engine::rules::{Program, Protocol};
use tallystick_engine::types::SecurityId;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --data the change is really made, on the venue's state as its journal has it: so it is
known which orders would be cancelled, and by which rule. Nothing is written, and the venue may
run meanwhile. The answer tells of everybody's orders: it is for the operator.

  tallystick security diff acme.tally acme-amended.tally
  tallystick security diff acme.tally acme-amended.tally --data tallystick-data
  tallystick security diff rules.tally new.tally --data tallystick-data --security ACME")]
pub struct Args {
    /// The text in force
    old: PathBuf,
    /// The other one: a security, or a list of rules
    new: PathBuf,
    /// A venue's data directory: list also which of its open orders the change would cancel, and why
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Which security of the venue, by its symbol or its number, where it is not the one that the texts are called by
    #[arg(long, value_name = "NAME", requires = "data")]
    security: Option<String>,
}

/// One of the two texts.
struct Side {
    symbol: Option<String>,
    protocols: Vec<Protocol>,
}

/// Runs the command.
pub fn diff(args: &Args) -> Result<(), Failure> {
    let mut sides = Vec::new();
    for (file, _, compiled) in compiled(&[args.old.clone(), args.new.clone()])? {
        let symbol = match &compiled {
            Compiled::Security(security) => Some(security.symbol.clone()),
            _ => None,
        };
        let protocols =
            compiled.protocols().ok_or_else(|| format!("{} has no rules to compare", file.display()))?;
        sides.push(Side { symbol, protocols: protocols.to_vec() });
    }
    let [old, new] = <[Side; 2]>::try_from(sides).unwrap_or_else(|_| unreachable!("two texts"));
    if let (Some(a), Some(b)) = (&old.symbol, &new.symbol)
        && a != b
    {
        return Err(format!(
            "{} declares {a}, and {} declares {b}: two securities, not two texts of one",
            args.old.display(),
            args.new.display()
        )
        .into());
    }
    // What can't be told of the venue is told before anything is printed.
    let foreseen = args.data.as_deref().map(|data| at_venue(data, args, &old, &new)).transpose()?;
    print!("{}", tallystick_dsl::diff(&old.protocols, &new.protocols));
    if let Some(told) = foreseen {
        print!("\n{told}");
    }
    Ok(())
}

fn at_venue(data: &Path, args: &Args, old: &Side, new: &Side) -> Result<String, Failure> {
    let of_text = new.symbol.as_ref().or(old.symbol.as_ref());
    let name = match (&args.security, of_text) {
        (Some(name), _) => match name.parse() {
            Ok(number) => Name::Number(SecurityId(number)),
            Err(_) => Name::Symbol(name.clone()),
        },
        (None, Some(symbol)) => Name::Symbol(symbol.clone()),
        (None, None) => {
            return Err("neither text says of which security its rules are: name it with --security".into());
        }
    };
    let stores = Stores::open_read_only(data)?;
    let foreseen = foresee(&stores, &name, &new.protocols).map_err(|e| format!("{}: {e}", data.display()))?;
    let program = Program::new(new.protocols.clone()).expect("what compiles is a program");
    let in_force = Program::new(foreseen.listing.protocols.clone()).expect("they are in force");
    let was = Program::new(old.protocols.clone()).expect("what compiles is a program");
    let other = (was.protocols() != in_force.protocols()).then_some(args.old.as_path());
    Ok(text(data, &foreseen, &program, other))
}

/// What is told; of the text that is not in force, if that is another one.
fn text(data: &Path, foreseen: &Foreseen, program: &Program, other: Option<&Path>) -> String {
    let Foreseen { seq, now, listing, open, cancelled } = foreseen;
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("writing to memory does not fail");
    let symbol = &listing.symbol;
    line(format!(
        "Open orders in {symbol} at the venue in {}, as of command {seq}, {}",
        data.display(),
        words::time(*now)
    ));
    if let Some(old) = other {
        line(format!(
            "  note: the rules in force there are not those of {}; what follows is of a change from those in force",
            old.display()
        ));
    }
    for (session, order, reason) in cancelled {
        let price = order.price.map_or(String::new(), |price| format!(" at {price}"));
        let (side, left) = (words::side(order.side), order.quantity - order.filled);
        line(format!(
            "  order {}, {side} {left}{price}, account {} ({}, session {session}): {}",
            order.order,
            order.account,
            order.clordid,
            why(program, *reason)
        ));
    }
    line(match (cancelled.len(), open) {
        (_, 0) => "  none is open".into(),
        (0, 1) => "  the one that is open keeps its place".into(),
        (0, open) => format!("  all {open} keep their places"),
        (gone, open) if gone == *open => format!("  {gone} of {open} would be cancelled"),
        (gone, open) => format!("  {gone} of {open} would be cancelled; the others keep their places"),
    });
    out
}

fn why(program: &Program, reason: CancelReason) -> String {
    match reason {
        CancelReason::Compliance(reason) => match program.protocol_of(reason.rule) {
            Some(protocol) => format!("{} (rule {}, {})", reason.code.text(), reason.rule.0, protocol.name),
            None => reason.code.text().into(),
        },
        other => other.to_string(),
    }
}
