//! PAdES policies. Made from the files of ITI; a test compares every value with them.

use time::macros::datetime;

use super::bases::{PADES_2015, PADES_2016, PADES_2018, PADES_2025_06, PADES_2025_07};
use super::rules::{EVIDENCE_RA, EVIDENCE_RA_1_0, EVIDENCE_RC, EVIDENCE_RC_1_0, STAMP};
use super::{oid, sha256, version};
use crate::model::{Policy, PolicyLevel};

/// In the order of their identifiers.
pub(super) static PADES: [Policy; 18] = [
    Policy {
        oid: oid("2.16.76.1.7.1.11.1"),
        level: PolicyLevel::AdRb,
        version: version(1, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RB_v1_0.der",
        file_sha256: "739a8249a24b681e4b2280e16055d254b26b684a7ac7bc0e5aca234cc0506bbd",
        policy_hash: sha256("501d69b4b71fc6e57323c2c74131a9c8c62409be378ba788dc288555611b9e58"),
        tsa_roots: &[],
        tsa_limits: &[],
        ..PADES_2015
    },
    Policy {
        oid: oid("2.16.76.1.7.1.11.1.1"),
        level: PolicyLevel::AdRb,
        version: version(1, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RB_v1_1.der",
        file_sha256: "95752d26ca974d46675ae7fb787b606a71ea941f26b59f6b6a321f97d63b9cb1",
        policy_hash: sha256("44fc5816eb2d705d8c8f022a7f93b3fb49edfae1a7b9149ef6fab833e9bb63f8"),
        tsa_roots: &[],
        ..PADES_2018
    },
    Policy {
        oid: oid("2.16.76.1.7.1.11.1.2"),
        level: PolicyLevel::AdRb,
        version: version(1, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RB_v1_2.der",
        file_sha256: "84ed4620c6531e4a4853adecc9e2496926c823418dd3141963ed9c4f9704a03d",
        policy_hash: sha256("bf22358c963b52971f18c822d8529c5163fe55fa8eed1068d327adc6bc082ee2"),
        tsa_roots: &[],
        ..PADES_2025_06
    },
    Policy {
        oid: oid("2.16.76.1.7.1.11.1.3"),
        level: PolicyLevel::AdRb,
        version: version(1, 3),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RB_v1_3.der",
        file_sha256: "23da544aef71f7a75dc85fa6e17a83875741e4baef41ec178258a5c86ace54dd",
        policy_hash: sha256("23e4be4b9b362172e4ebb0e72b86a133ece5aad843d8651c6e38a0ba3f08fc60"),
        tsa_roots: &[],
        ..PADES_2025_07
    },
    Policy {
        oid: oid("2.16.76.1.7.1.12.1"),
        level: PolicyLevel::AdRt,
        version: version(1, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RT_v1_0.der",
        file_sha256: "92d4f1c9cf16ae43a7e6461470b9474cc97dc9f9ff03ade6eeaf3f1ff8c11380",
        policy_hash: sha256("cefbba0147077bd216eb04d2b25c56c3d4ac60dbbe08cdd697d2dcd0029b56e8"),
        unsigned: STAMP,
        ..PADES_2015
    },
    Policy {
        oid: oid("2.16.76.1.7.1.12.1.1"),
        level: PolicyLevel::AdRt,
        version: version(1, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RT_v1_1.der",
        file_sha256: "953f7a202391c912216b9e84cf5dae75fe3e10e7f725fc77b60fca32fbac6426",
        policy_hash: sha256("fa1d44e76ad91e2f6cd471b6987e9c0f1c70d4b70da0956e7becf4dc792c0c1f"),
        unsigned: STAMP,
        ..PADES_2018
    },
    Policy {
        oid: oid("2.16.76.1.7.1.12.1.2"),
        level: PolicyLevel::AdRt,
        version: version(1, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RT_v1_2.der",
        file_sha256: "da6e12c17e9be0343abbdb494723effcb53fe95f5f0b9bbee1b35bcef3a01eef",
        policy_hash: sha256("19e0be31d91a6ffa694bbe0e9b35e4bc2f877f62dc6ac7a7833ada6345e15af8"),
        unsigned: STAMP,
        ..PADES_2025_06
    },
    Policy {
        oid: oid("2.16.76.1.7.1.12.1.3"),
        level: PolicyLevel::AdRt,
        version: version(1, 3),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RT_v1_3.der",
        file_sha256: "92a972e7c292bb884e98e650773d9e9876994effb43eb36199b06bf2864a677c",
        policy_hash: sha256("21d6e8d9f85e5626dc71307337a7cabd6ffef8d085038746775cf0ce6ba4d3b5"),
        unsigned: STAMP,
        ..PADES_2025_07
    },
    Policy {
        oid: oid("2.16.76.1.7.1.13.1"),
        level: PolicyLevel::AdRc,
        version: version(1, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RC_v1_0.der",
        file_sha256: "a1cda04a15c7b79f4cb8653647b81c869f51818e7524bc18290fc99b8a7bd4ce",
        policy_hash: sha256("b3d8a9ef6b475a8cd62f07b3edb8b0bd974dd15a165eeb197bd987d7591e0fee"),
        revoked: Some(datetime!(2016-07-15 0:00 UTC)),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RC_1_0),
        ..PADES_2015
    },
    Policy {
        oid: oid("2.16.76.1.7.1.13.1.1"),
        level: PolicyLevel::AdRc,
        version: version(1, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RC_v1_1.der",
        file_sha256: "e30d4aff9c88a1cf33ece0fe84859869c5e77802b2a23265aec9338171a48de6",
        policy_hash: sha256("3fe5e1eeea9f6723568dc9e2c313c0e19c817faa923ab29b52ea76d1fb53027c"),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RC),
        ..PADES_2016
    },
    Policy {
        oid: oid("2.16.76.1.7.1.13.1.2"),
        level: PolicyLevel::AdRc,
        version: version(1, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RC_v1_2.der",
        file_sha256: "012ad1cbe9629a53d8c310dc9e0733d3b77d6bb5877bdcd07627bb0f98771a8b",
        policy_hash: sha256("9f743696b821e535252c17df754cd9379fd2d3b6870179248c64a5c80604399d"),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RC),
        ..PADES_2018
    },
    Policy {
        oid: oid("2.16.76.1.7.1.13.1.3"),
        level: PolicyLevel::AdRc,
        version: version(1, 3),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RC_v1_3.der",
        file_sha256: "8fbcd072bb60e9776a520a53218a31fb1b0535b12ea3f6599abeef44d2cb8ba7",
        policy_hash: sha256("235488859f7ada5d4984c364cc1c8eee4673fb7c70ff8b19dd236a86f3d87cc2"),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RC),
        ..PADES_2025_06
    },
    Policy {
        oid: oid("2.16.76.1.7.1.13.1.4"),
        level: PolicyLevel::AdRc,
        version: version(1, 4),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RC_v1_4.der",
        file_sha256: "defe0ce4a45be8d7bf0a62bfe7baba5329b7665e5585568de00b9f3e56c0ce83",
        policy_hash: sha256("712f18a9f0163c1e90da6ff0b7165543378a18a0f06d3cb21668067cac229bd2"),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RC),
        ..PADES_2025_07
    },
    Policy {
        oid: oid("2.16.76.1.7.1.14.1"),
        level: PolicyLevel::AdRa,
        version: version(1, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RA_v1_0.der",
        file_sha256: "7b80c1ff81c53c55e2845039acd821790eabb1191bb311a5a352e4e384bf97b2",
        policy_hash: sha256("6d1dd552117d1de402f515f9f77ef9d30b2162995f93a2290c134c9c24387bdf"),
        revoked: Some(datetime!(2016-07-15 0:00 UTC)),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RA_1_0),
        ..PADES_2015
    },
    Policy {
        oid: oid("2.16.76.1.7.1.14.1.1"),
        level: PolicyLevel::AdRa,
        version: version(1, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RA_v1_1.der",
        file_sha256: "8e7ce798e62840acefb7180020f9a904ddc3ea6d74b3004052334bc6aafdd040",
        policy_hash: sha256("2ac50c5be4ccdde5c240a4a304f7021642841642aa0ed8b403e6c518dd9d81b6"),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RA),
        ..PADES_2016
    },
    Policy {
        oid: oid("2.16.76.1.7.1.14.1.2"),
        level: PolicyLevel::AdRa,
        version: version(1, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RA_v1_2.der",
        file_sha256: "8e7689b5533dca9ff7a56655d6ceeb5e9409c6c4aea41bb1cd4bddde8b608ff2",
        policy_hash: sha256("1f1b8e74be9626bc1702d40ce1c126eb1c9caf7bade6b1fd779c8f60e733dd7c"),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RA),
        ..PADES_2018
    },
    Policy {
        oid: oid("2.16.76.1.7.1.14.1.3"),
        level: PolicyLevel::AdRa,
        version: version(1, 3),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RA_v1_3.der",
        file_sha256: "6102b07606a2704aa5ae4d04e6583725c840ba53c56f095699a3fe24f1f2834d",
        policy_hash: sha256("542600efaa7cac8e1db8cee572ef275f6157de27cf5e2fd75466ae2dcf8fab04"),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RA),
        ..PADES_2025_06
    },
    Policy {
        oid: oid("2.16.76.1.7.1.14.1.4"),
        level: PolicyLevel::AdRa,
        version: version(1, 4),
        uri: "http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RA_v1_4.der",
        file_sha256: "b77680a623ba7b9757c38404d4759d966791338665ff5cf152c1c0917f97c548",
        policy_hash: sha256("ffa9fd474812f6ce63d625679c9ef235a6547b017be941b2c094aa868e67e123"),
        unsigned: STAMP,
        evidence: Some(EVIDENCE_RA),
        ..PADES_2025_07
    },
];
