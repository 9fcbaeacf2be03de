//! Just enough of Java's object serialisation (Java Object Serialization Specification, chapter 6) to take a sealed
//! secret key out of a JCEKS file. No object is ever made: byte arrays and texts are found by the names of their fields.

use zeroize::Zeroizing;

use crate::ber::{Context, Reader, SEQUENCE};
use crate::error::{Result, StoreError};
use crate::pbe::{self, Pbe};

/// A `SealedObject`.
pub(super) struct Sealed {
    /// `sealAlg`.
    pub algorithm: String,
    parameters: Vec<u8>,
    /// `encryptedContent`.
    pub content: Zeroizing<Vec<u8>>,
}

impl Sealed {
    /// The encryption; `None` when it is not Java's PBE for key stores.
    pub(super) fn algorithm(&self, context: Context<'_>) -> Result<Option<Pbe>> {
        // OID 1.3.6.1.4.1.42.2.19.1, then the parameters as they are.
        const PBE_WITH_MD5_AND_TRIPLE_DES: [u8; 11] = [6, 9, 0x2b, 6, 1, 4, 1, 0x2a, 2, 0x13, 1];
        if self.algorithm != "PBEWithMD5AndTripleDES" || self.parameters.len() > 100 {
            return Ok(None);
        }
        let mut der = vec![SEQUENCE, u8::try_from(11 + self.parameters.len()).unwrap_or(0)];
        der.extend_from_slice(&PBE_WITH_MD5_AND_TRIPLE_DES);
        der.extend_from_slice(&self.parameters);
        let node = Reader::new(&der, context).expect(SEQUENCE, "the parameters of a sealed key are malformed")?;
        pbe::read(&node, context).map(Some)
    }
}

/// Reads a sealed object at `at` and moves `at` behind it.
pub(super) fn sealed_object(bytes: &[u8], at: &mut usize) -> Result<Sealed> {
    let mut stream = Stream::new(bytes, *at);
    let malformed = |offset| StoreError::Malformed { offset, part: None, reason: "a sealed key was expected" };
    let object = stream.document().ok_or_else(|| malformed(stream.at))?;
    let start = *at;
    *at = stream.at;
    let bytes_of = |name: &str| object.find(name).and_then(Value::bytes);
    let algorithm = object.find("sealAlg").and_then(Value::text);
    match (algorithm, bytes_of("encodedParams"), bytes_of("encryptedContent")) {
        (Some(algorithm), Some(parameters), Some(content)) => Ok(Sealed {
            algorithm: algorithm.to_owned(),
            parameters: parameters.to_vec(),
            content: Zeroizing::new(content.to_vec()),
        }),
        _ => Err(malformed(start)),
    }
}

/// The key in a serialised `SecretKeySpec` (`key`) or `KeyRep` (`encoded`).
pub(super) fn key_bytes(plain: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut stream = Stream::new(plain, 0);
    let object = stream.document()?;
    let found = object.find("key").or_else(|| object.find("encoded"))?;
    found.bytes().map(|bytes| Zeroizing::new(bytes.to_vec()))
}

const MAX_DEPTH: usize = 16;
const MAX_HANDLES: usize = 256;

#[derive(Clone)]
enum Value {
    Object(Vec<(String, Value)>),
    Bytes(Zeroizing<Vec<u8>>),
    Text(String),
    /// Null, numbers, enums, references to what is no text: nothing that is looked for.
    Other,
}

impl Value {
    fn find(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, value)| value),
            Self::Bytes(_) | Self::Text(_) | Self::Other => None,
        }
    }

    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Object(_) | Self::Text(_) | Self::Other => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Object(_) | Self::Bytes(_) | Self::Other => None,
        }
    }
}

/// A class description: what its objects have.
#[derive(Clone)]
struct Class {
    name: String,
    flags: u8,
    /// Type code and name.
    fields: Vec<(u8, String)>,
    parent: Option<usize>,
}

#[derive(Clone)]
enum Handle {
    Class(usize),
    Text(String),
    Other,
}

struct Stream<'a> {
    bytes: &'a [u8],
    at: usize,
    handles: Vec<Handle>,
    classes: Vec<Class>,
}

const TC_NULL: u8 = 0x70;
const TC_REFERENCE: u8 = 0x71;
const TC_CLASSDESC: u8 = 0x72;
const TC_OBJECT: u8 = 0x73;
const TC_STRING: u8 = 0x74;
const TC_ARRAY: u8 = 0x75;
const TC_BLOCKDATA: u8 = 0x77;
const TC_ENDBLOCKDATA: u8 = 0x78;
const TC_ENUM: u8 = 0x7e;
const BASE_HANDLE: u32 = 0x7e_0000;
const SC_WRITE_METHOD: u8 = 1;
const SC_SERIALIZABLE: u8 = 2;

