//! The terms that filters know, and which kinds of values each can have: those of the language.

use crate::value::Type;
use std::sync::LazyLock;
use tallystick_dsl::{Term, TermKind};

/// Each term, with the kinds of its values as they are compared; words last, since anything can be read as some.
pub static TERMS: LazyLock<Vec<(&'static str, Vec<Type>)>> = LazyLock::new(|| {
    let compared = |(name, kinds): (&'static str, Vec<TermKind>)| {
        let mut types: Vec<Type> = Vec::new();
        for kind in kinds.into_iter().map(type_of) {
            if !types.contains(&kind) {
                types.push(kind);
            }
        }
        types.sort_by_key(|kind| *kind == Type::Words);
        (name, types)
    };
    Term::kinds().map(compared).collect()
});

fn type_of(kind: TermKind) -> Type {
    match kind {
        TermKind::Rate => Type::Percent,
        TermKind::Money => Type::Money,
        TermKind::Date => Type::Date,
        TermKind::Duration => Type::Period,
        TermKind::Multiple | TermKind::Count => Type::Number,
        TermKind::Ratio | TermKind::Frequency | TermKind::DayCount | TermKind::Word | TermKind::Text => {
            Type::Words
        }
    }
}
