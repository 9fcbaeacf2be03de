use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How documents are signed. Every default is the simple path: what the file is, B-B, invisible, no policy.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
#[serde(default)]
pub struct SignProfile {
    /// The form.
    pub format: FormatChoice,
    /// The level.
    pub level: SignLevel,
    /// The ICP-Brasil signature policy; it also decides the dialect of a PDF signature.
    pub policy: PolicyChoice,
    /// Whether a lower level is accepted where what the wished one needs is not to be had. Said to nobody by default.
    pub accept_lower_level: bool,
    /// Asks nothing of any network.
    pub offline: bool,
    /// What a `.p7s` that is already signed gets.
    pub role: SignerRole,
    /// For a countersignature: whose signature it is over, by place in the `.p7s`, from 0. Absent: the only one there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub countersigned: Option<u32>,
    /// Makes the first signature of a PDF its certification.
    pub certify: Option<CertifyChoice>,
    /// Name of an existing empty field of the PDF.
    pub field: Option<String>,
    /// Form fields of a PDF that nobody may change afterwards; for a signature in a field of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub lock: Option<LockChoice>,
    /// The visible stamp.
    pub stamp: Option<StampPlacement>,
    /// What the signature commits to.
    pub commitment: Option<CommitmentChoice>,
    /// MIME type of the content, written into a CAdES signature.
    pub mime_type: Option<String>,
    /// What the content is, in words, written into a CAdES signature.
    pub content_hint: Option<String>,
    /// Where the signer was, written into the signed attributes of a CAdES signature.
    pub signer_location: Option<SignerLocationView>,
    /// Pattern of the results' names, e.g. `{nome}-assinado`; absent means that one.
    pub output_pattern: Option<String>,
    /// What a batch does after an error, by its kind.
    pub on_error: OnError,
}

/// The form of a signature, as asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum FormatChoice {
    /// PDF from the inside, any other file beside it.
    #[default]
    Automatic,
    /// PAdES; anything but a PDF is refused.
    Pades,
    /// A `.p7s` beside the file, for PDFs too.
    CadesDetached,
    /// A `.p7s` with the file inside.
    CadesEnveloping,
    /// The bare value of the key with a JSON receipt (RSASSA-PSS SHA-256 for RSA keys).
    Raw,
}

/// The baseline level of a signature.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SignLevel {
    /// B-B: the signature alone.
    #[default]
    BB,
    /// B-T: with a time stamp.
    BT,
    /// B-LT: with the evidence that validation needs.
    BLt,
    /// B-LTA: with a time stamp over all of it.
    BLta,
}

/// An ICP-Brasil signature policy (DOC-ICP-15.03).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyChoice {
    /// None: ETSI baseline, shown by Adobe readers.
    #[default]
    None,
    /// AD-RB: basic references.
    AdRb,
    /// AD-RT: with a time reference.
    AdRt,
    /// AD-RV: with validation references (CAdES only).
    AdRv,
    /// AD-RC: with complete references.
    AdRc,
    /// AD-RA: for archives.
    AdRa,
}

/// What a `.p7s` that is already signed gets.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SignerRole {
    /// A signature of its own: the `.p7s` is a file like any other.
    #[default]
    Sign,
    /// A parallel signature over the same content (coassinatura).
    Cosign,
    /// A signature over one signature in it (contra-assinatura).
    Countersign,
}

/// What may change after certification (DocMDP, ISO 32000-2 table 257).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum CertifyChoice {
    /// Nothing.
    NoChanges,
    /// Filling in forms and signing existing fields.
    FormFilling,
    /// The same, and annotations.
    Annotations,
}

/// Form fields that nobody may change once a signature is there (FieldMDP, ISO 32000-2, 12.8.2.4).
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct LockChoice {
    /// Which ones.
    pub which: LockedFields,
    /// Fully qualified names, each for the field and everything below it; not looked at for all fields.
    #[serde(default)]
    pub fields: Vec<String>,
}

/// Which fields are locked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LockedFields {
    /// Every one, later ones too: nobody signs after this.
    All,
    /// Those that are named.
    These,
    /// All but those that are named.
    AllBut,
}

/// What a signature commits to (EN 319 122-1 §5.2.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CommitmentChoice {
    /// The signer made, approved and sent it.
    Origin,
    /// The signer received it.
    Receipt,
    /// The signer delivered it.
    Delivery,
    /// The signer sent it.
    Sender,
    /// The signer approves the content.
    Approval,
    /// The signer made it.
    Creation,
}

/// Where the signer was.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(default)]
pub struct SignerLocationView {
    /// Country.
    pub country: Option<String>,
    /// City.
    pub locality: Option<String>,
    /// Lines of the postal address, at most six.
    pub postal_address: Vec<String>,
}

/// Where a visible stamp goes and what it shows. Lengths are points (1/72 inch) of the page as it is seen.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StampPlacement {
    /// The template.
    pub template: String,
    /// Page from 1; negative counts from the end, so -1 is the last one.
    pub page: i32,
    /// From the left edge of the page as it is seen.
    pub x: f64,
    /// From the top edge of the page as it is seen.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Whether it may cover text or other fields; otherwise such a document is not signed.
    #[serde(default)]
    pub may_cover: bool,
}

/// What a batch does after an error, by its kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(default)]
pub struct OnError {
    /// A document that cannot be signed.
    pub document: ErrorChoice,
    /// A time-stamp authority or evidence that cannot be had.
    pub service: ErrorChoice,
    /// A key that refuses.
    pub key: ErrorChoice,
    /// A result that cannot be written.
    pub output: ErrorChoice,
}

impl Default for OnError {
    fn default() -> Self {
        Self {
            document: ErrorChoice::GoOn,
            service: ErrorChoice::Pause,
            key: ErrorChoice::Pause,
            output: ErrorChoice::Pause,
        }
    }
}

/// What to do after an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorChoice {
    /// Go on with the next document; this one is told with its reason.
    GoOn,
    /// Wait for a person; the same document is tried again.
    Pause,
    /// End the batch; what was not begun is told so.
    Stop,
}
