//! A secret of any length in a keyring whose entries are short: Windows' Credential Manager takes 2560 bytes
//! (`CRED_MAX_CREDENTIAL_BLOB_SIZE`), and the tokens of IAM Identity Center are longer.
//!
//! The secret lies in parts, in one of two slots; the head names slot, number of parts and a mark that every part carries.
//! A new secret goes into the other slot and counts from the moment when the head is written, so that a crash leaves the
//! old one. Parts that another process wrote meanwhile have another mark: then there is nothing to read.

use cartorio_core::{JobId, SecretBytes};
use cartorio_keys::local::{Keyring, KeyringError};

/// Reads the secret called `name`; `None` where there is none, or where it is not whole.
pub(super) fn get(keyring: &dyn Keyring, service: &str, name: &str) -> Result<Option<SecretBytes>, KeyringError> {
    let Some(head) = Head::read(keyring, service, name)? else { return Ok(None) };
    // Room for all at once: a vector that grows leaves copies behind.
    let mut whole = Vec::with_capacity(head.parts * PART);
    for number in 0..head.parts {
        let part = keyring.get(&parts(service), &account(head.slot, number, name))?;
        let Some(part) = part.as_ref().and_then(|part| part.expose().strip_prefix(head.mark.as_bytes())) else {
            return Ok(None);
        };
        whole.extend_from_slice(part);
    }
    Ok(Some(SecretBytes::new(whole)))
}

/// Keeps `secret` under `name`, over the one before.
pub(super) fn set(keyring: &dyn Keyring, service: &str, name: &str, secret: &SecretBytes) -> Result<(), KeyringError> {
    let pieces: Vec<&[u8]> = secret.expose().chunks(PART).collect();
    if pieces.len() > MOST {
        return Err(KeyringError::Failed("the login is too long for the keyring".to_owned()));
    }
    let before = Head::read(keyring, service, name)?;
    let slot = if before.as_ref().is_some_and(|head| head.slot == 'a') { 'b' } else { 'a' };
    let head = Head { slot, parts: pieces.len(), mark: JobId::generate().to_string() };
    for (number, piece) in pieces.into_iter().enumerate() {
        let mut part = Vec::with_capacity(head.mark.len() + piece.len());
        part.extend_from_slice(head.mark.as_bytes());
        part.extend_from_slice(piece);
        keyring.set(&parts(service), &account(slot, number, name), &SecretBytes::new(part))?;
    }
    keyring.set(service, name, &SecretBytes::new(head.text().into_bytes()))?;
    if let Some(before) = before {
        for number in 0..before.parts {
            keyring.delete(&parts(service), &account(before.slot, number, name))?;
        }
    }
    Ok(())
}

/// Deletes whatever is there under `name`.
pub(super) fn delete(keyring: &dyn Keyring, service: &str, name: &str) -> Result<(), KeyringError> {
    // Every part that may be there, not only those of the head: a crash may have left others.
    for slot in ['a', 'b'] {
        for number in 0..MOST {
            keyring.delete(&parts(service), &account(slot, number, name))?;
        }
    }
    keyring.delete(service, name)
}

/// The longest secret, in bytes.
pub(super) const LONGEST: usize = PART * MOST;
/// Bytes of a part, without its mark.
const PART: usize = 2000;
/// So many parts at most.
const MOST: usize = 8;

struct Head {
    slot: char,
    parts: usize,
    mark: String,
}

impl Head {
    fn read(keyring: &dyn Keyring, service: &str, name: &str) -> Result<Option<Self>, KeyringError> {
        let head = keyring.get(service, name)?;
        Ok(head.and_then(|head| Self::parse(std::str::from_utf8(head.expose()).ok()?)))
    }

    fn text(&self) -> String {
        format!("1 {} {} {}", self.slot, self.parts, self.mark)
    }

    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split(' ').collect();
        let [version, slot, parts, mark] = fields.as_slice() else { return None };
        let slot = match *slot {
            "a" => 'a',
            "b" => 'b',
            _ => return None,
        };
        let parts = parts.parse().ok().filter(|parts| (1..=MOST).contains(parts))?;
        (*version == "1" && !mark.is_empty()).then(|| Self { slot, parts, mark: (*mark).to_owned() })
    }
}

fn parts(service: &str) -> String {
    format!("{service}/part")
}

