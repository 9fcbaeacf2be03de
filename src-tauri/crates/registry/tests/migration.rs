//! An office that an earlier version made is brought up to date and loses nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod common;

use std::path::Path;

use cartorio_core::{Coded, IdentityId, JobId, OperatorId};
use cartorio_registry::*;
use common::*;
use sqlx::Connection;
use sqlx::migrate::Migrator;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// SHA-384 of the migrations that offices have already run, as `sha384sum` prints them.
const RELEASED: [(i64, &str); 2] = [
    (1, "e34fbabc6434e4f436e5a28255885d0fdd69e61d47f962e700069fefe8fa5a184a01be9cd47f9fdf30286e8dc853159f"),
    (2, "fe6be16b3d72f354e798124db7656bb2531bdf3f341101ea17d63254ee51a513be1c70f411ed1a1d9a5930b41bf7dfc1"),
];

#[test]
fn migrations_that_offices_have_run_never_change() {
    for (version, checksum) in RELEASED {
        let migration = MIGRATIONS.iter().find(|migration| migration.version == version).unwrap();
        assert_eq!(hex::encode(&migration.checksum), checksum, "migration {version}");
    }
}

/// An office with the schema of `version`: people, an identity, and the trail of `from`.
async fn old_office(version: i64, folder: &Path, from: &Path, rui: &Operator, identity: IdentityId) {
    std::fs::write(database(folder), b"").unwrap();
    let mut connection = outsider(&database(folder)).await;
    MIGRATIONS.run_to(version, &mut connection).await.unwrap();
    let certificate = "certificate of Rui";
    let sql = format!(
        "INSERT INTO operators VALUES ('{}', '{}', 'notary', 1); \
         INSERT INTO certificates VALUES ('0192b1a0-0000-7000-8000-000000000001', '{}', '{}', 'identity', 'CN=Rui', 'CN=Root', \
         '0a', '2026-01-01T00:00:00.000000Z', '2027-01-01T00:00:00.000000Z', NULL, NULL, 'issued', NULL, \
         '2026-01-01T00:00:00.000000Z'); \
         INSERT INTO identities VALUES ('{identity}', 'Rui', 'awskms:1', 'key-1', 'ECDSA_SHA_256', \
         '0192b1a0-0000-7000-8000-000000000001', '2026-01-01T00:00:00.000000Z', NULL); \
         ATTACH '{}' AS other; \
         INSERT INTO audit_records SELECT * FROM other.audit_records ORDER BY seq; \
         INSERT INTO audit_head SELECT * FROM other.audit_head; DETACH other",
        rui.id,
        rui.name,
        cartorio_core::Digest::of(cartorio_core::HashAlgorithm::Sha256, certificate.as_bytes()).to_hex(),
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, certificate),
        database(from).display(),
    );
    run(&mut connection, &sql).await;
    connection.close().await.unwrap();
    std::fs::copy(from.join("audit.head"), folder.join("audit.head")).unwrap();
}

