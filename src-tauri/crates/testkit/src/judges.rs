//! Foreign judges of signatures and documents: EU DSS, veraPDF, pyHanko, qpdf, MuPDF, OpenSSL.
//!
//! DSS and veraPDF live in one Java process, pyHanko in one Python process, each for a whole test binary; both read jobs
//! as JSON lines (`tests/interop/java`, `tests/interop/pyhanko_judge.py`). `cargo xtask setup` builds them into the cache
//! folder: `$XDG_CACHE_HOME` (or `~/.cache`) `/cartorio-digital/{venvs/judges,java-judges}`, told by `CARTORIO_JUDGES_VENV` and
//! `CARTORIO_JUDGES_JAVA`.
//!
//! Contract: a judge that is not there gives `None`, after a line on stderr that names it; `CARTORIO_REQUIRE_JUDGES=1` (set by
//! `cargo xtask test`) turns the absence into a failure, but for programs that it installs on Linux alone. No judge uses the
//! network.

pub mod openssl;

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

/// What EU DSS is asked. Files are PEM or DER.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DssJob {
    /// The PDF or CMS.
    pub file: PathBuf,
    /// What a detached CMS covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<PathBuf>,
    /// Of an encrypted PDF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Roots.
    pub anchors: Vec<PathBuf>,
    /// Certificates that the file lacks.
    pub certificates: Vec<PathBuf>,
    /// Revocation lists that the file lacks, DER.
    pub crls: Vec<PathBuf>,
    /// OCSP responses that the file lacks, DER.
    pub ocsps: Vec<PathBuf>,
    /// RFC 3339; `None`: now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What EU DSS says of one signature (EN 319 102-1).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DssSignature {
    /// `TOTAL_PASSED`, `INDETERMINATE`, `TOTAL_FAILED`.
    pub indication: String,
    /// `TRY_LATER`, `HASH_FAILURE`, …
    pub sub_indication: Option<String>,
    /// `PAdES-BASELINE-LTA`, `CAdES-BASELINE-T`, …
    pub level: String,
    /// Subject of the signing certificate.
    pub signer: Option<String>,
    /// The PDF field.
    pub field: Option<String>,
    /// Whether it signs another signature.
    #[serde(default)]
    pub counter_signature: bool,
    /// What changed after the signature, as DSS grades it: `extension: …`, `form: …`, `annotation: …`, `undefined: …`.
    #[serde(default)]
    pub changes: Vec<String>,
    /// The time stamps on it.
    #[serde(default)]
    pub timestamps: Vec<DssTimestamp>,
    /// In DSS's words.
    #[serde(default)]
    pub errors: Vec<String>,
    /// In DSS's words.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// What EU DSS says of one time stamp.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DssTimestamp {
    /// `SIGNATURE_TIMESTAMP`, `ARCHIVE_TIMESTAMP`, `DOCUMENT_TIMESTAMP`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// `PASSED`, `INDETERMINATE`, `FAILED`.
    pub indication: Option<String>,
    /// Why not `PASSED`.
    pub sub_indication: Option<String>,
    /// Its time, RFC 3339.
    pub at: String,
    /// Subject of the TSA.
    pub signer: Option<String>,
}

/// What veraPDF says.
#[derive(Clone, Debug, Deserialize)]
pub struct PdfAVerdict {
    /// `1b`, `2u`, …: what was judged.
    pub flavour: String,
    /// Whether every rule holds.
    pub compliant: bool,
    /// The rules that do not, `clause-test: description`.
    pub failed: Vec<String>,
}

/// What EU DSS says of every signature in the file; `None` where it is not installed.
///
/// # Panics
/// When the judge breaks, or cannot read the file.
pub fn dss(job: &DssJob) -> Option<Vec<DssSignature>> {
    #[derive(Deserialize)]
    struct Answer {
        signatures: Vec<DssSignature>,
    }
    let answer = java()?.ask("dss", job, &job.file);
    Some(read::<Answer>(answer, &job.file).signatures)
}

