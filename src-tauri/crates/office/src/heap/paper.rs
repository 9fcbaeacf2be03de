//! The inspection report as a document.

mod words;

use cartorio_report::{Block, Column, Fact, HeadingLevel, Language, Report, State, Table, Tone, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use self::words::{Say, label, sentence};
use crate::dto::{
    CertificateDetail, ChainPath, ChainResult, ChainReview, FactForm, FactSection, HeapDetail, LegalLabel, LintFinding,
    Locale, Requirements, RevocationMode, SignatureMark, StoreProtection, StoreView,
};

/// Everything that a report is made of.
pub(super) struct Dossier<'a> {
    pub(super) detail: &'a HeapDetail,
    /// Of a certificate.
    pub(super) review: Option<&'a ChainReview>,
    pub(super) lint: &'a [LintFinding],
    pub(super) requirements: &'a Requirements,
    pub(super) office: Option<&'a str>,
    pub(super) demonstration: bool,
    pub(super) now: OffsetDateTime,
    pub(super) locale: Locale,
}

/// Revoked certificates that are printed.
const MAX_REVOKED: usize = 200;

/// The report as a page.
pub(super) fn page(dossier: &Dossier<'_>) -> Report {
    let say = Say(dossier.locale);
    let detail = dossier.detail;
    let mut blocks = vec![Block::paragraph(say.one(
        "Este relatório descreve um objeto como ele é, e o que se pode concluir dele no instante indicado, com as evidências que \
         estavam à mão. Números pessoais estão mascarados. Ele não altera nem substitui o objeto.",
        "This report describes an object as it is, and what follows from it at the instant given, with the evidence that was at hand. \
         Personal numbers are masked. It neither changes nor replaces the object.",
    ))];
    if let Some(review) = dossier.review {
        blocks.extend(conclusion(review, dossier, say));
    }
    blocks.push(heading(say.one("Identificação", "Identification")));
    blocks.push(Block::facts(object(dossier, say)));
    if let Some(certificate) = &detail.certificate {
        blocks.extend(certificate_blocks(certificate, say));
    }
    if let Some(store) = &detail.store {
        blocks.extend(structure(store, say));
    }
    for section in &detail.sections {
        blocks.push(heading(&label(&format!("section_{}", section.code), say)));
        blocks.push(Block::facts(section_facts(section, say)));
    }
    blocks.extend(revoked(detail, say));
    if let Some(review) = dossier.review {
        blocks.extend(paths(review, say));
        blocks.extend(policy(review, say));
        blocks.extend(revocation(review, say));
    }
    blocks.extend(lint(dossier.lint, dossier, say));
    Report {
        title: say.one("Relatório de inspeção", "Inspection report").to_owned(),
        subtitle: Some(if detail.object.title.is_empty() {
            detail.object.sha256.clone()
        } else {
            detail.object.title.clone()
        }),
        language: match dossier.locale {
            Locale::PtBr => Language::PtBr,
            Locale::En => Language::En,
        },
        issuer: dossier.office.unwrap_or("Cartório Digital").to_owned(),
        identifier: Some(detail.object.sha256.clone()),
        created_at: dossier.now,
        banner: dossier
            .demonstration
            .then(|| say.one("DEMONSTRAÇÃO, sem valor jurídico", "DEMONSTRATION, without legal value").to_owned()),
        blocks,
    }
}

fn heading(text: &str) -> Block {
    Block::heading(HeadingLevel::One, text)
}

fn table(columns: Vec<Column>, rows: Vec<Vec<Value>>) -> Block {
    Block::Table(Table { columns, rows })
}

/// A time of the wire as a time of the paper.
fn time(text: &str) -> Value {
    OffsetDateTime::parse(text, &Rfc3339).map_or_else(|_| Value::mono(text), Value::Time)
}

fn maybe_time(text: Option<&String>) -> Value {
    text.map_or_else(|| Value::Text("–".to_owned()), |text| time(text))
}

