//! Revisions that look like evidence, a signature or a filled-in form and are something else; beside each the harmless one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod pades_support;

use cartorio_ades::create::pades::{Certify, Dialect, FieldChoice, FieldLock, PadesOptions};
use cartorio_ades::validate::changes::{Change, Later, history};
use cartorio_ades::validate::pdf::signatures;
use cartorio_core::SecretString;
use cartorio_pdf::{ObjRef, PdfError, PdfFile, Revision};
use pades_support::{archive, bytes, corpus, document, evidence, options, sign, signer};

const WHITE: &str =
    "<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Length 24>>\nstream\n1 g 0 0 595 842 re f   \nendstream";
const STAMP: &str = "<</Type/Annot/Subtype/Stamp/F 4/P 3 0 R/Rect[0 0 595 842]/AP<</N 14 0 R>>>>";

/// A deed with a form of two fields and a hidden one, notes on its page, and a white sheet that nothing shows.
fn deed() -> Vec<u8> {
    let stream = |entries: &str, data: &str| format!("<<{entries}/Length {}>>\nstream\n{data}\nendstream", data.len());
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 6 0 R/Resources<</Font<</F 7 0 R>>/XObject<</#E9 8 0 R>>>>\
         /Annots[9 0 R 10 0 R 11 0 R 12 0 R 15 0 R]>>"
            .to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>".to_owned(),
        "<</Fields[9 0 R 10 0 R 15 0 R]/SigFlags 3/DA(/F 0 Tf)/DR<</Font<</F 7 0 R>>>>>>".to_owned(),
        stream("", "BT /F 20 Tf 40 700 Td (Valor: R$ 1,00) Tj ET /#E9 Do"),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
        stream("/Type/XRef/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 16 0 R>>>>", "0 0 9 9 re f"),
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(nome)/V(A)/F 4/P 3 0 R/Rect[50 500 150 550]/AP<</N 13 0 R>>>>".to_owned(),
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(tabelia)/F 4/P 3 0 R/Rect[50 50 150 100]>>".to_owned(),
        "<</Type/Annot/Subtype/Text/P 3 0 R/Rect[300 300 320 320]/Contents(um)>>".to_owned(),
        "<</Type/Annot/Subtype/Text/P 3 0 R/Rect[310 310 330 330]/Contents(dois)>>".to_owned(),
        stream("/Type/XObject/Subtype/Form/BBox[0 0 100 50]", "0 0 100 50 re n"),
        WHITE.to_owned(),
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(oculto)/F 2/P 3 0 R/Rect[0 0 595 842]/AP<</N 14 0 R>>>>".to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Courier>>".to_owned(),
    ];
    let made = String::from_utf8_lossy(&document(&objects)).into_owned();
    // What a font says of itself is also what the file says of itself.
    let at = made.rfind("/Root 1 0 R").unwrap();
    format!("{}/Info 16 0 R{}", &made[..at], &made[at..]).into_bytes()
}

fn open(bytes: Vec<u8>) -> PdfFile {
    PdfFile::from_bytes(bytes).unwrap()
}

/// The deed with one signature, which certifies it at `level` or, at 0, only approves it.
fn signed(level: u8) -> Option<PdfFile> {
    let certify = (level > 0).then_some(Certify { level });
    signed_with(PadesOptions { certify, ..options() })
}

fn signed_with(options: PadesOptions) -> Option<PdfFile> {
    Some(open(bytes(&sign(&open(deed()), &options, signer()?).unwrap())))
}

