//! What is kept for who has left: for persons that are known, as long as it is kept, and as much as is counted.

use super::books::Books;
use crate::state::{Due, KeptPlaces};
use std::collections::BTreeMap;
use tallystick_rules::SecurityId;

pub(super) fn check_each_other(books: &Books) -> Result<(), String> {
    let (head, _) = books.times.last_key_value().ok_or("there are no times of blocks")?;
    let due = books.due();
    let mut kept: BTreeMap<SecurityId, KeptPlaces> = BTreeMap::new();
    for ((person, security), it) in &books.left {
        let what = || format!("what is kept of security {security} for person {}", person.0);
        if !books.persons.contains_key(person) || !books.securities.contains_key(security) {
            return Err(format!("{} is of what is unknown", what()));
        }
        let ends = (it.until.plus(1), Due::Left(*security, *person));
        if it.places.is_none() || it.until < *head || !due.contains(&ends) {
            return Err(format!("{} is nothing, or will not end", what()));
        }
        let all = kept.entry(*security).or_default();
        *all = all.with(&it.places);
    }
    if kept != books.kept {
        return Err(format!("places are kept as {:?} and counted as {kept:?}", books.kept));
    }
    Ok(())
}
