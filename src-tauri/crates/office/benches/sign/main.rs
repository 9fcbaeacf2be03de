//! What signing costs, trail, journal and durable output included. `cargo bench -p cartorio-office --bench sign -- WHAT`:
//!
//! - `batch [N]`: N small PDFs, then N small files for `.p7s`, with the demonstration's local RSA-2048 key: how many a second, and
//!   seconds of CPU for each beside one RSA operation of `openssl speed` in the same run;
//! - `remote [N]`: N small PDFs with a key that answers after 30 ms, beside the best that the queue in front of it allows;
//! - `huge [GIB]`: a file of 4 GiB for `.p7s`, detached and enveloping, and a PDF of 2 GiB: peak memory and time of signing and of
//!   verifying, and of signing again what encloses so much, each in a process of its own. Needs room for what is signed, twice.
//!
//! Each ends with one line of JSON. Without a word it runs `batch` and `remote`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // A program for developers.

mod batch;
mod desk;
mod huge;
mod remote;

/// As in the program: many small pieces of memory come and go on many threads, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // `cargo bench` adds a word of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("{word:?} is no number"));
    match words.as_slice() {
        [] => {
            batch::run(batch::DOCUMENTS);
            remote::run(remote::DOCUMENTS);
        }
        ["batch"] => batch::run(batch::DOCUMENTS),
        ["batch", documents] => batch::run(number(documents)),
        ["remote"] => remote::run(remote::DOCUMENTS),
        ["remote", documents] => remote::run(number(documents)),
        ["huge"] => huge::run(4),
        ["huge", gib] => huge::run(u64::try_from(number(gib)).expect("a small number")),
        ["huge-step", rest @ ..] => huge::step(rest),
        other => panic!("what is {other:?}? batch, remote, huge"),
    }
}
