// Generated from src-tauri/crates/office. Do not edit: cargo xtask generate rewrites it.

export type WireError = { code: string, params: { [key in string]: string }, severity: "error" | "warning" | "silent", retry: "never" | "later" | "after_action", detail: string, };

export type Empty = Record<symbol, never>;

export type AppState = { 
/**
 * Program version.
 */
version: string, 
/**
 * The way in that was chosen.
 */
environment: Environment, 
/**
 * Whether a demonstration office already exists on this machine.
 */
demo_exists: boolean, 
/**
 * Name of the office, once there is one.
 */
office_name: string | null, 
/**
 * Who is working.
 */
operator: OperatorView | null, 
/**
 * What the operator may do; the UI shows nothing else.
 */
permissions: Array<Permission>, 
/**
 * How local keys are protected on this machine.
 */
key_protection: KeyProtection | null, 
/**
 * The AWS profile in use.
 */
profile: ProfileView | null, 
/**
 * Why the office of the last start could not be opened again, if so.
 */
resume_problem: WireError | null, 
/**
 * Acts that had begun and have no result: the program or the machine stopped in between.
 */
interrupted: Array<InterruptedAct>, 
/**
 * Language, theme.
 */
preferences: Preferences, 
/**
 * Where this installation keeps its data, for display.
 */
home: string, };

export type Environment = "welcome" | "demo" | "production" | "inspection";

export type OperatorView = { 
/**
 * Identifier.
 */
id: string, 
/**
 * Name.
 */
name: string, 
/**
 * `clerk`, `supervisor`, `notary` or `auditor`.
 */
role: string, };

export type Permission = "sign" | "verify" | "inspect" | "issue_certificates" | "manage_keys" | "manage_settings" | "read_trail";

export type KeyProtection = "keyring" | "passphrase" | "plain_file";

export type InterruptedAct = { 
/**
 * Sequence number of its intent in the trail.
 */
seq: number, 
/**
 * Which act, e.g. `document_signed`.
 */
act: string, 
/**
 * When it began.
 */
at: string, 
/**
 * The document's name, where there is one.
 */
document: string | null, };

export type Preferences = { 
/**
 * Language of the interface.
 */
locale: Locale, 
/**
 * Colours.
 */
theme: Theme, };

export type Locale = "pt-BR" | "en";

export type Theme = "system" | "light" | "dark";

export type ProductionStart = { 
/**
 * AWS profile.
 */
profile: string, 
/**
 * Name of the office; needed the first time.
 */
office_name: string | null, 
/**
 * Name of the notary who sets it up; needed the first time.
 */
operator_name: string | null, 
/**
 * Passphrase of the key store, sealed; only where the operating system has no keyring.
 */
passphrase: SealedSecret | null, };

export type ProfileView = { 
/**
 * Its name.
 */
name: string, 
/**
 * Region, e.g. `sa-east-1`.
 */
region: string, 
/**
 * Endpoint override for emulators and PrivateLink.
 */
endpoint: string | null, 
/**
 * Endpoint override of AWS Private CA alone.
 */
acm_pca_endpoint?: string | null, 
/**
 * Whether FIPS endpoints are used.
 */
use_fips: boolean, 
/**
 * Where credentials come from.
 */
source: CredentialSourceView, 
/**
 * The profile's name in `~/.aws/config`, for `named_profile`.
 */
named_profile: string | null, 
/**
 * Whether access keys are stored in the keyring, for `keyring`. They are never shown.
 */
has_stored_keys: boolean, 
/**
 * Whether it is the one that production uses.
 */
active: boolean, };

export type CredentialSourceView = "default" | "named_profile" | "keyring";

export type ProfileInput = { 
/**
 * Its name.
 */
name: string, 
/**
 * Region.
 */
region: string, 
/**
 * Endpoint override.
 */
endpoint: string | null, 
/**
 * Endpoint override of AWS Private CA alone; absent keeps what is stored, an empty text removes it.
 */
acm_pca_endpoint?: string | null, 
/**
 * Whether FIPS endpoints are used.
 */
use_fips: boolean, 
/**
 * Where credentials come from.
 */
source: CredentialSourceView, 
/**
 * The profile's name in `~/.aws/config`, for `named_profile`.
 */
named_profile: string | null, 
/**
 * JSON `{"access_key_id","secret_access_key","session_token"?}`, sealed; absent keeps what is stored.
 */
access_keys: SealedSecret | null, };

