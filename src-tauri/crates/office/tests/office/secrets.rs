//! No secret in anything that stays or crosses: registry, trail, configuration, key files, logs, IPC.
//!
//! The test opens the key stores with its own code, takes every private key out of them, and then looks for each of these
//! secrets (raw, hexadecimal, base64 at any alignment; whole or any third of it) in everything that a run leaves.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use cartorio_office::dto::{AppState, CertificateSummary, DocumentInfo, JobStatus};
use cartorio_testkit::emulator::shared_ministack;
use cartorio_testkit::traces::Log;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::{Keys, REGION, enter, federated, inputs};
use crate::host::{Host, Options, PASSPHRASE, sign_request, with_passphrase};

const P12_PASSWORD: &str = "Senha-Forte-Do-Titular-8264";

/// Logs are caught for a whole process, so the run has one of its own.
#[test]
fn no_secret_stays_anywhere() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "secrets::whole_run", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    print!("{}", text.lines().filter(|line| line.contains("searched")).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
#[ignore = "only as a child of no_secret_stays_anywhere"]
async fn whole_run() {
    let log = Log::default();
    let writer = log.clone();
    // Everything that our own crates may ever say, and of the others far more than `warn`, which the product shows.
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(
            // The window's own caps (src-tauri/src/logging.rs): below `info` the AWS SDK writes access key ids.
            "debug,aws_config=info,aws_credential_types=info,aws_runtime=info,aws_sigv4=info,aws_smithy_runtime=info,\
             cartorio_core=trace,cartorio_keys=trace,cartorio_pki=trace,cartorio_aws=trace,cartorio_office=trace",
        ))
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .init();

    let host = Host::demo().await;
    let mut secrets = Secrets::default();
    let mut crossed = String::new();
    demo(&host, &mut secrets).await;
    crossed.push_str(&host.tap.text());
    secrets.store(&host.home().join("demo/keys"));
    if let Some(server) = shared_ministack() {
        let host = Host::on(host.home(), Options { master: with_passphrase(), ..Options::default() });
        aws(&host, &server.endpoint(), &mut secrets).await;
        crossed.push_str(&host.tap.text());
        secrets.store(&host.home().join("production/keys"));
    }
    assert!(secrets.names().len() > 40, "{:?}", secrets.names());

    let mut places: Vec<(String, Vec<u8>)> =
        vec![("the IPC".to_owned(), crossed.into_bytes()), ("the log".to_owned(), log.text().into_bytes())];
    files(host.home(), &mut places);
    for expected in ["registry.db", "audit.head", "config.json", ".key.json", "audit-key.secret.json"] {
        assert!(places.iter().any(|(name, _)| name.ends_with(expected)), "{expected} was searched");
    }
    let bytes: usize = places.iter().map(|(_, content)| content.len()).sum();
    for (name, content) in &places {
        println!("searched {name}: {} bytes", content.len());
        let found = secrets.found_in(content);
        if name == "the log" && !found.is_empty() {
            let lines = content.split(|byte| *byte == b'\n').filter(|line| !secrets.found_in(line).is_empty());
            lines.take(5).for_each(|line| println!("{}", String::from_utf8_lossy(line)));
        }
        // The one place that the demonstration says plainly: its master key, in a file of its owner alone.
        let allowed = name.ends_with("demo/keys/master.key") && found.iter().all(|own| own.contains("master key"));
        assert!(found.is_empty() || allowed, "{name} holds {found:?}");
        assert_eq!(found.is_empty(), !name.ends_with("demo/keys/master.key"), "{name}: and there it is found");
    }
    println!("searched {bytes} bytes in {} places for {} secrets", places.len(), secrets.names().len());
}

