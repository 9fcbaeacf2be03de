//! A session against a server on loopback, with the access key in a keyring of the test's own.

#![allow(dead_code, missing_docs, clippy::unwrap_used)]

pub mod portal;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SigningName;
use cartorio_aws::{
    AwsKms, AwsProfile, AwsSession, CredentialSource, CredentialStore, Limits, ServiceEndpoints, StaticCredentials,
};
use cartorio_core::{Clock, SecretString, SystemClock};
use cartorio_keys::{CreateKey, KeyRef, KeySpec};
use cartorio_testkit::emulator::{ACCESS_KEY, SECRET_KEY};
use cartorio_testkit::keyring::MemoryKeyring;

pub const REGION: &str = "sa-east-1";

/// Who calls, and with which clock and patience.
pub struct Caller {
    pub access_key_id: String,
    pub secret: String,
    pub token: Option<String>,
    pub region: &'static str,
    pub clock: Arc<dyn Clock>,
    pub limits: Limits,
}

impl Default for Caller {
    fn default() -> Self {
        Self {
            access_key_id: ACCESS_KEY.to_owned(),
            secret: SECRET_KEY.to_owned(),
            token: None,
            region: REGION,
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
        }
    }
}

pub fn profile(endpoint: &str, region: &str) -> AwsProfile {
    AwsProfile {
        name: "ensaio".to_owned(),
        region: region.parse().unwrap(),
        endpoint: Some(endpoint.parse().unwrap()),
        endpoints: ServiceEndpoints::default(),
        use_fips: false,
        credentials: CredentialSource::KeyringStatic,
    }
}

pub async fn session(endpoint: &str, caller: Caller) -> AwsSession {
    let store = CredentialStore::new(Arc::new(MemoryKeyring::default()), Duration::from_secs(5));
    let credentials = StaticCredentials::new(
        SecretString::new(caller.access_key_id),
        SecretString::new(caller.secret),
        caller.token.map(SecretString::new),
    )
    .unwrap();
    store.store("ensaio", &credentials).await.unwrap();
    AwsSession::connect_with(&profile(endpoint, caller.region), &store, caller.clock, caller.limits).await.unwrap()
}

pub async fn kms(endpoint: &str) -> AwsKms {
    session(endpoint, Caller::default()).await.kms()
}

fn admin_credentials() -> aws_credential_types::Credentials {
    aws_credential_types::Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test")
}

/// The plain SDK, for what the product does not do: disable, delete, make keys of other kinds.
pub fn admin(endpoint: &str, region: &str) -> aws_sdk_kms::Client {
    aws_sdk_kms::Client::from_conf(
        aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(region.to_owned()))
            .credentials_provider(admin_credentials())
            .endpoint_url(endpoint)
            .build(),
    )
}

/// Credentials of a federated user who may do what `policy` says.
pub async fn restricted(endpoint: &str, policy: &str) -> Caller {
    let sts = aws_sdk_sts::Client::from_conf(
        aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(REGION))
            .credentials_provider(admin_credentials())
            .endpoint_url(endpoint)
            .build(),
    );
    let answer = sts.get_federation_token().name("escrevente").policy(policy).send().await.unwrap();
    let credentials = answer.credentials.unwrap();
    Caller {
        access_key_id: credentials.access_key_id,
        secret: credentials.secret_access_key,
        token: Some(credentials.session_token),
        ..Caller::default()
    }
}

/// Session credentials of a real server that may use KMS.
pub async fn sessions(endpoint: &str, count: usize) -> VecDeque<[String; 3]> {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;
    let mut made = VecDeque::new();
    for _ in 0..count {
        let caller = restricted(endpoint, policy).await;
        made.push_back([caller.access_key_id, caller.secret, caller.token.unwrap()]);
    }
    made
}

/// Makes a role on a real server that `trust` may take on and that may do everything with keys. Its ARN.
pub async fn role(endpoint: &str, name: &str, trust: &str) -> String {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;
    let iam = |body: String| async move {
        let sts = aws_sdk_sts::Client::from_conf(
            aws_sdk_sts::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(aws_config::Region::new("us-east-1"))
                .credentials_provider(admin_credentials())
                .endpoint_url(endpoint)
                .build(),
        );
        // IAM speaks the protocol of STS: its requests go out with another body, signed for another service.
        let answer = sts.get_caller_identity().customize().interceptor(AsIam(body)).send().await;
        if let Err(error) = answer
            && let Some(response) = error.raw_response()
            && response.status().is_client_error()
        {
            panic!("IAM: {}", String::from_utf8_lossy(response.body().bytes().unwrap_or_default()));
        }
    };
    let common = format!("Version=2010-05-08&RoleName={name}");
    iam(format!("Action=CreateRole&{common}&MaxSessionDuration=43200&AssumeRolePolicyDocument={}", escaped(trust)))
        .await;
    iam(format!("Action=PutRolePolicy&{common}&PolicyName=chaves&PolicyDocument={}", escaped(policy))).await;
    format!("arn:aws:iam::000000000000:role/{name}")
}

#[derive(Debug)]
struct AsIam(String);

impl Intercept for AsIam {
    fn name(&self) -> &'static str {
        "as IAM"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        *request.body_mut() = SdkBody::from(self.0.as_str());
        request.headers_mut().insert("content-length", self.0.len().to_string());
        config.interceptor_state().store_put(SigningName::from_static("iam"));
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

pub fn request(spec: KeySpec, alias: &str) -> CreateKey {
    CreateKey::named(spec, alias).described("ensaio")
}

pub fn reference(key: impl Into<String>) -> KeyRef {
    KeyRef::AwsKms { key: key.into(), region: None }
}
