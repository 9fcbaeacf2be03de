//! A SoftHSM2 of one's own for a test: a PKCS#11 module that we did not write (Debian: `softhsm2`).
//!
//! SoftHSM finds its tokens through the environment variable `SOFTHSM2_CONF`, and a module is initialised once for a whole
//! process. So [`in_own_process`] runs the test again in a process of its own, with a folder of its own.
//!
//! Contract: the test is skipped, after a line on stderr that says so, only where SoftHSM is not installed;
//! `CARTORIO_REQUIRE_EMULATORS=1` (set by `cargo xtask test`) turns the absence into a failure.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// User PIN of every token that [`SoftHsm::init_token`] makes.
pub const PIN: &str = "balcao-1234";
/// Security officer's PIN of every token.
pub const SO_PIN: &str = "oficial-5678";

/// Runs `body` with a SoftHSM of its own. `test` is the full name of the test function that calls this: it is run again, alone, in
/// another process.
///
/// # Panics
/// Where `body` panics, and where the other process does not run the test.
pub fn in_own_process(test: &str, body: impl FnOnce(&SoftHsm)) {
    let Some(module) = find_module() else { return };
    if let Some(folder) = env::var_os(FOLDER) {
        let folder = PathBuf::from(folder);
        body(&SoftHsm { module, folder: folder.clone() });
        write(&folder.join(DONE), test);
        return;
    }
    let folder = tempfile::tempdir().unwrap_or_else(|error| broken(&format!("no folder: {error}")));
    let tokens = folder.path().join("tokens");
    if let Err(error) = fs::create_dir(&tokens) {
        broken(&format!("no folder for tokens: {error}"));
    }
    let conf = folder.path().join("softhsm2.conf");
    let tokens = tokens.display();
    write(&conf, &format!("directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"));
    let binary = env::current_exe().unwrap_or_else(|error| broken(&format!("this program is nowhere: {error}")));
    let output = Command::new(binary)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("SOFTHSM2_CONF", conf)
        .env(FOLDER, folder.path())
        .output()
        .unwrap_or_else(|error| broken(&format!("the test does not start again: {error}")));
    eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        broken(&format!("{test} failed in its own process ({})", output.status));
    }
    if !folder.path().join(DONE).exists() {
        broken(&format!("no test is called {test:?}: nothing was tried"));
    }
}

/// A SoftHSM that belongs to this process.
#[derive(Clone, Debug)]
pub struct SoftHsm {
    module: PathBuf,
    folder: PathBuf,
}

impl SoftHsm {
    /// The module to be loaded.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// A folder that only this test uses.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Sets up a token with [`PIN`] and [`SO_PIN`]. A module that is loaded already may not see it.
    ///
    /// # Panics
    /// When `softhsm2-util` fails.
    pub fn init_token(&self, label: &str) {
        self.util(&["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN]);
    }

    /// Copies a private key (PKCS#8 PEM) onto the token `token`; `id` is hexadecimal.
    ///
    /// # Panics
    /// When `softhsm2-util` fails.
    pub fn import_key(&self, token: &str, key: &Path, id: &str, label: &str) {
        let key = key.to_string_lossy();
        self.util(&["--import", &key, "--token", token, "--pin", PIN, "--id", id, "--label", label]);
    }

    /// Takes all tokens away, as if they were pulled out.
    ///
    /// # Panics
    /// When the folder cannot be emptied.
    pub fn remove_tokens(&self) {
        let tokens = self.folder.join("tokens");
        let outcome = fs::remove_dir_all(&tokens).and_then(|()| fs::create_dir(&tokens));
        if let Err(error) = outcome {
            broken(&format!("the tokens stay: {error}"));
        }
    }

    fn util(&self, arguments: &[&str]) {
        let output = Command::new("softhsm2-util").args(arguments).arg("--module").arg(&self.module).output();
        match output {
            Ok(output) if output.status.success() => {}
            Ok(output) => broken(&format!(
                "softhsm2-util {} failed: {}{}",
                arguments[0],
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            )),
            Err(error) => broken(&format!("softhsm2-util does not start: {error}")),
        }
    }
}

/// Set in the process that a test runs in.
const FOLDER: &str = "CARTORIO_SOFTHSM_FOLDER";
/// Written when the test has come to its end.
const DONE: &str = "done";

/// `CARTORIO_SOFTHSM`, else where Debian, Fedora and Homebrew have it.
fn find_module() -> Option<PathBuf> {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];
    let given = env::var_os("CARTORIO_SOFTHSM").map(PathBuf::from);
    let found = given.into_iter().chain(places.map(PathBuf::from)).find(|path| path.exists());
    if found.is_none() {
        let missing = "no SoftHSM2: run `cargo xtask setup` (Debian: apt install softhsm2)";
        if env::var_os("CARTORIO_REQUIRE_EMULATORS").is_some() {
            broken(missing);
        }
        eprintln!("skipped: {missing}");
    }
    found
}

fn write(path: &Path, content: &str) {
    if let Err(error) = fs::write(path, content) {
        broken(&format!("{} cannot be written: {error}", path.display()));
    }
}

/// The surroundings of a test are broken; in this crate, used by tests alone, that ends the test.
#[allow(clippy::panic)]
fn broken(message: &str) -> ! {
    panic!("{message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_where_only_this_test_looks() {
        in_own_process("softhsm::tests::a_token_is_made_where_only_this_test_looks", |hsm| {
            let tokens = || fs::read_dir(hsm.folder().join("tokens")).unwrap().count();
            assert_eq!(tokens(), 0);
            hsm.init_token("Balcao");
            assert_eq!(tokens(), 1);
            hsm.remove_tokens();
            assert_eq!(tokens(), 0);
        });
    }

    #[test]
    #[should_panic(expected = "nothing was tried")]
    fn a_wrong_name_is_no_success() {
        if find_module().is_none() {
            broken("nothing was tried: there is no SoftHSM");
        }
        in_own_process("softhsm::tests::no_such_test", |_| {});
    }
}
