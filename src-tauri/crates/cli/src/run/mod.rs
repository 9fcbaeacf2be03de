//! One module for each group of commands.

mod audit;
mod certificates;
mod keys;
mod p12;
mod setup;
mod sign;
mod verify;

use crate::args::{Command, CommandLine};
use crate::lang::Lang;
use crate::outcome::{Done, Failure};

/// Runs a command.
pub(crate) async fn run(line: CommandLine, lang: Lang) -> Result<Done, Failure> {
    let global = &line.global;
    match line.command {
        Command::Demo(command) => setup::demo(global, command, lang).await,
        Command::Profile(command) => setup::profile(global, command, lang).await,
        Command::Keys(command) => keys::keys(global, command, lang).await,
        Command::Identity(command) => keys::identity(global, command, lang).await,
        Command::Ca(command) => certificates::ca(global, command, lang).await,
        Command::Sign(command) => sign::sign(global, command, lang).await,
        Command::Verify(command) => verify::verify(global, command, lang).await,
        Command::Inspect(command) => certificates::inspect(global, command, lang).await,
        Command::P12(command) => p12::p12(global, command, lang).await,
        Command::Audit(command) => audit::audit(global, command, lang).await,
    }
}
