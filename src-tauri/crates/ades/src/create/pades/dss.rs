//! The document security store as a structure: open what is there, add to it, change no other byte.

use std::collections::{HashMap, HashSet};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_pdf::{Dict, DictEditor, ObjRef, PdfError, PdfFile, Revision, encode_date, encode_text};

use super::error::PadesError;
use super::evidence::Vri;

/// Streams of an existing store that are read to be used again, and their bytes together. A store of one document has tens of
/// streams; a hostile one is extended without looking for repetitions.
const MAX_KNOWN: usize = 10_000;
const MAX_KNOWN_BYTES: u64 = 256 << 20;

/// What a stream of the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Certificate,
    Crl,
    Ocsp,
    Policy,
    PolicyList,
    PolicyListSignature,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Certificate, Self::Crl, Self::Ocsp, Self::Policy, Self::PolicyList, Self::PolicyListSignature];

    /// The entry of the store, for all signatures.
    const fn of_store(self) -> &'static str {
        match self {
            Self::Certificate => "Certs",
            Self::Crl => "CRLs",
            Self::Ocsp => "OCSPs",
            Self::Policy => "PBAD_PolicyArtifacts",
            Self::PolicyList => "PBAD_LpaArtifacts",
            Self::PolicyListSignature => "PBAD_LpaSignatures",
        }
    }

    /// The entry of one signature: the singular of the same name.
    const fn of_signature(self) -> &'static str {
        match self {
            Self::Certificate => "Cert",
            Self::Crl => "CRL",
            Self::Ocsp => "OCSP",
            Self::Policy => "PBAD_PolicyArtifact",
            Self::PolicyList => "PBAD_LpaArtifact",
            Self::PolicyListSignature => "PBAD_LpaSignature",
        }
    }

    /// Whether it belongs to a policy, and so to every signature of the file that has one.
    const fn of_policy(self) -> bool {
        match self {
            Self::Certificate | Self::Crl | Self::Ocsp => false,
            Self::Policy | Self::PolicyList | Self::PolicyListSignature => true,
        }
    }
}

/// The streams of all that was handed in, by kind and place.
#[derive(Debug, Default)]
pub(super) struct Listed(HashMap<Kind, Vec<ObjRef>>);

impl Listed {
    pub(super) fn set(&mut self, kind: Kind, streams: Vec<ObjRef>) {
        self.0.insert(kind, streams);
    }

    fn of(&self, kind: Kind) -> &[ObjRef] {
        self.0.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// The array of the streams at `places`, each once; `None` for none.
    fn array(&self, kind: Kind, places: impl IntoIterator<Item = usize>) -> Option<String> {
        let mut seen = HashSet::new();
        let streams = places.into_iter().filter_map(|place| self.of(kind).get(place)).filter(|r| seen.insert(**r));
        let items: Vec<String> = streams.map(ObjRef::to_string).collect();
        (!items.is_empty()).then(|| format!("[{}]", items.join(" ")))
    }
}

/// Where a dictionary is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    /// In an object of its own.
    Object(ObjRef),
    /// In the dictionary that has it.
    Inside,
    /// Nowhere yet.
    New,
}

/// A dictionary of the file with its edits.
struct Part {
    home: Home,
    /// As the file has it.
    dict: Dict,
    editor: DictEditor,
}

impl Part {
    fn open(file: &PdfFile, revision: &Revision<'_>, owner: &Dict, key: &'static str) -> Result<Self, PadesError> {
        let Some(value) = file.get(owner, key)? else {
            return Ok(Self { home: Home::New, dict: Dict::default(), editor: DictEditor::new(b"<<>>")? });
        };
        let reference = owner.reference(key);
        let Some(dict) = value.as_dict() else {
            let object = reference.unwrap_or(file.root());
            return Err(PdfError::UnexpectedType { object, expected: "a dictionary" }.into());
        };
        match reference {
            Some(reference) => Ok(Self { home: Home::Object(reference), dict, editor: revision.editor(reference)? }),
            None => Ok(Self { home: Home::Inside, editor: DictEditor::new(value.bytes())?, dict }),
        }
    }

    fn changed(&self) -> bool {
        self.editor.bytes() != self.dict.raw().bytes()
    }
}

/// The store of a file with what is added to it.
pub(super) struct Store {
    store: Part,
    entries: Part,
    /// The streams of the existing store and the new ones, by the digest of their data.
    known: HashMap<Digest, ObjRef>,
    listed: HashMap<Kind, HashSet<ObjRef>>,
    changed: bool,
}

impl Store {
    pub(super) fn open(file: &PdfFile, revision: &Revision<'_>, catalog: &Dict) -> Result<Self, PadesError> {
        let store = Part::open(file, revision, catalog, "DSS")?;
        let entries = Part::open(file, revision, &store.dict, "VRI")?;
        let mut out = Self { store, entries, known: HashMap::new(), listed: HashMap::new(), changed: false };
        out.read_known(file)?;
        Ok(out)
    }

