//! The heap (bancada): objects from anywhere, what they are, how they relate, and what is to be thought of them.
//! It needs no office; nothing in it is kept unless somebody says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CertificateDetail, LegalLabel, SealedSecret};

/// Everything on the heap.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
pub struct HeapView {
    /// Every object once, however often it was brought, in the order of arrival.
    pub objects: Vec<HeapObject>,
    /// Who may have issued whom.
    pub links: Vec<HeapLink>,
    /// Where the objects come from.
    pub sources: Vec<HeapSource>,
    /// Whether a limit cut objects or links off.
    pub truncated: bool,
}

/// One object of the heap.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapObject {
    /// Handle within this session.
    pub id: String,
    /// What it is.
    pub kind: HeapKind,
    /// Its name for people: a holder, an issuer, a file.
    pub title: String,
    /// A second line: the issuer of a certificate, the number of a list, …; may be empty.
    pub subtitle: String,
    /// SHA-256 of its own bytes.
    pub sha256: String,
    /// Indices into [`HeapView::sources`]; more than one when it was found more than once.
    pub sources: Vec<u32>,
    /// Offset in the first source, bytes.
    #[ts(type = "number")]
    pub offset: u64,
    /// Length in the first source, bytes.
    #[ts(type = "number")]
    pub length: u64,
    /// Start of validity; of a list or response: when it was made.
    pub not_before: Option<String>,
    /// End of validity; of a list or response: when the next is due.
    pub not_after: Option<String>,
    /// Serial number, hexadecimal; of a list: its number.
    pub serial_hex: Option<String>,
    /// Whether it is a CA certificate.
    pub is_ca: bool,
    /// Whether issuer and subject are the same.
    pub self_issued: bool,
    /// The object that it hangs under in the tree: the likeliest issuer, or the container that it was in.
    pub parent: Option<String>,
    /// A store whose content still waits for a password.
    pub locked: bool,
    /// Whose root of trust it is, if it is one here.
    pub anchor: Option<AnchorKind>,
    /// CPF of the holder, masked.
    pub masked_cpf: Option<String>,
    /// CNPJ of the holder.
    pub cnpj: Option<String>,
    /// Type by ICP-Brasil's policies: `A1`, `A3`, `T3`, `SE`, …
    pub icp_type: Option<String>,
}

/// What an object is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HeapKind {
    /// X.509 certificate.
    Certificate,
    /// Revocation list.
    Crl,
    /// Certification request.
    Csr,
    /// OCSP response.
    OcspResponse,
    /// RFC 3161 token or response.
    Timestamp,
    /// CMS signature (`.p7s`).
    CmsSignature,
    /// PKCS#12 file.
    P12,
    /// Java key store (JKS or JCEKS).
    Jks,
    /// Private key; its bytes are not kept.
    PrivateKey,
    /// Public key.
    PublicKey,
    /// Something that could not be recognised or read.
    Unknown,
}

/// Whose root of trust a certificate is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AnchorKind {
    /// On the list of official fingerprints of ICP-Brasil.
    IcpBrasil,
    /// Of the office's own CA.
    Office,
    /// Added by two people.
    Own,
    /// Of the demonstration: without legal value.
    Demonstration,
}

/// Where objects came from.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapSource {
    /// File name, a name inside an archive, or empty for what was pasted.
    pub name: String,
    /// How the content was written: `pem`, `der`, `pkcs7`, `p12`, `jks`, `zip`, `base64`, `hex`, `mixed`.
    pub form: String,
    /// Bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// How many objects it gave.
    pub objects: u32,
    /// What could not be read in it.
    pub problems: Vec<HeapProblem>,
}

/// Something that could not be read, and where.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapProblem {
    /// Reason code, key of the UI's table of errors.
    pub code: String,
    /// Data of the message.
    pub params: BTreeMap<String, String>,
    /// Offset in the source, bytes.
    #[ts(type = "number | null")]
    pub offset: Option<u64>,
    /// Field by its ASN.1 path, where it is known.
    pub field: Option<String>,
    /// English text for the technical details.
    pub detail: String,
}

/// Somebody who may have issued something; each mark by itself.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct HeapLink {
    /// The object that was issued (certificate, list, response).
    pub child: String,
    /// The certificate that may have issued it.
    pub issuer: String,
    /// Whether the key identifiers agree; absent where one of them is.
    pub key_id: Option<bool>,
    /// Whether the signature is right.
    pub signature: SignatureMark,
}

/// What became of checking a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SignatureMark {
    /// Right.
    Valid,
    /// Right, with an algorithm that is broken or too weak by now.
    Weak,
    /// Wrong.
    Wrong,
    /// The algorithm is not known here.
    Unknown,
    /// There is nothing to check it with.
    Missing,
}

