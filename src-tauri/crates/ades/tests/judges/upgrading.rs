//! Signatures of every level before EU DSS, OpenSSL and pyHanko.

use std::fs;
use std::io::{Cursor, Read};
use std::process::Command;

use cartorio_ades::cms::ber::Limits;
use cartorio_ades::cms::enclosing::{ContentReader, open};
use cartorio_ades::cms::tlv::Tlv;
use cartorio_ades::create::attributes::{Commitment, ContentHints, PolicyReference, SignedExtras, SignerLocation};
use cartorio_ades::create::cms::{CmsRequest, Profile, prepare};
use cartorio_ades::create::upgrade::{
    Attribute, UpgradeError, add_archive_timestamp, add_unsigned, add_values, archive_input, cosign, countersign,
    enclose, signature_timestamp, signature_value, signer_count, signer_with,
};
use cartorio_ades::validate::cms::parse;
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::SignatureAlgorithm;
use cartorio_testkit::judges::{DssSignature, PyHankoJob, pyhanko, python};
use cartorio_testkit::lab::{Lab, Person};
use const_oid::ObjectIdentifier as Oid;
use time::OffsetDateTime;

use crate::lab::{
    CONTENT, Evidence, SHA256, archive, assert_is_der, by_dss, by_openssl, ladder, prepared, save, sign, stamp,
    with_signature_timestamp,
};

const SHA512: HashAlgorithm = HashAlgorithm::Sha512;

fn cases() -> [(Person, SignatureAlgorithm); 4] {
    [
        (Person::Rsa2048, SignatureAlgorithm::rsa_pkcs1(SHA256)),
        (Person::Rsa2048, SignatureAlgorithm::rsa_pss(SHA256)),
        (Person::P256, SignatureAlgorithm::ecdsa(SHA256)),
        (Person::P521, SignatureAlgorithm::ecdsa(SHA512)),
    ]
}

/// Signed attributes and signature value of every signer.
fn signed_parts(cms: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let view = parse(cms).unwrap();
    view.signers()
        .map(|signer| (signer.signed_attributes().unwrap_or_default().to_vec(), signer.signature_value().to_vec()))
        .collect()
}

fn passed(name: &str, signature: &DssSignature, level: &str, stamps: usize) {
    assert_eq!(signature.level, level, "{name}: {signature:#?}");
    assert_eq!(signature.indication, "TOTAL_PASSED", "{name}: {signature:#?}");
    assert_eq!(signature.timestamps.len(), stamps, "{name}: {signature:#?}");
    for stamp in &signature.timestamps {
        assert_eq!(stamp.indication.as_deref(), Some("PASSED"), "{name}: {signature:#?}");
    }
}

#[test]
fn every_level_of_every_algorithm_passes_dss_and_openssl_detached_and_enclosing() {
    let Some(lab) = Lab::shared() else { return };
    for (person, algorithm) in cases() {
        let basic = sign(lab, person, algorithm, SignedExtras::default());
        let [stamped, lasting, archived] = ladder(lab, person, &basic, SHA256);
        // Another authority, another hash, over the first archive time stamp.
        let renewed = archive(lab, &lab.urls().tsa_openssl, &archived, 0, SHA512);
        let all = [
            (&basic, "CAdES-BASELINE-B", 0),
            (&stamped, "CAdES-BASELINE-T", 1),
            (&lasting, "CAdES-BASELINE-LT", 1),
            (&archived, "CAdES-BASELINE-LTA", 2),
            (&renewed, "CAdES-BASELINE-LTA", 3),
        ];
        for (step, (cms, level, stamps)) in all.into_iter().enumerate() {
            let name = format!("{algorithm}-{step}.p7s");
            assert_is_der(lab, &name, cms);
            assert_eq!(signed_parts(cms), signed_parts(&basic), "{name}");
            if step == 1 {
                let token = cms.len() - basic.len();
                let room = prepared(lab, person, algorithm, SignedExtras::default()).estimate_size_with_token(token);
                assert!(cms.len() <= room && room <= cms.len() + 128, "{name}: {} of {room}", cms.len());
            }
            assert_eq!(by_openssl(lab, &name, cms, true, "root"), CONTENT);
            let parts = enclose(cms, CONTENT.len() as u64).unwrap();
            let enclosing = [&parts.head, CONTENT, &parts.tail].concat();
            let inside = format!("{algorithm}-{step}.p7m");
            assert_is_der(lab, &inside, &enclosing);
            assert_eq!(by_openssl(lab, &inside, &enclosing, false, "root"), CONTENT);
            for (name, cms, detached) in [(&name, cms, true), (&inside, &enclosing, false)] {
                let Some(found) = by_dss(lab, name, cms, detached) else { continue };
                assert_eq!(found.len(), 1, "{name}");
                assert_eq!(found[0].level, level, "{name}: {:#?}", found[0]);
                // Below B-LT there is no evidence inside, so the verdict stays open.
                if step >= 2 {
                    passed(name, &found[0], level, stamps);
                }
            }
        }
    }
}

