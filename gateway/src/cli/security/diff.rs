//! What a change of rules means: in general, and for the orders that are open at a venue, and its crosses that await an
//! approval.

use super::compiled;
use crate::cli::Failure;
use crate::cli::journal::words;
use crate::foresee::{Foreseen, Name, foresee};
use crate::stores::Stores;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use tallystick_dsl::Compiled;
use tallystick_engine::awaiting::AwaitingCross;
use tallystick_engine::event::CancelReason;
use tallystick_engine::foresee::{Fate, ForeseenCross};
use tallystick_engine::reject::Reject;
use tallystick_engine::rules::{Program, Protocol, Reason};
use tallystick_engine::types::SecurityId;

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --data the change is really made, on the venue's state as its journal has it: so it is
known which orders would be cancelled, and by which rule, and which crosses that await an
approval would trade or be rejected. Nothing is written, and the venue may run meanwhile. The
answer tells of everybody's orders: it is for the operator.

  tallystick security diff acme.tally acme-amended.tally
  tallystick security diff acme.tally acme-amended.tally --data tallystick-data
  tallystick security diff rules.tally new.tally --data tallystick-data --security ACME")]
pub struct Args {
    /// The text in force
    old: PathBuf,
    /// The other one: a security, or a list of rules
    new: PathBuf,
    /// A venue's data directory: list also which of its open orders the change would cancel, and what would become of
    /// crosses that await an approval, and why
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
    let Foreseen { seq, now, listing, open, foreseen } = foreseen;
    let (cancelled, awaiting) = (&foreseen.cancelled, &foreseen.awaiting);
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
    if !awaiting.is_empty() {
        line(format!("\nCrosses in {symbol} that await an approval"));
        awaiting.iter().filter_map(|cross| of_cross(program, cross)).for_each(&mut line);
        line(format!("  {}", counted(awaiting)));
    }
    out
}

/// What would become of a cross; nothing, if it would go on waiting for its approval, and the rules would let it trade then.
fn of_cross(program: &Program, cross: &ForeseenCross) -> Option<String> {
    let ForeseenCross { awaiting, fate, forbidden } = cross;
    let forbidden = forbidden.map(|reason| by_rule(program, reason));
    let becomes = match (fate, forbidden) {
        (Fate::Trades, _) => "would trade at once: no approval is missing any more".into(),
        (Fate::Rejected([Reject::CrossPair, _]), Some(why)) => format!("would be rejected at once: {why}"),
        (Fate::Rejected(told), _) => {
            let own = |reject: &&Reject| **reject != Reject::CrossSide;
            let mut why: Vec<String> = told.iter().filter(own).map(|it| rejected(program, *it)).collect();
            why.dedup();
            format!("would be rejected at once: {}", why.join("; "))
        }
        (Fate::Waits { unapproved }, Some(why)) if unapproved.is_zero() => {
            format!("would wait until it can be judged, and as things are be rejected then: {why}")
        }
        (Fate::Waits { unapproved }, None) if unapproved.is_zero() => {
            "would wait until it can be judged: no approval is missing any more".into()
        }
        (Fate::Waits { unapproved }, Some(why)) => {
            format!("would await {unapproved} units more, and as things are be rejected then: {why}")
        }
        (Fate::Waits { .. }, None) => return None,
    };
    let AwaitingCross { order: buy, cross, .. } = awaiting;
    let sell = awaiting.order(tallystick_engine::types::Side::Sell);
    let (units, price, session) = (cross.quantity, cross.price, cross.from.session);
    let [buyer, seller] = [cross.buy, cross.sell].map(|side| format!("{} ({})", side.account, side.clordid));
    Some(format!(
        "  orders {buy} and {sell}, {units} at {price}, account {buyer} buys of account {seller}, session {session}: {becomes}"
    ))
}

/// How many would trade, be rejected, wait on.
fn counted(crosses: &[ForeseenCross]) -> String {
    let count = |is: &dyn Fn(&ForeseenCross) -> bool| crosses.iter().filter(|cross| is(cross)).count();
    let waits = |cross: &ForeseenCross| matches!(cross.fate, Fate::Waits { .. });
    let all = crosses.len();
    let parts = [
        (count(&|cross| cross.fate == Fate::Trades), "would trade"),
        (count(&|cross| matches!(cross.fate, Fate::Rejected(_))), "would be rejected"),
        (count(&|cross| waits(cross) && cross.forbidden.is_some()), "would wait to be rejected"),
        (count(&|cross| waits(cross) && cross.forbidden.is_none()), "would wait on"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{count} of {all} {what}")).collect();
    parts.join(", ")
}

fn why(program: &Program, reason: CancelReason) -> String {
    match reason {
        CancelReason::Compliance(reason) => by_rule(program, reason),
        other => other.to_string(),
    }
}

fn rejected(program: &Program, reject: Reject) -> String {
    match reject {
        Reject::Compliance(reason) => by_rule(program, reason),
        other => other.to_string(),
    }
}

fn by_rule(program: &Program, reason: Reason) -> String {
    match program.protocol_of(reason.rule) {
        Some(protocol) => format!("{} (rule {}, {})", reason.code.text(), reason.rule.0, protocol.name),
        None => reason.code.text().into(),
    }
}
