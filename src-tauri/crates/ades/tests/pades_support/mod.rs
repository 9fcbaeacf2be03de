//! Shared by the PAdES tests: a throwaway signer, judges, PDFs.
#![allow(dead_code)] // each test file uses its own part

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cms::{CmsRequest, Profile, prepare as prepare_cms};
use cartorio_ades::create::pades::{
    Dialect, Increment, PadesError, PadesOptions, SignedPdf, ValidationData, Vri, add_evidence, prepare,
    prepare_timestamp, stored,
};
use cartorio_core::{HashAlgorithm, SecretBytes};
use cartorio_keys::{KeySpec, SignatureAlgorithm, SoftwareKey};
use cartorio_pdf::PdfFile;
use time::macros::datetime;

/// A self-signed RSA signer that OpenSSL made.
pub struct Signer {
    pub key: SoftwareKey,
    pub certificate: Vec<u8>,
}

/// The signer; `None`, said aloud, where OpenSSL is not installed.
pub fn signer() -> Option<&'static Signer> {
    static SIGNER: OnceLock<Option<Signer>> = OnceLock::new();
    let signer = SIGNER.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let openssl = |args: &[&str]| {
            Command::new("openssl").args(args).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
        };
        let made = openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            &path("key.pem"),
            "-outform",
            "DER",
            "-out",
            &path("cert.der"),
            "-subj",
            "/C=BR/O=Teste/CN=Tabeliao de Teste",
            "-days",
            "3650",
            "-addext",
            "keyUsage=critical,digitalSignature,nonRepudiation",
        ]) && openssl(&[
            "pkcs8",
            "-topk8",
            "-nocrypt",
            "-in",
            &path("key.pem"),
            "-outform",
            "DER",
            "-out",
            &path("key.der"),
        ]);
        made.then(|| {
            let pkcs8 = SecretBytes::new(std::fs::read(path("key.der")).unwrap());
            Signer {
                key: SoftwareKey::from_pkcs8(KeySpec::Rsa2048, pkcs8).unwrap(),
                certificate: std::fs::read(path("cert.der")).unwrap(),
            }
        })
    });
    if signer.is_none() {
        println!("skipped: openssl is not installed");
    }
    signer.as_ref()
}

pub fn options() -> PadesOptions {
    PadesOptions {
        signing_time: Some(datetime!(2026-11-21 17:00 -3)),
        name: Some("Tabeliã de Teste".into()),
        reason: Some("Autenticação — cópia fiel".into()),
        location: Some("São Paulo (SP)".into()),
        contents_capacity: 4096,
        ..PadesOptions::default()
    }
}

/// Signs as the product does: prepare, digest, CMS, finish.
pub fn sign(file: &PdfFile, options: &PadesOptions, signer: &Signer) -> Result<SignedPdf, PadesError> {
    let prepared = prepare(file, options)?;
    let digest = prepared.digest(HashAlgorithm::Sha256);
    let algorithm = SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256);
    let cms = prepare_cms(CmsRequest {
        signer_certificate: &signer.certificate,
        chain: Vec::new(),
        algorithm,
        content_digest: digest,
        profile: Profile::Pades,
        extras: SignedExtras::default(),
    })
    .unwrap();
    let value = signer.key.sign_digest(algorithm, &cms.tbs_digest()).unwrap();
    prepared.finish(&cms.finish(&value).unwrap())
}

/// A time-stamping authority of one's own, and a list of what it revoked; in a folder for `openssl ts`.
pub struct Authority {
    dir: tempfile::TempDir,
    /// DER, self-signed.
    pub certificate: Vec<u8>,
    /// DER, empty.
    pub crl: Vec<u8>,
}

/// The authority; call [`signer`] first, which says where OpenSSL is missing.
pub fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let own = Authority { dir, certificate: Vec::new(), crl: Vec::new() };
        own.write("index.txt", "");
        own.write("serial", "01\n");
        own.write(
            "cnf",
            "[req]\ndistinguished_name=dn\n[dn]\n[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ndefault_md=sha256\n\
             default_crl_days=30\n[tsa]\ndefault_tsa=act\n[act]\nserial=serial\ncrypto_device=builtin\n\
             signer_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256,sha512\ness_cert_id_alg=sha256\n",
        );
        own.openssl(
            "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=Carimbo -days 3650 -config cnf \
             -addext extendedKeyUsage=critical,timeStamping -addext keyUsage=critical,digitalSignature",
        );
        own.openssl("x509 -in cert.pem -outform DER -out cert.der");
        own.openssl("ca -config cnf -gencrl -keyfile key.pem -cert cert.pem -out crl.pem");
        own.openssl("crl -in crl.pem -outform DER -out crl.der");
        Authority { certificate: own.read("cert.der"), crl: own.read("crl.der"), ..own }
    })
}