#[test]
fn an_archive_time_stamp_breaks_with_anything_that_it_covers() {
    let Some(lab) = Lab::shared() else { return };
    let basic = sign(lab, Person::P256, SignatureAlgorithm::ecdsa(SHA256), SignedExtras::default());
    let [_, lasting, archived] = ladder(lab, Person::P256, &basic, SHA256);
    // DSS judges the imprint; that the index names everything is tried below.
    let view = parse(&archived).unwrap();
    let signer = view.signers().next().unwrap();
    for (what, covered) in
        [("signed attributes", signer.signed_attributes().unwrap()), ("signature", signer.signature_value())]
    {
        let at = archived.windows(covered.len()).position(|window| window == covered).unwrap();
        let mut damaged = archived.clone();
        damaged[at + covered.len() - 1] ^= 1;
        let Some(found) = by_dss(lab, "damaged.p7s", &damaged, true) else { return };
        let stamp = found[0].timestamps.iter().find(|stamp| stamp.kind.contains("ARCHIVE")).unwrap();
        assert_ne!(stamp.indication.as_deref(), Some("PASSED"), "DSS notices: {what}: {found:#?}");
    }

    let input = archive_input(&lasting, 0, SHA256, &Digest::of(SHA256, CONTENT)).unwrap();
    let token = stamp_for(lab, &input.imprint);
    assert!(add_archive_timestamp(&lasting, 0, &input, &token).is_ok());
    assert_eq!(add_archive_timestamp(&archived, 0, &input, &token).unwrap_err(), UpgradeError::Changed);
    let other = stamp_for(lab, &Digest::of(SHA256, b"other"));
    assert_eq!(add_archive_timestamp(&lasting, 0, &input, &other).unwrap_err(), UpgradeError::WrongImprint);
    assert_eq!(signature_timestamp(&lasting, 0, &other).unwrap_err(), UpgradeError::WrongImprint);
}

