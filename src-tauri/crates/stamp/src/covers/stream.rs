//! The data of content streams and pictures, with the filters that only they use.

use cartorio_pdf::{Dict, PdfError, PdfFile, Stream};
use flate2::read::ZlibDecoder;
use std::io::Read as _;

/// Filters of one stream.
const MAX_FILTERS: usize = 4;

/// Filters that make a picture (ISO 32000-2, table 6).
const PICTURES: [&str; 6] = ["DCTDecode", "DCT", "CCITTFaxDecode", "CCF", "JBIG2Decode", "JPXDecode"];

/// The decoded data of `stream`, at most `limit` bytes.
///
/// # Errors
/// [`PdfError::UnsupportedFilter`], [`PdfError::Malformed`], [`PdfError::Limit`].
pub(super) fn content(file: &PdfFile, stream: &Stream, limit: u64) -> Result<Vec<u8>, PdfError> {
    let too_much = PdfError::Limit { what: "bytes of page content", limit };
    if stream.data.end - stream.data.start > limit {
        return Err(too_much);
    }
    match file.decoded(stream) {
        Ok(data) if data.len() as u64 > limit => Err(too_much),
        // The file's own reader knows the filters that it needs itself.
        Err(PdfError::UnsupportedFilter(_)) => match as_far_as_pictures(file, stream, limit as usize)? {
            Encoded { picture: Some((filter, _)), .. } => Err(PdfError::UnsupportedFilter(filter)),
            Encoded { data, .. } if data.len() as u64 > limit => Err(too_much),
            Encoded { data, .. } => Ok(data),
        },
        other => other,
    }
}

/// Data of which all filters are undone but that of a picture.
pub(super) struct Encoded {
    pub(super) data: Vec<u8>,
    /// The filter that makes a picture of it, with its parameters.
    pub(super) picture: Option<(String, Dict)>,
}

/// The data of `stream` up to a filter that only pictures have, about `limit` bytes.
///
/// # Errors
/// [`PdfError::UnsupportedFilter`], [`PdfError::Malformed`], [`PdfError::Limit`].
pub(super) fn as_far_as_pictures(file: &PdfFile, stream: &Stream, limit: usize) -> Result<Encoded, PdfError> {
    if stream.data.end - stream.data.start > limit as u64 {
        return Err(PdfError::Limit { what: "bytes of a stream", limit: limit as u64 });
    }
    match file.decoded(stream) {
        Ok(data) => Ok(Encoded { data, picture: None }),
        Err(PdfError::UnsupportedFilter(_)) => undone(file, &stream.dict, &file.encoded(stream)?, limit),
        Err(error) => Err(error),
    }
}

fn undone(file: &PdfFile, dict: &Dict, data: &[u8], limit: usize) -> Result<Encoded, PdfError> {
    let listed = |key: &str| -> Result<Vec<_>, PdfError> {
        let value = file.get(dict, key)?;
        let list = value.as_ref().and_then(|value| value.as_array());
        list.unwrap_or_else(|| value.into_iter().collect()).iter().map(|item| file.resolve(item)).collect()
    };
    let (filters, parameters) = (listed("Filter")?, listed("DecodeParms")?);
    if filters.len() > MAX_FILTERS {
        return Err(PdfError::Limit { what: "stream filters", limit: MAX_FILTERS as u64 });
    }
    let mut data = data.to_vec();
    for (index, filter) in filters.iter().enumerate() {
        let name = filter.as_name().unwrap_or_default();
        let parameters = parameters.get(index).and_then(|value| value.as_dict()).unwrap_or_default();
        if PICTURES.contains(&name.as_str()) {
            return match index + 1 == filters.len() {
                true => Ok(Encoded { data, picture: Some((name, parameters)) }),
                false => Err(PdfError::UnsupportedFilter(format!("{name} before another"))),
            };
        }
        let integer = |key: &str, default| parameters.integer(key).unwrap_or(default);
        if integer("Predictor", 1) > 1 {
            return Err(PdfError::UnsupportedFilter(format!("{name} with a predictor")));
        }
        data = match name.as_str() {
            "FlateDecode" | "Fl" => {
                let mut out = Vec::new();
                // What was readable counts, as everywhere.
                let _ = ZlibDecoder::new(data.as_slice()).take(limit as u64 + 1).read_to_end(&mut out);
                out
            }
            "LZWDecode" | "LZW" => lzw(&data, integer("EarlyChange", 1) != 0, limit),
            "ASCII85Decode" | "A85" => ascii85(&data),
            "ASCIIHexDecode" | "AHx" => ascii_hex(&data),
            "RunLengthDecode" | "RL" => run_length(&data, limit),
            "Crypt" => data, // undone by the file
            _ => return Err(PdfError::UnsupportedFilter(name)),
        };
    }
    Ok(Encoded { data, picture: None })
}

