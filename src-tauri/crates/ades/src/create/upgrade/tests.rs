//! Splicing into made-up signatures: structure alone counts here, real ones stand before foreign judges in `tests`.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use cartorio_core::{Digest, HashAlgorithm};
use proptest::prelude::*;

use super::document::{Document, Piece, Signer};
use super::*;
use crate::cms::algorithm::digest_identifier;
use crate::cms::ber::Encoding;
use crate::cms::enclosing::{ContentReader, Opened, open};
use crate::cms::tlv::Tlv;

/// One made-up signature, in the pieces that it is written from.
#[derive(Clone, Debug)]
struct Made {
    content: Option<Vec<u8>>,
    certificates: Option<Vec<Vec<u8>>>,
    revocation: Option<Vec<Vec<u8>>>,
    signers: Vec<(Vec<u8>, Option<Vec<Vec<u8>>>)>,
}

fn seq(parts: &[&[u8]]) -> Vec<u8> {
    write::tlv(write::SEQUENCE, parts)
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    write::tlv(write::OCTET_STRING, &[bytes])
}

/// The fields of a signer from the version to the signature value.
fn fields(message: Option<&[u8]>, signature: &[u8]) -> Vec<u8> {
    let id = seq(&[&seq(&[]), &[2, 1, 7]]);
    let digest = digest_identifier(HashAlgorithm::Sha256);
    let signed = message.map(|content| {
        let value = octets(Digest::of(HashAlgorithm::Sha256, content).as_bytes());
        let own = seq(&[&write::oid(oid::MESSAGE_DIGEST), &write::tlv(write::SET, &[&value])]);
        write::tlv(write::context(0), &[&own])
    });
    let algorithm = seq(&[&write::oid(oid::RSA_ENCRYPTION), &[5, 0]]);
    [vec![2, 1, 1], id, digest, signed.unwrap_or_default(), algorithm, octets(signature)].concat()
}

fn attribute(name: Oid, values: &[Vec<u8>]) -> Vec<u8> {
    seq(&[&write::oid(name), &write::tlv(write::SET, &[&values.concat()])])
}

/// Writes the pieces with `constructed`, which chooses how constructed elements get their length.
fn assemble(made: &Made, constructed: &dyn Fn(u8, &[u8]) -> Vec<u8>) -> Vec<u8> {
    let set = |tag, pieces: &Option<Vec<Vec<u8>>>| {
        pieces.as_ref().map(|pieces| constructed(tag, &pieces.concat())).unwrap_or_default()
    };
    let content = made.content.as_ref().map(|content| constructed(0xa0, &octets(content))).unwrap_or_default();
    let signers: Vec<u8> = made
        .signers
        .iter()
        .flat_map(|(fields, unsigned)| constructed(0x30, &[fields.clone(), set(0xa1, unsigned)].concat()))
        .collect();
    let signed_data = [
        vec![2, 1, 1],
        constructed(0x31, &digest_identifier(HashAlgorithm::Sha256)),
        constructed(0x30, &[write::oid(oid::DATA), content].concat()),
        set(0xa0, &made.certificates),
        set(0xa1, &made.revocation),
        constructed(0x31, &signers),
    ]
    .concat();
    let wrapped = constructed(0xa0, &constructed(0x30, &signed_data));
    constructed(0x30, &[write::oid(oid::SIGNED_DATA), wrapped].concat())
}

fn der(made: &Made) -> Vec<u8> {
    assemble(made, &|tag, body| write::tlv(tag, &[body]))
}

fn indefinite(made: &Made) -> Vec<u8> {
    assemble(made, &|tag, body| [&[tag, 0x80], body, &[0, 0]].concat())
}

fn overlong(made: &Made) -> Vec<u8> {
    assemble(made, &|tag, body| {
        let len = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[tag, 0x84][..], &len, body].concat()
    })
}

/// In BER, the content in two pieces.
fn in_pieces(made: &Made) -> Vec<u8> {
    let content = made.content.as_deref().unwrap();
    let (left, right) = content.split_at(content.len() / 2);
    let start = [write::oid(oid::DATA), vec![0xa0, 0x80]].concat();
    let whole = indefinite(made);
    let at = whole.windows(start.len()).position(|window| window == start).unwrap() + start.len();
    let pieces = [&[0x24, 0x80][..], &octets(left), &octets(right), &[0, 0]].concat();
    [&whole[..at], &pieces, &whole[at + octets(content).len()..]].concat()
}

