//! Visible stamps: the office's templates, what they say for a signature, and what they would cover.

mod template;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use cartorio_ades::create::pades::{Appearance, PadesError, describe_fields};
use cartorio_core::{Digest, HashAlgorithm, WireError};
use cartorio_pdf::{Page, PdfFile, Rect};
use cartorio_registry::Act;
use cartorio_stamp::{Covered, CoveredKind, Image, Placement, Rotation, StampSpec, covers_text, place, seen_size};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub(crate) use template::{list, remove, save};

use crate::documents::{Documents, file_name};
use crate::dto::{
    Environment, Permission, StampCheck, StampCovers, StampImage, StampPlacement, StampPreview, StampPreviewRequest,
    StampTemplate,
};
use crate::office::Office;
use crate::output::write_over;
use crate::session::{Facts, Session};
use crate::signing::{Options, SignError, SigningIdentity, blocking};
use crate::words::Words;
use crate::{OfficeError, OfficeResult};

/// What stamps of the demonstration say.
const DEMO_NOTICE: &str = "DEMONSTRAÇÃO, sem valor jurídico";

/// Folder of the office's stamp pictures.
const PICTURES: &str = "carimbos";

/// The largest file of a picture, in bytes.
const MAX_PICTURE: u64 = 10 << 20;

/// What a batch froze of a stamp: a template that is changed or removed later does not change the batch. The picture is named by
/// its digest, and the office keeps it under that.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct FrozenStamp {
    template: StampTemplate,
    office_name: String,
}

/// A stamp as a batch has it: template, picture and place do not change any more.
#[derive(Clone)]
pub(crate) struct PlannedStamp {
    template: StampTemplate,
    image: Option<Image>,
    placement: StampPlacement,
    demo: bool,
    office_name: String,
}

impl PlannedStamp {
    /// Loads template and picture; what was frozen counts instead of what the office has now.
    pub(crate) async fn load(
        session: &Session,
        placement: &StampPlacement,
        frozen: Option<FrozenStamp>,
    ) -> OfficeResult<Self> {
        let FrozenStamp { template, office_name } = match frozen {
            Some(frozen) => frozen,
            None => {
                let template = list(session).await?.into_iter().find(|own| own.id == placement.template);
                let template = template.ok_or(OfficeError::InvalidField { field: "stamp", reason: "unknown" })?;
                FrozenStamp { template, office_name: session.office_name.clone() }
            }
        };
        let image = picture(session, template.image.as_deref()).await?;
        Ok(Self {
            template,
            image,
            placement: placement.clone(),
            demo: session.environment == Environment::Demo,
            office_name,
        })
    }

    /// What the journal keeps of it.
    pub(crate) fn frozen(&self) -> FrozenStamp {
        FrozenStamp { template: self.template.clone(), office_name: self.office_name.clone() }
    }

    /// Draws it for a document. Blocks.
    ///
    /// # Errors
    /// [`SignError::StampCovers`] when it would cover something and nobody said that it may.
    pub(crate) fn draw(
        &self,
        file: &PdfFile,
        identity: &SigningIdentity,
        options: &Options,
        sha256: &str,
        at: OffsetDateTime,
    ) -> OfficeResult<Appearance> {
        let spot = self.spot(file, options.field())?;
        if !self.placement.may_cover
            && let Some(covered) = spot.covered(file)?
        {
            return Err(covered.into());
        }
        let words =
            Fillings { identity: Some(identity), options: Some(options), office: &self.office_name, sha256, at };
        let spec = self.spec(&words, &spot, is_pdf_a(file));
        Ok(Appearance { page: spot.index, rect: spot.rect, drawing: cartorio_stamp::draw(&spec)? })
    }

    /// What is known before anything is signed: the place and what is under it. `field` is the empty field that will be signed.
    /// Blocks.
    pub(crate) fn remark(&self, file: &PdfFile, field: Option<&str>) -> OfficeResult<Option<WireError>> {
        Ok(self.spot(file, field)?.covered(file)?.map(|covered| WireError::from(&covered)))
    }

    /// An empty field that is signed has its own place; any other stamp goes where somebody put it.
    fn spot(&self, file: &PdfFile, field: Option<&str>) -> OfficeResult<Spot> {
        match field {
            Some(name) => Spot::of_field(file, name),
            None => Spot::find(file, &self.placement),
        }
    }

