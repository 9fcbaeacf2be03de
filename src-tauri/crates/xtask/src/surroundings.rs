//! What tests and measurements run in: nothing of the person's own is read or changed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::places::Places;
use crate::process::{Doing, Failure};

/// A session bus, an unlocked keyring and data folders of the tests' own, so that nothing of the person's is touched.
pub struct Surroundings<'a> {
    /// The checkout that they were made for.
    pub places: &'a Places,
    folder: PathBuf,
}

/// `$1` is the keyring's folder. The daemon ends with its bus. Its own output would be taken for that of the tests.
const WITH_KEYRING: &str = r#"
printf test | gnome-keyring-daemon --unlock --components=secrets --control-directory="$1" >/dev/null 2>&1 || exit 125
shift
exec "$@"
"#;

impl<'a> Surroundings<'a> {
    /// Makes the folders.
    pub fn new(places: &'a Places) -> Result<Self, Failure> {
        let folder = env::temp_dir().join(format!("cartorio-test-{}", std::process::id()));
        for name in ["data", "config", "run", "keyring"] {
            fs::create_dir_all(folder.join(name)).doing(format_args!("make {}", folder.display()))?;
        }
        only_ours(&folder.join("run"))?;
        only_ours(&folder.join("keyring"))?;
        Ok(Self { places, folder })
    }

    /// A command that runs `words` (and what is added to it) in these surroundings.
    pub fn with_keyring(&self, words: &[&str]) -> Command {
        let mut command = if cfg!(target_os = "linux") {
            let mut command = Command::new("dbus-run-session");
            command.args(["--", "sh", "-c", WITH_KEYRING, "sh"]).arg(self.folder.join("keyring")).args(words);
            command
        } else {
            let mut command = Command::new(words[0]);
            command.args(&words[1..]);
            command
        };
        command
            .current_dir(&self.places.root)
            .env("XDG_DATA_HOME", self.folder.join("data"))
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            .env("NO_AT_BRIDGE", "1")
            .env("GTK_USE_PORTAL", "0")
            .env("CARTORIO_JUDGES_VENV", self.places.venv("judges"))
            .env("CARTORIO_JUDGES_JAVA", self.places.java_judges())
            .env("CARTORIO_REQUIRE_JUDGES", "1")
            .env("CARTORIO_EMULATORS_VENV", self.places.venv("emulators"))
            .env("CARTORIO_REQUIRE_EMULATORS", "1");
        command
    }
}

impl Drop for Surroundings<'_> {
    fn drop(&mut self) {
        // What is left over lies in the temporary folder and is harmless.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(unix)]
fn only_ours(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).doing(format_args!("close {}", folder.display()))
}

#[cfg(not(unix))]
fn only_ours(_folder: &Path) -> Result<(), Failure> {
    Ok(())
}
