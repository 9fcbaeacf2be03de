//! Where an installation keeps everything, and its configuration file (no secrets in it).

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use cartorio_keys::CloudProfile;
use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use crate::OfficeError;
use crate::dto::{Environment, Preferences};
use crate::output::write_over;

/// The folder that holds an installation.
///
/// ```text
/// config.json          preferences and AWS profiles
/// demo/, production/   one office each: registry.db, audit.head, keys/, assinados/
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Home(PathBuf);

/// What is remembered between two starts.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
pub(crate) struct Config {
    /// Format of this file.
    pub(crate) version: u32,
    #[serde(default)]
    pub(crate) preferences: Preferences,
    #[serde(default)]
    pub(crate) profiles: Vec<CloudProfile>,
    /// The profile that production uses.
    #[serde(default)]
    pub(crate) active_profile: Option<String>,
    /// PKCS#11 modules that a person took into use on this machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) token_modules: Vec<PathBuf>,
    /// What was open when the program was last closed.
    #[serde(default)]
    pub(crate) last: Option<Environment>,
}

const CONFIG_VERSION: u32 = 1;

impl Home {
    /// The folder `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self(root.into())
    }

    /// `CARTORIO_HOME`, or the platform's data folder.
    pub fn from_environment() -> Self {
        if let Some(root) = std::env::var_os("CARTORIO_HOME").filter(|root| !root.is_empty()) {
            return Self(PathBuf::from(root));
        }
        match ProjectDirs::from("br", "", "cartorio-digital") {
            Some(dirs) => Self(dirs.data_dir().to_owned()),
            // No home folder at all (a bare service account): beside the program's working folder.
            None => Self(PathBuf::from("cartorio-digital")),
        }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn demo(&self) -> PathBuf {
        self.0.join("demo")
    }

    pub(crate) fn production(&self) -> PathBuf {
        self.0.join("production")
    }

    pub(crate) fn read_config(&self) -> Result<Config, OfficeError> {
        let path = self.config_path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Config::default()),
            Err(error) => return Err(config_error(&path, &error)),
        };
        let config: Config = serde_json::from_str(&text).map_err(|error| config_error(&path, &error))?;
        if config.version > CONFIG_VERSION {
            return Err(config_error(&path, &"it was written by a newer version of the program"));
        }
        Ok(config)
    }

    /// Reads, changes and writes the configuration.
    pub(crate) fn change_config<T>(
        &self,
        change: impl FnOnce(&mut Config) -> Result<T, OfficeError>,
    ) -> Result<T, OfficeError> {
        let path = self.config_path();
        create_private_folder(&self.0).map_err(|error| config_error(&path, &error))?;
        // A window and a command line that change it at the same time must not lose each other's change.
        let _lock = lock(&self.0.join("config.lock")).map_err(|error| config_error(&path, &error))?;
        let mut config = self.read_config()?;
        let answer = change(&mut config)?;
        config.version = CONFIG_VERSION;
        let text = serde_json::to_vec_pretty(&config).map_err(|error| config_error(&path, &error))?;
        write_over(&path, &text).map_err(|error| config_error(&path, &error))?;
        Ok(answer)
    }

    fn config_path(&self) -> PathBuf {
        self.0.join("config.json")
    }
}

/// Waits for the lock file at `path` and keeps others out, in this process and in others, until it is dropped.
pub(crate) fn lock(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    file.lock()?;
    Ok(file)
}

/// Makes `folder` with everything above it, closed to other users.
pub(crate) fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

fn config_error(path: &Path, reason: &dyn std::fmt::Display) -> OfficeError {
    OfficeError::Config { file: path.display().to_string(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::{Locale, Theme};

    #[test]
    fn configuration_survives_and_a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path().join("a/b"));
        assert_eq!(home.read_config().unwrap(), Config::default());
        home.change_config(|config| {
            config.preferences = Preferences { locale: Locale::En, theme: Theme::Dark };
            Ok(())
        })
        .unwrap();
        assert_eq!(home.read_config().unwrap().preferences.locale, Locale::En);
        std::fs::write(home.path().join("config.json"), "{").unwrap();
        let error = home.read_config().unwrap_err().to_string();
        assert!(error.contains("config.json"), "the message names the file: {error}");
    }
}
