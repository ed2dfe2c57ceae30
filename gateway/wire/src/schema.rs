//! What `schema/tallystick.xml` says, as constants: ids, versions and the layout of each message.

/// SBE schema id of Tallystick's messages (SBE 1.0 §4, message header field `schemaId`).
pub const SCHEMA_ID: u16 = 21_587;

/// Version of the schema that this crate writes. A frame of a newer version is read as far as it is known.
pub const SCHEMA_VERSION: u16 = 1;

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
}

/// Layout of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageLayout {
    /// Name in the schema.
    pub name: &'static str,
    /// SBE templateId.
    pub template_id: u16,
    /// Bytes of the fixed part.
    pub block_length: u16,
    /// Fields in the order of their offsets.
    pub fields: &'static [FieldLayout],
    /// Whether `text` (FIX 58) follows the block: u16 length, then that many ASCII bytes.
    pub has_text: bool,
}

/// A message whose layout is known at compile time.
pub trait Layout {
    /// Where its parts are.
    const LAYOUT: MessageLayout;
}
