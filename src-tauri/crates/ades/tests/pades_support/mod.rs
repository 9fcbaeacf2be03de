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
        absent("openssl");
    }
    signer.as_ref()
}

/// A one-page file with a cross-reference table. Object 1 is the catalog with `catalog` added, 3 the page; `more` are
/// objects from 4 on.
pub fn pdf(catalog: &str, more: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.32001 842]>>".to_owned(),
    ];
    objects.extend(more.iter().map(|body| (*body).to_owned()));
    document(&objects)
}

/// A file with these objects, from 1 on; the first one is the catalog.
pub fn document(objects: &[String]) -> Vec<u8> {
    // The comment says that the file is binary.
    let mut out = "%PDF-1.7\n%âãÏÓ\n".as_bytes().to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{body}\nendobj\n", index + 1).bytes());
    }
    let start = out.len();
    out.extend(
        format!("{table}trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).bytes(),
    );
    out
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
    // What opens the encrypted files of the corpus, and ours.
    let passwords = ["ownersecret", "dono"].map(|password| cartorio_core::SecretString::new(password.to_owned()));
    let with = |password| PdfFile::from_bytes_with(bytes(&with_evidence), password).ok();
    let again = with(None).or_else(|| passwords.iter().find_map(|password| with(Some(password))));
    let file = again.unwrap();
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

/// What pyHanko says of the signatures of `path` ([`judge_script`]), by field name; `None` where it is not set up.
pub fn pyhanko(path: &Path) -> Option<serde_json::Value> {
    use std::io::Write;
    let mut child =
        Command::new(python()?).arg(judge_script()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{0}\t{0}", path.display()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["after_error"].is_null(), "{answer}");
    Some(answer["after"].clone())
}

/// Whether `qpdf --check` finds no error; true where it is not installed.
pub fn qpdf(path: &Path, password: &str) -> bool {
    let output = Command::new("qpdf").arg("--check").arg(format!("--password={password}")).arg(path).output();
    let Ok(output) = output else {
        absent("qpdf");
        return true;
    };
    matches!(output.status.code(), Some(0 | 3))
}

/// Python with pyHanko; `None`, said aloud, where it is not set up.
pub fn python() -> Option<PathBuf> {
    cartorio_testkit::judges::python("pyHanko")
}

/// A judge's program is not installed: said aloud, and a failure under `cargo xtask test`, which installs it.
pub fn absent(program: &str) {
    assert!(std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_none(), "{program} is not installed");
    println!("skipped: {program} is not installed");
}

pub fn judge_script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pdf_judge.py")
}

/// What pdfsig prints about each signature, by field name; `None`, said aloud, where it is not installed.
pub fn pdfsig(path: &Path) -> Option<Vec<(String, String)>> {
    let Ok(output) = Command::new("pdfsig").args(["-nocert", "-opw", "ownersecret"]).arg(path).output() else {
        absent("pdfsig");
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
