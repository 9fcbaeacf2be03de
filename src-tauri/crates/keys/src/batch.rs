//! Many signatures of one key, several at once.

use std::ops::ControlFlow;
use std::sync::Arc;

use cartorio_core::Digest;
use tokio::task::JoinSet;

use crate::{DigestSigner, KeyError, KeyResult, Signature};

/// What came of a batch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedBatch {
    /// One for every digest, in their order; `None` for those that were not begun.
    pub results: Vec<Option<KeyResult<Signature>>>,
    /// The error that ended the batch early, because every other digest would have met it too.
    pub stopped_by: Option<KeyError>,
}

/// Signs `digests`, up to `concurrency` at once (at least one), in their order.
///
/// `each` hears of every result as it comes, with its place in `digests`. Nothing new is begun after an error that
/// [`KeyError::stops_batch`], nor after `each` said [`ControlFlow::Break`]; what is under way then is waited for, because a
/// signature that was made must not be forgotten.
pub async fn sign_all(
    signer: Arc<dyn DigestSigner>,
    digests: Vec<Digest>,
    concurrency: usize,
    mut each: impl FnMut(usize, &KeyResult<Signature>) -> ControlFlow<()>,
) -> SignedBatch {
    let mut batch = SignedBatch { results: vec![None; digests.len()], stopped_by: None };
    let mut waiting = digests.into_iter().enumerate();
    let mut going_on = true;
    let mut under_way = JoinSet::new();
    loop {
        while going_on && under_way.len() < concurrency.max(1) {
            let Some((index, digest)) = waiting.next() else { break };
            let signer = Arc::clone(&signer);
            under_way.spawn(async move { (index, signer.sign_digest(&digest).await) });
        }
        match under_way.join_next().await {
            None => return batch,
            // A signer that panicked: its digest stays without a result, and so do the others.
            Some(Err(_)) => {
                going_on = false;
                batch.stopped_by.get_or_insert(KeyError::Backend {
                    backend: "cartorio",
                    reason: "a background task failed".to_owned(),
                    request_id: None,
                });
            }
            Some(Ok((index, result))) => {
                if let Err(error) = &result
                    && error.stops_batch()
                {
                    going_on = false;
                    batch.stopped_by.get_or_insert_with(|| error.clone());
                }
                going_on &= each(index, &result).is_continue();
                if let Some(place) = batch.results.get_mut(index) {
                    *place = Some(result);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use async_trait::async_trait;
    use cartorio_core::HashAlgorithm;

    use super::*;
    use crate::{PublicKey, SignatureAlgorithm};

    /// Answers with the digest itself, later for earlier ones; fails where it is told to.
    struct Stub {
        public: PublicKey,
        fails: fn(u8) -> Option<KeyError>,
        now: AtomicUsize,
        most: AtomicUsize,
    }

    #[async_trait]
    impl DigestSigner for Stub {
        fn algorithm(&self) -> SignatureAlgorithm {
            SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256)
        }

        fn public_key(&self) -> &PublicKey {
            &self.public
        }

        async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
            self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let number = (0..100).find(|number| *digest == of(*number)).unwrap();
            tokio::time::sleep(Duration::from_millis(100 - u64::from(number))).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            match (self.fails)(number) {
                Some(error) => Err(error),
                None => Ok(Signature { value: vec![number], key_id: String::new(), request_id: None, attempts: 1 }),
            }
        }
    }

    fn of(number: u8) -> Digest {
        Digest::of(HashAlgorithm::Sha256, &[number])
    }

    fn stub(fails: fn(u8) -> Option<KeyError>) -> Arc<Stub> {
        let public = PublicKey { spki: Vec::new(), spec: crate::KeySpec::EcP256 };
        Arc::new(Stub { public, fails, now: AtomicUsize::new(0), most: AtomicUsize::new(0) })
    }

    async fn batch(signer: &Arc<Stub>, count: u8, concurrency: usize) -> SignedBatch {
        sign_all(Arc::clone(signer) as _, (0..count).map(of).collect(), concurrency, |_, _| ControlFlow::Continue(()))
            .await
    }

    #[tokio::test(start_paused = true)]
    async fn results_are_in_the_order_of_the_digests() {
        let signer = stub(|_| None);
        let batch = batch(&signer, 60, 8).await;
        assert_eq!(batch.stopped_by, None);
        let values: Vec<u8> = batch.results.into_iter().map(|result| result.unwrap().unwrap().value[0]).collect();
        assert_eq!(values, (0..60).collect::<Vec<_>>());
        assert_eq!(signer.most.load(Ordering::SeqCst), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_of_one_item_is_its_own_and_one_of_the_key_ends_the_batch() {
        let one = stub(|number| {
            (number == 5).then(|| KeyError::Backend { backend: "x", reason: String::new(), request_id: None })
        });
        let done = batch(&one, 20, 4).await;
        assert_eq!(done.stopped_by, None);
        assert_eq!(done.results.iter().filter(|result| matches!(result, Some(Ok(_)))).count(), 19);
        assert!(matches!(done.results[5], Some(Err(_))));

        let all = stub(|number| (number >= 5).then_some(KeyError::ExpiredCredentials));
        let done = batch(&all, 60, 4).await;
        assert_eq!(done.stopped_by, Some(KeyError::ExpiredCredentials));
        assert!(done.results[..5].iter().all(|result| matches!(result, Some(Ok(_)))), "what was signed is told");
        assert!(done.results[12..].iter().all(Option::is_none), "nothing more was asked: {:?}", done.results);
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_can_end_it_and_what_is_under_way_is_waited_for() {
        let signer = stub(|_| None);
        let mut heard = 0;
        let done = sign_all(Arc::clone(&signer) as _, (0..60).map(of).collect(), 4, |_, _| {
            heard += 1;
            if heard == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await;
        assert_eq!(done.stopped_by, None);
        let told = done.results.iter().flatten().count();
        assert!((10..=13).contains(&told), "{told}");
        assert_eq!(heard, told, "each result is heard once");
        assert_eq!(signer.now.load(Ordering::SeqCst), 0, "nothing is left under way");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_and_no_concurrency_end_too() {
        assert!(batch(&stub(|_| None), 0, 4).await.results.is_empty());
        assert_eq!(batch(&stub(|_| None), 3, 0).await.results.len(), 3);
    }
}
