//! The two shapes of message, and of an entry in a repeating group, declared field by field: offset, tag, name and type in the schema, name and type here;
//! `since` the version of the schema that has it first, if that is not the first of all.
//!
//! Offsets are written out, not summed up, so that a reader can hold them beside the schema; a test does.

/// A message of the session layer: fields only.
macro_rules! session_message {
    (
        $(#[$doc:meta])* $name:ident = $id:literal $(since $since:literal)?, block $block:literal {
            $($(#[$fdoc:meta])* $offset:literal, $tag:literal, $sname:literal, $stype:literal => $field:ident: $ty:ty;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name { $($(#[$fdoc])* pub $field: $ty,)+ }

        impl $crate::schema::Layout for $name {
            const LAYOUT: $crate::schema::MessageLayout = $crate::schema::MessageLayout {
                name: stringify!($name),
                template_id: $id,
                since: $crate::layout::since!($($since)?),
                version: $crate::layout::since!($($since)?),
                block_length: $block,
                fields: &[$($crate::layout::field_layout!($offset, $tag, $sname, $stype, $ty)),+],
                groups: &[],
                has_text: false,
            };
        }

        impl $name {
            pub(crate) fn put_block(&self, block: &mut [u8; $block]) {
                $($crate::field::Field::put(
                    &self.$field, &mut block[$offset..$offset + <$ty as $crate::field::Field>::LENGTH]);)+
            }

            pub(crate) fn put_data(&self, _out: &mut Vec<u8>) {}

            pub(crate) fn get(parts: &$crate::message::Parts<'_>) -> Result<Self, $crate::fault::DecodeError> {
                let block: &[u8; $block] = parts.block();
                parts.no_text(parts.rest())?;
                $(let $field = <$ty as $crate::field::Field>::get(
                    &block[$offset..$offset + <$ty as $crate::field::Field>::LENGTH])
                    .map_err(|fault| parts.session_fault($tag, fault))?;)+
                Ok(Self { $($field,)+ })
            }
        }
    };
}

/// An entry of a repeating group.
macro_rules! group_entry {
    (
        $(#[$doc:meta])* $name:ident, block $block:literal {
            $($(#[$fdoc:meta])* $offset:literal, $tag:literal, $sname:literal, $stype:literal => $field:ident: $ty:ty;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name { $($(#[$fdoc])* pub $field: $ty,)+ }

        impl $crate::group::Entry for $name {
            const FIELDS: &'static [$crate::schema::FieldLayout] =
                &[$($crate::layout::field_layout!($offset, $tag, $sname, $stype, $ty)),+];
            const LENGTH: usize = $block;

            fn put(&self, block: &mut [u8]) {
                $($crate::field::Field::put(
                    &self.$field, &mut block[$offset..$offset + <$ty as $crate::field::Field>::LENGTH]);)+
            }

            fn get(block: &[u8]) -> Result<Self, (u16, $crate::fault::FieldFault)> {
                $(let $field = <$ty as $crate::field::Field>::get(
                    &block[$offset..$offset + <$ty as $crate::field::Field>::LENGTH])
                    .map_err(|fault| ($tag, fault))?;)+
                Ok(Self { $($field,)+ })
            }
        }
    };
}

/// An application message: the business header, then fields, then perhaps repeating groups, then perhaps text.
macro_rules! application_message {
    (
        $(#[$doc:meta])* $name:ident = $id:literal $(since $since:literal)?, block $block:literal,
        clordid $clordid:expr, {
            $($(#[$fdoc:meta])*
            $offset:literal, $tag:literal, $sname:literal, $stype:literal $(since $fsince:literal)?
                => $field:ident: $ty:ty;)+
        } $(, groups { $($(#[$gdoc:meta])* $gtag:literal, $gname:literal, $most:literal => $group:ident: $entry:ty;)+ })?
        $($(#[$tdoc:meta])* $text:ident: Text)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            /// Session, number, time and flags.
            pub header: $crate::header::BusinessHeader,
            $($(#[$fdoc])* pub $field: $ty,)+
            $($($(#[$gdoc])* pub $group: Vec<$entry>,)+)?
            $($(#[$tdoc])* pub $text: $crate::types::Text,)?
        }

        impl $crate::schema::Layout for $name {
            const LAYOUT: $crate::schema::MessageLayout = $crate::schema::MessageLayout {
                name: stringify!($name),
                template_id: $id,
                since: $crate::layout::since!($($since)?),
                version: $crate::schema::last_change($crate::layout::since!($($since)?), Self::FIELDS),
                block_length: $block,
                fields: Self::FIELDS,
                groups: &[$($($crate::schema::GroupLayout {
                    name: $gname,
                    tag: $gtag,
                    most: $most,
                    entry_length: <$entry as $crate::group::Entry>::LENGTH as u16,
                    fields: <$entry as $crate::group::Entry>::FIELDS,
                },)+)?],
                has_text: $crate::layout::has_text!($($text)?),
            };
        }

        impl $name {
            const FIELDS: &'static [$crate::schema::FieldLayout] = &[
                    $crate::header::BusinessHeader::FIELDS[0],
                    $crate::header::BusinessHeader::FIELDS[1],
                    $crate::header::BusinessHeader::FIELDS[2],
                    $crate::header::BusinessHeader::FIELDS[3],
                    $($crate::layout::field_layout!($offset, $tag, $sname, $stype, $ty $(, $fsince)?)),+
            ];

            pub(crate) fn put_block(&self, block: &mut [u8; $block]) {
                self.header.put(block);
                $($crate::field::Field::put(
                    &self.$field, &mut block[$offset..$offset + <$ty as $crate::field::Field>::LENGTH]);)+
            }

            pub(crate) fn put_data(&self, _out: &mut Vec<u8>) {
                $($($crate::group::put(&self.$group, $gname, $most, _out);)+)?
                $($crate::message::put_text(&self.$text, _out);)?
            }

            pub(crate) fn get(parts: &$crate::message::Parts<'_>) -> Result<Self, $crate::fault::DecodeError> {
                let mut longer = [0; $block];
                let block: &[u8; $block] = match parts.whole_block() {
                    Some(block) => block,
                    None => {
                        parts.copy_block(&mut longer);
                        $($crate::layout::put_absent!(parts, longer, $offset, $ty $(, $fsince)?);)+
                        &longer
                    }
                };
                // Layout first, then the number, then the fields: only a message that is framed and numbered
                // can be rejected on its own.
                let mut _rest = parts.rest();
                $($(let $group = parts.group(&mut _rest, <$entry as $crate::group::Entry>::LENGTH)?;)+)?
                let _text = $crate::layout::text_of!(parts _rest $($text)?);
                let identity = $crate::header::BusinessHeader::get_identity(block)
                    .map_err(|(tag, fault)| parts.session_fault(tag, fault))?;
                let wrong = |tag, fault| parts.business_fault(identity, $clordid, tag, fault);
                let header = $crate::header::BusinessHeader::get(block, identity)
                    .map_err(|(tag, fault)| wrong(tag, fault))?;
                $(let $field = <$ty as $crate::field::Field>::get(
                    &block[$offset..$offset + <$ty as $crate::field::Field>::LENGTH])
                    .map_err(|fault| wrong($tag, fault))?;)+
                $($(let $group = $group.get($gtag, $most).map_err(|(tag, fault)| wrong(tag, fault))?;)+)?
                $(let $text = $crate::message::get_text(_text).map_err(|fault| wrong(58, fault))?;)?
                Ok(Self { header, $($field,)+ $($($group,)+)? $($text,)? })
            }
        }
    };
}

macro_rules! field_layout {
    ($offset:literal, $tag:literal, $sname:literal, $stype:literal, $ty:ty $(, $since:literal)?) => {
        $crate::schema::FieldLayout {
            name: $sname,
            tag: $tag,
            offset: $offset,
            length: <$ty as $crate::field::Field>::LENGTH as u16,
            schema_type: $stype,
            primitive: <$ty as $crate::field::Field>::PRIMITIVE,
            required: <$ty as $crate::field::Field>::REQUIRED,
            since: $crate::layout::since!($($since)?),
        }
    };
}

macro_rules! since {
    () => {
        1
    };
    ($since:literal) => {
        $since
    };
}

/// What a field reads as in a frame of a version that did not have it.
macro_rules! put_absent {
    ($parts:ident, $block:ident, $offset:literal, $ty:ty) => {};
    ($parts:ident, $block:ident, $offset:literal, $ty:ty, $since:literal) => {
        if $parts.version() < $since {
            const ABSENT: $ty =
                <$ty as $crate::field::Field>::ABSENT.expect("a field that came later may be absent");
            $crate::field::Field::put(
                &ABSENT,
                &mut $block[$offset..$offset + <$ty as $crate::field::Field>::LENGTH],
            );
        }
    };
}

macro_rules! has_text {
    () => {
        false
    };
    ($text:ident) => {
        true
    };
}

macro_rules! text_of {
    ($parts:ident $rest:ident) => {
        $parts.no_text($rest)?
    };
    ($parts:ident $rest:ident $text:ident) => {
        $parts.text($rest)?
    };
}

pub(crate) use {
    application_message, field_layout, group_entry, has_text, put_absent, session_message, since, text_of,
};
