//! Encrypted files that qpdf makes are read here, and what is added here is read by qpdf, MuPDF and pyHanko.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cartorio_pdf::{Dict, EncryptionAlgorithm, ObjRef, PdfError, PdfFile, Revision, XrefKind, encode_text};
use support::{qpdf_accepts_with, secret};

const USER: &str = "usuário";
const OWNER: &str = "dono";

const TITLE: &str = "Procuração (título)";
const NEW_TITLE: &str = "Escritura — depois";
const CONTENT: &[u8] = b"BT /F1 18 Tf 0 0 Td (Hello World) Tj ET";
const METADATA: &[u8] = b"<?xpacket begin=\"\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/><?xpacket end=\"w\"?>";

/// The arguments of qpdf between the passwords and `--`, and whether a revision can be added.
const MODES: [(&[&str], bool); 9] = [
    (&["40"], false),
    (&["128"], false),
    (&["128", "--force-V4"], false),
    (&["128", "--use-aes=y"], true),
    (&["128", "--use-aes=y", "--cleartext-metadata"], true),
    (&["256", "--force-R5"], true),
    (&["256"], true),
    (&["256", "--cleartext-metadata"], true),
    (&["256", "--modify=none", "--extract=n"], true),
];

/// A document with strings and streams in every place that matters.
fn document() -> Vec<u8> {
    let title = String::from_utf8(encode_text(TITLE)).unwrap();
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R/AcroForm<</Fields[6 0 R 7 0 R]/DA(/Helv 0 Tf)>>>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 144]/CropBox[0 0 299.32001 144]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>>>>>/Annots[6 0 R 7 0 R]>>".to_owned(),
        format!("<</Length {}>>\nstream\n{}\nendstream", CONTENT.len(), String::from_utf8_lossy(CONTENT)),
        format!("<</Type/Metadata/Subtype/XML/Length {}>>\nstream\n{}\nendstream", METADATA.len(), String::from_utf8_lossy(METADATA)),
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(campo)/V(valor)/Rect[0 0 0 0]/F 4/P 3 0 R>>".to_owned(),
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Assinatura)/Rect[0 0 0 0]/F 4/P 3 0 R>>".to_owned(),
        format!("<</Title{title}>>"),
    ];
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = String::new();
    for (index, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{body}\nendobj\n", index + 1).bytes());
    }
    let start = out.len();
    out.extend(format!("xref\n0 9\n0000000000 65535 f \n{table}trailer\n<</Size 9/Root 1 0 R/Info 8 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

fn text(dict: &Dict, key: &str) -> String {
    dict.get(key).and_then(|value| value.as_text()).unwrap_or_default()
}

/// Everything in `file` that was in the document, `title` being its title by now.
fn check_content(file: &PdfFile, title: &str, name: &str) {
    let info = file.dict(file.trailer().info.unwrap()).unwrap();
    assert_eq!(text(&info, "Title"), title, "{name}");
    let stream = |dict: &Dict, key: &str| file.decoded(&file.stream(dict.reference(key).unwrap()).unwrap()).unwrap();
    let page = file.first_page_and_count().unwrap().0;
    assert_eq!(stream(&page.dict, "Contents"), CONTENT, "{name}");
    assert_eq!(stream(&file.catalog().unwrap(), "Metadata"), METADATA, "{name}");
    let form = file.form().unwrap().unwrap();
    assert_eq!(text(&form.dict, "DA"), "/Helv 0 Tf", "{name}");
    let names: Vec<_> = form.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names[..2], ["campo", "Assinatura"], "{name}");
    assert_eq!(form.fields[0].value.as_ref().unwrap().as_text().unwrap(), "valor");
}

/// What the foreign readers are asked for.
struct Added {
    path: PathBuf,
    stream: ObjRef,
    signature: ObjRef,
    /// Revision 5.
    old_hash: bool,
}

/// Adds a field, a stream and a signature dictionary and changes the title.
fn revise(file: &PdfFile, path: &Path) -> Added {
    let mut revision = Revision::new(file);
    revision.edit(file.trailer().info.unwrap(), |info| info.set("Title", &encode_text(NEW_TITLE))).unwrap();
    let stream = revision.allocate().unwrap();
    revision.put_stream(stream, b"/Type/XObject/Subtype/Form/BBox[0 0 0 0]/Note(nota)", b"q Q % novo");
    let signature = revision.allocate().unwrap();
    let body = b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 0 0 0]/Contents<c0ffee00>/Reason(motivo)>>";
    let at = body.windows(10).position(|window| window == b"<c0ffee00>").unwrap();
    revision.put_signature(signature, body.to_vec(), at..at + 10);
    let form = file.form().unwrap().unwrap();
    let field = form.fields[1].reference.unwrap();
    revision.edit(field, |dict| dict.set("V", signature.to_string().as_bytes())).unwrap();
    revision.edit(file.root(), |catalog| catalog.set("Lang", b"(pt-BR)")).unwrap();
    let tail = revision.finish().unwrap();
    assert_eq!(tail.base_len, file.len());
    std::fs::write(path, [file.bytes(), &tail.bytes].concat()).unwrap();
    Added { path: path.to_owned(), stream, signature, old_hash: file.encryption().unwrap().revision == 5 }
}

