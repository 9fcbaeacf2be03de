//! What can be wrong with a report.

use cartorio_core::Coded;
use thiserror::Error;

/// Why a report cannot be written.
#[derive(Clone, Debug, Eq, PartialEq, Error)]
pub enum ReportError {
    /// A row has not as many cells as its table has columns. Tables and rows are counted from 1, in reading order.
    #[error("row {row} of table {table} has {found} cells, the table has {expected} columns")]
    RowWidth {
        /// Which table.
        table: usize,
        /// Which row.
        row: usize,
        /// Columns of the table.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A table has no column, or more than fit on paper ([`crate::MAX_COLUMNS`]). Tables are counted from 1, in reading order.
    #[error("table {table} has {found} columns; 1 to {max} fit on the page")]
    ColumnCount {
        /// Which table.
        table: usize,
        /// Its columns.
        found: usize,
        /// The most that fit.
        max: usize,
    },
    /// The report has no title; PDF/UA demands one, and so does whoever files it.
    #[error("the report has no title")]
    NoTitle,
    /// A time of the report has no form in RFC 3339 (years 0 to 9999).
    #[error("a time of the report cannot be written: {0}")]
    Time(String),
    /// The PDF library refused; with the built-in fonts and checked text that means a defect here or a report beyond all bounds
    /// (PDF has a limit of 8 388 607 objects).
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
}

impl Coded for ReportError {
    fn code(&self) -> &'static str {
        match self {
            Self::RowWidth { .. } => "report_row_width",
            Self::ColumnCount { .. } => "report_column_count",
            Self::NoTitle => "report_no_title",
            Self::Time(_) => "report_time",
            Self::Pdf(_) => "report_pdf",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::RowWidth { table, row, expected, found } => vec![
                ("table", table.to_string()),
                ("row", row.to_string()),
                ("expected", expected.to_string()),
                ("found", found.to_string()),
            ],
            Self::ColumnCount { table, found, max } => {
                vec![("table", table.to_string()), ("found", found.to_string()), ("max", max.to_string())]
            }
            Self::NoTitle => Vec::new(),
            Self::Time(reason) | Self::Pdf(reason) => vec![("reason", reason.clone())],
        }
    }
}
