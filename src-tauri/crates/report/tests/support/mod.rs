//! The sample report: everything that a page can carry, in the shape of the first real one (the evidence of a key rotation).

#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cartorio_report::{Block, Column, Entry, Fact, HeadingLevel, Language, Report, State, Table, Tone, Value};
use time::macros::datetime;

pub const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
pub const ARN: &str = "arn:aws:kms:sa-east-1:111122223333:key/8f14e45f-ceea-467f-9a1b-2c3d4e5f6071";

/// A report with little in it.
pub fn report(blocks: Vec<Block>) -> Report {
    Report {
        title: "Relatório".to_owned(),
        subtitle: None,
        language: Language::PtBr,
        issuer: "1º Ofício de Notas".to_owned(),
        identifier: None,
        created_at: datetime!(2026-03-14 10:32:07 -3),
        banner: None,
        blocks,
    }
}

/// A report with everything in it.
pub fn sample() -> Report {
    Report {
        title: "Relatório de troca de chave".to_owned(),
        subtitle: Some("Chave de assinatura do tabelião, alias/cartorio-assinatura, de 2024 para 2026".to_owned()),
        language: Language::PtBr,
        issuer: "1º Ofício de Notas de São Gonçalo".to_owned(),
        identifier: Some(format!("TC-2026-0007 · sha256:{SHA256}")),
        created_at: datetime!(2026-03-14 10:32:07 -3),
        banner: Some("DEMONSTRAÇÃO, sem valor jurídico".to_owned()),
        blocks: vec![
            Block::paragraph(
                "Este relatório descreve a substituição da chave com que o tabelião assina documentos. A chave nova tem as mesmas características \
                 da anterior. Nenhum documento assinado perde a validade: as assinaturas feitas com a chave anterior continuam verificáveis com o \
                 certificado anterior, que permanece no registro.",
            ),
            Block::heading(HeadingLevel::One, "Resumo"),
            Block::facts([
                Fact::new("Motivo", "Troca programada, prevista na política de chaves (24 meses)"),
                Fact::new("Pedida por", "Antônia de Araújo Conceição, tabeliã substituta"),
                Fact::new("Aprovada por", "João Simões Patrão, tabelião"),
                Fact::new("Situação", Value::state(State::Current, "em transição até 13 de abril de 2026")),
                Fact::new("Início", datetime!(2026-03-14 09:01:44 -3)),
                Fact::new("Fim", Value::Text(String::new())),
            ]),
            Block::heading(HeadingLevel::One, "Chaves"),
            Block::heading(HeadingLevel::Two, "Chave anterior"),
            Block::facts([
                Fact::new("Referência", Value::mono(ARN)),
                Fact::new("Tipo", "RSA de 2048 bits, assinatura e verificação"),
                Fact::new("Impressão digital da chave pública (SHA-256)", Value::hash(SHA256)),
            ]),
            Block::heading(HeadingLevel::Two, "Chave nova"),
            Block::facts([
                Fact::new("Referência", Value::mono(ARN.replace("8f14", "c9f0"))),
                Fact::new("Tipo", "RSA de 3072 bits, assinatura e verificação"),
                Fact::new(
                    "Impressão digital da chave pública (SHA-256)",
                    Value::hash(SHA256.chars().rev().collect::<String>()),
                ),
                Fact::new(
                    "Certificado",
                    Value::Lines(vec![
                        "CN=João Simões Patrão, O=1º Ofício de Notas, C=BR".into(),
                        Value::mono("serial 0x2A:7F:11:90:C4:55"),
                    ]),
                ),
            ]),
            Block::note(
                Tone::Warning,
                "A chave anterior foi desativada, mas ainda não foi apagada. A exclusão está marcada para 13 de maio de 2026 e pode ser \
                 cancelada até essa data.",
            ),
            Block::heading(HeadingLevel::One, "Etapas"),
            Block::Timeline { entries: entries() },
            Block::heading(HeadingLevel::One, "Assinaturas de prova"),
            Block::paragraph(
                "Cada prova foi assinada com a chave nova pelo alias e verificada com a chave pública exportada.",
            ),
            probes(),
            Block::Rule,
            Block::KeepTogether {
                blocks: vec![
                    Block::heading(HeadingLevel::Three, "Ponto da trilha de auditoria"),
                    Block::facts([Fact::new("Registro nº", "1 482"), Fact::new("Resumo", Value::hash(SHA256))]),
                    Block::note(
                        Tone::Info,
                        "A trilha pode ser conferida em Auditoria › Verificar, ou com o comando «cartorio audit verify».",
                    ),
                ],
            },
        ],
    }
}