/// Names an object of the heap.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapRef {
    /// Its handle.
    pub id: String,
}

/// Names objects of the heap.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapIds {
    /// Their handles.
    pub ids: Vec<String>,
}

/// Puts documents on the heap.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapAdd {
    /// Handles of documents that were picked or dropped.
    pub documents: Vec<String>,
}

/// Puts the office's own things on the heap.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapBring {
    /// SHA-256 of certificates of the registry or of the trust store; empty brings all of the office's own.
    pub sha256: Vec<String>,
}

/// Puts text from the clipboard on the heap.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct HeapPaste {
    /// PEM, base64 or hexadecimal.
    pub text: String,
}

/// Opens a store on the heap.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct HeapUnlock {
    /// The store.
    pub id: String,
    /// The password, sealed; absent stands for «no password at all».
    pub password: Option<SealedSecret>,
}

/// Everything about one object.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapDetail {
    /// The object.
    pub object: HeapObject,
    /// Of a certificate.
    pub certificate: Option<CertificateDetail>,
    /// Of a P12 file or a Java key store.
    pub store: Option<StoreView>,
    /// Of everything else.
    pub sections: Vec<FactSection>,
    /// Of a revocation list: its entries, at most 1,000 of them.
    pub revoked: Vec<RevokedEntry>,
    /// How many entries the list has.
    pub revoked_total: u32,
    /// PEM of the object, for copying; absent for stores and private keys.
    pub pem: Option<String>,
}

/// Facts that belong together.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct FactSection {
    /// Key of the UI's texts (`facts_section_<code>`).
    pub code: String,
    /// The facts.
    pub facts: Vec<Fact>,
}

/// One fact.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct Fact {
    /// Key of the UI's texts (`fact_<code>`); an extension's own name where [`Self::named`] is set.
    pub code: String,
    /// Whether `code` is a name to be shown as it is.
    pub named: bool,
    /// The value: text, number, RFC 3339 time, colon hexadecimal.
    pub value: String,
    /// How it is to be shown.
    pub form: FactForm,
    /// Nesting, 0 for the outermost.
    pub level: u32,
}

/// How a fact is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FactForm {
    /// Plain text.
    Text,
    /// Monospaced: numbers, digests, identifiers.
    Mono,
    /// A time.
    Time,
    /// A code of the UI's texts (`value_<code>`).
    Code,
}

/// A revoked certificate on a list.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RevokedEntry {
    /// Serial number, hexadecimal.
    pub serial_hex: String,
    /// Since when.
    pub at: String,
    /// RFC 5280 reason in snake case, when given.
    pub reason: Option<String>,
    /// The object of the heap that this is, when it is there.
    pub object: Option<String>,
}

/// Structure of a P12 file or of a Java key store.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StoreView {
    /// `p12`, `jks` or `jceks`.
    pub format: String,
    /// Whether the password is still missing.
    pub locked: bool,
    /// Code of the integrity: `right`, `not_checked`, `none`.
    pub integrity: String,
    /// What protects the whole.
    pub mac: Option<StoreProtection>,
    /// Everything inside, in order.
    pub parts: Vec<StorePart>,
    /// `low`, `medium` or `high`.
    pub risk: String,
    /// Reason codes of the risk.
    pub risk_reasons: Vec<String>,
    /// Programs and whether they open it.
    pub openers: Vec<StoreOpener>,
}

/// Password-based protection.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StoreProtection {
    /// The algorithm by name.
    pub algorithm: String,
    /// The key derivation by name.
    pub kdf: Option<String>,
    /// Iterations.
    #[ts(type = "number | null")]
    pub iterations: Option<u64>,
    /// Bytes of salt.
    pub salt_bytes: Option<u32>,
}

/// A container, bag or entry of a store.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StorePart {
    /// `container`, `key`, `shrouded_key`, `certificate`, `crl`, `secret`, `trusted_certificate`, `other`.
    pub kind: String,
    /// Nesting, 0 for the outermost.
    pub level: u32,
    /// Its name: friendly name or alias, else the holder of the certificate.
    pub title: String,
    /// Offset in the file, where it stands in the clear.
    #[ts(type = "number | null")]
    pub offset: Option<u64>,
    /// Bytes.
    #[ts(type = "number | null")]
    pub length: Option<u64>,
    /// What protects it.
    pub protection: Option<StoreProtection>,
    /// Attributes by name.
    pub attributes: Vec<Fact>,
    /// The object of the heap that it became.
    pub object: Option<String>,
}

/// Whether a program opens a store.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StoreOpener {
    /// The program by name.
    pub program: String,
    /// `yes`, `no` or `unknown`.
    pub opens: String,
    /// Reason code, when it does not.
    pub reason: Option<String>,
}

