//! Signatures that are written as text: in a PEM armour (RFC 7468: `-----BEGIN CMS-----`, `-----BEGIN PKCS7-----`), as Base64 alone,
//! or as the body of an S/MIME message (RFC 8551 §3.5).

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Chain, Cursor, Read, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use base64::read::DecoderReader;
use tempfile::NamedTempFile;

use crate::output::{sweep, temporary_beside};

const BEGIN: &str = "-----BEGIN ";
/// U+FEFF, which some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// So much of a line is looked at. No line before the text, nor the first one of an armour, is longer.
const MAX_LINE: u64 = 4096;
/// Lines before the text: OpenSSL writes what a signature says there, and a message has its header.
const MAX_LINES: usize = 100_000;
/// Characters that tell whether a line begins a SignedData: tag, length and name are 17 bytes at most.
const TELLING: usize = 24;
/// Characters that are looked at to tell what a SignedData holds: what stands before its first set takes far less.
const MOST_OF_START: usize = 256;

/// The name of a SignedData (RFC 5652 §5.1), in DER.
pub(crate) const SIGNED_DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];

/// What is inside the DER or BER SEQUENCE that begins here, as far as it is there.
pub(crate) fn inside(start: &[u8]) -> Option<&[u8]> {
    match *start {
        [0x30, length, ..] if length < 0x80 => start.get(2..),
        [0x30, length, ..] => start.get(2 + usize::from(length & 0x7F)..),
        _ => None,
    }
}

/// The first bytes of the SignedData that begins at the start of a line as Base64, whatever stands before it; `None` when none does.
pub(crate) fn bare_start(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    while !begins(rest) {
        rest = &rest[rest.iter().position(|byte| *byte == b'\n')? + 1..];
    }
    Some(decoded_start(rest))
}

/// The first bytes of what this Base64 holds, as many as can be read.
pub(crate) fn decoded_start(text: &[u8]) -> Vec<u8> {
    let mut text: Vec<u8> =
        text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(MOST_OF_START).collect();
    text.truncate(text.len() / 4 * 4);
    STANDARD.decode(text).unwrap_or_default()
}

/// Whether this line is the first of a SignedData in Base64. No word of anybody begins with its name.
fn begins(line: &[u8]) -> bool {
    // What is longer than 127 bytes begins so, and everything with a signature is.
    line.starts_with(b"MI")
        && line
            .get(..TELLING)
            .and_then(|text| STANDARD.decode(text).ok())
            .is_some_and(|start| inside(&start).is_some_and(|rest| rest.starts_with(SIGNED_DATA)))
}

/// What is written as text, however long its lines are (RFC 7468 §3 asks a reader for that); `None` when there is none.
pub(crate) fn unarmoured(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut found = Vec::new();
    decoder(bytes).ok()??.read_to_end(&mut found).ok()?;
    (!found.is_empty()).then_some(found)
}

/// What is written as text in the file at `path`, in a temporary file in `folder`, for one that is too large for memory; `None` when
/// there is none. Blocks.
///
/// # Errors
/// When the file cannot be read, what should be Base64 is not, or there is no room for it.
pub(super) fn unarmoured_file(path: &Path, folder: &Path) -> io::Result<Option<NamedTempFile>> {
    let Some(mut decoder) = decoder(BufReader::with_capacity(1 << 20, File::open(path)?))? else { return Ok(None) };
    let mut file = scratch(folder)?;
    let mut out = BufWriter::with_capacity(1 << 20, &mut file);
    io::copy(&mut decoder, &mut out)?;
    out.flush()?;
    drop(out);
    Ok(Some(file))
}

/// What is left to read of a text: of its first line what was looked at already, and the rest.
type Rest<R> = Body<Chain<Cursor<Vec<u8>>, R>>;

/// Reads what the text in `source` holds; `None` when that is nothing.
fn decoder<R: BufRead>(mut source: R) -> io::Result<Option<DecoderReader<'static, GeneralPurpose, Rest<R>>>> {
    // DER and BER start so, and no text does.
    if source.fill_buf()?.first() == Some(&cartorio_ades::cms::der::SEQUENCE) {
        return Ok(None);
    }
    for _ in 0..MAX_LINES {
        let mut line = Vec::new();
        if (&mut source).take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        let first = if begins(&line) {
            line
        } else if line.starts_with(BEGIN.as_bytes()) {
            Vec::new()
        } else {
            continue;
        };
        return Ok(Some(DecoderReader::new(Body(Cursor::new(first).chain(source)), &STANDARD)));
    }
    Ok(None)
}

/// A file for its owner alone in `folder`, or in the system's where that is not there: nobody has an office yet. Swept there is what a
/// process that was killed left of such a file, because what it holds may be anybody's.
fn scratch(folder: &Path) -> io::Result<NamedTempFile> {
    sweep(folder);
    match temporary_beside(&folder.join("content")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = std::env::temp_dir();
            sweep(&folder);
            temporary_beside(&folder.join("content"))
        }
        made => made,
    }
}

/// The characters up to the end of an armour, of a part of a message, or of the file, without the ends of the lines.
struct Body<R>(R);

