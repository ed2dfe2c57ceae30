//! What is said of trades, asked of the rules themselves.

use crate::common::Any;
use quickcheck::quickcheck;
use tallystick_dsl::{Compiled, Fault, Trade, check, compile, diff, to_text};
use tallystick_rules::{Program, Protocol, Rule};

/// Without the rules that count: an example is about all the others.
fn uncounted(any: &Any) -> Vec<Protocol> {
    let asks = |rule: &Rule| matches!(rule.innermost(), Rule::Require(_) | Rule::Ways(_));
    let mut all = any.0.clone();
    all.iter_mut().for_each(|protocol| protocol.rules.retain(asks));
    all
}

fn program(protocols: &[Protocol]) -> Program {
    Program::new(protocols.to_vec()).expect("it was one")
}

fn allows(program: &Program, trade: &Trade) -> bool {
    trade.path(program).is_some()
}

quickcheck! {
    fn an_example_of_a_difference_is_one_to_the_rules_themselves(old: Any, new: Any) -> bool {
        let (old, new) = (uncounted(&old), uncounted(&new));
        let found = diff(&old, &new);
        let (old, new) = (program(&old), program(&new));
        found.forbidden.iter().all(|example| allows(&old, &example.trade) && !allows(&new, &example.trade))
            && found.allowed.iter().all(|example| !allows(&old, &example.trade) && allows(&new, &example.trade))
    }

    fn rules_that_are_said_to_contradict_each_other_are_met_by_no_trade_that_is_found(any: Any, one: Any, two: Any) -> bool {
        let rules = uncounted(&any);
        let Err(diagnostics) = check("any.tally", &to_text(&rules)) else { return true };
        if !diagnostics.all.iter().any(|diagnostic| diagnostic.fault == Fault::Contradiction) {
            return true;
        }
        let program = program(&rules);
        let trades = diff(&uncounted(&one), &uncounted(&two));
        trades.forbidden.iter().chain(&trades.allowed).all(|example| !allows(&program, &example.trade))
    }

    fn programs_that_are_the_same_do_not_differ(any: Any) -> bool {
        diff(&any.0, &any.0) == diff::Diff::default()
    }
}

fn rules(text: &str) -> Vec<Protocol> {
    match compile("rules.tally", text) {
        Ok(Compiled::Transfers(protocols)) => protocols,
        Ok(_) => panic!("it is no list of rules"),
        Err(diagnostics) => panic!("{}", diagnostics.render(false)),
    }
}

#[test]
fn a_change_is_told_with_what_it_newly_allows_and_forbids() {
    let old = rules(
        "transfers {
           require both verified
           require buyer is accredited
           each group holds at most 9.9 %
           lots by plain when lot held 1 year
         }",
    );
    let new = rules(
        "transfers {
           require both verified
           forbid buyer is resident of (KP, IR)
           each group holds at most 4.9 %
           lots by plain when lot held 6 months
         }",
    );
    assert_eq!(
        diff(&old, &new).to_string(),
        "\
Added rule 2 [own@1]: No trade is made where the buyer is resident of Iran (Islamic Republic of) or Korea (Democratic People's Republic of).
Changed, which allows less:
  from rule 3 [own@1]: Nobody, together with those under the same control, comes to hold more than 9.9 % of the class.
  to rule 3 [own@1]: Nobody, together with those under the same control, comes to hold more than 4.9 % of the class.
Changed:
  from rule 4 [own@1]: Units move only as they are if they have been held for 1 year.
  to rule 4 [own@1]: Units move only as they are if they have been held for 6 months.
Removed rule 2 [own@1]: A trade is made only if the buyer is accredited.
Newly forbidden, by rule 2, for example: the buyer is resident of Iran (Islamic Republic of).
Newly allowed, forbidden before by rule 2, for example: the buyer is not accredited.
Newly allowed, forbidden before by rule 4, for example: they have not been held for 1 year.
"
    );
    let trade = diff(&old, &new).allowed[1].trade;
    assert!(trade.lot.acquired < trade.now, "held for six months, and not for a year");
}

#[test]
fn a_change_of_what_may_be_sold_is_told_as_tighter_or_looser_where_the_window_is_the_same() {
    let old = rules(
        "transfers {
           each group sells at most 100 units in any calendar month
           each group sells at most 2 % in any 30 days when seller is affiliate
           contract.velocity@2026.1(most: 500 units, window: calendar year)
         }",
    );
    let new = rules(
        "transfers {
           each group sells at most 90 units in any calendar month
           each group sells at most 2.5 % in any 30 days when seller is affiliate
           contract.velocity@2026.1(most: 500 units, window: calendar quarter)
           approved beforehand when seller is issuer
         }",
    );
    let sells = "A seller, together with those under the same control, sells at most";
    let under = "Where the seller is an affiliate of the issuer, a seller, together with those under the same control, sells at most";
    assert_eq!(
        diff(&old, &new).to_string(),
        format!(
            "\
Changed, which allows less:
  from rule 1 [own@1]: {sells} 100 units in any calendar month.
  to rule 1 [own@1]: {sells} 90 units in any calendar month.
Changed, which allows more:
  from rule 2 [own@1]: {under} 2 % of the class in any 30 days.
  to rule 2 [own@1]: {under} 2.5 % of the class in any 30 days.
Changed:
  from rule 3 [contract.velocity@2026.1]: {sells} 500 units in any calendar year.
  to rule 3 [contract.velocity@2026.1]: {sells} 500 units in any calendar quarter.
Added rule 4 [own@1]: Where the seller is the issuer, a buyer and a seller trade only what was approved beforehand for these two.
"
        )
    );
}

#[test]
fn a_rule_that_counts_sales_is_told_not_to_know_what_no_rule_counted_before() {
    let month = "each group sells at most 100 units in any calendar month";
    let year = "each group sells at most 100 units in any 1 year when seller is affiliate";
    let note = |old: &[&str], new: &[&str]| {
        let text = |all: &[&str]| {
            rules(&format!("transfers {{\n  require both verified\n  {}\n}}", all.join("\n  ")))
        };
        let told = diff(&text(old), &text(new)).to_string();
        told.lines().filter(|line| line.starts_with("Note")).map(String::from).collect::<Vec<_>>()
    };
    let first =
        "Note: rule 2 is the first to count sales: what was sold before the change was known does not count.";
    let longer = "Note: rule 3 looks further back than the rules until now: what they no longer counted does not count.";
    assert_eq!(note(&[], &[month]), [first]);
    assert_eq!(note(&[month], &[month, year]), [longer]);
    // As far back as one of the rules before, and not further.
    assert_eq!(note(&[month, year], &[year]), [""; 0]);
    assert_eq!(note(&[year], &[month]), [""; 0]);
}
