//! What opens a store: what is known of other programs, measured or reported, each with its reason.
//!
//! Measured with OpenSSL 3.0, Java 17 and NSS 3.87. What is said of Windows and of Java 8 comes from reports of users
//! and from release notes, and is marked so. Of programs of which nothing is known, nothing is said.

use crate::algorithm::{Cipher, Hash, Kdf};
use crate::layout::{BagKind, Format, Layout, MacScheme, PasswordForm};

/// A program that people open stores with.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Program {
    /// OpenSSL 3 without its legacy provider.
    OpenSsl3,
    /// Java 17: PJe Office, Shodō, keytool.
    Java17,
    /// Java 8.
    Java8,
    /// Firefox, Thunderbird, LibreOffice (NSS 3.87).
    Nss,
    /// Windows 7, Windows Server 2012 to 2016.
    WindowsOld,
    /// Windows 11, Windows Server 2019 and later.
    WindowsNew,
}

impl Program {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::OpenSsl3, Self::Java17, Self::Java8, Self::Nss, Self::WindowsOld, Self::WindowsNew];

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OpenSsl3 => "openssl_3",
            Self::Java17 => "java_17",
            Self::Java8 => "java_8",
            Self::Nss => "nss",
            Self::WindowsOld => "windows_old",
            Self::WindowsNew => "windows_new",
        }
    }
}

/// Whether a program opens a store.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Verdict {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It does under the condition that the reason names.
    Condition,
    /// Nobody has tried, or it cannot be told without opening the store.
    Unknown,
}

impl Verdict {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Condition => "condition",
            Self::Unknown => "unknown",
        }
    }
}

/// Where the knowledge comes from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Basis {
    /// Tried here.
    Measured,
    /// Reported by users or in release notes.
    Reported,
}

impl Basis {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Reported => "reported",
        }
    }
}

/// What one program makes of a store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OpenedBy {
    /// The program.
    pub program: Program,
    /// Whether it opens it.
    pub verdict: Verdict,
    /// Stable code of the reason.
    pub reason: &'static str,
    /// Where that comes from.
    pub basis: Basis,
}

/// What of a store matters to other programs.
struct Traits {
    format: Format,
    pbmac1: bool,
    no_mac: bool,
    /// A MAC of PKCS#12 with another hash than SHA-1.
    newer_mac: bool,
    pbes2: bool,
    gcm_or_scrypt: bool,
    /// RC2, RC4 or DES with the key derivation of PKCS#12: in OpenSSL's legacy provider.
    legacy: bool,
    /// PBKDF1 schemes, and ciphers that are not known here.
    exotic: bool,
    iterations: u64,
    non_ascii: Option<bool>,
    no_password: bool,
    secret: bool,
}

impl Layout {
    /// What opens this store, as far as it is known. Complete once it was opened.
    pub fn opened_by(&self) -> Vec<OpenedBy> {
        let traits = self.traits();
        Program::ALL
            .into_iter()
            .map(|program| {
                let (verdict, reason, basis) = judge(program, &traits);
                OpenedBy { program, verdict, reason, basis }
            })
            .collect()
    }

    fn traits(&self) -> Traits {
        let any = |test: &dyn Fn(&crate::layout::Protection) -> bool| self.protections().any(test);
        let mac_iterations = self.mac.as_ref().map_or(0, |mac| mac.iterations);
        let iterations = self.protections().filter(|p| !matches!(p.kdf, Kdf::Scrypt { .. })).map(|p| p.iterations);
        Traits {
            format: self.format,
            pbmac1: self.mac.as_ref().is_some_and(|mac| mac.scheme == MacScheme::Pbmac1),
            no_mac: self.mac.is_none(),
            newer_mac: self.mac.as_ref().is_some_and(|mac| {
                mac.scheme == MacScheme::Pkcs12 && !matches!(mac.hash, Some(Hash::Sha1 | Hash::Md5))
            }),
            pbes2: any(&|p| p.scheme == "PBES2"),
            gcm_or_scrypt: any(&|p| matches!(p.cipher, Cipher::AesGcm(_)) || matches!(p.kdf, Kdf::Scrypt { .. })),
            legacy: any(&|p| matches!(p.cipher, Cipher::Rc2(_) | Cipher::Rc4(_))),
            exotic: any(&|p| {
                matches!(p.kdf, Kdf::Pbkdf1(_) | Kdf::Other(_)) || matches!(p.cipher, Cipher::Other(_) | Cipher::Des)
            }),
            iterations: iterations.max().unwrap_or(0).max(mac_iterations),
            non_ascii: self.password.map(|facts| facts.non_ascii),
            no_password: self.password.is_some_and(|facts| facts.form == PasswordForm::Null),
            secret: self.bags.iter().any(|bag| bag.kind == BagKind::Secret),
        }
    }
}

/// Java refuses more (`PKCS12KeyStore.MAX_ITERATION_COUNT`).
const JAVA_MOST_ITERATIONS: u64 = 5_000_000;

fn judge(program: Program, traits: &Traits) -> (Verdict, &'static str, Basis) {
    use Basis::{Measured, Reported};
    use Verdict::{Condition, No, Unknown, Yes};
    if matches!(traits.format, Format::Jks | Format::Jceks) {
        return match program {
            Program::Java17 => (Yes, "java_format", Measured),
            Program::Java8 => (Yes, "java_format", Reported),
            Program::OpenSsl3 | Program::Nss => (No, "java_format", Measured),
            Program::WindowsOld | Program::WindowsNew => (No, "java_format", Reported),
        };
    }
    let basis = match program {
        Program::OpenSsl3 | Program::Java17 | Program::Nss => Measured,
        Program::Java8 | Program::WindowsOld | Program::WindowsNew => Reported,
    };
    let (verdict, reason) = match program {
        Program::OpenSsl3 if traits.pbmac1 => (Condition, "openssl_3_4"),
        _ if traits.pbmac1 => (No, "pbmac1"),
        Program::OpenSsl3 if traits.exotic || traits.legacy => (Condition, "openssl_legacy"),
        Program::OpenSsl3 if traits.gcm_or_scrypt => (Unknown, "not_measured"),
        Program::OpenSsl3 => (Yes, "supported"),
        _ if traits.exotic || traits.gcm_or_scrypt => (Unknown, "not_measured"),
        Program::Java17 | Program::Java8 if traits.non_ascii == Some(true) => (No, "java_non_ascii_password"),
        Program::Java17 | Program::Java8 if traits.iterations > JAVA_MOST_ITERATIONS => (No, "java_iterations"),
        Program::Java17 | Program::Java8 | Program::Nss if traits.no_password => (Unknown, "not_measured"),
        Program::Java17 | Program::Nss if traits.no_mac => (Unknown, "not_measured"),
        Program::Java8 if traits.pbes2 || traits.newer_mac => (Condition, "java_8_update_301"),
        Program::Java17 | Program::Java8 if traits.non_ascii.is_none() => (Condition, "java_ascii_password"),
        Program::Java17 | Program::Java8 => (Yes, "supported"),
        Program::Nss if traits.secret => (Unknown, "not_measured"),
        Program::Nss => (Yes, "supported"),
        Program::WindowsOld if traits.pbes2 || traits.newer_mac => (No, "windows_needs_3des_sha1"),
        Program::WindowsOld | Program::WindowsNew if traits.no_mac => (Unknown, "not_measured"),
        Program::WindowsOld | Program::WindowsNew => (Yes, "supported"),
    };
    (verdict, reason, basis)
}
