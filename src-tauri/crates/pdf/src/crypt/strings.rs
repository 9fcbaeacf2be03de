//! The strings of a value: where they are, which of them are never encrypted, and a copy with others in their place.

use std::ops::Range;

use crate::lex::{self, LexError, skip_space};

/// A copy of a value with other strings.
pub(super) struct Rewritten {
    pub(super) bytes: Vec<u8>,
    /// Positions in the copy and in the original that advance alike from there on; the first is the start of both.
    pub(super) places: Vec<(usize, usize)>,
}

/// A copy of the value that `bytes` begins with, with what `change` makes of each string token; `None` when it has none.
/// The `/Contents` of a signature dictionary keeps its bytes (7.6.2), and so does a string that touches `kept`. `change`
/// gets where the token is.
pub(super) fn rewrite<E: From<LexError>>(
    bytes: &[u8],
    kept: &Range<usize>,
    mut change: impl FnMut(Range<usize>) -> Result<Vec<u8>, E>,
) -> Result<Option<Rewritten>, E> {
    let mut exempt = signature_contents(bytes)?.into_iter().peekable();
    let mut out = Vec::with_capacity(bytes.len());
    let (mut places, mut done, mut found) = (vec![(0, 0)], 0, false);
    let mut tokens = Tokens::new(bytes);
    while let Some((kind, span)) = tokens.next()? {
        if !matches!(kind, Kind::String) || exempt.next_if_eq(&span.start).is_some() {
            continue;
        }
        if span.start < kept.end && kept.start < span.end {
            continue;
        }
        found = true;
        out.extend_from_slice(&bytes[done..span.start]);
        out.extend(change(span.clone())?);
        done = span.end;
        // Both sides of the comparison are the distance that copy and original have from here on.
        let last = places.last().copied().unwrap_or_default();
        if (done + last.0) != (out.len() + last.1) {
            places.push((out.len(), done));
        }
    }
    out.extend_from_slice(&bytes[done..tokens.at]);
    Ok(found.then_some(Rewritten { bytes: out, places }))
}

/// Where the `/Contents` tokens of the signature dictionaries in a value are, in order. Such a dictionary says so by its
/// `/Type` or has a `/ByteRange`: `/Type` is optional.
fn signature_contents(bytes: &[u8]) -> Result<Vec<usize>, LexError> {
    let mut out = Vec::new();
    let mut open: Vec<Frame> = Vec::new();
    let mut tokens = Tokens::new(bytes);
    while let Some((kind, span)) = tokens.next()? {
        let token = &bytes[span.clone()];
        // What an entry's value is, when this token begins one.
        let entry = match open.last_mut() {
            Some(frame) if frame.dict => match frame.key.take() {
                None if matches!(kind, Kind::Name) => {
                    frame.key = Some(Key::of(token));
                    continue;
                }
                key => key,
            },
            _ => None,
        };
        match (kind, entry, open.last_mut()) {
            (Kind::DictOpen, ..) => open.push(Frame { dict: true, ..Frame::default() }),
            (Kind::ArrayOpen, entry, frame) => {
                if let (Some(Key::ByteRange), Some(frame)) = (entry, frame) {
                    frame.signature = true;
                }
                open.push(Frame::default());
            }
            (Kind::DictClose, ..) => {
                if let Some(Frame { signature: true, contents: Some(at), .. }) = open.pop() {
                    out.push(at);
                }
            }
            (Kind::ArrayClose, ..) => {
                open.pop();
            }
            (Kind::Name, Some(Key::Type), Some(frame)) => {
                frame.signature |= matches!(lex::decode_name(token).as_slice(), b"Sig" | b"DocTimeStamp");
            }
            (Kind::String, Some(Key::Contents), Some(frame)) => frame.contents = Some(span.start),
            (Kind::Name | Kind::String | Kind::Other, ..) => {}
        }
    }
    out.sort_unstable(); // an inner dictionary may stand before or after
    Ok(out)
}

#[derive(Default)]
struct Frame {
    dict: bool,
    /// The key whose value comes next.
    key: Option<Key>,
    signature: bool,
    contents: Option<usize>,
}

enum Key {
    Type,
    ByteRange,
    Contents,
    Other,
}

