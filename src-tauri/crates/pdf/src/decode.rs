//! Stream filters, as far as cross-reference and object streams use them.

use std::borrow::Cow;
use std::io::Read;

use crate::error::PdfError;
use crate::lex::{hex_digit, is_space};
use crate::raw::{Dict, Raw};

/// A decoded stream may have this many bytes: room for the largest cross-reference stream (8 million entries).
const DECODED_LIMIT: u64 = 128 << 20;

/// No writer stacks more filters on a cross-reference or object stream.
const MAX_FILTERS: usize = 4;

/// Bytes of a stream that is to be decoded.
const ENCODED_LIMIT: u64 = 256 << 20;

/// The filters of a stream in order, each with its parameters.
pub(crate) struct Filters {
    list: Vec<(String, Option<Dict>)>,
    /// The crypt filter that the stream names.
    crypt: Option<String>,
}

impl Filters {
    /// Reads `/Filter` and `/DecodeParms`; `direct` follows a reference where the file allows that.
    ///
    /// # Errors
    /// [`PdfError::Malformed`], [`PdfError::Limit`].
    pub(crate) fn read(dict: &Dict, offset: u64, direct: impl Fn(Raw) -> Raw) -> Result<Self, PdfError> {
        let malformed = |reason| PdfError::Malformed { offset, reason };
        let listed = |key: &str| match dict.get(key).map(&direct) {
            None => Ok(Vec::new()),
            Some(value) if value.is_array() => value.as_array().ok_or(malformed("bad filter array")),
            Some(value) => Ok(vec![value]),
        };
        let names = listed("Filter")?;
        let params = listed("DecodeParms")?;
        if names.len() > MAX_FILTERS {
            return Err(PdfError::Limit { what: "stream filters", limit: MAX_FILTERS as u64 });
        }
        let mut list = Vec::new();
        let mut crypt = None;
        for (index, name) in names.into_iter().enumerate() {
            let name = direct(name).as_name().ok_or(malformed("bad filter name"))?;
            let parms = params.get(index).cloned().and_then(|parms| direct(parms).as_dict());
            if name != "Crypt" {
                list.push((name, parms));
            } else if index == 0 {
                crypt = Some(parms.and_then(|parms| parms.name("Name")).unwrap_or_else(|| "Identity".to_owned()));
            } else {
                return Err(malformed("the crypt filter is not the first one"));
            }
        }
        Ok(Self { list, crypt })
    }

    /// The name of the crypt filter (7.4.10), when the stream has one of its own.
    pub(crate) fn crypt(&self) -> Option<&str> {
        self.crypt.as_deref()
    }
}

/// Undoes `filters` (encryption is undone already). Supports Flate with PNG and TIFF predictors and ASCIIHex.
///
/// # Errors
/// [`PdfError::UnsupportedFilter`], [`PdfError::Malformed`] for data that does not decode, [`PdfError::Limit`].
pub(crate) fn decode(filters: &Filters, data: Cow<'_, [u8]>, offset: u64) -> Result<Vec<u8>, PdfError> {
    let malformed = |reason| PdfError::Malformed { offset, reason };
    if data.len() as u64 > ENCODED_LIMIT {
        return Err(PdfError::Limit { what: "encoded stream bytes", limit: ENCODED_LIMIT });
    }
    let mut current = data;
    for (name, parms) in &filters.list {
        current = Cow::Owned(match name.as_str() {
            "FlateDecode" | "Fl" => {
                let inflated = inflate(&current, offset)?;
                match parms {
                    Some(parms) => unpredict(parms, inflated).ok_or(malformed("bad predictor"))?,
                    None => inflated,
                }
            }
            "ASCIIHexDecode" | "AHx" => ascii_hex(&current).ok_or(malformed("bad hexadecimal data"))?,
            _ => return Err(PdfError::UnsupportedFilter(name.clone())),
        });
    }
    Ok(current.into_owned())
}

fn inflate(data: &[u8], offset: u64) -> Result<Vec<u8>, PdfError> {
    let mut out = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(data).take(DECODED_LIMIT + 1);
    // A stream cut before its checksum still counts when it gave data: common in the wild, and objects are checked later.
    let result = reader.read_to_end(&mut out);
    if out.len() as u64 > DECODED_LIMIT {
        return Err(PdfError::Limit { what: "decoded stream bytes", limit: DECODED_LIMIT });
    }
    match result {
        Ok(_) => Ok(out),
        Err(_) if !out.is_empty() => Ok(out),
        Err(_) => Err(PdfError::Malformed { offset, reason: "bad compressed data" }),
    }
}

fn ascii_hex(data: &[u8]) -> Option<Vec<u8>> {
    let digits = data.iter().take_while(|b| **b != b'>').filter(|b| !is_space(**b));
    let digits: Vec<u8> = digits.map(|b| hex_digit(*b)).collect::<Option<_>>()?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect())
}

