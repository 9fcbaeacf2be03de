//! UTCTime and GeneralizedTime (X.680 §46, §47), in the forms that DER wants and in those that files have.

/// An instant as an element has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeValue {
    /// Four digits; a UTCTime's two are read as 1950 to 2049 (RFC 5280 §4.1.2.5.1).
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the length of the month.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59; 0 where the element has no seconds.
    pub second: u8,
    /// The digits after the decimal sign, as they stand; empty where there are none.
    pub fraction: String,
    /// Minutes east of UTC; `None` for a local time without a zone.
    pub offset_minutes: Option<i16>,
    /// Whether the form is the one that DER allows (X.690 §11.7, §11.8): seconds, `Z`, no trailing zeros.
    pub canonical: bool,
}

impl TimeValue {
    /// Reads the content of a UTCTime.
    pub fn utc_time(content: &[u8]) -> Option<Self> {
        let mut digits = Digits(content);
        let short = digits.pair()?;
        let year = if short < 50 { 2000 + u16::from(short) } else { 1900 + u16::from(short) };
        let mut value = Self::from_day(year, &mut digits)?;
        value.minute = digits.pair().filter(|minute| *minute < 60)?;
        let seconds = digits.pair();
        value.second = seconds.unwrap_or(0);
        value.finish(digits, seconds.is_some())
    }

    /// Reads the content of a GeneralizedTime.
    pub fn generalized_time(content: &[u8]) -> Option<Self> {
        let mut digits = Digits(content);
        let year = u16::from(digits.pair()?) * 100 + u16::from(digits.pair()?);
        let mut value = Self::from_day(year, &mut digits)?;
        let minutes = digits.pair();
        value.minute = minutes.unwrap_or(0);
        let seconds = if minutes.is_some() { digits.pair() } else { None };
        value.second = seconds.unwrap_or(0);
        if let [b'.' | b',', rest @ ..] = digits.0 {
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            // A fraction of an hour or a minute is no form that anybody writes.
            if length == 0 || length > 18 || seconds.is_none() {
                return None;
            }
            value.fraction = rest[..length].iter().map(|byte| char::from(*byte)).collect();
            value.canonical = digits.0[0] == b'.' && rest[length - 1] != b'0';
            digits = Digits(&rest[length..]);
        }
        value.finish(digits, seconds.is_some())
    }

    /// RFC 3339, with the offset that the element has; without one for a local time.
    pub fn rfc3339(&self) -> String {
        let Self { year, month, day, hour, minute, second, fraction, offset_minutes, .. } = self;
        let dot = if fraction.is_empty() { "" } else { "." };
        let zone = match offset_minutes {
            None => String::new(),
            Some(0) => "Z".to_owned(),
            Some(minutes) => {
                let sign = if *minutes < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{dot}{fraction}{zone}")
    }

    fn from_day(year: u16, digits: &mut Digits<'_>) -> Option<Self> {
        let month = digits.pair()?;
        let day = digits.pair()?;
        let hour = digits.pair().filter(|hour| *hour < 24)?;
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let longest = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        (1..=longest).contains(&day).then(|| Self {
            year,
            month,
            day,
            hour,
            minute: 0,
            second: 0,
            fraction: String::new(),
            offset_minutes: None,
            canonical: true,
        })
    }

    fn finish(mut self, mut digits: Digits<'_>, has_seconds: bool) -> Option<Self> {
        if self.minute > 59 || self.second > 59 {
            return None;
        }
        match digits.0 {
            b"Z" => self.offset_minutes = Some(0),
            b"" => {}
            [sign @ (b'+' | b'-'), rest @ ..] => {
                digits = Digits(rest);
                let hours = digits.pair().filter(|hours| *hours < 24)?;
                let minutes = if digits.0.is_empty() { 0 } else { digits.pair().filter(|minutes| *minutes < 60)? };
                if !digits.0.is_empty() {
                    return None;
                }
                let total = i16::from(hours) * 60 + i16::from(minutes);
                self.offset_minutes = Some(if *sign == b'-' { -total } else { total });
                self.canonical = false;
            }
            _ => return None,
        }
        self.canonical &= has_seconds && self.offset_minutes == Some(0);
        Some(self)
    }
}

struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn pair(&mut self) -> Option<u8> {
        match self.0 {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
                self.0 = rest;
                Some((tens - b'0') * 10 + (ones - b'0'))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TimeValue;

    #[test]
    fn the_forms_of_der_and_those_of_files() {
        let utc = |text: &str| TimeValue::utc_time(text.as_bytes()).map(|time| (time.rfc3339(), time.canonical));
        let long =
            |text: &str| TimeValue::generalized_time(text.as_bytes()).map(|time| (time.rfc3339(), time.canonical));
        assert_eq!(utc("491231235959Z"), Some(("2049-12-31T23:59:59Z".into(), true)));
        assert_eq!(utc("500101000000Z"), Some(("1950-01-01T00:00:00Z".into(), true)));
        assert_eq!(utc("9912312359Z"), Some(("1999-12-31T23:59:00Z".into(), false)));
        assert_eq!(utc("991231235959-0300"), Some(("1999-12-31T23:59:59-03:00".into(), false)));
        assert_eq!(long("20240229120000Z"), Some(("2024-02-29T12:00:00Z".into(), true)));
        assert_eq!(long("20240229120000.25Z"), Some(("2024-02-29T12:00:00.25Z".into(), true)));
        assert_eq!(long("20240229120000.250Z"), Some(("2024-02-29T12:00:00.250Z".into(), false)));
        assert_eq!(long("20240229120000"), Some(("2024-02-29T12:00:00".into(), false)));
        assert_eq!(long("2024022912Z"), Some(("2024-02-29T12:00:00Z".into(), false)));
        assert_eq!(long("99991231235959Z"), Some(("9999-12-31T23:59:59Z".into(), true)));
        for wrong in ["", "20230229120000Z", "20241301120000Z", "20240101240000Z", "20240101126000Z", "20240101Z", "x"]
        {
            assert_eq!(long(wrong), None, "{wrong}");
        }
        assert_eq!(utc("19020701025736Z"), None, "a GeneralizedTime in the clothes of a UTCTime");
    }
}
