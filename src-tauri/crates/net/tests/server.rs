//! The fetcher against a real server that behaves as badly as one can.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cartorio_core::Coded;
use cartorio_net::{Fetch, Fetched, Fetcher, Limits, NetError, Reach};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const SMALL: Limits = Limits {
    connect: Duration::from_secs(5),
    read: Duration::from_secs(5),
    total: Duration::from_secs(20),
    size: 100_000,
    redirects: 3,
};

/// Longer than anything here takes, unless it never ends.
const LONG: Duration = Duration::from_secs(60);

struct Server {
    base: String,
    /// Connections that came, questions that get no answer, and those of them whose other side hung up.
    requests: Arc<AtomicUsize>,
    unanswered: Arc<AtomicUsize>,
    hung_up: Arc<AtomicUsize>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let counts = <[Arc<AtomicUsize>; 3]>::default();
        let [requests, unanswered, hung_up] = counts.clone();
        let [own, silent, closed] = counts;
        let server = Self { base: base.clone(), requests: own, unanswered: silent, hung_up: closed };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                requests.fetch_add(1, Ordering::SeqCst);
                let (base, unanswered, hung_up) = (base.clone(), Arc::clone(&unanswered), Arc::clone(&hung_up));
                tokio::spawn(async move {
                    if serve(stream, &base, &unanswered).await.is_err() {
                        hung_up.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        server
    }

    async fn get(&self, path: &str) -> Result<Fetched, NetError> {
        self.get_with(path, &SMALL).await
    }

    async fn get_with(&self, path: &str, limits: &Limits) -> Result<Fetched, NetError> {
        Fetcher::new(Reach::Anywhere).get(&format!("{}{path}", self.base), limits).await
    }

    async fn code(&self, path: &str) -> &'static str {
        match self.get(path).await {
            Err(error) => error.code(),
            Ok(found) => panic!("{path} gave {} bytes", found.bytes.len()),
        }
    }
}

async fn serve(mut stream: TcpStream, base: &str, unanswered: &AtomicUsize) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(());
        }
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).unwrap();
    let path = request.split(' ').nth(1).unwrap().to_owned();
    let redirect = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes();
    let whole = |head: &str, body: &[u8]| {
        let mut out = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
        out.extend_from_slice(body);
        out
    };
    let answer = match path.as_str() {
        "/list" => whole("Content-Type: text/html\r\n", b"a list"),
        "/headers" => whole("", request.as_bytes()),
        "/full" => whole("", &vec![b'x'; 100_000]),
        "/over" => whole("", &vec![b'x'; 100_001]),
        "/announced" => b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx".to_vec(),
        "/truncated" => b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec(),
        "/not-http" => b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(),
        "/once" => redirect("/list"),
        "/thrice" => redirect("/twice"),
        "/twice" => redirect("/once"),
        "/four-times" => redirect("/thrice"),
        "/round" => redirect("/round"),
        "/file" => redirect("file:///etc/passwd"),
        "/ftp" => redirect("ftp://127.0.0.1/a"),
        "/nowhere" => b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        "/absolute" => redirect(&format!("{base}/list")),
        "/missing" => b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nnao".to_vec(),
        "/partial" => b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n\r\nabc".to_vec(),
        "/gzip" => whole("Content-Encoding: gzip\r\n", &gzip(b"a list")),
        "/bomb" => whole("Content-Encoding: gzip\r\n", &gzip(&vec![0; 60_000_000])),
        "/broken-gzip" => whole("Content-Encoding: gzip\r\n", b"no gzip at all"),
        "/brotli" => whole("Content-Encoding: br\r\n", b"x"),
        "/twice-packed" => whole("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", &gzip(&gzip(b"x"))),
        "/endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
            loop {
                stream.write_all(b"1000\r\n").await?;
                stream.write_all(&[b'x'; 0x1000]).await?;
                stream.write_all(b"\r\n").await?;
            }
        }
        "/slow" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        "/silent" => {
            unanswered.fetch_add(1, Ordering::SeqCst);
            let mut byte = [0];
            // Until the other side hangs up.
            let _ = stream.read(&mut byte).await?;
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        other => panic!("{other}"),
    };
    stream.write_all(&answer).await?;
    stream.shutdown().await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_list_is_fetched_whatever_its_type() {
    let server = Server::start().await;
    let found = server.get("/list").await.unwrap();
    assert_eq!((found.bytes.as_slice(), found.url), (b"a list".as_slice(), format!("{}/list", server.base)));
    assert_eq!(server.get("/gzip").await.unwrap().bytes, b"a list");
    assert_eq!(server.get("/full").await.unwrap().bytes.len(), 100_000);
    let sent = String::from_utf8(server.get("/headers").await.unwrap().bytes).unwrap().to_lowercase();
    assert!(
        sent.contains("accept-encoding: identity") && !sent.contains("cookie") && !sent.contains("referer"),
        "{sent}"
    );
}

