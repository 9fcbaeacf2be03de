//! The office's stamp templates: two that come with the program, and its own, kept in its settings.

use std::collections::BTreeMap;

use cartorio_core::JobId;
use cartorio_registry::Act;
use cartorio_stamp::{Image, Line, StampSpec};

use super::Fillings;
use crate::dto::{Permission, StampTemplate};
use crate::session::{Facts, Session};
use crate::{OfficeError, OfficeResult};

/// Key of the setting that holds the office's own templates, as JSON.
const SETTING: &str = "stamp_templates";

/// Templates of one office.
const MAX_TEMPLATES: usize = 50;
/// Lines of one template.
const MAX_LINES: usize = 12;
/// Characters of one line, and of the QR code's text.
const MAX_TEXT: usize = 200;

/// Size of the first line, and of the others, in points.
const HEADLINE: f64 = 10.0;
const TEXT: f64 = 8.0;

/// The templates that come with the program, then the office's own.
pub(crate) async fn list(session: &Session) -> OfficeResult<Vec<StampTemplate>> {
    let mut all = built_in();
    all.extend(own(session).await?);
    Ok(all)
}

/// Adds a template, or changes one.
pub(crate) async fn save(session: &Session, mut template: StampTemplate) -> OfficeResult<Vec<StampTemplate>> {
    session.require(Permission::ManageSettings)?;
    check(&template)?;
    template.built_in = false;
    let is_new = template.id.is_empty();
    if is_new {
        template.id = JobId::generate().to_string();
    }
    let put = |all: &mut Vec<StampTemplate>| {
        if is_new {
            if all.len() >= MAX_TEMPLATES {
                return Err(OfficeError::InvalidField { field: "stamp", reason: "too_many" });
            }
            all.push(template.clone());
        } else {
            let place = all.iter_mut().find(|own| own.id == template.id);
            *place.ok_or(OfficeError::InvalidField { field: "stamp", reason: "unknown" })? = template.clone();
        }
        Ok(())
    };
    // What cannot be done is not announced.
    put(&mut own(session).await?)?;
    store(session, "saved", &template, put).await?;
    list(session).await
}

/// Removes a template of the office's own.
pub(crate) async fn remove(session: &Session, id: &str) -> OfficeResult<Vec<StampTemplate>> {
    session.require(Permission::ManageSettings)?;
    let take = |all: &mut Vec<StampTemplate>| {
        let index = all.iter().position(|own| own.id == id);
        Ok(all.remove(index.ok_or(OfficeError::InvalidField { field: "stamp", reason: "unknown" })?))
    };
    let gone: StampTemplate = take(&mut own(session).await?)?;
    store(session, "removed", &gone, |all| take(all).map(drop)).await?;
    list(session).await
}

async fn own(session: &Session) -> OfficeResult<Vec<StampTemplate>> {
    read(session.registry.setting(SETTING).await?.as_deref())
}

fn read(json: Option<&str>) -> OfficeResult<Vec<StampTemplate>> {
    json.map_or_else(|| Ok(Vec::new()), |json| serde_json::from_str(json).map_err(OfficeError::internal))
}

/// Changes the list as it is now, in one transaction.
async fn store(
    session: &Session,
    what: &str,
    template: &StampTemplate,
    change: impl FnOnce(&mut Vec<StampTemplate>) -> OfficeResult<()>,
) -> OfficeResult<()> {
    let facts = Facts::default().with("setting", SETTING).with("change", what).with("template", template.name.clone());
    let work = async |_: &mut Facts| {
        let put = |json: Option<String>| {
            let mut all = read(json.as_deref())?;
            change(&mut all)?;
            serde_json::to_string(&all).map_err(OfficeError::internal)
        };
        session.registry.update_setting(SETTING, put).await
    };
    session.record(Act::SettingsChanged, facts, work).await
}

