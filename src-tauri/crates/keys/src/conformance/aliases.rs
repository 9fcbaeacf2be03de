//! Friendly names: several on a key, moved, taken away.

use super::{Deviation, Outcome, Suite, ensure, failed, named, refused, unique_alias};
use crate::{CreateDataMaster, KeyError, KeyInfo, KeyRef};

impl Suite<'_> {
    pub(super) async fn aliases(&self) -> Outcome {
        let (first_name, second_name) = (unique_alias("balcao"), unique_alias("titular"));
        let old = self.make_first(&first_name).await?;
        let new = self.make_first(&unique_alias("nova")).await?;

        for _ in 0..2 {
            self.manager.put_alias(&second_name, &old.key_ref).await.map_err(failed("put_alias"))?;
            self.stands_for(&second_name, Some(&old)).await?;
        }
        self.settles(&old.key_ref, "two names", |info| has(info, &[&first_name, &second_name])).await?;
        self.stands_for(&first_name, Some(&old)).await?;

        named("moving", self.moving(&second_name, &first_name, &old, &new).await)?;

        for _ in 0..2 {
            self.manager.remove_alias(&second_name).await.map_err(failed("remove_alias"))?;
            self.stands_for(&second_name, None).await?;
        }
        self.settles(&new.key_ref, "a name was taken away", |info| !info.aliases.contains(&second_name)).await?;
        self.manager.remove_alias(&unique_alias("ninguem")).await.map_err(failed("remove_alias of nobody's name"))?;
        self.stands_for(&unique_alias("ninguem"), None).await?;
        let reused = self.make_first(&second_name).await.map_err(|error| format!("a free name again: {error}"))?;
        self.stands_for(&second_name, Some(&reused)).await?;

        let bad = |error: &KeyError| matches!(error, KeyError::BadReference { .. });
        for name in ["", "com espaço", "aws/s3"] {
            refused(&format!("put_alias {name:?}"), self.manager.put_alias(name, &old.key_ref).await, bad)?;
            refused(&format!("remove_alias {name:?}"), self.manager.remove_alias(name).await, bad)?;
            refused(&format!("resolve_alias {name:?}"), self.manager.resolve_alias(name).await, bad)?;
        }
        if self.capabilities.data_keys {
            let outcome = self.another_usage(&first_name, &old).await;
            self.unless(Deviation::AliasOfAnotherUsage, outcome)?;
        }
        Ok(())
    }

    /// The name goes to the new key, and what is signed through it is the new key's.
    async fn moving(&self, name: &str, kept: &str, old: &KeyInfo, new: &KeyInfo) -> Outcome {
        for _ in 0..2 {
            self.manager.put_alias(name, &new.key_ref).await.map_err(failed("put_alias"))?;
            self.stands_for(name, Some(new)).await?;
        }
        self.settles(&old.key_ref, "its name went to another key", |info| has(info, &[kept])).await?;
        self.settles(&new.key_ref, "it got a second name", |info| has(info, &[&new.aliases[0], name])).await?;
        let public = self.public_of(&new.key_ref).await?;
        let resolved = self.manager.resolve_alias(name).await.map_err(failed("resolve_alias"))?;
        let resolved = resolved.ok_or_else(|| format!("nobody has the name {name}"))?;
        self.signs(&resolved, &public).await?;
        let reference = match &new.key_ref {
            KeyRef::AwsKms { .. } => Some(KeyRef::AwsKms { key: format!("alias/{name}"), region: new.region.clone() }),
            KeyRef::Local { .. } | KeyRef::Pkcs11 { .. } | KeyRef::P12 { .. } => None,
        };
        let Some(reference) = reference else { return Ok(()) };
        self.eventually(async || {
            let info = self.describe(&reference).await?;
            ensure(info.key_id == new.key_id, || format!("{reference} is {}, not {}", info.key_id, new.key_id))
        })
        .await?;
        self.signs(&KeyInfo { key_ref: reference, ..new.clone() }, &public).await
    }

    async fn another_usage(&self, name: &str, signing: &KeyInfo) -> Outcome {
        let master = unique_alias("cofre");
        let request = CreateDataMaster {
            alias: Some(master.clone()),
            description: String::new(),
            tags: signing_tags(),
            token: None,
        };
        let sealing = self.manager.create_data_master(request).await.map_err(failed("create_data_master"))?;
        self.remember(&sealing);
        let wrong = |error: &KeyError| matches!(error, KeyError::WrongUsage { .. });
        refused("a signing key's name for a sealing key", self.manager.put_alias(name, &sealing.key_ref).await, wrong)?;
        refused(
            "a sealing key's name for a signing key",
            self.manager.put_alias(&master, &signing.key_ref).await,
            wrong,
        )?;
        self.stands_for(name, Some(signing)).await?;
        self.stands_for(&master, Some(&sealing)).await
    }

    async fn stands_for(&self, name: &str, key: Option<&KeyInfo>) -> Outcome {
        self.eventually(async || {
            let found = self.manager.resolve_alias(name).await.map_err(failed("resolve_alias"))?;
            let (found, wanted) = (found.map(|info| info.key_id), key.map(|info| info.key_id.clone()));
            ensure(found == wanted, || format!("the name {name} stands for {found:?}, not {wanted:?}"))
        })
        .await
    }
}

fn has(info: &KeyInfo, names: &[&str]) -> bool {
    info.aliases.len() == names.len() && names.iter().all(|name| info.aliases.iter().any(|alias| alias == name))
}

fn signing_tags() -> std::collections::BTreeMap<String, String> {
    [("purpose".to_owned(), "conformance".to_owned())].into()
}
