//! ETSI: qualified certificates, their policies, and attributes of CAdES (EN 319 412-5, 319 411, 319 122, TS 119 495); Common PKI.

use super::OidFamily::{Extension, Policy, QcStatement, SignatureAttribute, SignaturePolicy};
use super::{Arc, arc};

pub(super) const ARCS: &[Arc] = &[
    arc(
        "0.4.0.1862.1",
        QcStatement,
        &[
            ("1", "id-etsi-qcs-QcCompliance"),
            ("2", "id-etsi-qcs-QcLimitValue"),
            ("3", "id-etsi-qcs-QcRetentionPeriod"),
            ("4", "id-etsi-qcs-QcSSCD"),
            ("5", "id-etsi-qcs-QcPDS"),
            ("6", "id-etsi-qcs-QcType"),
            ("7", "id-etsi-qcs-QcCClegislation"),
        ],
    ),
    arc(
        "0.4.0.1862.1.6",
        QcStatement,
        &[("1", "id-etsi-qct-esign"), ("2", "id-etsi-qct-eseal"), ("3", "id-etsi-qct-web")],
    ),
    arc(
        "0.4.0.194121.1",
        QcStatement,
        &[
            ("1", "id-etsi-qcs-semanticsId-Natural"),
            ("2", "id-etsi-qcs-semanticsId-Legal"),
            ("3", "id-etsi-qcs-semanticsId-eIDASNatural"),
            ("4", "id-etsi-qcs-semanticsId-eIDASLegal"),
        ],
    ),
    arc("0.4.0.19495", QcStatement, &[("2", "id-etsi-psd2-qcStatement")]),
    arc(
        "0.4.0.19495.1",
        QcStatement,
        &[
            ("1", "id-psd2-role-psp-as"),
            ("2", "id-psd2-role-psp-pi"),
            ("3", "id-psd2-role-psp-ai"),
            ("4", "id-psd2-role-psp-ic"),
        ],
    ),
    arc(
        "0.4.0.194112.1",
        Policy,
        &[
            ("0", "qcp-natural"),
            ("1", "qcp-legal"),
            ("2", "qcp-natural-qscd"),
            ("3", "qcp-legal-qscd"),
            ("4", "qcp-web"),
        ],
    ),
    arc(
        "0.4.0.2042.1",
        Policy,
        &[("1", "ncp"), ("2", "ncpplus"), ("3", "lcp"), ("4", "evcp"), ("6", "dvcp"), ("7", "ovcp")],
    ),
    arc("0.4.0.1456.1", Policy, &[("1", "qcp-public-with-sscd"), ("2", "qcp-public")]),
    arc("0.4.0.2023.1", Policy, &[("1", "best-practices-ts-policy")]),
    arc(
        "0.4.0.1733.2",
        SignatureAttribute,
        &[
            ("1", "id-aa-ets-mimeType"),
            ("2", "id-aa-ets-longTermValidation"),
            ("4", "id-aa-ets-archiveTimestampV3"),
            ("5", "id-aa-ATSHashIndex"),
        ],
    ),
    arc(
        "0.4.0.19122.1",
        SignatureAttribute,
        &[
            ("1", "id-aa-ets-signerAttrV2"),
            ("3", "id-aa-ets-sigPolicyStore"),
            ("4", "id-aa-ATSHashIndex-v2"),
            ("5", "id-aa-ATSHashIndex-v3"),
        ],
    ),
    arc("0.4.0.19122.2", SignaturePolicy, &[("1", "id-sp-doc-specification")]),
    arc(
        "1.3.36.8.3",
        Extension,
        &[
            ("1", "id-commonpki-at-dateOfCertGen"),
            ("2", "id-commonpki-at-procuration"),
            ("3", "id-commonpki-at-admission"),
            ("4", "id-commonpki-at-monetaryLimit"),
            ("5", "id-commonpki-at-declarationOfMajority"),
            ("8", "id-commonpki-at-restriction"),
            ("13", "id-commonpki-at-certHash"),
            ("14", "id-commonpki-at-nameAtBirth"),
            ("15", "id-commonpki-at-additionalInformation"),
        ],
    ),
];
