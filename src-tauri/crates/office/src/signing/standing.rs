//! Which time stamps of a signature are over what they should be, and the level that this makes of it. Whether they hold, too, is
//! said by `targets`.

use cartorio_ades::validate::cms::{SignerView, parse};
use cartorio_ades::validate::inside::{self, Expected, Inside, Stamp};
use cartorio_ades::validate::pdf::{PdfSignature, PdfSignatureKind};
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_ades::validate::{Integrity, dss};
use cartorio_core::{Digest, HashAlgorithm, Hasher};
use cartorio_pdf::PdfFile;
use time::OffsetDateTime;

use super::levels::Content;
use crate::OfficeResult;
use crate::dto::SignLevel;

/// The level that the signatures of `data` have by themselves: stamps that are over what they should be, evidence that is there.
/// Whom the stamps are from was judged when they were taken.
pub(crate) fn levels(bytes: &[u8], content: &Content, known: &[Digest]) -> OfficeResult<Vec<SignLevel>> {
    let data = parse(bytes)?;
    let evidence = inside::Evidence::of(&data);
    let mut out = Vec::new();
    for view in data.signers() {
        let mut digest = |hash: HashAlgorithm| match known.iter().find(|own| own.algorithm() == hash) {
            Some(own) => Some(own.clone()),
            None => content.digest(hash).ok(),
        };
        let inside = Inside::read(view);
        let over = |stamp: &Stamp, digest: &mut dyn FnMut(HashAlgorithm) -> Option<Digest>| {
            is_over(view, stamp, digest, &mut |hasher: &mut Hasher| content.feed(hasher).ok(), content.inside_len())
        };
        let stamped =
            inside.stamps.iter().any(|own| own.kind == inside::StampKind::Signature && over(own, &mut digest));
        let says =
            |own: &inside::Evidence| !own.crls.is_empty() || !own.ocsps.is_empty() || !own.basic_ocsps.is_empty();
        // What such an archive time stamp covers takes nothing more, so it has the evidence of its signer in itself.
        let in_archive =
            |own: &Stamp| own.kind == inside::StampKind::ArchiveV2 && says(&inside::Evidence::of_token(&own.token));
        let evident = says(&inside.evidence) || says(&evidence) || inside.stamps.iter().any(in_archive);
        let archived =
            stamped && evident && inside.stamps.iter().any(|own| own.kind.is_archive() && over(own, &mut digest));
        out.push(level(stamped, evident, archived));
    }
    Ok(out)
}

/// The level of the newest signature of a PDF, as [`levels`] has it.
pub(crate) fn pdf_level(file: &PdfFile, signatures: &[PdfSignature]) -> OfficeResult<SignLevel> {
    let is_stamp = |own: &&PdfSignature| own.kind == PdfSignatureKind::DocumentTimestamp;
    let Some(newest) = signatures.iter().rfind(|own| !is_stamp(own)) else { return Ok(SignLevel::BB) };
    let end = newest.covered_end().unwrap_or(u64::MAX);
    let later: Vec<u64> = signatures
        .iter()
        .filter(is_stamp)
        .filter(|own| is_intact(&own.cms, |hash| own.digest(hash)))
        .filter_map(|own| own.covered_end().filter(|later| *later > end))
        .collect();
    let data = parse(&newest.cms)?;
    let mut digest = |hash| newest.digest(hash);
    let stamped = !later.is_empty()
        || data.signers().any(|view| !Found::of(view, &mut digest, &mut |_: &mut Hasher| None, None).stamps.is_empty());
    let archived = later.iter().any(|end| file.prefix(*end).is_ok_and(|then| dss::has_store(&then)));
    Ok(level(stamped, dss::has_store(file), archived))
}

const fn level(stamped: bool, evident: bool, archived: bool) -> SignLevel {
    match (stamped, evident, archived) {
        (false, _, _) => SignLevel::BB,
        (true, false, _) => SignLevel::BT,
        (true, true, false) => SignLevel::BLt,
        (true, true, true) => SignLevel::BLta,
    }
}

/// The time stamps of one signer that are over what they should be.
#[derive(Default)]
pub(super) struct Found {
    /// Over the signature, the latest first, each with the places of those that cover it.
    pub(super) stamps: Vec<(Stamp, Vec<usize>)>,
}

impl Found {
    pub(super) fn of(
        view: SignerView<'_>,
        digest: &mut dyn FnMut(HashAlgorithm) -> Option<Digest>,
        feed: &mut dyn FnMut(&mut Hasher) -> Option<()>,
        len: Option<u64>,
    ) -> Self {
        let mut all: Vec<Stamp> = Inside::read(view)
            .stamps
            .into_iter()
            .filter(|own| own.kind.covers_signature() && is_over(view, own, digest, feed, len))
            .collect();
        all.sort_by_key(|own| std::cmp::Reverse((time_of(&own.token), own.kind.is_archive())));
        let covering =
            |index: usize| (0..index).filter(|outer| inside::covers(view, &all[*outer], &all[index])).collect();
        let covered: Vec<Vec<usize>> = (0..all.len()).map(covering).collect();
        Self { stamps: all.into_iter().zip(covered).collect() }
    }
}

/// The time that a token says.
fn time_of(token: &[u8]) -> Option<OffsetDateTime> {
    cartorio_ades::validate::timestamp::imprint(token).ok().map(|own| own.gen_time)
}

