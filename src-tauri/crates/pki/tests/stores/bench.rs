//! What the tests share: a small PKI made by OpenSSL, in which two intermediates have one name, and the judges.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use cartorio_core::SecretString;
use cartorio_pki::Certificate;
use cartorio_pki::p12::OpenedStore;
use p12_keystore::Pkcs12Archive;

pub const PASSWORD: &str = "Xk29-mPqr-Tv7w";

pub fn secret(text: &str) -> SecretString {
    SecretString::new(text.to_owned())
}

/// Runs a foreign program; `None`, after a line on stderr, where it does not exist (a failure where
/// `CARTORIO_REQUIRE_JUDGES` is set). Gives whether it was content, and everything it said.
pub fn judge(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new(program).args(arguments).stdin(Stdio::null()).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
        }
        Err(error) => {
            assert!(std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_none(), "{program} cannot be run: {error}");
            eprintln!("skipped: {program} cannot be run ({error})");
            None
        }
    }
}

/// Runs `tests/interop/p12_judge.py`.
pub fn python(arguments: &[&str]) -> Option<(bool, String)> {
    let told = std::env::var_os("CARTORIO_JUDGES_VENV").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let python = told
        .into_iter()
        .chain([home.join(".cache/cartorio-digital/venvs/judges")])
        .map(|venv| venv.join("bin/python"))
        .find(|python| python.exists());
    let Some(python) = python else {
        assert!(std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_none(), "there is no virtual environment of judges");
        eprintln!("skipped: no virtual environment of judges");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/interop/p12_judge.py");
    let all: Vec<&str> = [script.to_str().unwrap()].into_iter().chain(arguments.iter().copied()).collect();
    judge(python.to_str().unwrap(), &all)
}

/// The PKI, in a folder of its own.
pub struct Bench {
    folder: tempfile::TempDir,
    pub leaf: Certificate,
    pub issuer: Certificate,
    /// Has the name of `issuer` and another key; it did not sign the leaf.
    pub namesake: Certificate,
    pub root: Certificate,
}

/// Made once; `None` where there is no OpenSSL.
pub fn bench() -> Option<&'static Bench> {
    static BENCH: OnceLock<Option<Bench>> = OnceLock::new();
    BENCH.get_or_init(Bench::make).as_ref()
}

