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
 * Whether the office is open and nobody has the seat: the window shows nothing else then.
 */
locked: boolean, 
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

export type Permission = "sign" | "verify" | "inspect" | "issue_certificates" | "manage_keys" | "request" | "approve" | "manage_trust" | "manage_operators" | "manage_settings" | "read_trail";

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
 * How much of the account's quota for signatures is taken.
 */
kms: KmsLimits, 
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
active: boolean, 
/**
 * Single sign-on, for `sso`.
 */
sso: SsoView | null, 
/**
 * The role, for `assume_role`.
 */
role: RoleView | null, 
/**
 * How its credentials stand.
 */
credentials: CredentialStatusView, };

export type CredentialSourceView = "default" | "named_profile" | "keyring" | "sso" | "assume_role";

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
 * How much of the account's quota for signatures is taken; absent keeps what is stored.
 */
kms?: KmsLimits | null, 
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
access_keys: SealedSecret | null, 
/**
 * For `sso`.
 */
sso?: SsoView | null, 
/**
 * For `assume_role`.
 */
role?: RoleView | null, };

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

export type PickPurpose = "sign" | "verify" | "signed" | "content" | "evidence" | "certificates" | "p12" | "file_signature";

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
 * Tells the file from what it was at another time, as far as its size and the time of its last change do.
 */
version?: string, 
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
 * Why it cannot be signed in the simplest way, a new field of the PDF, if so. Whether it can in another one is told by
 * the preview of that.
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

export type IdentityState = "ready" | "not_yet_valid" | "expired" | "revoked" | "on_hold";

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
unseen_reason?: string, 
/**
 * Handles of files with certificates, revocation lists and OCSP answers that count for this batch alone.
 */
evidence?: Array<string>, 
/**
 * Addresses of time-stamp authorities that are asked for this batch alone, before the office's own and without credentials.
 */
authorities?: Array<string>, 
/**
 * Handles of files that detached `.p7s` signed which get another signature: each is given the one with its digest, and is
 * looked for (beside it, in the journal) where none has that. One file for one signature has to be it.
 */
contents?: Array<string>, 
/**
 * How; absent means the simple path.
 */
profile?: SignProfile, };

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
 * The level that it will have.
 */
level: SignLevel, 
/**
 * Name that the result will get.
 */
output_name: string, 
/**
 * What stands against it, or should be known: policy, stamp, evidence.
 */
remarks: Array<SignRemark>, 
/**
 * For a countersignature: those whose signature it may be over.
 */
signers?: Array<SignerChoice>, 
/**
 * Why it will be refused, if so.
 */
problem: WireError | null, };

export type SignerChoice = { 
/**
 * Place in the file, from 0.
 */
index: number, 
/**
 * Who signed; absent where the certificate is not in the file.
 */
name: string | null, 
/**
 * When, as the signature claims.
 */
claimed_time: string | null, };

export type SignFormat = "pades" | "cades-detached" | "cades-enveloping" | "raw";

export type JobRef = { 
/**
 * Identifier.
 */
id: string, };

export type JobSkip = { 
/**
 * The job.
 */
id: string, 
/**
 * Handles of documents that wait with an error.
 */
documents: Array<string>, 
/**
 * Why, for the trail.
 */
reason: string, };

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
 * One entry per document; where `changes` is there, only those that changed.
 */
items: Array<JobItem>, 
/**
 * Grows with every change, so that of two snapshots the later one is known.
 */
revision?: number, 
/**
 * In an event of a large job: what `items` are of all documents. Absent: all of them.
 */
changes?: JobChanges, 
/**
 * Whether somebody asked for a pause: while it is `running` still, what is under way is finished first.
 */
held?: boolean, 
/**
 * Why the job waits for a person, while it is `paused`: a login, a PIN, a password.
 */
waits_for: WireError | null, 
/**
 * The batch in the journal.
 */
batch: string | null, 
/**
 * Documents per minute so far, while running.
 */
per_minute: number | null, 
/**
 * Seconds that are left at that rate, while running.
 */
seconds_left: number | null, };

export type JobChanges = { 
/**
 * The event tells everything that changed after this revision; who knows an older one asks with `job_get`.
 */
since: number, 
/**
 * Where each of `items` stands, from 0.
 */
positions: Array<number>, 
/**
 * Documents in all.
 */
total: number, 
/**
 * Documents that have their end.
 */
settled: number, };

export type JobStatus = "running" | "paused" | "succeeded" | "partly" | "failed" | "cancelled";

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

export type ItemPhase = "preparing" | "signing" | "stamping" | "gathering" | "checking" | "writing";

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
 * The level that was reached.
 */
level: SignLevel, 
/**
 * Why it is a lower one than was asked for, where that was accepted.
 */
lowered?: WireError | null, 
/**
 * What the signature is where it is no AdES one, as a verification calls it: `CMS`, `PDF (adbe.pkcs7.detached)`. Then `level` says
 * what was added, and the signature has none.
 */
not_ades?: string | null, 
/**
 * OID of the signature policy, where there is one.
 */
policy: string | null, 
/**
 * Times of the time stamps, the signature's first.
 */
time_stamps: Array<string>, 
/**
 * Who gave them, as the office calls them and as their certificates do.
 */
authorities?: Array<string>, 
/**
 * Authorities that were asked before and gave none, each with the code of why.
 */
passed_over?: Array<string>, 
/**
 * Earlier signers whose certificates nothing proves any more, or who were revoked: they stay as they were.
 */
unproven?: Array<UnprovenSigner>, 
/**
 * How many values the key made in this try: more than one where the container had to grow, none where it took the value of an
 * earlier one that failed after the key.
 */
key_uses: number, 
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
 * AWS request id; none where no value was made.
 */
request_id: string | null, 
/**
 * Sequence number in the trail.
 */
audit_seq: number, };

export type UnprovenSigner = { 
/**
 * The certificate's holder.
 */
name: string, 
/**
 * Why.
 */
reason: UnprovenReason, };

export type UnprovenReason = "revoked" | "on_hold" | "no_evidence";

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
 * Whether `content` was taken for its name alone and is not what anybody signed: it was changed since, or the right file is
 * another one, which can be named.
 */
content_other?: boolean, 
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
 * The earliest instant at which it is proven to have existed, by a time stamp that holds.
 */
proven_time: string | null, 
/**
 * Time stamps over it, oldest first.
 */
time_stamps: Array<TimeStampView>, 
/**
 * The signature policy that it claims, and what became of its rules.
 */
policy_claim: PolicyClaim | null, 
/**
 * What it commits to (EN 319 122-1 §5.2.3), as codes: `origin`, `approval`, …
 */
commitments: Array<string>, 
/**
 * What the content is, in the signer's words (`content-hints`).
 */
content_hint?: string | null, 
/**
 * The type of the content, as the signer has it (`mime-type`).
 */
mime_type?: string | null, 
/**
 * Where it certifies the PDF: what may still change (DocMDP, ISO 32000-2, 12.8.2.2).
 */
certifies?: CertifyChoice | null, 
/**
 * Fields of the PDF's form that nobody may change any more because of it (FieldMDP, ISO 32000-2, 12.8.2.4).
 */
locks?: Array<LockChoice>, 
/**
 * Before this instant it has to be taken to a higher level, or to get a further archive time stamp.
 */
extend_before: string | null, 
/**
 * What later revisions of the PDF changed, each with its grade.
 */
changes: Array<ChangeView>, 
/**
 * Signatures over this signature.
 */
counter_signatures: Array<SignatureReport>, 
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
 * What ICP-Brasil's policies say of it.
 */
icp: IcpView | null, 
/**
 * Where its revocation lists are.
 */
crl_urls: Array<string>, 
/**
 * Where its status can be asked for.
 */
ocsp_urls: Array<string>, 
/**
 * Where its issuer's certificate is.
 */
issuer_urls: Array<string>, 
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
lines: Array<string>, 
/**
 * The same as labelled facts, where the content has labels.
 */
facts: Array<Fact>, };

export type IdentifierView = { 
/**
 * `cpf`, `cnpj`, `birth_date`, `rg`, `voter_title`, …
 */
kind: string, 
/**
 * The masked value.
 */
masked: string, 
/**
 * `ok`, `wrong_check_digit`, `malformed` or `not_checked`.
 */
state: string, };

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
 * How it is protected; absent means [`P12Protection::Modern`].
 */
profile: P12Protection, 
/**
 * The password, sealed.
 */
password: SealedSecret, };

export type P12Protection = "modern" | "compatible" | "pbmac1";

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
identities: Array<string>, 
/**
 * What it is for.
 */
usage: KeyUsageView, 
/**
 * Whether it exists in several AWS regions.
 */
multi_region: boolean, 
/**
 * When this office last signed with it, from the trail.
 */
last_signed_at: string | null, 
/**
 * How many signatures of this office the trail has of it.
 */
signatures: number, 
/**
 * When it is to be changed: its age, or the end of its certificate, whichever comes first. Only for signing keys in use.
 */
due_at: string | null, 
/**
 * The open change of this key, if there is one.
 */
rotation: string | null, };

