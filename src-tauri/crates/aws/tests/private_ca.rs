//! AWS Private CA: what it issues, judged by OpenSSL, and everything that it may answer instead.
//!
//! The server is our own simulation (`tests/interop/private_ca_server.py`), so these tests prove that our requests are well
//! formed, that what comes back is checked, and that errors come out as themselves; not that AWS behaves so.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_sdk_acmpca::Client;
use aws_sdk_acmpca::primitives::Blob;
use aws_sdk_acmpca::types::{
    Asn1Subject, CertificateAuthorityConfiguration, CertificateAuthorityStatus, CertificateAuthorityType, KeyAlgorithm,
    SigningAlgorithm, Validity as SdkValidity, ValidityPeriodType,
};
use cartorio_aws::{AwsPrivateCa, Limits};
use cartorio_core::Digest;
use cartorio_keys::conformance::unique_alias;
use cartorio_keys::{
    DigestSigner, KeyError, KeyManager, KeyResult, KeySpec, PublicKey, Signature, SignatureAlgorithm, SoftwareKey,
};
use cartorio_pki::ca::{
    AttributeType, CaError, CertificateAuthority, CertificateRequest, CrlRequest, Profile, Subject,
};
use cartorio_pki::{Certificate, KeyUsage, Serial, Validity};
use cartorio_testkit::emulator::{ACCESS_KEY, SECRET_KEY, shared_ministack, shared_private_ca, start_microburst};
use common::{Caller, REGION, kms, request, session};
use time::{Duration as Days, OffsetDateTime};
use tokio::sync::OnceCell;

/// A root and an authority below it, made with the plain SDK as an administrator would.
struct Hierarchy {
    admin: Client,
    root: String,
    subordinate: String,
}

fn admin(endpoint: &str) -> Client {
    Client::from_conf(
        aws_sdk_acmpca::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(REGION))
            .credentials_provider(aws_credential_types::Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"))
            .endpoint_url(endpoint)
            .build(),
    )
}

async fn create(admin: &Client, name: &str, kind: CertificateAuthorityType, key: Key) -> String {
    let configuration = CertificateAuthorityConfiguration::builder()
        .key_algorithm(key.0)
        .signing_algorithm(key.1)
        .subject(Asn1Subject::builder().country("BR").organization("Cartório de Ensaio").common_name(name).build())
        .build()
        .unwrap();
    let answer = admin
        .create_certificate_authority()
        .certificate_authority_configuration(configuration)
        .certificate_authority_type(kind)
        .send()
        .await
        .unwrap();
    answer.certificate_authority_arn.unwrap()
}

