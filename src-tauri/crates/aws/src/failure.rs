//! From the SDK's errors to [`KeyError`], every one of them.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{BeforeTransmitInterceptorContextRef, InterceptorContext};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use cartorio_keys::KeyError;

/// One call to AWS: what an error must be able to say about it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The IAM action, e.g. `kms:Sign`.
    pub(crate) action: &'static str,
    /// The key, alias or ARN that it is about.
    pub(crate) subject: String,
    /// The region that is asked.
    pub(crate) region: String,
    /// Host or URL, for «cannot be reached».
    pub(crate) endpoint: String,
    /// Counts the attempts; given to the operation as an interceptor.
    pub(crate) attempts: Attempts,
}

impl Call {
    /// The error that `error` means.
    pub(crate) fn failed<E>(&self, error: &SdkError<E, HttpResponse>) -> KeyError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        explain(Failure::of(error), self)
    }

    /// Name of the service in errors.
    pub(crate) fn backend(&self) -> &'static str {
        if self.action.starts_with("acm-pca:") { "aws-private-ca" } else { BACKEND }
    }

    /// The error for an answer that lacks what it must have.
    pub(crate) fn garbled(&self, what: &str, request_id: Option<&str>) -> KeyError {
        KeyError::Backend {
            backend: self.backend(),
            reason: format!("the answer to {} has no {what}", self.action),
            request_id: request_id.map(str::to_owned),
        }
    }
}

/// Name of this backend in errors.
pub(crate) const BACKEND: &str = "aws-kms";

/// Counts the attempts of one operation, the SDK's own retries included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed).max(1)
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "attempts"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Forbids the SDK to wait for a quota to go away: it takes `LimitExceededException` for throttling.
pub(crate) struct NoWaitForQuota<E>(PhantomData<fn() -> E>);

impl<E> NoWaitForQuota<E> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E> fmt::Debug for NoWaitForQuota<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoWaitForQuota")
    }
}

impl<E: ProvideErrorMetadata + Error + Send + Sync + 'static> ClassifyRetry for NoWaitForQuota<E> {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let code = context
            .output_or_error()
            .and_then(|outcome| outcome.err())
            .and_then(OrchestratorError::as_operation_error)
            .and_then(|error| error.downcast_ref::<E>())
            .and_then(ProvideErrorMetadata::code);
        if code == Some(LIMIT_EXCEEDED) { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "no wait for quota"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// What went wrong, before it is known for which key.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Failure {
    /// No provider gave credentials.
    NoCredentials(String),
    /// The SSO or other session behind the credentials is over.
    ExpiredSession,
    /// The service was not reached, or did not answer in time.
    Unreachable(String),
    /// The request could not be built, or the answer not be read.
    Garbled(String),
    /// The service said no.
    Service { code: String, message: String, request_id: Option<String> },
}

impl Failure {
    fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if let Some(failure) = credentials_failure(error) {
            return failure;
        }
        match error {
            SdkError::ServiceError(service) => {
                let metadata = service.err();
                Self::Service {
                    // A bare HTTP error from something that is not AWS (a proxy, a login page) has no code.
                    code: metadata
                        .code()
                        .map_or_else(|| format!("HTTP {}", service.raw().status().as_u16()), str::to_owned),
                    message: metadata.message().unwrap_or_default().to_owned(),
                    request_id: error.request_id().map(str::to_owned),
                }
            }
            SdkError::TimeoutError(_) => Self::Unreachable("no answer in time".to_owned()),
            SdkError::DispatchFailure(dispatch) => Self::Unreachable(
                dispatch.as_connector_error().map_or_else(|| "connection failed".to_owned(), |error| chain(error)),
            ),
            SdkError::ResponseError(_) => Self::Garbled("the answer is not AWS's".to_owned()),
            other => Self::Garbled(chain(other)),
        }
    }
}

const LIMIT_EXCEEDED: &str = "LimitExceededException";

/// Codes of AWS that mean «slower»; the SDK has tried again before.
const THROTTLING: [&str; 10] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
];

