//! An HTTP/1.1 server of the test's own that stands in front of an AWS-compatible server and lets things go wrong.
//!
//! It knows requests by their operation: the part of `X-Amz-Target` after the dot (`Sign`, `CreateKey`), the `Action` of a
//! form (STS, IAM), else the path. [`FaultProxy::start`] stands in front of a server, [`FaultProxy::serve`] answers by itself.
//! All connections live on one thread, so that hundreds of slow requests cost nothing; it ends when the guard is dropped.

use std::collections::HashMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};

/// What goes wrong with one request.
#[derive(Clone)]
pub enum Fault {
    /// It waits before it goes on.
    Delay(Duration),
    /// The connection closes; nothing is forwarded.
    Drop,
    /// The request is done, the connection closes, and the answer is lost.
    LoseAnswer,
    /// The connection is reset (RST); nothing is forwarded.
    Reset,
    /// The request is done, then the connection is reset.
    ResetAnswer,
    /// Nothing is forwarded; this comes back, in the form in which AWS tells errors.
    Error {
        /// HTTP status.
        status: u16,
        /// AWS's code, e.g. `KMSInternalException`.
        code: String,
        /// Its text.
        message: String,
    },
    /// The request is done; half of the answer's body comes back.
    Truncate,
    /// The request is done; a page of HTML comes back instead of the answer.
    Garbage,
    /// The request is done; the answer's body comes in eight pieces with this wait before each.
    Slow(Duration),
    /// The request is done; one character of the answer's `Signature` is another.
    WrongSignature,
    /// The request is done; the answer's body is what this makes of it.
    Rewrite(Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>),
}

impl Fault {
    /// An error with that code, as AWS tells it.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::Error { status, code: code.to_owned(), message: message.to_owned() }
    }

    /// `ThrottlingException`.
    pub fn throttling() -> Self {
        Self::error(
            400,
            "ThrottlingException",
            "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
        )
    }

    /// `ExpiredTokenException`.
    pub fn expired_token() -> Self {
        Self::error(400, "ExpiredTokenException", "The security token included in the request is expired")
    }

    /// `KMSInternalException`, status 500.
    pub fn internal() -> Self {
        Self::error(500, "KMSInternalException", "An internal error occurred.")
    }

    /// What `change` makes of the answer's body.
    pub fn rewrite(change: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::Rewrite(Arc::new(change))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delay(_) => "Delay",
            Self::Drop => "Drop",
            Self::LoseAnswer => "LoseAnswer",
            Self::Reset => "Reset",
            Self::ResetAnswer => "ResetAnswer",
            Self::Error { code, .. } => code,
            Self::Truncate => "Truncate",
            Self::Garbage => "Garbage",
            Self::Slow(_) => "Slow",
            Self::WrongSignature => "WrongSignature",
            Self::Rewrite(_) => "Rewrite",
        })
    }
}

/// Which requests meet a [`Fault`].
#[derive(Clone, Debug)]
pub struct Rule {
    operation: Option<String>,
    skip: u64,
    times: u64,
    fault: Fault,
}

impl Rule {
    /// Every request of that operation, e.g. `Sign`.
    pub fn on(operation: &str, fault: Fault) -> Self {
        Self { operation: Some(operation.to_owned()), skip: 0, times: u64::MAX, fault }
    }

    /// Every request.
    pub fn always(fault: Fault) -> Self {
        Self { operation: None, skip: 0, times: u64::MAX, fault }
    }

    /// Only so many of them.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    /// Not the first so many.
    #[must_use]
    pub fn after(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }
}

/// One request, as [`FaultProxy::serve`] gives it to its handler.
#[derive(Clone, Debug)]
pub struct Request {
    /// `Sign`, `CreateKey`, …
    pub operation: String,
    /// The first line and the headers, without the empty line.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, without those that belong to the connection.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A JSON answer of an AWS service.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(1);
        let id = format!("00000000-0000-4000-8000-{:012x}", COUNTER.fetch_add(1, Ordering::Relaxed));
        Self {
            status,
            headers: vec![
                ("Content-Type".to_owned(), "application/x-amz-json-1.1".to_owned()),
                ("x-amzn-RequestId".to_owned(), id),
            ],
            body: body.into(),
        }
    }

    /// An error of an AWS service with a JSON protocol.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let quoted = message.replace('\\', "\\\\").replace('"', "\\\"");
        Self::json(status, format!(r#"{{"__type":"{code}","message":"{quoted}"}}"#))
    }
}