fn opened(whole: &[u8]) -> Opened {
    open(&mut Cursor::new(whole), Limits::default()).unwrap().unwrap()
}

/// Closes `opened`, out of `whole`, again around its content.
fn again(whole: &[u8], opened: &Opened, extended: &[u8]) -> Vec<u8> {
    let parts = enclose_again(opened, extended).unwrap();
    let mut content = Vec::new();
    ContentReader::new(Cursor::new(whole), parts.content).read_to_end(&mut content).unwrap();
    [parts.head, content, parts.tail].concat()
}

fn blob() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| seq(&[&octets(&bytes)]))
}

fn unsigned() -> impl Strategy<Value = Vec<u8>> {
    (0_u8..4, prop::collection::vec(blob(), 1..3)).prop_map(|(kind, values)| {
        let name = [oid::CONTENT_HINTS, oid::COUNTERSIGNATURE, oid::MIME_TYPE, oid::ARCHIVE_TIME_STAMP_V3];
        attribute(name[usize::from(kind)], &values)
    })
}

fn made() -> impl Strategy<Value = Made> {
    let list = || prop::option::of(prop::collection::vec(blob(), 0..4));
    let signer = (prop::collection::vec(any::<u8>(), 1..80), prop::option::of(prop::collection::vec(unsigned(), 0..4)));
    let signers = prop::collection::vec(signer, 1..4);
    (prop::option::of(prop::collection::vec(any::<u8>(), 0..300)), list(), list(), signers).prop_map(
        |(content, certificates, revocation, signers)| Made {
            content,
            certificates,
            revocation,
            signers: signers.into_iter().map(|(value, unsigned)| (fields(None, &value), unsigned)).collect(),
        },
    )
}

fn sample() -> Made {
    Made {
        content: None,
        certificates: Some(vec![seq(&[&[2, 1, 9]])]),
        revocation: None,
        signers: vec![(fields(Some(b"content"), &[7; 64]), None)],
    }
}

/// Whether `longer` is `shorter` with `new` put in at one place.
fn is_with(longer: &[Piece<'_>], shorter: &[Piece<'_>], new: &[u8]) -> bool {
    longer.len() == shorter.len() + 1
        && (0..longer.len())
            .any(|at| longer[at].as_ref() == new && longer[..at] == shorter[..at] && longer[at + 1..] == shorter[at..])
}