    /// Whether it sends its reader to ITI's validator, by a line or by its QR code.
    pub(crate) fn points_to_validar(&self) -> bool {
        let points = |text: &String| text.to_lowercase().contains("validar.iti.gov.br");
        self.template.lines.iter().chain(&self.template.qr).any(points)
    }

    /// Whether it may cover what is under it.
    pub(crate) const fn may_cover(&self) -> bool {
        self.placement.may_cover
    }

    fn spec(&self, words: &Fillings<'_>, spot: &Spot, pdf_a: bool) -> StampSpec {
        let mut spec = template::spec(&self.template, self.image.clone(), words);
        (spec.width, spec.height) = match &spot.field {
            Some(_) => seen_size(&spot.page, spot.rect),
            None => (self.placement.width, self.placement.height),
        };
        spec.demo = self.demo.then(|| DEMO_NOTICE.to_owned());
        spec.rotation = Rotation::of(&spot.page);
        spec.pdf_a = pdf_a;
        spec
    }
}

/// What placeholders stand for.
struct Fillings<'a> {
    identity: Option<&'a SigningIdentity>,
    options: Option<&'a Options>,
    office: &'a str,
    sha256: &'a str,
    at: OffsetDateTime,
}

impl Fillings<'_> {
    fn table(&self) -> BTreeMap<&'static str, String> {
        let identity = self.identity;
        let certificate = identity.map(|own| &own.certificate);
        BTreeMap::from([
            ("{titular}", identity.map(SigningIdentity::holder).unwrap_or_else(|| "Nome do titular".to_owned())),
            (
                "{cpf}",
                certificate
                    .and_then(|own| own.identity.cpf.as_ref())
                    .map(cartorio_pki::Cpf::masked)
                    .unwrap_or_default(),
            ),
            (
                "{emissor}",
                certificate.map(crate::certificates::issuer_name).unwrap_or_else(|| "Autoridade emissora".to_owned()),
            ),
            ("{data}", brasilia(self.at)),
            ("{motivo}", self.options.and_then(Options::reason).unwrap_or_default().to_owned()),
            ("{local}", self.options.and_then(Options::location).unwrap_or_default().to_owned()),
            ("{cartorio}", self.office.to_owned()),
            ("{sha256}", self.sha256.to_owned()),
        ])
    }
}

/// A time as a stamp says it: Brasília's, which legal time in Brazil is told in, with its offset.
fn brasilia(at: OffsetDateTime) -> String {
    let offset = time::UtcOffset::from_hms(-3, 0, 0).unwrap_or(time::UtcOffset::UTC);
    let at = at.to_offset(offset);
    let (day, month, year) = (at.day(), u8::from(at.month()), at.year());
    format!("{day:02}/{month:02}/{year:04} {:02}:{:02}:{:02} -03:00", at.hour(), at.minute(), at.second())
}

/// Where a stamp goes in a document.
struct Spot {
    index: usize,
    page: Page,
    rect: Rect,
    /// The empty field that has this place.
    field: Option<String>,
}

impl Spot {
    fn find(file: &PdfFile, placement: &StampPlacement) -> OfficeResult<Self> {
        let mut pages = file.pages()?;
        let count = pages.len();
        let index = page_index(placement.page, count).ok_or(cartorio_stamp::StampError::NoSuchPage {
            page: usize::try_from(placement.page).unwrap_or(0),
            count,
        })?;
        let page = pages.swap_remove(index);
        let seen = Placement { x: placement.x, y: placement.y, width: placement.width, height: placement.height };
        let rect = place(&page, seen)?;
        Ok(Self { index, page, rect, field: None })
    }

    /// The place of a field of the document.
    fn of_field(file: &PdfFile, name: &str) -> OfficeResult<Self> {
        let unseen = || OfficeError::from(SignError::StampFieldUnseen { field: name.to_owned() });
        let found = describe_fields(file)?.into_iter().find(|own| own.name == name);
        let Some(found) = found else { return Err(PadesError::FieldNotFound { field: name.to_owned() }.into()) };
        let (index, rect) = found.page.zip(found.rect).ok_or_else(unseen)?;
        if (rect[0] - rect[2]).abs() < 1.0 || (rect[1] - rect[3]).abs() < 1.0 {
            return Err(unseen());
        }
        let mut pages = file.pages()?;
        if index >= pages.len() {
            return Err(unseen());
        }
        Ok(Self { index, page: pages.swap_remove(index), rect, field: Some(name.to_owned()) })
    }

