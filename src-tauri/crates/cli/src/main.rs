//! `cartorio`: the use cases of the office in a terminal, for scripts, for courts without a desktop and for tests.
//!
//! Results go to stdout, everything else to stderr. With `--json`, stdout holds one JSON document and nothing else.

#![forbid(unsafe_code)]

mod args;
mod desk;
mod exit;
mod help;
mod lang;
mod outcome;
mod paths;
mod printable;
mod progress;
mod run;
mod secrets;
mod show;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::exit::Exit;
use crate::lang::Lang;
use crate::outcome::Failure;

/// Many small pieces of memory come and go on many threads, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A panic is a defect like any other: the hook has said where, the exit code says what.
    let exit = std::panic::catch_unwind(main_to_exit).unwrap_or(Exit::Bug);
    ExitCode::from(exit.number())
}

fn main_to_exit() -> Exit {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let lang = Lang::detect(&arguments, |name| std::env::var(name).ok());
    let json = arguments.iter().skip(1).take_while(|argument| *argument != "--").any(|argument| argument == "--json");
    start_logging();
    match help::parse(&arguments, lang) {
        Ok(command) => match runtime() {
            Ok(runtime) => match runtime.block_on(run::run(command, lang)) {
                Ok(done) => done.print(json),
                Err(failure) => failure.print(lang, json),
            },
            Err(error) => Failure::bug(format!("no runtime: {error}")).print(lang, json),
        },
        Err(help::Stop::Text(text)) => outcome::print_text(&text),
        Err(help::Stop::Help(text)) => {
            outcome::help_to_stderr(&text);
            Exit::Usage
        }
        Err(help::Stop::Usage(message)) => Failure::usage(message).print(lang, json),
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Logs go to stderr and are off unless `CARTORIO_LOG` asks for them.
fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CARTORIO_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    // Below `info` the AWS SDK writes access key ids; the window's log has the same caps.
    const NO_CREDENTIALS: [&str; 5] = [
        "aws_config=info",
        "aws_credential_types=info",
        "aws_runtime=info",
        "aws_sigv4=info",
        "aws_smithy_runtime=info",
    ];
    let filter = match filter.max_level_hint() {
        Some(most) if most > tracing_subscriber::filter::LevelFilter::INFO => NO_CREDENTIALS
            .iter()
            .filter_map(|cap| cap.parse().ok())
            .fold(filter, tracing_subscriber::EnvFilter::add_directive),
        Some(_) | None => filter,
    };
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
