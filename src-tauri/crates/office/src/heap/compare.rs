//! Not built yet.
use crate::dto::Comparison;
use crate::office::Office;
use crate::{OfficeError, OfficeResult};
pub(crate) async fn compare(_o: &Office, _a: &str, _b: &str) -> OfficeResult<Comparison> { Err(OfficeError::internal("not built yet")) }
