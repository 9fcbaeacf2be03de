//! Making signatures: `prepare` → a digest to sign → `finish`.

pub mod attributes;
pub mod cades;
pub mod cms;
mod error;
pub mod pades;
pub mod upgrade;
pub mod timestamp;

pub use error::CreateError;
