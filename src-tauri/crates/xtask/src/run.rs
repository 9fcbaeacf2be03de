//! `cargo xtask run`: from a fresh checkout to the open window.

use std::env;
use std::process::{Command, ExitCode};

use crate::places::Places;
use crate::process::{self, Failure};
use crate::setup::{self, Purpose};
use crate::ui;

/// The shell's package and program.
pub const SHELL: &str = "cartorio-desktop";

/// Prepares, builds and starts; gives the program's own exit code.
pub fn run(places: &Places, arguments: &[String]) -> Result<ExitCode, Failure> {
    let (release, arguments) = match arguments.split_first() {
        Some((first, rest)) if first == "--release" => (true, rest),
        _ => (false, arguments),
    };
    setup::setup(places, Purpose::Run)?;
    ui::build(places)?;
    let mut build = process::cargo(&places.root);
    build.args(["build", "--package", SHELL]);
    if release {
        build.arg("--release");
    }
    process::call(&mut build)?;
    display()?;
    let binary = places.binary(if release { "release" } else { "debug" }, SHELL);
    let status = process::status(Command::new(binary).args(arguments))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn display() -> Result<(), Failure> {
    let there = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    if !cfg!(target_os = "linux") || there("DISPLAY") || there("WAYLAND_DISPLAY") {
        return Ok(());
    }
    Err(Failure::new(
        "everything is built, but there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set).\n\n\
         Run it from a desktop session, or over `ssh -X`. To try it without one: `xvfb-run cargo xtask run`.\n\
         The command line needs no display: `cargo run -p cartorio-cli -- --help`.",
    ))
}
