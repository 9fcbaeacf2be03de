//! Signatures in a PEM armour (RFC 7468): `-----BEGIN CMS-----`, `-----BEGIN PKCS7-----`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use base64::read::DecoderReader;
use tempfile::NamedTempFile;

use crate::output::{sweep, temporary_beside};

const BEGIN: &str = "-----BEGIN ";
/// U+FEFF, which some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// A line before the armour, or its first one, is at most so long.
const MAX_LINE: u64 = 4096;
/// Lines before the armour: OpenSSL writes what a signature says there.
const MAX_LINES: usize = 100_000;

/// What is in an armour, however long its lines are (RFC 7468 §3 asks a reader for that); `None` when there is none.
pub(crate) fn unarmoured(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut found = Vec::new();
    decoder(bytes).ok()??.read_to_end(&mut found).ok()?;
    (!found.is_empty()).then_some(found)
}

/// What is in the armour of the file at `path`, in a temporary file in `folder`, for one that is too large for memory; `None` when
/// there is none. Blocks.
///
/// # Errors
/// When the file cannot be read, what is in the armour is not Base64, or there is no room for it.
pub(super) fn unarmoured_file(path: &Path, folder: &Path) -> io::Result<Option<NamedTempFile>> {
    let Some(mut decoder) = decoder(BufReader::with_capacity(1 << 20, File::open(path)?))? else { return Ok(None) };
    let mut file = scratch(folder)?;
    let mut out = BufWriter::with_capacity(1 << 20, &mut file);
    io::copy(&mut decoder, &mut out)?;
    out.flush()?;
    drop(out);
    Ok(Some(file))
}

/// Reads what is in the armour that begins in `source`; `None` when there is none.
fn decoder<R: BufRead>(mut source: R) -> io::Result<Option<DecoderReader<'static, GeneralPurpose, Body<R>>>> {
    // DER and BER start so, and no text does.
    if source.fill_buf()?.first() == Some(&cartorio_ades::cms::der::SEQUENCE) {
        return Ok(None);
    }
    for _ in 0..MAX_LINES {
        let mut line = Vec::new();
        if (&mut source).take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line).starts_with(BEGIN.as_bytes()) {
            return Ok(Some(DecoderReader::new(Body(source), &STANDARD)));
        }
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

/// The characters between the lines of an armour, without the ends of the lines.
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
            // The line at the end starts so, and no Base64 has it.
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
