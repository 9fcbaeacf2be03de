//! The heap for a terminal: by path and by bytes, without dialogs. Everything else goes through the commands: what is put
//! on the heap here has the same handles there.

use std::path::{Path, PathBuf};

use cartorio_core::SecretString;

use super::{export, report, review};
use crate::OfficeResult;
use crate::dto::{ChainReview, DocumentInfo, HeapDetail, HeapExport, HeapReport, HeapView, LintFinding, Requirements};
use crate::office::Office;

/// Something that a terminal names or pipes in.
#[derive(Clone, Debug)]
pub enum Given {
    /// A file.
    File(PathBuf),
    /// Bytes with a name for messages, e.g. from the standard input.
    Bytes {
        /// The name.
        name: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

/// What is asked of every object of the heap beside what it is.
#[derive(Clone, Debug, Default)]
pub struct Examine {
    /// The chain of every certificate is judged by these.
    pub judge: Option<Requirements>,
    /// Certificates and lists are linted.
    pub lint: bool,
}

/// An object of the heap with what was asked of it.
#[derive(Clone, Debug)]
pub struct Examined {
    /// Everything about it.
    pub detail: HeapDetail,
    /// The judgement of a certificate.
    pub review: Option<ChainReview>,
    /// The findings on a certificate or list.
    pub lint: Option<Vec<LintFinding>>,
}

/// What a judgement is given, apart from any heap.
#[derive(Clone, Debug, Default)]
pub struct ChainInput {
    /// The certificate is the first one in it; what else is in it is in the pool.
    pub target: Vec<Given>,
    /// Certificates, revocation lists and OCSP responses, in any order. Trusted by nothing.
    pub pool: Vec<Given>,
    /// Certificates in these are trusted.
    pub trust: Vec<Given>,
    /// Whether what this installation trusts and keeps counts too: its roots, its evidence, ICP-Brasil's roots.
    pub own: bool,
}

impl Office {
    /// Puts files and bytes on the heap; `password` is tried on every store among them that is locked.
    ///
    /// What cannot be read is a problem of its source, not an error.
    ///
    /// # Errors
    /// When a password was given and opens none of the stores that need one.
    pub async fn inspect_given(&self, given: Vec<Given>, password: Option<SecretString>) -> OfficeResult<HeapView> {
        super::add_given(self, given, password).await
    }

    /// Every object of the heap, in its order. The evidence is gathered once, and what is not asked for is not computed.
    ///
    /// # Errors
    /// When nobody has the seat of an open office; when the instant to judge at cannot be read.
    pub async fn examine(&self, wanted: &Examine) -> OfficeResult<Vec<Examined>> {
        super::examine(self, wanted).await
    }

    /// Opens a store on the heap, as `heap_unlock`.
    ///
    /// # Errors
    /// When the password does not open it.
    pub async fn unlock_store(&self, id: &str, password: Option<SecretString>) -> OfficeResult<HeapView> {
        super::unlock(self, id, password).await
    }

    /// Judges the first certificate of `input.target` with what is given alone; the heap is not touched.
    /// [`Requirements::trusted`] names objects of the heap and is not used here.
    ///
    /// # Errors
    /// When a file cannot be read, or there is no certificate to judge.
    pub async fn judge_chain(&self, input: ChainInput, requirements: &Requirements) -> OfficeResult<ChainReview> {
        review::given(self, input, requirements).await
    }

    /// Writes objects of the heap to a new file.
    ///
    /// # Errors
    /// As `heap_export`; when the file exists.
    pub async fn save_heap_export(&self, request: &HeapExport, path: &Path) -> OfficeResult<DocumentInfo> {
        let file = export::file(self, request).await?;
        self.save_new(path, file.bytes).await
    }

    /// Writes the inspection report of an object of the heap to a new file, in the language of the preferences.
    ///
    /// # Errors
    /// As `heap_report`; when the file exists.
    pub async fn save_heap_report(&self, request: &HeapReport, path: &Path) -> OfficeResult<DocumentInfo> {
        let file = report::file(self, request).await?;
        self.save_new(path, file.bytes).await
    }
}
