//! What expires: the office's own certificates, A1 files and lists, the trust store, and what lies on the heap.

mod calendar;
mod table;

use std::collections::{HashMap, HashSet};

use cartorio_pki::{Certificate, Crl};
use cartorio_registry::{CertificateKind as RowKind, CertificateStatus, EvidenceKind};
use time::OffsetDateTime;

use crate::certificates::{holder_name, issuer_name, mask, sha256};
use crate::dto::{ExpiryExport, ExpiryFormat, ExpiryItem, ExpiryQuery, ExpiryView, Locale, Permission};
use crate::office::Office;
use crate::session::Session;
use crate::times::rfc3339;
use crate::trust::{Content, Contents};
use crate::{OfficeError, OfficeResult};

/// What expires, soonest first.
pub(crate) async fn list(office: &Office, query: &ExpiryQuery) -> OfficeResult<ExpiryView> {
    let session = office.maybe_session().await?;
    if let Some(session) = &session {
        session.require(Permission::Inspect)?;
    }
    let now = office.ports.clock.now();
    let mut items = Vec::new();
    if let Some(session) = &session {
        own(session, now, &mut items).await?;
    }
    if query.trust {
        store(&office.trust_place().await?.contents().await?, now, &mut items);
    }
    if query.heap {
        items.extend(office.certificates_on_the_heap().iter().map(|(_, own)| item("heap", own, None, now)));
    }
    let ahead = query.days.map(i64::from);
    items.retain(|item| (query.expired || item.days_left >= 0) && ahead.is_none_or(|days| item.days_left <= days));
    items.sort_by(|a, b| (&a.not_after, &a.name, &a.kind, &a.sha256).cmp(&(&b.not_after, &b.name, &b.kind, &b.sha256)));
    Ok(ExpiryView { at: rfc3339(now), items })
}

