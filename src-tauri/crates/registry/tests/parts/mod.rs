//! Parts of the conformance suite that have a file of their own.

pub mod batches;
pub mod keys;
pub mod requests;
pub mod rotations;
pub mod trust;
