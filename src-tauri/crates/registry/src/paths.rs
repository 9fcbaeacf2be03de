//! Paths in the tables, which hold text: most are Unicode and stand there as they are. One that is not, as old file systems have it
//! (`certid\xf5es`), stands as [`MARK`] and its bytes, each that is no plain ASCII as `%` and two hexadecimal digits. What lies below a
//! folder begins with the folder's text in either form.

use std::path::{MAIN_SEPARATOR, Path, PathBuf};

/// No path that is kept begins so: they are absolute.
const MARK: &str = "bytes:";

/// A path as a table holds it.
pub(crate) fn to_text(path: &Path) -> String {
    path.to_str().map_or_else(|| escaped(path), str::to_owned)
}

/// The path that a table holds.
pub(crate) fn from_text(text: String) -> PathBuf {
    text.strip_prefix(MARK).and_then(unescaped).unwrap_or_else(|| PathBuf::from(text))
}

/// What the texts of all paths below `folder` begin with: one of these two.
pub(crate) fn below(folder: &Path) -> [String; 2] {
    [to_text(folder), escaped(folder)].map(|mut start| {
        if !start.ends_with(MAIN_SEPARATOR) {
            start.push(MAIN_SEPARATOR);
        }
        start
    })
}

fn escaped(path: &Path) -> String {
    let mut text = MARK.to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        if (b' '..=b'~').contains(byte) && *byte != b'%' {
            text.push(char::from(*byte));
        } else {
            text.push('%');
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    text
}

/// Nothing where it is not what [`escaped`] makes.
#[cfg(unix)]
fn unescaped(text: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            let digits = digits.iter().map(|digit| char::from(*digit).to_digit(16)).collect::<Option<Vec<_>>>()?;
            bytes.push(u8::try_from(digits[0] * 16 + digits[1]).ok()?);
            rest = after;
        } else {
            bytes.push(first);
        }
    }
    Some(std::ffi::OsString::from_vec(bytes).into())
}

/// Elsewhere there is no safe way back from bytes: such a file is not found again, and told as missing.
#[cfg(not(unix))]
fn unescaped(_: &str) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unicode_stands_as_it_is() {
        for text in ["/pasta/ata à mão 100%.pdf", "/", "C:\\Atas\\x.pdf"] {
            assert_eq!(to_text(Path::new(text)), text);
            assert_eq!(from_text(text.to_owned()), Path::new(text));
        }
        // Nobody wrote this as bytes.
        for text in ["bytes:%", "bytes:%F", "bytes:%G0"] {
            assert_eq!(from_text(text.to_owned()), Path::new(text));
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_none_comes_back_byte_by_byte() {
        use std::os::unix::ffi::OsStrExt;
        let every: Vec<u8> = (1..=255).collect();
        for bytes in [&b"/certid\xf5es/100%.pdf"[..], b"/\xff", &every] {
            let path = Path::new(std::ffi::OsStr::from_bytes(bytes));
            let text = to_text(path);
            assert!(text.is_ascii() && text.starts_with(MARK), "{text}");
            assert_eq!(from_text(text), path);
        }
        assert_eq!(to_text(Path::new(std::ffi::OsStr::from_bytes(b"/a\xf5%"))), "bytes:/a%F5%25");
    }

    #[cfg(unix)]
    #[test]
    fn what_lies_below_a_folder_begins_like_it() {
        use std::os::unix::ffi::OsStrExt;
        let of = |bytes: &'static [u8]| Path::new(std::ffi::OsStr::from_bytes(bytes));
        for folder in [of(b"/certid\xf5es"), of("/certidões".as_bytes()), of(b"/atas"), of(b"/")] {
            let starts = below(folder);
            for name in ["ata.pdf".as_ref(), std::ffi::OsStr::from_bytes(b"\xe3.pdf")] {
                let text = to_text(&folder.join(name));
                assert!(starts.iter().any(|start| text.starts_with(start)), "{text} below {starts:?}");
            }
        }
        let elsewhere = to_text(of(b"/certid\xf5es-2/ata.pdf"));
        assert!(!below(of(b"/certid\xf5es")).iter().any(|start| elsewhere.starts_with(start)));
    }
}
