//! A service that says «expired» gets the call once more, with new credentials.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::retry::ErrorKind;

use super::Keeper;

/// Goes into every client twice: as the interceptor that drops refused credentials, and as the classifier that has the call
/// made again. The SDK asks for credentials before every attempt; whether there are any without a person shows then.
#[derive(Clone)]
pub(crate) struct Renewal(Arc<Keeper>);

impl Renewal {
    pub(crate) fn new(keeper: &Arc<Keeper>) -> Self {
        Self(Arc::clone(keeper))
    }
}

impl Intercept for Renewal {
    fn name(&self) -> &'static str {
        "renewal"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(id) = context.request().headers().get("authorization").and_then(access_key_id) {
            config.interceptor_state().store_put(SignedWith(id.to_owned()));
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(says_expired)
            && let Some(SignedWith(id)) = config.load::<SignedWith>()
        {
            self.0.refused(id);
        }
        Ok(())
    }
}

impl ClassifyRetry for Renewal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failed = context.output_or_error().is_some_and(|outcome| outcome.is_err());
        if failed && context.response().is_some_and(says_expired) {
            // Nothing to wait for.
            RetryAction::retryable_error_with_explicit_delay(ErrorKind::ClientError, Duration::ZERO)
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "renewal"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal")
    }
}

/// Access key id of the credentials that signed the attempt.
struct SignedWith(String);

impl fmt::Debug for SignedWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedWith(…)")
    }
}

impl Storable for SignedWith {
    type Storer = StoreReplace<Self>;
}

/// `AWS4-HMAC-SHA256 Credential=ID/DATE/…`
fn access_key_id(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split('/').next().filter(|id| !id.is_empty())
}

/// `ExpiredToken` in query APIs, `ExpiredTokenException` in JSON ones; the code is in a header or in the body.
fn says_expired(response: &HttpResponse) -> bool {
    const CODE: &[u8] = b"ExpiredToken";
    let holds = |text: &[u8]| text.windows(CODE.len()).any(|window| window == CODE);
    matches!(response.status().as_u16(), 400 | 401 | 403)
        && (response.headers().get("x-amzn-errortype").is_some_and(|code| holds(code.as_bytes()))
            || response.body().bytes().is_some_and(|body| holds(&body[..body.len().min(2048)])))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn only_a_refusal_of_expired_credentials_counts() {
        for (status, header, body, expected) in [
            (400, None, r#"{"__type":"ExpiredTokenException","message":"…"}"#, true),
            (403, None, "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>", true),
            (400, Some("ExpiredTokenException:http://internal.amazon.com/"), "{}", true),
            (400, None, r#"{"__type":"AccessDeniedException"}"#, false),
            (200, None, "ExpiredToken", false),
            (500, None, "ExpiredToken", false),
            (400, None, "", false),
        ] {
            let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
            if let Some(header) = header {
                response.headers_mut().insert("x-amzn-errortype", header);
            }
            assert_eq!(says_expired(&response), expected, "{status} {header:?} {body}");
        }
        let header = "AWS4-HMAC-SHA256 Credential=ASIAX/20261121/sa-east-1/kms/aws4_request, SignedHeaders=…";
        assert_eq!(access_key_id(header), Some("ASIAX"));
        assert_eq!(access_key_id("Bearer x"), None);
    }
}
