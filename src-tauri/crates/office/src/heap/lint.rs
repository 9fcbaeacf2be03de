//! Not built yet.
use crate::dto::LintFinding;
use crate::office::Office;
use crate::{OfficeError, OfficeResult};
pub(crate) async fn lint(_o: &Office, _id: &str) -> OfficeResult<Vec<LintFinding>> { Err(OfficeError::internal("not built yet")) }