/// Whether a time stamp is over what it should be. `len` is how long the content is, where the finished signature has it inside.
fn is_over(
    view: SignerView<'_>,
    stamp: &Stamp,
    digest: &mut dyn FnMut(HashAlgorithm) -> Option<Digest>,
    feed: &mut dyn FnMut(&mut Hasher) -> Option<()>,
    len: Option<u64>,
) -> bool {
    is_intact(&stamp.token, |hash| {
        let mut own = |hash| digest(hash).ok_or(());
        let mut own_feed = |hasher: &mut Hasher| feed(hasher).ok_or(());
        let content = inside::Content { digest: &mut own, feed: Some(&mut own_feed) };
        match inside::expected(view, stamp, hash, content, len).ok()? {
            Expected::Digest(digest) => Some(digest),
            Expected::Gone | Expected::NotKnown => None,
        }
    })
}

/// Whether a token is over that digest, and the authority's own signature sound.
pub(super) fn is_intact(token: &[u8], expected: impl FnOnce(HashAlgorithm) -> Option<Digest>) -> bool {
    let Ok(data) = parse(token) else { return false };
    let Ok(stamp) = TimeStamp::read(&data) else { return false };
    stamp.judge(|hash| expected(hash).ok_or(())).is_ok_and(|(_, integrity)| integrity == Integrity::Ok)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cartorio_ades::create::attributes::SignedExtras;
    use cartorio_ades::create::cades::{CadesRequest, prepare_detached};
    use cartorio_ades::create::timestamp::Query;
    use cartorio_ades::create::upgrade::{Attribute, add_unsigned, signature_value};
    use cartorio_core::{Clock, SystemClock};
    use cartorio_keys::SignatureAlgorithm;
    use cartorio_pki::Certificate;
    use cartorio_testkit::lab::{Lab, Person};

    use super::*;
    use crate::certificates::Evidence;
    use crate::material::Sources;
    use crate::signing::check;
    use crate::signing::targets::Targets;

    const CONTENT: &[u8] = b"Ata.\n";

    fn signed(lab: &Lab) -> Vec<u8> {
        let (identity, algorithm) = (lab.person(Person::P256), SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256));
        let prepared = prepare_detached(CadesRequest {
            signer_certificate: &identity.certificate,
            chain: identity.chain.iter().map(Vec::as_slice).collect(),
            algorithm,
            content_digest: Digest::of(HashAlgorithm::Sha256, CONTENT),
            signing_time: OffsetDateTime::now_utc(),
            extras: SignedExtras::default(),
        })
        .unwrap();
        let value = lab.key(Person::P256).sign_digest(algorithm, &prepared.tbs_digest()).unwrap();
        prepared.finish(&value).unwrap()
    }

    /// With a time stamp over `what`.
    fn stamped(lab: &Lab, signed: &[u8], what: &[u8]) -> Vec<u8> {
        let query = Query::new(Digest::of(HashAlgorithm::Sha256, what), [7; 16], None);
        let token = query.accept(&lab.stamp(&lab.urls().tsa, &query.der())).unwrap();
        let attribute = Attribute::new(cartorio_ades::cms::oid::SIGNATURE_TIME_STAMP, token.der);
        add_unsigned(signed, 0, &attribute).unwrap()
    }

    /// The clock of an office in thirty years.
    struct Later;

    impl Clock for Later {
        fn now(&self) -> OffsetDateTime {
            OffsetDateTime::now_utc() + time::Duration::days(30 * 365)
        }
    }

    #[tokio::test]
    async fn a_time_stamp_counts_if_it_is_over_the_signature_and_its_authority_is_trusted() {
        let Some(lab) = Lab::shared() else { return };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ata.txt");
        std::fs::write(&path, CONTENT).unwrap();
        let content = Content::beside(path);
        let bare = signed(lab);
        let own = stamped(lab, &bare, &signature_value(&bare, 0).unwrap());
        let other = stamped(lab, &bare, b"outra coisa");

        let root = Certificate::from_der(&lab.certificate("root")).unwrap();
        let trusting = Evidence { anchors: vec![root], ..Evidence::default() };
        let here = Sources::offline(trusting.clone(), Arc::new(SystemClock));
        let elsewhere = Sources::offline(Evidence::default(), Arc::new(SystemClock));
        let later = Sources::offline(trusting, Arc::new(Later));
        for (cms, sources, counts) in [
            (&own, &here, true),
            (&bare, &here, false),
            (&other, &here, false),
            (&own, &elsewhere, false),
            (&own, &later, false),
        ] {
            assert_eq!(Targets::of_cms(cms, &content).unwrap().stamped(sources).await, [counts]);
        }

        // The self-check believes the tokens, not the attributes.
        let level = |cms: &[u8], reached| check::cms_level(cms, &content, &[], true, reached);
        assert_eq!(levels(&own, &content, &[]).unwrap(), [SignLevel::BT]);
        assert_eq!(levels(&other, &content, &[]).unwrap(), [SignLevel::BB]);
        assert!(level(&own, SignLevel::BT).is_ok() && level(&bare, SignLevel::BB).is_ok());
        for (cms, reached) in
            [(&other, SignLevel::BT), (&bare, SignLevel::BT), (&own, SignLevel::BLt), (&own, SignLevel::BLta)]
        {
            let error = level(cms, reached).unwrap_err();
            assert_eq!(error.wire().code, "self_check_failed", "{error}");
        }
    }
}
