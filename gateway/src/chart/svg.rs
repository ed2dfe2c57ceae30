//! Writing SVG: elements, attributes, text; coordinates with one decimal.

use std::fmt::{self, Display, Write};

/// A document that grows.
#[derive(Debug, Default)]
pub struct Svg {
    text: String,
    open: Vec<&'static str>,
}

/// Attributes of an element, in order.
pub type Attributes<'a> = &'a [(&'a str, &'a dyn Display)];

impl Svg {
    /// Begins an element that has others in it.
    pub fn open(&mut self, name: &'static str, attributes: Attributes) {
        self.start(name, attributes);
        self.text.push_str(">\n");
        self.open.push(name);
    }

    /// Ends the element that was begun last.
    pub fn close(&mut self) {
        let name = self.open.pop().expect("as many ends as beginnings");
        put(&mut self.text, format_args!("</{name}>\n"));
    }

    /// An element without content.
    pub fn leaf(&mut self, name: &str, attributes: Attributes) {
        self.start(name, attributes);
        self.text.push_str("/>\n");
    }

    /// An element with nothing but text in it.
    pub fn words(&mut self, name: &str, attributes: Attributes, words: &str) {
        self.start(name, attributes);
        put(&mut self.text, format_args!(">{}</{name}>\n", Escaped(words)));
    }

    /// The document, once every element is closed.
    pub fn finish(self) -> String {
        assert!(self.open.is_empty(), "elements left open: {:?}", self.open);
        self.text
    }

    fn start(&mut self, name: &str, attributes: Attributes) {
        put(&mut self.text, format_args!("<{name}"));
        for (key, value) in attributes {
            put(&mut self.text, format_args!(" {key}=\"{}\"", Escaped(&value.to_string())));
        }
    }
}

/// A coordinate: at most one decimal.
#[derive(Clone, Copy, Debug)]
pub struct N(pub f64);

impl Display for N {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(self.0.is_finite(), "a coordinate that is no number");
        let tenths = (self.0 * 10.0).round() as i64;
        match tenths % 10 {
            0 => write!(f, "{}", tenths / 10),
            _ => write!(f, "{}", tenths as f64 / 10.0),
        }
    }
}

/// A path in the making: moves and straight lines.
#[derive(Debug, Default)]
pub struct Path(String);

impl Path {
    /// Begins a line.
    pub fn to(&mut self, x: f64, y: f64) -> &mut Path {
        put(&mut self.0, format_args!("M{} {}", N(x), N(y)));
        self
    }

    /// Draws to a point.
    pub fn line(&mut self, x: f64, y: f64) -> &mut Path {
        put(&mut self.0, format_args!("L{} {}", N(x), N(y)));
        self
    }

    /// Draws sideways, to `x`.
    pub fn across(&mut self, x: f64) -> &mut Path {
        put(&mut self.0, format_args!("H{}", N(x)));
        self
    }

    /// Draws up or down, to `y`.
    pub fn along(&mut self, y: f64) -> &mut Path {
        put(&mut self.0, format_args!("V{}", N(y)));
        self
    }

    /// Draws back to where the line began.
    pub fn close(&mut self) -> &mut Path {
        self.0.push('Z');
        self
    }

    /// Whether nothing was drawn.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text as XML has it. What XML can't have at all becomes a replacement character.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            c if c.is_control() => f.write_char(char::REPLACEMENT_CHARACTER),
            c => f.write_char(c),
        })
    }
}

fn put(text: &mut String, what: fmt::Arguments) {
    text.write_fmt(what).expect("writing to memory does not fail");
}
