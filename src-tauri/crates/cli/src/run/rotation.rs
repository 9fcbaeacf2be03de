//! Change of keys (troca de chave).

use cartorio_office::dto::{
    DocumentOrigin, DocumentRef, Locale, RotationAdvance, RotationBring, RotationQuery, RotationRef, RotationReport,
    RotationReportFormat, RotationStart, RotationStateView, RotationStepName, RotationStepState, RotationStepView,
    RotationUndo, RotationView, RotationWait,
};
use cartorio_office::{Commands, Office};
use serde_json::json;

use super::{path_of, requests};
use crate::args::{Global, Rotation, StepChoice};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, explain};
use crate::show::{code, date, day, fields, table, yes_no};

pub(crate) async fn rotation(global: &Global, command: Rotation, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    match command {
        Rotation::List { open } => listed(&office.rotations_list(RotationQuery { open }).await?, lang),
        Rotation::Show { id } => {
            let rotation = office.rotation_get(RotationRef { id }).await?;
            Done::new(text(&rotation, lang), &rotation)
        }
        Rotation::Start { request } => went_on(&office.rotation_start(RotationStart { request }).await?, lang),
        Rotation::Advance { id, until, end_transition } => {
            let until = until.map(step_name);
            let request = RotationAdvance { id, until, end_transition_now: end_transition };
            went_on(&office.rotation_advance(request).await?, lang)
        }
        Rotation::Undo { id, reason } => went_on(&office.rotation_undo(RotationUndo { id, reason }).await?, lang),
        Rotation::Request { id, out } => saved(&office.save_rotation_request(&id, &out).await?),
        Rotation::Certificate { id, file } => {
            let document = office.open_document(file, DocumentOrigin::Dropped).await?;
            let bring = RotationBring { id, certificate: DocumentRef { id: document.id } };
            went_on(&office.rotation_certificate_bring(bring).await?, lang)
        }
        Rotation::CancelDeletion { id } => went_on(&office.rotation_deletion_cancel(RotationRef { id }).await?, lang),
        Rotation::Report { id, out } => report(&office, id, &out, lang).await,
    }
}

/// The end says how the step that was taken last ended: a failed one is no success, though nothing is lost.
fn went_on(rotation: &RotationView, lang: Lang) -> Result<Done, Failure> {
    let failed = match rotation.waits_for {
        Some(RotationWait::Failure) => rotation.steps.iter().find_map(|step| step.error.as_ref()),
        Some(RotationWait::Certificate | RotationWait::Transition | RotationWait::Person) | None => None,
    };
    Done::with(failed.map_or(Exit::Done, Exit::of), text(rotation, lang), rotation)
}

async fn report(office: &Office, id: String, out: &std::path::Path, lang: Lang) -> Result<Done, Failure> {
    let extension = out.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let format = match extension.as_deref() {
        Some("pdf") => RotationReportFormat::Pdf,
        Some("json") => RotationReportFormat::Json,
        Some(_) | None => {
            let out = out.display();
            return Err(Failure::usage(say!(
                lang,
                "--out {out}: o nome termina em .pdf ou .json",
                "--out {out}: the name ends in .pdf or .json"
            )));
        }
    };
    let locale = match lang {
        Lang::PtBr => Locale::PtBr,
        Lang::En => Locale::En,
    };
    saved(&office.save_rotation_report(RotationReport { id, format }, locale, out).await?)
}

fn saved(file: &cartorio_office::dto::DocumentInfo) -> Result<Done, Failure> {
    let path = path_of(&file.folder, &file.name);
    Done::new(path.clone(), &json!({ "file": path, "size": file.size }))
}

fn step_name(step: StepChoice) -> RotationStepName {
    match step {
        StepChoice::CreateKey => RotationStepName::CreateKey,
        StepChoice::Certificate => RotationStepName::Certificate,
        StepChoice::MoveAlias => RotationStepName::MoveAlias,
        StepChoice::Validate => RotationStepName::Validate,
        StepChoice::Transition => RotationStepName::Transition,
        StepChoice::DisableOld => RotationStepName::DisableOld,
        StepChoice::ScheduleDeletion => RotationStepName::ScheduleDeletion,
    }
}