fn account(slot: char, number: usize, name: &str) -> String {
    format!("{slot}{number} {name}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use super::*;

    /// A keyring with short entries that fails after so many writes.
    struct Short {
        entries: Mutex<HashMap<(String, String), Vec<u8>>>,
        writes_left: Mutex<usize>,
    }

    impl Short {
        fn new() -> Self {
            Self { entries: Mutex::default(), writes_left: Mutex::new(usize::MAX) }
        }
    }

    impl Keyring for Short {
        fn get(&self, service: &str, account: &str) -> Result<Option<SecretBytes>, KeyringError> {
            let key = (service.to_owned(), account.to_owned());
            Ok(self.entries.lock().unwrap().get(&key).cloned().map(SecretBytes::new))
        }

        fn set(&self, service: &str, account: &str, secret: &SecretBytes) -> Result<(), KeyringError> {
            let mut left = self.writes_left.lock().unwrap();
            if *left == 0 || secret.expose().len() > 2560 {
                return Err(KeyringError::Failed("no room".to_owned()));
            }
            *left -= 1;
            let key = (service.to_owned(), account.to_owned());
            self.entries.lock().unwrap().insert(key, secret.expose().to_vec());
            Ok(())
        }

        fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
            self.entries.lock().unwrap().remove(&(service.to_owned(), account.to_owned()));
            Ok(())
        }
    }

    fn secret(length: usize, seed: usize) -> SecretBytes {
        SecretBytes::new((0..length).map(|index| u8::try_from((index * 7 + seed) % 251).unwrap()).collect())
    }

    fn read(keyring: &Short) -> Option<Vec<u8>> {
        get(keyring, "s", "perfil").unwrap().map(|secret| secret.expose().to_vec())
    }

    #[test]
    fn long_secrets_fit_into_short_entries_and_leave_nothing() {
        let keyring = Short::new();
        assert_eq!(read(&keyring), None);
        for (round, length) in [1, PART - 1, PART, PART + 1, 7001, PART * MOST, 3].into_iter().enumerate() {
            let secret = secret(length, round);
            set(&keyring, "s", "perfil", &secret).unwrap();
            assert_eq!(read(&keyring).as_deref(), Some(secret.expose()), "{length}");
            assert_eq!(keyring.entries.lock().unwrap().len(), length.div_ceil(PART) + 1, "no part of the one before");
        }
        assert!(set(&keyring, "s", "perfil", &secret(PART * MOST + 1, 0)).is_err());
        set(&keyring, "s", "outro", &secret(5000, 1)).unwrap();
        delete(&keyring, "s", "perfil").unwrap();
        assert_eq!(read(&keyring), None);
        assert_eq!(get(&keyring, "s", "outro").unwrap().unwrap().expose(), secret(5000, 1).expose());
        delete(&keyring, "s", "outro").unwrap();
        assert!(keyring.entries.lock().unwrap().is_empty());
    }

    #[test]
    fn a_write_that_stops_anywhere_leaves_the_secret_before() {
        let (old, new) = (secret(5000, 1), secret(7000, 2));
        for writes in 0..4 {
            let keyring = Short::new();
            set(&keyring, "s", "perfil", &old).unwrap();
            *keyring.writes_left.lock().unwrap() = writes;
            assert!(set(&keyring, "s", "perfil", &new).is_err());
            assert_eq!(read(&keyring).as_deref(), Some(old.expose()), "after {writes} writes");
            *keyring.writes_left.lock().unwrap() = usize::MAX;
            set(&keyring, "s", "perfil", &new).unwrap();
            assert_eq!(read(&keyring).as_deref(), Some(new.expose()));
            delete(&keyring, "s", "perfil").unwrap();
            assert!(keyring.entries.lock().unwrap().is_empty(), "what the crash left is gone as well");
        }
    }

    #[test]
    fn what_is_not_whole_is_nothing() {
        let keyring = Short::new();
        set(&keyring, "s", "perfil", &secret(5000, 1)).unwrap();
        keyring.delete("s/part", "a1 perfil").unwrap();
        assert_eq!(read(&keyring), None);
        set(&keyring, "s", "perfil", &secret(5000, 1)).unwrap();
        let foreign = SecretBytes::new(vec![b'x'; 100]);
        keyring.set("s/part", "b2 perfil", &foreign).unwrap();
        assert_eq!(read(&keyring), None);
        for head in ["", "1", "2 a 1 m", "1 c 1 m", "1 a 0 m", "1 a 9 m", "1 a 1 ", "1 a 1 m x", "\u{0}"] {
            keyring.set("s", "perfil", &SecretBytes::new(head.into())).unwrap();
            assert_eq!(read(&keyring), None, "{head:?}");
        }
    }
}
