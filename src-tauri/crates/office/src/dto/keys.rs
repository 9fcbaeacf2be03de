use cartorio_core::WireError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{DocumentInfo, DocumentRef};

/// Every key that the office sees, as far as its places answer.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyList {
    /// The keys, newest first.
    pub keys: Vec<KeySummary>,
    /// Places that could not be asked; their keys are missing in the list.
    pub problems: Vec<KeyPlaceProblem>,
    /// After how many days a signing key is to be changed.
    pub max_age_days: u32,
}

/// A place that could not be asked for its keys.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyPlaceProblem {
    /// The place.
    pub origin: KeyOriginView,
    /// Its name: the AWS profile, the token.
    pub name: String,
    /// Why.
    #[ts(as = "super::app::WireErrorTs")]
    pub error: WireError,
}

/// A key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeySummary {
    /// Reference to it.
    pub key_ref: String,
    /// The backend's own identifier (an ARN for KMS).
    pub key_id: String,
    /// Friendly names.
    pub aliases: Vec<String>,
    /// Free text.
    pub description: Option<String>,
    /// Type, e.g. `RSA_2048`, or what the backend calls it.
    pub spec: String,
    /// Whether it is a signing key that this program can use.
    pub can_sign: bool,
    /// State.
    pub state: KeyStateView,
    /// When it was made.
    pub created_at: Option<String>,
    /// When it will be gone.
    pub deletion_at: Option<String>,
    /// Where it lives.
    pub origin: KeyOriginView,
    /// Region, for AWS.
    pub region: Option<String>,
    /// Labels of the identities that use it.
    pub identities: Vec<String>,
    /// What it is for.
    pub usage: KeyUsageView,
    /// Whether it exists in several AWS regions.
    pub multi_region: bool,
    /// When this office last signed with it, from the trail.
    pub last_signed_at: Option<String>,
    /// How many signatures of this office the trail has of it.
    #[ts(type = "number")]
    pub signatures: u64,
    /// When it is to be changed: its age, or the end of its certificate, whichever comes first. Only for signing keys in use.
    pub due_at: Option<String>,
    /// The open change of this key, if there is one.
    pub rotation: Option<String>,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyUsageView {
    /// Signatures.
    Sign,
    /// Sealing the archive's data keys.
    Seal,
    /// Nothing that this program does.
    Other,
}

/// State of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyStateView {
    /// Usable.
    Enabled,
    /// Switched off.
    Disabled,
    /// Will be deleted.
    PendingDeletion,
    /// Not usable now.
    Unavailable,
}

/// Where a key lives.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyOriginView {
    /// Software, sealed on this machine.
    Local,
    /// An AWS KMS HSM.
    AwsKms,
    /// A token or HSM behind PKCS#11.
    Token,
    /// A P12 file (A1 certificate), opened in memory.
    P12File,
}

/// Names a key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyQuery {
    /// The reference.
    pub key_ref: String,
}

/// Everything about one key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyDetail {
    /// The summary.
    pub summary: KeySummary,
    /// Algorithms.
    pub algorithms: Vec<String>,
    /// The public half, PEM.
    pub public_key_pem: Option<String>,
    /// SHA-256 of its `SubjectPublicKeyInfo`.
    pub spki_sha256: Option<String>,
    /// Whether the private half can leave by design; it never can from KMS.
    pub exportable: bool,
    /// What can be done with it now; the window offers nothing else.
    pub actions: Vec<KeyAction>,
    /// Tags.
    pub tags: Vec<KeyTag>,
    /// Who may do what with it; absent where the place does not say.
    pub access: Option<KeyAccessView>,
    /// Values that the key made here and nobody got: something failed after that, or was cancelled.
    #[ts(type = "number")]
    pub values_without_result: u64,
    /// Tries here that a crash interrupted; whether they used the key is not known.
    #[ts(type = "number")]
    pub interrupted: u64,
    /// Last use as the place itself saw it, whoever it was.
    pub last_use: Option<KeyLastUseView>,
    /// How a symmetric key renews itself.
    pub automatic_rotation: Option<AutomaticRotationView>,
    /// What the trail knows of the key, newest first.
    pub timeline: Vec<KeyEvent>,
    /// What of this could not be learnt, and why.
    #[ts(as = "Vec<super::app::WireErrorTs>")]
    pub problems: Vec<WireError>,
}

/// Something that can be done with a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyAction {
    /// Sign files with it and get receipts.
    SignFiles,
    /// Make an identity of it.
    CreateIdentity,
    /// Save its public half.
    ExportPublic,
    /// Give it a name, or take one away.
    Alias,
    /// Change its tags.
    Tags,
    /// Change its description.
    Describe,
    /// Switch it on.
    Enable,
    /// Switch it off.
    Disable,
    /// Ask for its deletion.
    ScheduleDeletion,
    /// Call its deletion off.
    CancelDeletion,
    /// Ask for its change (troca de chave).
    Rotate,
    /// Change how it renews itself.
    AutomaticRotation,
}