export type KeyStateView = "enabled" | "disabled" | "pending_deletion" | "unavailable";

export type KeyOriginView = "local" | "aws_kms" | "token" | "p12_file";

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
exportable: boolean, 
/**
 * What can be done with it now; the window offers nothing else.
 */
actions: Array<KeyAction>, 
/**
 * Tags.
 */
tags: Array<KeyTag>, 
/**
 * Who may do what with it; absent where the place does not say.
 */
access: KeyAccessView | null, 
/**
 * Values that the key made here and nobody got: something failed after that, or was cancelled.
 */
values_without_result: number, 
/**
 * Tries here that a crash interrupted; whether they used the key is not known.
 */
interrupted: number, 
/**
 * Last use as the place itself saw it, whoever it was.
 */
last_use: KeyLastUseView | null, 
/**
 * How a symmetric key renews itself.
 */
automatic_rotation: AutomaticRotationView | null, 
/**
 * What the trail knows of the key, newest first.
 */
timeline: Array<KeyEvent>, 
/**
 * What of this could not be learnt, and why.
 */
problems: Array<WireError>, };

export type KeyCreate = { 
/**
 * Type, e.g. `RSA_2048`; not used for a key that seals.
 */
spec: string, 
/**
 * Friendly name.
 */
alias: string, 
/**
 * Free text.
 */
description: string, 
/**
 * What for; signatures where it is absent.
 */
usage?: KeyUsageView | null, 
/**
 * Where: AWS with a profile, else this machine, where it is absent.
 */
place?: KeyPlace | null, 
/**
 * Tags beside `Sistema`, `Ambiente` and `Uso`.
 */
tags?: Array<KeyTag>, 
/**
 * Whether it is to be usable in several AWS regions.
 */
multi_region?: boolean, };

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

export type CredentialStatusView = { 
/**
 * When the credentials in use end.
 */
expires_at: string | null, 
/**
 * Until when they are renewed without anybody.
 */
login_until: string | null, 
/**
 * `sso` or `mfa`: the login that is needed now.
 */
login: string | null, };

export type DeviceLoginView = { 
/**
 * Names it in `aws_login_poll`.
 */
id: string, 
/**
 * What the person compares with the browser.
 */
user_code: string, 
/**
 * The page; the backend opens it in the browser.
 */
url: string, 
/**
 * Until when it can be confirmed.
 */
expires_at: string, 
/**
 * Seconds between two polls.
 */
interval: number, 
/**
 * Whether the browser could be opened.
 */
opened: boolean, };

export type LoginPoll = { 
/**
 * The profile.
 */
profile: string, 
/**
 * The login.
 */
id: string, };

export type LoginProgressView = { 
/**
 * `pending`, `done` or `over`.
 */
state: LoginStateView, 
/**
 * Seconds until the next question.
 */
interval: number | null, 
/**
 * How the credentials stand, once done.
 */
credentials: CredentialStatusView | null, };

export type LoginStateView = "pending" | "done" | "over";

export type MfaLogin = { 
/**
 * The profile.
 */
profile: string, 
/**
 * The six digits, sealed.
 */
code: SealedSecret, };

export type RoleView = { 
/**
 * ARN of the role.
 */
role_arn: string, 
/**
 * Serial number or ARN of the MFA device.
 */
mfa_serial: string | null, 
/**
 * External id.
 */
external_id: string | null, 
/**
 * Length of the session in minutes, 15 to 720.
 */
session_minutes: number, 
/**
 * Whose credentials take it on: `default`, `named_profile` or `keyring`.
 */
base: CredentialSourceView, 
/**
 * The profile's name in `~/.aws/config`, for `named_profile`.
 */
base_profile: string | null, };

export type KmsLimits = { 
/**
 * Signatures under way at once, 1 to 128.
 */
at_once: number, 
/**
 * Signatures begun in a second, 1 to 20000.
 */
per_second: number, };

export type SsoAccountView = { 
/**
 * Account number.
 */
account_id: string, 
/**
 * Name.
 */
name: string, 
/**
 * Roles.
 */
roles: Array<string>, };

export type SsoView = { 
/**
 * The portal, `https://….awsapps.com/start`.
 */
start_url: string, 
/**
 * Region of the portal.
 */
sso_region: string, 
/**
 * Account number; empty until it is chosen.
 */
account_id: string, 
/**
 * Role; empty until it is chosen.
 */
role_name: string, };

export type AccessConditionView = { 
/**
 * Operator.
 */
operator: string, 
/**
 * What is looked at.
 */
key: string, 
/**
 * What it is compared with.
 */
values: Array<string>, };

export type AccessGrantView = { 
/**
 * Identifier.
 */
id: string, 
/**
 * Name.
 */
name: string | null, 
/**
 * Who may.
 */
grantee: string, 
/**
 * What.
 */
operations: Array<string>, 
/**
 * When it was made.
 */
created_at: string | null, };

export type AccessStatementView = { 
/**
 * Its name.
 */
sid: string | null, 
/**
 * Whether it allows; otherwise it denies.
 */
allows: boolean, 
/**
 * Who.
 */
principals: Array<string>, 
/**
 * Whether it is everybody but these.
 */
principals_excluded: boolean, 
/**
 * What.
 */
actions: Array<string>, 
/**
 * Whether it is everything but these.
 */
actions_excluded: boolean, 
/**
 * Under which conditions.
 */
conditions: Array<AccessConditionView>, };

export type AutomaticRotationSet = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * Period in days, 90 to 2560; absent switches it off.
 */
period_days: number | null, };

export type AutomaticRotationView = { 
/**
 * Period in days, where it is switched on.
 */
period_days: number | null, 
/**
 * Next time.
 */
next_at: string | null, 
/**
 * Renewals so far, newest first.
 */
past: Array<KeyRenewal>, };

export type FileReceipt = { 
/**
 * `cartorio-file-signature/1`.
 */
format: string, 
/**
 * Name of the file.
 */
file: string, 
/**
 * Its size in bytes.
 */
size: number, 
/**
 * Hash of the digest, e.g. `SHA-256`.
 */
digest_algorithm: string, 
/**
 * The digest, hexadecimal.
 */
digest: string, 
/**
 * Signature algorithm, as AWS KMS names it.
 */
algorithm: string, 
/**
 * The signature value, base64.
 */
signature: string, 
/**
 * The exact key (ARN for AWS KMS).
 */
key_id: string, 
/**
 * The public key, PEM: the receipt can be checked with nothing else.
 */
public_key: string, 
/**
 * SHA-256 of the public key's DER.
 */
public_key_sha256: string, 
/**
 * The place's number of the request.
 */
request_id: string | null, 
/**
 * Attempts; more than one means that the place's log may hold more than one entry.
 */
attempts: number, 
/**
 * When, by this machine's clock.
 */
signed_at: string, 
/**
 * Who asked for it.
 */
operator: string, 
/**
 * `DEMONSTRAÇÃO, sem valor jurídico` in the demonstration.
 */
notice?: string | null, };

export type FileSign = { 
/**
 * Handles of the files.
 */
documents: Array<string>, 
/**
 * The key.
 */
key_ref: string, 
/**
 * Algorithm; absent means RSASSA-PSS with SHA-256 for RSA keys, else the key's default.
 */
algorithm: string | null, 
/**
 * Folder for the results; absent means beside each file.
 */
output_folder: string | null, };

export type FileSignResult = { 
/**
 * One entry per file, in order.
 */
items: Array<FileSigned>, };

export type FileSigned = { 
/**
 * The file's handle.
 */
document: string, 
/**
 * Its name.
 */
name: string, 
/**
 * The signature value (`.sig`).
 */
signature: DocumentInfo | null, 
/**
 * The receipt (`.sig.json`).
 */
receipt_file: DocumentInfo | null, 
/**
 * What the receipt says.
 */
receipt: FileReceipt | null, 
/**
 * Why it failed.
 */
error: WireError | null, };

export type FileVerify = { 
/**
 * The file that was signed.
 */
document: DocumentRef, 
/**
 * The receipt (`.sig.json`), or the bare signature value.
 */
signature: DocumentRef, 
/**
 * A key of this office; needed with a bare value, and wins over the key in a receipt.
 */
key_ref: string | null, 
/**
 * Algorithm; needed with a bare value of an RSA key.
 */
algorithm: string | null, };

export type FileVerifyReport = { 
/**
 * Whether the value is a signature of this file by this key.
 */
valid: boolean, 
/**
 * Why not: `digest_differs`, `signature_wrong`, `key_differs`, `receipt_contradicts`.
 */
reason: string | null, 
/**
 * Whether the key is one of this office's.
 */
known_key: boolean, 
/**
 * Algorithm.
 */
algorithm: string, 
/**
 * SHA-256 of the public key's DER.
 */
public_key_sha256: string, 
/**
 * What the receipt says; it is the signer's word, only digest and value are proved.
 */
receipt: FileReceipt | null, 
/**
 * Number in the trail, in an office.
 */
audit_seq: number | null, };

export type KeyAccessView = { 
/**
 * The policy's statements.
 */
statements: Array<AccessStatementView>, 
/**
 * Grants beside the policy.
 */
grants: Array<AccessGrantView>, 
/**
 * The policy as AWS keeps it.
 */
document: string, };

