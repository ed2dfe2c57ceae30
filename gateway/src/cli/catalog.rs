//! `tallystick catalog`: definitions of securities, kept in one file and found again.

use super::{Failure, security};
use crate::texts;
use clap::Subcommand;
use std::path::{Path, PathBuf};
use tallystick_catalog::{Before, Catalog, Definition, Filter, Found, Words, filter};

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For example:

  tallystick catalog add *.tally
  tallystick catalog search rule 144 preferred
  tallystick catalog query 'kind=debt and coupon>5% and jurisdiction=US and protocol=us.rule144'
  tallystick catalog show ACME-A

A filter compares fields with = != < <= > >=, or with ~ for words within words, and puts
comparisons together with `and`, `or`, `not` and brackets. `tallystick catalog fields` names them.")]
pub struct Args {
    /// The file of the catalog.
    #[arg(long, value_name = "FILE", default_value = "catalog.redb", global = true)]
    catalog: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add the securities that texts declare: all of them, or none if one does not compile. Listings and the like are passed
    /// over.
    Add {
        /// The texts.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Find securities by words in their names, rules and texts; those that fit best come first.
    Search {
        /// The words; all of them must occur.
        #[arg(required = true)]
        words: Vec<String>,
        /// Show at most so many.
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Find securities by what they are, as in 'kind=debt and coupon>5%'.
    Query {
        /// The filter.
        filter: String,
        /// Show at most so many.
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Show a security: what it is and its rules, in sentences, and its text.
    Show {
        /// Its symbol; or the beginning of its text's hash, at least eight digits.
        name: String,
        /// Print the text alone.
        #[arg(long)]
        text: bool,
    },
    /// Name the fields that a filter can compare, and how their values are written.
    Fields,
}

/// Runs the command.
pub fn run(args: Args) -> Result<(), Failure> {
    let look = || Catalog::look(&args.catalog);
    match args.what {
        What::Add { files } => add(&args.catalog, &files),
        What::Search { words, limit } => {
            let words = Words::of(&words.join(" "));
            if words.is_empty() {
                return Err("there is no word to look for".into());
            }
            tell(&look()?.search(&words, limit)?);
            Ok(())
        }
        What::Query { filter, limit } => {
            let read =
                Filter::read(&filter).map_err(|error| format!("the filter:\n{}", error.show(&filter)))?;
            tell(&look()?.query(&read, limit)?);
            Ok(())
        }
        What::Show { name, text } => {
            let found = look()?.show(&name)?;
            let Some(definition) = found else {
                return Err(format!(
                    "{} has no {name:?}; `tallystick catalog search` finds by words",
                    args.catalog.display()
                )
                .into());
            };
            if text {
                print!("{}", definition.text);
            } else {
                show(&definition);
            }
            Ok(())
        }
        What::Fields => {
            for (name, kinds) in filter::fields() {
                let written: Vec<_> = kinds.iter().map(|kind| kind.example()).collect();
                println!("{name:<16} {}", written.join("; or "));
            }
            Ok(())
        }
    }
}

fn add(catalog: &Path, files: &[PathBuf]) -> Result<(), Failure> {
    let (mut definitions, mut wrong) = (Vec::new(), 0);
    for file in files {
        match Definition::read(&file.display().to_string(), &texts::read(file)?) {
            Ok(definition) => definitions.push(definition),
            Err(tallystick_catalog::NoDefinition::Wrong(diagnostics)) => {
                security::tell(&diagnostics);
                wrong += 1;
            }
            // Listings lie beside the texts that they are of.
            Err(other) => println!("{other}: passed over"),
        }
    }
    if wrong > 0 {
        return Err(format!("nothing was added: {wrong} of {} texts do not compile", files.len()).into());
    }
    if definitions.is_empty() {
        return Err("nothing was added: no text declares a security".into());
    }
    for added in Catalog::open(catalog)?.add(&definitions)? {
        let before = match added.before {
            Before::Nothing => "added".to_owned(),
            Before::Same => "was there already".to_owned(),
            Before::Other(hash) => format!("added; the text before was {hash}"),
        };
        println!("{:<12} {}  {before}", added.symbol, added.hash);
    }
    Ok(())
}

/// One line each.
fn tell(found: &Found) {
    for definition in &found.definitions {
        let Definition { symbol, kind, exemption, name, .. } = definition;
        println!("{symbol:<12} {kind:<14} {exemption:<12} {name}");
    }
    match (found.definitions.len(), found.all) {
        (_, 0) => println!("nothing was found"),
        (shown, all) if shown < all => println!("{shown} of {all}; --limit shows more"),
        _ => {}
    }
}

fn show(definition: &Definition) {
    println!("text {}\n", definition.hash);
    println!("{}", definition.explained);
    print!("{}", definition.text);
}
