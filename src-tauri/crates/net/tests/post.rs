//! Posting: what is sent, where it may go, and that a secret goes nowhere else.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cartorio_core::{Coded, SecretBytes, SecretString};
use cartorio_net::{Auth, ClientIdentity, Fetch, Fetched, Fetcher, Limits, NetError, Reach};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";
const SMALL: Limits = Limits { total: Duration::from_secs(20), size: 100_000, redirects: 2, ..Limits::STAMP };
const PASSWORD: &str = "segredo-do-cartório";

/// A server outside, which only a proxy could reach.
const PUBLIC: &str = "http://tsa.exemplo.com.br";

/// Requests as they came, head and body.
type Seen = Arc<Mutex<Vec<String>>>;

async fn start(redirect_to: Option<String>) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let (own, told) = (base.clone(), Arc::clone(&seen));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = serve(stream, redirect_to.as_deref().unwrap_or(&own), &told).await;
        }
    });
    (base, seen)
}

async fn serve(mut stream: TcpStream, to: &str, seen: &Seen) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    let path = head.split(' ').nth(1).unwrap();
    // As a proxy is asked.
    let path = path.strip_prefix(PUBLIC).unwrap_or(path).to_owned();
    seen.lock().unwrap().push(format!("{head}{}", String::from_utf8_lossy(&body)));
    let answer = match path.as_str() {
        "/tsa" => {
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.len() + 4, "ok: ")
                + &String::from_utf8_lossy(&body)
        }
        "/closed" => "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "/large" => format!("HTTP/1.1 200 OK\r\nContent-Length: {0}\r\n\r\n{1}", 100_001, "x".repeat(100_001)),
        "/silent" => {
            let _ = stream.read_u8().await;
            return Ok(());
        }
        "/round-307" => "HTTP/1.1 307 R\r\nLocation: /round-307\r\nContent-Length: 0\r\n\r\n".to_owned(),
        moved => {
            let status = moved.trim_start_matches('/');
            format!("HTTP/1.1 {status} Moved\r\nLocation: {to}/tsa\r\nContent-Length: 0\r\n\r\n")
        }
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

async fn post(url: &str, auth: &Auth) -> Result<Fetched, NetError> {
    Fetcher::new(Reach::Anywhere).post(url, b"pergunta".to_vec(), QUERY, REPLY, auth, &SMALL).await
}

fn basic() -> Auth {
    Auth::Basic { user: "cartorio".to_owned(), password: SecretString::new(PASSWORD.to_owned()) }
}

/// No error says anything of the password, in any of its forms.
fn says_nothing(error: &NetError) {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("cartorio:{PASSWORD}"));
    for text in [format!("{error}"), format!("{error:?}"), format!("{:?}", error.params())] {
        assert!(!text.contains(PASSWORD) && !text.contains(&encoded) && !text.contains("segredo"), "{text}");
    }
}

#[tokio::test]
async fn what_is_posted_arrives_whole_with_its_type() {
    let (base, seen) = start(None).await;
    let found = post(&format!("{base}/tsa"), &Auth::None).await.unwrap();
    assert_eq!((found.bytes.as_slice(), found.url), (b"ok: pergunta".as_slice(), format!("{base}/tsa")));
    let sent = seen.lock().unwrap().pop().unwrap();
    assert!(sent.starts_with("POST /tsa HTTP/1.1\r\n") && sent.ends_with("\r\n\r\npergunta"), "{sent}");
    let lower = sent.to_lowercase();
    for header in [&format!("content-type: {QUERY}"), &format!("accept: {REPLY}"), "accept-encoding: identity"] {
        assert!(lower.contains(header), "{sent}");
    }
    assert!(!lower.contains("authorization") && !lower.contains("cookie") && !lower.contains("referer"), "{sent}");
}

