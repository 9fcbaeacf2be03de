//! Installs what is missing: system packages, npm packages, Python environments, Java judges. Quiet where nothing is.

use std::fs;
use std::io::{self, IsTerminal};
use std::process::Command;

use crate::packages;
use crate::places::Places;
use crate::process::{self, Doing, Failure};
use crate::ui::{self, Stamp};

/// What the machine is being prepared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Building and opening the window.
    Run,
    /// That, and every test.
    Test,
}

/// Brings the machine to where `purpose` works, or says which step a person has to take.
pub fn setup(places: &Places, purpose: Purpose) -> Result<(), Failure> {
    system_packages(purpose)?;
    rust(places)?;
    node()?;
    ui::install(&places.ui())?;
    if purpose == Purpose::Test {
        ui::install(&places.e2e())?;
        venv(places, "judges")?;
        venv(places, "emulators")?;
        java_judges(places)?;
    }
    Ok(())
}

fn system_packages(purpose: Purpose) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        println!("System packages are not installed on this platform; docs/INSTALL.md lists what is needed.");
        return Ok(());
    }
    let os_release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !packages::is_debian_like(&os_release) || process::which("dpkg-query").is_none() {
        return other_linux();
    }
    let mut wanted = packages::TO_RUN.to_vec();
    if purpose == Purpose::Test {
        wanted.extend(packages::TO_TEST);
        if process::which("keytool").is_none() {
            wanted.push(packages::KEYTOOL);
        }
        wanted.extend(packages::JAVA.iter().filter(|(tool, _)| process::which(tool).is_none()).map(|(_, name)| *name));
    }
    let missing = packages::missing(&wanted, &installed(&wanted)?);
    if missing.is_empty() {
        return Ok(());
    }
    apt_install(&missing)?;
    let still = packages::missing(&missing, &installed(&missing)?);
    if still.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("apt-get went well, yet these packages are not installed: {}", still.join(" "))))
}

/// `dpkg-query` ends with an error when it does not know one of the names, but lists the others all the same.
fn installed(wanted: &[&str]) -> Result<String, Failure> {
    let output = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${db:Status-Status}\n"])
        .args(wanted)
        .output()
        .doing("ask dpkg-query which packages are installed")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn apt_install(missing: &[&str]) -> Result<(), Failure> {
    let list = missing.join(" ");
    let by_hand = format!(
        "these system packages are missing: {list}\n\nInstall them with\n\n    sudo apt-get update\n    \
         sudo apt-get install -y --no-install-recommends {list}\n\nand run the same command again."
    );
    let Some(prefix) = administrator() else {
        return Err(Failure::new(by_hand));
    };
    println!("Installing system packages: {list}");
    let apt = |arguments: &[&str]| {
        let words: Vec<&str> =
            prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).collect();
        Command::new(words[0]).args(&words[1..]).args(arguments).status().is_ok_and(|status| status.success())
    };
    let install = ["install", "-y", "-q", "--no-install-recommends"];
    // An old index can still be good enough (an offline mirror), so only the installation decides.
    let updated = apt(&["update", "-q"]);
    if apt(&[&install[..], missing].concat()) {
        return Ok(());
    }
    let hint =
        if updated { "" } else { "\n\n`apt-get update` failed too: is there a network, and are the mirrors right?" };
    Err(Failure::new(format!("apt-get could not install them; its own words are above. {by_hand}{hint}")))
}

/// The words to put before a command so that it runs as root; `None` where that takes a person.
fn administrator() -> Option<&'static [&'static str]> {
    if process::output("id", &["-u"]).as_deref() == Some("0") {
        return Some(&[]);
    }
    process::which("sudo")?;
    let silently = process::output("sudo", &["-n", "true"]).is_some();
    (silently || io::stdin().is_terminal()).then_some(&["sudo"])
}

fn other_linux() -> Result<(), Failure> {
    if process::output("pkg-config", &["--exists", "webkit2gtk-4.1"]).is_some() {
        return Ok(());
    }
    Err(Failure::new(
        "this is not Debian or Ubuntu, and WebKitGTK 4.1 is not found by pkg-config.\n\n\
         docs/INSTALL.md lists the packages for Fedora; other distributions have the same ones under similar names.",
    ))
}

