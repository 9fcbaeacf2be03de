//! Facts of everything that is neither a certificate nor a store. Codes are keys of the UI's texts.

use cartorio_ades::cms::algorithm::SignatureId;
use cartorio_ades::validate::{Integrity, SignerReport, cms};
use cartorio_pki::{
    CertStatus, Certificate, CmsFacts, Crl, CrlScope, Csr, DistinguishedName, Extension, KeyFacts, OcspResponse,
    ResponderId, SignatureCheck, SignerId, TimeStamp,
};
use time::OffsetDateTime;

use super::Item;
use super::link::of_check;
use super::read::{Content, KeyNote};
use super::view::{key_name, responder};
use crate::certificates::{facts_of, mask, sha256};
use crate::dto::{Fact, FactForm, FactSection, SignatureMark};
use crate::times::rfc3339;

/// The facts of an object; empty for certificates and stores, which have views of their own.
pub(super) fn sections(content: &Content) -> Vec<FactSection> {
    match content {
        Content::Certificate(_) | Content::Store(_) => Vec::new(),
        Content::Crl(own) => crl(own),
        Content::Csr(own) => csr(own),
        Content::Ocsp(own) => ocsp(own),
        Content::TimeStamp(own) => time_stamp(own),
        Content::Cms(own) => container(own),
        Content::PrivateKey(own) => vec![private_key(own)],
        Content::PublicKey(own, _) => vec![public_key(own)],
        Content::Unknown { label, bytes } => {
            let mut facts = Sheet::default();
            facts.mono("label", label);
            facts.mono("size", bytes.len().to_string());
            vec![facts.section("unknown")]
        }
    }
}

/// Whether `issuer` made the signature on a time stamp or CMS object. What it is over must be inside; else there is nothing to
/// check it with.
pub(super) fn signature_by(item: &Item, issuer: &Certificate) -> SignatureMark {
    let reports = match &item.content {
        Content::TimeStamp(stamp) => stamp.cms.as_ref().map(|cms| signers(&cms.der)),
        Content::Cms(cms) => Some(signers(&cms.der)),
        _ => None,
    };
    let by_issuer = |report: &&SignerReport| report.certificate.as_ref().is_some_and(|own| own.der == issuer.der);
    match reports.unwrap_or_default().iter().find(by_issuer).map(|report| &report.integrity) {
        Some(Integrity::Ok) => SignatureMark::Valid,
        Some(Integrity::Broken { .. }) => SignatureMark::Wrong,
        Some(Integrity::Undecidable { .. }) => SignatureMark::Unknown,
        None => SignatureMark::Missing,
    }
}

/// Signers of a container that has its content inside.
fn signers(der: &[u8]) -> Vec<SignerReport> {
    cms::parse(der).ok().and_then(|data| cms::verify_enclosed(&data)).unwrap_or_default()
}

fn crl(crl: &Crl) -> Vec<FactSection> {
    let mut facts = Sheet::default();
    facts.text("issuer", mask::text(crl.issuer.rfc4514()));
    facts.maybe_mono("crl_number", crl.number.as_ref().map(cartorio_pki::Serial::decimal));
    facts.time("this_update", crl.this_update);
    facts.maybe_time("next_update", crl.next_update);
    facts.code(
        "crl_scope",
        match crl.scope {
            CrlScope::Everything => "scope_everything",
            CrlScope::UserCertificates => "scope_user_certificates",
            CrlScope::CaCertificates => "scope_ca_certificates",
            CrlScope::Part => "scope_part",
            CrlScope::NotJudged => "scope_not_judged",
        },
    );
    facts.mono("entries", crl.revoked.len().to_string());
    facts.text("signature_algorithm", &crl.signature_algorithm.name);
    facts.maybe_mono("authority_key_id", crl.authority_key_id.as_deref().map(hex));
    let mut sections = vec![facts.section("crl")];
    sections.extend(extensions(&crl.extensions));
    sections
}

fn csr(csr: &Csr) -> Vec<FactSection> {
    let mut facts = Sheet::default();
    facts.text("subject", mask::text(csr.subject.rfc4514()));
    facts.text("key", key_name(&csr.key));
    facts.mono("key_sha256", sha256(&csr.key.spki));
    facts.text("signature_algorithm", &csr.signature_algorithm.name);
    facts.code("possession", check(&csr.check_possession()));
    facts.mono("version", csr.version.to_string());
    let mut sections = vec![facts.section("request")];
    if !csr.attributes.is_empty() {
        let mut facts = Sheet::default();
        for attribute in &csr.attributes {
            let name = attribute.name.unwrap_or(&attribute.oid);
            for value in &attribute.values {
                facts.named(name, mask::text(value), 0);
            }
        }
        sections.push(facts.section("attributes"));
    }
    sections.extend(extensions(&csr.extensions));
    sections
}

