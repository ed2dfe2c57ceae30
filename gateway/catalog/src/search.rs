//! Looking for words: all of them must occur, and where they occur decides who comes first.

use crate::definition::Definition;

/// The words that are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The most words that are looked for at once; more are left out.
    pub const MOST: usize = 16;

    /// The words of a text, in lower case.
    pub fn of(text: &str) -> Words {
        let mut words: Vec<String> = Vec::new();
        for word in split(text).map(str::to_lowercase) {
            if words.len() < Words::MOST && !words.contains(&word) {
                words.push(word);
            }
        }
        Words(words)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How well a definition fits: none where one of the words does not occur, else the more the better.
    pub fn weigh(&self, definition: &Definition) -> Option<u32> {
        let mut best = vec![0; self.0.len()];
        let mut look = |text: &str, weight: u32| {
            let text = text.to_lowercase();
            for (word, best) in self.0.iter().zip(&mut best) {
                if weight > *best {
                    *best = (*best).max(weight * closeness(&text, word) / WHOLE);
                }
            }
        };
        look(&definition.symbol, 100);
        look(&definition.name, 60);
        [&definition.kind, &definition.exemption, &definition.issuer]
            .into_iter()
            .for_each(|text| look(text, 40));
        for protocol in &definition.protocols {
            look(&protocol.name, 30);
            look(&protocol.cites, 30);
        }
        look(&definition.explained, 20);
        look(&definition.text, 10);
        best.iter().all(|&weight| weight > 0).then(|| best.iter().sum())
    }
}

/// What a word counts that occurs as it is. One that begins a word counts three fifths of it, one within a word two.
const WHOLE: u32 = 5;

/// How closely a word occurs in a text, both in lower case.
fn closeness(text: &str, word: &str) -> u32 {
    let mut closest = 0;
    for (at, _) in text.match_indices(word) {
        let begins = !text[..at].ends_with(char::is_alphanumeric);
        let ends = !text[at + word.len()..].starts_with(char::is_alphanumeric);
        closest = closest.max(match (begins, ends) {
            (true, true) => return WHOLE,
            (true, false) => 3,
            // Of short words everything is full.
            (false, _) if word.len() < 3 => 0,
            (false, _) => 2,
        });
    }
    closest
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}