async fn demo(host: &Host, secrets: &mut Secrets) {
    host.identity("ECC_NIST_P256", "curva").await;
    let samples: Vec<DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    for identity in host.identities().await {
        assert_eq!(host.sign(&sign_request(&identity.id, &samples)).await.status, JobStatus::Succeeded);
    }
    let subscriber: CertificateSummary = host
        .ask("subscriber_issue", json!({
            "name": "Maria da Conceição", "cpf": "529.982.247-25", "email": "maria@exemplo.com.br", "key_spec": "RSA_2048",
        }))
        .await
        .unwrap();
    secrets.text("P12 password", P12_PASSWORD);
    let folder = host.folder("p12");
    // One that succeeds, one that is refused after the password was read, one that fails for the folder.
    for (path, password) in
        [("maria.p12", P12_PASSWORD), ("estranha.p12", "Senha-8264-🔑"), ("nada/maria.p12", P12_PASSWORD)]
    {
        host.dialogs.saves.lock().unwrap().push_back(folder.join(path));
        let request =
            json!({"certificate": subscriber.id, "friendly_name": null, "password": host.sealed(password).await});
        let answer = host.ask::<Value>("p12_export", request).await;
        assert_eq!(answer.is_ok(), path == "maria.p12");
    }
    secrets.text("refused P12 password", "Senha-8264-🔑");
    host.ask::<Value>("keys_list", json!({})).await.unwrap();
    host.assert_sound().await;
}

async fn aws(host: &Host, endpoint: &str, secrets: &mut Secrets) {
    secrets.text("passphrase", PASSPHRASE);
    let everything = federated(endpoint, &["kms:*", "sts:*"]).await;
    let reader = federated(endpoint, &["kms:DescribeKey", "kms:GetPublicKey"]).await;
    let wrong = Keys { secret: "x9Qm2LdT7vKpR4sWbN6yHc3ZfJ8gUeAa".to_owned(), ..everything.clone() };
    for (name, keys) in [("all", &everything), ("reader", &reader), ("wrong", &wrong)] {
        // What AWS itself writes into its log lines is the id of a key, and ids are no secret there; here they are.
        secrets.text(&format!("access key id ({name})"), &keys.id);
        secrets.text(&format!("secret access key ({name})"), &keys.secret);
        if let Some(token) = &keys.token {
            secrets.text(&format!("session token ({name})"), token);
        }
    }
    enter(host, endpoint, REGION, &everything).await;
    let identity = host.identity("RSA_2048", "kms").await;
    let sign = async |expected: JobStatus| {
        let documents = host.pick(&inputs(host)).await;
        let mut request = sign_request(&identity.id, &documents);
        request.profile.on_error.key = cartorio_office::dto::ErrorChoice::Stop;
        assert_eq!(host.sign(&request).await.status, expected);
    };
    sign(JobStatus::Succeeded).await;
    host.ask::<Value>("profile_test", json!({"name": "ensaio"})).await.unwrap();
    enter(host, endpoint, REGION, &reader).await;
    sign(JobStatus::Failed).await;
    enter(host, endpoint, REGION, &wrong).await;
    sign(JobStatus::Failed).await;
    // Malformed access keys are refused without being repeated.
    let malformed = format!("{{\"access_key_id\":\"{}\",\"secret_access_key\":\"{}\"", wrong.id, wrong.secret);
    let profile = json!({
        "name": "outro", "region": REGION, "use_fips": false, "source": "keyring",
        "access_keys": host.sealed(&malformed).await,
    });
    assert_eq!(host.code("profile_save", profile).await, "invalid_field");
    let list = host.ask::<Value>("keys_list", json!({})).await.unwrap();
    assert_eq!(list["problems"][0]["error"]["code"], "aws_invalid_credentials");
    host.ask::<AppState>("session_leave", json!({})).await.unwrap();
}

/// What must not be found, by the forms that it could take.
#[derive(Default)]
struct Secrets {
    by_start: HashMap<[u8; 8], Vec<(Vec<u8>, String)>>,
    names: std::collections::BTreeSet<String>,
}

impl Secrets {
    fn names(&self) -> &std::collections::BTreeSet<String> {
        &self.names
    }

    fn text(&mut self, name: &str, text: &str) {
        self.bytes(name, text.as_bytes());
        // As PKCS#12 takes a password (RFC 7292, B.1).
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        self.bytes(name, &wide);
    }

    fn bytes(&mut self, name: &str, secret: &[u8]) {
        assert!(secret.len() >= 8, "{name} is too short to be looked for");
        self.names.insert(name.to_owned());
        const PART: usize = 24;
        if secret.len() <= PART {
            return self.part(name, secret);
        }
        for start in [0, (secret.len() - PART) / 2, secret.len() - PART] {
            self.part(name, &secret[start..start + PART]);
        }
    }

