//! STS `AssumeRole`: other credentials take on a role, with the number of an MFA device where the role wants one.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::operation::RequestId;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use cartorio_core::SecretString;
use cartorio_keys::{KeyError, KeyResult, LoginMethod};
use time::OffsetDateTime;

use super::store::{Login, RoleSession};
use super::terms::{ExternalId, MfaSerial, RoleArn, SessionMinutes};
use super::{Surroundings, base, login_required, plain_sdk};
use crate::failure::{Attempts, Call};
use crate::{AwsProfile, RoleBase};

/// A role that one profile takes on.
pub(super) struct Role {
    pub(super) role_arn: RoleArn,
    pub(super) mfa_serial: Option<MfaSerial>,
    pub(super) external_id: Option<ExternalId>,
    pub(super) session_minutes: SessionMinutes,
    pub(super) base: RoleBase,
}

/// Name of the session in CloudTrail.
const SESSION_NAME: &str = "cartorio-digital";

impl Role {
    /// Takes the role on; `code` is what the MFA device shows. Asked once where there is a code: AWS takes it once.
    pub(super) async fn assume(
        &self,
        profile: &AwsProfile,
        surroundings: &Surroundings,
        code: Option<&SecretString>,
    ) -> KeyResult<RoleSession> {
        let with = base::credentials(&self.base, profile, surroundings).await?;
        let attempts = if code.is_some() { 1 } else { surroundings.limits.attempts };
        let sdk = plain_sdk(&profile.region, profile.sts_fips(), surroundings, attempts)?
            .credentials_provider(SharedCredentialsProvider::new(with))
            .build();
        let mut config = aws_sdk_sts::config::Builder::from(&sdk);
        config.set_endpoint_url(profile.sts_endpoint().map(ToString::to_string));
        let region = profile.region.to_string();
        let call = Call {
            action: "sts:AssumeRole",
            subject: self.role_arn.to_string(),
            endpoint: profile.sts_endpoint().map_or_else(|| format!("sts.{region}.amazonaws.com"), ToString::to_string),
            region,
            attempts: Attempts::default(),
        };
        let answer = aws_sdk_sts::Client::from_conf(config.build())
            .assume_role()
            .role_arn(self.role_arn.as_str())
            .role_session_name(SESSION_NAME)
            .duration_seconds(self.session_minutes.seconds())
            .set_external_id(self.external_id.as_ref().map(ToString::to_string))
            .set_serial_number(self.mfa_serial.as_ref().filter(|_| code.is_some()).map(ToString::to_string))
            .set_token_code(code.map(|code| code.expose().to_owned()))
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| {
                match error.as_service_error().and_then(|reason| meant(reason, profile, code.is_some())) {
                    Some(meant) => meant,
                    None => call.failed(&error),
                }
            })?;
        let request_id = answer.request_id().map(str::to_owned);
        let found = answer.credentials.ok_or_else(|| call.garbled("credentials", request_id.as_deref()))?;
        let expires_at = OffsetDateTime::from_unix_timestamp(found.expiration.secs())
            .map_err(|_| call.garbled("end of the credentials", request_id.as_deref()))?;
        Ok(RoleSession {
            role_arn: self.role_arn.to_string(),
            mfa_serial: self.mfa_serial.as_ref().map(ToString::to_string),
            external_id: self.external_id.as_ref().map(ToString::to_string),
            base: self.base.clone(),
            access_key_id: SecretString::new(found.access_key_id),
            secret_access_key: SecretString::new(found.secret_access_key),
            session_token: SecretString::new(found.session_token),
            expires_at,
        })
    }

    /// The session that a person has logged in for, where it is still good.
    pub(super) async fn kept(&self, profile: &str, surroundings: &Surroundings) -> KeyResult<RoleSession> {
        let good = |login| match login {
            Some(Login::Role(session)) if self.made(&session) && session.expires_at > surroundings.clock.now() => {
                Some(session)
            }
            Some(Login::Role(_) | Login::Sso(_)) | None => None,
        };
        match good(surroundings.logins.read(profile).await) {
            Some(session) => Ok(session),
            // Another process may have logged in.
            None => good(surroundings.logins.read_again(profile).await)
                .ok_or_else(|| login_required(profile, LoginMethod::Mfa)),
        }
    }

    /// Whether a session is one of this role, taken on in this way.
    fn made(&self, session: &RoleSession) -> bool {
        session.role_arn == self.role_arn.as_str()
            && session.mfa_serial.as_deref() == self.mfa_serial.as_ref().map(MfaSerial::as_str)
            && session.external_id.as_deref() == self.external_id.as_ref().map(ExternalId::as_str)
            && session.base == self.base
    }
}

