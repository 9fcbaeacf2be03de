//! Two certificates of the heap side by side, by meaning, with their chains.

use std::sync::Arc;

use cartorio_pki::{Certificate, Difference, DifferenceKind, Relation};

use super::review::{Trial, best_path};
use super::view::Anchors;
use super::{evidence, seat};
use crate::OfficeResult;
use crate::certificates::{holder_name, mask};
use crate::dto::{CompareRow, Comparison, Requirements, RevocationMode};
use crate::office::Office;
use crate::signing::blocking;
use crate::times::rfc3339;

/// How two certificates differ, and their chains as of now.
pub(crate) async fn compare(office: &Office, a: &str, b: &str) -> OfficeResult<Comparison> {
    let session = seat(office).await?;
    let evidence = evidence(office).await?;
    let anchors = Anchors::of(session.as_deref(), &evidence);
    // Who stands above is asked here, not whether anything is revoked.
    let requirements = Requirements { revocation: RevocationMode::Off, ..Requirements::default() };
    let (heap, a, b, now) = (Arc::clone(&office.heap), a.to_owned(), b.to_owned(), office.ports.clock.now());
    blocking(move || {
        let snapshot = heap.snapshot();
        let first = Trial::on_heap(&snapshot, &a, &requirements, evidence, now)?;
        let second = first.of(snapshot.certificate(&b)?.clone());
        let compared = cartorio_pki::compare(&first.target, &second.target);
        Ok(Comparison {
            a: heap.object(&a, &anchors)?,
            b: heap.object(&b, &anchors)?,
            headline: compared.conclusion.code().to_owned(),
            rows: compared.differences.iter().map(row).collect(),
            chain: chain(&best_path(&first), &best_path(&second)),
        })
    })
    .await?
}

fn row(difference: &Difference) -> CompareRow {
    let (field, named) = field(&difference.field);
    CompareRow {
        field,
        named,
        a: difference.a.as_deref().map(mask::text),
        b: difference.b.as_deref().map(mask::text),
        state: state(difference.kind).to_owned(),
        note: difference.note.map(str::to_owned),
    }
}

/// The UI's code of a field; names and extensions have names of their own.
fn field(field: &str) -> (String, bool) {
    if let Some(extension) = field.strip_prefix("extensions.") {
        return (extension.to_owned(), true);
    }
    if field.starts_with("subject") || field.starts_with("issuer") {
        return (field.to_owned(), true);
    }
    let mut code = String::with_capacity(field.len() + 4);
    for c in field.chars() {
        match c {
            '.' => code.push('_'),
            c if c.is_ascii_uppercase() => {
                code.push('_');
                code.push(c.to_ascii_lowercase());
            }
            c => code.push(c),
        }
    }
    (code, false)
}

const fn state(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Same => "same",
        DifferenceKind::Changed => "changed",
        DifferenceKind::OnlyA => "only_a",
        DifferenceKind::OnlyB => "only_b",
    }
}

/// Both chains, a row for each step from the certificates themselves upwards; its number is the name of the row.
fn chain(a: &[Certificate], b: &[Certificate]) -> Vec<CompareRow> {
    let compared = cartorio_pki::compare_chains(a, b);
    let line = |own: &Certificate| {
        let (name, serial) = (holder_name(own), own.serial.hex());
        format!("{} · {serial} · {}", mask::text(&name), rfc3339(own.validity.not_after))
    };
    (0..a.len().max(b.len()))
        .map(|depth| {
            let (a, b) = (a.get(depth), b.get(depth));
            let relation = compared.steps.get(depth).map(|step| step.conclusion);
            CompareRow {
                field: depth.to_string(),
                named: true,
                a: a.map(line),
                b: b.map(line),
                state: match (a, b) {
                    (Some(_), Some(_)) if relation == Some(Relation::Identical) => "same",
                    (Some(_), Some(_)) => "changed",
                    (Some(_), None) => "only_a",
                    (None, _) => "only_b",
                }
                .to_owned(),
                note: relation
                    .filter(|relation| *relation != Relation::Identical)
                    .map(|relation| relation.code().to_owned()),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_codes_and_names_are_shown_as_they_are() {
        assert_eq!(field("validity.notAfter"), ("validity_not_after".to_owned(), false));
        assert_eq!(field("serialNumber"), ("serial_number".to_owned(), false));
        assert_eq!(field("subject.CN"), ("subject.CN".to_owned(), true));
        assert_eq!(field("extensions.keyUsage"), ("keyUsage".to_owned(), true));
    }
}