export type ProfileName = { 
/**
 * The profile.
 */
name: string, };

export type CallerIdentityView = { 
/**
 * Account number.
 */
account: string, 
/**
 * ARN of the caller.
 */
arn: string, 
/**
 * Region.
 */
region: string, 
/**
 * Endpoint override, if any.
 */
endpoint: string | null, 
/**
 * Time of the answer in milliseconds.
 */
millis: number, };

export type SecretChannel = { 
/**
 * Identifier of the channel; used once.
 */
id: string, 
/**
 * Uncompressed P-256 point, base64.
 */
public_key: string, };

export type SealedSecret = { 
/**
 * The channel.
 */
channel: string, 
/**
 * The UI's own one-time uncompressed P-256 point, base64.
 */
public_key: string, 
/**
 * 12-byte nonce, base64.
 */
nonce: string, 
/**
 * AES-256-GCM ciphertext with its tag, base64; the channel id is its associated data.
 */
ciphertext: string, };

export type DocumentRef = { 
/**
 * The handle.
 */
id: string, };

export type PickRequest = { 
/**
 * What they are for: chooses title, filter and whether several may be chosen.
 */
purpose: PickPurpose, };

export type PickPurpose = "sign" | "verify" | "content" | "certificates";

export type DocumentInfo = { 
/**
 * The handle.
 */
id: string, 
/**
 * File name without its folder.
 */
name: string, 
/**
 * The folder, for display only.
 */
folder: string, 
/**
 * Size in bytes.
 */
size: number, 
/**
 * What it is, by content.
 */
kind: DocumentKind, 
/**
 * Pages, for a PDF that can be read.
 */
pages: number | null, 
/**
 * Signatures that it already holds, for a PDF.
 */
signatures: number, 
/**
 * How it came here.
 */
origin: DocumentOrigin, 
/**
 * Why it cannot be signed, if so.
 */
sign_problem: WireError | null, };

export type DocumentKind = "pdf" | "cms" | "certificates" | "p12" | "other";

export type DocumentOrigin = "picked" | "dropped" | "sample" | "result";

export type DocumentsDropped = { 
/**
 * The documents.
 */
documents: Array<DocumentInfo>, 
/**
 * Files that could not be opened.
 */
problems: Array<WireError>, };

export type IdentitySummary = { 
/**
 * Identifier.
 */
id: string, 
/**
 * Friendly name.
 */
label: string, 
/**
 * Who the certificate is for (common name without a trailing `:CPF`).
 */
holder: string, 
/**
 * CPF, masked, where the certificate has one.
 */
masked_cpf: string | null, 
/**
 * Common name of the issuer.
 */
issuer: string, 
/**
 * Start of validity.
 */
not_before: string, 
/**
 * End of validity.
 */
not_after: string, 
/**
 * SHA-256 of the certificate.
 */
certificate_sha256: string, 
/**
 * Reference to the key.
 */
key_ref: string, 
/**
 * Where the key lives.
 */
key_origin: KeyOriginView, 
/**
 * Type of the key, e.g. `RSA_2048`.
 */
key_spec: string, 
/**
 * Algorithms that it may sign with; the first is the default.
 */
algorithms: Array<string>, 
/**
 * What its signatures are worth by law, computed from the chain.
 */
legal: LegalLabel, 
/**
 * Whether it can sign now.
 */
state: IdentityState, };

export type IdentityState = "ready" | "not_yet_valid" | "expired";

export type IdentityCreate = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * Friendly name.
 */
label: string, 
/**
 * Who it is for.
 */
holder: string, 
/**
 * E-mail address for the certificate.
 */
email: string | null, 
/**
 * Who issues: the ARN of an AWS Private CA. Absent: the office's own CA.
 */
authority?: string | null, };

export type OutputFolder = { 
/**
 * The handle.
 */
id: string, 
/**
 * The folder, for display only.
 */
display: string, };

