//! Batches: what is done in them, and how far each document came.

use std::collections::BTreeMap;

use cartorio_core::{Coded, IdentityId, JobId};
use cartorio_registry::*;
use time::Duration;

use crate::common::{START, batch, identity, items};

pub async fn a_batch_of_signatures_and_an_extension_come_back_as_they_went_in(registry: &Registry) {
    let signing = batch(identity(registry).await);
    let extension = Batch {
        id: JobId::generate(),
        started_at: START + Duration::MINUTE,
        work: BatchWork::Extend,
        request: r#"{"level":"b-lta"}"#.into(),
        output_folder: Some("/resultados".into()),
        ..signing.clone()
    };
    for own in [&signing, &extension] {
        registry.add_batch(own, &items(3)).await.unwrap();
        assert_eq!(&registry.batch(own.id).await.unwrap(), own);
        assert_eq!(registry.batch_items(own.id).await.unwrap(), items(3));
    }
    assert_eq!(registry.open_batches().await.unwrap(), [signing.clone(), extension.clone()], "oldest first");
    assert_eq!(registry.batches(1).await.unwrap(), std::slice::from_ref(&extension), "newest first");

    // A batch of signatures has somebody who signs, known here, and a certificate.
    let of = |work: BatchWork| Batch { id: JobId::generate(), work, ..signing.clone() };
    let certificate_sha256 = "cd".repeat(32);
    let nobody = of(BatchWork::Sign { identity: IdentityId::generate(), certificate_sha256 });
    assert_eq!(registry.add_batch(&nobody, &[]).await.unwrap_err().code(), "registry_conflict");
    let BatchWork::Sign { identity, .. } = signing.work else { panic!("{signing:?}") };
    let without = of(BatchWork::Sign { identity, certificate_sha256: String::new() });
    assert_eq!(registry.add_batch(&without, &[]).await.unwrap_err().code(), "registry_invalid");

    // An extension goes the same way through the journal, and is given up with a reason.
    let (id, correlation) = (extension.id, JobId::generate());
    let (sha256, output_sha256, at) = ("ab".repeat(32), "ef".repeat(32), START + Duration::HOUR);
    let detail = BTreeMap::from([("level_reached".to_owned(), "b-lta".to_owned())]);
    let begun = JournalEntry::ItemBegun { batch: id, position: 1, correlation, sha256: sha256.clone(), at };
    let output_path = std::path::PathBuf::from("/resultados/1-b-lta.pdf");
    let announced = JournalEntry::ItemAnnounced {
        batch: id,
        position: 1,
        output_path: output_path.clone(),
        output_sha256: output_sha256.clone(),
        detail: detail.clone(),
    };
    registry.journal(vec![begun, announced]).await.unwrap();
    let own = registry.batch_items(id).await.unwrap().remove(1);
    assert_eq!((own.state, own.correlation, own.sha256), (BatchItemState::Running, Some(correlation), Some(sha256)));
    assert_eq!((own.output_path, own.output_sha256, own.announced), (Some(output_path), Some(output_sha256), detail));
    registry.claim_batch(id, &extension.process, "7/8").await.unwrap();
    let ended = JournalEntry::BatchEnded { batch: id, reason: Some("o ato foi cancelado".into()), at };
    registry.journal(vec![ended]).await.unwrap();
    let over = registry.batch(id).await.unwrap();
    assert_eq!((over.state, over.work, over.process.as_str()), (BatchState::Abandoned, BatchWork::Extend, "7/8"));
    let states: Vec<_> = registry.batch_items(id).await.unwrap().into_iter().map(|item| item.state).collect();
    assert_eq!(states, [BatchItemState::Cancelled; 3]);
    assert_eq!(registry.open_batches().await.unwrap(), [signing]);
}