export type KeyAction = "sign_files" | "create_identity" | "export_public" | "alias" | "tags" | "describe" | "enable" | "disable" | "schedule_deletion" | "cancel_deletion" | "rotate" | "automatic_rotation";

export type KeyAgeRule = { 
/**
 * Days, 30 to 3650.
 */
max_age_days: number, };

export type KeyAlias = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * The name.
 */
alias: string, };

export type KeyDeletion = { 
/**
 * The approved request.
 */
request: string, };

export type KeyDescribe = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * The text.
 */
description: string, };

export type KeyEnable = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * On or off.
 */
enabled: boolean, };

export type KeyEvent = { 
/**
 * Number in the trail.
 */
seq: number, 
/**
 * When.
 */
at: string, 
/**
 * Which act.
 */
act: string, 
/**
 * `succeeded`, `failed`, `cancelled`, `interrupted`.
 */
outcome: string, 
/**
 * Who.
 */
operator: string, };

export type KeyLastUseView = { 
/**
 * When.
 */
at: string, 
/**
 * For what.
 */
operation: string | null, 
/**
 * The place's number of that request.
 */
request_id: string | null, };

export type KeyList = { 
/**
 * The keys, newest first.
 */
keys: Array<KeySummary>, 
/**
 * Places that could not be asked; their keys are missing in the list.
 */
problems: Array<KeyPlaceProblem>, 
/**
 * After how many days a signing key is to be changed.
 */
max_age_days: number, };

export type KeyPlace = { "kind": "local" } | { "kind": "aws" } | { "kind": "token", 
/**
 * The token's handle, from `tokens_list`.
 */
token: string, };

export type KeyPlaceProblem = { 
/**
 * The place.
 */
origin: KeyOriginView, 
/**
 * Its name: the AWS profile, the token.
 */
name: string, 
/**
 * Why.
 */
error: WireError, };

export type KeyRenewal = { 
/**
 * When.
 */
at: string, 
/**
 * Whether a person asked for it.
 */
on_demand: boolean, };

export type KeyTag = { 
/**
 * Name.
 */
name: string, 
/**
 * Value.
 */
value: string, };

export type KeyTagsChange = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * To add or replace.
 */
put: Array<KeyTag>, 
/**
 * Names to take away.
 */
remove: Array<string>, };

export type KeyUnlock = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * PIN or password, sealed; absent where a PIN pad asks for it.
 */
secret: SealedSecret | null, 
/**
 * Whether an A1 file's password is kept in the keyring. A PIN never is.
 */
keep?: boolean, };

export type KeyUnlockState = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * Nothing, a PIN or a password.
 */
needs: UnlockNeed, 
/**
 * The token's label or the file's name.
 */
name: string, 
/**
 * `full`, `few` or `last` tries of the PIN.
 */
tries: string | null, 
/**
 * Whether the PIN is typed at the reader.
 */
pin_pad: boolean, };

export type KeyUsageView = "sign" | "seal" | "other";

export type PublicKeyFormat = "pem" | "der" | "jwk";

export type PublicKeySave = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * Form.
 */
format: PublicKeyFormat, };

export type UnlockNeed = "nothing" | "pin" | "password";

export type OperatorAdd = { 
/**
 * Full name.
 */
name: string, 
/**
 * `clerk`, `supervisor`, `notary` or `auditor`.
 */
role: string, 
/**
 * First password, sealed; at least 8 characters. The demonstration needs none.
 */
password: SealedSecret | null, };

export type OperatorCard = { 
/**
 * Who.
 */
operator: OperatorView, 
/**
 * Whether they may work at all.
 */
active: boolean, 
/**
 * Whether they have a password.
 */
has_password: boolean, 
/**
 * Whether they have the seat now.
 */
current: boolean, };

export type OperatorChange = { 
/**
 * Identifier.
 */
id: string, 
/**
 * Full name.
 */
name: string, 
/**
 * Role.
 */
role: string, 
/**
 * Whether they may work.
 */
active: boolean, };

export type OperatorPassword = { 
/**
 * Whose.
 */
id: string, 
/**
 * The current one, sealed; needed for one's own where there is one.
 */
current: SealedSecret | null, 
/**
 * The new one, sealed.
 */
new: SealedSecret, };

export type OperatorSwitch = { 
/**
 * Who.
 */
id: string, 
/**
 * Their password, sealed. The demonstration needs none.
 */
password: SealedSecret | null, };

export type RequestDecide = { 
/**
 * The request.
 */
id: string, 
/**
 * Whether it is approved.
 */
approve: boolean, 
/**
 * Why; 1 to 500 characters.
 */
reason: string, };

export type RequestKindView = "key_rotation" | "key_deletion" | "p12_export" | "certificate_issue" | "trust_anchor";

export type RequestMake = { 
/**
 * What.
 */
what: RequestMakeWhat, 
/**
 * Why; 1 to 500 characters.
 */
reason: string, };

export type RequestMakeWhat = { "kind": "key_rotation", 
/**
 * The key.
 */
key_ref: string, 
/**
 * Where the new certificate comes from; absent: the same CA as before, as far as it can be asked.
 */
certificate: RotationCertificate | null, 
/**
 * Days of transition.
 */
transition_days: number, 
/**
 * Days before deletion; absent keeps the old key, switched off.
 */
deletion_days: number | null, } | { "kind": "key_deletion", 
/**
 * The key.
 */
key_ref: string, 
/**
 * Days to wait.
 */
days: number, } | { "kind": "p12_export", 
/**
 * The certificate's identifier in the registry.
 */
certificate: string, 
/**
 * How the file will be protected; absent means the modern way.
 */
profile: P12Protection, } | { "kind": "certificate_issue" } & SubscriberIssue | { "kind": "trust_anchor_add", 
/**
 * The object of the heap.
 */
id: string, } | { "kind": "trust_anchor_remove", 
/**
 * SHA-256 of its DER form.
 */
sha256: string, };

export type RequestQuery = { 
/**
 * Only those that still wait for a decision or for being carried out.
 */
open?: boolean, 
/**
 * Only about this subject.
 */
subject?: string | null, };

export type RequestRef = { 
/**
 * Identifier.
 */
id: string, };

export type RequestStateView = "pending" | "approved" | "rejected" | "withdrawn" | "expired" | "used";

export type RequestView = { 
/**
 * Identifier.
 */
id: string, 
/**
 * `key_rotation`, `key_deletion`, `p12_export`, `certificate_issue`.
 */
kind: RequestKindView, 
/**
 * State.
 */
state: RequestStateView, 
/**
 * Exactly what will be done.
 */
what: RequestWhat, 
/**
 * What it is about, in a word: alias, holder, file.
 */
title: string, 
/**
 * Who asked.
 */
requested_by: OperatorView, 
/**
 * When.
 */
requested_at: string, 
/**
 * Why.
 */
reason: string, 
/**
 * Until when it can be decided and carried out.
 */
expires_at: string, 
/**
 * Who decided.
 */
decided_by: OperatorView | null, 
/**
 * When.
 */
decided_at: string | null, 
/**
 * Why.
 */
decision_reason: string | null, 
/**
 * When it was carried out.
 */
used_at: string | null, 
/**
 * Whether this operator may approve or reject it.
 */
may_decide: boolean, 
/**
 * Whether this operator may take it back.
 */
may_withdraw: boolean, 
/**
 * Whether this operator may carry it out now.
 */
may_carry_out: boolean, 
/**
 * The rotation that came of it.
 */
rotation: string | null, };

export type RequestWhat = { "kind": "key_rotation" } & RotationPlan | { "kind": "key_deletion", 
/**
 * The exact key.
 */
key_ref: string, 
/**
 * Its identifier.
 */
key_id: string, 
/**
 * Its name, if any.
 */
alias: string | null, 
/**
 * Days to wait, 7 to 30.
 */
days: number, } | { "kind": "p12_export", 
/**
 * SHA-256 of the certificate.
 */
certificate_sha256: string, 
/**
 * Holder.
 */
holder: string, 
/**
 * How the file will be protected. Requests from before there was a choice name none: they were for this one.
 */
profile: P12Protection, } | { "kind": "certificate_issue", 
/**
 * Full name.
 */
name: string, 
/**
 * CPF, masked.
 */
masked_cpf: string, 
/**
 * SHA-256 of the normalised request: name, CPF digits, e-mail, key type, a line each.
 */
digest: string, } | { "kind": "trust_anchor", 
/**
 * Whether it is added; otherwise it is taken away.
 */
add: boolean, 
/**
 * SHA-256 of its DER form.
 */
sha256: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Start of validity.
 */
not_before: string, 
/**
 * End of validity.
 */
not_after: string, 
/**
 * The certificate, base64 of its DER form.
 */
der: string, };

export type RotationCertificate = { "kind": "none" } | { "kind": "office" } | { "kind": "private_ca", 
/**
 * Its ARN.
 */
authority: string, } | { "kind": "external" };