impl<'a> Stream<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, handles: Vec::new(), classes: Vec::new() }
    }

    fn document(&mut self) -> Option<Value> {
        (self.take(4)? == [0xac, 0xed, 0, 5]).then_some(())?;
        self.value(0)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let bytes = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self, length: usize) -> Option<u32> {
        Some(self.take(length)?.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    fn utf(&mut self) -> Option<String> {
        let length = self.number(2)?;
        self.take(length as usize).map(super::modified_utf8)
    }

    fn remember(&mut self, handle: Handle) -> Option<usize> {
        (self.handles.len() < MAX_HANDLES).then_some(())?;
        self.handles.push(handle);
        Some(self.handles.len() - 1)
    }

    fn reference(&mut self) -> Option<Handle> {
        let index = self.number(4)?.checked_sub(BASE_HANDLE)?;
        self.handles.get(index as usize).cloned()
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        (depth < MAX_DEPTH).then_some(())?;
        Some(match self.byte()? {
            TC_NULL => Value::Other,
            TC_REFERENCE => match self.reference()? {
                Handle::Text(text) => Value::Text(text),
                Handle::Class(_) | Handle::Other => Value::Other,
            },
            TC_STRING => {
                let text = self.utf()?;
                self.remember(Handle::Text(text.clone()))?;
                Value::Text(text)
            }
            TC_OBJECT => {
                let class = self.class(depth + 1)??;
                self.remember(Handle::Other)?;
                self.object(class, depth + 1)?
            }
            TC_ARRAY => {
                let class = self.class(depth + 1)??;
                self.remember(Handle::Other)?;
                let length = self.number(4)? as usize;
                // Arrays of anything but bytes have no place in a key.
                (self.classes.get(class)?.name == "[B").then_some(())?;
                Value::Bytes(Zeroizing::new(self.take(length)?.to_vec()))
            }
            TC_ENUM => {
                self.class(depth + 1)??;
                self.remember(Handle::Other)?;
                self.value(depth + 1)?;
                Value::Other
            }
            _ => return None,
        })
    }

    /// The fields of an object, its parent's first.
    fn object(&mut self, class: usize, depth: usize) -> Option<Value> {
        let mut line = Vec::new();
        let mut next = Some(class);
        while let Some(index) = next {
            (line.len() < MAX_DEPTH).then_some(())?;
            let class = self.classes.get(index)?.clone();
            next = class.parent;
            line.push(class);
        }
        let mut found = Vec::new();
        for class in line.into_iter().rev() {
            (class.flags & SC_SERIALIZABLE != 0).then_some(())?;
            for (kind, name) in class.fields {
                let value = match kind {
                    b'B' | b'Z' => self.take(1).map(|_| Value::Other)?,
                    b'C' | b'S' => self.take(2).map(|_| Value::Other)?,
                    b'I' | b'F' => self.take(4).map(|_| Value::Other)?,
                    b'J' | b'D' => self.take(8).map(|_| Value::Other)?,
                    b'L' | b'[' => self.value(depth + 1)?,
                    _ => return None,
                };
                found.push((name, value));
            }
            if class.flags & SC_WRITE_METHOD != 0 {
                self.annotation(depth + 1)?;
            }
        }
        Some(Value::Object(found))
    }

    /// A class description; `Some(None)` where there is none.
    fn class(&mut self, depth: usize) -> Option<Option<usize>> {
        (depth < MAX_DEPTH).then_some(())?;
        match self.byte()? {
            TC_NULL => Some(None),
            TC_REFERENCE => match self.reference()? {
                Handle::Class(index) => Some(Some(index)),
                Handle::Text(_) | Handle::Other => None,
            },
            TC_CLASSDESC => {
                let name = self.utf()?;
                self.take(8)?;
                let index = self.classes.len();
                self.remember(Handle::Class(index))?;
                self.classes.push(Class { name, flags: 0, fields: Vec::new(), parent: None });
                let flags = self.byte()?;
                let count = self.number(2)?;
                let mut fields = Vec::new();
                for _ in 0..count {
                    let kind = self.byte()?;
                    let name = self.utf()?;
                    if kind == b'L' || kind == b'[' {
                        self.value(depth + 1)?;
                    }
                    fields.push((kind, name));
                }
                self.annotation(depth + 1)?;
                let parent = self.class(depth + 1)?;
                let class = self.classes.get_mut(index)?;
                (class.flags, class.fields, class.parent) = (flags, fields, parent);
                Some(Some(index))
            }
            _ => None,
        }
    }

    fn annotation(&mut self, depth: usize) -> Option<()> {
        loop {
            match *self.bytes.get(self.at)? {
                TC_ENDBLOCKDATA => {
                    self.at += 1;
                    return Some(());
                }
                TC_BLOCKDATA => {
                    self.at += 1;
                    let length = self.byte()?;
                    self.take(usize::from(length))?;
                }
                _ => {
                    self.value(depth)?;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A `SecretKeySpec` as Java writes it.
    fn spec() -> Vec<u8> {
        let text = |text: &str| [&u16::try_from(text.len()).unwrap().to_be_bytes(), text.as_bytes()].concat();
        [
            &[0xac, 0xed, 0, 5, TC_OBJECT, TC_CLASSDESC][..],
            &text("javax.crypto.spec.SecretKeySpec"),
            &[0; 8],
            &[SC_SERIALIZABLE, 0, 2, b'L'],
            &text("algorithm"),
            &[TC_STRING],
            &text("Ljava/lang/String;"),
            b"[",
            &text("key"),
            &[TC_STRING],
            &text("[B"),
            &[TC_ENDBLOCKDATA, TC_NULL, TC_STRING],
            &text("AES"),
            &[TC_ARRAY, TC_CLASSDESC],
            &text("[B"),
            &[0; 8],
            &[SC_SERIALIZABLE, 0, 0, TC_ENDBLOCKDATA, TC_NULL, 0, 0, 0, 3, 7, 8, 9],
        ]
        .concat()
    }

    #[test]
    fn the_key_is_found() {
        assert_eq!(key_bytes(&spec()).unwrap().as_slice(), [7, 8, 9]);
        assert!(key_bytes(&spec()[..40]).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_and_any_change_are_survived(
            bytes in proptest::collection::vec(any::<u8>(), 0..120),
            at in any::<proptest::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let _ = key_bytes(&[&[0xac, 0xed, 0, 5], bytes.as_slice()].concat());
            let mut changed = spec();
            let at = at.index(changed.len());
            changed[at] = byte;
            let _ = key_bytes(&changed);
            let mut from = 0;
            let _ = sealed_object(&changed, &mut from);
        }
    }
}