    fn part(&mut self, name: &str, part: &[u8]) {
        self.form(name, part.to_vec());
        let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
        self.form(name, hex.to_uppercase().into_bytes());
        self.form(name, hex.into_bytes());
        // In base64 a byte's digits depend on its place among three.
        for skip in 0..3 {
            let whole = &part[skip..skip + (part.len() - skip) / 3 * 3];
            self.form(name, STANDARD.encode(whole).into_bytes());
            self.form(name, URL_SAFE.encode(whole).into_bytes());
        }
    }

    fn form(&mut self, name: &str, form: Vec<u8>) {
        if form.len() >= 8 {
            let start = form[..8].try_into().unwrap();
            self.by_start.entry(start).or_default().push((form, name.to_owned()));
        }
    }

    fn found_in(&self, content: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for at in 0..content.len().saturating_sub(7) {
            let start: [u8; 8] = content[at..at + 8].try_into().unwrap();
            for (form, name) in self.by_start.get(&start).into_iter().flatten() {
                if content[at..].starts_with(form) && !found.contains(name) {
                    found.push(name.clone());
                }
            }
        }
        found
    }

    /// Takes the master key and everything sealed with it out of a key store.
    fn store(&mut self, folder: &Path) {
        let label = folder.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        let master = master_key(folder);
        self.bytes(&format!("master key ({label})"), &master);
        let [keys, others] = ["keys", "secrets"].map(|purpose| derived(&master, purpose));
        self.bytes(&format!("sealing key for keys ({label})"), &keys);
        self.bytes(&format!("sealing key for secrets ({label})"), &others);
        let mut found = 0;
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".key.json") {
                let text = std::fs::read_to_string(&path).unwrap();
                let file: KeyFile = serde_json::from_str(&text).unwrap();
                let pkcs8 = open(&keys, compact(member(&text, "key")).as_bytes(), &file.sealed);
                // How it begins; the public key, which is no secret, is further in.
                self.bytes(&format!("PKCS#8 {name}"), &pkcs8[..24]);
                for (part, value) in integers(&pkcs8).into_iter().enumerate() {
                    self.bytes(&format!("part {part} of {name}"), &value);
                }
                found += 1;
            } else if name == "trail-memory.secret.json" {
                // Sealed so that nobody changes it: how long the trail is, which is no secret.
            } else if let Some(own) = name.strip_suffix(".secret.json") {
                let file: SecretFile = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                self.bytes(&format!("{own} ({label})"), &open(&others, own.as_bytes(), &file.sealed));
                found += 1;
            }
        }
        assert!(found >= 3, "CA keys and the key of the trail at least");
    }
}

/// The private numbers of a PKCS#8 key: RSA's d, p, q, their exponents and q⁻¹ (RFC 8017 A.1.2), or EC's scalar (RFC 5915).
fn integers(pkcs8: &[u8]) -> Vec<Vec<u8>> {
    let info = sequence(pkcs8);
    let (_, key) = &info[2];
    let fields = sequence(key);
    let (first, _) = (&fields[0], &fields);
    assert_eq!(first.0, 0x02, "a version");
    let rsa = fields[1].0 == 0x02;
    let private: Vec<Vec<u8>> = if rsa {
        // 1 and 2 are the public modulus and exponent.
        fields[3..].iter().map(|(_, value)| value.iter().copied().skip_while(|byte| *byte == 0).collect()).collect()
    } else {
        vec![fields[1].1.clone()]
    };
    assert!(private.iter().all(|value| value.len() >= 31), "{} numbers", private.len());
    private
}

/// Tags and contents of the elements of a DER SEQUENCE.
fn sequence(der: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let (tag, mut rest, _) = element(der);
    assert_eq!(tag, 0x30);
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (tag, content, after) = element(rest);
        elements.push((tag, content.to_vec()));
        rest = after;
    }
    elements
}

fn element(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (length, header) = match der[1] {
        short @ 0..0x80 => (usize::from(short), 2),
        long => {
            let count = usize::from(long & 0x7F);
            (der[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), 2 + count)
        }
    };
    (der[0], &der[header..header + length], &der[header + length..])
}

#[derive(Deserialize)]
struct Sealed {
    nonce: String,
    ciphertext: String,
}

