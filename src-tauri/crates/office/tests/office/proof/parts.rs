//! Signatures that our own signing does not make: taken apart, changed, and put together again.

use cartorio_ades::cms::tlv::Tlv;
use cartorio_ades::cms::{der, oid};
use cartorio_ades::create::upgrade::Attribute;
use cartorio_ades::validate::cms::{countersignature, parse};
use cartorio_core::Digest;
use cartorio_testkit::lab::Lab;

use super::making::{SHA256, Who, token};

/// The only signer of `cms` signs again, with one more attribute.
pub fn signed_again(cms: &[u8], attribute: Vec<u8>, who: &Who) -> Vec<u8> {
    let data = parse(cms).unwrap();
    let signer = data.signers().next().unwrap();
    let old = signer.signed_attributes().unwrap();
    let mut attributes: Vec<Vec<u8>> = elements(old).iter().map(|own| own.raw().to_vec()).collect();
    attributes.push(attribute);
    let value = who.sign(&Digest::of(SHA256, &der::set_of(der::SET, attributes.clone())));
    let octets = |value: &[u8]| der::tlv(der::OCTET_STRING, &[value]);
    let cms = replaced(cms, old, &der::set_of(der::context(0), attributes));
    replaced(&cms, &octets(signer.signature_value()), &octets(&value))
}

/// A countersignature's SignerInfo with a time stamp of its own, over what `over` makes of its value.
pub fn stamped_info(lab: &Lab, around: &[u8], info: &[u8], stamp: Stamp) -> Vec<u8> {
    let data = parse(around).unwrap();
    let counter = countersignature(&data, info).unwrap();
    let value = counter.signers().next().unwrap().signature_value().to_vec();
    let over = stamp.over.unwrap_or(value);
    let mut token = token(lab, stamp.tsa, Digest::of(SHA256, &over), stamp.hours);
    (stamp.spoil)(&mut token);
    with_unsigned(info, &Attribute::new(oid::SIGNATURE_TIME_STAMP, token))
}

/// The time stamp of a countersignature.
pub struct Stamp {
    pub tsa: &'static str,
    pub hours: i64,
    /// What it is over, if not the countersignature's value.
    pub over: Option<Vec<u8>>,
    pub spoil: fn(&mut Vec<u8>),
}

/// A SignerInfo that has no unsigned attributes yet, with one.
pub fn with_unsigned(info: &[u8], attribute: &Attribute) -> Vec<u8> {
    let values: Vec<&[u8]> = attribute.values.iter().map(Vec::as_slice).collect();
    let attribute = der::tlv(der::SEQUENCE, &[&der::oid(attribute.oid), &der::tlv(der::SET, &values)]);
    let body = Tlv::only(info).unwrap().body();
    der::tlv(der::SEQUENCE, &[body, &der::tlv(der::context(1), &[&attribute])])
}

/// `bytes` with the one element that is `from` as `to`, and every length around it.
pub fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    const CONSTRUCTED: u8 = 0x20;
    let element = Tlv::only(bytes).unwrap();
    if element.raw() == from {
        return to.to_vec();
    }
    if element.tag() & CONSTRUCTED == 0 || element.raw().len() < from.len() {
        return bytes.to_vec();
    }
    let parts: Vec<Vec<u8>> = elements(bytes).iter().map(|own| replaced(own.raw(), from, to)).collect();
    der::tlv(element.tag(), &parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

pub fn elements(bytes: &[u8]) -> Vec<Tlv<'_>> {
    Tlv::only(bytes).unwrap().children().rest("an element").unwrap()
}
