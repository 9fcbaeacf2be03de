//! Reading elements of definite length as slices of the whole that they stand in.

use super::ber::{Asn1Error, header};

/// One element of definite length, with its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tlv<'a> {
    tag: u8,
    raw: &'a [u8],
    header_len: usize,
    offset: usize,
}

impl<'a> Tlv<'a> {
    /// Reads the one element that `input` is.
    ///
    /// # Errors
    /// [`Asn1Error`] when it is malformed or something follows it.
    pub fn only(input: &'a [u8]) -> Result<Self, Asn1Error> {
        let mut reader = Reader::new(input, 0);
        let tlv = reader.any("an element")?;
        reader.finish("nothing more")?;
        Ok(tlv)
    }

    /// Identifier octet (the first one, for high tag numbers).
    pub const fn tag(&self) -> u8 {
        self.tag
    }

    /// Identifier, length and contents.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Contents.
    pub fn body(&self) -> &'a [u8] {
        &self.raw[self.header_len..]
    }

    /// Where the element starts.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The bytes of the element in what was read.
    pub const fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.raw.len()
    }

    /// The bytes of its contents in what was read.
    pub const fn body_range(&self) -> std::ops::Range<usize> {
        self.offset + self.header_len..self.offset + self.raw.len()
    }

    /// The elements inside.
    pub fn children(&self) -> Reader<'a> {
        Reader::new(self.body(), self.offset + self.header_len)
    }
}

/// Reads elements of definite length one after another.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    /// Reads from `input`, which starts at `base` of the whole.
    pub const fn new(input: &'a [u8], base: usize) -> Self {
        Self { input, at: 0, base }
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.at >= self.input.len()
    }

    /// Where the next element starts, from the start of the whole.
    pub const fn offset(&self) -> usize {
        self.base + self.at
    }

    /// The identifier octet of the next element.
    pub fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    /// The next element, whatever it is; `what` names it for the error.
    ///
    /// # Errors
    /// [`Asn1Error`] when nothing is left or the element is malformed.
    pub fn any(&mut self, what: &'static str) -> Result<Tlv<'a>, Asn1Error> {
        if self.is_empty() {
            return Err(Asn1Error::Unexpected { what, offset: self.offset() });
        }
        let header = header(self.input, self.at, self.input.len()).map_err(|error| error.shifted(self.base))?;
        let Some(len) = header.len else {
            return Err(Asn1Error::BadHeader { offset: self.offset() });
        };
        let total = header.header_len + len;
        let tlv = Tlv {
            tag: header.tag,
            raw: &self.input[self.at..self.at + total],
            header_len: header.header_len,
            offset: self.offset(),
        };
        self.at += total;
        Ok(tlv)
    }

    /// The next element, which has to have this tag.
    ///
    /// # Errors
    /// [`Asn1Error`] when it has not.
    pub fn expect(&mut self, tag: u8, what: &'static str) -> Result<Tlv<'a>, Asn1Error> {
        if self.peek() == Some(tag) {
            self.any(what)
        } else {
            Err(Asn1Error::Unexpected { what, offset: self.offset() })
        }
    }

    /// The next element if it has this tag.
    ///
    /// # Errors
    /// [`Asn1Error`] when it has the tag but is malformed.
    pub fn optional(&mut self, tag: u8, what: &'static str) -> Result<Option<Tlv<'a>>, Asn1Error> {
        if self.peek() == Some(tag) { self.any(what).map(Some) } else { Ok(None) }
    }

    /// Everything that is left.
    ///
    /// # Errors
    /// [`Asn1Error`] when an element is malformed.
    pub fn rest(mut self, what: &'static str) -> Result<Vec<Tlv<'a>>, Asn1Error> {
        let mut elements = Vec::new();
        while !self.is_empty() {
            elements.push(self.any(what)?);
        }
        Ok(elements)
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`Asn1Error::Unexpected`] when something is.
    pub fn finish(&self, what: &'static str) -> Result<(), Asn1Error> {
        if self.is_empty() { Ok(()) } else { Err(Asn1Error::Unexpected { what, offset: self.offset() }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_the_whole() {
        let whole = [0x30, 7, 0x02, 1, 5, 0x30, 2, 0x05, 0];
        let outer = Tlv::only(&whole).unwrap();
        let mut fields = outer.children();
        assert_eq!(fields.expect(0x02, "a number").unwrap().body(), [5]);
        let inner = fields.expect(0x30, "a sequence").unwrap();
        assert_eq!((inner.range(), inner.body_range()), (5..9, 7..9));
        let null = inner.children().any("something").unwrap();
        assert_eq!((null.offset(), null.raw()), (7, &whole[7..]));
        fields.finish("the end").unwrap();
    }

    #[test]
    fn what_is_missing_or_left_over_is_named_with_its_place() {
        let whole = [0x30, 5, 0x02, 1, 5, 0x05, 0];
        let mut fields = Tlv::only(&whole).unwrap().children();
        let wrong = fields.expect(0x30, "a sequence").unwrap_err();
        assert_eq!(wrong, Asn1Error::Unexpected { what: "a sequence", offset: 2 });
        assert_eq!(fields.optional(0x30, "a sequence").unwrap(), None);
        fields.any("a number").unwrap();
        let left = fields.finish("the end").unwrap_err();
        assert_eq!(left, Asn1Error::Unexpected { what: "the end", offset: 5 });
        assert!(Tlv::only(&[0x05, 0, 0x05, 0]).is_err(), "two elements are not one");
        assert!(Tlv::only(&[0x30, 0x80, 0, 0]).is_err(), "an indefinite length has to be normalised first");
        let cut = [0x30, 2, 0x02, 1];
        assert!(Tlv::only(&cut).unwrap().children().any("a number").is_err());
    }
}
