//! A laboratory PKI as real processes on loopback: CAs with CRLs and OCSP, time-stamp authorities, signers of every kind.
//!
//! `tests/interop/lab_server.py` runs certomancer, which we did not write, and `openssl ts` behind a small HTTP server; its
//! head draws the hierarchy. Certificates carry the loopback URLs of their CRL, OCSP responder and issuer. Keys are fresh in
//! each laboratory and the certificates valid around the real now, which is also what the time stamps tell.
//!
//! Contract: [`Lab::start`] gives `None`, after printing why on stderr, only where the judges' Python environment does not
//! exist ([`crate::judges`]). The processes end when the guard is dropped, and also when the test process dies.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use cartorio_core::SecretBytes;
use cartorio_keys::{KeySpec, SoftwareKey};
use cartorio_pki::ca::{CertificateAuthority, CrlRequest, LocalCa};
use cartorio_pki::{Certificate, OcspRequest, RevocationReason, RevokedCertificate, Serial};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::judges;
use crate::pki::{self, SoftwareSigner};

/// Password of every `.p12` of the laboratory.
pub const P12_PASSWORD: &str = "laboratorio";
/// User of [`Urls::tsa_basic`].
pub const BASIC_USER: &str = "cartorio";
/// Password of [`BASIC_USER`].
pub const BASIC_PASSWORD: &str = "segredo-da-act";

/// A running laboratory. Ends when dropped.
#[derive(Debug)]
pub struct Lab {
    child: Child,
    folder: tempfile::TempDir,
    facts: Facts,
}

/// Where the services listen, and since when.
#[derive(Clone, Debug, Deserialize)]
pub struct Urls {
    /// When the laboratory began, in seconds since 1970; validity, revocations and lists count from then.
    pub began: i64,
    /// RFC 3161, certomancer, RSA, ESSCertID v1; the token holds the chain up to the root.
    pub tsa: String,
    /// RFC 3161, certomancer, P-256; the token holds the TSA's certificate alone.
    pub tsa_p256: String,
    /// RFC 3161, `openssl ts`, RSA, ESSCertIDv2.
    pub tsa_openssl: String,
    /// As [`Self::tsa_openssl`], behind basic authentication.
    pub tsa_basic: String,
    /// As [`Self::tsa_openssl`], over TLS (server certificate under the lab's root) with a client certificate: [`Lab::client`].
    pub tsa_tls: String,
    /// Answers every query with the status `rejection` and the failure `timeNotAvailable`.
    pub tsa_refusing: String,
    /// Answers with HTTP 503.
    pub tsa_unavailable: String,
    /// OCSP for what `issuing` issued.
    pub ocsp: String,
    /// OCSP for what `icp-issuing` issued.
    pub icp_ocsp: String,
    /// CRLs by issuer: `root`, `issuing`, `act`, `icp-root`, `icp-issuing`.
    pub crls: HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Facts {
    #[serde(flatten)]
    urls: Urls,
    issuers: HashMap<String, String>,
}

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Person {
    /// RSA-2048, good.
    Rsa2048,
    /// P-256, good.
    P256,
    /// P-384, good.
    P384,
    /// P-521, good.
    P521,
    /// P-256, revoked for key compromise 30 days ago.
    Revoked,
    /// P-256, expired 200 days ago.
    Expired,
    /// RSA-2048 with names, otherNames and policy as ICP-Brasil's A1, under a root of its own (`icp-root`).
    IcpRsa,
    /// As [`Self::IcpRsa`], P-256.
    IcpP256,
    /// As [`Self::IcpP256`], superseded 10 days ago.
    IcpRevoked,
}

impl Person {
    /// The name of the files in [`Lab::folder`].
    pub fn label(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa2048",
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::P521 => "p521",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::IcpRsa => "icp-signer",
            Self::IcpP256 => "icp-p256",
            Self::IcpRevoked => "icp-revoked",
        }
    }

    /// The type of the key.
    pub fn key_spec(self) -> KeySpec {
        match self {
            Self::Rsa2048 | Self::IcpRsa => KeySpec::Rsa2048,
            Self::P256 | Self::Revoked | Self::Expired | Self::IcpP256 | Self::IcpRevoked => KeySpec::EcP256,
            Self::P384 => KeySpec::EcP384,
            Self::P521 => KeySpec::EcP521,
        }
    }

