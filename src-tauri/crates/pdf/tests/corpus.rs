//! The pyHanko test files: every one opens and takes a revision that other tools accept, or is refused with the code listed
//! here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

use std::path::Path;

use cartorio_pdf::{PdfError, Revision};

/// Files that do not open or cannot be extended, and why. Everything else in the corpus has to work.
const REFUSED: &[(&str, &str)] = &[
    ("broken-objstream1.pdf", "pdf_malformed_object"),
    ("broken-objstream2.pdf", "pdf_malformed_object"),
    ("broken-objstream3.pdf", "pdf_malformed_object"),
    ("broken-objstream6.pdf", "pdf_malformed_object"),
    ("circular-page-tree.pdf", "pdf_circular_page_tree"),
    ("form-tree-circular-ref-input.pdf", "pdf_circular_form"),
    ("minimal-annotless.pdf", "pdf_malformed_object"),
    ("minimal-illegal-header.pdf", "pdf_not_pdf"),
    ("minimal-startxref-hopeless.pdf", "pdf_broken_xref"),
    ("minimal-startxref-hopeless2.pdf", "pdf_no_startxref"),
    ("minimal-startxref-hopeless3.pdf", "pdf_no_startxref"),
    ("minimal-startxref-obo2.pdf", "pdf_broken_xref"),
    ("minimal-startxref-obo4.pdf", "pdf_broken_xref"),
    ("minimal-startxref-obo5.pdf", "pdf_broken_xref"),
    ("minimal-startxref-obo6.pdf", "pdf_broken_xref"),
    ("malformed-encrypt-dict1.pdf", "pdf_weak_encryption"),
    ("malformed-encrypt-dict2.pdf", "pdf_malformed_encryption"),
    ("minimal-aes256-malformed-oe.pdf", "pdf_malformed_encryption"),
    ("minimal-aes256-malformed-perms.pdf", "pdf_malformed_encryption"),
    ("minimal-pubkey-aes256.pdf", "pdf_unsupported_encryption"),
    ("minimal-pubkey-rc4-envelope.pdf", "pdf_unsupported_encryption"),
    ("minimal-pubkey-rc4.pdf", "pdf_unsupported_encryption"),
    ("minimal-pubkey-unknown-envelope-alg.pdf", "pdf_unsupported_encryption"),
    ("minimal-rc4.pdf", "pdf_weak_encryption"),
    ("minimal-two-fields-pubkey-aes256.pdf", "pdf_unsupported_encryption"),
    ("minimal-two-fields-pubkey-rc4.pdf", "pdf_unsupported_encryption"),
    ("minimal-with-field-pubkey-aes256.pdf", "pdf_unsupported_encryption"),
    ("minimal-with-field-pubkey-rc4.pdf", "pdf_unsupported_encryption"),
    ("minimal-with-field-rc4.pdf", "pdf_weak_encryption"),
    ("pubkey-3des-test.pdf", "pdf_unsupported_encryption"),
    ("pubkey-ecc-test.pdf", "pdf_unsupported_encryption"),
    ("pubkey-rc2-test.pdf", "pdf_unsupported_encryption"),
    ("signed-encrypted-pubkey-with-catalog-ref.pdf", "pdf_unsupported_encryption"),
];

#[test]
fn every_file_is_extended_or_refused_as_listed() {
    let Some(files) = support::corpus("pdf-pyhanko") else {
        return;
    };
    assert!(files.len() >= 130, "{} files", files.len());
    let dir = tempfile::tempdir().unwrap();
    let mut surprises = Vec::new();
    for (name, path) in &files {
        let listed = REFUSED.iter().find(|(file, _)| file == name).map(|(_, code)| *code);
        match extend(path) {
            Err(error) if listed == Some(error.code()) => {}
            Err(error) => surprises.push(format!("(\"{name}\", \"{}\"), // {error}, listed: {listed:?}", error.code())),
            Ok(_) if listed.is_some() => surprises.push(format!("{name} is extended, listed: {listed:?}")),
            Ok(bytes) => {
                let out = dir.path().join("out.pdf");
                std::fs::write(&out, &bytes).unwrap();
                if !support::qpdf_accepts(&out) {
                    surprises.push(format!("{name}: qpdf refuses the result"));
                }
                let again = support::from_bytes_with_password(bytes).and_then(|file| file.pages());
                if again.is_err() {
                    surprises.push(format!("{name}: our own revision does not open: {again:?}"));
                }
            }
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

/// Another reader sees the same pages before and after.
#[test]
fn an_independent_reader_agrees_on_the_pages() {
    let Some(files) = support::corpus("pdf-pyhanko") else {
        return;
    };
    let mut compared = 0;
    for (name, path) in &files {
        let Ok(bytes) = extend(path) else { continue };
        let ours = support::from_bytes_with_password(bytes.clone()).unwrap().pages().unwrap();
        let Ok(theirs) = hayro_syntax::Pdf::new(bytes) else {
            continue;
        };
        assert_eq!(ours.len(), theirs.pages().len(), "{name}");
        compared += 1;
    }
    assert!(compared > 90, "{compared}");
}

/// Opens, reads everything a signature would look at, and appends the unchanged catalog.
fn extend(path: &Path) -> Result<Vec<u8>, PdfError> {
    let file = support::open_with_password(path)?;
    file.pages()?;
    support::read_everything(&file)?;
    let mut revision = Revision::new(&file);
    revision.edit(file.root(), |_| Ok::<_, PdfError>(()))?;
    let tail = revision.finish()?;
    assert_eq!(tail.base_len, file.len());
    let bytes = [file.bytes(), &tail.bytes].concat();
    let new = support::reopen(&file, bytes.clone())?;
    assert_eq!(new.trailer().kind, file.trailer().kind);
    assert_eq!(new.revisions().len(), file.revisions().len() + 1, "{path:?}");
    assert_eq!(new.revisions().last().unwrap().line_end, new.len());
    assert_eq!(new.catalog()?.raw().bytes(), file.catalog()?.raw().bytes());
    assert!(new.next_number() >= file.next_number());
    Ok(bytes)
}
