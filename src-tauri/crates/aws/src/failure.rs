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

    /// Whether the request may have been done although it failed: no answer came, or none that can be read, or the service
    /// failed in the middle. Such a request must not be repeated unless doing it twice is the same as doing it once.
    pub(crate) fn may_be_done<E>(error: &SdkError<E, HttpResponse>) -> bool
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if credentials_failure(error).is_some() {
            return false;
        }
        match error {
            SdkError::ConstructionFailure(_) => false,
            SdkError::ServiceError(service) => match service.err().code() {
                Some(code) => service.raw().status().is_server_error() && !THROTTLING.contains(&code),
                // Something that is not AWS answered: nobody knows what it did with the request.
                None => true,
            },
            // No answer, half an answer, and whatever the SDK adds.
            _ => true,
        }
    }

    /// Name of the service in errors.
    pub(crate) fn backend(&self) -> &'static str {
        match self.action.split_once(':') {
            Some(("acm-pca", _)) => "aws-private-ca",
            Some(("sso" | "sso-oauth" | "sts", _)) => crate::login::LOGIN,
            _ => BACKEND,
        }
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

/// What the SDK may try again by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Again {
    /// All but a quota that is used up: the SDK takes `LimitExceededException` for throttling, and waiting does not help.
    AllButQuota,
    /// Throttling and expired credentials alone: AWS did nothing then. For requests that must not be done twice.
    WhereNothingWasDone,
    /// All but throttling and quotas: a queue of our own slows down instead.
    AllButThrottling,
}

/// Chooses what the SDK may try again by itself.
pub(crate) struct RetryRule<E>(Again, PhantomData<fn() -> E>);

impl<E> RetryRule<E> {
    pub(crate) fn all_but_quota() -> Self {
        Self(Again::AllButQuota, PhantomData)
    }

    pub(crate) fn where_nothing_was_done() -> Self {
        Self(Again::WhereNothingWasDone, PhantomData)
    }

    pub(crate) fn all_but_throttling() -> Self {
        Self(Again::AllButThrottling, PhantomData)
    }
}

