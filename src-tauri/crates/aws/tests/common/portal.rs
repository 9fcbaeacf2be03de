//! IAM Identity Center as AWS's API model describes it (sso-oidc and the portal), and a door in front of another server.
//!
//! A simulation of our own: no emulator has these services, so what is learnt here is how we behave, not how AWS does.
//! Requests for anything else go on to `upstream` (or get a fixed identity from STS where there is none). The door knows
//! until when session credentials are good, by the test's clock, and refuses them afterwards as AWS words it.

use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use cartorio_core::Clock;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// A clock that tests move. It begins four minutes behind the machine's, so that servers which look at the real time take
/// what is signed until it is four minutes ahead.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(OffsetDateTime::now_utc().unix_timestamp() - 240)))
    }

    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(self.seconds())
    }
}

/// What the next question for a token is answered with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Token,
    Pending,
    SlowDown,
    Denied,
    Expired,
    InvalidGrant,
    InvalidClient,
    Broken,
}

/// One request that came in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub headers: String,
    pub body: String,
}

pub struct State {
    /// Answers to `CreateToken`, in order; [`Answer::Token`] when none is left.
    pub tokens: VecDeque<Answer>,
    /// Seconds that an access token is good for.
    pub token_seconds: i64,
    /// Whether refresh tokens are given.
    pub refresh: bool,
    /// Seconds that the registration of a client is good for.
    pub client_seconds: i64,
    /// Where a person confirms.
    pub page: String,
    /// Session credentials to give, in order; made up when none is left.
    pub credentials: VecDeque<[String; 3]>,
    /// Seconds that the credentials of a role are good for.
    pub credential_seconds: i64,
    /// Until when which access key id is good.
    pub good_until: HashMap<String, i64>,
    /// Whether answers to questions for a token wait.
    pub hold: bool,
    /// Whether the portal and its OIDC service fail.
    pub down: bool,
    /// The next answer to `AssumeRole`: status, code, message.
    pub assume_role: VecDeque<(u16, &'static str, &'static str)>,
    /// Everything that came in.
    pub seen: Vec<Seen>,
    good_token: Option<String>,
    good_refresh: Option<String>,
    good_client: Option<String>,
    made: usize,
}

impl State {
    pub fn count(&self, what: &str) -> usize {
        self.seen.iter().filter(|seen| seen.path.starts_with(what) || seen.body.contains(what)).count()
    }

    /// The portal takes the token no more.
    pub fn end_token(&mut self) {
        self.good_token = None;
    }

    /// The portal forgets this program.
    pub fn forget_client(&mut self) {
        self.good_client = None;
    }

    fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }
}

