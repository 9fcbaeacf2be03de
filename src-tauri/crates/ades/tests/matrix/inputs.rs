//! The documents that are signed: one small page in every layout that a PDF can have. No file of anybody's is needed.

use std::fs;
use std::path::Path;
use std::process::Command;

use cartorio_ades::create::pades::{Appearance, FieldChoice, PadesOptions};
use cartorio_core::SecretString;
use cartorio_pdf::{Drawing, DrawingObject, PdfFile};

/// The empty field of [`Input::Field`], named as a new one would be.
const FIELD: &str = "Signature1";

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A cross-reference table.
    Table,
    /// A cross-reference stream.
    XrefStream,
    /// A table for old readers, a stream for the objects inside an object stream.
    Hybrid,
    /// All objects in an object stream.
    ObjectStreams,
    /// PDF/A-1b, a table.
    PdfA1b,
    /// PDF/A-2b, object streams.
    PdfA2b,
    /// AES-256 with a password, made by qpdf.
    Encrypted,
    /// AES-128 with a password, made by qpdf.
    Aes128,
    /// With an empty signature field on the page, into which is signed, visibly.
    Field,
    /// Signed by somebody else at level B-B, with the same software.
    Signed,
}

impl Input {
    /// The conformance that a signature must not take away.
    pub fn flavour(self) -> Option<&'static str> {
        match self {
            Self::PdfA1b => Some("1b"),
            Self::PdfA2b => Some("2b"),
            Self::Table | Self::XrefStream | Self::Hybrid | Self::ObjectStreams | Self::Signed => None,
            Self::Encrypted | Self::Aes128 | Self::Field => None,
        }
    }

    /// What opens it. Judges do not agree on how AES-128 reads letters that ASCII does not have.
    pub fn password(self) -> Option<&'static str> {
        match self {
            Self::Encrypted => Some("balcão 3"),
            Self::Aes128 => Some("balcao 4"),
            _ => None,
        }
    }

    /// How it is signed.
    pub fn options(self) -> PadesOptions {
        if self != Self::Field {
            return PadesOptions::default();
        }
        let dict = b"<< /Type /XObject /Subtype /Form /BBox [0 0 200 60] >>".to_vec();
        let stream = Some(b"0.8 g 0 0 200 60 re f".to_vec());
        let drawing = Drawing { objects: vec![DrawingObject { dict, stream, references: Vec::new() }] };
        PadesOptions {
            field: FieldChoice::Existing(FIELD.to_owned()),
            appearance: Some(Appearance { page: 0, rect: [72.0, 600.0, 272.0, 660.0], drawing }),
            ..PadesOptions::default()
        }
    }

    /// The file; `None`, said aloud, where the tool that makes it is not installed.
    pub fn bytes(self, folder: &Path) -> Option<Vec<u8>> {
        Some(match self {
            Self::Table | Self::Signed => Builder::page().table("1.7", None),
            Self::XrefStream => Builder::page().xref_stream("1.7", &[]),
            Self::Hybrid => Builder::page().table("1.7", Some(&[3, 5])),
            Self::ObjectStreams => Builder::page().xref_stream("1.7", &[1, 2, 3, 5]),
            Self::PdfA1b => Builder::archival(1).table("1.4", None),
            Self::PdfA2b => Builder::archival(2).xref_stream("1.7", &[1, 2, 3]),
            Self::Field => Builder::form().table("1.7", None),
            Self::Encrypted => return encrypted(folder, self.password()?, &["256"]),
            Self::Aes128 => return encrypted(folder, self.password()?, &["128", "--use-aes=y"]),
        })
    }
}

/// A PDF of our own that is open for reading, with its password where it has one.
pub fn open(bytes: &[u8], password: Option<&str>) -> PdfFile {
    let password = password.map(|password| SecretString::new(password.to_owned()));
    PdfFile::from_bytes_with(bytes.to_vec(), password.as_ref()).unwrap()
}

fn encrypted(folder: &Path, password: &str, how: &[&str]) -> Option<Vec<u8>> {
    let (plain, done) = (folder.join("plain.pdf"), folder.join("encrypted.pdf"));
    fs::write(&plain, Input::Table.bytes(folder)?).unwrap();
    let mut qpdf = Command::new("qpdf");
    qpdf.args(["--encrypt", password, "dono"]).args(how).arg("--").args([&plain, &done]);
    let made = qpdf.output();
    match made {
        Ok(output) => {
            assert!(output.status.success(), "qpdf: {}", String::from_utf8_lossy(&output.stderr));
            Some(fs::read(done).unwrap())
        }
        Err(_) => {
            assert!(std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_none(), "qpdf is not installed");
            eprintln!("skipped: encrypted documents: qpdf is not installed");
            None
        }
    }
}

/// Objects numbered from 1, and the ways to write them down.
struct Builder {
    objects: Vec<Vec<u8>>,
}

impl Builder {
    /// A page with a line of text.
    fn page() -> Self {
        Self {
            objects: vec![
                b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
                   /Resources << /Font << /F1 5 0 R >> >> >>"
                    .to_vec(),
                stream("", b"BT /F1 24 Tf 72 720 Td (Escritura de teste) Tj ET"),
                b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
            ],
        }
    }

