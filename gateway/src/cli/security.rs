//! `tallystick security`: declare a security and have it judged before anybody else does.

mod diff;

use super::Failure;
use crate::texts;
use clap::Subcommand;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use tallystick_dsl::{Compiled, Diagnostics};

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A security is declared in two texts. The issuer's says what it is and who may hold it;
a venue's says how it is traded there. The reference is docs/language.md.

  tallystick security check acme.tally acme.listing.tally
  tallystick security explain acme.tally
  tallystick security diff acme.tally acme-amended.tally
  tallystick security diff acme.tally acme-amended.tally --data tallystick-data")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say all that is wrong with texts, each with its place and what to write; or what they are. Fails if anything is wrong.
    Check {
        /// The texts.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print what texts declare, in sentences: each rule with its number, its protocol and the law it comes from.
    Explain {
        /// The texts.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print what texts are compiled to, as JSON: what goes on the ledger, or into a venue's journal.
    Compile {
        /// The texts.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print what changes from one text to another of the same security, and which trades it newly allows or forbids; and
    /// which of a venue's open orders it would cancel, and what would become of crosses that await an approval.
    Diff(diff::Args),
    /// Write texts as they are written by custom. Says which were changed; what they mean stays the same.
    Format {
        /// The texts; each is written over.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Change nothing, and fail if a text is not as it would be written.
        #[arg(long)]
        check: bool,
    },
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    match args.what {
        What::Check { files } => check(&files),
        What::Explain { files } => {
            for (n, (file, _, compiled)) in compiled(&files)?.iter().enumerate() {
                if files.len() > 1 {
                    println!("{}{}:", if n > 0 { "\n" } else { "" }, file.display());
                }
                print!("{}", tallystick_dsl::explain(compiled));
            }
            Ok(())
        }
        What::Compile { files } => {
            for (_, text, compiled) in compiled(&files)? {
                println!("{}", serde_json::to_string_pretty(&texts::json(&text, &compiled))?);
            }
            Ok(())
        }
        What::Diff(args) => diff::diff(&args),
        What::Format { files, check } => format(&files, check),
    }
}

fn check(files: &[PathBuf]) -> Result<(), Failure> {
    for (file, text, compiled) in compiled(files)? {
        println!("{}: {}", file.display(), texts::summary(&text, &compiled));
    }
    Ok(())
}

/// All texts compiled; or all that is wrong with any of them is told, and the command fails.
pub fn compiled(files: &[PathBuf]) -> Result<Vec<(PathBuf, String, Compiled)>, Failure> {
    let mut good = Vec::new();
    let mut wrong = 0;
    for file in files {
        let text = texts::read(file)?;
        match tallystick_dsl::check(&file.display().to_string(), &text) {
            Ok(compiled) => good.push((file.clone(), text, compiled)),
            Err(diagnostics) => {
                tell(&diagnostics);
                wrong += diagnostics.all.len();
            }
        }
    }
    match wrong {
        0 => Ok(good),
        1 => Err("one thing is wrong".into()),
        wrong => Err(format!("{wrong} things are wrong").into()),
    }
}

/// Shows what is wrong, with colours on a terminal.
pub fn tell(diagnostics: &Diagnostics) {
    eprintln!("{}\n", diagnostics.render(std::io::stderr().is_terminal()));
}

fn format(files: &[PathBuf], check: bool) -> Result<(), Failure> {
    let mut other = 0;
    for file in files {
        let text = texts::read(file)?;
        let formatted = match tallystick_dsl::format(&file.display().to_string(), &text) {
            Ok(formatted) => formatted,
            Err(diagnostics) => {
                tell(&diagnostics);
                return Err(format!("{} was not changed", file.display()).into());
            }
        };
        if formatted == text {
            continue;
        }
        other += 1;
        if check {
            println!("{}: not as it would be written", file.display());
        } else {
            write(file, &formatted)?;
            println!("{}: written", file.display());
        }
    }
    match other {
        other if check && other > 0 => Err(format!("{other} of {} would be changed", files.len()).into()),
        _ => Ok(()),
    }
}

/// Writes beside the file and puts it in its place, so that a text is never half there.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let beside = file.with_extension("tally.new");
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::rename(&beside, file))
        .map_err(|e| format!("{} can't be written: {e}", file.display()).into())
}