#[tokio::test]
async fn a_password_goes_as_rfc_7617_says() {
    use base64::Engine;
    let (base, seen) = start(None).await;
    post(&format!("{base}/tsa"), &basic()).await.unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("cartorio:{PASSWORD}"));
    let sent = seen.lock().unwrap().pop().unwrap();
    assert!(sent.lines().any(|line| line.eq_ignore_ascii_case(&format!("authorization: Basic {encoded}"))), "{sent}");
    for user in ["a:b", "a\r\nX-Evil: 1", "a\0"] {
        let auth = Auth::Basic { user: user.to_owned(), password: SecretString::new(PASSWORD.to_owned()) };
        let error = post(&format!("{base}/tsa"), &auth).await.err().unwrap();
        assert_eq!(error, NetError::Credentials { reason: "user" });
    }
    assert!(seen.lock().unwrap().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_post_follows_only_what_keeps_it_a_post_and_a_secret_stays() {
    let (other, told) = start(None).await;
    let (base, seen) = start(Some(other.clone())).await;
    for status in [301, 302, 303] {
        match post(&format!("{base}/{status}"), &Auth::None).await {
            Err(NetError::Redirect { reason, .. }) => assert_eq!(reason, "method", "{status}"),
            other => panic!("{status}: {:?}", other.map(|found| found.url)),
        }
    }
    for status in [307, 308] {
        assert_eq!(post(&format!("{base}/{status}"), &Auth::None).await.unwrap().bytes, b"ok: pergunta");
        told.lock().unwrap().clear();
        let error = post(&format!("{base}/{status}"), &basic()).await.unwrap_err();
        assert!(matches!(error, NetError::Redirect { reason: "secret", .. }), "{error}");
        says_nothing(&error);
        assert!(told.lock().unwrap().is_empty(), "the other server was not even asked");
        // Within one origin it may move.
        let (home, _) = start(None).await;
        assert!(post(&format!("{home}/{status}"), &basic()).await.is_ok());
    }
    seen.lock().unwrap().clear();
    let error = post(&format!("{base}/round-307"), &Auth::None).await.unwrap_err();
    assert!(matches!(error, NetError::Redirect { reason: "too_many", .. }), "{error}");
    assert_eq!(seen.lock().unwrap().len(), 3, "once, and two redirects");
}

#[tokio::test]
async fn refusals_keep_the_secret() {
    let (base, _) = start(None).await;
    let quick = Limits { total: Duration::from_millis(200), ..SMALL };
    for (path, code) in [("closed", "net_status"), ("large", "net_too_large"), ("silent", "net_timeout")] {
        let url = format!("{base}/{path}");
        let error = Fetcher::new(Reach::Anywhere)
            .post(&url, b"pergunta".to_vec(), QUERY, REPLY, &basic(), if path == "silent" { &quick } else { &SMALL })
            .await
            .unwrap_err();
        assert_eq!(error.code(), code);
        says_nothing(&error);
    }
    // Taken, so that nobody else gets it, and nobody listens.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let at = nobody.local_addr().unwrap();
    let error = post(&format!("http://{at}/"), &basic()).await.unwrap_err();
    assert_eq!(error.code(), "net_unreachable");
    says_nothing(&error);
    let public = Fetcher::new(Reach::Public);
    let error = public.post(&format!("{base}/tsa"), Vec::new(), QUERY, REPLY, &basic(), &SMALL).await.unwrap_err();
    assert_eq!(error.code(), "net_private_address", "a certificate still sends nobody to this machine");
    let chosen = Fetcher::new(Reach::Chosen);
    assert!(chosen.post(&format!("{base}/tsa"), Vec::new(), QUERY, REPLY, &basic(), &SMALL).await.is_ok());
}

/// A TLS server that asks for a client's certificate: Python's, which knows nothing of ours.
mod mutual {
    use std::io::{BufRead, BufReader};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    pub(super) struct Server {
        pub(super) url: String,
        child: Child,
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    const SCRIPT: &str = r#"
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = dict(pair[0] for pair in self.connection.getpeercert()["subject"])["commonName"]
        answer = name.encode() + b" asks " + body
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem", "server.key")
context.load_verify_locations("ca.pem")
context.verify_mode = ssl.CERT_REQUIRED
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
"#;

    fn openssl(folder: &Path, arguments: &[&str]) -> Option<()> {
        let status = Command::new("openssl").args(arguments).current_dir(folder).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success()).then_some(())
    }

    /// `None`, said aloud, where there is no `openssl` or `python3`.
    pub(super) fn start(folder: &Path) -> Option<Server> {
        let made = made(folder);
        if made.is_none() {
            println!("skipped: openssl or python3 is not installed");
        }
        made
    }

    fn made(folder: &Path) -> Option<Server> {
        for (name, subject) in [("ca", "/CN=Raiz do teste"), ("other", "/CN=Outra raiz")] {
            let (key, cert) = (format!("{name}.key"), format!("{name}.pem"));
            let arguments =
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
            let more = ["-subj", subject, "-keyout", &key, "-out", &cert];
            openssl(folder, &[&arguments[..], &more[..]].concat())?;
        }
        std::fs::write(folder.join("san.cnf"), "subjectAltName=IP:127.0.0.1\n").ok()?;
        std::fs::write(folder.join("eku.cnf"), "extendedKeyUsage=clientAuth\n").ok()?;
        for (name, issuer, extensions) in
            [("server", "ca", "san.cnf"), ("cartorio", "ca", "eku.cnf"), ("intruso", "other", "eku.cnf")]
        {
            let subject = format!("/CN={name}");
            let (key, request, cert) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
            openssl(
                folder,
                &["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", &subject, "-keyout", &key, "-out", &request],
            )?;
            let (ca, ca_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
            openssl(
                folder,
                &[
                    "x509",
                    "-req",
                    "-in",
                    &request,
                    "-CA",
                    &ca,
                    "-CAkey",
                    &ca_key,
                    "-CAcreateserial",
                    "-days",
                    "1",
                    "-extfile",
                    extensions,
                    "-out",
                    &cert,
                ],
            )?;
            openssl(folder, &["x509", "-in", &cert, "-outform", "DER", "-out", &format!("{name}.der")])?;
            openssl(
                folder,
                &["pkcs8", "-topk8", "-nocrypt", "-in", &key, "-outform", "DER", "-out", &format!("{name}.p8")],
            )?;
        }
        openssl(folder, &["x509", "-in", "ca.pem", "-outform", "DER", "-out", "ca.der"])?;
        let mut child = Command::new("python3")
            .args(["-c", SCRIPT])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut port = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut port).ok()?;
        Some(Server { url: format!("https://127.0.0.1:{}/tsa", port.trim().parse::<u16>().ok()?), child })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_opens_the_door_and_nothing_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = mutual::start(folder.path()) else { return };
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let identity = |name: &str| ClientIdentity {
        chain: vec![read(&format!("{name}.der")), read("ca.der")],
        key: SecretBytes::new(read(&format!("{name}.p8"))),
    };
    let fetcher = Fetcher::new(Reach::Anywhere).trusting(vec![read("ca.der")]);
    let ask = async |fetcher: &Fetcher, auth: &Auth| {
        fetcher.post(&server.url, b"quem sou".to_vec(), QUERY, REPLY, auth, &SMALL).await
    };
    let found = ask(&fetcher, &Auth::ClientCertificate(identity("cartorio"))).await.unwrap();
    assert_eq!(found.bytes, b"cartorio asks quem sou");
    for auth in [Auth::None, Auth::ClientCertificate(identity("intruso"))] {
        let error = ask(&fetcher, &auth).await.err().unwrap();
        assert!(matches!(error.code(), "net_broken" | "net_unreachable"), "{error}");
    }
    // A server that nobody vouches for is asked nothing.
    let stranger = ask(&Fetcher::new(Reach::Anywhere), &Auth::ClientCertificate(identity("cartorio"))).await;
    assert_eq!(stranger.err().unwrap().code(), "net_unreachable");
    // A certificate with the key of another one, none, and one without TLS.
    let mut wrong = identity("cartorio");
    wrong.key = SecretBytes::new(read("intruso.p8"));
    for identity in [
        wrong,
        ClientIdentity { chain: Vec::new(), key: identity("cartorio").key },
        ClientIdentity { key: SecretBytes::new(b"segredo".to_vec()), ..identity("cartorio") },
    ] {
        let error = ask(&fetcher, &Auth::ClientCertificate(identity)).await.err().unwrap();
        assert!(matches!(error.code(), "net_credentials" | "net_unusable"), "{error}");
        says_nothing(&error);
    }
    let plain = server.url.replace("https", "http");
    let auth = Auth::ClientCertificate(identity("cartorio"));
    let error = fetcher.post(&plain, Vec::new(), QUERY, REPLY, &auth, &SMALL).await.err().unwrap();
    assert_eq!(error, NetError::Credentials { reason: "not_https" });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_public_server_sends_nobody_inside() {
    let (proxy, seen) = start(None).await;
    let child = tokio::task::spawn_blocking(move || {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_behind_a_proxy", "--ignored"])
            .env("HTTP_PROXY", &proxy)
            .env("http_proxy", &proxy)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .output()
            .unwrap()
    });
    let output = child.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2, "the address inside was not asked for: {seen:?}");
}

#[tokio::test]
#[ignore = "run by another test, with a proxy in its environment"]
async fn child_behind_a_proxy() {
    let chosen = Fetcher::new(Reach::Chosen);
    let answered = chosen.post(&format!("{PUBLIC}/tsa"), b"x".to_vec(), QUERY, REPLY, &Auth::None, &SMALL).await;
    assert_eq!(answered.unwrap().bytes, b"ok: x");
    let error =
        chosen.post(&format!("{PUBLIC}/307"), Vec::new(), QUERY, REPLY, &Auth::None, &SMALL).await.err().unwrap();
    assert!(matches!(&error, NetError::Redirect { reason: "private", .. }), "{error:?}");
}
