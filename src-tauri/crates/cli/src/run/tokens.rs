//! Tokens and HSMs behind PKCS#11 modules.

use cartorio_office::dto::{
    Empty, TokenCertificateView, TokenContent, TokenDesk, TokenModuleRef, TokenModuleView, TokenRef, TokenView,
};
use cartorio_office::{Commands, Office};

use super::unlock;
use crate::args::{Global, Token, TokenModule};
use crate::desk;
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure, explain, to_stderr};
use crate::show::{day, fields, short, yes_no};

pub(crate) async fn command(global: &Global, command: Token, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    match command {
        Token::List => listed(&office.tokens_list(Empty {}).await?, lang),
        Token::Module(TokenModule::Add { path }) => listed(&office.add_token_module(&path).await?, lang),
        Token::Module(TokenModule::Remove { module }) => {
            let desk = office.tokens_list(Empty {}).await?;
            let fits = |own: &&TokenModuleView| [&own.id, &own.name, &own.path].contains(&&module);
            let mut found = desk.modules.iter().filter(fits);
            let id = match (found.next(), found.next()) {
                (Some(only), None) => only.id.clone(),
                (Some(_), Some(_)) => {
                    return Err(Failure::input(say!(
                        lang,
                        "«{module}» serve a mais de um módulo; use o caminho",
                        "“{module}” fits more than one module; use the path"
                    )));
                }
                (None, _) => {
                    return Err(Failure::input(say!(
                        lang,
                        "o módulo «{module}» não está em uso («cartorio token list»)",
                        "the module “{module}” is not in use (“cartorio token list”)"
                    )));
                }
            };
            listed(&office.token_module_remove(TokenModuleRef { id }).await?, lang)
        }
        Token::Content { token, pin } => {
            let found = find(&office, &token, lang).await?;
            let content = match unlock::has_pin(&pin) {
                true => {
                    unlock::login(&office, &found, &pin, lang).await?;
                    let content = office.token_content(TokenRef { id: found.id.clone() }).await;
                    office.token_logout(TokenRef { id: found.id }).await.ok();
                    content?
                }
                false => office.token_content(TokenRef { id: found.id }).await?,
            };
            Done::new(content_text(&content, lang), &content)
        }
    }
}

/// The token that `wanted` names: by identifier, label or serial number.
pub(super) async fn find(office: &Office, wanted: &str, lang: Lang) -> Result<TokenView, Failure> {
    let desk = office.tokens_list(Empty {}).await?;
    let all: Vec<TokenView> = desk.modules.into_iter().flat_map(|module| module.tokens).collect();
    if let Some(exact) = all.iter().find(|own| own.id == wanted) {
        return Ok(exact.clone());
    }
    let names = all.iter().map(|own| format!("{} ({})", own.label, own.serial)).collect::<Vec<_>>().join(", ");
    let mut found = all.into_iter().filter(|own| own.label == wanted || own.serial == wanted);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Failure::input(say!(
            lang,
            "«{wanted}» serve a mais de um token; use o número de série: {names}",
            "“{wanted}” fits more than one token; use the serial number: {names}"
        ))),
        (None, _) => Err(Failure::input(say!(
            lang,
            "nenhum token se chama «{wanted}»; há: {names}",
            "no token is called “{wanted}”; there are: {names}"
        ))),
    }
}

fn listed(desk: &TokenDesk, lang: Lang) -> Result<Done, Failure> {
    let mut text = String::new();
    let mut exit = Exit::Done;
    for module in &desk.modules {
        text.push_str(&format!("{}  {}\n", module.name, module.path));
        if let Some(problem) = &module.problem {
            to_stderr(&format!("{}: {}", module.name, explain(problem, lang)));
            exit = Exit::Partly;
        }
        for token in &module.tokens {
            text.push_str(&fields(&rows(token, lang)));
        }
    }
    if desk.modules.is_empty() {
        text.push_str(&say!(
            lang,
            "Nenhum módulo em uso: «cartorio token module add ARQUIVO».\n",
            "No module in use: “cartorio token module add FILE”.\n"
        ));
    }
    if !desk.candidates.is_empty() {
        text.push_str(&say!(lang, "\nEncontrados nesta máquina:\n", "\nFound on this machine:\n"));
        text.extend(desk.candidates.iter().map(|own| format!("  {}  {}\n", own.product, own.path)));
    }
    Done::with(exit, text, desk)
}

fn rows(token: &TokenView, lang: Lang) -> Vec<(String, Option<String>)> {
    let standing = match (token.initialised, token.locked) {
        (false, _) => say!(lang, "nunca preparado", "never set up"),
        (true, true) => say!(lang, "bloqueado", "locked"),
        (true, false) => unlock::tries(&token.tries, lang),
    };
    let maker = format!("{} {}", token.manufacturer, token.model);
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    vec![
        ("  Token".to_owned(), Some(some(&token.label).unwrap_or_else(|| "–".to_owned()))),
        (say!(lang, "  Série", "  Serial"), some(&token.serial)),
        (say!(lang, "  Fabricante", "  Maker"), some(&maker)),
        (say!(lang, "  Leitor", "  Reader"), Some(token.slot.clone())),
        ("  PIN".to_owned(), Some(standing)),
        (say!(lang, "  PIN no leitor", "  PIN at the reader"), token.pin_pad.then(|| yes_no(true, lang))),
        (say!(lang, "  Identificador", "  Identifier"), Some(token.id.clone())),
    ]
}

fn content_text(content: &TokenContent, lang: Lang) -> String {
    let mut text = fields(&rows(&content.token, lang));
    for key in &content.keys {
        let name = key.key.aliases.join(", ");
        text.push_str(&format!("\n{}  {name}\n  {}\n", key.key.spec, key.key.key_ref));
        for own in &key.certificates {
            text.push_str(&certificate(own, lang));
            if !own.matches_key {
                text.push_str(&say!(lang, "    não é desta chave\n", "    not of this key\n"));
            }
        }
    }
    if !content.other_certificates.is_empty() {
        text.push_str(&say!(lang, "\nCertificados sem chave aqui:\n", "\nCertificates without a key here:\n"));
        text.extend(content.other_certificates.iter().map(|own| certificate(own, lang)));
    }
    text
}

fn certificate(own: &TokenCertificateView, lang: Lang) -> String {
    let (holder, issuer, until, sha256) = (&own.holder, &own.issuer, day(&own.not_after), short(&own.sha256));
    say!(
        lang,
        "  {holder}, emitido por {issuer}, válido até {until}, {sha256}\n",
        "  {holder}, issued by {issuer}, valid until {until}, {sha256}\n"
    )
}
