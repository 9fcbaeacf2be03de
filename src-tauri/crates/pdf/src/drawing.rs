//! A drawing made elsewhere: objects that refer to each other by their place in a list and get their numbers here.

use std::ops::Range;

use crate::edit::DictEditor;
use crate::error::PdfError;
use crate::raw::ObjRef;
use crate::revision::Revision;

/// Objects of one drawing. A stamp has about ten.
const MAX_OBJECTS: usize = 1000;

/// Objects to be added to a file; the first one is the form XObject (ISO 32000-2, 8.10) that draws the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// The objects, the form XObject first.
    pub objects: Vec<DrawingObject>,
}

/// One object of a drawing: a dictionary, or a stream with its dictionary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrawingObject {
    /// The dictionary, `<<` and `>>` included; of a stream without `/Length`.
    pub dict: Vec<u8>,
    /// The data of a stream, encoded as the dictionary's `/Filter` says.
    pub stream: Option<Vec<u8>>,
    /// Where in `dict` a reference has to stand, and to which object of [`Drawing::objects`]. The bytes of each span are a
    /// reference already (`0 0 R`), which is replaced. Spans are in order and do not overlap.
    pub references: Vec<(Range<usize>, usize)>,
}

impl Revision<'_> {
    /// Adds the objects of `drawing` under new numbers and gives the reference of its form XObject.
    ///
    /// # Errors
    /// [`PdfError::Malformed`] for a drawing without objects, with a dictionary that is not exactly one, or with a span or
    /// index out of place; [`PdfError::Limit`] for too many objects, or as [`Revision::allocate`].
    pub fn draw(&mut self, drawing: &Drawing) -> Result<ObjRef, PdfError> {
        if drawing.objects.len() > MAX_OBJECTS {
            return Err(PdfError::Limit { what: "objects of a drawing", limit: MAX_OBJECTS as u64 });
        }
        // Everything is checked before the first number is taken.
        drawing.objects.iter().try_for_each(|object| check(object, drawing.objects.len()))?;
        let numbers = drawing.objects.iter().map(|_| self.allocate()).collect::<Result<Vec<_>, _>>()?;
        let form = *numbers.first().ok_or(malformed(0, "a drawing without objects"))?;
        for (object, number) in drawing.objects.iter().zip(&numbers) {
            let dict = with_references(object, &numbers);
            match &object.stream {
                None => self.put(*number, dict),
                Some(data) => self.put_stream(*number, &dict[2..dict.len() - 2], data), // checked: `<<` … `>>`
            }
        }
        Ok(form)
    }
}

fn check(object: &DrawingObject, count: usize) -> Result<(), PdfError> {
    let editor = DictEditor::new(&object.dict)?;
    if object.stream.is_some() && editor.get("Length")?.is_some() {
        return Err(malformed(0, "the length of a stream is not the drawing's to say"));
    }
    let mut after = 0;
    for (span, index) in &object.references {
        if span.start < after || span.end <= span.start || span.end > object.dict.len() || *index >= count {
            return Err(malformed(span.start, "a reference of a drawing is out of place"));
        }
        if object.dict[span.clone()] != *b"0 0 R" {
            return Err(malformed(span.start, "no reference to replace"));
        }
        after = span.end;
    }
    Ok(())
}

fn with_references(object: &DrawingObject, numbers: &[ObjRef]) -> Vec<u8> {
    let mut out = Vec::with_capacity(object.dict.len() + 8 * object.references.len());
    let mut at = 0;
    for (span, index) in &object.references {
        out.extend_from_slice(&object.dict[at..span.start]);
        out.extend_from_slice(numbers[*index].to_string().as_bytes());
        at = span.end;
    }
    out.extend_from_slice(&object.dict[at..]);
    out
}

fn malformed(offset: usize, reason: &'static str) -> PdfError {
    PdfError::Malformed { offset: offset as u64, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::PdfFile;

    fn file() -> PdfFile {
        let mut bytes = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n".to_vec();
        let pages = bytes.len();
        bytes.extend_from_slice(b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n");
        let xref = bytes.len();
        let table = format!(
            "xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n{pages:010} 00000 n \ntrailer\n<</Size 3/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n"
        );
        bytes.extend_from_slice(table.as_bytes());
        PdfFile::from_bytes(bytes).unwrap()
    }

    fn object(dict: &str, stream: Option<&[u8]>, targets: &[usize]) -> DrawingObject {
        let spans = dict.match_indices("0 0 R").map(|(at, text)| at..at + text.len());
        let references = spans.zip(targets.iter().copied()).collect();
        DrawingObject { dict: dict.as_bytes().to_vec(), stream: stream.map(<[u8]>::to_vec), references }
    }

    #[test]
    fn objects_get_numbers_and_refer_to_each_other() {
        let file = file();
        let mut revision = Revision::new(&file);
        let other = revision.allocate().unwrap();
        revision.put(other, b"null".to_vec());
        let drawing = Drawing {
            objects: vec![
                object("<</Subtype/Form/Resources<</Font<</A 0 0 R/B 0 0 R>>>>>>", Some(b"Q"), &[1, 2]),
                object("<</Type/Font/Same 0 0 R>>", None, &[0]),
                object("<<>>", None, &[]),
            ],
        };
        let form = revision.draw(&drawing).unwrap();
        assert_eq!(form, ObjRef::new(4));
        let tail = revision.finish().unwrap();
        let whole = PdfFile::from_bytes([file.bytes(), &tail.bytes].concat()).unwrap();
        let stream = whole.stream(form).unwrap();
        assert_eq!(whole.decoded(&stream).unwrap(), b"Q");
        let fonts =
            whole.get_dict(&whole.get_dict(&stream.dict, "Resources").unwrap().unwrap(), "Font").unwrap().unwrap();
        assert_eq!(fonts.reference("A"), Some(ObjRef::new(5)));
        assert_eq!(fonts.reference("B"), Some(ObjRef::new(6)));
        assert_eq!(whole.dict(ObjRef::new(5)).unwrap().reference("Same"), Some(form));
    }

    #[test]
    fn a_drawing_that_does_not_hold_together_takes_no_number() {
        let file = file();
        let reference =
            |span| DrawingObject { dict: b"<</A 0 0 R/B 0 0 R>>".to_vec(), stream: None, references: vec![(span, 0)] };
        let mut bad = vec![
            vec![],
            vec![object("<<>> 1", None, &[])],
            vec![object("[]", None, &[])],
            vec![object("<</Length 3>>", Some(b"abc"), &[])],
            vec![object("<</A 0 0 R>>", None, &[1])],
            vec![reference(5..9)],
            vec![reference(5..100)],
            vec![reference(Range { start: 10, end: 5 })],
        ];
        let mut crossed = object("<</A 0 0 R/B 0 0 R>>", None, &[0, 0]);
        crossed.references.reverse();
        bad.push(vec![crossed]);
        for objects in bad {
            let mut revision = Revision::new(&file);
            let error = revision.draw(&Drawing { objects: objects.clone() }).unwrap_err();
            assert_eq!(error.code(), "pdf_malformed_object", "{objects:?}");
            assert_eq!(revision.allocate().unwrap(), ObjRef::new(3));
        }
    }
}
