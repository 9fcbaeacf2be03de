//! Objects as the window lists them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cartorio_pki::{Cpf, ResponderId, legal};

use super::link::Linked;
use super::read::Content;
use super::{Item, Source};
use crate::certificates::{Evidence, holder_name, issuer_name, mask};
use crate::dto::{AnchorKind, Environment, HeapObject, HeapSource, HeapView};
use crate::session::Session;
use crate::times::rfc3339;

/// Whose root of trust a certificate is, by SHA-256.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anchors(BTreeMap<String, AnchorKind>);

impl Anchors {
    /// What the installation trusts.
    pub(crate) fn of(session: Option<&Session>, evidence: &Evidence) -> Self {
        let own = match session.map(|session| session.environment) {
            Some(Environment::Demo) => AnchorKind::Demonstration,
            Some(Environment::Production) => AnchorKind::Office,
            Some(Environment::Inspection | Environment::Welcome) | None => AnchorKind::Own,
        };
        Self(evidence.anchors.iter().map(|anchor| (anchor.fingerprint(), evidence.kind_of(anchor, own))).collect())
    }

    fn kind(&self, sha256: &str) -> Option<AnchorKind> {
        let official = || legal::ICP_BRASIL_ROOTS.iter().any(|(_, print)| *print == sha256);
        self.0.get(sha256).copied().or_else(|| official().then_some(AnchorKind::IcpBrasil))
    }
}

/// The whole heap.
pub(super) fn heap(
    items: &[Arc<Item>],
    origins: &HashMap<String, Vec<u64>>,
    sources: &[Source],
    linked: &Linked,
    anchors: &Anchors,
    truncated: bool,
) -> HeapView {
    let places: HashMap<u64, u32> = sources.iter().zip(0_u32..).map(|(source, at)| (source.number, at)).collect();
    let objects = items
        .iter()
        .map(|item| {
            let mut object = object(item, anchors);
            object.parent = linked.parents.get(&item.id).cloned();
            object.sources =
                origins.get(&item.id).into_iter().flatten().filter_map(|source| places.get(source).copied()).collect();
            object
        })
        .collect();
    HeapView {
        objects,
        links: linked.links.clone(),
        sources: sources
            .iter()
            .map(|source| HeapSource {
                name: source.name.clone(),
                form: source.form.to_owned(),
                size: source.size,
                objects: source.objects,
                problems: source.problems.clone(),
            })
            .collect(),
        truncated,
    }
}

/// One object, without its place in the tree.
pub(super) fn object(item: &Item, anchors: &Anchors) -> HeapObject {
    let mut object = HeapObject {
        id: item.id.clone(),
        kind: item.content.kind(),
        title: String::new(),
        subtitle: String::new(),
        sha256: item.sha256.clone(),
        sources: Vec::new(),
        offset: item.offset,
        length: item.length,
        not_before: None,
        not_after: None,
        serial_hex: None,
        is_ca: false,
        self_issued: false,
        parent: None,
        locked: false,
        anchor: None,
        masked_cpf: None,
        cnpj: None,
        icp_type: None,
    };
    match &item.content {
        Content::Certificate(own) => {
            object.title = holder_name(own);
            object.subtitle = issuer_name(own);
            object.not_before = Some(rfc3339(own.validity.not_before));
            object.not_after = Some(rfc3339(own.validity.not_after));
            object.serial_hex = Some(own.serial.hex());
            object.is_ca = own.is_ca();
            object.self_issued = own.is_self_issued();
            object.anchor = anchors.kind(&item.sha256);
            object.masked_cpf = own.identity.cpf.as_ref().map(Cpf::masked);
            object.cnpj = own.identity.cnpj.as_ref().map(cartorio_pki::Cnpj::formatted);
            object.icp_type = own.icp_brasil_type().map(|kind| kind.name().to_owned());
        }
        Content::Crl(crl) => {
            object.title = mask::name(&crl.issuer);
            object.subtitle = crl.number.as_ref().map(cartorio_pki::Serial::decimal).unwrap_or_default();
            object.not_before = Some(rfc3339(crl.this_update));
            object.not_after = crl.next_update.map(rfc3339);
            object.serial_hex = crl.number.as_ref().map(cartorio_pki::Serial::hex);
        }
        Content::Csr(csr) => {
            object.title = mask::name(&csr.subject);
            object.subtitle = key_name(&csr.key);
        }
        Content::Ocsp(response) => {
            if let Some(basic) = &response.basic {
                object.title = responder(&basic.responder);
                object.not_before = Some(rfc3339(basic.produced_at));
                object.not_after = basic.responses.iter().filter_map(|own| own.next_update).min().map(rfc3339);
                object.subtitle = basic.responses.first().map(|own| own.cert_id.serial.hex()).unwrap_or_default();
            } else {
                object.title = response.status.code().to_owned();
            }
        }
        Content::TimeStamp(stamp) => {
            object.title = stamp.cms.as_ref().map(signers).unwrap_or_default();
            if let Some(info) = &stamp.info {
                object.title = info.tsa.as_deref().map_or_else(|| object.title.clone(), mask::text);
                object.subtitle = rfc3339(info.gen_time);
                object.not_before = Some(rfc3339(info.gen_time));
                object.serial_hex = Some(info.serial.hex());
            } else if let Some(response) = &stamp.response {
                object.subtitle = response.code().to_owned();
            }
        }
        Content::Cms(cms) => {
            object.title = signers(cms);
            object.subtitle = cms.kind.name.map_or_else(|| cms.kind.oid.clone(), str::to_owned);
        }
        Content::Store(store) => {
            object.title = store.title();
            object.subtitle = store.format().to_owned();
            object.locked = store.is_locked();
        }
        Content::PrivateKey(key) => {
            object.title = key.name.clone().unwrap_or_default();
            object.subtitle = key.algorithm.clone().unwrap_or_default();
        }
        Content::PublicKey(key, _) => object.subtitle = key_name(key),
        Content::Unknown { label, .. } => object.subtitle.clone_from(label),
    }
    object
}

/// A key in one line.
pub(super) fn key_name(key: &cartorio_pki::KeyFacts) -> String {
    use cartorio_pki::KeyKind;
    match (&key.kind, key.bits()) {
        (KeyKind::Rsa { .. }, Some(bits)) => format!("RSA {bits}"),
        (KeyKind::Rsa { .. }, None) => "RSA".to_owned(),
        (KeyKind::Ec { curve, .. }, _) => format!("EC {curve}"),
        (KeyKind::Other { name }, _) => name.clone(),
    }
}

/// Who answered.
pub(super) fn responder(responder: &ResponderId) -> String {
    match responder {
        ResponderId::Name(name) => mask::name(name),
        ResponderId::KeyHash(hash) => hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// The signers of a container by what it says of them: their own names stand in their certificates.
fn signers(cms: &cartorio_pki::CmsFacts) -> String {
    use cartorio_pki::SignerId;
    let one = |id: &SignerId| match id {
        SignerId::IssuerAndSerial { issuer, serial } => format!("{} · {}", mask::name(issuer), serial.hex()),
        SignerId::KeyId(id) => id.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let signed = cms.signed.as_ref();
    let all: Vec<String> = signed.iter().flat_map(|own| &own.signers).take(3).map(|own| one(&own.id)).collect();
    all.join(", ")
}
