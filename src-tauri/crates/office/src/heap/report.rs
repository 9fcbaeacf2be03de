//! Not built yet.
use super::export::NamedFile;
use crate::dto::{HeapReport, SaveResult};
use crate::office::Office;
use crate::{OfficeError, OfficeResult};
pub(crate) async fn save(_o: &Office, _r: &HeapReport) -> OfficeResult<SaveResult> { Err(OfficeError::internal("not built yet")) }
pub(super) async fn file(_o: &Office, _r: &HeapReport) -> OfficeResult<NamedFile> { Err(OfficeError::internal("not built yet")) }