export type RotationPlan = { 
/**
 * The key that is changed: its exact reference.
 */
old_key_ref: string, 
/**
 * Its identifier.
 */
old_key_id: string, 
/**
 * The name that moves to the new key.
 */
alias: string | null, 
/**
 * Type of both keys.
 */
spec: string, 
/**
 * The identity that moves to the new key, if the old one has one.
 */
identity: string | null, 
/**
 * Its label.
 */
identity_label: string | null, 
/**
 * Where the new certificate comes from.
 */
certificate: RotationCertificate, 
/**
 * Days in which both keys are visible before the old one is switched off: 0 to 365.
 */
transition_days: number, 
/**
 * Days that the old key waits for its deletion: 7 to 30; absent keeps it, switched off.
 */
deletion_days: number | null, };

export type RotationAdvance = { 
/**
 * The rotation.
 */
id: string, 
/**
 * Stops after this step; absent: as far as it goes now.
 */
until: RotationStepName | null, 
/**
 * Switches the old key off before the transition is over; needs the key's name typed.
 */
end_transition_now?: boolean, };

export type RotationBring = { 
/**
 * The rotation.
 */
id: string, 
/**
 * A file with the certificate and, if possible, its chain.
 */
certificate: DocumentRef, };

export type RotationFact = { 
/**
 * E.g. `new_key_id`, `public_key_sha256`, `certificate_sha256`, `alias`, `probe_sha256`, `probe_signature`, `request_id`,
 * `deletion_at`, `audit_seq`.
 */
name: string, 
/**
 * Its value.
 */
value: string, };

export type RotationQuery = { 
/**
 * Only those that are not over.
 */
open?: boolean, };

export type RotationRef = { 
/**
 * Identifier.
 */
id: string, };

export type RotationReport = { 
/**
 * The rotation.
 */
id: string, 
/**
 * Form.
 */
format: RotationReportFormat, };

export type RotationReportFormat = "pdf" | "json";

export type RotationStart = { 
/**
 * The approved request.
 */
request: string, };

export type RotationStateView = "running" | "transition" | "finished" | "rolling_back" | "rolled_back";

export type RotationStepName = "create_key" | "certificate" | "move_alias" | "validate" | "transition" | "disable_old" | "schedule_deletion";

export type RotationStepState = "waiting" | "begun" | "done" | "skipped" | "failed" | "undone";

export type RotationStepView = { 
/**
 * Which.
 */
step: RotationStepName, 
/**
 * State.
 */
state: RotationStepState, 
/**
 * When it was done, or failed, or was undone.
 */
at: string | null, 
/**
 * By whom.
 */
operator: string | null, 
/**
 * Facts for the report, label by label.
 */
evidence: Array<RotationFact>, 
/**
 * Why it failed.
 */
error: WireError | null, 
/**
 * How often it was tried.
 */
attempts: number, };

export type RotationUndo = { 
/**
 * The rotation.
 */
id: string, 
/**
 * Why; 1 to 500 characters.
 */
reason: string, };

export type RotationView = { 
/**
 * Identifier.
 */
id: string, 
/**
 * What it does.
 */
plan: RotationPlan, 
/**
 * State.
 */
state: RotationStateView, 
/**
 * The step that is next, or that failed.
 */
current: RotationStepName, 
/**
 * The seven steps.
 */
steps: Array<RotationStepView>, 
/**
 * Why it does not go on by itself now.
 */
waits_for: RotationWait | null, 
/**
 * The new key.
 */
new_key_ref: string | null, 
/**
 * Its identifier.
 */
new_key_id: string | null, 
/**
 * The new identity.
 */
new_identity: string | null, 
/**
 * Who asked.
 */
requested_by: OperatorView, 
/**
 * Who approved.
 */
approved_by: OperatorView, 
/**
 * When it began.
 */
started_at: string, 
/**
 * When it was over.
 */
finished_at: string | null, 
/**
 * When the transition is over.
 */
transition_until: string | null, 
/**
 * When the old key will be gone.
 */
deletion_at: string | null, 
/**
 * Whether it can still be undone.
 */
can_undo: boolean, 
/**
 * Whether the deletion of the old key can be called off.
 */
can_cancel_deletion: boolean, 
/**
 * Whether this operator may go on with it.
 */
may_advance: boolean, };

export type RotationWait = "certificate" | "transition" | "failure" | "person";

export type A1Add = { 
/**
 * The file.
 */
document: DocumentRef, 
/**
 * Its password, sealed.
 */
password: SealedSecret, 
/**
 * Whether the password is kept in the keyring.
 */
keep: boolean, 
/**
 * Friendly name of the identity; absent: the holder's name.
 */
label: string | null, };

export type A1Ref = { 
/**
 * SHA-256 of its certificate.
 */
certificate_sha256: string, };

export type A1View = { 
/**
 * SHA-256 of its certificate.
 */
certificate_sha256: string, 
/**
 * Reference to its key.
 */
key_ref: string, 
/**
 * File name.
 */
file: string, 
/**
 * Where it is, for display.
 */
path: string, 
/**
 * Holder.
 */
holder: string, 
/**
 * CPF, masked.
 */
masked_cpf: string | null, 
/**
 * End of validity.
 */
not_after: string, 
/**
 * Whether the file is still where it was.
 */
present: boolean, 
/**
 * Whether its password is kept in the keyring.
 */
password_kept: boolean, 
/**
 * The identity made of it.
 */
identity: string | null, };

export type IdentityAdopt = { 
/**
 * The key.
 */
key_ref: string, 
/**
 * Friendly name.
 */
label: string, 
/**
 * A file with the certificate (and its chain); absent takes the token's own.
 */
certificate: DocumentRef | null, };

export type TokenCertificateView = { 
/**
 * SHA-256.
 */
sha256: string, 
/**
 * Holder.
 */
holder: string, 
/**
 * CPF, masked.
 */
masked_cpf: string | null, 
/**
 * Issuer.
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
 * Whether it is the certificate of the key beside it.
 */
matches_key: boolean, };

export type TokenContent = { 
/**
 * The token.
 */
token: TokenView, 
/**
 * Its keys.
 */
keys: Array<TokenKeyView>, 
/**
 * Certificates without a key on the token.
 */
other_certificates: Array<TokenCertificateView>, };

export type TokenDesk = { 
/**
 * Modules in use.
 */
modules: Array<TokenModuleView>, 
/**
 * Modules that were found on this machine and are not in use.
 */
candidates: Array<TokenModuleCandidate>, };

export type TokenKeyView = { 
/**
 * The key.
 */
key: KeySummary, 
/**
 * Certificates with its identifier.
 */
certificates: Array<TokenCertificateView>, };

export type TokenLogin = { 
/**
 * The token.
 */
id: string, 
/**
 * PIN, sealed; absent where a PIN pad asks for it. Never kept.
 */
pin: SealedSecret | null, };

export type TokenModuleAdd = { 
/**
 * Handle of a candidate; absent opens the dialog.
 */
candidate: string | null, };

export type TokenModuleCandidate = { 
/**
 * Handle.
 */
id: string, 
/**
 * Product, e.g. `SafeNet eToken`.
 */
product: string, 
/**
 * Where it is, for display.
 */
path: string, };

export type TokenModuleRef = { 
/**
 * Handle.
 */
id: string, };

export type TokenModuleView = { 
/**
 * Handle.
 */
id: string, 
/**
 * File name.
 */
name: string, 
/**
 * Where it is, for display.
 */
path: string, 
/**
 * Why it cannot be used.
 */
problem: WireError | null, 
/**
 * Its tokens.
 */
tokens: Array<TokenView>, };

export type TokenRef = { 
/**
 * Handle.
 */
id: string, };

export type TokenView = { 
/**
 * Handle.
 */
id: string, 
/**
 * Label.
 */
label: string, 
/**
 * Maker.
 */
manufacturer: string, 
/**
 * Model.
 */
model: string, 
/**
 * Serial number.
 */
serial: string, 
/**
 * The reader.
 */
slot: string, 
/**
 * Whether somebody is logged in now.
 */
logged_in: boolean, 
/**
 * Whether it is locked after too many wrong PINs.
 */
locked: boolean, 
/**
 * Whether it was ever set up.
 */
initialised: boolean, 
/**
 * `full`, `few` or `last` tries of the PIN.
 */
tries: string, 
/**
 * Whether the PIN is typed at the reader.
 */
pin_pad: boolean, };

export type HeapView = { 
/**
 * Every object once, however often it was brought, in the order of arrival.
 */
objects: Array<HeapObject>, 
/**
 * Who may have issued whom.
 */
links: Array<HeapLink>, 
/**
 * Where the objects come from.
 */
sources: Array<HeapSource>, 
/**
 * Whether a limit cut objects or links off.
 */
truncated: boolean, };

