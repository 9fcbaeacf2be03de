//! What a module's return values mean here (PKCS#11 v2.40 §5.1).

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

use super::BACKEND;
use crate::KeyError;

/// Why a call inside a session failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The session is gone; another may be opened.
    SessionLost,
    /// The token is gone.
    TokenGone,
    /// Nobody is logged in.
    LoggedOut,
    /// A handle that was found before is no longer good.
    HandleStale,
    /// Something is wrong that may mean that the token is gone: poor modules say no more.
    Doubtful(String),
    /// Settled already.
    Settled(KeyError),
}

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        Self::Settled(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Pkcs11(code, function) => Self::of_code(code, function),
            other => Self::Settled(failed(other.to_string())),
        }
    }
}

impl Fault {
    fn of_code(code: RvError, function: Function) -> Self {
        match code {
            // A session that is not there any more is also what is left when its token was pulled out: the next
            // attempt looks for the token and finds out.
            RvError::SessionHandleInvalid | RvError::SessionClosed => Self::SessionLost,
            RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::DeviceRemoved
            | RvError::DeviceError
            | RvError::SlotIdInvalid => Self::TokenGone,
            RvError::UserNotLoggedIn => Self::LoggedOut,
            RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid => Self::HandleStale,
            RvError::GeneralError | RvError::FunctionFailed | RvError::OperationNotInitialized => {
                Self::Doubtful(name(code, function))
            }
            RvError::CryptokiNotInitialized => {
                Self::Settled(KeyError::ModuleUnusable { module: String::new(), reason: name(code, function) })
            }
            RvError::FunctionNotSupported | RvError::MechanismInvalid | RvError::MechanismParamInvalid => {
                Self::Settled(KeyError::Unsupported { backend: BACKEND, what: name(code, function) })
            }
            RvError::TokenWriteProtected
            | RvError::SessionReadOnly
            | RvError::ActionProhibited
            | RvError::DeviceMemory
            | RvError::AttributeReadOnly
            | RvError::AttributeTypeInvalid
            | RvError::AttributeValueInvalid
            | RvError::TemplateIncomplete
            | RvError::TemplateInconsistent
            | RvError::KeySizeRange
            | RvError::DomainParamsInvalid
            | RvError::CurveNotSupported
            | RvError::KeyFunctionNotPermitted
            | RvError::PinExpired
            | RvError::UserPinNotInitialized
            | RvError::UserAnotherAlreadyLoggedIn
            | RvError::UserTooManyTypes => {
                Self::Settled(KeyError::Refused { action: called(function), reason: format!("{code:?}") })
            }
            // What is left is for arguments that this crate gets wrong, or for functions that it does not call.
            _ => Self::Settled(failed(name(code, function))),
        }
    }
}

/// A failure of the module that has no kind of its own.
pub(super) fn failed(reason: String) -> KeyError {
    KeyError::Backend { backend: BACKEND, reason, request_id: None }
}

/// `C_Sign` for `Function::Sign`.
pub(super) fn called(function: Function) -> String {
    format!("C_{function:?}")
}

fn name(code: RvError, function: Function) -> String {
    format!("{code:?} in {}", called(function))
}

#[cfg(test)]
mod tests {
    use cartorio_core::{Coded, Retry};

    use super::*;

    #[test]
    fn a_removed_token_a_lost_session_and_a_missing_login_are_told_apart() {
        let of = |code| Fault::from(Error::Pkcs11(code, Function::Sign));
        for code in [RvError::TokenNotPresent, RvError::DeviceRemoved, RvError::DeviceError, RvError::SlotIdInvalid] {
            assert!(matches!(of(code), Fault::TokenGone), "{code:?}");
        }
        for code in [RvError::SessionHandleInvalid, RvError::SessionClosed] {
            assert!(matches!(of(code), Fault::SessionLost), "{code:?}");
        }
        assert!(matches!(of(RvError::UserNotLoggedIn), Fault::LoggedOut));
        assert!(matches!(of(RvError::KeyHandleInvalid), Fault::HandleStale));
        assert!(matches!(of(RvError::FunctionFailed), Fault::Doubtful(_)));
    }

    #[test]
    fn a_mechanism_that_is_missing_is_not_worth_another_try() {
        let Fault::Settled(error) = Fault::from(Error::Pkcs11(RvError::MechanismInvalid, Function::SignInit)) else {
            panic!("it is settled");
        };
        assert_eq!(error.code(), "key_unsupported");
        assert_eq!(error.retry(), Retry::Never);
        assert!(error.to_string().contains("MechanismInvalid in C_SignInit"), "{error}");
    }
}
