//! The codec's constants are those of `schema/tallystick.xml`, in both directions.

use crate::common::schema_reader::{
    XML, children, is_optional, message_with_id, number, primitive, size, type_named,
};
use roxmltree::{Document, Node};
use tallystick_wire::schema::{FieldLayout, GroupLayout, MESSAGE_HEADER_LENGTH, SCHEMA_ID, SCHEMA_VERSION};
use tallystick_wire::*;

#[test]
fn the_schema_is_sbe_little_endian_with_a_header_of_four_u16() {
    let document = Document::parse(XML).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().namespace(), Some("http://fixprotocol.io/2016/sbe"));
    assert_eq!(number(root, "id"), Some(SCHEMA_ID));
    assert_eq!(number(root, "version"), Some(SCHEMA_VERSION));
    assert_eq!(root.attribute("byteOrder"), Some("littleEndian"));
    let header = type_named(&document, "messageHeader");
    let parts: Vec<_> = children(header, "type")
        .map(|part| {
            (part.attribute("name").unwrap(), primitive(part), number::<usize>(part, "offset").unwrap())
        })
        .collect();
    let expected = ["blockLength", "templateId", "schemaId", "version"];
    let expected: Vec<_> =
        expected.iter().enumerate().map(|(at, name)| (*name, ("uint16", 1), 2 * at)).collect();
    assert_eq!(parts, expected);
    assert_eq!(MESSAGE_HEADER_LENGTH, 8);
}

#[test]
fn every_message_of_the_schema_is_in_the_codec_and_the_other_way_round() {
    let document = Document::parse(XML).unwrap();
    let of_schema: Vec<_> = children(document.root_element(), "message")
        .map(|message| (number::<u16>(message, "id").unwrap(), message.attribute("name").unwrap()))
        .collect();
    let of_codec: Vec<_> = Message::LAYOUTS.iter().map(|layout| (layout.template_id, layout.name)).collect();
    assert_eq!(of_schema, of_codec);
}

#[test]
fn every_field_has_the_name_tag_offset_length_type_and_presence_of_the_schema() {
    // Leaked, so that its strings compare with the codec's.
    let document: &'static Document<'_> = Box::leak(Box::new(Document::parse(XML).unwrap()));
    for layout in Message::LAYOUTS {
        let message = message_with_id(document, layout.template_id);
        assert_eq!(number(message, "blockLength"), Some(layout.block_length), "{}", layout.name);
        assert_eq!(number(message, "sinceVersion").unwrap_or(1), layout.since, "{}", layout.name);
        let of_schema: Vec<_> =
            children(message, "field").map(|field| field_layout(document, field)).collect();
        assert_eq!(of_schema, layout.fields, "{}", layout.name);
        let groups: Vec<_> = children(message, "group").collect();
        assert_eq!(groups.len(), layout.groups.len(), "{}", layout.name);
        for (group, of_codec) in groups.into_iter().zip(layout.groups) {
            let GroupLayout { name, tag, most, entry_length, fields } = *of_codec;
            assert_eq!(group.attribute("name"), Some(name), "{}", layout.name);
            assert_eq!(number(group, "id"), Some(tag), "{name}");
            assert_eq!(number(group, "blockLength"), Some(entry_length), "{name}");
            assert_eq!(group.attribute("dimensionType"), Some("groupSizeEncoding"), "{name}");
            let description = group.attribute("description").unwrap();
            assert!(description.starts_with(&format!("At most {most}: ")), "{name}");
            let of_schema: Vec<_> =
                children(group, "field").map(|field| field_layout(document, field)).collect();
            assert_eq!(of_schema, fields, "{name}");
        }
        let data: Vec<_> = children(message, "data")
            .map(|data| (data.attribute("name"), data.attribute("id"), data.attribute("type")))
            .collect();
        let text = (Some("text"), Some("58"), Some("text"));
        assert_eq!(data, if layout.has_text { vec![text] } else { vec![] }, "{}", layout.name);
    }
}

fn field_layout(document: &'static Document<'_>, field: Node<'static, 'static>) -> FieldLayout {
    let schema_type = field.attribute("type").unwrap();
    let kind = type_named(document, schema_type);
    let (primitive, count) = primitive(kind);
    FieldLayout {
        name: field.attribute("name").unwrap(),
        tag: number(field, "id").unwrap(),
        offset: number(field, "offset").unwrap(),
        length: (size(primitive) * count) as u16,
        schema_type,
        primitive,
        required: !is_optional(field, kind),
        since: number(field, "sinceVersion").unwrap_or(1),
    }
}

#[test]
fn the_fields_of_a_message_and_of_an_entry_are_packed_and_fill_its_block() {
    let packed = |name: &str, fields: &[FieldLayout], length: u16| {
        let mut end = 0;
        for field in fields {
            assert_eq!(field.offset, end, "{name}.{}", field.name);
            end += field.length;
        }
        assert_eq!(end, length, "{name}");
    };
    for layout in Message::LAYOUTS {
        packed(layout.name, layout.fields, layout.block_length);
        layout.groups.iter().for_each(|group| packed(group.name, group.fields, group.entry_length));
    }
}

