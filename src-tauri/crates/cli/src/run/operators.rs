//! The people of the office.

use cartorio_office::Commands;
use cartorio_office::dto::{Empty, OperatorCard, OperatorChange};
use serde_json::json;

use crate::args::{Global, Operator, RoleChoice};
use crate::desk::{self, person};
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::secrets;
use crate::show::{table, yes_no};

pub(crate) async fn operator(global: &Global, command: Operator, lang: Lang) -> Result<Done, Failure> {
    match command {
        Operator::Switch { person } => switch(global, person, lang).await,
        Operator::List => {
            let office = desk::open(global, lang).await?;
            listed(&office.operators_list(Empty {}).await?, lang)
        }
        Operator::Add { name, role, password, no_password } => {
            let office = desk::open(global, lang).await?;
            let password = match no_password {
                true => None,
                false => Some(secrets::new_password(&password, &name, lang)?),
            };
            listed(&office.add_operator(&name, role_name(role), password).await?, lang)
        }
        Operator::Change { person: wanted, name, role, active, inactive } => {
            let office = desk::open(global, lang).await?;
            let people = office.operators_list(Empty {}).await?;
            let card = person(&people, &wanted, lang)?;
            let change = OperatorChange {
                id: card.operator.id.clone(),
                name: name.unwrap_or_else(|| card.operator.name.clone()),
                role: role.map_or_else(|| card.operator.role.clone(), |role| role_name(role).to_owned()),
                active: (card.active || active) && !inactive,
            };
            listed(&office.operator_change(change).await?, lang)
        }
        Operator::Password { person: wanted, password } => {
            let office = desk::open(global, lang).await?;
            let people = office.operators_list(Empty {}).await?;
            let card = match &wanted {
                Some(wanted) => person(&people, wanted, lang)?,
                None => people
                    .iter()
                    .find(|card| card.current)
                    .ok_or_else(|| Failure::bug("nobody has the seat".to_owned()))?,
            };
            let name = &card.operator.name;
            let current = match card.current && card.has_password {
                true => Some(secrets::operator_password(global, name, lang)?),
                false => None,
            };
            let new = secrets::new_password(&password, name, lang)?;
            listed(&office.set_operator_password(&card.operator.id, current, new).await?, lang)
        }
    }
}

/// Takes the seat and says what it allows; the seat is left again when this ends.
async fn switch(global: &Global, person: String, lang: Lang) -> Result<Done, Failure> {
    let mut global = global.clone();
    global.operator = Some(person);
    let office = desk::open(&global, lang).await?;
    let state = office.app_state(Empty {}).await?;
    let name = state.operator.as_ref().map(|operator| operator.name.clone()).unwrap_or_default();
    let role = state.operator.as_ref().map(|operator| lang.word("role_", &operator.role)).unwrap_or_default();
    let text = say!(
        lang,
        "{name} ({role}) pode trabalhar aqui. Num terminal a cadeira vale por um comando: use --operator em cada um.",
        "{name} ({role}) can work here. In a terminal the seat lasts for one command: use --operator with each."
    );
    Done::new(text, &json!({ "operator": state.operator, "permissions": state.permissions }))
}

fn listed(people: &[OperatorCard], lang: Lang) -> Result<Done, Failure> {
    let head = [
        say!(lang, "Nome", "Name"),
        say!(lang, "Papel", "Role"),
        say!(lang, "Trabalha", "Works"),
        say!(lang, "Senha", "Password"),
        say!(lang, "Na cadeira", "In the seat"),
        say!(lang, "Identificador", "Identifier"),
    ];
    let row = |card: &OperatorCard| {
        vec![
            card.operator.name.clone(),
            lang.word("role_", &card.operator.role),
            yes_no(card.active, lang),
            yes_no(card.has_password, lang),
            yes_no(card.current, lang),
            card.operator.id.clone(),
        ]
    };
    Done::new(table(&head, &people.iter().map(row).collect::<Vec<_>>()), &json!({ "operators": people }))
}

const fn role_name(role: RoleChoice) -> &'static str {
    match role {
        RoleChoice::Clerk => "clerk",
        RoleChoice::Supervisor => "supervisor",
        RoleChoice::Notary => "notary",
        RoleChoice::Auditor => "auditor",
    }
}
