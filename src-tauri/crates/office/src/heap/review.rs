//! Not built yet.
use super::door::ChainInput;
use crate::dto::{ChainReview, Requirements};
use crate::office::Office;
use crate::{OfficeError, OfficeResult};
pub(crate) async fn validate(_o: &Office, _id: &str, _r: &Requirements) -> OfficeResult<ChainReview> { Err(OfficeError::internal("not built yet")) }
pub(super) async fn given(_o: &Office, _i: ChainInput, _r: &Requirements) -> OfficeResult<ChainReview> { Err(OfficeError::internal("not built yet")) }