/// The index and the imprint computed once more, in Python and from the words of EN 319 122-1 §5.5.2 and §5.5.3.
#[test]
fn the_hash_index_names_everything_once() {
    const SCRIPT: &str = r"
import hashlib, sys
from asn1crypto import algos, cms, core, tsp
class Hashes(core.SequenceOf):
    _child_spec = core.OctetString
class HashIndex(core.Sequence):
    _fields = [('algorithm', algos.DigestAlgorithm), ('certificates', Hashes), ('crls', Hashes), ('values', Hashes)]
raw = open(sys.argv[1], 'rb').read()
content = open(sys.argv[2], 'rb').read()
data = cms.ContentInfo.load(raw, strict=True)['content']
signer = data['signer_infos'][0]
stamps = []
others = []
for attribute in signer['unsigned_attrs']:
    for value in attribute['values']:
        if attribute['type'].dotted == '0.4.0.1733.2.4':
            token = cms.ContentInfo.load(value.dump())
            stamps.append((token['content']['encap_content_info']['content'].parsed['gen_time'].native, attribute, value, token))
        else:
            others.append((attribute['type'].dump(), value.dump()))
stamps.sort(key=lambda stamp: stamp[0])
assert len(stamps) == int(sys.argv[3])
for place, (_, attribute, value, token) in enumerate(stamps):
    info = token['content']['encap_content_info']['content'].parsed
    imprint = info['message_imprint']
    name = imprint['hash_algorithm']['algorithm'].native
    digest = lambda data: hashlib.new(name, data).digest()
    found = [a for a in token['content']['signer_infos'][0]['unsigned_attrs'] if a['type'].dotted == '0.4.0.19122.1.5']
    assert len(found) == 1 and len(found[0]['values']) == 1
    index = HashIndex.load(found[0]['values'][0].dump(), strict=True)
    assert index['algorithm']['algorithm'].native == name
    assert isinstance(index['algorithm']['parameters'], core.Void)
    assert [h.native for h in index['certificates']] == [digest(c.dump()) for c in data['certificates']]
    assert [h.native for h in index['crls']] == [digest(c.dump()) for c in data['crls']]
    covered = others + [(a['type'].dump(), v.dump()) for _, a, v, _ in stamps[:place]]
    assert sorted(h.native for h in index['values']) == sorted(digest(t + v) for t, v in covered)
    fields = b''.join(signer[field].dump() for field in
        ['version', 'sid', 'digest_algorithm', 'signed_attrs', 'signature_algorithm', 'signature'])
    covered = data['encap_content_info']['content_type'].dump() + digest(content) + fields + index.dump()
    assert imprint['hashed_message'].native == digest(covered)
print('ok')
";
    let Some(lab) = Lab::shared() else { return };
    let Some(python) = python("asn1crypto on archive time stamps") else { return };
    let basic = sign(lab, Person::Rsa2048, SignatureAlgorithm::rsa_pkcs1(SHA256), SignedExtras::default());
    let [_, _, archived] = ladder(lab, Person::Rsa2048, &basic, SHA256);
    let renewed = archive(lab, &lab.urls().tsa_p256, &archived, 0, SHA512);
    for (name, cms, count) in [("index-one.p7s", &archived, "1"), ("index-two.p7s", &renewed, "2")] {
        let file = save(lab, name, cms);
        let mut command = Command::new(&python);
        let output = command.arg("-c").arg(SCRIPT).arg(file).arg(lab.path("content.bin")).arg(count).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn stamp_for(lab: &Lab, imprint: &Digest) -> Vec<u8> {
    stamp(lab, &lab.urls().tsa, imprint.clone())
}

#[test]
fn what_was_archived_can_grow_and_be_archived_again() {
    let Some(lab) = Lab::shared() else { return };
    let basic = sign(lab, Person::P256, SignatureAlgorithm::ecdsa(SHA256), SignedExtras::default());
    let stamped = with_signature_timestamp(lab, &lab.urls().tsa, &basic, 0, SHA256);
    let evidence = Evidence::gather(lab, Person::P256);
    let mut values = evidence.values();
    let late = values.crls.pop().unwrap();
    let lasting = add_values(&stamped, &values).unwrap();
    let archived = archive(lab, &lab.urls().tsa, &lasting, 0, SHA256);
    let grown =
        add_values(&archived, &cartorio_ades::create::upgrade::Values { crls: vec![late], ..Default::default() })
            .unwrap();
    assert_eq!(add_values(&grown, &evidence.values()).unwrap(), grown, "nothing is repeated");
    let again = archive(lab, &lab.urls().tsa_openssl, &grown, 0, SHA256);
    let Some(found) = by_dss(lab, "grown.p7s", &again, true) else { return };
    passed("grown", &found[0], "CAdES-BASELINE-LTA", 3);
}

#[test]
fn a_second_signer_and_a_countersigner_leave_the_first_as_it_was() {
    let Some(lab) = Lab::shared() else { return };
    let ecdsa = SignatureAlgorithm::ecdsa(SHA256);
    let first = sign(lab, Person::Rsa2048, SignatureAlgorithm::rsa_pkcs1(SHA256), SignedExtras::default());
    let first = with_signature_timestamp(lab, &lab.urls().tsa, &first, 0, SHA256);
    let second = sign(lab, Person::P521, SignatureAlgorithm::ecdsa(SHA512), SignedExtras::default());
    let both = cosign(&first, &second).unwrap();
    assert_eq!(signer_count(&both).unwrap(), 2);
    let mut expected = [signed_parts(&first), signed_parts(&second)].concat();
    let mut parts = signed_parts(&both);
    expected.sort();
    parts.sort();
    assert_eq!(parts, expected);
    assert_is_der(lab, "both.p7s", &both);
    assert_eq!(by_openssl(lab, "both.p7s", &both, true, "root"), CONTENT);

    // The third one signs the signature of the first.
    let target = (0..2).find(|at| signature_value(&both, *at).unwrap() == signed_parts(&first)[0].1).unwrap();
    let identity = lab.person(Person::P256);
    let prepared = prepare(CmsRequest {
        signer_certificate: &identity.certificate,
        chain: Vec::new(),
        algorithm: ecdsa,
        content_digest: Digest::of(SHA256, &signature_value(&both, target).unwrap()),
        profile: Profile::Countersignature { signing_time: Some(OffsetDateTime::now_utc()) },
        extras: SignedExtras { commitment: Some(Commitment::ProofOfApproval), ..SignedExtras::default() },
    })
    .unwrap();
    let value = lab.key(Person::P256).sign_digest(ecdsa, &prepared.tbs_digest()).unwrap();
    assert!(prepared.finish(&value).is_err(), "it is no file of its own");
    let info = prepared.finish_signer_info(&value).unwrap();
    let countersigned = countersign(&both, target, &info, &[&identity.certificate]).unwrap();
    let sorted = |cms: &[u8]| {
        let mut parts = signed_parts(cms);
        parts.sort();
        parts
    };
    assert_eq!(sorted(&countersigned), sorted(&both));
    let elsewhere = countersign(&both, 1 - target, &info, &[]);
    assert_eq!(elsewhere.unwrap_err(), UpgradeError::OtherSignature);
    assert_is_der(lab, "countersigned.p7s", &countersigned);
    assert_eq!(by_openssl(lab, "countersigned.p7s", &countersigned, true, "root"), CONTENT);

    let mut full = countersigned;
    for person in [Person::Rsa2048, Person::P521, Person::P256] {
        full = add_values(&full, &Evidence::gather(lab, person).values()).unwrap();
    }
    for (_, value) in signed_parts(&both) {
        let signer = signer_with(&full, &value).unwrap();
        full = archive(lab, &lab.urls().tsa, &full, signer, SHA256);
    }
    assert_is_der(lab, "three.p7s", &full);
    let Some(found) = by_dss(lab, "three.p7s", &full, true) else { return };
    assert_eq!(found.len(), 3, "{found:#?}");
    assert_eq!(found.iter().filter(|signature| signature.counter_signature).count(), 1);
    for signature in &found {
        assert_eq!(signature.indication, "TOTAL_PASSED", "{signature:#?}");
    }
}

#[test]
fn whoever_of_several_grows_the_file_stays_der() {
    let Some(lab) = Lab::shared() else { return };
    let people = [
        (Person::Rsa2048, SHA256),
        (Person::P256, SHA256),
        (Person::P384, HashAlgorithm::Sha384),
        (Person::P521, SHA512),
    ];
    let signed: Vec<Vec<u8>> = people
        .iter()
        .map(|(person, hash)| {
            let rsa = *person == Person::Rsa2048;
            let algorithm = if rsa { SignatureAlgorithm::rsa_pkcs1(*hash) } else { SignatureAlgorithm::ecdsa(*hash) };
            sign(lab, *person, algorithm, SignedExtras::default())
        })
        .collect();
    let padding = |bytes: usize| {
        let value = [&[4, 0x81, u8::try_from(bytes).unwrap()][..], &vec![7; bytes]].concat();
        Attribute::new(Oid::new_unwrap("1.2.3.4.5"), value)
    };
    let mut moved = 0;
    for count in 2..=signed.len() {
        let all = signed[1..count].iter().fold(signed[0].clone(), |all, own| cosign(&all, own).unwrap());
        let parts = signed_parts(&all);
        for which in 0..count {
            // One grows a little, then the next one more.
            let mut grown = all.clone();
            for (step, (_, value)) in parts[which..].iter().enumerate() {
                let place = signer_with(&grown, value).unwrap();
                grown = add_unsigned(&grown, place, &padding(130 + 40 * step)).unwrap();
                let now = signer_with(&grown, value).unwrap();
                moved += usize::from(now != place);
                assert_is_der(lab, &format!("grown-{count}-{which}-{step}.p7s"), &grown);
                let mut found = signed_parts(&grown);
                found.sort();
                let mut expected = parts.clone();
                expected.sort();
                assert_eq!(found, expected);
            }
        }
        // An archive time stamp is over its own signer, wherever that stands.
        let (_, value) = &parts[0];
        let first = signer_with(&all, value).unwrap();
        let archived = archive(lab, &lab.urls().tsa, &all, first, SHA256);
        let other = signer_with(&archived, &parts[1].1).unwrap();
        let name = format!("archived-{count}.p7s");
        assert_is_der(lab, &name, &add_unsigned(&archived, other, &padding(250)).unwrap());
    }
    assert!(moved > 0, "somebody had to move");

    // What stands in another order keeps it, and the one that grew its place.
    let both = cosign(&signed[0], &signed[1]).unwrap();
    let values: Vec<Vec<u8>> = signed_parts(&both).into_iter().map(|own| own.1).collect();
    let swapped = swap_signers(&both);
    assert_eq!(signature_value(&swapped, 0).unwrap(), values[1]);
    for place in 0..2 {
        let grown = add_unsigned(&swapped, place, &padding(200)).unwrap();
        assert_eq!(signer_with(&grown, &values[1]).unwrap(), 0);
    }
}

/// The two signers of a DER signature in the other order.
fn swap_signers(cms: &[u8]) -> Vec<u8> {
    let outer = Tlv::only(cms).unwrap();
    let data = outer.children().rest("the parts").unwrap()[1].children().any("signed data").unwrap();
    let fields = data.children().rest("the fields").unwrap();
    let signers = fields.last().unwrap().children().rest("the signers").unwrap();
    let [first, second] = signers.as_slice() else { panic!("two signers") };
    // They are the end of the file.
    let start = cms.len() - first.raw().len() - second.raw().len();
    [&cms[..start], second.raw(), first.raw()].concat()
}

/// What `openssl cms` writes in DER and, with `-stream`, in BER, brought to B-LTA.
#[test]
fn foreign_signatures_in_der_and_ber_are_extended() {
    let Some(lab) = Lab::shared() else { return };
    save(lab, "unused", b"");
    for (name, options, detached) in [
        ("foreign-der", &[][..], true),
        ("foreign-ber", &["-stream"], true),
        ("foreign-enclosing-ber", &["-stream", "-nodetach"], false),
        ("foreign-keyid", &["-keyid", "-nodetach"], false),
    ] {
        let output = Command::new("openssl")
            .args(["cms", "-sign", "-binary", "-cades", "-in", "content.bin", "-signer", "rsa2048.pem"])
            .args(["-inkey", "rsa2048.key", "-md", "sha256", "-outform", "DER", "-out", name])
            .args(options)
            .current_dir(lab.folder())
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let foreign = fs::read(lab.path(name)).unwrap();
        let [_, _, archived] = ladder(lab, Person::Rsa2048, &foreign, SHA256);
        assert_eq!(signed_parts(&archived), signed_parts(&foreign), "{name}");
        let written = format!("{name}-lta.p7s");
        assert_is_der(lab, &written, &archived);
        assert_eq!(by_openssl(lab, &written, &archived, detached, "root"), CONTENT, "{name}");
        let Some(found) = by_dss(lab, &written, &archived, detached) else { continue };
        assert_eq!(found[0].indication, "TOTAL_PASSED", "{name}: {found:#?}");
        assert!(found[0].level.ends_with("LTA"), "{name}: {found:#?}");
    }
}

#[test]
fn pyhanko_accepts_the_levels() {
    let Some(lab) = Lab::shared() else { return };
    let basic = sign(lab, Person::P256, SignatureAlgorithm::ecdsa(SHA256), SignedExtras::default());
    let [stamped, lasting, archived] = ladder(lab, Person::P256, &basic, SHA256);
    for (name, cms, ades) in [
        ("hanko-b.p7s", &basic, None),
        ("hanko-t.p7s", &stamped, None),
        ("hanko-lt.p7s", &lasting, Some("B-LT".to_owned())),
        ("hanko-lta.p7s", &archived, None),
    ] {
        let file = save(lab, name, cms);
        let job = PyHankoJob {
            file,
            content: Some(lab.path("content.bin")),
            root: vec![lab.path("root.pem")],
            ades: ades.clone(),
            ..PyHankoJob::default()
        };
        let Some(report) = pyhanko(&job) else { return };
        let signature = &report["signatures"][0];
        assert_eq!(signature["intact"], true, "{name}: {report:#}");
        assert_eq!(signature["valid"], true, "{name}: {report:#}");
        assert_eq!(signature["trusted"], true, "{name}: {report:#}");
        if ades.is_some() {
            assert_eq!(signature["ades"]["status"], "PASSED", "{name}: {report:#}");
        }
    }
}

/// asn1crypto and pyHanko read the attributes that were asked for, and write the same bytes back.
#[test]
fn the_optional_signed_attributes_are_read_by_others() {
    const SCRIPT: &str = r"
import sys
from asn1crypto import cms, core, x509
from pyhanko.sign.ades import cades_asn1 as cades
class SignerLocation(core.Sequence):
    _fields = [('country', x509.DirectoryString, {'explicit': 0, 'optional': True}),
               ('locality', x509.DirectoryString, {'explicit': 1, 'optional': True}),
               ('address', core.SequenceOf, {'explicit': 2, 'optional': True, 'spec': x509.DirectoryString})]
class ContentHints(core.Sequence):
    _fields = [('description', core.UTF8String, {'optional': True}), ('type', cms.ContentType)]
raw = open(sys.argv[1], 'rb').read()
info = cms.ContentInfo.load(raw, strict=True)
assert info.dump(force=True) == raw
found = {a['type'].dotted: a['values'] for a in info['content']['signer_infos'][0]['signed_attrs']}
def value(oid, spec):
    der = found[oid].contents
    item = spec.load(der, strict=True)
    assert item.dump(force=True) == der, oid
    return item
policy = value('1.2.840.113549.1.9.16.2.15', cades.SignaturePolicyIdentifier).chosen
assert policy['sig_policy_id'].dotted == '2.16.76.1.7.1.1.2.4'
assert policy['sig_policy_hash']['digest'].native == bytes(range(32))
qualifier = policy['sig_policy_qualifiers'][0]
assert qualifier['sig_policy_qualifier_id'].native == 'sp_uri', qualifier.native
assert qualifier['sig_qualifier'].native == 'http://politicas.example/PA.der'
assert value('1.2.840.113549.1.9.16.2.16', cades.CommitmentTypeIndication)['commitment_type_id'].native == 'proof_of_origin'
place = value('1.2.840.113549.1.9.16.2.17', SignerLocation).native
assert place == {'country': 'BR', 'locality': 'São João', 'address': None} or place['locality'] == 'São João', place
assert value('1.2.840.113549.1.9.16.2.4', ContentHints)['description'].native == 'Certidão'
assert value('0.4.0.1733.2.1', core.UTF8String).native == 'application/pdf'
print('ok')
";
    let Some(lab) = Lab::shared() else { return };
    let extras = SignedExtras {
        policy: Some(PolicyReference {
            id: Oid::new_unwrap("2.16.76.1.7.1.1.2.4"),
            hash: Digest::from_bytes(SHA256, (0..32).collect()).unwrap(),
            uri: Some("http://politicas.example/PA.der".to_owned()),
        }),
        content_hints: Some(ContentHints::of_data("Certidão")),
        mime_type: Some("application/pdf".to_owned()),
        commitment: Some(Commitment::ProofOfOrigin),
        location: Some(SignerLocation {
            country: Some("BR".to_owned()),
            locality: Some("São João".to_owned()),
            postal_address: vec!["Rua A, 1".to_owned(), "Centro".to_owned()],
        }),
    };
    let cms = sign(lab, Person::P256, SignatureAlgorithm::ecdsa(SHA256), extras);
    assert_is_der(lab, "extras.p7s", &cms);
    assert_eq!(by_openssl(lab, "extras.p7s", &cms, true, "root"), CONTENT);
    let attributes = signed_parts(&cms).remove(0).0;
    assert_eq!(Tlv::only(&attributes).unwrap().children().rest("an attribute").unwrap().len(), 10);
    let Some(python) = python("asn1crypto on signed attributes") else { return };
    let output = Command::new(python).arg("-c").arg(SCRIPT).arg(lab.path("extras.p7s")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_token_in_the_wrong_place_is_refused() {
    let Some(lab) = Lab::shared() else { return };
    let basic = sign(lab, Person::P256, SignatureAlgorithm::ecdsa(SHA256), SignedExtras::default());
    let token = stamp_for(lab, &Digest::of(SHA256, &signature_value(&basic, 0).unwrap()));
    let attribute = signature_timestamp(&basic, 0, &token).unwrap();
    assert!(add_unsigned(&basic, 0, &attribute).is_ok());
    let other = sign(lab, Person::P256, SignatureAlgorithm::ecdsa(SHA256), SignedExtras::default());
    assert_eq!(signature_timestamp(&other, 0, &token).unwrap_err(), UpgradeError::WrongImprint);
    assert!(matches!(signature_timestamp(&basic, 0, &basic), Err(UpgradeError::NotTimeStamp(_))));
}

/// Opened, extended and closed again around the same content, as a file too large for the memory has to be.
#[test]
fn an_enclosing_signature_is_extended_without_holding_its_content() {
    let Some(lab) = Lab::shared() else { return };
    let basic = sign(lab, Person::P256, SignatureAlgorithm::ecdsa(SHA256), SignedExtras::default());
    let parts = enclose(&basic, CONTENT.len() as u64).unwrap();
    let enclosing = [&parts.head, CONTENT, &parts.tail].concat();
    let mut source = Cursor::new(&enclosing);
    let opened = open(&mut source, Limits::default()).unwrap().unwrap();
    assert_eq!(opened.signature, basic);
    let mut content = Vec::new();
    ContentReader::new(source, &opened.content).read_to_end(&mut content).unwrap();
    assert_eq!(content, CONTENT);
    let [_, _, archived] = ladder(lab, Person::P256, &opened.signature, SHA256);
    let parts = enclose(&archived, opened.content_len()).unwrap();
    let whole = [&parts.head, content.as_slice(), &parts.tail].concat();
    let [_, _, at_once] = ladder(lab, Person::P256, &enclosing, SHA256);
    for (name, cms) in [("opened.p7m", &whole), ("at-once.p7m", &at_once)] {
        assert_is_der(lab, name, cms);
        assert_eq!(by_openssl(lab, name, cms, false, "root"), CONTENT);
        let Some(found) = by_dss(lab, name, cms, false) else { return };
        passed(name, &found[0], "CAdES-BASELINE-LTA", 2);
    }
}
