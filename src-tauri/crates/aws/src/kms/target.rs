//! What a reference asks KMS for, and where.

use cartorio_keys::{KeyError, KeyRef, KeyResult};

/// A key as KMS takes it, and the region to ask.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Target {
    /// Key id, `alias/NAME`, or the ARN of either.
    pub(super) key: String,
    /// The region.
    pub(super) region: String,
}

impl Target {
    /// Reads a reference; one that names no region is in `home`.
    pub(super) fn of(key: &KeyRef, home: &str) -> KeyResult<Self> {
        let refuse = |reason: String| Err(KeyError::BadReference { reason });
        let (name, asked) = match key {
            KeyRef::AwsKms { key, region } => (key, region.as_deref()),
            KeyRef::Local { .. } | KeyRef::Pkcs11 { .. } | KeyRef::P12 { .. } => {
                return refuse(format!("{key} is a key of another backend ({}:)", key.scheme()));
            }
        };
        let own = match arn_region(name) {
            Ok(own) => own,
            Err(()) => return refuse(format!("{name} is not the ARN of a KMS key or alias")),
        };
        match (own, asked) {
            (Some(own), Some(asked)) if own != asked => {
                refuse(format!("{name} is in {own}, but the reference asks {asked}"))
            }
            (own, asked) => Ok(Self { key: name.clone(), region: own.or(asked).unwrap_or(home).to_owned() }),
        }
    }
}

/// The region in `arn:PARTITION:kms:REGION:ACCOUNT:key/…`; `None` for a text that is no ARN.
fn arn_region(name: &str) -> Result<Option<&str>, ()> {
    if !name.starts_with("arn:") {
        return Ok(None);
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "kms", region, account, resource]
            if !partition.is_empty()
                && !region.is_empty()
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && (resource.starts_with("key/") || resource.starts_with("alias/")) =>
        {
            Ok(Some(region))
        }
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Option<(String, String)> {
        Target::of(&text.parse().unwrap(), "sa-east-1").ok().map(|target| (target.key, target.region))
    }

    #[test]
    fn the_region_comes_from_the_arn_then_the_reference_then_the_profile() {
        let arn = "arn:aws:kms:us-east-1:123456789012:key/0a1b";
        let yes = |key: &str, region: &str| Some((key.to_owned(), region.to_owned()));
        assert_eq!(target("awskms:alias/balcao"), yes("alias/balcao", "sa-east-1"));
        assert_eq!(target("awskms:alias/balcao?region=us-east-2"), yes("alias/balcao", "us-east-2"));
        assert_eq!(target(&format!("awskms:{arn}")), yes(arn, "us-east-1"));
        assert_eq!(target(&format!("awskms:{arn}?region=us-east-1")), yes(arn, "us-east-1"));
        assert_eq!(target(&format!("awskms:{arn}?region=sa-east-1")), None, "two regions in one reference");
        for text in [
            "awskms:arn:aws:s3:us-east-1:123456789012:key/x",
            "awskms:arn:aws:kms::123456789012:key/x",
            "awskms:arn:aws:kms:us-east-1:1:key/x",
            "awskms:arn:aws:kms:us-east-1:123456789012:grant/x",
            "local:balcao",
        ] {
            assert_eq!(target(text), None, "{text}");
        }
    }
}
