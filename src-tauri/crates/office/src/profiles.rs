//! AWS profiles: how to reach an account. Access keys go to the operating system's keyring and are never read back.

use std::sync::Arc;
use std::time::Instant;

use cartorio_core::SecretString;
use cartorio_keys::{AccessKeys, Cloud, CloudProfile, CredentialSource, RoleBase, SigningLimits};
use serde::Deserialize;

use crate::dto::{CallerIdentityView, CredentialSourceView, KmsLimits, ProfileInput, ProfileView, RoleView, SsoView};
use crate::home::{Config, Home};
use crate::{OfficeError, OfficeResult};

/// Every profile of this installation.
pub(crate) async fn list(home: &Home, cloud: &Arc<dyn Cloud>) -> OfficeResult<Vec<ProfileView>> {
    let config = home.read_config()?;
    let mut views = Vec::with_capacity(config.profiles.len());
    for profile in &config.profiles {
        views.push(view(profile, &config, cloud).await);
    }
    Ok(views)
}

/// The profile called `name`.
pub(crate) fn find(home: &Home, name: &str) -> OfficeResult<CloudProfile> {
    home.read_config()?
        .profiles
        .into_iter()
        .find(|profile| profile.name == name)
        .ok_or_else(|| OfficeError::UnknownProfile { name: name.to_owned() })
}

/// As the UI shows it.
pub(crate) async fn view(profile: &CloudProfile, config: &Config, cloud: &Arc<dyn Cloud>) -> ProfileView {
    let (source, named_profile, sso, role) = match &profile.credentials {
        CredentialSource::Default => (CredentialSourceView::Default, None, None, None),
        CredentialSource::NamedProfile { profile } => {
            (CredentialSourceView::NamedProfile, Some(profile.clone()), None, None)
        }
        CredentialSource::Keyring => (CredentialSourceView::Keyring, None, None, None),
        CredentialSource::Sso { start_url, sso_region, account_id, role_name } => {
            let sso = SsoView {
                start_url: start_url.clone(),
                sso_region: sso_region.clone(),
                account_id: account_id.clone(),
                role_name: role_name.clone(),
            };
            (CredentialSourceView::Sso, None, Some(sso), None)
        }
        CredentialSource::AssumeRole { role_arn, mfa_serial, external_id, session_minutes, base } => {
            let (base, base_profile) = match base {
                RoleBase::Default => (CredentialSourceView::Default, None),
                RoleBase::NamedProfile { profile } => (CredentialSourceView::NamedProfile, Some(profile.clone())),
                RoleBase::Keyring => (CredentialSourceView::Keyring, None),
            };
            let role = RoleView {
                role_arn: role_arn.clone(),
                mfa_serial: mfa_serial.clone(),
                external_id: external_id.clone(),
                session_minutes: *session_minutes,
                base,
                base_profile,
            };
            (CredentialSourceView::AssumeRole, None, None, Some(role))
        }
    };
    let has_stored_keys = profile.credentials.uses_keyring() && cloud.has_access_keys(&profile.name).await;
    ProfileView {
        name: profile.name.clone(),
        region: profile.region.clone(),
        endpoint: profile.endpoint.clone(),
        acm_pca_endpoint: profile.acm_pca_endpoint.clone(),
        use_fips: profile.use_fips,
        kms: KmsLimits {
            at_once: u32::try_from(profile.signing.concurrency).unwrap_or(u32::MAX),
            per_second: profile.signing.per_second,
        },
        source,
        named_profile,
        has_stored_keys,
        active: config.active_profile.as_ref() == Some(&profile.name),
        sso,
        role,
        credentials: crate::login::status(&cloud.credential_status(profile).await),
    }
}

/// Adds or changes a profile; `keys` go to the keyring first, so that a profile never claims keys that are not there.
pub(crate) async fn save(
    home: &Home,
    cloud: &Arc<dyn Cloud>,
    input: ProfileInput,
    keys: Option<AccessKeys>,
) -> OfficeResult<()> {
    let keep_acm_pca = input.acm_pca_endpoint.is_none();
    let keep_kms = input.kms.is_none();
    let mut profile = validated(input)?;
    let before = find(home, &profile.name).ok();
    if let Some(before) = &before {
        if keep_acm_pca {
            profile.acm_pca_endpoint.clone_from(&before.acm_pca_endpoint);
        }
        if keep_kms {
            profile.signing = before.signing;
        }
    }
    match (profile.credentials.uses_keyring(), keys) {
        (true, Some(keys)) => cloud.store_access_keys(&profile.name, keys).await?,
        (true, None) if !cloud.has_access_keys(&profile.name).await => {
            return Err(OfficeError::InvalidField { field: "access_keys", reason: "empty" });
        }
        (true, None) => {}
        (false, _) => {
            cloud.forget_access_keys(&profile.name).await.ok();
        }
    }
    // A login belongs to the portal or role that it was made for.
    if let Some(before) = before.filter(|before| before.credentials != profile.credentials) {
        cloud.logout(&before).await.ok();
    }
    home.change_config(|config| {
        match config.profiles.iter_mut().find(|own| own.name == profile.name) {
            Some(own) => *own = profile,
            None => config.profiles.push(profile),
        }
        Ok(())
    })
}