fn ocsp(response: &OcspResponse) -> Vec<FactSection> {
    let mut facts = Sheet::default();
    facts.code("ocsp_status", format!("ocsp_{}", response.status.code()));
    facts.maybe_mono("response_type", response.response_type.clone());
    let Some(basic) = &response.basic else { return vec![facts.section("ocsp")] };
    match &basic.responder {
        ResponderId::Name(name) => facts.text("responder", mask::text(name.rfc4514())),
        key @ ResponderId::KeyHash(_) => facts.mono("responder_key_hash", responder(key)),
    }
    facts.time("produced_at", basic.produced_at);
    facts.text("signature_algorithm", &basic.signature_algorithm.name);
    facts.maybe_mono("nonce", basic.nonce.as_deref().map(hex));
    facts.mono("certificates_inside", basic.certificates.len().to_string());
    if basic.unreadable_certificates > 0 {
        facts.mono("unreadable_certificates", basic.unreadable_certificates.to_string());
    }
    let mut sections = vec![facts.section("ocsp")];
    // A response that speaks of more than this is no answer to a question of a person.
    for single in basic.responses.iter().take(MAX_ANSWERS) {
        let mut facts = Sheet::default();
        facts.mono("serial", single.cert_id.serial.hex());
        facts.code("ocsp_answer", format!("ocsp_{}", single.status.code()));
        if let CertStatus::Revoked { at, reason } = &single.status {
            facts.time("revoked_at", *at);
            facts.maybe_code("revocation_reason", reason.map(|reason| format!("reason_{}", reason.code())));
        }
        facts.time("this_update", single.this_update);
        facts.maybe_time("next_update", single.next_update);
        facts.text("hash_algorithm", &single.cert_id.hash_algorithm.name);
        facts.mono("issuer_name_hash", hex(&single.cert_id.issuer_name_hash));
        facts.mono("issuer_key_hash", hex(&single.cert_id.issuer_key_hash));
        for extension in &single.extensions {
            facts.extension(extension);
        }
        sections.push(facts.section("ocsp_answer"));
    }
    sections.extend(extensions(&basic.extensions));
    sections
}

const MAX_ANSWERS: usize = 200;

fn time_stamp(stamp: &TimeStamp) -> Vec<FactSection> {
    let mut facts = Sheet::default();
    if let Some(response) = &stamp.response {
        facts.code("timestamp_status", format!("timestamp_{}", response.code()));
        for text in &response.text {
            facts.text("status_text", mask::text(text));
        }
        if !response.failures.is_empty() {
            let bits: Vec<String> = response.failures.iter().map(usize::to_string).collect();
            facts.mono("failure_bits", bits.join(", "));
        }
    }
    let Some(info) = &stamp.info else { return vec![facts.section("timestamp")] };
    facts.time("gen_time", info.gen_time);
    facts.text("imprint_algorithm", &info.imprint_algorithm.name);
    facts.mono("imprint", hex(&info.imprint));
    facts.mono("serial", info.serial.hex());
    facts.text("policy", info.policy.name.unwrap_or(&info.policy.oid));
    if let Some(accuracy) = &info.accuracy {
        let micros =
            u64::from(accuracy.seconds) * 1_000_000 + u64::from(accuracy.millis) * 1_000 + u64::from(accuracy.micros);
        facts.mono("accuracy_microseconds", micros.to_string());
    }
    facts.code("ordering", if info.ordering { "yes" } else { "no" });
    facts.maybe_mono("nonce", info.nonce.as_ref().map(cartorio_pki::Serial::hex));
    facts.maybe_text("tsa", info.tsa.as_deref().map(mask::text));
    let mut sections = vec![facts.section("timestamp")];
    if let Some(cms) = &stamp.cms {
        sections.extend(container(cms));
    }
    sections.extend(extensions(&info.extensions));
    sections
}

