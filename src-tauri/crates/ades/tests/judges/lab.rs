//! What the laboratory gives to a signature: keys, time stamps, evidence; and EU DSS's word on the result.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering};

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cades::{CadesRequest, prepare_detached};
use cartorio_ades::create::cms::Prepared;
use cartorio_ades::create::timestamp::Query;
use cartorio_ades::create::upgrade::{
    Values, add_archive_timestamp, add_unsigned, add_values, archive_input, signature_timestamp, signature_value,
};
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::SignatureAlgorithm;
use cartorio_testkit::judges::{DssJob, DssSignature, dss};
use cartorio_testkit::lab::{Lab, Person};
use time::OffsetDateTime;

pub const SHA256: HashAlgorithm = HashAlgorithm::Sha256;
/// Bytes that a text-mode verifier would change.
pub const CONTENT: &[u8] = b"Escritura p\xc3\xbablica\r\nlinha dois\n\0\xff";

/// A detached B-B signature over [`CONTENT`].
pub fn sign(lab: &Lab, person: Person, algorithm: SignatureAlgorithm, extras: SignedExtras) -> Vec<u8> {
    let prepared = prepared(lab, person, algorithm, extras);
    let value = lab.key(person).sign_digest(algorithm, &prepared.tbs_digest()).unwrap();
    prepared.finish(&value).unwrap()
}

/// The first phase of [`sign`].
pub fn prepared(lab: &Lab, person: Person, algorithm: SignatureAlgorithm, extras: SignedExtras) -> Prepared {
    let identity = lab.person(person);
    prepare_detached(CadesRequest {
        signer_certificate: &identity.certificate,
        chain: identity.chain.iter().map(Vec::as_slice).collect(),
        algorithm,
        content_digest: Digest::of(algorithm.hash(), CONTENT),
        signing_time: OffsetDateTime::now_utc(),
        extras,
    })
    .unwrap()
}

/// A token over `imprint` by the authority at `url`.
pub fn stamp(lab: &Lab, url: &str, imprint: Digest) -> Vec<u8> {
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let query = Query::new(imprint, [COUNT.fetch_add(1, Ordering::Relaxed); 16], None);
    query.accept(&lab.stamp(url, &query.der())).unwrap().der
}

pub fn with_signature_timestamp(lab: &Lab, url: &str, cms: &[u8], signer: usize, hash: HashAlgorithm) -> Vec<u8> {
    let token = stamp(lab, url, Digest::of(hash, &signature_value(cms, signer).unwrap()));
    add_unsigned(cms, signer, &signature_timestamp(cms, signer, &token).unwrap()).unwrap()
}

/// Everything that validating a signer under `root`, and the authorities, takes.
pub struct Evidence {
    pub certificates: Vec<Vec<u8>>,
    pub crls: Vec<Vec<u8>>,
    pub ocsps: Vec<Vec<u8>>,
}

impl Evidence {
    pub fn gather(lab: &Lab, person: Person) -> Self {
        let icp = person.root() == "icp-root";
        let issuers = if icp { ["icp-root", "icp-issuing"] } else { ["root", "issuing"] };
        let mut names = vec![person.label(), "act", "root"];
        names.extend(issuers);
        let mut labels: Vec<&str> = names.clone();
        labels.extend(["tsa", "tsa-p256", "tsa-openssl"]);
        if !icp {
            labels.push("ocsp");
        }
        let mut crls: Vec<Vec<u8>> = issuers.iter().map(|issuer| lab.crl(issuer)).collect();
        crls.push(lab.crl("act"));
        if icp {
            crls.push(lab.crl("root"));
        }
        let ocsps = if icp { Vec::new() } else { vec![ocsp(lab, person.label(), "issuing")] };
        Self { certificates: labels.iter().map(|label| lab.certificate(label)).collect(), crls, ocsps }
    }

    pub fn values(&self) -> Values<'_> {
        fn all(list: &[Vec<u8>]) -> Vec<&[u8]> {
            list.iter().map(Vec::as_slice).collect()
        }
        Values { certificates: all(&self.certificates), crls: all(&self.crls), ocsps: all(&self.ocsps) }
    }
}

