//! What kind of ICP-Brasil certificate it is, and whose (DOC-ICP-04 §1.1.5 to §1.1.8; Resolução CG ICP-Brasil 211/2024).

use super::{BrazilianIdentity, IdentityKind, IdentitySubject};
use crate::certificate::CertificateFacts;

/// Type of an ICP-Brasil certificate, from the policy identifier 2.16.76.1.2.TYPE.NUMBER.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum IcpBrasilType {
    /// Signature, key in software (extinct since Resolução 211).
    A1,
    /// Signature, key on a card or token without own generation (extinct).
    A2,
    /// Signature, key in hardware.
    A3,
    /// Signature, key in hardware, long validity.
    A4,
    /// Confidentiality (extinct).
    S1,
    /// Confidentiality (extinct).
    S2,
    /// Confidentiality (extinct).
    S3,
    /// Confidentiality (extinct).
    S4,
    /// Time-stamping server.
    T3,
    /// Time-stamping server, long validity.
    T4,
    /// Electronic seal, key in software.
    SeS,
    /// Electronic seal, key in hardware.
    SeH,
    /// Specific applications. Two numberings are quoted (203/204 and 401/402), so software and hardware are not told apart.
    Ae,
    /// Equipment of fiscal coupons (A CF-e-SAT).
    ACfeSat,
    /// Metrological object (OM-BR).
    OmBr,
}

/// What a type of certificate is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum IcpBrasilUse {
    /// Signatures of persons.
    Signature,
    /// Encryption.
    Confidentiality,
    /// Time stamps.
    TimeStamp,
    /// Origin and integrity in a company's name; not its will (Resolução 211, art. 4).
    Seal,
    /// Machines and programs.
    Application,
}

impl IcpBrasilType {
    /// Every type.
    pub const ALL: [Self; 15] = [
        Self::A1,
        Self::A2,
        Self::A3,
        Self::A4,
        Self::S1,
        Self::S2,
        Self::S3,
        Self::S4,
        Self::T3,
        Self::T4,
        Self::SeS,
        Self::SeH,
        Self::Ae,
        Self::ACfeSat,
        Self::OmBr,
    ];

    /// The type that a policy identifier names; `None` for an identifier that is no ICP-Brasil certificate policy.
    pub fn from_policy(oid: &str) -> Option<Self> {
        let mut arcs = oid.strip_prefix("2.16.76.1.2.")?.split('.');
        let kind = arcs.next()?;
        arcs.next()?;
        Some(match kind {
            "1" => Self::A1,
            "2" => Self::A2,
            "3" => Self::A3,
            "4" => Self::A4,
            "101" => Self::S1,
            "102" => Self::S2,
            "103" => Self::S3,
            "104" => Self::S4,
            "303" => Self::T3,
            "304" => Self::T4,
            "201" => Self::SeS,
            "202" => Self::SeH,
            "203" | "204" | "401" | "402" => Self::Ae,
            "500" => Self::ACfeSat,
            "550" => Self::OmBr,
            _ => return None,
        })
    }

    /// As the norm writes it: `A3`, `SE-S`, `A CF-e-SAT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A1 => "A1",
            Self::A2 => "A2",
            Self::A3 => "A3",
            Self::A4 => "A4",
            Self::S1 => "S1",
            Self::S2 => "S2",
            Self::S3 => "S3",
            Self::S4 => "S4",
            Self::T3 => "T3",
            Self::T4 => "T4",
            Self::SeS => "SE-S",
            Self::SeH => "SE-H",
            Self::Ae => "AE",
            Self::ACfeSat => "A CF-e-SAT",
            Self::OmBr => "OM-BR",
        }
    }

    /// What it is for.
    pub const fn purpose(self) -> IcpBrasilUse {
        match self {
            Self::A1 | Self::A2 | Self::A3 | Self::A4 => IcpBrasilUse::Signature,
            Self::S1 | Self::S2 | Self::S3 | Self::S4 => IcpBrasilUse::Confidentiality,
            Self::T3 | Self::T4 => IcpBrasilUse::TimeStamp,
            Self::SeS | Self::SeH => IcpBrasilUse::Seal,
            Self::Ae | Self::ACfeSat | Self::OmBr => IcpBrasilUse::Application,
        }
    }

    /// Whether Resolução 211 (2024-11-04) ended it: none is issued any more once its time of transition is over.
    pub const fn is_extinct(self) -> bool {
        match self {
            Self::A1 | Self::A2 | Self::S1 | Self::S2 | Self::S3 | Self::S4 => true,
            Self::A3
            | Self::A4
            | Self::T3
            | Self::T4
            | Self::SeS
            | Self::SeH
            | Self::Ae
            | Self::ACfeSat
            | Self::OmBr => false,
        }
    }

    /// Whether its key must be in hardware; `None` where the type does not say.
    pub const fn in_hardware(self) -> Option<bool> {
        match self {
            Self::A1 | Self::S1 | Self::SeS => Some(false),
            Self::A2 | Self::A3 | Self::A4 | Self::S2 | Self::S3 | Self::S4 | Self::T3 | Self::T4 | Self::SeH => {
                Some(true)
            }
            Self::Ae | Self::ACfeSat | Self::OmBr => None,
        }
    }
}