fn unpredict(parms: &Dict, data: Vec<u8>) -> Option<Vec<u8>> {
    let int = |key: &str, default: i64| usize::try_from(parms.integer(key).unwrap_or(default)).ok();
    let predictor = int("Predictor", 1)?;
    if predictor == 1 {
        return Some(data);
    }
    let (colors, bits, columns) = (int("Colors", 1)?, int("BitsPerComponent", 8)?, int("Columns", 1)?);
    let pixel = colors.checked_mul(bits)?;
    let row = pixel.checked_mul(columns)?.checked_add(7)? / 8;
    let pixel = pixel.div_ceil(8);
    if row == 0 || pixel == 0 {
        return None;
    }
    match predictor {
        2 if bits == 8 => Some(tiff(data, row, pixel)),
        10..=15 => png(&data, row, pixel),
        _ => None,
    }
}

fn tiff(mut data: Vec<u8>, row: usize, pixel: usize) -> Vec<u8> {
    for line in data.chunks_mut(row) {
        for at in pixel..line.len() {
            line[at] = line[at].wrapping_add(line[at - pixel]);
        }
    }
    data
}

fn png(data: &[u8], row: usize, pixel: usize) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut above = vec![0_u8; row.min(data.len())];
    for line in data.chunks(row.checked_add(1)?) {
        let (kind, line) = line.split_first()?;
        let start = out.len();
        for (at, byte) in line.iter().enumerate() {
            let left = if at >= pixel { out[start + at - pixel] } else { 0 };
            let up = above[at];
            let up_left = if at >= pixel { above[at - pixel] } else { 0 };
            let guess = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, up_left),
                _ => return None,
            };
            out.push(byte.wrapping_add(guess));
        }
        above[..line.len()].copy_from_slice(&out[start..]);
    }
    Some(out)
}

fn paeth(left: u8, up: u8, up_left: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(up_left));
    let estimate = a + b - c;
    let (da, db, dc) = ((estimate - a).abs(), (estimate - b).abs(), (estimate - c).abs());
    if da <= db && da <= dc {
        left
    } else if db <= dc {
        up
    } else {
        up_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use std::io::Write;

    fn run(dict: &str, data: &[u8]) -> Result<Vec<u8>, PdfError> {
        let raw = Raw::parse(&Source::file_bytes(dict.as_bytes().to_vec()), 0).unwrap();
        decode(&Filters::read(&raw.as_dict().unwrap(), 7, |value| value)?, Cow::Borrowed(data), 7)
    }

    fn deflate(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn predictors_are_undone() {
        // Each PNG row type once, over rows of three bytes; expected values by hand from RFC 2083, section 6.
        let rows = deflate(&[0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1]);
        let out = run("<</Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 3>>>>", &rows).unwrap();
        assert_eq!(out, [1, 2, 3, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5]);
        let out = run("<</Filter[/Fl]/DecodeParms[<</Predictor 2/Columns 3>>]>>", &deflate(&[1, 1, 1, 5, 1, 1]));
        assert_eq!(out.unwrap(), [1, 2, 3, 5, 6, 7]);
    }

    #[test]
    fn filters_chain_and_unknown_ones_are_named() {
        assert_eq!(run("<</Filter[/AHx/Fl]>>", b"zz").unwrap_err().code(), "pdf_malformed_object");
        let hex: String = deflate(b"hello").iter().map(|b| format!("{b:02x} ")).collect();
        assert_eq!(run("<</Filter[/AHx/Fl]>>", format!("{hex}>").as_bytes()).unwrap(), b"hello");
        assert_eq!(run("<</Filter/LZWDecode>>", b""), Err(PdfError::UnsupportedFilter("LZWDecode".into())));
        assert_eq!(run("<<>>", b"as is").unwrap(), b"as is");
        assert_eq!(run("<</Filter/Crypt>>", b"as is").unwrap(), b"as is");
        assert_eq!(run("<</Filter[/AHx/Crypt]>>", b"").unwrap_err().code(), "pdf_malformed_object");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = deflate(&vec![0; (DECODED_LIMIT + 10) as usize]);
        assert_eq!(run("<</Filter/FlateDecode>>", &bomb).unwrap_err().code(), "pdf_limit_exceeded");
    }

    #[test]
    fn hostile_predictor_sizes_do_not_allocate() {
        for parms in ["/Columns 99999999999999", "/Columns 0", "/Colors -1", "/Columns 9223372036854775807/Colors 8"] {
            let dict = format!("<</Filter/Fl/DecodeParms<</Predictor 12{parms}>>>>");
            let _ = run(&dict, &deflate(&[0, 1, 2]));
        }
    }
}