impl<E> fmt::Debug for RetryRule<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: ProvideErrorMetadata + Error + Send + Sync + 'static> ClassifyRetry for RetryRule<E> {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(failure)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let code = OrchestratorError::as_operation_error(failure)
            .and_then(|error| error.downcast_ref::<E>())
            .and_then(ProvideErrorMetadata::code);
        let throttled = code.is_some_and(|code| THROTTLING.contains(&code));
        let expired = code.is_some_and(|code| EXPIRED.contains(&code));
        let forbidden = match self.0 {
            Again::AllButQuota => code == Some(LIMIT_EXCEEDED),
            Again::WhereNothingWasDone => !throttled && !expired,
            Again::AllButThrottling => throttled || code == Some(LIMIT_EXCEEDED),
        };
        if forbidden { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "what may be tried again"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// The error for credentials that no provider gave.
pub(crate) fn no_credentials(error: &CredentialsError) -> KeyError {
    if let Some(known) = own_error(error) {
        return known;
    }
    match credentials_failure(error) {
        Some(Failure::ExpiredSession) => KeyError::ExpiredCredentials,
        _ => KeyError::NoCredentials { reason: chain(error) },
    }
}

/// What went wrong, before it is known for which key.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Failure {
    /// Said already in our own words: the keeper of the credentials knows.
    Known(KeyError),
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
        if let Some(known) = own_error(error) {
            return Self::Known(known);
        }
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

/// Codes of AWS for credentials that are over.
const EXPIRED: [&str; 3] = ["ExpiredTokenException", "ExpiredToken", "TokenRefreshRequired"];

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
        Failure::Known(error) => return error,
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
        "KMSInvalidStateException" => KeyError::Unavailable { key: key(), state: state_in(&message) },
        "KeyUnavailableException" | "ConflictException" => KeyError::Unavailable { key: key(), state: code },
        // The key store behind the key: CloudHSM, or one outside AWS.
        store if ["CustomKeyStore", "CloudHsmCluster", "Xks"].iter().any(|kind| store.starts_with(kind)) => {
            KeyError::Unavailable { key: key(), state: code }
        }
        "IncorrectKeyException" | "InvalidCiphertextException" => KeyError::SealBroken { key: key() },
        "KMSInvalidSignatureException" => KeyError::BadSignature { key: key() },
        "InvalidKeyUsageException" => KeyError::WrongUsage { key: key(), usage: short(&message) },
        "UnsupportedOperationException" => KeyError::Unsupported { backend: call.backend(), what: short(&message) },
        // A region or a server that does not have the operation (yet).
        "UnknownOperationException" | "InvalidAction" => {
            KeyError::Unsupported { backend: call.backend(), what: call.action.to_owned() }
        }
        "TagException"
        | "MalformedPolicyDocumentException"
        | "InvalidMarkerException"
        | "InvalidGrantTokenException"
        | "InvalidGrantIdException"
        | "DryRunOperationException"
        | "ValidationException"
        | "SerializationException" => KeyError::Refused {
            action: call.action.to_owned(),
            reason: if message.is_empty() { code } else { short(&message) },
        },
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
        expired if EXPIRED.contains(&expired) => KeyError::ExpiredCredentials,
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

/// The state that a message names: `arn:… is pending import.`
fn state_in(message: &str) -> String {
    short(message.rsplit_once(" is ").map_or(message, |(_, state)| state).trim_end_matches('.'))
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

/// An error of our own among the causes.
fn own_error(error: &(dyn Error + 'static)) -> Option<KeyError> {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(own) = current.downcast_ref::<KeyError>() {
            return Some(own.clone());
        }
        cause = current.source();
    }
    None
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
        let denied =
            |action: &str| KeyError::AccessDenied { action: action.to_owned(), request_id: Some("req-1".to_owned()) };
        let unavailable = |state: &str| KeyError::Unavailable { key: key(), state: state.to_owned() };
        let refused = |reason: &str| KeyError::Refused { action: "kms:Sign".to_owned(), reason: reason.to_owned() };
        // Messages as AWS words them.
        let table = [
            (
                "NotFoundException",
                "Alias arn:aws:kms:… is not found.",
                KeyError::NotFound { key: key(), region: Some("sa-east-1".to_owned()) },
            ),
            ("DisabledException", "arn:aws:kms:… is disabled.", KeyError::Disabled { key: key() }),
            (
                "KMSInvalidStateException",
                "arn:aws:kms:… is pending deletion.",
                KeyError::PendingDeletion { key: key() },
            ),
            ("DisabledException", "arn:aws:kms:… is pending deletion.", KeyError::PendingDeletion { key: key() }),
            (
                "KMSInvalidStateException",
                "arn:… is pending replica deletion.",
                KeyError::PendingDeletion { key: key() },
            ),
            (
                "InvalidKeyUsageException",
                "key usage is ENCRYPT_DECRYPT",
                KeyError::WrongUsage { key: key(), usage: "key usage is ENCRYPT_DECRYPT".to_owned() },
            ),
            ("AlreadyExistsException", "An alias …", KeyError::AlreadyExists { name: key() }),
            (
                "AccessDeniedException",
                "User: arn:aws:iam::1:user/e is not authorized to perform: kms:GetPublicKey on resource: arn:… because …",
                denied("kms:GetPublicKey"),
            ),
            ("AccessDenied", "Access denied", denied("kms:Sign")),
            ("AccessDeniedException", "not authorized to perform: <script>", denied("kms:Sign")),
            (
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                invalid("UnrecognizedClientException"),
            ),
            ("InvalidClientTokenId", "The security token …", invalid("InvalidClientTokenId")),
            (
                "InvalidSignatureException",
                "The request signature we calculated does not match …",
                invalid("InvalidSignatureException"),
            ),
            ("SignatureDoesNotMatch", "The request signature …", invalid("SignatureDoesNotMatch")),
            (
                "InvalidSignatureException",
                "Signature expired: 20261121T100000Z is now earlier than …",
                KeyError::ClockSkew,
            ),
            ("SignatureDoesNotMatch", "Signature not yet current: …", KeyError::ClockSkew),
            ("RequestTimeTooSkewed", "…", KeyError::ClockSkew),
            (
                "ExpiredTokenException",
                "The security token included in the request is expired",
                KeyError::ExpiredCredentials,
            ),
            ("ThrottlingException", "You have exceeded the rate at which …", KeyError::Throttled { attempts: 4 }),
            ("LimitExceededException", "Too many keys", KeyError::LimitExceeded { what: "Too many keys".to_owned() }),
            (
                "KMSInternalException",
                "",
                KeyError::Backend {
                    backend: "aws-kms",
                    reason: "KMSInternalException".to_owned(),
                    request_id: Some("req-1".to_owned()),
                },
            ),
            ("KMSInvalidStateException", "arn:… is disabled.", KeyError::Disabled { key: key() }),
            ("KMSInvalidStateException", "arn:… is pending import.", unavailable("pending import")),
            ("KMSInvalidStateException", "arn:… is creating.", unavailable("creating")),
            ("KMSInvalidStateException", "arn:… is unavailable.", unavailable("unavailable")),
            ("KeyUnavailableException", "…", unavailable("KeyUnavailableException")),
            ("ConflictException", "… rotation in progress", unavailable("ConflictException")),
            ("CustomKeyStoreInvalidStateException", "…", unavailable("CustomKeyStoreInvalidStateException")),
            ("CustomKeyStoreNotFoundException", "…", unavailable("CustomKeyStoreNotFoundException")),
            ("CloudHsmClusterNotActiveException", "…", unavailable("CloudHsmClusterNotActiveException")),
            ("XksProxyUriUnreachableException", "…", unavailable("XksProxyUriUnreachableException")),
            (
                "DependencyTimeoutException",
                "…",
                KeyError::Backend {
                    backend: "aws-kms",
                    reason: "DependencyTimeoutException: …".to_owned(),
                    request_id: Some("req-1".to_owned()),
                },
            ),
            ("IncorrectKeyException", "…", KeyError::SealBroken { key: key() }),
            ("InvalidCiphertextException", "", KeyError::SealBroken { key: key() }),
            ("KMSInvalidSignatureException", "", KeyError::BadSignature { key: key() }),
            (
                "UnsupportedOperationException",
                "secp256k1 …",
                KeyError::Unsupported { backend: "aws-kms", what: "secp256k1 …".to_owned() },
            ),
            (
                "UnknownOperationException",
                "",
                KeyError::Unsupported { backend: "aws-kms", what: "kms:Sign".to_owned() },
            ),
            (
                "InvalidArnException",
                "ARN … is invalid",
                KeyError::BadReference {
                    reason: "AWS does not take awskms:alias/balcao: ARN … is invalid".to_owned()
                },
            ),
            (
                "InvalidAliasNameException",
                "…",
                KeyError::BadReference { reason: "AWS does not take awskms:alias/balcao: …".to_owned() },
            ),
            ("TagException", "tags", refused("tags")),
            ("MalformedPolicyDocumentException", "policy", refused("policy")),
            ("ValidationException", "1 validation error", refused("1 validation error")),
            ("DryRunOperationException", "", refused("DryRunOperationException")),
            ("InvalidMarkerException", "marker", refused("marker")),
            ("InvalidGrantTokenException", "token", refused("token")),
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
