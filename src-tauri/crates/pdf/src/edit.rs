//! Editing a dictionary without touching any other byte of it.

use crate::error::PdfError;
use crate::lex::{self, EntrySpan};
use crate::raw::malformed;

/// The bytes of one dictionary, edited in place: everything outside the edited entries stays as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DictEditor {
    bytes: Vec<u8>,
}

impl DictEditor {
    /// Starts from the bytes of a dictionary, `<<` and `>>` included.
    ///
    /// # Errors
    /// [`PdfError::Malformed`] when `bytes` is not exactly one dictionary.
    pub fn new(bytes: &[u8]) -> Result<Self, PdfError> {
        let end = lex::value_end(bytes, 0).map_err(|e| malformed(0, e))?;
        lex::dict_entries(bytes).map_err(|e| malformed(0, e))?;
        if end != bytes.len() {
            return Err(PdfError::Malformed { offset: end as u64, reason: "bytes after the dictionary" });
        }
        Ok(Self { bytes: bytes.to_vec() })
    }

    /// The bytes as they are now.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes as they are now.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The bytes of the value of `key`; null counts as a value here.
    ///
    /// # Errors
    /// [`PdfError::DuplicateKey`].
    pub fn get(&self, key: &str) -> Result<Option<&[u8]>, PdfError> {
        Ok(self.find(key)?.map(|entry| &self.bytes[entry.value]))
    }

    /// Replaces the value of `key`, or adds the entry at the end of the dictionary.
    ///
    /// # Errors
    /// [`PdfError::DuplicateKey`] when `key` occurs more than once; [`PdfError::Malformed`] when `value` is not exactly
    /// one value.
    pub fn set(&mut self, key: &str, value: &[u8]) -> Result<(), PdfError> {
        check_value(value)?;
        match self.find(key)? {
            Some(entry) => {
                let before = self.bytes[entry.value.start - 1]; // a value comes after its key
                let mut new = spacer(before, value).to_vec();
                new.extend_from_slice(value);
                self.bytes.splice(entry.value, new);
            }
            None => {
                let mut new = encode_name(key);
                // The key's last byte is always regular.
                new.extend_from_slice(spacer(b'a', value));
                new.extend_from_slice(value);
                let end = self.bytes.len() - 2; // before the closing `>>`
                self.bytes.splice(end..end, new);
            }
        }
        Ok(())
    }

    /// Removes `key` and its value; nothing happens when it is absent.
    ///
    /// # Errors
    /// [`PdfError::DuplicateKey`].
    pub fn remove(&mut self, key: &str) -> Result<(), PdfError> {
        if let Some(entry) = self.find(key)? {
            self.bytes.drain(entry.key.start..entry.value.end);
        }
        Ok(())
    }

    fn find(&self, key: &str) -> Result<Option<EntrySpan>, PdfError> {
        let entries = lex::dict_entries(&self.bytes).map_err(|e| malformed(0, e))?;
        let mut found = entries.into_iter().filter(|e| lex::decode_name(&self.bytes[e.key.clone()]) == key.as_bytes());
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(PdfError::DuplicateKey(key.to_owned())),
            (entry, None) => Ok(entry),
        }
    }
}

/// The array `array` with `item` added at its end, every other byte as it was.
///
/// # Errors
/// [`PdfError::Malformed`] when `array` is not exactly one array or `item` not exactly one value.
pub fn append_item(array: &[u8], item: &[u8]) -> Result<Vec<u8>, PdfError> {
    check_value(array)?;
    check_value(item)?;
    lex::array_items(array).map_err(|e| malformed(0, e))?;
    let (body, _) = array.split_at(array.len() - 1);
    let mut out = body.to_vec();
    out.extend_from_slice(spacer(body[body.len() - 1], item));
    out.extend_from_slice(item);
    out.push(b']');
    Ok(out)
}

fn check_value(value: &[u8]) -> Result<(), PdfError> {
    let end = lex::value_end(value, 0).map_err(|e| malformed(0, e))?;
    if end == value.len() {
        Ok(())
    } else {
        Err(PdfError::Malformed { offset: end as u64, reason: "more than one value" })
    }
}

/// A space where `before` and the first byte of `value` would otherwise grow into one token.
fn spacer(before: u8, value: &[u8]) -> &'static [u8] {
    let joins = lex::is_regular(before) && value.first().is_some_and(|b| lex::is_regular(*b));
    // `<` directly before `<…>` would read as `<<`.
    let opens = before == b'<' && value.first() == Some(&b'<');
    if joins || opens { b" " } else { b"" }
}

