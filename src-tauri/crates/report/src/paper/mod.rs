//! The report as PDF/A-2a and PDF/UA-1.

mod flow;
mod fonts;
mod pages;
mod paint;
mod style;
mod tags;
mod text;

use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::error::KrillaError;
use krilla::metadata::{DateTime, Metadata, TextDirection};
use krilla::{Document, SerializeSettings};
use time::OffsetDateTime;

use crate::visible::one_line;
use crate::{Report, ReportError};

impl Report {
    /// The report as a PDF that is PDF/A-2a (ISO 19005-2, for the archive) and PDF/UA-1 (ISO 14289-1, for screen readers) at once: A4, fonts
    /// embedded as subsets, tagged, with an outline. The same report gives the same bytes, on every machine.
    ///
    /// # Errors
    ///
    /// See [`ReportError`]. Any text can be written, however long and whatever characters it has.
    pub fn to_pdf(&self) -> Result<Vec<u8>, ReportError> {
        self.check()?;
        let fonts = fonts::Fonts::new()?;
        let flow = flow::flow(&fonts, self);
        let mut document = Document::new_with(settings()?);
        document.set_metadata(metadata(self));
        let (structure, outline) = paint::paint(&fonts, self, flow, &mut document);
        document.set_tag_tree(structure.into_tree(self.language.tag()));
        document.set_outline(outline);
        document.finish().map_err(|error| ReportError::Pdf(explained(&error)))
    }
}

fn settings() -> Result<SerializeSettings, ReportError> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| ReportError::Pdf(format!("{error:?}")))?;
    Ok(SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() })
}

fn metadata(report: &Report) -> Metadata {
    Metadata::new()
        .title(one_line(&report.title, flow::METADATA))
        .description(one_line(report.subtitle.as_deref().unwrap_or_default(), flow::METADATA))
        .authors(vec![one_line(&report.issuer, flow::METADATA)])
        .creator("Cartório Digital".to_owned())
        .producer("Cartório Digital".to_owned())
        .language(report.language.tag().to_owned())
        .text_direction(TextDirection::LeftToRight)
        .creation_date(date(report.created_at))
}

/// The check of the report has made sure that the year has four digits.
fn date(time: OffsetDateTime) -> DateTime {
    let (hours, minutes, _) = time.offset().as_hms();
    DateTime::new(u16::try_from(time.year()).unwrap_or_default())
        .month(time.month().into())
        .day(time.day())
        .hour(time.hour())
        .minute(time.minute())
        .second(time.second())
        .utc_offset_hour(hours)
        .utc_offset_minute(minutes.unsigned_abs())
}

fn explained(error: &KrillaError) -> String {
    match error {
        KrillaError::Validation(errors) => {
            let reasons: Vec<String> = errors.iter().take(3).map(|(reason, _)| format!("{reason:?}")).collect();
            format!("{error}: {}", reasons.join(", "))
        }
        KrillaError::Font(..)
        | KrillaError::Limit(_)
        | KrillaError::DuplicateNamedDestination(_)
        | KrillaError::DuplicateTagId(..)
        | KrillaError::UnknownTagId(..) => error.to_string(),
    }
}