fn explain(failure: Failure, call: &Call) -> KeyError {
    let (code, message, request_id) = match failure {
        Failure::NoCredentials(reason) => return KeyError::NoCredentials { reason },
        Failure::ExpiredSession => return KeyError::ExpiredCredentials,
        Failure::Unreachable(reason) => return KeyError::Unreachable { endpoint: call.endpoint.clone(), reason },
        Failure::Garbled(reason) => return KeyError::Backend { backend: call.backend(), reason, request_id: None },
        Failure::Service { code, message, request_id } => (code, message, request_id),
    };
    let key = || call.subject.clone();
    let lower = message.to_ascii_lowercase();
    match code.as_str() {
        "NotFoundException" => KeyError::NotFound { key: key(), region: Some(call.region.clone()) },
        "AlreadyExistsException" => KeyError::AlreadyExists { name: key() },
        // Which of the two a key that waits for deletion gives depends on the operation.
        "DisabledException" | "KMSInvalidStateException" if lower.contains("pending") && lower.contains("deletion") => {
            KeyError::PendingDeletion { key: key() }
        }
        "DisabledException" => KeyError::Disabled { key: key() },
        "KMSInvalidStateException" if lower.contains("disabled") => KeyError::Disabled { key: key() },
        "InvalidKeyUsageException" => KeyError::WrongUsage { key: key(), usage: short(&message) },
        "UnsupportedOperationException" => KeyError::Unsupported { backend: call.backend(), what: short(&message) },
        "InvalidArnException" | "InvalidAliasNameException" => {
            KeyError::BadReference { reason: format!("AWS does not take {}: {}", call.subject, short(&message)) }
        }
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" => {
            KeyError::AccessDenied { action: denied_action(&message).unwrap_or(call.action).to_owned(), request_id }
        }
        "RequestTimeTooSkewed" | "RequestInTheFuture" | "RequestExpired" => KeyError::ClockSkew,
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "AuthFailure"
            if lower.contains("signature expired")
                || lower.contains("not yet current")
                || lower.contains("too skewed") =>
        {
            KeyError::ClockSkew
        }
        "ExpiredTokenException" | "ExpiredToken" | "TokenRefreshRequired" => KeyError::ExpiredCredentials,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "AuthFailure"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidToken"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => KeyError::InvalidCredentials { reason: code },
        LIMIT_EXCEEDED => KeyError::LimitExceeded { what: short(&message) },
        throttled if THROTTLING.contains(&throttled) => KeyError::Throttled { attempts: call.attempts.count() },
        _ => KeyError::Backend {
            backend: call.backend(),
            reason: if message.is_empty() { code } else { format!("{code}: {}", short(&message)) },
            request_id,
        },
    }
}

/// The permission that IAM names: `… is not authorized to perform: kms:Sign on resource: …`.
fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("perform: ")?;
    let action = rest.split([' ', ',', '"']).next()?;
    let (service, operation) = action.split_once(':')?;
    let shaped = !service.is_empty()
        && service.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !operation.is_empty()
        && operation.bytes().all(|byte| byte.is_ascii_alphanumeric());
    shaped.then_some(action)
}

/// Failures to find credentials come wrapped in different errors; the cause tells.
fn credentials_failure(error: &(dyn Error + 'static)) -> Option<Failure> {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(credentials) = current.downcast_ref::<CredentialsError>() {
            let text = chain(credentials);
            return Some(if text.to_ascii_lowercase().contains("expired") {
                Failure::ExpiredSession
            } else {
                Failure::NoCredentials(text)
            });
        }
        cause = current.source();
    }
    None
}

/// An error with its causes, shortened.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        let next = current.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = current.source();
    }
    short(&text)
}