#[tokio::test]
async fn no_answer_is_larger_than_allowed() {
    let server = Server::start().await;
    for path in ["/over", "/announced", "/endless", "/bomb"] {
        assert_eq!(server.code(path).await, "net_too_large", "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_whole_is_none() {
    let server = Server::start().await;
    for (path, code) in [
        ("/truncated", "net_broken"),
        ("/not-http", "net_broken"),
        ("/broken-gzip", "net_broken"),
        ("/brotli", "net_encoding"),
        ("/twice-packed", "net_encoding"),
        ("/missing", "net_status"),
        ("/partial", "net_status"),
    ] {
        assert_eq!(server.code(path).await, code, "{path}");
    }
    let status = server.get("/missing").await.unwrap_err();
    assert_eq!(status.params()[1], ("status", "404".to_owned()));
}

#[tokio::test]
async fn redirects_are_few_and_stay_with_http() {
    let server = Server::start().await;
    for path in ["/once", "/twice", "/thrice", "/absolute"] {
        assert_eq!(server.get(path).await.unwrap().url, format!("{}/list", server.base), "{path}");
    }
    let before = server.requests.load(Ordering::SeqCst);
    for (path, reason) in [
        ("/four-times", "too_many"),
        ("/round", "too_many"),
        ("/nowhere", "too_many"),
        ("/file", "scheme"),
        ("/ftp", "scheme"),
    ] {
        match server.get(path).await {
            Err(NetError::Redirect { reason: own, .. }) => assert_eq!(own, reason, "{path}"),
            other => panic!("{path}: {other:?}"),
        }
    }
    assert_eq!(server.requests.load(Ordering::SeqCst) - before, 4 + 4 + 4 + 1 + 1);
}

#[tokio::test]
async fn nobody_is_waited_for_forever() {
    let server = Server::start().await;
    let read = Limits { read: Duration::from_millis(100), ..SMALL };
    assert_eq!(server.get_with("/silent", &read).await.unwrap_err().code(), "net_timeout");
    // Something comes again and again, and it still ends.
    let total = Limits { total: Duration::from_millis(300), ..SMALL };
    assert_eq!(server.get_with("/slow", &total).await.unwrap_err().code(), "net_timeout");
}

#[tokio::test]
async fn a_dropped_request_hangs_up() {
    let server = Server::start().await;
    let reaches_one = async |count: &AtomicUsize| {
        while count.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let patient = Limits { read: LONG, total: LONG, ..SMALL };
    tokio::select! {
        _ = server.get_with("/silent", &patient) => panic!("it answers"),
        () = reaches_one(&server.unanswered) => {}
    }
    tokio::time::timeout(LONG, reaches_one(&server.hung_up)).await.expect("the connection is still open");
}

#[tokio::test]
async fn a_certificate_sends_nobody_to_this_machine() {
    let server = Server::start().await;
    let public = Fetcher::new(Reach::Public);
    let port = server.base.rsplit(':').next().unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]", "127.1", "[::ffff:127.0.0.1]"] {
        let error = public.get(&format!("http://{host}:{port}/list"), &SMALL).await.unwrap_err();
        assert_eq!(error.code(), "net_private_address", "{host}");
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), 0, "nobody even connected");
}

#[tokio::test]
async fn nobody_there_is_said_so() {
    // Taken, so that nobody else gets it, and nobody listens.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let at = taken.local_addr().unwrap();
    let error = Fetcher::new(Reach::Anywhere).get(&format!("http://{at}/a"), &SMALL).await.unwrap_err();
    assert_eq!(error.code(), "net_unreachable", "{error}");
    assert!(matches!(error.retry(), cartorio_core::Retry::Later));
}
