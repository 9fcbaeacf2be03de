//! A certificate's chain, and whole files of cases.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use cartorio_core::Clock as _;
use cartorio_office::dto::{
    ChainError, ChainPath, ChainResult, ChainReview, HeapKind, HeapReport, PurposeView, Requirements, RevocationMode,
    SignatureMark,
};
use cartorio_office::{ChainInput, Given, Office};

use super::inspection::{lint, one, put, put_one, report_format, to_json};
use super::verify::legal;
use crate::args::{Chain, Global, PurposeChoice, RevocationChoice};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, explain, to_stderr};
use crate::printable::line;
use crate::show::{date, fields};

pub(crate) async fn chain(global: &Global, command: Chain, lang: Lang) -> Result<Done, Failure> {
    if let Some(cases) = &command.cases {
        return run_cases(cases, lang);
    }
    let Some(target) = &command.target else {
        return Err(Failure::usage(say!(lang, "falta: --target", "missing: --target")));
    };
    let office = desk::open_to_look(global, lang).await?;
    let requirements = requirements(&command);
    let given = |files: &[PathBuf]| files.iter().cloned().map(Given::File).collect::<Vec<_>>();
    let input = ChainInput {
        target: vec![Given::File(target.clone())],
        pool: [given(&command.untrusted), given(&command.crl), given(&command.ocsp)].concat(),
        trust: given(&command.trust),
        // Whoever names roots means these and no others.
        own: command.trust.is_empty(),
    };
    let review = office.judge_chain(input, &requirements).await?;
    // The verdict is the answer, whatever becomes of its paper.
    if !command.report.is_empty()
        && let Err(failure) = report(&office, target, &command, requirements, lang).await
    {
        to_stderr(&explain(failure.wire(), lang));
    }
    let exit = match review.result {
        ChainResult::Valid => Exit::Done,
        ChainResult::Invalid => Exit::Invalid,
        ChainResult::Indeterminate => Exit::Indeterminate,
    };
    Done::with(exit, text(&review, lang), &to_json(&review)?)
}

fn requirements(command: &Chain) -> Requirements {
    Requirements {
        at: command.at.clone(),
        purpose: match command.purpose {
            PurposeChoice::Any => PurposeView::Any,
            PurposeChoice::DocumentSigning => PurposeView::DocumentSigning,
            PurposeChoice::Timestamping => PurposeView::Timestamping,
            PurposeChoice::TlsServer => PurposeView::TlsServer,
            PurposeChoice::TlsClient => PurposeView::TlsClient,
            PurposeChoice::OcspSigning => PurposeView::OcspSigning,
        },
        revocation: match command.revocation {
            RevocationChoice::Require => RevocationMode::Require,
            RevocationChoice::Prefer => RevocationMode::Prefer,
            RevocationChoice::Off => RevocationMode::Off,
        },
        policies: command.policy.clone(),
        explicit_policy: command.explicit_policy,
        inhibit_any_policy: command.inhibit_any_policy,
        inhibit_policy_mapping: command.inhibit_policy_mapping,
        trusted: Vec::new(),
    }
}

/// Writes the reports: they speak of objects of the heap, so everything is put there.
async fn report(
    office: &Office,
    target: &Path,
    command: &Chain,
    mut requirements: Requirements,
    lang: Lang,
) -> Result<(), Failure> {
    let id = one(office, target, lang).await?;
    put(office, &[&command.untrusted[..], &command.crl, &command.ocsp].concat()).await?;
    for file in &command.trust {
        requirements.trusted.extend(
            put_one(office, file)
                .await?
                .into_iter()
                .filter(|(_, kind)| *kind == HeapKind::Certificate)
                .map(|(id, _)| id),
        );
    }
    for path in &command.report {
        let format = report_format(path, lang)?;
        let report = HeapReport { id: id.clone(), requirements: requirements.clone(), format };
        office.save_heap_report(&report, path).await?;
    }
    Ok(())
}

/// One answer a line, as each case is judged: whoever reads them need not wait for the last.
fn run_cases(file: &Path, lang: Lang) -> Result<Done, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let name = file.display();
        Failure::input(say!(lang, "{name}: não pôde ser lido ({error})", "{name}: cannot be read ({error})"))
    })?;
    let now = cartorio_core::SystemClock.now();
    let mut out = std::io::stdout().lock();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let answer = cartorio_office::run_chain_case(line, now)?;
        // A reader that went away has seen enough.
        if writeln!(out, "{answer}").is_err() {
            break;
        }
    }
    Ok(Done::printed())
}

