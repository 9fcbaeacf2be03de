//! The ARN of an authority, and what follows from it.

use std::str::FromStr;

use cartorio_pki::ca::CaError;

/// `arn:PARTITION:acm-pca:REGION:ACCOUNT:certificate-authority/ID`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct AuthorityArn {
    text: String,
    partition: String,
    region: String,
}

impl AuthorityArn {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The region to ask: another one does not know this authority.
    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// The ARN of a certificate template, which has no region and no account.
    pub(super) fn template(&self, name: &str) -> String {
        format!("arn:{}:acm-pca:::template/{name}/V1", self.partition)
    }
}

impl FromStr for AuthorityArn {
    type Err = CaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let word = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", partition, "acm-pca", region, account, resource]
                if word(partition)
                    && word(region)
                    && account.len() == 12
                    && account.bytes().all(|byte| byte.is_ascii_digit())
                    && resource.strip_prefix("certificate-authority/").is_some_and(|id| id.len() <= 64 && word(id)) =>
            {
                Ok(Self { text: text.to_owned(), partition: (*partition).to_owned(), region: (*region).to_owned() })
            }
            _ => Err(CaError::BadAuthority {
                authority: text.chars().take(200).collect(),
                reason: "is not the ARN of an AWS Private CA (arn:aws:acm-pca:REGION:ACCOUNT:certificate-authority/ID)"
                    .to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".*") {
            let _ = text.parse::<AuthorityArn>();
        }
    }

    #[test]
    fn takes_authorities_and_nothing_else() {
        let text = "arn:aws:acm-pca:sa-east-1:123456789012:certificate-authority/0a1b-2c";
        let arn: AuthorityArn = format!(" {text}\n").parse().unwrap();
        assert_eq!((arn.as_str(), arn.region()), (text, "sa-east-1"));
        assert_eq!(arn.template("X"), "arn:aws:acm-pca:::template/X/V1");
        let gov = text.replace("arn:aws:", "arn:aws-us-gov:").parse::<AuthorityArn>().unwrap();
        assert_eq!(gov.template("X"), "arn:aws-us-gov:acm-pca:::template/X/V1");
        for (from, to) in [
            ("acm-pca", "kms"),
            ("sa-east-1", ""),
            ("sa-east-1", "SA-EAST-1"),
            ("123456789012", "1"),
            ("certificate-authority/", "certificate/"),
            ("0a1b-2c", ""),
            ("0a1b-2c", "0a1b/certificate/77"),
            ("arn:", ""),
        ] {
            let wrong = text.replace(from, to);
            assert!(matches!(wrong.parse::<AuthorityArn>(), Err(CaError::BadAuthority { .. })), "{wrong}");
        }
    }
}