/// Certifies `authority` by `issuer` (by itself, for a root).
async fn certify(
    admin: &Client,
    issuer: &str,
    authority: &str,
    template: &str,
    days: i64,
    algorithm: SigningAlgorithm,
) {
    let csr =
        admin.get_certificate_authority_csr().certificate_authority_arn(authority).send().await.unwrap().csr.unwrap();
    let validity = SdkValidity::builder().r#type(ValidityPeriodType::Days).value(days).build().unwrap();
    let answer = admin
        .issue_certificate()
        .certificate_authority_arn(issuer)
        .csr(Blob::new(csr))
        .signing_algorithm(algorithm)
        .template_arn(format!("arn:aws:acm-pca:::template/{template}/V1"))
        .validity(validity)
        .send()
        .await
        .unwrap();
    let arn = answer.certificate_arn.unwrap();
    let found = loop {
        match admin.get_certificate().certificate_authority_arn(issuer).certificate_arn(&arn).send().await {
            Ok(found) => break found,
            Err(error) => {
                assert!(error.as_service_error().unwrap().is_request_in_progress_exception(), "{error:?}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    admin
        .import_certificate_authority_certificate()
        .certificate_authority_arn(authority)
        .certificate(Blob::new(found.certificate.unwrap()))
        .set_certificate_chain(found.certificate_chain.map(Blob::new))
        .send()
        .await
        .unwrap();
}

#[derive(Clone)]
struct Key(KeyAlgorithm, SigningAlgorithm);

fn p256() -> Key {
    Key(KeyAlgorithm::EcPrime256v1, SigningAlgorithm::Sha256Withecdsa)
}

async fn hierarchy(endpoint: &str, root: Key, subordinate: Key) -> Hierarchy {
    let admin = admin(endpoint);
    let root_arn = create(&admin, "AC Raiz de Ensaio", CertificateAuthorityType::Root, root.clone()).await;
    certify(&admin, &root_arn, &root_arn, "RootCACertificate", 3650, root.1.clone()).await;
    let arn = create(&admin, "AC de Ensaio", CertificateAuthorityType::Subordinate, subordinate).await;
    certify(&admin, &root_arn, &arn, "SubordinateCACertificate_PathLen0", 730, root.1).await;
    Hierarchy { admin, root: root_arn, subordinate: arn }
}

/// One hierarchy on P-256 for every test that leaves it as it is.
async fn shared(endpoint: &str) -> &'static Names {
    static SHARED: OnceCell<Names> = OnceCell::const_new();
    SHARED
        .get_or_init(|| async {
            let Hierarchy { root, subordinate, .. } = hierarchy(endpoint, p256(), p256()).await;
            Names { root, subordinate }
        })
        .await
}

/// ARNs of a root and of the authority below it.
struct Names {
    root: String,
    subordinate: String,
}

/// A software key that signs as a KMS key does.
struct Holder(SoftwareKey);

impl Holder {
    fn new(spec: KeySpec) -> Self {
        Self(SoftwareKey::generate(spec).unwrap())
    }
}

#[async_trait]
impl DigestSigner for Holder {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.public_key().spec.default_algorithm()
    }

    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        let value = self.0.sign_digest(self.algorithm(), digest)?;
        Ok(Signature { value, key_id: "ensaio".to_owned(), request_id: None, attempts: 1 })
    }
}

fn wanted(holder: &dyn DigestSigner) -> CertificateRequest {
    let now = OffsetDateTime::now_utc();
    CertificateRequest {
        subject: Subject::new([
            (AttributeType::Country, "BR"),
            (AttributeType::Organization, "1º Ofício de Ensaio"),
            (AttributeType::CommonName, "Helena Prado da Conceição"),
        ])
        .unwrap(),
        spki: holder.public_key().spki.clone(),
        profile: Profile::DocumentSigner { email: Some("helena@exemplo.com.br".to_owned()) },
        validity: Validity { not_before: now - Days::minutes(5), not_after: now + Days::days(365) },
        serial: Serial::random().unwrap(),
    }
}

async fn open_as(endpoint: &str, access_key_id: &str, arn: &str) -> Result<AwsPrivateCa, CaError> {
    let caller = Caller { access_key_id: access_key_id.to_owned(), ..Caller::default() };
    session(endpoint, caller).await.private_ca(arn).await
}

async fn issue_as(endpoint: &str, access_key_id: &str, arn: &str) -> Result<Vec<Certificate>, CaError> {
    let holder = Holder::new(KeySpec::EcP256);
    open_as(endpoint, access_key_id, arn).await?.issue(wanted(&holder), &holder).await
}

/// OpenSSL takes leaf ← subordinates ← root, strictly; and says what is in the leaf.
fn openssl(chain: &[Certificate]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (leaf, above) = chain.split_first().unwrap();
    let (root, between) = above.split_last().unwrap();
    let leaf = put("leaf.pem", leaf.pem());
    let root = put("root.pem", root.pem());
    let between = put("between.pem", between.iter().map(|own| own.pem()).collect());
    let verify = |root: &Path| {
        let mut command = Command::new("openssl");
        command.args(["verify", "-x509_strict", "-check_ss_sig", "-CAfile"]).arg(root);
        command.arg("-untrusted").arg(&between).arg(&leaf).output().unwrap()
    };
    let output = verify(&root);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!verify(&leaf).status.success(), "a judge that takes any root judges nothing");
    let shown =
        Command::new("openssl").args(["x509", "-noout", "-text", "-nameopt", "utf8", "-in"]).arg(&leaf).output();
    String::from_utf8_lossy(&shown.unwrap().stdout).into_owned()
}

