//! A second reading of the schema: interprets only the XML, shares nothing with the codec, and prints a message field by
//! field.

use roxmltree::{Document, Node};
use std::sync::LazyLock;

pub const XML: &str = include_str!("../../../schema/tallystick.xml");

pub fn children<'a>(node: Node<'a, 'a>, tag: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(move |child| child.tag_name().name() == tag)
}

pub fn number<T: std::str::FromStr>(node: Node<'_, '_>, attribute: &str) -> Option<T> {
    let text = node.attribute(attribute)?;
    Some(text.parse().unwrap_or_else(|_| panic!("{attribute}={text:?} is no number")))
}

/// The `type`, `enum` or `set` of this name.
pub fn type_named<'a>(document: &'a Document<'a>, name: &str) -> Node<'a, 'a> {
    document
        .root_element()
        .children()
        .filter(|node| node.tag_name().name() == "types")
        .flat_map(|types| types.children())
        .find(|node| node.is_element() && node.attribute("name") == Some(name))
        .unwrap_or_else(|| panic!("the schema has no type {name}"))
}

/// Primitive type and length in elements of a type, an enumeration or a set.
pub fn primitive<'a>(kind: Node<'a, 'a>) -> (&'a str, usize) {
    let primitive = kind.attribute("primitiveType").or(kind.attribute("encodingType"));
    (primitive.expect("every type has a primitive type"), number(kind, "length").unwrap_or(1))
}

pub fn size(primitive: &str) -> usize {
    match primitive {
        "char" | "uint8" => 1,
        "uint16" => 2,
        "uint32" => 4,
        "uint64" | "int64" => 8,
        other => panic!("the schema uses {other}, which this reader does not know"),
    }
}

pub fn message_with_id<'a>(document: &'a Document<'a>, id: u16) -> Node<'a, 'a> {
    children(document.root_element(), "message")
        .find(|message| number(*message, "id") == Some(id))
        .unwrap_or_else(|| panic!("the schema has no message {id}"))
}

fn unsigned(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a field may be null: its type says so, or, of an enumeration, the field itself.
pub fn is_optional(field: Node<'_, '_>, kind: Node<'_, '_>) -> bool {
    [field, kind].iter().any(|node| node.attribute("presence") == Some("optional"))
}

fn value(field: Node<'_, '_>, kind: Node<'_, '_>, bytes: &[u8]) -> String {
    let (primitive, length) = primitive(kind);
    let text = match primitive {
        "char" => String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned(),
        "int64" => (unsigned(bytes) as i64).to_string(),
        "uint8" if length > 1 => hex(bytes),
        _ => unsigned(bytes).to_string(),
    };
    match kind.tag_name().name() {
        "enum"
            if is_optional(field, kind) && unsigned(bytes) == if primitive == "char" { 0 } else { 255 } =>
        {
            "null".to_owned()
        }
        "enum" => children(kind, "validValue")
            .find(|valid| valid.text() == Some(&text))
            .and_then(|valid| valid.attribute("name"))
            .map_or_else(|| format!("?{text}"), str::to_owned),
        "set" => {
            let bits = unsigned(bytes);
            let bit = |choice: &Node<'_, '_>| choice.text().unwrap().parse::<u32>().unwrap();
            let set = children(kind, "choice").filter(|choice| bits >> bit(choice) & 1 == 1);
            format!("{{{}}}", set.filter_map(|choice| choice.attribute("name")).collect::<Vec<_>>().join(","))
        }
        _ if kind.attribute("nullValue") == Some(&text) => "null".to_owned(),
        _ if kind.attribute("presence") == Some("optional") && text.is_empty() => "null".to_owned(),
        _ => text,
    }
}

/// One line for each part of a framed message: offset in the frame, bytes, name and value.
pub fn read(framed: &[u8]) -> String {
    // Every message of every exchange is read by it: it is parsed once.
    static DOCUMENT: LazyLock<Document<'static>> =
        LazyLock::new(|| Document::parse(XML).expect("well-formed XML"));
    let document = &*DOCUMENT;
    let mut lines = Vec::new();
    let mut line = |at: usize, length: usize, name: &str, value: String| {
        lines.push(format!("{at:4}  {}  {name}={value}\n", hex(&framed[at..at + length])));
    };
    line(0, 2, "frameLength", unsigned(&framed[0..2]).to_string());
    line(2, 2, "encodingType", format!("{:#06x}", unsigned(&framed[2..4])));
    let header = type_named(document, "messageHeader");
    for part in children(header, "type") {
        let (at, length) = (4 + number::<usize>(part, "offset").unwrap(), size(primitive(part).0));
        line(at, length, part.attribute("name").unwrap(), unsigned(&framed[at..at + length]).to_string());
    }
    let message = message_with_id(document, unsigned(&framed[6..8]) as u16);
    for field in children(message, "field") {
        let kind = type_named(document, field.attribute("type").unwrap());
        let (primitive, count) = primitive(kind);
        let (at, length) = (12 + number::<usize>(field, "offset").unwrap(), size(primitive) * count);
        line(at, length, field.attribute("name").unwrap(), value(field, kind, &framed[at..at + length]));
    }
    let mut at = 12 + number::<usize>(message, "blockLength").unwrap();
    for group in children(message, "group") {
        let name = group.attribute("name").unwrap();
        let word = |at: usize| unsigned(&framed[at..at + 2]) as usize;
        let (length, count) = (word(at), word(at + 2));
        assert_eq!(number(group, "blockLength"), Some(length));
        line(at, 2, &format!("{name}.blockLength"), length.to_string());
        line(at + 2, 2, name, count.to_string());
        at += 4;
        for entry in 1..=count {
            for field in children(group, "field") {
                let kind = type_named(document, field.attribute("type").unwrap());
                let (primitive, count) = primitive(kind);
                let (at, length) = (at + number::<usize>(field, "offset").unwrap(), size(primitive) * count);
                let shown = value(field, kind, &framed[at..at + length]);
                line(at, length, &format!("{name}.{entry}.{}", field.attribute("name").unwrap()), shown);
            }
            at += length;
        }
    }
    for data in children(message, "data") {
        let length = unsigned(&framed[at..at + 2]) as usize;
        let text = String::from_utf8_lossy(&framed[at + 2..at + 2 + length]).into_owned();
        line(at, 2 + length, data.attribute("name").unwrap(), text);
        at += 2 + length;
    }
    assert_eq!(at, framed.len(), "the schema accounts for every byte");
    lines.concat()
}