fn listed(rotations: &[RotationView], lang: Lang) -> Result<Done, Failure> {
    let head = [
        say!(lang, "Identificador", "Identifier"),
        say!(lang, "Chave", "Key"),
        say!(lang, "Estado", "State"),
        say!(lang, "Passo", "Step"),
        say!(lang, "Começou", "Began"),
        say!(lang, "Pedida por", "Asked by"),
        say!(lang, "Aprovada por", "Approved by"),
    ];
    let row = |own: &RotationView| {
        vec![
            own.id.clone(),
            name(own).to_owned(),
            state(own.state, lang),
            step(own.current, lang),
            day(&own.started_at),
            own.requested_by.name.clone(),
            own.approved_by.name.clone(),
        ]
    };
    let text = match rotations.is_empty() {
        true => say!(lang, "Nenhuma troca de chave.", "No change of a key."),
        false => table(&head, &rotations.iter().map(row).collect::<Vec<_>>()),
    };
    Done::new(text, &json!({ "rotations": rotations }))
}

fn text(rotation: &RotationView, lang: Lang) -> String {
    let mut rows = vec![
        (say!(lang, "Troca", "Change"), Some(rotation.id.clone())),
        (say!(lang, "Estado", "State"), Some(state(rotation.state, lang))),
        (say!(lang, "Chave nova", "New key"), rotation.new_key_ref.clone()),
        (say!(lang, "Identificador da nova", "Identifier of the new one"), rotation.new_key_id.clone()),
        (say!(lang, "Pedida por", "Asked by"), Some(rotation.requested_by.name.clone())),
        (say!(lang, "Aprovada por", "Approved by"), Some(rotation.approved_by.name.clone())),
        (say!(lang, "Começou em", "Began at"), Some(date(&rotation.started_at))),
        (say!(lang, "Transição até", "Transition until"), rotation.transition_until.as_deref().map(date)),
        (say!(lang, "A antiga some em", "The old one is gone at"), rotation.deletion_at.as_deref().map(date)),
        (say!(lang, "Terminou em", "Over at"), rotation.finished_at.as_deref().map(date)),
    ];
    rows.extend(requests::plan(&rotation.plan, lang));
    let mut text = fields(&rows);
    for (number, own) in (1..).zip(&rotation.steps) {
        text.push_str(&step_text(number, own, lang));
    }
    if let Some(next) = next(rotation, lang) {
        text.push_str(&format!("\n{next}\n"));
    }
    text
}

fn step_text(number: usize, own: &RotationStepView, lang: Lang) -> String {
    let how = match (own.step, own.state) {
        // A transition that has begun is under way; nothing was interrupted.
        (RotationStepName::Transition, RotationStepState::Begun) => say!(lang, "em curso", "under way"),
        (_, state) => step_state(state, lang),
    };
    let what = step(own.step, lang);
    let mut head = vec![how];
    head.extend(own.at.as_deref().map(date));
    head.extend(own.operator.clone());
    if own.attempts > 1 {
        let attempts = own.attempts;
        head.push(say!(lang, "{attempts} tentativas", "{attempts} attempts"));
    }
    let mut text = format!("\n({number}) {what}: {}\n", head.join(", "));
    if let Some(error) = &own.error {
        text.push_str(&format!("    {}\n", explain(error, lang)));
    }
    let facts: Vec<(String, Option<String>)> = own
        .evidence
        .iter()
        .map(|fact| {
            let value = match fact.value.as_str() {
                "true" => yes_no(true, lang),
                "false" => yes_no(false, lang),
                // The text of a probe has lines; the report and --json have them as they are.
                text => text.trim_end().replace('\n', " ↵ "),
            };
            (format!("    {}", lang.word("rotation_fact_", &fact.name)), Some(value))
        })
        .collect();
    text.push_str(&fields(&facts));
    text
}

