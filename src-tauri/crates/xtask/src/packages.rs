//! The system packages, by their Debian names.

use std::collections::HashSet;

/// Needed to build and open the window.
pub const TO_RUN: &[&str] =
    &["build-essential", "pkg-config", "libssl-dev", "libwebkit2gtk-4.1-dev", "librsvg2-dev", "libxdo-dev"];

/// Needed by the tests alone: the real window, a keyring, and judges that we did not write.
pub const TO_TEST: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "xauth", // xvfb-run calls it; only recommended by xvfb
    "dbus",
    "gnome-keyring",
    "libsecret-tools",
    "poppler-utils",
    "mupdf-tools",
    "libnss3-tools",
    "qpdf",
    "openssl",
    "python3-venv",
    "xdotool",
    "softhsm2", // PKCS#11 tokens in software
    "opensc",   // pkcs11-tool writes certificates onto them
];

/// Gives `keytool`; any JDK has it as well, so this is wanted only where no `keytool` is found.
pub const KEYTOOL: &str = "default-jre-headless";

/// Build and run the judges that are written in Java; wanted only where the command on the left is not found.
pub const JAVA: [(&str, &str); 2] = [("javac", "default-jdk-headless"), ("mvn", "maven")];

/// Which of `wanted` are not installed, in that order. `listing` is what
/// `dpkg-query -W -f '${Package} ${db:Status-Status}\n'` printed for them.
pub fn missing<'a>(wanted: &[&'a str], listing: &str) -> Vec<&'a str> {
    let installed: HashSet<&str> = listing
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, status)| status.trim() == "installed")
        .map(|(package, _)| package)
        .collect();
    wanted.iter().copied().filter(|package| !installed.contains(package)).collect()
}

/// Whether this `/etc/os-release` is of Debian or a descendant.
pub fn is_debian_like(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| matches!(*key, "ID" | "ID_LIKE"))
        .flat_map(|(_, value)| value.trim_matches('"').split(' '))
        .any(|id| matches!(id, "debian" | "ubuntu"))
}

/// The numbers of a version such as `v20.19.1` or `rustc 1.95.0 (…)`, up to three.
pub fn version(text: &str) -> Option<[u32; 3]> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let end = text[start..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(text.len(), |end| start + end);
    let mut numbers = [0; 3];
    for (slot, part) in numbers.iter_mut().zip(text[start..end].split('.')) {
        *slot = part.parse().ok()?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_finished_installation_counts() {
        let listing = "xvfb installed\nqpdf config-files\ndbus half-configured\nopenssl installed\n";
        assert_eq!(missing(&["xvfb", "qpdf", "dbus", "openssl", "xauth"], listing), ["qpdf", "dbus", "xauth"]);
        assert_eq!(missing(&["xvfb"], ""), ["xvfb"], "an empty listing means that nothing is known to be there");
        assert!(missing(&[], "").is_empty());
    }

    #[test]
    fn a_longer_name_is_another_package() {
        assert_eq!(missing(&["dbus"], "dbus-x11 installed\n"), ["dbus"]);
    }

    #[test]
    fn debian_and_its_descendants_are_known() {
        assert!(is_debian_like("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"));
        assert!(is_debian_like("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(is_debian_like("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian_like("ID=fedora\nNAME=\"not debian\"\n"));
        assert!(!is_debian_like(""));
    }

    #[test]
    fn versions_are_read_where_tools_print_them() {
        assert_eq!(version("v20.19.1"), Some([20, 19, 1]));
        assert_eq!(version("rustc 1.95.0 (abc 2026-03-21)"), Some([1, 95, 0]));
        assert_eq!(version("1.96.0-nightly"), Some([1, 96, 0]));
        assert_eq!(version("Python 3.11"), Some([3, 11, 0]));
        assert_eq!(version("none"), None);
        assert!(version("v20.9.0") < version("v20.19.0"), "numbers, not text");
    }
}