#[tokio::test]
async fn an_office_of_the_first_schema_goes_on() {
    let (folder, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = open(from.path()).await;
    let records = fill(&source, 3).await;
    source.close().await;
    let rui = Operator { id: OperatorId::generate(), name: "Rui".into(), role: Role::Notary, active: true };
    let identity = IdentityId::generate();
    old_office(2, folder.path(), from.path(), &rui, identity).await;

    let registry = open(folder.path()).await;
    let report = registry.verify().await.unwrap();
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(report.last_hash.as_ref(), Some(&records.last().unwrap().hash));
    assert_eq!(registry.operators().await.unwrap(), std::slice::from_ref(&rui));
    assert_eq!(registry.identity_by_key("key-1").await.unwrap()[0].id, identity);
    let uses = registry.key_uses().await.unwrap();
    assert_eq!((uses.len(), uses[0].count), (1, 3), "signatures of before are known");

    registry.append(intent(Act::KeyAliasMoved, 9)).await.unwrap();
    assert!(registry.verify().await.unwrap().is_intact());
    registry.set_operator_secret(rui.id, "$argon2id$v=19$m=65536,t=3,p=1$YQ$Yg", START).await.unwrap();
    let asked = request(&rui.to_ref(), "{}");
    registry.add_request(&asked).await.unwrap();
    registry.decide_request(asked.id, &decision(&operator("Ana"), true), START).await.unwrap();
    let begun = Rotation { old_identity: Some(identity), ..rotation(&asked, "alias/a", "key-1") };
    registry.add_rotation(&begun).await.unwrap();
    registry.close().await;
    let registry = open(folder.path()).await;
    assert_eq!(registry.rotation(begun.id).await.unwrap(), begun);
    assert_eq!(registry.a1_file("x").await.unwrap_err().code(), "registry_not_found");
}

#[tokio::test]
async fn batches_of_before_are_batches_of_signatures() {
    const DOCUMENTS: u32 = 40;
    let (folder, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = open(from.path()).await;
    fill(&source, 1).await;
    source.close().await;
    let rui = Operator { id: OperatorId::generate(), name: "Rui".into(), role: Role::Notary, active: true };
    let identity = IdentityId::generate();
    old_office(8, folder.path(), from.path(), &rui, identity).await;
    // One at work, one that came to its end and one that was given up, with documents in every state.
    let (open_one, ended, given_up) = (JobId::generate(), JobId::generate(), JobId::generate());
    let mut connection = outsider(&database(folder.path())).await;
    let batch = |id: JobId, rest: &str| {
        format!(
            "INSERT INTO batches VALUES ('{id}', '2026-11-21T19:06:00.000000Z', '{}', 'Rui', 'notary', '{identity}', '{}', \
             '{{\"a\":1}}', '/resultados', NULL, '1/2', {rest}); ",
            rui.id,
            "cd".repeat(32),
        )
    };
    let at = "'2026-11-21T20:00:00.000000Z'";
    let mut sql = batch(open_one, "'open', NULL, NULL")
        + &batch(ended, &format!("'ended', {at}, NULL"))
        + &batch(given_up, &format!("'abandoned', {at}, 'o ato foi cancelado'"));
    for position in 0..DOCUMENTS {
        let state = ["waiting", "running", "done", "failed", "cancelled"][(position % 5) as usize];
        sql += &format!(
            "INSERT INTO batch_items VALUES ('{open_one}', {position}, '/papeis/{position}.pdf', '{position}.pdf', 'picked', 10, \
             {position}, '{:064x}', '{state}', '/r/{position}.pdf', '{}', 'tsa_none', {at}, NULL, '{}', \
             '{{\"reason\":\"x\"}}', '{{\"level_reached\":\"b-t\"}}'); ",
            position,
            "ef".repeat(32),
            JobId::generate(),
        );
    }
    run(&mut connection, &sql).await;
    connection.close().await.unwrap();

    let registry = open(folder.path()).await;
    let certificate_sha256 = "cd".repeat(32);
    let work = BatchWork::Sign { identity, certificate_sha256 };
    let all: Vec<_> = registry.batches(9).await.unwrap();
    assert_eq!(all.len(), 3);
    assert!(
        all.iter().all(|own| own.work == work && own.operator.name == "Rui" && own.request == "{\"a\":1}"),
        "{all:?}"
    );
    let state = |id: JobId| all.iter().find(|own| own.id == id).map(|own| (own.state, own.reason.as_deref()));
    assert_eq!(state(open_one), Some((BatchState::Open, None)));
    assert_eq!(state(ended), Some((BatchState::Ended, None)));
    assert_eq!(state(given_up), Some((BatchState::Abandoned, Some("o ato foi cancelado"))));
    let items = registry.batch_items(open_one).await.unwrap();
    assert_eq!(items.len(), DOCUMENTS as usize);
    for (position, item) in (0..DOCUMENTS).zip(&items) {
        assert_eq!((item.position, &item.name), (position, &format!("{position}.pdf")));
        assert_eq!(item.error.as_ref().unwrap().params["reason"], "x");
        assert_eq!(item.announced["level_reached"], "b-t");
        assert_eq!(
            (item.sha256.as_deref(), item.modified),
            (Some(format!("{position:064x}").as_str()), Some(position.into()))
        );
        assert!(item.correlation.is_some() && item.started_at.is_some() && item.ended_at.is_none());
    }
    assert_eq!(items[1].state, BatchItemState::Running);
    assert_eq!(registry.paths_of(Some(&format!("{:064x}", 7)), "x").await.unwrap(), [Path::new("/papeis/7.pdf")]);
    // It goes on, and has room for what was not known then.
    registry.claim_batch(open_one, "1/2", "3/4").await.unwrap();
    let over = JournalEntry::BatchEnded { batch: open_one, reason: None, at: START };
    registry.journal(vec![over]).await.unwrap();
    assert_eq!(registry.batch_items(open_one).await.unwrap()[1].state, BatchItemState::Cancelled);
    let extension = Batch { id: JobId::generate(), work: BatchWork::Extend, ..registry.batch(open_one).await.unwrap() };
    registry.add_batch(&extension, &items[..2]).await.unwrap();
    assert_eq!(registry.open_batches().await.unwrap()[0].work, BatchWork::Extend);
    registry.close().await;

    // The rules of the tables came along, and nothing refers to what is gone.
    let mut connection = outsider(&database(folder.path())).await;
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await.unwrap();
    assert!(broken.is_empty(), "{broken:?}");
    sqlx::query("PRAGMA foreign_keys = ON").execute(&mut connection).await.unwrap();
    for (what, refused) in [
        ("an extension with an identity", format!("UPDATE batches SET identity = '{identity}' WHERE kind = 'extend'")),
        (
            "an extension with a certificate",
            "UPDATE batches SET certificate_sha256 = 'cd' WHERE kind = 'extend'".to_owned(),
        ),
        ("a signing batch without an identity", "UPDATE batches SET identity = NULL WHERE kind = 'sign'".to_owned()),
        ("another kind", "UPDATE batches SET kind = 'other'".to_owned()),
        ("an end without a time", "UPDATE batches SET ended_at = NULL WHERE state = 'abandoned'".to_owned()),
        ("a batch that documents belong to", format!("DELETE FROM batches WHERE id = '{open_one}'")),
        ("a document of no batch", "UPDATE batch_items SET batch = 'nada'".to_owned()),
    ] {
        assert!(sqlx::query(sqlx::AssertSqlSafe(refused)).execute(&mut connection).await.is_err(), "{what}");
    }
}

/// A measurement: `cargo test -p cartorio-registry --test migration -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "takes a minute; prints times"]
async fn the_uses_of_keys_in_a_long_trail() {
    for records in [200_000, 1_000_000] {
        let (folder, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let source = open(from.path()).await;
        fill(&source, 1).await;
        source.close().await;
        let rui = Operator { id: OperatorId::generate(), name: "Rui".into(), role: Role::Notary, active: true };
        old_office(2, folder.path(), from.path(), &rui, IdentityId::generate()).await;
        let mut connection = outsider(&database(folder.path())).await;
        // Every second record is the result of a signature with one of 40 keys.
        let sql = format!(
            "PRAGMA synchronous = OFF; BEGIN; \
             WITH RECURSIVE n(i) AS (SELECT 5 UNION ALL SELECT i + 1 FROM n WHERE i < {records}) \
             INSERT INTO audit_records SELECT i, format, at, act, phase, outcome, error_code, correlation || i, operator_id, \
             operator_name, operator_role, environment, document_name, document_sha256, document_size, key_ref, \
             'arn:aws:kms:sa-east-1:111122223333:key/1b2c3d4e-0000-4000-8000-0000000000' || (10 + i % 40), certificate_sha256, \
             algorithm, request_id, attempts, detail, previous, 'h' || i \
             FROM n JOIN audit_records AS r ON r.seq = 1 + i % 2; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"
        );
        run(&mut connection, &sql).await;
        connection.close().await.unwrap();

        let started = std::time::Instant::now();
        let registry = open(folder.path()).await;
        println!("{records} records: brought up to date in {:?}", started.elapsed());
        for _ in 0..3 {
            let started = std::time::Instant::now();
            let uses = registry.key_uses().await.unwrap();
            let elapsed = started.elapsed();
            let signatures: u64 = uses.iter().map(|key| key.count).sum();
            println!("{} keys, {signatures} signatures in {elapsed:?}", uses.len());
            assert_eq!(signatures, records / 2 - 1, "the pair at its end did something else");
        }
    }
}