export type HeapObject = { 
/**
 * Handle within this session.
 */
id: string, 
/**
 * What it is.
 */
kind: HeapKind, 
/**
 * Its name for people: a holder, an issuer, a file.
 */
title: string, 
/**
 * A second line: the issuer of a certificate, the number of a list, …; may be empty.
 */
subtitle: string, 
/**
 * SHA-256 of its own bytes.
 */
sha256: string, 
/**
 * Indices into [`HeapView::sources`]; more than one when it was found more than once.
 */
sources: Array<number>, 
/**
 * Offset in the first source, bytes.
 */
offset: number, 
/**
 * Length in the first source, bytes.
 */
length: number, 
/**
 * Start of validity; of a list or response: when it was made.
 */
not_before: string | null, 
/**
 * End of validity; of a list or response: when the next is due.
 */
not_after: string | null, 
/**
 * Serial number, hexadecimal; of a list: its number.
 */
serial_hex: string | null, 
/**
 * Whether it is a CA certificate.
 */
is_ca: boolean, 
/**
 * Whether issuer and subject are the same.
 */
self_issued: boolean, 
/**
 * The object that it hangs under in the tree: the likeliest issuer, or the container that it was in.
 */
parent: string | null, 
/**
 * A store whose content still waits for a password.
 */
locked: boolean, 
/**
 * Whose root of trust it is, if it is one here.
 */
anchor: AnchorKind | null, 
/**
 * CPF of the holder, masked.
 */
masked_cpf: string | null, 
/**
 * CNPJ of the holder.
 */
cnpj: string | null, 
/**
 * Type by ICP-Brasil's policies: `A1`, `A3`, `T3`, `SE`, …
 */
icp_type: string | null, };

export type HeapKind = "certificate" | "crl" | "csr" | "ocsp_response" | "timestamp" | "cms_signature" | "p12" | "jks" | "private_key" | "public_key" | "unknown";

export type AnchorKind = "icp_brasil" | "office" | "own" | "demonstration";

export type HeapSource = { 
/**
 * File name, a name inside an archive, or empty for what was pasted.
 */
name: string, 
/**
 * How the content was written: `pem`, `der`, `pkcs7`, `p12`, `jks`, `zip`, `base64`, `hex`, `mixed`.
 */
form: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * How many objects it gave.
 */
objects: number, 
/**
 * What could not be read in it.
 */
problems: Array<HeapProblem>, };

export type HeapProblem = { 
/**
 * Reason code, key of the UI's table of errors.
 */
code: string, 
/**
 * Data of the message.
 */
params: { [key in string]: string }, 
/**
 * Offset in the source, bytes.
 */
offset: number | null, 
/**
 * Field by its ASN.1 path, where it is known.
 */
field: string | null, 
/**
 * English text for the technical details.
 */
detail: string, };

export type HeapLink = { 
/**
 * The object that was issued (certificate, list, response).
 */
child: string, 
/**
 * The certificate that may have issued it.
 */
issuer: string, 
/**
 * Whether the key identifiers agree; absent where one of them is.
 */
key_id: boolean | null, 
/**
 * Whether the signature is right.
 */
signature: SignatureMark, };

export type SignatureMark = "valid" | "weak" | "wrong" | "unknown" | "missing";

export type HeapRef = { 
/**
 * Its handle.
 */
id: string, };

export type HeapIds = { 
/**
 * Their handles.
 */
ids: Array<string>, };

export type HeapAdd = { 
/**
 * Handles of documents that were picked or dropped.
 */
documents: Array<string>, };

export type HeapBring = { 
/**
 * SHA-256 of certificates of the registry or of the trust store; empty brings all of the office's own.
 */
sha256: Array<string>, };

export type HeapPaste = { 
/**
 * PEM, base64 or hexadecimal.
 */
text: string, };

export type HeapUnlock = { 
/**
 * The store.
 */
id: string, 
/**
 * The password, sealed; absent stands for «no password at all».
 */
password: SealedSecret | null, };

export type HeapDetail = { 
/**
 * The object.
 */
object: HeapObject, 
/**
 * Of a certificate.
 */
certificate: CertificateDetail | null, 
/**
 * Of a P12 file or a Java key store.
 */
store: StoreView | null, 
/**
 * Of everything else.
 */
sections: Array<FactSection>, 
/**
 * Of a revocation list: its entries, at most 1,000 of them.
 */
revoked: Array<RevokedEntry>, 
/**
 * How many entries the list has.
 */
revoked_total: number, 
/**
 * PEM of the object, for copying; absent for stores and private keys.
 */
pem: string | null, };

export type FactSection = { 
/**
 * Key of the UI's texts (`facts_section_<code>`).
 */
code: string, 
/**
 * The facts.
 */
facts: Array<Fact>, };

export type Fact = { 
/**
 * Key of the UI's texts (`fact_<code>`); an extension's own name where [`Self::named`] is set.
 */
code: string, 
/**
 * Whether `code` is a name to be shown as it is.
 */
named: boolean, 
/**
 * The value: text, number, RFC 3339 time, colon hexadecimal.
 */
value: string, 
/**
 * How it is to be shown.
 */
form: FactForm, 
/**
 * Nesting, 0 for the outermost.
 */
level: number, };

export type FactForm = "text" | "mono" | "time" | "code";

export type RevokedEntry = { 
/**
 * Serial number, hexadecimal.
 */
serial_hex: string, 
/**
 * Since when.
 */
at: string, 
/**
 * RFC 5280 reason in snake case, when given.
 */
reason: string | null, 
/**
 * The object of the heap that this is, when it is there.
 */
object: string | null, };

export type StoreView = { 
/**
 * `p12`, `jks` or `jceks`.
 */
format: string, 
/**
 * Whether the password is still missing.
 */
locked: boolean, 
/**
 * Code of the integrity: `right`, `not_checked`, `none`.
 */
integrity: string, 
/**
 * What protects the whole.
 */
mac: StoreProtection | null, 
/**
 * Everything inside, in order.
 */
parts: Array<StorePart>, 
/**
 * `low`, `medium` or `high`.
 */
risk: string, 
/**
 * Reason codes of the risk.
 */
risk_reasons: Array<string>, 
/**
 * Programs and whether they open it.
 */
openers: Array<StoreOpener>, };

export type StoreProtection = { 
/**
 * The algorithm by name.
 */
algorithm: string, 
/**
 * The key derivation by name.
 */
kdf: string | null, 
/**
 * Iterations.
 */
iterations: number | null, 
/**
 * Bytes of salt.
 */
salt_bytes: number | null, };

export type StorePart = { 
/**
 * `container`, `key`, `shrouded_key`, `certificate`, `crl`, `secret`, `trusted_certificate`, `other`.
 */
kind: string, 
/**
 * Nesting, 0 for the outermost.
 */
level: number, 
/**
 * Its name: friendly name or alias, else the holder of the certificate.
 */
title: string, 
/**
 * Offset in the file, where it stands in the clear.
 */
offset: number | null, 
/**
 * Bytes.
 */
length: number | null, 
/**
 * What protects it.
 */
protection: StoreProtection | null, 
/**
 * Attributes by name.
 */
attributes: Array<Fact>, 
/**
 * The object of the heap that it became.
 */
object: string | null, };

export type StoreOpener = { 
/**
 * The program by name.
 */
program: string, 
/**
 * `yes`, `no` or `unknown`.
 */
opens: string, 
/**
 * Reason code, when it does not.
 */
reason: string | null, };

export type Asn1View = { 
/**
 * Every element, in the order of the bytes, at most 20,000.
 */
nodes: Array<Asn1NodeView>, 
/**
 * Where reading stopped.
 */
trouble: HeapProblem | null, 
/**
 * Whether there are more elements.
 */
truncated: boolean, };

export type Asn1NodeView = { 
/**
 * Offset of its first byte in the object.
 */
offset: number, 
/**
 * Bytes of tag and length.
 */
header: number, 
/**
 * Bytes of content.
 */
length: number, 
/**
 * Nesting.
 */
depth: number, 
/**
 * Type or tag by name: `SEQUENCE`, `[0]`, `UTF8String`, …
 */
tag: string, 
/**
 * Field by its ASN.1 path, where it is known.
 */
field: string | null, 
/**
 * The value as text; empty for constructed elements.
 */
value: string, 
/**
 * Name of an object identifier.
 */
oid_name: string | null, 
/**
 * Whether it holds other elements.
 */
constructed: boolean, 
/**
 * Codes of what is odd about it.
 */
remarks: Array<string>, };

export type Requirements = { 
/**
 * The instant, RFC 3339; absent: now.
 */
at: string | null, 
/**
 * What the certificate is to be fit for.
 */
purpose: PurposeView, 
/**
 * What revocation needs.
 */
revocation: RevocationMode, 
/**
 * Acceptable policies by OID; empty accepts any.
 */
policies: Array<string>, 
/**
 * A policy must hold along the whole path.
 */
explicit_policy: boolean, 
/**
 * anyPolicy does not count.
 */
inhibit_any_policy: boolean, 
/**
 * Mapped policies do not count.
 */
inhibit_policy_mapping: boolean, 
/**
 * Objects of the heap that are trusted in this judgement alone.
 */
trusted: Array<string>, };

export type PurposeView = "any" | "document_signing" | "timestamping" | "tls_server" | "tls_client" | "ocsp_signing";

export type RevocationMode = "require" | "prefer" | "off";

export type HeapValidate = { 
/**
 * The certificate.
 */
id: string, 
/**
 * By what.
 */
requirements: Requirements, };