proptest! {
    #[test]
    fn der_without_a_change_comes_out_as_it_went_in(made in made()) {
        let der = der(&made);
        prop_assert_eq!(Document::read(&der).unwrap().write(), der);
    }

    #[test]
    fn a_new_attribute_changes_nothing_but_lengths_around_it(
        made in made(), value in blob(), which in any::<prop::sample::Index>(),
    ) {
        let before = der(&made);
        let signer = which.index(made.signers.len());
        let new = Attribute::new(oid::SIGNATURE_TIME_STAMP, value);
        let after = add_unsigned(&before, signer, &new).unwrap();
        let (old, now) = (Document::read(&before).unwrap(), Document::read(&after).unwrap());
        prop_assert_eq!(&old.content, &now.content);
        prop_assert_eq!(&old.certificates, &now.certificates);
        prop_assert_eq!(&old.revocation, &now.revocation);
        prop_assert_eq!(&old.digest_algorithms, &now.digest_algorithms);
        let new = new.to_der().unwrap();
        // Signers in DER's order stay in it, so the one that grew may move; others keep their places.
        let written: Vec<Vec<u8>> = old.signers.iter().map(Signer::write).collect();
        let in_order = written.is_sorted();
        let grown = now.signers.iter().position(|own| !written.contains(&own.write())).unwrap();
        prop_assert!(in_order || grown == signer);
        prop_assert!(!in_order || now.signers.iter().map(Signer::write).is_sorted());
        let mut places: Vec<usize> = (0..old.signers.len()).filter(|place| *place != signer).collect();
        places.insert(grown, signer);
        for (index, is) in places.into_iter().zip(&now.signers) {
            let was = &old.signers[index];
            prop_assert_eq!(&was.fields, &is.fields, "signed attributes and value stay");
            if index == signer {
                let (was, is) = (was.unsigned.clone().unwrap_or_default(), is.unsigned.clone().unwrap());
                prop_assert!(is_with(&is, &was, &new));
                prop_assert!(!was.is_sorted() || is.is_sorted(), "DER order is kept");
            } else {
                prop_assert_eq!(&was.unsigned, &is.unsigned);
            }
        }
        prop_assert_eq!(now.signers.len(), old.signers.len());
        prop_assert_eq!(normalise(&after, Limits::default()).unwrap().encoding, Encoding::Der);
        let found = now.signers[grown].find(oid::SIGNATURE_TIME_STAMP).unwrap();
        prop_assert_eq!(found, vec![new.as_slice()], "it is read back");
    }

    #[test]
    fn ber_is_extended_to_the_same_bytes_as_der(made in made(), value in blob()) {
        let new = Attribute::new(oid::SIGNATURE_TIME_STAMP, value);
        let expected = add_unsigned(&der(&made), 0, &new).unwrap();
        prop_assert_eq!(&add_unsigned(&indefinite(&made), 0, &new).unwrap(), &expected);
        prop_assert_eq!(&add_unsigned(&overlong(&made), 0, &new).unwrap(), &expected);
        prop_assert_eq!(signature_value(&indefinite(&made), 0).unwrap(), signature_value(&der(&made), 0).unwrap());
    }

    #[test]
    fn what_is_enclosed_later_equals_what_was_enclosed_first(made in made(), content in prop::collection::vec(any::<u8>(), 0..400)) {
        let detached = Made { content: None, ..made.clone() };
        let enclosing = Made { content: Some(content.clone()), ..made };
        let parts = enclose(&der(&detached), content.len() as u64).unwrap();
        prop_assert_eq!([parts.head, content, parts.tail].concat(), der(&enclosing));
        prop_assert_eq!(enclose(&der(&enclosing), 1).unwrap_err(), UpgradeError::HasContent);
    }

    #[test]
    fn what_was_opened_is_extended_to_the_same_bytes_as_the_whole(
        made in made(), content in prop::collection::vec(any::<u8>(), 0..400), value in blob(),
    ) {
        let made = Made { content: Some(content), ..made };
        let new = Attribute::new(oid::SIGNATURE_TIME_STAMP, value);
        let tbs = seq(&[&seq(&[]), &seq(&[]), &write::tlv(write::UTC_TIME, &[b"261122000000Z"])]);
        let crl = seq(&[&tbs, &seq(&[]), &write::tlv(write::BIT_STRING, &[&[0]])]);
        let values = Values { crls: vec![crl.as_slice()], ..Values::default() };
        for whole in [der(&made), indefinite(&made), overlong(&made), in_pieces(&made)] {
            let opened = opened(&whole);
            let extended = add_unsigned(&opened.signature, 0, &new).unwrap();
            let at_once = add_unsigned(&whole, 0, &new).unwrap();
            prop_assert_eq!(&again(&whole, &opened, &extended), &at_once);
            prop_assert_eq!(normalise(&at_once, Limits::default()).unwrap().encoding, Encoding::Der);
            // Twice is once.
            let second = self::opened(&at_once);
            prop_assert_eq!(&second.signature, &extended);
            prop_assert_eq!(&again(&at_once, &second, &extended), &at_once);
            let evident = add_values(&extended, &values).unwrap();
            prop_assert_eq!(again(&whole, &opened, &evident), add_values(&at_once, &values).unwrap());
        }
    }

    #[test]
    fn damaged_input_is_survived(made in made(), at in any::<prop::sample::Index>(), to in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let new = Attribute::new(oid::SIGNATURE_TIME_STAMP, octets(b"x"));
        for whole in [der(&made), indefinite(&made)] {
            let mut changed = whole.clone();
            changed[at.index(whole.len())] = to;
            for input in [&changed[..], &whole[..cut.index(whole.len())]] {
                let _ = add_unsigned(input, 0, &new);
                let _ = cosign(input, &whole);
                let _ = countersign(&whole, 0, input, &[]);
                let _ = enclose(input, 3);
                if let Ok(Some(opened)) = open(&mut Cursor::new(input), Limits::default()) {
                    let _ = enclose_again(&opened, &opened.signature);
                }
                let _ = icp::esc_timestamp_input(input, 0, HashAlgorithm::Sha256);
                let digest = Digest::of(HashAlgorithm::Sha256, b"");
                let _ = archive_input(input, 0, HashAlgorithm::Sha256, &digest);
                let _ = add_values(&whole, &Values { certificates: vec![input], crls: vec![input], ocsps: vec![input] });
            }
            prop_assert!(add_unsigned(&whole[..cut.index(whole.len())], 0, &new).is_err());
        }
    }

    #[test]
    fn huge_contents_get_right_lengths(len in any::<u64>()) {
        match enclose(&der(&sample()), len) {
            Ok(parts) => {
                let (first, octet_count) = (parts.head[1], usize::from(parts.head[1] & 0x7f));
                prop_assert!(first > 0x80);
                let total = parts.head[2..2 + octet_count].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
                let inside = (parts.head.len() + parts.tail.len() - 2 - octet_count) as u64 + len;
                prop_assert_eq!(total, inside);
            }
            Err(error) => prop_assert_eq!((error, len > u64::MAX / 2), (UpgradeError::TooLong { len }, true)),
        }
    }
}