    /// The root that the chain ends at.
    pub fn root(self) -> &'static str {
        match self {
            Self::Rsa2048 | Self::P256 | Self::P384 | Self::P521 | Self::Revoked | Self::Expired => "root",
            Self::IcpRsa | Self::IcpP256 | Self::IcpRevoked => "icp-root",
        }
    }
}

/// A key with its certificate.
pub struct Identity {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The issuer's certificate first, the root last; DER.
    pub chain: Vec<Vec<u8>>,
    /// The private key, DER PKCS#8.
    pub pkcs8: SecretBytes,
    /// Key, certificate and chain, under [`P12_PASSWORD`].
    pub p12: Vec<u8>,
}

/// One answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Lab {
    /// Starts a laboratory of one's own, in a few seconds.
    ///
    /// # Panics
    /// Where the environment is there but the laboratory does not come up.
    pub fn start() -> Option<Self> {
        let python = judges::python("the laboratory PKI")?;
        let folder = tempfile::tempdir().unwrap_or_else(|error| judges::broken(&format!("no folder: {error}")));
        let log = folder.path().join("log");
        let errors = fs::File::create(&log).unwrap_or_else(|error| judges::broken(&format!("no log: {error}")));
        let mut command = Command::new(python);
        command.arg(judges::script("lab_server.py")).arg(folder.path());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| judges::broken(&format!("the laboratory does not start: {error}")));
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            // An end of the stream shows as an empty line, which is no JSON.
            let _ = BufReader::new(out).read_line(&mut line);
        }
        match serde_json::from_str(&line) {
            Ok(facts) => Some(Self { child, folder, facts }),
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                judges::broken(&format!(
                    "the laboratory did not come up: {line}{}",
                    fs::read_to_string(log).unwrap_or_default()
                ))
            }
        }
    }

    /// One laboratory for a whole test binary: started by the first caller, ended with the process.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Lab>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// Where the services listen, and since when.
    pub fn urls(&self) -> &Urls {
        &self.facts.urls
    }

    /// Holds `NAME.der` and `NAME.pem` for every certificate, `NAME.key` (PEM) and `NAME.pk8` for every key.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file of the laboratory, such as `root.pem`.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// A certificate in DER: `root`, `issuing`, `act`, `tsa`, `ocsp`, `icp-root`, …
    ///
    /// # Panics
    /// When the laboratory has none of that name.
    pub fn certificate(&self, label: &str) -> Vec<u8> {
        self.read(&format!("{label}.der"))
    }

    /// The certificates above `label`, the issuer's first, the root's last; DER.
    ///
    /// # Panics
    /// As [`Self::certificate`].
    pub fn chain(&self, label: &str) -> Vec<Vec<u8>> {
        let above = std::iter::successors(self.facts.issuers.get(label), |issuer| self.facts.issuers.get(*issuer));
        above.map(|issuer| self.certificate(issuer)).collect()
    }

    /// A signer.
    ///
    /// # Panics
    /// When a file of the laboratory is gone.
    pub fn person(&self, person: Person) -> Identity {
        self.identity(person.label())
    }

    /// A signer's key, ready to sign.
    ///
    /// # Panics
    /// As [`Self::person`].
    pub fn key(&self, person: Person) -> SoftwareKey {
        SoftwareKey::from_pkcs8(person.key_spec(), self.person(person).pkcs8)
            .unwrap_or_else(|error| judges::broken(&format!("the key of {person:?} cannot be read: {error}")))
    }

    /// The client that [`Urls::tsa_tls`] lets in.
    ///
    /// # Panics
    /// As [`Self::person`].
    pub fn client(&self) -> Identity {
        self.identity("client")
    }

    /// The newest CRL of an issuer, DER.
    ///
    /// # Panics
    /// When the issuer has none, or the server does not answer.
    pub fn crl(&self, issuer: &str) -> Vec<u8> {
        let Some(url) = self.urls().crls.get(issuer) else {
            judges::broken(&format!("{issuer} has no CRL"));
        };
        served(get(url, &[]), url)
    }

    /// A list by `issuing` as the busiest authorities have them: so many entries, and nobody of the laboratory among them. DER, some 50
    /// bytes an entry.
    ///
    /// # Panics
    /// When a file of the laboratory is gone.
    pub fn long_crl(&self, entries: u32) -> Vec<u8> {
        let key = self.read("issuing.pk8");
        let key = sound(SoftwareKey::from_pkcs8(KeySpec::Rsa2048, SecretBytes::new(key)));
        let signer = SoftwareSigner::of(key, KeySpec::Rsa2048.default_algorithm());
        let chain = [vec![self.certificate("issuing")], self.chain("issuing")].concat();
        let chain = chain.iter().map(|der| sound(Certificate::from_der(der))).collect();
        let began = sound(OffsetDateTime::from_unix_timestamp(self.urls().began));
        let revoked = |number: u32| RevokedCertificate {
            serial: Serial::from_unsigned(&[[0x5a; 12].as_slice(), &number.to_be_bytes()].concat()),
            at: began - time::Duration::days(i64::from(number % 900) + 1),
            reason: Some(RevocationReason::Superseded),
        };
        let request = CrlRequest {
            revoked: (0..entries).map(revoked).collect(),
            number: self.urls().began.unsigned_abs(),
            this_update: began,
            next_update: began + time::Duration::days(7),
        };
        let authority = sound(LocalCa::new(chain, Box::new(signer)));
        sound(pki::run(authority.crl(request))).der.clone()
    }

    /// The answer of a TSA that needs no authentication, DER `TimeStampResp`, to a DER `TimeStampReq`.
    ///
    /// # Panics
    /// When the TSA does not answer with HTTP 200.
    pub fn stamp(&self, url: &str, query: &[u8]) -> Vec<u8> {
        served(post(url, "application/timestamp-query", query, &[]), url)
    }

    /// As [`Self::stamp`] by a certomancer TSA whose clock shows `at` (RFC 3339).
    ///
    /// # Panics
    /// As [`Self::stamp`].
    pub fn stamp_at(&self, url: &str, query: &[u8], at: &str) -> Vec<u8> {
        served(post(url, "application/timestamp-query", query, &[("X-Certomancer-Fake-Time", at)]), url)
    }

    /// The answer of an OCSP responder, DER `OCSPResponse`, to a DER `OCSPRequest`.
    ///
    /// # Panics
    /// When it does not answer with HTTP 200.
    pub fn ocsp(&self, url: &str, request: &[u8]) -> Vec<u8> {
        served(post(url, "application/ocsp-request", request, &[]), url)
    }

    /// What the responder of its issuer says of a certificate now, DER `OCSPResponse`.
    ///
    /// # Panics
    /// When there is no such certificate or no responder for it.
    pub fn ocsp_of(&self, label: &str) -> Vec<u8> {
        let Some(issuer) = self.facts.issuers.get(label) else {
            judges::broken(&format!("{label} has no issuer"));
        };
        let read = |label: &str| Certificate::from_der(&self.certificate(label)).map_err(|error| error.to_string());
        let request = read(label).and_then(|certificate| {
            OcspRequest::new(&certificate, &read(issuer)?, None).map_err(|error| error.to_string())
        });
        let request = request.unwrap_or_else(|error| judges::broken(&format!("no question about {label}: {error}")));
        let url = if issuer == "icp-issuing" { &self.urls().icp_ocsp } else { &self.urls().ocsp };
        self.ocsp(url, request.der())
    }

    fn identity(&self, label: &str) -> Identity {
        Identity {
            certificate: self.certificate(label),
            chain: self.chain(label),
            pkcs8: SecretBytes::new(self.read(&format!("{label}.pk8"))),
            p12: self.read(&format!("{label}.p12")),
        }
    }

    fn read(&self, file: &str) -> Vec<u8> {
        let path = self.path(file);
        fs::read(&path).unwrap_or_else(|error| judges::broken(&format!("{}: {error}", path.display())))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A GET over plain HTTP, on a connection of its own.
///
/// # Errors
/// What the connection says; `InvalidData` for an answer that is no HTTP.
pub fn get(url: &str, headers: &[(&str, &str)]) -> std::io::Result<Answer> {
    exchange(url, "GET", headers, &[])
}

/// A POST over plain HTTP, on a connection of its own.
///
/// # Errors
/// As [`get`].
pub fn post(url: &str, content_type: &str, body: &[u8], headers: &[(&str, &str)]) -> std::io::Result<Answer> {
    exchange(url, "POST", &[headers, &[("Content-Type", content_type)]].concat(), body)
}

fn exchange(url: &str, method: &str, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<Answer> {
    let bad = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, format!("{url}: {what}"));
    let rest = url.strip_prefix("http://").ok_or_else(|| bad("not plain HTTP"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut request = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    stream.write_all(request.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    // The other side may have closed already.
    let _ = stream.shutdown(Shutdown::Both);
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(|| bad("no end of the headers"))?;
    let head = String::from_utf8_lossy(&answer[..end]);
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| bad("no status"))?;
    Ok(Answer { status, body: answer.split_off(end + 4) })
}

fn sound<T, E: std::fmt::Display>(made: Result<T, E>) -> T {
    made.unwrap_or_else(|error| judges::broken(&format!("a list cannot be made: {error}")))
}

fn served(answer: std::io::Result<Answer>, url: &str) -> Vec<u8> {
    match answer {
        Ok(Answer { status: 200, body }) => body,
        Ok(answer) => judges::broken(&format!("{url} answered with HTTP {}", answer.status)),
        Err(error) => judges::broken(&format!("{url} does not answer: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `openssl` in the laboratory's folder.
    fn openssl(lab: &Lab, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("openssl").args(arguments).current_dir(lab.folder()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    fn stamps(lab: &Lab, url: &str, headers: &[(&str, &str)]) -> Answer {
        let name = url.rsplit(':').next().unwrap().replace('/', "-");
        let query = format!("{name}.tsq");
        assert!(openssl(lab, &["ts", "-query", "-data", "root.pem", "-sha256", "-cert", "-out", &query]).0);
        let answer = post(url, "application/timestamp-query", &lab.read(&query), headers).unwrap();
        fs::write(lab.path(&format!("{name}.tsr")), &answer.body).unwrap();
        answer
    }

    #[test]
    fn openssl_accepts_every_chain_time_stamp_and_revocation_of_the_laboratory() {
        let Some(lab) = Lab::shared() else { return };
        let labels = [
            "issuing",
            "act",
            "icp-issuing",
            "rsa2048",
            "p521",
            "tsa",
            "tsa-p256",
            "tsa-openssl",
            "icp-signer",
            "revoked",
        ];
        for label in labels {
            let issuer = &lab.facts.issuers[label];
            fs::write(lab.path("list.crl"), lab.crl(issuer)).unwrap();
            assert!(openssl(lab, &["crl", "-inform", "DER", "-in", "list.crl", "-out", "list.pem"]).0);
            let root = if label.starts_with("icp") { "icp-root.pem" } else { "root.pem" };
            let (issuer, leaf) = (format!("{issuer}.pem"), format!("{label}.pem"));
            let chain = ["-CAfile", root, "-untrusted", &issuer];
            let lists = ["-CRLfile", "list.pem", "-crl_check", "-purpose", "any", &leaf];
            let (good, said) = openssl(lab, &[&["verify"][..], &chain, &lists].concat());
            if label == "revoked" {
                assert!(said.contains("certificate revoked"), "{said}");
            } else {
                assert!(good, "{label}: {said}");
            }
        }
        let urls = lab.urls();
        for url in [&urls.tsa, &urls.tsa_p256, &urls.tsa_openssl] {
            assert_eq!(stamps(lab, url, &[]).status, 200);
            let reply = format!("{}.tsr", url.rsplit(':').next().unwrap().replace('/', "-"));
            let (good, said) = openssl(
                lab,
                &["ts", "-verify", "-data", "root.pem", "-in", &reply, "-CAfile", "root.pem", "-untrusted", "act.pem"],
            );
            assert!(good, "{url}: {said}");
        }
        for (label, status) in [("rsa2048", "good"), ("revoked", "revoked")] {
            let leaf = format!("{label}.pem");
            let (good, said) = openssl(
                lab,
                &[
                    "ocsp",
                    "-issuer",
                    "issuing.pem",
                    "-cert",
                    &leaf,
                    "-url",
                    &urls.ocsp,
                    "-CAfile",
                    "root.pem",
                    "-verify_other",
                    "issuing.pem",
                ],
            );
            assert!(good && said.contains(&format!("{leaf}: {status}")), "{said}");
        }
    }

    #[test]
    fn the_guarded_stamp_servers_let_in_only_those_whom_they_know() {
        let Some(lab) = Lab::shared() else { return };
        let urls = lab.urls();
        assert_eq!(stamps(lab, &urls.tsa_basic, &[]).status, 401);
        let known = "Basic Y2FydG9yaW86c2VncmVkby1kYS1hY3Q=";
        assert_eq!(stamps(lab, &urls.tsa_basic, &[("Authorization", known)]).status, 200);
        assert_eq!(stamps(lab, &urls.tsa_unavailable, &[]).status, 503);
        let refused = stamps(lab, &urls.tsa_refusing, &[]);
        assert_eq!(refused.status, 200);
        let (_, said) = openssl(lab, &["ts", "-reply", "-in", &refusing_reply(urls), "-text"]);
        assert!(said.contains("Status: Rejected.") && said.contains("time source is not available"), "{said}");

        let address = urls.tsa_tls.strip_prefix("https://").unwrap().strip_suffix("/open").unwrap().to_owned();
        let tls = |more: &[&str]| {
            let mut command = Command::new("openssl");
            command.args(["s_client", "-connect", &address, "-CAfile", "root.pem", "-verify_return_error"]).args(more);
            let mut child = command
                .current_dir(lab.folder())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let ask = b"POST /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            // Who is not let in may be shut out before all is written.
            let _ = child.stdin.take().unwrap().write_all(ask);
            String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned()
        };
        let client = ["-cert", "client.pem", "-key", "client.key", "-cert_chain", "issuing.pem", "-ign_eof"];
        assert!(tls(&client).contains("HTTP/1.1 415"), "the client with its certificate is answered");
        assert!(!tls(&["-ign_eof"]).contains("HTTP/1.1"), "one without is not");
    }

    fn refusing_reply(urls: &Urls) -> String {
        format!("{}.tsr", urls.tsa_refusing.rsplit(':').next().unwrap().replace('/', "-"))
    }

    #[test]
    fn keys_belong_to_their_certificates_and_a_clock_can_be_set_back() {
        let Some(lab) = Lab::shared() else { return };
        for person in [Person::Rsa2048, Person::P384, Person::P521, Person::IcpRsa, Person::Revoked] {
            let (good, said) = openssl(lab, &["x509", "-in", &format!("{}.pem", person.label()), "-noout", "-pubkey"]);
            assert!(good, "{said}");
            let text: String = said.lines().filter(|line| !line.starts_with("--")).collect();
            let (good, from_key) = openssl(lab, &["pkey", "-in", &format!("{}.key", person.label()), "-pubout"]);
            assert!(good, "{from_key}");
            assert_eq!(text, from_key.lines().filter(|line| !line.starts_with("--")).collect::<String>());
            assert_eq!(lab.key(person).public_key().spec, person.key_spec());
            let identity = lab.person(person);
            assert_eq!(identity.chain.len(), 2);
            assert_eq!(identity.chain[1], lab.certificate(person.root()));
        }
        assert!(openssl(lab, &["ts", "-query", "-data", "root.pem", "-sha256", "-out", "back.tsq"]).0);
        let reply = lab.stamp_at(&lab.urls().tsa, &lab.read("back.tsq"), "2026-08-01T12:00:00Z");
        fs::write(lab.path("back.tsr"), reply).unwrap();
        let (_, said) = openssl(lab, &["ts", "-reply", "-in", "back.tsr", "-text"]);
        assert!(said.contains("Time stamp: Aug  1 12:00:00 2026 GMT"), "{said}");
    }
}
