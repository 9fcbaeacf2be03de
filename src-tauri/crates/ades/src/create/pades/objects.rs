//! The objects of a signature revision.

use std::ops::Range;

use cartorio_pdf::{Dict, Field, ObjRef, PdfFile, encode_date, encode_text};

use super::PadesOptions;
use super::error::PadesError;

/// Room for `[0 a b c]` with three numbers of up to fifteen digits.
const BYTE_RANGE_WIDTH: usize = 52;

/// The sub-filter of PAdES signatures (EN 319 142-1 §5.1, §6.3).
const SUB_FILTER: &str = "ETSI.CAdES.detached";

/// Widget flags (table 167): Print, and Locked so that no viewer moves it.
const WIDGET_FLAGS: u32 = 4 | 128;

/// A signature dictionary with placeholders.
pub(super) struct SignatureBody {
    pub(super) bytes: Vec<u8>,
    /// The `/ByteRange` value, all blanks inside its brackets.
    pub(super) byte_range: Range<usize>,
    /// The `/Contents` value, `<` and `>` included.
    pub(super) contents: Range<usize>,
}

impl SignatureBody {
    pub(super) fn new(options: &PadesOptions, references: &[u8]) -> Self {
        let mut bytes =
            format!("<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/{SUB_FILTER}/ByteRange")
                .into_bytes();
        let byte_range = bytes.len()..bytes.len() + BYTE_RANGE_WIDTH;
        bytes.push(b'[');
        bytes.resize(byte_range.end - 1, b' ');
        bytes.extend_from_slice(b"]/Contents");
        let contents = bytes.len()..bytes.len() + 2 * options.contents_capacity + 2;
        bytes.push(b'<');
        bytes.resize(contents.end - 1, b'0');
        bytes.push(b'>');
        if let Some(time) = options.signing_time {
            bytes.extend_from_slice(b"/M");
            bytes.extend(encode_text(&encode_date(time)));
        }
        let texts = [
            ("/Name", &options.name),
            ("/Reason", &options.reason),
            ("/Location", &options.location),
            ("/ContactInfo", &options.contact),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                bytes.extend_from_slice(key.as_bytes());
                bytes.extend(encode_text(text));
            }
        }
        bytes.extend_from_slice(references);
        bytes.extend_from_slice(b">>");
        Self {
            bytes,
            byte_range,
            contents,
        }
    }
}

/// The value of a `/ByteRange` placeholder: the same width, blanks at the end; `None` when it does not fit.
pub(super) fn byte_range_value(range: [u64; 4]) -> Option<Vec<u8>> {
    let [a, b, c, d] = range;
    let mut out = format!("[{a} {b} {c} {d}").into_bytes();
    if out.len() >= BYTE_RANGE_WIDTH {
        return None;
    }
    out.resize(BYTE_RANGE_WIDTH - 1, b' ');
    out.push(b']');
    Some(out)
}

/// A signature field merged with a widget that has no area. It has an (empty) appearance, as PDF/A asks of widgets.
pub(super) fn invisible_widget(
    name: &str,
    signature: ObjRef,
    page: ObjRef,
    appearance: ObjRef,
) -> Vec<u8> {
    let mut out = b"<</Type/Annot/Subtype/Widget/FT/Sig/T".to_vec();
    out.extend(encode_text(name));
    let rest =
        format!("/F {WIDGET_FLAGS}/Rect[0 0 0 0]/P {page}/V {signature}/AP<</N {appearance}>>>>");
    out.extend_from_slice(rest.as_bytes());
    out
}

/// The `/Reference` entry that a signature in `field` has to have: a field lock takes effect by being repeated in the
/// signature (tables 236 and 256). Empty when the field locks nothing.
pub(super) fn lock_references(file: &PdfFile, field: &Field) -> Result<Vec<u8>, PadesError> {
    let Some(lock) = file.get_dict(&field.dict, "Lock")? else {
        return Ok(Vec::new());
    };
    let mut out = b"/Reference[".to_vec();
    // The lock's own bytes: its names keep their spelling.
    let mut params = b"<</Type/TransformParams/V/1.2".to_vec();
    for key in ["Action", "Fields"] {
        if let Some(value) = file.get(&lock, key)? {
            params.extend_from_slice(format!("/{key} ").as_bytes());
            params.extend_from_slice(value.bytes());
        }
    }
    params.extend_from_slice(b">>");
    push_reference(&mut out, "FieldMDP", &params, file.root());
    if let Some(level) = file.get(&lock, "P")?.and_then(|v| v.as_integer()) {
        let params = format!("<</Type/TransformParams/V/1.2/P {level}>>");
        push_reference(&mut out, "DocMDP", params.as_bytes(), file.root());
    }
    out.push(b']');
    Ok(out)
}

fn push_reference(out: &mut Vec<u8>, method: &str, params: &[u8], catalog: ObjRef) {
    out.extend_from_slice(
        format!("<</Type/SigRef/TransformMethod/{method}/Data {catalog}/TransformParams")
            .as_bytes(),
    );
    out.extend_from_slice(params);
    out.extend_from_slice(b">>");
}

/// Refuses a field whose seed value (table 237) makes a demand that this signature does not meet.
pub(super) fn check_seed_value(file: &PdfFile, field: &Field) -> Result<(), PadesError> {
    let Some(seed) = file.get_dict(&field.dict, "SV")? else {
        return Ok(());
    };
    let flags = file
        .get(&seed, "Ff")?
        .and_then(|v| v.as_integer())
        .unwrap_or(0);
    // Bits 1 and 2 bind the filter and the sub-filter, which can be met; what the others bind is not looked at here.
    let others = [
        (4, "V"),
        (8, "Reasons"),
        (16, "LegalAttestation"),
        (32, "AddRevInfo"),
        (64, "DigestMethod"),
    ];
    let refuse = |demand: &str| PadesError::SeedValue {
        field: field.name.clone(),
        demand: demand.to_owned(),
    };
    if flags & 1 != 0
        && file
            .get(&seed, "Filter")?
            .and_then(|v| v.as_name())
            .is_some_and(|f| f != "Adobe.PPKLite")
    {
        return Err(refuse("Filter"));
    }
    if flags & 2 != 0 && !lists_sub_filter(file, &seed)? {
        return Err(refuse("SubFilter"));
    }
    match others.into_iter().find(|(bit, _)| flags & bit != 0) {
        Some((_, demand)) => Err(refuse(demand)),
        None if flags & !0x7f != 0 => Err(refuse("Ff")),
        None => Ok(()),
    }
}

fn lists_sub_filter(file: &PdfFile, seed: &Dict) -> Result<bool, PadesError> {
    for item in file.get_array(seed, "SubFilter")? {
        if file.resolve(&item)?.as_name().as_deref() == Some(SUB_FILTER) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_range_keeps_its_width() {
        for range in [
            [0, 1, 2, 3],
            [
                0,
                999_999_999_999_999,
                999_999_999_999_999,
                999_999_999_999_999,
            ],
        ] {
            assert_eq!(byte_range_value(range).unwrap().len(), BYTE_RANGE_WIDTH);
        }
        assert_eq!(byte_range_value([0, u64::MAX, u64::MAX, u64::MAX]), None);
    }
}