/// Removes a profile and its access keys.
pub(crate) async fn remove(home: &Home, cloud: &Arc<dyn Cloud>, name: &str) -> OfficeResult<()> {
    let profile = find(home, name)?;
    if profile.credentials.uses_keyring() {
        cloud.forget_access_keys(name).await?;
    }
    cloud.logout(&profile).await?;
    home.change_config(|config| {
        config.profiles.retain(|profile| profile.name != name);
        if config.active_profile.as_deref() == Some(name) {
            config.active_profile = None;
        }
        Ok(())
    })
}

/// Asks AWS who the caller is.
pub(crate) async fn test(home: &Home, cloud: &Arc<dyn Cloud>, name: &str) -> OfficeResult<CallerIdentityView> {
    let profile = find(home, name)?;
    let started = Instant::now();
    let caller = cloud.test(&profile).await?;
    Ok(CallerIdentityView {
        account: caller.account,
        arn: caller.arn,
        region: profile.region,
        endpoint: profile.endpoint,
        millis: u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX),
    })
}

/// Reads what the UI sealed: JSON with the access keys.
pub(crate) fn access_keys(sealed: &SecretString) -> OfficeResult<AccessKeys> {
    #[derive(Deserialize)]
    struct Keys {
        access_key_id: SecretString,
        secret_access_key: SecretString,
        session_token: Option<SecretString>,
    }
    let keys: Keys = serde_json::from_str(sealed.expose())
        .map_err(|_| OfficeError::InvalidField { field: "access_keys", reason: "malformed" })?;
    for (field, value) in [("access_key_id", &keys.access_key_id), ("secret_access_key", &keys.secret_access_key)] {
        if value.expose().trim().is_empty() {
            return Err(OfficeError::InvalidField { field, reason: "empty" });
        }
    }
    Ok(AccessKeys {
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
        session_token: keys.session_token.filter(|token| !token.expose().is_empty()),
    })
}

fn validated(input: ProfileInput) -> OfficeResult<CloudProfile> {
    let invalid = |field, reason| Err(OfficeError::InvalidField { field, reason });
    let plain = |text: &str, extra: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c));
    if input.name.is_empty() || input.name.len() > 64 || !plain(&input.name, "-_.") {
        return invalid("name", if input.name.is_empty() { "empty" } else { "malformed" });
    }
    if input.region.is_empty() || input.region.len() > 32 || !plain(&input.region, "-") {
        return invalid("region", if input.region.is_empty() { "empty" } else { "malformed" });
    }
    let url = |field, text: Option<String>| {
        let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        if text.as_deref().is_some_and(|text| !(text.starts_with("https://") || text.starts_with("http://"))) {
            return Err(OfficeError::InvalidField { field, reason: "malformed" });
        }
        Ok(text)
    };
    let endpoint = url("endpoint", input.endpoint)?;
    let acm_pca_endpoint = url("acm_pca_endpoint", input.acm_pca_endpoint)?;
    let credentials = match input.source {
        CredentialSourceView::Default => CredentialSource::Default,
        CredentialSourceView::Keyring => CredentialSource::Keyring,
        CredentialSourceView::NamedProfile => {
            match input.named_profile.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()) {
                Some(profile) => CredentialSource::NamedProfile { profile },
                None => return invalid("named_profile", "empty"),
            }
        }
        CredentialSourceView::Sso => sso(input.sso)?,
        CredentialSourceView::AssumeRole => role(input.role)?,
    };
    Ok(CloudProfile {
        name: input.name,
        region: input.region,
        endpoint,
        acm_pca_endpoint,
        use_fips: input.use_fips,
        signing: input.kms.map_or_else(|| Ok(SigningLimits::default()), limits)?,
        credentials,
    })
}

fn limits(input: KmsLimits) -> OfficeResult<SigningLimits> {
    let KmsLimits { at_once, per_second } = input;
    let wrong = |field| OfficeError::InvalidField { field, reason: "out_of_range" };
    let concurrency = usize::try_from(at_once).ok().filter(|many| (1..=MOST_AT_ONCE).contains(many));
    if !(1..=MOST_PER_SECOND).contains(&per_second) {
        return Err(wrong("kms_per_second"));
    }
    Ok(SigningLimits { concurrency: concurrency.ok_or_else(|| wrong("kms_at_once"))?, per_second })
}