/// What EU DSS is to take to a higher level, and with what.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DssExtension {
    /// The PDF, and what DSS is given beside it.
    #[serde(flatten)]
    pub job: DssJob,
    /// The file to write.
    pub output: PathBuf,
    /// `T`, `LT` or `LTA`.
    pub level: &'static str,
    /// The time-stamp authority's key: RSA, PKCS#8 DER.
    pub key: PathBuf,
    /// Its certificate, and those above it.
    pub authority: Vec<PathBuf>,
}

/// Lets EU DSS extend the signatures of a PDF; `None` where it is not installed.
///
/// # Panics
/// When the judge breaks, or cannot extend the file.
pub fn dss_extend(job: &DssExtension) -> Option<()> {
    #[derive(Deserialize)]
    struct Answer {
        output: PathBuf,
    }
    let answer = java()?.ask("dss-extend", job, &job.job.file);
    let answer = read::<Answer>(answer, &job.job.file);
    (answer.output == job.output).then_some(())
}

/// Whether a file conforms to PDF/A (`flavour`: `1b`, `2u`, …; `None`: what it says itself); `None` where veraPDF is not
/// installed.
///
/// # Panics
/// When the judge breaks, or cannot read the file.
pub fn verapdf(file: &Path, flavour: Option<&str>) -> Option<PdfAVerdict> {
    #[derive(Serialize)]
    struct Job<'a> {
        file: &'a Path,
        #[serde(skip_serializing_if = "Option::is_none")]
        flavour: Option<&'a str>,
    }
    Some(read(java()?.ask("verapdf", &Job { file, flavour }, file), file))
}

/// What pyHanko is asked; the fields are the options of `tests/interop/pyhanko_judge.py`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PyHankoJob {
    /// The PDF or CMS.
    pub file: PathBuf,
    /// What a detached CMS covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<PathBuf>,
    /// Of an encrypted PDF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Roots.
    pub root: Vec<PathBuf>,
    /// Certificates that the file lacks.
    pub certificate: Vec<PathBuf>,
    /// Revocation lists that the file lacks, DER.
    pub crl: Vec<PathBuf>,
    /// OCSP responses that the file lacks, DER.
    pub ocsp: Vec<PathBuf>,
    /// RFC 3339; `None`: now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// AdES validation at a level (`B-B`, `B-T`, `B-LT`, `B-LTA`) beside the plain one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ades: Option<String>,
    /// Valid by the evidence in the DSS alone, too.
    pub ltv: bool,
    /// Reads hybrid files, which pyHanko does not trust otherwise.
    pub lenient: bool,
}

/// What pyHanko says: the JSON report of `tests/interop/pyhanko_judge.py`; `None` where it is not installed.
///
/// # Panics
/// When the judge breaks, or cannot read the file.
pub fn pyhanko(job: &PyHankoJob) -> Option<serde_json::Value> {
    let answer = pyhanko_process()?.ask("pyhanko", job, &job.file);
    match answer.get("error") {
        Some(error) => broken(&format!("pyHanko on {}: {error}", job.file.display())),
        None => Some(answer),
    }
}

fn pyhanko_process() -> Option<Shared> {
    static PROCESS: OnceLock<Option<Mutex<Process>>> = OnceLock::new();
    let process = PROCESS.get_or_init(|| {
        let mut command = Command::new(python("pyHanko")?);
        command.arg(script("pyhanko_judge.py")).arg("--serve");
        Some(Mutex::new(Process::start(command, "pyHanko")))
    });
    process.as_ref().map(Shared)
}

/// What `qpdf --check` complains of, if of anything; `None` where qpdf is not installed.
///
/// # Panics
/// When an installed qpdf is required and missing.
pub fn qpdf_check(file: &Path, password: Option<&str>) -> Option<Result<(), String>> {
    let mut arguments = vec!["--check".to_owned()];
    arguments.extend(password.map(|password| format!("--password={password}")));
    let output = program("qpdf", &arguments, file)?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Some(if output.status.success() { Ok(()) } else { Err(said) })
}

