//! Files

use crate::dto::*;
use crate::office::Office;
use crate::session::Session;
use crate::{OfficeError, OfficeResult};
use cartorio_core::SecretString;

fn later<T>() -> OfficeResult<T> {
    Err(OfficeError::internal("being built"))
}

pub(crate) async fn sign(_: &Office, _: FileSign) -> OfficeResult<FileSignResult> {
    later()
}

pub(crate) async fn verify(_: &Office, _: FileVerify) -> OfficeResult<FileVerifyReport> {
    later()
}