export type ChainResult = "valid" | "invalid" | "indeterminate";

export type ChainReview = { 
/**
 * The instant that it speaks of.
 */
judged_at: string, 
/**
 * The bottom line, of the best path.
 */
result: ChainResult, 
/**
 * Codes of what keeps it from being valid.
 */
reasons: Array<string>, 
/**
 * Every candidate path, the best first.
 */
paths: Array<ChainPath>, 
/**
 * Whether there may be more paths.
 */
truncated: boolean, 
/**
 * Policies along the best path.
 */
policy: PolicyResult, 
/**
 * Revocation along the best path, the certificate itself first.
 */
revocation: Array<RevocationResult>, 
/**
 * Algorithms along the best path that are weak at that instant.
 */
warnings: Array<ChainError>, 
/**
 * What issuers did against their own rules; no verdict.
 */
lint: Array<LintFinding>, 
/**
 * What a signature by it would be worth.
 */
legal: LegalLabel, };

export type ChainPath = { 
/**
 * From the certificate upwards.
 */
certificates: Array<ChainCertificate>, 
/**
 * How it ends: `trust_anchor`, `untrusted_root`, `issuer_missing`, `path_too_long`.
 */
end: string, 
/**
 * Whether it is right.
 */
valid: boolean, 
/**
 * Its bottom line.
 */
result: ChainResult, 
/**
 * Everything that is wrong with it, not the first alone.
 */
errors: Array<ChainError>, };

export type ChainCertificate = { 
/**
 * Its object on the heap, when it is there.
 */
id: string | null, 
/**
 * SHA-256 of its DER form.
 */
sha256: string, 
/**
 * Holder.
 */
name: string, 
/**
 * Issuer.
 */
issuer: string, 
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
 * Whether it is trusted by itself.
 */
anchor: boolean, 
/**
 * Whether it is trusted for this judgement alone, because whoever asked said so.
 */
trusted_here: boolean, 
/**
 * Its signature, checked with the certificate above.
 */
signature: SignatureMark, 
/**
 * Whether key identifiers agree with the certificate above; absent where one is.
 */
key_id: boolean | null, };

export type ChainError = { 
/**
 * Reason code, key of the UI's texts.
 */
code: string, 
/**
 * 0 the certificate itself, 1 its issuer, …
 */
depth: number, 
/**
 * English text.
 */
message: string, 
/**
 * Data of the message.
 */
params: { [key in string]: string }, 
/**
 * `error`, `indeterminate` or `note`.
 */
weight: string, };

export type PolicyResult = { 
/**
 * `ok`, `violated`, `none` (no policy was asked for and none binds).
 */
state: string, 
/**
 * Policies that hold along the whole path.
 */
valid: Array<NamedOid>, 
/**
 * Policies that were asked for.
 */
required: Array<NamedOid>, 
/**
 * Whether one had to hold.
 */
explicit: boolean, };

export type NamedOid = { 
/**
 * Dotted.
 */
oid: string, 
/**
 * Its name, when known.
 */
name: string | null, };

export type RevocationResult = { 
/**
 * Its place on the path.
 */
depth: number, 
/**
 * SHA-256 of the certificate.
 */
sha256: string, 
/**
 * Holder.
 */
name: string, 
/**
 * Code: `revocation_good`, `revoked`, `on_hold`, `revoked_later`, `revocation_stale`, `no_revocation_evidence`, `revocation_not_needed`, `revocation_off`.
 */
status: string, 
/**
 * Since when it is revoked.
 */
revoked_at: string | null, 
/**
 * RFC 5280 reason in snake case.
 */
reason: string | null, 
/**
 * Everything that was looked at.
 */
evidence: Array<EvidenceUse>, };

export type EvidenceUse = { 
/**
 * `crl`, `delta_crl` or `ocsp`.
 */
kind: string, 
/**
 * SHA-256 of its bytes.
 */
sha256: string, 
/**
 * Its object on the heap, when it is there.
 */
id: string | null, 
/**
 * Who signed it.
 */
issuer: string, 
/**
 * When it was made.
 */
this_update: string, 
/**
 * When the next is due.
 */
next_update: string | null, 
/**
 * Number of a list, decimal.
 */
number: string | null, 
/**
 * Its own signature.
 */
signature: SignatureMark, 
/**
 * By what right it speaks: `issuer`, `indirect`, `delegated`, `none`.
 */
authority: string, 
/**
 * Whether it decided.
 */
decisive: boolean, 
/**
 * Why it does not count.
 */
rejected: string | null, };

export type LintFinding = { 
/**
 * Rule by its code.
 */
code: string, 
/**
 * `error`, `warning` or `notice`.
 */
severity: string, 
/**
 * Where the rule stands, e.g. `RFC 5280 §4.2.1.1`.
 */
clause: string, 
/**
 * ASN.1 path.
 */
path: string, 
/**
 * The rule in words, in the language of the preferences.
 */
title: string, 
/**
 * What was found, English.
 */
detail: string, 
/**
 * Place on the path; absent for a list.
 */
depth: number | null, 
/**
 * Holder of the certificate, or issuer of the list.
 */
subject: string, };

export type HeapPair = { 
/**
 * The first.
 */
a: string, 
/**
 * The second.
 */
b: string, };

export type Comparison = { 
/**
 * The first.
 */
a: HeapObject, 
/**
 * The second.
 */
b: HeapObject, 
/**
 * Code of the headline: `identical`, `renewal_same_key`, `renewal_new_key`, `cross_certificate`, `other_holder`, …
 */
headline: string, 
/**
 * Field by field.
 */
rows: Array<CompareRow>, 
/**
 * Their chains, step by step upwards.
 */
chain: Array<CompareRow>, };

export type CompareRow = { 
/**
 * Key of the UI's texts (`compare_<code>`), or an extension's own name where `named` is set.
 */
field: string, 
/**
 * Whether `field` is a name to be shown as it is.
 */
named: boolean, 
/**
 * In the first.
 */
a: string | null, 
/**
 * In the second.
 */
b: string | null, 
/**
 * `same`, `changed`, `only_a`, `only_b`.
 */
state: string, 
/**
 * Code of a remark.
 */
note: string | null, };

export type HeapExport = { 
/**
 * The objects.
 */
ids: Array<string>, 
/**
 * In what form.
 */
form: HeapForm, 
/**
 * Whether the certificates above each are to be there too.
 */
with_chain: boolean, };

export type HeapForm = "pem" | "der" | "p7b";

export type HeapText = { 
/**
 * The text.
 */
text: string, };

export type HeapReport = { 
/**
 * The object.
 */
id: string, 
/**
 * By what its chain is judged.
 */
requirements: Requirements, 
/**
 * In what form.
 */
format: ReportFormat, };

export type ReportFormat = "pdf" | "html" | "json";

export type IcpView = { 
/**
 * Type: `A1` to `A4`, `S1` to `S4`, `T3`, `T4`, `SE`, `AE`, …
 */
certificate_type: string, 
/**
 * Who it is for: `person`, `company`, `equipment`, `authority`, `unknown`.
 */
holder: string, 
/**
 * The policy that says so.
 */
policy_oid: string, };

export type TrustView = { 
/**
 * Whether it outlives the session; without an office it does not.
 */
kept: boolean, 
/**
 * Roots.
 */
anchors: Array<TrustAnchor>, 
/**
 * Official ICP-Brasil roots that this program knows by fingerprint and that are not here.
 */
missing_official: number, 
/**
 * CA certificates below the roots.
 */
intermediates: number, 
/**
 * Lists and responses that are kept.
 */
evidence: Array<EvidenceItem>, };

export type TrustAnchor = { 
/**
 * SHA-256 of its DER form.
 */
sha256: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Whose root it is.
 */
kind: AnchorKind, 
/**
 * Start of validity.
 */
not_before: string, 
/**
 * End of validity.
 */
not_after: string, 
/**
 * When it came here.
 */
added_at: string | null, 
/**
 * Who brought it.
 */
added_by: string | null, 
/**
 * Who approved that.
 */
approved_by: string | null, 
/**
 * CA certificates of this office's store that lead to it.
 */
below: number, };

export type EvidenceItem = { 
/**
 * SHA-256 of its bytes.
 */
sha256: string, 
/**
 * `crl`, `delta_crl` or `ocsp`.
 */
kind: string, 
/**
 * Who issued it.
 */
issuer: string, 
/**
 * When it was made.
 */
this_update: string, 
/**
 * When the next is due.
 */
next_update: string | null, 
/**
 * Number of a list, decimal.
 */
number: string | null, 
/**
 * `fresh`, `stale` or `not_yet`.
 */
state: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * When it came here.
 */
fetched_at: string, 
/**
 * Where it was fetched from; absent when it came from a file.
 */
url: string | null, 
/**
 * Revoked certificates on a list.
 */
revoked: number | null, };

export type TrustImport = { 
/**
 * The store as it is now.
 */
trust: TrustView, 
/**
 * Official roots that are new here.
 */
roots_added: number, 
/**
 * CA certificates that are new here.
 */
intermediates_added: number, 
/**
 * Lists that are new here.
 */
evidence_added: number, 
/**
 * What was there already.
 */
known: number, 
/**
 * What was not taken, and why.
 */
refused: Array<TrustRefusal>, 
/**
 * What could not be read.
 */
problems: Array<HeapProblem>, };