/// The words of `mutool sign -v`; `None` where MuPDF's tool is not installed. MuPDF does not know RSASSA-PSS.
///
/// # Panics
/// When an installed mutool is required and missing.
pub fn mutool_signatures(file: &Path, password: Option<&str>) -> Option<String> {
    let mut arguments = vec!["sign".to_owned(), "-v".to_owned()];
    if let Some(password) = password {
        arguments.extend(["-p".to_owned(), password.to_owned()]);
    }
    let output = program("mutool", &arguments, file)?;
    Some([output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat())
}

/// What MuPDF complains of when it draws every page, an error or something to repair; `None` where its tool is not installed.
///
/// # Panics
/// When an installed mutool is required and missing.
pub fn mutool_draws(file: &Path, password: Option<&str>) -> Option<Result<(), String>> {
    let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let mut arguments = ["draw", "-F", "text", "-o", null].map(str::to_owned).to_vec();
    if let Some(password) = password {
        arguments.extend(["-p".to_owned(), password.to_owned()]);
    }
    let output = program("mutool", &arguments, file)?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let good = output.status.success() && !said.contains("error") && !said.contains("repair");
    Some(if good { Ok(()) } else { Err(said) })
}

/// The words of `pdfsig -nocert`; `None` where poppler's tools are not installed.
///
/// # Panics
/// When an installed pdfsig is required and missing.
pub fn pdfsig(file: &Path, password: Option<&str>) -> Option<String> {
    let mut arguments = vec!["-nocert".to_owned()];
    if let Some(password) = password {
        arguments.extend(["-upw".to_owned(), password.to_owned()]);
    }
    let output = program("pdfsig", &arguments, file)?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What qpdf and MuPDF have against a signed PDF, in which MuPDF finds so many signatures valid. It does not know RSASSA-PSS.
///
/// # Panics
/// When one of them is required and missing.
pub fn readers(file: &Path, password: Option<&str>, valid: usize) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(Err(said)) = qpdf_check(file, password) {
        problems.push(format!("qpdf: {said}"));
    }
    if let Some(Err(said)) = mutool_draws(file, password) {
        problems.push(format!("mutool draws: {said}"));
    }
    if let Some(said) = mutool_signatures(file, password) {
        let sound = ["document is unchanged since signing", "signature is valid but there have been edits"];
        let found: usize = sound.iter().map(|words| said.matches(words).count()).sum();
        if found != valid {
            problems.push(format!("mutool: {found} of {valid} are valid: {said}"));
        }
    }
    problems
}

/// The interpreter of the judges' environment; `None`, after a line that says what is skipped, where there is none.
///
/// # Panics
/// When it is required and missing.
pub fn python(what: &str) -> Option<PathBuf> {
    let venv =
        env::var_os("CARTORIO_JUDGES_VENV").map(PathBuf::from).or_else(|| Some(cache()?.join("venvs/judges")))?;
    let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if python.exists() {
        return Some(python);
    }
    absent(&format!("{what}: no Python environment in {}", venv.display()), true);
    None
}

/// A script of `tests/interop`.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/interop").join(name)
}

/// The surroundings of a test are broken; in this crate, used by tests alone, that ends the test.
#[allow(clippy::panic)]
pub(crate) fn broken(message: &str) -> ! {
    panic!("{message}")
}

/// Whether EU DSS and veraPDF are installed.
///
/// # Panics
/// When they are required and missing.
pub fn has_java() -> bool {
    java().is_some()
}

