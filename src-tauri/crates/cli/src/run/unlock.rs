//! PINs and passwords that a key asks for before it signs: asked once, tried once.

use cartorio_core::SecretString;
use cartorio_office::dto::{KeyQuery, KeyUnlockState, TokenView, UnlockNeed};
use cartorio_office::{Commands, Office};

use crate::args::{PinArgs, UnlockArgs};
use crate::lang::{Lang, say};
use crate::outcome::{Failure, to_stderr};
use crate::secrets;

/// Opens `key` for what comes next, where it needs a PIN or a password.
pub(super) async fn unlock(office: &Office, key: &str, given: &UnlockArgs, lang: Lang) -> Result<(), Failure> {
    let state = office.key_unlock_state(KeyQuery { key_ref: key.to_owned() }).await?;
    let secret = match state.needs {
        UnlockNeed::Nothing => return Ok(()),
        UnlockNeed::Pin => pin(&Asked::of_key(&state), &given.pin, lang)?,
        UnlockNeed::Password => Some(password(&state.name, given, lang)?),
    };
    office.unlock_key(key, secret, false).await?;
    Ok(())
}

/// Logs in to a token that nobody is logged in to.
pub(super) async fn login(office: &Office, token: &TokenView, given: &PinArgs, lang: Lang) -> Result<(), Failure> {
    if !token.logged_in {
        let pin = pin(&Asked::of_token(token), given, lang)?;
        office.login_token(&token.id, pin).await?;
    }
    Ok(())
}

/// Whether a PIN was given with the command.
pub(super) fn has_pin(given: &PinArgs) -> bool {
    given.pin_stdin || given.pin_file.is_some()
}

/// How many tries of a PIN are left, as a sentence.
pub(super) fn tries(code: &str, lang: Lang) -> String {
    match code {
        "few" => say!(lang, "Restam poucas tentativas.", "Few tries are left."),
        "last" => say!(lang, "O próximo PIN errado bloqueia o token.", "The next wrong PIN locks the token."),
        _ => say!(lang, "Nenhuma tentativa foi gasta.", "No try was used up."),
    }
}

/// The token that wants a PIN.
struct Asked<'a> {
    token: &'a str,
    tries: &'a str,
    pin_pad: bool,
}

impl<'a> Asked<'a> {
    fn of_key(state: &'a KeyUnlockState) -> Self {
        Self { token: &state.name, tries: state.tries.as_deref().unwrap_or("full"), pin_pad: state.pin_pad }
    }

    fn of_token(token: &'a TokenView) -> Self {
        Self { token: &token.label, tries: &token.tries, pin_pad: token.pin_pad }
    }
}

/// The PIN; `None` where it is typed at the reader.
fn pin(asked: &Asked<'_>, given: &PinArgs, lang: Lang) -> Result<Option<SecretString>, Failure> {
    let Asked { token, tries: left, pin_pad } = *asked;
    if pin_pad {
        to_stderr(&say!(lang, "digite o PIN de «{token}» no leitor", "type the PIN of “{token}” at the reader"));
        return Ok(None);
    }
    if left == "last" && has_pin(given) {
        // A script that runs again and again with a wrong PIN must not lock the token: the last try is a person's.
        let detail = say!(
            lang,
            "o próximo PIN errado bloqueia «{token}»: digite-o num terminal, sem --pin-file nem --pin-stdin",
            "the next wrong PIN locks “{token}”: type it in a terminal, without --pin-file and --pin-stdin"
        );
        return Err(Failure::needed("token_pin_required", &[("token", token), ("tries", left)], detail));
    }
    if left != "full" {
        to_stderr(&format!("{token}: {}", tries(left, lang)));
    }
    let prompt = say!(lang, "PIN de «{token}»: ", "PIN of “{token}”: ");
    match secrets::given(given.pin_stdin, given.pin_file.as_deref(), &prompt, lang)? {
        Some(pin) => Ok(Some(pin)),
        None => {
            let detail = say!(
                lang,
                "o token «{token}» pede o PIN e não há terminal para perguntá-lo; use --pin-stdin ou --pin-file",
                "the token “{token}” wants its PIN and there is no terminal to ask for it; use --pin-stdin or --pin-file"
            );
            Err(Failure::needed("token_pin_required", &[("token", token), ("tries", left)], detail))
        }
    }
}

fn password(file: &str, given: &UnlockArgs, lang: Lang) -> Result<SecretString, Failure> {
    let prompt = say!(lang, "Senha de «{file}»: ", "Password of “{file}”: ");
    secrets::given(given.password_stdin, given.password_file.as_deref(), &prompt, lang)?.ok_or_else(|| {
        let detail = say!(
            lang,
            "«{file}» pede a senha e não há terminal para perguntá-la; use --password-stdin ou --password-file",
            "“{file}” wants its password and there is no terminal to ask for it; use --password-stdin or --password-file"
        );
        Failure::needed("a1_password_required", &[("file", file)], detail)
    })
}
