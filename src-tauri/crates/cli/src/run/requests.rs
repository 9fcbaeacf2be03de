//! What needs two people.

use cartorio_core::{Clock, SystemClock};
use cartorio_office::Commands;
use cartorio_office::dto::{
    P12Protection, RequestDecide, RequestKindView, RequestMake, RequestMakeWhat, RequestQuery, RequestRef,
    RequestStateView, RequestView, RequestWhat, RotationCertificate, RotationPlan, SubscriberIssue,
};
use serde_json::json;

use super::certificates::named;
use super::p12;
use crate::args::{Global, Request, Subscriber};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::show::{code, date, days_since, fields, span, table};

pub(crate) async fn request(global: &Global, command: Request, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    let made = match command {
        Request::List { open } => {
            return listed(&office.requests_list(RequestQuery { open, subject: None }).await?, lang);
        }
        Request::MakeP12 { certificate, protection, reason } => {
            let certificate = named(&office, &certificate, lang).await?.id;
            let what = RequestMakeWhat::P12Export { certificate, profile: p12::protection(protection) };
            office.request_make(RequestMake { what, reason }).await?
        }
        Request::MakeIssue { subscriber, reason } => {
            let what = RequestMakeWhat::CertificateIssue(issue(subscriber));
            office.request_make(RequestMake { what, reason }).await?
        }
        Request::Approve { id, reason } => office.request_decide(RequestDecide { id, approve: true, reason }).await?,
        Request::Reject { id, reason } => office.request_decide(RequestDecide { id, approve: false, reason }).await?,
        Request::Withdraw { id } => office.request_withdraw(RequestRef { id }).await?,
    };
    shown(&made, lang)
}

/// Who a certificate is issued for, as the office takes it.
pub(super) fn issue(subscriber: Subscriber) -> SubscriberIssue {
    let Subscriber { name, cpf, email, key_spec } = subscriber;
    SubscriberIssue { name, cpf, email, key_spec }
}

/// A request with everything that is decided on, and what comes next.
pub(super) fn shown(request: &RequestView, lang: Lang) -> Result<Done, Failure> {
    let person = |own: &cartorio_office::dto::OperatorView| format!("{} ({})", own.name, lang.word("role_", &own.role));
    let mut rows = vec![
        (say!(lang, "Solicitação", "Request"), Some(request.id.clone())),
        (say!(lang, "O quê", "What"), Some(format!("{}: {}", kind(request.kind, lang), request.title))),
        (say!(lang, "Estado", "State"), Some(state(request.state, lang))),
        (say!(lang, "Pedida por", "Asked by"), Some(person(&request.requested_by))),
        (say!(lang, "Em", "At"), Some(date(&request.requested_at))),
        (say!(lang, "Motivo", "Reason"), Some(request.reason.clone())),
        (say!(lang, "Vale até", "Open until"), Some(date(&request.expires_at))),
        (say!(lang, "Decidida por", "Decided by"), request.decided_by.as_ref().map(person)),
        (say!(lang, "Decidida em", "Decided at"), request.decided_at.as_deref().map(date)),
        (say!(lang, "Motivo da decisão", "Reason of the decision"), request.decision_reason.clone()),
        (say!(lang, "Feita em", "Carried out at"), request.used_at.as_deref().map(date)),
        (say!(lang, "Troca", "Change"), request.rotation.clone()),
    ];
    rows.extend(exactly(&request.what, lang));
    let next = next(request, lang).map(|next| format!("\n{next}\n")).unwrap_or_default();
    Done::new(format!("{}{next}", fields(&rows)), request)
}

/// What a rotation will do.
pub(super) fn plan(plan: &RotationPlan, lang: Lang) -> Vec<(String, Option<String>)> {
    let certificate = match &plan.certificate {
        RotationCertificate::None => say!(lang, "não é preciso", "none is needed"),
        RotationCertificate::Office => say!(lang, "da autoridade do cartório", "from the office's own authority"),
        RotationCertificate::PrivateCa { authority } => format!("AWS Private CA {authority}"),
        RotationCertificate::External => {
            say!(lang, "de fora, com requisição PKCS#10", "from outside, by a PKCS#10 request")
        }
    };
    let days = plan.transition_days;
    let deletion = match plan.deletion_days {
        Some(days) => say!(lang, "{days} dias depois de desativada", "{days} days after it is switched off"),
        None => say!(lang, "não é excluída", "it is not deleted"),
    };
    vec![
        (say!(lang, "Chave antiga", "Old key"), Some(plan.old_key_ref.clone())),
        (say!(lang, "Identificador", "Identifier"), Some(plan.old_key_id.clone())),
        (say!(lang, "Nome que se move", "Name that moves"), plan.alias.clone()),
        (say!(lang, "Tipo", "Type"), Some(plan.spec.clone())),
        (say!(lang, "Identidade", "Identity"), plan.identity_label.clone()),
        (say!(lang, "Certificado novo", "New certificate"), Some(certificate)),
        (say!(lang, "Transição", "Transition"), Some(say!(lang, "{days} dias", "{days} days"))),
        (say!(lang, "Exclusão da antiga", "Deletion of the old key"), Some(deletion)),
    ]
}