/// ASN.1 of an object.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct Asn1View {
    /// Every element, in the order of the bytes, at most 20,000.
    pub nodes: Vec<Asn1NodeView>,
    /// Where reading stopped.
    pub trouble: Option<HeapProblem>,
    /// Whether there are more elements.
    pub truncated: bool,
}

/// One element.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct Asn1NodeView {
    /// Offset of its first byte in the object.
    pub offset: u32,
    /// Bytes of tag and length.
    pub header: u32,
    /// Bytes of content.
    pub length: u32,
    /// Nesting.
    pub depth: u32,
    /// Type or tag by name: `SEQUENCE`, `[0]`, `UTF8String`, …
    pub tag: String,
    /// Field by its ASN.1 path, where it is known.
    pub field: Option<String>,
    /// The value as text; empty for constructed elements.
    pub value: String,
    /// Name of an object identifier.
    pub oid_name: Option<String>,
    /// Whether it holds other elements.
    pub constructed: bool,
    /// Codes of what is odd about it.
    pub remarks: Vec<String>,
}

/// What a chain is judged by.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
pub struct Requirements {
    /// The instant, RFC 3339; absent: now.
    pub at: Option<String>,
    /// What the certificate is to be fit for.
    pub purpose: PurposeView,
    /// What revocation needs.
    pub revocation: RevocationMode,
    /// Acceptable policies by OID; empty accepts any.
    pub policies: Vec<String>,
    /// A policy must hold along the whole path.
    pub explicit_policy: bool,
    /// anyPolicy does not count.
    pub inhibit_any_policy: bool,
    /// Mapped policies do not count.
    pub inhibit_policy_mapping: bool,
    /// Objects of the heap that are trusted in this judgement alone.
    pub trusted: Vec<String>,
}

/// What a certificate is to be fit for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PurposeView {
    /// No purpose is looked at.
    #[default]
    Any,
    /// Signing documents.
    DocumentSigning,
    /// Timestamps.
    Timestamping,
    /// A web server.
    TlsServer,
    /// A client of a web server.
    TlsClient,
    /// OCSP responses.
    OcspSigning,
}

/// How revocation counts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RevocationMode {
    /// Without evidence nothing is decided.
    #[default]
    Require,
    /// What evidence there is counts.
    Prefer,
    /// None is looked at.
    Off,
}

/// Judges a certificate of the heap.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapValidate {
    /// The certificate.
    pub id: String,
    /// By what.
    pub requirements: Requirements,
}

/// The bottom line of a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChainResult {
    /// Everything was checked and is right.
    Valid,
    /// Something is wrong.
    Invalid,
    /// Something could not be decided.
    Indeterminate,
}

/// A judged chain, axis by axis.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ChainReview {
    /// The instant that it speaks of.
    pub judged_at: String,
    /// The bottom line, of the best path.
    pub result: ChainResult,
    /// Codes of what keeps it from being valid.
    pub reasons: Vec<String>,
    /// Every candidate path, the best first.
    pub paths: Vec<ChainPath>,
    /// Whether there may be more paths.
    pub truncated: bool,
    /// Policies along the best path.
    pub policy: PolicyResult,
    /// Revocation along the best path, the certificate itself first.
    pub revocation: Vec<RevocationResult>,
    /// Algorithms along the best path that are weak at that instant.
    pub warnings: Vec<ChainError>,
    /// What issuers did against their own rules; no verdict.
    pub lint: Vec<LintFinding>,
    /// What a signature by it would be worth.
    pub legal: LegalLabel,
}

/// One candidate path.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ChainPath {
    /// From the certificate upwards.
    pub certificates: Vec<ChainCertificate>,
    /// How it ends: `trust_anchor`, `untrusted_root`, `issuer_missing`, `path_too_long`.
    pub end: String,
    /// Whether it is right.
    pub valid: bool,
    /// Its bottom line.
    pub result: ChainResult,
    /// Everything that is wrong with it, not the first alone.
    pub errors: Vec<ChainError>,
}

/// A certificate of a path.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ChainCertificate {
    /// Its object on the heap, when it is there.
    pub id: Option<String>,
    /// SHA-256 of its DER form.
    pub sha256: String,
    /// Holder.
    pub name: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number, hexadecimal.
    pub serial_hex: String,
    /// Start of validity.
    pub not_before: String,
    /// End of validity.
    pub not_after: String,
    /// Whether it is trusted by itself.
    pub anchor: bool,
    /// Whether it is trusted for this judgement alone, because whoever asked said so.
    pub trusted_here: bool,
    /// Its signature, checked with the certificate above.
    pub signature: SignatureMark,
    /// Whether key identifiers agree with the certificate above; absent where one is.
    pub key_id: Option<bool>,
}

