//! Instants as text: RFC 3339 in UTC, always six decimals, so that text order is time order.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::{RegistryError, RegistryResult};

/// Drops what the stored form does not keep: the offset and anything below a microsecond.
pub(crate) fn truncate(at: OffsetDateTime) -> OffsetDateTime {
    let at = at.to_offset(UtcOffset::UTC);
    // A multiple of 1000 below 10^9 is always a valid nanosecond.
    at.replace_nanosecond(at.nanosecond() / 1_000 * 1_000).unwrap_or(at)
}

/// The stored form, e.g. `2026-11-21T19:06:00.000000Z`.
///
/// # Errors
/// [`RegistryError::Invalid`] outside the years 0 to 9999, which RFC 3339 cannot write.
pub(crate) fn write(field: &'static str, at: OffsetDateTime) -> RegistryResult<String> {
    let at = truncate(at);
    if !(0..=9999).contains(&at.year()) {
        return Err(RegistryError::Invalid { field, reason: "is outside the years 0 to 9999".into() });
    }
    Ok(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.microsecond()
    ))
}

/// Reads the stored form back; nothing else is accepted.
pub(crate) fn read(text: &str) -> Result<OffsetDateTime, String> {
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|error| format!("{text:?} is not a time: {error}"))?;
    match write("time", at) {
        Ok(canonical) if canonical == text => Ok(at),
        Ok(_) | Err(_) => Err(format!("{text:?} is not a time in the registry's form")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_order_is_time_order(a in -62_167_219_200_000_000_i128..253_402_300_800_000_000, b in 0_i128..253_402_300_800_000_000) {
            let [a, b] = [a, b].map(|micros| OffsetDateTime::from_unix_timestamp_nanos(micros * 1_000).unwrap());
            let [x, y] = [a, b].map(|at| write("at", at).unwrap());
            prop_assert_eq!(read(&x).unwrap(), a);
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        }
    }

    #[test]
    fn refuses_another_spelling_of_the_same_instant() {
        for text in ["2026-11-21T19:06:00Z", "2026-11-21T16:06:00.000000-03:00", "2026-11-21t19:06:00.000000Z", ""] {
            assert!(read(text).is_err(), "{text:?} must be refused, or two texts would mean one time");
        }
    }
}