fn entries() -> Vec<Entry> {
    let entry = |when, title: &str, state, lines: Vec<Value>| Entry {
        when,
        title: title.to_owned(),
        lines,
        state,
        state_word: None,
    };
    vec![
        entry(
            Some(datetime!(2026-03-14 09:01:44 -3)),
            "Criar a chave nova com as mesmas características",
            State::Done,
            vec![Value::mono(ARN)],
        ),
        entry(
            Some(datetime!(2026-03-14 09:03:12 -3)),
            "Emitir o certificado",
            State::Done,
            vec!["Emitido pela autoridade do cartório para João Simões Patrão, válido até 14 de março de 2028.".into()],
        ),
        Entry {
            state_word: Some("desfeito uma vez".to_owned()),
            ..entry(
                Some(datetime!(2026-03-14 09:03:40 -3)),
                "Apontar o alias para a chave nova",
                State::Done,
                vec![Value::mono("alias/cartorio-assinatura")],
            )
        },
        entry(
            Some(datetime!(2026-03-14 09:04:02 -3)),
            "Assinar e verificar uma prova",
            State::Failed,
            vec![
                "O serviço recusou a primeira tentativa (ThrottlingException); a segunda foi aceita.".into(),
                Value::hash(SHA256),
            ],
        ),
        entry(None, "Período de transição", State::Current, vec!["As duas chaves aparecem; só a nova assina.".into()]),
        entry(None, "Desativar a chave anterior", State::Pending, Vec::new()),
        entry(None, "Marcar a exclusão da chave anterior", State::Skipped, Vec::new()),
    ]
}

fn probes() -> Block {
    let columns = vec![
        Column::number("Nº", 6),
        Column::new("Algoritmo", 26),
        Column::new("Resumo assinado", 46),
        Column::new("Verificação", 22),
    ];
    let rows =
        ["RSASSA-PKCS1-v1_5 com SHA-256", "RSASSA-PSS com SHA-256", "RSASSA-PSS com SHA-384", "RSASSA-PSS com SHA-512"]
            .iter()
            .enumerate()
            .map(|(index, algorithm)| {
                let state = if index == 2 {
                    Value::state(State::Failed, "não confere")
                } else {
                    Value::state(State::Done, "confere")
                };
                vec![(index + 1).to_string().into(), (*algorithm).into(), Value::hash(SHA256), state]
            })
            .collect();
    Block::Table(Table { columns, rows })
}

/// A table of so many rows, like an inventory.
pub fn long_table(rows: usize) -> Block {
    let columns = vec![
        Column::number("Nº", 8),
        Column::new("Documento", 30),
        Column::new("SHA-256", 46),
        Column::new("Quando", 22),
    ];
    let rows = (0..rows)
        .map(|index| {
            vec![
                (index + 1).to_string().into(),
                format!("escritura-{index:05}.pdf").into(),
                Value::hash(format!(
                    "{:064x}",
                    (index as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
                )),
                (datetime!(2026-03-14 09:00:00 -3) + time::Duration::seconds(index as i64)).into(),
            ]
        })
        .collect();
    Block::Table(Table { columns, rows })
}

/// A folder for files that judges read.
pub fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes a file for a judge.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Runs a judge, or prints a line that says what is skipped.
pub fn judge(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: the judge {program} is not installed");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}