/// What expires, as a file.
pub(crate) struct ExpiryFile {
    pub(crate) name: String,
    pub(crate) extension: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// Writes what expires as a calendar or a table, personal numbers masked.
pub(crate) async fn export(office: &Office, request: &ExpiryExport) -> OfficeResult<ExpiryFile> {
    let view = list(office, &request.query).await?;
    let locale = office.locale()?;
    let now = office.ports.clock.now();
    let (extension, bytes) = match request.format {
        ExpiryFormat::Ics => ("ics", calendar::write(&view.items, locale, now)?),
        ExpiryFormat::Csv => ("csv", table::write(&view.items, locale)),
    };
    let name = match locale {
        Locale::PtBr => "vencimentos",
        Locale::En => "expiry",
    };
    Ok(ExpiryFile { name: format!("{name}.{extension}"), extension, bytes: bytes.into_bytes() })
}

/// The office's own certificates, A1 files and lists.
async fn own(session: &Session, now: OffsetDateTime, items: &mut Vec<ExpiryItem>) -> OfficeResult<()> {
    let mut labels: HashMap<String, String> = HashMap::new();
    let mut retired: HashSet<String> = HashSet::new();
    for identity in session.registry.identities(true).await? {
        let id = identity.certificate.to_string();
        if identity.retired_at.is_none() {
            labels.insert(id, identity.label);
        } else {
            retired.insert(id);
        }
    }
    let a1: HashMap<String, String> = session
        .registry
        .a1_files(false)
        .await?
        .into_iter()
        .map(|file| (file.certificate_sha256, file.file_name))
        .collect();
    for row in session.registry.certificates(None).await? {
        if matches!(row.status, CertificateStatus::Revoked { .. }) {
            continue;
        }
        let id = row.id.to_string();
        let label = labels.get(&id).cloned();
        let (kind, owner) = match (a1.get(&row.sha256), &label, row.kind) {
            (Some(file), label, _) => ("a1_file", Some(label.clone().unwrap_or_else(|| file.clone()))),
            (None, Some(label), _) => ("identity", Some(label.clone())),
            (None, None, RowKind::Root) => ("root", Some(session.office_name.clone())),
            (None, None, RowKind::Intermediate) => ("intermediate", Some(session.office_name.clone())),
            (None, None, RowKind::Subscriber) => ("subscriber", None),
            // A key whose identity was retired signs no more: its end surprises nobody.
            (None, None, RowKind::Identity) if retired.contains(&id) => continue,
            (None, None, RowKind::Identity) => ("identity", None),
            (None, None, RowKind::Foreign) => continue,
        };
        let certificate = Certificate::from_der(&row.der)?;
        items.push(item(kind, &certificate, owner, now));
        if matches!(row.kind, RowKind::Root | RowKind::Intermediate)
            && let Some(crl) = session.registry.latest_crl(&row.sha256).await?
        {
            let list = Crl::from_der(&crl.der)?;
            items.extend(list_item(&list, session.office_name.clone(), now));
        }
    }
    Ok(())
}

/// Roots, CAs and the newest list of each kind in the trust store.
fn store(contents: &Contents, now: OffsetDateTime, items: &mut Vec<ExpiryItem>) {
    items.extend(contents.anchors.iter().map(|own| item("trust_root", &own.certificate, None, now)));
    items.extend(contents.below.iter().map(|own| item("trust_ca", &own.certificate, None, now)));
    let mut seen = HashSet::new();
    // Newest first, so the first of each issuer and scope is the one that counts.
    for kept in contents.evidence.iter().filter(|own| own.facts.kind != EvidenceKind::Ocsp) {
        if let Content::List(list) = &kept.content
            && seen.insert((kept.facts.issuer_key.clone(), kept.facts.kind, kept.facts.scope.clone()))
        {
            items.extend(list_item(list, kept.facts.issuer_name.clone(), now));
        }
    }
}

fn item(kind: &str, certificate: &Certificate, owner: Option<String>, now: OffsetDateTime) -> ExpiryItem {
    let name = mask::text(&holder_name(certificate));
    let days_left = days_left(certificate.validity.not_after, now);
    ExpiryItem {
        kind: kind.to_owned(),
        owner: owner.map_or_else(|| name.clone(), |owner| mask::text(&owner)),
        name,
        issuer: mask::text(&issuer_name(certificate)),
        not_after: rfc3339(certificate.validity.not_after),
        days_left,
        sha256: certificate.fingerprint(),
        serial_hex: certificate.serial.hex(),
        urgency: urgency(days_left).to_owned(),
    }
}

fn list_item(list: &Crl, owner: String, now: OffsetDateTime) -> Option<ExpiryItem> {
    let next = list.next_update?;
    let issuer = mask::text(list.issuer.display_name());
    let days_left = days_left(next, now);
    Some(ExpiryItem {
        kind: "crl".to_owned(),
        name: issuer.clone(),
        owner: mask::text(&owner),
        issuer,
        not_after: rfc3339(next),
        days_left,
        sha256: sha256(&list.der),
        serial_hex: list.number.as_ref().map(cartorio_pki::Serial::hex).unwrap_or_default(),
        urgency: urgency(days_left).to_owned(),
    })
}

/// Whole days; below zero as soon as it is over.
fn days_left(end: OffsetDateTime, now: OffsetDateTime) -> i64 {
    (end.unix_timestamp() - now.unix_timestamp()).div_euclid(24 * 60 * 60)
}

fn urgency(days_left: i64) -> &'static str {
    match days_left {
        ..0 => "expired",
        0..=7 => "critical",
        8..=30 => "soon",
        31..=90 => "ahead",
        _ => "fine",
    }
}

/// What a kind of item is called in an export.
fn kind_name(kind: &str, locale: Locale) -> &'static str {
    let (portuguese, english) = match kind {
        "root" => ("Raiz da serventia", "Root of the office"),
        "intermediate" => ("AC da serventia", "CA of the office"),
        "identity" => ("Identidade de assinatura", "Signing identity"),
        "subscriber" => ("Certificado de titular", "Subscriber's certificate"),
        "a1_file" => ("Arquivo A1", "A1 file"),
        "crl" => ("Lista de revogados (LCR)", "Revocation list (CRL)"),
        "trust_root" => ("Raiz de confiança", "Trusted root"),
        "trust_ca" => ("AC intermediária", "Intermediate CA"),
        _ => ("Certificado na bancada", "Certificate on the bench"),
    };
    match locale {
        Locale::PtBr => portuguese,
        Locale::En => english,
    }
}

fn time_of(text: &str) -> OfficeResult<OffsetDateTime> {
    OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).map_err(OfficeError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_over_when_it_is_over() {
        let end = OffsetDateTime::from_unix_timestamp(1_000_000_000).unwrap();
        let before = |seconds: i64| days_left(end, end - time::Duration::seconds(seconds));
        assert_eq!((before(0), before(86_399), before(86_400), before(-1)), (0, 0, 1, -1));
        let classes: Vec<&str> = [-1, 0, 7, 8, 30, 31, 90, 91].into_iter().map(urgency).collect();
        assert_eq!(classes, ["expired", "critical", "critical", "soon", "soon", "ahead", "ahead", "fine"]);
    }
}
