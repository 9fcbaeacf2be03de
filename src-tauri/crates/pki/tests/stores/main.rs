//! Key stores made by programs that we did not write, opened here; and what we write, opened there.

mod bench;
mod corpus;
mod hostile;
mod java;
mod nss;
mod openssl;
mod written;
