//! The deletion of a key: two people, a waiting time, and a way back until it is over.

use cartorio_keys::DeletionWindow;
use cartorio_registry::{Act, RequestKind};

use super::change::Target;
use crate::dto::{KeyDetail, RequestWhat};
use crate::requests;
use crate::session::{Facts, Session};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Carries out an approved request: the key waits, and is gone when the time is over.
pub(crate) async fn schedule_deletion(session: &Session, request: &str) -> OfficeResult<KeyDetail> {
    let approved = requests::approved(session, request, RequestKind::KeyDeletion).await?;
    let RequestWhat::KeyDeletion { key_ref, days, .. } = &approved.what else {
        return Err(OfficeError::internal("a request of another kind"));
    };
    let target = Target::of(session, key_ref).await?;
    target.require_no_rotation(session).await?;
    // Two weeks may have gone since somebody looked.
    requests::deletable(session, key_ref).await?;
    let window = DeletionWindow::days(*days)?;
    let facts = target.facts().with("request", request).with("days", days.to_string());
    session
        .record(Act::KeyDeletionScheduled, facts, async |found| {
            let at = target.manager.schedule_deletion(&target.key, window).await?;
            found.detail.insert("deletion_at".to_owned(), rfc3339(at));
            // After the act, because doing it twice changes nothing: a crash in between is carried out again.
            approved.use_up(session, "key_deletion").await?;
            target.shown(session, found).await
        })
        .await
}

/// Calls a deletion off; the key stays switched off.
pub(crate) async fn cancel_deletion(session: &Session, key_ref: &str) -> OfficeResult<KeyDetail> {
    let target = Target::of(session, key_ref).await?;
    session
        .record(Act::KeyDeletionCancelled, target.facts(), async |found| {
            target.manager.cancel_deletion(&target.key).await?;
            target.shown(session, found).await
        })
        .await
}

/// Deletes the keys of this machine whose waiting time is over, each on record before and after. A KMS key goes by itself.
pub(crate) async fn purge_due(session: &Session) -> OfficeResult<()> {
    let now = session.clock.now();
    for key in session.local.due(now).await? {
        let mut facts = Facts::key(&key.key_ref);
        facts.key_id = Some(key.key_id.clone());
        if let Some(at) = key.deletion_at {
            facts = facts.with("deletion_at", rfc3339(at));
        }
        session.record(Act::KeyDeleted, facts, async |_| Ok(session.local.delete(&key.key_ref).await?)).await?;
    }
    Ok(())
}
