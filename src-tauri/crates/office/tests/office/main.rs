//! The office as the window uses it: every command goes in and comes out as JSON, through the one command list.
//!
//! Judges that we did not write look at what comes out; a server process that is not ours plays AWS; processes are killed.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod authority;
mod aws;
mod batch;
mod cancel;
mod concurrency;
mod corpus;
mod demo;
mod desk;
mod ending;
mod extension_kill;
mod formats;
mod heap;
mod host;
mod judges;
mod kill;
mod levels;
mod people;
mod proof;
mod proxy;
mod refusals;
mod rotation;
mod rotation_kill;
mod rotation_kms;
mod secrets;
mod settling;
mod trail;
mod trust;
mod trust_kill;
mod wire;
