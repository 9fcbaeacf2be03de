//! Logins at AWS that need a person: single sign-on in the browser, the number of an MFA device.

use cartorio_core::SecretString;
use cartorio_keys::{CredentialStatus, LoginProgress};
use cartorio_registry::Act;

use crate::OfficeResult;
use crate::dto::{
    CredentialStatusView, DeviceLoginView, LoginProgressView, LoginStateView, Permission, ProfileView, SsoAccountView,
};
use crate::office::Office;
use crate::profiles;
use crate::session::Facts;
use crate::times::rfc3339;

/// Begins a login in the browser, and opens it.
pub(crate) async fn start(office: &Office, name: &str) -> OfficeResult<DeviceLoginView> {
    require_may_log_in(office).await?;
    let profile = profiles::find(&office.home, name)?;
    let login = office.ports.cloud.login_start(&profile).await?;
    let opened = office.ports.desktop.open_url(&login.url).is_ok();
    Ok(DeviceLoginView {
        id: login.id,
        user_code: login.user_code,
        url: login.url,
        expires_at: rfc3339(login.expires_at),
        interval: login.interval,
        opened,
    })
}

/// Asks once how a login stands. A finished one goes on record.
pub(crate) async fn poll(office: &Office, name: &str, id: &str) -> OfficeResult<LoginProgressView> {
    require_may_log_in(office).await?;
    let profile = profiles::find(&office.home, name)?;
    let progress = office.ports.cloud.login_poll(&profile, id).await?;
    Ok(match progress {
        LoginProgress::Pending { interval } => {
            LoginProgressView { state: LoginStateView::Pending, interval: Some(interval), credentials: None }
        }
        LoginProgress::Done(standing) => {
            logged_in(office, name, "sso").await?;
            LoginProgressView { state: LoginStateView::Done, interval: None, credentials: Some(status(&standing)) }
        }
        LoginProgress::Over => LoginProgressView { state: LoginStateView::Over, interval: None, credentials: None },
    })
}

/// Takes on a role with the number of an MFA device.
pub(crate) async fn mfa(office: &Office, name: &str, code: &SecretString) -> OfficeResult<CredentialStatusView> {
    require_may_log_in(office).await?;
    let profile = profiles::find(&office.home, name)?;
    let standing = office.ports.cloud.login_mfa(&profile, code).await?;
    logged_in(office, name, "mfa").await?;
    Ok(status(&standing))
}

/// Ends a login and forgets what came of it.
pub(crate) async fn logout(office: &Office, name: &str) -> OfficeResult<Vec<ProfileView>> {
    require_may_log_in(office).await?;
    let profile = profiles::find(&office.home, name)?;
    let session = office.maybe_session().await?;
    let work = async || Ok(office.ports.cloud.logout(&profile).await?);
    match session.as_deref() {
        Some(session) => {
            let facts = Facts::default().with("profile", name);
            session.record(Act::CloudLogout, facts, async |_| work().await).await?;
        }
        None => work().await?,
    }
    profiles::list(&office.home, &office.ports.cloud).await
}

/// Accounts and roles that the person who logged in may use.
pub(crate) async fn accounts(office: &Office, name: &str) -> OfficeResult<Vec<SsoAccountView>> {
    office.settings_session().await?;
    let profile = profiles::find(&office.home, name)?;
    let accounts = office.ports.cloud.sso_accounts(&profile).await?;
    Ok(accounts
        .into_iter()
        .map(|account| SsoAccountView { account_id: account.account_id, name: account.name, roles: account.roles })
        .collect())
}

/// How credentials stand, as the window shows it.
pub(crate) fn status(standing: &CredentialStatus) -> CredentialStatusView {
    CredentialStatusView {
        expires_at: standing.expires_at.map(rfc3339),
        login_until: standing.login_until.map(rfc3339),
        login: standing.login.map(|method| method.name().to_owned()),
    }
}

/// Who logged in is worth a record, where there is an office; before the first one there is none.
async fn logged_in(office: &Office, profile: &str, method: &str) -> OfficeResult<()> {
    let Some(session) = office.maybe_session().await? else { return Ok(()) };
    let facts = Facts::default().with("profile", profile).with("method", method);
    session.record(Act::CloudLogin, facts, async |_| Ok(())).await
}

/// Whoever signs may log in, and out again. Before the first office, a profile is tried out while it is made.
async fn require_may_log_in(office: &Office) -> OfficeResult<()> {
    match office.maybe_session().await? {
        Some(session) => session.require(Permission::Sign),
        None => office.settings_session().await.map(drop),
    }
}
