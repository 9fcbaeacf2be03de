//! Why a stamp cannot be made.

use cartorio_core::Coded;
use cartorio_pdf::PdfError;
use thiserror::Error;

/// Why a stamp cannot be made, placed or looked under. Lengths are points.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum StampError {
    /// A side of the stamp is too short, too long or no number.
    #[error("a stamp cannot be {width} by {height} points")]
    Size {
        /// The width asked for.
        width: f64,
        /// The height asked for.
        height: f64,
    },
    /// A line's size is too small, too large or no number.
    #[error("text cannot be set at {size} points")]
    TextSize {
        /// The size asked for.
        size: f64,
    },
    /// More text than a stamp can show.
    #[error("{lines} lines with {characters} characters; a stamp holds {max_lines} and {max_characters}")]
    TooMuchText {
        /// How many lines there are.
        lines: usize,
        /// How many there may be.
        max_lines: usize,
        /// How many characters there are.
        characters: usize,
        /// How many there may be.
        max_characters: usize,
    },
    /// There is nothing to show.
    #[error("the stamp is empty")]
    Empty,
    /// What the QR code is to say does not fit one that can be read from paper.
    #[error("a QR code for {bytes} bytes is too dense; {max} fit")]
    QrTooLong {
        /// The length of the text in bytes.
        bytes: usize,
        /// The most that fit.
        max: usize,
    },
    /// The picture is neither PNG nor JPEG.
    #[error("the picture is neither PNG nor JPEG")]
    ImageFormat,
    /// The picture's file or its number of pixels is too large.
    #[error("the picture has {found} {what}; {max} are allowed")]
    ImageTooLarge {
        /// What was counted: `bytes` or `pixels`.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many are allowed.
        max: u64,
    },
    /// The picture cannot be decoded.
    #[error("the picture cannot be read: {0}")]
    ImageBroken(String),
    /// The place asked for is not wholly on the page.
    #[error("the stamp would stand outside of the page, which is {page_width} by {page_height} points as it is seen")]
    OutsidePage {
        /// The width of the page as it is seen.
        page_width: f64,
        /// Its height.
        page_height: f64,
    },
    /// The page has no box, or an empty one.
    #[error("the page has no usable size")]
    PageBox,
    /// The document has no such page.
    #[error("there is no page {page}; the document has {count}")]
    NoSuchPage {
        /// The page asked for, from 0.
        page: usize,
        /// How many pages there are.
        count: usize,
    },
    /// The document cannot be read.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// A built-in font cannot be read or subset: a defect here.
    #[error("the built-in font failed: {0}")]
    Font(String),
}

impl Coded for StampError {
    fn code(&self) -> &'static str {
        match self {
            Self::Size { .. } => "stamp_size",
            Self::TextSize { .. } => "stamp_text_size",
            Self::TooMuchText { .. } => "stamp_too_much_text",
            Self::Empty => "stamp_empty",
            Self::QrTooLong { .. } => "stamp_qr_too_long",
            Self::ImageFormat => "stamp_image_format",
            Self::ImageTooLarge { .. } => "stamp_image_too_large",
            Self::ImageBroken(_) => "stamp_image_broken",
            Self::OutsidePage { .. } => "stamp_outside_page",
            Self::PageBox => "stamp_page_box",
            Self::NoSuchPage { .. } => "stamp_no_such_page",
            Self::Pdf(error) => error.code(),
            Self::Font(_) => "stamp_font",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Size { width, height } => vec![("width", points(*width)), ("height", points(*height))],
            Self::TextSize { size } => vec![("size", points(*size))],
            Self::TooMuchText { lines, max_lines, characters, max_characters } => vec![
                ("lines", lines.to_string()),
                ("max_lines", max_lines.to_string()),
                ("characters", characters.to_string()),
                ("max_characters", max_characters.to_string()),
            ],
            Self::Empty | Self::ImageFormat | Self::PageBox => Vec::new(),
            Self::QrTooLong { bytes, max } => vec![("bytes", bytes.to_string()), ("max", max.to_string())],
            Self::ImageTooLarge { what, found, max } => {
                vec![("what", (*what).to_owned()), ("found", found.to_string()), ("max", max.to_string())]
            }
            Self::ImageBroken(reason) | Self::Font(reason) => vec![("reason", reason.clone())],
            Self::OutsidePage { page_width, page_height } => {
                vec![("page_width", points(*page_width)), ("page_height", points(*page_height))]
            }
            // People count pages from 1.
            Self::NoSuchPage { page, count } => {
                vec![("page", page.saturating_add(1).to_string()), ("count", count.to_string())]
            }
            Self::Pdf(error) => error.params(),
        }
    }
}

fn points(value: f64) -> String {
    format!("{value:.1}")
}
