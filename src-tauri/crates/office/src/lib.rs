//! Use cases, permissions, DTOs and the one command list: no tauri, no AWS.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod command_list;
pub mod dto;
mod typescript;
