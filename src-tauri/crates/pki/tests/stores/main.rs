//! Key stores made by programs that we did not write, opened here; and what we write, opened there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod bench;
mod corpus;
mod hostile;
mod java;
mod nss;
mod openssl;
mod written;
