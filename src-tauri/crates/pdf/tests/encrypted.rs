//! Encrypted files: what opens them, what is written into them, what is refused. Foreign readers judge in
//! `encrypted_judges.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "support/encrypted.rs"]
mod encrypted;
mod support;

use cartorio_pdf::{EncryptionAlgorithm, ObjRef, OpenedAs, PdfError, PdfFile, Revision, XrefKind, encode_text};
use encrypted::{DICTIONARIES, ID, OWNER, USER, base};
use proptest::prelude::*;
use support::{corpus, secret};

fn open(bytes: Vec<u8>, password: &str) -> Result<PdfFile, PdfError> {
    PdfFile::from_bytes_with(bytes, Some(&secret(password)))
}

fn code(result: Result<PdfFile, PdfError>) -> &'static str {
    result.err().map_or("", |error| error.code())
}

fn append(file: &PdfFile, revision: Revision<'_>) -> PdfFile {
    let tail = revision.finish().unwrap();
    open([file.bytes(), &tail.bytes].concat(), OWNER).unwrap()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn both_passwords_open_every_revision_and_no_other_does() {
    for (index, (revision, dictionary)) in DICTIONARIES.into_iter().enumerate() {
        for (kind, direct) in [(XrefKind::Table, false), (XrefKind::Stream, false), (XrefKind::Table, true)] {
            let bytes = base(dictionary, kind, direct);
            for (password, role) in [(USER, OpenedAs::User), (OWNER, OpenedAs::Owner)] {
                let file = open(bytes.clone(), password).unwrap();
                let facts = file.encryption().unwrap();
                assert_eq!((facts.revision, facts.opened_as), (revision, role), "{index} {kind:?}");
                assert_eq!(facts.metadata_encrypted, index != 5);
                let algorithm = match revision {
                    2 | 3 => EncryptionAlgorithm::Rc4,
                    4 => EncryptionAlgorithm::Aes128,
                    _ => EncryptionAlgorithm::Aes256,
                };
                assert_eq!(facts.algorithm, algorithm);
                let free = role == OpenedAs::Owner || index != 5;
                assert_eq!((facts.may_fill_fields(), facts.may_create_fields()), (free, free), "{index}");
                assert!(facts.allows(3));
                let weak = (revision < 4).then_some(PdfError::WeakEncryption);
                assert_eq!(file.signable().err(), weak);
                assert_eq!(Revision::new(&file).finish().err(), weak);
                assert_eq!(file.pages().unwrap().len(), 1);
            }
            assert_eq!(code(PdfFile::from_bytes(bytes.clone())), "pdf_encrypted");
            for wrong in ["", "dono ", "Dono", "senha", "usuario", &"x".repeat(500), "\u{0}", "\u{fffd}"] {
                assert_eq!(code(open(bytes.clone(), wrong)), "pdf_wrong_password", "{index} {wrong:?}");
            }
        }
    }
    let plain = base("null", XrefKind::Table, true);
    let file = open(plain, "whatever").unwrap();
    assert!(file.encryption().is_none() && file.signable().is_ok());
}

/// SASLprep maps what looks alike to one password (RFC 4013): a decomposed accent, a soft hyphen, a wide letter.
#[test]
fn passwords_are_prepared_before_they_are_tried() {
    for (index, same) in [(3, "usua\u{301}rio"), (4, "usua\u{301}rio"), (4, "usu\u{ad}ário"), (5, "ｕsuário")] {
        let file = open(base(DICTIONARIES[index].1, XrefKind::Table, false), same);
        assert_eq!(file.unwrap().encryption().unwrap().opened_as, OpenedAs::User);
    }
    // The old revisions do not: there a decomposed accent is not in the encoding.
    assert_eq!(code(open(base(DICTIONARIES[2].1, XrefKind::Table, false), "usua\u{301}rio")), "pdf_wrong_password");
}

#[test]
fn what_a_revision_writes_is_encrypted_but_for_what_must_not_be() {
    for (index, (_, dictionary)) in DICTIONARIES.into_iter().enumerate().skip(2) {
        for kind in [XrefKind::Table, XrefKind::Stream] {
            let file = open(base(dictionary, kind, false), OWNER).unwrap();
            let mut revision = Revision::new(&file);
            let [info, form, meta, bare, attached, signature] = [(); 6].map(|()| revision.allocate().unwrap());
            revision.put(info, b"<</Title(secret title)/Empty()/Nested[<</A(secret item)>>]>>".to_vec());
            revision.put_stream(form, b"/Type/XObject/Note(secret note)", b"secret data");
            revision.put_stream(meta, b"/Type/Metadata/Subtype/XML", b"<x:xmpmeta/>");
            revision.put_stream(bare, b"/Filter[/Crypt]/DecodeParms[<</Name/Identity>>]", b"open data");
            revision.put_stream(
                attached,
                b"/Type/EmbeddedFile/Filter/Crypt/DecodeParms<</Name/StdCF>>",
                b"secret file",
            );
            let body =
                b"<</Reason(secret reason)/Type/Sig/ByteRange[0 1 2 3]/Contents<c0ffee>/Name(secret name)>>".to_vec();
            let at = body.windows(8).position(|window| window == b"<c0ffee>").unwrap();
            revision.put_signature(signature, body.clone(), at..at + 8);
            let tail = revision.finish().unwrap();
            assert!(!contains(&tail.bytes, b"secret"), "{}", tail.bytes.escape_ascii());
            assert_eq!(contains(&tail.bytes, b"xmpmeta"), index == 5);
            assert!(contains(&tail.bytes, b"open data") && contains(&tail.bytes, b"/Encrypt 4 0 R"));
            assert!(contains(&tail.bytes, ID.as_bytes()));
            let found = tail.locate(signature, at..at + 8).unwrap();
            assert_eq!(&tail.bytes[found.clone()], b"<c0ffee>");
            assert_ne!(found.start, tail.body(signature).unwrap().start + at, "the reason before it has grown");
            let range = body.windows(9).position(|window| window == b"[0 1 2 3]").unwrap();
            assert_eq!(&tail.bytes[tail.locate(signature, range..range + 9).unwrap()], b"[0 1 2 3]");

            let again = open([file.bytes(), &tail.bytes].concat(), USER).unwrap();
            let title = again.dict(info).unwrap();
            assert_eq!(title.get("Title").unwrap().as_text().as_deref(), Some("secret title"));
            assert_eq!(title.get("Empty").unwrap().as_string().as_deref(), Some(&b""[..]));
            let nested = title.get("Nested").unwrap().as_array().unwrap()[0].as_dict().unwrap();
            assert_eq!(nested.get("A").unwrap().as_string().unwrap(), b"secret item");
            for (object, data) in
                [(form, &b"secret data"[..]), (meta, b"<x:xmpmeta/>"), (bare, b"open data"), (attached, b"secret file")]
            {
                assert_eq!(again.decoded(&again.stream(object).unwrap()).unwrap(), data);
            }
            let note = again.stream(form).unwrap().dict.get("Note").unwrap();
            assert_eq!(note.as_string().unwrap(), b"secret note");
            let entries = again.signature_entries(again.dict(signature).unwrap()).unwrap();
            assert_eq!(entries.contents.as_deref(), Some(&[0xc0, 0xff, 0xee][..]));
            assert_eq!(entries.reason.as_deref(), Some("secret reason"));
            assert_eq!(entries.name.as_deref(), Some("secret name"));
            let span = entries.contents_span.unwrap();
            assert_eq!(span.start - file.len(), found.start as u64);
            assert_eq!(&again.bytes()[span.start as usize..span.end as usize], b"<c0ffee>");
        }
    }
}

/// Rewritten objects: what was read in plain text is encrypted again, for its own number, wherever it came from.
#[test]
fn strings_survive_edits_and_moves_between_objects() {
    for (_, dictionary) in &DICTIONARIES[2..] {
        let file = open(base(dictionary, XrefKind::Table, false), OWNER).unwrap();
        let mut revision = Revision::new(&file);
        let one = revision.allocate().unwrap();
        revision.put(one, b"<</Keep(kept)/Reals[0 595.32001]/Fields[(a)(b)]>>".to_vec());
        let file = append(&file, revision);
        let mut revision = Revision::new(&file);
        let two = revision.allocate().unwrap();
        revision.put(two, file.dict(one).unwrap().get("Fields").unwrap().bytes().to_vec());
        revision.edit(one, |dict| dict.set("New", &encode_text("ação"))).unwrap();
        revision.push_to_array(one, "Fields", b"(c)").unwrap();
        let file = append(&file, revision);
        let dict = file.dict(one).unwrap();
        assert_eq!(dict.get("Keep").unwrap().as_string().unwrap(), b"kept");
        assert_eq!(dict.get("New").unwrap().as_text().as_deref(), Some("ação"));
        assert_eq!(dict.get("Reals").unwrap().bytes(), b"[0 595.32001]");
        let texts = |items: Vec<cartorio_pdf::Raw>| items.iter().filter_map(|i| i.as_text()).collect::<String>();
        assert_eq!(texts(file.get_array(&dict, "Fields").unwrap()), "abc");
        assert_eq!(texts(file.object(two).unwrap().as_array().unwrap()), "ab");
        // The state before is read with the same key, and knows nothing of the new entry.
        let earlier = file.prefix(file.revisions()[1].line_end).unwrap();
        assert_eq!(earlier.encryption(), file.encryption());
        let dict = earlier.dict(one).unwrap();
        assert_eq!(dict.get("Keep").unwrap().as_string().unwrap(), b"kept");
        assert!(dict.get("New").is_none());
    }
}

#[test]
fn an_earlier_state_with_another_lock_is_not_opened_by_this_one() {
    let first = base(DICTIONARIES[4].1, XrefKind::Table, false);
    let file = open(first.clone(), OWNER).unwrap();
    // The same object number with another dictionary, by hand: a revision would encrypt nothing of it and refuse nothing.
    let mut out = first.clone();
    let at = out.len();
    out.extend(format!("4 0 obj\n{}\nendobj\n", DICTIONARIES[3].1).bytes());
    let start = out.len();
    let trailer = format!("<</Size 5/Root 1 0 R/ID{ID}/Encrypt 4 0 R/Prev {}>>", file.trailer().startxref);
    out.extend(format!("xref\n4 1\n{at:010} 00000 n \ntrailer\n{trailer}\nstartxref\n{start}\n%%EOF\n").bytes());
    let later = open(out, OWNER).unwrap();
    assert_eq!(later.encryption().unwrap().revision, 5);
    assert_eq!(later.prefix(first.len() as u64).err(), Some(PdfError::PasswordRequired));
}

#[test]
fn sections_that_disagree_about_encryption_are_refused() {
    let bytes = base(DICTIONARIES[4].1, XrefKind::Table, false);
    let start = open(bytes.clone(), OWNER).unwrap().trailer().startxref;
    let with = |encrypt: &str| {
        let mut out = bytes.clone();
        let at = out.len();
        let trailer = format!("<</Size 5/Root 1 0 R/ID{ID}{encrypt}/Prev {start}>>");
        out.extend(format!("xref\n0 0\ntrailer\n{trailer}\nstartxref\n{at}\n%%EOF\n").bytes());
        out
    };
    assert!(open(with("/Encrypt  4  0 R"), OWNER).is_ok());
    for other in ["", "/Encrypt null", "/Encrypt 3 0 R", "/Encrypt<</Filter/Standard>>"] {
        assert_eq!(code(open(with(other), OWNER)), "pdf_malformed_encryption", "{other}");
    }
}

#[test]
fn broken_dictionaries_are_named() {
    let good = DICTIONARIES[4].1;
    let changes = [
        ("/O<84", "/O<", "pdf_malformed_encryption"),
        ("/U<f8", "/X<f8", "pdf_malformed_encryption"),
        ("/UE<1b", "/UE<1b1b", "pdf_malformed_encryption"),
        ("/OE<d6", "/OE<", "pdf_malformed_encryption"),
        ("/Perms<9f", "/Perms<", "pdf_malformed_encryption"),
        ("/P -4", "/P 99999999999", "pdf_malformed_encryption"),
        ("/P -4", "", "pdf_malformed_encryption"),
        ("/P -4", "/P[]", "pdf_malformed_encryption"),
        ("/StmF/StdCF", "/StmF/Other", "pdf_malformed_encryption"),
        ("/StmF/StdCF", "/StmF(StdCF)", "pdf_malformed_encryption"),
        ("/CF<<", "/CX<<", "pdf_malformed_encryption"),
        ("/CFM/AESV3", "/CFM/AESV9", "pdf_unsupported_encryption"),
        ("/CFM/AESV3", "/CFM/AESV2", "pdf_unsupported_encryption"),
        ("/CFM/AESV3", "", "pdf_unsupported_encryption"),
        ("/R 6", "/R 7", "pdf_unsupported_encryption"),
        ("/V 5", "/V 4", "pdf_unsupported_encryption"),
        ("/V 5", "", "pdf_unsupported_encryption"),
        ("/Filter/Standard", "/Filter/Adobe.PubSec", "pdf_unsupported_encryption"),
        ("/Filter/Standard", "", "pdf_malformed_encryption"),
        ("/O<84", "/O<00", "pdf_wrong_password"),
    ];
    for (from, to, expected) in changes {
        assert!(good.contains(from), "{from}");
        for direct in [false, true] {
            let bytes = base(&good.replacen(from, to, 1), XrefKind::Table, direct);
            assert_eq!(code(open(bytes, OWNER)), expected, "{from} → {to}");
        }
    }
    let short = DICTIONARIES[1].1.replace("/Length 128", "/Length 4096");
    assert_eq!(code(open(base(&short, XrefKind::Table, false), OWNER)), "pdf_malformed_encryption");
    let many: String = (0..65).map(|n| format!("/F{n}<</CFM/AESV3>>")).collect();
    let bytes = base(&good.replacen("/CF<<", &format!("/CF<<{many}"), 1), XrefKind::Table, false);
    assert_eq!(code(open(bytes, OWNER)), "pdf_limit_exceeded");
    // Only what is looked at has to be sound; numbers may lack their sign; zeros may follow what has a length.
    for (from, to) in [
        ("/P -4", "/P 4294967292"),
        ("/CF<<", "/CF<</Odd<</CFM/None>>"),
        ("1235>", "12350000000000>"),
        ("/StmF/StdCF", "/StmF/StdCF/EFF/Identity"),
    ] {
        let file = open(base(&good.replacen(from, to, 1), XrefKind::Table, false), USER).unwrap();
        assert!(file.signable().is_ok(), "{to}");
    }
}

/// Permissions that were changed afterwards can be read and are not signed under.
#[test]
fn changed_permissions_are_noticed() {
    for (from, to) in
        [("/P -1324", "/P -4"), ("/EncryptMetadata false", "/EncryptMetadata true"), ("/Perms<1c", "/Perms<1d")]
    {
        let dictionary = DICTIONARIES[5].1.replacen(from, to, 1);
        let file = open(base(&dictionary, XrefKind::Stream, false), USER).unwrap();
        assert_eq!(file.pages().unwrap().len(), 1);
        assert_eq!(file.signable().unwrap_err().code(), "pdf_malformed_encryption", "{to}");
        assert!(Revision::new(&file).finish().is_err());
    }
}

/// A revision without the code that the others carry would look like a forgery.
#[test]
fn files_with_message_authentication_codes_are_only_read() {
    let dictionary = DICTIONARIES[4].1.replacen("/V 5", "/V 5/KDFSalt<00>", 1);
    let file = open(base(&dictionary, XrefKind::Table, false), OWNER).unwrap();
    assert_eq!(file.pages().unwrap().len(), 1);
    assert_eq!(file.signable().unwrap_err().code(), "pdf_unsupported_encryption");
}

#[test]
fn what_does_not_decrypt_is_an_error_with_its_place() {
    let bytes = base(DICTIONARIES[4].1, XrefKind::Table, false);
    let broken = String::from_utf8_lossy(&bytes).replace("/MediaBox[0 0 9 9]", "/A (plain text)   ");
    let broken: Vec<u8> = [&bytes[..15], &broken.as_bytes()[broken.find("1 0 obj").unwrap()..]].concat();
    let at = broken.windows(6).position(|w| w == b"(plain").unwrap() as u64;
    let file = open(broken, OWNER).unwrap();
    let error = file.object(ObjRef::new(3)).unwrap_err();
    assert_eq!(error, PdfError::Malformed { offset: at, reason: "shorter than an AES block" });
}

/// The corpus has files of other writers: pyHanko, with RC4 and AES, and one of which only the attachment is encrypted.
#[test]
fn files_of_the_corpus_read_in_plain_text() {
    let Some(files) = corpus("pdf-pyhanko") else {
        return;
    };
    let path = |name: &str| files.iter().find(|(file, _)| file == name).map(|(_, path)| path.clone()).unwrap();
    for name in ["minimal-rc4.pdf", "minimal-aes256.pdf", "minimal-two-fields-aes256.pdf", "minimal-with-field-rc4.pdf"]
    {
        assert_eq!(PdfFile::open_path(&path(name)).err(), Some(PdfError::PasswordRequired), "{name}");
        for (password, role) in [("ownersecret", OpenedAs::Owner), ("usersecret", OpenedAs::User)] {
            let file = PdfFile::open_path_with(&path(name), Some(&secret(password))).unwrap();
            assert_eq!(file.encryption().unwrap().opened_as, role);
            let page = file.first_page_and_count().unwrap().0;
            let content = file.stream(page.dict.reference("Contents").unwrap()).unwrap();
            assert!(contains(&file.decoded(&content).unwrap(), b"(Hello World) Tj"), "{name}");
            for field in file.form().unwrap().map(|form| form.fields).unwrap_or_default() {
                assert!(field.name.starts_with("Sig") && field.name.is_ascii(), "{name}: {}", field.name);
            }
        }
    }
    let file = PdfFile::open_path(&path("embedded-encrypted-nocf.pdf")).unwrap();
    let attachment = file.stream(ObjRef::new(7)).unwrap();
    assert_eq!(file.decoded(&attachment).err(), Some(PdfError::PasswordRequired));
    assert!(file.signable().is_ok());
    let file = PdfFile::open_path_with(&path("embedded-encrypted-nocf.pdf"), Some(&secret("secret"))).unwrap();
    assert!(file.decoded(&file.stream(ObjRef::new(7)).unwrap()).unwrap().starts_with(b"%PDF-"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_is_read(
        pick in 2_usize..6,
        stream in any::<bool>(),
        texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 1..6),
        data in prop::collection::vec(any::<u8>(), 0..200),
        generation in 0_u16..3,
    ) {
        let kind = if stream { XrefKind::Stream } else { XrefKind::Table };
        let file = open(base(DICTIONARIES[pick].1, kind, pick == 3), OWNER).unwrap();
        let mut revision = Revision::new(&file);
        let object = ObjRef { generation, ..revision.allocate().unwrap() };
        let other = revision.allocate().unwrap();
        let token = |bytes: &Vec<u8>| format!("<{}>", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>());
        let list: Vec<String> = texts.iter().map(token).collect();
        revision.put(object, format!("<</All[{}]/Deep<</Text {}>>/N 1>>", list.join(" "), list[0]).into_bytes());
        revision.put_stream(other, b"/Type/XObject", &data);
        let tail = revision.finish().unwrap();
        for text in texts.iter().filter(|text| text.len() > 5) {
            prop_assert!(!contains(&tail.bytes, text) && !contains(&tail.bytes, token(text).as_bytes()));
        }
        let again = open([file.bytes(), &tail.bytes].concat(), USER).unwrap();
        let dict = again.dict(object).unwrap();
        let read: Vec<_> = again.get_array(&dict, "All").unwrap().iter().map(|item| item.as_string().unwrap()).collect();
        prop_assert_eq!(&read, &texts);
        let deep = again.get_dict(&dict, "Deep").unwrap().unwrap();
        prop_assert_eq!(&deep.get("Text").unwrap().as_string().unwrap(), &texts[0]);
        prop_assert_eq!(again.decoded(&again.stream(other).unwrap()).unwrap(), data);
        // Values stand where the file has them, whatever their length in plain text.
        let span = dict.get("N").unwrap().file_span().unwrap();
        prop_assert_eq!(&again.bytes()[span.start as usize..span.end as usize], b"1");
        let span = dict.raw().file_span().unwrap();
        prop_assert!(again.bytes()[span.start as usize..].starts_with(b"<</All["));
        prop_assert!(again.bytes()[..span.end as usize].ends_with(b"/N 1>>"));
    }
}
