//! Results of acts that no batch has in its journal (bare signatures of files; extensions of earlier versions): each is announced before
//! it gets its name, and where the program stopped before it was on record, the next opening looks for it and puts it there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cartorio_core::{Digest, HashAlgorithm, JobId};
use cartorio_registry::{Act, AuditDraft, AuditRecord, Outcome, Phase};
use serde::{Deserialize, Serialize};

use crate::documents::file_name;
use crate::output::numbered_after;
use crate::running::this_process;
use crate::session::{Session, act_is_at_work};
use crate::signing::blocking;
use crate::{OfficeError, OfficeResult, files};

/// Name of the setting: acts, each with what is about to get a name.
const SETTING: &str = "results_announced";

/// A result that is about to get a name.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Announced {
    /// Who makes it.
    process: String,
    /// The first name that it may get.
    #[serde(with = "crate::kept_path")]
    output: PathBuf,
    /// SHA-256 of the result.
    output_sha256: String,
    /// What else the record of it will say.
    detail: BTreeMap<String, String>,
    /// The act that puts it on record afterwards, once that was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recovered: Option<JobId>,
}

impl Announced {
    /// What `act` is about to call `output`, or that with a number.
    pub(crate) fn new(output: &Path, output_sha256: &str, detail: BTreeMap<String, String>) -> Self {
        Self {
            process: this_process(),
            output: output.to_owned(),
            output_sha256: output_sha256.to_owned(),
            detail,
            recovered: None,
        }
    }
}

/// Announces a result of `act`. Durable when this returns.
pub(crate) async fn announce(session: &Session, act: JobId, result: Announced) -> OfficeResult<()> {
    change(session, |all| {
        all.insert(act, result);
    })
    .await
}

/// The act is over, with its result on record or without one.
pub(crate) async fn forget(session: &Session, act: JobId) -> OfficeResult<()> {
    change(session, |all| {
        all.remove(&act);
    })
    .await
}

/// Puts on record what lies there and what the trail does not know, by the hand of whoever began it.
pub(crate) async fn settle(session: &Session) -> OfficeResult<()> {
    for (act, own) in read(session.registry.setting(SETTING).await?.as_deref())? {
        let records = session.registry.records_of(act).await?;
        if let Some(intent) = records.first() {
            let ago = session.clock.now() - intent.entry.at;
            if act_is_at_work(&session.folder, &own.process, act, ago) {
                continue;
            }
            let again = match own.recovered {
                Some(recovered) => session.registry.records_of(recovered).await?,
                None => Vec::new(),
            };
            if !records.iter().chain(&again).any(is_result)
                && let Some(path) = lies_there(intent.entry.act, &own).await?
            {
                recover(session, act, own, &path, intent).await?;
            }
        }
        forget(session, act).await?;
    }
    Ok(())
}

fn is_result(record: &AuditRecord) -> bool {
    record.entry.phase == (Phase::Result { outcome: Outcome::Succeeded })
}

/// The file that is what was announced.
async fn lies_there(act: Act, own: &Announced) -> OfficeResult<Option<PathBuf>> {
    let own = own.clone();
    blocking(move || where_it_lies(Some(act), &own.output, &own.output_sha256)).await
}

/// What `act` announced, where it lies there: as `first` or under one of the names after that. A bare signature that a crash cut
/// between its receipt and its value is completed. Blocks.
pub(crate) fn where_it_lies(act: Option<Act>, first: &Path, sha256: &str) -> Option<PathBuf> {
    let is_raw = act == Some(Act::FileSigned);
    if is_raw {
        let names: Vec<PathBuf> = numbered_after(first).collect();
        files::complete_pair(&names, sha256);
    }
    // Names are taken in their order, so behind a free one there is at most what was there before.
    let taken = |path: &PathBuf| path.exists() || (is_raw && files::receipt_of(path).exists());
    numbered_after(first).take_while(taken).find(|path| is_it(path, sha256))
}

/// Whether the file at `path` has this SHA-256.
fn is_it(path: &Path, sha256: &str) -> bool {
    let file = std::fs::File::open(path).ok();
    let digest = file.and_then(|file| Digest::of_reader(HashAlgorithm::Sha256, file).ok());
    digest.is_some_and(|digest| digest.to_hex() == sha256)
}

/// What is announced of the key that made a value. The trail has columns of its own for it.
#[derive(Debug, Default)]
pub(crate) struct AnnouncedKey {
    pub(crate) id: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl AnnouncedKey {
    const ID: &'static str = "key_id";
    const REQUEST_ID: &'static str = "request_id";

    /// Puts it among what is announced.
    pub(crate) fn put(self, detail: &mut BTreeMap<String, String>) {
        detail.extend(self.id.map(|own| (Self::ID.to_owned(), own)));
        detail.extend(self.request_id.map(|own| (Self::REQUEST_ID.to_owned(), own)));
    }

    /// Takes it from what was announced.
    pub(crate) fn taken(detail: &mut BTreeMap<String, String>) -> Self {
        Self { id: detail.remove(Self::ID), request_id: detail.remove(Self::REQUEST_ID) }
    }
}

async fn recover(session: &Session, act: JobId, own: Announced, path: &Path, intent: &AuditRecord) -> OfficeResult<()> {
    let (now, entry) = (session.clock.now(), &intent.entry);
    let recovered = JobId::generate();
    let (operator, environment) = (entry.operator.clone(), entry.environment.clone());
    let mut draft = AuditDraft::intent(now, Act::ResultRecovered, recovered, operator, environment);
    draft.document.clone_from(&entry.document);
    draft.key_ref.clone_from(&entry.key_ref);
    draft.key_id.clone_from(&entry.key_id);
    draft.algorithm.clone_from(&entry.algorithm);
    draft.detail.clone_from(&own.detail);
    let key = AnnouncedKey::taken(&mut draft.detail);
    draft.key_id = key.id.or(draft.key_id);
    draft.request_id = key.request_id;
    if let Some(level) = entry.detail.get("level") {
        draft.detail.insert("level".to_owned(), level.clone());
    }
    draft.detail.insert("attempt".to_owned(), act.to_string());
    draft.detail.insert("output".to_owned(), file_name(path));
    draft.detail.insert("output_sha256".to_owned(), own.output_sha256.clone());
    // A crash after the record and before it is forgotten makes no second one.
    announce(session, act, Announced { recovered: Some(recovered), ..own }).await?;
    session.registry.append(draft.clone()).await?;
    session.registry.append(draft.ended(now, Outcome::Succeeded)).await?;
    Ok(())
}

fn read(text: Option<&str>) -> OfficeResult<BTreeMap<JobId, Announced>> {
    match text {
        Some(text) => serde_json::from_str(text)
            .map_err(|error| OfficeError::Config { file: SETTING.to_owned(), reason: error.to_string() }),
        None => Ok(BTreeMap::new()),
    }
}

async fn change(session: &Session, change: impl FnOnce(&mut BTreeMap<JobId, Announced>)) -> OfficeResult<()> {
    session
        .registry
        .update_setting(SETTING, |text| {
            let mut all = read(text.as_deref())?;
            change(&mut all);
            serde_json::to_string(&all).map_err(OfficeError::internal)
        })
        .await
}
