//! Whether a picture shows something in a part of it (ISO 32000-2, 8.9).
//!
//! Colours do not matter for that: where nearly all samples are alike there is paper, whatever its colour. A scanned page is one
//! picture, and its margins are as free as those of any other page.

use std::ops::Range;

use cartorio_pdf::{Dict, PdfError, PdfFile, Raw, Rect, Stream};
use hayro_ccitt::{DecodeSettings as FaxSettings, DecoderContext as FaxContext, EncodingMode};
use hayro_jpeg2000::{DecodeSettings as Jpeg2000Settings, DecoderContext as Jpeg2000Context};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::stream::{Encoded, as_far_as_pictures};

/// Samples of one picture: A4 in colour at 400 dpi. What is larger is not looked into.
pub(super) const MAX_SAMPLES: u64 = 48 << 20;

/// How far a sample may be from the middle one, of 255, and still be paper: shadows of a fold, the grain of a JPEG.
const PAPER: u8 = 48;

/// One sample in so many may differ: dust on the glass. A single letter is more at any resolution that can be read.
const DUST: u64 = 1_000;

/// Whether something can be seen in `area` of the picture `stream`: left, bottom, right, top as parts of its width and height, from
/// 0 to 1, its first row on top.
///
/// # Errors
/// [`PdfError`] when its data cannot be read, or is too much.
pub(super) fn shows(file: &PdfFile, stream: &Stream, area: Rect) -> Result<bool, PdfError> {
    let dict = &stream.dict;
    let size = size_of(file, dict)?.check(1)?;
    let data = as_far_as_pictures(file, stream, MAX_SAMPLES as usize)?;
    match &data {
        Encoded { data, picture: None } => plain(file, dict, data, size, area),
        Encoded { data, picture: Some((name, parameters)) } => match name.as_str() {
            "DCTDecode" | "DCT" => jpeg(data, area),
            "CCITTFaxDecode" | "CCF" => fax(data, parameters, size, area),
            "JBIG2Decode" => jbig2(file, data, parameters, area),
            "JPXDecode" => jpeg2000(data, area),
            _ => Err(PdfError::UnsupportedFilter(name.clone())),
        },
    }
}

/// How many pixels the dictionary of a picture claims.
pub(super) fn pixels(file: &PdfFile, dict: &Dict) -> Result<u64, PdfError> {
    let Size { width, height } = size_of(file, dict)?;
    Ok(width.saturating_mul(height))
}

