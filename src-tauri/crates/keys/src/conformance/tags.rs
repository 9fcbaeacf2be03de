//! Tags and free text; the last use.

use std::collections::BTreeMap;

use super::{Deviation, Outcome, Suite, ensure, failed, named, now, refused, unique_alias, unique_token};
use crate::{CreateKey, CreationToken, KeyError, KeyRef};

type Tags = BTreeMap<String, String>;

impl Suite<'_> {
    pub(super) async fn tags(&self) -> Outcome {
        let given = pairs(&[("Sistema", "cartorio"), ("Ambiente", "demonstração")]);
        let request = CreateKey {
            tags: given.clone(),
            token: if self.capabilities.creation_tokens { Some(unique_token()?) } else { None },
            ..CreateKey::named(self.first_spec()?, unique_alias("etiquetas")).described("primeira")
        };
        let key = self.make(request).await?.key_ref;
        self.tags_are(&key, &given).await?;

        let more = pairs(&[("Ambiente", "produção"), ("Uso", "balcão 3: firmas")]);
        let joined = pairs(&[("Sistema", "cartorio"), ("Ambiente", "produção"), ("Uso", "balcão 3: firmas")]);
        for _ in 0..2 {
            self.manager.put_tags(&key, &more).await.map_err(failed("put_tags"))?;
            self.tags_are(&key, &joined).await?;
        }
        self.manager.put_tags(&key, &Tags::new()).await.map_err(failed("put_tags of none"))?;

        let bad = |error: &KeyError| matches!(error, KeyError::BadReference { .. });
        let long = "x".repeat(257);
        for (name, value) in [("", "x"), ("aws:x", "x"), ("com;ponto", "x"), ("Uso", &long)] {
            let outcome = self.manager.put_tags(&key, &pairs(&[(name, value)])).await;
            refused(&format!("the tag {name:?}"), outcome, bad)?;
        }
        self.tags_are(&key, &joined).await?;

        let gone = ["Ambiente".to_owned(), "Uso".to_owned(), "Inexistente".to_owned()];
        for _ in 0..2 {
            self.manager.remove_tags(&key, &gone).await.map_err(failed("remove_tags"))?;
            self.tags_are(&key, &pairs(&[("Sistema", "cartorio")])).await?;
        }

        for text in ["segunda: açúcar & afeto", "segunda: açúcar & afeto", ""] {
            self.manager.set_description(&key, text).await.map_err(failed("set_description"))?;
            let wanted = (!text.is_empty()).then_some(text);
            self.settles(&key, "a new description", |info| info.description.as_deref() == wanted).await?;
        }
        let outcome = self.manager.set_description(&key, &"x".repeat(8193)).await;
        refused("a description that is too long", outcome, bad)
    }

    async fn tags_are(&self, key: &KeyRef, wanted: &Tags) -> Outcome {
        self.eventually(async || {
            let mut tags = self.manager.tags(key).await.map_err(failed("tags"))?;
            tags.remove(CreationToken::TAG);
            ensure(tags == *wanted, || format!("its tags are {tags:?}, not {wanted:?}"))
        })
        .await
    }

    pub(super) async fn last_use(&self) -> Outcome {
        let info = self.make_first(&unique_alias("uso")).await?;
        let public = self.public_of(&info.key_ref).await?;
        let unused = self.manager.last_use(&info.key_ref).await;
        let outcome = match unused {
            Ok(None) => Ok(()),
            outcome => Err(format!("a key that was never used gives {outcome:?}")),
        };
        let outcome = match outcome {
            Ok(()) => {
                let before = now();
                named("a first use", self.signs(&info, &public).await)?;
                self.eventually(async || {
                    let used = self.manager.last_use(&info.key_ref).await.map_err(failed("last_use"))?;
                    let used = used.ok_or_else(|| "a key that has just signed was never used".to_owned())?;
                    let in_time = used.at >= before - self.setup.clock && used.at <= now() + self.setup.clock;
                    ensure(in_time, || format!("it signed at {before} and was last used at {}", used.at))
                })
                .await
            }
            Err(failure) => Err(failure),
        };
        self.unless(Deviation::LastUseIsMissing, outcome)
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
