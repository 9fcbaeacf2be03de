//! Fonts of a page, as far as it matters where their glyphs are and what they say.

use std::collections::BTreeMap;

use cartorio_pdf::{Dict, PdfError, PdfFile, Raw, decode_text};

use super::cmap::Unicode;
use super::stream::content;

/// Entries of the widths of one font.
const MAX_WIDTHS: usize = 70_000;

/// Bytes of one ToUnicode CMap.
const MAX_CMAP: u64 = 4 << 20;

/// Widths of Helvetica from the space to the tilde, for fonts that readers have themselves (Adobe's metrics of the standard
/// 14 fonts). Its relatives are about as wide.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

/// A font. Lengths are in text space: 1 is the font's size.
#[derive(Debug)]
pub(super) struct Font {
    /// Whether a code has two bytes.
    wide: bool,
    pub(super) vertical: bool,
    /// By first code: last code and width.
    widths: BTreeMap<u32, (u32, f64)>,
    default_width: DefaultWidth,
    unicode: Unicode,
    pub(super) ascent: f64,
    pub(super) descent: f64,
}

#[derive(Clone, Copy, Debug)]
enum DefaultWidth {
    Fixed(f64),
    Helvetica,
}

/// One code of a string.
pub(super) struct Shown {
    pub(super) width: f64,
    /// What it says; `None` when the font does not tell.
    pub(super) text: Option<String>,
    /// Whether word spacing applies (9.3.3).
    pub(super) is_space_code: bool,
}

impl Font {
    /// # Errors
    /// As [`PdfFile::object`].
    pub(super) fn read(file: &PdfFile, dict: &Dict) -> Result<Self, PdfError> {
        let subtype = name(file, dict, "Subtype")?;
        let unicode = match dict.reference("ToUnicode") {
            None => Unicode::default(),
            // A map that cannot be read leaves the places, which matter more.
            Some(map) => file
                .stream(map)
                .and_then(|stream| content(file, &stream, MAX_CMAP))
                .map_or_else(|_| Unicode::default(), |data| Unicode::parse(&data)),
        };
        match subtype.as_str() {
            "Type0" => Self::composite(file, dict, unicode),
            "Type3" => Self::type3(file, dict, unicode),
            _ => Self::simple(file, dict, unicode),
        }
    }

    /// What the codes of `string` are.
    pub(super) fn shown<'a>(&'a self, string: &'a [u8]) -> impl Iterator<Item = Shown> + 'a {
        string.chunks(if self.wide { 2 } else { 1 }).map(|bytes| {
            let code = bytes.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
            let text = self.unicode.get(code).or_else(|| {
                // Encodings of simple fonts are near enough to PDFDocEncoding for a warning.
                (!self.wide && self.unicode.is_empty()).then(|| decode_text(bytes))
            });
            Shown { width: self.width(code), text, is_space_code: bytes == b" " }
        })
    }

    fn width(&self, code: u32) -> f64 {
        let listed = self.widths.range(..=code).next_back().filter(|(_, (last, _))| *last >= code);
        match (listed, self.default_width) {
            (Some((_, (_, width))), _) => *width,
            (None, DefaultWidth::Fixed(width)) => width,
            (None, DefaultWidth::Helvetica) => {
                let index = code.checked_sub(32).and_then(|index| HELVETICA.get(index as usize));
                f64::from(index.copied().unwrap_or(556)) / 1000.0
            }
        }
    }

    fn simple(file: &PdfFile, dict: &Dict, unicode: Unicode) -> Result<Self, PdfError> {
        let descriptor = file.get_dict(dict, "FontDescriptor")?.unwrap_or_default();
        let widths = listed_widths(file, dict, 0.001)?;
        let missing = number(file, &descriptor, "MissingWidth")?;
        let default_width = match missing {
            Some(width) if !widths.is_empty() => DefaultWidth::Fixed(width / 1000.0),
            _ if name(file, dict, "BaseFont")?.contains("Courier") => DefaultWidth::Fixed(0.6),
            _ => DefaultWidth::Helvetica,
        };
        let (ascent, descent) = heights(file, &descriptor)?;
        Ok(Self { wide: false, vertical: false, widths, default_width, unicode, ascent, descent })
    }

