//! The signature fields of a PDF.

use cartorio_office::Commands;
use cartorio_office::dto::{DocumentKind, DocumentOrigin, DocumentRef, FieldView};
use cartorio_office::texts::demand_in_words;
use serde_json::json;

use super::sign::{not_a_pdf, wants_password};
use crate::args::{Fields, Global};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::secrets;
use crate::show::table;

pub(crate) async fn fields(global: &Global, command: Fields, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open_to_look(global, lang).await?;
    let mut info = office.open_document(command.file, DocumentOrigin::Dropped).await?;
    if let Some(path) = &command.document_password_file
        && wants_password(&info)
    {
        info = office.unlock_document(&info.id, secrets::file(path)?).await?;
    }
    if info.kind != DocumentKind::Pdf {
        return Err(not_a_pdf(&info.name).into());
    }
    let all = office.document_fields(DocumentRef { id: info.id }).await?;
    Done::new(listed(&all, lang), &json!({ "document": info.name, "fields": all }))
}

fn listed(all: &[FieldView], lang: Lang) -> String {
    if all.is_empty() {
        return say!(lang, "Este PDF não tem campo de assinatura.", "This PDF has no signature field.");
    }
    let head = [
        say!(lang, "Campo", "Field"),
        say!(lang, "Estado", "State"),
        say!(lang, "Página", "Page"),
        say!(lang, "Lugar", "Place"),
    ];
    let row = |own: &FieldView| {
        let demand = own.demand.as_ref().map(|error| demand_in_words(lang.locale(), &error.params).0);
        let state = match (own.signed, &own.problem) {
            (true, _) => say!(lang, "assinado", "signed"),
            (false, None) => match demand {
                None => say!(lang, "vazio", "empty"),
                Some(demand) => say!(lang, "vazio, exige {demand}", "empty, demands {demand}"),
            },
            (false, Some(error)) => {
                let code = &error.code;
                say!(lang, "vazio, não pode ser assinado [{code}]", "empty, cannot be signed [{code}]")
            }
        };
        let place = own.area.map_or_else(
            || say!(lang, "invisível", "invisible"),
            |[x, y, w, h]| format!("x={x:.0},y={y:.0},w={w:.0},h={h:.0}"),
        );
        vec![own.name.clone(), state, own.page.map_or_else(|| "–".to_owned(), |page| page.to_string()), place]
    };
    table(&head, &all.iter().map(row).collect::<Vec<_>>())
}
