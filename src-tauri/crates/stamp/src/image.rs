//! Pictures: decoded here, bounded, and never handed to a reader as they came.
//!
//! What goes into the document is made anew from the pixels, so that no metadata of a photograph (where, when, which device)
//! and no trap for another program's decoder goes along.

use std::io::Cursor;
use std::sync::Arc;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::error::StampError;

/// Bytes of a picture's file.
const MAX_BYTES: usize = 10 << 20;

/// Pixels of a picture's file: a large photograph.
const MAX_PIXELS: u64 = 24_000_000;

/// Pixels on the longer side that are kept: more than a stamp shows at [`PRINT_DPI`].
const KEPT_SIDE: u32 = 1_600;

/// Pixels per inch that go into a document.
pub(crate) const PRINT_DPI: f64 = 300.0;

/// A picture for a stamp. Its colours are taken as sRGB. Cloning is cheap.
#[derive(Clone, PartialEq)]
pub struct Image {
    width: u32,
    height: u32,
    /// Red, green, blue and alpha of each pixel, row by row from the top; alpha is not premultiplied.
    pixels: Arc<[u8]>,
}

impl Image {
    /// Reads a PNG or JPEG file, turns it as its EXIF orientation says and keeps a reduced copy.
    ///
    /// # Errors
    /// [`StampError::ImageFormat`], [`StampError::ImageTooLarge`], [`StampError::ImageBroken`].
    pub fn parse(bytes: &[u8]) -> Result<Self, StampError> {
        if bytes.len() > MAX_BYTES {
            return Err(StampError::ImageTooLarge { what: "bytes", found: bytes.len() as u64, max: MAX_BYTES as u64 });
        }
        let image = match bytes {
            [0x89, b'P', b'N', b'G', ..] => png(bytes)?,
            [0xff, 0xd8, 0xff, ..] => jpeg(bytes)?,
            _ => return Err(StampError::ImageFormat),
        };
        Ok(image.reduced(KEPT_SIDE, KEPT_SIDE))
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Width by height.
    pub(crate) fn aspect(&self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }

    /// The picture with as many pixels as a print of `width` points can show.
    pub(crate) fn for_print(&self, width: f64, height: f64) -> Self {
        let pixels = |points: f64| (points / 72.0 * PRINT_DPI).ceil().clamp(1.0, f64::from(KEPT_SIDE)) as u32;
        self.reduced(pixels(width), pixels(height))
    }

    /// The picture on white.
    pub(crate) fn flattened(&self) -> Self {
        let flat = |pixel: &[u8; 4]| {
            let alpha = u32::from(pixel[3]);
            let [red, green, blue, _] =
                pixel.map(|channel| ((u32::from(channel) * alpha + 255 * (255 - alpha) + 127) / 255) as u8);
            [red, green, blue, 255]
        };
        Self { pixels: self.each().flat_map(flat).collect(), ..*self }
    }

    pub(crate) fn is_opaque(&self) -> bool {
        self.each().all(|pixel| pixel[3] == 255)
    }

    /// Whether there is no colour in it.
    pub(crate) fn is_grey(&self) -> bool {
        self.each().all(|[red, green, blue, _]| red == green && green == blue)
    }

    /// The channels `which` of every pixel.
    pub(crate) fn channels<const N: usize>(&self, which: [usize; N]) -> Vec<u8> {
        self.each().flat_map(|pixel| which.map(|channel| pixel[channel & 3])).collect()
    }

    fn each(&self) -> impl Iterator<Item = &[u8; 4]> {
        self.pixels.as_chunks::<4>().0.iter()
    }

    fn checked(width: usize, height: usize, pixels: Vec<u8>) -> Result<Self, StampError> {
        let (Ok(w), Ok(h)) = (u32::try_from(width), u32::try_from(height)) else {
            return Err(broken("its size"));
        };
        if w == 0 || h == 0 || pixels.len() != width * height * 4 {
            return Err(broken("its size"));
        }
        Ok(Self { width: w, height: h, pixels: pixels.into() })
    }

    /// At most `width` by `height` pixels, the aspect kept; each new pixel is the mean of those under it.
    fn reduced(&self, width: u32, height: u32) -> Self {
        let factor = (f64::from(width) / f64::from(self.width)).min(f64::from(height) / f64::from(self.height));
        if factor >= 1.0 {
            return self.clone();
        }
        let side = |pixels: u32| ((f64::from(pixels) * factor).round() as u32).max(1);
        let (width, height) = (side(self.width), side(self.height));
        let spans = |from: u32, to: u32| -> Vec<(usize, usize)> {
            let at = |index: u32| (u64::from(index) * u64::from(from) / u64::from(to)) as usize;
            (0..to).map(|index| (at(index), at(index + 1).max(at(index) + 1))).collect()
        };
        let columns = spans(self.width, width);
        let mut pixels = Vec::with_capacity(width as usize * height as usize * 4);
        let stride = self.width as usize * 4;
        for (top, bottom) in spans(self.height, height) {
            for (left, right) in &columns {
                // Colours count as much as they cover.
                let (mut sums, mut alphas) = ([0_u64; 3], 0_u64);
                for row in self.pixels.chunks_exact(stride).take(bottom).skip(top) {
                    for pixel in row[left * 4..right * 4].as_chunks::<4>().0 {
                        let alpha = u64::from(pixel[3]);
                        alphas += alpha;
                        for (sum, channel) in sums.iter_mut().zip(pixel) {
                            *sum += u64::from(*channel) * alpha;
                        }
                    }
                }
                let count = ((bottom - top) * (right - left)) as u64;
                pixels.extend(sums.map(|sum| (sum + alphas / 2).checked_div(alphas).unwrap_or(255) as u8));
                pixels.push(((alphas + count / 2) / count) as u8);
            }
        }
        Self { width, height, pixels: pixels.into() }
    }

    /// As EXIF's orientation says (1 to 8): first turned or mirrored, as in the table of the standard (CIPA DC-008, 4.6.4).
    fn oriented(self, orientation: u16) -> Self {
        let (width, height) = (self.width as usize, self.height as usize);
        let sideways = matches!(orientation, 5..=8);
        let (new_width, new_height) = if sideways { (height, width) } else { (width, height) };
        if !matches!(orientation, 2..=8) {
            return self;
        }
        let source = self.pixels.as_chunks::<4>().0;
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for y in 0..new_height {
            for x in 0..new_width {
                let (right, down) = (new_width - 1 - x, new_height - 1 - y);
                let (from_x, from_y) = match orientation {
                    2 => (right, y),
                    3 => (right, down),
                    4 => (x, down),
                    5 => (y, x),
                    6 => (y, right),
                    7 => (down, right),
                    _ => (down, x),
                };
                pixels.extend(source[from_y * width + from_x]);
            }
        }
        Self { width: new_width as u32, height: new_height as u32, pixels: pixels.into() }
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Image({} by {} pixels)", self.width, self.height)
    }
}

fn check_pixels(width: u64, height: u64) -> Result<(), StampError> {
    let found = width.saturating_mul(height);
    if found > MAX_PIXELS {
        return Err(StampError::ImageTooLarge { what: "pixels", found, max: MAX_PIXELS });
    }
    Ok(())
}

fn png(bytes: &[u8]) -> Result<Image, StampError> {
    let fault = |error: png::DecodingError| broken(&error.to_string());
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: 16 << 20 });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(fault)?;
    check_pixels(u64::from(header.width), u64::from(header.height))?;
    let mut reader = decoder.read_info().map_err(fault)?;
    let mut data = vec![0; reader.output_buffer_size().ok_or_else(|| broken("its size"))?];
    let frame = reader.next_frame(&mut data).map_err(fault)?;
    data.truncate(frame.buffer_size());
    let pixels = match frame.color_type {
        png::ColorType::Rgba => data,
        png::ColorType::Rgb => rgb(&data),
        png::ColorType::Grayscale => data.iter().flat_map(|grey| [*grey, *grey, *grey, 255]).collect(),
        png::ColorType::GrayscaleAlpha => {
            data.as_chunks::<2>().0.iter().flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]).collect()
        }
        png::ColorType::Indexed => return Err(broken("its palette")), // the transformation above expands palettes
    };
    Image::checked(frame.width as usize, frame.height as usize, pixels)
}

