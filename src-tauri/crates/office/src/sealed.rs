//! Channels for sealed fields: opened once, forgotten after a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::{FieldChannel, JobId, SecretString};

use crate::dto::{SealedSecret, SecretChannel};
use crate::{OfficeError, OfficeResult};

/// How long a form may stay open.
const LIFE: Duration = Duration::from_secs(15 * 60);
/// More than any window has forms.
const MAX_CHANNELS: usize = 64;

/// The channels that are open.
#[derive(Default)]
pub(crate) struct Channels(Mutex<HashMap<String, (Instant, FieldChannel)>>);

impl Channels {
    pub(crate) fn open(&self) -> OfficeResult<SecretChannel> {
        let id = JobId::generate().to_string();
        let channel = FieldChannel::new(id.clone()).map_err(OfficeError::internal)?;
        let public_key = STANDARD.encode(channel.public_key());
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|_, (made, _)| made.elapsed() < LIFE);
        if channels.len() >= MAX_CHANNELS
            && let Some(oldest) = channels.iter().min_by_key(|(_, (made, _))| *made).map(|(id, _)| id.clone())
        {
            channels.remove(&oldest);
        }
        channels.insert(id.clone(), (Instant::now(), channel));
        Ok(SecretChannel { id, public_key })
    }

    /// Opens the one field that was sealed to a channel; the channel is gone afterwards, whatever comes out.
    pub(crate) fn unseal(&self, sealed: &SealedSecret) -> OfficeResult<SecretString> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&sealed.channel);
        let (made, channel) = found.ok_or(OfficeError::SealedField)?;
        if made.elapsed() >= LIFE {
            return Err(OfficeError::SealedField);
        }
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| OfficeError::SealedField);
        channel
            .open(&decode(&sealed.public_key)?, &decode(&sealed.nonce)?, &decode(&sealed.ciphertext)?)
            .map_err(|_| OfficeError::SealedField)
    }
}
