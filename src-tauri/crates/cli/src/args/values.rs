//! Values with a form of their own, which are read with the command line: a wrong one is seen before anything is opened.

use std::fmt;
use std::str::FromStr;

use cartorio_office::{KeySpec, SignatureAlgorithm};
use clap::builder::PossibleValuesParser;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::signing::{AfterError, ErrorKindName};

/// What a value should look like; the form itself is in no language.
#[derive(Debug)]
pub(crate) struct Wanted(pub(crate) &'static str);

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected: {}", self.0)
    }
}

impl std::error::Error for Wanted {}

/// Where a visible stamp goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Visible {
    /// Anywhere on a page.
    At(Place),
    /// Where the field lies that is signed.
    InField,
}

/// A place in points from the top left of the page as it is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    /// From 1; negative counts from the end.
    pub(crate) page: i32,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// A whole number in decimal digits, and nothing else: no sign, no `0x10`, no `1e2`.
pub(super) fn digits<T: FromStr>(text: &str) -> Result<T, Wanted> {
    const WANTED: Wanted = Wanted("0, 1, 2, 3…");
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WANTED);
    }
    text.parse().map_err(|_| WANTED)
}

/// The same, from 1.
pub(super) fn from_one(text: &str) -> Result<u32, Wanted> {
    digits(text).ok().filter(|number| *number > 0).ok_or(Wanted("1, 2, 3…"))
}

/// A length in points as people write one: digits, and perhaps a sign and a point. No page is a kilometre wide.
fn points(text: &str) -> Option<f64> {
    const MOST: f64 = 1_000_000.0;
    let plain = |own: char| own.is_ascii_digit() || own == '.';
    let number = text.strip_prefix('-').unwrap_or(text).chars().all(plain).then(|| text.parse::<f64>().ok()).flatten();
    number.filter(|number| number.abs() <= MOST)
}

/// `page=1,x=..,y=..,w=..,h=..`, where the page may be left out, or `field`.
pub(super) fn visible(text: &str) -> Result<Visible, Wanted> {
    if text == "field" { Ok(Visible::InField) } else { place(text).map(Visible::At) }
}

fn place(text: &str) -> Result<Place, Wanted> {
    const WANTED: Wanted = Wanted("page=1,x=0,y=0,w=200,h=70; field");
    let (mut page, mut sides) = (None, [None; 4]);
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or(WANTED)?;
        let (name, value) = (name.trim(), value.trim());
        if name == "page" {
            let number = value.parse::<i32>().ok().filter(|number| *number != 0 && !value.starts_with('+'));
            if page.replace(number.ok_or(WANTED)?).is_some() {
                return Err(WANTED);
            }
            continue;
        }
        let side = ["x", "y", "w", "h"].iter().position(|own| *own == name).ok_or(WANTED)?;
        let number = points(value).filter(|number| side < 2 || *number > 0.0);
        if sides[side].replace(number.ok_or(WANTED)?).is_some() {
            return Err(WANTED);
        }
    }
    let [Some(x), Some(y), Some(width), Some(height)] = sides else { return Err(WANTED) };
    Ok(Place { page: page.unwrap_or(1), x, y, width, height })
}

/// Form fields that a signature locks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Lock {
    All,
    These(Vec<String>),
    AllBut(Vec<String>),
}

/// `all`, `these=A,B` or `all-but=A,B`
pub(super) fn lock(text: &str) -> Result<Lock, Wanted> {
    const WANTED: Wanted = Wanted("all|these=A,B|all-but=A,B");
    if text == "all" {
        return Ok(Lock::All);
    }
    let (which, names) = text.split_once('=').ok_or(WANTED)?;
    let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err(WANTED);
    }
    match which {
        "these" => Ok(Lock::These(names)),
        "all-but" => Ok(Lock::AllBut(names)),
        _ => Err(WANTED),
    }
}

/// `KIND=WHAT`
pub(super) fn on_error(text: &str) -> Result<(ErrorKindName, AfterError), Wanted> {
    const WANTED: Wanted = Wanted("document|service|key|output=stop|go-on|pause");
    let (kind, what) = text.split_once('=').ok_or(WANTED)?;
    let kind = match kind {
        "document" => ErrorKindName::Document,
        "service" => ErrorKindName::Service,
        "key" => ErrorKindName::Key,
        "output" => ErrorKindName::Output,
        _ => return Err(WANTED),
    };
    match what {
        "stop" => Ok((kind, AfterError::Stop)),
        "go-on" => Ok((kind, AfterError::GoOn)),
        "pause" => Ok((kind, AfterError::Pause)),
        _ => Err(WANTED),
    }
}