impl Key {
    fn of(token: &[u8]) -> Self {
        match lex::decode_name(token).as_slice() {
            b"Type" => Self::Type,
            b"ByteRange" => Self::ByteRange,
            b"Contents" => Self::Contents,
            _ => Self::Other,
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    DictOpen,
    DictClose,
    ArrayOpen,
    ArrayClose,
    Name,
    String,
    Other,
}

/// The tokens of the value that some bytes begin with.
struct Tokens<'a> {
    bytes: &'a [u8],
    /// The end of the last token.
    at: usize,
    depth: usize,
    started: bool,
}

impl<'a> Tokens<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, depth: 0, started: false }
    }

    fn next(&mut self) -> Result<Option<(Kind, Range<usize>)>, LexError> {
        if self.started && self.depth == 0 {
            return Ok(None);
        }
        self.started = true;
        let start = skip_space(self.bytes, self.at);
        let (kind, end) = match self.bytes.get(start..).unwrap_or_default() {
            [b'<', b'<', ..] => (Kind::DictOpen, start + 2),
            [b'>', b'>', ..] => (Kind::DictClose, start + 2),
            [b'[', ..] => (Kind::ArrayOpen, start + 1),
            [b']', ..] => (Kind::ArrayClose, start + 1),
            [b'/', ..] => (Kind::Name, lex::token_end(self.bytes, start)?),
            [b'(' | b'<', ..] => (Kind::String, lex::token_end(self.bytes, start)?),
            _ => (Kind::Other, lex::token_end(self.bytes, start)?),
        };
        match kind {
            Kind::DictOpen | Kind::ArrayOpen => self.depth += 1,
            Kind::DictClose | Kind::ArrayClose => {
                self.depth = self.depth.checked_sub(1).ok_or(LexError { at: start, reason: "unexpected delimiter" })?;
            }
            Kind::Name | Kind::String | Kind::Other => {}
        }
        self.at = end;
        Ok(Some((kind, start..end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loud(text: &str, kept: Range<usize>) -> Option<Rewritten> {
        rewrite(text.as_bytes(), &kept, |span| {
            Ok::<_, LexError>(format!("({})", text[span].to_uppercase()).into_bytes())
        })
        .unwrap()
    }

    fn changed(text: &str) -> String {
        loud(text, 0..0).map_or("-".to_owned(), |found| String::from_utf8(found.bytes).unwrap())
    }

    #[test]
    fn strings_are_changed_and_nothing_else() {
        assert_eq!(changed("12 0 R"), "-");
        assert_eq!(changed("<</A 1/B[/c<</D 2 0 R>>]>>x"), "-");
        assert_eq!(changed("(a)"), "((A))");
        assert_eq!(
            changed("<</A(b\\)c)%(d)\n/E[<66>1 0 R]/F null>> (x)"),
            "<</A((B\\)C))%(d)\n/E[(<66>)1 0 R]/F null>>"
        );
    }

    #[test]
    fn contents_of_signatures_are_left_alone() {
        for (text, kept) in [
            ("<</Type/Sig/M(m)/Contents<aa>>>", true),
            ("<</Contents<aa>/#54ype/DocTimeStamp/M(m)>>", true),
            ("<</M(m)/Contents<aa>/ByteRange[0 1 2 3]>>", true),
            ("<</V<</Contents<aa>/Type/Sig/M(m)>>/T(t)/Type/Annot>>", true),
            ("<</Type/Sig/Reference[<</Contents(i)>>]/Contents<aa>>>", true),
            ("<</Type/Annot/M(m)/Contents<aa>>>", false),
            ("<</Type/Sigh/Contents<aa>>>", false),
            ("<</Type[/Sig]/Contents<aa>>>", false),
            ("<</Other/Sig/Contents<aa>/V<</Type/Sig>>>>", false),
            ("<</Type/Sig/X[/Contents<aa>]>>", false),
            ("<</Type/Sig/X/Contents/Y<aa>>>", false),
            ("<</ByteRange 1 0 R/Contents<aa>>>", false),
        ] {
            let changed = changed(text);
            assert_eq!(changed.contains("/Contents<aa>") || changed == "-", kept, "{text} {changed}");
            assert!(!changed.contains("(m)/") && !changed.contains("(i)"), "{changed}");
        }
        let kept = loud("[(a)(b)(c)]", 5..6).unwrap();
        assert_eq!(kept.bytes, b"[((A))(b)((C))]");
    }

    #[test]
    fn places_lead_back() {
        let text = "[(aa)1(b)/N(c)]";
        let found = loud(text, 0..0).unwrap();
        assert_eq!(found.bytes, b"[((AA))1((B))/N((C))]");
        assert_eq!(found.places, [(0, 0), (7, 5), (13, 9), (20, 14)]);
    }

    #[test]
    fn what_does_not_nest_is_an_error_or_ends() {
        for text in ["", "<<", "[", "]", ">>", "(a", "<a", "[<<(a)", "x"] {
            let found = rewrite(text.as_bytes(), &(0..0), |_| Ok::<_, LexError>(Vec::new()));
            assert!(found.is_err(), "{text}");
        }
    }
}
