//! An identity whose certificate comes from AWS Private CA (our own simulation of it), with a key in KMS.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_acmpca::Client;
use aws_sdk_acmpca::primitives::Blob;
use aws_sdk_acmpca::types::{
    Asn1Subject, CertificateAuthorityConfiguration, CertificateAuthorityStatus, CertificateAuthorityType as Kind,
    KeyAlgorithm, SigningAlgorithm, Validity, ValidityPeriodType,
};
use cartorio_office::dto::{
    AppState, CertificateBundle, CertificateKind, CertificateSummary, IdentitySummary, JobStatus, LegalLabel,
    ProfileView, TrustState, VerifyResult,
};
use cartorio_testkit::emulator::{ACCESS_KEY, SECRET_KEY, shared_ministack, shared_private_ca};
use serde_json::{Value, json};

use crate::aws::{Keys, REGION, inputs, production};
use crate::host::{Host, path_of, sign_request};
use crate::judges;

const ALGORITHM: SigningAlgorithm = SigningAlgorithm::Sha256Withecdsa;

pub fn admin(endpoint: &str) -> Client {
    Client::from_conf(
        aws_sdk_acmpca::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(REGION))
            .credentials_provider(aws_credential_types::Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test"))
            .endpoint_url(endpoint)
            .build(),
    )
}

