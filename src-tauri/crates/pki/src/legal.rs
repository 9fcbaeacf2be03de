//! What Brazilian law makes of a signature by this certificate, computed from its path and never overstated.
//!
//! Lei 14.063/2020 art. 4 and MP 2.200-2/2001 art. 10. The reasons are codes; the UI has the sentences.

use crate::brazil::{HolderKind, IcpBrasilType, IcpBrasilUse};
use crate::certificate::Certificate;
use crate::chain::{Path, PathEnd, RevocationSummary, Trust};
use crate::facts::search_fold;

/// SHA-256 of the ICP-Brasil root certificates (Autoridade Certificadora Raiz Brasileira), as published by ITI.
pub const ICP_BRASIL_ROOTS: [(&str, &str); 10] = [
    ("Raiz Brasileira (2001)", "687ea89089309d2cfe107db059fb10d676f45d3283aee056903eea0cf3c188f8"),
    ("v1", "cbd8ed38d4a2d677d453d70dd8890af4f6374cba6299943f1ab3a6936c6fd795"),
    ("v2", "fb47d92a9909fd4fa9bec02737543e1f3514ced747407a8d9cfa397b0915067c"),
    ("v3", "1226ebf38af7335ffb346de68840d5652d9be7413a65b989375edac6a7f16172"),
    ("v5", "caa53fc6091c6951887c976e378f6ef89aa6377c55d97b6475422b71ed7e9b17"),
    ("v6", "3bdb9b509352f1d3d71c2bf64d9a38a4e6cebda27809d77f7ac476cbde6e314a"),
    ("v7", "5657e70580eb678983f3ed7dfce091d84cae6549389a47fccda8d0e4dc2cf576"),
    ("v10", "6e0bff069a26994c15de2c4888cc54af84882e5495b7fbf66be9ccffec7489f6"),
    ("v11", "1406710058180fa4081aab3f246f1702429c552a11fa3143b84c88cb3ab8e5e7"),
    ("v12", "d8478e37ce19c690cf657381e68fe600e4e1a042536830f06847e03e554c4b01"),
];

/// What a signature by the certificate at the foot of `path` is at most.
///
/// Qualified only when the path is sound, ends at an ICP-Brasil root, and the certificate has an ICP-Brasil policy for
/// signing (A1 to A4). The instant is the review's: this is a label, not a validation.
pub fn legal_label(path: &Path) -> LegalAssessment {
    let certificates = path.certificates();
    let assessment = |label, reason| LegalAssessment { label, reason };
    let (Some(leaf), Some(top)) = (certificates.first(), certificates.last()) else {
        return assessment(LegalLabel::Unknown, "no_certificate");
    };
    if certificates.iter().any(is_demonstration) {
        return assessment(LegalLabel::Demonstration, "demonstration_certificate");
    }
    // The certificates of ICP-Brasil's CAs have the policies of what they issue.
    if leaf.is_ca() {
        return assessment(LegalLabel::Unknown, "certificate_of_a_ca");
    }
    if !leaf.allows_document_signing() {
        return assessment(LegalLabel::Unknown, "not_for_signing");
    }
    if path.end != PathEnd::Anchor {
        return assessment(LegalLabel::Unknown, path.end.code());
    }
    if path.revocation() == RevocationSummary::Revoked {
        return assessment(LegalLabel::Unknown, "revoked");
    }
    match path.trust() {
        Trust::Trusted => {}
        Trust::Untrusted => return assessment(LegalLabel::Unknown, "path_not_sound"),
        Trust::Unknown => return assessment(LegalLabel::Unknown, "path_not_checkable"),
    }
    if !is_icp_brasil_root(top) {
        return assessment(LegalLabel::Advanced, "private_ca");
    }
    let (label, reason) = icp_brasil(leaf);
    assessment(label, reason)
}

