//! Texts of securities, and a place for a catalog.

use std::path::PathBuf;
use tallystick_catalog::{Catalog, Definition};
use tempfile::TempDir;

/// The text of a security, as it is put together.
#[derive(Clone)]
pub struct Text {
    pub text: String,
}

/// Common shares that anyone may hold who is verified.
pub fn security(symbol: &str) -> Text {
    let text = format!(
        "security {symbol} {{\n  name \"Shares\"\n  kind common\n  exemption none unrestricted\n  issuer \"Somebody\"\n  \
         registrar \"Registrar\"\n  terms {{\n    votes 1\n  }}\n  transfers {{\n    require both verified\n  }}\n}}\n"
    );
    Text { text }
}

impl Text {
    /// Under this full name.
    pub fn named(self, name: &str) -> Text {
        self.replace("name \"Shares\"", &format!("name \"{name}\""))
    }

    /// With one more term.
    pub fn with(self, term: &str) -> Text {
        self.replace("votes 1\n", &format!("votes 1\n    {term}\n"))
    }

    /// With one more rule.
    pub fn under(self, rule: &str) -> Text {
        self.replace("require both verified\n", &format!("require both verified\n    {rule}\n"))
    }

    /// With another statement in place of one.
    pub fn replace(self, old: &str, new: &str) -> Text {
        assert!(self.text.contains(old), "{old}");
        Text { text: self.text.replace(old, new) }
    }

    pub fn definition(&self) -> Definition {
        Definition::read("test.tally", &self.text).unwrap_or_else(|error| panic!("{error}\n{}", self.text))
    }
}

/// A directory with a catalog.
pub struct Shelf(TempDir);

impl Shelf {
    pub fn new() -> Shelf {
        Shelf(tempfile::tempdir().unwrap())
    }

    /// With these in the catalog.
    pub fn with(texts: &[Text]) -> Shelf {
        let shelf = Shelf::new();
        let definitions: Vec<_> = texts.iter().map(Text::definition).collect();
        shelf.open().add(&definitions).unwrap();
        shelf
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("catalog.redb")
    }

    pub fn open(&self) -> Catalog {
        Catalog::open(&self.path()).unwrap()
    }
}
