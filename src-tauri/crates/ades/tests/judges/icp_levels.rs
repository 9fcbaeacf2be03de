//! The attributes of RFC 5126 that ICP-Brasil's policies want, before EU DSS and asn1crypto.

use std::process::Command;

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::upgrade::icp::{
    add_values_to_archive, archive_timestamp_v2, archive_v2_input, archive_v2_input_enclosed, certificate_values,
    check_token, complete_certificate_refs, complete_revocation_refs, complete_revocation_refs_along, enclose_stamped,
    esc_timestamp, esc_timestamp_input, revocation_values,
};
use cartorio_ades::create::upgrade::{Attribute, UpgradeError, add_unsigned, add_values};
use cartorio_keys::SignatureAlgorithm;
use cartorio_testkit::judges::python;
use cartorio_testkit::lab::{Lab, Person};

use crate::lab::{
    CONTENT, Evidence, SHA256, assert_is_der, by_dss, by_openssl, save, sign, stamp, with_signature_timestamp,
};

fn with(cms: &[u8], attributes: &[Attribute]) -> Vec<u8> {
    attributes.iter().fold(cms.to_vec(), |cms, attribute| add_unsigned(&cms, 0, attribute).unwrap())
}

/// AD-RB to AD-RC and AD-RA of one detached signature.
fn levels(lab: &Lab, person: Person) -> [(&'static str, Vec<u8>); 4] {
    let evidence = Evidence::gather(lab, person);
    let values = evidence.values();
    let path: Vec<&[u8]> = values.certificates.clone();
    let basic = sign(lab, person, SignatureAlgorithm::ecdsa(SHA256), SignedExtras::default());
    let timed = with_signature_timestamp(lab, &lab.urls().tsa, &basic, 0, SHA256);
    let references = [
        complete_certificate_refs(&path[1..]).unwrap(),
        complete_revocation_refs_along(&path, &values.crls, &values.ocsps).unwrap(),
    ];
    let referenced = with(&timed, &references);
    let imprint = esc_timestamp_input(&referenced, 0, SHA256).unwrap();
    let token = stamp(lab, &lab.urls().tsa_openssl, imprint.clone());
    check_token(&token, &imprint).unwrap();
    let verified = with(&referenced, &[esc_timestamp(&token)]);
    let carried = [certificate_values(&path).unwrap(), revocation_values(&values.crls, &values.ocsps).unwrap()];
    let complete = with(&verified, &carried);
    // AD-RA has no ES-C time stamp (policy 2.5).
    let full = with(&referenced, &carried);
    let imprint = archive_v2_input(&full, 0, SHA256, &mut &CONTENT[..]).unwrap();
    let archived = with(&full, &[archive_timestamp_v2(&stamp(lab, &lab.urls().tsa, imprint))]);
    [("rt", timed), ("rv", verified), ("rc", complete), ("ra", archived)]
}

#[test]
fn the_levels_of_icp_brasil_pass_dss_and_openssl() {
    let Some(lab) = Lab::shared() else { return };
    for person in [Person::P256, Person::IcpP256] {
        for (level, cms) in levels(lab, person) {
            let name = format!("icp-{level}-{}.p7s", person.label());
            assert_is_der(lab, &name, &cms);
            assert_eq!(by_openssl(lab, &name, &cms, true, person.root()), CONTENT);
            let Some(found) = by_dss(lab, &name, &cms, true) else { continue };
            let kinds: Vec<&str> = found[0].timestamps.iter().map(|stamp| stamp.kind.as_str()).collect();
            let (format, expected, complete) = match level {
                "rt" => ("CAdES-BASELINE-T", vec!["SIGNATURE_TIMESTAMP"], false),
                "rv" => ("CAdES-X", vec!["SIGNATURE_TIMESTAMP", "VALIDATION_DATA_TIMESTAMP"], false),
                "rc" => ("CAdES-XL", vec!["SIGNATURE_TIMESTAMP", "VALIDATION_DATA_TIMESTAMP"], true),
                _ => ("CAdES-A", vec!["SIGNATURE_TIMESTAMP", "ARCHIVE_TIMESTAMP"], true),
            };
            assert_eq!((found[0].level.as_str(), kinds), (format, expected), "{name}");
            for stamp in &found[0].timestamps {
                // Below AD-RC there is nothing inside that tells of the authority's revocation; the imprint holds all the same.
                let open = stamp.sub_indication.as_deref() == Some("CERTIFICATE_CHAIN_GENERAL_FAILURE");
                assert!(stamp.indication.as_deref() == Some("PASSED") || (!complete && open), "{name}: {found:#?}");
            }
            if complete {
                assert_eq!(found[0].indication, "TOTAL_PASSED", "{name}: {found:#?}");
            }
        }
    }
}

#[test]
fn an_archive_of_the_enclosing_form_is_made_from_the_detached_one() {
    let Some(lab) = Lab::shared() else { return };
    let evidence = Evidence::gather(lab, Person::P256);
    let values = evidence.values();
    let basic = sign(lab, Person::P256, SignatureAlgorithm::ecdsa(SHA256), SignedExtras::default());
    let timed = with_signature_timestamp(lab, &lab.urls().tsa, &basic, 0, SHA256);
    let full = with(
        &timed,
        &[
            complete_certificate_refs(&values.certificates[1..]).unwrap(),
            complete_revocation_refs(&values.crls, &values.ocsps).unwrap(),
            certificate_values(&values.certificates).unwrap(),
            revocation_values(&values.crls, &values.ocsps).unwrap(),
        ],
    );
    let len = CONTENT.len() as u64;
    let imprint = archive_v2_input_enclosed(&full, 0, SHA256, &mut &CONTENT[..], len).unwrap();
    let archived = with(&full, &[archive_timestamp_v2(&stamp(lab, &lab.urls().tsa, imprint))]);
    assert_eq!(add_values(&archived, &values).unwrap_err(), UpgradeError::Sealed);
    let parts = enclose_stamped(&archived, len).unwrap();
    let enclosing = [&parts.head, CONTENT, &parts.tail].concat();
    assert_is_der(lab, "icp-enclosing.p7m", &enclosing);
    assert_eq!(by_openssl(lab, "icp-enclosing.p7m", &enclosing, false, "root"), CONTENT);
    let Some(found) = by_dss(lab, "icp-enclosing.p7m", &enclosing, false) else { return };
    assert_eq!(found[0].indication, "TOTAL_PASSED", "{found:#?}");
    let detached = by_dss(lab, "icp-wrong-form.p7s", &archived, true).unwrap();
    let stamp = detached[0].timestamps.iter().find(|stamp| stamp.kind.contains("ARCHIVE")).unwrap();
    assert_ne!(stamp.indication.as_deref(), Some("PASSED"), "the imprint is of the enclosing form");
}

/// AD-RA for a second time: the first archive time stamp gets the evidence of its authority, the second one covers it.
#[test]
fn an_archive_of_the_old_kind_is_renewed() {
    let Some(lab) = Lab::shared() else { return };
    let [.., (_, archived)] = levels(lab, Person::P256);
    let evidence = Evidence::gather(lab, Person::P256);
    let grown = add_values_to_archive(&archived, 0, &evidence.values()).unwrap();
    assert!(grown.len() > archived.len() + 1000);
    // `openssl ts` tells whole seconds: within the same one its stamp would seem to be the older of the two.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let imprint = archive_v2_input(&grown, 0, SHA256, &mut &CONTENT[..]).unwrap();
    let renewed = with(&grown, &[archive_timestamp_v2(&stamp(lab, &lab.urls().tsa_openssl, imprint))]);
    assert_is_der(lab, "icp-renewed.p7s", &renewed);
    assert_eq!(by_openssl(lab, "icp-renewed.p7s", &renewed, true, "root"), CONTENT);
    let none = sign(lab, Person::P256, SignatureAlgorithm::ecdsa(SHA256), SignedExtras::default());
    assert!(matches!(add_values_to_archive(&none, 0, &evidence.values()), Err(UpgradeError::Missing { .. })));
    let Some(found) = by_dss(lab, "icp-renewed.p7s", &renewed, true) else { return };
    assert_eq!(found[0].timestamps.len(), 3, "{found:#?}");
    for stamp in &found[0].timestamps {
        assert_eq!(stamp.indication.as_deref(), Some("PASSED"), "{found:#?}");
    }
}

/// Types of RFC 5126 written down once more, in Python: the references name what they should.
#[test]
fn the_references_are_what_rfc_5126_says() {
    const SCRIPT: &str = r"
import hashlib, sys
from asn1crypto import algos, cms, core, crl, ocsp, x509
class OtherHash(core.Sequence):
    _fields = [('algorithm', algos.DigestAlgorithm), ('value', core.OctetString)]
class IssuerSerial(core.Sequence):
    _fields = [('issuer', x509.GeneralNames), ('serial', core.Integer)]
class OtherCertID(core.Sequence):
    _fields = [('hash', OtherHash), ('issuer_serial', IssuerSerial, {'optional': True})]
class CertRefs(core.SequenceOf):
    _child_spec = OtherCertID
class CrlIdentifier(core.Sequence):
    _fields = [('issuer', x509.Name), ('issued', core.UTCTime), ('number', core.Integer, {'optional': True})]
class CrlValidatedID(core.Sequence):
    _fields = [('hash', OtherHash), ('id', CrlIdentifier, {'optional': True})]
class CrlIDs(core.SequenceOf):
    _child_spec = CrlValidatedID
class CRLListID(core.Sequence):
    _fields = [('crls', CrlIDs)]
class OcspIdentifier(core.Sequence):
    _fields = [('responder', ocsp.ResponderId), ('produced', core.GeneralizedTime)]
class OcspResponsesID(core.Sequence):
    _fields = [('id', OcspIdentifier), ('hash', OtherHash, {'optional': True})]
class OcspIDs(core.SequenceOf):
    _child_spec = OcspResponsesID
class OcspListID(core.Sequence):
    _fields = [('responses', OcspIDs)]
class CrlOcspRef(core.Sequence):
    _fields = [('crlids', CRLListID, {'explicit': 0, 'optional': True}),
               ('ocspids', OcspListID, {'explicit': 1, 'optional': True})]
class RevRefs(core.SequenceOf):
    _child_spec = CrlOcspRef
class Certs(core.SequenceOf):
    _child_spec = x509.Certificate
class Crls(core.SequenceOf):
    _child_spec = crl.CertificateList
class Ocsps(core.SequenceOf):
    _child_spec = ocsp.BasicOCSPResponse
class RevValues(core.Sequence):
    _fields = [('crls', Crls, {'explicit': 0, 'optional': True}), ('ocsps', Ocsps, {'explicit': 1, 'optional': True})]
info = cms.ContentInfo.load(open(sys.argv[1], 'rb').read(), strict=True)
found = {a['type'].dotted: a['values'].contents for a in info['content']['signer_infos'][0]['unsigned_attrs']}
def value(number, spec):
    der = found['1.2.840.113549.1.9.16.2.%d' % number]
    item = spec.load(der, strict=True)
    assert item.dump(force=True) == der, number
    return item
certs = list(value(23, Certs))
refs = list(value(21, CertRefs))
assert len(refs) == len(certs) - 1
for ref, cert in zip(refs, certs[1:]):
    assert ref['hash']['value'].native == hashlib.sha256(cert.dump()).digest()
    assert ref['hash']['algorithm']['algorithm'].native == 'sha256'
    assert ref['issuer_serial']['serial'].native == cert.serial_number
    assert ref['issuer_serial']['issuer'][0].chosen.untag().dump() == cert.issuer.dump()
values = value(24, RevValues)
crls = {hashlib.sha256(c.dump()).digest(): c for c in values['crls']}
revs = list(value(22, RevRefs))
assert len(revs) == len(certs)
named = 0
for ref, cert in zip(revs, certs):
    if cert.issuer == cert.subject:
        assert ref.native == {'crlids': None, 'ocspids': None}, ref.native
        continue
    assert ref['crlids'].native, cert.subject.native
    for one in ref['crlids']['crls']:
        listed = crls[one['hash']['value'].native]
        assert listed.issuer.dump() == cert.issuer.dump() == one['id']['issuer'].untag().dump()
        assert one['id']['number'].native == listed.crl_number_value.native
        named += 1
    if ref['ocspids'].native:
        answers = ref['ocspids']['responses']
        basic = values['ocsps'][0]
        assert answers[0]['id']['produced'].native == basic['tbs_response_data']['produced_at'].native
assert named >= 4
first = revs[0]['ocspids']
assert first.native, 'the OCSP answer is about the signer'
print('ok')
";
    let Some(lab) = Lab::shared() else { return };
    let Some(python) = python("asn1crypto on references") else { return };
    let [_, _, (_, complete), _] = levels(lab, Person::P256);
    save(lab, "references.p7s", &complete);
    let output = Command::new(python).arg("-c").arg(SCRIPT).arg(lab.path("references.p7s")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
