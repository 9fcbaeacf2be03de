//! AWS profiles: where credentials come from, and how they stand.

use cartorio_office::dto::{
    CredentialSourceView, CredentialStatusView, Empty, KmsLimits, LoginPoll, LoginStateView, ProductionStart,
    ProfileInput, ProfileName, ProfileView, RoleView, SsoAccountView, SsoView,
};
use cartorio_office::{Commands, Office, OfficeError};
use serde_json::json;

use super::setup::state_fields;
use crate::args::{Global, Profile, ProfileAdd, ProtectionChoice, RoleBaseChoice};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, to_stderr};
use crate::secrets;
use crate::show::{date, fields, table, yes_no};

pub(crate) async fn profile(global: &Global, command: Profile, lang: Lang) -> Result<Done, Failure> {
    match command {
        Profile::Add(add) => self::add(global, *add, lang).await,
        Profile::List => {
            let office = desk::office(global, ProtectionChoice::Automatic, lang)?;
            listed(office.profiles_list(Empty {}).await?, lang)
        }
        Profile::Use { name, office_name, operator_name, protection } => {
            let office = desk::office(global, protection.protection, lang)?;
            let state = office
                .production_start(ProductionStart { profile: name, office_name, operator_name, passphrase: None })
                .await?;
            let open = say!(lang, "O cartório de produção está aberto.", "The production office is open.");
            let text = format!("{open}\n\n{}", fields(&state_fields(&state, lang)));
            Done::new(text, &json!({ "state": state }))
        }
        Profile::Test { name } => {
            let office = desk::open_or_not(global, lang).await?;
            let caller = office.profile_test(ProfileName { name }).await?;
            let text = fields(&[
                (say!(lang, "Conta", "Account"), Some(caller.account.clone())),
                (say!(lang, "Quem", "Caller"), Some(caller.arn.clone())),
                (say!(lang, "Região", "Region"), Some(caller.region.clone())),
                (say!(lang, "Endereço", "Endpoint"), caller.endpoint.clone()),
                (say!(lang, "Resposta em", "Answered in"), Some(format!("{} ms", caller.millis))),
            ]);
            Done::new(text, &caller)
        }
        Profile::Remove { name } => {
            let office = desk::open_or_not(global, lang).await?;
            listed(office.profile_remove(ProfileName { name }).await?, lang)
        }
        Profile::Login { name, mfa_code_stdin } => {
            let office = desk::open_or_not(global, lang).await?;
            login(&office, name, mfa_code_stdin, lang).await
        }
        Profile::Logout { name } => {
            let office = desk::open_or_not(global, lang).await?;
            listed(office.aws_logout(ProfileName { name }).await?, lang)
        }
        Profile::Accounts { name } => {
            let office = desk::open_or_not(global, lang).await?;
            let accounts = office.sso_accounts(ProfileName { name }).await?;
            let head = [say!(lang, "Conta", "Account"), say!(lang, "Nome", "Name"), say!(lang, "Papéis", "Roles")];
            let row = |own: &SsoAccountView| vec![own.account_id.clone(), own.name.clone(), own.roles.join(", ")];
            Done::new(table(&head, &accounts.iter().map(row).collect::<Vec<_>>()), &json!({ "accounts": accounts }))
        }
    }
}