fn encode_name(name: &str) -> Vec<u8> {
    let mut out = vec![b'/'];
    for byte in name.bytes() {
        if lex::is_regular(byte) && byte != b'#' && (b'!'..=b'~').contains(&byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edit(text: &str, change: impl FnOnce(&mut DictEditor) -> Result<(), PdfError>) -> String {
        let mut editor = DictEditor::new(text.as_bytes()).unwrap();
        change(&mut editor).unwrap();
        String::from_utf8(editor.into_bytes()).unwrap()
    }

    #[test]
    fn only_the_edited_entry_changes() {
        let page = "<< /CropBox [0 0 595.32001 841.92]%>>/A 1\n/A#6enots[1 0 R]/K(a>>\\)b)>>";
        assert_eq!(edit(page, |d| d.set("Annots", b"5 0 R")), page.replace("#6enots[1 0 R]", "#6enots 5 0 R"));
        assert_eq!(edit(page, |d| d.set("New", b"7")), page.replace("b)>>", "b)/New 7>>"));
        assert_eq!(edit(page, |d| d.remove("Annots")), page.replace("/A#6enots[1 0 R]", ""));
        assert_eq!(edit(page, |d| d.remove("None")), page);
        assert_eq!(edit("<<>>", |d| d.set("A B", b"<</C 1>>")), "<</A#20B<</C 1>>>>");
    }

    #[test]
    fn ambiguous_or_broken_edits_are_refused() {
        let mut editor = DictEditor::new(b"<</A 1/#41 2/B 3>>").unwrap();
        assert_eq!(editor.set("A", b"3"), Err(PdfError::DuplicateKey("A".into())));
        assert!(editor.set("B", b"1 2").is_err());
        assert!(editor.set("B", b"").is_err());
        assert!(editor.set("B", b"4 0 R").is_ok());
        assert!(DictEditor::new(b"<<>> ").is_err());
        assert!(DictEditor::new(b"[1]").is_err());
    }

    #[test]
    fn items_are_appended_behind_what_is_there() {
        assert_eq!(append_item(b"[1 0 R]", b"2 0 R").unwrap(), b"[1 0 R 2 0 R]");
        assert_eq!(append_item(b"[]", b"2 0 R").unwrap(), b"[2 0 R]");
        assert_eq!(append_item(b"[ /A % x\n]", b"/B").unwrap(), b"[ /A % x\n/B]");
        assert!(append_item(b"[1] 2", b"3").is_err());
        assert!(append_item(b"<<>>", b"3").is_err());
    }

    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "[0-9]{1,3}\\.[0-9]{5}",
            "[0-9]{1,4} 0 R",
            "/[A-Za-z]{1,6}",
            "\\((\\\\\\)|[a-z<>/%\\[]){0,6}\\)",
            "<([0-9A-F]{2}){0,4}>",
            Just("null".to_owned()),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[ {} ]", v.join(" % ]c\n"))),
                prop::collection::vec(inner, 0..4).prop_map(|v| {
                    let entries: String = v.iter().enumerate().map(|(i, v)| format!("/K{i} {v}\n")).collect();
                    format!("<<{entries}>>")
                }),
            ]
        })
    }

    proptest! {
        /// A dictionary of random entries: after `set`, what is before and after the value is what was there before.
        #[test]
        fn set_keeps_every_other_byte(values in prop::collection::vec(value(), 1..8), new in value(), pick in any::<prop::sample::Index>()) {
            let pick = pick.index(values.len());
            let before: String = values[..pick].iter().enumerate().map(|(i, v)| format!("/E{i} {v} %c\n")).collect();
            let after: String = values[pick + 1..].iter().enumerate().map(|(i, v)| format!("\r/F{i} {v}")).collect();
            let text = format!("<<{before}/X {}{after}>>", values[pick]);
            let expected = format!("<<{before}/X {new}{after}>>");
            let mut editor = DictEditor::new(text.as_bytes()).unwrap();
            editor.set("X", new.as_bytes()).unwrap();
            prop_assert_eq!(String::from_utf8_lossy(editor.bytes()), expected.as_str());
            prop_assert_eq!(editor.get("X").unwrap(), Some(new.as_bytes()));

            editor.remove("X").unwrap();
            prop_assert_eq!(String::from_utf8_lossy(editor.bytes()), format!("<<{before}{after}>>"));
            editor.set("X", new.as_bytes()).unwrap();
            prop_assert_eq!(editor.get("X").unwrap(), Some(new.as_bytes()));
        }

        #[test]
        fn any_bytes_parse_or_fail(bytes in prop::collection::vec(prop::sample::select(b"<>[]()/%\\ 0R1AB\n#".to_vec()), 0..60)) {
            if let Ok(mut editor) = DictEditor::new(&bytes) && editor.set("Zz", b"1 0 R").is_ok() {
                prop_assert_eq!(editor.get("Zz").unwrap(), Some(&b"1 0 R"[..]));
            }
        }
    }
}
