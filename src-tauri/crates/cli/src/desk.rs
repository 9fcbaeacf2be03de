//! The composition root: the office with the system's clock and AWS, and nobody to click on a dialog.

use std::sync::Arc;

use cartorio_aws::AwsCloud;
use cartorio_core::SystemClock;
use cartorio_office::dto::{AppState, Empty, Environment, OperatorCard};
use cartorio_office::{Commands, Home, MasterChoice, MasterOptions, Office, OfficeError, Passphrase, Ports};

use crate::args::{Global, ProtectionChoice};
use crate::lang::{Lang, say};
use crate::outcome::{Failure, explain, to_stderr};
use crate::progress::Bar;
use crate::secrets;

/// An office that nothing was opened in yet.
pub(crate) fn office(global: &Global, choice: ProtectionChoice, lang: Lang) -> Result<Office, Failure> {
    let home = global.home.clone().map_or_else(Home::from_environment, Home::new);
    let clock = Arc::new(SystemClock);
    let aws = Arc::new(AwsCloud::new(clock.clone()));
    let ports = Ports { events: Arc::new(Bar::new(lang)), ..Ports::unattended(clock, aws.clone(), aws) };
    let passphrase = match &global.passphrase_file {
        Some(path) => Passphrase::Given(secrets::file(path)?),
        None => Passphrase::Ask(Arc::new(move |new| secrets::passphrase(new, lang))),
    };
    let choice = match choice {
        ProtectionChoice::Automatic => MasterChoice::Automatic,
        ProtectionChoice::Keyring => MasterChoice::Keyring,
        ProtectionChoice::Passphrase => MasterChoice::Passphrase,
        ProtectionChoice::PlainFile => MasterChoice::PlainFile,
    };
    Ok(Office::with_master(home, ports, MasterOptions { passphrase, choice }))
}

/// The office that was open last; refuses where there is none. Whoever works in it has the seat.
pub(crate) async fn open(global: &Global, lang: Lang) -> Result<Office, Failure> {
    let (office, state) = resume(global, lang).await?;
    match (state.environment, &state.resume_problem) {
        (Environment::Demo | Environment::Production, problem) => {
            // A broken trail can be looked at; whatever needs a record says for itself that it cannot have one.
            if let Some(problem) = problem {
                to_stderr(&explain(problem, lang));
            }
            take_seat(&office, &state, global, lang).await?;
            Ok(office)
        }
        (Environment::Welcome | Environment::Inspection, Some(problem)) => Err(problem.clone().into()),
        (Environment::Welcome | Environment::Inspection, None) => {
            to_stderr(&say!(
                lang,
                "comece com «cartorio demo init» ou «cartorio profile use NOME»",
                "begin with “cartorio demo init” or “cartorio profile use NAME”"
            ));
            Err(OfficeError::NoOffice.into())
        }
    }
}

/// The office that was open last, or none: settings can be changed without. Where there is one, somebody has the seat.
pub(crate) async fn open_or_not(global: &Global, lang: Lang) -> Result<Office, Failure> {
    let (office, state) = resume_or_not(global, lang).await?;
    take_seat(&office, &state, global, lang).await?;
    Ok(office)
}

/// The same, to look at a file: where nobody is there to give a password, it is looked at as by a stranger.
pub(crate) async fn open_to_look(global: &Global, lang: Lang) -> Result<Office, Failure> {
    let (office, state) = resume_or_not(global, lang).await?;
    match take_seat(&office, &state, global, lang).await {
        Err(failure) if failure.wire().code == NOBODY_ANSWERS => {
            to_stderr(&explain(failure.wire(), lang));
            to_stderr(&say!(lang, "examinado sem o cartório", "looked at without the office"));
            office.inspection_start(Empty {}).await?;
        }
        answer => answer?,
    }
    Ok(office)
}

/// Code of the error that a password is needed and nobody is there to type it.
pub(crate) const NOBODY_ANSWERS: &str = "operator_password_required";

/// Somebody takes the seat, for this one command: who is named, or the office's notary. Where there is a password, it is
/// asked for.
pub(crate) async fn take_seat(office: &Office, state: &AppState, global: &Global, lang: Lang) -> Result<(), Failure> {
    if global.operator.is_none() && !state.locked {
        return Ok(());
    }
    let people = office.operators_list(Empty {}).await?;
    let card = match &global.operator {
        Some(wanted) => person(&people, wanted, lang)?,
        None => match people.iter().find(|card| card.active && card.operator.role == "notary") {
            Some(notary) => notary,
            None => return Err(OfficeError::UnknownOperator.into()),
        },
    };
    if card.current {
        return Ok(());
    }
    let password = match card.has_password {
        true => Some(secrets::operator_password(global, &card.operator.name, lang)?),
        false => None,
    };
    Ok(office.take_seat(&card.operator.id, password).await?)
}

/// The person that `wanted` names: by identifier or by name.
pub(crate) fn person<'a>(people: &'a [OperatorCard], wanted: &str, lang: Lang) -> Result<&'a OperatorCard, Failure> {
    if let Some(exact) = people.iter().find(|card| card.operator.id == wanted) {
        return Ok(exact);
    }
    let name = wanted.trim().to_lowercase();
    let mut found = people.iter().filter(|card| card.operator.name.to_lowercase() == name);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Failure::input(say!(
            lang,
            "mais de uma pessoa se chama «{wanted}»; use o identificador («cartorio operator list»)",
            "more than one person is called “{wanted}”; use the identifier (“cartorio operator list”)"
        ))),
        (None, _) => {
            let names = people.iter().map(|card| card.operator.name.as_str()).collect::<Vec<_>>().join(", ");
            Err(Failure::input(say!(
                lang,
                "ninguém aqui se chama «{wanted}»; há: {names}",
                "nobody here is called “{wanted}”; there are: {names}"
            )))
        }
    }
}

async fn resume_or_not(global: &Global, lang: Lang) -> Result<(Office, AppState), Failure> {
    let (office, state) = resume(global, lang).await?;
    if let Some(problem) = &state.resume_problem {
        to_stderr(&explain(problem, lang));
    }
    Ok((office, state))
}

async fn resume(global: &Global, lang: Lang) -> Result<(Office, AppState), Failure> {
    let office = office(global, ProtectionChoice::Automatic, lang)?;
    office.resume().await;
    let state = office.state().await?;
    for act in &state.interrupted {
        let (seq, what) = (act.seq, lang.word("act_", &act.act));
        let document = act.document.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        to_stderr(&say!(
            lang,
            "ficou interrompido: {what}{document}, registro {seq}",
            "was interrupted: {what}{document}, record {seq}"
        ));
    }
    Ok((office, state))
}