fn check(template: &StampTemplate) -> OfficeResult<()> {
    let bad = |field, reason| Err(OfficeError::InvalidField { field, reason });
    let text = |text: &str| text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control);
    if template.name.trim().is_empty() {
        return bad("name", "empty");
    }
    if !text(&template.name) {
        return bad("name", "malformed");
    }
    if template.lines.len() > MAX_LINES {
        return bad("lines", "too_many");
    }
    if !template.lines.iter().all(|line| text(line)) {
        return bad("lines", "malformed");
    }
    if template.qr.as_deref().is_some_and(|qr| !text(qr)) {
        return bad("qr", "malformed");
    }
    let nothing = template.lines.iter().all(|line| line.trim().is_empty());
    if nothing && template.image.is_none() && template.qr.as_deref().is_none_or(str::is_empty) {
        return bad("lines", "empty");
    }
    // What cannot be drawn is not kept.
    let mut spec = StampSpec::new(template.width, template.height);
    spec.lines.push(Line::regular("A", TEXT));
    cartorio_stamp::fit(&spec)?;
    Ok(())
}

/// What a template shows.
pub(super) fn spec(template: &StampTemplate, image: Option<Image>, words: &Fillings<'_>) -> StampSpec {
    spec_of(template, image, &words.table())
}

/// What a template shows with these fillings. A line that is left empty by them goes.
pub(super) fn spec_of(
    template: &StampTemplate,
    image: Option<Image>,
    table: &BTreeMap<&'static str, String>,
) -> StampSpec {
    let mut spec = StampSpec::new(template.width, template.height);
    for (index, line) in template.lines.iter().enumerate() {
        let Some(text) = fill(line, table) else { continue };
        let headline = template.headline && index == 0;
        spec.lines.push(if headline { Line::bold(text, HEADLINE) } else { Line::regular(text, TEXT) });
    }
    spec.image = image;
    spec.qr = template.qr.as_deref().filter(|qr| !qr.trim().is_empty()).and_then(|qr| fill(qr, table));
    spec.border = template.border;
    spec
}

/// `None` for a line whose placeholders all have nothing to say.
fn fill(line: &str, table: &BTreeMap<&'static str, String>) -> Option<String> {
    let (mut text, mut asked, mut found) = (line.to_owned(), false, false);
    for (name, value) in table {
        if line.contains(name) {
            asked = true;
            found |= !value.trim().is_empty();
            text = text.replace(name, value);
        }
    }
    (!text.trim().is_empty() && (!asked || found)).then(|| text.trim().to_owned())
}

fn built_in() -> Vec<StampTemplate> {
    let template = |id: &str, name: &str, lines: &[&str], qr: Option<&str>, width: f64, height: f64| StampTemplate {
        id: id.to_owned(),
        name: name.to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        headline: true,
        image: None,
        qr: qr.map(str::to_owned),
        border: true,
        width,
        height,
        built_in: true,
    };
    vec![
        template(
            "padrao",
            "Assinatura",
            &["{titular}", "Assinado digitalmente em {data}", "{emissor}", "Motivo: {motivo}", "Local: {local}"],
            None,
            200.0,
            64.0,
        ),
        template(
            "com-qr",
            "Assinatura com QR",
            &[
                "{titular}",
                "Assinado digitalmente em {data}",
                "{emissor}",
                "Confira a assinatura em validar.iti.gov.br",
            ],
            Some("https://validar.iti.gov.br"),
            230.0,
            72.0,
        ),
        template("compacto", "Só o nome", &["{titular}", "{data}"], None, 150.0, 32.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_whose_placeholders_say_nothing_goes() {
        let table = BTreeMap::from([("{motivo}", String::new()), ("{titular}", "Ana".to_owned())]);
        assert_eq!(fill("Motivo: {motivo}", &table), None);
        assert_eq!(fill("{titular}", &table).as_deref(), Some("Ana"));
        assert_eq!(fill("{titular} {motivo}", &table).as_deref(), Some("Ana"));
        assert_eq!(fill("Fixo", &table).as_deref(), Some("Fixo"));
        assert_eq!(fill("  ", &table), None);
    }

    #[test]
    fn what_comes_with_the_program_can_be_drawn() {
        let table = BTreeMap::from([
            ("{titular}", "Maria Aparecida da Conceição".to_owned()),
            ("{data}", "22/11/2026 02:40:12 -03:00".to_owned()),
            ("{emissor}", "AC Demonstração".to_owned()),
        ]);
        for template in built_in() {
            check(&template).unwrap();
            cartorio_stamp::draw(&spec_of(&template, None, &table)).unwrap();
        }
    }
}
