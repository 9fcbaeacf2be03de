//! A password in every form that programs have made of it.

use cartorio_core::SecretString;
use zeroize::Zeroizing;

use crate::layout::{PasswordFacts, PasswordForm};

/// One way to turn a password into bytes.
pub(crate) struct Candidate {
    pub form: PasswordForm,
    /// For the key derivation of PKCS#12 (appendix B).
    pub pkcs12: Zeroizing<Vec<u8>>,
    /// For PKCS#5: PBKDF1, PBKDF2, scrypt.
    pub pkcs5: Zeroizing<Vec<u8>>,
}

impl Candidate {
    /// A copy, for what lies deeper.
    pub(crate) fn again(&self) -> Self {
        Self { form: self.form, pkcs12: self.pkcs12.clone(), pkcs5: self.pkcs5.clone() }
    }
}

/// The forms to try for a MAC or for content, the likeliest first. Without a password: no password and the empty one.
pub(crate) fn candidates(password: Option<&SecretString>) -> Vec<Candidate> {
    let text = password.map_or("", SecretString::expose);
    if text.is_empty() {
        return vec![
            Candidate { form: PasswordForm::Empty, pkcs12: bytes(&[0, 0]), pkcs5: bytes(&[]) },
            Candidate { form: PasswordForm::Null, pkcs12: bytes(&[]), pkcs5: bytes(&[]) },
            Candidate { form: PasswordForm::BmpEverywhere, pkcs12: bytes(&[0, 0]), pkcs5: bytes(&[0, 0]) },
        ];
    }
    let bmp = bmp(text);
    let mut out = vec![Candidate { form: PasswordForm::Standard, pkcs12: bmp.clone(), pkcs5: bytes(text.as_bytes()) }];
    if !text.is_ascii() {
        let mut widened = Zeroizing::new(Vec::with_capacity(text.len() * 2 + 2));
        for byte in text.bytes() {
            widened.extend_from_slice(&[0, byte]);
        }
        widened.extend_from_slice(&[0, 0]);
        out.push(Candidate { form: PasswordForm::Utf8AsLatin1, pkcs12: widened, pkcs5: bytes(text.as_bytes()) });
        let mut latin1 = Zeroizing::new(Vec::with_capacity(text.len()));
        if text.chars().all(|c| u8::try_from(u32::from(c)).map(|byte| latin1.push(byte)).is_ok()) {
            out.push(Candidate { form: PasswordForm::Latin1, pkcs12: bmp.clone(), pkcs5: latin1 });
        }
    }
    out.push(Candidate { form: PasswordForm::BmpEverywhere, pkcs12: bmp.clone(), pkcs5: bmp });
    out
}

/// Big-endian UTF-16 with two zero bytes at the end (RFC 7292 appendix B.1; characters outside the BMP as surrogates).
pub(crate) fn bmp(text: &str) -> Zeroizing<Vec<u8>> {
    let mut out = utf16(text, 2);
    out.extend_from_slice(&[0, 0]);
    out
}

/// Big-endian UTF-16, as Java digests passwords.
pub(crate) fn utf16(text: &str, spare: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 2 + spare));
    for unit in text.encode_utf16() {
        out.extend_from_slice(&unit.to_be_bytes());
    }
    out
}

pub(crate) fn facts(password: Option<&SecretString>, form: PasswordForm) -> PasswordFacts {
    let text = password.map_or("", SecretString::expose);
    PasswordFacts { form, non_ascii: !text.is_ascii(), non_bmp: text.chars().any(|c| u32::from(c) > 0xffff) }
}

fn bytes(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(bytes.to_vec())
}