/// What the certificate's own policies and holder allow under an ICP-Brasil root. Policies of more than one type are
/// held for the weakest of them.
fn icp_brasil(leaf: &Certificate) -> (LegalLabel, &'static str) {
    let uses: Vec<_> = leaf.icp_brasil_types().into_iter().map(IcpBrasilType::purpose).collect();
    if uses.contains(&IcpBrasilUse::Seal) {
        // Resolução CG ICP-Brasil 211/2024, art. 4: a seal does not express a company's will.
        return (LegalLabel::Unknown, "icp_brasil_electronic_seal");
    }
    if uses.is_empty() {
        let named = leaf.policies.iter().any(|policy| policy.oid.starts_with("2.16.76.1.2."));
        return (LegalLabel::Unknown, if named { "icp_brasil_other_policy" } else { "icp_brasil_without_policy" });
    }
    if uses.iter().any(|own| *own != IcpBrasilUse::Signature) {
        return (LegalLabel::Unknown, "icp_brasil_other_policy");
    }
    match leaf.holder_kind() {
        // A server or program expresses nobody's will, whatever its policy.
        HolderKind::Equipment | HolderKind::TimeStampAuthority => (LegalLabel::Unknown, "icp_brasil_equipment"),
        HolderKind::Person | HolderKind::Company | HolderKind::Unknown | HolderKind::Ca => {
            (LegalLabel::Qualified, "icp_brasil_signing_policy")
        }
    }
}

/// A label with its reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LegalAssessment {
    /// The label.
    pub label: LegalLabel,
    /// Stable code of the reason.
    pub reason: &'static str,
}

/// Kind of signature under Lei 14.063/2020.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LegalLabel {
    /// Assinatura qualificada (art. 4, III): ICP-Brasil.
    Qualified,
    /// Assinatura avançada (art. 4, II), at most.
    Advanced,
    /// A demonstration certificate: no legal value.
    Demonstration,
    /// Cannot be said.
    Unknown,
}

impl LegalLabel {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Qualified => "qualified",
            Self::Advanced => "advanced",
            Self::Demonstration => "demonstration",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether this is one of the ICP-Brasil roots, to the byte.
pub fn is_icp_brasil_root(certificate: &Certificate) -> bool {
    let fingerprint = certificate.fingerprint();
    ICP_BRASIL_ROOTS.iter().any(|(_, known)| *known == fingerprint)
}

/// Whether the subject itself says that it is a demonstration without legal value.
pub fn is_demonstration(certificate: &Certificate) -> bool {
    certificate.subject.attributes().iter().any(|attribute| {
        let folded = search_fold(&attribute.value);
        folded.contains("demonstracao") || folded.contains("sem valor juridico")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1;
    use crate::tests::support::{Forge, TestSigner, extension, forge, validity};
    use cartorio_keys::{DigestSigner, KeySpec};
    use const_oid::ObjectIdentifier as Oid;

    /// A certificate with these policies and this ICP-Brasil otherName.
    fn with(policies: &[&str], other: &str) -> Certificate {
        let signer = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
        let list = asn1::seq(policies.iter().map(|own| asn1::seq([asn1::oid(&Oid::new(own).unwrap())])));
        let value = asn1::explicit(0, &asn1::octets(b"11222333000181"));
        let names = asn1::seq([asn1::tlv(0xa0, &[asn1::oid(&Oid::new(other).unwrap()), value].concat())]);
        let spki = &signer.public_key().spki;
        forge(&Forge {
            subject: "ANA",
            issuer: "AC",
            spki,
            issuer_key: &signer.key,
            validity: validity(1),
            serial: 5,
            extensions: vec![extension("2.5.29.32", false, &list), extension("2.5.29.17", false, &names)],
        })
    }

    #[test]
    fn only_signature_types_of_persons_and_companies_are_qualified() {
        let reason = |policies: &[&str], other| icp_brasil(&with(policies, other));
        let (a3, company, equipment) = ("2.16.76.1.2.3.1", "2.16.76.1.3.3", "2.16.76.1.3.8");
        assert_eq!(reason(&[a3], company), (LegalLabel::Qualified, "icp_brasil_signing_policy"));
        assert_eq!(reason(&["2.16.76.1.2.1.1"], company).0, LegalLabel::Qualified);
        assert_eq!(reason(&[a3], equipment), (LegalLabel::Unknown, "icp_brasil_equipment"));
        assert_eq!(reason(&["2.16.76.1.2.201.1"], company), (LegalLabel::Unknown, "icp_brasil_electronic_seal"));
        assert_eq!(reason(&[a3, "2.16.76.1.2.202.1"], company).1, "icp_brasil_electronic_seal");
        assert_eq!(reason(&[a3, "2.16.76.1.2.101.1"], company).1, "icp_brasil_other_policy", "also for encryption");
        assert_eq!(reason(&["2.16.76.1.2.401.1"], company).1, "icp_brasil_other_policy");
        assert_eq!(reason(&["2.16.76.1.2.999.1"], company).1, "icp_brasil_other_policy");
        assert_eq!(reason(&["1.2.3.4"], company).1, "icp_brasil_without_policy");
    }
}