impl<R: BufRead> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let available = self.0.fill_buf()?;
            // No more is looked at than is taken, or one long line would be looked at again and again.
            let available = &available[..available.len().min(buffer.len())];
            let end = available.iter().position(|byte| *byte == b'\n');
            let line = &available[..end.unwrap_or(available.len())];
            // The line at the end starts so, of an armour and of a part of a message, and no Base64 has it.
            if available.is_empty() || line.first() == Some(&b'-') {
                return Ok(0);
            }
            let text = line.trim_ascii_end();
            let read = text.len();
            buffer[..read].copy_from_slice(text);
            let used = line.len() + usize::from(end.is_some());
            self.0.consume(used);
            if read > 0 {
                return Ok(read);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let read =
            unarmoured_file(file.path(), &std::env::temp_dir()).unwrap().map(|own| std::fs::read(own.path()).unwrap());
        (unarmoured(text.as_bytes()), read)
    }

    #[test]
    fn a_file_comes_out_of_its_armour_as_memory_does() {
        // Larger than what is read at a time, and of every length at the end.
        for len in [0, 1, 2, 3, 47, 48, 49, 1 << 20, 3_000_001] {
            let bytes: Vec<u8> =
                (0..len).map(|number: u32| number.to_le_bytes()[0] ^ number.to_le_bytes()[1]).collect();
            for (ending, before) in
                [(der::pem::LineEnding::LF, ""), (der::pem::LineEnding::CRLF, "signatário: Ana\r\n")]
            {
                let text = before.to_owned() + &der::pem::encode_string("CMS", ending, &bytes).unwrap();
                let (memory, file) = both(&text);
                assert!(file.as_deref() == Some(&bytes), "{len} {ending:?}");
                assert!(len == 0 || memory.as_deref() == Some(&bytes), "{len} {ending:?}");
            }
        }
        // However long the lines are, and whatever stands around them.
        for text in [
            "-----BEGIN CMS-----\nMAMCAQE=\n-----END CMS-----",
            "-----BEGIN CMS-----\nMAMCAQE= \t\r\n\r\n-----END CMS-----\n",
            "\u{feff}-----BEGIN PKCS7-----\nMAMC\nAQE=\n-----END PKCS7-----\n",
        ] {
            let expected = Some(vec![0x30, 3, 2, 1, 1]);
            assert_eq!(both(text), (expected.clone(), expected), "{text:?}");
        }
        let long = format!("-----BEGIN CMS-----\n{}\n-----END CMS-----\n", "AAAA".repeat(1 << 20));
        let (memory, file) = both(&long);
        assert!(memory.is_some_and(|own| own.len() == 3 << 20) && file.is_some_and(|own| own.len() == 3 << 20));
        // Base64 alone, in lines or in one, and as the body of a message or of a part of one.
        let signed = [&[0x30, 0x82, 0x0B, 0xB8][..], SIGNED_DATA, &[0x55; 2985]].concat();
        let (plain, lines) =
            (STANDARD.encode(&signed), der::pem::encode_string("CMS", der::pem::LineEnding::CRLF, &signed).unwrap());
        let lines = lines.lines().filter(|line| !line.starts_with('-')).collect::<Vec<_>>().join("\r\n");
        let message = "MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        for text in [
            plain.clone(),
            format!("{plain}\n"),
            format!("\u{feff}{lines}"),
            format!("{message}{lines}\r\n\r\n"),
            format!("{message}{lines}\r\n\r\n------ABC--\r\n"),
        ] {
            assert_eq!(both(&text), (Some(signed.clone()), Some(signed.clone())), "{text:?}");
            assert!(bare_start(text.as_bytes()).is_some_and(|start| signed.starts_with(&start)), "{text:?}");
        }
        // Words that only look like it, and something else that begins like it.
        for text in ["MINUTA", "MINUTADECONTRATODECOMPRAEVENDA\n", "MIIBszCCAVmgAwIBAgIUQvWn7Q==\n", "MI"] {
            assert_eq!((both(text), bare_start(text.as_bytes())), ((None, None), None), "{text:?}");
        }
        assert_eq!(both("sem armadura\n"), (None, None));
        assert_eq!(both(""), (None, None));
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(b"-----BEGIN CMS-----\n!!!!\n-----END CMS-----\n").unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(unarmoured_file(file.path(), elsewhere.path()).is_err());
        assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0, "nothing is left of it");
        file.as_file_mut().set_len(0).unwrap();
        std::fs::write(file.path(), [0x30, 0x00]).unwrap();
        assert!(unarmoured_file(file.path(), elsewhere.path()).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn what_was_in_an_armour_lies_in_the_folder_that_is_swept_and_is_its_owners() {
        use std::os::unix::fs::PermissionsExt;
        let (source, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = source.path().join("a.p7s");
        std::fs::write(&path, "-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n").unwrap();
        // As a process that was killed left it.
        let left = folder.path().join(".cartorio-antes.tmp");
        std::fs::write(&left, "ata").unwrap();
        let file = unarmoured_file(&path, folder.path()).unwrap().unwrap();
        assert_eq!(std::fs::read(file.path()).unwrap(), [0x30, 0x00]);
        assert_eq!(file.path().parent(), Some(folder.path()));
        assert_eq!(file.as_file().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!left.exists());
        // Another one takes nothing from it.
        let other = unarmoured_file(&path, folder.path()).unwrap().unwrap();
        assert!(file.path().exists() && other.path().exists());
        drop((file, other));
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        let nowhere = unarmoured_file(&path, &folder.path().join("nada")).unwrap().unwrap();
        assert_eq!(nowhere.path().parent(), Some(std::env::temp_dir().as_path()));
    }
}