fn conclusion(review: &ChainReview, dossier: &Dossier<'_>, say: Say) -> Vec<Block> {
    let (state, words) = bottom_line(review.result, say);
    let mut facts = vec![
        Fact::new(say.one("Conclusão", "Conclusion"), Value::state(state, words)),
        Fact::new(say.one("Instante julgado", "Instant judged"), time(&review.judged_at)),
    ];
    if !review.reasons.is_empty() {
        let reasons = review.reasons.iter().map(|code| Value::Text(sentence(code, say))).collect();
        facts.push(Fact::new(say.one("Razões", "Reasons"), Value::Lines(reasons)));
    }
    facts.push(Fact::new(say.one("Classe da assinatura", "Class of signature"), legal(review.legal, say)));
    facts.push(Fact::new(say.one("Julgado para", "Judged for"), label(&format!("purpose_{}", purpose(dossier)), say)));
    facts.push(Fact::new(
        say.one("Revogação", "Revocation"),
        match dossier.requirements.revocation {
            RevocationMode::Require => say.one("evidência exigida", "evidence required"),
            RevocationMode::Prefer => say.one("a evidência que houver", "what evidence there is"),
            RevocationMode::Off => say.one("não verificada", "not looked at"),
        },
    ));
    let mut blocks = vec![heading(say.one("Conclusão", "Conclusion")), Block::facts(facts)];
    let mut names: Vec<&str> = Vec::new();
    for own in review.paths.iter().flat_map(|path| &path.certificates).filter(|own| own.trusted_here) {
        if !names.contains(&own.name.as_str()) {
            names.push(&own.name);
        }
    }
    if !names.is_empty() {
        let words = say.one("confiança dada só para este exame", "trusted for this judgement alone");
        blocks.push(Block::note(Tone::Warning, format!("{words}: {}", names.join(", "))));
    }
    blocks
}

fn purpose(dossier: &Dossier<'_>) -> String {
    let value = serde_json::to_value(dossier.requirements.purpose).ok();
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn bottom_line(result: ChainResult, say: Say) -> (State, &'static str) {
    match result {
        ChainResult::Valid => (State::Done, say.one("VÁLIDO", "VALID")),
        ChainResult::Invalid => (State::Failed, say.one("INVÁLIDO", "INVALID")),
        ChainResult::Indeterminate => (State::Skipped, say.one("INDETERMINADO", "INDETERMINATE")),
    }
}

fn legal(label: LegalLabel, say: Say) -> &'static str {
    match label {
        LegalLabel::Qualified => say.one("qualificada (ICP-Brasil)", "qualified (ICP-Brasil)"),
        LegalLabel::Advanced => say.one("avançada, no máximo", "advanced at most"),
        LegalLabel::Demonstration => say.one("demonstração: nenhuma", "demonstration: none"),
        LegalLabel::Unknown => say.one("não se pode dizer", "cannot be said"),
    }
}

fn object(dossier: &Dossier<'_>, say: Say) -> Vec<Fact> {
    let object = &dossier.detail.object;
    let kind = serde_json::to_value(object.kind).ok().and_then(|value| value.as_str().map(str::to_owned));
    vec![
        Fact::new(say.one("Tipo", "Kind"), label(&format!("kind_{}", kind.unwrap_or_default()), say)),
        Fact::new("SHA-256", Value::hash(&object.sha256)),
        Fact::new(
            say.one("Tamanho na origem (bytes)", "Size in its source (bytes)"),
            Value::mono(object.length.to_string()),
        ),
        Fact::new(say.one("Programa", "Program"), format!("Cartório Digital {}", env!("CARGO_PKG_VERSION"))),
    ]
}