/// What comes next, with the command that does it.
fn next(rotation: &RotationView, lang: Lang) -> Option<String> {
    let id = &rotation.id;
    let undo = match rotation.can_undo {
        true => say!(
            lang,
            "\nPara desfazer: cartorio rotation undo {id} --reason MOTIVO",
            "\nTo undo it: cartorio rotation undo {id} --reason REASON"
        ),
        false => String::new(),
    };
    let cancel = match rotation.can_cancel_deletion {
        true => say!(
            lang,
            "\nPara cancelar a exclusão: cartorio rotation cancel-deletion {id}",
            "\nTo call the deletion off: cartorio rotation cancel-deletion {id}"
        ),
        false => String::new(),
    };
    let what = match (rotation.state, rotation.waits_for) {
        (RotationStateView::Finished | RotationStateView::RolledBack, _) => say!(
            lang,
            "Provas: cartorio rotation report {id} --out troca.pdf",
            "Evidence: cartorio rotation report {id} --out change.pdf"
        ),
        (_, Some(RotationWait::Certificate)) => say!(
            lang,
            "Espera o certificado de fora: cartorio rotation request {id} --out nova.csr\n\
             Quando ele chegar: cartorio rotation certificate {id} ARQUIVO",
            "It waits for the certificate from outside: cartorio rotation request {id} --out new.csr\n\
             When it has come: cartorio rotation certificate {id} FILE"
        ),
        (_, Some(RotationWait::Transition)) => {
            let until = rotation.transition_until.as_deref().map(date).unwrap_or_default();
            say!(
                lang,
                "As duas chaves ficam visíveis até {until}; depois: cartorio rotation advance {id}\n\
                 Para não esperar: cartorio rotation advance {id} --end-transition",
                "Both keys are visible until {until}; then: cartorio rotation advance {id}\n\
                 Not to wait: cartorio rotation advance {id} --end-transition"
            )
        }
        (RotationStateView::RollingBack, _) => say!(
            lang,
            "Para terminar de desfazer: cartorio rotation undo {id} --reason MOTIVO",
            "To undo the rest: cartorio rotation undo {id} --reason REASON"
        ),
        (_, Some(RotationWait::Failure)) => say!(
            lang,
            "Um passo falhou; nada se perdeu. Para tentar de novo: cartorio rotation advance {id}",
            "A step failed; nothing is lost. To try again: cartorio rotation advance {id}"
        ),
        (RotationStateView::Running | RotationStateView::Transition, Some(RotationWait::Person) | None) => {
            say!(lang, "Para continuar: cartorio rotation advance {id}", "To go on: cartorio rotation advance {id}")
        }
    };
    Some(format!("{what}{undo}{cancel}"))
}

fn name(rotation: &RotationView) -> &str {
    rotation.plan.alias.as_deref().unwrap_or(&rotation.plan.old_key_id)
}

fn state(state: RotationStateView, lang: Lang) -> String {
    lang.word("rotation_state_", &code(&state))
}

fn step(step: RotationStepName, lang: Lang) -> String {
    lang.word("rotation_step_", &code(&step))
}

fn step_state(state: RotationStepState, lang: Lang) -> String {
    match state {
        RotationStepState::Waiting => say!(lang, "aguarda", "waiting"),
        RotationStepState::Begun => say!(lang, "começado; continuar é seguro", "begun; to go on is safe"),
        RotationStepState::Done => say!(lang, "feito", "done"),
        RotationStepState::Skipped => say!(lang, "dispensado", "not needed"),
        RotationStepState::Failed => say!(lang, "falhou", "failed"),
        RotationStepState::Undone => say!(lang, "desfeito", "undone"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_change_is_the_windows_own() {
        let states = [
            RotationStateView::Running,
            RotationStateView::Transition,
            RotationStateView::Finished,
            RotationStateView::RollingBack,
            RotationStateView::RolledBack,
        ];
        let steps = [
            RotationStepName::CreateKey,
            RotationStepName::Certificate,
            RotationStepName::MoveAlias,
            RotationStepName::Validate,
            RotationStepName::Transition,
            RotationStepName::DisableOld,
            RotationStepName::ScheduleDeletion,
        ];
        for lang in [Lang::PtBr, Lang::En] {
            let there = |key: String| assert!(lang.shared(&key, &Default::default()).is_some(), "{key} ({lang:?})");
            states.iter().for_each(|own| there(format!("rotation_state_{}", code(own))));
            steps.iter().for_each(|own| there(format!("rotation_step_{}", code(own))));
        }
    }
}
