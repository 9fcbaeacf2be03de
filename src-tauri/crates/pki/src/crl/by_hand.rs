//! Lists as no authority of ours makes them, put together element by element: what is read of them is what x509-parser reads of the whole,
//! and what OpenSSL does.

use openssl::x509::X509Crl;
use proptest::prelude::*;
use time::macros::datetime;

use super::tests::told;
use super::*;

const REASON: &str = "2.5.29.21";
const INVALIDITY_DATE: &str = "2.5.29.24";
const CERTIFICATE_ISSUER: &str = "2.5.29.29";
const NUMBER: &str = "2.5.29.20";

fn oid(text: &str) -> Vec<u8> {
    asn1::oid(&const_oid::ObjectIdentifier::new_unwrap(text))
}

fn extension(id: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { asn1::tlv(asn1::BOOLEAN, &[0xff]) } else { Vec::new() };
    asn1::seq([oid(id), critical, asn1::octets(value)])
}

fn reason(number: u8) -> Vec<u8> {
    asn1::tlv(asn1::ENUMERATED, &[number])
}

fn entry(serial: u64, extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = if extensions.is_empty() { Vec::new() } else { asn1::seq(extensions) };
    asn1::seq([asn1::number(serial), asn1::time(datetime!(2026-05-01 00:00 UTC)), extensions])
}

/// What a list is made of. Nobody signed it: that is not what is read here.
#[derive(Clone, Debug)]
struct Parts {
    version: Option<u64>,
    next_update: Option<OffsetDateTime>,
    /// The content of revokedCertificates, where that is there.
    revoked: Option<Vec<Vec<u8>>>,
    extensions: Option<Vec<Vec<u8>>>,
    /// Behind the last field of what is signed.
    behind: Vec<u8>,
}

impl Parts {
    fn new(entries: &[Vec<u8>]) -> Self {
        Self {
            version: Some(1),
            next_update: Some(datetime!(2026-07-01 00:00 UTC)),
            revoked: Some(entries.to_vec()),
            extensions: Some(vec![extension(NUMBER, false, &asn1::number(7))]),
            behind: Vec::new(),
        }
    }

    fn tbs(&self) -> Vec<Vec<u8>> {
        let name = asn1::seq([asn1::set_of(vec![asn1::seq([oid("2.5.4.3"), asn1::tlv(asn1::UTF8_STRING, b"AC")])])]);
        let optional = |own: Option<Vec<u8>>| own.unwrap_or_default();
        vec![
            optional(self.version.map(asn1::number)),
            algorithm(),
            name,
            asn1::time(datetime!(2026-06-01 00:00 UTC)),
            optional(self.next_update.map(asn1::time)),
            optional(self.revoked.as_ref().map(asn1::seq)),
            optional(self.extensions.as_ref().map(|own| asn1::explicit(0, &asn1::seq(own)))),
            self.behind.clone(),
        ]
    }

    fn der(&self) -> Vec<u8> {
        whole(&asn1::seq(self.tbs()))
    }
}

fn algorithm() -> Vec<u8> {
    asn1::seq([oid("1.2.840.10045.4.3.2")])
}

fn whole(tbs: &[u8]) -> Vec<u8> {
    asn1::seq([tbs.to_vec(), algorithm(), asn1::bits(&[0x5a; 70])])
}

/// Reads it in every way there is, which agree where they read it at all.
fn read(der: &[u8]) -> Result<Crl, CrlError> {
    let read = Crl::from_der(der);
    let together = Crl::read_parts(der, der, None);
    assert_eq!(told(&read), told(&together), "read apart and together");
    assert_eq!(read.as_ref().err(), together.as_ref().err());
    if let (Ok(own), Ok(theirs)) = (&read, X509Crl::from_der(der)) {
        assert_eq!(own.next_update.is_some(), theirs.next_update().is_some());
        let own: Vec<String> = own.revoked.iter().map(|entry| entry.serial.decimal()).collect();
        let mut serials: Vec<String> = Vec::new();
        for entry in theirs.get_revoked().into_iter().flatten() {
            serials.push(entry.serial_number().to_bn().unwrap().to_dec_str().unwrap().to_string());
        }
        assert_eq!(own, serials, "as OpenSSL reads it");
    }
    read
}