fn certificate_blocks(own: &CertificateDetail, say: Say) -> Vec<Block> {
    let mut facts = vec![
        Fact::new(say.one("Titular", "Holder"), own.name.clone()),
        Fact::new(say.one("Sujeito", "Subject"), Value::mono(&own.subject)),
        Fact::new(say.one("Emissor", "Issuer"), Value::mono(&own.issuer)),
        Fact::new(
            say.one("Número de série (hexadecimal)", "Serial number (hexadecimal)"),
            Value::mono(&own.serial_hex),
        ),
        Fact::new(say.one("Número de série (decimal)", "Serial number (decimal)"), Value::mono(&own.serial_dec)),
        Fact::new(say.one("Versão X.509", "X.509 version"), own.version.to_string()),
        Fact::new(say.one("Válido desde", "Valid from"), time(&own.not_before)),
        Fact::new(say.one("Válido até", "Valid until"), time(&own.not_after)),
        Fact::new(say.one("Chave", "Key"), key(own)),
        Fact::new(say.one("Algoritmo da assinatura", "Signature algorithm"), own.signature_algorithm.clone()),
        Fact::new(say.one("Autoridade certificadora", "Certificate authority"), say.yes(own.is_ca)),
    ];
    if let Some(icp) = &own.icp {
        facts.push(Fact::new(say.one("Tipo ICP-Brasil", "ICP-Brasil type"), icp.certificate_type.clone()));
        facts.push(Fact::new(say.one("Titular é", "Holder is"), label(&format!("holder_{}", icp.holder), say)));
        facts.push(Fact::new(say.one("Política", "Policy"), Value::mono(&icp.policy_oid)));
    }
    let mut blocks = vec![heading(say.one("Certificado", "Certificate")), Block::facts(facts)];
    if !own.identifiers.is_empty() {
        let rows = own.identifiers.iter().map(|field| {
            vec![
                Value::Text(label(&format!("identity_{}", field.kind), say)),
                Value::mono(&field.masked),
                Value::Text(label(&format!("identity_state_{}", field.state), say)),
            ]
        });
        blocks.push(heading(say.one("Identidade ICP-Brasil (mascarada)", "ICP-Brasil identity (masked)")));
        blocks.push(table(
            vec![
                Column::new(say.one("Campo", "Field"), 3),
                Column::new(say.one("Valor", "Value"), 4),
                Column::new(say.one("Conferência", "Check"), 3),
            ],
            rows.collect(),
        ));
    }
    blocks.push(heading(say.one("Impressões digitais", "Fingerprints")));
    blocks.push(Block::facts([
        Fact::new("SHA-256", Value::hash(&own.sha256)),
        Fact::new(say.one("SHA-1 (legado)", "SHA-1 (legacy)"), Value::hash(&own.sha1)),
        Fact::new(say.one("SHA-256 da chave pública", "SHA-256 of the public key"), Value::hash(&own.key.spki_sha256)),
    ]));
    if !own.extensions.is_empty() {
        blocks.push(heading(say.one("Extensões", "Extensions")));
        let rows = own.extensions.iter().map(|extension| {
            let lines = extension.lines.iter().map(|line| Value::Text(line.clone())).collect();
            vec![
                Value::Lines(vec![Value::Text(extension.name.clone()), Value::mono(&extension.oid)]),
                Value::Text(say.yes(extension.critical).to_owned()),
                Value::Lines(lines),
            ]
        });
        blocks.push(table(
            vec![
                Column::new(say.one("Extensão", "Extension"), 4),
                Column::new(say.one("Crítica", "Critical"), 1),
                Column::new(say.one("Conteúdo", "Content"), 7),
            ],
            rows.collect(),
        ));
    }
    blocks
}

fn key(own: &CertificateDetail) -> String {
    let size = own.key.curve.clone().or_else(|| own.key.bits.map(|bits| bits.to_string()));
    size.map_or_else(|| own.key.kind.clone(), |size| format!("{} {size}", own.key.kind))
}

