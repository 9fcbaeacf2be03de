//! One module for each group of commands.

mod a1;
mod attend;
mod audit;
mod batch;
mod certificates;
mod chain;
mod fields;
mod identity;
mod inspection;
mod keys;
mod operators;
mod p12;
mod preflight;
mod profiles;
mod requests;
mod rotation;
mod setup;
mod sign;
mod stamp;
mod tokens;
mod trust;
mod tsa;
mod unlock;
mod verify;

use std::path::{Path, PathBuf};

use cartorio_office::Office;
use cartorio_office::dto::DocumentInfo;

use crate::args::{Command, CommandLine};
use crate::lang::Lang;
use crate::outcome::{Done, Failure};

/// Runs a command.
pub(crate) async fn run(line: CommandLine, lang: Lang) -> Result<Done, Failure> {
    let global = &line.global;
    match line.command {
        Command::Demo(command) => setup::demo(global, command, lang).await,
        Command::Profile(command) => profiles::profile(global, command, lang).await,
        Command::Keys(command) => keys::keys(global, command, lang).await,
        Command::Rotation(command) => rotation::rotation(global, command, lang).await,
        Command::Request(command) => requests::request(global, command, lang).await,
        Command::Operator(command) => operators::operator(global, command, lang).await,
        Command::Token(command) => tokens::command(global, command, lang).await,
        Command::A1(command) => a1::a1(global, command, lang).await,
        Command::Identity(command) => identity::identity(global, command, lang).await,
        Command::Ca(command) => certificates::ca(global, command, lang).await,
        Command::Sign(command) => sign::sign(global, *command, lang).await,
        Command::Extend(command) => sign::extend(global, command, lang).await,
        Command::Fields(command) => fields::fields(global, command, lang).await,
        Command::Batch(command) => batch::batch(global, command, lang).await,
        Command::Tsa(command) => tsa::tsa(global, command, lang).await,
        Command::Policy(command) => tsa::policy(global, command, lang).await,
        Command::Stamp(command) => stamp::stamp(global, command, lang).await,
        Command::Verify(command) => verify::verify(global, command, lang).await,
        Command::Inspect(command) => inspection::inspect(global, command, lang).await,
        Command::Chain(command) => chain::chain(global, command, lang).await,
        Command::Compare(command) => inspection::compare(global, command, lang).await,
        Command::Trust(command) => trust::trust(global, command, lang).await,
        Command::Expiry(command) => trust::expiry(global, command, lang).await,
        Command::Search(command) => trust::search(global, command, lang).await,
        Command::P12(command) => p12::p12(global, command, lang).await,
        Command::Audit(command) => audit::audit(global, command, lang).await,
    }
}

/// Where a document of the office is: what is shown of it is text, which need not be its path.
fn place_of(office: &Office, info: &DocumentInfo) -> PathBuf {
    office.document_path(&info.id).unwrap_or_else(|_| Path::new(&info.folder).join(&info.name))
}

/// The path of a document that the office shows in two parts.
fn path_of(folder: &str, name: &str) -> String {
    Path::new(folder).join(name).display().to_string()
}
