//! Every table of `scenarios/`: commands, and the whole list of events they must cause. See `table/mod.rs`.

use crate::table;

macro_rules! families {
    ($($family:ident),* $(,)?) => {
        $(#[test] fn $family() { table::check(stringify!($family)); })*
        const FAMILIES: &[&str] = &[$(stringify!($family)),*];
    };
}

families! {
    limit_orders,
    immediate_orders,
    market_orders,
    cancel,
    replace,
    phases,
    call_auction,
    long_work,
    cash_reservations,
    units_and_lots,
    holder_cap,
    compliance,
    registry,
    bounds,
    sessions,
    operator,
    settlement,
    allocations,
    backlog,
    holders,
    handed_over,
    network,
    other_rules,
    known_bugs,
    risk,
    kill_switch,
    mass_cancel,
    disconnect,
    icebergs,
    hidden,
    minimum,
    post_only,
    market_to_limit,
    self_trade,
    auction_orders,
    stops,
    pegged,
    overnight,
    indicative,
    first_listing,
    bands,
    ticks,
    fees,
    bust_and_correct,
    lots,
    crosses,
    mass_quotes,
    protection,
    obligations,
    ways,
    insiders,
    disclosures,
    approvals,
    admissions,
    awaiting,
    caps,
    owned,
    plans,
    sold,
    velocity,
    headroom,
}

#[test]
fn every_table_is_run() {
    let mut files: Vec<String> = std::fs::read_dir(table::folder())
        .expect("the folder of the tables")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let mut families: Vec<String> = FAMILIES.iter().map(|f| f.to_string()).collect();
    files.sort();
    families.sort();
    assert_eq!(files, families);
}

#[test]
fn no_two_cases_have_the_same_name() {
    let mut names: Vec<String> = FAMILIES.iter().flat_map(|family| table::names(family)).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "of {all} names");
}
