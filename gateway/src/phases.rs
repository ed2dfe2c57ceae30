//! The phases of a day in the shell's words.

use tallystick_engine::phase::Phase;

/// What a phase is called where words have no spaces: in commands, files and JSON.
pub fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Closed => "closed",
        Phase::PreOpen => "pre-open",
        Phase::OpeningAuction => "opening-auction",
        Phase::Continuous => "continuous",
        Phase::Halted => "halted",
        Phase::ReopeningAuction => "reopening-auction",
        Phase::ClosingAuction => "closing-auction",
        Phase::PostClose => "post-close",
    }
}

/// The phase of that name. `auction` is the opening auction, which was the only one once.
pub fn named(name: &str) -> Result<Phase, String> {
    let called = if name == "auction" { word(Phase::OpeningAuction) } else { name };
    Phase::ALL
        .into_iter()
        .find(|&phase| word(phase) == called)
        .ok_or_else(|| format!("\"{name}\" is no phase; expected one of {}", Phase::ALL.map(word).join(", ")))
}

/// Reads a phase from JSON, by [`named`].
pub fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Phase, D::Error> {
    let name = <String as serde::Deserialize>::deserialize(from)?;
    named(&name).map_err(serde::de::Error::custom)
}

/// Reads a phase that may be absent.
pub fn deserialize_optional<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Phase>, D::Error> {
    let name = <Option<String> as serde::Deserialize>::deserialize(from)?;
    name.map(|name| named(&name)).transpose().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_has_the_word_that_json_has_for_it() {
        for phase in Phase::ALL {
            assert_eq!(serde_json::to_value(phase).unwrap(), word(phase));
            assert_eq!(named(word(phase)), Ok(phase));
        }
    }

    #[test]
    fn auction_is_the_opening_auction() {
        assert_eq!(named("auction"), Ok(Phase::OpeningAuction));
    }

    #[test]
    fn what_is_no_phase_is_refused_with_all_that_are() {
        let refused = named("opening auction").unwrap_err();
        assert!(refused.ends_with("reopening-auction, closing-auction, post-close"), "{refused}");
    }
}
