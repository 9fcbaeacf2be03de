//! How times are written: RFC 3339 in UTC.

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// RFC 3339 in UTC, to the second.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    let utc = at.to_offset(UtcOffset::UTC);
    let whole = utc.replace_nanosecond(0).unwrap_or(utc);
    // Only years outside 0 to 9999 have no RFC 3339 form; certificates and clocks stay inside.
    whole.format(&Rfc3339).unwrap_or_else(|_| whole.to_string())
}