export type SignRequest = { 
/**
 * Handles of the documents.
 */
documents: Array<string>, 
/**
 * The identity.
 */
identity: string, 
/**
 * Algorithm; absent means the key's default.
 */
algorithm: string | null, 
/**
 * Reason, written into the signature.
 */
reason: string | null, 
/**
 * Place, written into the signature.
 */
location: string | null, 
/**
 * Folder for the results; absent means beside each document.
 */
output_folder: string | null, 
/**
 * Why documents were not looked at before signing; goes into the trail.
 */
unseen_reason?: string, };

export type SignPreview = { 
/**
 * Legal label of the result.
 */
legal: LegalLabel, 
/**
 * Algorithm.
 */
algorithm: string, 
/**
 * Per document.
 */
items: Array<SignPreviewItem>, };

export type SignPreviewItem = { 
/**
 * The document.
 */
document: string, 
/**
 * The form that the signature will take.
 */
format: SignFormat, 
/**
 * Name that the result will get.
 */
output_name: string, 
/**
 * Why it will be refused, if so.
 */
problem: WireError | null, };

export type SignFormat = "pades" | "cades-detached";

export type JobRef = { 
/**
 * Identifier.
 */
id: string, };

export type JobSnapshot = { 
/**
 * Identifier.
 */
id: string, 
/**
 * State of the whole.
 */
status: JobStatus, 
/**
 * One entry per document.
 */
items: Array<JobItem>, };

export type JobStatus = "running" | "succeeded" | "partly" | "failed" | "cancelled";

export type JobItem = { 
/**
 * The document's handle.
 */
document: string, 
/**
 * Its name.
 */
name: string, 
/**
 * State.
 */
state: ItemState, 
/**
 * What is going on, while running.
 */
phase: ItemPhase | null, 
/**
 * Why it failed.
 */
error: WireError | null, 
/**
 * The result.
 */
output: DocumentInfo | null, 
/**
 * What was done, for the record.
 */
receipt: Receipt | null, };

export type ItemState = "waiting" | "running" | "done" | "failed" | "cancelled";

export type ItemPhase = "preparing" | "signing" | "checking" | "writing";

export type Receipt = { 
/**
 * Time.
 */
signed_at: string, 
/**
 * Form.
 */
format: SignFormat, 
/**
 * SHA-256 of the document before.
 */
input_sha256: string, 
/**
 * SHA-256 of the result.
 */
output_sha256: string, 
/**
 * The exact key.
 */
key_id: string, 
/**
 * Algorithm.
 */
algorithm: string, 
/**
 * SHA-256 of the certificate.
 */
certificate_sha256: string, 
/**
 * AWS request id.
 */
request_id: string | null, 
/**
 * Sequence number in the trail.
 */
audit_seq: number, };

export type VerifyRequest = { 
/**
 * The PDF or `.p7s`.
 */
document: string, 
/**
 * The content of a detached `.p7s`; absent lets the backend look for it beside the signature.
 */
content: string | null, };

export type VerifyReport = { 
/**
 * The bottom line, derived from the signatures.
 */
result: VerifyResult, 
/**
 * The document's name.
 */
document: string, 
/**
 * Name of the content that a detached signature was checked against.
 */
content: string | null, 
/**
 * Whether a detached signature still needs its content.
 */
content_needed: boolean, 
/**
 * The instant at which it was judged.
 */
judged_at: string, 
/**
 * Signatures in the order in which they were made.
 */
signatures: Array<SignatureReport>, 
/**
 * Sequence number of this act in the trail, where there is one.
 */
audit_seq: number | null, };

export type VerifyResult = "passed" | "indeterminate" | "failed" | "unsigned";