#[tokio::test]
async fn certificates_of_either_kind_of_key_chain_up_to_the_root_for_openssl() {
    let Some(server) = shared_private_ca() else { return };
    let endpoint = server.endpoint();
    let rsa = |algorithm| Key(KeyAlgorithm::Rsa2048, algorithm);
    for (root, subordinate, spec) in [
        (p256(), p256(), KeySpec::EcP256),
        (rsa(SigningAlgorithm::Sha256Withrsa), rsa(SigningAlgorithm::Sha512Withrsa), KeySpec::Rsa2048),
        (
            Key(KeyAlgorithm::EcSecp384r1, SigningAlgorithm::Sha384Withecdsa),
            rsa(SigningAlgorithm::Sha256WithrsaPss),
            KeySpec::EcP256,
        ),
    ] {
        let own = hierarchy(&endpoint, root, subordinate).await;
        let ca = open_as(&endpoint, ACCESS_KEY, &own.subordinate).await.unwrap();
        assert_eq!(ca.chain().len(), 2, "the authority and its root");
        let holder = Holder::new(spec);
        let asked = wanted(&holder);
        let until = asked.validity.not_after;
        let chain = ca.issue(asked, &holder).await.unwrap();
        assert_eq!(chain[1..], *ca.chain());
        assert!(chain[2].is_self_signed());
        let leaf = &chain[0];
        assert_eq!(leaf.public_key().as_ref(), Some(holder.public_key()));
        assert_eq!(leaf.validity.not_after.unix_timestamp(), until.unix_timestamp());
        assert_eq!(leaf.key_usage, Some(vec![KeyUsage::DigitalSignature, KeyUsage::NonRepudiation]));
        let said = openssl(&chain);
        for wanted in [
            "Helena Prado da Conceição",
            "CA:FALSE",
            "Digital Signature, Non Repudiation",
            "1.3.6.1.5.5.7.3.36, E-mail Protection",
            "email:helena@exemplo.com.br",
        ] {
            assert!(said.contains(wanted), "no {wanted:?} in {said}");
        }
    }
}

#[tokio::test]
async fn a_key_in_kms_gets_a_certificate_without_leaving_it() {
    let (Some(server), Some(ministack)) = (shared_private_ca(), shared_ministack()) else { return };
    let endpoint = server.endpoint();
    let own = shared(&endpoint).await;
    let kms = kms(&ministack.endpoint()).await;
    let key = kms.create(request(KeySpec::Rsa2048, &unique_alias("identidade"))).await.unwrap();
    let algorithm = KeySpec::Rsa2048.default_algorithm();
    let holder = kms.signer(&key.key_ref, algorithm).await.unwrap();
    let ca = open_as(&endpoint, ACCESS_KEY, &own.subordinate).await.unwrap();
    openssl(&ca.issue(wanted(&*holder), &*holder).await.unwrap());
}

#[tokio::test]
async fn a_root_issues_by_itself_and_validity_is_clipped_to_the_authority() {
    let Some(server) = shared_private_ca() else { return };
    let own = shared(&server.endpoint()).await;
    let holder = Holder::new(KeySpec::EcP256);
    let long = |mut asked: CertificateRequest| {
        asked.validity.not_after += Days::days(3650);
        asked
    };
    for (arn, length) in [(&own.root, 2), (&own.subordinate, 3)] {
        let ca = open_as(&server.endpoint(), ACCESS_KEY, arn).await.unwrap();
        let chain = ca.issue(long(wanted(&holder)), &holder).await.unwrap();
        assert_eq!(chain.len(), length);
        assert_eq!(chain[0].validity.not_after, chain[1].validity.not_after);
    }
}