impl Bench {
    fn make() -> Option<Self> {
        judge("openssl", &["version"])?;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(
            at("ca.ext"),
            "basicConstraints=critical,CA:true\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
        )
        .unwrap();
        std::fs::write(
            at("leaf.ext"),
            "basicConstraints=CA:false\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
        )
        .unwrap();
        let openssl = |arguments: &[&str]| {
            let (ok, said) = judge("openssl", arguments).unwrap();
            assert!(ok, "openssl {arguments:?}: {said}");
        };
        let key = |name: &str, algorithm: &[&str]| {
            let file = at(&format!("{name}.key"));
            let all = [&["genpkey", "-out", file.as_str()], algorithm].concat();
            openssl(&all);
        };
        let ec = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
        key("root", &ec);
        key("namesake", &ec);
        key("issuer", &ec);
        key("leaf", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
        key("other", &ec);
        let (root_key, root) = (at("root.key"), at("root.pem"));
        let subject = "/C=BR/O=Teste/CN=AC Raiz";
        openssl(&["req", "-x509", "-new", "-key", &root_key, "-out", &root, "-subj", subject, "-days", "7300"]);
        let issue = |name: &str, subject: &str, by: &str, extensions: &str| {
            let (request, own_key) = (at(&format!("{name}.csr")), at(&format!("{name}.key")));
            openssl(&["req", "-new", "-key", &own_key, "-out", &request, "-subj", subject, "-utf8"]);
            let (out, ca, ca_key) = (at(&format!("{name}.pem")), at(&format!("{by}.pem")), at(&format!("{by}.key")));
            let extensions = at(extensions);
            openssl(&[
                "x509",
                "-req",
                "-in",
                &request,
                "-CA",
                &ca,
                "-CAkey",
                &ca_key,
                "-CAcreateserial",
                "-extfile",
                &extensions,
                "-out",
                &out,
                "-days",
                "3650",
            ]);
        };
        issue("namesake", "/C=BR/O=Teste/CN=AC Emissora", "root", "ca.ext");
        issue("issuer", "/C=BR/O=Teste/CN=AC Emissora", "root", "ca.ext");
        issue("leaf", "/C=BR/O=Teste/CN=Maria da Conceição", "issuer", "leaf.ext");
        issue("other", "/C=BR/O=Teste/CN=João", "issuer", "leaf.ext");
        let read = |name: &str| -> String { std::fs::read_to_string(at(&format!("{name}.pem"))).unwrap() };
        // The wrong one of the two that share a name lies first.
        std::fs::write(at("cas.pem"), [read("namesake"), read("root"), read("issuer")].concat()).unwrap();
        let certificate = |name: &str| -> Certificate {
            let der = at(&format!("{name}.der"));
            openssl(&["x509", "-in", &at(&format!("{name}.pem")), "-outform", "DER", "-out", &der]);
            Certificate::from_der(&std::fs::read(der).unwrap()).unwrap()
        };
        Some(Self {
            leaf: certificate("leaf"),
            issuer: certificate("issuer"),
            namesake: certificate("namesake"),
            root: certificate("root"),
            folder,
        })
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// A P12 by `openssl pkcs12 -export`; `name` is that of the file.
    pub fn export(&self, name: &str, password: &str, more: &[&str]) -> Vec<u8> {
        let (key, leaf, cas, out) =
            (self.path("leaf.key"), self.path("leaf.pem"), self.path("cas.pem"), self.path(name));
        let password = format!("pass:{password}");
        let mut all = vec!["pkcs12", "-export", "-inkey", &key, "-in", &leaf, "-certfile", &cas, "-name", "maria"];
        all.extend(["-out", &out, "-passout", &password]);
        all.extend(more);
        let (ok, said) = judge("openssl", &all).unwrap();
        assert!(ok, "{all:?}: {said}");
        std::fs::read(out).unwrap()
    }

    /// The store has Maria's identity with the chain that really signed it, and the namesake beside it.
    #[track_caller]
    pub fn check(&self, store: &OpenedStore) {
        assert_eq!(store.identities.len(), 1, "{:?}", store.layout);
        let identity = &store.identities[0];
        assert_eq!(identity.leaf, self.leaf);
        assert_eq!(
            identity.chain,
            [self.issuer.clone(), self.root.clone()],
            "the CA that signed, not the one of its name"
        );
        assert_eq!(identity.friendly_name.as_deref(), Some("maria"));
        let others: Vec<&Certificate> = store.others.iter().map(|other| &other.certificate).collect();
        assert_eq!(others, [&self.namesake]);
        assert!(store.loose_keys.is_empty() && store.unreadable.is_empty() && store.layout.is_complete());
    }
}

/// What `p12-keystore` opens, it must open alike.
#[track_caller]
pub fn second_decoder_agrees(bytes: &[u8], password: &str, store: &OpenedStore) -> bool {
    let Ok(archive) = Pkcs12Archive::from_pkcs12(bytes, password) else { return false };
    let mut theirs: Vec<&[u8]> = archive.certs.iter().map(|bag| bag.cert.as_der()).collect();
    let all = store.certificates();
    let mut ours: Vec<&[u8]> = all.iter().map(|certificate| certificate.der.as_slice()).collect();
    ours.extend(store.unreadable.iter().map(|one| one.der.as_slice()));
    theirs.sort_unstable();
    theirs.dedup();
    ours.sort_unstable();
    assert_eq!(ours, theirs, "certificates");
    let mut theirs: Vec<&[u8]> = archive.keys.iter().map(|bag| bag.key.as_der()).collect();
    let identities = store.identities.iter().map(|identity| identity.key.expose());
    let mut ours: Vec<&[u8]> = identities.chain(store.loose_keys.iter().map(|key| key.key.expose())).collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    assert_eq!(ours, theirs, "keys");
    true
}