    /// What a stamp here would cover first; the field that it is made for is not covered.
    fn covered(&self, file: &PdfFile) -> OfficeResult<Option<SignError>> {
        let is_own = |own: &Covered| own.kind == CoveredKind::EmptySignature && self.field.as_ref() == Some(&own.text);
        let covered = covers_text(file, self.index, self.rect)?;
        let page = u32::try_from(self.index + 1).unwrap_or(u32::MAX);
        let first = covered.into_iter().find(|own| !is_own(own));
        Ok(first.map(|first| SignError::StampCovers {
            page,
            what: covered_code(first.kind),
            text: excerpt(&first.text),
        }))
    }
}

/// From 0; `page` counts from 1, negative numbers from the end.
fn page_index(page: i32, count: usize) -> Option<usize> {
    let wanted = usize::try_from(page.unsigned_abs()).ok()?;
    let index = if page > 0 { wanted.checked_sub(1)? } else { count.checked_sub(wanted)? };
    (page != 0 && index < count).then_some(index)
}

const fn covered_code(kind: CoveredKind) -> &'static str {
    match kind {
        CoveredKind::Text => "text",
        CoveredKind::Signature => "signature",
        CoveredKind::EmptySignature => "empty_field",
        CoveredKind::Annotation => "annotation",
        CoveredKind::Picture => "picture",
        CoveredKind::Unread => "unread",
    }
}

/// As much of a text as a warning quotes: whole words, and an ellipsis where there is more.
fn excerpt(text: &str) -> String {
    /// Characters.
    const MOST: usize = 120;
    let Some((end, _)) = text.char_indices().nth(MOST) else { return text.to_owned() };
    let start = &text[..end];
    // A word so long that it fills all of it is cut.
    let whole = match start.rfind(' ') {
        Some(space) if !text[end..].starts_with(' ') => &start[..space],
        Some(_) | None => start,
    };
    format!("{} …", whole.trim_end_matches(['…', ' ']))
}

/// Whether the document says that it is PDF/A (ISO 19005-1 §6.7.11), in its metadata.
fn is_pdf_a(file: &PdfFile) -> bool {
    let metadata = || -> Option<Vec<u8>> {
        let reference = file.catalog().ok()?.reference("Metadata")?;
        file.decoded(&file.stream(reference).ok()?).ok()
    };
    metadata().is_some_and(|xmp| xmp.windows(11).any(|at| at == b"pdfaid:part"))
}

/// What a stamp would cover. Blocks for the reading alone.
pub(crate) async fn check(documents: &Documents, request: StampCheck) -> OfficeResult<StampCovers> {
    let entry = documents.get(&request.document)?;
    blocking(move || {
        let file = entry.open_pdf()?;
        let placement = StampPlacement {
            template: String::new(),
            page: request.page,
            x: request.x,
            y: request.y,
            width: request.width,
            height: request.height,
            may_cover: false,
        };
        let spot = match Spot::find(&file, &placement) {
            Ok(spot) => spot,
            Err(OfficeError::Format(error)) if error.code == "stamp_outside_page" => {
                return Ok(StampCovers { outside: true, ..StampCovers::default() });
            }
            Err(error) => return Err(error),
        };
        let covered = covers_text(&file, spot.index, spot.rect)?;
        let of =
            |wanted: fn(&Covered) -> bool| covered.iter().filter(move |own| wanted(own)).map(|own| own.text.clone());
        let text = of(|own| own.kind == CoveredKind::Text).collect::<Vec<_>>().join(" ").replace("… …", "…");
        let fields = of(|own| {
            matches!(own.kind, CoveredKind::Signature | CoveredKind::EmptySignature | CoveredKind::Annotation)
        });
        let has = |kind| covered.iter().any(|own| own.kind == kind);
        Ok(StampCovers {
            text: excerpt(&text),
            fields: fields.collect(),
            picture: has(CoveredKind::Picture),
            unread: has(CoveredKind::Unread),
            outside: false,
        })
    })
    .await?
}