    fn type3(file: &PdfFile, dict: &Dict, unicode: Unicode) -> Result<Self, PdfError> {
        let list = |key| -> Result<Vec<f64>, PdfError> {
            let items = file.get_array(dict, key)?;
            items.iter().take(6).map(|item| Ok(file.resolve(item)?.as_number().unwrap_or(0.0))).collect()
        };
        let (matrix, bounds) = (list("FontMatrix")?, list("FontBBox")?);
        let scale = |index: usize| matrix.get(index).copied().filter(|value| *value != 0.0).unwrap_or(0.001);
        let height = |index: usize| bounds.get(index).map(|side| side * scale(3)).filter(|side| side.abs() < 4.0);
        let (ascent, descent) = (height(3).unwrap_or(0.0), height(1).unwrap_or(0.0));
        let (ascent, descent) = (ascent.max(descent), ascent.min(descent));
        // A box of nothing says nothing (9.6.4).
        let (ascent, descent) = if ascent - descent < 0.05 { (0.75, -0.2) } else { (ascent, descent) };
        let widths = listed_widths(file, dict, scale(0))?;
        Ok(Self {
            wide: false,
            vertical: false,
            widths,
            default_width: DefaultWidth::Fixed(0.0),
            unicode,
            ascent,
            descent,
        })
    }

    fn composite(file: &PdfFile, dict: &Dict, unicode: Unicode) -> Result<Self, PdfError> {
        let descendants = file.get_array(dict, "DescendantFonts")?;
        let descendant = match descendants.first() {
            Some(first) => file.resolve_dict(first)?.unwrap_or_default(),
            None => Dict::default(),
        };
        let descriptor = file.get_dict(&descendant, "FontDescriptor")?.unwrap_or_default();
        let encoding = name(file, dict, "Encoding")?;
        // Other encodings than the identity would need their CMap to find a width.
        let widths = if encoding.starts_with("Identity") { cid_widths(file, &descendant)? } else { BTreeMap::new() };
        let default = number(file, &descendant, "DW")?.unwrap_or(1000.0) / 1000.0;
        let (ascent, descent) = heights(file, &descriptor)?;
        Ok(Self {
            wide: true,
            vertical: encoding.ends_with("-V"),
            widths,
            default_width: DefaultWidth::Fixed(default),
            unicode,
            ascent,
            descent,
        })
    }
}

/// How far letters reach above and below the baseline. What fonts say includes the room between lines, so it is cut to what
/// letters have.
fn heights(file: &PdfFile, descriptor: &Dict) -> Result<(f64, f64), PdfError> {
    let ascent = number(file, descriptor, "Ascent")?.map(|value| value / 1000.0).filter(|value| *value > 0.3);
    let descent = number(file, descriptor, "Descent")?.map(|value| -value.abs() / 1000.0);
    Ok((ascent.unwrap_or(0.72).min(0.76), descent.unwrap_or(-0.2).clamp(-0.22, 0.0)))
}

fn listed_widths(file: &PdfFile, dict: &Dict, scale: f64) -> Result<BTreeMap<u32, (u32, f64)>, PdfError> {
    let first = file.get(dict, "FirstChar")?.and_then(|value| value.as_integer());
    let first = first.and_then(|first| u32::try_from(first).ok()).unwrap_or(0).min(255);
    let mut widths = BTreeMap::new();
    for (code, item) in (first..256).zip(file.get_array(dict, "Widths")?) {
        if let Some(width) = file.resolve(&item)?.as_number() {
            widths.insert(code, (code, width * scale));
        }
    }
    Ok(widths)
}

/// `/W` (9.7.4.3): `first [w w …]` or `first last w`.
fn cid_widths(file: &PdfFile, descendant: &Dict) -> Result<BTreeMap<u32, (u32, f64)>, PdfError> {
    let mut widths = BTreeMap::new();
    let items = file.get_array(descendant, "W")?;
    let code = |raw: &Raw| raw.as_integer().and_then(|value| u32::try_from(value).ok());
    let mut items = items.iter().take(MAX_WIDTHS);
    while let (Some(first), Some(second)) = (items.next(), items.next()) {
        let (first, second) = (file.resolve(first)?, file.resolve(second)?);
        let Some(start) = code(&first) else { break };
        if let Some(list) = second.as_array() {
            for (code, width) in (start..).zip(&list) {
                if widths.len() >= MAX_WIDTHS {
                    return Ok(widths);
                }
                let width = file.resolve(width)?.as_number().unwrap_or(0.0);
                widths.insert(code, (code, width / 1000.0));
            }
        } else {
            let (Some(last), Some(width)) = (code(&second), items.next()) else { break };
            widths.insert(start, (last, file.resolve(width)?.as_number().unwrap_or(0.0) / 1000.0));
        }
    }
    Ok(widths)
}

fn name(file: &PdfFile, dict: &Dict, key: &str) -> Result<String, PdfError> {
    Ok(file.get(dict, key)?.and_then(|value| value.as_name()).unwrap_or_default())
}

fn number(file: &PdfFile, dict: &Dict, key: &str) -> Result<Option<f64>, PdfError> {
    Ok(file.get(dict, key)?.and_then(|value| value.as_number()))
}