fn check_added(file: &PdfFile, added: &Added, name: &str) {
    check_content(file, NEW_TITLE, name);
    assert_eq!(text(&file.catalog().unwrap(), "Lang"), "pt-BR");
    let stream = file.stream(added.stream).unwrap();
    assert_eq!((file.decoded(&stream).unwrap(), text(&stream.dict, "Note")), (b"q Q % novo".to_vec(), "nota".into()));
    let signature = file.signature_entries(file.dict(added.signature).unwrap()).unwrap();
    assert_eq!(signature.contents.as_deref(), Some(&[0xc0, 0xff, 0xee, 0][..]));
    assert_eq!(signature.reason.as_deref(), Some("motivo"));
}

#[test]
fn what_qpdf_encrypts_is_read_and_extended_and_read_again_by_others() {
    if Command::new("qpdf").arg("--version").output().is_err() {
        println!("skipped: qpdf is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("plain.pdf");
    std::fs::write(&plain, document()).unwrap();
    check_content(&PdfFile::open_path(&plain).unwrap(), TITLE, "plain");
    let mut all = Vec::new();
    for (mode, (arguments, writable)) in MODES.into_iter().enumerate() {
        for (layout, extra) in [
            ("table", &["--object-streams=disable"][..]),
            ("stream", &["--object-streams=generate"]),
            ("linear", &["--object-streams=generate", "--linearize"]),
        ] {
            let name = format!("{mode}-{layout}");
            let path = dir.path().join(format!("{name}.pdf"));
            let mut qpdf = Command::new("qpdf");
            qpdf.arg("--allow-weak-crypto").args(extra).arg(&plain);
            let made = qpdf.args(["--encrypt", USER, OWNER]).args(arguments).arg("--").arg(&path).output().unwrap();
            assert!(path.exists(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
            assert_eq!(PdfFile::open_path(&path).err(), Some(PdfError::PasswordRequired), "{name}");
            for password in [USER, OWNER] {
                let file = PdfFile::open_path_with(&path, Some(&secret(password))).unwrap();
                check_content(&file, TITLE, &name);
                let facts = file.encryption().unwrap();
                assert_eq!(facts.metadata_encrypted, !arguments.contains(&"--cleartext-metadata"), "{name}");
                let restricted = arguments.contains(&"--modify=none") && password == USER;
                assert_eq!(facts.may_create_fields(), !restricted, "{name}");
                assert_eq!(facts.algorithm == EncryptionAlgorithm::Rc4, !writable, "{name}");
                assert_eq!(file.signable().is_ok(), writable, "{name}");
                assert_eq!(file.trailer().kind == XrefKind::Table, layout == "table", "{name}");
            }
            if writable {
                let file = PdfFile::open_path_with(&path, Some(&secret(OWNER))).unwrap();
                let added = revise(&file, &dir.path().join(format!("{name}-revised.pdf")));
                for password in [USER, OWNER] {
                    let again = PdfFile::open_path_with(&added.path, Some(&secret(password))).unwrap();
                    check_added(&again, &added, &name);
                    check_content(&again.prefix(file.len()).unwrap(), TITLE, &name);
                    assert!(qpdf_accepts_with(&added.path, password), "{name}: qpdf refuses the result");
                }
                by_qpdf(&added, &name);
                by_mupdf(&added, &name);
                all.push(added);
            }
        }
    }
    assert_eq!(all.len(), 18);
    by_pyhanko(&all);
}

/// qpdf takes the encryption off; what is left is read here as a plain file.
fn by_qpdf(added: &Added, name: &str) {
    let plain = added.path.with_extension("decrypted.pdf");
    let password = format!("--password={USER}");
    let output = Command::new("qpdf").args(["--decrypt", &password]).arg(&added.path).arg(&plain).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let file = PdfFile::open_path(&plain).unwrap();
    assert!(file.encryption().is_none());
    check_content(&file, NEW_TITLE, name);
    let field = &file.form().unwrap().unwrap().fields[1];
    let signature = file.resolve_dict(field.value.as_ref().unwrap()).unwrap().unwrap();
    assert_eq!(signature.get("Contents").unwrap().as_string().unwrap(), [0xc0, 0xff, 0xee, 0], "{name}");
    assert_eq!(text(&signature, "Reason"), "motivo");
}

fn by_mupdf(added: &Added, name: &str) {
    let show = |what: &[&str]| {
        let mut mutool = Command::new("mutool");
        mutool.args(["show", "-p", USER]).args(what[1..].iter().copied());
        let output = mutool.arg(&added.path).arg(what[0]).stderr(Stdio::piped()).output();
        output.ok().map(|output| (output.stdout, String::from_utf8_lossy(&output.stderr).into_owned()))
    };
    let Some((signature, errors)) = show(&[&added.signature.number.to_string(), "-g"]) else {
        println!("skipped: mutool is not installed");
        return;
    };
    let signature = String::from_utf8_lossy(&signature).into_owned();
    assert!(signature.contains("/Reason(motivo)"), "{name}: {signature} {errors}");
    assert!(signature.to_lowercase().contains("c0ffee00") && errors.is_empty(), "{name}: {signature} {errors}");
    let (stream, _) = show(&[&added.stream.number.to_string(), "-b"]).unwrap();
    assert_eq!(stream, b"q Q % novo", "{name}");
}

/// Without revision 5, which pyHanko does not know, and without the metadata: pyHanko decrypts what qpdf has left in plain text.
const SCRIPT: &str = r#"
import json, sys
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
for line in sys.stdin:
    path, password, stream, signature = json.loads(line)
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        reader.decrypt(password)
        get = lambda number: reader.get_object(generic.Reference(number, 0, reader))
        form, sig = get(stream), get(signature)
        fields = reader.root["/AcroForm"]["/Fields"]
        print(json.dumps([
            str(reader.trailer["/Info"]["/Title"]), form.data.decode(), str(form["/Note"]),
            bytes(sig.raw_get("/Contents", decrypt=generic.EncryptedObjAccess.RAW)).hex(), str(sig["/Reason"]), str(reader.root["/Lang"]),
            str(fields[0]["/T"]), str(fields[0]["/V"]),
        ], ensure_ascii=False))
"#;

fn by_pyhanko(all: &[Added]) {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let told = std::env::var_os("CARTORIO_JUDGES_VENV").map(PathBuf::from);
    let venvs = told.into_iter().chain([home.join(".cache/cartorio-digital/venvs/judges"), "/tmp/judges".into()]);
    let Some(python) = venvs.map(|venv| venv.join("bin/python")).find(|python| python.exists()) else {
        println!("skipped: no virtual environment with pyHanko");
        return;
    };
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut asked = 0;
    let mut input = child.stdin.take().unwrap();
    let all: Vec<_> = all.iter().filter(|added| !added.old_hash).collect();
    for added in &all {
        for password in [USER, OWNER] {
            let (path, stream, signature) = (added.path.display(), added.stream.number, added.signature.number);
            writeln!(input, "[\"{path}\", \"{password}\", {stream}, {signature}]").unwrap();
            asked += 1;
        }
    }
    drop(input);
    assert_eq!(asked, 30);
    let output = child.wait_with_output().unwrap();
    let (answers, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let expected = format!(
        "[\"{NEW_TITLE}\", \"q Q % novo\", \"nota\", \"c0ffee00\", \"motivo\", \"pt-BR\", \"campo\", \"valor\"]"
    );
    for (index, line) in answers.lines().enumerate() {
        assert_eq!(line, expected, "{}", all[index / 2].path.display());
    }
    assert_eq!(answers.lines().count(), asked, "{errors}");
}