/// The proxy. Ends when dropped.
pub struct FaultProxy {
    port: u16,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl FaultProxy {
    /// Stands in front of `upstream`, e.g. `http://127.0.0.1:4566`, with nothing wrong yet.
    ///
    /// # Panics
    /// When `upstream` is no such address, or no port can be had: the test's surroundings are broken.
    #[allow(clippy::panic)]
    pub fn start(upstream: &str) -> Self {
        let address = upstream.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let Some(address) = address else { panic!("{upstream} is no http:// address") };
        Self::run(Upstream::Server(address.to_owned()))
    }

    /// Answers every request with what `handler` makes of it.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn serve(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::run(Upstream::Handler(Arc::new(handler)))
    }

    #[allow(clippy::expect_used)] // A test's surroundings: without a port and a runtime there is no test.
    fn run(upstream: Upstream) -> Self {
        let shared = Arc::new(Shared { upstream, state: Mutex::default() });
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        listener.set_nonblocking(true).expect("a listener that does not block");
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let thread = thread::spawn(move || {
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                let accept = async {
                    loop {
                        if let Ok((client, _)) = listener.accept().await {
                            tokio::spawn(connection(client, Arc::clone(&served)));
                        }
                    }
                };
                tokio::select! {
                    () = accept => {}
                    _ = stopped => {}
                }
            });
        });
        Self { port, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// Base URL, to be given to a client as its endpoint.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Puts a rule in force, behind those before. A request meets the first rule that is for it; delays add up.
    pub fn rule(&self, rule: Rule) {
        self.shared.state().rules.push(rule);
    }

    /// Forgets rules, latency and limits; the counts stay.
    pub fn clear(&self) {
        let mut state = self.shared.state();
        state.rules.clear();
        state.limits.clear();
        state.latency = Duration::ZERO;
    }

    /// Lets every answer come so long after its request, what the server takes included.
    pub fn latency(&self, latency: Duration) {
        self.shared.state().latency = latency;
    }

    /// Lets so many requests of `operation` through in a second, with `burst` in stock; the others get a
    /// `ThrottlingException`.
    pub fn limit(&self, operation: &str, per_second: u32, burst: u32) {
        let bucket = Bucket {
            rate: f64::from(per_second),
            burst: f64::from(burst),
            stock: f64::from(burst),
            at: Instant::now(),
        };
        self.shared.state().limits.insert(operation.to_owned(), bucket);
    }

    /// How many requests of `operation` came.
    pub fn count(&self, operation: &str) -> u64 {
        self.shared.state().counts.get(operation).map_or(0, |count| count.came)
    }

    /// How many requests of `operation` reached the server (or the handler).
    pub fn forwarded(&self, operation: &str) -> u64 {
        self.shared.state().counts.get(operation).map_or(0, |count| count.forwarded)
    }

    /// How many requests of `operation` were over a [limit](Self::limit).
    pub fn throttled(&self, operation: &str) -> u64 {
        self.shared.state().counts.get(operation).map_or(0, |count| count.throttled)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A thread that is gone needs no stopping.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for FaultProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultProxy").field("endpoint", &self.endpoint()).finish_non_exhaustive()
    }
}

enum Upstream {
    Server(String),
    Handler(Arc<dyn Fn(&Request) -> Answer + Send + Sync>),
}

struct Shared {
    upstream: Upstream,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    latency: Duration,
    limits: HashMap<String, Bucket>,
    counts: HashMap<String, Count>,
}

#[derive(Default)]
struct Count {
    came: u64,
    forwarded: u64,
    throttled: u64,
}

struct Bucket {
    rate: f64,
    burst: f64,
    stock: f64,
    at: Instant,
}