    fn read_known(&mut self, file: &PdfFile) -> Result<(), PadesError> {
        let mut spent = 0_u64;
        for kind in Kind::ALL {
            let items = file.get_array(&self.store.dict, kind.of_store())?;
            for reference in items.iter().filter_map(|item| item.as_reference()) {
                self.listed.entry(kind).or_default().insert(reference);
                if self.known.len() >= MAX_KNOWN || spent >= MAX_KNOWN_BYTES {
                    continue;
                }
                // A stream that cannot be read stays where it is and is used by nobody.
                let Ok(data) = file.stream(reference).and_then(|stream| file.decoded(&stream)) else { continue };
                spent += data.len() as u64;
                self.known.entry(key(&data)).or_insert(reference);
            }
        }
        Ok(())
    }

    /// Lists `items`, with new streams for those that the store does not have, and gives their references in order.
    pub(super) fn add(
        &mut self,
        revision: &mut Revision<'_>,
        kind: Kind,
        items: &[Vec<u8>],
    ) -> Result<Vec<ObjRef>, PadesError> {
        let mut out = Vec::with_capacity(items.len());
        for data in items {
            let digest = key(data);
            let reference = match self.known.get(&digest) {
                Some(reference) => *reference,
                None => {
                    let reference = revision.allocate()?;
                    revision.put_stream(reference, b"", data);
                    self.known.insert(digest, reference);
                    reference
                }
            };
            if self.listed.entry(kind).or_default().insert(reference) {
                let item = reference.to_string();
                let elsewhere = revision.push_in(&mut self.store.editor, kind.of_store(), item.as_bytes())?;
                if let Some(array) = elsewhere {
                    revision.push_to_object(array, item.as_bytes())?;
                }
                self.changed = true;
            }
            out.push(reference);
        }
        Ok(out)
    }

    /// The entry of one signature.
    pub(super) fn add_entry(
        &mut self,
        revision: &mut Revision<'_>,
        vri: &Vri,
        listed: &Listed,
    ) -> Result<(), PadesError> {
        let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, &vri.contents);
        let key: String = sha1.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        if self.entries.editor.get(&key)?.is_some_and(|value| value != b"null") {
            return self.add_artifacts(revision, &key, listed);
        }
        const HEAD: &[u8] = b"<</Type/VRI";
        let mut body = HEAD.to_vec();
        for kind in Kind::ALL {
            let array = match kind {
                Kind::Certificate => listed.array(kind, vri.certificates.iter().copied()),
                Kind::Crl => listed.array(kind, vri.crls.iter().copied()),
                Kind::Ocsp => listed.array(kind, vri.ocsps.iter().copied()),
                Kind::Policy | Kind::PolicyList | Kind::PolicyListSignature => {
                    listed.array(kind, 0..listed.of(kind).len())
                }
            };
            if let Some(array) = array {
                body.extend_from_slice(format!("/{}{array}", kind.of_signature()).as_bytes());
            }
        }
        if let Some(at) = vri.at {
            body.extend_from_slice(b"/TU");
            body.extend(encode_text(&encode_date(at)));
        }
        if body == HEAD {
            return Ok(());
        }
        body.extend_from_slice(b">>");
        let reference = revision.allocate()?;
        revision.put(reference, body);
        self.entries.editor.set(&key, reference.to_string().as_bytes())?;
        self.changed = true;
        Ok(())
    }

    /// The policy artifacts that the existing entry `key` lacks.
    fn add_artifacts(&mut self, revision: &mut Revision<'_>, key: &str, listed: &Listed) -> Result<(), PadesError> {
        let reference = self.entries.dict.reference(key);
        let mut entry = match reference {
            Some(reference) => revision.editor(reference)?,
            None => DictEditor::new(self.entries.editor.get(key)?.unwrap_or(b"<<>>"))?,
        };
        let before = entry.clone();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.of_policy()) {
            if let Some(array) = listed.array(kind, 0..listed.of(kind).len())
                && entry.get(kind.of_signature())?.is_none()
            {
                entry.set(kind.of_signature(), array.as_bytes())?;
            }
        }
        if entry == before {
            return Ok(());
        }
        self.changed = true;
        match reference {
            Some(reference) => revision.put(reference, entry.into_bytes()),
            None => self.entries.editor.set(key, entry.bytes())?,
        }
        Ok(())
    }

    /// Writes the store to where it belongs; `root` is the catalog. Says whether anything is new.
    pub(super) fn close(mut self, revision: &mut Revision<'_>, root: &mut DictEditor) -> Result<bool, PadesError> {
        if self.entries.changed() {
            match self.entries.home {
                Home::Object(reference) => revision.put(reference, self.entries.editor.bytes().to_vec()),
                Home::Inside | Home::New => self.store.editor.set("VRI", self.entries.editor.bytes())?,
            }
        }
        if self.store.changed() {
            // ICP-Brasil's validator wants the type, which the standard leaves open.
            if self.store.editor.get("Type")?.is_none() {
                self.store.editor.set("Type", b"/DSS")?;
            }
            match self.store.home {
                Home::Object(reference) => revision.put(reference, self.store.editor.bytes().to_vec()),
                Home::Inside => root.set("DSS", self.store.editor.bytes())?,
                Home::New => {
                    let reference = revision.allocate()?;
                    revision.put(reference, self.store.editor.bytes().to_vec());
                    root.set("DSS", reference.to_string().as_bytes())?;
                }
            }
        }
        Ok(self.changed)
    }
}

fn key(data: &[u8]) -> Digest {
    Digest::of(HashAlgorithm::Sha256, data)
}
