//! Pixels compressed. PNG's compressed rows are what PDF calls Flate with a PNG predictor, so one writer serves both.

use png::{BitDepth, ColorType, Compression, Encoder};

use crate::error::StampError;
use crate::image::Image;

/// What a picture is made of, for a document or a window.
pub(crate) struct Plane {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Channels per pixel, of eight bits each.
    pub(crate) channels: u8,
    pub(crate) png: Vec<u8>,
}

impl Plane {
    /// The colours of a picture: one channel when it is grey, else three. Alpha is left out.
    ///
    /// # Errors
    /// [`StampError::ImageBroken`], which means a defect here.
    pub(crate) fn colours(image: &Image) -> Result<Self, StampError> {
        if image.is_grey() {
            Self::new(image, ColorType::Grayscale, &image.channels([0]))
        } else {
            Self::new(image, ColorType::Rgb, &image.channels([0, 1, 2]))
        }
    }

    /// The alpha of a picture alone.
    ///
    /// # Errors
    /// As [`Plane::colours`].
    pub(crate) fn alpha(image: &Image) -> Result<Self, StampError> {
        Self::new(image, ColorType::Grayscale, &image.channels([3]))
    }

    /// Colours and alpha in one.
    ///
    /// # Errors
    /// As [`Plane::colours`].
    pub(crate) fn everything(image: &Image) -> Result<Self, StampError> {
        Self::new(image, ColorType::Rgba, &image.channels([0, 1, 2, 3]))
    }

    fn new(image: &Image, color: ColorType, data: &[u8]) -> Result<Self, StampError> {
        let (width, height) = (image.width(), image.height());
        let mut png = Vec::new();
        let mut encoder = Encoder::new(&mut png, width, height);
        encoder.set_color(color);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Balanced);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(data)?;
            writer.finish()
        });
        written.map_err(|error| StampError::ImageBroken(error.to_string()))?;
        Ok(Self { width, height, channels: color.samples() as u8, png })
    }

    /// The compressed rows: the contents of all IDAT chunks (PNG, 11.2.3).
    pub(crate) fn rows(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.png.len());
        let mut rest = self.png.get(8..).unwrap_or_default();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            let Some((chunk, after)) = after.split_at_checked(length.saturating_add(4)) else { break };
            if let Some(data) = chunk.strip_prefix(b"IDAT") {
                out.extend_from_slice(data);
            }
            rest = after.get(4..).unwrap_or_default(); // the checksum
        }
        out
    }
}
