//! Names of fields, from the ASN.1 modules of RFC 5280, 2986, 5652, 6960, 3161, 7292 and 5958. What is not in a module
//! has no name.

use crate::module::{Module, recognise};
use crate::tree::{Class, Field, Node, Step, Tree};
use crate::value::{
    BIT_STRING, BOOLEAN, ENUMERATED, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME, oid_text,
};

/// Gives every element of a known structure its field.
pub(crate) fn name_fields(tree: &mut Tree, bytes: &[u8]) {
    let Some(module) = recognise(bytes) else { return };
    let mut namer = Namer { tree, bytes, work: Vec::new() };
    namer.name(0, Step::Same, root(module));
    // A work list instead of recursion: the depth of the input is not the depth of the stack.
    while let Some((index, kind)) = namer.work.pop() {
        namer.apply(index, kind);
    }
}

/// What is inside an element.
enum Kind {
    /// Nothing that has a name.
    Any,
    /// Components in order; each may be absent.
    Parts(&'static [Part]),
    /// Any number of the same.
    Of(&'static Kind),
    /// One of several, told apart by their tags.
    Choice(&'static [(Tag, &'static str, &'static Kind)]),
    /// The one element inside: of an explicit tag, or of a string that has ASN.1 in it.
    Inside(&'static Kind),
    /// What it is, the OBJECT IDENTIFIER beside it says.
    By(fn(&str) -> &'static Kind),
    /// What the element around it is, the OBJECT IDENTIFIER beside that says: content inside of `[0]`.
    InsideBy(fn(&str) -> &'static Kind),
}

struct Part {
    name: &'static str,
    tag: Tag,
    kind: &'static Kind,
}

#[derive(Clone, Copy)]
enum Tag {
    /// A type of ASN.1 itself.
    U(u32),
    /// `[n]`.
    C(u32),
    /// `[n]`, whatever n is.
    AnyC,
    /// UTCTime or GeneralizedTime.
    Time,
    /// A SEQUENCE, or `[n]`.
    SeqOrC,
    /// Anything.
    Any,
}

impl Tag {
    fn is(self, node: &Node) -> bool {
        match self {
            Self::U(tag) => node.is_universal(tag),
            Self::C(tag) => node.class == Class::Context && node.tag == tag,
            Self::AnyC => node.class == Class::Context,
            Self::Time => node.is_universal(UTC_TIME) || node.is_universal(GENERALIZED_TIME),
            Self::SeqOrC => node.is_universal(SEQUENCE) || node.class == Class::Context,
            Self::Any => true,
        }
    }
}

struct Namer<'a> {
    tree: &'a mut Tree,
    bytes: &'a [u8],
    work: Vec<(usize, &'static Kind)>,
}

impl Namer<'_> {
    fn name(&mut self, index: usize, step: Step, kind: &'static Kind) {
        let Some(node) = self.tree.nodes.get_mut(index) else { return };
        node.field = Some(Field { step, choice: None });
        self.work.push((index, kind));
    }

    fn apply(&mut self, index: usize, kind: &'static Kind) {
        match kind {
            Kind::Any => {}
            Kind::Parts(parts) => {
                let mut rest = *parts;
                for child in self.children(index) {
                    let node = &self.tree.nodes[child];
                    if let Some(at) = rest.iter().position(|part| part.tag.is(node)) {
                        self.name(child, Step::Name(rest[at].name), rest[at].kind);
                        rest = &rest[at + 1..];
                    }
                }
            }
            Kind::Of(inner) => {
                for (number, child) in self.children(index).into_iter().enumerate() {
                    self.name(child, Step::Index(number), inner);
                }
            }
            Kind::Choice(alternatives) => {
                let node = &mut self.tree.nodes[index];
                if let Some((_, name, inner)) = alternatives.iter().find(|(tag, _, _)| tag.is(node)) {
                    if let Some(field) = &mut node.field {
                        field.choice = Some(name);
                    }
                    self.work.push((index, inner));
                }
            }
            Kind::Inside(inner) => self.inside(index, inner),
            Kind::By(of) => {
                let kind = self.beside(index).map_or(&Kind::Any, |oid| of(&oid));
                self.work.push((index, kind));
            }
            Kind::InsideBy(of) => {
                let kind = self.beside(index).map_or(&Kind::Any, |oid| of(&oid));
                self.inside(index, kind);
            }
        }
    }

    fn inside(&mut self, index: usize, kind: &'static Kind) {
        let first = self.tree.children(index).next();
        if let Some(child) = first {
            self.name(child, Step::Same, kind);
        }
    }

    fn children(&self, index: usize) -> Vec<usize> {
        self.tree.children(index).collect()
    }

    /// The first OBJECT IDENTIFIER among the element's siblings.
    fn beside(&self, index: usize) -> Option<String> {
        let parent = self.tree.nodes.get(index)?.parent?;
        let first = self.tree.children(parent).next()?;
        let node = self.tree.nodes.get(first).filter(|node| node.is_universal(OID))?;
        oid_text(self.bytes.get(node.content_range())?)
    }
}

fn root(module: Module) -> &'static Kind {
    match module {
        Module::Certificate => &CERTIFICATE,
        Module::CertificateList => &CRL,
        Module::CertificationRequest => &CSR,
        Module::OcspRequest => &OCSP_REQUEST,
        Module::OcspResponse => &OCSP_RESPONSE,
        Module::BasicOcspResponse => &BASIC_OCSP,
        Module::ContentInfo => &CONTENT_INFO,
        Module::Pfx => &PFX,
        Module::TimeStampReq => &TS_REQUEST,
        Module::TimeStampResp => &TS_RESPONSE,
        Module::TstInfo => &TST_INFO,
        Module::PrivateKeyInfo => &PRIVATE_KEY,
        Module::EncryptedPrivateKeyInfo => &ENCRYPTED_KEY,
        Module::SubjectPublicKeyInfo => &SPKI,
        Module::RsaPublicKey => &RSA_PUBLIC,
        Module::RsaPrivateKey => &RSA_PRIVATE,
        Module::EcPrivateKey => &EC_PRIVATE,
        Module::AttributeCertificate | Module::DsaPrivateKey => &Kind::Any,
    }
}

use Tag::{Any, AnyC, C, SeqOrC, Time, U};

const fn part(name: &'static str, tag: Tag, kind: &'static Kind) -> Part {
    Part { name, tag, kind }
}

const fn leaf(name: &'static str, tag: Tag) -> Part {
    part(name, tag, &Kind::Any)
}

macro_rules! parts {
    ($($part:expr),* $(,)?) => { Kind::Parts(&[$($part),*]) };
}

static ALGORITHM: Kind = parts![leaf("algorithm", U(OID)), leaf("parameters", Any)];
static NAME: Kind = Kind::Of(&Kind::Of(&parts![leaf("type", U(OID)), leaf("value", Any)]));
static EXTENSIONS: Kind = Kind::Of(&parts![
    leaf("extnID", U(OID)),
    leaf("critical", U(BOOLEAN)),
    part("extnValue", U(OCTET_STRING), &Kind::InsideBy(extension)),
]);
static EXPLICIT_EXTENSIONS: Kind = Kind::Inside(&EXTENSIONS);
static RSA_PUBLIC: Kind = parts![leaf("modulus", U(INTEGER)), leaf("publicExponent", U(INTEGER))];
static SPKI: Kind = parts![
    part("algorithm", U(SEQUENCE), &ALGORITHM),
    part("subjectPublicKey", U(BIT_STRING), &Kind::Inside(&RSA_PUBLIC)),
];
// The two numbers of an elliptic curve's signature (RFC 3279 §2.2.3).
static SIGNATURE: Kind = Kind::Inside(&parts![leaf("r", U(INTEGER)), leaf("s", U(INTEGER))]);
static CERTIFICATE: Kind = parts![
    part(
        "tbsCertificate",
        U(SEQUENCE),
        &parts![
            part("version", C(0), &Kind::Inside(&Kind::Any)),
            leaf("serialNumber", U(INTEGER)),
            part("signature", U(SEQUENCE), &ALGORITHM),
            part("issuer", U(SEQUENCE), &NAME),
            part("validity", U(SEQUENCE), &parts![leaf("notBefore", Time), leaf("notAfter", Time)]),
            part("subject", U(SEQUENCE), &NAME),
            part("subjectPublicKeyInfo", U(SEQUENCE), &SPKI),
            leaf("issuerUniqueID", C(1)),
            leaf("subjectUniqueID", C(2)),
            part("extensions", C(3), &EXPLICIT_EXTENSIONS),
        ]
    ),
    part("signatureAlgorithm", U(SEQUENCE), &ALGORITHM),
    part("signatureValue", U(BIT_STRING), &SIGNATURE),
];
static CRL: Kind = parts![
    part(
        "tbsCertList",
        U(SEQUENCE),
        &parts![
            leaf("version", U(INTEGER)),
            part("signature", U(SEQUENCE), &ALGORITHM),
            part("issuer", U(SEQUENCE), &NAME),
            leaf("thisUpdate", Time),
            leaf("nextUpdate", Time),
            part(
                "revokedCertificates",
                U(SEQUENCE),
                &Kind::Of(&parts![
                    leaf("userCertificate", U(INTEGER)),
                    leaf("revocationDate", Time),
                    part("crlEntryExtensions", U(SEQUENCE), &EXTENSIONS),
                ])
            ),
            part("crlExtensions", C(0), &EXPLICIT_EXTENSIONS),
        ]
    ),
    part("signatureAlgorithm", U(SEQUENCE), &ALGORITHM),
    part("signatureValue", U(BIT_STRING), &SIGNATURE),
];
static CSR: Kind = parts![
    part(
        "certificationRequestInfo",
        U(SEQUENCE),
        &parts![
            leaf("version", U(INTEGER)),
            part("subject", U(SEQUENCE), &NAME),
            part("subjectPKInfo", U(SEQUENCE), &SPKI),
            part(
                "attributes",
                C(0),
                &Kind::Of(&parts![leaf("type", U(OID)), part("values", U(SET), &Kind::By(attribute)),])
            ),
        ]
    ),
    part("signatureAlgorithm", U(SEQUENCE), &ALGORITHM),
    part("signature", U(BIT_STRING), &SIGNATURE),
];
static CERT_ID: Kind = parts![
    part("hashAlgorithm", U(SEQUENCE), &ALGORITHM),
    leaf("issuerNameHash", U(OCTET_STRING)),
    leaf("issuerKeyHash", U(OCTET_STRING)),
    leaf("serialNumber", U(INTEGER)),
];
static OCSP_REQUEST: Kind = parts![
    part(
        "tbsRequest",
        U(SEQUENCE),
        &parts![
            part("version", C(0), &Kind::Inside(&Kind::Any)),
            part("requestorName", C(1), &Kind::Inside(&GENERAL_NAME)),
            part(
                "requestList",
                U(SEQUENCE),
                &Kind::Of(&parts![
                    part("reqCert", U(SEQUENCE), &CERT_ID),
                    part("singleRequestExtensions", C(0), &EXPLICIT_EXTENSIONS),
                ])
            ),
            part("requestExtensions", C(2), &EXPLICIT_EXTENSIONS),
        ]
    ),
    leaf("optionalSignature", C(0)),
];
static OCSP_RESPONSE: Kind = parts![
    leaf("responseStatus", U(ENUMERATED)),
    part(
        "responseBytes",
        C(0),
        &Kind::Inside(&parts![
            leaf("responseType", U(OID)),
            part("response", U(OCTET_STRING), &Kind::Inside(&BASIC_OCSP)),
        ])
    ),
];
static BASIC_OCSP: Kind = parts![
    part(
        "tbsResponseData",
        U(SEQUENCE),
        &parts![
            part("version", C(0), &Kind::Inside(&Kind::Any)),
            part(
                "responderID",
                AnyC,
                &Kind::Choice(&[(C(1), "byName", &Kind::Inside(&NAME)), (C(2), "byKey", &Kind::Inside(&Kind::Any)),])
            ),
            leaf("producedAt", Time),
            part(
                "responses",
                U(SEQUENCE),
                &Kind::Of(&parts![
                    part("certID", U(SEQUENCE), &CERT_ID),
                    part(
                        "certStatus",
                        AnyC,
                        &Kind::Choice(&[
                            (C(0), "good", &Kind::Any),
                            (
                                C(1),
                                "revoked",
                                &parts![
                                    leaf("revocationTime", Time),
                                    part("revocationReason", C(0), &Kind::Inside(&Kind::Any)),
                                ]
                            ),
                            (C(2), "unknown", &Kind::Any),
                        ])
                    ),
                    leaf("thisUpdate", Time),
                    part("nextUpdate", C(0), &Kind::Inside(&Kind::Any)),
                    part("singleExtensions", C(1), &EXPLICIT_EXTENSIONS),
                ])
            ),
            part("responseExtensions", C(1), &EXPLICIT_EXTENSIONS),
        ]
    ),
    part("signatureAlgorithm", U(SEQUENCE), &ALGORITHM),
    part("signature", U(BIT_STRING), &SIGNATURE),
    part("certs", C(0), &Kind::Inside(&Kind::Of(&CERTIFICATE))),
];
static CONTENT_INFO: Kind = parts![leaf("contentType", U(OID)), part("content", C(0), &Kind::InsideBy(content))];
static CMS_ATTRIBUTES: Kind =
    Kind::Of(&parts![leaf("attrType", U(OID)), part("attrValues", U(SET), &Kind::By(attribute))]);
static SIGNED_DATA: Kind = parts![
    leaf("version", U(INTEGER)),
    part("digestAlgorithms", U(SET), &Kind::Of(&ALGORITHM)),
    part(
        "encapContentInfo",
        U(SEQUENCE),
        &parts![leaf("eContentType", U(OID)), part("eContent", C(0), &Kind::InsideBy(encapsulated)),]
    ),
    part(
        "certificates",
        C(0),
        &Kind::Of(&Kind::Choice(&[
            (U(SEQUENCE), "certificate", &CERTIFICATE),
            (C(0), "extendedCertificate", &Kind::Any),
            (C(1), "v1AttrCert", &Kind::Any),
            (C(2), "v2AttrCert", &Kind::Any),
            (C(3), "other", &Kind::Any),
        ]))
    ),
    part(
        "crls",
        C(1),
        &Kind::Of(&Kind::Choice(&[
            (U(SEQUENCE), "crl", &CRL),
            (
                C(1),
                "other",
                &parts![leaf("otherRevInfoFormat", U(OID)), part("otherRevInfo", Any, &Kind::By(other_revocation)),]
            )
        ]))
    ),
    part(
        "signerInfos",
        U(SET),
        &Kind::Of(&parts![
            leaf("version", U(INTEGER)),
            part(
                "sid",
                SeqOrC,
                &Kind::Choice(&[
                    (
                        U(SEQUENCE),
                        "issuerAndSerialNumber",
                        &parts![part("issuer", U(SEQUENCE), &NAME), leaf("serialNumber", U(INTEGER)),]
                    ),
                    (C(0), "subjectKeyIdentifier", &Kind::Any),
                ])
            ),
            part("digestAlgorithm", U(SEQUENCE), &ALGORITHM),
            part("signedAttrs", C(0), &CMS_ATTRIBUTES),
            part("signatureAlgorithm", U(SEQUENCE), &ALGORITHM),
            leaf("signature", U(OCTET_STRING)),
            part("unsignedAttrs", C(1), &CMS_ATTRIBUTES),
        ])
    ),
];
static ENCRYPTED_CONTENT: Kind = parts![
    leaf("contentType", U(OID)),
    part("contentEncryptionAlgorithm", U(SEQUENCE), &ALGORITHM),
    leaf("encryptedContent", C(0)),
];
static ENCRYPTED_DATA: Kind =
    parts![leaf("version", U(INTEGER)), part("encryptedContentInfo", U(SEQUENCE), &ENCRYPTED_CONTENT),];
static ENVELOPED_DATA: Kind = parts![
    leaf("version", U(INTEGER)),
    leaf("originatorInfo", C(0)),
    part("recipientInfos", U(SET), &Kind::Of(&Kind::Any)),
    part("encryptedContentInfo", U(SEQUENCE), &ENCRYPTED_CONTENT),
];
static PFX: Kind = parts![
    leaf("version", U(INTEGER)),
    part(
        "authSafe",
        U(SEQUENCE),
        &parts![leaf("contentType", U(OID)), part("content", C(0), &Kind::InsideBy(authenticated_safe)),]
    ),
    part(
        "macData",
        U(SEQUENCE),
        &parts![
            part(
                "mac",
                U(SEQUENCE),
                &parts![part("digestAlgorithm", U(SEQUENCE), &ALGORITHM), leaf("digest", U(OCTET_STRING)),]
            ),
            leaf("macSalt", U(OCTET_STRING)),
            leaf("iterations", U(INTEGER)),
        ]
    ),
];
static SAFES: Kind =
    Kind::Inside(&Kind::Of(&parts![leaf("contentType", U(OID)), part("content", C(0), &Kind::InsideBy(safe)),]));
static SAFE_CONTENTS: Kind = Kind::Inside(&Kind::Of(&parts![
    leaf("bagId", U(OID)),
    part("bagValue", C(0), &Kind::InsideBy(bag)),
    part(
        "bagAttributes",
        U(SET),
        &Kind::Of(&parts![leaf("attrId", U(OID)), part("attrValues", U(SET), &Kind::Of(&Kind::Any)),])
    ),
]));
static CERT_BAG: Kind =
    parts![leaf("certId", U(OID)), part("certValue", C(0), &Kind::Inside(&Kind::Inside(&CERTIFICATE))),];
static CRL_BAG: Kind = parts![leaf("crlId", U(OID)), part("crlValue", C(0), &Kind::Inside(&Kind::Inside(&CRL)))];
static PRIVATE_KEY: Kind = parts![
    leaf("version", U(INTEGER)),
    part("privateKeyAlgorithm", U(SEQUENCE), &ALGORITHM),
    leaf("privateKey", U(OCTET_STRING)),
    leaf("attributes", C(0)),
    leaf("publicKey", C(1)),
];
static ENCRYPTED_KEY: Kind =
    parts![part("encryptionAlgorithm", U(SEQUENCE), &ALGORITHM), leaf("encryptedData", U(OCTET_STRING)),];
static RSA_PRIVATE: Kind = parts![
    leaf("version", U(INTEGER)),
    leaf("modulus", U(INTEGER)),
    leaf("publicExponent", U(INTEGER)),
    leaf("privateExponent", U(INTEGER)),
    leaf("prime1", U(INTEGER)),
    leaf("prime2", U(INTEGER)),
    leaf("exponent1", U(INTEGER)),
    leaf("exponent2", U(INTEGER)),
    leaf("coefficient", U(INTEGER)),
];
static EC_PRIVATE: Kind = parts![
    leaf("version", U(INTEGER)),
    leaf("privateKey", U(OCTET_STRING)),
    leaf("parameters", C(0)),
    leaf("publicKey", C(1)),
];
static IMPRINT: Kind = parts![part("hashAlgorithm", U(SEQUENCE), &ALGORITHM), leaf("hashedMessage", U(OCTET_STRING))];
static TST_INFO: Kind = parts![
    leaf("version", U(INTEGER)),
    leaf("policy", U(OID)),
    part("messageImprint", U(SEQUENCE), &IMPRINT),
    leaf("serialNumber", U(INTEGER)),
    leaf("genTime", U(GENERALIZED_TIME)),
    part("accuracy", U(SEQUENCE), &parts![leaf("seconds", U(INTEGER)), leaf("millis", C(0)), leaf("micros", C(1))]),
    leaf("ordering", U(BOOLEAN)),
    leaf("nonce", U(INTEGER)),
    part("tsa", C(0), &Kind::Inside(&GENERAL_NAME)),
    part("extensions", C(1), &EXTENSIONS),
];
static TS_REQUEST: Kind = parts![
    leaf("version", U(INTEGER)),
    part("messageImprint", U(SEQUENCE), &IMPRINT),
    leaf("reqPolicy", U(OID)),
    leaf("nonce", U(INTEGER)),
    leaf("certReq", U(BOOLEAN)),
    part("extensions", C(0), &EXTENSIONS),
];
static TS_RESPONSE: Kind = parts![
    part(
        "status",
        U(SEQUENCE),
        &parts![
            leaf("status", U(INTEGER)),
            part("statusString", U(SEQUENCE), &Kind::Of(&Kind::Any)),
            leaf("failInfo", U(BIT_STRING)),
        ]
    ),
    part("timeStampToken", U(SEQUENCE), &CONTENT_INFO),
];
static GENERAL_NAME: Kind = Kind::Choice(&[
    (C(0), "otherName", &parts![leaf("type-id", U(OID)), part("value", C(0), &Kind::Inside(&Kind::Any))]),
    (C(1), "rfc822Name", &Kind::Any),
    (C(2), "dNSName", &Kind::Any),
    (C(3), "x400Address", &Kind::Any),
    (C(4), "directoryName", &Kind::Inside(&NAME)),
    (C(5), "ediPartyName", &Kind::Any),
    (C(6), "uniformResourceIdentifier", &Kind::Any),
    (C(7), "iPAddress", &Kind::Any),
    (C(8), "registeredID", &Kind::Any),
]);
static GENERAL_NAMES: Kind = Kind::Of(&GENERAL_NAME);
static POINT_NAME: Kind =
    Kind::Inside(&Kind::Choice(&[(C(0), "fullName", &GENERAL_NAMES), (C(1), "nameRelativeToCRLIssuer", &Kind::Any)]));
static POINTS: Kind = Kind::Of(&parts![
    part("distributionPoint", C(0), &POINT_NAME),
    leaf("reasons", C(1)),
    part("cRLIssuer", C(2), &GENERAL_NAMES),
]);
static SUBTREES: Kind =
    Kind::Of(&parts![part("base", AnyC, &GENERAL_NAME), leaf("minimum", C(0)), leaf("maximum", C(1))]);
static BASIC_CONSTRAINTS: Kind = parts![leaf("cA", U(BOOLEAN)), leaf("pathLenConstraint", U(INTEGER))];
static AUTHORITY_KEY: Kind = parts![
    leaf("keyIdentifier", C(0)),
    part("authorityCertIssuer", C(1), &GENERAL_NAMES),
    leaf("authorityCertSerialNumber", C(2)),
];
static POLICIES: Kind = Kind::Of(&parts![
    leaf("policyIdentifier", U(OID)),
    part(
        "policyQualifiers",
        U(SEQUENCE),
        &Kind::Of(&parts![leaf("policyQualifierId", U(OID)), leaf("qualifier", Any),])
    ),
]);
static MAPPINGS: Kind = Kind::Of(&parts![leaf("issuerDomainPolicy", U(OID)), leaf("subjectDomainPolicy", U(OID))]);
static ACCESS: Kind = Kind::Of(&parts![leaf("accessMethod", U(OID)), part("accessLocation", AnyC, &GENERAL_NAME)]);
static NAME_CONSTRAINTS: Kind =
    parts![part("permittedSubtrees", C(0), &SUBTREES), part("excludedSubtrees", C(1), &SUBTREES)];
static POLICY_CONSTRAINTS: Kind = parts![leaf("requireExplicitPolicy", C(0)), leaf("inhibitPolicyMapping", C(1))];
static ISSUING_POINT: Kind = parts![
    part("distributionPoint", C(0), &POINT_NAME),
    leaf("onlyContainsUserCerts", C(1)),
    leaf("onlyContainsCACerts", C(2)),
    leaf("onlySomeReasons", C(3)),
    leaf("indirectCRL", C(4)),
    leaf("onlyContainsAttributeCerts", C(5)),
];
static USAGE_PERIOD: Kind = parts![leaf("notBefore", C(0)), leaf("notAfter", C(1))];
static QC_STATEMENTS: Kind = Kind::Of(&parts![leaf("statementId", U(OID)), leaf("statementInfo", Any)]);
static LIST: Kind = Kind::Of(&Kind::Any);

fn extension(oid: &str) -> &'static Kind {
    match oid {
        "2.5.29.16" => &USAGE_PERIOD,
        "2.5.29.17" | "2.5.29.18" | "2.5.29.29" => &GENERAL_NAMES,
        "2.5.29.19" => &BASIC_CONSTRAINTS,
        "2.5.29.28" => &ISSUING_POINT,
        "2.5.29.30" => &NAME_CONSTRAINTS,
        "2.5.29.31" | "2.5.29.46" => &POINTS,
        "2.5.29.32" => &POLICIES,
        "2.5.29.33" => &MAPPINGS,
        "2.5.29.35" => &AUTHORITY_KEY,
        "2.5.29.36" => &POLICY_CONSTRAINTS,
        "2.5.29.37" => &LIST,
        "1.3.6.1.5.5.7.1.1" | "1.3.6.1.5.5.7.1.11" => &ACCESS,
        "1.3.6.1.5.5.7.1.3" => &QC_STATEMENTS,
        _ => &Kind::Any,
    }
}

fn content(oid: &str) -> &'static Kind {
    match oid {
        "1.2.840.113549.1.7.2" => &SIGNED_DATA,
        "1.2.840.113549.1.7.3" => &ENVELOPED_DATA,
        "1.2.840.113549.1.7.6" => &ENCRYPTED_DATA,
        _ => &Kind::Any,
    }
}

fn encapsulated(oid: &str) -> &'static Kind {
    static INSIDE: Kind = Kind::Inside(&TST_INFO);
    match oid {
        "1.2.840.113549.1.9.16.1.4" => &INSIDE,
        _ => &Kind::Any,
    }
}

fn authenticated_safe(oid: &str) -> &'static Kind {
    match oid {
        "1.2.840.113549.1.7.1" => &SAFES,
        "1.2.840.113549.1.7.2" => &SIGNED_DATA,
        _ => &Kind::Any,
    }
}