async fn add(global: &Global, add: ProfileAdd, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open_or_not(global, lang).await?;
    let keys = match &add.access_keys_file {
        Some(path) => Some(secrets::read_access_keys(path)?),
        None if add.access_keys => Some(secrets::ask_access_keys(lang)?),
        None => None,
    };
    let role = add.role_arn.map(|role_arn| {
        let (base, base_profile) = match (add.role_base, &keys) {
            (Some(RoleBaseChoice::Profile(name)), _) => (CredentialSourceView::NamedProfile, Some(name)),
            (Some(RoleBaseChoice::Keyring), _) | (None, Some(_)) => (CredentialSourceView::Keyring, None),
            (Some(RoleBaseChoice::Default) | None, _) => (CredentialSourceView::Default, None),
        };
        RoleView {
            role_arn,
            mfa_serial: add.mfa_serial,
            external_id: add.external_id,
            session_minutes: add.session_minutes,
            base,
            base_profile,
        }
    });
    let sso = add.sso_start_url.map(|start_url| SsoView {
        start_url,
        sso_region: add.sso_region.unwrap_or_default(),
        account_id: add.sso_account.unwrap_or_default(),
        role_name: add.sso_role.unwrap_or_default(),
    });
    let source = match (&sso, &role, &keys, &add.aws_profile) {
        (Some(_), _, _, _) => CredentialSourceView::Sso,
        (None, Some(_), _, _) => CredentialSourceView::AssumeRole,
        (None, None, Some(_), _) => CredentialSourceView::Keyring,
        (None, None, None, Some(_)) => CredentialSourceView::NamedProfile,
        (None, None, None, None) => CredentialSourceView::Default,
    };
    let input = ProfileInput {
        name: add.name,
        region: add.region,
        endpoint: add.endpoint,
        acm_pca_endpoint: add.acm_pca_endpoint,
        use_fips: add.fips,
        kms: add.kms_at_once.zip(add.kms_per_second).map(|(at_once, per_second)| KmsLimits { at_once, per_second }),
        source,
        named_profile: add.aws_profile,
        access_keys: None,
        sso,
        role,
    };
    listed(office.add_profile(input, keys).await?, lang)
}

/// Logs in as the profile wants it: in the browser, or with the number of an MFA device.
async fn login(office: &Office, name: String, mfa_code_stdin: bool, lang: Lang) -> Result<Done, Failure> {
    let profiles = office.profiles_list(Empty {}).await?;
    let profile = profiles.into_iter().find(|own| own.name == name);
    let profile = profile.ok_or_else(|| OfficeError::UnknownProfile { name: name.clone() })?;
    let credentials = match (profile.source, profile.role.and_then(|role| role.mfa_serial)) {
        (CredentialSourceView::Sso, _) => in_browser(office, &name, lang).await?,
        (CredentialSourceView::AssumeRole, Some(device)) => {
            let code = secrets::mfa_code(mfa_code_stdin, &device, lang)?;
            office.login_with_mfa(&name, &code).await?
        }
        (
            CredentialSourceView::Default
            | CredentialSourceView::NamedProfile
            | CredentialSourceView::Keyring
            | CredentialSourceView::AssumeRole,
            _,
        ) => {
            return Err(Failure::input(say!(
                lang,
                "o perfil «{name}» não pede login: as suas credenciais vêm de outro lugar",
                "the profile “{name}” needs no login: its credentials come from elsewhere"
            )));
        }
    };
    let standing = standing(&credentials, lang);
    let text = say!(lang, "Login feito: {name}. {standing}", "Logged in: {name}. {standing}");
    Done::new(text, &json!({ "profile": name, "credentials": credentials }))
}

/// Shows address and code, and asks AWS until somebody has confirmed (RFC 8628).
async fn in_browser(office: &Office, name: &str, lang: Lang) -> Result<CredentialStatusView, Failure> {
    let login = office.aws_login_start(ProfileName { name: name.to_owned() }).await?;
    let (url, user_code, until) = (&login.url, &login.user_code, date(&login.expires_at));
    to_stderr(&say!(
        lang,
        "abra no navegador: {url}\n          e só confirme se o código for {user_code} (vale até {until})",
        "open in a browser: {url}\n          and confirm only if the code is {user_code} (until {until})"
    ));
    let mut interval = login.interval;
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(u64::from(interval.max(1)))).await;
        let progress = office.aws_login_poll(LoginPoll { profile: name.to_owned(), id: login.id.clone() }).await?;
        match progress.state {
            LoginStateView::Pending => interval = progress.interval.unwrap_or(interval),
            LoginStateView::Done => return Ok(progress.credentials.unwrap_or_default()),
            LoginStateView::Over => {
                let detail = say!(
                    lang,
                    "o login não foi confirmado: foi recusado no navegador ou o tempo acabou; comece de novo",
                    "the login was not confirmed: it was refused in the browser or the time is over; begin again"
                );
                return Err(Failure::needed("aws_login_over", &[("profile", name)], detail));
            }
        }
    }
}