#[test]
fn every_enumeration_has_the_names_and_values_of_the_schema() {
    let document = Document::parse(XML).unwrap();
    let enumerations: [(&str, &[(&str, u8)]); 25] = [
        ("Boolean", &[("Yes", b'Y'), ("No", b'N')]),
        ("Side", Side::VALUES),
        ("OrdType", OrdType::VALUES),
        ("TimeInForce", TimeInForce::VALUES),
        ("CxlRejResponseTo", CxlRejResponseTo::VALUES),
        ("PegPriceType", PegPriceType::VALUES),
        ("MinQtyMethod", MinQtyMethod::VALUES),
        ("SelfMatchPreventionInstruction", SelfMatchPreventionInstruction::VALUES),
        ("SelfMatchPreventionScope", SelfMatchPreventionScope::VALUES),
        ("SubscriptionRequestType", SubscriptionRequestType::VALUES),
        ("TradingPhase", TradingPhase::VALUES),
        ("BandHit", BandHit::VALUES),
        ("ProtectionReached", ProtectionReached::VALUES),
        ("ListUpdateAction", ListUpdateAction::VALUES),
        ("CrossType", CrossType::VALUES),
        ("CrossPrioritization", CrossPrioritization::VALUES),
        ("RiskLimitScope", RiskLimitScope::VALUES),
        ("RiskLimitType", RiskLimitType::VALUES),
        ("PartyActionType", PartyActionType::VALUES),
        ("PartyActionResponse", PartyActionResponse::VALUES),
        ("BlockedBy", BlockedBy::VALUES),
        ("NegotiateRejectCode", NegotiateRejectCode::VALUES),
        ("EstablishRejectCode", EstablishRejectCode::VALUES),
        ("RetransmitRejectCode", RetransmitRejectCode::VALUES),
        ("TerminationCode", TerminationCode::VALUES),
    ];
    for (name, of_codec) in enumerations {
        let kind = type_named(&document, name);
        let of_schema: Vec<_> = children(kind, "validValue")
            .map(|valid| {
                let text = valid.text().unwrap();
                let value =
                    if primitive(kind).0 == "char" { text.as_bytes()[0] } else { text.parse().unwrap() };
                (valid.attribute("name").unwrap(), value)
            })
            .collect();
        assert_eq!(of_schema, of_codec, "{name}");
    }
    let of_schema = XML.matches("<enum ").count();
    assert_eq!(of_schema, enumerations.len(), "every enumeration is compared");
}

#[test]
fn the_only_flag_is_bit_0_and_text_has_at_most_200_bytes() {
    let document = Document::parse(XML).unwrap();
    let choices: Vec<_> =
        children(type_named(&document, "MsgFlags"), "choice").map(|choice| choice.text()).collect();
    assert_eq!(choices, [Some("0")]);
    let length = children(type_named(&document, "text"), "type").next().unwrap();
    assert_eq!(number(length, "maxValue"), Some(Text::MAX_LENGTH));
    assert_eq!(type_named(&document, "PriceOptional").attribute("nullValue"), Some(&*i64::MIN.to_string()));
}

#[test]
fn the_set_of_execution_instructions_has_the_names_and_bits_of_the_schema() {
    let document = Document::parse(XML).unwrap();
    let of_schema: Vec<_> = children(type_named(&document, "ExecInst"), "choice")
        .map(|choice| (choice.attribute("name").unwrap(), choice.text().unwrap().parse::<u8>().unwrap()))
        .collect();
    assert_eq!(of_schema, ExecInst::CHOICES);
    for bits in 0..=u8::MAX {
        let known = bits >> of_schema.len() == 0;
        assert_eq!(ExecInst::from_bits(bits).map(ExecInst::bits), known.then_some(bits));
    }
    assert_eq!(XML.matches("<set ").count(), 2, "this one and the flags");
}

#[test]
fn what_a_version_adds_stands_at_the_end_of_a_block_and_may_be_absent() {
    for layout in Message::LAYOUTS {
        let fields = layout.fields;
        let name = layout.name;
        assert!(fields.is_sorted_by_key(|field| field.since), "{name}");
        let latest = fields.iter().map(|field| field.since).max().unwrap_or(1).max(layout.since);
        assert_eq!(layout.version, latest, "{name}");
        assert!(latest <= SCHEMA_VERSION, "{name}");
        assert_eq!(layout.block_length_in(SCHEMA_VERSION), layout.block_length, "{name}");
        for field in fields.iter().filter(|field| field.since > layout.since) {
            // A set says that nothing is set.
            assert!(!field.required || field.schema_type == "ExecInst", "{name}.{}", field.name);
        }
    }
}

#[test]
fn no_template_id_and_no_tag_stands_for_two_things() {
    let mut names = std::collections::BTreeMap::new();
    let groups = || Message::LAYOUTS.iter().flat_map(|layout| layout.groups);
    let fields = Message::LAYOUTS.iter().flat_map(|layout| layout.fields);
    for group in groups() {
        assert_eq!(*names.entry(group.tag).or_insert(group.name), group.name, "tag {}", group.tag);
    }
    for field in fields.chain(groups().flat_map(|group| group.fields)) {
        // A reject code is one idea with an enumeration for each message.
        let name = if field.tag == 20_008 { "code" } else { field.name };
        assert_eq!(*names.entry(field.tag).or_insert(name), name, "tag {}", field.tag);
    }
    let mut ids: Vec<_> = Message::LAYOUTS.iter().map(|layout| layout.template_id).collect();
    ids.dedup();
    assert_eq!(ids.len(), Message::LAYOUTS.len());
}