#[tokio::test]
async fn what_it_may_not_or_cannot_issue_is_refused_before_aws_is_asked() {
    let Some(server) = shared_private_ca() else { return };
    let own = shared(&server.endpoint()).await;
    // Whoever is denied IssueCertificate would be told so, were AWS asked.
    let ca = open_as(&server.endpoint(), "denied", &own.subordinate).await.unwrap();
    let (holder, thief) = (Holder::new(KeySpec::EcP256), Holder::new(KeySpec::EcP256));
    let refused = ca.issue(wanted(&holder), &thief).await.unwrap_err();
    assert_eq!(refused.code(), "ca_holder_mismatch");
    let further = CertificateRequest { profile: Profile::IssuingCa { path_len: 0 }, ..wanted(&holder) };
    assert_eq!(ca.issue(further, &holder).await.unwrap_err().code(), "ca_unsupported");
    let now = OffsetDateTime::now_utc();
    let late = Validity { not_before: now + Days::days(4000), not_after: now + Days::days(4001) };
    let late = CertificateRequest { validity: late, ..wanted(&holder) };
    assert_eq!(ca.issue(late, &holder).await.unwrap_err().code(), "ca_outside_issuer_validity");
    let list = CrlRequest { revoked: Vec::new(), number: 1, this_update: now, next_update: now + Days::days(1) };
    assert_eq!(ca.crl(list).await.unwrap_err().code(), "ca_unsupported");
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let Some(server) = shared_private_ca() else { return };
    let own = shared(&server.endpoint()).await;
    let denied = issue_as(&server.endpoint(), "denied", &own.subordinate).await.unwrap_err();
    assert_eq!(denied.code(), "aws_access_denied");
    assert!(
        matches!(&denied, CaError::Remote(KeyError::AccessDenied { action, .. }) if action == "acm-pca:IssueCertificate"),
        "{denied:?}"
    );
}

