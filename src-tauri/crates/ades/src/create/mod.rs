//! Making signatures: `prepare` → a digest to sign → `finish`.

pub mod cades;
pub mod cms;
mod error;
pub mod pades;
pub mod timestamp;

pub use error::CreateError;
