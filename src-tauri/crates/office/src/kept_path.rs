//! Paths in what the office keeps as JSON: by their text, and by their bytes where they are no Unicode. Without that a file in a folder
//! with an old name could neither be signed with nor be named, because nothing would be kept of it.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path as it is kept.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Kept {
    Text(String),
    /// What is no Unicode, in base64.
    Bytes {
        bytes: String,
    },
}

impl From<&Path> for Kept {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes { bytes: STANDARD.encode(path.as_os_str().as_encoded_bytes()) },
        }
    }
}

impl Kept {
    fn path<E: Error>(self) -> Result<PathBuf, E> {
        match self {
            Self::Text(text) => Ok(PathBuf::from(text)),
            Self::Bytes { bytes } => STANDARD.decode(bytes).map(of_bytes).map_err(E::custom),
        }
    }
}

#[cfg(unix)]
fn of_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// Elsewhere there is no safe way back from bytes: such a file is not found again, and told as missing.
#[cfg(not(unix))]
fn of_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// For one path.
pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    Kept::from(path).serialize(serializer)
}

/// For one path.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Kept::deserialize(deserializer)?.path()
}

/// For several paths.
pub(crate) mod list {
    use super::{Deserialize, Deserializer, Kept, PathBuf, Serializer};

    pub(crate) fn serialize<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(paths.iter().map(|path| Kept::from(path.as_path())))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
        Vec::<Kept>::deserialize(deserializer)?.into_iter().map(Kept::path).collect()
    }
}

/// For several paths, each with a text.
pub(crate) mod pairs {
    use super::{Deserialize, Deserializer, Kept, PathBuf, Serializer};

    pub(crate) fn serialize<S: Serializer>(paths: &[(PathBuf, String)], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(paths.iter().map(|(path, text)| (Kept::from(path.as_path()), text)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(PathBuf, String)>, D::Error> {
        let all = Vec::<(Kept, String)>::deserialize(deserializer)?;
        all.into_iter().map(|(path, text)| Ok((path.path()?, text))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct All {
        #[serde(with = "super")]
        one: PathBuf,
        #[serde(with = "super::list")]
        list: Vec<PathBuf>,
        #[serde(with = "super::pairs")]
        pairs: Vec<(PathBuf, String)>,
    }

    #[test]
    fn what_is_kept_of_a_path_is_the_path() {
        let of = |path: &Path| All {
            one: path.to_owned(),
            list: vec![path.to_owned(), "outro".into()],
            pairs: vec![(path.to_owned(), "ab".to_owned())],
        };
        let plain = of(Path::new("/pasta/ata à mão.txt"));
        // As it was kept before.
        let text = r#"{"one":"/pasta/ata à mão.txt","list":["/pasta/ata à mão.txt","outro"],"pairs":[["/pasta/ata à mão.txt","ab"]]}"#;
        assert_eq!(serde_json::to_string(&plain).unwrap(), text);
        assert_eq!(serde_json::from_str::<All>(text).unwrap(), plain);
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let old = of(Path::new(std::ffi::OsStr::from_bytes(b"/certid\xf5es/ata.txt")));
            let kept = serde_json::to_string(&old).unwrap();
            assert_eq!(serde_json::from_str::<All>(&kept).unwrap(), old, "{kept}");
        }
        assert!(serde_json::from_str::<All>(r#"{"one":{"bytes":"*"},"list":[],"pairs":[]}"#).is_err());
    }
}