fn short(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call {
            action: "kms:Sign",
            subject: "awskms:alias/balcao".to_owned(),
            region: "sa-east-1".to_owned(),
            endpoint: "kms.sa-east-1.amazonaws.com".to_owned(),
            attempts: Attempts(Arc::new(AtomicU32::new(4))),
        }
    }

    fn service(code: &str, message: &str) -> KeyError {
        let request_id = Some("req-1".to_owned());
        explain(Failure::Service { code: code.to_owned(), message: message.to_owned(), request_id }, &call())
    }

    #[test]
    fn every_code_of_the_service_has_its_meaning() {
        let key = || "awskms:alias/balcao".to_owned();
        let invalid = |reason: &str| KeyError::InvalidCredentials { reason: reason.to_owned() };
        let denied = |action: &str| KeyError::AccessDenied {
            action: action.to_owned(),
            request_id: Some("req-1".to_owned()),
        };
        // Messages as AWS words them.
        let table = [
            ("NotFoundException", "Alias arn:aws:kms:… is not found.", KeyError::NotFound {
                key: key(),
                region: Some("sa-east-1".to_owned()),
            }),
            ("DisabledException", "arn:aws:kms:… is disabled.", KeyError::Disabled { key: key() }),
            ("KMSInvalidStateException", "arn:aws:kms:… is pending deletion.", KeyError::PendingDeletion { key: key() }),
            ("DisabledException", "arn:aws:kms:… is pending deletion.", KeyError::PendingDeletion { key: key() }),
            ("KMSInvalidStateException", "arn:… is pending replica deletion.", KeyError::PendingDeletion { key: key() }),
            ("InvalidKeyUsageException", "key usage is ENCRYPT_DECRYPT", KeyError::WrongUsage {
                key: key(),
                usage: "key usage is ENCRYPT_DECRYPT".to_owned(),
            }),
            ("AlreadyExistsException", "An alias …", KeyError::AlreadyExists { name: key() }),
            (
                "AccessDeniedException",
                "User: arn:aws:iam::1:user/e is not authorized to perform: kms:GetPublicKey on resource: arn:… because …",
                denied("kms:GetPublicKey"),
            ),
            ("AccessDenied", "Access denied", denied("kms:Sign")),
            ("AccessDeniedException", "not authorized to perform: <script>", denied("kms:Sign")),
            ("UnrecognizedClientException", "The security token included in the request is invalid.", invalid("UnrecognizedClientException")),
            ("InvalidClientTokenId", "The security token …", invalid("InvalidClientTokenId")),
            ("InvalidSignatureException", "The request signature we calculated does not match …", invalid("InvalidSignatureException")),
            ("SignatureDoesNotMatch", "The request signature …", invalid("SignatureDoesNotMatch")),
            ("InvalidSignatureException", "Signature expired: 20261121T100000Z is now earlier than …", KeyError::ClockSkew),
            ("SignatureDoesNotMatch", "Signature not yet current: …", KeyError::ClockSkew),
            ("RequestTimeTooSkewed", "…", KeyError::ClockSkew),
            ("ExpiredTokenException", "The security token included in the request is expired", KeyError::ExpiredCredentials),
            ("ThrottlingException", "You have exceeded the rate at which …", KeyError::Throttled { attempts: 4 }),
            ("LimitExceededException", "Too many keys", KeyError::LimitExceeded { what: "Too many keys".to_owned() }),
            ("KMSInternalException", "", KeyError::Backend {
                backend: "aws-kms",
                reason: "KMSInternalException".to_owned(),
                request_id: Some("req-1".to_owned()),
            }),
            ("KMSInvalidStateException", "arn:… is pending import.", KeyError::Backend {
                backend: "aws-kms",
                reason: "KMSInvalidStateException: arn:… is pending import.".to_owned(),
                request_id: Some("req-1".to_owned()),
            }),
        ];
        for (code, message, expected) in table {
            assert_eq!(service(code, message), expected, "{code} «{message}»");
        }
    }

    #[test]
    fn a_message_cannot_flood_the_screen() {
        let KeyError::Backend { reason, .. } = service("Odd", &"é".repeat(5000)) else {
            panic!("an unknown code is the backend's failure");
        };
        assert!(reason.chars().count() < 320);
    }
}
