//! Requests by OpenSSL.

use super::support::{Scratch, judge};
use crate::{Csr, KeyKind, PkiObject, SignatureCheck, read_objects};

#[test]
fn requests_by_openssl_with_extensions_and_attributes() {
    let scratch = Scratch::new();
    let config = scratch.put(
        "req.cnf",
        "[req]\nprompt=no\ndistinguished_name=dn\nattributes=attributes\nreq_extensions=ext\nstring_mask=utf8only\nutf8=yes\n\
         [dn]\nC=BR\nO=Cartório\nCN=Maria\n[attributes]\nchallengePassword=segredo!\nunstructuredName=nome\n\
         [ext]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=email:maria@example.org\n",
    );
    let (key, out) = (scratch.path("key.pem"), scratch.path("request.der"));
    for (algorithm, kind) in [
        (vec!["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "EC P-256"),
        (vec!["-newkey", "rsa:2048"], "RSA 2048 bits"),
    ] {
        let base =
            ["req", "-new", "-nodes", "-utf8", "-config", &config, "-keyout", &key, "-outform", "DER", "-out", &out];
        let Some((ok, said)) = judge("openssl", &[&base[..], &algorithm].concat()) else { return };
        assert!(ok, "{said}");
        let der = std::fs::read(&out).unwrap();
        let csr = Csr::from_der(&der).unwrap();
        assert_eq!(
            (csr.version, csr.subject.rfc4514(), csr.key.label().as_str()),
            (1, "CN=Maria,O=Cartório,C=BR", kind)
        );
        assert!(!matches!(csr.key.kind, KeyKind::Other { .. }));
        assert_eq!(csr.check_possession(), SignatureCheck::Valid);
        let names: Vec<_> = csr.extensions.iter().map(|own| (own.name.unwrap(), own.critical)).collect();
        assert_eq!(names, [("basicConstraints", true), ("keyUsage", true), ("subjectAltName", false)]);
        assert!(csr.extensions[2].lines()[0].contains("maria@example.org"), "{:?}", csr.extensions[2].lines());
        let values: Vec<_> = csr.attributes.iter().map(|own| (own.oid.as_str(), own.values.join("|"))).collect();
        assert!(values.contains(&("1.2.840.113549.1.9.7", "********".to_owned())), "{values:?}");
        assert!(values.contains(&("1.2.840.113549.1.9.2", "nome".to_owned())), "{values:?}");
        assert!(!format!("{:?}", csr.attributes).contains("segredo"));
        let bundle = read_objects(csr.pem().as_bytes()).unwrap();
        assert!(matches!(&bundle.objects[0].object, PkiObject::Csr(own) if *own == csr));
        // Another name under the same signature.
        let at = der.windows(5).position(|window| window == b"Maria").unwrap();
        let mut changed = der.clone();
        changed[at] = b'X';
        assert_eq!(Csr::from_der(&changed).unwrap().check_possession(), SignatureCheck::Wrong);
        // Cut anywhere: an error with a place inside, never a panic.
        for end in 0..der.len() {
            assert!(Csr::from_der(&der[..end]).unwrap_err().offset() <= end);
        }
    }
}