    /// The page with an empty signature field on it.
    fn form() -> Self {
        let mut own = Self::page();
        own.objects[0] = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>".to_vec();
        own.objects[2] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
                            /Resources << /Font << /F1 5 0 R >> >> /Annots [6 0 R] >>"
            .to_vec();
        let field = "<< /Type /Annot /Subtype /Widget /F 4 /Rect [72 600 272 660] /P 3 0 R /FT /Sig /T";
        own.objects.push(format!("{field} ({FIELD}) >>").into_bytes());
        own
    }

    /// An empty page that conforms to PDF/A, level B: nothing on it asks for a font or a colour space.
    fn archival(part: u8) -> Self {
        let metadata = format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\
             <pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\
             </rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
        );
        Self {
            objects: vec![
                b"<< /Type /Catalog /Pages 2 0 R /Metadata 5 0 R >>".to_vec(),
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> >>".to_vec(),
                stream("", b"q Q"),
                stream("/Type /Metadata /Subtype /XML", metadata.as_bytes()),
            ],
        }
    }

    /// With a cross-reference table. `hidden` go into an object stream that only the hybrid's stream lists.
    fn table(&self, version: &str, hidden: Option<&[usize]>) -> Vec<u8> {
        let hidden_or_none = hidden.unwrap_or_default();
        let mut out = header(version);
        let mut offsets = self.write(&mut out, hidden_or_none);
        let mut extra = String::new();
        if let Some(hidden) = hidden {
            let (container, list) = (self.objects.len() + 1, self.objects.len() + 2);
            let container_at = append(&mut out, container, &self.object_stream(hidden));
            let entries: Vec<_> =
                hidden.iter().enumerate().map(|(index, number)| (*number, [2, container, index])).collect();
            let at = out.len();
            let body = xref_entries(&[&[(container, [1, container_at, 0])][..], &entries].concat(), list + 1, "");
            append(&mut out, list, &body);
            extra = format!(" /XRefStm {at}");
            offsets.resize(list, None);
        }
        let start = out.len();
        out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).bytes());
        for offset in &offsets {
            let line = offset.map_or("0000000000 65535 f \n".to_owned(), |at| format!("{at:010} 00000 n \n"));
            out.extend(line.bytes());
        }
        let size = offsets.len() + 1;
        let trailer = format!("trailer\n<< /Size {size} /Root 1 0 R{ID}{extra} >>\nstartxref\n{start}\n%%EOF\n");
        out.extend(trailer.bytes());
        out
    }

    /// With a cross-reference stream; `packed` go into an object stream.
    fn xref_stream(&self, version: &str, packed: &[usize]) -> Vec<u8> {
        let mut out = header(version);
        let offsets = self.write(&mut out, packed);
        let mut entries: Vec<(usize, [usize; 3])> =
            offsets.iter().enumerate().filter_map(|(index, offset)| offset.map(|at| (index + 1, [1, at, 0]))).collect();
        let mut next = self.objects.len() + 1;
        if !packed.is_empty() {
            entries.push((next, [1, append(&mut out, next, &self.object_stream(packed)), 0]));
            entries.extend(packed.iter().enumerate().map(|(index, number)| (*number, [2, next, index])));
            next += 1;
        }
        let start = out.len();
        entries.push((next, [1, start, 0]));
        entries.sort_unstable();
        let body = xref_entries(&entries, next + 1, &format!("/Root 1 0 R{ID}"));
        append(&mut out, next, &body);
        out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        out
    }

    /// Writes all objects but `left_out`, and tells where.
    fn write(&self, out: &mut Vec<u8>, left_out: &[usize]) -> Vec<Option<usize>> {
        let each = self.objects.iter().enumerate();
        each.map(|(index, body)| (!left_out.contains(&(index + 1))).then(|| append(out, index + 1, body))).collect()
    }

    fn object_stream(&self, numbers: &[usize]) -> Vec<u8> {
        let (mut index, mut bodies) = (String::new(), Vec::new());
        for number in numbers {
            index.push_str(&format!("{number} {} ", bodies.len()));
            bodies.extend_from_slice(&self.objects[number - 1]);
            bodies.push(b'\n');
        }
        let entries = format!("/Type /ObjStm /N {} /First {}", numbers.len(), index.len());
        stream(&entries, &[index.into_bytes(), bodies].concat())
    }
}

const ID: &str = " /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]";

fn header(version: &str) -> Vec<u8> {
    [format!("%PDF-{version}\n").as_bytes(), b"%\xe2\xe3\xcf\xd3\n"].concat()
}

fn append(out: &mut Vec<u8>, number: usize, body: &[u8]) -> usize {
    let at = out.len();
    out.extend(format!("{number} 0 obj\n").bytes());
    out.extend_from_slice(body);
    out.extend(b"\nendobj\n");
    at
}

fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<< {entries} /Length {} >>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

fn xref_entries(entries: &[(usize, [usize; 3])], size: usize, more: &str) -> Vec<u8> {
    let (mut index, mut data) = (String::new(), Vec::new());
    // Object 0 heads the list of free objects.
    let first = (0, [0, 0, 65535]);
    let mut sorted = entries.to_vec();
    sorted.push(first);
    sorted.sort_unstable();
    for (number, [kind, at, rest]) in sorted {
        index.push_str(&format!("{number} 1 "));
        data.push(u8::try_from(kind).unwrap());
        data.extend(u32::try_from(at).unwrap().to_be_bytes());
        data.extend(u16::try_from(rest).unwrap().to_be_bytes());
    }
    stream(&format!("/Type /XRef /Size {size} /W [1 4 2] /Index [{index}] {more}"), &data)
}