/// A tag of a key.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct KeyTag {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// Who may do what with a key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyAccessView {
    /// The policy's statements.
    pub statements: Vec<AccessStatementView>,
    /// Grants beside the policy.
    pub grants: Vec<AccessGrantView>,
    /// The policy as AWS keeps it.
    pub document: String,
}

/// One statement of a key's policy.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct AccessStatementView {
    /// Its name.
    pub sid: Option<String>,
    /// Whether it allows; otherwise it denies.
    pub allows: bool,
    /// Who.
    pub principals: Vec<String>,
    /// Whether it is everybody but these.
    pub principals_excluded: bool,
    /// What.
    pub actions: Vec<String>,
    /// Whether it is everything but these.
    pub actions_excluded: bool,
    /// Under which conditions.
    pub conditions: Vec<AccessConditionView>,
}

/// One condition.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct AccessConditionView {
    /// Operator.
    pub operator: String,
    /// What is looked at.
    pub key: String,
    /// What it is compared with.
    pub values: Vec<String>,
}

/// One grant.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct AccessGrantView {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: Option<String>,
    /// Who may.
    pub grantee: String,
    /// What.
    pub operations: Vec<String>,
    /// When it was made.
    pub created_at: Option<String>,
}

/// Last use of a key as its place saw it.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyLastUseView {
    /// When.
    pub at: String,
    /// For what.
    pub operation: Option<String>,
    /// The place's number of that request.
    pub request_id: Option<String>,
}

/// How a symmetric key renews itself.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct AutomaticRotationView {
    /// Period in days, where it is switched on.
    pub period_days: Option<u32>,
    /// Next time.
    pub next_at: Option<String>,
    /// Renewals so far, newest first.
    pub past: Vec<KeyRenewal>,
}

/// A renewal of a symmetric key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyRenewal {
    /// When.
    pub at: String,
    /// Whether a person asked for it.
    pub on_demand: bool,
}

/// Something that the trail knows of a key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyEvent {
    /// Number in the trail.
    #[ts(type = "number")]
    pub seq: u64,
    /// When.
    pub at: String,
    /// Which act.
    pub act: String,
    /// `succeeded`, `failed`, `cancelled`, `interrupted`.
    pub outcome: String,
    /// Who.
    pub operator: String,
}

/// Makes a key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyCreate {
    /// Type, e.g. `RSA_2048`; not used for a key that seals.
    pub spec: String,
    /// Friendly name.
    pub alias: String,
    /// Free text.
    pub description: String,
    /// What for; signatures where it is absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub usage: Option<KeyUsageView>,
    /// Where: AWS with a profile, else this machine, where it is absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub place: Option<KeyPlace>,
    /// Tags beside `Sistema`, `Ambiente` and `Uso`.
    #[serde(default)]
    #[ts(optional, as = "Option<Vec<KeyTag>>")]
    pub tags: Vec<KeyTag>,
    /// Whether it is to be usable in several AWS regions.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub multi_region: bool,
}

/// A place for a new key.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum KeyPlace {
    /// This machine.
    Local,
    /// The AWS account of the profile.
    Aws,
    /// A token.
    Token {
        /// The token's handle, from `tokens_list`.
        token: String,
    },
}

/// Gives a key a friendly name, taking it from the key that has it, or takes a name away.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyAlias {
    /// The key.
    pub key_ref: String,
    /// The name.
    pub alias: String,
}

/// Changes a key's tags: what is given is added or replaced, what is named in `remove` goes.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyTagsChange {
    /// The key.
    pub key_ref: String,
    /// To add or replace.
    pub put: Vec<KeyTag>,
    /// Names to take away.
    pub remove: Vec<String>,
}

/// Changes a key's free text.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyDescribe {
    /// The key.
    pub key_ref: String,
    /// The text.
    pub description: String,
}

/// Switches a key on or off.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyEnable {
    /// The key.
    pub key_ref: String,
    /// On or off.
    pub enabled: bool,
}

/// Arranges a key's deletion, with an approved request of two people.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyDeletion {
    /// The approved request.
    pub request: String,
}

/// Saves a key's public half where the person says.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct PublicKeySave {
    /// The key.
    pub key_ref: String,
    /// Form.
    pub format: PublicKeyFormat,
}

/// Form of a public key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PublicKeyFormat {
    /// PEM (RFC 7468).
    Pem,
    /// DER `SubjectPublicKeyInfo`.
    Der,
    /// JSON Web Key (RFC 7517).
    Jwk,
}

