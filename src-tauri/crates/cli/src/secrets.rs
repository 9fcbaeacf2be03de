//! Passwords: by prompt, from stdin or from a file.

use std::io::BufRead;
use std::path::Path;

use cartorio_core::SecretString;
use cartorio_office::AccessKeys;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::args::{Global, NewPasswordArgs, PasswordArgs};
use crate::desk::NOBODY_ANSWERS;
use crate::lang::{Lang, say};
use crate::outcome::Failure;

/// Whether a password is typed once or, because a mistake could not be found later, twice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Typed {
    Once,
    Twice,
}

/// Reads a password from wherever the arguments say.
pub(crate) fn password(arguments: &PasswordArgs, typed: Typed, lang: Lang) -> Result<SecretString, Failure> {
    if arguments.password_stdin {
        return first_line(std::io::stdin().lock()).map_err(|error| Failure::input(format!("stdin: {error}")));
    }
    if let Some(path) = &arguments.password_file {
        return file(path);
    }
    let prompt = say!(lang, "Senha: ", "Password: ");
    let no_terminal = |_| {
        Failure::usage(say!(
            lang,
            "não há terminal para perguntar a senha; use --password-stdin ou --password-file",
            "there is no terminal to ask for the password; use --password-stdin or --password-file"
        ))
    };
    let first = ask(&prompt).map_err(no_terminal)?;
    if typed == Typed::Twice {
        let again = ask(&say!(lang, "A mesma senha outra vez: ", "The same password again: ")).map_err(no_terminal)?;
        if again.expose() != first.expose() {
            return Err(Failure::input(say!(lang, "as duas senhas não são iguais", "the two passwords differ")));
        }
    }
    Ok(first)
}

/// A secret from stdin, from a file, or from a person; `None` where nobody is there to answer. An empty one is refused: tried,
/// it would use up a try.
pub(crate) fn given(
    stdin: bool,
    path: Option<&Path>,
    prompt: &str,
    lang: Lang,
) -> Result<Option<SecretString>, Failure> {
    let secret = match (stdin, path) {
        (true, _) => first_line(std::io::stdin().lock()).map_err(|error| Failure::input(format!("stdin: {error}")))?,
        (false, Some(path)) => file(path)?,
        (false, None) => match ask(prompt) {
            Ok(secret) => secret,
            Err(_) => return Ok(None),
        },
    };
    if secret.expose().is_empty() {
        return Err(Failure::input(say!(
            lang,
            "a senha está vazia; nada foi tentado",
            "the secret is empty; nothing was tried"
        )));
    }
    Ok(Some(secret))
}

/// The password of whoever takes the seat.
pub(crate) fn operator_password(global: &Global, name: &str, lang: Lang) -> Result<SecretString, Failure> {
    let prompt = say!(lang, "Senha de {name}: ", "Password of {name}: ");
    given(false, global.operator_password_file.as_deref(), &prompt, lang)?.ok_or_else(|| {
        let detail = say!(
            lang,
            "{name} tem senha e não há terminal para perguntá-la; use --operator-password-file",
            "{name} has a password and there is no terminal to ask for it; use --operator-password-file"
        );
        Failure::needed(NOBODY_ANSWERS, &[("name", name)], detail)
    })
}

/// The six digits that an MFA device shows now.
pub(crate) fn mfa_code(stdin: bool, device: &str, lang: Lang) -> Result<SecretString, Failure> {
    let prompt = say!(lang, "Código de {device}: ", "Code of {device}: ");
    given(stdin, None, &prompt, lang)?.ok_or_else(|| {
        Failure::usage(say!(
            lang,
            "não há terminal para perguntar o código; use --mfa-code-stdin",
            "there is no terminal to ask for the code; use --mfa-code-stdin"
        ))
    })
}

/// A new password of an operator, typed twice where a person types it.
pub(crate) fn new_password(arguments: &NewPasswordArgs, name: &str, lang: Lang) -> Result<SecretString, Failure> {
    let NewPasswordArgs { new_password_stdin, new_password_file } = arguments;
    let prompt = say!(lang, "Senha nova de {name}: ", "New password of {name}: ");
    let first = given(*new_password_stdin, new_password_file.as_deref(), &prompt, lang)?.ok_or_else(|| {
        Failure::usage(say!(
            lang,
            "não há terminal para perguntar a senha; use --new-password-stdin ou --new-password-file",
            "there is no terminal to ask for the password; use --new-password-stdin or --new-password-file"
        ))
    })?;
    if !new_password_stdin && new_password_file.is_none() {
        let again = ask(&say!(lang, "A mesma senha outra vez: ", "The same password again: "));
        if again.is_ok_and(|again| again.expose() != first.expose()) {
            return Err(Failure::input(say!(lang, "as duas senhas não são iguais", "the two passwords differ")));
        }
    }
    Ok(first)
}