fn java() -> Option<Shared> {
    static PROCESS: OnceLock<Option<Mutex<Process>>> = OnceLock::new();
    let process = PROCESS.get_or_init(|| {
        let folder =
            env::var_os("CARTORIO_JUDGES_JAVA").map(PathBuf::from).or_else(|| Some(cache()?.join("java-judges")))?;
        if !folder.join("judges.jar").exists() {
            absent(&format!("EU DSS and veraPDF: not built in {}", folder.display()), cfg!(target_os = "linux"));
            return None;
        }
        let mut command = Command::new("java");
        // Quick to start rather than quick in the long run.
        command.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp"]);
        let separator = if cfg!(windows) { ";" } else { ":" };
        command.arg(format!("{0}/judges.jar{separator}{0}/lib/*", folder.display())).arg("judges.Main");
        Some(Mutex::new(Process::start(command, "java")))
    });
    process.as_ref().map(Shared)
}

/// A judge's process, which all tests of the binary share.
struct Shared(&'static Mutex<Process>);

struct Process {
    child: Child,
    jobs: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn start(mut command: Command, name: &str) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
        let mut child = child.unwrap_or_else(|error| broken(&format!("{name} does not start: {error}")));
        let (Some(jobs), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            broken("a piped process has pipes");
        };
        Self { child, jobs, answers: BufReader::new(answers) }
    }

    fn exchange(&mut self, job: &str) -> std::io::Result<String> {
        writeln!(self.jobs, "{job}")?;
        self.jobs.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line)
    }
}

impl Shared {
    /// One job, one answer; the process ends by itself when ours does, as its standard input closes.
    fn ask(&self, judge: &str, job: &impl Serialize, file: &Path) -> serde_json::Value {
        let job = serde_json::to_value(job).map(|mut job| {
            job["judge"] = judge.into();
            job.to_string()
        });
        let job = job.unwrap_or_else(|error| broken(&format!("no job for {judge}: {error}")));
        let mut process = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = process.exchange(&job).map_err(|error| error.to_string());
        match answer.and_then(|line| serde_json::from_str(&line).map_err(|error| format!("{error}: {line:?}"))) {
            Ok(answer) => answer,
            Err(error) => {
                let ended = process.child.try_wait();
                drop(process);
                broken(&format!("{judge} on {}: {error} (process: {ended:?})", file.display()))
            }
        }
    }
}

fn read<T: for<'de> Deserialize<'de>>(answer: serde_json::Value, file: &Path) -> T {
    let said = answer.to_string();
    serde_json::from_value(answer).unwrap_or_else(|_| broken(&format!("{}: {said}", file.display())))
}

fn program(name: &str, arguments: &[String], file: &Path) -> Option<std::process::Output> {
    match Command::new(OsStr::new(name)).args(arguments).arg(file).output() {
        Ok(output) => Some(output),
        Err(error) => {
            absent(&format!("{name}: {error}"), cfg!(target_os = "linux"));
            None
        }
    }
}

fn cache() -> Option<PathBuf> {
    env::var_os("XDG_CACHE_HOME")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .map(|cache| cache.join("cartorio-digital"))
}

fn absent(what: &str, installable: bool) {
    let missing = format!("{what}: run `cargo xtask setup`");
    if installable && env::var_os("CARTORIO_REQUIRE_JUDGES").is_some() {
        broken(&missing);
    }
    eprintln!("skipped: {missing}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../office/assets/samples").join(name)
    }

    #[test]
    fn the_java_judges_answer_one_job_after_the_other() {
        let file = sample("procuracao-publica.pdf");
        let Some(signatures) = dss(&DssJob { file: file.clone(), ..DssJob::default() }) else { return };
        assert!(signatures.is_empty(), "an unsigned document has no signature");
        let verdict = verapdf(&file, Some("1b")).unwrap();
        assert_eq!(verdict.flavour, "1b");
        assert_eq!(verdict.compliant, verdict.failed.is_empty());
        assert_eq!(verapdf(&file, Some("2b")).unwrap().flavour, "2b");
    }

    #[test]
    #[should_panic(expected = "no-such-file.pdf is no file")]
    fn a_file_that_is_not_there_is_a_failure_of_the_test() {
        if dss(&DssJob { file: "/no-such-file.pdf".into(), ..DssJob::default() }).is_none() {
            broken("skipped: /no-such-file.pdf is no file");
        }
    }
}