fn jpeg(bytes: &[u8]) -> Result<Image, StampError> {
    let options = DecoderOptions::new_safe()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(64)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| broken(&error.to_string()))?;
    let info = decoder.info().ok_or_else(|| broken("no header"))?;
    check_pixels(u64::from(info.width), u64::from(info.height))?;
    let orientation = decoder.exif().and_then(|exif| orientation(exif)).unwrap_or(1);
    let data = decoder.decode().map_err(|error| broken(&error.to_string()))?;
    let image = Image::checked(usize::from(info.width), usize::from(info.height), rgb(&data))?;
    Ok(image.reduced(KEPT_SIDE, KEPT_SIDE).oriented(orientation))
}

fn rgb(data: &[u8]) -> Vec<u8> {
    data.as_chunks::<3>().0.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, 255]).collect()
}

/// Tag 0x0112 of the first directory of a TIFF structure.
fn orientation(exif: &[u8]) -> Option<u16> {
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let little = match exif.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let pair = [*exif.get(at)?, *exif.get(at.checked_add(1)?)?];
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let long = |at: usize| {
        let (first, second) = (u32::from(short(at)?), u32::from(short(at.checked_add(2)?)?));
        usize::try_from(if little { second << 16 | first } else { first << 16 | second }).ok()
    };
    let directory = long(4)?;
    let entry = |index: usize| directory.checked_add(2 + index * 12);
    let found = (0..usize::from(short(directory)?)).filter_map(entry).find(|at| short(*at) == Some(0x0112))?;
    short(found.checked_add(8)?)
}

