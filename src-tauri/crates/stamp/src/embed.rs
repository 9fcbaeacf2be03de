//! Fonts in a document: subsets with the glyphs that are used, and what they mean.

use std::collections::BTreeMap;

use rustybuzz::ttf_parser::{RawFace, Tag};
use subsetter::GlyphRemapper;

use crate::error::StampError;
use crate::face::{Cluster, Face, Faces};
use crate::object::{Dict, Objects, number, numbers};

/// Entries of one block of a CMap (Adobe technical note 5014, 1.4).
const CMAP_BLOCK: usize = 100;

/// The glyphs of each face that a stamp uses.
#[derive(Default)]
pub(crate) struct Used {
    faces: BTreeMap<Face, Subset>,
}

/// The glyphs of one face, numbered anew from 1 in the order of their first use.
#[derive(Default)]
struct Subset {
    remapper: GlyphRemapper,
    /// What the new number stands for.
    texts: BTreeMap<u16, String>,
}

impl Used {
    /// The numbers of the glyphs of `cluster` in the subset.
    pub(crate) fn encode(&mut self, cluster: &Cluster) -> Vec<u16> {
        let subset = self.faces.entry(cluster.face).or_default();
        let ids: Vec<u16> = cluster.glyphs.iter().map(|glyph| subset.remapper.remap(glyph.id)).collect();
        let mut characters = cluster.text.chars();
        for (index, id) in ids.iter().enumerate() {
            // The last glyph stands for what is left: «ffi» is one glyph, an accent that was not joined is one of two.
            let last = index + 1 == ids.len();
            let text: String =
                if last { characters.by_ref().collect() } else { characters.next().into_iter().collect() };
            // Zero width space for a glyph more than there are characters.
            let text = if text.is_empty() { "\u{200b}".to_owned() } else { text };
            subset.texts.entry(*id).or_insert(text);
        }
        ids
    }

    /// Writes the fonts; the name of a font resource and its object.
    ///
    /// # Errors
    /// [`StampError::Font`], which means a defect here.
    pub(crate) fn write(&self, objects: &mut Objects) -> Result<Vec<(&'static str, usize)>, StampError> {
        let faces = Faces::get()?;
        self.faces.iter().map(|(face, subset)| Ok((resource(*face), subset.write(faces, *face, objects)?))).collect()
    }
}

/// The name of a face in the resources.
pub(crate) fn resource(face: Face) -> &'static str {
    match face {
        Face::Regular => "F0",
        Face::Bold => "F1",
        Face::Helper => "F2",
    }
}

/// The advance of a glyph in thousandths of an em, exactly as the widths in the document say it.
pub(crate) fn width(faces: &Faces, face: Face, glyph: u16) -> f64 {
    (faces.nominal_advance(face, glyph) * 1_000_000.0).round() / 1000.0
}

impl Subset {
    fn write(&self, faces: &Faces, face: Face, objects: &mut Objects) -> Result<usize, StampError> {
        let program = subsetter::subset(face.data(), 0, &self.remapper).map_err(|e| StampError::Font(e.to_string()))?;
        let name = format!("{}+{}", tag(&program), name(face));
        let raw = RawFace::parse(&program, 0).map_err(|e| StampError::Font(e.to_string()))?;
        // PDF before 1.6 knows the bare table only, not the OpenType file around it (ISO 32000-1, table 126).
        let cff = raw.table(Tag::from_bytes(b"CFF "));
        let file = match cff {
            Some(cff) => objects.deflated(Dict::new().raw("/Subtype/CIDFontType0C"), cff),
            None => objects.deflated(Dict::new().number("Length1", program.len() as f64), &program),
        };
        let descriptor = self.descriptor(faces, face, &name, (cff.is_some(), file), objects);
        let (kind, map) = match cff {
            Some(_) => ("CIDFontType0", ""),
            None => ("CIDFontType2", "/CIDToGIDMap/Identity"),
        };
        let widths: Vec<String> = self.remapper.remapped_gids().map(|old| number(width(faces, face, old))).collect();
        let descendant = objects.dict(
            Dict::new()
                .raw(&format!("/Type/Font/Subtype/{kind}/BaseFont/{name}{map}"))
                .raw("/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>")
                .raw(&format!("/DW 0/W[0[{}]]", widths.join(" ")))
                .reference("FontDescriptor", descriptor),
        );
        let unicode = objects.deflated(Dict::new(), self.to_unicode().as_bytes());
        let suffix = if cff.is_some() { "-Identity-H" } else { "" };
        Ok(objects.dict(
            Dict::new()
                .raw(&format!("/Type/Font/Subtype/Type0/BaseFont/{name}{suffix}/Encoding/Identity-H/DescendantFonts["))
                .item(descendant)
                .raw("]")
                .reference("ToUnicode", unicode),
        ))
    }