fn container(cms: &CmsFacts) -> Vec<FactSection> {
    let mut facts = Sheet::default();
    facts.text("cms_type", cms.kind.name.unwrap_or(&cms.kind.oid));
    let Some(signed) = &cms.signed else { return vec![facts.section("cms")] };
    facts.mono("version", signed.version.to_string());
    facts.text("content_type", signed.content_type.name.unwrap_or(&signed.content_type.oid));
    facts.code("detached", if signed.is_detached() { "yes" } else { "no" });
    facts.maybe_mono("content_size", signed.content_size.map(|size| size.to_string()));
    for algorithm in &signed.digest_algorithms {
        facts.text("digest_algorithm", &algorithm.name);
    }
    facts.mono("certificates_inside", signed.certificates.to_string());
    facts.mono("revocation_inside", signed.revocation.to_string());
    let mut sections = vec![facts.section("cms")];
    let reports = signers(&cms.der);
    for (place, signer) in signed.signers.iter().enumerate() {
        let mut facts = Sheet::default();
        match &signer.id {
            SignerId::IssuerAndSerial { issuer, serial } => {
                facts.text("signer_issuer", name(issuer));
                facts.mono("signer_serial", serial.hex());
            }
            SignerId::KeyId(id) => facts.mono("signer_key_id", hex(id)),
        }
        let report = reports.get(place);
        facts.code(
            "signer_integrity",
            match report.map(|report| &report.integrity) {
                Some(Integrity::Ok) => "signature_valid",
                Some(Integrity::Broken { .. }) => "signature_wrong",
                Some(Integrity::Undecidable { .. }) => "signature_unknown",
                None => "signature_missing",
            },
        );
        facts.text("digest_algorithm", &signer.digest_algorithm.name);
        facts.text("signature_algorithm", &signer.signature_algorithm.name);
        if let Some(SignatureId::Known(algorithm)) = report.map(|report| &report.signature_algorithm) {
            facts.mono("signature_method", algorithm.to_string());
        }
        facts.maybe_time("signing_time", signer.signing_time);
        facts.maybe_mono("message_digest", signer.message_digest.as_deref().map(hex));
        facts.maybe_text(
            "signature_policy",
            signer.policy.as_ref().map(|policy| policy.name.map_or_else(|| policy.oid.clone(), str::to_owned)),
        );
        for (code, all) in
            [("signed_attribute", &signer.signed_attributes), ("unsigned_attribute", &signer.unsigned_attributes)]
        {
            for attribute in all {
                facts.text(code, attribute.name.unwrap_or(&attribute.oid));
            }
        }
        sections.push(facts.section("signer"));
    }
    sections
}

fn private_key(key: &KeyNote) -> FactSection {
    let mut facts = Sheet::default();
    facts.maybe_text("name", key.name.clone());
    facts.maybe_text("algorithm", key.algorithm.clone());
    facts.code("encrypted", if key.encrypted { "yes" } else { "no" });
    facts.code("kept", "no");
    facts.section("private_key")
}

fn public_key(key: &KeyFacts) -> FactSection {
    let mut facts = Sheet::default();
    facts.text("key", key_name(key));
    facts.maybe_mono("bits", key.bits().map(|bits| bits.to_string()));
    facts.mono("key_sha256", sha256(&key.spki));
    facts.section("public_key")
}

fn extensions(extensions: &[Extension]) -> Option<FactSection> {
    let mut facts = Sheet::default();
    extensions.iter().for_each(|extension| facts.extension(extension));
    (!extensions.is_empty()).then(|| facts.section("extensions"))
}

fn name(name: &DistinguishedName) -> String {
    mask::text(name.rfc4514())
}

fn check(check: &SignatureCheck) -> &'static str {
    match of_check(check) {
        SignatureMark::Valid => "signature_valid",
        SignatureMark::Weak => "signature_weak",
        SignatureMark::Wrong => "signature_wrong",
        SignatureMark::Unknown => "signature_unknown",
        SignatureMark::Missing => "signature_missing",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// Facts in the making.
#[derive(Default)]
struct Sheet(Vec<Fact>);

impl Sheet {
    fn put(&mut self, code: &str, value: String, form: FactForm) {
        self.0.push(Fact { code: code.to_owned(), named: false, value, form, level: 0 });
    }

    fn text(&mut self, code: &str, value: impl Into<String>) {
        self.put(code, value.into(), FactForm::Text);
    }

    fn maybe_text(&mut self, code: &str, value: Option<String>) {
        if let Some(value) = value {
            self.text(code, value);
        }
    }

    fn mono(&mut self, code: &str, value: impl Into<String>) {
        self.put(code, value.into(), FactForm::Mono);
    }

    fn maybe_mono(&mut self, code: &str, value: Option<String>) {
        if let Some(value) = value {
            self.mono(code, value);
        }
    }

    fn code(&mut self, code: &str, value: impl Into<String>) {
        self.put(code, value.into(), FactForm::Code);
    }

    fn maybe_code(&mut self, code: &str, value: Option<String>) {
        if let Some(value) = value {
            self.code(code, value);
        }
    }

    fn time(&mut self, code: &str, at: OffsetDateTime) {
        self.put(code, rfc3339(at), FactForm::Time);
    }

    fn maybe_time(&mut self, code: &str, at: Option<OffsetDateTime>) {
        if let Some(at) = at {
            self.time(code, at);
        }
    }

    fn named(&mut self, name: &str, value: String, level: u32) {
        self.0.push(Fact { code: name.to_owned(), named: true, value, form: FactForm::Text, level });
    }

    /// An extension: its name with whether it is critical, and what it says one level deeper.
    fn extension(&mut self, extension: &Extension) {
        let critical = if extension.critical { "critical" } else { "not_critical" };
        self.0.push(Fact {
            code: extension.name.unwrap_or(&extension.oid).to_owned(),
            named: true,
            value: critical.to_owned(),
            form: FactForm::Code,
            level: 0,
        });
        self.0.extend(facts_of(extension, mask::text).into_iter().map(|fact| Fact { level: fact.level + 1, ..fact }));
    }

    fn section(self, code: &str) -> FactSection {
        FactSection { code: code.to_owned(), facts: self.0 }
    }
}
