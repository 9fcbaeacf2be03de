//! The evidence on paper.

use cartorio_core::HashAlgorithm;
use cartorio_registry::{HeadTrust, OperatorRef, RotationState, RotationStep, StepPhase};
use cartorio_report::{Block, Column, Entry as Line, Fact, HeadingLevel, Language, Report, State, Table, Tone, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::evidence::{Aside, Entry, Evidence};
use super::probe::hash_name;
use super::report::{DEMO_NOTICE, Dossier, Signs, Which};
use super::view;
use super::words::Words;
use crate::certificates::{holder_name, issuer_name};
use crate::dto::{Locale, RotationCertificate, RotationStepState};

/// The report as a page.
pub(super) fn page(dossier: &Dossier, signs: &Signs, words: &Words) -> Report {
    let words = *words;
    let mut blocks = vec![Block::paragraph(words.say(
        "Este relatório descreve a troca de uma chave de assinatura: quem pediu, quem aprovou, o que foi feito em cada etapa e com que provas. \
         Documentos assinados com a chave antiga continuam válidos e verificáveis com o certificado antigo, que permanece no registro.",
        "This report describes how a signing key was replaced: who asked, who approved, what was done in every step, and with which evidence. \
         Documents signed with the old key stay valid and verifiable with the old certificate, which remains in the registry.",
    ))];
    if !dossier.is_final() {
        blocks.push(Block::note(
            Tone::Warning,
            words.say(
                "A troca ainda não terminou: o relatório mostra a situação deste momento.",
                "The rotation is not over: the report shows how it stands at this moment.",
            ),
        ));
    }
    blocks.push(heading(words.say("Resumo", "Summary")));
    blocks.push(Block::facts(summary(dossier, words)));
    blocks.push(heading(words.say("Chaves", "Keys")));
    for which in [Which::Old, Which::New] {
        blocks.extend(key(dossier, which, words));
    }
    blocks.push(heading(words.say("Etapas", "Steps")));
    blocks.push(Block::Timeline { entries: timeline(dossier, words) });
    blocks.extend(probes(dossier, words));
    blocks.push(heading(words.say("Tudo o que foi registrado", "Everything on record")));
    blocks.push(records(dossier, words));
    blocks.push(checkpoint(dossier, words));
    blocks.push(Block::note(Tone::Info, how_signed(signs, words)));
    Report {
        title: words.title().to_owned(),
        subtitle: Some(dossier.plan.alias.clone().unwrap_or_else(|| dossier.plan.old_key_id.clone())),
        language: match words.locale() {
            Locale::PtBr => Language::PtBr,
            Locale::En => Language::En,
        },
        issuer: dossier.office.clone(),
        identifier: Some(dossier.rotation.id.to_string()),
        created_at: dossier.at,
        banner: dossier.demonstration.then(|| DEMO_NOTICE.to_owned()),
        blocks,
    }
}

fn heading(text: &str) -> Block {
    Block::heading(HeadingLevel::One, text)
}

fn person(operator: &OperatorRef, words: Words) -> String {
    format!("{} ({})", operator.name, words.role(operator.role))
}

fn summary(dossier: &Dossier, words: Words) -> Vec<Fact> {
    let Dossier { rotation, plan, request, history, .. } = dossier;
    let state = match rotation.state {
        RotationState::Running | RotationState::Transition | RotationState::RollingBack => State::Current,
        RotationState::Finished => State::Done,
        RotationState::RolledBack => State::Skipped,
    };
    let mut facts = vec![
        Fact::new(words.say("Situação", "State"), Value::state(state, words.state(rotation.state))),
        Fact::new(words.say("Pedida por", "Asked by"), person(&request.requested_by, words)),
        Fact::new(words.say("Pedida em", "Asked at"), request.requested_at),
        Fact::new(words.say("Motivo do pedido", "Reason given"), request.reason.clone()),
        Fact::new(words.say("Aprovada por", "Approved by"), person(&rotation.approved_by, words)),
    ];
    if let Some(decision) = &request.decision {
        facts.push(Fact::new(words.say("Aprovada em", "Approved at"), decision.at));
        facts.push(Fact::new(words.say("Motivo da aprovação", "Reason for the approval"), decision.reason.clone()));
    }
    facts.push(Fact::new(words.say("Pedido nº", "Request no."), Value::mono(request.id.to_string())));
    facts.push(Fact::new(
        words.say("SHA-256 do que foi aprovado", "SHA-256 of what was approved"),
        Value::hash(&request.params_sha256),
    ));
    facts.push(Fact::new(words.say("Início", "Began"), rotation.created_at));
    if let Some(at) = rotation.finished_at {
        facts.push(Fact::new(words.say("Fim", "Ended"), at));
    }
    if let Some(undo) = history.undo() {
        let reason = undo.evidence.first("reason").unwrap_or_default();
        facts.push(Fact::new(words.say("Desfeita por", "Undone by"), person(&undo.record.operator, words)));
        facts.push(Fact::new(words.say("Motivo de desfazer", "Reason for undoing"), reason));
    }
    let certificate = match &plan.certificate {
        RotationCertificate::PrivateCa { authority } => {
            Value::Lines(vec![words.certificate(&plan.certificate).into(), Value::mono(authority)])
        }
        source @ (RotationCertificate::None | RotationCertificate::Office | RotationCertificate::External) => {
            words.certificate(source).into()
        }
    };
    facts.push(Fact::new(words.say("Certificado novo", "New certificate"), certificate));
    facts.push(Fact::new(words.say("Dias de transição", "Days of transition"), plan.transition_days.to_string()));
    let deletion = match plan.deletion_days {
        Some(days) => format!("{} {days} {}", words.say("excluída", "deleted after"), words.say("dias depois", "days")),
        None => words.say("guardada, desativada", "kept, disabled").to_owned(),
    };
    facts.push(Fact::new(words.say("Chave antiga, ao fim", "The old key in the end"), deletion));
    if let Some(at) = view::deletion_at(rotation, history) {
        facts.push(Fact::new(words.say("Exclusão da chave antiga", "Deletion of the old key"), at));
    }
    facts
}

fn key(dossier: &Dossier, which: Which, words: Words) -> Vec<Block> {
    let rotation = &dossier.rotation;
    let (title, key_id, identity) = match which {
        Which::Old => (words.say("Chave antiga", "Old key"), Some(&rotation.old_key_id), &dossier.old_identity),
        Which::New => (words.say("Chave nova", "New key"), rotation.new_key_id.as_ref(), &dossier.new_identity),
    };
    let missing = || words.say("não foi criada", "was not created").to_owned();
    let mut facts = vec![
        Fact::new(words.say("Identificador", "Identifier"), key_id.map_or_else(|| missing().into(), Value::mono)),
        Fact::new(words.say("Tipo", "Type"), dossier.plan.spec.clone()),
    ];
    if let Some(print) = dossier.fingerprint(which) {
        facts.push(Fact::new(
            words.say("Impressão digital da chave pública (SHA-256)", "Fingerprint of the public key (SHA-256)"),
            Value::hash(print),
        ));
    }
    if let Some(identity) = identity {
        let certificate = &identity.certificate;
        facts.push(Fact::new(words.say("Identidade de assinatura", "Signing identity"), identity.label.clone()));
        facts.push(Fact::new(words.say("Titular do certificado", "Certificate's holder"), holder_name(certificate)));
        facts.push(Fact::new(words.say("Emissor", "Issuer"), issuer_name(certificate)));
        facts.push(Fact::new(words.say("Número de série", "Serial number"), Value::mono(certificate.serial.hex())));
        facts.push(Fact::new(words.say("Válido desde", "Valid from"), certificate.validity.not_before));
        facts.push(Fact::new(words.say("Válido até", "Valid until"), certificate.validity.not_after));
        facts.push(Fact::new(
            words.say("Certificado (SHA-256)", "Certificate (SHA-256)"),
            Value::hash(certificate.fingerprint()),
        ));
    }
    vec![Block::heading(HeadingLevel::Two, title), Block::facts(facts)]
}

fn timeline(dossier: &Dossier, words: Words) -> Vec<Line> {
    let history = &dossier.history;
    let line = |step: RotationStep| {
        let last = history.last(step);
        let (state, word) = match history.state(step) {
            RotationStepState::Waiting if !dossier.rotation.state.is_open() => {
                (State::Skipped, words.say("não foi feita", "was not done"))
            }
            RotationStepState::Waiting => (State::Pending, words.say("pendente", "to come")),
            RotationStepState::Begun => (State::Current, words.phase(StepPhase::Begun, false)),
            RotationStepState::Done => (State::Done, words.phase(StepPhase::Done, false)),
            RotationStepState::Skipped => (State::Skipped, words.phase(StepPhase::Done, true)),
            RotationStepState::Failed => (State::Failed, words.phase(StepPhase::Failed, false)),
            RotationStepState::Undone => (State::Skipped, words.phase(StepPhase::Undone, false)),
        };
        let mut lines = Vec::new();
        if let Some(entry) = last {
            lines.push(Value::Text(format!("{}: {}", words.say("Por", "By"), person(&entry.record.operator, words))));
        }
        let attempts = history.attempts(step);
        if attempts > 1 {
            lines.push(Value::Text(format!("{}: {attempts}", words.say("Tentativas", "Attempts"))));
        }
        if let Some(evidence) = shown(dossier, step) {
            lines.extend(evidence_lines(evidence, words));
        }
        Line {
            when: last.map(|entry| entry.record.at),
            title: words.step(step).to_owned(),
            lines,
            state,
            state_word: Some(word.to_owned()),
        }
    };
    RotationStep::ALL.iter().map(|step| line(*step)).collect()
}

/// What best shows a step: that it is done, or else the newest that was put down.
fn shown(dossier: &Dossier, step: RotationStep) -> Option<&Evidence> {
    dossier.history.done(step).or_else(|| dossier.history.last(step).map(|entry| &entry.evidence))
}

fn evidence_lines(evidence: &Evidence, words: Words) -> Vec<Value> {
    let mut lines = Vec::new();
    for fact in &evidence.facts {
        let Some(label) = words.fact(&fact.name) else { continue };
        let value = fact.value.as_str();
        if let Some(word) = words.value(value) {
            lines.push(Value::Text(format!("{label}: {word}")));
        } else if fact.name.ends_with("sha256") {
            lines.push(Value::Lines(vec![label.into(), Value::hash(value)]));
        } else if is_identifier(&fact.name) {
            lines.push(Value::Lines(vec![label.into(), Value::mono(value)]));
        } else if let Ok(at) = OffsetDateTime::parse(value, &Rfc3339) {
            lines.push(Value::Lines(vec![label.into(), Value::Time(at)]));
        } else {
            lines.push(Value::Text(format!("{label}: {value}")));
        }
    }
    if let Some(reason) = &evidence.skipped {
        lines.push(Value::Text(words.value(reason).unwrap_or(reason).to_owned()));
    }
    if let Some(error) = &evidence.error {
        lines.push(Value::Text(format!("{}: {} ({})", words.say("Erro", "Error"), error.detail, error.code)));
    }
    lines
}

fn is_identifier(name: &str) -> bool {
    matches!(
        name,
        "old_key_id" | "new_key_id" | "from" | "to" | "authority" | "creation_token" | "certificate_serial" | "tags"
    )
}

/// Both proofs with all that is needed to check them elsewhere.
fn probes(dossier: &Dossier, words: Words) -> Vec<Block> {
    let Some(evidence) = dossier.history.done(RotationStep::Validate) else {
        return Vec::new();
    };
    let mut blocks = vec![
        heading(words.say("Assinaturas de prova", "Proof signatures")),
        Block::paragraph(words.say(
            "Cada prova é um texto de quatro linhas (finalidade, troca, chave, número aleatório), nunca um documento. A nova foi assinada pelo \
             nome da chave; as duas foram conferidas com o certificado da sua chave ou, sem certificado, com a chave pública.",
            "Each proof is a text of four lines (purpose, rotation, key, random number), never a document. The new one was signed through the \
             key's name; both were checked with their key's certificate or, without one, with the public key.",
        )),
    ];
    for (prefix, title) in
        [("probe", words.say("Chave nova", "New key")), ("old_probe", words.say("Chave antiga", "Old key"))]
    {
        let get = |name: &str| evidence.first(&format!("{prefix}_{name}"));
        let Some(signature) = get("signature") else { continue };
        let digest = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512]
            .into_iter()
            .find_map(|hash| get(hash_name(hash)));
        let mut facts = vec![
            Fact::new(words.say("Algoritmo", "Algorithm"), Value::mono(get("algorithm").unwrap_or_default())),
            Fact::new(
                words.say("Texto assinado", "Text signed"),
                Value::mono(get("message").unwrap_or_default().trim_end()),
            ),
            Fact::new(words.say("Resumo assinado", "Digest signed"), Value::hash(digest.unwrap_or_default())),
            Fact::new(words.say("Assinatura (Base64)", "Signature (Base64)"), Value::mono(signature)),
            Fact::new(
                words.say("Chave que assinou", "Key that signed"),
                Value::mono(get("key_id").unwrap_or_default()),
            ),
            Fact::new(
                words.say("Tentativas no serviço", "Attempts at the service"),
                get("attempts").unwrap_or_default(),
            ),
        ];
        if let Some(request) = get("request_id") {
            facts.push(Fact::new(words.say("Número da requisição", "Request id"), Value::mono(request)));
        }
        facts.push(Fact::new(
            words.say("Verificação", "Verification"),
            Value::state(State::Done, words.say("confere", "verifies")),
        ));
        blocks.push(Block::heading(HeadingLevel::Two, title));
        blocks.push(Block::facts(facts));
    }
    blocks
}

