//! Extensions in the journal: what was asked for, and how they go on after an interruption.

use std::path::PathBuf;
use std::sync::Arc;

use cartorio_registry::BatchWork;
use serde::{Deserialize, Serialize};

use super::Given;
use super::work::Work;
use crate::documents::{Documents, Entry};
use crate::dto::{ExtendRequest, SignLevel};
use crate::jobs::Job;
use crate::material::Sources;
use crate::session::Session;
use crate::signing::journal::{self, AtWork, Interrupted, TakenUp};
use crate::signing::levels::{Answered, Climb};
use crate::signing::{Named, NamedSources, Room, Target, Unsettled};
use crate::{OfficeResult, policies};

/// What an extension was asked for, as the journal keeps it. Its documents and where their results go have columns of their own.
#[derive(Deserialize, Serialize)]
pub(super) struct Asked {
    level: SignLevel,
    accept_lower_level: bool,
    offline: bool,
    /// Authorities and evidence that were named for it alone.
    named_sources: NamedSources,
    /// Files that were named as contents of detached signatures. Which signature each belongs to, and whether it is still the one that
    /// was signed, its digest in that signature says: one that was changed or is gone fails that document alone.
    contents: Vec<Content>,
}

/// A content of detached signatures.
#[derive(Deserialize, Serialize)]
struct Content {
    #[serde(with = "crate::kept_path")]
    path: PathBuf,
}

impl Asked {
    pub(super) fn of(
        documents: &Documents,
        request: &ExtendRequest,
        named_sources: NamedSources,
    ) -> OfficeResult<Self> {
        let content = |id: &String| Ok(Content { path: documents.get(id)?.path });
        Ok(Self {
            level: request.level,
            accept_lower_level: request.accept_lower_level,
            offline: request.offline,
            named_sources,
            contents: request.contents.iter().map(content).collect::<OfficeResult<_>>()?,
        })
    }

    /// What was named for an extension of so many documents.
    pub(super) fn given(&self, documents: usize) -> Given {
        let contents = Named::new(self.contents.iter().map(|own| own.path.clone()), documents);
        Given { contents, evidence: self.named_sources.files_told() }
    }

    /// The way up, with ICP-Brasil's policies as the office knows them.
    pub(super) async fn climb(&self, session: &Arc<Session>, sources: Sources) -> OfficeResult<Climb> {
        Ok(Climb {
            session: Arc::clone(session),
            sources: Arc::new(sources),
            goal: self.level,
            policy: None,
            policies: Arc::new(policies::load(session).await?),
            accept_lower: self.accept_lower_level,
            token_size: Arc::default(),
            answered: Answered::default(),
        })
    }
}

/// Writes an extension into the journal. Durable when this returns.
pub(super) async fn write(
    session: &Session,
    asked: &Asked,
    target: &Target,
    entries: &[(String, Entry)],
) -> OfficeResult<AtWork> {
    journal::begin(session, BatchWork::Extend, asked, target, entries).await
}

/// The level that an extension of the journal is to reach, where that can be read.
pub(crate) fn goal_of(batch: &cartorio_registry::Batch) -> Option<SignLevel> {
    serde_json::from_str::<Asked>(&batch.request).ok().map(|own| own.level)
}

/// Goes on with an interrupted extension. The work goes on by itself.
pub(crate) async fn go_on(own: Interrupted<'_>) -> OfficeResult<Arc<Job>> {
    let asked: Asked = own.asked()?;
    let reopened = own.reopen().await?;
    let given = asked.given(reopened.items.len());
    let sources = own.office.sources_again(asked.offline, &asked.named_sources).await?;
    let climb = asked.climb(&own.session, sources).await?;
    let target = match (&own.batch.output_file, &own.batch.output_folder) {
        (Some(file), _) => Target::File(file.clone()),
        (None, Some(folder)) => Target::Folder(folder.clone()),
        (None, None) => Target::Beside,
    };
    let TakenUp { at_work, job, entries, positions, again, closed } = own.take_up(reopened).await?;
    let work = Work {
        climb,
        documents: Arc::clone(&own.office.documents),
        job: Arc::clone(&job),
        entries,
        positions,
        target,
        given,
        room: Room::default(),
        again,
        closed,
        at_work,
        unsettled: Unsettled::default(),
    };
    tokio::spawn(Arc::new(work).run());
    Ok(job)
}