#[derive(Deserialize)]
struct SecretFile {
    sealed: Sealed,
}

#[derive(Deserialize)]
struct KeyFile {
    sealed: Sealed,
}

/// The text of a member of the outermost object; its value must be an object.
fn member<'a>(text: &'a str, name: &str) -> &'a str {
    let start = text.find(&format!("\n  \"{name}\": {{")).unwrap() + 6 + name.len();
    let end = start + text[start..].find("\n  }").unwrap() + 4;
    &text[start..end]
}

/// JSON without the blanks between its tokens: what is said of a key is authenticated in this form.
fn compact(json: &str) -> String {
    let (mut out, mut inside, mut escaped) = (String::new(), false, false);
    for c in json.chars() {
        if inside || !c.is_ascii_whitespace() {
            out.push(c);
        }
        inside = if c == '"' && !escaped { !inside } else { inside };
        escaped = inside && c == '\\' && !escaped;
    }
    out
}

fn master_key(folder: &Path) -> Vec<u8> {
    let file: Value = serde_json::from_slice(&std::fs::read(folder.join("master.json")).unwrap()).unwrap();
    let provider = &file["provider"];
    if provider["kind"] == "plain_file" {
        return STANDARD.decode(std::fs::read(folder.join("master.key")).unwrap()).unwrap();
    }
    assert_eq!(provider["kind"], "passphrase");
    let number = |name: &str| u32::try_from(provider[name].as_u64().unwrap()).unwrap();
    let salt = STANDARD.decode(provider["salt"].as_str().unwrap()).unwrap();
    let params = argon2::Params::new(number("memory_kib"), number("iterations"), number("lanes"), Some(32)).unwrap();
    let mut key = [0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(PASSPHRASE.as_bytes(), &salt, &mut key)
        .unwrap();
    let wrapped: Sealed = serde_json::from_value(provider["wrapped"].clone()).unwrap();
    open(&key, b"cartorio-digital master key v1", &wrapped)
}

fn derived(master: &[u8], purpose: &str) -> [u8; 32] {
    struct Len32;
    impl KeyType for Len32 {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = [0; 32];
    let purpose = [purpose.as_bytes()];
    let salt = Salt::new(HKDF_SHA256, b"cartorio-digital local store v1");
    salt.extract(master).expand(&purpose, Len32).unwrap().fill(&mut key).unwrap();
    key
}

fn open(key: &[u8], aad: &[u8], sealed: &Sealed) -> Vec<u8> {
    let nonce = Nonce::try_assume_unique_for_key(&STANDARD.decode(&sealed.nonce).unwrap()).unwrap();
    let mut buffer = STANDARD.decode(&sealed.ciphertext).unwrap();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
    key.open_in_place(nonce, Aad::from(aad), &mut buffer).expect("the test opens what the store sealed").to_vec()
}

/// Every file below `folder` with its content.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn the_search_finds_what_is_hidden() {
    let mut secrets = Secrets::default();
    let secret: Vec<u8> = (0..200_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    secrets.bytes("chave", &secret);
    secrets.text("senha", "Uma Senha de Ensaio");
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    for shift in 0..3 {
        let shifted = [&b"abc"[..shift], &secret].concat();
        let text = format!("x{}y", STANDARD.encode(&shifted));
        assert_eq!(secrets.found_in(text.as_bytes()), ["chave"], "base64 at {shift}");
        assert_eq!(secrets.found_in(URL_SAFE.encode(&shifted).as_bytes()), ["chave"], "base64url at {shift}");
    }
    for hidden in [
        secret.clone(),
        hex.clone().into_bytes(),
        hex.to_uppercase().into_bytes(),
        secret[..40].to_vec(),
        secret[170..].to_vec(),
    ] {
        assert_eq!(secrets.found_in(&[b"antes ", hidden.as_slice(), b" depois"].concat()), ["chave"]);
    }
    assert_eq!(secrets.found_in(b"a=Uma Senha de Ensaio;"), ["senha"]);
    let wide: Vec<u8> = "Uma Senha de Ensaio".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(secrets.found_in(&wide), ["senha"]);
    assert!(secrets.found_in(b"Uma Senha de outro Ensaio").is_empty());
}