fn text(review: &ChainReview, lang: Lang) -> String {
    let reasons: Vec<_> = review.reasons.iter().map(|code| reason(code, lang)).collect();
    let mut text = format!("{}\n", result_word(review.result, lang));
    text.push_str(&fields(&[
        (say!(lang, "Julgado em", "Judged as of"), Some(date(&review.judged_at))),
        (say!(lang, "Porque", "Because"), Some(reasons.join("; ")).filter(|own| !own.is_empty())),
        (say!(lang, "Políticas", "Policies"), Some(policy_word(&review.policy.state, lang))),
        (lang.word("verify_", "legal"), Some(lang.word("", legal(review.legal)))),
    ]));
    for (number, path) in (1..).zip(&review.paths) {
        text.push_str(&path_text(number, path, lang));
    }
    text.push_str(&say!(lang, "\nRevogação\n", "\nRevocation\n"));
    for own in &review.revocation {
        text.push_str(&format!(
            "  #{} {}: {}\n",
            own.depth,
            line(&own.name),
            lang.word("heap_revocation_", &own.status)
        ));
        for evidence in own.evidence.iter().filter(|evidence| evidence.decisive || evidence.rejected.is_some()) {
            let next = evidence.next_update.as_deref().map(|next| format!(" – {}", date(next))).unwrap_or_default();
            let refused = evidence.rejected.as_deref().map(|code| format!(" ({})", lang.word("chainpath_", code)));
            text.push_str(&format!(
                "     {} {}: {}{next}{}\n",
                evidence.kind,
                line(&evidence.issuer),
                date(&evidence.this_update),
                refused.unwrap_or_default()
            ));
        }
    }
    for warning in &review.warnings {
        text.push_str(&format!("  #{} {}\n", warning.depth, sentence(warning, lang)));
    }
    text.push_str(&lint(&review.lint, lang));
    text
}

fn path_text(number: usize, path: &ChainPath, lang: Lang) -> String {
    let end = lang.word("chainpath_end_", &path.end);
    let mut text = say!(lang, "\nCaminho {number}: {end}\n", "\nPath {number}: {end}\n");
    for (depth, certificate) in path.certificates.iter().enumerate() {
        let mark = match certificate.signature {
            SignatureMark::Valid => "✓",
            SignatureMark::Weak => "~",
            SignatureMark::Wrong => "✗",
            SignatureMark::Unknown | SignatureMark::Missing => "?",
        };
        let anchor = if certificate.anchor { " ⚓" } else { "" };
        text.push_str(&format!(
            "  #{depth} {mark} {}{anchor} ({})\n",
            line(&certificate.name),
            date(&certificate.not_after)
        ));
        for error in path.errors.iter().filter(|error| usize::try_from(error.depth).is_ok_and(|own| own == depth)) {
            text.push_str(&format!("       {}\n", sentence(error, lang)));
        }
    }
    text
}

fn sentence(error: &ChainError, lang: Lang) -> String {
    lang.shared(&format!("chainpath_{}", error.code), &error.params)
        .unwrap_or_else(|| line(&error.message).into_owned())
}

fn reason(code: &str, lang: Lang) -> String {
    lang.shared(&format!("cert_problem_{code}"), &BTreeMap::new()).unwrap_or_else(|| lang.word("chainpath_", code))
}

/// The bottom line in words.
pub(super) fn result_word(result: ChainResult, lang: Lang) -> String {
    match result {
        ChainResult::Valid => say!(lang, "Válido", "Valid"),
        ChainResult::Invalid => say!(lang, "Inválido", "Invalid"),
        ChainResult::Indeterminate => {
            say!(lang, "Indeterminado: não se pôde decidir", "Indeterminate: it could not be decided")
        }
    }
}

fn policy_word(state: &str, lang: Lang) -> String {
    match state {
        "ok" => say!(lang, "valem por todo o caminho", "hold along the whole path"),
        "violated" => say!(
            lang,
            "nenhuma das pedidas vale por todo o caminho",
            "none that was asked for holds along the whole path"
        ),
        _ => say!(lang, "nenhuma foi pedida", "none was asked for"),
    }
}
