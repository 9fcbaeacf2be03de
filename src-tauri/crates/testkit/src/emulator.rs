//! AWS-compatible server processes on loopback, started and stopped by the tests.
//!
//! The servers are Python programs that we did not write (`tests/interop/emulators.txt`): ministack answers KMS, STS,
//! IAM, S3 and more, with SigV4 and policies checked; microburst stands in front of it and injects faults. AWS Private CA
//! is a simulation of our own on top of moto (`tests/interop/private_ca_server.py`; read its head). All live in a virtual
//! environment that `cargo xtask setup` makes. It is found through `CARTORIO_EMULATORS_VENV`, else in the
//! cache folder: `$XDG_CACHE_HOME` (or `~/.cache`) `/cartorio-digital/venvs/emulators`.
//!
//! Contract: [`start_ministack`] gives `None`, after printing why on stderr, only where that environment does not
//! exist; `cargo xtask test` makes sure it does (and sets `CARTORIO_REQUIRE_EMULATORS=1`, which turns the absence into
//! a failure). A server ends when its guard is dropped, and also when the test process dies, because it watches the pipe
//! that is its standard input. State is in memory: make fresh keys in every test. Root credentials are [`ACCESS_KEY`]
//! and [`SECRET_KEY`]; any region is served.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// Access key id of the emulator's root user.
pub const ACCESS_KEY: &str = "test";
/// Secret key of the emulator's root user.
pub const SECRET_KEY: &str = "test";

/// Starts a ministack of one's own, with signature, clock and policy checks on and CloudTrail recording.
///
/// `None`, after a line on stderr, where the virtual environment is absent (see the module).
///
/// # Panics
/// Where the environment is there but the server does not come up: that is a failure of the test's surroundings.
pub fn start_ministack() -> Option<Ministack> {
    let python = emulator_python()?;
    Some(Ministack(start(&python, "ministack", "/_ministack/health", |command, port| {
        command
            .env("AUTH", "true")
            .env("CLOUDTRAIL_RECORDING", "1")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_REGION", "sa-east-1");
    })))
}

/// One ministack for a whole test binary: started by the first caller, ended with the process.
pub fn shared_ministack() -> Option<&'static Ministack> {
    static SHARED: OnceLock<Option<Ministack>> = OnceLock::new();
    SHARED.get_or_init(start_ministack).as_ref()
}

/// Starts a microburst in front of `upstream`, with no fault rule yet.
///
/// `None` and panics as [`start_ministack`].
pub fn start_microburst(upstream: &str) -> Option<Microburst> {
    let python = emulator_python()?;
    Some(Microburst(start(&python, "microburst", "/_microburst/rules", |command, port| {
        command.args(["--upstream", upstream, "--port", &port.to_string()]);
    })))
}

/// Starts an AWS Private CA of our own simulation; the access key id chooses how it behaves (see the script's head).
///
/// `None` and panics as [`start_ministack`].
pub fn start_private_ca() -> Option<PrivateCa> {
    let python = emulator_python()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/interop/private_ca_server.py");
    Some(PrivateCa(start(&python, &script.to_string_lossy(), "/moto-api/data.json", |command, port| {
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    })))
}

/// One Private CA server for a whole test binary: started by the first caller, ended with the process.
pub fn shared_private_ca() -> Option<&'static PrivateCa> {
    static SHARED: OnceLock<Option<PrivateCa>> = OnceLock::new();
    SHARED.get_or_init(start_private_ca).as_ref()
}

/// A running Private CA. Ends when dropped.
#[derive(Debug)]
pub struct PrivateCa(Server);

impl PrivateCa {
    /// Base URL, `http://127.0.0.1:PORT`, to be given to the acm-pca client as its endpoint.
    pub fn endpoint(&self) -> String {
        self.0.endpoint()
    }
}

/// A running ministack. Ends when dropped.
#[derive(Debug)]
pub struct Ministack(Server);

impl Ministack {
    /// Base URL, `http://127.0.0.1:PORT`, to be given to each SDK client as its endpoint.
    pub fn endpoint(&self) -> String {
        self.0.endpoint()
    }
}

/// A running fault proxy. Ends when dropped.
#[derive(Debug)]
pub struct Microburst(Server);

impl Microburst {
    /// Base URL of the proxy, to be used instead of the upstream's.
    pub fn endpoint(&self) -> String {
        self.0.endpoint()
    }

    /// Puts fault rules in force, in addition to those before. `rules` is microburst's JSON array, for example
    /// `[{"service":"kms","operation":"Sign","times":2,"error":{"code":"ThrottlingException"}}]`.
    ///
    /// # Panics
    /// When the proxy refuses the rules: the test is wrong.
    pub fn add_rules(&self, rules: &str) {
        let answer = http(self.0.port, "PATCH", "/_microburst/rules", rules);
        match answer {
            Ok((200..=299, _)) => {}
            other => unavailable(&format!("microburst refused the rules: {other:?}")),
        }
    }
}

