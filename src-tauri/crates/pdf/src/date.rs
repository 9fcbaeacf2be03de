//! Date strings (ISO 32000-2, 7.9.4).

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// `time` as a date: `D:20261121170000-03'00'`. The closing apostrophe is that of PDF 1.7; readers of 2.0 accept it.
pub fn encode_date(time: OffsetDateTime) -> String {
    let (hours, minutes, _) = time.offset().as_hms();
    let sign = if time.offset().is_negative() { '-' } else { '+' };
    format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}{sign}{:02}'{:02}'",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        hours.unsigned_abs(),
        minutes.unsigned_abs(),
    )
}

/// The time a date string says; parts left out count as the standard says, a missing zone as UTC. `None` for anything
/// that is not a date.
pub fn decode_date(text: &str) -> Option<OffsetDateTime> {
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).take(14).count();
    let (stamp, zone) = text.split_at(digits);
    if digits < 4 || digits % 2 != 0 {
        return None;
    }
    let part = |at: usize, default: u8| match stamp.get(at..at + 2) {
        Some(part) => part.parse::<u8>().ok(),
        None => Some(default),
    };
    let month = Month::try_from(part(4, 1)?).ok()?;
    let date = Date::from_calendar_date(stamp[..4].parse().ok()?, month, part(6, 1)?).ok()?;
    let time = Time::from_hms(part(8, 0)?, part(10, 0)?, part(12, 0)?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_offset(decode_zone(zone)?))
}

fn decode_zone(zone: &str) -> Option<UtcOffset> {
    let sign = match zone.bytes().next() {
        None | Some(b'Z') => return Some(UtcOffset::UTC),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let mut parts = zone[1..].split('\'');
    let hours: i8 = parts.next()?.parse().ok()?;
    let minutes: i8 = match parts.next() {
        None | Some("") => 0,
        Some(minutes) => minutes.parse().ok()?,
    };
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    #[test]
    fn partial_dates_and_zones_read_as_the_standard_says() {
        for (text, expected) in [
            ("D:20261121170000-03'00'", Some(datetime!(2026-11-21 17:00 -3))),
            ("D:20261121170000-03'30", Some(datetime!(2026-11-21 17:00 -03:30))),
            ("20261121170000Z", Some(datetime!(2026-11-21 17:00 UTC))),
            ("D:20261121170000Z00'00'", Some(datetime!(2026-11-21 17:00 UTC))),
            ("D:2026", Some(datetime!(2026-01-01 0:00 UTC))),
            ("D:20261301", None),
            ("D:20260230", None),
            ("D:2026112", None),
            ("D:20261121170000*03", None),
            ("D:20261121170000+99'00'", None),
            ("D:20261121170000+", None),
            ("", None),
        ] {
            assert_eq!(decode_date(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes(seconds in 0_i64..250_000_000_000, offset in -720_i32..=720) {
            let zone = UtcOffset::from_whole_seconds(offset * 60).unwrap();
            let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap().to_offset(zone);
            prop_assert_eq!(decode_date(&encode_date(time)), Some(time));
        }

        #[test]
        fn any_text_is_a_date_or_not(text in "D?:?[0-9]{0,15}[-+Z']?[0-9'-]{0,6}\\PC?") {
            let _ = decode_date(&text);
        }
    }
}