pub struct Portal {
    pub clock: Arc<TestClock>,
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Portal {
    /// A portal; what is not for it goes on to `upstream`.
    pub fn start(upstream: Option<&str>) -> Self {
        let clock = TestClock::new();
        let state = Arc::new(Mutex::new(State {
            tokens: VecDeque::new(),
            token_seconds: 3600,
            refresh: true,
            client_seconds: 90 * 86_400,
            page: "https://device.sso.us-east-1.amazonaws.com/?user_code=ABCD-EFGH".to_owned(),
            credentials: VecDeque::new(),
            credential_seconds: 3600,
            good_until: HashMap::new(),
            hold: false,
            down: false,
            assume_role: VecDeque::new(),
            seen: Vec::new(),
            good_token: None,
            good_refresh: None,
            good_client: None,
            made: 0,
        }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let upstream = upstream.map(|url| url.trim_start_matches("http://").to_owned());
        let served = (Arc::clone(&state), Arc::clone(&clock));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (state, clock, upstream) = (Arc::clone(&served.0), Arc::clone(&served.1), upstream.clone());
                thread::spawn(move || serve(stream, &state, &clock, upstream.as_deref()));
            }
        });
        Self { clock, port, state }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>, clock: &TestClock, upstream: Option<&str>) {
    let Some((raw, seen)) = read_request(&mut stream) else { return };
    let answer = {
        let mut state = state.lock().unwrap();
        state.seen.push(seen.clone());
        answer(&mut state, clock.seconds(), &seen)
    };
    while seen.path == "/token" && state.lock().unwrap().hold {
        thread::sleep(std::time::Duration::from_millis(2));
    }
    let bytes = match (answer, upstream) {
        (Some(bytes), _) => bytes,
        (None, Some(upstream)) => forward(&raw, upstream, state, clock.seconds()),
        (None, None) => xml(
            200,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/A/b</Arn>\
             <UserId>AROAX:b</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
        ),
    };
    // The client may have gone.
    let _ = stream.write_all(&bytes);
    let _ = stream.shutdown(Shutdown::Both);
}

fn answer(state: &mut State, now: i64, seen: &Seen) -> Option<Vec<u8>> {
    let body: Value = serde_json::from_str(&seen.body).unwrap_or(Value::Null);
    let (path, query) = seen.path.split_once('?').unwrap_or((&seen.path, ""));
    let ours = [
        "/client/register",
        "/device_authorization",
        "/token",
        "/federation/credentials",
        "/assignment/accounts",
        "/assignment/roles",
        "/logout",
    ];
    if ours.contains(&path) && state.down {
        return Some(failed(503, "ServiceUnavailable", ""));
    }
    match path {
        "/client/register" => {
            let number = state.number();
            state.good_client = Some(format!("cliente-{number}"));
            Some(ok(&json!({
                "clientId": format!("cliente-{number}"),
                "clientSecret": format!("SEGREDO-CLIENTE-{number}-{}", "c".repeat(1500)),
                "clientIdIssuedAt": now,
                "clientSecretExpiresAt": now + state.client_seconds,
            })))
        }
        "/device_authorization" => {
            if state.good_client.as_deref() != body["clientId"].as_str() {
                return Some(oauth(401, "InvalidClientException", "invalid_client"));
            }
            let number = state.number();
            Some(ok(&json!({
                "deviceCode": format!("SEGREDO-APARELHO-{number}"),
                "userCode": "ABCD-EFGH",
                "verificationUri": "https://device.sso.us-east-1.amazonaws.com/",
                "verificationUriComplete": state.page,
                "expiresIn": 600,
                "interval": 1,
            })))
        }
        "/token" => Some(token(state, &body)),
        "/federation/credentials" => {
            if let Some(refusal) = unauthorized(state, seen) {
                return Some(refusal);
            }
            if !query.contains("role_name=Assinador") {
                return Some(failed(404, "ResourceNotFoundException", "The specified resource doesn't exist."));
            }
            if query.contains("account_id=999999999999") {
                return Some(failed(403, "ForbiddenException", "No access"));
            }
            let [id, secret, session] = match state.credentials.pop_front() {
                Some(own) => own,
                None => {
                    let number = state.number();
                    ["ASIA", "SEGREDO-CHAVE-", "SEGREDO-SESSAO-"].map(|kind| format!("{kind}{number}"))
                }
            };
            let ends = now + state.credential_seconds;
            state.good_until.insert(id.clone(), ends);
            Some(ok(&json!({ "roleCredentials": {
                "accessKeyId": id, "secretAccessKey": secret, "sessionToken": session, "expiration": ends * 1000,
            }})))
        }
        "/assignment/accounts" => Some(unauthorized(state, seen).unwrap_or_else(|| {
            if query.contains("next_token=pagina2") {
                ok(&json!({ "accountList": [{ "accountId": "111111111111", "accountName": "Arquivo" }] }))
            } else {
                ok(&json!({
                    "nextToken": "pagina2",
                    "accountList": [{ "accountId": "222222222222", "accountName": "Balcão", "emailAddress": "x@y" }],
                }))
            }
        })),
        "/assignment/roles" => Some(unauthorized(state, seen).unwrap_or_else(|| {
            let role = |name: &str| json!({ "roleName": name, "accountId": "1" });
            if query.contains("account_id=111111111111") {
                ok(&json!({ "roleList": [role("Leitor")] }))
            } else if query.contains("next_token=mais") {
                ok(&json!({ "roleList": [role("Assinador")] }))
            } else {
                ok(&json!({ "nextToken": "mais", "roleList": [role("Tabelião")] }))
            }
        })),
        "/logout" => Some(unauthorized(state, seen).unwrap_or_else(|| {
            state.good_token = None;
            ok(&Value::Null)
        })),
        _ => {
            let signed_with = signed_with(seen);
            if signed_with.and_then(|id| state.good_until.get(id)).is_some_and(|ends| *ends <= now) {
                return Some(expired(seen));
            }
            let (status, code, message) =
                if seen.body.contains("Action=AssumeRole") { state.assume_role.pop_front()? } else { return None };
            Some(xml(
                status,
                &format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
                ),
            ))
        }
    }
}

fn token(state: &mut State, body: &Value) -> Vec<u8> {
    let next = state.tokens.pop_front().unwrap_or(Answer::Token);
    let refreshed = body["grantType"] == "refresh_token";
    match next {
        Answer::Token if refreshed && state.good_refresh.as_deref() != body["refreshToken"].as_str() => {
            oauth(400, "InvalidGrantException", "invalid_grant")
        }
        Answer::Token => {
            let number = state.number();
            let access = format!("SEGREDO-ACESSO-{number}-{}", "a".repeat(2000));
            let refresh = state.refresh.then(|| format!("SEGREDO-RENOVA-{number}-{}", "r".repeat(2000)));
            state.good_token = Some(access.clone());
            state.good_refresh.clone_from(&refresh);
            ok(&json!({
                "accessToken": access, "tokenType": "Bearer", "expiresIn": state.token_seconds, "refreshToken": refresh,
                "idToken": null,
            }))
        }
        Answer::Pending => oauth(400, "AuthorizationPendingException", "authorization_pending"),
        Answer::SlowDown => oauth(400, "SlowDownException", "slow_down"),
        Answer::Denied => oauth(400, "AccessDeniedException", "access_denied"),
        Answer::Expired => oauth(400, "ExpiredTokenException", "expired_token"),
        Answer::InvalidGrant => oauth(400, "InvalidGrantException", "invalid_grant"),
        Answer::InvalidClient => oauth(401, "InvalidClientException", "invalid_client"),
        Answer::Broken => failed(500, "InternalServerException", ""),
    }
}

