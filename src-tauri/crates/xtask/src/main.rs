//! `cargo xtask run | test | setup | bench | fuzz`: everything a developer or CI needs, one command each.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)] // a command-line tool talks to its user

mod bench;
mod fuzz;
mod packages;
mod places;
mod process;
mod run;
mod setup;
mod summary;
mod surroundings;
mod test;
mod ui;

use std::env;
use std::process::ExitCode;

use places::Places;
use process::Failure;
use setup::Purpose;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "\
usage: cargo xtask COMMAND

  run [--release] [ARGS...]      install what is missing, build the window, open it; ARGS go to the program
  test [--only rust|ui|e2e] [--skip-setup]
                                 install what is missing, then run every test
  setup [--run-only]             install what is missing, nothing else (--run-only: leave out what only tests need)
  generate                       write ui/src/generated anew from the Rust types and the command list
  bench sign [ARGS...]           signatures per second beside pyHanko on the same files
  bench huge [GIB]               memory and time of files of gigabytes (default: 4 GiB, and a PDF of half of it)
  bench keys                     one key beside openssl speed; KMS batches against latency and quota
  bench chain                    validations per second beside OpenSSL's library path
  bench heap                     CPU of reading, linking and serialising 10,000 objects
  fuzz TARGET [SECONDS]          libFuzzer on one parser, from the seeds in tests/fuzz/corpus (default: 60 seconds)
";

fn dispatch(arguments: &[String]) -> Result<ExitCode, Failure> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match command {
        "run" => run::run(&Places::find()?, rest),
        "test" => test::run(&Places::find()?, &test::Options::parse(rest)?),
        "setup" => {
            let purpose = match rest {
                [] => Purpose::Test,
                [flag] if flag == "--run-only" => Purpose::Run,
                _ => return Err(usage(&format!("setup does not know {}", rest.join(" ")))),
            };
            setup::setup(&Places::find()?, purpose)?;
            println!("Everything is in place.");
            Ok(ExitCode::SUCCESS)
        }
        "generate" => {
            let mut cargo = process::cargo(&Places::find()?.root);
            cargo.args(["test", "--quiet", "--package", "cartorio-office", "typescript"]);
            process::call(cargo.env("CARTORIO_WRITE_TS", "1"))?;
            Ok(ExitCode::SUCCESS)
        }
        "bench" => bench::run(&Places::find()?, rest),
        "fuzz" => fuzz::run(&Places::find()?, rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(usage(&format!("there is no command {other:?}"))),
    }
}

fn usage(problem: &str) -> Failure {
    Failure::new(format!("{problem}\n\n{USAGE}"))
}