impl RoleSession {
    pub(super) fn to_sdk(&self) -> Credentials {
        Credentials::new(
            self.access_key_id.expose(),
            self.secret_access_key.expose(),
            Some(self.session_token.expose().to_owned()),
            Some(self.expires_at.into()),
            "assumed role",
        )
    }
}

/// The six digits, without the blanks that people put between them.
pub(super) fn mfa_code(profile: &str, typed: &SecretString) -> KeyResult<SecretString> {
    let mut digits = String::with_capacity(6);
    for typed in typed.expose().chars().filter(|c| !c.is_whitespace()) {
        if !typed.is_ascii_digit() || digits.len() == 6 {
            return Err(KeyError::MfaRefused { profile: profile.to_owned() });
        }
        digits.push(typed);
    }
    if digits.len() == 6 {
        Ok(SecretString::new(digits))
    } else {
        Err(KeyError::MfaRefused { profile: profile.to_owned() })
    }
}

/// What only an answer to AssumeRole means.
fn meant(error: &AssumeRoleError, profile: &AwsProfile, with_code: bool) -> Option<KeyError> {
    let (code, message) = (error.code()?, error.message().unwrap_or_default().to_ascii_lowercase());
    match code {
        // AWS words it «MultiFactorAuthentication failed with invalid MFA one time pass code.»
        "AccessDenied" | "AccessDeniedException" if with_code && message.contains("multifactorauthentication") => {
            Some(KeyError::MfaRefused { profile: profile.name.clone() })
        }
        "ValidationError" | "ValidationException" if with_code && message.contains("tokencode") => {
            Some(KeyError::MfaRefused { profile: profile.name.clone() })
        }
        // «The requested DurationSeconds exceeds the MaxSessionDuration set for this role.», or the one hour that a role may
        // take on another for.
        "ValidationError" | "ValidationException" if message.contains("durationseconds") => {
            Some(KeyError::BadReference {
                reason: format!("the AWS profile {}: session_minutes is longer than the role allows", profile.name),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::error::ErrorMetadata;
    use cartorio_core::Coded;

    use super::*;

    #[test]
    fn what_sts_says_has_its_meaning() {
        let profile = AwsProfile {
            name: "ensaio".to_owned(),
            region: "sa-east-1".parse().unwrap(),
            endpoint: None,
            endpoints: crate::ServiceEndpoints::default(),
            use_fips: false,
            credentials: crate::CredentialSource::Default,
        };
        // Messages as AWS words them.
        for (code, message, with_code, expected) in [
            (
                "AccessDenied",
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
                true,
                Some("aws_mfa_refused"),
            ),
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
                true,
                Some("aws_mfa_refused"),
            ),
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
                true,
                Some("aws_mfa_refused"),
            ),
            (
                "ValidationError",
                "1 validation error detected: Value '12345a' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\d]*",
                true,
                Some("aws_mfa_refused"),
            ),
            (
                "AccessDenied",
                "User: arn:aws:iam::1:user/maria is not authorized to perform: sts:AssumeRole on resource: arn:…",
                true,
                None,
            ),
            ("AccessDenied", "MultiFactorAuthentication failed", false, None),
            (
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                false,
                Some("key_bad_reference"),
            ),
            (
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
                true,
                Some("key_bad_reference"),
            ),
            ("ValidationError", "1 validation error detected: Value 'x' at 'roleArn' …", true, None),
            ("ExpiredToken", "The security token included in the request is expired", true, None),
        ] {
            let error = AssumeRoleError::generic(ErrorMetadata::builder().code(code).message(message).build());
            let found = meant(&error, &profile, with_code);
            assert_eq!(found.as_ref().map(Coded::code), expected, "{code} «{message}»");
        }
    }

    #[test]
    fn a_code_is_six_digits() {
        for (typed, taken) in [
            ("123456", true),
            (" 123 456\n", true),
            ("12345", false),
            ("1234567", false),
            ("", false),
            ("12345a", false),
            ("１２３４５６", false),
        ] {
            let code = mfa_code("ensaio", &SecretString::new(typed.to_owned()));
            match code {
                Ok(code) => assert!(taken && code.expose() == "123456", "{typed:?}"),
                Err(error) => {
                    assert!(!taken && error == KeyError::MfaRefused { profile: "ensaio".to_owned() }, "{typed:?}");
                }
            }
        }
    }
}