fn unauthorized(state: &State, seen: &Seen) -> Option<Vec<u8>> {
    let sent = seen.headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("x-amz-sso_bearer_token").then(|| value.trim().to_owned())
    });
    let good = state.good_token.is_some() && state.good_token == sent;
    (!good).then(|| failed(401, "UnauthorizedException", "Session token not found or invalid"))
}

fn signed_with(seen: &Seen) -> Option<&str> {
    seen.headers.split_once("Credential=")?.1.split('/').next()
}

fn expired(seen: &Seen) -> Vec<u8> {
    const WORDS: &str = "The security token included in the request is expired";
    if seen.body.starts_with("Action=") {
        let code = "ExpiredToken";
        xml(
            403,
            &format!("<ErrorResponse><Error><Code>{code}</Code><Message>{WORDS}</Message></Error></ErrorResponse>"),
        )
    } else {
        let body = json!({ "__type": "ExpiredTokenException", "message": WORDS });
        response(400, "application/x-amz-json-1.1", "", &body.to_string())
    }
}

/// Sends the request on as it is, its signature included, and gives the answer back; remembers until when credentials that
/// come back are good, and shortens them to what the test wants.
fn forward(raw: &[u8], upstream: &str, state: &Mutex<State>, now: i64) -> Vec<u8> {
    let mut server = TcpStream::connect(upstream).unwrap();
    server.write_all(raw).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0_u8; 16_384];
    // The server may keep the connection open: the answer ends where its length says.
    while !is_whole(&answer) {
        match server.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
        }
    }
    let text = String::from_utf8_lossy(&answer);
    if let (Some(id), Some(expiration)) = (between(&text, "<AccessKeyId>", "</"), between(&text, "<Expiration>", "</"))
    {
        let mut state = state.lock().unwrap();
        let ends = now + state.credential_seconds;
        state.good_until.insert(id.to_owned(), ends);
        let ends = OffsetDateTime::from_unix_timestamp(ends).unwrap();
        let ends = ends.format(&time::format_description::well_known::Rfc3339).unwrap();
        let body = text.split_once("\r\n\r\n").unwrap().1.replace(expiration, &ends);
        return xml(200, &body);
    }
    // One request for a connection, whatever the server thinks of it.
    let (first, rest) = text.split_once("\r\n").unwrap();
    let rest = rest.to_ascii_lowercase().find("connection:").map_or(rest.to_owned(), |at| {
        let end = rest[at..].find("\r\n").map_or(rest.len(), |length| at + length + 2);
        format!("{}{}", &rest[..at], &rest[end..])
    });
    format!("{first}\r\nConnection: close\r\n{rest}").into_bytes()
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    length.is_some_and(|length| answer.len() >= head.len() + 4 + length)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

fn read_request(stream: &mut TcpStream) -> Option<(Vec<u8>, Seen)> {
    let mut raw = Vec::new();
    let mut buffer = [0_u8; 16_384];
    while !raw.windows(4).any(|window| window == b"\r\n\r\n") || !is_request_whole(&raw) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => raw.extend_from_slice(&buffer[..count]),
        }
    }
    let text = String::from_utf8_lossy(&raw).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (first, headers) = head.split_once("\r\n")?;
    let path = first.split(' ').nth(1)?.to_owned();
    Some((raw, Seen { path, headers: headers.to_owned(), body: body.to_owned() }))
}

fn is_request_whole(raw: &[u8]) -> bool {
    let text = String::from_utf8_lossy(raw);
    !text.to_ascii_lowercase().contains("content-length:") || is_whole(raw)
}

fn ok(body: &Value) -> Vec<u8> {
    response(200, "application/json", "", &body.to_string())
}

/// An error of the OIDC service: AWS's type in a header, OAuth's in the body.
fn oauth(status: u16, kind: &str, error: &str) -> Vec<u8> {
    let body = json!({ "error": error, "error_description": null });
    response(status, "application/json", &format!("x-amzn-ErrorType: {kind}\r\n"), &body.to_string())
}

fn failed(status: u16, kind: &str, message: &str) -> Vec<u8> {
    let body = json!({ "message": message });
    response(status, "application/json", &format!("x-amzn-ErrorType: {kind}\r\n"), &body.to_string())
}

fn xml(status: u16, body: &str) -> Vec<u8> {
    response(status, "text/xml", "", body)
}

fn response(status: u16, kind: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}