export type SignatureReport = { 
/**
 * Field name, for a PDF.
 */
field: string | null, 
/**
 * Whether the bytes are the ones that were signed.
 */
integrity: Integrity, 
/**
 * Whether the signer is who the certificate says.
 */
authenticity: Authenticity, 
/**
 * Whether the rules that the signature claims are kept.
 */
policy: PolicyState, 
/**
 * What came after.
 */
later_change: LaterChange, 
/**
 * Which part of the file it covers, for a PDF.
 */
coverage: Coverage, 
/**
 * Bottom line of this signature.
 */
result: VerifyResult, 
/**
 * ETSI EN 319 102-1 sub-indication, e.g. `TRY_LATER`, `NO_CERTIFICATE_CHAIN_FOUND`, `HASH_FAILURE`.
 */
sub_indication: string | null, 
/**
 * Reason codes behind each axis, for «por quê?»; keys of the UI's text table.
 */
reasons: Array<string>, 
/**
 * Level, e.g. `PAdES B-B`.
 */
level: string, 
/**
 * Algorithm.
 */
algorithm: string | null, 
/**
 * Who signed.
 */
signer: SignerView | null, 
/**
 * Time that the signer claims.
 */
claimed_time: string | null, 
/**
 * Reason written into the signature.
 */
reason: string | null, 
/**
 * Place written into the signature.
 */
location: string | null, 
/**
 * Legal label, computed from the chain.
 */
legal: LegalLabel, 
/**
 * The certificates with the review of their chain.
 */
certificates: CertificateBundle | null, 
/**
 * Why it could not be read, if so.
 */
problem: WireError | null, };

export type SignerView = { 
/**
 * Common name without a trailing `:CPF`.
 */
name: string, 
/**
 * CPF, masked.
 */
masked_cpf: string | null, 
/**
 * Common name of the issuer.
 */
issuer: string, 
/**
 * SHA-256 of the certificate.
 */
certificate_sha256: string, };

export type Integrity = "ok" | "broken" | "unknown";

export type Authenticity = "trusted" | "untrusted" | "unknown";

export type PolicyState = "ok" | "violated" | "none";

export type LaterChange = "none" | "allowed" | "suspicious" | "unknown";

export type Coverage = "entire_file" | "entire_revision" | "partial" | "invalid" | "content";

export type CertificateSummary = { 
/**
 * Identifier in the registry.
 */
id: string, 
/**
 * What it is for.
 */
kind: CertificateKind, 
/**
 * Common name without a trailing `:CPF`.
 */
name: string, 
/**
 * Common name of the issuer.
 */
issuer: string, 
/**
 * CPF, masked.
 */
masked_cpf: string | null, 
/**
 * Serial number, hexadecimal.
 */
serial_hex: string, 
/**
 * Start of validity.
 */
not_before: string, 
/**
 * End of validity.
 */
not_after: string, 
/**
 * SHA-256 of the certificate.
 */
sha256: string, 
/**
 * Whether its key can go into a P12 file; `false` for keys in KMS and for the demonstration's signing key.
 */
exportable: boolean, 
/**
 * Why not: a reason code, when `exportable` is false.
 */
not_exportable_reason: string | null, };

export type CertificateKind = "root" | "intermediate" | "identity" | "subscriber";

export type CertificateSource = { "from": "document", "id": string } | { "from": "registry", "id": string } | { "from": "identity", "id": string };

export type CertificateBundle = { 
/**
 * A name for the whole (file name, identity's label).
 */
title: string, 
/**
 * Every certificate; parents before children in each chain.
 */
certificates: Array<CertificateNode>, 
/**
 * Objects that are no certificates (CRLs, a P12 that needs its password), each with a short description.
 */
others: Array<OpaqueObject>, 
/**
 * Instant at which validity was judged.
 */
judged_at: string, };

export type OpaqueObject = { 
/**
 * `crl`, `p12`, `private_key`, `csr`, `unknown`.
 */
kind: string, 
/**
 * What can be said of it.
 */
description: string, };

export type CertificateNode = { 
/**
 * Index of its issuer in the list, when that is there.
 */
parent: number | null, 
/**
 * The certificate.
 */
certificate: CertificateDetail, 
/**
 * Whether its chain ends at a known root.
 */
trust: TrustState, 
/**
 * What is wrong with it or its chain.
 */
problems: Array<ChainProblem>, };

export type TrustState = "trusted" | "untrusted" | "unknown";

export type ChainProblem = { 
/**
 * Reason code, key of the UI's text table.
 */
code: string, 
/**
 * Distance from the certificate: 0 itself, 1 its issuer, …
 */
depth: number, 
/**
 * English text for the technical details.
 */
detail: string, };