fn broken(reason: &str) -> StampError {
    StampError::ImageBroken(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn image(width: u32, height: u32, pixels: &[[u8; 4]]) -> Image {
        Image { width, height, pixels: pixels.concat().into() }
    }

    fn encoded(color: png::ColorType, width: u32, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let height = data.len() as u32 / width / color.samples() as u32;
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(color);
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        out
    }

    #[test]
    fn every_kind_of_png_becomes_the_same_pixels() {
        let grey = Image::parse(&encoded(png::ColorType::GrayscaleAlpha, 2, &[0, 255, 255, 128])).unwrap();
        assert_eq!(grey, image(2, 1, &[[0, 0, 0, 255], [255, 255, 255, 128]]));
        assert!(grey.is_grey() && !grey.is_opaque());
        let colour = Image::parse(&encoded(png::ColorType::Rgb, 1, &[1, 2, 3])).unwrap();
        assert_eq!(colour, image(1, 1, &[[1, 2, 3, 255]]));
        assert!(!colour.is_grey() && colour.is_opaque());
        assert_eq!(colour.channels([0, 2]), [1, 3]);
    }

    #[test]
    fn alpha_is_flattened_on_white_and_kept_where_it_is_reduced() {
        let ink = image(2, 1, &[[0, 0, 0, 255], [200, 0, 0, 0]]);
        assert_eq!(ink.flattened(), image(2, 1, &[[0, 0, 0, 255], [255, 255, 255, 255]]));
        assert_eq!(ink.reduced(1, 1), image(1, 1, &[[0, 0, 0, 128]]), "what is not seen has no colour");
        assert_eq!(ink.reduced(9, 9), ink);
    }

    #[test]
    fn photographs_are_turned_as_the_camera_was_held() {
        let [a, b, c, d, e, f] = [1, 2, 3, 4, 5, 6].map(|value| [value, value, value, 255]);
        let source = image(3, 2, &[a, b, c, d, e, f]);
        assert_eq!(source.clone().oriented(3), image(3, 2, &[f, e, d, c, b, a]));
        assert_eq!(source.clone().oriented(6), image(2, 3, &[d, a, e, b, f, c]), "turned right");
        assert_eq!(source.clone().oriented(8), image(2, 3, &[c, f, b, e, a, d]), "turned left");
        assert_eq!(source.clone().oriented(5), image(2, 3, &[a, d, b, e, c, f]));
        assert_eq!(source.clone().oriented(99), source);
        let exif = [b"MM\0\x2a\0\0\0\x08\0\x01".as_slice(), &[1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]].concat();
        assert_eq!(orientation(&exif), Some(6));
        assert_eq!(orientation(&exif[..15]), None);
    }

    #[test]
    fn bounds_hold_before_anything_is_decoded() {
        assert_eq!(Image::parse(b"GIF89a"), Err(StampError::ImageFormat));
        let error = Image::parse(&vec![0x89; MAX_BYTES + 1]).unwrap_err();
        assert!(matches!(error, StampError::ImageTooLarge { what: "bytes", .. }));
        let mut huge = encoded(png::ColorType::Grayscale, 1, &[0]);
        huge[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]); // 16384 by 16384
        let sum = crc(&huge[12..29]).to_be_bytes();
        huge[29..33].copy_from_slice(&sum);
        let error = Image::parse(&huge).unwrap_err();
        assert_eq!(error, StampError::ImageTooLarge { what: "pixels", found: 1 << 28, max: MAX_PIXELS });
    }

    fn crc(data: &[u8]) -> u32 {
        !data.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }

    proptest! {
        #[test]
        fn broken_files_are_refused_without_harm(mut bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0..3) {
            let start: &[u8] = [b"\x89PNG\r\n\x1a\n".as_slice(), &[0xff, 0xd8, 0xff], b""][kind as usize];
            bytes.splice(0..0, start.iter().copied());
            let _ = Image::parse(&bytes);
            let _ = orientation(&bytes);
        }
    }
}
