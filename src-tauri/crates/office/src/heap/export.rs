//! What leaves the heap: PEM, DER and PKCS#7 of what is on it, to the clipboard or to a file. Never an empty one.

use std::sync::Arc;

use cartorio_asn1::tlv;

use super::read::Content;
use super::{HeapError, Item, Snapshot, detail, seat};
use crate::certificates::holder_name;
use crate::dto::{HeapExport, HeapForm, HeapText, SaveResult};
use crate::office::Office;
use crate::signing::blocking;
use crate::words::Words;
use crate::{OfficeError, OfficeResult};

/// A file with a name to offer.
pub(crate) struct NamedFile {
    pub(crate) name: String,
    pub(crate) extension: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// Text for the clipboard: PEM, whatever the form.
pub(crate) async fn copy(office: &Office, request: &HeapExport) -> OfficeResult<HeapText> {
    let file = file(office, &HeapExport { form: HeapForm::Pem, ..request.clone() }).await?;
    Ok(HeapText { text: String::from_utf8(file.bytes).map_err(OfficeError::internal)? })
}

/// Saves objects where a person chooses.
pub(crate) async fn export(office: &Office, request: &HeapExport) -> OfficeResult<SaveResult> {
    let file = file(office, request).await?;
    let dialog = Words::of(office)?.save_certificate(format!("{}.{}", file.name, file.extension), file.extension);
    office.save(dialog, file.bytes).await
}

/// The file that a request asks for.
pub(super) async fn file(office: &Office, request: &HeapExport) -> OfficeResult<NamedFile> {
    seat(office).await?;
    let (heap, request) = (Arc::clone(&office.heap), request.clone());
    blocking(move || {
        let snapshot = heap.snapshot();
        let mut items = Vec::new();
        for id in &request.ids {
            push(&mut items, snapshot.get(id)?);
        }
        if request.form == HeapForm::Der && items.len() > 1 {
            return Err(HeapError::OneObjectOnly { count: items.len() }.into());
        }
        if request.with_chain && request.form != HeapForm::Der {
            let linked = heap.linked();
            for item in items.clone() {
                for above in chain(&snapshot, &item, &linked) {
                    push(&mut items, &above);
                }
            }
        }
        write(&items, request.form)
    })
    .await?
}

fn push(items: &mut Vec<Arc<Item>>, item: &Arc<Item>) {
    if !items.iter().any(|own| own.id == item.id) {
        items.push(Arc::clone(item));
    }
}

/// The certificates above an object on its likeliest path: the places that the tree shows.
fn chain(snapshot: &Snapshot, item: &Item, linked: &super::link::Linked) -> Vec<Arc<Item>> {
    let mut found = Vec::new();
    let mut below = item.id.clone();
    // Places in the tree make no circle, and it is not deeper than this.
    for _ in 0..64 {
        let Some(above) = linked.parents.get(&below).and_then(|parent| snapshot.get(parent).ok()) else { break };
        if above.content.certificate().is_none() {
            break;
        }
        found.push(Arc::clone(above));
        below = above.id.clone();
    }
    found
}

fn write(items: &[Arc<Item>], form: HeapForm) -> OfficeResult<NamedFile> {
    let first = items.first().ok_or(HeapError::NothingToExport)?;
    let name = file_stem(first);
    let (extension, bytes) = match form {
        HeapForm::Pem => {
            let texts: Vec<String> = items.iter().filter_map(|item| detail::armoured(&item.content)).collect();
            // What has no PEM form is not left out silently.
            if texts.len() < items.len() {
                return Err(HeapError::NothingToExport.into());
            }
            ("pem", texts.concat().into_bytes())
        }
        HeapForm::Der => {
            let bytes = first.content.bytes().ok_or(HeapError::NothingToExport)?;
            (der_extension(&first.content), bytes.to_vec())
        }
        HeapForm::P7b => ("p7b", pkcs7(items)?),
    };
    Ok(NamedFile { name, extension, bytes })
}

const fn der_extension(content: &Content) -> &'static str {
    match content {
        Content::Certificate(_) => "cer",
        Content::Crl(_) => "crl",
        Content::Csr(_) => "csr",
        Content::Ocsp(_) => "ors",
        Content::TimeStamp(_) => "tsr",
        Content::Cms(_) => "p7s",
        Content::Store(_) => "p12",
        Content::PrivateKey(_) | Content::PublicKey(..) | Content::Unknown { .. } => "der",
    }
}

/// A name for a file, from the holder: letters and digits of plain ASCII, so that every file system takes it.
pub(super) fn file_stem(item: &Item) -> String {
    let name = match &item.content {
        Content::Certificate(certificate) => holder_name(certificate),
        Content::Crl(crl) => format!("lcr {}", crate::certificates::mask::name(&crl.issuer)),
        Content::Csr(csr) => format!("pedido {}", crate::certificates::mask::name(&csr.subject)),
        Content::Ocsp(_) => "ocsp".to_owned(),
        Content::TimeStamp(_) => "carimbo".to_owned(),
        Content::Cms(_) => "assinatura".to_owned(),
        Content::Store(_) => "repositorio".to_owned(),
        Content::PrivateKey(_) | Content::PublicKey(..) => "chave".to_owned(),
        Content::Unknown { .. } => "objeto".to_owned(),
    };
    let mut stem = String::new();
    for c in name.to_lowercase().chars() {
        match plain(c) {
            Some(c) => stem.push(c),
            None if !stem.is_empty() && !stem.ends_with('-') => stem.push('-'),
            None => {}
        }
        if stem.len() >= 60 {
            break;
        }
    }
    let stem = stem.trim_end_matches('-');
    format!("{}-{}", if stem.is_empty() { "objeto" } else { stem }, &item.sha256[..8])
}

fn plain(c: char) -> Option<char> {
    Some(match c {
        'a'..='z' | '0'..='9' => c,
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'ê' | 'è' | 'ë' => 'e',
        'í' | 'ì' | 'ï' => 'i',
        'ó' | 'ô' | 'õ' | 'ò' | 'ö' => 'o',
        'ú' | 'ü' | 'ù' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        _ => return None,
    })
}

/// A degenerate SignedData (RFC 5652 §5.1): no content, no signer, certificates and lists alone.
fn pkcs7(items: &[Arc<Item>]) -> OfficeResult<Vec<u8>> {
    let mut certificates: Vec<&[u8]> = Vec::new();
    let mut lists: Vec<&[u8]> = Vec::new();
    for item in items {
        match &item.content {
            Content::Certificate(certificate) => certificates.push(&certificate.der),
            Content::Crl(crl) => lists.push(&crl.der),
            _ => return Err(HeapError::NothingToExport.into()),
        }
    }
    if certificates.is_empty() && lists.is_empty() {
        return Err(HeapError::NothingToExport.into());
    }
    // Both are SETs; DER has their elements in order (X.690 §11.6).
    certificates.sort_unstable();
    lists.sort_unstable();
    const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    const DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    let mut parts = vec![vec![0x02, 0x01, 0x01], tlv(0x31, &[]), tlv(0x30, DATA)];
    if !certificates.is_empty() {
        parts.push(tlv(0xa0, &certificates.concat()));
    }
    if !lists.is_empty() {
        parts.push(tlv(0xa1, &lists.concat()));
    }
    parts.push(tlv(0x31, &[]));
    let signed = tlv(0x30, &parts.concat());
    Ok(tlv(0x30, &[SIGNED_DATA, &tlv(0xa0, &signed)].concat()))
}