impl Bucket {
    fn take(&mut self) -> bool {
        let now = Instant::now();
        self.stock = (self.stock + self.rate * now.duration_since(self.at).as_secs_f64()).min(self.burst);
        self.at = now;
        let there = self.stock >= 1.0;
        if there {
            self.stock -= 1.0;
        }
        there
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a request of that operation is answered at the earliest, how long it waits before, and what goes wrong with it.
    fn fate(&self, operation: &str) -> (Instant, Duration, Option<Fault>) {
        // Timers count in milliseconds and round up: half of one less is right on average.
        let now = Instant::now();
        let arrived = now.checked_sub(Duration::from_micros(500)).unwrap_or(now);
        let mut state = self.state();
        let count = state.counts.entry(operation.to_owned()).or_default();
        count.came += 1;
        if state.limits.get_mut(operation).is_some_and(|bucket| !bucket.take()) {
            state.counts.entry(operation.to_owned()).or_default().throttled += 1;
            return (arrived + state.latency, Duration::ZERO, Some(Fault::throttling()));
        }
        let (answered, mut delay) = (arrived + state.latency, Duration::ZERO);
        for rule in &mut state.rules {
            if rule.times == 0 || rule.operation.as_deref().is_some_and(|own| own != operation) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            rule.times = rule.times.saturating_sub(1);
            match &rule.fault {
                Fault::Delay(own) => delay += *own,
                fault => return (answered, delay, Some(fault.clone())),
            }
        }
        (answered, delay, None)
    }

    async fn forward(&self, request: &Request) -> std::io::Result<Answer> {
        self.state().counts.entry(request.operation.clone()).or_default().forwarded += 1;
        match &self.upstream {
            // It may wait: the answers of others do not.
            Upstream::Handler(handler) => {
                let (handler, request) = (Arc::clone(handler), request.clone());
                Ok(tokio::task::spawn_blocking(move || handler(&request)).await?)
            }
            Upstream::Server(address) => ask(address, request).await,
        }
    }
}

async fn connection(mut client: TcpStream, shared: Arc<Shared>) {
    // Without it small answers wait for acknowledgements; where it fails they are merely late.
    let _ = client.set_nodelay(true);
    let mut read = Vec::new();
    while let Some(request) = read_request(&mut client, &mut read).await {
        let (answered, delay, fault) = shared.fate(&request.operation);
        if !delay.is_zero() {
            sleep(delay).await;
        }
        match fault {
            Some(Fault::Drop) => return,
            Some(Fault::Reset) => return reset(client),
            Some(Fault::Error { status, code, message }) => {
                sleep_until(answered).await;
                if write_answer(&mut client, &error_for(&request, status, &code, &message)).await.is_err() {
                    return;
                }
                continue;
            }
            _ => {}
        }
        let mut answer = match shared.forward(&request).await {
            Ok(answer) => answer,
            Err(error) => Answer::error(502, "BadGateway", &error.to_string()),
        };
        sleep_until(answered).await;
        let written = match fault {
            Some(Fault::LoseAnswer) => return,
            Some(Fault::ResetAnswer) => return reset(client),
            Some(Fault::Truncate) => {
                let half = answer.body.len() / 2;
                let _ = client.write_all(&head_of(&answer)).await;
                let _ = client.write_all(&answer.body[..half]).await;
                return;
            }
            Some(Fault::Slow(wait)) => write_slowly(&mut client, &answer, wait).await,
            Some(Fault::Garbage) => {
                answer.headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
                answer.body = b"<html>Wi-Fi do cart\xc3\xb3rio: entre com sua senha</html>".to_vec();
                answer.status = 200;
                write_answer(&mut client, &answer).await
            }
            Some(Fault::WrongSignature) => {
                spoil_signature(&mut answer.body);
                write_answer(&mut client, &answer).await
            }
            Some(Fault::Rewrite(change)) => {
                answer.body = change(answer.body);
                write_answer(&mut client, &answer).await
            }
            Some(Fault::Delay(_) | Fault::Drop | Fault::Reset | Fault::Error { .. }) | None => {
                write_answer(&mut client, &answer).await
            }
        };
        let last = header(&request.head, "connection").is_some_and(|told| told.eq_ignore_ascii_case("close"));
        if written.is_err() || last {
            return;
        }
    }
}

/// Closes with RST: what the client has not read yet is gone too.
fn reset(client: TcpStream) {
    // Where it fails, the connection closes politely, and the test that waits for a reset says so.
    let _ = client.set_zero_linger();
    drop(client);
}

/// The next request; `None` when the client is gone. `read` keeps what was read beyond it.
async fn read_request(client: &mut TcpStream, read: &mut Vec<u8>) -> Option<Request> {
    let end = loop {
        if let Some(at) = find(read, b"\r\n\r\n") {
            break at;
        }
        more(client, read).await?;
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let length: usize = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while read.len() < end + 4 + length {
        more(client, read).await?;
    }
    let rest = read.split_off(end + 4 + length);
    let body = std::mem::replace(read, rest).split_off(end + 4);
    let operation = header(&head, "x-amz-target")
        .and_then(|target| target.rsplit('.').next().map(str::to_owned))
        .or_else(|| form_action(&body))
        .or_else(|| head.split(' ').nth(1).map(str::to_owned))
        .unwrap_or_default();
    Some(Request { operation, head, body })
}

async fn more(client: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    match client.read_buf(read).await {
        Ok(1..) => Some(()),
        Ok(0) | Err(_) => None,
    }
}

/// The answer of the server at `address`, on a connection of its own.
async fn ask(address: &str, request: &Request) -> std::io::Result<Answer> {
    let mut server = TcpStream::connect(address).await?;
    server.set_nodelay(true)?;
    let mut head: Vec<&str> = request.head.split("\r\n").collect();
    // The signature of the request does not cover this header.
    head.retain(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let mut bytes = head.join("\r\n").into_bytes();
    bytes.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
    bytes.extend_from_slice(&request.body);
    server.write_all(&bytes).await?;
    let mut read = Vec::new();
    server.read_to_end(&mut read).await?;
    let malformed = || std::io::Error::new(std::io::ErrorKind::InvalidData, "the server's answer is no HTTP");
    let end = find(&read, b"\r\n\r\n").ok_or_else(malformed)?;
    let body = read.split_off(end + 4);
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(malformed)?;
    let chunked = header(&head, "transfer-encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("chunked"));
    let body = if chunked { unchunk(&body).ok_or_else(malformed)? } else { body };
    let own = ["connection", "content-length", "transfer-encoding", "keep-alive"];
    let headers = head
        .split("\r\n")
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| !own.contains(&name.to_ascii_lowercase().as_str()))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    Ok(Answer { status, headers, body })
}

fn unchunk(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = find(body, b"\r\n")?;
        let size = std::str::from_utf8(&body[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(end + 2..end + 2 + size)?);
        body = body.get(end + 4 + size..)?;
    }
}

/// An error in the protocol of the request.
fn error_for(request: &Request, status: u16, code: &str, message: &str) -> Answer {
    if form_action(&request.body).is_none() {
        return Answer::error(status, code, message);
    }
    let mut answer = Answer::json(status, Vec::new());
    answer.headers[0].1 = "text/xml".to_owned();
    answer.body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    )
    .into_bytes();
    answer
}

async fn write_answer(client: &mut TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut bytes = head_of(answer);
    bytes.extend_from_slice(&answer.body);
    client.write_all(&bytes).await
}

async fn write_slowly(client: &mut TcpStream, answer: &Answer, wait: Duration) -> std::io::Result<()> {
    client.write_all(&head_of(answer)).await?;
    for piece in answer.body.chunks(answer.body.len().div_ceil(8).max(1)) {
        sleep(wait).await;
        client.write_all(piece).await?;
    }
    Ok(())
}

fn head_of(answer: &Answer) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} Told\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// Makes another value of the member `Signature`, of the same length and still base64.
fn spoil_signature(body: &mut [u8]) {
    const MEMBER: &[u8] = b"\"Signature\"";
    let Some(start) = find(body, MEMBER).map(|at| at + MEMBER.len()) else { return };
    let Some(value) = find(&body[start..], b"\"").map(|at| start + at + 1) else { return };
    // The first characters hold the ASN.1 header, the last is partly unused.
    if let Some(byte) = body.get_mut(value + 20) {
        *byte = if *byte == b'A' { b'B' } else { b'A' };
    }
}

fn form_action(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    text.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
}

fn header(head: &str, name: &str) -> Option<String> {
    head.split("\r\n")
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn ask_once(proxy: &FaultProxy, operation: &str) -> std::io::Result<(u16, String)> {
        let mut stream = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        write!(stream, "POST / HTTP/1.1\r\nX-Amz-Target: TrentService.{operation}\r\nContent-Length: 2\r\n\r\n{{}}")?;
        let mut bytes = Vec::new();
        loop {
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer)?;
            bytes.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length: usize = header(head, "content-length").unwrap().parse().unwrap();
                if body.len() >= length {
                    return Ok((head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned()));
                }
            }
            if read == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn honest() -> FaultProxy {
        FaultProxy::serve(|request| {
            Answer::json(200, format!(r#"{{"Operation": "{}", "Signature": "{}"}}"#, request.operation, "Q".repeat(96)))
        })
    }

    #[test]
    fn each_fault_happens_as_often_as_it_was_told_and_requests_are_counted() {
        let first = honest();
        let proxy = FaultProxy::start(&first.endpoint());
        assert_eq!(ask_once(&proxy, "Sign").unwrap().0, 200);

        for (fault, forwarded) in
            [(Fault::Drop, 0), (Fault::Reset, 0), (Fault::LoseAnswer, 1), (Fault::ResetAnswer, 1), (Fault::Truncate, 1)]
        {
            let before = proxy.forwarded("Sign");
            proxy.rule(Rule::on("Sign", fault.clone()).times(1));
            let error = ask_once(&proxy, "Sign").expect_err("no whole answer");
            let is_reset = error.kind() == std::io::ErrorKind::ConnectionReset;
            assert_eq!(is_reset, matches!(fault, Fault::Reset | Fault::ResetAnswer), "{fault:?}: {error}");
            assert_eq!(proxy.forwarded("Sign") - before, forwarded, "{fault:?}");
            assert_eq!(ask_once(&proxy, "Sign").unwrap().0, 200, "{fault:?} was for one request");
        }

        proxy.rule(Rule::on("Sign", Fault::throttling()).after(1).times(2));
        let statuses: Vec<u16> = (0..4).map(|_| ask_once(&proxy, "Sign").unwrap().0).collect();
        assert_eq!(statuses, [200, 400, 400, 200]);
        assert_eq!(ask_once(&proxy, "Verify").unwrap().0, 200);
        assert_eq!((proxy.count("Verify"), proxy.forwarded("Verify"), proxy.count("Nothing")), (1, 1, 0));
        assert_eq!(proxy.count("Sign"), first.count("Sign") + 4, "two drops and two errors never got there");

        proxy.rule(Rule::on("Sign", Fault::WrongSignature).times(1));
        let (_, wrong) = ask_once(&proxy, "Sign").unwrap();
        let (_, right) = ask_once(&proxy, "Sign").unwrap();
        assert_eq!(wrong.bytes().zip(right.bytes()).filter(|(a, b)| a != b).count(), 1);
        proxy.rule(Rule::on("Sign", Fault::Garbage).times(1));
        assert!(ask_once(&proxy, "Sign").unwrap().1.starts_with("<html>"));
        proxy.rule(Rule::on("Sign", Fault::Slow(Duration::from_millis(1))).times(1));
        assert_eq!(ask_once(&proxy, "Sign").unwrap().1, right);
        proxy.rule(Rule::always(Fault::internal()));
        assert_eq!(ask_once(&proxy, "Verify").unwrap().0, 500);
        proxy.clear();
        assert_eq!(ask_once(&proxy, "Verify").unwrap().0, 200);
    }

    #[test]
    fn a_limit_lets_its_stock_through_and_throttles_the_rest() {
        let proxy = honest();
        // Nothing comes into stock again, however long the five take.
        proxy.limit("Sign", 0, 3);
        let statuses: Vec<u16> = (0..5).map(|_| ask_once(&proxy, "Sign").unwrap().0).collect();
        assert_eq!(statuses, [200, 200, 200, 400, 400]);
        assert_eq!((proxy.throttled("Sign"), proxy.forwarded("Sign")), (2, 3));
        assert_eq!(ask_once(&proxy, "Verify").unwrap().0, 200);
    }

    #[test]
    fn nobody_answers_after_the_guard_is_gone() {
        let proxy = honest();
        let port = proxy.port;
        drop(proxy);
        assert!(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    }
}