    fn descriptor(
        &self,
        faces: &Faces,
        face: Face,
        name: &str,
        (is_cff, file): (bool, usize),
        objects: &mut Objects,
    ) -> usize {
        let tables = faces.tables(face);
        let units = |value: i16| f64::from(value) * 1000.0 / faces.em(face);
        let bounds = tables.global_bounding_box();
        let bounds = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(units);
        // Symbolic (4): the codes are the subset's own. Serif (2), fixed pitch (1).
        let (flags, stem) = match face {
            Face::Regular => (4 + 2, 80.0),
            Face::Bold => (4 + 2, 140.0),
            Face::Helper => (4 + 1, 80.0),
        };
        // PDF/A-1 wants to know which glyphs there are (ISO 19005-1, 6.3.5).
        let count = usize::from(self.remapper.num_gids());
        let mut present = vec![0xff; count / 8];
        if !count.is_multiple_of(8) {
            present.push(!(0xff_u8 >> (count % 8)));
        }
        let present = objects.deflated(Dict::new(), &present);
        let cap_height = tables.capital_height().unwrap_or(tables.ascender());
        objects.dict(
            Dict::new()
                .raw(&format!("/Type/FontDescriptor/FontName/{name}/Flags {flags}/FontBBox[{}]", numbers(&bounds)))
                .number("ItalicAngle", 0.0)
                .number("Ascent", units(tables.ascender()))
                .number("Descent", units(tables.descender()))
                .number("CapHeight", units(cap_height))
                .number("StemV", stem)
                .reference(if is_cff { "FontFile3" } else { "FontFile2" }, file)
                .reference("CIDSet", present),
        )
    }

    fn to_unicode(&self) -> String {
        let mut out = String::from(
            "/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n\
             /CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n\
             /CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n\
             1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n",
        );
        let entries: Vec<_> = self.texts.iter().filter(|(id, _)| **id != 0).collect();
        for block in entries.chunks(CMAP_BLOCK) {
            out.push_str(&format!("{} beginbfchar\n", block.len()));
            for (id, text) in block {
                let units: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
                out.push_str(&format!("<{id:04X}><{units}>\n"));
            }
            out.push_str("endbfchar\n");
        }
        out.push_str("endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend");
        out
    }
}

fn name(face: Face) -> &'static str {
    match face {
        Face::Regular => "LibertinusSerif-Regular",
        Face::Bold => "LibertinusSerif-Bold",
        Face::Helper => "DejaVuSansMono",
    }
}

/// Six letters that differ between subsets (ISO 32000-2, 9.9.2): from an FNV-1a hash of the program.
fn tag(program: &[u8]) -> String {
    let hash = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = program.iter().fold(0xcbf2_9ce4_8422_2325, hash);
    let mut letter = || {
        let letter = char::from(b'A' + (hash % 26) as u8);
        hash /= 26;
        letter
    };
    (0..6).map(|_| letter()).collect()
}
