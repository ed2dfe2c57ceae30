//! What `schema/tallystick.xml` says, as constants: ids, versions and the layout of each message.

/// SBE schema id of Tallystick's messages (SBE 1.0 §4, message header field `schemaId`).
pub const SCHEMA_ID: u16 = 21_587;

/// Version of the schema that this crate knows. A frame of a newer version is read as far as it is known; one of an
/// older version lacks what came later, which is null then.
///
/// A frame carries the version in which its message's layout last changed, so that the bytes of a message that has not
/// changed don't either.
pub const SCHEMA_VERSION: u16 = 4;

/// Bytes of the SBE message header: blockLength, templateId, schemaId, version, each u16 little-endian.
pub const MESSAGE_HEADER_LENGTH: usize = 8;

/// Where one field of a message lies in its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldLayout {
    /// FIX or FIXP name, lower camel case as in the schema.
    pub name: &'static str,
    /// FIX tag number; from 20,000 up, which FIX leaves to bilateral use, for what FIX has no tag for.
    pub tag: u16,
    /// Bytes from the start of the block.
    pub offset: u16,
    /// Bytes.
    pub length: u16,
    /// Name of the type in the schema.
    pub schema_type: &'static str,
    /// SBE primitive type of each element.
    pub primitive: &'static str,
    /// False if the type's null value is allowed.
    pub required: bool,
    /// The version of the schema that has it first; a frame of an older one ends before it.
    pub since: u16,
}

/// Layout of one repeating group: u16 length of an entry, u16 number of entries, then the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupLayout {
    /// FIX name of the field that counts it, lower camel case as in the schema.
    pub name: &'static str,
    /// Its tag.
    pub tag: u16,
    /// The most entries.
    pub most: u16,
    /// Bytes of one entry.
    pub entry_length: u16,
    /// Fields of an entry in the order of their offsets.
    pub fields: &'static [FieldLayout],
}

/// Layout of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageLayout {
    /// Name in the schema.
    pub name: &'static str,
    /// SBE templateId.
    pub template_id: u16,
    /// The version of the schema that has it first.
    pub since: u16,
    /// The version in which its layout last changed, which its frames carry.
    pub version: u16,
    /// Bytes of the fixed part.
    pub block_length: u16,
    /// Fields in the order of their offsets.
    pub fields: &'static [FieldLayout],
    /// Repeating groups, which follow the block.
    pub groups: &'static [GroupLayout],
    /// Whether `text` (FIX 58) comes last: u16 length, then that many ASCII bytes.
    pub has_text: bool,
}

impl MessageLayout {
    /// Bytes of the fixed part in a frame of this version, which may be an older one.
    pub const fn block_length_in(&self, version: u16) -> u16 {
        let (mut index, mut end) = (0, 0);
        while index < self.fields.len() && self.fields[index].since <= version {
            end = self.fields[index].offset + self.fields[index].length;
            index += 1;
        }
        end
    }
}

/// The version in which the layout of a message with these fields last changed.
pub(crate) const fn last_change(since: u16, fields: &[FieldLayout]) -> u16 {
    let (mut index, mut version) = (0, since);
    while index < fields.len() {
        if fields[index].since > version {
            version = fields[index].since;
        }
        index += 1;
    }
    version
}

/// A message whose layout is known at compile time.
pub trait Layout {
    /// Where its parts are.
    const LAYOUT: MessageLayout;
}