#[derive(Debug)]
struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Server {
    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a Python module or script as its command would, but ends the process when standard input closes: the death of the test
/// process closes it even where no destructor runs.
const RUN_UNTIL_ORPHANED: &str = "\
import os, runpy, sys, threading
def watch():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()
module = sys.argv.pop(1)
sys.argv[0] = module
if module.endswith('.py'):
    runpy.run_path(module, run_name='__main__')
else:
    runpy.run_module(module, run_name='__main__', alter_sys=True)
";

const START_LIMIT: Duration = Duration::from_secs(60);
const TRIES: usize = 3;

/// A free port can be taken by another process before the server binds it, hence the tries.
fn start(python: &Path, module: &str, health: &str, configure: impl Fn(&mut Command, u16)) -> Server {
    let mut last = String::new();
    for _ in 0..TRIES {
        match try_start(python, module, health, &configure) {
            Ok(server) => return server,
            Err(reason) => last = reason,
        }
    }
    unavailable(&format!("{module} did not start: {last}"))
}

fn try_start(
    python: &Path,
    module: &str,
    health: &str,
    configure: &impl Fn(&mut Command, u16),
) -> Result<Server, String> {
    let io = |error: std::io::Error| error.to_string();
    let folder = tempfile::tempdir().map_err(io)?;
    let log = fs::File::create(folder.path().join("log")).map_err(io)?;
    let port = free_port().map_err(io)?;
    let mut command = Command::new(python);
    command.args(["-c", RUN_UNTIL_ORPHANED, module]).current_dir(folder.path());
    // The developer's own AWS settings must not reach a test server, nor a proxy stand between it and the test.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("AWS_") || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name.as_ref());
        }
    }
    command.env("STATE_DIR", folder.path().join("state")).env("TMPDIR", folder.path());
    configure(&mut command, port);
    let errors = log.try_clone().map_err(io)?;
    let child = command.stdin(Stdio::piped()).stdout(log).stderr(errors).spawn().map_err(io)?;
    let mut server = Server { child, port, folder };
    let begin = Instant::now();
    while begin.elapsed() < START_LIMIT {
        if let Ok((200, _)) = http(port, "GET", health, "") {
            return Ok(server);
        }
        if let Ok(Some(status)) = server.child.try_wait() {
            return Err(format!("{status}\n{}", server.log()));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(format!("no answer after {} s\n{}", START_LIMIT.as_secs(), server.log()))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// One request on a connection of its own; gives status and body.
fn http(port: u16, method: &str, path: &str, body: &str) -> std::io::Result<(u16, String)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}

fn emulator_python() -> Option<PathBuf> {
    let venv = env::var_os("CARTORIO_EMULATORS_VENV").map(PathBuf::from).or_else(default_venv)?;
    let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if python.exists() {
        return Some(python);
    }
    let missing = format!("no AWS emulators in {}: run `cargo xtask setup`", venv.display());
    if env::var_os("CARTORIO_REQUIRE_EMULATORS").is_some() {
        unavailable(&missing);
    }
    eprintln!("skipped: {missing}");
    None
}

fn default_venv() -> Option<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))?;
    Some(cache.join("cartorio-digital/venvs/emulators"))
}

/// The surroundings of a test are broken; in this crate, used by tests alone, that ends the test.
#[allow(clippy::panic)]
fn unavailable(message: &str) -> ! {
    panic!("{message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ministack_answers_on_loopback_and_ends_with_its_guard() {
        let Some(server) = start_ministack() else {
            return;
        };
        let port = server.0.port;
        assert_eq!(server.endpoint(), format!("http://127.0.0.1:{port}"));
        let (status, _) = http(port, "GET", "/_ministack/health", "").unwrap();
        assert_eq!(status, 200, "a started server is a healthy one");
        drop(server);
        assert!(http(port, "GET", "/_ministack/health", "").is_err(), "the server outlived its guard");
    }

    #[test]
    fn closing_the_pipe_ends_the_server_as_the_death_of_the_test_process_would() {
        let Some(mut server) = start_ministack() else {
            return;
        };
        drop(server.0.child.stdin.take());
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(60) {
            if server.0.child.try_wait().unwrap().is_some() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("the server did not notice that its parent is gone");
    }

    #[test]
    fn microburst_injects_the_fault_it_was_told() {
        let Some(server) = shared_ministack() else {
            return;
        };
        let Some(proxy) = start_microburst(&server.endpoint()) else {
            return;
        };
        proxy.add_rules(
            r#"[{"service":"kms","operation":"ListKeys","times":1,"error":{"code":"ThrottlingException"}}]"#,
        );
        let (status, body) = list_keys(proxy.0.port);
        assert!(status == 400 && body.contains("ThrottlingException"), "{status}: {body}");
        let (_, body) = list_keys(proxy.0.port);
        assert!(!body.contains("ThrottlingException"), "the rule was for one call only: {body}");
    }

    fn list_keys(port: u16) -> (u16, String) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: kms.sa-east-1.amazonaws.com\r\nX-Amz-Target: TrentService.ListKeys\r\n\
             Content-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }
}
