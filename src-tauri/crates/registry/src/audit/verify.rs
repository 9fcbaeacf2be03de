//! Verification of the whole trail, in constant memory.

use futures_util::TryStreamExt;
use sqlx::{Row, SqliteConnection};

use super::canonical::{FORMAT, GENESIS};
use super::head::{self, FileState, Head};
use super::row::{RawRecord, select_records};
use super::{HeadTrust, TrailProblem, TrailProblemKind as Kind, TrailReport};
use crate::store::{Inner, Registry};
use crate::{RegistryResult, moment};

impl Registry {
    /// Reads the whole trail and says everything that is wrong with it.
    ///
    /// Sees one state of the database, however long it takes; appends go on meanwhile.
    ///
    /// # Errors
    /// Only where the database cannot be read; a damaged trail is a report, not an error.
    pub async fn verify(&self) -> RegistryResult<TrailReport> {
        let inner = &self.inner;
        let lock = inner.lock_trail().await?;
        let mut snapshot = inner.pool.begin().await.map_err(|error| inner.sqlx(error))?;
        // The first read fixes the snapshot; under the lock, the file belongs to the same state.
        let stored = inner.read_head(&mut snapshot).await;
        let file = inner.read_head_file().await?;
        let remembered = inner.remembered();
        drop(lock);

        let mut walk = Walk::new(&file);
        for guard in missing_guards(inner, &mut snapshot).await? {
            walk.report(TrailProblem::new(Kind::GuardRemoved, None, format!("the trigger {guard} is missing")));
        }
        walk.rows(inner, &mut snapshot).await?;
        walk.reclassify_moved(inner, &mut snapshot).await?;
        let head = walk.end(stored.ok().flatten(), &file, remembered, inner);
        Ok(walk.finish(head))
    }
}

/// Triggers that migrations 0002, 0004 and 0005 create: without the later ones, what the trail says was approved could be changed.
const GUARDS: [&str; 20] = [
    "audit_records_no_update",
    "audit_records_no_delete",
    "audit_records_in_order",
    "audit_head_no_delete",
    "requests_no_delete",
    "requests_begin_open",
    "requests_fixed",
    "requests_decided_once",
    "rotations_no_delete",
    "rotations_begin_once",
    "rotations_fixed",
    "rotations_end_once",
    "rotation_steps_no_update",
    "rotation_steps_no_delete",
    "rotation_steps_in_order",
    "trust_certificates_no_update",
    "trust_certificates_come_by_the_rules",
    "trust_certificates_go_by_the_rules",
    "evidence_no_update",
    "evidence_kept_once",
];

async fn missing_guards(inner: &Inner, connection: &mut SqliteConnection) -> RegistryResult<Vec<&'static str>> {
    let present: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .fetch_all(connection)
        .await
        .map_err(|error| inner.sqlx(error))?;
    Ok(GUARDS.into_iter().filter(|guard| !present.iter().any(|name| name == guard)).collect())
}

/// What is remembered from one record to the next.
struct Walk {
    records: u64,
    first: Option<i64>,
    last: Option<RawRecord>,
    /// Number that the next record should have.
    expected: i64,
    /// Hash that the next record should name; `None` after a record that could not be read.
    link: Option<String>,
    /// The number in the head file, and the hash of the record there.
    watched: Option<(u64, Option<String>)>,
    problems: Vec<TrailProblem>,
    /// Records whose hash does not fit, to be looked at again: changed, or genuine at another number?
    suspects: Vec<(usize, RawRecord)>,
    more: u64,
}

impl Walk {
    fn new(file: &FileState) -> Self {
        let watched = match file {
            FileState::Present(head) => Some((head.seq, None)),
            FileState::Missing | FileState::Malformed => None,
        };
        Self {
            records: 0,
            first: None,
            last: None,
            expected: 1,
            link: Some(GENESIS.to_owned()),
            watched,
            problems: Vec::new(),
            suspects: Vec::new(),
            more: 0,
        }
    }