/// How credentials stand, in words.
fn standing(own: &CredentialStatusView, lang: Lang) -> String {
    let until = |at: &String| date(at);
    match (&own.login, own.login_until.as_ref().map(until), own.expires_at.as_ref().map(until)) {
        (Some(method), _, _) => {
            let method = match method.as_str() {
                "sso" => say!(lang, "navegador", "browser"),
                "mfa" => "MFA".to_owned(),
                other => other.to_owned(),
            };
            say!(lang, "falta entrar ({method})", "login needed ({method})")
        }
        (None, Some(until), _) => say!(lang, "renovadas até {until}", "renewed until {until}"),
        (None, None, Some(until)) => say!(lang, "valem até {until}", "valid until {until}"),
        (None, None, None) => "–".to_owned(),
    }
}

fn listed(profiles: Vec<ProfileView>, lang: Lang) -> Result<Done, Failure> {
    let head = [
        say!(lang, "Nome", "Name"),
        say!(lang, "Região", "Region"),
        say!(lang, "Credenciais", "Credentials"),
        say!(lang, "Sessão", "Session"),
        say!(lang, "Em uso", "In use"),
        say!(lang, "Endereço", "Endpoint"),
    ];
    let rows: Vec<Vec<String>> = profiles
        .iter()
        .map(|profile| {
            let credentials = source(profile, lang);
            vec![
                profile.name.clone(),
                profile.region.clone(),
                credentials,
                standing(&profile.credentials, lang),
                yes_no(profile.active, lang),
                profile.endpoint.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let text = if rows.is_empty() {
        say!(lang, "Nenhum perfil ainda: «cartorio profile add».", "No profile yet: “cartorio profile add”.")
    } else {
        table(&head, &rows)
    };
    Done::new(text, &json!({ "profiles": profiles }))
}

/// Where the credentials of a profile come from, in words.
fn source(profile: &ProfileView, lang: Lang) -> String {
    let keyring = || match profile.has_stored_keys {
        true => say!(lang, "chaveiro", "keyring"),
        false => say!(lang, "chaveiro (vazio)", "keyring (empty)"),
    };
    let named = |name: Option<&str>| {
        let name = name.unwrap_or_default();
        say!(lang, "perfil {name}", "profile {name}")
    };
    match profile.source {
        CredentialSourceView::Default => say!(lang, "cadeia padrão", "default chain"),
        CredentialSourceView::NamedProfile => named(profile.named_profile.as_deref()),
        CredentialSourceView::Keyring => keyring(),
        CredentialSourceView::Sso => match profile.sso.as_ref().filter(|sso| !sso.account_id.is_empty()) {
            Some(sso) => {
                let (account, role) = (&sso.account_id, &sso.role_name);
                say!(
                    lang,
                    "login único: conta {account}, papel {role}",
                    "single sign-on: account {account}, role {role}"
                )
            }
            None => say!(lang, "login único: falta escolher a conta", "single sign-on: no account chosen yet"),
        },
        CredentialSourceView::AssumeRole => match &profile.role {
            Some(role) => {
                let base = match role.base {
                    CredentialSourceView::NamedProfile => named(role.base_profile.as_deref()),
                    CredentialSourceView::Keyring => keyring(),
                    CredentialSourceView::Default | CredentialSourceView::Sso | CredentialSourceView::AssumeRole => {
                        say!(lang, "cadeia padrão", "default chain")
                    }
                };
                let name = role.role_arn.rsplit('/').next().unwrap_or(&role.role_arn);
                say!(lang, "papel {name}, por {base}", "role {name}, by {base}")
            }
            None => say!(lang, "papel", "role"),
        },
    }
}
