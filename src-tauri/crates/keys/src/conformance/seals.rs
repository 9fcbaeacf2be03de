//! Data keys, and the renewal of the masters that seal them.

use std::collections::BTreeMap;

use super::lifecycle::window;
use super::{Deviation, Outcome, Suite, ensure, failed, named, now, refused, unique_alias, unique_token};
use crate::{
    CreateDataMaster, DataKey, EncryptionContext, KeyError, KeyInfo, KeyRef, KeyState, KeyUsage, RotationPeriod,
    SignatureAlgorithm,
};

impl Suite<'_> {
    pub(super) async fn data_keys(&self) -> Outcome {
        let (alias, token) = (unique_alias("cofre"), unique_token()?);
        let request = CreateDataMaster {
            alias: Some(alias.clone()),
            description: "mestre de dados".to_owned(),
            tags: BTreeMap::from([("Uso".to_owned(), "dados".to_owned())]),
            token: self.capabilities.creation_tokens.then(|| token.clone()),
        };
        let master = self.make_master(request.clone()).await?;
        named("its facts", self.master_facts(&master, &alias).await)?;
        if self.capabilities.creation_tokens {
            let again = self.manager.create_data_master(request).await.map_err(failed("create_data_master again"))?;
            ensure(again == master, || format!("a second creation with one token gives {again:?}, not {master:?}"))?;
            let found = self.manager.find_created(&token).await.map_err(failed("find_created"))?;
            ensure(found.as_ref() == Some(&master), || format!("find_created gives {found:?}"))?;
        }
        self.opening(&master).await?;
        self.usages(&master).await?;
        self.sealing_states(&master).await
    }

    async fn master_facts(&self, master: &KeyInfo, alias: &str) -> Outcome {
        self.settles(&master.key_ref, "not what create_data_master said", |info| info == master).await?;
        ensure(master.usage == KeyUsage::Seal, || format!("its usage is {:?}", master.usage))?;
        ensure(master.spec.is_none() && !master.can_sign, || format!("it is a signing key: {master:?}"))?;
        ensure(master.algorithms.is_empty(), || format!("it signs with {:?}", master.algorithms))?;
        ensure(master.state == KeyState::Enabled, || format!("its state is {:?}", master.state))?;
        ensure(master.aliases == [alias], || format!("its aliases are {:?}", master.aliases))?;
        if self.capabilities.list {
            let listed = self.manager.list().await.map_err(failed("list"))?;
            ensure(listed.contains(master), || "list does not show it".to_owned())?;
        }
        Ok(())
    }

    async fn opening(&self, master: &KeyInfo) -> Outcome {
        let key = &master.key_ref;
        let context = pairs(&[("arquivo", "escritura-1.pdf"), ("livro", "12")]);
        let first = self.data_key(master, &context).await?;
        let second = self.data_key(master, &context).await?;
        ensure(first.plaintext.expose() != second.plaintext.expose(), || "two data keys are one".to_owned())?;
        self.opens(key, &first, &context).await?;
        self.opens(key, &second, &context).await?;

        let bare = self.data_key(master, &EncryptionContext::new()).await?;
        self.opens(key, &bare, &EncryptionContext::new()).await?;

        let others = [
            (&first, EncryptionContext::new()),
            (&first, pairs(&[("arquivo", "escritura-2.pdf"), ("livro", "12")])),
            (&first, pairs(&[("arquivo", "escritura-1.pdf")])),
            // The same letters, cut in another place.
            (&first, pairs(&[("arquivo", "escritura-1.pdfl"), ("ivro", "12")])),
            (&first, pairs(&[("arquivo", "escritura-1.pdf"), ("livro", "12"), ("folha", "")])),
            (&bare, context.clone()),
        ];
        let mut outcome = Ok(());
        for (sealed, other) in others {
            let opened = self.manager.open_data_key(key, &sealed.sealed, &other).await;
            outcome = outcome.and(refused(&format!("opening with the context {other:?}"), opened, broken));
        }
        self.unless(Deviation::SealOfAnotherContextOpens, outcome)?;

        let mut outcome = Ok(());
        let len = first.sealed.len();
        for at in [0, 1, len / 4, len / 2, 3 * len / 4, len - 1] {
            let mut changed = first.sealed.clone();
            changed[at] ^= 1;
            let opened = self.manager.open_data_key(key, &changed, &context).await;
            outcome = outcome.and(refused(&format!("opening with byte {at} of {len} changed"), opened, broken));
        }
        for cut in [1, len / 2, len - 1] {
            let opened = self.manager.open_data_key(key, &first.sealed[..cut], &context).await;
            outcome = outcome.and(refused(&format!("opening the first {cut} of {len} bytes"), opened, broken));
        }
        self.unless(Deviation::ChangedSealOpens, outcome)?;

        let other = self.make_master(plain_master(&unique_alias("outro-cofre"))).await?;
        let opened = self.manager.open_data_key(&other.key_ref, &first.sealed, &context).await;
        self.unless(Deviation::SealOfAnotherKeyOpens, refused("opening with another master", opened, broken))
    }

    /// Signing keys seal nothing, and masters sign nothing.
    async fn usages(&self, master: &KeyInfo) -> Outcome {
        let signing = self.make_first(&unique_alias("assina")).await?;
        let context = EncryptionContext::new();
        let sealed = self.data_key(master, &context).await?.sealed;
        let outcome = self.manager.data_key(&signing.key_ref, &context).await;
        refused("a data key of a signing key", outcome, wrong_usage)?;
        let outcome = self.manager.open_data_key(&signing.key_ref, &sealed, &context).await;
        refused("opening with a signing key", outcome, wrong_usage)?;
        for algorithm in SignatureAlgorithm::all() {
            let outcome = self.manager.signer(&master.key_ref, algorithm).await.map(|_| ());
            refused(&format!("a {algorithm} signer of a master"), outcome, wrong_usage)?;
        }
        refused("public_key of a master", self.manager.public_key(&master.key_ref).await, wrong_usage)
    }

    async fn sealing_states(&self, master: &KeyInfo) -> Outcome {
        let (key, context) = (&master.key_ref, pairs(&[("livro", "12")]));
        let data = self.data_key(master, &context).await?;
        if self.capabilities.disable {
            self.manager.set_enabled(key, false).await.map_err(failed("set_enabled"))?;
            self.is_in(key, KeyState::Disabled).await?;
            let off = |error: &KeyError| matches!(error, KeyError::Disabled { .. });
            self.eventually(async || {
                let outcome = self.manager.data_key(key, &context).await;
                refused("a data key of a disabled master", outcome, off)?;
                let outcome = self.manager.open_data_key(key, &data.sealed, &context).await;
                refused("opening with a disabled master", outcome, off)
            })
            .await?;
            self.manager.set_enabled(key, true).await.map_err(failed("set_enabled"))?;
            self.is_in(key, KeyState::Enabled).await?;
            self.eventually(async || self.opens(key, &data, &context).await).await?;
        }
        if self.capabilities.deletion {
            self.manager.schedule_deletion(key, window(7)?).await.map_err(failed("schedule_deletion"))?;
            self.is_in(key, KeyState::PendingDeletion).await?;
            let pending = |error: &KeyError| matches!(error, KeyError::PendingDeletion { .. });
            self.eventually(async || {
                let outcome = self.manager.data_key(key, &context).await;
                refused("a data key of a master that waits for its deletion", outcome, pending)?;
                let outcome = self.manager.open_data_key(key, &data.sealed, &context).await;
                refused("opening with a master that waits for its deletion", outcome, pending)
            })
            .await?;
        }
        Ok(())
    }

    pub(super) async fn rotation(&self) -> Outcome {
        let master = self.make_master(plain_master(&unique_alias("renova"))).await?;
        let key = &master.key_ref;
        let fresh = self.manager.automatic_rotation(key).await.map_err(failed("automatic_rotation"))?;
        ensure(fresh.period.is_none() && fresh.next.is_none() && fresh.past.is_empty(), || {
            format!("a new master renews itself: {fresh:?}")
        })?;

        for days in [RotationPeriod::YEAR.as_days(), 90, 90] {
            let period = RotationPeriod::days(days).map_err(|error| error.to_string())?;
            let before = now();
            self.manager.set_automatic_rotation(key, Some(period)).await.map_err(failed("set_automatic_rotation"))?;
            self.eventually(async || {
                let told = self.manager.automatic_rotation(key).await.map_err(failed("automatic_rotation"))?;
                ensure(told.period == Some(period), || format!("its period is {:?}, not {period:?}", told.period))?;
                let next = told.next.ok_or_else(|| "it is not said when it renews itself".to_owned())?;
                // From now on, or from the day on which it was made.
                let wanted = before + time::Duration::days(i64::from(days));
                ensure(self.is_about(next, wanted), || format!("it renews itself at {next}, not at {wanted}"))
            })
            .await?;
        }
        for _ in 0..2 {
            self.manager.set_automatic_rotation(key, None).await.map_err(failed("set_automatic_rotation off"))?;
            self.eventually(async || {
                let told = self.manager.automatic_rotation(key).await.map_err(failed("automatic_rotation"))?;
                ensure(told.period.is_none() && told.next.is_none(), || format!("switched off, it says {told:?}"))
            })
            .await?;
        }
        let outcome = self.on_demand(&master).await;
        self.unless(Deviation::RotateNowIsMissing, outcome)?;
        self.renewal_of_others(&master).await
    }

    async fn on_demand(&self, master: &KeyInfo) -> Outcome {
        let (key, context) = (&master.key_ref, pairs(&[("livro", "12")]));
        let mut sealed = vec![self.data_key(master, &context).await?];
        for times in 1..=2 {
            let before = now();
            self.manager.rotate_now(key).await.map_err(failed("rotate_now"))?;
            self.eventually(async || {
                let told = self.manager.automatic_rotation(key).await.map_err(failed("automatic_rotation"))?;
                ensure(told.past.len() == times, || format!("renewed {times} times, it says {:?}", told.past))?;
                let newest = told.past.first().copied();
                ensure(newest.is_some_and(|(at, asked)| asked && self.is_about(at, before)), || {
                    format!("renewed on demand at {before}, it says {newest:?}")
                })
            })
            .await?;
            sealed.push(self.data_key(master, &context).await?);
            for data in &sealed {
                named("after a renewal", self.opens(key, data, &context).await)?;
            }
        }
        Ok(())
    }

    async fn renewal_of_others(&self, master: &KeyInfo) -> Outcome {
        let signing = self.make_first(&unique_alias("assina")).await?.key_ref;
        let year = Some(RotationPeriod::YEAR);
        let outcome = async {
            refused(
                "automatic_rotation of a signing key",
                self.manager.automatic_rotation(&signing).await,
                wrong_usage,
            )?;
            let outcome = self.manager.set_automatic_rotation(&signing, year).await;
            refused("set_automatic_rotation of a signing key", outcome, wrong_usage)?;
            refused("rotate_now of a signing key", self.manager.rotate_now(&signing).await, wrong_usage)
        };
        self.unless(Deviation::SigningKeyRenewsItself, outcome.await)?;
        if self.capabilities.disable {
            self.manager.set_enabled(&master.key_ref, false).await.map_err(failed("set_enabled"))?;
            self.is_in(&master.key_ref, KeyState::Disabled).await?;
            let off = |error: &KeyError| matches!(error, KeyError::Disabled { .. });
            let outcome = self.manager.set_automatic_rotation(&master.key_ref, year).await;
            refused("set_automatic_rotation of a disabled master", outcome, off)?;
            if !self.is_listed(Deviation::RotateNowIsMissing) {
                refused("rotate_now of a disabled master", self.manager.rotate_now(&master.key_ref).await, off)?;
            }
        }
        Ok(())
    }

    async fn make_master(&self, request: CreateDataMaster) -> Outcome<KeyInfo> {
        let master = self.manager.create_data_master(request).await.map_err(failed("create_data_master"))?;
        self.remember(&master);
        Ok(master)
    }

    async fn data_key(&self, master: &KeyInfo, context: &EncryptionContext) -> Outcome<DataKey> {
        let data = self.manager.data_key(&master.key_ref, context).await.map_err(failed("data_key"))?;
        let plain = data.plaintext.expose();
        ensure(plain.len() == 32, || format!("a data key has {} bytes", plain.len()))?;
        ensure(data.key_id == master.key_id, || format!("it was sealed by {}", data.key_id))?;
        let shown = data.sealed.windows(plain.len()).any(|window| window == plain);
        ensure(!shown, || "a sealed data key shows its plaintext".to_owned())?;
        Ok(data)
    }

    async fn opens(&self, key: &KeyRef, data: &DataKey, context: &EncryptionContext) -> Outcome {
        let opened = self.manager.open_data_key(key, &data.sealed, context).await.map_err(failed("open_data_key"))?;
        ensure(opened.expose() == data.plaintext.expose(), || "a data key opens to something else".to_owned())
    }
}

fn plain_master(alias: &str) -> CreateDataMaster {
    CreateDataMaster { alias: Some(alias.to_owned()), description: String::new(), tags: BTreeMap::new(), token: None }
}

fn broken(error: &KeyError) -> bool {
    matches!(error, KeyError::SealBroken { .. })
}

fn wrong_usage(error: &KeyError) -> bool {
    matches!(error, KeyError::WrongUsage { .. })
}

fn pairs(pairs: &[(&str, &str)]) -> EncryptionContext {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
