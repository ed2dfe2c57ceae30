//! The protocols that come with the language: one file a field of law, in `protocols/`.

use crate::ProtocolText;
use crate::parse::Source;
use crate::parse::protocol::{Definition, Definitions};
use crate::parse::rule::protocols;
use crate::parse::{Parser, file};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The files, each with its name.
pub const FILES: [(&str, &str); 3] = [
    ("us.tally", include_str!("../protocols/us.tally")),
    ("eu.tally", include_str!("../protocols/eu.tally")),
    ("contract.tally", include_str!("../protocols/contract.tally")),
];

static SOURCES: LazyLock<[Source; 3]> = LazyLock::new(|| FILES.map(|(_, text)| Source::new(text, true)));

static DEFINITIONS: LazyLock<BTreeMap<String, Definition<'static>>> = LazyLock::new(|| {
    let mut all = BTreeMap::new();
    for source in SOURCES.iter() {
        for definition in file::definitions(source) {
            let before = all.insert(definition.name.clone(), definition);
            assert!(before.is_none(), "a standard protocol is defined twice");
        }
    }
    all
});

pub(crate) fn definitions() -> &'static BTreeMap<String, Definition<'static>> {
    &DEFINITIONS
}

/// Every standard protocol, by name.
pub fn all() -> Vec<ProtocolText> {
    let known = Definitions { standard: Some(definitions()), ..Definitions::default() };
    let text = |definition: &Definition<'static>| {
        let mut reader = Parser::new(definition.source, definition.body, &known);
        let groups = reader.check_definition(definition);
        assert!(reader.faults.is_empty(), "{}: {:?}", definition.name, reader.faults);
        ProtocolText::of(definition, protocols(&groups))
    };
    definitions().values().map(text).collect()
}

impl ProtocolText {
    pub(crate) fn of(definition: &Definition, rules: Vec<tallystick_rules::Protocol>) -> ProtocolText {
        ProtocolText {
            name: definition.name.clone(),
            cites: definition.cites.clone(),
            parameters: definition.parameters.clone(),
            rules,
        }
    }
}