fn ascii_hex(data: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = data
        .iter()
        .take_while(|byte| **byte != b'>')
        .filter_map(|byte| char::from(*byte).to_digit(16).map(|digit| digit as u8))
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

/// ISO 32000-2, 7.4.3.
fn ascii85(data: &[u8]) -> Vec<u8> {
    let data = data.strip_prefix(b"<~").unwrap_or(data);
    let mut out = Vec::with_capacity(data.len() / 5 * 4 + 4);
    let mut group = Vec::with_capacity(5);
    let mut flush = |group: &mut Vec<u8>| {
        let count = group.len();
        if count > 1 {
            group.resize(5, 84);
            let value = group.iter().fold(0_u32, |value, digit| value.wrapping_mul(85).wrapping_add(u32::from(*digit)));
            out.extend_from_slice(&value.to_be_bytes()[..count - 1]);
        }
        group.clear();
    };
    for byte in data.iter().take_while(|byte| **byte != b'~') {
        match byte {
            b'z' if group.is_empty() => {
                group.extend([0; 5]);
                flush(&mut group);
            }
            b'!'..=b'u' => {
                group.push(byte - b'!');
                if group.len() == 5 {
                    flush(&mut group);
                }
            }
            _ => {}
        }
    }
    flush(&mut group);
    out
}

/// ISO 32000-2, 7.4.5.
fn run_length(data: &[u8], limit: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&length) = data.get(at) {
        let length = usize::from(length);
        at += 1;
        if length == 128 || out.len() > limit {
            break;
        }
        if length < 128 {
            let end = (at + length + 1).min(data.len());
            out.extend_from_slice(&data[at..end]);
            at = end;
        } else if let Some(byte) = data.get(at) {
            out.resize(out.len() + 257 - length, *byte);
            at += 1;
        }
    }
    out
}

/// ISO 32000-2, 7.4.4.
fn lzw(data: &[u8], early: bool, limit: usize) -> Vec<u8> {
    const CLEAR: usize = 256;
    const END: usize = 257;
    let mut out: Vec<u8> = Vec::new();
    // Where in `out` the string of a code is; codes below 256 stand for themselves.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut previous: Option<(usize, usize)> = None;
    let (mut bits, mut held, mut width) = (0_u32, 0_u32, 9_u32);
    for byte in data {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        if held < width {
            continue;
        }
        held -= width;
        let code = (bits >> held) as usize & ((1 << width) - 1);
        bits &= (1 << held) - 1;
        if code == END || out.len() > limit {
            break;
        }
        if code == CLEAR {
            table.clear();
            (previous, width) = (None, 9);
            continue;
        }
        let start = out.len();
        match (code, previous) {
            (0..CLEAR, _) => out.push(code as u8),
            (_, None) => break,
            (_, Some((from, length))) => {
                let known = table.get(code - END - 1).copied();
                // A code that is just being made is the last string and its first byte again.
                let (from, length) = known.unwrap_or((from, length + 1));
                if known.is_none() && code - END - 1 != table.len() {
                    break;
                }
                for offset in 0..length {
                    let byte = out[from + offset]; // earlier output, or written just now
                    out.push(byte);
                }
            }
        }
        if let Some((from, length)) = previous
            && table.len() < 4096 - END - 1
        {
            table.push((from, length + 1));
        }
        previous = Some((start, out.len() - start));
        // The encoder is one entry ahead: its next code is the one after those here and the one being made.
        width = match table.len() + END + 2 + usize::from(early) {
            0..=512 => 9,
            513..=1024 => 10,
            1025..=2048 => 11,
            _ => 12,
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The encoder of the standard's words: clear first, width by the number of codes.
    fn lzw_encoded(data: &[u8], early: bool) -> Vec<u8> {
        let mut codes: std::collections::HashMap<Vec<u8>, usize> = (0..256).map(|b| (vec![b as u8], b)).collect();
        let (mut next, mut width) = (258_usize, 9_usize);
        let mut bits: Vec<bool> = Vec::new();
        let put =
            |code: usize, width: usize, bits: &mut Vec<bool>| bits.extend((0..width).rev().map(|i| code >> i & 1 == 1));
        put(256, width, &mut bits);
        let mut current: Vec<u8> = Vec::new();
        for byte in data {
            let longer = [current.as_slice(), &[*byte]].concat();
            if codes.contains_key(&longer) {
                current = longer;
                continue;
            }
            put(codes[&current], width, &mut bits);
            codes.insert(longer, next);
            next += 1;
            width = match next + usize::from(early) {
                0..=512 => 9,
                513..=1024 => 10,
                1025..=2048 => 11,
                _ => 12,
            };
            if next == 4094 {
                put(256, width, &mut bits);
                codes.retain(|key, _| key.len() == 1);
                (next, width) = (258, 9);
            }
            current = vec![*byte];
        }
        if !current.is_empty() {
            put(codes[&current], width, &mut bits);
            next += 1;
            width = width.max(usize::BITS as usize - (next + usize::from(early) - 1).leading_zeros() as usize);
        }
        put(257, width, &mut bits);
        bits.chunks(8)
            .map(|byte| byte.iter().enumerate().fold(0, |all, (i, bit)| all | u8::from(*bit) << (7 - i)))
            .collect()
    }

    #[test]
    fn the_standards_examples_decode() {
        // 7.4.4.2, EXAMPLE 1.
        let encoded = [0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01];
        assert_eq!(lzw(&encoded, true, 1000), [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
        assert_eq!(ascii85(b"<~87cURD]i,\"Ebo80~>"), b"Hello World!");
        assert_eq!(ascii85(b"z!!~>"), [0, 0, 0, 0, 0]);
        assert_eq!(run_length(&[2, 1, 2, 3, 254, 9, 128, 7], 100), [1, 2, 3, 9, 9, 9]);
        assert_eq!(ascii_hex(b"48 65 6c6c 6f7>zz"), b"Hellop");
    }

    proptest! {
        #[test]
        fn lzw_gives_back_what_was_encoded(
            data in prop::collection::vec(0_u8..4, 0..6000), noise in prop::collection::vec(any::<u8>(), 0..3000), early: bool,
        ) {
            let data = [data, noise].concat();
            prop_assert_eq!(lzw(&lzw_encoded(&data, early), early, 1 << 20), data);
        }

        #[test]
        fn any_bytes_end(data in prop::collection::vec(any::<u8>(), 0..600), early: bool) {
            prop_assert!(lzw(&data, early, 1000).len() < 10_000);
            let _ = (ascii85(&data), run_length(&data, 1000), ascii_hex(&data));
        }
    }
}