/// What somebody types at the terminal without showing it; nothing where it is empty or nobody is there.
pub(crate) fn typed(prompt: &str) -> Option<SecretString> {
    ask(prompt).ok().filter(|secret| !secret.expose().is_empty())
}

/// Reads the first line of a file.
pub(crate) fn file(path: &Path) -> Result<SecretString, Failure> {
    std::fs::File::open(path)
        .and_then(|file| first_line(std::io::BufReader::new(file)))
        .map_err(|error| Failure::input(format!("{}: {error}", path.display())))
}

/// Asks for a passphrase of the key store; `None` when nobody is there to answer.
pub(crate) fn passphrase(new: bool, lang: Lang) -> Option<SecretString> {
    let first = ask(&say!(lang, "Frase-senha do cofre de chaves: ", "Passphrase of the key store: ")).ok()?;
    if new {
        let again = ask(&say!(lang, "A mesma frase-senha outra vez: ", "The same passphrase again: ")).ok()?;
        if again.expose() != first.expose() {
            return None;
        }
    }
    Some(first)
}

/// Access keys typed in.
pub(crate) fn ask_access_keys(lang: Lang) -> Result<AccessKeys, Failure> {
    let asked = |prompt: &str| {
        ask(prompt).map_err(|_| {
            Failure::usage(say!(
                lang,
                "não há terminal para perguntar as chaves de acesso; use --access-keys-file",
                "there is no terminal to ask for the access keys; use --access-keys-file"
            ))
        })
    };
    let access_key_id = asked("Access key ID: ")?;
    let secret_access_key = asked("Secret access key: ")?;
    let token = asked(&say!(lang, "Session token (opcional): ", "Session token (optional): "))?;
    let session_token = Some(token).filter(|token| !token.expose().is_empty());
    Ok(AccessKeys { access_key_id, secret_access_key, session_token })
}

/// Access keys as JSON from a file or, for `-`, from stdin.
pub(crate) fn read_access_keys(path: &Path) -> Result<AccessKeys, Failure> {
    #[derive(Deserialize)]
    struct Keys {
        access_key_id: SecretString,
        secret_access_key: SecretString,
        session_token: Option<SecretString>,
    }
    let failed = |reason: String| Failure::input(format!("{}: {reason}", path.display()));
    let text =
        if path == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    let text = Zeroizing::new(text.map_err(|error| failed(error.to_string()))?);
    // The parser's message could quote a secret; its place is enough.
    let keys: Keys = serde_json::from_str(&text)
        .map_err(|error| failed(format!("line {}, column {}: no access keys in JSON", error.line(), error.column())))?;
    Ok(AccessKeys {
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
        session_token: keys.session_token.filter(|token| !token.expose().is_empty()),
    })
}

fn ask(prompt: &str) -> std::io::Result<SecretString> {
    #[cfg(unix)]
    let _hidden = Hidden::begin();
    rpassword::prompt_password(prompt).map(SecretString::new)
}

/// A terminal that shows nothing of what is typed. The question is asked behind it: `rpassword` shows the question first, and what
/// somebody types or pastes at once would be seen.
#[cfg(unix)]
struct Hidden {
    terminal: std::fs::File,
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl Hidden {
    /// `None` where there is no terminal: asking says so.
    fn begin() -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let terminal = std::fs::File::options().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&terminal).ok()?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        tcsetattr(&terminal, OptionalActions::Now, &hidden).ok()?;
        Some(Self { terminal, before })
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        // Where the terminal is gone there is nothing to show any more.
        let _ = rustix::termios::tcsetattr(&self.terminal, rustix::termios::OptionalActions::Now, &self.before);
    }
}

fn first_line(mut reader: impl BufRead) -> std::io::Result<SecretString> {
    let mut line = Zeroizing::new(String::new());
    reader.read_line(&mut line)?;
    let text = line.strip_suffix('\n').unwrap_or(&line);
    Ok(SecretString::new(text.strip_suffix('\r').unwrap_or(text).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_line_as_it_is() {
        for (text, password) in [("a b \n", "a b "), ("x\r\ny", "x"), ("sem fim", "sem fim"), ("", ""), ("\n", "")] {
            assert_eq!(first_line(text.as_bytes()).unwrap().expose(), password, "{text:?}");
        }
    }
}
