//! Making signatures: `prepare` → a digest to sign → `finish`.

pub mod attributes;
pub mod cades;
pub mod cms;
mod error;
pub mod pades;
pub mod timestamp;
pub mod upgrade;

pub use error::CreateError;