fn safe(oid: &str) -> &'static Kind {
    match oid {
        "1.2.840.113549.1.7.1" => &SAFE_CONTENTS,
        "1.2.840.113549.1.7.3" => &ENVELOPED_DATA,
        "1.2.840.113549.1.7.6" => &ENCRYPTED_DATA,
        _ => &Kind::Any,
    }
}

fn bag(oid: &str) -> &'static Kind {
    match oid {
        "1.2.840.113549.1.12.10.1.1" => &PRIVATE_KEY,
        "1.2.840.113549.1.12.10.1.2" => &ENCRYPTED_KEY,
        "1.2.840.113549.1.12.10.1.3" => &CERT_BAG,
        "1.2.840.113549.1.12.10.1.4" => &CRL_BAG,
        _ => &Kind::Any,
    }
}

fn attribute(oid: &str) -> &'static Kind {
    static REQUESTED: Kind = Kind::Of(&EXTENSIONS);
    static TOKENS: Kind = Kind::Of(&CONTENT_INFO);
    match oid {
        "1.2.840.113549.1.9.14" | "1.3.6.1.4.1.311.2.1.14" => &REQUESTED,
        "1.2.840.113549.1.9.16.2.14"
        | "1.2.840.113549.1.9.16.2.20"
        | "1.2.840.113549.1.9.16.2.48"
        | "0.4.0.1733.2.4" => &TOKENS,
        _ => &LIST,
    }
}

fn other_revocation(oid: &str) -> &'static Kind {
    match oid {
        "1.3.6.1.5.5.7.16.2" => &OCSP_RESPONSE,
        _ => &Kind::Any,
    }
}
