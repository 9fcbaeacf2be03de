//! Switching keys off and on; scheduled deletion.

use super::{Deviation, Outcome, Suite, ensure, failed, named, now, refused, unique_alias};
use crate::{DeletionWindow, DigestSigner, KeyError, KeyInfo, KeyRef, KeyState, PublicKey};

impl Suite<'_> {
    pub(super) async fn disabling(&self) -> Outcome {
        let info = self.make_first(&unique_alias("desligada")).await?;
        let key = &info.key_ref;
        let public = self.public_of(key).await?;
        let algorithm = public.spec.default_algorithm();
        let earlier = self.signer(key, algorithm).await?;
        // So that a backend that looks only at a signer's first use is found out.
        self.signs_with(earlier.as_ref(), &info, &public).await?;

        for _ in 0..2 {
            self.manager.set_enabled(key, false).await.map_err(failed("set_enabled false"))?;
            self.is_in(key, KeyState::Disabled).await?;
        }
        let off = |error: &KeyError| matches!(error, KeyError::Disabled { .. });
        self.eventually(async || {
            let outcome = self.manager.signer(key, algorithm).await.map(|_| ());
            refused("a signer for a disabled key", outcome, off)
        })
        .await?;
        let outcome = self
            .eventually(async || {
                refused("a signer made before the key was disabled", earlier.sign_message(b"x").await, off)
            })
            .await;
        self.unless(Deviation::SignerOutlivesDisabling, outcome)?;
        // KMS refuses it, others do not: both are in the contract.
        match self.manager.public_key(key).await {
            Ok(same) if same == public => {}
            Err(KeyError::Disabled { .. }) => {}
            outcome => return Err(format!("public_key of a disabled key gives {outcome:?}")),
        }
        if self.capabilities.list {
            let listed = self.manager.list().await.map_err(failed("list"))?;
            let shown = listed.iter().find(|listed| listed.key_id == info.key_id).map(|listed| listed.state);
            ensure(shown == Some(KeyState::Disabled), || format!("list shows a disabled key as {shown:?}"))?;
        }
        for _ in 0..2 {
            self.manager.set_enabled(key, true).await.map_err(failed("set_enabled true"))?;
            self.is_in(key, KeyState::Enabled).await?;
        }
        named("enabled again", self.signs(&info, &public).await)
    }

    pub(super) async fn deletion(&self) -> Outcome {
        let info = self.make_first(&unique_alias("condenada")).await?;
        let key = &info.key_ref;
        let public = self.public_of(key).await?;
        let earlier = self.signer(key, public.spec.default_algorithm()).await?;
        self.signs_with(earlier.as_ref(), &info, &public).await?;

        for _ in 0..2 {
            self.manager.cancel_deletion(key).await.map_err(failed("cancel_deletion of a key that does not wait"))?;
            self.is_in(key, KeyState::Enabled).await?;
        }
        self.condemned(&info, &public, earlier.as_ref()).await?;

        for _ in 0..2 {
            self.manager.cancel_deletion(key).await.map_err(failed("cancel_deletion"))?;
            let spared = |info: &KeyInfo| info.state == KeyState::Disabled && info.deletion_at.is_none();
            self.settles(key, "its deletion was called off", spared).await?;
        }
        if self.capabilities.disable {
            self.manager.set_enabled(key, true).await.map_err(failed("set_enabled"))?;
            self.is_in(key, KeyState::Enabled).await?;
            named("spared and enabled", self.signs(&info, &public).await)?;
        }
        self.changes_while_pending().await
    }

    async fn condemned(&self, info: &KeyInfo, public: &PublicKey, earlier: &dyn DigestSigner) -> Outcome {
        let (key, algorithm) = (&info.key_ref, earlier.algorithm());
        let (short, long) = (window(7)?, window(30)?);
        let wanted = now() + time::Duration::days(7);
        let date = self.manager.schedule_deletion(key, short).await.map_err(failed("schedule_deletion"))?;
        ensure(self.is_about(date, wanted), || format!("it will be deleted at {date}, not at {wanted}"))?;
        let again = self.manager.schedule_deletion(key, long).await.map_err(failed("schedule_deletion again"))?;
        let moved = (again - date).abs() > time::Duration::SECOND;
        ensure(!moved, || format!("a second call moves its deletion from {date} to {again}"))?;
        self.settles(key, "it waits for its deletion", |info| {
            let near = |at: time::OffsetDateTime| (at - date).abs() <= time::Duration::SECOND;
            info.state == KeyState::PendingDeletion && info.deletion_at.is_some_and(near)
        })
        .await?;

        self.eventually(async || {
            let outcome = self.manager.signer(key, algorithm).await.map(|_| ());
            refused("a signer for a key that waits for its deletion", outcome, pending)
        })
        .await?;
        self.eventually(async || {
            let outcome = earlier.sign_message(b"x").await;
            refused("a signer made before the deletion was scheduled", outcome, |error| {
                matches!(error, KeyError::PendingDeletion { .. } | KeyError::Disabled { .. })
            })
        })
        .await?;
        match self.manager.public_key(key).await {
            Ok(same) if same == *public => Ok(()),
            Err(KeyError::Disabled { .. } | KeyError::PendingDeletion { .. }) => Ok(()),
            outcome => Err(format!("public_key of a key that waits for its deletion gives {outcome:?}")),
        }
    }

    /// Each on a key of its own, because a backend that allows one may call the deletion off by it.
    async fn changes_while_pending(&self) -> Outcome {
        if self.capabilities.disable {
            for (enabled, deviation) in [(true, Deviation::EnableWhilePending), (false, Deviation::DisableWhilePending)]
            {
                let key = self.pending_key().await?;
                let outcome = refused(
                    &format!("set_enabled {enabled} of a key that waits for its deletion"),
                    self.manager.set_enabled(&key, enabled).await,
                    pending,
                );
                self.unless(deviation, outcome)?;
            }
        }
        if self.capabilities.aliases {
            let (key, alias) = (self.pending_key().await?, unique_alias("tarde"));
            let outcome = refused(
                "put_alias of a key that waits for its deletion",
                self.manager.put_alias(&alias, &key).await,
                pending,
            );
            self.unless(Deviation::AliasWhilePending, outcome)?;
        }
        Ok(())
    }

    async fn pending_key(&self) -> Outcome<KeyRef> {
        let info = self.make_first(&unique_alias("condenada")).await?;
        self.manager.schedule_deletion(&info.key_ref, window(7)?).await.map_err(failed("schedule_deletion"))?;
        self.is_in(&info.key_ref, KeyState::PendingDeletion).await?;
        Ok(info.key_ref)
    }

    pub(super) async fn is_in(&self, key: &KeyRef, state: KeyState) -> Outcome {
        self.settles(key, &format!("not {state:?}"), |info| info.state == state).await.map(|_| ())
    }
}

fn pending(error: &KeyError) -> bool {
    matches!(error, KeyError::PendingDeletion { .. })
}

pub(super) fn window(days: u32) -> Outcome<DeletionWindow> {
    DeletionWindow::days(days).map_err(|error| error.to_string())
}