/// A new authority, certified by `issuer` (a root, where there is none). Gives its ARN.
pub async fn authority(admin: &Client, name: &str, issuer: Option<&str>) -> String {
    let configuration = CertificateAuthorityConfiguration::builder()
        .key_algorithm(KeyAlgorithm::EcPrime256v1)
        .signing_algorithm(ALGORITHM)
        .subject(Asn1Subject::builder().country("BR").organization("Cartório de Ensaio").common_name(name).build())
        .build()
        .unwrap();
    let (kind, template, days) = match issuer {
        None => (Kind::Root, "RootCACertificate", 3650),
        Some(_) => (Kind::Subordinate, "SubordinateCACertificate_PathLen0", 730),
    };
    let made = admin
        .create_certificate_authority()
        .certificate_authority_configuration(configuration)
        .certificate_authority_type(kind)
        .send();
    let arn = made.await.unwrap().certificate_authority_arn.unwrap();
    let issuer = issuer.unwrap_or(&arn);
    let csr = admin.get_certificate_authority_csr().certificate_authority_arn(&arn).send().await.unwrap().csr.unwrap();
    let validity = Validity::builder().r#type(ValidityPeriodType::Days).value(days).build().unwrap();
    let issued = admin
        .issue_certificate()
        .certificate_authority_arn(issuer)
        .csr(Blob::new(csr))
        .signing_algorithm(ALGORITHM)
        .template_arn(format!("arn:aws:acm-pca:::template/{template}/V1"))
        .validity(validity)
        .send();
    let issued = issued.await.unwrap().certificate_arn.unwrap();
    let found = loop {
        match admin.get_certificate().certificate_authority_arn(issuer).certificate_arn(&issued).send().await {
            Ok(found) => break found,
            Err(error) => {
                assert!(error.as_service_error().unwrap().is_request_in_progress_exception(), "{error:?}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    admin
        .import_certificate_authority_certificate()
        .certificate_authority_arn(&arn)
        .certificate(Blob::new(found.certificate.unwrap()))
        .set_certificate_chain(found.certificate_chain.map(Blob::new))
        .send()
        .await
        .unwrap();
    arn
}

/// Points Private CA, and it alone, at `endpoint`.
pub async fn private_ca_at(host: &Host, kms: &str, endpoint: &str, keys: &Keys) {
    let profile = json!({
        "name": "ensaio", "region": REGION, "endpoint": kms, "acm_pca_endpoint": endpoint, "use_fips": false,
        "source": "keyring", "named_profile": null, "access_keys": host.sealed(&keys.json()).await,
    });
    let profiles: Vec<ProfileView> = host.ask("profile_save", profile).await.unwrap();
    assert_eq!(profiles[0].acm_pca_endpoint.as_deref(), Some(endpoint));
    host.ask::<AppState>("production_start", json!({"profile": "ensaio"})).await.unwrap();
}

pub fn request(key: &str, label: &str, authority: &str) -> Value {
    json!({"key_ref": key, "label": label, "holder": "HELENA PRADO", "email": "helena@exemplo.com.br", "authority": authority})
}

#[tokio::test]
async fn an_identity_by_a_private_ca_signs_and_its_root_is_what_judges_need() {
    let (Some(ministack), Some(server)) = (shared_ministack(), shared_private_ca()) else { return };
    let host = production(&ministack.endpoint()).await;
    private_ca_at(&host, &ministack.endpoint(), &server.endpoint(), &Keys::root()).await;
    let admin = admin(&server.endpoint());
    let root = authority(&admin, "AC Raiz do Estado de Ensaio", None).await;
    let issuing = authority(&admin, "AC de Ensaio", Some(&root)).await;

    let key = host.key("RSA_2048", "privada").await;
    let seq = host.last_seq().await;
    let identity: IdentitySummary =
        host.ask("identity_create", request(&key.key_ref, "Pela AC de Ensaio", &issuing)).await.unwrap();
    assert_eq!((identity.issuer.as_str(), identity.holder.as_str()), ("AC de Ensaio", "HELENA PRADO"));
    assert_ne!(identity.legal, LegalLabel::Demonstration);

    // The trail says which authority, before and after.
    let records = host.trail().await;
    let about: Vec<_> =
        records.iter().filter(|record| record.seq > seq && record.detail.contains_key("authority")).collect();
    assert!(about.iter().all(|record| record.detail["authority"] == issuing));
    let acts: Vec<_> = about.iter().map(|record| (record.act.as_str(), record.phase.as_str())).collect();
    for act in ["identity_created", "certificate_issued"] {
        for phase in ["intent", "succeeded"] {
            assert!(acts.contains(&(act, phase)), "{act} {phase}: {acts:?}");
        }
    }

    // Its chain is the Private CA's, kept without trusting all that it issues; the own CA is still the own CA.
    let bundle: CertificateBundle =
        host.ask("certificates_open", json!({"from": "identity", "id": identity.id})).await.unwrap();
    assert_eq!(bundle.certificates.len(), 3);
    let root = bundle.certificates.iter().find(|node| node.parent.is_none()).unwrap();
    assert!(records.iter().any(|record| record.detail.get("root") == Some(&root.certificate.sha256)));
    let listed: Vec<CertificateSummary> = host.ask("certificates_list", json!({})).await.unwrap();
    let roots: Vec<_> = listed.iter().filter(|own| own.kind == CertificateKind::Root).collect();
    assert_eq!(roots.len(), 1, "the private CA's root is kept, not trusted");
    assert!(listed.iter().all(|own| !own.exportable));

    let documents = host.pick(&inputs(&host)[..1]).await;
    let mut wanted = sign_request(&identity.id, &documents);
    wanted.output_folder = Some(host.pick_folder(&host.folder("assinados-pca")).await.id);
    let job = host.sign(&wanted).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{job:#?}");
    let signed = path_of(job.items[0].output.as_ref().unwrap());
    let root_file = host.root_pem(&identity.id).await;
    judges::pdfsig(&signed);
    judges::pyhanko(&signed, &root_file, 1);

    // Its root is no anchor of this office: not known, and not wrong.
    let report = host.verify_path(&signed).await;
    assert_eq!(report.result, VerifyResult::Indeterminate, "{report:#?}");
    assert!(report.signatures[0].reasons.contains(&"untrusted_root".to_owned()), "{report:#?}");
    let chain = report.signatures[0].certificates.as_ref().unwrap();
    assert!(chain.certificates.iter().all(|node| node.trust != TrustState::Untrusted), "{chain:#?}");

    // A second one by the same authority keeps the chain once; one by the own CA is as before.
    let second = host.key("ECC_NIST_P256", "segunda").await;
    host.ask::<IdentitySummary>("identity_create", request(&second.key_ref, "Segunda", &issuing)).await.unwrap();
    let own = host.identity("ECC_NIST_P256", "propria").await;
    assert_eq!(own.issuer, "AC Intermediária interna");
    let listed: Vec<CertificateSummary> = host.ask("certificates_list", json!({})).await.unwrap();
    assert_eq!(listed.iter().filter(|own| own.kind == CertificateKind::Root).count(), 1);

    // Starting again finds the own CA, not the other one, and makes no list for what has no key here.
    host.ask::<AppState>("production_start", json!({"profile": "ensaio"})).await.unwrap();
    assert_eq!(host.identity("ECC_NIST_P256", "depois").await.issuer, "AC Intermediária interna");
    host.assert_sound().await;
}

#[tokio::test]
async fn an_authority_that_refuses_leaves_no_identity_and_a_failed_act() {
    let (Some(ministack), Some(server)) = (shared_ministack(), shared_private_ca()) else { return };
    let host = production(&ministack.endpoint()).await;
    private_ca_at(&host, &ministack.endpoint(), &server.endpoint(), &Keys::root()).await;
    let admin = admin(&server.endpoint());
    let root = authority(&admin, "AC de Ensaio", None).await;
    let key = host.key("ECC_NIST_P256", "recusada").await;
    let refusals =
        [("ca_bad_authority", "AC de Ensaio".to_owned()), ("ca_unknown_authority", root.replace(REGION, "us-east-1"))];
    for (code, arn) in refusals {
        let seq = host.last_seq().await;
        assert_eq!(host.code("identity_create", request(&key.key_ref, "x", &arn)).await, code);
        assert_eq!(host.phases("identity_created", seq).await, ["intent".to_owned(), format!("failed:{code}")]);
    }
    let update = admin.update_certificate_authority().certificate_authority_arn(&root);
    update.status(CertificateAuthorityStatus::Disabled).send().await.unwrap();
    let error = host.refused("identity_create", request(&key.key_ref, "x", &root)).await;
    assert_eq!((error.code.as_str(), error.params["state"].as_str()), ("ca_not_active", "disabled"), "{error:?}");
    private_ca_at(&host, &ministack.endpoint(), "http://127.0.0.1:9", &Keys::root()).await;
    let error = host.refused("identity_create", request(&key.key_ref, "x", &root)).await;
    assert_eq!((error.code.as_str(), error.params["endpoint"].as_str()), ("aws_unreachable", "http://127.0.0.1:9"));
    assert!(host.identities().await.is_empty());
    host.assert_sound().await;
}

#[tokio::test]
async fn the_demonstration_has_no_account_to_ask() {
    let host = Host::demo().await;
    let key = host.key("ECC_NIST_P256", "demonstracao").await;
    let arn = "arn:aws:acm-pca:sa-east-1:123456789012:certificate-authority/0a1b";
    assert_eq!(host.code("identity_create", request(&key.key_ref, "x", arn)).await, "aws_no_credentials");
}
