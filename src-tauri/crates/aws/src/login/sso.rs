//! IAM Identity Center: the login in the browser (RFC 8628), its renewal, and the credentials of a role.

use aws_credential_types::Credentials;
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_ssooidc::operation::create_token::{CreateTokenError, CreateTokenOutput};
use aws_sdk_ssooidc::operation::start_device_authorization::{
    StartDeviceAuthorizationError, StartDeviceAuthorizationOutput,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use cartorio_core::{JobId, SecretString};
use cartorio_keys::{CredentialStatus, DeviceLogin, KeyError, KeyResult, LoginMethod, SsoAccount};
use time::{Duration, OffsetDateTime};

use super::store::{Client, Device, Login, SsoLogin, Token};
use super::terms::{AccountId, RoleName, StartUrl};
use super::{Surroundings, login_required, plain_sdk};
use crate::failure::{Attempts, Call};
use crate::profile::is_safe_page;
use crate::{Endpoint, Region};

/// Which portal, and how to reach it.
#[derive(Clone)]
pub(crate) struct PortalPlace {
    /// The profile that asks.
    pub(crate) profile: String,
    pub(crate) start_url: StartUrl,
    pub(crate) region: Region,
    pub(crate) sso_endpoint: Option<Endpoint>,
    pub(crate) oidc_endpoint: Option<Endpoint>,
}

/// One portal, asked for one profile.
pub(crate) struct Portal {
    place: PortalPlace,
    surroundings: Surroundings,
    sso: aws_sdk_sso::Client,
    oidc: aws_sdk_ssooidc::Client,
    /// For a person in front of the window, who can try again.
    oidc_once: aws_sdk_ssooidc::Client,
}

/// How a login in the browser stands.
pub(crate) enum Poll {
    Pending { interval: u32 },
    Done,
    Over,
}

/// How the login behind the credentials stands, without asking.
pub(super) enum Standing {
    /// Somebody must log in.
    Needed,
    /// It serves until then, or for as long as the portal renews it: how long that is, it does not say.
    Good(Option<OffsetDateTime>),
}

impl Portal {
    pub(crate) fn new(place: PortalPlace, surroundings: &Surroundings) -> KeyResult<Self> {
        let attempts = surroundings.limits.attempts;
        // There are no FIPS 140 endpoints of it.
        let sdk = plain_sdk(&place.region, false, surroundings, attempts)?.build();
        let mut sso = aws_sdk_sso::config::Builder::from(&sdk);
        sso.set_endpoint_url(place.sso_endpoint.as_ref().map(ToString::to_string));
        let oidc = |attempts| {
            let mut oidc = aws_sdk_ssooidc::config::Builder::from(&sdk).retry_config(crate::session::retries(attempts));
            oidc.set_endpoint_url(place.oidc_endpoint.as_ref().map(ToString::to_string));
            aws_sdk_ssooidc::Client::from_conf(oidc.build())
        };
        Ok(Self {
            sso: aws_sdk_sso::Client::from_conf(sso.build()),
            oidc: oidc(attempts),
            oidc_once: oidc(1),
            surroundings: surroundings.clone(),
            place,
        })
    }

    /// Begins a login: this program is registered where it is not yet, and the portal gives a code for the person.
    pub(crate) async fn start(&self) -> KeyResult<DeviceLogin> {
        let kept = self.login().await.map(|login| login.client).filter(|client| self.lasts(client));
        let (client, answer) = match kept {
            Some(client) => match self.authorize(&client).await {
                // The portal has forgotten this program.
                Err(error) if error.as_service_error().is_some_and(unknown_client) => {
                    let client = self.register().await?;
                    let answer = self.authorize(&client).await;
                    (client, answer)
                }
                answer => (client, answer),
            },
            None => {
                let client = self.register().await?;
                let answer = self.authorize(&client).await;
                (client, answer)
            }
        };
        let call = self.oidc_call("sso-oauth:StartDeviceAuthorization");
        let answer = answer.map_err(|error| match error.as_service_error() {
            // What is wrong with it AWS says in words for programmers, or not at all.
            Some(StartDeviceAuthorizationError::InvalidRequestException(_)) => KeyError::BadReference {
                reason: format!(
                    "the AWS profile {}: {} knows no portal {}",
                    self.place.profile, call.endpoint, self.place.start_url
                ),
            },
            _ => call.failed(&error),
        })?;
        self.begun(&call, client, answer)
    }

    fn begun(&self, call: &Call, client: Client, answer: StartDeviceAuthorizationOutput) -> KeyResult<DeviceLogin> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let code =
            filled(answer.device_code).map(SecretString::new).ok_or_else(|| call.garbled("device code", None))?;
        let user_code = filled(answer.user_code)
            .filter(|text| text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic()))
            .ok_or_else(|| call.garbled("user code", None))?;
        // It goes to the browser of whoever works here: nothing but a web page, whatever the answer says.
        let url = filled(answer.verification_uri_complete)
            .or(filled(answer.verification_uri))
            .filter(|url| is_safe_page(url))
            .ok_or_else(|| call.garbled("https:// address to log in at", None))?;
        let device = Device {
            id: JobId::generate().to_string(),
            start_url: self.place.start_url.to_string(),
            region: self.place.region.to_string(),
            client,
            code,
            expires_at: self.now() + Duration::seconds(i64::from(answer.expires_in.clamp(1, 3600))),
            // RFC 8628 §3.2: five seconds where nothing is said.
            interval: u32::try_from(answer.interval).ok().filter(|seconds| *seconds > 0).unwrap_or(5).min(60),
        };
        let login = DeviceLogin {
            id: device.id.clone(),
            user_code,
            url,
            expires_at: device.expires_at,
            interval: device.interval,
        };
        self.surroundings.logins.begin(&self.place.profile, device);
        Ok(login)
    }

    /// Asks once whether somebody has confirmed.
    pub(crate) async fn poll(&self, id: &str) -> KeyResult<Poll> {
        let (logins, profile) = (&self.surroundings.logins, &self.place.profile);
        let number = logins.number(profile);
        let Some(device) = logins.begun(profile, id).filter(|device| self.is_here(&device.start_url, &device.region))
        else {
            return Ok(Poll::Over);
        };
        if device.expires_at <= self.now() {
            logins.end(profile, id);
            return Ok(Poll::Over);
        }
        let call = self.oidc_call("sso-oauth:CreateToken");
        let answer = self
            .oidc_once
            .create_token()
            .client_id(&device.client.id)
            .client_secret(device.client.secret.expose())
            .grant_type("urn:ietf:params:oauth:grant-type:device_code")
            .device_code(device.code.expose())
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                return match error.as_service_error() {
                    Some(CreateTokenError::AuthorizationPendingException(_)) => {
                        Ok(Poll::Pending { interval: device.interval })
                    }
                    // RFC 8628 §3.5: five seconds more, for this and all later questions.
                    Some(CreateTokenError::SlowDownException(_)) => {
                        let interval = logins.slow_down(profile, id, 5);
                        Ok(interval.map_or(Poll::Over, |interval| Poll::Pending { interval }))
                    }
                    Some(reason) if is_refusal(reason) => {
                        logins.end(profile, id);
                        Ok(Poll::Over)
                    }
                    _ => Err(call.failed(&error)),
                };
            }
        };
        let token = self.token_of(&call, answer, None)?;
        // A newer login, or a logout, wins over an answer that was on its way.
        if !logins.end(profile, id) {
            return Ok(Poll::Over);
        }
        let Device { start_url, region, client, .. } = device;
        let login = SsoLogin { start_url, region, client, token: Some(token) };
        logins.keep_new(profile, Login::Sso(login), number).await;
        Ok(Poll::Done)
    }

    /// Credentials of a role.
    pub(super) async fn role_credentials(&self, account: &AccountId, role: &RoleName) -> KeyResult<Credentials> {
        let call = self.sso_call("sso:GetRoleCredentials");
        let mut token = self.token().await?;
        for last in [false, true] {
            let answer = self
                .sso
                .get_role_credentials()
                .account_id(account.as_str())
                .role_name(role.as_str())
                .access_token(token.access.expose())
                .customize()
                .interceptor(call.attempts.clone())
                .send()
                .await;
            let error = match answer {
                Ok(answer) => {
                    let found = answer.role_credentials.ok_or_else(|| call.garbled("credentials", None))?;
                    return credentials_of(&call, found);
                }
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(GetRoleCredentialsError::UnauthorizedException(_)) if !last => token = self.after(&token).await?,
                Some(GetRoleCredentialsError::ResourceNotFoundException(_)) => {
                    return Err(KeyError::BadReference {
                        reason: format!(
                            "the AWS profile {}: IAM Identity Center knows no role {role} in the account {account}",
                            self.place.profile
                        ),
                    });
                }
                _ => return Err(self.refused(&call, &error)),
            }
        }
        Err(login_required(&self.place.profile, LoginMethod::Sso))
    }

    /// Accounts and roles of the person who logged in, by name.
    pub(crate) async fn accounts(&self) -> KeyResult<Vec<SsoAccount>> {
        let token = self.token().await?;
        let found = self.list_accounts(&token).await;
        let mut accounts = match found {
            // The portal may end a login before its time.
            Err(KeyError::LoginRequired { .. }) => self.list_accounts(&self.after(&token).await?).await?,
            other => other?,
        };
        accounts.sort_by(|one, other| (&one.name, &one.account_id).cmp(&(&other.name, &other.account_id)));
        Ok(accounts)
    }

    async fn list_accounts(&self, token: &Token) -> KeyResult<Vec<SsoAccount>> {
        let call = self.sso_call("sso:ListAccounts");
        let mut accounts = Vec::new();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let page = self
                .sso
                .list_accounts()
                .access_token(token.access.expose())
                .set_next_token(next)
                .customize()
                .interceptor(call.attempts.clone())
                .send()
                .await
                .map_err(|error| self.refused(&call, &error))?;
            for account in page.account_list.unwrap_or_default() {
                let Some(account_id) = account.account_id else { continue };
                let roles = self.list_roles(token, &account_id).await?;
                accounts.push(SsoAccount { name: account.account_name.unwrap_or_default(), account_id, roles });
            }
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(accounts);
            }
        }
        Err(call.garbled("end of the list", None))
    }

    async fn list_roles(&self, token: &Token, account_id: &str) -> KeyResult<Vec<String>> {
        let call = self.sso_call("sso:ListAccountRoles");
        let mut roles = Vec::new();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let page = self
                .sso
                .list_account_roles()
                .access_token(token.access.expose())
                .account_id(account_id)
                .set_next_token(next)
                .customize()
                .interceptor(call.attempts.clone())
                .send()
                .await
                .map_err(|error| self.refused(&call, &error))?;
            roles.extend(page.role_list.unwrap_or_default().into_iter().filter_map(|role| role.role_name));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                roles.sort();
                return Ok(roles);
            }
        }
        Err(call.garbled("end of the list", None))
    }

    /// Ends the login at the portal, as far as it can be reached.
    pub(crate) async fn sign_out(&self) {
        let Some(token) = self.login().await.and_then(|login| login.token) else { return };
        let asked = self.sso.logout().access_token(token.access.expose()).send();
        // Nobody waits long for a goodbye; what this machine holds is wiped in any case.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), asked).await;
    }

    /// As [`cartorio_keys::Cloud::credential_status`], for a profile without a role yet.
    pub(crate) async fn status(&self) -> CredentialStatus {
        let (login_until, login) = match self.standing().await {
            Standing::Good(until) => (until, None),
            Standing::Needed => (None, Some(LoginMethod::Sso)),
        };
        CredentialStatus { expires_at: None, login_until, login }
    }

    /// How the login stands, without asking.
    pub(super) async fn standing(&self) -> Standing {
        match self.login().await {
            Some(SsoLogin { token: Some(token), client, .. }) => {
                if token.refresh.is_some() && client.expires_at > self.now() {
                    Standing::Good(None)
                } else if token.expires_at > self.now() {
                    Standing::Good(Some(token.expires_at))
                } else {
                    Standing::Needed
                }
            }
            _ => Standing::Needed,
        }
    }

    /// The token, renewed where it is about to end.
    async fn token(&self) -> KeyResult<Token> {
        self.usable(None).await
    }

    /// Another token than `refused`, which the portal does not take any more.
    async fn after(&self, refused: &Token) -> KeyResult<Token> {
        self.usable(Some(refused)).await
    }

    async fn usable(&self, refused: Option<&Token>) -> KeyResult<Token> {
        let good = |token: &Token, until| {
            token.expires_at > until && refused.is_none_or(|refused| !same(&refused.access, &token.access))
        };
        let needed = || login_required(&self.place.profile, LoginMethod::Sso);
        let (logins, profile) = (&self.surroundings.logins, &self.place.profile);
        let number = logins.number(profile);
        if let Some(token) = self.login().await.and_then(|login| login.token).filter(|token| good(token, self.soon())) {
            return Ok(token);
        }
        // One at a time, and another process may have been quicker.
        let _renewing = logins.renewing.lock().await;
        let again = logins.read_again(profile).await;
        let Some(mut login) = self.mine(again) else { return Err(needed()) };
        let Some(token) = login.token.clone() else { return Err(needed()) };
        if good(&token, self.soon()) {
            return Ok(token);
        }
        let outcome = match &token.refresh {
            Some(refresh) if login.client.expires_at > self.now() => Some(self.refresh(&login.client, refresh).await),
            _ => None,
        };
        match outcome {
            Some(Ok(fresh)) => {
                login.token = Some(fresh.clone());
                logins.keep(profile, Login::Sso(login), number).await;
                Ok(fresh)
            }
            // What is not over yet still serves, whatever keeps it from being renewed.
            Some(_) | None if good(&token, self.now()) => Ok(token),
            // The portal is out of reach: the login may be good.
            Some(Err(Refresh::Failed(error))) => Err(error),
            Some(Err(Refresh::Refused)) | None => {
                login.token = None;
                logins.keep(profile, Login::Sso(login), number).await;
                Err(needed())
            }
        }
    }

    async fn refresh(&self, client: &Client, refresh: &SecretString) -> Result<Token, Refresh> {
        let call = self.oidc_call("sso-oauth:CreateToken");
        let answer = self
            .oidc
            .create_token()
            .client_id(&client.id)
            .client_secret(client.secret.expose())
            .grant_type("refresh_token")
            .refresh_token(refresh.expose())
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| match error.as_service_error() {
                Some(reason) if is_refusal(reason) => Refresh::Refused,
                _ => Refresh::Failed(call.failed(&error)),
            })?;
        self.token_of(&call, answer, Some(refresh)).map_err(Refresh::Failed)
    }

    fn token_of(&self, call: &Call, answer: CreateTokenOutput, before: Option<&SecretString>) -> KeyResult<Token> {
        let access = answer.access_token.filter(|token| !token.is_empty());
        let access = access.map(SecretString::new).ok_or_else(|| call.garbled("access token", None))?;
        let seconds = i64::from(answer.expires_in);
        if seconds <= 0 {
            return Err(call.garbled("time that the token is good for", None));
        }
        let refresh = answer.refresh_token.filter(|token| !token.is_empty()).map(SecretString::new);
        Ok(Token {
            access,
            expires_at: self.now() + Duration::seconds(seconds),
            // RFC 6749 §6: where no new one comes the old one goes on.
            refresh: refresh.or_else(|| before.cloned()),
        })
    }

    async fn register(&self) -> KeyResult<Client> {
        let call = self.oidc_call("sso-oauth:RegisterClient");
        let answer = self
            .oidc_once
            .register_client()
            .client_name("Cartorio Digital")
            .client_type("public")
            // Without it the portal gives no refresh token.
            .scopes("sso:account:access")
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let id = answer.client_id.filter(|id| !id.is_empty()).ok_or_else(|| call.garbled("client id", None))?;
        let secret = answer.client_secret.filter(|secret| !secret.is_empty());
        let secret = secret.map(SecretString::new).ok_or_else(|| call.garbled("client secret", None))?;
        let expires_at = OffsetDateTime::from_unix_timestamp(answer.client_secret_expires_at)
            .map_err(|_| call.garbled("end of the registration", None))?;
        Ok(Client { id, secret, expires_at })
    }

    async fn authorize(
        &self,
        client: &Client,
    ) -> Result<StartDeviceAuthorizationOutput, SdkError<StartDeviceAuthorizationError, HttpResponse>> {
        self.oidc_once
            .start_device_authorization()
            .client_id(&client.id)
            .client_secret(client.secret.expose())
            .start_url(self.place.start_url.as_str())
            .send()
            .await
    }

    /// The login that is kept for this profile and this portal.
    async fn login(&self) -> Option<SsoLogin> {
        let found = self.surroundings.logins.read(&self.place.profile).await;
        match self.mine(found) {
            Some(login) if login.token.as_ref().is_some_and(|token| token.expires_at > self.now()) => Some(login),
            // Another process may have logged in, or renewed.
            _ => {
                let found = self.surroundings.logins.read_again(&self.place.profile).await;
                self.mine(found)
            }
        }
    }

    fn mine(&self, login: Option<Login>) -> Option<SsoLogin> {
        match login {
            Some(Login::Sso(login)) if self.is_here(&login.start_url, &login.region) => Some(login),
            Some(Login::Sso(_) | Login::Role(_)) | None => None,
        }
    }

    fn is_here(&self, start_url: &str, region: &str) -> bool {
        start_url == self.place.start_url.as_str() && region == self.place.region.as_str()
    }

    /// Whether a registration outlives a login that begins now.
    fn lasts(&self, client: &Client) -> bool {
        client.expires_at > self.now() + Duration::days(1)
    }

    fn refused<E>(&self, call: &Call, error: &SdkError<E, HttpResponse>) -> KeyError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match error.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some("UnauthorizedException") => login_required(&self.place.profile, LoginMethod::Sso),
            Some("ForbiddenException") => {
                let request_id = aws_types::request_id::RequestId::request_id(error).map(str::to_owned);
                KeyError::AccessDenied { action: call.action.to_owned(), request_id }
            }
            _ => call.failed(error),
        }
    }

    fn sso_call(&self, action: &'static str) -> Call {
        let host = || format!("portal.sso.{}.amazonaws.com", self.place.region);
        self.call(action, self.place.sso_endpoint.as_ref().map_or_else(host, ToString::to_string))
    }

    fn oidc_call(&self, action: &'static str) -> Call {
        let host = || format!("oidc.{}.amazonaws.com", self.place.region);
        self.call(action, self.place.oidc_endpoint.as_ref().map_or_else(host, ToString::to_string))
    }

    fn call(&self, action: &'static str, endpoint: String) -> Call {
        Call {
            action,
            subject: self.place.profile.clone(),
            region: self.place.region.to_string(),
            endpoint,
            attempts: Attempts::default(),
        }
    }

    fn now(&self) -> OffsetDateTime {
        self.surroundings.clock.now()
    }

    /// A token is renewed when it would end before this.
    fn soon(&self) -> OffsetDateTime {
        self.now() + Duration::minutes(5)
    }
}

