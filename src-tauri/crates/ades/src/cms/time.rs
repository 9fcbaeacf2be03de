//! The `Time` of RFC 5652 §11.3: UTCTime for 1950 to 2049, GeneralizedTime otherwise, always whole seconds in UTC.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::der;
use super::tlv::Tlv;

/// Writes an instant; fractions of a second are dropped, as DER wants. `None` for years before 0 and after 9999.
pub fn write(at: OffsetDateTime) -> Option<Vec<u8>> {
    let at = at.to_offset(UtcOffset::UTC);
    let year = u16::try_from(at.year()).ok().filter(|year| *year <= 9999)?;
    let rest =
        format!("{:02}{:02}{:02}{:02}{:02}Z", u8::from(at.month()), at.day(), at.hour(), at.minute(), at.second());
    Some(if (1950..=2049).contains(&year) {
        der::tlv(der::UTC_TIME, &[format!("{:02}{rest}", year % 100).as_bytes()])
    } else {
        der::tlv(der::GENERALIZED_TIME, &[format!("{year:04}{rest}").as_bytes()])
    })
}

/// Reads a time, also in the forms that BER allows: no seconds, fractions (dropped), an offset instead of `Z`.
pub fn read(element: &Tlv<'_>) -> Option<OffsetDateTime> {
    let text = std::str::from_utf8(element.body()).ok()?;
    let mut digits = Digits(text);
    let year = match element.tag() {
        der::UTC_TIME => match digits.take(2)? {
            year @ 0..50 => 2000 + year,
            year => 1900 + year,
        },
        der::GENERALIZED_TIME => digits.take(4)?,
        _ => return None,
    };
    let mut two = || digits.take(2).and_then(|value| u8::try_from(value).ok());
    let (month, day, hour, minute) = (two()?, two()?, two()?, two()?);
    let second = if digits.0.starts_with(|c: char| c.is_ascii_digit()) { digits.take(2)? } else { 0 };
    if let Some(fraction) = digits.0.strip_prefix(['.', ',']) {
        digits.0 = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let offset = match digits.0 {
        "Z" => UtcOffset::UTC,
        other => {
            let sign = match other.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let mut rest = Digits(&other[1..]);
            let (hours, minutes) = (i8::try_from(rest.take(2)?).ok()?, i8::try_from(rest.take(2)?).ok()?);
            if !rest.0.is_empty() {
                return None;
            }
            UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()?
        }
    };
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, Month::try_from(month).ok()?, day).ok()?;
    let time = Time::from_hms(hour, minute, u8::try_from(second).ok()?).ok()?;
    // An offset may push a date at the edge of the calendar over it.
    PrimitiveDateTime::new(date, time).assume_offset(offset).checked_to_offset(UtcOffset::UTC)
}

struct Digits<'a>(&'a str);

impl Digits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let head = self.0.get(..count)?;
        if !head.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = &self.0[count..];
        head.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    fn text(at: OffsetDateTime) -> (u8, String) {
        let element = write(at).unwrap();
        (element[0], String::from_utf8(element[2..].to_vec()).unwrap())
    }

    #[test]
    fn the_form_follows_the_year() {
        assert_eq!(text(datetime!(1950-01-01 00:00 UTC)), (0x17, "500101000000Z".into()));
        assert_eq!(text(datetime!(2049-12-31 23:59:59.9 UTC)), (0x17, "491231235959Z".into()));
        assert_eq!(text(datetime!(2050-01-01 00:00 UTC)), (0x18, "20500101000000Z".into()));
        assert_eq!(text(datetime!(1949-12-31 23:59 UTC)), (0x18, "19491231235900Z".into()));
        assert_eq!(text(datetime!(2026-11-21 22:00 -3)), (0x17, "261122010000Z".into()), "always in UTC");
        assert_eq!(write(datetime!(-0001-01-01 00:00 UTC)), None);
    }

    #[test]
    fn foreign_forms_are_read() {
        let utc = |text: &str| read(&Tlv::only(&der::tlv(der::UTC_TIME, &[text.as_bytes()])).unwrap());
        let general = |text: &str| read(&Tlv::only(&der::tlv(der::GENERALIZED_TIME, &[text.as_bytes()])).unwrap());
        assert_eq!(utc("2611212200Z"), Some(datetime!(2026-11-21 22:00 UTC)));
        assert_eq!(utc("261121220000-0300"), Some(datetime!(2026-11-22 01:00 UTC)));
        assert_eq!(general("20261121220000.123Z"), Some(datetime!(2026-11-21 22:00 UTC)));
        for bad in ["", "Z", "261321220000Z", "261121220000", "2611212200é", "261121220000+03", "26112122000Z"] {
            assert_eq!(utc(bad), None, "{bad:?}");
        }
        assert_eq!(general("99991231235959-2300"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -62_000_000_000_i64..253_000_000_000) {
            let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            if at.year() >= 0 {
                let element = write(at).unwrap();
                prop_assert_eq!(read(&Tlv::only(&element).unwrap()), Some(at));
            }
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,20}", tag in prop::sample::select(vec![0x17_u8, 0x18])) {
            let element = der::tlv(tag, &[text.as_bytes()]);
            let _ = read(&Tlv::only(&element).unwrap());
        }
    }
}