/// An instant of RFC 3339.
pub(super) fn instant(text: &str) -> Result<OffsetDateTime, Wanted> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| Wanted("2026-11-21T12:00:00-03:00"))
}

/// The name of a signature algorithm.
pub(super) fn algorithm() -> PossibleValuesParser {
    PossibleValuesParser::new(SignatureAlgorithm::all().map(SignatureAlgorithm::name))
}

/// The name of one of these types of keys.
pub(super) fn key_type(all: &[KeySpec]) -> PossibleValuesParser {
    PossibleValuesParser::new(all.iter().copied().map(KeySpec::name))
}

/// Text that says something.
pub(super) fn said(text: &str) -> Result<String, Wanted> {
    if text.trim().is_empty() { Err(Wanted("…")) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_says_which_fields() {
        let names = || vec!["Tabelião".to_owned(), "Parte.1".to_owned()];
        assert_eq!(lock("all").unwrap(), Lock::All);
        assert_eq!(lock("these=Tabelião, Parte.1").unwrap(), Lock::These(names()));
        assert_eq!(lock("all-but=Tabelião,Parte.1").unwrap(), Lock::AllBut(names()));
        for wrong in ["", "none", "these", "these=", "these=A,,B", "all=A", "all-but=,"] {
            assert!(lock(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_decimal_digits() {
        assert_eq!(digits::<u32>("0").unwrap(), 0);
        assert_eq!(digits::<u32>("007").unwrap(), 7);
        assert_eq!(digits::<u64>("18446744073709551615").unwrap(), u64::MAX);
        for wrong in ["", " ", "-1", "+1", "0x10", "1e2", "1.0", "1_000", "4294967296", "um", "１"] {
            assert!(digits::<u32>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(from_one("1").unwrap(), 1);
        assert!(from_one("0").is_err() && from_one("+1").is_err());
    }

    #[test]
    fn a_place_has_four_sides_and_perhaps_a_page() {
        let own = |page| Place { page, x: 1.0, y: 2.5, width: 30.0, height: 40.0 };
        assert_eq!(place("page=-1,x=1,y=2.5,w=30,h=40").unwrap(), own(-1));
        assert_eq!(place(" h=40, w=30 ,y=2.5,x=1").unwrap(), own(1));
        assert_eq!(
            place("x=-1.5,y=0,w=.5,h=1000000").unwrap(),
            Place { page: 1, x: -1.5, y: 0.0, width: 0.5, height: 1e6 }
        );
        for wrong in [
            "",
            "x=1",
            "page=1",
            "x=1,y=2,w=3",
            "x=1,y=2,w=3,h=a",
            "x=1,y=2,w=3,h=NaN",
            "x=1,y=2,w=0,h=4",
            "x=1,y=2,w=3,h=-4",
            "x=1,y=2,w=3,h=inf",
            "x=1,x=1,y=2,w=3,h=4",
            "page=0,x=1,y=2,w=3,h=4",
            "page=1,page=1,x=1,y=2,w=3,h=4",
            "x=-inf,y=2,w=3,h=4",
            "x=nan,y=2,w=3,h=4",
            "x=infinity,y=2,w=3,h=4",
            "x=1e3,y=2,w=3,h=4",
            "x=1,y=2,w=1e400,h=4",
            "x=1000001,y=2,w=3,h=4",
            "x=1,y=-1000001,w=3,h=4",
            "x=1,y=2,w=3,h=99999999999999999999",
            "x=+1,y=2,w=3,h=4",
            "x=--1,y=2,w=3,h=4",
            "x=-,y=2,w=3,h=4",
            "x=.,y=2,w=3,h=4",
            "x=0x10,y=2,w=3,h=4",
            "x=1.2.3,y=2,w=3,h=4",
            "page=+1,x=1,y=2,w=3,h=4",
            "page=1.5,x=1,y=2,w=3,h=4",
            "page=99999999999,x=1,y=2,w=3,h=4",
            "page=um,x=1,y=2,w=3,h=4",
            "x=1;y=2;w=3;h=4",
            "x=1,y=2,w=3,h=4,z=5",
        ] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }
}