export type TrustRefusal = { 
/**
 * SHA-256 of its DER form.
 */
sha256: string, 
/**
 * Its name.
 */
name: string, 
/**
 * `root_not_official`, `no_path_to_a_root`, `not_a_ca`.
 */
reason: string, };

export type EvidenceRefresh = { 
/**
 * One list by its SHA-256; absent: every list that the CA certificates here name and that is not fresh.
 */
sha256: string | null, };

export type EvidenceRef = { 
/**
 * SHA-256 of its bytes.
 */
sha256: string, };

export type EvidenceFetch = { 
/**
 * The store as it is now.
 */
trust: TrustView, 
/**
 * Address by address.
 */
items: Array<FetchedItem>, };

export type FetchedItem = { 
/**
 * The address.
 */
url: string, 
/**
 * `new`, `unchanged` or `failed`.
 */
result: string, 
/**
 * Why it failed: an error code with its data.
 */
code: string | null, 
/**
 * Data of the message.
 */
params: { [key in string]: string }, };

export type ExpiryQuery = { 
/**
 * Days ahead; absent: all.
 */
days: number | null, 
/**
 * What is over already, too.
 */
expired: boolean, 
/**
 * Certificates of the trust store, too.
 */
trust: boolean, 
/**
 * Certificates of the heap, too.
 */
heap: boolean, };

export type ExpiryView = { 
/**
 * As of when.
 */
at: string, 
/**
 * The items.
 */
items: Array<ExpiryItem>, };

export type ExpiryItem = { 
/**
 * `root`, `intermediate`, `identity`, `subscriber`, `a1_file`, `crl`, `trust_root`, `trust_ca`, `heap`.
 */
kind: string, 
/**
 * What.
 */
name: string, 
/**
 * Whose: the holder, the label of an identity, or the office.
 */
owner: string, 
/**
 * Issuer.
 */
issuer: string, 
/**
 * When it ends.
 */
not_after: string, 
/**
 * Days left; negative when it is over.
 */
days_left: number, 
/**
 * SHA-256 of its bytes.
 */
sha256: string, 
/**
 * Serial number, hexadecimal.
 */
serial_hex: string, 
/**
 * `expired`, `critical` (7 days), `soon` (30 days), `ahead` (90 days) or `fine`.
 */
urgency: string, };

export type ExpiryExport = { 
/**
 * What.
 */
query: ExpiryQuery, 
/**
 * In what form.
 */
format: ExpiryFormat, };

export type ExpiryFormat = "ics" | "csv";

export type SearchQuery = { 
/**
 * Name, CPF, CNPJ, serial number (hexadecimal or decimal), fingerprint, file name.
 */
text: string, };

export type SearchResults = { 
/**
 * The hits.
 */
hits: Array<SearchHit>, 
/**
 * Whether there are more.
 */
more: boolean, };

export type SearchHit = { 
/**
 * What it is.
 */
kind: SearchKind, 
/**
 * Its handle: a heap object's, a registry certificate's SHA-256, an identity, a request, a key reference, a document of the registry.
 */
id: string, 
/**
 * First line.
 */
title: string, 
/**
 * Second line.
 */
subtitle: string, 
/**
 * What matched: `name`, `cpf`, `cnpj`, `serial`, `fingerprint`, `file`, `label`.
 */
matched: string, };

export type SearchKind = "heap" | "certificate" | "trust" | "identity" | "document" | "request" | "key";

export type SignProfile = { 
/**
 * The form.
 */
format: FormatChoice, 
/**
 * The level.
 */
level: SignLevel, 
/**
 * The ICP-Brasil signature policy; it also decides the dialect of a PDF signature.
 */
policy: PolicyChoice, 
/**
 * Whether a lower level is accepted where what the wished one needs is not to be had. Said to nobody by default.
 */
accept_lower_level: boolean, 
/**
 * Asks nothing of any network.
 */
offline: boolean, 
/**
 * What a `.p7s` that is already signed gets.
 */
role: SignerRole, 
/**
 * For a countersignature: whose signature it is over, by place in the `.p7s`, from 0. Absent: the only one there is.
 */
countersigned?: number | null, 
/**
 * Makes the first signature of a PDF its certification.
 */
certify: CertifyChoice | null, 
/**
 * Name of an existing empty field of the PDF.
 */
field: string | null, 
/**
 * Form fields of a PDF that nobody may change afterwards; for a signature in a field of its own.
 */
lock?: LockChoice | null, 
/**
 * The visible stamp.
 */
stamp: StampPlacement | null, 
/**
 * What the signature commits to.
 */
commitment: CommitmentChoice | null, 
/**
 * MIME type of the content, written into a CAdES signature.
 */
mime_type: string | null, 
/**
 * What the content is, in words, written into a CAdES signature.
 */
content_hint: string | null, 
/**
 * Where the signer was, written into the signed attributes of a CAdES signature.
 */
signer_location: SignerLocationView | null, 
/**
 * Pattern of the results' names, e.g. `{nome}-assinado`; absent means that one.
 */
output_pattern: string | null, 
/**
 * What a batch does after an error, by its kind.
 */
on_error: OnError, };

export type FormatChoice = "automatic" | "pades" | "cades-detached" | "cades-enveloping" | "raw";

export type SignLevel = "b-b" | "b-t" | "b-lt" | "b-lta";

export type PolicyChoice = "none" | "ad-rb" | "ad-rt" | "ad-rv" | "ad-rc" | "ad-ra";

export type SignerRole = "sign" | "cosign" | "countersign";

export type CertifyChoice = "no-changes" | "form-filling" | "annotations";

export type LockChoice = { 
/**
 * Which ones.
 */
which: LockedFields, 
/**
 * Fully qualified names, each for the field and everything below it; not looked at for all fields.
 */
fields: Array<string>, };

export type LockedFields = "all" | "these" | "all_but";

export type CommitmentChoice = "origin" | "receipt" | "delivery" | "sender" | "approval" | "creation";

export type SignerLocationView = { 
/**
 * Country.
 */
country: string | null, 
/**
 * City.
 */
locality: string | null, 
/**
 * Lines of the postal address, at most six.
 */
postal_address: Array<string>, };

export type StampPlacement = { 
/**
 * The template.
 */
template: string, 
/**
 * Page from 1; negative counts from the end, so -1 is the last one.
 */
page: number, 
/**
 * From the left edge of the page as it is seen.
 */
x: number, 
/**
 * From the top edge of the page as it is seen.
 */
y: number, 
/**
 * Width.
 */
width: number, 
/**
 * Height.
 */
height: number, 
/**
 * Whether it may cover text or other fields; otherwise such a document is not signed.
 */
may_cover: boolean, };

export type OnError = { 
/**
 * A document that cannot be signed.
 */
document: ErrorChoice, 
/**
 * A time-stamp authority or evidence that cannot be had.
 */
service: ErrorChoice, 
/**
 * A key that refuses.
 */
key: ErrorChoice, 
/**
 * A result that cannot be written.
 */
output: ErrorChoice, };

export type ErrorChoice = "go_on" | "pause" | "stop";

export type BatchView = { 
/**
 * Identifier.
 */
id: string, 
/**
 * What is done.
 */
kind: BatchKind, 
/**
 * The level that an extension is to reach.
 */
level: SignLevel | null, 
/**
 * When it was begun.
 */
started_at: string, 
/**
 * Who began it.
 */
operator: string, 
/**
 * Label of the identity, which the batch keeps; empty for an extension, where nobody signs.
 */
identity: string, 
/**
 * The identity's key, which a person may have to open.
 */
key_ref: string | null, 
/**
 * Documents in all.
 */
total: number, 
/**
 * Signed or extended, with their results where they were written.
 */
done: number, 
/**
 * Refused or failed, each with its reason.
 */
failed: number, 
/**
 * Still to do.
 */
left: number, 
/**
 * Documents whose file changed or went away since; they are left as they are when it goes on.
 */
changed: number, };

export type JobView = { 
/**
 * Its batch.
 */
batch: BatchView, 
/**
 * How far it is.
 */
job: JobSnapshot, };

export type BatchKind = "sign" | "extend";

export type BatchRef = { 
/**
 * Identifier.
 */
id: string, };

export type BatchListSource = { "from": "job", "id": string } | { "from": "batch", "id": string };

export type BatchAbandon = { 
/**
 * Identifier.
 */
id: string, 
/**
 * Why.
 */
reason: string, };

export type FieldView = { 
/**
 * Fully qualified name.
 */
name: string, 
/**
 * Page from 1; absent for a field that is on none.
 */
page: number | null, 
/**
 * Left, top, width and height in points of the page as it is seen; absent for an invisible field.
 */
area: [number, number, number, number] | null, 
/**
 * Whether it is signed.
 */
signed: boolean, 
/**
 * Why it cannot be signed, whatever the signature is like, if so.
 */
problem: WireError | null, 
/**
 * What its author demands that the simplest signature does not have; the chosen one may.
 */
demand: WireError | null, };