/// Who holds a certificate, as far as it says so itself.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum HolderKind {
    /// A certification authority.
    Ca,
    /// A natural person.
    Person,
    /// A legal person.
    Company,
    /// An equipment, server or program, for which a company answers.
    Equipment,
    /// A time-stamping authority.
    TimeStampAuthority,
    /// It does not say.
    Unknown,
}

impl HolderKind {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::Person => "person",
            Self::Company => "company",
            Self::Equipment => "equipment",
            Self::TimeStampAuthority => "time_stamp_authority",
            Self::Unknown => "unknown",
        }
    }
}

impl CertificateFacts {
    /// Types that its policies name, in their order; more than one for a CA.
    pub fn icp_brasil_types(&self) -> Vec<IcpBrasilType> {
        let mut types = Vec::new();
        for kind in self.policies.iter().filter_map(|policy| IcpBrasilType::from_policy(&policy.oid)) {
            if !types.contains(&kind) {
                types.push(kind);
            }
        }
        types
    }

    /// The type of an end-entity certificate; `None` for a CA, without an ICP-Brasil policy, or with several types.
    pub fn icp_brasil_type(&self) -> Option<IcpBrasilType> {
        match self.icp_brasil_types().as_slice() {
            [kind] if !self.is_ca() => Some(*kind),
            _ => None,
        }
    }

    /// Who holds it, from basicConstraints, policy, otherNames and serialNumber.
    pub fn holder_kind(&self) -> HolderKind {
        if self.is_ca() {
            return HolderKind::Ca;
        }
        match self.icp_brasil_type().map(IcpBrasilType::purpose) {
            Some(IcpBrasilUse::TimeStamp) => HolderKind::TimeStampAuthority,
            Some(IcpBrasilUse::Application) => HolderKind::Equipment,
            Some(IcpBrasilUse::Seal) => HolderKind::Company,
            Some(IcpBrasilUse::Signature | IcpBrasilUse::Confidentiality) | None => self.identity.holder_kind(),
        }
    }
}

impl BrazilianIdentity {
    fn holder_kind(&self) -> HolderKind {
        let has = |subject, kind| self.fields.iter().any(|field| field.subject == subject && field.kind == kind);
        // Equipment certificates alone have the business name in 2.16.76.1.3.8 (DOC-ICP-04 §7.1.2.3).
        if has(IdentitySubject::Holder, IdentityKind::BusinessName) {
            HolderKind::Equipment
        } else if has(IdentitySubject::Holder, IdentityKind::Cnpj) {
            HolderKind::Company
        } else if has(IdentitySubject::Holder, IdentityKind::Cpf) {
            HolderKind::Person
        } else {
            HolderKind::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_from_policies() {
        let of = |oid: &str| IcpBrasilType::from_policy(oid).map(IcpBrasilType::name);
        assert_eq!(of("2.16.76.1.2.1.12"), Some("A1"));
        assert_eq!(of("2.16.76.1.2.3.6"), Some("A3"));
        assert_eq!(of("2.16.76.1.2.202.1"), Some("SE-H"));
        assert_eq!(of("2.16.76.1.2.303.6"), Some("T3"));
        assert_eq!(of("2.16.76.1.2.402.1"), of("2.16.76.1.2.204.1"), "both numberings of AE");
        assert_eq!(of("2.16.76.1.2.3"), None, "a type without the number of the policy");
        assert_eq!(of("2.16.76.1.1.3"), None, "a practice statement is no policy");
        assert_eq!(of("2.16.76.1.2.31.1"), None);
        assert_eq!(IcpBrasilType::ALL.len(), 15);
        assert!(IcpBrasilType::A1.is_extinct() && !IcpBrasilType::A3.is_extinct());
    }
}