fn rust(places: &Places) -> Result<(), Failure> {
    let manifest = places.root.join("Cargo.toml");
    let manifest = fs::read_to_string(&manifest).doing(format_args!("read {}", manifest.display()))?;
    let wanted = manifest.lines().find_map(|line| line.strip_prefix("rust-version")).and_then(packages::version);
    let found = process::output("rustc", &["--version"]).unwrap_or_default();
    match (wanted, packages::version(&found)) {
        (Some(wanted), Some(found)) if found < wanted => Err(Failure::new(format!(
            "Rust {}.{} or newer is needed, this is {}.{}.\n\nWith rustup: `rustup update stable`. Otherwise see https://rustup.rs.",
            wanted[0], wanted[1], found[0], found[1]
        ))),
        _ => Ok(()),
    }
}

const NODE: [u32; 3] = [20, 19, 0];

fn node() -> Result<(), Failure> {
    let advice = "Node 20.19 or newer (with npm) is needed to build the user interface. Debian 13 and Ubuntu 25.04 have \
                  it (`sudo apt-get install nodejs npm`); for older releases see https://nodejs.org/en/download.";
    let found = process::output("node", &["--version"]);
    match found.as_deref().map(packages::version) {
        Some(Some(version)) if version >= NODE => {}
        Some(_) => {
            return Err(Failure::new(format!("node is {}. {advice}", found.unwrap_or_default())));
        }
        None => return Err(Failure::new(format!("node is not found. {advice}"))),
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    match process::output(npm, &["--version"]) {
        Some(_) => Ok(()),
        None => Err(Failure::new(format!("node is there, but npm is not. {advice}"))),
    }
}

/// Makes a virtual environment from `tests/interop/NAME.txt`, anew when that file changed.
fn venv(places: &Places, name: &str) -> Result<(), Failure> {
    let requirements = places.interop().join(format!("{name}.txt"));
    let wanted = fs::read_to_string(&requirements).doing(format_args!("read {}", requirements.display()))?;
    let (folder, python) = (places.venv(name), places.venv_python(name));
    let stamp = Stamp::new(&folder, "requirements");
    // An environment whose interpreter was upgraded away under it is there but does not start.
    let starts = || process::output(&python.to_string_lossy(), &["-c", ""]).is_some();
    if stamp.says(&wanted) && starts() {
        return Ok(());
    }
    println!("Making the Python environment {}", folder.display());
    let base = if cfg!(windows) { "python" } else { "python3" };
    process::call(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder))?;
    process::call(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&requirements),
    )?;
    stamp.write(&wanted)
}

/// Builds EU DSS's and veraPDF's judge from `tests/interop/java`, anew when a file there changed.
fn java_judges(places: &Places) -> Result<(), Failure> {
    let project = places.interop().join("java");
    let sources = project.join("src/main/java/judges");
    let mut files = vec![project.join("pom.xml")];
    for entry in fs::read_dir(&sources).doing(format_args!("read {}", sources.display()))? {
        files.push(entry.doing(format_args!("read {}", sources.display()))?.path());
    }
    files.sort();
    let mut wanted = String::new();
    for file in files {
        wanted += &fs::read_to_string(&file).doing(format_args!("read {}", file.display()))?;
    }
    let folder = places.java_judges();
    let stamp = Stamp::new(&folder, "sources");
    if stamp.says(&wanted) && folder.join("judges.jar").exists() {
        return Ok(());
    }
    let maven = if cfg!(windows) { "mvn.cmd" } else { "mvn" };
    if process::output(maven, &["--version"]).is_none() {
        println!("The Java judges (EU DSS, veraPDF) are not built: Maven and a JDK are not found.");
        return Ok(());
    }
    println!("Building the Java judges in {}", folder.display());
    if folder.exists() {
        // Libraries of another version must not lie beside the new ones.
        fs::remove_dir_all(&folder).doing(format_args!("remove {}", folder.display()))?;
    }
    process::call(
        Command::new(maven)
            .args(["-q", "-B", "-Dstyle.color=never", "--file"])
            .arg(project.join("pom.xml"))
            .arg(format!("-Dcartorio.build={}", folder.display()))
            .arg("package"),
    )?;
    stamp.write(&wanted)
}