/// Something wrong, or weak, at a place of a path.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ChainError {
    /// Reason code, key of the UI's texts.
    pub code: String,
    /// 0 the certificate itself, 1 its issuer, …
    pub depth: u32,
    /// English text.
    pub message: String,
    /// Data of the message.
    pub params: BTreeMap<String, String>,
    /// `error`, `indeterminate` or `note`.
    pub weight: String,
}

/// Policies of a path (RFC 5280 §6.1.5).
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
pub struct PolicyResult {
    /// `ok`, `violated`, `none` (no policy was asked for and none binds).
    pub state: String,
    /// Policies that hold along the whole path.
    pub valid: Vec<NamedOid>,
    /// Policies that were asked for.
    pub required: Vec<NamedOid>,
    /// Whether one had to hold.
    pub explicit: bool,
}

/// An object identifier with its name.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct NamedOid {
    /// Dotted.
    pub oid: String,
    /// Its name, when known.
    pub name: Option<String>,
}

/// Revocation of one certificate of a path.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RevocationResult {
    /// Its place on the path.
    pub depth: u32,
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// Holder.
    pub name: String,
    /// Code: `revocation_good`, `revoked`, `on_hold`, `revoked_later`, `revocation_stale`, `no_revocation_evidence`, `revocation_not_needed`, `revocation_off`.
    pub status: String,
    /// Since when it is revoked.
    pub revoked_at: Option<String>,
    /// RFC 5280 reason in snake case.
    pub reason: Option<String>,
    /// Everything that was looked at.
    pub evidence: Vec<EvidenceUse>,
}

/// A list or a response that was looked at.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct EvidenceUse {
    /// `crl`, `delta_crl` or `ocsp`.
    pub kind: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its object on the heap, when it is there.
    pub id: Option<String>,
    /// Who signed it.
    pub issuer: String,
    /// When it was made.
    pub this_update: String,
    /// When the next is due.
    pub next_update: Option<String>,
    /// Number of a list, decimal.
    pub number: Option<String>,
    /// Its own signature.
    pub signature: SignatureMark,
    /// By what right it speaks: `issuer`, `indirect`, `delegated`, `none`.
    pub authority: String,
    /// Whether it decided.
    pub decisive: bool,
    /// Why it does not count.
    pub rejected: Option<String>,
}

/// A finding of the lint layer.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct LintFinding {
    /// Rule by its code.
    pub code: String,
    /// `error`, `warning` or `notice`.
    pub severity: String,
    /// Where the rule stands, e.g. `RFC 5280 §4.2.1.1`.
    pub clause: String,
    /// ASN.1 path.
    pub path: String,
    /// The rule in words, in the language of the preferences.
    pub title: String,
    /// What was found, English.
    pub detail: String,
    /// Place on the path; absent for a list.
    pub depth: Option<u32>,
    /// Holder of the certificate, or issuer of the list.
    pub subject: String,
}

/// Two certificates to compare.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapPair {
    /// The first.
    pub a: String,
    /// The second.
    pub b: String,
}

/// How two certificates differ, by meaning.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct Comparison {
    /// The first.
    pub a: HeapObject,
    /// The second.
    pub b: HeapObject,
    /// Code of the headline: `identical`, `renewal_same_key`, `renewal_new_key`, `cross_certificate`, `other_holder`, …
    pub headline: String,
    /// Field by field.
    pub rows: Vec<CompareRow>,
    /// Their chains, step by step upwards.
    pub chain: Vec<CompareRow>,
}

/// One field of a comparison.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct CompareRow {
    /// Key of the UI's texts (`compare_<code>`), or an extension's own name where `named` is set.
    pub field: String,
    /// Whether `field` is a name to be shown as it is.
    pub named: bool,
    /// In the first.
    pub a: Option<String>,
    /// In the second.
    pub b: Option<String>,
    /// `same`, `changed`, `only_a`, `only_b`.
    pub state: String,
    /// Code of a remark.
    pub note: Option<String>,
}

/// Saves objects of the heap.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapExport {
    /// The objects.
    pub ids: Vec<String>,
    /// In what form.
    pub form: HeapForm,
    /// Whether the certificates above each are to be there too.
    pub with_chain: bool,
}

/// Form of exported objects.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HeapForm {
    /// PEM, one after the other.
    Pem,
    /// DER; one object only.
    Der,
    /// PKCS#7 with certificates and lists, DER.
    P7b,
}

/// Text for the clipboard.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapText {
    /// The text.
    pub text: String,
}

/// Saves the inspection report of an object.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct HeapReport {
    /// The object.
    pub id: String,
    /// By what its chain is judged.
    pub requirements: Requirements,
    /// In what form.
    pub format: ReportFormat,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// PDF/A.
    Pdf,
    /// One HTML file.
    Html,
    /// JSON.
    Json,
}