impl Authority {
    /// An RFC 3161 token over `digest`, which is SHA-256.
    pub fn token(&self, digest: &cartorio_core::Digest) -> Vec<u8> {
        // Tests run side by side, and each question has files of its own.
        let name: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        self.openssl(&format!("ts -query -digest {name} -sha256 -cert -out {name}.tsq"));
        self.write(&format!("{name}.serial"), &format!("{}\n", &name[..8]));
        let cnf =
            String::from_utf8(self.read("cnf")).unwrap().replace("serial=serial", &format!("serial={name}.serial"));
        self.write(&format!("{name}.cnf"), &cnf);
        self.openssl(&format!(
            "ts -reply -config {name}.cnf -queryfile {name}.tsq -signer cert.pem -inkey key.pem -token_out -out {name}.tst"
        ));
        self.read(&format!("{name}.tst"))
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl").args(arguments.split_whitespace()).current_dir(self.dir.path()).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dir.path().join(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }
}

/// Evidence of the right shapes that proves nothing: a certificate, an empty list, an OCSP response that refuses.
pub fn evidence(signer: &Signer) -> ValidationData {
    ValidationData {
        certificates: vec![signer.certificate.clone(), authority().certificate.clone()],
        crls: vec![authority().crl.clone()],
        ocsps: vec![vec![0x30, 3, 0x0a, 1, 6]],
        artifacts: None,
    }
}

/// Everything in [`evidence`] for the signature with these `/Contents`.
pub fn vri(contents: Vec<u8>) -> Vri {
    Vri { contents, certificates: vec![0, 1], crls: vec![0], ocsps: vec![0], at: Some(datetime!(2026-11-21 17:05 UTC)) }
}

/// Adds evidence for every signature, and then a document time stamp over it all.
pub fn archive(file: &PdfFile, data: &ValidationData, dialect: Dialect) -> Result<(Increment, Increment), PadesError> {
    let entries: Vec<Vri> = stored(file)?.into_iter().map(|stored| vri(stored.contents)).collect();
    let with_evidence = add_evidence(file, data, &entries)?;
    let file = PdfFile::from_bytes(bytes(&with_evidence)).unwrap();
    let prepared = prepare_timestamp(&file, 4096, dialect)?;
    let token = authority().token(&prepared.digest(HashAlgorithm::Sha256));
    Ok((with_evidence, prepared.finish(&token)?))
}

pub fn bytes(signed: &SignedPdf) -> Vec<u8> {
    let mut out = Vec::new();
    signed.write_to(&mut out).unwrap();
    assert_eq!(out.len() as u64, signed.len());
    out
}

/// Python with pyHanko; `None`, said aloud, where it is not set up.
pub fn python() -> Option<PathBuf> {
    let cache = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/cartorio-digital"));
    let found = cache.map(|cache| cache.join("venvs/judges/bin/python")).filter(|path| path.exists());
    if found.is_none() {
        println!("skipped: pyHanko is not set up (cargo xtask setup)");
    }
    found
}

pub fn judge_script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pdf_judge.py")
}

/// What pdfsig prints about each signature, by field name; `None`, said aloud, where it is not installed.
pub fn pdfsig(path: &Path) -> Option<Vec<(String, String)>> {
    let Ok(output) = Command::new("pdfsig").arg("-nocert").arg(path).output() else {
        println!("skipped: pdfsig is not installed");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let sections = text.split("Signature #").skip(1);
    Some(
        sections
            .map(|section| {
                let name = section.split("Signature Field Name: ").nth(1).and_then(|rest| rest.lines().next());
                (name.unwrap_or_default().to_owned(), section.to_owned())
            })
            .collect(),
    )
}

/// The PDF files of a corpus folder with their names; `None`, said aloud, where the corpus is absent.
pub fn corpus(folder: &str) -> Option<Vec<(String, PathBuf)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find_map(|dir| {
        let candidate = dir.join("../shared/corpus").join(folder);
        candidate.is_dir().then_some(candidate)
    });
    let Some(root) = root else {
        println!("skipped: corpus {folder} is not here");
        return None;
    };
    let mut out = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "pdf") {
                out.push((path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(), path));
            }
        }
    }
    out.sort();
    Some(out)
}
