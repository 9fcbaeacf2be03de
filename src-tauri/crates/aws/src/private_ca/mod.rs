//! [`AwsPrivateCa`]: AWS Private CA behind the [`CertificateAuthority`] contract.

mod arn;
mod terms;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_acmpca::Client;
use aws_sdk_acmpca::operation::issue_certificate::IssueCertificateError;
use aws_sdk_acmpca::primitives::Blob;
use aws_sdk_acmpca::types::{CertificateAuthorityStatus, SigningAlgorithm};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use cartorio_keys::DigestSigner;
use cartorio_pki::ca::{
    CaError, CertificateAuthority, CertificateRequest, CertificationRequest, CrlRequest, check_chain, clip,
};
use cartorio_pki::{Certificate, Crl, KeyUsage, Validity, read_objects};
use tokio::time::{Instant, sleep};

use self::arn::AuthorityArn;
use crate::AwsSession;
use crate::failure::{Attempts, Call, RetryRule};

/// An authority of AWS Private CA that was active when it was opened.
///
/// It issues certificates for end entities from the template `BlankEndEntityCertificate_APICSRPassthrough`: the usages
/// come by the API, subject and subjectAltName from a certification request that the holder's key has signed. What comes
/// back is checked as a stranger's would be. Revocation lists are AWS's own business.
pub struct AwsPrivateCa {
    client: Client,
    endpoint: String,
    arn: AuthorityArn,
    algorithm: SigningAlgorithm,
    chain: Vec<Certificate>,
    /// How long a certificate may be in the making.
    patience: Duration,
}

impl AwsPrivateCa {
    /// Reads state, algorithm and chain of the authority.
    pub(crate) async fn open(session: &AwsSession, authority: &str) -> Result<Self, CaError> {
        let arn: AuthorityArn = authority.parse()?;
        let own = session.profile().acm_pca_endpoint();
        let mut config = aws_sdk_acmpca::config::Builder::from(session.sdk())
            .region(aws_sdk_acmpca::config::Region::new(arn.region().to_owned()))
            .interceptor(session.renewal())
            .retry_classifier(session.renewal());
        if let Some(endpoint) = own {
            config = config.endpoint_url(endpoint.as_str());
        }
        let mut ca = Self {
            client: Client::from_conf(config.build()),
            endpoint: own.map_or_else(|| format!("acm-pca.{}.amazonaws.com", arn.region()), ToString::to_string),
            arn,
            // Both are read below, before anybody can use them.
            algorithm: SigningAlgorithm::Sha256Withrsa,
            chain: Vec::new(),
            patience: session.limits().operation,
        };
        ca.algorithm = ca.describe().await?;
        ca.chain = ca.read_chain().await?;
        Ok(ca)
    }

    /// The authority's ARN.
    pub fn arn(&self) -> &str {
        self.arn.as_str()
    }