/// How a stamp will look.
pub(crate) async fn preview(session: &Session, request: StampPreviewRequest) -> OfficeResult<StampPreview> {
    session.require(Permission::Sign)?;
    let image = picture(session, request.template.image.as_deref()).await?;
    let identity = match &request.identity {
        Some(id) => Some(SigningIdentity::load(session, id).await?),
        None => None,
    };
    let words = Fillings {
        identity: identity.as_ref(),
        options: None,
        office: &session.office_name,
        sha256: "",
        at: session.clock.now(),
    };
    let mut table = words.table();
    table.insert("{motivo}", request.reason.unwrap_or_default());
    table.insert("{local}", request.location.unwrap_or_default());
    table.insert("{sha256}", "0".repeat(64));
    let mut spec = template::spec_of(&request.template, image, &table);
    spec.width = request.width;
    spec.height = request.height;
    spec.demo = (session.environment == Environment::Demo).then(|| DEMO_NOTICE.to_owned());
    let fit = cartorio_stamp::fit(&spec)?;
    Ok(StampPreview { svg: cartorio_stamp::preview_svg(&spec)?, smallest_text: fit.smallest_text.unwrap_or_default() })
}

/// Lets a person choose a picture; it is decoded, and its bytes are kept in the office's folder under their digest.
pub(crate) async fn pick_image(office: &Office, session: &Arc<Session>) -> OfficeResult<Option<StampImage>> {
    session.require(Permission::ManageSettings)?;
    let picked = office.ports.dialogs.pick_files(Words::of(office)?.pick_stamp_image()).await;
    let Some(path) = picked.into_iter().next() else {
        return Ok(None);
    };
    keep_image(session, path).await.map(Some)
}

/// Keeps the picture at `path`.
pub(crate) async fn keep_image(session: &Arc<Session>, path: PathBuf) -> OfficeResult<StampImage> {
    let name = file_name(&path);
    let folder = session.folder.join(PICTURES);
    let own = name.clone();
    let (id, image) = blocking(move || {
        let unreadable =
            |error: std::io::Error| OfficeError::DocumentUnreadable { name: own.clone(), reason: error.to_string() };
        let size = std::fs::metadata(&path).map_err(unreadable)?.len();
        if size > MAX_PICTURE {
            return Err(OfficeError::DocumentTooLarge { name: own.clone(), size, limit: MAX_PICTURE });
        }
        let bytes = std::fs::read(&path).map_err(unreadable)?;
        let image = Image::parse(&bytes)?;
        let id = Digest::of(HashAlgorithm::Sha256, &bytes).to_hex();
        crate::home::create_private_folder(&folder).map_err(unreadable)?;
        write_over(&folder.join(&id), &bytes).map_err(unreadable)?;
        Ok((id, image))
    })
    .await??;
    let facts = Facts::default().with("setting", "stamp_image").with("sha256", id.clone()).with("name", name.clone());
    let (width, height) = (image.width(), image.height());
    session.record(Act::SettingsChanged, facts, async |_| Ok(StampImage { id, name, width, height })).await
}

/// The picture of that digest, checked against it.
async fn picture(session: &Session, id: Option<&str>) -> OfficeResult<Option<Image>> {
    let Some(id) = id else {
        return Ok(None);
    };
    if id.len() != 64 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(OfficeError::InvalidField { field: "image", reason: "malformed" });
    }
    let (path, id) = (session.folder.join(PICTURES).join(id), id.to_owned());
    blocking(move || {
        let unreadable = |reason: String| OfficeError::DocumentUnreadable { name: file_name(&path), reason };
        let bytes = std::fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
        if Digest::of(HashAlgorithm::Sha256, &bytes).to_hex() != id {
            return Err(unreadable("it was changed".to_owned()));
        }
        Ok(Some(Image::parse(&bytes)?))
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn pages_count_from_both_ends() {
        for (page, count, index) in [
            (1, 3, Some(0)),
            (3, 3, Some(2)),
            (4, 3, None),
            (0, 3, None),
            (-1, 3, Some(2)),
            (-3, 3, Some(0)),
            (-4, 3, None),
        ] {
            assert_eq!(page_index(page, count), index, "{page} of {count}");
        }
    }

    #[test]
    fn what_is_quoted_ends_with_a_word() {
        assert_eq!(excerpt("Cláusula quinta"), "Cláusula quinta");
        let long = "cláusula ".repeat(30);
        let quoted = excerpt(long.trim_end());
        assert!(quoted.ends_with("cláusula …") && quoted.chars().count() <= 122, "{quoted}");
        assert_eq!(excerpt(&"ã".repeat(200)), format!("{} …", "ã".repeat(120)));
    }

    #[test]
    fn the_time_is_brasilias_with_its_offset() {
        assert_eq!(brasilia(datetime!(2026-01-01 02:59:58 UTC)), "31/12/2025 23:59:58 -03:00");
    }
}
