//! Foreign judges on what local keys make: OpenSSL, and Python's `cryptography` where OpenSSL is too old (ML-DSA).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // Helpers of tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cartorio_core::{HashAlgorithm, SystemClock};
use cartorio_keys::local::{Keyring, KeyringError, LocalKeys, LocalOptions, PlainFile};
use cartorio_keys::{CreateKey, KeyManager, KeySpec, SignatureAlgorithm, SignatureScheme};

const MESSAGE: &[u8] = b"escritura de compra e venda, livro 12, folha 34";

#[tokio::test]
async fn signatures_of_every_algorithm_verify_with_the_exported_public_key() {
    let (folder, keys) = store().await;
    let python = python("signatures by ML-DSA keys");
    let (mut judged, mut skipped) = (0, 0);
    for spec in KeySpec::ALL {
        let info = keys.create(CreateKey::named(spec, spec.name())).await.unwrap();
        let public = keys.public_key(&info.key_ref).await.unwrap();
        let files = Files::new(folder.path(), &public.to_pem().unwrap());
        for algorithm in info.algorithms {
            let signer = keys.signer(&info.key_ref, algorithm).await.unwrap();
            let signature = signer.sign_message(MESSAGE).await.unwrap().value;
            let judge = |message: &[u8], signature: &[u8]| {
                fs::write(&files.message, message).unwrap();
                fs::write(&files.signature, signature).unwrap();
                match algorithm.scheme() {
                    SignatureScheme::MlDsa => python.as_ref().map(|python| files.ml_dsa(python)),
                    SignatureScheme::RsaPkcs1
                    | SignatureScheme::RsaPss
                    | SignatureScheme::Ecdsa
                    | SignatureScheme::Ed25519 => Some(files.openssl(algorithm)),
                }
            };
            let Some(accepted) = judge(MESSAGE, &signature) else {
                skipped += 1;
                continue;
            };
            assert!(accepted, "the judge refuses {algorithm} by a {spec} key");
            assert_eq!(judge(b"outra escritura", &signature), Some(false), "{algorithm} over another message");
            let mut changed = signature.clone();
            let middle = changed.len() / 2;
            changed[middle] ^= 1;
            assert_eq!(judge(MESSAGE, &changed), Some(false), "a changed {algorithm}");
            judged += 1;
        }
    }
    println!("{judged} pairs of key type and algorithm judged, {skipped} skipped");
    assert_eq!(judged + skipped, 3 * 6 + 3 + 1 + 3);
    assert!(judged >= 22);
}

