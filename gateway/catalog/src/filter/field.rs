//! The fields of a definition: what each is called, what type it has, and where its values are.

use crate::definition::{Definition, RULES, WAYS, rule_name, way_name};
use crate::terms::TERMS;
use crate::value::{Type, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use tallystick_rules::Rule;

/// What a definition can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Its symbol.
    Symbol,
    /// Its full name.
    Name,
    /// What it is: common, preferred, debt …
    Kind,
    /// Who issues it.
    Issuer,
    /// Who keeps its register.
    Registrar,
    /// The law under which its register is the register of record.
    Law,
    /// The exemption it is offered under.
    Exemption,
    /// Whether its units are restricted securities.
    Restricted,
    /// A country or a part of one that its rules name.
    Jurisdiction,
    /// A protocol that it uses, with or without its version.
    Protocol,
    /// A kind of rule that it has.
    Rule,
    /// A way by which its lots may go.
    Way,
    /// One of its terms.
    Term(&'static str, &'static [Type]),
}

const PLAIN: [(&str, Field); 12] = [
    ("symbol", Field::Symbol),
    ("name", Field::Name),
    ("kind", Field::Kind),
    ("issuer", Field::Issuer),
    ("registrar", Field::Registrar),
    ("law", Field::Law),
    ("exemption", Field::Exemption),
    ("restricted", Field::Restricted),
    ("jurisdiction", Field::Jurisdiction),
    ("protocol", Field::Protocol),
    ("rule", Field::Rule),
    ("way", Field::Way),
];

/// All fields: their names, and how their values are written.
pub fn fields() -> impl Iterator<Item = (&'static str, &'static [Type])> {
    let plain = PLAIN.into_iter().map(|(name, field)| (name, field.kinds()));
    plain.chain(TERMS.iter().map(|(name, kinds)| (*name, kinds.as_slice())))
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = PLAIN.into_iter().find(|(_, field)| field == self).map(|(name, _)| name);
        match self {
            Field::Term(name, _) => f.write_str(name),
            _ => f.write_str(plain.unwrap_or_default()),
        }
    }
}

impl Field {
    /// The field of this name; or that there is none, and which was meant.
    pub(super) fn read(name: &str) -> Result<Field, String> {
        if let Some((_, field)) = PLAIN.into_iter().find(|(plain, _)| *plain == name) {
            return Ok(field);
        }
        if let Some((term, kinds)) = TERMS.iter().find(|(term, _)| *term == name) {
            return Ok(Field::Term(term, kinds));
        }
        let nearest = fields().map(|(known, _)| (strsim::damerau_levenshtein(known, name), known)).min();
        Err(match nearest {
            Some((distance, known)) if distance <= 1 + name.len() / 4 => {
                format!("there is no field {name:?}; {known} is meant?")
            }
            _ => {
                let all: Vec<_> = fields().map(|(name, _)| name).collect();
                format!("there is no field {name:?}; there are {}", all.join(", "))
            }
        })
    }

    /// Of which kinds its values can be.
    pub(super) fn kinds(self) -> &'static [Type] {
        match self {
            Field::Restricted => &[Type::Flag],
            Field::Term(_, kinds) => kinds,
            _ => &[Type::Words],
        }
    }

    /// How its values are written.
    pub(super) fn examples(self) -> String {
        let examples: Vec<_> = self.kinds().iter().map(|kind| kind.example()).collect();
        examples.join("; or ")
    }

    /// Its values in a definition.
    pub(super) fn of(self, definition: &Definition) -> Vec<Value> {
        let words = |words: &str| Value::Words(words.to_owned());
        let one = |value: &str| if value.is_empty() { vec![] } else { vec![words(value)] };
        match self {
            Field::Symbol => one(&definition.symbol),
            Field::Name => one(&definition.name),
            Field::Kind => one(&definition.kind),
            Field::Issuer => one(&definition.issuer),
            Field::Registrar => one(&definition.registrar),
            Field::Law => one(&definition.law),
            Field::Exemption => one(&definition.exemption),
            Field::Restricted => vec![Value::Flag(definition.restricted)],
            Field::Jurisdiction => {
                definition.places().iter().map(|place| words(&place.to_string())).collect()
            }
            Field::Protocol => definition.protocols.iter().map(|protocol| words(&protocol.name)).collect(),
            Field::Rule => distinct(definition.rules().map(rule_name)),
            Field::Way => distinct(definition.rules().flat_map(|rule| match rule.innermost() {
                Rule::Ways(ways) => ways.iter().map(|way| way_name(way.path)).collect(),
                _ => vec![],
            })),
            Field::Term(name, _) => {
                let of = definition.terms.iter().filter(|(term, _)| term == name);
                of.flat_map(|(_, values)| values.clone()).collect()
            }
        }
    }

    /// Whether a value of this field is the one that is wanted. A country is also where one of its parts is named, and a
    /// protocol's name is any of its versions.
    pub(super) fn is(self, value: &Value, wanted: &Value) -> bool {
        match (self, value, wanted) {
            (Field::Jurisdiction, Value::Words(place), Value::Words(wanted)) => {
                place == wanted || place.split_once('-').is_some_and(|(country, _)| country == wanted)
            }
            (Field::Protocol, Value::Words(name), Value::Words(wanted)) => {
                name == wanted || name.split_once('@').is_some_and(|(name, _)| name == wanted)
            }
            (_, Value::Words(words), Value::Words(wanted)) => words.to_lowercase() == wanted.to_lowercase(),
            (_, Value::Flag(flag), Value::Flag(wanted)) => flag == wanted,
            _ => super::order(value, wanted) == Some(Ordering::Equal),
        }
    }

    /// The words that a field of words can have, where they are few.
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Field::Rule => Some(&RULES),
            Field::Way => Some(&WAYS),
            _ => None,
        }
    }
}

fn distinct(names: impl Iterator<Item = &'static str>) -> Vec<Value> {
    names.collect::<BTreeSet<_>>().into_iter().map(|name| Value::Words(name.to_owned())).collect()
}
