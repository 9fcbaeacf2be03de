//! Exit codes. They are a contract: scripts depend on them.

use cartorio_core::WireError;

/// How the program ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// Done, or valid.
    Done,
    /// A signature, chain or audit trail is wrong.
    Invalid,
    /// It could not be decided.
    Indeterminate,
    /// Some files of a batch failed.
    Partly,
    /// The command line makes no sense.
    Usage,
    /// A file or a value cannot be used.
    BadInput,
    /// A service does not answer.
    Unavailable,
    /// A defect of the program.
    Bug,
    /// Not allowed.
    NotPermitted,
    /// Somebody stopped it before anything was done.
    Interrupted,
}

impl Exit {
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Invalid => 1,
            Self::Indeterminate => 2,
            Self::Partly => 3,
            Self::Usage => 64,
            Self::BadInput => 65,
            Self::Unavailable => 69,
            Self::Bug => 70,
            Self::NotPermitted => 77,
            Self::Interrupted => 130,
        }
    }

    /// The class of an error. A code that is not named here speaks of a file or value that cannot be used.
    pub(crate) fn of(error: &WireError) -> Self {
        let code = match error.code.as_str() {
            // What held it up says more than that somebody left it out.
            "document_skipped" => error.params.get("held").map_or("", String::as_str),
            code => code,
        };
        match code {
            "registry_trail_broken" => Self::Invalid,
            "usage" | "names_needed" | "nothing_to_sign" => Self::Usage,
            "aws_unreachable"
            | "aws_throttled"
            | "aws_limit_exceeded"
            | "aws_clock_skew"
            | "key_backend_failed"
            | "key_bad_signature"
            | "key_unavailable"
            | "key_outcome_unknown"
            | "token_absent"
            | "registry_busy"
            | "net_unreachable"
            | "net_timeout"
            | "net_status"
            | "net_broken"
            | "evidence_missing"
            | "level_not_reached" => Self::Unavailable,
            "not_permitted"
            | "approval_required"
            | "approval_other_profile"
            | "not_exportable"
            | "key_not_exportable"
            | "aws_access_denied"
            | "aws_no_credentials"
            | "aws_expired_credentials"
            | "aws_invalid_credentials"
            | "aws_login_required"
            | "aws_login_over"
            | "aws_mfa_refused"
            | "token_pin_required"
            | "token_pin_wrong"
            | "token_pin_locked"
            | "a1_password_required"
            | "a1_password_wrong"
            | "tsa_secret_missing"
            | "batch_password_needed"
            | "locked"
            | "operator_own_password_first"
            | "operator_password_required"
            | "operator_password_wrong"
            | "operator_password_missing"
            | "operator_password_pause"
            | "operator_password_by_requester"
            | "registry_same_person"
            | "registry_not_requester"
            | "key_store_locked"
            | "key_store_passphrase_required"
            | "key_store_passphrase_wrong"
            | "registry_audit_key_missing" => Self::NotPermitted,
            "tsa_unknown" | "tsa_too_many" => Self::BadInput,
            // An authority that gives no time stamp that holds, whatever it is that it gives.
            code if code.starts_with("tsa_") || code.starts_with("timestamp_") => Self::Unavailable,
            "internal" | "self_check_failed" | "registry_database" | "registry_migration" => Self::Bug,
            _ => Self::BadInput,
        }
    }
}
