//! Many rows in few statements: each statement is a round trip to the thread of its connection, and a group of records has dozens.

use std::collections::{BTreeMap, HashSet};

use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::RegistryResult;
use crate::batches::{ItemChange, ItemKind, JournalEntry, change_items};
use crate::documents::{SignedDocument, insert_signed};
use crate::store::Inner;

/// So many rows go into one statement. There are few sizes, so that each statement is prepared once.
const SIZES: [usize; 6] = [32, 16, 8, 4, 2, 1];

/// Executes `head`, the rows as `VALUES`, `tail`, as often as it takes. Returns how many rows were written.
pub(crate) async fn execute<T>(
    connection: &mut SqliteConnection,
    (head, tail): (&'static str, &'static str),
    rows: &[T],
    mut bind: impl FnMut(Separated<'_, Sqlite, &'static str>, &T),
) -> Result<u64, sqlx::Error> {
    let mut written = 0;
    let mut left = rows;
    while !left.is_empty() {
        let size = SIZES.into_iter().find(|size| *size <= left.len()).unwrap_or(1);
        let (now, later) = left.split_at(size);
        let mut query = QueryBuilder::new(head);
        query.push_values(now, &mut bind);
        query.push(tail);
        written += query.build().execute(&mut *connection).await?.rows_affected();
        left = later;
    }
    Ok(written)
}

/// Rows of the journal that wait to be written together. What cannot change places with what waits is written after it.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    changes: BTreeMap<ItemKind, Vec<ItemChange>>,
    /// Documents whose change waits.
    items: HashSet<(String, i64)>,
    signed: Vec<&'a SignedDocument>,
}

impl<'a> Rows<'a> {
    /// Takes a row, and writes what it cannot wait with.
    pub(crate) async fn add(
        &mut self,
        inner: &Inner,
        connection: &mut SqliteConnection,
        entry: &'a JournalEntry,
    ) -> RegistryResult<()> {
        if let JournalEntry::Signed(document) = entry {
            self.signed.push(document);
            return Ok(());
        }
        match entry.item_change()? {
            Some(change) => {
                if !self.items.insert(change.item()) {
                    self.write(inner, connection).await?;
                    self.items.insert(change.item());
                }
                self.changes.entry(change.kind).or_default().push(change);
                Ok(())
            }
            // It is about the documents of a whole batch.
            None => {
                self.write(inner, connection).await?;
                entry.write(inner, connection).await
            }
        }
    }

    /// Writes everything that waits.
    pub(crate) async fn write(&mut self, inner: &Inner, connection: &mut SqliteConnection) -> RegistryResult<()> {
        let Self { changes, items, signed } = std::mem::take(self);
        drop(items);
        for (kind, changes) in changes {
            change_items(inner, connection, kind, &changes).await?;
        }
        insert_signed(inner, connection, &signed).await
    }
}