fn exactly(what: &RequestWhat, lang: Lang) -> Vec<(String, Option<String>)> {
    match what {
        RequestWhat::KeyRotation(own) => plan(own, lang),
        RequestWhat::KeyDeletion { key_ref, key_id, alias, days } => vec![
            (say!(lang, "Chave", "Key"), Some(key_ref.clone())),
            (say!(lang, "Identificador", "Identifier"), Some(key_id.clone())),
            (say!(lang, "Nome", "Name"), alias.clone()),
            (say!(lang, "Prazo até sumir", "Time until it is gone"), Some(say!(lang, "{days} dias", "{days} days"))),
        ],
        RequestWhat::P12Export { certificate_sha256, holder, profile } => vec![
            (say!(lang, "Titular", "Holder"), Some(holder.clone())),
            (say!(lang, "Certificado (SHA-256)", "Certificate (SHA-256)"), Some(certificate_sha256.clone())),
            (say!(lang, "Proteção do arquivo", "Protection of the file"), Some(protected(*profile, lang))),
        ],
        RequestWhat::CertificateIssue { name, masked_cpf, digest } => vec![
            (say!(lang, "Titular", "Holder"), Some(name.clone())),
            ("CPF".to_owned(), Some(masked_cpf.clone())),
            (say!(lang, "Resumo do pedido", "Digest of the request"), Some(digest.clone())),
        ],
        RequestWhat::TrustAnchor { add, sha256, name, not_after, .. } => vec![
            (
                say!(lang, "Raiz de confiança", "Trust anchor"),
                Some(if *add {
                    say!(lang, "incluir {name}", "add {name}")
                } else {
                    say!(lang, "retirar {name}", "remove {name}")
                }),
            ),
            (say!(lang, "Certificado (SHA-256)", "Certificate (SHA-256)"), Some(sha256.clone())),
            (say!(lang, "Válido até", "Valid until"), Some(not_after.clone())),
        ],
    }
}

/// The protection by its name, and what it risks.
fn protected(profile: P12Protection, lang: Lang) -> String {
    let own = code(&profile);
    format!("{} ({own}). {}", lang.word("p12_profile_", &own), lang.word("p12_profile_about_", &own))
}

/// What comes next, with the command that does it.
fn next(request: &RequestView, lang: Lang) -> Option<String> {
    let id = &request.id;
    match request.state {
        RequestStateView::Pending => Some(say!(
            lang,
            "Agora outra pessoa decide: cartorio request approve {id} --reason MOTIVO --operator NOME",
            "Now another person decides: cartorio request approve {id} --reason REASON --operator NAME"
        )),
        RequestStateView::Approved => {
            let command = match &request.what {
                RequestWhat::KeyRotation(_) => format!("cartorio rotation start --request {id}"),
                RequestWhat::KeyDeletion { .. } => format!("cartorio keys retire --request {id}"),
                RequestWhat::P12Export { certificate_sha256, profile, .. } => {
                    let profile = code(profile);
                    let certificate = certificate_sha256.get(..16).unwrap_or(certificate_sha256);
                    say!(
                        lang,
                        "cartorio p12 export {certificate} --profile {profile} --out ARQUIVO",
                        "cartorio p12 export {certificate} --profile {profile} --out FILE"
                    )
                }
                RequestWhat::CertificateIssue { .. } => {
                    say!(lang, "cartorio ca issue, com os mesmos dados", "cartorio ca issue, with the same data")
                }
                RequestWhat::TrustAnchor { .. } => format!("cartorio trust apply --request {id}"),
            };
            Some(say!(lang, "Aprovada. Para fazer: {command}", "Approved. To carry it out: {command}"))
        }
        RequestStateView::Used => {
            request.rotation.as_ref().map(|rotation| format!("cartorio rotation show {rotation}"))
        }
        RequestStateView::Rejected | RequestStateView::Withdrawn | RequestStateView::Expired => None,
    }
}

fn listed(requests: &[RequestView], lang: Lang) -> Result<Done, Failure> {
    let head = [
        say!(lang, "Identificador", "Identifier"),
        say!(lang, "O quê", "What"),
        say!(lang, "Sobre", "About"),
        say!(lang, "Estado", "State"),
        say!(lang, "Pedida por", "Asked by"),
        say!(lang, "Há", "Since"),
        say!(lang, "Motivo", "Reason"),
    ];
    let now = SystemClock.now();
    let row = |own: &RequestView| {
        vec![
            own.id.clone(),
            kind(own.kind, lang),
            own.title.clone(),
            state(own.state, lang),
            own.requested_by.name.clone(),
            days_since(&own.requested_at, now).map(|days| span(days, lang)).unwrap_or_default(),
            own.reason.clone(),
        ]
    };
    let text = match requests.is_empty() {
        true => say!(lang, "Nenhuma solicitação.", "No request."),
        false => table(&head, &requests.iter().map(row).collect::<Vec<_>>()),
    };
    Done::new(text, &json!({ "requests": requests }))
}

fn kind(kind: RequestKindView, lang: Lang) -> String {
    lang.word("requests_kind_", &code(&kind))
}

fn state(state: RequestStateView, lang: Lang) -> String {
    lang.word("requests_state_", &code(&state))
}
