//! Rotation

use crate::dto::*;
use crate::office::Office;
use crate::session::Session;
use crate::{OfficeError, OfficeResult};
use cartorio_core::SecretString;

fn later<T>() -> OfficeResult<T> {
    Err(OfficeError::internal("being built"))
}

pub(crate) async fn list(_: &Session, _: bool) -> OfficeResult<Vec<RotationView>> {
    later()
}

pub(crate) async fn get(_: &Session, _: &str) -> OfficeResult<RotationView> {
    later()
}

pub(crate) async fn start(_: &Session, _: &str) -> OfficeResult<RotationView> {
    later()
}

pub(crate) async fn advance(_: &Session, _: RotationAdvance) -> OfficeResult<RotationView> {
    later()
}

pub(crate) async fn undo(_: &Session, _: RotationUndo) -> OfficeResult<RotationView> {
    later()
}

pub(crate) async fn certificate_request(_: &Session, _: &str) -> OfficeResult<crate::keys_desk::NamedFile> {
    later()
}

pub(crate) async fn bring_certificate(_: &Session, _: &str, _: Vec<cartorio_pki::Certificate>) -> OfficeResult<RotationView> {
    later()
}

pub(crate) async fn cancel_deletion(_: &Session, _: &str) -> OfficeResult<RotationView> {
    later()
}

pub(crate) async fn report(_: &Session, _: RotationReport, _: Locale) -> OfficeResult<crate::keys_desk::NamedFile> {
    later()
}
pub(crate) async fn plan(_: &Session, _: &str, _: Option<RotationCertificate>, _: u32, _: Option<u32>) -> OfficeResult<RotationPlan> {
    later()
}