/// With what waits behind them, so many are as many open files as a system lets a program have.
pub(crate) const MOST_AT_ONCE: usize = 128;

/// Above what AWS grants on request; more would be a slip of the finger.
const MOST_PER_SECOND: u32 = 20_000;

fn sso(input: Option<SsoView>) -> OfficeResult<CredentialSource> {
    let invalid = |field, reason| OfficeError::InvalidField { field, reason };
    let input = input.ok_or(invalid("start_url", "empty"))?;
    let start_url = input.start_url.trim().trim_end_matches('#').to_owned();
    if !start_url.starts_with("https://") && !start_url.starts_with("http://127.0.0.1") {
        return Err(invalid("start_url", if start_url.is_empty() { "empty" } else { "malformed" }));
    }
    let sso_region = input.sso_region.trim().to_owned();
    if sso_region.is_empty() {
        return Err(invalid("sso_region", "empty"));
    }
    // Account and role are chosen after the first login; until then they are empty.
    let account_id = input.account_id.trim().to_owned();
    if !account_id.is_empty() && (account_id.len() != 12 || !account_id.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(invalid("account_id", "malformed"));
    }
    Ok(CredentialSource::Sso { start_url, sso_region, account_id, role_name: input.role_name.trim().to_owned() })
}

fn role(input: Option<RoleView>) -> OfficeResult<CredentialSource> {
    let invalid = |field, reason| OfficeError::InvalidField { field, reason };
    let input = input.ok_or(invalid("role_arn", "empty"))?;
    let role_arn = input.role_arn.trim().to_owned();
    if !role_arn.starts_with("arn:") || !role_arn.contains(":role/") {
        return Err(invalid("role_arn", if role_arn.is_empty() { "empty" } else { "malformed" }));
    }
    if !(15..=720).contains(&input.session_minutes) {
        return Err(invalid("session_minutes", "out_of_range"));
    }
    let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let base = match input.base {
        CredentialSourceView::Default => RoleBase::Default,
        CredentialSourceView::Keyring => RoleBase::Keyring,
        CredentialSourceView::NamedProfile => {
            RoleBase::NamedProfile { profile: text(input.base_profile).ok_or(invalid("base_profile", "empty"))? }
        }
        CredentialSourceView::Sso | CredentialSourceView::AssumeRole => return Err(invalid("base", "malformed")),
    };
    Ok(CredentialSource::AssumeRole {
        role_arn,
        mfa_serial: text(input.mfa_serial),
        external_id: text(input.external_id),
        session_minutes: input.session_minutes,
        base,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> ProfileInput {
        ProfileInput {
            name: "cartorio".into(),
            region: "sa-east-1".into(),
            endpoint: None,
            acm_pca_endpoint: None,
            use_fips: false,
            kms: Some(KmsLimits { at_once: 32, per_second: 800 }),
            source: CredentialSourceView::Default,
            named_profile: None,
            access_keys: None,
            sso: None,
            role: None,
        }
    }

    #[test]
    fn names_the_field_that_is_wrong() {
        assert!(validated(input()).is_ok());
        for (change, field) in [
            ((|i: &mut ProfileInput| i.name = "a b".into()) as fn(&mut ProfileInput), "name"),
            (|i| i.region = String::new(), "region"),
            (|i| i.endpoint = Some("ftp://x".into()), "endpoint"),
            (|i| i.acm_pca_endpoint = Some("x".into()), "acm_pca_endpoint"),
            (|i| i.source = CredentialSourceView::NamedProfile, "named_profile"),
            (|i| i.kms = Some(KmsLimits { at_once: 0, per_second: 1 }), "kms_at_once"),
            (|i| i.kms = Some(KmsLimits { at_once: 129, per_second: 1 }), "kms_at_once"),
            (|i| i.kms = Some(KmsLimits { at_once: 1, per_second: 0 }), "kms_per_second"),
            (|i| i.kms = Some(KmsLimits { at_once: 1, per_second: 20_001 }), "kms_per_second"),
        ] {
            let mut changed = input();
            change(&mut changed);
            match validated(changed) {
                Err(OfficeError::InvalidField { field: named, .. }) => assert_eq!(named, field),
                other => panic!("{field}: {other:?}"),
            }
        }
    }

    #[test]
    fn access_keys_are_read_and_never_shown() {
        let sealed = SecretString::new(r#"{"access_key_id":"AKIAEXAMPLE","secret_access_key":"s3cr3t"}"#.into());
        let keys = access_keys(&sealed).unwrap();
        assert_eq!(keys.access_key_id.expose(), "AKIAEXAMPLE");
        let error = access_keys(&SecretString::new(r#"{"access_key_id":"AKIA","secret"#.into())).err().unwrap();
        assert!(!format!("{error:?}{error}").contains("AKIA"), "the error repeats nothing of the input");
    }
}
