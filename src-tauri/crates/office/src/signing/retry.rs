//! What a try of a document leaves for the next one: the value of the key, where something after it failed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cartorio_core::{Digest, JobId};
use cartorio_keys::{DigestSigner, Signature, verify_digest};
use time::{Duration, OffsetDateTime};

use crate::session::Facts;

/// A value is taken for so long after the signing time that it covers. Whoever sees to a time-stamp authority or a full disk needs some
/// of it; and the claimed time of a signature should not lie further from the moment when somebody let it be finished than people take
/// for the same sitting. What is checked before the key is asked (the certificate, its revocation, the policy, that the key is there) is
/// checked at each try anyway.
const MOST_AGE: Duration = Duration::hours(1);

/// A value that the key made in an earlier try. It is no secret: whoever gets the signed document has it.
pub(super) struct Earlier {
    /// The act on whose record the use of the key is.
    attempt: JobId,
    /// The signing time that the value covers.
    pub(super) signed_at: OffsetDateTime,
    /// SHA-256 of the document.
    sha256: String,
    /// Room for a time stamp that the container had.
    room: usize,
    /// What was signed.
    digest: Digest,
    signature: Signature,
}

impl Earlier {
    /// Whether the document is still the one that was signed.
    pub(super) fn is_of(&self, sha256: &str) -> bool {
        self.sha256 == sha256
    }

    /// Room for a time stamp in the container, where the next try takes the value: where the largest token of the batch has it, the
    /// same as before, for what is signed says where the container ends.
    pub(super) fn room(&self, largest_token: usize) -> Option<usize> {
        (self.room >= largest_token).then_some(self.room)
    }

    /// The value, where it is one over `digest` by the key of `signer`: verified as a remote key's is.
    pub(super) fn value(&self, digest: &Digest, signer: &dyn DigestSigner) -> Option<Vec<u8>> {
        let is_it = self.digest == *digest
            && verify_digest(signer.public_key(), signer.algorithm(), digest, &self.signature.value).is_ok();
        is_it.then(|| self.signature.value.clone())
    }
}

/// The values of one try.
#[derive(Default)]
pub(super) struct Values {
    /// How many the key made.
    made: u32,
    /// The last of them, which counts, over what, and the room for a time stamp that its container has.
    last: Option<(Digest, usize, Signature)>,
    /// That of an earlier try, once it was taken.
    taken: Option<Arc<Earlier>>,
}

impl Values {
    /// Keeps what the key made over `digest`, for the record and for a next try.
    pub(super) fn made(&mut self, digest: Digest, room: usize, signature: Signature) {
        self.made = self.made.saturating_add(1);
        self.last = Some((digest, room, signature));
    }

    /// Says that the value of an earlier try was taken.
    pub(super) fn took(&mut self, earlier: &Arc<Earlier>) {
        self.taken = Some(Arc::clone(earlier));
    }

    /// How many values the key made in this try.
    pub(super) const fn key_uses(&self) -> u32 {
        self.made
    }

    /// The exact key of the value that counts.
    pub(super) fn key_id(&self) -> Option<&str> {
        let made = self.last.as_ref().map(|(_, _, signature)| signature);
        made.or_else(|| self.taken.as_ref().map(|earlier| &earlier.signature))
            .map(|signature| signature.key_id.as_str())
    }

    /// The service's number of the last request of this try; one that took its value asked for none.
    pub(super) fn request_id(&self) -> Option<&str> {
        self.last.as_ref().and_then(|(_, _, signature)| signature.request_id.as_deref())
    }

    /// What goes on record of a try that `succeeded`, or not: each use of the key once, with the try that asked it.
    pub(super) fn tell(&self, succeeded: bool, found: &mut Facts) {
        match &self.last {
            Some((_, _, signature)) => found.signature(signature),
            None => found.key_id = self.key_id().map(str::to_owned),
        }
        if let Some(earlier) = &self.taken {
            found.detail.insert("value_of".to_owned(), earlier.attempt.to_string());
        }
        // What is usual goes without saying. Where a signature was made that nobody gets, the use of the key is on record all the same.
        if self.made != u32::from(succeeded) {
            found.detail.insert("key_uses".to_owned(), self.made.to_string());
        }
    }

    /// What the next try may take of this one, which failed and is on record as `attempt`.
    fn left(self, attempt: JobId, signed_at: OffsetDateTime, sha256: String) -> Option<Earlier> {
        let (digest, room, signature) = self.last?;
        Some(Earlier { attempt, signed_at, sha256, room, digest, signature })
    }
}

/// The values that failed tries left, by the place of their document in the job. They live as long as their batch in this process, and
/// no longer than their document waits: after a crash the key is asked again, which is on record.
#[derive(Default)]
pub(crate) struct Kept {
    /// Whether there ever were any: documents of a batch in which nothing fails wait for no lock.
    any: AtomicBool,
    values: Mutex<BTreeMap<usize, Arc<Earlier>>>,
}

impl Kept {
    /// What an earlier try of the document left, where it may still be taken `now`.
    pub(super) fn get(&self, place: usize, now: OffsetDateTime) -> Option<Arc<Earlier>> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = values.get(&place)?;
        if (Duration::ZERO..=MOST_AGE).contains(&(now - earlier.signed_at)) {
            return Some(Arc::clone(earlier));
        }
        values.remove(&place);
        None
    }

    /// Keeps what a failed try left, in the place of what an earlier one did. One that asked no key leaves that as it is.
    pub(super) fn keep(&self, place: usize, left: Values, attempt: JobId, signed_at: OffsetDateTime, sha256: &str) {
        let Some(earlier) = left.left(attempt, signed_at, sha256.to_owned()) else { return };
        self.values.lock().unwrap_or_else(PoisonError::into_inner).insert(place, Arc::new(earlier));
        self.any.store(true, Ordering::Release);
    }

    /// The document has its end.
    pub(super) fn forget(&self, place: usize) {
        if self.any.load(Ordering::Acquire) {
            self.values.lock().unwrap_or_else(PoisonError::into_inner).remove(&place);
        }
    }
}