    /// The algorithm that it signs with; refuses an authority that is not active.
    async fn describe(&self) -> Result<SigningAlgorithm, CaError> {
        let call = self.call("acm-pca:DescribeCertificateAuthority");
        let answer = self
            .client
            .describe_certificate_authority()
            .certificate_authority_arn(self.arn())
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| self.refused(&call, &error))?;
        let garbled = |what| CaError::Remote(call.garbled(what, answer.request_id()));
        let found = answer.certificate_authority().ok_or_else(|| garbled("authority"))?;
        match found.status() {
            Some(CertificateAuthorityStatus::Active) => {}
            Some(state) => {
                let state = state.as_str().to_ascii_lowercase();
                return Err(CaError::NotActive { authority: self.arn().to_owned(), state });
            }
            None => return Err(garbled("state")),
        }
        let configuration = found.certificate_authority_configuration().ok_or_else(|| garbled("algorithm"))?;
        terms::signing_algorithm(configuration.key_algorithm(), configuration.signing_algorithm())
    }

    /// The authority's certificate and those above it, each signed by the next.
    async fn read_chain(&self) -> Result<Vec<Certificate>, CaError> {
        let call = self.call("acm-pca:GetCertificateAuthorityCertificate");
        let answer = self
            .client
            .get_certificate_authority_certificate()
            .certificate_authority_arn(self.arn())
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| self.refused(&call, &error))?;
        let own =
            answer.certificate().ok_or_else(|| CaError::Remote(call.garbled("certificate", answer.request_id())))?;
        let mut chain = vec![one_certificate(own)?];
        for above in answer.certificate_chain().map(certificates).transpose()?.unwrap_or_default() {
            // Some tools put the authority itself into its chain.
            if !chain.contains(&above) {
                chain.push(above);
            }
        }
        check_chain(&chain)?;
        Ok(chain)
    }

    /// Asks for a certificate; gives its ARN.
    async fn request(&self, request: &CertificateRequest, validity: Validity, csr: &str) -> Result<String, CaError> {
        let call = self.call("acm-pca:IssueCertificate");
        // A repeated request (an answer that was lost) must not make a second certificate.
        let token: String = request.serial.hex().chars().take(36).collect();
        let outcome = self
            .client
            .issue_certificate()
            .certificate_authority_arn(self.arn())
            .csr(Blob::new(csr))
            .signing_algorithm(self.algorithm.clone())
            .template_arn(self.arn.template("BlankEndEntityCertificate_APICSRPassthrough"))
            .api_passthrough(terms::usages(&request.profile))
            .validity(terms::until(validity.not_after)?)
            .validity_not_before(terms::from(validity.not_before)?)
            .idempotency_token(token)
            .customize()
            .interceptor(call.attempts.clone())
            .config_override(
                aws_sdk_acmpca::config::Builder::new()
                    .retry_classifier(RetryRule::<IssueCertificateError>::all_but_quota()),
            )
            .send()
            .await;
        match outcome {
            Ok(answer) => answer
                .certificate_arn()
                .map(str::to_owned)
                .ok_or_else(|| CaError::Remote(call.garbled("certificate ARN", answer.request_id()))),
            Err(error) => {
                // It was active when it was opened; the state that it is in now says more than «invalid state».
                if error.code() == Some("InvalidStateException") {
                    self.describe().await?;
                }
                Err(self.refused(&call, &error))
            }
        }
    }

    /// Waits until the certificate is there.
    async fn collect(&self, certificate: &str) -> Result<Certificate, CaError> {
        let begin = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let call = self.call("acm-pca:GetCertificate");
            let outcome = self
                .client
                .get_certificate()
                .certificate_authority_arn(self.arn())
                .certificate_arn(certificate)
                .customize()
                .interceptor(call.attempts.clone())
                .send()
                .await;
            match outcome {
                Ok(answer) => {
                    let pem = answer
                        .certificate()
                        .ok_or_else(|| CaError::Remote(call.garbled("certificate", answer.request_id())))?;
                    return one_certificate(pem);
                }
                Err(error) if error.code() == Some("RequestInProgressException") => {
                    if begin.elapsed() + pause > self.patience {
                        return Err(CaError::NotYetIssued { certificate: certificate.to_owned() });
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => return Err(self.refused(&call, &error)),
            }
        }
    }

    /// Refuses a certificate that is not what was asked for.
    fn check(&self, issued: &Certificate, request: &CertificateRequest, validity: Validity) -> Result<(), CaError> {
        let wrong = |reason: &str| Err(CaError::WrongAnswer { reason: reason.to_owned() });
        // `check_chain` refuses an empty chain.
        let issuer = &self.chain[0];
        if issued.key.spki != request.spki {
            return wrong("the certificate is for another key");
        }
        if issued.issuer != issuer.subject || !issued.check_signed_by(issuer).is_valid() {
            return wrong("the certificate is not signed by the authority");
        }
        if issued.subject != request.subject.name() {
            return wrong("the certificate is for another name");
        }
        if issued.is_ca() {
            return wrong("the certificate is an authority's");
        }
        if !request.profile.key_usage().iter().all(|usage| issued.allows(*usage))
            || issued.allows(KeyUsage::KeyCertSign)
            || !issued.allows_document_signing()
        {
            return wrong("the certificate is not for signing documents");
        }
        if issued.validity.not_after > validity.not_after {
            return wrong("the certificate is valid for longer");
        }
        Ok(())
    }

    fn call(&self, action: &'static str) -> Call {
        Call {
            action,
            subject: self.arn().to_owned(),
            region: self.arn.region().to_owned(),
            endpoint: self.endpoint.clone(),
            attempts: Attempts::default(),
        }
    }

    /// What is special about authorities; the rest means what it means for keys.
    fn refused<E>(&self, call: &Call, error: &SdkError<E, HttpResponse>) -> CaError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let authority = || self.arn().to_owned();
        match error.code() {
            Some("ResourceNotFoundException") => {
                CaError::UnknownAuthority { authority: authority(), region: self.arn.region().to_owned() }
            }
            Some("InvalidArnException") => {
                CaError::BadAuthority { authority: authority(), reason: "is not taken by AWS".to_owned() }
            }
            _ => CaError::Remote(call.failed(error)),
        }
    }
}

#[async_trait]
impl CertificateAuthority for AwsPrivateCa {
    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    async fn issue(&self, request: CertificateRequest, holder: &dyn DigestSigner) -> Result<Vec<Certificate>, CaError> {
        if request.profile.is_ca() {
            return Err(CaError::Unsupported { what: "certificates of further authorities".to_owned() });
        }
        let issuer = check_chain(&self.chain)?;
        let validity = clip(request.validity, issuer.validity)?;
        let csr = CertificationRequest::signed_by(&request, holder).await?;
        let certificate = self.request(&request, validity, &csr.pem()).await?;
        let issued = self.collect(&certificate).await?;
        self.check(&issued, &request, validity)?;
        Ok(std::iter::once(issued).chain(self.chain.iter().cloned()).collect())
    }

    async fn crl(&self, _request: CrlRequest) -> Result<Crl, CaError> {
        Err(CaError::Unsupported { what: "revocation lists made here; AWS publishes its own".to_owned() })
    }
}

/// Waits between two looks for a certificate; AWS mostly has it within a second.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

fn certificates(pem: &str) -> Result<Vec<Certificate>, CaError> {
    let bundle = read_objects(pem.as_bytes()).map_err(|error| CaError::WrongAnswer { reason: error.to_string() })?;
    match bundle.problems.first() {
        Some(problem) => Err(CaError::WrongAnswer { reason: problem.to_string() }),
        None => Ok(bundle.certificates()),
    }
}

fn one_certificate(pem: &str) -> Result<Certificate, CaError> {
    match certificates(pem)?.as_slice() {
        [only] => Ok(only.clone()),
        other => Err(CaError::WrongAnswer { reason: format!("{} certificates where one belongs", other.len()) }),
    }
}
