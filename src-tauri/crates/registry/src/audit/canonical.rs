//! The byte format that a record's hash covers, format 1.
//!
//! ```text
//! hash     = SHA-256( "cartorio audit record" 0x0A seq format fields previous )
//! seq      = I64                    number of the record
//! format   = I64                    1
//! fields   = the columns below, in this order
//! previous = TEXT                   hash of the record before, lower-case hexadecimal; 64 zeros before the first
//!
//! I64      = 0x02, 8 bytes, two's complement, big endian
//! TEXT     = 0x01, length in bytes (8 bytes, big endian), UTF-8
//! absent   = 0x00
//! ```
//! Columns: `at act phase outcome error_code correlation operator_id operator_name operator_role environment document_name
//! document_sha256 document_size key_ref key_id certificate_sha256 algorithm request_id attempts detail`. They are hashed as they
//! are stored: `at` is RFC 3339 in UTC with six decimals, `detail` a JSON object with sorted keys and no white space.
//!
//! Every field carries its kind and its length, so no two different records have the same bytes.

use cartorio_core::{HashAlgorithm, Hasher};

/// What this version writes.
pub(crate) const FORMAT: i64 = 1;

/// `previous` of the first record.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const DOMAIN: &[u8] = b"cartorio audit record\n";

/// One column of a record, as the hash sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Field<'a> {
    Absent,
    Text(&'a str),
    Int(i64),
}

impl<'a> Field<'a> {
    pub(crate) fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Absent, Self::Text)
    }

    pub(crate) fn int(value: Option<i64>) -> Self {
        value.map_or(Self::Absent, Self::Int)
    }
}

/// The hash of a record, lower-case hexadecimal.
pub(crate) fn hash<'a>(
    seq: i64,
    format: i64,
    fields: impl IntoIterator<Item = Field<'a>>,
    previous: &'a str,
) -> String {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    hasher.update(DOMAIN);
    let ends = [Field::Int(seq), Field::Int(format)];
    for field in ends.into_iter().chain(fields).chain([Field::Text(previous)]) {
        write(&mut hasher, field);
    }
    hasher.finish().to_hex()
}

fn write(hasher: &mut Hasher, field: Field<'_>) {
    match field {
        Field::Absent => hasher.update(&[0]),
        Field::Text(text) => {
            hasher.update(&[1]);
            hasher.update(&(text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        Field::Int(value) => {
            hasher.update(&[2]);
            hasher.update(&value.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    enum Owned {
        Absent,
        Text(String),
        Int(i64),
    }

    fn fields() -> impl Strategy<Value = Vec<Owned>> {
        let field = prop_oneof![
            Just(Owned::Absent),
            "[ab\\x00\\x01\\x02]{0,4}".prop_map(Owned::Text),
            (0_i64..3).prop_map(Owned::Int)
        ];
        proptest::collection::vec(field, 0..5)
    }

    fn view(fields: &[Owned]) -> impl Iterator<Item = Field<'_>> {
        fields.iter().map(|field| match field {
            Owned::Absent => Field::Absent,
            Owned::Text(text) => Field::Text(text),
            Owned::Int(value) => Field::Int(*value),
        })
    }

    proptest! {
        #[test]
        fn different_fields_hash_differently(a in fields(), b in fields()) {
            prop_assert_eq!(hash(1, 1, view(&a), GENESIS) == hash(1, 1, view(&b), GENESIS), a == b);
        }
    }

    #[test]
    fn the_format_never_changes() {
        // Computed apart from this code, with Python's hashlib over the bytes the module documentation describes.
        let fields = [Field::Text("2026-11-21T19:06:00.000000Z"), Field::Absent, Field::Int(-2), Field::Text("João")];
        assert_eq!(hash(7, FORMAT, fields, GENESIS), PINNED, "stored chains must verify for ever");
    }

    const PINNED: &str = "9efca0fd09f240bf19ec40389229c541e4453ba5985866151484b5218d75a495";
}