/// More pages than this have no end.
const MOST_PAGES: usize = 1000;

enum Refresh {
    /// A person must log in.
    Refused,
    Failed(KeyError),
}

/// Whether the answer means that this login cannot be had any more.
fn is_refusal(error: &CreateTokenError) -> bool {
    error.is_access_denied_exception()
        || error.is_expired_token_exception()
        || error.is_invalid_grant_exception()
        || error.is_invalid_client_exception()
        || error.is_unauthorized_client_exception()
        || error.is_invalid_scope_exception()
        || error.is_unsupported_grant_type_exception()
}

fn unknown_client(error: &StartDeviceAuthorizationError) -> bool {
    error.is_invalid_client_exception() || error.is_unauthorized_client_exception()
}

fn credentials_of(call: &Call, found: aws_sdk_sso::types::RoleCredentials) -> KeyResult<Credentials> {
    let text =
        |value: Option<String>, what| value.filter(|value| !value.is_empty()).ok_or_else(|| call.garbled(what, None));
    let millis = i128::from(found.expiration) * 1_000_000;
    let ends = OffsetDateTime::from_unix_timestamp_nanos(millis)
        .ok()
        .filter(|_| found.expiration > 0)
        .ok_or_else(|| call.garbled("end of the credentials", None))?;
    Ok(Credentials::new(
        text(found.access_key_id, "access key id")?,
        text(found.secret_access_key, "secret access key")?,
        Some(text(found.session_token, "session token")?),
        Some(ends.into()),
        "sso",
    ))
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose() == other.expose()
}
