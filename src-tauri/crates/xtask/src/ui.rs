//! The npm projects: installed and built only when something changed.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::places::Places;
use crate::process::{self, Doing, Failure};

/// `npm ci` in a project whose lock file changed since the last time, or that was never installed.
pub fn install(project: &Path) -> Result<(), Failure> {
    let lock = project.join("package-lock.json");
    if !lock.exists() {
        return Ok(());
    }
    let modules = project.join("node_modules");
    let wanted = fingerprint(&[lock])?;
    if Stamp::new(&modules, "installed").says(&wanted) {
        return Ok(());
    }
    println!("Installing the packages of {} (npm ci)", project.display());
    process::call(process::npm(project).args(["ci", "--no-audit", "--no-fund"]))?;
    Stamp::new(&modules, "installed").write(&wanted)
}

/// `npm run build` in `ui/` when its sources changed since the last time.
pub fn build(places: &Places) -> Result<(), Failure> {
    let ui = places.ui();
    if !ui.join("package.json").exists() {
        return Err(Failure::new(format!("there is no UI in {}", ui.display())));
    }
    let wanted = fingerprint(&sources(&ui)?)?;
    let stamp = Stamp::new(&ui.join("node_modules"), "built");
    if stamp.says(&wanted) && ui.join("dist/index.html").exists() {
        return Ok(());
    }
    println!("Building the UI");
    process::call(process::npm(&ui).args(["run", "build"]))?;
    stamp.write(&wanted)
}

/// One value for the names and contents of everything under `folder`; a folder that is not there has one too.
pub fn fingerprint_of(folder: &Path) -> Result<String, Failure> {
    let mut files = Vec::new();
    if folder.exists() {
        collect(folder, &mut files)?;
    }
    fingerprint(&files)
}

/// What is generated or installed is no source.
const NOT_SOURCES: &[&str] = &["node_modules", "dist", "paraglide", ".svelte-kit", "coverage"];

fn sources(ui: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    collect(ui, &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let reading = || format!("read {}", folder.display());
    for entry in fs::read_dir(folder).doing(reading())? {
        let entry = entry.doing(reading())?;
        let kind = entry.file_type().doing(reading())?;
        if kind.is_dir() && !NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn fingerprint(files: &[PathBuf]) -> Result<String, Failure> {
    let mut files = files.to_vec();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        let content = fs::read(&file).doing(format_args!("read {}", file.display()))?;
        (file, content).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// A note of what something was made from, kept inside what was made, so that it goes when that goes.
pub struct Stamp(PathBuf);

impl Stamp {
    /// The stamp `name` inside `folder`.
    pub fn new(folder: &Path, name: &str) -> Self {
        Self(folder.join(format!(".cartorio-{name}")))
    }

    /// Whether what is there was made from `wanted`.
    pub fn says(&self, wanted: &str) -> bool {
        fs::read_to_string(&self.0).is_ok_and(|found| found == wanted)
    }

    /// Notes that it now is.
    pub fn write(&self, wanted: &str) -> Result<(), Failure> {
        fs::write(&self.0, wanted).doing(format_args!("write {}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test's own, removed at its end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
            fs::create_dir_all(folder.join("node_modules")).unwrap();
            Self(folder)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_fingerprint_follows_names_and_contents_of_sources_only() {
        let scratch = Scratch::new("fingerprint");
        let of = || fingerprint_of(&scratch.0).unwrap();
        fs::write(scratch.0.join("a"), "1").unwrap();
        let first = of();
        fs::write(scratch.0.join("node_modules/x"), "installed").unwrap();
        assert_eq!(of(), first, "installed packages are no sources");
        fs::write(scratch.0.join("a"), "2").unwrap();
        let second = of();
        assert_ne!(second, first, "a changed file counts");
        fs::rename(scratch.0.join("a"), scratch.0.join("b")).unwrap();
        assert_ne!(of(), second, "a renamed file counts");
    }

    #[test]
    fn a_stamp_holds_until_what_is_wanted_changes() {
        let scratch = Scratch::new("stamp");
        let stamp = Stamp::new(&scratch.0, "built");
        assert!(!stamp.says("1"));
        stamp.write("1").unwrap();
        assert!(stamp.says("1") && !stamp.says("2"));
    }
}
