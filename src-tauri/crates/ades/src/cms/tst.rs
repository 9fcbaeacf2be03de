//! TSTInfo (RFC 3161 §2.4.2): what a time-stamp token encloses. Who signed it is judged where it is used.

use const_oid::ObjectIdentifier as Oid;
use time::{Duration, OffsetDateTime};

use super::algorithm::{DigestId, read_oid};
use super::ber::Asn1Error;
use super::tlv::Tlv;
use super::{der as write, time as asn1_time};

/// What a token says was there, and when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TstInfo {
    /// The policy of the authority.
    pub policy: Oid,
    /// Hash function of the imprint.
    pub hash: DigestId,
    /// The digest that was sent to the authority.
    pub value: Vec<u8>,
    /// Contents of the INTEGER that numbers the token.
    pub serial: Vec<u8>,
    /// genTime, in UTC; fractions of a second are dropped.
    pub gen_time: OffsetDateTime,
    /// By how much the time may be wrong, as the authority says; zero where it does not say.
    pub accuracy: Duration,
    /// Contents of the INTEGER that ties the answer to its question.
    pub nonce: Option<Vec<u8>>,
    /// The first extension that is marked critical; none is known here.
    pub critical: Option<Oid>,
}

impl TstInfo {
    /// Reads the content of a token.
    ///
    /// # Errors
    /// [`Asn1Error`] with an offset from the start of `content`.
    pub fn read(content: &[u8]) -> Result<Self, Asn1Error> {
        let info = Tlv::only(content)?;
        if info.tag() != write::SEQUENCE {
            return Err(Asn1Error::Unexpected { what: "a TSTInfo", offset: 0 });
        }
        let mut fields = info.children();
        let version = fields.expect(write::INTEGER, "a version")?;
        if version.body() != [1] {
            return Err(Asn1Error::Unexpected { what: "version 1", offset: version.offset() });
        }
        let policy = read_oid(&fields.any("a policy")?)?;
        let mut imprint = fields.expect(write::SEQUENCE, "a message imprint")?.children();
        let hash = DigestId::read(&imprint.expect(write::SEQUENCE, "a hash algorithm")?)?;
        let value = imprint.expect(write::OCTET_STRING, "a digest")?.body().to_vec();
        imprint.finish("the end of the message imprint")?;
        let serial = fields.expect(write::INTEGER, "a serial number")?.body().to_vec();
        let at = fields.expect(write::GENERALIZED_TIME, "a time")?;
        let gen_time = asn1_time::read(&at).ok_or(Asn1Error::Unexpected { what: "a time", offset: at.offset() })?;
        let mut read =
            Self { policy, hash, value, serial, gen_time, accuracy: Duration::ZERO, nonce: None, critical: None };
        for field in fields.rest("a field of a TSTInfo")? {
            if field.tag() == write::INTEGER {
                read.nonce = Some(field.body().to_vec());
            } else if field.tag() == write::SEQUENCE {
                read.accuracy = accuracy(&field)?;
            } else if field.tag() == write::context(1) {
                read.critical = critical_extension(&field)?;
            }
        }
        Ok(read)
    }
}

/// `Accuracy`: seconds, milliseconds `[0]`, microseconds `[1]`, each of which may be left out.
fn accuracy(accuracy: &Tlv<'_>) -> Result<Duration, Asn1Error> {
    let mut sum = Duration::ZERO;
    for part in accuracy.children().rest("a part of an accuracy")? {
        // More than three bytes are half a year or more: the number says nothing then, only that it is large.
        let number = match part.body() {
            bytes @ ([_] | [_, _] | [_, _, _]) => bytes.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte)),
            _ => i64::from(u32::MAX),
        };
        sum = sum.saturating_add(match part.tag() {
            write::INTEGER => Duration::seconds(number),
            MILLIS => Duration::milliseconds(number),
            MICROS => Duration::microseconds(number),
            _ => return Err(Asn1Error::Unexpected { what: "a part of an accuracy", offset: part.offset() }),
        });
    }
    Ok(sum)
}

const MILLIS: u8 = 0x80;
const MICROS: u8 = 0x81;

fn critical_extension(extensions: &Tlv<'_>) -> Result<Option<Oid>, Asn1Error> {
    for extension in extensions.children().rest("an extension")? {
        let mut fields = extension.children();
        let oid = read_oid(&fields.any("an extension's name")?)?;
        if fields.optional(BOOLEAN, "a criticality")?.is_some_and(|flag| flag.body() != [0]) {
            return Ok(Some(oid));
        }
    }
    Ok(None)
}

const BOOLEAN: u8 = 0x01;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::oid;
    use proptest::prelude::*;

    fn info(more: &[&[u8]]) -> Vec<u8> {
        let imprint = write::tlv(
            write::SEQUENCE,
            &[&write::tlv(write::SEQUENCE, &[&write::oid(oid::SHA256)]), &write::tlv(write::OCTET_STRING, &[&[7; 32]])],
        );
        let fixed: [&[u8]; 5] = [
            &[2, 1, 1],
            &write::oid(Oid::new_unwrap("1.2.3.4")),
            &imprint,
            &[2, 1, 9],
            &write::tlv(write::GENERALIZED_TIME, &[b"20261122050607.123Z"]),
        ];
        write::tlv(write::SEQUENCE, &[fixed.as_slice(), more].concat())
    }

    #[test]
    fn optional_fields_are_told_apart() {
        let accuracy = [0x30, 3, 2, 1, 1];
        let extension = |critical: u8| {
            let inner = [write::oid(Oid::new_unwrap("1.2.3.5")), vec![1, 1, critical], vec![4, 0]].concat();
            write::tlv(write::context(1), &[&write::tlv(write::SEQUENCE, &[&inner])])
        };
        let bare = TstInfo::read(&info(&[])).unwrap();
        assert_eq!((bare.nonce, bare.critical), (None, None), "the accuracy's seconds are no nonce");
        let full = TstInfo::read(&info(&[&accuracy, &[1, 1, 0xff], &[2, 2, 0, 0x80], &extension(0xff)])).unwrap();
        assert_eq!(full.nonce, Some(vec![0, 0x80]));
        assert_eq!(full.critical, Some(Oid::new_unwrap("1.2.3.5")));
        assert_eq!(TstInfo::read(&info(&[&accuracy, &extension(0)])).unwrap().critical, None);
        assert_eq!((bare.accuracy, full.accuracy), (Duration::ZERO, Duration::seconds(1)));
        let parts = [0x30, 11, 2, 1, 2, 0x80, 2, 1, 0xf4, 0x81, 2, 0, 250];
        assert_eq!(TstInfo::read(&info(&[&parts])).unwrap().accuracy, Duration::microseconds(2_500_250));
        let endless = [0x30, 6, 2, 4, 0x7f, 0xff, 0xff, 0xff];
        assert!(TstInfo::read(&info(&[&endless])).unwrap().accuracy > Duration::days(365));
        assert_eq!(full.gen_time.unix_timestamp(), 1_795_323_967);
        let mut second = info(&[]);
        second[4] = 2;
        assert!(matches!(TstInfo::read(&second), Err(Asn1Error::Unexpected { what: "version 1", .. })));
    }

    proptest! {
        #[test]
        fn anything_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..80), at in 0_usize..90, flip in 1_u8..) {
            let _ = TstInfo::read(&bytes);
            let mut changed = info(&[&[2, 1, 5]]);
            let at = at % changed.len();
            changed[at] ^= flip;
            let _ = TstInfo::read(&changed);
        }
    }
}
