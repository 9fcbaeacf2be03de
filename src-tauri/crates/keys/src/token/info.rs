//! What is told of tokens and their keys.

use cryptoki::slot::{SlotInfo, TokenInfo as RawTokenInfo};

use crate::token_uri::clean;
use crate::{KeyError, KeyInfo, PinTries, PublicKey, TokenUri};

/// A token that is in its reader now (`CK_TOKEN_INFO`, PKCS#11 v2.40 §3.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenInfo {
    /// How it is named: label, maker, model and serial number.
    pub uri: TokenUri,
    /// Label.
    pub label: String,
    /// Maker.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// The reader, in the module's words.
    pub slot: String,
    /// Whether it can be pulled out.
    pub removable: bool,
    /// Whether it was ever set up.
    pub initialised: bool,
    /// Whether nothing can be written to it.
    pub write_protected: bool,
    /// Its PIN.
    pub pin: PinState,
    /// Whether the PIN is typed at the reader (`CKF_PROTECTED_AUTHENTICATION_PATH`).
    pub protected_auth_path: bool,
    /// Version of its firmware, e.g. `2.6`.
    pub firmware: String,
    /// Whether this program is logged in to it now.
    pub logged_in: bool,
}

/// What a token says of its user PIN.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PinState {
    /// Whether private keys need it.
    pub needed: bool,
    /// How many tries are left, as far as it says.
    pub tries: PinTries,
    /// Whether it is locked after too many wrong ones.
    pub locked: bool,
    /// Whether it was ever set.
    pub initialised: bool,
}

/// Whether a login may use up the last try.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FinalTry {
    /// Nothing is sent: the login answers `PinRequired` with `tries: Last`.
    Refuse,
    /// The PIN is sent. A person has been told that a wrong one locks the token.
    Spend,
}

/// A key on a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenKey {
    /// Facts about it. Before a login they come from its public half, where the token shows that.
    pub info: KeyInfo,
    /// Its public half; absent where the token shows neither that nor a certificate.
    pub public_key: Option<PublicKey>,
    /// Certificates (DER) on the token with the same `CKA_ID` or the same public key, those with the same public key first.
    pub certificates: Vec<Vec<u8>>,
    /// Whether the token wants the PIN before every signature (`CKA_ALWAYS_AUTHENTICATE`): this product cannot sign with it.
    pub pin_every_time: bool,
}

impl TokenInfo {
    pub(super) fn of(token: &RawTokenInfo, slot: &SlotInfo, logged_in: bool) -> Self {
        Self {
            uri: uri_of(token),
            label: clean(token.label()),
            manufacturer: clean(token.manufacturer_id()),
            model: clean(token.model()),
            serial: clean(token.serial_number()),
            slot: clean(slot.slot_description()),
            removable: slot.removable_device(),
            initialised: token.token_initialized(),
            write_protected: token.write_protected(),
            pin: PinState::of(PinFlags::of(token)),
            protected_auth_path: token.protected_authentication_path(),
            firmware: token.firmware_version().to_string(),
            logged_in,
        }
    }
}

/// The token by the four fields that name it.
pub(super) fn uri_of(token: &RawTokenInfo) -> TokenUri {
    TokenUri::of_token(token.label(), token.manufacturer_id(), token.model(), token.serial_number())
}

/// The flags of `CK_TOKEN_INFO` that speak of the user PIN.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PinFlags {
    pub(super) login_required: bool,
    pub(super) initialised: bool,
    pub(super) count_low: bool,
    pub(super) final_try: bool,
    pub(super) locked: bool,
}

impl PinFlags {
    pub(super) fn of(token: &RawTokenInfo) -> Self {
        Self {
            login_required: token.login_required(),
            initialised: token.user_pin_initialized(),
            count_low: token.user_pin_count_low(),
            final_try: token.user_pin_final_try(),
            locked: token.user_pin_locked(),
        }
    }
}

impl PinState {
    pub(super) fn of(flags: PinFlags) -> Self {
        let tries = if flags.final_try {
            PinTries::Last
        } else if flags.count_low {
            PinTries::Few
        } else {
            PinTries::Full
        };
        Self { needed: flags.login_required, tries, locked: flags.locked, initialised: flags.initialised }
    }

    /// The error for a PIN that was not accepted, from the flags as they are after that.
    pub(super) fn after_wrong(self, token: String) -> KeyError {
        if self.locked {
            return KeyError::PinLocked { token };
        }
        // Some tokens never set the flag for few tries; one is used up now all the same.
        let tries = match self.tries {
            PinTries::Full | PinTries::Few => PinTries::Few,
            PinTries::Last => PinTries::Last,
        };
        KeyError::PinWrong { token, tries }
    }

    /// The error for something that needs a login first.
    pub(super) fn before_login(self, token: String) -> KeyError {
        if self.locked { KeyError::PinLocked { token } } else { KeyError::PinRequired { token, tries: self.tries } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_say_how_many_tries_are_left() {
        let token = || "T".to_owned();
        let (required, wrong) = (
            |tries| KeyError::PinRequired { token: token(), tries },
            |tries| KeyError::PinWrong { token: token(), tries },
        );
        let locked = KeyError::PinLocked { token: token() };
        // count low, final try, locked: before a login, and after a wrong PIN.
        for ((count_low, final_try, is_locked), before, after) in [
            ((false, false, false), required(PinTries::Full), wrong(PinTries::Few)),
            ((true, false, false), required(PinTries::Few), wrong(PinTries::Few)),
            ((true, true, false), required(PinTries::Last), wrong(PinTries::Last)),
            ((false, true, false), required(PinTries::Last), wrong(PinTries::Last)),
            ((true, true, true), locked.clone(), locked.clone()),
            ((true, false, true), locked.clone(), locked.clone()),
            ((false, true, true), locked.clone(), locked.clone()),
            ((false, false, true), locked.clone(), locked.clone()),
        ] {
            let flags = PinFlags { login_required: true, initialised: true, count_low, final_try, locked: is_locked };
            let state = PinState::of(flags);
            assert_eq!(state.before_login(token()), before, "{flags:?}");
            assert_eq!(state.after_wrong(token()), after, "{flags:?}");
            assert_eq!((state.needed, state.initialised, state.locked), (true, true, is_locked));
        }
    }
}
