//! Use cases, permissions, DTOs and the one command list: no tauri, no AWS.
//!
//! Every use case: authorise, record the intent, do it, record the result, and only then show it. The window and the
//! terminal are two callers of the same [`Office`]; what it needs from outside comes through [`Ports`].

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod a1;
mod announced;
mod authorise;
mod authority;
mod certificates;
mod command_list;
mod commands;
mod compute;
mod csv;
mod demo;
mod documents;
mod door;
mod draft;
pub mod dto;
mod durable;
mod ending;
mod error;
mod expiry;
mod extension;
mod files;
mod flights;
mod folders;
mod heap;
mod home;
mod jobs;
mod kept_path;
mod keys_desk;
mod login;
mod material;
mod office;
mod operators;
mod output;
mod policies;
mod ports;
mod profiles;
mod requests;
mod rotation;
mod running;
mod sealed;
mod search;
mod session;
mod signing;
mod stamps;
mod subscribers;
mod terminal;
pub mod texts;
mod times;
mod tokens;
mod trail;
mod trust;
mod typescript;
mod unlock;
mod verification;
mod words;

pub use commands::{CommandResult, Commands};
pub use door::{FolderDocuments, JobSources, TsaGiven, documents_in, signed_in};
pub use error::{OfficeError, OfficeResult};
pub use heap::{ChainInput, Examine, Examined, Given};
pub use home::Home;
pub use office::Office;
pub use ports::{Desktop, Dialogs, EventSink, FileFilter, Nobody, PickFiles, Ports, Question, SaveFile};
pub use session::MasterOptions;
pub use terminal::{GivenEvidence, P12BagContents, P12Contents, P12ToFile, P12Written, require_new, run_chain_case};

pub use cartorio_keys::local::{MasterChoice, Passphrase};
pub use cartorio_keys::{AccessKeys, KeySpec, SignatureAlgorithm};