fn size_of(file: &PdfFile, dict: &Dict) -> Result<Size, PdfError> {
    let side = |key: &str| -> Result<u64, PdfError> {
        let number = file.get(dict, key)?.and_then(|value| value.as_integer());
        Ok(number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
    };
    Ok(Size { width: side("Width")?, height: side("Height")? })
}

#[derive(Clone, Copy)]
struct Size {
    width: u64,
    height: u64,
}

impl Size {
    fn check(self, components: u64) -> Result<Self, PdfError> {
        let samples = self.width.saturating_mul(self.height).saturating_mul(components);
        if samples > MAX_SAMPLES {
            return Err(PdfError::Limit { what: "samples of a picture", limit: MAX_SAMPLES });
        }
        Ok(self)
    }

    /// Columns and rows of an area; at least one of each, unless there is no picture.
    fn part(self, [left, bottom, right, top]: Rect) -> Part {
        let span = |from: f64, to: f64, count: u64| {
            let at = |part: f64, round: fn(f64) -> f64| round(part.clamp(0.0, 1.0) * count as f64) as u64;
            let start = at(from, f64::floor).min(count.saturating_sub(1));
            start..at(to, f64::ceil).max(start + 1).min(count)
        };
        Part { columns: span(left, right, self.width), rows: span(1.0 - top, 1.0 - bottom, self.height) }
    }
}

struct Part {
    columns: Range<u64>,
    rows: Range<u64>,
}

/// How often each value is there, for each component.
struct Tally {
    counts: Vec<[u64; 256]>,
}

impl Tally {
    fn new(components: usize) -> Self {
        Self { counts: vec![[0; 256]; components] }
    }

    fn add(&mut self, component: usize, value: u8, times: u64) {
        if let Some(counts) = self.counts.get_mut(component) {
            counts[usize::from(value)] += times;
        }
    }

    /// Of samples one after the other, `components` for each pixel, eight bits each.
    fn add_bytes(&mut self, data: &[u8], size: Size, part: &Part) {
        let components = self.counts.len();
        let span = |range: &Range<u64>| range.start as usize..range.end as usize; // checked against the limit
        for row in span(&part.rows) {
            let start = row * size.width as usize * components;
            let columns = span(&part.columns);
            let row =
                data.get(start + columns.start * components..start + columns.end * components).unwrap_or_default();
            for pixel in row.chunks_exact(components) {
                for (component, value) in pixel.iter().enumerate() {
                    self.add(component, *value, 1);
                }
            }
        }
    }

    /// Whether more than dust differs from the value that most are near to.
    fn shows(&self, tolerance: u8) -> bool {
        self.counts.iter().any(|counts| {
            let all: u64 = counts.iter().sum();
            let mut seen = 0;
            let middle = counts.iter().position(|count| {
                seen += count;
                seen * 2 > all
            });
            let middle = middle.unwrap_or(0) as u8;
            let others: u64 = (0..=255_u8)
                .zip(counts)
                .filter(|(value, _)| value.abs_diff(middle) > tolerance)
                .map(|(_, count)| count)
                .sum();
            others * DUST > all
        })
    }
}

/// Samples as they are, rows filled up to whole bytes (8.9.5.2).
fn plain(file: &PdfFile, dict: &Dict, data: &[u8], size: Size, area: Rect) -> Result<bool, PdfError> {
    let is_mask = file.get(dict, "ImageMask")?.is_some_and(|value| value.bytes() == b"true");
    let bits = match file.get(dict, "BitsPerComponent")?.and_then(|value| value.as_integer()) {
        _ if is_mask => 1,
        Some(bits @ (1 | 2 | 4 | 8 | 16)) => bits as u64,
        _ => return Err(PdfError::UnsupportedFilter("samples of an unknown width".to_owned())),
    };
    // How many components there are follows from the length: the colour space may be any.
    let row = (data.len() as u64).checked_div(size.height).unwrap_or(0);
    let components = (row * 8).checked_div(size.width * bits).unwrap_or(0);
    size.check(components)?;
    if components == 0 || components > 32 {
        return Err(PdfError::UnsupportedFilter("a picture whose data is too short".to_owned()));
    }
    // Neighbours in a palette may have nothing in common.
    let tolerance = if is_indexed(file, dict)? { 0 } else { PAPER };
    let mut tally = Tally::new(components as usize);
    let part = size.part(area);
    if bits == 8 && row == size.width * components {
        tally.add_bytes(data, size, &part);
        return Ok(tally.shows(tolerance));
    }
    let stride = (size.width * components * bits).div_ceil(8);
    let most = (1_u32 << bits.min(8)) - 1;
    for at in part.rows {
        for column in part.columns.clone() {
            for component in 0..components {
                let bit = (column * components + component) * bits;
                // Of sixteen bits the first eight.
                let byte = data.get((at * stride + bit / 8) as usize).copied().unwrap_or(0);
                let value = if bits >= 8 { u32::from(byte) } else { u32::from(byte) >> (8 - bits - bit % 8) & most };
                let value = if tolerance == 0 { value } else { value * 255 / most };
                tally.add(component as usize, value as u8, 1);
            }
        }
    }
    Ok(tally.shows(tolerance))
}

fn is_indexed(file: &PdfFile, dict: &Dict) -> Result<bool, PdfError> {
    let Some(space) = file.get(dict, "ColorSpace")? else { return Ok(false) };
    let family = match space.as_array() {
        Some(parts) => parts.first().map(|first| file.resolve(first)).transpose()?,
        None => Some(space),
    };
    Ok(family.as_ref().and_then(Raw::as_name).is_some_and(|name| name == "Indexed" || name == "I"))
}

fn jpeg(data: &[u8], area: Rect) -> Result<bool, PdfError> {
    let fault = |error: zune_jpeg::errors::DecodeErrors| unread("DCTDecode", &error.to_string());
    let options = DecoderOptions::new_safe()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(64);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_headers().map_err(fault)?;
    let info = decoder.info().ok_or_else(|| unread("DCTDecode", "no header"))?;
    // Brightness tells enough where it stands by itself.
    let (space, components) = match decoder.input_colorspace() {
        Some(ColorSpace::YCbCr | ColorSpace::Luma) => (ColorSpace::Luma, 1),
        _ => (ColorSpace::RGB, 3),
    };
    let size = Size { width: u64::from(info.width), height: u64::from(info.height) }.check(components)?;
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let pixels = decoder.decode().map_err(fault)?;
    Ok(samples(&pixels, size, components as usize, area))
}

fn jpeg2000(data: &[u8], area: Rect) -> Result<bool, PdfError> {
    let fault = |error: hayro_jpeg2000::DecodeError| unread("JPXDecode", &error.to_string());
    let settings = Jpeg2000Settings { resolve_palette_indices: true, strict: false, target_resolution: None };
    let image = hayro_jpeg2000::Image::new(data, &settings).map_err(fault)?;
    let size = Size { width: u64::from(image.width()), height: u64::from(image.height()) };
    // Decoded components are numbers of four bytes.
    size.check(4 * u64::from(image.color_space().num_channels()))?;
    let mut context = Jpeg2000Context::default();
    let decoded = image.decode(&mut context).map_err(fault)?;
    let components = decoded.components().len();
    Ok(samples(&decoded.data_u8(), size, components.max(1), area))
}

/// Eight bits for each sample.
fn samples(data: &[u8], size: Size, components: usize, area: Rect) -> bool {
    let mut tally = Tally::new(components);
    tally.add_bytes(data, size, &size.part(area));
    tally.shows(PAPER)
}

/// Counts the black of the rows that matter; nothing is kept.
struct Ink {
    tally: Tally,
    part: Part,
    row: u64,
    column: u64,
}

impl Ink {
    fn new(size: Size, area: Rect) -> Self {
        Self { tally: Tally::new(1), part: size.part(area), row: 0, column: 0 }
    }

    /// A run of one colour in the present row.
    fn run(&mut self, length: u64, is_black: bool) {
        let run = self.column..self.column.saturating_add(length);
        self.column = run.end;
        if self.part.rows.contains(&self.row) {
            let (start, end) = (run.start.max(self.part.columns.start), run.end.min(self.part.columns.end));
            self.tally.add(0, if is_black { 0 } else { 255 }, end.saturating_sub(start));
        }
    }

    fn end_row(&mut self) {
        self.row += 1;
        self.column = 0;
    }

    fn shows(&self) -> bool {
        self.tally.shows(PAPER)
    }
}

struct FaxInk {
    ink: Ink,
    width: u64,
}

impl hayro_ccitt::Decoder for FaxInk {
    fn push_row(&mut self, changes: &[u32]) {
        let mut is_black = false;
        for change in changes.iter().map(|change| u64::from(*change)).chain([self.width]) {
            self.ink.run(change.saturating_sub(self.ink.column), is_black);
            is_black = !is_black;
        }
        self.ink.end_row();
    }
}

/// 7.4.6, table 11.
fn fax(data: &[u8], parameters: &Dict, size: Size, area: Rect) -> Result<bool, PdfError> {
    let flag = |key: &str, default: bool| parameters.get(key).map_or(default, |value| value.bytes() == b"true");
    let columns = parameters.integer("Columns").unwrap_or(1_728);
    let columns = u32::try_from(columns).map_err(|_| unread("CCITTFaxDecode", "its columns"))?;
    let size = Size { width: u64::from(columns), height: size.height }.check(1)?;
    let settings = FaxSettings {
        columns,
        rows: u32::try_from(size.height).unwrap_or(u32::MAX),
        end_of_block: flag("EndOfBlock", true),
        end_of_line: flag("EndOfLine", false),
        rows_are_byte_aligned: flag("EncodedByteAlign", false),
        encoding: match parameters.integer("K").unwrap_or(0) {
            ..=-1 => EncodingMode::Group4,
            0 => EncodingMode::Group3_1D,
            1.. => EncodingMode::Group3_2D,
        },
        strict: false,
    };
    let mut rows = FaxInk { ink: Ink::new(size, area), width: size.width };
    let done = hayro_ccitt::decode(data, &mut rows, &mut FaxContext::new(settings));
    // What was read up to a fault is what a reader shows; the rest is blank there too.
    match done {
        Err(error) if rows.ink.row < rows.ink.part.rows.end => Err(unread("CCITTFaxDecode", &error.to_string())),
        _ => Ok(rows.ink.shows()),
    }
}

impl hayro_jbig2::Decoder for Ink {
    fn push_pixel(&mut self, black: bool) {
        self.run(1, black);
    }

    fn push_pixel_chunk(&mut self, black: bool, chunk_count: u32) {
        self.run(8 * u64::from(chunk_count), black);
    }

    fn next_line(&mut self) {
        self.end_row();
    }
}

/// 7.4.7.
fn jbig2(file: &PdfFile, data: &[u8], parameters: &Dict, area: Rect) -> Result<bool, PdfError> {
    let fault = |error: hayro_jbig2::DecodeError| unread("JBIG2Decode", &error.to_string());
    let settings = hayro_jbig2::DecodeSettings { strict: false };
    let globals = match parameters.reference("JBIG2Globals") {
        Some(reference) => {
            let globals = as_far_as_pictures(file, &file.stream(reference)?, MAX_SAMPLES as usize)?;
            Some(hayro_jbig2::Globals::new(&globals.data, &settings).map_err(fault)?)
        }
        None => None,
    };
    let page = hayro_jbig2::Page::new_embedded(data, globals.as_ref(), &settings).map_err(fault)?;
    let size = Size { width: u64::from(page.width()), height: u64::from(page.height()) }.check(1)?;
    let mut ink = Ink::new(size, area);
    page.decode(&mut ink).map_err(fault)?;
    Ok(ink.shows())
}

fn unread(filter: &str, why: &str) -> PdfError {
    PdfError::UnsupportedFilter(format!("{filter}: {why}"))
}
