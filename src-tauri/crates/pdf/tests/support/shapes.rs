//! Small files of every shape that cross-reference data and annotation arrays can have; the tests of signatures use them too.

use cartorio_pdf::XrefKind;
use proptest::prelude::*;

/// Where a page keeps its annotations.
#[derive(Clone, Copy, Debug)]
pub enum Annots {
    Absent,
    Direct,
    Elsewhere,
    Dangling,
}

#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub kind: XrefKind,
    /// Catalog and pages go to an object stream.
    pub compressed: bool,
    pub annots: Annots,
    pub pages: usize,
    pub newline: bool,
}

/// In every page, as it is written there.
pub const PAGE_BOX: &str = "/CropBox[ 0 0 595.32001 841.92004 ]%keep\n";

/// Objects: 1 catalog, 2 page tree, 3 annotation array, 4 annotation, 5… pages.
pub fn build(shape: Shape) -> Vec<u8> {
    let kids: String = (0..shape.pages).map(|i| format!("{} 0 R ", 5 + i)).collect();
    let annots = match shape.annots {
        Annots::Absent => String::new(),
        Annots::Direct => "/Annots[4 0 R]".into(),
        Annots::Elsewhere => "/Annots 3 0 R".into(),
        Annots::Dangling => "/Annots 999 0 R".into(),
    };
    let mut objects = vec![
        (1, "<</Type/Catalog/Pages 2 0 R/Odd#20Name(a\\)>>)>>".to_owned()),
        (2, format!("<</Type/Pages/Kids[{kids}]/Count {}/MediaBox[0 0 595 842]/Rotate 90>>", shape.pages)),
        (3, "[ 4 0 R ]".to_owned()),
        (4, "<</Type/Annot/Subtype/Text/Rect[0 0 1 1]>>".to_owned()),
    ];
    objects.extend((0..shape.pages).map(|i| (5 + i, format!("<</Type/Page/Parent 2 0 R{PAGE_BOX}{annots}>>"))));
    let size = 5 + shape.pages;
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut rows: Vec<[u64; 3]> = vec![[0, 0, 255]; size];
    if shape.compressed && shape.kind == XrefKind::Stream {
        let (mut header, mut data) = (String::new(), String::new());
        for (index, (number, body)) in objects.iter().enumerate() {
            header.push_str(&format!("{number} {} ", data.len()));
            data.push_str(&format!("{body}\n"));
            rows[*number] = [2, size as u64, index as u64];
        }
        rows.push([1, out.len() as u64, 0]);
        let length = header.len() + data.len();
        let dict = format!("<</Type/ObjStm/N {}/First {}/Length {length}>>", objects.len(), header.len());
        out.extend(format!("{size} 0 obj\n{dict}\nstream\n{header}{data}\nendstream\nendobj\n").bytes());
    } else {
        for (number, body) in &objects {
            rows[*number] = [1, out.len() as u64, 0];
            out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
        }
    }
    let start = out.len();
    match shape.kind {
        XrefKind::Table => {
            out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
            rows[1..].iter().for_each(|row| out.extend(format!("{:010} 00000 n \n", row[1]).bytes()));
            out.extend(format!("trailer\n<</Size {size}/Root 1 0 R/ID[<01><02>]/Odd(x)>>").bytes());
        }
        XrefKind::Stream => {
            // Deliberately: the stream takes the number /Size says is free and does not list itself.
            let number = rows.len();
            let data: Vec<u8> = rows
                .iter()
                .flat_map(|r| [&r[0].to_be_bytes()[7..], &r[1].to_be_bytes()[5..], &r[2].to_be_bytes()[7..]].concat())
                .collect();
            let dict = format!("<</Type/XRef/Size {number}/W[1 3 1]/Root 1 0 R/ID[<01><02>]/Length {}>>", data.len());
            out.extend(format!("{number} 0 obj\n{dict}\nstream\n").bytes());
            out.extend(data);
            out.extend(b"\nendstream\nendobj");
        }
    }
    out.extend(format!("\nstartxref\n{start}\n%%EOF{}", if shape.newline { "\n" } else { "" }).bytes());
    out
}

/// Any of them.
pub fn shape() -> impl Strategy<Value = Shape> {
    let kind = prop_oneof![Just(XrefKind::Table), Just(XrefKind::Stream)];
    let annots =
        prop_oneof![Just(Annots::Absent), Just(Annots::Direct), Just(Annots::Elsewhere), Just(Annots::Dangling)];
    (kind, any::<bool>(), annots, 1_usize..5, any::<bool>())
        .prop_map(|(kind, compressed, annots, pages, newline)| Shape { kind, compressed, annots, pages, newline })
}