export type DocumentUnlock = { 
/**
 * The handle.
 */
document: string, 
/**
 * The password, sealed.
 */
password: SealedSecret, };

export type FolderDocuments = { 
/**
 * Documents that were opened.
 */
documents: Array<DocumentInfo>, 
/**
 * Files that could not be opened, each with its reason.
 */
problems: Array<WireError>, 
/**
 * Files that were left out: hidden ones, results of earlier signing, links.
 */
skipped: number, };

export type SignRemark = { 
/**
 * Code; key of the UI's text table.
 */
code: string, 
/**
 * Whether it keeps the document from being signed so.
 */
blocks: boolean, 
/**
 * What it is about.
 */
params: { [key in string]: string }, };

export type ExtendRequest = { 
/**
 * Handles of signed documents.
 */
documents: Array<string>, 
/**
 * The level to reach; B-LTA on a document that is there already adds a further archive time stamp.
 */
level: SignLevel, 
/**
 * Folder for the results; absent means beside each document.
 */
output_folder: string | null, 
/**
 * Whether a lower level is accepted where what the wished one needs is not to be had.
 */
accept_lower_level: boolean, 
/**
 * Asks nothing of any network.
 */
offline: boolean, 
/**
 * Handles of files with certificates, revocation lists and OCSP answers that count for this job alone.
 */
evidence?: Array<string>, 
/**
 * Addresses of time-stamp authorities that are asked for this job alone, before the office's own and without credentials.
 */
authorities?: Array<string>, 
/**
 * Handles of files that detached `.p7s` signed: each is given the one with its digest, and is looked for (beside it, in the
 * journal) where none has that. One file for one signature has to be it.
 */
contents?: Array<string>, };

export type TsaView = { 
/**
 * Identifier.
 */
id: string, 
/**
 * Friendly name.
 */
name: string, 
/**
 * Address.
 */
url: string, 
/**
 * How it knows the office.
 */
auth: TsaAuth, 
/**
 * User name, for `basic`.
 */
user: string | null, 
/**
 * Holder of the client certificate, for `certificate`.
 */
certificate: string | null, 
/**
 * Policy that is asked of it (OID).
 */
policy: string | null, 
/**
 * Seconds until the next one is tried.
 */
timeout_seconds: number, 
/**
 * Place in the order in which they are tried, from 1.
 */
position: number, };

export type TsaAuth = "none" | "basic" | "certificate";

export type TsaInput = { 
/**
 * The one to change; absent adds one.
 */
id: string | null, 
/**
 * Friendly name.
 */
name: string, 
/**
 * Address, `http` or `https`.
 */
url: string, 
/**
 * How it knows the office.
 */
auth: TsaAuth, 
/**
 * User name, for `basic`.
 */
user: string | null, 
/**
 * Password of the user, or of the P12 file; absent keeps the one there is.
 */
secret: SealedSecret | null, 
/**
 * Handle of the P12 file with the client certificate; absent keeps the one there is.
 */
p12: string | null, 
/**
 * Policy that is asked of it (OID).
 */
policy: string | null, 
/**
 * Seconds until the next one is tried, 1 to 120.
 */
timeout_seconds: number, 
/**
 * Place in the order, from 1; absent puts it last.
 */
position: number | null, };

export type TsaRef = { 
/**
 * Identifier.
 */
id: string, };

export type TsaProbe = { 
/**
 * Its time.
 */
gen_time: string, 
/**
 * Who signed the token.
 */
authority: string, 
/**
 * Whether its chain ends at a root that is trusted here.
 */
trusted: boolean, 
/**
 * Whether that root is one of ICP-Brasil's.
 */
icp_brasil: boolean, 
/**
 * How long it took, in milliseconds.
 */
millis: number, 
/**
 * Size of the token in bytes.
 */
size: number, };

export type StampTemplate = { 
/**
 * Identifier; empty for a new one.
 */
id: string, 
/**
 * Friendly name.
 */
name: string, 
/**
 * Lines with placeholders: `{titular}`, `{cpf}` (masked), `{emissor}`, `{data}`, `{motivo}`, `{local}`, `{cartorio}`.
 */
lines: Array<string>, 
/**
 * Whether the first line is set larger.
 */
headline: boolean, 
/**
 * The image, by the handle that `stamp_image_pick` or an earlier template gave.
 */
image: string | null, 
/**
 * What the QR code says, with the same placeholders and `{sha256}`.
 */
qr: string | null, 
/**
 * Whether it has a border.
 */
border: boolean, 
/**
 * Usual width in points.
 */
width: number, 
/**
 * Usual height in points.
 */
height: number, 
/**
 * Whether it came with the program and cannot be changed.
 */
built_in: boolean, };

export type StampTemplateRef = { 
/**
 * Identifier.
 */
id: string, };

export type StampImage = { 
/**
 * The handle.
 */
id: string, 
/**
 * File name, for display.
 */
name: string, 
/**
 * Width in pixels.
 */
width: number, 
/**
 * Height in pixels.
 */
height: number, };

export type StampPreviewRequest = { 
/**
 * The template, saved or not.
 */
template: StampTemplate, 
/**
 * The identity whose data it shows.
 */
identity: string | null, 
/**
 * Reason.
 */
reason: string | null, 
/**
 * Place.
 */
location: string | null, 
/**
 * Width in points.
 */
width: number, 
/**
 * Height in points.
 */
height: number, };

export type StampPreview = { 
/**
 * An SVG picture of that size, without scripts and links.
 */
svg: string, 
/**
 * Size of the letters of the smallest line in points, after shrinking.
 */
smallest_text: number, };

export type StampCheck = { 
/**
 * The document.
 */
document: string, 
/**
 * Page from 1; negative counts from the end.
 */
page: number, 
/**
 * From the left edge of the page as it is seen, in points.
 */
x: number, 
/**
 * From its top edge.
 */
y: number, 
/**
 * Width.
 */
width: number, 
/**
 * Height.
 */
height: number, };

export type StampCovers = { 
/**
 * The beginning of the text under it; empty when there is none.
 */
text: string, 
/**
 * Signature fields under it.
 */
fields: Array<string>, 
/**
 * Whether it covers something in a picture or a drawing, such as the words of a scanned page.
 */
picture: boolean, 
/**
 * Whether something there could not be read.
 */
unread: boolean, 
/**
 * Whether it is outside the page as it is seen.
 */
outside: boolean, };

export type PolicyDesk = { 
/**
 * The policies that may be used now, and when they end.
 */
policies: Array<PolicyView>, 
/**
 * The lists of approved policies (LPA) that were brought in.
 */
lists: Array<PolicyListView>, };

export type PolicyView = { 
/**
 * Which.
 */
choice: PolicyChoice, 
/**
 * `cades` or `pades`.
 */
family: string, 
/**
 * OID.
 */
oid: string, 
/**
 * Version, e.g. `2.4`.
 */
version: string, 
/**
 * Where ITI publishes it.
 */
uri: string, 
/**
 * End of its validity.
 */
not_after: string, 
/**
 * Whether its file was brought in (needed for AD-RA in PDFs).
 */
artifact: boolean, };

export type PolicyListView = { 
/**
 * `cades` or `pades`.
 */
family: string, 
/**
 * When ITI publishes the next one at the latest.
 */
next_update: string, 
/**
 * Whether that is over.
 */
stale: boolean, 
/**
 * SHA-256 of the file.
 */
sha256: string, };

export type TimeStampView = { 
/**
 * What it covers: `signature`, `content`, `references`, `archive`, `document`.
 */
kind: string, 
/**
 * Its time.
 */
gen_time: string, 
/**
 * Who signed it.
 */
authority: string | null, 
/**
 * Whether what it covers is what is there.
 */
integrity: Integrity, 
/**
 * Whether the authority is trusted here.
 */
authenticity: Authenticity, 
/**
 * Reason codes.
 */
reasons: Array<string>, };

export type PolicyClaim = { 
/**
 * Its OID.
 */
oid: string, 
/**
 * Its name where it is known, e.g. `AD-RB v2.4 (CAdES)`.
 */
name: string | null, 
/**
 * Where it is published.
 */
uri: string | null, 
/**
 * Reason codes of rules that are not kept.
 */
violations: Array<string>, };

export type ChangeView = { 
/**
 * Revision from 1, the original being 1.
 */
revision: number, 
/**
 * Grade: `long_term` (evidence and time stamps), `signature`, `form`, `annotation` or `other`.
 */
grade: string, 
/**
 * Whether the signature allows it.
 */
allowed: boolean, 
/**
 * Pages from 1 that look different, as far as that can be told.
 */
pages: Array<number>, 
/**
 * What was changed, as a code.
 */
what: string, 
/**
 * What it is about: the field, the key of a dictionary, or an object as PDF refers to it (`59 0 R`).
 */
subject: string | null, 
/**
 * What kind of thing that object is, as a code: `page_content`, `annotation`, `field`, `font`, …
 */
kind: string | null, 
/**
 * The name of that object, where it has one.
 */
name: string | null, };