#[tokio::test]
async fn an_authority_that_does_not_issue_says_why() {
    let Some(server) = shared_private_ca() else { return };
    let endpoint = server.endpoint();
    let own = hierarchy(&endpoint, p256(), p256()).await;
    let pending = create(&own.admin, "AC por nascer", CertificateAuthorityType::Subordinate, p256()).await;
    let state = |outcome: Result<AwsPrivateCa, CaError>| match outcome.err() {
        Some(CaError::NotActive { state, .. }) => state,
        other => panic!("{other:?}"),
    };
    assert_eq!(state(open_as(&endpoint, ACCESS_KEY, &pending).await), "pending_certificate");

    let ca = open_as(&endpoint, ACCESS_KEY, &own.subordinate).await.unwrap();
    for (status, name) in [
        (CertificateAuthorityStatus::Disabled, "disabled"),
        (CertificateAuthorityStatus::Expired, "expired"),
        (CertificateAuthorityStatus::Failed, "failed"),
    ] {
        own.admin
            .update_certificate_authority()
            .certificate_authority_arn(&own.subordinate)
            .status(status)
            .send()
            .await
            .unwrap();
        assert_eq!(state(open_as(&endpoint, ACCESS_KEY, &own.subordinate).await), name);
        // Also when it happens between opening and issuing.
        let holder = Holder::new(KeySpec::EcP256);
        let outcome = ca.issue(wanted(&holder), &holder).await.unwrap_err();
        assert!(matches!(&outcome, CaError::NotActive { state, .. } if state == name), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_told_apart_from_one_that_is_none() {
    let Some(server) = shared_private_ca() else { return };
    let endpoint = server.endpoint();
    let own = shared(&endpoint).await;
    let elsewhere = own.subordinate.replace(REGION, "us-east-1");
    let outcome = open_as(&endpoint, ACCESS_KEY, &elsewhere).await.err().unwrap();
    assert!(
        matches!(&outcome, CaError::UnknownAuthority { region, .. } if region == "us-east-1"),
        "the region of the ARN is asked, and named: {outcome:?}"
    );
    for text in ["", "AC de Ensaio", "arn:aws:kms:sa-east-1:123456789012:key/1", &format!("{}/certificate/1", own.root)]
    {
        let outcome = open_as(&endpoint, ACCESS_KEY, text).await.err().unwrap();
        assert_eq!(outcome.code(), "ca_bad_authority", "{text}");
    }
}

#[tokio::test]
async fn an_unreachable_service_is_named_and_throttling_is_told() {
    let outcome =
        open_as("http://127.0.0.1:9", ACCESS_KEY, "arn:aws:acm-pca:sa-east-1:123456789012:certificate-authority/0a1b")
            .await
            .err()
            .unwrap();
    assert!(
        matches!(&outcome, CaError::Remote(KeyError::Unreachable { endpoint, .. }) if endpoint == "http://127.0.0.1:9"),
        "{outcome:?}"
    );

    let Some(server) = shared_private_ca() else { return };
    let own = shared(&server.endpoint()).await;
    let Some(proxy) = start_microburst(&server.endpoint()) else { return };
    let holder = Holder::new(KeySpec::EcP256);
    let limits = Limits { attempts: 2, ..Limits::default() };
    let session = session(&proxy.endpoint(), Caller { limits, ..Caller::default() }).await;
    let ca = session.private_ca(&own.subordinate).await.unwrap();
    let fault = |operation: &str, times: u32, code: &str| {
        proxy.add_rules(&format!(
            r#"[{{"service":"acm-pca","operation":"{operation}","times":{times},"error":{{"code":"{code}"}}}}]"#
        ));
    };
    fault("IssueCertificate", 1, "ThrottlingException");
    assert!(ca.issue(wanted(&holder), &holder).await.is_ok(), "one refusal is absorbed");
    fault("IssueCertificate", 2, "ThrottlingException");
    let outcome = ca.issue(wanted(&holder), &holder).await.unwrap_err();
    assert!(matches!(&outcome, CaError::Remote(KeyError::Throttled { attempts: 2 })), "{outcome:?}");
    // One refusal only: a second attempt would succeed.
    fault("IssueCertificate", 1, "LimitExceededException");
    let outcome = ca.issue(wanted(&holder), &holder).await.unwrap_err();
    assert!(matches!(&outcome, CaError::Remote(KeyError::LimitExceeded { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_certificate_that_is_never_ready_is_not_waited_for_forever() {
    let Some(server) = shared_private_ca() else { return };
    let own = shared(&server.endpoint()).await;
    // It is waited for as long as one operation may take.
    let limits = Limits { operation: Duration::from_secs(5), ..Limits::default() };
    let caller = Caller { access_key_id: "slow".to_owned(), limits, ..Caller::default() };
    let ca = session(&server.endpoint(), caller).await.private_ca(&own.subordinate).await.unwrap();
    let holder = Holder::new(KeySpec::EcP256);
    let begin = std::time::Instant::now();
    let outcome = ca.issue(wanted(&holder), &holder).await.unwrap_err();
    assert!(
        matches!(&outcome, CaError::NotYetIssued { certificate } if certificate.starts_with(&own.subordinate)),
        "{outcome:?}"
    );
    assert!(begin.elapsed() < Limits::default().operation);
}

#[tokio::test]
async fn a_repeated_request_is_one_certificate() {
    let Some(server) = shared_private_ca() else { return };
    let own = shared(&server.endpoint()).await;
    let ca = open_as(&server.endpoint(), ACCESS_KEY, &own.subordinate).await.unwrap();
    let holder = Holder::new(KeySpec::EcP256);
    let asked = wanted(&holder);
    let first = ca.issue(asked.clone(), &holder).await.unwrap();
    assert_eq!(ca.issue(asked, &holder).await.unwrap()[0], first[0]);
    assert_ne!(ca.issue(wanted(&holder), &holder).await.unwrap()[0], first[0]);
}

#[tokio::test]
async fn a_certificate_that_is_not_what_was_asked_for_is_refused() {
    let Some(server) = shared_private_ca() else { return };
    let own = shared(&server.endpoint()).await;
    for (lie, reason) in [
        ("lie-key", "for another key"),
        ("lie-name", "for another name"),
        ("lie-issuer", "not signed by the authority"),
        ("lie-ca", "an authority's"),
        ("lie-usage", "not for signing documents"),
        ("lie-validity", "valid for longer"),
    ] {
        let outcome = issue_as(&server.endpoint(), lie, &own.subordinate).await.unwrap_err();
        assert!(
            matches!(&outcome, CaError::WrongAnswer { reason: said } if said.contains(reason)),
            "{lie}: {outcome:?}"
        );
    }
}
