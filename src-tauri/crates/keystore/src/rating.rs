//! How well a store protects what is in it, with every reason.

use crate::algorithm::{Cipher, Hash, Kdf};
use crate::layout::{BagKind, Format, Layout, MacScheme, PasswordForm};

/// Fewer iterations than this no longer slow a guesser down (OWASP asks for 600 000 with HMAC-SHA-256; programs of
/// today write 2 048 to 10 000).
const FEW_ITERATIONS: u64 = 10_000;
/// What a store of today should have.
const ENOUGH_ITERATIONS: u64 = 100_000;

/// How much is at stake, from none to all.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Risk {
    /// Nothing to say.
    Low,
    /// Old, but it holds with a good password.
    Moderate,
    /// It should be written anew.
    High,
    /// It protects nothing.
    Critical,
}

impl Risk {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One reason for a rating.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Reason {
    /// Nobody notices a change.
    NoMac,
    /// The MAC is of a kind that is not known here.
    UnknownMac,
    /// The MAC uses SHA-1 or MD5.
    WeakMacHash,
    /// The MAC's key is derived with few iterations: the password can be guessed there.
    FewMacIterations,
    /// A key derivation of an encryption has few iterations.
    FewIterations,
    /// Fewer iterations than a new file should have.
    ModestIterations,
    /// RC2 or RC4 with 40 bits: broken by trying all keys.
    FortyBits,
    /// Single DES: broken by trying all keys.
    SingleDes,
    /// RC2 or RC4 with more bits.
    OldCipher,
    /// Triple DES.
    TripleDes,
    /// The key protector of JKS: one SHA-1 for every guess.
    SunKeyProtector,
    /// An encryption that is not known here.
    UnknownCipher,
    /// A private key lies in clear.
    UnencryptedKey,
    /// There is no password.
    NullPassword,
    /// The password is empty.
    EmptyPassword,
    /// A salt has fewer than eight bytes.
    ShortSalt,
}

impl Reason {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoMac => "no_mac",
            Self::UnknownMac => "unknown_mac",
            Self::WeakMacHash => "sha1_mac",
            Self::FewMacIterations => "few_mac_iterations",
            Self::FewIterations => "few_iterations",
            Self::ModestIterations => "modest_iterations",
            Self::FortyBits => "rc2_40",
            Self::SingleDes => "des",
            Self::OldCipher => "old_cipher",
            Self::TripleDes => "des3",
            Self::SunKeyProtector => "jks_protector",
            Self::UnknownCipher => "unknown_cipher",
            Self::UnencryptedKey => "unencrypted_key",
            Self::NullPassword => "null_password",
            Self::EmptyPassword => "empty_password",
            Self::ShortSalt => "short_salt",
        }
    }

    /// How much it weighs.
    pub const fn risk(self) -> Risk {
        match self {
            Self::UnencryptedKey | Self::NullPassword | Self::EmptyPassword => Risk::Critical,
            Self::NoMac | Self::FortyBits | Self::SingleDes | Self::SunKeyProtector | Self::FewMacIterations => {
                Risk::High
            }
            Self::UnknownMac
            | Self::UnknownCipher
            | Self::FewIterations
            | Self::OldCipher
            | Self::TripleDes
            | Self::WeakMacHash
            | Self::ShortSalt => Risk::Moderate,
            Self::ModestIterations => Risk::Low,
        }
    }
}

/// A rating: the worst of its reasons.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rating {
    /// The whole.
    pub risk: Risk,
    /// Every reason once, the gravest first.
    pub reasons: Vec<Reason>,
}

impl Layout {
    /// Rates the store, as far as its structure is known: complete once it was opened.
    pub fn rating(&self) -> Rating {
        let mut reasons: Vec<Reason> = Vec::new();
        let mut add = |reason: Reason| {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        };
        let has_secrets =
            self.bags.iter().any(|bag| matches!(bag.kind, BagKind::Key | BagKind::ShroudedKey | BagKind::Secret));
        match &self.mac {
            None => add(Reason::NoMac),
            Some(mac) if mac.unsupported.is_some() => add(Reason::UnknownMac),
            Some(mac) => {
                if matches!(mac.hash, Some(Hash::Md5 | Hash::Sha1)) {
                    add(Reason::WeakMacHash);
                }
                // The content of a truststore is public, and guessing its password gives nothing but its password.
                if mac.scheme != MacScheme::JavaDigest && mac.iterations < 1000 {
                    add(Reason::FewMacIterations);
                }
                if mac.scheme != MacScheme::JavaDigest && mac.salt_len < 8 {
                    add(Reason::ShortSalt);
                }
            }
        }
        for protection in self.protections() {
            match &protection.cipher {
                Cipher::Rc2(bits) if *bits <= 40 => add(Reason::FortyBits),
                Cipher::Rc4(bits) if *bits <= 40 => add(Reason::FortyBits),
                Cipher::Rc2(_) | Cipher::Rc4(_) => add(Reason::OldCipher),
                Cipher::Des => add(Reason::SingleDes),
                Cipher::TripleDes | Cipher::TripleDesTwoKeys => add(Reason::TripleDes),
                Cipher::SunXor => add(Reason::SunKeyProtector),
                Cipher::Other(_) => add(Reason::UnknownCipher),
                Cipher::AesCbc(_) | Cipher::AesGcm(_) => {}
            }
            match &protection.kdf {
                // Its cost is memory; 2^14 is the least that its authors advise.
                Kdf::Scrypt { n, .. } if *n < 1 << 14 => add(Reason::FewIterations),
                Kdf::Scrypt { .. } | Kdf::Other(_) => {}
                Kdf::Java(_) if protection.cipher == Cipher::SunXor => {}
                Kdf::Java(_) | Kdf::Pkcs12(_) | Kdf::Pbkdf1(_) | Kdf::Pbkdf2(_) => {
                    if protection.iterations < FEW_ITERATIONS {
                        add(Reason::FewIterations);
                    } else if protection.iterations < ENOUGH_ITERATIONS {
                        add(Reason::ModestIterations);
                    }
                }
            }
            if protection.salt_len < 8 && !matches!(protection.cipher, Cipher::Other(_)) {
                add(Reason::ShortSalt);
            }
        }
        let clear_key = |kind: BagKind, protected: bool| {
            let secret = matches!(kind, BagKind::Key) || (kind == BagKind::Secret && !protected);
            self.format == Format::Pkcs12 && secret
        };
        for bag in &self.bags {
            let in_clear = bag
                .part
                .and_then(|part| self.parts.get(part))
                .is_some_and(|part| matches!(part.kind, crate::layout::PartKind::Clear));
            if in_clear && clear_key(bag.kind, bag.protection.is_some()) {
                add(Reason::UnencryptedKey);
            }
        }
        if let Some(facts) = self.password.filter(|_| has_secrets) {
            match facts.form {
                PasswordForm::Null => add(Reason::NullPassword),
                PasswordForm::Empty => add(Reason::EmptyPassword),
                PasswordForm::Standard
                | PasswordForm::Utf8AsLatin1
                | PasswordForm::Latin1
                | PasswordForm::BmpEverywhere => {}
            }
        }
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.risk()));
        Rating { risk: reasons.iter().map(|reason| reason.risk()).max().unwrap_or(Risk::Low), reasons }
    }
}