    fn report(&mut self, problem: TrailProblem) {
        if self.problems.len() < TrailReport::MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    async fn rows(&mut self, inner: &Inner, connection: &mut SqliteConnection) -> RegistryResult<()> {
        let mut rows = sqlx::query(select_records!("ORDER BY seq")).fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(|error| inner.sqlx(error))? {
            self.records += 1;
            match RawRecord::read(&row) {
                Ok(raw) => self.record(raw),
                Err(error) => {
                    let seq = row.try_get::<i64, _>(0).ok();
                    self.unreadable(seq, &error.to_string());
                }
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, seq: Option<i64>, why: &str) {
        if let Some(seq) = seq {
            self.number(seq);
        }
        self.report(TrailProblem::new(Kind::Changed, seq.and_then(|seq| u64::try_from(seq).ok()), why));
        self.link = None;
    }

    fn record(&mut self, raw: RawRecord) {
        let follows = self.number(raw.seq);
        let seq = u64::try_from(raw.seq).ok();
        if raw.format != FORMAT {
            let detail = format!("the record has format {}, this program knows {FORMAT}", raw.format);
            self.report(TrailProblem::new(Kind::Changed, seq, detail));
        } else if raw.computed_hash() != raw.hash {
            if self.problems.len() < TrailReport::MAX_PROBLEMS {
                self.suspects.push((self.problems.len(), raw.clone()));
            }
            self.report(TrailProblem::new(Kind::Changed, seq, "the content does not fit its hash"));
        } else if follows && self.link.as_deref().is_some_and(|link| link != raw.previous) {
            self.report(TrailProblem::new(Kind::BrokenLink, seq, "it does not continue the record before it"));
        } else if let Err(why) = raw.clone().into_record() {
            // The hash fits, so this was written so: by a newer program, or by somebody who can compute hashes.
            self.report(TrailProblem::new(Kind::Inserted, seq, why));
        }
        if let Some((watched, hash)) = &mut self.watched
            && Some(*watched) == seq
        {
            *hash = Some(raw.hash.clone());
        }
        self.link = Some(raw.hash.clone());
        self.first.get_or_insert(raw.seq);
        self.last = Some(raw);
    }

    /// Checks the number; whether the record comes right after the one before it.
    fn number(&mut self, seq: i64) -> bool {
        if seq < self.expected {
            let detail = "the number is not larger than the one before it";
            self.report(TrailProblem::new(Kind::Inserted, u64::try_from(seq).ok(), detail));
            return false;
        }
        let follows = seq == self.expected;
        if !follows {
            self.gap(self.expected, seq - 1);
        }
        self.expected = seq.saturating_add(1);
        follows
    }

    fn gap(&mut self, from: i64, through: i64) {
        let [from, through] = [from, through].map(|seq| u64::try_from(seq).ok());
        let mut problem = TrailProblem::new(Kind::Removed, from, "records are missing");
        problem.through = through;
        self.report(problem);
    }

    /// A record with a wrong hash is genuine at another number when the record it names stands right before that number.
    async fn reclassify_moved(&mut self, inner: &Inner, connection: &mut SqliteConnection) -> RegistryResult<()> {
        for (index, raw) in std::mem::take(&mut self.suspects) {
            let own: Option<i64> = if raw.previous == GENESIS {
                Some(1)
            } else {
                sqlx::query_scalar::<_, i64>(
                    "SELECT MIN(seq) FROM audit_records WHERE hash = $1 HAVING MIN(seq) IS NOT NULL",
                )
                .bind(&raw.previous)
                .fetch_optional(&mut *connection)
                .await
                .map_err(|error| inner.sqlx(error))?
                .map(|seq| seq.saturating_add(1))
            };
            // A swap moves the record it names as well, so its own number is looked for around both places.
            let candidates = [own, raw.seq.checked_sub(1), raw.seq.checked_add(1)];
            let mut moved = candidates.into_iter().flatten().find(|seq| raw.computed_hash_at(*seq) == raw.hash);
            if moved.is_none() {
                moved = self.original_number(&raw);
            }
            if let Some(original) = moved {
                let problem = &mut self.problems[index];
                problem.kind = Kind::Reordered;
                problem.detail = format!("this is the genuine record {original}");
            }
        }
        Ok(())
    }

    /// Tries the numbers of the other records that do not fit: records exchange places among themselves.
    fn original_number(&self, raw: &RawRecord) -> Option<i64> {
        self.problems
            .iter()
            .filter_map(|problem| problem.seq.and_then(|seq| i64::try_from(seq).ok()))
            .find(|seq| raw.computed_hash_at(*seq) == raw.hash)
    }

    /// Compares the last record with the head in the table and in the file.
    fn end(&mut self, stored: Option<Head>, file: &FileState, remembered: u64, inner: &Inner) -> HeadTrust {
        let key = inner.audit_key.as_ref();
        let last_seq = self.last.as_ref().map_or(0, |last| u64::try_from(last.seq).unwrap_or(0));
        let known = last_seq.max(stored.as_ref().map_or(0, |head| head.seq));
        if key.is_none() && inner.begun {
            self.report(TrailProblem::new(Kind::BadHead, None, "the audit key of this installation is missing"));
        }
        let Some(head) = stored else {
            if self.records > 0 {
                self.report(TrailProblem::new(Kind::BadHead, None, "the head is missing or malformed"));
            }
            if known < remembered {
                self.report(head::forgotten(known, remembered));
            }
            if let Some(problem) = head::compare(&Head::empty(), file, None, key) {
                self.report(problem);
            }
            return match key {
                Some(_) if self.records > 0 || remembered > 0 => HeadTrust::Rejected,
                Some(_) => HeadTrust::Authenticated,
                None => HeadTrust::NotAuthenticated,
            };
        };
        let trust = match key {
            None => HeadTrust::NotAuthenticated,
            Some(key) if head.is_genuine(key) => HeadTrust::Authenticated,
            Some(_) => HeadTrust::Rejected,
        };
        if trust == HeadTrust::Rejected {
            let detail = "the head was not made with the audit key of this installation";
            self.report(TrailProblem::new(Kind::BadHead, Some(head.seq), detail));
        }
        if last_seq < head.seq {
            self.gap(self.expected, i64::try_from(head.seq).unwrap_or(i64::MAX));
        } else if last_seq > head.seq {
            let detail = format!("the head ends at {}", head.seq);
            self.report(TrailProblem::new(Kind::Inserted, Some(head.seq + 1), detail));
        } else if self.last.as_ref().is_some_and(|last| last.hash != head.hash) {
            let detail = "the head names another hash than the last record has";
            self.report(TrailProblem::new(Kind::HeadMismatch, Some(head.seq), detail));
        }
        if head.count != self.records && last_seq == head.seq {
            let detail = format!("the head counts {} records, {} are there", head.count, self.records);
            self.report(TrailProblem::new(Kind::HeadMismatch, Some(head.seq), detail));
        }
        if known < remembered {
            self.report(head::forgotten(known, remembered));
        }
        let hash_at = self.watched.as_ref().and_then(|(_, hash)| hash.clone());
        if let Some(problem) = head::compare(&head, file, hash_at.as_deref(), key) {
            self.report(problem);
        }
        trust
    }

    fn finish(self, head: HeadTrust) -> TrailReport {
        let number = |seq: i64| u64::try_from(seq).ok();
        TrailReport {
            records: self.records,
            first_seq: self.first.and_then(number),
            last_seq: self.last.as_ref().and_then(|last| number(last.seq)),
            last_at: self.last.as_ref().and_then(|last| moment::read(&last.at).ok()),
            last_hash: self.last.map(|last| last.hash),
            problems: self.problems,
            more_problems: self.more,
            head,
        }
    }
}
