//! OCSP responders that may be revoked themselves.

use cartorio_testkit::lab::Lab;

use super::bad::serve;
use super::*;
use crate::certificates::holder_name;

/// A leaf of `issuing` whose answers a responder gives that has no id-pkix-ocsp-nocheck: `openssl ocsp` behind a server here.
async fn answered_by(lab: &'static Lab, name: &'static str, serial: u32, evidence_of_responder: &str) -> Certificate {
    let urls = lab.urls();
    let issue = |who: &str, number: u32, extensions: &str| {
        let of = |end: &str| format!("{name}-{who}.{end}");
        std::fs::write(lab.path(&of("ext")), extensions).unwrap();
        let subject = format!("/CN={who} {name}");
        let (key, csr, pem, ext, serial) = (of("key"), of("csr"), of("pem"), of("ext"), number.to_string());
        let made = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", &subject, "-keyout", &key, "-out", &csr];
        openssl(lab, &made);
        openssl(
            lab,
            &[
                "x509",
                "-req",
                "-in",
                &csr,
                "-CA",
                "issuing.pem",
                "-CAkey",
                "issuing.key",
                "-set_serial",
                &serial,
                "-days",
                "30",
                "-extfile",
                &ext,
                "-out",
                &pem,
            ],
        );
    };
    let index = format!("{name}.index");
    let line = |number: u32| format!("V\t401231235959Z\t\t{number:04X}\tunknown\t/CN={number}\n");
    std::fs::write(lab.path(&index), format!("{}{}", line(serial), line(serial + 1))).unwrap();
    let url = serve(Arc::new(move |question: &[u8]| {
        let of = |end: &str| format!("{name}-responder.{end}");
        let (asked, given) = (format!("{name}.req"), format!("{name}.resp"));
        std::fs::write(lab.path(&asked), question).unwrap();
        openssl(
            lab,
            &[
                "ocsp",
                "-index",
                &index,
                "-CA",
                "issuing.pem",
                "-rsigner",
                &of("pem"),
                "-rkey",
                &of("key"),
                "-reqin",
                &asked,
                "-respout",
                &given,
                "-ndays",
                "1",
            ],
        );
        Some(std::fs::read(lab.path(&given)).unwrap())
    }))
    .await;
    assert!(urls.crls.contains_key("issuing"));
    issue("leaf", serial, &format!("authorityInfoAccess=OCSP;URI:{url}\n"));
    let evidence = evidence_of_responder.replace("OWN", &url).replace("LIST", &urls.crls["issuing"]);
    issue("responder", serial + 1, &format!("extendedKeyUsage=OCSPSigning\n{evidence}\n"));
    let pem = std::fs::read(lab.path(&format!("{name}-leaf.pem"))).unwrap();
    cartorio_pki::read_objects(&pem).unwrap().certificates().remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_responder_is_proved_too_and_never_by_its_own_word() {
    let Some(lab) = Lab::shared() else { return };
    let warm = sources(lab, trusting(lab), Vec::new());
    let pool = [certificate(lab, "issuing")];
    let listed = answered_by(lab, "listed", 0x7101, "crlDistributionPoints=URI:LIST").await;
    let at = OffsetDateTime::now_utc();
    let material = evidence_for(&warm, std::slice::from_ref(&listed), &pool, at).await.unwrap();
    assert!(material.missing.is_empty(), "{:?}", material.missing);
    let kinds: Vec<(&str, &str)> = material.proofs.iter().map(|own| (own.name.as_str(), own.kind)).collect();
    assert!(kinds.contains(&("leaf listed", "ocsp")) && kinds.contains(&("responder listed", "crl")), "{kinds:?}");
    assert!(material.certificates.iter().any(|own| holder_name(own) == "responder listed"));
    assert_eq!((material.ocsps.len(), material.crls.len()), (1, 2), "{kinds:?}");

    // One whose only witness is itself.
    let alone = answered_by(lab, "alone", 0x7201, "authorityInfoAccess=OCSP;URI:OWN").await;
    let at = OffsetDateTime::now_utc();
    let material = evidence_for(&warm, &[alone], &pool, at).await.unwrap();
    let told: Vec<_> =
        material.missing.iter().map(|own| (own.name.as_str(), own.what.code(), own.why.code())).collect();
    assert_eq!(told, [("responder alone", "revocation", "unusable")]);
}