export type CertificateDetail = { 
/**
 * SHA-256 of the DER form.
 */
sha256: string, 
/**
 * SHA-1 of the DER form; legacy, for comparison only.
 */
sha1: string, 
/**
 * Common name without a trailing `:CPF`, or the whole subject.
 */
name: string, 
/**
 * Subject, RFC 4514.
 */
subject: string, 
/**
 * Issuer, RFC 4514.
 */
issuer: string, 
/**
 * Subject, attribute by attribute.
 */
subject_attributes: Array<NameAttributeView>, 
/**
 * Issuer, attribute by attribute.
 */
issuer_attributes: Array<NameAttributeView>, 
/**
 * Serial number, decimal.
 */
serial_dec: string, 
/**
 * Serial number, hexadecimal.
 */
serial_hex: string, 
/**
 * Start of validity.
 */
not_before: string, 
/**
 * End of validity.
 */
not_after: string, 
/**
 * X.509 version: 1, 2 or 3.
 */
version: number, 
/**
 * The key.
 */
key: KeyFacts, 
/**
 * Signature algorithm by name.
 */
signature_algorithm: string, 
/**
 * Key usages by RFC 5280 name.
 */
key_usages: Array<string>, 
/**
 * Extended key usages by name.
 */
extended_usages: Array<string>, 
/**
 * Whether it is a CA.
 */
is_ca: boolean, 
/**
 * Whether issuer and subject are the same.
 */
self_issued: boolean, 
/**
 * Every extension.
 */
extensions: Array<ExtensionView>, 
/**
 * Brazilian identifiers, masked.
 */
identifiers: Array<IdentifierView>, 
/**
 * What its signatures are worth by law.
 */
legal: LegalLabel, 
/**
 * PEM.
 */
pem: string, };

export type NameAttributeView = { 
/**
 * Object identifier.
 */
oid: string, 
/**
 * Short name (`CN`, `O`, …) or the OID.
 */
name: string, 
/**
 * Value.
 */
value: string, };

export type KeyFacts = { 
/**
 * `RSA`, `EC`, …
 */
kind: string, 
/**
 * Bits of the modulus or of the curve.
 */
bits: number | null, 
/**
 * Curve name.
 */
curve: string | null, 
/**
 * SHA-256 of the `SubjectPublicKeyInfo`.
 */
spki_sha256: string, };

export type ExtensionView = { 
/**
 * Object identifier.
 */
oid: string, 
/**
 * Name.
 */
name: string, 
/**
 * Whether it is critical.
 */
critical: boolean, 
/**
 * Its content in lines; never empty.
 */
lines: Array<string>, };

export type IdentifierView = { 
/**
 * `cpf`, `cnpj`, `birth_date`, `rg`, `voter_title`, …
 */
kind: string, 
/**
 * The masked value.
 */
masked: string, };

export type CertificateFingerprint = { 
/**
 * SHA-256 of a certificate that was opened in this session.
 */
sha256: string, };

export type RevealedIdentifiers = { 
/**
 * The identifiers, `masked` holding the clear value.
 */
identifiers: Array<IdentifierView>, };

export type LegalLabel = "qualified" | "advanced" | "demonstration" | "unknown";

export type CertificateSave = { 
/**
 * SHA-256 of the certificate.
 */
sha256: string, 
/**
 * Form.
 */
format: SaveFormat, };

export type SaveFormat = "pem" | "der";

export type SaveResult = { 
/**
 * The saved file; absent when the dialog was cancelled.
 */
saved: DocumentInfo | null, };

export type SubscriberIssue = { 
/**
 * Full name.
 */
name: string, 
/**
 * CPF, digits with or without punctuation.
 */
cpf: string, 
/**
 * E-mail address.
 */
email: string, 
/**
 * Type of the key, e.g. `RSA_2048`.
 */
key_spec: string, };

export type P12Export = { 
/**
 * Certificate in the registry.
 */
certificate: string, 
/**
 * Name inside the file; absent means the holder's name.
 */
friendly_name: string | null, 
/**
 * The password, sealed.
 */
password: SealedSecret, };