#[test]
fn what_an_archive_time_stamp_covers_is_not_changed() {
    let archived = |name| {
        let mut made = sample();
        made.signers[0].1 = Some(vec![attribute(name, &[octets(b"token")])]);
        made
    };
    let old = der(&archived(oid::ARCHIVE_TIME_STAMP_V2));
    let certificate = Values { certificates: vec![], ..Values::default() };
    assert_eq!(add_values(&old, &certificate).unwrap_err(), UpgradeError::Sealed);
    let stamp = Attribute::new(oid::SIGNATURE_TIME_STAMP, octets(b"x"));
    assert_eq!(add_unsigned(&old, 0, &stamp).unwrap_err(), UpgradeError::Sealed);
    assert_eq!(cosign(&old, &der(&sample())).unwrap_err(), UpgradeError::Sealed);
    assert_eq!(enclose(&old, 7).unwrap_err(), UpgradeError::Sealed);
    assert!(add_unsigned(&old, 0, &icp::archive_timestamp_v2(&octets(b"y"))).is_ok(), "another one may follow");
    let new = der(&archived(oid::ARCHIVE_TIME_STAMP_V3));
    assert!(add_unsigned(&new, 0, &stamp).is_ok() && add_values(&new, &certificate).is_ok());

    // The token itself in BER, as its authority sent it and its archive time stamp covers it.
    let mut made = archived(oid::ARCHIVE_TIME_STAMP_V3);
    assert!(add_unsigned(&indefinite(&made), 0, &stamp).is_ok(), "only what encloses the pieces is in BER");
    made.signers[0].1 = Some(vec![attribute(oid::ARCHIVE_TIME_STAMP_V3, &[vec![0x30, 0x80, 5, 0, 0, 0]])]);
    assert_eq!(add_unsigned(&der(&made), 0, &stamp).unwrap_err(), UpgradeError::StampedBer);
}

