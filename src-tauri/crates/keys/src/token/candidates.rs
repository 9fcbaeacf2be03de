//! Modules at well-known places.

use std::env;
use std::path::{Path, PathBuf};

use super::TokenModule;

/// A PKCS#11 module that is on this machine and was not loaded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ModuleCandidate {
    /// The product that it belongs to.
    pub product: &'static str,
    /// Where it is.
    pub path: PathBuf,
}

impl TokenModule {
    /// Modules that lie at the places where their makers put them. Looks, and loads nothing. One file under several names is
    /// told once.
    pub fn candidates() -> Vec<ModuleCandidate> {
        found(places(env::var_os("SystemRoot").map(PathBuf::from)).into_iter(), |path| path.canonicalize().ok())
    }
}

/// Those of `places` that `real` finds, each real file once.
fn found(
    places: impl Iterator<Item = (&'static str, PathBuf)>,
    real: impl Fn(&Path) -> Option<PathBuf>,
) -> Vec<ModuleCandidate> {
    let mut seen = Vec::new();
    places
        .filter_map(|(product, path)| {
            let file = real(&path)?;
            let new = !seen.contains(&file);
            seen.push(file);
            new.then_some(ModuleCandidate { product, path })
        })
        .collect()
}

const SAFENET: &str = "SafeNet eToken";
const ALADDIN: &str = "Aladdin eToken";
const STARSIGN: &str = "GD StarSign (SafeSign)";
const WATCHKEY: &str = "WatchKey";
const BIT4ID: &str = "Bit4id";
const OPENSC: &str = "OpenSC";
const P11_KIT: &str = "p11-kit";
const SOFTHSM: &str = "SoftHSM";
const CLOUDHSM: &str = "AWS CloudHSM";

#[cfg(not(any(windows, target_os = "macos")))]
fn places(_system_root: Option<PathBuf>) -> Vec<(&'static str, PathBuf)> {
    const FILES: [(&str, &str); 13] = [
        (SAFENET, "libeToken.so"),
        (SAFENET, "libeTPkcs11.so"),
        (SAFENET, "libIDPrimePKCS11.so"),
        (ALADDIN, "libeTPkcs11.so.8"),
        (STARSIGN, "libaetpkss.so"),
        (STARSIGN, "libaetpkss.so.3"),
        (WATCHKEY, "libwdpkcs_icp.so"),
        (WATCHKEY, "watchdata/lib/libwdpkcs_icp.so"),
        (BIT4ID, "libbit4ipki.so"),
        (BIT4ID, "libbit4xpki.so"),
        (OPENSC, "opensc-pkcs11.so"),
        (P11_KIT, "p11-kit-proxy.so"),
        (SOFTHSM, "softhsm/libsofthsm2.so"),
    ];
    let folders = [
        "/usr/lib".to_owned(),
        "/usr/lib64".to_owned(),
        format!("/usr/lib/{}-linux-gnu", env::consts::ARCH),
        "/usr/local/lib".to_owned(),
        "/opt".to_owned(),
    ];
    let mut places: Vec<_> = FILES
        .into_iter()
        .flat_map(|(product, file)| folders.iter().map(move |folder| (product, Path::new(folder).join(file))))
        .collect();
    places.push((CLOUDHSM, PathBuf::from("/opt/cloudhsm/lib/libcloudhsm_pkcs11.so")));
    places
}

#[cfg(target_os = "macos")]
fn places(_system_root: Option<PathBuf>) -> Vec<(&'static str, PathBuf)> {
    [
        (SAFENET, "/usr/local/lib/libeTPkcs11.dylib"),
        (SAFENET, "/usr/local/lib/libIDPrimePKCS11.dylib"),
        (ALADDIN, "/Library/Frameworks/eToken.framework/Versions/Current/libeToken.dylib"),
        (STARSIGN, "/usr/local/lib/libaetpkss.dylib"),
        (STARSIGN, "/Applications/tokenadmin.app/Contents/Frameworks/libaetpkss.dylib"),
        (WATCHKEY, "/usr/local/lib/libwdpkcs_icp.dylib"),
        (BIT4ID, "/usr/local/lib/libbit4ipki.dylib"),
        (BIT4ID, "/usr/local/lib/libbit4xpki.dylib"),
        (OPENSC, "/Library/OpenSC/lib/opensc-pkcs11.so"),
        (OPENSC, "/opt/homebrew/lib/opensc-pkcs11.so"),
        (P11_KIT, "/opt/homebrew/lib/p11-kit-proxy.dylib"),
        (SOFTHSM, "/opt/homebrew/lib/softhsm/libsofthsm2.so"),
        (SOFTHSM, "/usr/local/lib/softhsm/libsofthsm2.so"),
        (CLOUDHSM, "/opt/cloudhsm/lib/libcloudhsm_pkcs11.dylib"),
    ]
    .map(|(product, path)| (product, PathBuf::from(path)))
    .into()
}

#[cfg(windows)]
fn places(system_root: Option<PathBuf>) -> Vec<(&'static str, PathBuf)> {
    let system = system_root.unwrap_or_else(|| PathBuf::from(r"C:\Windows")).join("System32");
    let mut places: Vec<_> = [
        (SAFENET, "eTPKCS11.dll"),
        (SAFENET, "IDPrimePKCS1164.dll"),
        (ALADDIN, "eToken.dll"),
        (STARSIGN, "aetpkss1.dll"),
        (WATCHKEY, "WDPKCS.dll"),
        (WATCHKEY, "WDICP_P11_CCID_v34.dll"),
        (BIT4ID, "bit4ipki.dll"),
        (BIT4ID, "bit4xpki.dll"),
        (OPENSC, "opensc-pkcs11.dll"),
        (SOFTHSM, "softhsm2-x64.dll"),
    ]
    .map(|(product, file)| (product, system.join(file)))
    .into();
    places.extend([
        (OPENSC, PathBuf::from(r"C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll")),
        (SOFTHSM, PathBuf::from(r"C:\SoftHSM2\lib\softhsm2-x64.dll")),
        (P11_KIT, PathBuf::from(r"C:\Program Files\p11-kit\bin\p11-kit-proxy.dll")),
        (CLOUDHSM, PathBuf::from(r"C:\Program Files\Amazon\CloudHSM\lib\cloudhsm_pkcs11.dll")),
    ]);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_under_two_names_is_told_once_and_what_is_not_there_not_at_all() {
        let places = [("A", "/one"), ("B", "/two"), ("C", "/link-to-one"), ("D", "/none")];
        let found = found(places.into_iter().map(|(product, path)| (product, PathBuf::from(path))), |path| match path
            .to_str()
        {
            Some("/one" | "/link-to-one") => Some(PathBuf::from("/one")),
            Some("/two") => Some(PathBuf::from("/two")),
            _ => None,
        });
        let products: Vec<_> = found.iter().map(|candidate| candidate.product).collect();
        assert_eq!(products, ["A", "B"]);
    }

    #[test]
    fn every_place_is_a_full_path() {
        let places = places(None);
        assert!(places.len() > 10);
        for (product, path) in places {
            assert!(path.is_absolute(), "{product}: {} would be searched for", path.display());
        }
    }
}
