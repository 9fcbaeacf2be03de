//! Paths in JSON. Text is Unicode, and a path need not be: where it is not, its text has U+FFFD in place of what is none, and opens nothing.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The very bytes of a path that is no Unicode, in base64, for the member beside its text; nothing where the text is the path. Windows has
/// no bytes: there they are UTF-8 in which halves of surrogate pairs may stand (WTF-8).
pub(crate) fn bytes(path: impl AsRef<Path>) -> Option<String> {
    let path = path.as_ref();
    path.to_str().is_none().then(|| STANDARD.encode(path.as_os_str().as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_no_unicode_has_bytes() {
        assert_eq!(bytes("pasta/ata à mão 🖋.pdf"), None);
        assert_eq!(bytes("já com \u{fffd}.pdf"), None, "this is its name");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let latin1 = std::ffi::OsStr::from_bytes(b"ata\xe7\xe3o.pdf");
            assert_eq!(bytes(latin1).as_deref(), Some("YXRh5+NvLnBkZg=="));
        }
    }
}
