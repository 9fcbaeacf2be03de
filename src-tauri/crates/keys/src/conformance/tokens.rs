//! Creation tokens: a request whose answer was lost can be repeated.

use super::{Outcome, Suite, ensure, failed, refused, unique_alias, unique_token};
use crate::{CreateDataMaster, CreateKey, KeyError};

impl Suite<'_> {
    pub(super) async fn tokens(&self) -> Outcome {
        let unused = self.manager.find_created(&unique_token()?).await.map_err(failed("find_created"))?;
        ensure(unused.is_none(), || format!("a token that nobody used found {unused:?}"))?;

        let (token, alias, spec) = (unique_token()?, unique_alias("pedido"), self.first_spec()?);
        let request = CreateKey { token: Some(token.clone()), ..CreateKey::named(spec, alias.clone()) };
        let first = self.make(request.clone()).await?;
        for time in ["second", "third"] {
            let again = self
                .manager
                .create(request.clone())
                .await
                .map_err(|error| format!("the {time} creation with one token failed: {error}"))?;
            ensure(again == first, || format!("the {time} creation with one token gives {again:?}, not {first:?}"))?;
        }
        let found = self.manager.find_created(&token).await.map_err(failed("find_created"))?;
        ensure(found.as_ref() == Some(&first), || format!("find_created gives {found:?}, not {first:?}"))?;
        if self.capabilities.list {
            let listed = self.manager.list().await.map_err(failed("list"))?;
            let times = listed.iter().filter(|info| info.aliases.contains(&alias)).count();
            ensure(times == 1, || format!("{times} keys were made for one token"))?;
        }

        let other = CreateKey { token: Some(unique_token()?), alias: None, ..request.clone() };
        let other = self.make(other).await?;
        ensure(other.key_id != first.key_id, || "two tokens give one key".to_owned())?;

        let taken = |error: &KeyError| matches!(error, KeyError::AlreadyExists { .. });
        if let Some(spec) = self.specs().into_iter().find(|other| *other != spec) {
            let outcome = self.manager.create(CreateKey { spec, ..request.clone() }).await;
            refused("a used token with another type", outcome, taken)?;
        }
        if self.capabilities.data_keys {
            let master = CreateDataMaster {
                alias: None,
                description: String::new(),
                tags: request.tags.clone(),
                token: Some(token.clone()),
            };
            refused("a used token for a data master", self.manager.create_data_master(master).await, taken)?;
        }
        if self.capabilities.aliases {
            // What a creation that was cut short leaves: the key without its name.
            self.manager.remove_alias(&alias).await.map_err(failed("remove_alias"))?;
            self.settles(&first.key_ref, "its name was taken away", |info| info.aliases.is_empty()).await?;
            let mended = self.manager.create(request).await.map_err(failed("a repeated creation"))?;
            ensure(mended.key_id == first.key_id && mended.aliases == [alias.clone()], || {
                format!("a repeated creation does not give the missing name: {mended:?}")
            })?;
        }
        Ok(())
    }
}