export type KeySummary = { 
/**
 * Reference to it.
 */
key_ref: string, 
/**
 * The backend's own identifier (an ARN for KMS).
 */
key_id: string, 
/**
 * Friendly names.
 */
aliases: Array<string>, 
/**
 * Free text.
 */
description: string | null, 
/**
 * Type, e.g. `RSA_2048`, or what the backend calls it.
 */
spec: string, 
/**
 * Whether it is a signing key that this program can use.
 */
can_sign: boolean, 
/**
 * State.
 */
state: KeyStateView, 
/**
 * When it was made.
 */
created_at: string | null, 
/**
 * When it will be gone.
 */
deletion_at: string | null, 
/**
 * Where it lives.
 */
origin: KeyOriginView, 
/**
 * Region, for AWS.
 */
region: string | null, 
/**
 * Labels of the identities that use it.
 */
identities: Array<string>, };

export type KeyStateView = "enabled" | "disabled" | "pending_deletion" | "unavailable";

export type KeyOriginView = "local" | "aws_kms" | "token";

export type KeyQuery = { 
/**
 * The reference.
 */
key_ref: string, };

export type KeyDetail = { 
/**
 * The summary.
 */
summary: KeySummary, 
/**
 * Algorithms.
 */
algorithms: Array<string>, 
/**
 * The public half, PEM.
 */
public_key_pem: string | null, 
/**
 * SHA-256 of its `SubjectPublicKeyInfo`.
 */
spki_sha256: string | null, 
/**
 * Whether the private half can leave by design; it never can from KMS.
 */
exportable: boolean, };

export type KeyCreate = { 
/**
 * Type, e.g. `RSA_2048`.
 */
spec: string, 
/**
 * Friendly name.
 */
alias: string, 
/**
 * Free text.
 */
description: string, };

export type AuditQuery = { 
/**
 * Only this act.
 */
act: string | null, 
/**
 * Text in names, digests, keys or request ids.
 */
text: string | null, 
/**
 * Only records before this sequence number.
 */
before: number | null, 
/**
 * At most this many.
 */
limit: number, };

export type AuditPage = { 
/**
 * Records, newest first.
 */
records: Array<AuditRecordView>, 
/**
 * Whether there are older ones.
 */
more: boolean, };

export type AuditRecordView = { 
/**
 * Sequence number, gap-free from 1.
 */
seq: number, 
/**
 * When.
 */
at: string, 
/**
 * Which act, e.g. `document_signed`.
 */
act: string, 
/**
 * `intent`, `succeeded`, `failed`, `cancelled` or `interrupted`.
 */
phase: string, 
/**
 * Error code of a failed act.
 */
error_code: string | null, 
/**
 * Who.
 */
operator: string, 
/**
 * Role at the time.
 */
role: string, 
/**
 * `demo` or the profile's name.
 */
environment: string, 
/**
 * Document's name.
 */
document: string | null, 
/**
 * Document's SHA-256.
 */
document_sha256: string | null, 
/**
 * Key.
 */
key_id: string | null, 
/**
 * SHA-256 of the certificate.
 */
certificate_sha256: string | null, 
/**
 * Algorithm.
 */
algorithm: string | null, 
/**
 * AWS request id.
 */
request_id: string | null, 
/**
 * Further facts.
 */
detail: { [key in string]: string }, 
/**
 * Hash of the previous record.
 */
previous: string, 
/**
 * Hash of this record.
 */
hash: string, 
/**
 * Ties intent and result together.
 */
correlation: string, };

export type AuditReseal = { 
/**
 * Why, in the notary's own words; it goes into the trail.
 */
reason: string, };

export type TrailView = { 
/**
 * Whether every record is there, unchanged and in order.
 */
intact: boolean, 
/**
 * How many records.
 */
records: number, 
/**
 * Whether the newest record was vouched for by the installation's own key.
 */
head_authenticated: boolean, 
/**
 * When it was checked.
 */
checked_at: string, 
/**
 * Hash of the newest record.
 */
head: string | null, 
/**
 * What is wrong.
 */
problems: Array<TrailProblemView>, };

export type TrailProblemView = { 
/**
 * Where.
 */
seq: number, 
/**
 * `changed`, `removed`, `reordered`, `head_mismatch`, …
 */
kind: string, 
/**
 * English text for the technical details.
 */
detail: string, };