#[test]
fn each_refusal_has_its_own_reason() {
    let cms = der(&sample());
    let stamp = Attribute::new(oid::SIGNATURE_TIME_STAMP, octets(b"x"));
    assert_eq!(add_unsigned(&cms, 1, &stamp).unwrap_err(), UpgradeError::NoSigner { signer: 1, count: 1 });
    let none = Attribute { oid: oid::SIGNATURE_TIME_STAMP, values: vec![] };
    assert_eq!(add_unsigned(&cms, 0, &none).unwrap_err(), UpgradeError::NoValue);
    let two = Attribute::new(oid::SIGNATURE_TIME_STAMP, [octets(b"x"), octets(b"y")].concat());
    assert!(matches!(add_unsigned(&cms, 0, &two), Err(UpgradeError::Value { item: Item::AttributeValue, .. })));
    let refs = icp::complete_revocation_refs(&[], &[]).unwrap();
    let once = add_unsigned(&cms, 0, &refs).unwrap();
    assert_eq!(add_unsigned(&once, 0, &refs).unwrap_err(), UpgradeError::Repeated(oid::REVOCATION_REFS));
    let missing = icp::esc_timestamp_input(&once, 0, HashAlgorithm::Sha256).unwrap_err();
    assert_eq!(missing, UpgradeError::Missing { attribute: "signature-time-stamp" });

    let padded = [cms.clone(), vec![0; 9]].concat();
    assert_eq!(add_unsigned(&padded, 0, &stamp).unwrap(), add_unsigned(&cms, 0, &stamp).unwrap());
    let followed = [cms.clone(), vec![1]].concat();
    assert_eq!(add_unsigned(&followed, 0, &stamp).unwrap_err(), UpgradeError::Trailing { offset: cms.len() });

    let other = Digest::of(HashAlgorithm::Sha256, b"other");
    assert_eq!(archive_input(&cms, 0, HashAlgorithm::Sha256, &other).unwrap_err(), UpgradeError::OtherContent);
    let wrong = archive_input(&cms, 0, HashAlgorithm::Sha512, &other).unwrap_err();
    assert!(matches!(wrong, UpgradeError::WrongDigest { .. }));
    let read = icp::archive_v2_input(&cms, 0, HashAlgorithm::Sha256, &mut &b"other"[..]);
    assert_eq!(read.unwrap_err(), UpgradeError::OtherContent);
    let read = icp::archive_v2_input_enclosed(&cms, 0, HashAlgorithm::Sha256, &mut &b"content"[..], 8);
    assert_eq!(read.unwrap_err(), UpgradeError::WrongLength { expected: 8, actual: 7 });

    let mut another = sample();
    another.signers = vec![(fields(Some(b"something else"), &[8; 64]), None)];
    assert_eq!(cosign(&cms, &der(&another)).unwrap_err(), UpgradeError::OtherContent);
    another.signers.push(another.signers[0].clone());
    assert_eq!(cosign(&cms, &der(&another)).unwrap_err(), UpgradeError::NotOneSigner { count: 2 });
    let counter = seq(&[&fields(Some(b"not its value"), &[9; 64])]);
    assert_eq!(countersign(&cms, 0, &counter, &[]).unwrap_err(), UpgradeError::OtherSignature);
    assert!(matches!(signature_timestamp(&cms, 0, &cms), Err(UpgradeError::NotTimeStamp(kind)) if kind == oid::DATA));
}

#[test]
fn a_detached_archive_of_the_old_kind_knows_how_it_will_be_enclosed() {
    let (hash, content) = (HashAlgorithm::Sha256, &b"content"[..]);
    let detached = der(&sample());
    let enclosed = der(&Made { content: Some(content.to_vec()), ..sample() });
    let streamed = icp::archive_v2_input_enclosed(&detached, 0, hash, &mut &content[..], 7).unwrap();
    assert_eq!(streamed, icp::archive_v2_input(&enclosed, 0, hash, &mut std::io::empty()).unwrap());
    assert_ne!(streamed, icp::archive_v2_input(&detached, 0, hash, &mut &content[..]).unwrap());
}

#[test]
fn an_opened_signature_takes_signers_as_the_whole_does() {
    let made = Made { content: Some(b"content".to_vec()), ..sample() };
    let mut second = sample();
    second.signers = vec![(fields(Some(b"content"), &[8; 64]), None)];
    let second = der(&second);
    let counter = seq(&[&fields(Some(&[7; 64]), &[9; 64])]);
    for whole in [der(&made), indefinite(&made), overlong(&made), in_pieces(&made)] {
        let opened = opened(&whole);
        let both = cosign(&opened.signature, &second).unwrap();
        assert_eq!(again(&whole, &opened, &both), cosign(&whole, &second).unwrap());
        let countered = countersign(&opened.signature, 0, &counter, &[]).unwrap();
        assert_eq!(again(&whole, &opened, &countered), countersign(&whole, 0, &counter, &[]).unwrap());
        assert_eq!(enclose_again(&opened, &whole).unwrap_err(), UpgradeError::HasContent);
        let hash = HashAlgorithm::Sha256;
        assert_eq!(
            icp::archive_v2_input_again(&opened, &both, 0, hash, &mut &b"content"[..]).unwrap(),
            icp::archive_v2_input(&again(&whole, &opened, &both), 0, hash, &mut std::io::empty()).unwrap()
        );
    }
}