/// Every record: also what failed, was tried again or was put back.
fn records(dossier: &Dossier, words: Words) -> Block {
    let columns = vec![
        Column::number(words.say("Nº", "No."), 6),
        Column::new(words.say("Quando", "When"), 24),
        Column::new(words.say("Etapa", "Step"), 26),
        Column::new(words.say("O quê", "What"), 24),
        Column::new(words.say("Por quem", "By whom"), 20),
    ];
    let row = |entry: &Entry| {
        let Entry { record, evidence } = entry;
        let mut what = match evidence.aside {
            None => words.phase(record.phase, evidence.skipped.is_some()).to_owned(),
            Some(Aside::Request) => words.say("pedido de certificado feito", "certificate request made").to_owned(),
            Some(Aside::Undo) => words.say("tudo começa a ser desfeito", "everything begins to be undone").to_owned(),
        };
        if let Some(error) = &evidence.error {
            what = format!("{what}: {} ({})", error.detail, error.code);
        }
        vec![
            record.seq.to_string().into(),
            record.at.into(),
            words.step(record.step).into(),
            what.into(),
            person(&record.operator, words).into(),
        ]
    };
    Block::Table(Table { columns, rows: dossier.history.all().iter().map(row).collect() })
}

fn checkpoint(dossier: &Dossier, words: Words) -> Block {
    let trail = &dossier.trail;
    let intact = trail.is_intact();
    let sound = if intact {
        Value::state(State::Done, words.say("íntegra", "intact"))
    } else {
        Value::state(State::Failed, words.say("com problemas", "has problems"))
    };
    // Only an authenticated end shows that nothing was cut off.
    let proves = intact && trail.head == HeadTrust::Authenticated;
    let head = if trail.head == HeadTrust::Authenticated {
        Value::state(State::Done, words.say("autenticado", "authenticated"))
    } else {
        Value::state(State::Failed, words.say("não autenticado", "not authenticated"))
    };
    let mut blocks = vec![
        heading(words.say("Ponto da trilha de auditoria", "Checkpoint of the audit trail")),
        Block::facts([
            Fact::new(words.say("Último registro", "Last record"), trail.last_seq.unwrap_or_default().to_string()),
            Fact::new(
                words.say("Resumo do último registro", "Hash of the last record"),
                Value::hash(trail.last_hash.clone().unwrap_or_default()),
            ),
            Fact::new(words.say("Trilha", "Trail"), sound),
            Fact::new(words.say("Fim da trilha", "End of the trail"), head),
        ]),
        Block::note(
            if proves { Tone::Info } else { Tone::Problem },
            if proves {
                words.say(
                    "Até esse registro a trilha estava completa e inalterada quando este relatório foi assinado. Quem tiver a trilha depois encontra, \
                     nesse número, o mesmo resumo; se não encontrar, a trilha foi alterada desde então.",
                    "Up to that record the trail was complete and unchanged when this report was signed. Whoever has the trail later finds the same \
                     hash at that number; if not, the trail was changed since.",
                )
            } else {
                words.say(
                    "Este ponto não prova que a trilha esteja completa: ela tem problemas, ou o seu fim não foi autenticado. Veja Auditoria › Verificar.",
                    "This checkpoint does not prove that the trail is complete: it has problems, or its end was not authenticated. See Audit › Verify.",
                )
            },
        ),
    ];
    if !intact {
        for problem in trail.problems.iter().take(8) {
            blocks.push(Block::paragraph(problem.to_string()));
        }
    }
    Block::KeepTogether { blocks }
}

fn how_signed(signs: &Signs, words: Words) -> String {
    match &signs.identity {
        Some(identity) => format!(
            "{} {} ({}).",
            words.say(
                "Este PDF é assinado (PAdES) com a identidade",
                "This PDF is signed (PAdES) with the identity",
            ),
            identity.label,
            signs.key,
        ),
        None => words
            .say(
                "A chave não tem certificado, e por isso este PDF não é assinado. A forma em JSON deste relatório traz a assinatura da chave.",
                "The key has no certificate, so this PDF is not signed. The JSON form of this report carries the key's signature.",
            )
            .to_owned(),
    }
}