/// Switches a symmetric key's own renewal on (with a period) or off.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct AutomaticRotationSet {
    /// The key.
    pub key_ref: String,
    /// Period in days, 90 to 2560; absent switches it off.
    pub period_days: Option<u32>,
}

/// After how many days a signing key is to be changed.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS)]
pub struct KeyAgeRule {
    /// Days, 30 to 3650.
    pub max_age_days: u32,
}

/// Opens a token or an A1 file for the next batch.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct KeyUnlock {
    /// The key.
    pub key_ref: String,
    /// PIN or password, sealed; absent where a PIN pad asks for it.
    pub secret: Option<super::SealedSecret>,
    /// Whether an A1 file's password is kept in the keyring. A PIN never is.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub keep: bool,
}

/// Whether a key needs something from a person before it signs.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyUnlockState {
    /// The key.
    pub key_ref: String,
    /// Nothing, a PIN or a password.
    pub needs: UnlockNeed,
    /// The token's label or the file's name.
    pub name: String,
    /// `full`, `few` or `last` tries of the PIN.
    pub tries: Option<String>,
    /// Whether the PIN is typed at the reader.
    pub pin_pad: bool,
}

/// What a key needs from a person.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UnlockNeed {
    /// Nothing: it signs.
    Nothing,
    /// The token's PIN.
    Pin,
    /// The A1 file's password.
    Password,
}

/// Signs files with a bare key: a signature value and a JSON receipt beside each.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct FileSign {
    /// Handles of the files.
    pub documents: Vec<String>,
    /// The key.
    pub key_ref: String,
    /// Algorithm; absent means RSASSA-PSS with SHA-256 for RSA keys, else the key's default.
    pub algorithm: Option<String>,
    /// Folder for the results; absent means beside each file.
    pub output_folder: Option<String>,
}

/// What became of each file.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct FileSignResult {
    /// One entry per file, in order.
    pub items: Vec<FileSigned>,
}

/// What became of one file.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct FileSigned {
    /// The file's handle.
    pub document: String,
    /// Its name.
    pub name: String,
    /// The signature value (`.sig`).
    pub signature: Option<DocumentInfo>,
    /// The receipt (`.sig.json`).
    pub receipt_file: Option<DocumentInfo>,
    /// What the receipt says.
    pub receipt: Option<FileReceipt>,
    /// Why it failed.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub error: Option<WireError>,
}

/// The receipt of a bare signature; also the content of the `.sig.json` file.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FileReceipt {
    /// `cartorio-file-signature/1`.
    pub format: String,
    /// Name of the file.
    pub file: String,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// Hash of the digest, e.g. `SHA-256`.
    pub digest_algorithm: String,
    /// The digest, hexadecimal.
    pub digest: String,
    /// Signature algorithm, as AWS KMS names it.
    pub algorithm: String,
    /// The signature value, base64.
    pub signature: String,
    /// The exact key (ARN for AWS KMS).
    pub key_id: String,
    /// The public key, PEM: the receipt can be checked with nothing else.
    pub public_key: String,
    /// SHA-256 of the public key's DER.
    pub public_key_sha256: String,
    /// The place's number of the request.
    pub request_id: Option<String>,
    /// Attempts; more than one means that the place's log may hold more than one entry.
    pub attempts: u32,
    /// When, by this machine's clock.
    pub signed_at: String,
    /// Who asked for it.
    pub operator: String,
    /// `DEMONSTRAÇÃO, sem valor jurídico` in the demonstration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub notice: Option<String>,
}

/// Checks a bare signature.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct FileVerify {
    /// The file that was signed.
    pub document: DocumentRef,
    /// The receipt (`.sig.json`), or the bare signature value.
    pub signature: DocumentRef,
    /// A key of this office; needed with a bare value, and wins over the key in a receipt.
    pub key_ref: Option<String>,
    /// Algorithm; needed with a bare value of an RSA key.
    pub algorithm: Option<String>,
}

/// How the check of a bare signature came out.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct FileVerifyReport {
    /// Whether the value is a signature of this file by this key.
    pub valid: bool,
    /// Why not: `digest_differs`, `signature_wrong`, `key_differs`, `receipt_contradicts`.
    pub reason: Option<String>,
    /// Whether the key is one of this office's.
    pub known_key: bool,
    /// Algorithm.
    pub algorithm: String,
    /// SHA-256 of the public key's DER.
    pub public_key_sha256: String,
    /// What the receipt says; it is the signer's word, only digest and value are proved.
    pub receipt: Option<FileReceipt>,
    /// Number in the trail, in an office.
    #[ts(type = "number | null")]
    pub audit_seq: Option<u64>,
}