/// Whoever stamped it may have taken the description as it stands in BER.
#[test]
fn what_an_archive_time_stamp_of_the_old_kind_covers_is_kept_as_it_stands() {
    let mut made = Made { content: Some(b"content".to_vec()), ..sample() };
    made.signers[0].1 = Some(vec![attribute(oid::ARCHIVE_TIME_STAMP_V2, &[octets(b"token")])]);
    made.signers.push((fields(Some(b"content"), &[8; 64]), None));
    let stamp = Attribute::new(oid::SIGNATURE_TIME_STAMP, octets(b"x"));
    let at_once = add_unsigned(&der(&made), 1, &stamp).unwrap();
    for (whole, kept) in [(der(&made), false), (indefinite(&made), true), (in_pieces(&made), true)] {
        let opened = opened(&whole);
        let extended = add_unsigned(&opened.signature, 1, &stamp).unwrap();
        let result = again(&whole, &opened, &extended);
        let described = opened.description.start as usize..opened.description.end as usize;
        let described = &whole[described];
        assert!(result.windows(described.len()).any(|window| window == described), "it stands there as it did");
        assert_eq!(normalise(&result, Limits::default()).unwrap().der, at_once, "and nothing else differs");
        assert_eq!(result != at_once, kept);
        let input = icp::archive_v2_input_again(&opened, &extended, 1, HashAlgorithm::Sha256, &mut &b"content"[..]);
        assert_eq!(input.err(), kept.then_some(UpgradeError::StampedBer));
        // As a whole it would be rewritten.
        assert_eq!(add_unsigned(&whole, 1, &stamp).err(), kept.then_some(UpgradeError::StampedBer));
    }
}

/// PKCS#7 has any element where CMS has an OCTET STRING.
#[test]
fn content_of_another_kind_is_copied_with_its_header() {
    let made = Made { content: Some(vec![2, 1, 5]), ..sample() };
    let stamp = Attribute::new(oid::SIGNATURE_TIME_STAMP, octets(b"x"));
    let mut whole = der(&made);
    let at = whole.windows(5).position(|window| window == [4, 3, 2, 1, 5]).unwrap();
    whole[at] = write::SEQUENCE;
    let opened = opened(&whole);
    let extended = add_unsigned(&opened.signature, 0, &stamp).unwrap();
    assert_eq!(again(&whole, &opened, &extended), add_unsigned(&whole, 0, &stamp).unwrap());
    let refused = icp::archive_v2_input_again(&opened, &extended, 0, HashAlgorithm::Sha256, &mut &[2, 1, 5][..]);
    assert!(matches!(refused, Err(UpgradeError::Malformed(Asn1Error::Unexpected { .. }))));
}

#[test]
fn a_cosigner_is_added_once_and_versions_rise() {
    let first = der(&sample());
    let mut second = sample();
    second.signers = vec![(fields(Some(b"content"), &[8; 64]), None)];
    second.certificates = Some(vec![seq(&[&[2, 1, 10]])]);
    second.revocation = Some(vec![write::tlv(write::context(1), &[&write::oid(oid::OCSP_RESPONSE), &[5, 0]])]);
    let both = cosign(&first, &der(&second)).unwrap();
    assert_eq!(cosign(&both, &der(&second)).unwrap(), both);
    let document = Document::read(&both).unwrap();
    assert_eq!((document.signers.len(), document.certificates.unwrap().len()), (2, 2));
    let version = |cms: &[u8]| {
        let at = cms.windows(3).position(|three| three[..2] == [2, 1]).unwrap();
        cms[at + 2]
    };
    assert_eq!((version(&first), version(&both)), (1, 5), "RFC 5652 §5.1: other revocation data is version 5");
    assert_eq!(document.digest_algorithms, vec![Cow::Owned::<[u8]>(digest_identifier(HashAlgorithm::Sha256))]);
    let order: Vec<_> = document.signers.iter().map(|signer| signer.write()).collect();
    assert!(order.is_sorted());
    assert!(Tlv::only(&both).is_ok());
}
