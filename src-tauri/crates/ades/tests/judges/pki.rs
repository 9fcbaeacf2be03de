//! Certificates made by the `openssl` command, once for all tests of this program.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Duration;

use cartorio_keys::{KeySpec, SoftwareKey};
use tempfile::TempDir;

/// One root, one intermediate, one signer for every type of key.
pub struct Pki {
    pub dir: TempDir,
    pub root: Vec<u8>,
    pub intermediate: Vec<u8>,
    pub signers: HashMap<KeySpec, Signer>,
}

/// A signer; its key is `<stem>.key` and its certificate `<stem>.pem` in the folder.
pub struct Signer {
    pub stem: &'static str,
    pub key: SoftwareKey,
    pub certificate: Vec<u8>,
}

impl Pki {
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn signer(&self, spec: KeySpec) -> &Signer {
        &self.signers[&spec]
    }

    pub fn chain(&self) -> Vec<&[u8]> {
        vec![&self.intermediate, &self.root]
    }

    /// Runs `openssl` in the folder and expects it to succeed.
    pub fn openssl(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.try_openssl(arguments);
        assert!(
            output.status.success(),
            "openssl {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// Runs `openssl` in the folder.
    pub fn try_openssl(&self, arguments: &[&str]) -> Output {
        run(self.dir.path(), arguments)
    }
}

/// The one PKI of this program.
pub fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(make)
}

/// The Python of the judges' virtual environment, or a printed line that says what is skipped.
pub fn python(what: &str) -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let told = std::env::var_os("CARTORIO_JUDGES_VENV").map(PathBuf::from);
    let found = told
        .into_iter()
        .chain([home.join(".cache/cartorio-digital/venvs/judges"), PathBuf::from("/tmp/judges")])
        .map(|venv| venv.join("bin/python"))
        .find(|python| python.exists());
    if found.is_none() {
        println!("skipped: {what}: no virtual environment with pyHanko");
    }
    found
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).current_dir(dir).output().expect("openssl is installed")
}

/// A folder of this process. A static is never dropped, so each run removes the folders that earlier runs left.
fn workspace() -> TempDir {
    const PREFIX: &str = "ades-judges-";
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if ours && age.is_some_and(|age| age > Duration::from_secs(3600)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent).unwrap()
}

fn make() -> Pki {
    let dir = workspace();
    let ok = |arguments: &[&str]| {
        let output = run(dir.path(), arguments);
        assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write(
        "ca.ext",
        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
    );
    write(
        "leaf.ext",
        "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
    );
    let issue = |stem: &str, subject: &str, key: &[&str], ca: Option<&str>, ext: &str, serial: &str| {
        let (csr, pem, der) = (format!("{stem}.csr"), format!("{stem}.pem"), format!("{stem}.crt"));
        let mut request = vec!["req", "-new", "-utf8", "-subj", subject, "-out", &csr];
        request.extend(key);
        ok(&request);
        let (ca_pem, ca_key, own_key) =
            (ca.map(|ca| format!("{ca}.pem")), ca.map(|ca| format!("{ca}.key")), format!("{stem}.key"));
        let mut issuing = vec![
            "x509",
            "-req",
            "-in",
            &csr,
            "-extfile",
            ext,
            "-days",
            "3650",
            "-sha256",
            "-set_serial",
            serial,
            "-out",
            &pem,
        ];
        match (&ca_pem, &ca_key) {
            (Some(pem), Some(key)) => issuing.extend(["-CA", pem, "-CAkey", key]),
            _ => issuing.extend(["-signkey", &own_key]),
        }
        ok(&issuing);
        ok(&["x509", "-in", &pem, "-outform", "DER", "-out", &der]);
        fs::read(dir.path().join(der)).unwrap()
    };
    let new_rsa = |key: &'static str| ["-newkey", "rsa:2048", "-nodes", "-keyout", key];
    let root = issue("root", "/C=BR/O=Teste/CN=Raiz de teste", &new_rsa("root.key"), None, "ca.ext", "1");
    let intermediate = issue(
        "middle",
        "/C=BR/O=Teste/CN=AC intermediária",
        &new_rsa("middle.key"),
        Some("root"),
        "ca.ext",
        "0x80112233445566778899",
    );
    let mut signers = HashMap::new();
    for (stem, spec) in
        [("rsa", KeySpec::Rsa2048), ("p256", KeySpec::EcP256), ("p384", KeySpec::EcP384), ("p521", KeySpec::EcP521)]
    {
        let key = SoftwareKey::generate(spec).unwrap();
        let (der, pem) = (format!("{stem}.p8"), format!("{stem}.key"));
        fs::write(dir.path().join(&der), key.pkcs8().expose()).unwrap();
        ok(&["pkey", "-inform", "DER", "-in", &der, "-out", &pem]);
        let subject = format!("/C=BR/O=Cartório do 1º Ofício/OU={stem}/CN=Fulana de Tal");
        let serial = format!("0xf0{:02x}", signers.len());
        let certificate = issue(stem, &subject, &["-key", &pem], Some("middle"), "leaf.ext", &serial);
        signers.insert(spec, Signer { stem, key, certificate });
    }
    let both = ["middle.pem", "root.pem"].map(|name| fs::read_to_string(dir.path().join(name)).unwrap()).concat();
    write("chain.pem", &both);
    Pki { dir, root, intermediate, signers }
}