/// `file` and a revision of it.
fn revised(file: &PdfFile, change: impl FnOnce(&mut Revision<'_>)) -> Vec<u8> {
    let mut revision = Revision::new(file);
    change(&mut revision);
    let tail = revision.finish().unwrap();
    [file.bytes(), &tail.bytes].concat()
}

fn put(revision: &mut Revision<'_>, body: &str) -> ObjRef {
    let own = revision.allocate().unwrap();
    revision.put(own, body.as_bytes().to_vec());
    own
}

fn set(revision: &mut Revision<'_>, object: u32, key: &str, value: &str) {
    revision.edit::<PdfError>(ObjRef::new(object), |dict| dict.set(key, value.as_bytes())).unwrap();
}

fn list(revision: &mut Revision<'_>, object: u32, key: &str, item: ObjRef) {
    revision.push_to_array(ObjRef::new(object), key, item.to_string().as_bytes()).unwrap();
}

/// What the first signature says of everything after it. What cannot be compared is suspicious.
fn later(bytes: Vec<u8>) -> (Later, Vec<(Change, bool)>) {
    let file = match PdfFile::from_bytes(bytes) {
        Ok(file) => file,
        Err(error) => {
            println!("not opened: {error}");
            return (Later::Suspicious, Vec::new());
        }
    };
    let found = match signatures(&file) {
        Ok(found) => found,
        Err(error) => {
            println!("not read: {error}");
            return (Later::Suspicious, Vec::new());
        }
    };
    let Some(first) = found.iter().find(|own| own.field == "Signature1") else {
        println!("the signature is gone");
        return (Later::Suspicious, Vec::new());
    };
    match history(&file, &found) {
        Ok(history) => {
            let (later, changes) = history.after(first);
            (later, changes.into_iter().map(|(change, allowed)| (change.clone(), allowed)).collect())
        }
        Err(error) => {
            println!("{error}");
            (Later::Suspicious, Vec::new())
        }
    }
}

fn refused(name: &str, bytes: Vec<u8>) {
    let (later, changes) = later(bytes);
    assert_eq!(later, Later::Suspicious, "{name}: {changes:#?}");
}

fn allowed(name: &str, bytes: Vec<u8>) {
    let (later, changes) = later(bytes);
    assert_eq!(later, Later::Allowed, "{name}: {changes:#?}");
}

/// A signature field added by hand, with a signature that covers everything and says nothing. `look`: the entries of the widget.
fn forged(
    file: &PdfFile,
    name: &str,
    look: &str,
    value: &str,
    more: impl FnOnce(&mut Revision<'_>, ObjRef),
) -> Vec<u8> {
    let mut out = revised(file, |revision| {
        let body = format!("<<{value}/ByteRange[0 1111111111 2222222222 3333333333]/Contents<{}>>>", "0".repeat(64));
        let value = put(revision, &body);
        let widget = format!("<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/P 3 0 R/V {value}{look}>>");
        let widget = put(revision, &widget);
        list(revision, 3, "Annots", widget);
        list(revision, 5, "Fields", widget);
        more(revision, widget);
    });
    let base = file.bytes().len();
    let find = |out: &[u8], text: &[u8]| base + out[base..].windows(text.len()).position(|own| own == text).unwrap();
    let start = find(&out, b"/Contents<") + b"/Contents".len();
    let end = start + 66;
    for (text, number) in [("1111111111", start), ("2222222222", end), ("3333333333", out.len() - end)] {
        let at = find(&out, text.as_bytes());
        out[at..at + 10].copy_from_slice(format!("{number:<10}").as_bytes());
    }
    out
}

const SIG: &str = "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached";
const DTS: &str = "/Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161";
const SHOWN: &str = "/F 4/Rect[50 200 150 250]/AP<</N 13 0 R>>";
const NOWHERE: &str = "/F 132/Rect[0 0 0 0]";

#[test]
fn a_security_store_has_evidence_and_nothing_else() {
    for level in 0..=3 {
        let Some(file) = signed(level) else { return };
        let attack = |entry: &dyn Fn(ObjRef) -> String| {
            revised(&file, |revision| {
                let stamp = put(revision, STAMP);
                let store = put(revision, &format!("<</Type/DSS{}>>", entry(stamp)));
                set(revision, 1, "DSS", &store.to_string());
                list(revision, 3, "Annots", stamp);
            })
        };
        if level < 3 {
            // A certification at level 3 allows the stamp as such, but not as evidence.
            refused("annotation on the page", attack(&|_| "/Certs[]".to_owned()));
        }
        refused("unknown key", attack(&|own| format!("/Certs[]/X {own}")));
        refused("no stream", attack(&|own| format!("/Certs[{own}]")));
        refused("entry of a signature", attack(&|own| format!("/VRI<</{}<</X {own}>>>>", "A".repeat(40))));
        refused("as an entry", attack(&|own| format!("/VRI<</{} {own}>>", "A".repeat(40))));
        // A stream of evidence that is also what a new signature shows.
        let both = forged(&file, "Outra", "/F 4/Rect[0 0 595 842]/AP<</N 900 0 R>>", SIG, |revision, _| {
            revision.put(ObjRef::new(900), WHITE.as_bytes().to_vec());
            set(revision, 1, "DSS", "<</Certs[900 0 R]>>");
        });
        refused("evidence that is drawn", both);
        let (lasting, _) = archive(&file, &evidence(signer().unwrap()), Dialect::Etsi).unwrap();
        allowed("evidence", bytes(&lasting));
        let (_, stamped) = archive(&file, &evidence(signer().unwrap()), Dialect::Etsi).unwrap();
        allowed("archive", bytes(&stamped));
    }
}

#[test]
fn resources_of_the_form_only_grow_and_are_told() {
    let Some(file) = signed(0) else { return };
    let attack = |change: &dyn Fn(&mut Revision<'_>)| revised(&file, |revision| change(revision));
    let with_stamp = |key: &'static str, object: u32| {
        revised(&file, |revision| {
            let stamp = put(revision, STAMP);
            set(revision, object, key, &format!("<</Font<</F 7 0 R>>/X<</Y {stamp}>>>>"));
            list(revision, 3, "Annots", stamp);
        })
    };
    refused("an annotation among the resources", with_stamp("DR", 5));
    refused("an annotation among the extensions", with_stamp("Extensions", 1));
    refused("an annotation among the marks", with_stamp("MarkInfo", 1));
    refused("another font under a known name", attack(&|own| set(own, 5, "DR", "<</Font<</F 16 0 R>>>>")));
    refused("a font rewritten in its place", attack(&|own| set(own, 7, "BaseFont", "/Courier")));
    refused("resources removed", attack(&|own| set(own, 5, "DR", "<<>>")));
    for (key, value) in [("XFA", "[(a) 6 0 R]"), ("CO", "[9 0 R]"), ("SigFlags", "1"), ("Novo", "1")] {
        refused(key, attack(&|own| set(own, 5, key, value)));
    }
    let grown = |file: &PdfFile| revised(file, |own| set(own, 5, "DR", "<</Font<</F 7 0 R/G 16 0 R>>>>"));
    let redrawn = |file: &PdfFile| revised(file, |own| set(own, 5, "NeedAppearances", "true"));
    let (later, changes) = later(grown(&file));
    assert_eq!((later, changes.len()), (Later::Allowed, 1), "{changes:#?}");
    allowed("fields drawn anew", redrawn(&file));
    allowed("a font more at level 2", grown(&signed(2).unwrap()));
    refused("a font more at level 1", grown(&signed(1).unwrap()));
    refused("drawn anew at level 1", redrawn(&signed(1).unwrap()));
    let locked = signed_with(PadesOptions { lock: Some(FieldLock::All), ..options() }).unwrap();
    refused("locked fields drawn anew", redrawn(&locked));
    allowed("a font more beside locked fields", grown(&locked));
}

#[test]
fn new_fields_without_a_signature_show_nothing() {
    let add = |file: &PdfFile, look: &str| {
        revised(file, |revision| {
            let widget = put(revision, &format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(Nova)/P 3 0 R{look}>>"));
            list(revision, 3, "Annots", widget);
            list(revision, 5, "Fields", widget);
        })
    };
    let script = "/AA<</PV<</S/JavaScript/JS(app.alert(1))>>>>";
    for level in 0..=3 {
        let Some(file) = signed(level) else { return };
        refused("visible", add(&file, "/F 4/Rect[0 0 595 842]/AP<</N 14 0 R>>"));
        refused("visible without appearance", add(&file, "/F 4/Rect[0 0 595 842]"));
        refused("hidden by a flag", add(&file, "/F 2/Rect[0 0 595 842]/AP<</N 14 0 R>>"));
        refused("five numbers", add(&file, "/F 4/Rect[0 0 0 0 0]"));
        refused("three numbers", add(&file, "/F 4/Rect[0 0 0]"));
        refused("no rectangle", add(&file, "/F 4"));
        refused("drawn outside its rectangle", add(&file, &format!("{NOWHERE}/AP<</N 14 0 R>>")));
        refused("a wide border", add(&file, &format!("{NOWHERE}/Border[0 0 900]")));
        refused("a colour", add(&file, &format!("{NOWHERE}/MK<</BG[1 1 1]>>")));
        refused("a script", add(&file, &format!("{NOWHERE}{script}")));
        refused("an action", add(&file, &format!("{NOWHERE}/A<</S/URI/URI(http://example.com)>>")));
        refused("another kind", add(&file, "/Subtype/Stamp/F 4/Rect[0 0 595 842]"));
        let plain = add(&file, NOWHERE);
        if level == 0 { allowed("without area", plain) } else { refused("certified", plain) }
    }
}

#[test]
fn document_time_stamps_show_nothing() {
    for level in 0..=3 {
        let Some(file) = signed(level) else { return };
        let add = |look: &str| forged(&file, "Carimbo", look, DTS, |_, _| {});
        refused("visible", add(SHOWN));
        refused("five numbers", add("/F 4/Rect[0 0 595 842 0]/AP<</N 14 0 R>>"));
        refused("words", add("/F 4/Rect[0 0 0 (x)]/AP<</N 14 0 R>>"));
        refused("with a drawing", add(&format!("{NOWHERE}/AP<</N 14 0 R>>")));
        refused("with a script", add(&format!("{NOWHERE}/AA<</PV<</S/JavaScript/JS(1)>>>>")));
        refused("in a layer", add(&format!("{NOWHERE}/OC 16 0 R")));
        // In the field that is there and shows.
        let filled = forged(&file, "Outro", NOWHERE, DTS, |revision, widget| {
            let value = widget.number - 1;
            set(revision, 10, "V", &format!("{value} 0 R"));
        });
        refused("in a visible field", filled);
        allowed("invisible", add(NOWHERE));
        let empty = forged(&file, "Carimbo", &format!("{NOWHERE}/AP<</N 900 0 R>>"), DTS, |revision, _| {
            revision.put_stream(ObjRef::new(900), b"/Subtype/Form/BBox[0 0 0 0]", b"q % nada\nQ");
        });
        allowed("with an empty appearance", empty);
    }
}

#[test]
fn new_signatures_are_a_further_signers_and_not_after_certification() {
    for level in 0..=3 {
        let Some(file) = signed(level) else { return };
        let add = |look: &str, more: fn(&mut Revision<'_>, ObjRef)| forged(&file, "Segunda", look, SIG, more);
        for (name, look) in [("visible", SHOWN), ("invisible", NOWHERE)] {
            let made = add(look, |_, _| {});
            if level == 0 { allowed(name, made) } else { refused(name, made) }
        }
        refused("a script", add(&format!("{SHOWN}/AA<</PV<</S/JavaScript/JS(1)>>>>"), |_, _| {}));
        refused("an action", add(&format!("{SHOWN}/A<</S/JavaScript/JS(1)>>"), |_, _| {}));
        refused("a layer", add(&format!("{SHOWN}/OC 16 0 R"), |_, _| {}));
        refused("no widget", add("/Subtype/Stamp/F 4/Rect[0 0 9 9]", |_, _| {}));
        refused("on two pages", add(SHOWN, |revision, widget| list(revision, 4, "Annots", widget)));
        refused("twice on a page", add(SHOWN, |revision, widget| list(revision, 3, "Annots", widget)));
        refused(
            "and a text field",
            add(SHOWN, |revision, _| {
                let field = put(revision, "<</Type/Annot/Subtype/Widget/FT/Tx/T(novo)/V(B)/Rect[0 0 0 0]>>");
                list(revision, 5, "Fields", field);
            }),
        );
        refused(
            "and a stamp",
            add(SHOWN, |revision, _| {
                let stamp = put(revision, "<</Type/Annot/Subtype/Widget/F 4/Rect[0 0 595 842]/AP<</N 14 0 R>>>>");
                list(revision, 3, "Annots", stamp);
            }),
        );
        refused(
            "drawn from elsewhere",
            add("/F 4/Rect[0 0 9 9]/AP<</N 900 0 R>>", |revision, _| {
                let body = "<</Subtype/Form/BBox[0 0 9 9]/Ref<</F(outro.pdf)/Page 0>>/Length 0>>\nstream\n\nendstream";
                revision.put(ObjRef::new(900), body.as_bytes().to_vec());
            }),
        );
        // A value that covers nothing is no signature.
        let unsound = revised(&file, |revision| {
            let value = put(revision, &format!("<<{SIG}/Contents<00>/ByteRange[0 1 2 3]>>"));
            let widget = format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(X)/P 3 0 R/V {value}{SHOWN}>>");
            let widget = put(revision, &widget);
            list(revision, 3, "Annots", widget);
            list(revision, 5, "Fields", widget);
        });
        refused("covers nothing", unsound);
    }
    // Ours: the second to the fourth signer, one of them in the field that is there, then the archive.
    let Some(mut file) = signed(0) else { return };
    for field in [FieldChoice::New, FieldChoice::Existing("tabelia".into()), FieldChoice::New] {
        file = open(bytes(&sign(&file, &PadesOptions { field, ..options() }, signer().unwrap()).unwrap()));
        allowed("a further signer", file.bytes().to_vec());
    }
    let (_, stamped) = archive(&file, &evidence(signer().unwrap()), Dialect::Etsi).unwrap();
    allowed("archived", bytes(&stamped));
    let certified = signed(2).unwrap();
    let field = FieldChoice::Existing("tabelia".into());
    let second = sign(&certified, &PadesOptions { field, ..options() }, signer().unwrap()).unwrap();
    allowed("in the field that is there, at level 2", bytes(&second));
}

#[test]
fn pages_stay_what_they_were() {
    for level in 0..=3 {
        let Some(file) = signed(level) else { return };
        let attack = |change: &dyn Fn(&mut Revision<'_>)| revised(&file, |revision| change(revision));
        for (key, value) in [
            ("Contents", "[6 0 R 14 0 R]"),
            ("Resources", "<</Font<</F 16 0 R>>/XObject<</#E9 8 0 R>>>>"),
            ("Resources", "<</Font<</F 7 0 R>>/XObject<</#E9 14 0 R>>>>"),
            ("Resources", "<</Font<</F 7 0 R>>/XObject<</#E8 8 0 R>>>>"),
            ("AA", "<</O<</S/JavaScript/JS(1)>>>>"),
            ("MediaBox", "[0 0 595 400]"),
            ("CropBox", "[0 0 595 400]"),
            ("Rotate", "180"),
            ("UserUnit", "2"),
            ("Annots", "[9 0 R 10 0 R 12 0 R 11 0 R 15 0 R]"),
            ("Annots", "[9 0 R 10 0 R 11 0 R 12 0 R]"),
            ("Annots", "[9 0 R 10 0 R 11 0 R 12 0 R 15 0 R 11 0 R]"),
            ("Annots", "[9 0 R 10 0 R 11 0 R 12 0 R 15 0 R<</Subtype/Stamp/Rect[0 0 9 9]/AP<</N 14 0 R>>>>]"),
            ("Annots", "6 0 R"),
        ] {
            // The signature's own widget stands at the end of the list.
            let own = file.pages().unwrap()[0].dict.get("Annots").unwrap().as_array().unwrap();
            let last = own.last().unwrap().as_reference().unwrap().to_string();
            let value = match value.strip_suffix(']').filter(|_| key == "Annots") {
                Some(start) => format!("{start} {last}]"),
                None => value.to_owned(),
            };
            refused(&format!("{key} {value}"), attack(&|own| set(own, 3, key, &value)));
        }
        refused("a page less", attack(&|own| set(own, 2, "Kids", "[3 0 R]")));
        refused("other content", attack(&|own| own.put(ObjRef::new(6), WHITE.as_bytes().to_vec())));
        refused("inherited content", attack(&|own| set(own, 2, "Resources", "<</Font<</F 16 0 R>>>>")));
        for (key, value) in [
            ("OpenAction", "<</S/JavaScript/JS(1)>>"),
            ("AA", "<</WC<</S/JavaScript/JS(1)>>>>"),
            ("Names", "<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>"),
            ("Outlines", "<</Count 0>>"),
            ("PageLabels", "<</Nums[0<</P(x)>>]>>"),
            ("Perms", "<</DocMDP 16 0 R>>"),
            ("Collection", "<</View/T>>"),
            ("OCProperties", "<</OCGs[]/D<<>>>>"),
            ("Metadata", "14 0 R/Lang(x)"),
            ("Dests", "<<>>"),
            ("URI", "<</Base(http://example.com)>>"),
        ] {
            let rewritten = revised(&file, |revision| {
                let body = file.object(file.root()).unwrap();
                let body = String::from_utf8_lossy(body.bytes()).into_owned();
                let body = format!("{}/{key} {value}>>", body.strip_suffix(">>").unwrap());
                revision.put(ObjRef::new(1), body.into_bytes());
            });
            refused(key, rewritten);
        }
        allowed(
            "extensions",
            attack(&|own| set(own, 1, "Extensions", "<</ADBE<</BaseVersion/1.7/ExtensionLevel 8>>>>")),
        );
        allowed("rewritten as it was", attack(&|own| set(own, 3, "Rotate", "null")));
        let xmp = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"></x:xmpmeta>";
        let described = |data: &'static str| {
            revised(&file, |revision| {
                let own = revision.allocate().unwrap();
                revision.put_stream(own, b"/Type/Metadata/Subtype/XML", data.as_bytes());
                set(revision, 1, "Metadata", &own.to_string());
            })
        };
        allowed("metadata", described(xmp));
        refused("metadata that are none", described("1 g 0 0 595 842 re f"));
    }
}

#[test]
fn objects_of_the_signed_file_are_not_replaced_by_other_means() {
    let Some(file) = signed(0) else { return };
    let previous = file.trailer().startxref;
    let size = file.next_number();
    // A revision written by hand: `objects` as number, generation, text; `free` as lines of the table.
    let by_hand = |objects: &[(u32, u16, &str)], free: &str, trailer: &str| {
        let mut out = file.bytes().to_vec();
        let mut table = format!("xref\n0 1\n0000000000 65535 f \n{free}");
        for (number, generation, body) in objects {
            table.push_str(&format!("{number} 1\n{:010} {generation:05} n \n", out.len()));
            out.extend(format!("{number} {generation} obj\n{body}\nendobj\n").bytes());
        }
        let start = out.len();
        let trailer = format!("trailer\n<</Size {}/Root 1 0 R/Info 16 0 R/Prev {previous}{trailer}>>\n", size + 9);
        out.extend(format!("{table}{trailer}startxref\n{start}\n%%EOF\n").bytes());
        out
    };
    allowed("nothing", by_hand(&[], "", ""));
    refused("a free entry", by_hand(&[], "6 1\n0000000000 00001 f \n", ""));
    refused("another generation", by_hand(&[(6, 1, WHITE)], "", ""));
    refused("the same number", by_hand(&[(6, 0, WHITE)], "", ""));
    refused(
        "a font that is also the information",
        by_hand(&[(16, 0, "<</Type/Font/Subtype/Type1/BaseFont/Times>>")], "", ""),
    );
    refused("encrypted now", by_hand(&[], "", "/Encrypt<</Filter/Standard>>"));
    refused("another catalog", by_hand(&[(900, 0, "<</Type/Catalog/Pages 2 0 R>>")], "", "/Root 900 0 R"));
    let two = "<</Type/XRef/Size 909/W[1 2 1]/Index[908 1]/Length 4>>\nstream\n\0\0\0\0\nendstream";
    let place = format!("/XRefStm {}", file.bytes().len());
    refused("a table and a stream", by_hand(&[(907, 0, two)], "", &place));
    allowed("a stream that is none", by_hand(&[(907, 0, two)], "", ""));
    let repeated = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[]/Annots[]>>";
    refused("a key twice", by_hand(&[(4, 0, repeated)], "", ""));
    let xref = by_hand(&[(900, 0, "<</Type/XRef/Size 1/W[1 1 1]/Length 3>>\nstream\nabc\nendstream")], "", "");
    allowed("an object that nobody uses", xref);
    refused("an object that an old one refers to", {
        let deed = String::from_utf8_lossy(&deed()).replacen("/Contents 6 0 R", "/Contents[6 0 R 800 0 R]", 1);
        let Ok(dangling) = PdfFile::from_bytes(repaired(&deed)) else { panic!("{deed}") };
        let file = open(bytes(&sign(&dangling, &options(), signer().unwrap()).unwrap()));
        revised(&file, |own| own.put(ObjRef::new(800), WHITE.as_bytes().to_vec()))
    });
    // In an object stream: a font that is there, redefined.
    let stream = "7 0 <</Type/Font/Subtype/Type1/BaseFont/Times>>";
    let container = revised(&file, |revision| {
        let own = revision.allocate().unwrap();
        revision.put_stream(own, b"/Type/ObjStm/N 1/First 4", stream.as_bytes());
        revision.put(ObjRef::new(7), b"<</Type/Font/Subtype/Type1/BaseFont/Times>>".to_vec());
    });
    refused("a font in an object stream", container);
}

/// A later revision fills a field in, from an object stream. Where that lists the field's number for two places, readers that go by
/// the number show another field than readers that go by the index.
#[test]
fn a_number_has_one_place_in_its_object_stream() {
    for level in [0, 2, 3] {
        let Some(file) = signed(level) else { return };
        let (previous, container) = (file.trailer().startxref, u32::try_from(file.next_number()).unwrap());
        let widget = |entries: &str| format!("<</Type/Annot/Subtype/Widget/FT/Tx/T(nome)/F 4/P 3 0 R{entries}>>");
        let filled = widget("/V(B)/Rect[50 500 150 550]/AP<</N 13 0 R>>");
        let data = format!("{filled} {}", widget("/V(C)/Rect[0 0 595 842]/AP<</N 14 0 R>>"));
        let other = filled.len() + 1;
        let packed = |members: &[(u32, usize)], index: u8| {
            let header: String = members.iter().map(|(number, at)| format!("{number} {at} ")).collect();
            let (count, first, length) = (members.len(), header.len(), header.len() + data.len());
            let mut out = file.bytes().to_vec();
            let place = u32::try_from(out.len()).unwrap().to_be_bytes();
            let entries = format!("<</Type/ObjStm/N {count}/First {first}/Length {length}>>");
            out.extend(format!("{container} 0 obj\n{entries}\nstream\n{header}{data}\nendstream\nendobj\n").bytes());
            let start = out.len();
            let (table, size) = (container + 1, container + 2);
            let entries = format!(
                "<</Type/XRef/Size {size}/Root 1 0 R/Info 16 0 R/Prev {previous}/W[1 4 1]/Index[9 1 {container} 2]/Length 18>>"
            );
            out.extend(format!("{table} 0 obj\n{entries}\nstream\n").bytes());
            out.extend([&[2][..], &container.to_be_bytes(), &[index], &[1], &place, &[0]].concat());
            out.extend([&[1][..], &u32::try_from(start).unwrap().to_be_bytes(), &[0]].concat());
            out.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
            out
        };
        allowed("once", packed(&[(9, 0)], 0));
        allowed("twice in one place", packed(&[(9, 0), (9, 0)], 1));
        refused("the other one", packed(&[(9, other)], 0));
        refused("the good one first", packed(&[(9, 0), (9, other)], 0));
        refused("the good one last", packed(&[(9, other), (9, 0)], 1));
        refused("the good one in between", packed(&[(9, other), (9, 0), (9, other)], 1));
        refused("under another number", packed(&[(8, 0), (9, other)], 0));
    }
}

/// `text`, a file of [`document`], with its table made anew.
fn repaired(text: &str) -> Vec<u8> {
    let end = text.find("xref\n0 ").unwrap();
    let bodies: Vec<String> =
        text[..end].split(" 0 obj\n").skip(1).map(|part| part.split("\nendobj\n").next().unwrap().to_owned()).collect();
    document(&bodies)
}

/// The signed bytes promise more than they have, and what is appended keeps the promise.
#[test]
fn signed_bytes_are_not_completed_later() {
    let Some(signer) = signer() else { return };
    let plain = |file: &PdfFile| {
        revised(file, |revision| {
            let own = revision.allocate().unwrap();
            revision.put_stream(own, b"", b"x");
        })
    };
    for (length, sound) in [("5", true), ("90000", false), ("4 0 R", false)] {
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R>>".to_owned(),
            "90000".to_owned(),
            format!("<</Length {length}>>\nstream\nBT ET\nendstream"),
        ];
        let file = open(bytes(&sign(&open(document(&objects)), &options(), signer).unwrap()));
        if sound { allowed(length, plain(&file)) } else { refused(length, plain(&file)) }
    }
    // An entry that leads behind the end of what is signed.
    for (place, sound) in [(b"0000050000 00000 n", false), (b"0000000000 00001 f", true)] {
        let mut deed =
            String::from_utf8(deed()).unwrap().replacen("/Contents 6 0 R", "/Contents[6 0 R]", 1).into_bytes();
        let at = deed.windows(5).rposition(|own| own == b"xref\n").unwrap();
        let start = deed.windows(6).position(|own| own == b"xref\n0").unwrap();
        assert!(start <= at);
        // The entry of the font that only the white sheet's owner uses: object 14, drawn by the hidden field.
        let entry = start + b"xref\n0 17\n".len() + 14 * 20;
        deed[entry..entry + 18].copy_from_slice(place);
        let moved = String::from_utf8(deed).unwrap();
        let Ok(file) = PdfFile::from_bytes(moved.into_bytes()) else { panic!("not opened") };
        let file = open(forged(&file, "Signature1", NOWHERE, SIG, |_, _| {}));
        let previous = file.trailer().startxref;
        let size = file.next_number();
        let mut out = file.bytes().to_vec();
        out.resize(50_000, b'\n');
        out.extend(format!("14 0 obj\n{WHITE}\nendobj\n").bytes());
        let start = out.len();
        let trailer = format!("trailer\n<</Size {size}/Root 1 0 R/Info 16 0 R/Prev {previous}>>\n");
        out.extend(format!("xref\n0 1\n0000000000 65535 f \n{trailer}startxref\n{start}\n%%EOF\n").bytes());
        if sound { allowed("nothing there", out) } else { refused("an entry that leads behind the end", out) }
    }
}

#[test]
fn fields_are_filled_in_and_nothing_else() {
    for level in [0, 2, 3] {
        let Some(file) = signed(level) else { return };
        let attack = |change: &dyn Fn(&mut Revision<'_>)| revised(&file, |revision| change(revision));
        for (object, key, value) in [
            (9, "Rect", "[0 0 595 842]"),
            (9, "F", "6"),
            (15, "F", "4"),
            (9, "A", "<</S/JavaScript/JS(1)>>"),
            (9, "AA", "<</K<</S/JavaScript/JS(1)>>>>"),
            (9, "MK", "<</BG[1 1 1]>>"),
            (9, "OC", "16 0 R"),
            (9, "T", "(outro)"),
            (9, "FT", "/Btn"),
            (9, "Kids", "[15 0 R]"),
            (9, "Subtype", "/Stamp"),
            (10, "Rect", "[0 0 595 842]"),
            (10, "AP", "<</N 14 0 R>>"),
            (10, "Lock", "<</Action/All>>"),
            (10, "SV", "<<>>"),
            (11, "Contents", "(tres)"),
        ] {
            if (level, object) != (3, 11) {
                refused(&format!("{object} {key} {value}"), attack(&|own| set(own, object, key, value)));
            }
        }
        // The signature that is there.
        let first = signatures(&file).unwrap();
        assert_eq!(first.len(), 1);
        let form = file.form().unwrap().unwrap();
        let field = form.fields.iter().find(|own| own.name == "Signature1").unwrap().reference.unwrap().number;
        for (key, value) in
            [("V", "16 0 R"), ("AP", "<</N 14 0 R>>"), ("Rect", "[0 0 595 842]"), ("F", "4"), ("Lock", "<<>>")]
        {
            refused(&format!("signed {key}"), attack(&|own| set(own, field, key, value)));
        }
        refused("what the page draws", attack(&|own| own.put(ObjRef::new(8), WHITE.as_bytes().to_vec())));
        let filled = revised(&file, |revision| {
            let look = revision.allocate().unwrap();
            revision.put_stream(look, b"/Type/XObject/Subtype/Form/BBox[0 0 100 50]", b"BT ET");
            set(revision, 9, "V", "(B)");
            set(revision, 9, "AP", &format!("<</N {look}>>"));
        });
        allowed("filled in", filled);
        allowed(
            "in its place",
            attack(&|own| {
                set(own, 9, "V", "(B)");
                own.put_stream(ObjRef::new(13), b"/Type/XObject/Subtype/Form/BBox[0 0 100 50]", b"BT ET");
            }),
        );
        refused(
            "a value that is an annotation",
            revised(&file, |revision| {
                let stamp = put(revision, STAMP);
                set(revision, 9, "V", &stamp.to_string());
                list(revision, 3, "Annots", stamp);
            }),
        );
    }
    let filled = |file: &PdfFile| revised(file, |own| set(own, 9, "V", "(B)"));
    refused("at level 1", filled(&signed(1).unwrap()));
    let locked = |lock| signed_with(PadesOptions { lock: Some(lock), ..options() }).unwrap();
    refused("locked", filled(&locked(FieldLock::Include(vec!["nome".into()]))));
    refused("all locked", filled(&locked(FieldLock::All)));
    refused("not excepted", filled(&locked(FieldLock::Exclude(vec!["tabelia".into()]))));
    allowed("another one is locked", filled(&locked(FieldLock::Include(vec!["tabelia".into()]))));
    allowed("excepted", filled(&locked(FieldLock::Exclude(vec!["nome".into()]))));
}

#[test]
fn notes_are_allowed_where_the_certification_says_so() {
    for level in 0..=3 {
        let Some(file) = signed(level) else { return };
        let add = |body: &str| {
            revised(&file, |revision| {
                let note = put(revision, body);
                list(revision, 3, "Annots", note);
            })
        };
        let note = add("<</Type/Annot/Subtype/Text/P 3 0 R/Rect[9 9 20 20]/Contents(visto)>>");
        if level == 3 {
            allowed("note", note)
        } else {
            refused("note", note)
        }
        for body in [
            "<</Type/Annot/Subtype/Link/Rect[0 0 595 842]/A<</S/URI/URI(http://example.com)>>>>",
            "<</Type/Annot/Subtype/Text/Rect[9 9 20 20]/AA<</PV<</S/JavaScript/JS(1)>>>>>>",
            "<</Type/Annot/Subtype/Text/Rect[9 9 20 20]/A<</S/JavaScript/JS(1)>>>>",
            "<</Type/Annot/Subtype/Screen/Rect[0 0 595 842]>>",
            "<</Type/Annot/Subtype/RichMedia/Rect[0 0 595 842]>>",
            "<</Type/Annot/Subtype/Watermark/Rect[0 0 595 842]/AP<</N 14 0 R>>>>",
            "<</Type/Annot/Subtype/Widget/Rect[0 0 595 842]/AP<</N 14 0 R>>>>",
            "<</Type/Annot/Rect[0 0 595 842]/AP<</N 14 0 R>>>>",
        ] {
            refused(body, add(body));
        }
    }
}

/// Files with objects that neither we nor pyHanko can read, and that others refer to: nobody knows what they hold.
const UNREADABLE: [&str; 2] = ["broken-objstream4.pdf", "safedocs/CompactedPDFSyntaxTest.pdf"];

/// Two signers, their evidence and a time stamp over it all, in every file that can be signed: the earlier signatures allow
/// what comes after them.
#[test]
fn what_we_append_is_allowed_in_every_file_of_the_corpus() {
    let (Some(signer), Some(files)) = (signer(), corpus("pdf-pyhanko")) else { return };
    let again = |bytes: Vec<u8>| {
        let password = SecretString::new("ownersecret".to_owned());
        PdfFile::from_bytes(bytes.clone()).or_else(|_| PdfFile::from_bytes_with(bytes, Some(&password)))
    };
    let (mut compared, mut wrong) = (0, Vec::new());
    for (name, path) in files {
        let Ok(file) = again(std::fs::read(&path).unwrap()) else { continue };
        let Ok(first) = sign(&file, &options(), signer) else { continue };
        let first = again(bytes(&first)).unwrap();
        let second = again(bytes(&sign(&first, &options(), signer).unwrap())).unwrap();
        let Ok((_, stamped)) = archive(&second, &evidence(signer), Dialect::Etsi) else { continue };
        let last = again(bytes(&stamped)).unwrap();
        let before: Vec<String> = signatures(&file).unwrap().into_iter().map(|own| own.field).collect();
        let found = signatures(&last).unwrap();
        let Ok(history) = history(&last, &found) else {
            wrong.push(format!("{name} is not compared"));
            continue;
        };
        for signature in found.iter().filter(|own| own.field.starts_with("Signature") && !before.contains(&own.field)) {
            let (later, changes) = history.after(signature);
            compared += 1;
            if (later != Later::Allowed) != UNREADABLE.contains(&name.as_str()) {
                wrong.push(format!("{name} {}: {changes:#?}", signature.field));
            }
        }
    }
    println!("{compared} signatures");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 150, "{compared}");
}

/// Restrictions are read as they are when a field is signed: what the standard does not know is the strictest.
#[test]
fn unknown_restrictions_are_the_strictest() {
    let Some(_) = signer() else { return };
    let filled = |method: &str, params: &str| {
        let value = format!("{SIG}/Reference[<</TransformMethod/{method}/TransformParams<<{params}>>>>]");
        let file = open(forged(&open(deed()), "Signature1", NOWHERE, &value, |_, _| {}));
        revised(&file, |own| set(own, 9, "V", "(B)"))
    };
    refused("an unknown action", filled("FieldMDP", "/Action/Algumas/Fields[(tabelia)]"));
    refused("no action", filled("FieldMDP", "/Fields[(tabelia)]"));
    allowed("another field", filled("FieldMDP", "/Action/Include/Fields[(tabelia)]"));
    refused("an unknown level", filled("DocMDP", "/P 7"));
    refused("level 1 without permissions in the catalog", filled("DocMDP", "/P 1"));
    allowed("level 2", filled("DocMDP", "/P 2"));
}
