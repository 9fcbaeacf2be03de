//! Where things are: the checkout, the build folder, the cache folder.

use std::env;
use std::path::{Path, PathBuf};

use crate::process::Failure;

/// The folders that the commands work with.
#[derive(Clone, Debug)]
pub struct Places {
    /// Root of the checkout.
    pub root: PathBuf,
    /// Cargo's target folder: `CARGO_TARGET_DIR`, else `target` in the root.
    pub target: PathBuf,
    /// Our folder in the user's cache: virtual environments live there.
    pub cache: PathBuf,
}

impl Places {
    /// Finds them from the environment that `cargo xtask` runs in.
    pub fn find() -> Result<Self, Failure> {
        // Two checkouts may share one build folder: the one that cargo runs for counts, not the one that was compiled.
        let own = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&own)
            .ancestors()
            .nth(3)
            .filter(|root| root.join("Cargo.toml").exists())
            .ok_or_else(|| Failure::new("the checkout has moved since xtask was built; run `cargo clean -p xtask`"))?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty()) {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        let cache = env::var_os("XDG_CACHE_HOME")
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
            .or_else(|| env::home_dir().map(|home| home.join(".cache")))
            .ok_or_else(|| Failure::new("no home folder: set HOME or XDG_CACHE_HOME"))?
            .join("cartorio-digital");
        Ok(Self { root, target, cache })
    }

    /// The Vite project.
    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// The end-to-end suite.
    pub fn e2e(&self) -> PathBuf {
        self.root.join("tests/e2e")
    }

    /// Judge scripts and the requirement files of the virtual environments.
    pub fn interop(&self) -> PathBuf {
        self.root.join("tests/interop")
    }

    /// A Python virtual environment of ours, by name (`judges`, `emulators`).
    pub fn venv(&self, name: &str) -> PathBuf {
        self.cache.join("venvs").join(name)
    }

    /// The interpreter of a virtual environment of ours.
    pub fn venv_python(&self, name: &str) -> PathBuf {
        self.venv(name).join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
    }

    /// Where the judges of `tests/interop/java` are built: `judges.jar` and its libraries in `lib`.
    pub fn java_judges(&self) -> PathBuf {
        self.cache.join("java-judges")
    }

    /// A program built by cargo in `profile` (`debug` or `release`).
    pub fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }
}