#[test]
fn what_need_not_be_there_may_be_missing() {
    let entries = [entry(1, &[]), entry(2, &[extension(REASON, false, &reason(1))]), entry(0x8000_0001, &[])];
    let full = read(&Parts::new(&entries).der()).unwrap();
    assert_eq!(
        (full.revoked.len(), full.scope, full.number.clone()),
        (3, CrlScope::Everything, Some(Serial::from_unsigned(&[7])))
    );
    assert_eq!(full.revoked[1].reason, Some(RevocationReason::KeyCompromise));
    assert!(full.next_update.is_some() && !full.is_delta && !full.is_indirect);

    let endless = read(&Parts { next_update: None, ..Parts::new(&entries) }.der()).unwrap();
    assert_eq!((endless.next_update, endless.revoked.len()), (None, 3));
    // Version 1 has no extensions, neither of the list nor of an entry (RFC 5280 §5.1.2.1).
    let old = Parts { version: None, extensions: None, ..Parts::new(&[entry(1, &[]), entry(2, &[])]) };
    let first = read(&old.der()).unwrap();
    assert_eq!((first.revoked.len(), first.number.as_ref(), first.extensions.len()), (2, None, 0));
    assert_eq!(first.scope, CrlScope::Everything);
    let without = read(&Parts { next_update: None, ..old.clone() }.der()).unwrap();
    assert_eq!((without.next_update, without.revoked.len()), (None, 2));
    for none in [Parts { revoked: None, ..old.clone() }, Parts { revoked: None, next_update: None, ..old }] {
        assert_eq!(read(&none.der()).unwrap().revoked.len(), 0);
    }
    assert_eq!(read(&Parts { revoked: None, ..Parts::new(&[]) }.der()).unwrap().revoked.len(), 0);
    // Where nobody is revoked the field should not be there; whether it is taken or not, nobody is on it.
    for empty in [Parts::new(&[]), Parts { next_update: None, extensions: None, ..Parts::new(&[]) }] {
        assert!(read(&empty.der()).is_ok_and(|own| own.revoked.is_empty()));
    }
}

#[test]
fn a_critical_extension_of_an_entry_that_is_not_known_keeps_the_list_from_being_judged_by() {
    let issuer = asn1::seq([asn1::explicit(4, &asn1::seq([asn1::set_of(vec![])]))]);
    let date = asn1::tlv(asn1::GENERALIZED_TIME, b"20260401000000Z");
    for (id, critical, value, scope) in [
        (REASON, false, reason(4), CrlScope::Everything),
        (REASON, true, reason(4), CrlScope::Everything),
        (INVALIDITY_DATE, false, date.clone(), CrlScope::Everything),
        (INVALIDITY_DATE, true, date, CrlScope::NotJudged),
        (CERTIFICATE_ISSUER, true, issuer, CrlScope::NotJudged),
        ("1.2.3.4", false, asn1::number(1), CrlScope::Everything),
        ("1.2.3.4", true, asn1::number(1), CrlScope::NotJudged),
    ] {
        // In the middle of the others, and the last of them.
        for place in [1, 2] {
            let mut entries = vec![entry(1, &[]), entry(2, &[])];
            entries.insert(place, entry(9, &[extension(id, critical, &value)]));
            let list = read(&Parts::new(&entries).der()).unwrap();
            assert_eq!((list.scope, list.revoked.len()), (scope, 3), "{id} {critical}");
            assert_eq!(list.revoked[place].reason.is_some(), id == REASON);
        }
    }
    // One of the list itself, and the entries stay what they are.
    let unknown =
        Parts { extensions: Some(vec![extension("1.2.3.4", true, &asn1::number(1))]), ..Parts::new(&[entry(1, &[])]) };
    let list = read(&unknown.der()).unwrap();
    assert_eq!((list.scope, list.revoked.len()), (CrlScope::NotJudged, 1));
}