/// The responder's word on `label`, asked with a request that OpenSSL makes.
pub fn ocsp(lab: &Lab, label: &str, issuer: &str) -> Vec<u8> {
    let request = lab.path(&format!("{label}-{:?}.ocspreq", std::thread::current().id()));
    let made = Command::new("openssl")
        .arg("ocsp")
        .args(["-issuer", &format!("{issuer}.pem"), "-cert", &format!("{label}.pem"), "-no_nonce", "-reqout"])
        .arg(&request)
        .current_dir(lab.folder())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    lab.ocsp(&lab.urls().ocsp, &fs::read(request).unwrap())
}

/// B-T, B-LT and B-LTA of a B-B signature, one from the other.
pub fn ladder(lab: &Lab, person: Person, basic: &[u8], hash: HashAlgorithm) -> [Vec<u8>; 3] {
    let stamped = with_signature_timestamp(lab, &lab.urls().tsa, basic, 0, hash);
    let lasting = add_values(&stamped, &Evidence::gather(lab, person).values()).unwrap();
    let archived = archive(lab, &lab.urls().tsa, &lasting, 0, hash);
    [stamped, lasting, archived]
}

pub fn archive(lab: &Lab, url: &str, cms: &[u8], signer: usize, hash: HashAlgorithm) -> Vec<u8> {
    let input = archive_input(cms, signer, hash, &Digest::of(hash, CONTENT)).unwrap();
    if url == lab.urls().tsa_openssl {
        // It tells whole seconds: within the same one its stamp would seem to be older than those before.
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    let token = stamp(lab, url, input.imprint.clone());
    add_archive_timestamp(cms, signer, &input, &token).unwrap()
}

/// Writes `cms` into the laboratory's folder.
pub fn save(lab: &Lab, name: &str, cms: &[u8]) -> PathBuf {
    let path = lab.path(name);
    fs::write(&path, cms).unwrap();
    // Written once: other tests read it at the same time.
    static CONTENT_FILE: Once = Once::new();
    CONTENT_FILE.call_once(|| fs::write(lab.path("content.bin"), CONTENT).unwrap());
    path
}

/// EU DSS on a signature, detached from [`CONTENT`] or not; with no evidence but what is inside.
pub fn by_dss(lab: &Lab, name: &str, cms: &[u8], detached: bool) -> Option<Vec<DssSignature>> {
    let file = save(lab, name, cms);
    dss(&DssJob {
        file,
        content: detached.then(|| lab.path("content.bin")),
        anchors: vec![lab.path("root.der"), lab.path("icp-root.der")],
        ..DssJob::default()
    })
}

/// `openssl cms -verify -cades`; gives the content.
pub fn by_openssl(lab: &Lab, name: &str, cms: &[u8], detached: bool, root: &str) -> Vec<u8> {
    save(lab, name, cms);
    let mut command = Command::new("openssl");
    command.args(["cms", "-verify", "-binary", "-inform", "DER", "-cades", "-purpose", "any", "-in", name]);
    command.args(["-CAfile", &format!("{root}.pem"), "-out", &format!("{name}.out")]);
    if detached {
        command.args(["-content", "content.bin"]);
    }
    let output = command.current_dir(lab.folder()).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    fs::read(lab.path(&format!("{name}.out"))).unwrap()
}

/// OpenSSL writes DER; that it writes the same bytes back says that these are DER.
pub fn assert_is_der(lab: &Lab, name: &str, cms: &[u8]) {
    save(lab, name, cms);
    let run = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(lab.folder()).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let again = run(&["cms", "-cmsout", "-inform", "DER", "-outform", "DER", "-in", name]);
    assert!(again == cms, "{name}: OpenSSL writes it otherwise");
    let dump = String::from_utf8(run(&["asn1parse", "-inform", "DER", "-in", name])).unwrap();
    assert!(!dump.contains("l=inf"), "{name}: an indefinite length");
}