#[tokio::test]
async fn jwks_are_the_keys_that_they_say() {
    let Some(python) = python("JWKs") else { return };
    let (folder, keys) = store().await;
    for spec in KeySpec::ALL {
        let info = keys.create(CreateKey::named(spec, spec.name())).await.unwrap();
        let public = keys.public_key(&info.key_ref).await.unwrap();
        let path = folder.path().join("key.jwk");
        fs::write(&path, public.to_jwk().unwrap().to_string()).unwrap();
        let output = Command::new(&python).args(["-c", READ_JWK]).arg(&path).output().unwrap();
        assert!(output.status.success(), "{spec}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), public.to_pem().unwrap(), "{spec}");
    }
}

#[tokio::test]
async fn exported_private_keys_are_read_by_others() {
    let (folder, keys) = store().await;
    let python = python("private ML-DSA keys");
    let path = folder.path().join("key.der");
    for spec in KeySpec::ALL {
        let info = keys.create_exportable(CreateKey::named(spec, spec.name())).await.unwrap();
        let pem = keys.public_key(&info.key_ref).await.unwrap().to_pem().unwrap();
        fs::write(&path, keys.export_pkcs8(&info.key_ref).await.unwrap().expose()).unwrap();
        let mut command = match (spec, &python) {
            (KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87, Some(python)) => {
                let mut command = Command::new(python);
                command.args(["-c", READ_PRIVATE]).arg(&path);
                command
            }
            (KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87, None) => continue,
            (
                KeySpec::Rsa2048
                | KeySpec::Rsa3072
                | KeySpec::Rsa4096
                | KeySpec::EcP256
                | KeySpec::EcP384
                | KeySpec::EcP521
                | KeySpec::Ed25519,
                _,
            ) => {
                let mut command = Command::new("openssl");
                command.args(["pkey", "-inform", "DER", "-pubout", "-in"]).arg(&path);
                command
            }
        };
        let output = command.output().unwrap();
        assert!(output.status.success(), "{spec}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), pem, "{spec}");
    }
}

/// A session without any keyring.
struct NoKeyring;

impl Keyring for NoKeyring {
    fn get(&self, _: &str, _: &str) -> Result<Option<cartorio_core::SecretBytes>, KeyringError> {
        Err(KeyringError::Absent("none".to_owned()))
    }

    fn set(&self, _: &str, _: &str, _: &cartorio_core::SecretBytes) -> Result<(), KeyringError> {
        Err(KeyringError::Absent("none".to_owned()))
    }

    fn delete(&self, _: &str, _: &str) -> Result<(), KeyringError> {
        Err(KeyringError::Absent("none".to_owned()))
    }
}

async fn store() -> (tempfile::TempDir, LocalKeys) {
    let folder = tempfile::tempdir().unwrap();
    let options = LocalOptions {
        keyring: Arc::new(NoKeyring),
        plain_file: PlainFile::Allow,
        ..LocalOptions::new(folder.path().join("keys"), Arc::new(SystemClock))
    };
    let keys = LocalKeys::open(options).await.unwrap();
    (folder, keys)
}

struct Files {
    public: PathBuf,
    message: PathBuf,
    signature: PathBuf,
}

impl Files {
    fn new(folder: &Path, pem: &str) -> Self {
        let public = folder.join("public.pem");
        fs::write(&public, pem).unwrap();
        Self { public, message: folder.join("message"), signature: folder.join("signature") }
    }

    fn openssl(&self, algorithm: SignatureAlgorithm) -> bool {
        let mut command = Command::new("openssl");
        if algorithm.signs_messages() {
            command.args(["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey"]).arg(&self.public);
            command.arg("-in").arg(&self.message).arg("-sigfile").arg(&self.signature);
        } else {
            let (hash, salt) = match algorithm.hash() {
                HashAlgorithm::Sha256 => ("-sha256", "rsa_pss_saltlen:32"),
                HashAlgorithm::Sha384 => ("-sha384", "rsa_pss_saltlen:48"),
                HashAlgorithm::Sha512 => ("-sha512", "rsa_pss_saltlen:64"),
            };
            command.args(["dgst", hash]);
            if algorithm.scheme() == SignatureScheme::RsaPss {
                command.args(["-sigopt", "rsa_padding_mode:pss", "-sigopt", salt]);
            }
            command.arg("-verify").arg(&self.public).arg("-signature").arg(&self.signature).arg(&self.message);
        }
        command.output().expect("openssl is installed").status.success()
    }

    fn ml_dsa(&self, python: &Path) -> bool {
        let files = [&self.public, &self.signature, &self.message];
        let output = Command::new(python).args(["-c", VERIFY]).args(files).output().unwrap();
        match output.status.code() {
            Some(0) => true,
            Some(3) => false,
            _ => panic!("the judge failed: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}

/// The Python of the judges' virtual environment, or a printed line that says what is skipped.
fn python(what: &str) -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let told = std::env::var_os("CARTORIO_JUDGES_VENV").map(PathBuf::from);
    let found = told
        .into_iter()
        .chain([home.join(".cache/cartorio-digital/venvs/judges")])
        .map(|venv| venv.join("bin/python"))
        .find(|python| python.exists());
    if found.is_none() {
        println!("skipped: {what}: no virtual environment of judges");
    }
    found
}

const VERIFY: &str = "
import sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
public, signature, message = (open(path, 'rb').read() for path in sys.argv[1:])
try:
    load_pem_public_key(public).verify(signature, message)
except InvalidSignature:
    sys.exit(3)
";

const READ_JWK: &str = "
import base64, json, sys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
jwk = json.load(open(sys.argv[1]))
octets = lambda name: base64.urlsafe_b64decode(jwk[name] + '=' * (-len(jwk[name]) % 4))
number = lambda name: int.from_bytes(octets(name), 'big')
if jwk['kty'] == 'RSA':
    key = rsa.RSAPublicNumbers(number('e'), number('n')).public_key()
elif jwk['kty'] == 'EC':
    curve = {'P-256': ec.SECP256R1, 'P-384': ec.SECP384R1, 'P-521': ec.SECP521R1}[jwk['crv']]()
    key = ec.EllipticCurvePublicNumbers(number('x'), number('y'), curve).public_key()
elif jwk['kty'] == 'OKP':
    key = ed25519.Ed25519PublicKey.from_public_bytes(octets('x'))
else:
    kinds = {'ML-DSA-44': mldsa.MLDSA44PublicKey, 'ML-DSA-65': mldsa.MLDSA65PublicKey, 'ML-DSA-87': mldsa.MLDSA87PublicKey}
    key = kinds[jwk['alg']].from_public_bytes(octets('pub'))
form = serialization.PublicFormat.SubjectPublicKeyInfo
sys.stdout.write(key.public_bytes(serialization.Encoding.PEM, form).decode())
";

const READ_PRIVATE: &str = "
import sys
from cryptography.hazmat.primitives import serialization
key = serialization.load_der_private_key(open(sys.argv[1], 'rb').read(), None).public_key()
form = serialization.PublicFormat.SubjectPublicKeyInfo
sys.stdout.write(key.public_bytes(serialization.Encoding.PEM, form).decode())
";