fn structure(store: &StoreView, say: Say) -> Vec<Block> {
    let protection = |own: &StoreProtection| {
        let parts = [
            Some(own.algorithm.clone()),
            own.kdf.clone(),
            own.iterations.map(|count| format!("{count} {}", say.one("iterações", "iterations"))),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let mut facts = vec![
        Fact::new(say.one("Formato", "Format"), store.format.to_uppercase()),
        Fact::new(say.one("Integridade", "Integrity"), label(&format!("integrity_{}", store.integrity), say)),
        Fact::new(
            say.one("Proteção do todo", "Protection of the whole"),
            store.mac.as_ref().map_or_else(|| "–".to_owned(), protection),
        ),
        Fact::new(say.one("Risco", "Risk"), label(&format!("risk_{}", store.risk), say)),
    ];
    if !store.risk_reasons.is_empty() {
        let reasons = store.risk_reasons.iter().map(|code| Value::Text(sentence(code, say))).collect();
        facts.push(Fact::new(say.one("Razões do risco", "Reasons of the risk"), Value::Lines(reasons)));
    }
    if store.locked {
        facts.push(Fact::new(
            say.one("Situação", "State"),
            say.one("fechado: falta a senha", "locked: the password is missing"),
        ));
    }
    let rows = store.parts.iter().map(|part| {
        let indent = "  ".repeat(part.level as usize);
        vec![
            Value::Text(format!("{indent}{}", label(&format!("part_{}", part.kind), say))),
            Value::Text(part.title.clone()),
            Value::Text(part.protection.as_ref().map(protection).unwrap_or_default()),
        ]
    });
    vec![
        heading(say.one("Repositório de chaves", "Key store")),
        Block::facts(facts),
        table(
            vec![
                Column::new(say.one("Parte", "Part"), 3),
                Column::new(say.one("Nome", "Name"), 4),
                Column::new(say.one("Proteção", "Protection"), 5),
            ],
            rows.collect(),
        ),
    ]
}

fn section_facts(section: &FactSection, say: Say) -> Vec<Fact> {
    let facts = section.facts.iter().map(|fact| {
        let indent = "  ".repeat(fact.level as usize);
        let name = if fact.named { fact.code.clone() } else { label(&format!("fact_{}", fact.code), say) };
        let value = match fact.form {
            FactForm::Text => Value::Text(fact.value.clone()),
            FactForm::Mono => Value::mono(&fact.value),
            FactForm::Time => time(&fact.value),
            FactForm::Code => Value::Text(sentence(&fact.value, say)),
        };
        Fact::new(format!("{indent}{name}"), value)
    });
    facts.collect()
}

fn revoked(detail: &HeapDetail, say: Say) -> Vec<Block> {
    if detail.revoked.is_empty() {
        return Vec::new();
    }
    let rows = detail.revoked.iter().take(MAX_REVOKED).map(|entry| {
        vec![
            Value::mono(&entry.serial_hex),
            time(&entry.at),
            Value::Text(
                entry.reason.as_ref().map(|reason| sentence(&format!("reason_{reason}"), say)).unwrap_or_default(),
            ),
        ]
    });
    let mut blocks = vec![
        heading(say.one("Certificados revogados", "Revoked certificates")),
        table(
            vec![
                Column::new(say.one("Número de série", "Serial number"), 5),
                Column::new(say.one("Desde", "Since"), 4),
                Column::new(say.one("Motivo", "Reason"), 4),
            ],
            rows.collect(),
        ),
    ];
    let printed = detail.revoked.len().min(MAX_REVOKED);
    if detail.revoked_total as usize > printed {
        blocks.push(Block::note(
            Tone::Info,
            format!(
                "{}: {printed} / {}",
                say.one("Impressos, do total da lista", "Printed, of all that the list has"),
                detail.revoked_total
            ),
        ));
    }
    blocks
}

fn paths(review: &ChainReview, say: Say) -> Vec<Block> {
    let mut blocks = vec![heading(say.one("Caminhos de certificação", "Certification paths"))];
    for (number, path) in review.paths.iter().enumerate() {
        blocks.extend(one_path(number + 1, path, say));
    }
    if review.truncated {
        blocks.push(Block::note(
            Tone::Warning,
            say.one(
                "A busca foi interrompida por um limite: pode haver outros caminhos.",
                "The search was cut off by a limit: there may be other paths.",
            ),
        ));
    }
    blocks
}

fn one_path(number: usize, path: &ChainPath, say: Say) -> Vec<Block> {
    let (state, words) = bottom_line(path.result, say);
    let title = format!("{} {number}: {} · {}", say.one("Caminho", "Path"), words, sentence(&path.end, say));
    let rows = path.certificates.iter().enumerate().map(|(depth, own)| {
        vec![
            Value::mono(depth.to_string()),
            Value::Lines(vec![Value::Text(own.name.clone()), Value::mono(&own.serial_hex)]),
            Value::Lines(vec![time(&own.not_before), time(&own.not_after)]),
            Value::Lines(
                [
                    Some(Value::Text(mark(own.signature, say).to_owned())),
                    own.anchor.then(|| Value::state(State::Done, say.one("âncora de confiança", "trust anchor"))),
                ]
                .into_iter()
                .flatten()
                .collect(),
            ),
        ]
    });
    let mut blocks = vec![
        Block::heading(HeadingLevel::Two, title),
        table(
            vec![
                Column::new("#", 1),
                Column::new(say.one("Certificado", "Certificate"), 6),
                Column::new(say.one("Validade", "Validity"), 5),
                Column::new(say.one("Assinatura", "Signature"), 4),
            ],
            rows.collect(),
        ),
    ];
    if path.errors.is_empty() {
        blocks.push(Block::facts([Fact::new(
            say.one("Problemas", "Problems"),
            Value::state(state, say.one("nenhum", "none")),
        )]));
    } else {
        let rows = path.errors.iter().map(|error| {
            vec![
                Value::mono(error.depth.to_string()),
                Value::state(
                    match error.weight.as_str() {
                        "error" => State::Failed,
                        "note" => State::Pending,
                        _ => State::Skipped,
                    },
                    label(&format!("weight_{}", error.weight), say),
                ),
                Value::Lines(
                    std::iter::once(Value::Text(sentence(&error.code, say)))
                        .chain(error.params.iter().map(|(name, value)| Value::Text(format!("{name}: {value}"))))
                        .collect(),
                ),
            ]
        });
        blocks.push(table(
            vec![
                Column::new("#", 1),
                Column::new(say.one("Peso", "Weight"), 4),
                Column::new(say.one("Problema", "Problem"), 9),
            ],
            rows.collect(),
        ));
    }
    blocks
}

fn mark(mark: SignatureMark, say: Say) -> &'static str {
    match mark {
        SignatureMark::Valid => say.one("certa", "right"),
        SignatureMark::Weak => say.one("certa, algoritmo fraco", "right, weak algorithm"),
        SignatureMark::Wrong => say.one("errada", "wrong"),
        SignatureMark::Unknown => say.one("algoritmo desconhecido", "unknown algorithm"),
        SignatureMark::Missing => say.one("não se aplica", "does not apply"),
    }
}

fn policy(review: &ChainReview, say: Say) -> Vec<Block> {
    let names = |all: &[crate::dto::NamedOid]| {
        let lines: Vec<Value> = all
            .iter()
            .map(|own| {
                Value::Text(own.name.as_ref().map_or_else(|| own.oid.clone(), |name| format!("{name} ({})", own.oid)))
            })
            .collect();
        if lines.is_empty() { Value::Text("–".to_owned()) } else { Value::Lines(lines) }
    };
    vec![
        heading(say.one("Políticas", "Policies")),
        Block::facts([
            Fact::new(say.one("Resultado", "Result"), label(&format!("policy_{}", review.policy.state), say)),
            Fact::new(say.one("Pedidas", "Asked for"), names(&review.policy.required)),
            Fact::new(say.one("Válidas no melhor caminho", "Valid along the best path"), names(&review.policy.valid)),
        ]),
    ]
}

fn revocation(review: &ChainReview, say: Say) -> Vec<Block> {
    let mut blocks = vec![heading(say.one("Revogação", "Revocation"))];
    for own in &review.revocation {
        let mut facts = vec![Fact::new(say.one("Situação", "State"), sentence(&own.status, say))];
        if let Some(at) = &own.revoked_at {
            facts.push(Fact::new(say.one("Revogado desde", "Revoked since"), time(at)));
        }
        if let Some(reason) = &own.reason {
            facts.push(Fact::new(say.one("Motivo", "Reason"), sentence(&format!("reason_{reason}"), say)));
        }
        let mut inner =
            vec![Block::heading(HeadingLevel::Three, format!("{}. {}", own.depth, own.name)), Block::facts(facts)];
        if !own.evidence.is_empty() {
            let rows = own.evidence.iter().map(|used| {
                vec![
                    Value::Lines(vec![
                        Value::Text(label(&format!("evidence_{}", used.kind), say)),
                        Value::Text(used.issuer.clone()),
                        Value::hash(&used.sha256),
                    ]),
                    Value::Lines(vec![time(&used.this_update), maybe_time(used.next_update.as_ref())]),
                    Value::Lines(vec![
                        Value::Text(mark(used.signature, say).to_owned()),
                        Value::Text(label(&format!("authority_{}", used.authority), say)),
                        match (&used.rejected, used.decisive) {
                            (Some(code), _) => Value::state(State::Failed, sentence(code, say)),
                            (None, true) => Value::state(State::Done, say.one("decidiu", "decided")),
                            (None, false) => Value::state(State::Skipped, say.one("não decidiu", "did not decide")),
                        },
                    ]),
                ]
            });
            inner.push(table(
                vec![
                    Column::new(say.one("Evidência", "Evidence"), 6),
                    Column::new(say.one("Emitida · próxima", "Issued · next"), 4),
                    Column::new(say.one("Conferência", "Check"), 5),
                ],
                rows.collect(),
            ));
        }
        blocks.extend(inner);
    }
    blocks
}

fn lint(findings: &[LintFinding], dossier: &Dossier<'_>, say: Say) -> Vec<Block> {
    if dossier.review.is_none() && findings.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![heading(
        say.one("Conformidade com as normas (não é veredito)", "Conformity with the standards (no verdict)"),
    )];
    if findings.is_empty() {
        blocks.push(Block::paragraph(say.one("Nada foi encontrado.", "Nothing was found.")));
        return blocks;
    }
    let rows = findings.iter().map(|finding| {
        vec![
            Value::state(
                match finding.severity.as_str() {
                    "error" => State::Failed,
                    "warning" => State::Skipped,
                    _ => State::Pending,
                },
                label(&format!("severity_{}", finding.severity), say),
            ),
            Value::Lines(vec![
                Value::Text(finding.title.clone()),
                Value::Text(finding.subject.clone()),
                Value::mono(&finding.path),
            ]),
            Value::Text(finding.clause.clone()),
        ]
    });
    blocks.push(table(
        vec![
            Column::new(say.one("Gravidade", "Severity"), 3),
            Column::new(say.one("Achado", "Finding"), 8),
            Column::new(say.one("Norma", "Standard"), 4),
        ],
        rows.collect(),
    ));
    blocks
}
