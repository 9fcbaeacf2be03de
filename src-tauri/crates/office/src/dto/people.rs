use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{OperatorView, SealedSecret};

/// A person who may work with the program.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct OperatorCard {
    /// Who.
    pub operator: OperatorView,
    /// Whether they may work at all.
    pub active: bool,
    /// Whether they have a password.
    pub has_password: bool,
    /// Whether they have the seat now.
    pub current: bool,
}

/// Adds a person.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct OperatorAdd {
    /// Full name.
    pub name: String,
    /// `clerk`, `supervisor`, `notary` or `auditor`.
    pub role: String,
    /// First password, sealed; at least 8 characters. The demonstration needs none.
    pub password: Option<SealedSecret>,
}

/// Changes a person's name or role, or switches them off.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct OperatorChange {
    /// Identifier.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Role.
    pub role: String,
    /// Whether they may work.
    pub active: bool,
}

/// Sets a password: one's own (with the current one), or the notary another's.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct OperatorPassword {
    /// Whose.
    pub id: String,
    /// The current one, sealed; needed for one's own where there is one.
    pub current: Option<SealedSecret>,
    /// The new one, sealed.
    pub new: SealedSecret,
}

/// Another person takes the seat.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct OperatorSwitch {
    /// Who.
    pub id: String,
    /// Their password, sealed. The demonstration needs none.
    pub password: Option<SealedSecret>,
}

/// Which requests to show.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
pub struct RequestQuery {
    /// Only those that still wait for a decision or for being carried out.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub open: bool,
    /// Only about this subject.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub subject: Option<String>,
}

/// Something that needs two people.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RequestView {
    /// Identifier.
    pub id: String,
    /// `key_rotation`, `key_deletion`, `p12_export`, `certificate_issue`.
    pub kind: RequestKindView,
    /// State.
    pub state: RequestStateView,
    /// Exactly what will be done.
    pub what: RequestWhat,
    /// What it is about, in a word: alias, holder, file.
    pub title: String,
    /// Who asked.
    pub requested_by: OperatorView,
    /// When.
    pub requested_at: String,
    /// Why.
    pub reason: String,
    /// Until when it can be decided and carried out.
    pub expires_at: String,
    /// Who decided.
    pub decided_by: Option<OperatorView>,
    /// When.
    pub decided_at: Option<String>,
    /// Why.
    pub decision_reason: Option<String>,
    /// When it was carried out.
    pub used_at: Option<String>,
    /// Whether this operator may approve or reject it.
    pub may_decide: bool,
    /// Whether this operator may take it back.
    pub may_withdraw: bool,
    /// Whether this operator may carry it out now.
    pub may_carry_out: bool,
    /// The rotation that came of it.
    pub rotation: Option<String>,
}

/// Kind of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RequestKindView {
    /// Troca de chave.
    KeyRotation,
    /// Deletion of a key.
    KeyDeletion,
    /// Export of a P12 file.
    P12Export,
    /// Issue of a subscriber's certificate.
    CertificateIssue,
    /// A root is trusted, or no longer.
    TrustAnchor,
}

/// State of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RequestStateView {
    /// Waits for a second person.
    Pending,
    /// Approved, not carried out yet.
    Approved,
    /// Rejected.
    Rejected,
    /// Taken back.
    Withdrawn,
    /// Nobody decided in time, or it was not carried out in time.
    Expired,
    /// Carried out.
    Used,
}

/// Exactly what a request asks for.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RequestWhat {
    /// Troca de chave.
    KeyRotation(RotationPlan),
    /// Deletion of a key after a waiting time.
    KeyDeletion {
        /// The exact key.
        key_ref: String,
        /// Its identifier.
        key_id: String,
        /// Its name, if any.
        alias: Option<String>,
        /// Days to wait, 7 to 30.
        days: u32,
    },
    /// Export of a subscriber's key and certificate as a P12 file.
    P12Export {
        /// SHA-256 of the certificate.
        certificate_sha256: String,
        /// Holder.
        holder: String,
        /// How the file will be protected. Requests from before there was a choice name none: they were for this one.
        #[serde(default)]
        profile: super::P12Protection,
    },
    /// Issue of a subscriber's certificate.
    CertificateIssue {
        /// Full name.
        name: String,
        /// CPF, masked.
        masked_cpf: String,
        /// SHA-256 of the normalised request: name, CPF digits, e-mail, key type, a line each.
        digest: String,
    },
    /// A root of one's own is trusted, or no longer.
    TrustAnchor {
        /// Whether it is added; otherwise it is taken away.
        add: bool,
        /// SHA-256 of its DER form.
        sha256: String,
        /// Its name.
        name: String,
        /// Start of validity.
        not_before: String,
        /// End of validity.
        not_after: String,
        /// The certificate, base64 of its DER form.
        der: String,
    },
}

/// What a rotation will do.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct RotationPlan {
    /// The key that is changed: its exact reference.
    pub old_key_ref: String,
    /// Its identifier.
    pub old_key_id: String,
    /// The name that moves to the new key.
    pub alias: Option<String>,
    /// Type of both keys.
    pub spec: String,
    /// The identity that moves to the new key, if the old one has one.
    pub identity: Option<String>,
    /// Its label.
    pub identity_label: Option<String>,
    /// Where the new certificate comes from.
    pub certificate: RotationCertificate,
    /// Days in which both keys are visible before the old one is switched off: 0 to 365.
    pub transition_days: u32,
    /// Days that the old key waits for its deletion: 7 to 30; absent keeps it, switched off.
    pub deletion_days: Option<u32>,
}

/// Where the certificate for a rotation's new key comes from.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RotationCertificate {
    /// The key has no identity: none is needed.
    None,
    /// The office's own CA.
    Office,
    /// An AWS Private CA.
    PrivateCa {
        /// Its ARN.
        authority: String,
    },
    /// A CA outside: a request (PKCS#10) is saved, and the certificate is brought back.
    External,
}

/// Asks for something that needs two people.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RequestMake {
    /// What.
    pub what: RequestMakeWhat,
    /// Why; 1 to 500 characters.
    pub reason: String,
}

/// What is asked for; the backend fills in the exact facts.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RequestMakeWhat {
    /// Troca de chave.
    KeyRotation {
        /// The key.
        key_ref: String,
        /// Where the new certificate comes from; absent: the same CA as before, as far as it can be asked.
        certificate: Option<RotationCertificate>,
        /// Days of transition.
        transition_days: u32,
        /// Days before deletion; absent keeps the old key, switched off.
        deletion_days: Option<u32>,
    },
    /// Deletion of a key.
    KeyDeletion {
        /// The key.
        key_ref: String,
        /// Days to wait.
        days: u32,
    },
    /// Export of a P12 file.
    P12Export {
        /// The certificate's identifier in the registry.
        certificate: String,
        /// How the file will be protected; absent means the modern way.
        #[serde(default)]
        profile: super::P12Protection,
    },
    /// Issue of a subscriber's certificate.
    CertificateIssue(super::SubscriberIssue),
    /// Trust a root from now on.
    TrustAnchorAdd {
        /// The object of the heap.
        id: String,
    },
    /// Trust a root no longer.
    TrustAnchorRemove {
        /// SHA-256 of its DER form.
        sha256: String,
    },
}

/// Approves or rejects.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RequestDecide {
    /// The request.
    pub id: String,
    /// Whether it is approved.
    pub approve: bool,
    /// Why; 1 to 500 characters.
    pub reason: String,
}

/// Names a request.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RequestRef {
    /// Identifier.
    pub id: String,
}
