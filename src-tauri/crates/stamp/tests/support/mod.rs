//! Pages to stamp on, and stamps on them.

use cartorio_pdf::{ObjRef, Page, PdfFile, Rect, Revision};
use cartorio_stamp::{Placement, Rotation, StampSpec, draw, place};

/// A file with one page per entry of `pages` (the entries of the page dictionary beside the usual ones) and its content.
pub fn file(pages: &[(&str, &str)]) -> PdfFile {
    let kids: Vec<String> = (0..pages.len()).map(|index| format!("{} 0 R", 4 + 2 * index)).collect();
    let mut bodies = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{}]/Count {}>>", kids.join(" "), pages.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    for (index, (entries, content)) in pages.iter().enumerate() {
        let resources = if entries.contains("/Resources") { "" } else { "/Resources<</Font<</H 3 0 R>>>>" };
        bodies.push(format!("<</Type/Page/Parent 2 0 R/Contents {} 0 R{resources}{entries}>>", 5 + 2 * index));
        bodies.push(format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()));
    }
    whole(&bodies, "")
}

fn whole(bodies: &[String], trailer: &str) -> PdfFile {
    let mut bytes = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", bodies.len() + 1);
    for (index, body) in bodies.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
        bytes.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", index + 1).as_bytes());
    }
    let start = bytes.len();
    let tail = format!("trailer\n<</Size {}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n", bodies.len() + 1);
    bytes.extend_from_slice(table.as_bytes());
    bytes.extend_from_slice(tail.as_bytes());
    PdfFile::from_bytes(bytes).unwrap()
}

/// An empty page in a file that says and is PDF/A of `part`, level B.
#[allow(dead_code, reason = "not every user of this module needs it")]
pub fn archival(part: u8) -> PdfFile {
    let metadata = format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" \
         xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" pdfaid:part=\"{part}\" pdfaid:conformance=\"B\"/></rdf:RDF>\
         </x:xmpmeta><?xpacket end=\"w\"?>"
    );
    let id = "/ID[<0123456789ABCDEF0123456789ABCDEF><0123456789ABCDEF0123456789ABCDEF>]";
    whole(
        &[
            "<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>".to_owned(),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<<>>>>".to_owned(),
            format!("<</Type/Metadata/Subtype/XML/Length {}>>\nstream\n{metadata}\nendstream", metadata.len()),
        ],
        id,
    )
}

/// The file with stamps on its pages, each as the appearance of an annotation.
pub fn stamped(file: &PdfFile, stamps: &[(usize, f64, f64, StampSpec)]) -> Vec<u8> {
    let pages = file.pages().unwrap();
    let mut revision = Revision::new(file);
    for (page, x, y, spec) in stamps {
        let page: &Page = &pages[*page];
        let spec = StampSpec { rotation: Rotation::of(page), ..spec.clone() };
        let rect = place(page, Placement { x: *x, y: *y, width: spec.width, height: spec.height }).unwrap();
        let form = revision.draw(&draw(&spec).unwrap()).unwrap();
        annotate(&mut revision, page.reference.unwrap(), rect, form);
    }
    [file.bytes(), &revision.finish().unwrap().bytes].concat()
}

fn annotate(revision: &mut Revision<'_>, page: ObjRef, [a, b, c, d]: Rect, form: ObjRef) {
    let annotation = revision.allocate().unwrap();
    let body = format!("<</Type/Annot/Subtype/Stamp/Contents(Carimbo)/F 132/Rect[{a} {b} {c} {d}]/AP<</N {form}>>>>");
    revision.put(annotation, body.into_bytes());
    revision.push_to_array(page, "Annots", annotation.to_string().as_bytes()).unwrap();
}