#[test]
fn what_follows_where_nothing_should_is_no_part_of_a_list() {
    let entries = [entry(1, &[]), entry(2, &[])];
    let good = Parts::new(&entries);
    let der = good.der();
    for junk in [&[0][..], &[0x05, 0x00], &[0x30, 0x00], &[0x30, 0x80, 0x00, 0x00], &der] {
        let longer = [der.as_slice(), junk].concat();
        let refused = read(&longer).unwrap_err();
        assert_eq!(refused, CrlError::TrailingData { offset: der.len(), length: junk.len() });
        // Inside, too, where it is nobody's field: never as one more entry.
        let inside = asn1::seq([asn1::seq(good.tbs()), algorithm(), asn1::bits(&[0x5a; 70]), junk.to_vec()]);
        let behind = Parts { behind: junk.to_vec(), ..good.clone() }.der();
        for own in [inside, behind] {
            assert!(read(&own).map_or(true, |list| list.revoked.len() == 2), "{junk:02x?}");
        }
    }
    // A second field of entries is none.
    let twice = Parts { behind: asn1::seq([entry(3, &[])]), ..good.clone() };
    assert!(read(&twice.der()).map_or(true, |list| list.revoked.len() == 2));
    let moved = Parts { extensions: None, behind: asn1::seq([entry(3, &[])]), ..good };
    assert!(read(&moved.der()).map_or(true, |list| list.revoked.len() == 2));
    // What is among the entries and is none spoils the list.
    for odd in [asn1::number(5), asn1::seq([asn1::number(5)]), Vec::from([0x00, 0x00]), asn1::tlv(asn1::SET, &[])] {
        assert!(read(&Parts::new(&[entry(1, &[]), odd.clone()]).der()).is_err(), "{odd:02x?}");
    }
}

/// `element` with its length in one octet more than it takes, or without one.
fn spoilt(element: &[u8], indefinite: bool) -> Vec<u8> {
    let own = Reader::new(element).next().unwrap().unwrap();
    let length = if indefinite {
        vec![0x80]
    } else {
        let needed = own.content.len().to_be_bytes().iter().skip_while(|byte| **byte == 0).count();
        let count = if own.content.len() < 0x80 { 1 } else { needed + 1 };
        let bytes = own.content.len().to_be_bytes();
        [&[0x80 | u8::try_from(count).unwrap()][..], &bytes[bytes.len() - count..]].concat()
    };
    let end: &[u8] = if indefinite { &[0, 0] } else { &[] };
    [&element[..1], &length, own.content, end].concat()
}

#[test]
fn a_length_that_der_writes_otherwise_is_refused_wherever_it_stands() {
    let entries = [entry(1, &[]), entry(2, &[extension(REASON, false, &reason(1))])];
    let good = Parts::new(&entries);
    assert!(read(&good.der()).is_ok());
    for indefinite in [false, true] {
        let refused = |der: Vec<u8>, what: &str| assert!(read(&der).is_err(), "{what}, indefinite: {indefinite}");
        refused(spoilt(&good.der(), indefinite), "the whole");
        refused(whole(&spoilt(&asn1::seq(good.tbs()), indefinite)), "what is signed");
        for (place, field) in
            good.tbs().iter().enumerate().filter(|(_, own)| own.first().is_some_and(|tag| tag & 0x20 != 0))
        {
            let mut fields = good.tbs();
            fields[place] = spoilt(field, indefinite);
            refused(whole(&asn1::seq(fields)), &format!("field {place}"));
        }
        for place in 0..2 {
            let mut own = entries.to_vec();
            own[place] = spoilt(&own[place], indefinite);
            refused(Parts::new(&own).der(), &format!("entry {place}"));
        }
    }
    // In what is made of nothing else, there is one way only.
    let long = asn1::seq([spoilt(&asn1::number(5), false), asn1::time(datetime!(2026-05-01 00:00 UTC))]);
    assert!(read(&Parts::new(&[long]).der()).is_err());
    // Hostile nesting ends early.
    let deep = (0..2_000).fold(Vec::new(), |inner, _| asn1::seq([inner]));
    assert!(read(&Parts { behind: deep, ..good }.der()).is_err());
}

fn entries() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let known = prop_oneof![
        Just(Vec::new()),
        (any::<bool>(), 0_u8..12).prop_map(|(critical, number)| vec![extension(REASON, critical, &reason(number))]),
        any::<bool>().prop_map(|critical| vec![extension("1.2.3.4", critical, &[5, 0])]),
    ];
    let one = (any::<u64>(), known).prop_map(|(serial, extensions)| entry(serial, &extensions));
    let odd = prop::collection::vec(any::<u8>(), 0..6);
    prop::collection::vec(prop_oneof![19 => one, 1 => odd], 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_is_put_together_is_read_in_one_way(
        version in prop::option::of(0_u64..4),
        next in any::<bool>(),
        revoked in prop::option::of(entries()),
        number in prop::option::of(any::<u64>()),
        behind in prop_oneof![9 => Just(Vec::new()), 1 => prop::collection::vec(any::<u8>(), 0..8)],
    ) {
        let next_update = next.then_some(datetime!(2050-07-01 00:00 UTC));
        let extensions = number.map(|own| vec![extension(NUMBER, false, &asn1::number(own))]);
        let _ = read(&Parts { version, next_update, revoked, extensions, behind }.der());
    }
}
