//! The database file: opening, locking, bringing the schema up to date.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cartorio_core::SecretBytes;
use sqlx::ConnectOptions;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::audit::Waiting;
use crate::{RegistryError, RegistryResult};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);

/// The registry of an installation. Cheap to clone; every clone is the same registry.
///
/// Several processes may use one registry at the same time.
#[derive(Clone)]
pub struct Registry {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    pub(crate) pool: SqlitePool,
    /// One connection, which writes the trail and the journal. A connection forgets what it knows of the database when another one
    /// has written; this one, which writes the same pages of indexes again and again, keeps them.
    pub(crate) writer: SqlitePool,
    pub(crate) audit_key: Option<SecretBytes>,
    /// The opener knows of a trail that was begun with a key.
    pub(crate) begun: bool,
    /// The trail had so many records: what the opener remembers, and what this handle has seen since. 0: nothing is known.
    remembered: AtomicU64,
    /// Appends of this process wait here, so that only one at a time tries the lock file.
    queue: Arc<tokio::sync::Mutex<()>>,
    /// What waits to be written; whoever gets the place writes all of it at once.
    pub(crate) waiting: Waiting,
}

/// While this lives, no other process appends to the trail.
pub(crate) struct TrailLock {
    _file: File,
    _queue: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl Registry {
    /// Opens the registry at `path`, which is created (readable by its owner alone) or brought up to date where needed; its
    /// folder must exist. Beside it come SQLite's own files, the head of the trail (`audit.head`) and two locks (`audit.turn`,
    /// `audit.lock`), so a folder holds one registry.
    ///
    /// `audit_key` authenticates the end of the audit trail. A trail begun with a key can only be continued with it.
    ///
    /// # Errors
    /// [`RegistryError::Io`], [`RegistryError::Corrupt`] when the file is no database, [`RegistryError::NewerSchema`],
    /// [`RegistryError::Migration`], [`RegistryError::Busy`].
    pub async fn open(path: impl Into<PathBuf>, audit_key: Option<SecretBytes>) -> RegistryResult<Self> {
        Self::open_remembering(path, audit_key, 0).await
    }

    /// The same, for somebody who keeps, where it cannot be forged, how many records the trail has had
    /// ([`Registry::trail_end`]); 0 where no trail was begun. A trail that is shorter is neither intact nor continued, and with
    /// a number above 0 only the audit key continues it, even when it looks new.
    ///
    /// # Errors
    /// As [`Registry::open`].
    pub async fn open_remembering(
        path: impl Into<PathBuf>,
        audit_key: Option<SecretBytes>,
        remembered: u64,
    ) -> RegistryResult<Self> {
        let path = path.into();
        // SQLite gives its journal files the mode of the database.
        private_file(&path).map_err(|error| RegistryError::io(&path, &error))?;
        // Two processes that start together would both migrate.
        let _lock = lock_file(&path).await?;

        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(false)
            .busy_timeout(PATIENCE)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // macOS needs it for a real flush; other systems ignore it.
            .pragma("fullfsync", "ON")
            .pragma("trusted_schema", "OFF")
            // Pages of the log that are folded into the database at a time, and KiB of pages that a connection keeps (as a negative
            // number): a batch writes the same pages of its indexes again and again.
            .pragma("wal_autocheckpoint", "4000")
            .pragma("cache_size", "-8000")
            // What a statement of many rows would undo is kept for as long as it runs. By itself SQLite writes that into a temporary
            // file, which is as much to write as the log.
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();
        let connect = |most| {
            SqlitePoolOptions::new()
                .max_connections(most)
                .acquire_timeout(PATIENCE)
                // A connection is a file in this process: it does not go away by itself.
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_with(options.clone())
        };
        let pool = connect(4).await.map_err(|error| RegistryError::from_sqlx(&path, error))?;
        if let Err(error) = MIGRATIONS.run(&pool).await {
            pool.close().await;
            return Err(migration_error(&path, error));
        }
        let writer = match connect(1).await {
            Ok(writer) => writer,
            Err(error) => {
                pool.close().await;
                return Err(RegistryError::from_sqlx(&path, error));
            }
        };
        Ok(Self {
            inner: Arc::new(Inner {
                path,
                pool,
                writer,
                audit_key,
                begun: remembered > 0,
                remembered: AtomicU64::new(remembered),
                queue: Arc::default(),
                waiting: Waiting::default(),
            }),
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Closes every connection; SQLite then folds its write-ahead log into the database.
    pub async fn close(&self) {
        self.inner.writer.close().await;
        self.inner.pool.close().await;
    }

    /// Runs `work` to its end even where the caller is dropped.
    pub(crate) async fn detached<T, F>(&self, work: impl FnOnce(Arc<Inner>) -> F) -> RegistryResult<T>
    where
        T: Send + 'static,
        F: Future<Output = RegistryResult<T>> + Send + 'static,
    {
        let task = tokio::spawn(work(Arc::clone(&self.inner)));
        self.inner.joined(task).await
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Connections that close at the same moment each take another for the last one, and none folds the log into the database.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (writer, pool) = (self.writer.clone(), self.pool.clone());
            runtime.spawn(async move {
                writer.close().await;
                pool.close().await;
            });
        }
    }
}

impl Inner {
    pub(crate) fn sqlx(&self, error: sqlx::Error) -> RegistryError {
        RegistryError::from_sqlx(&self.path, error)
    }

    pub(crate) fn corrupt(&self, what: String) -> RegistryError {
        RegistryError::Corrupt { path: self.path.clone(), what }
    }

    /// So many records the trail has had at least. To be asked under the trail's lock, or what is read may be older.
    pub(crate) fn remembered(&self) -> u64 {
        self.remembered.load(Ordering::Acquire)
    }

    /// Notes that the trail is this long now; `shorter` allows that it was longer, which is only ever accepted by a person.
    pub(crate) fn remember(&self, records: u64, shorter: bool) {
        if shorter {
            self.remembered.store(records, Ordering::Release);
        } else {
            self.remembered.fetch_max(records, Ordering::AcqRel);
        }
    }

    /// Waits for the one place from which the trail is continued.
    pub(crate) async fn lock_trail(&self) -> RegistryResult<TrailLock> {
        let queue = Arc::clone(&self.queue).lock_owned().await;
        let mut lock = lock_file(&self.path).await?;
        lock._queue = Some(queue);
        Ok(lock)
    }

    /// File work away from the threads that serve futures.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> RegistryResult<T> + Send + 'static,
    ) -> RegistryResult<T> {
        self.joined(tokio::task::spawn_blocking(work)).await
    }

    pub(crate) async fn joined<T>(&self, task: tokio::task::JoinHandle<RegistryResult<T>>) -> RegistryResult<T> {
        task.await.unwrap_or_else(|error| {
            Err(RegistryError::Database { path: self.path.clone(), reason: format!("the task ended early: {error}") })
        })
    }
}

/// Creates the file where it is missing, and takes it away from everybody but its owner.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata()?.permissions().mode();
        if mode & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(mode & !0o077))?;
        }
    }
    Ok(file)
}

/// Waits for its turn, then for the lock. Who waits for the lock holds the turn, so that nobody who has just had the lock comes before.
async fn lock_file(database: &Path) -> RegistryResult<TrailLock> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let _turn = lock(database, "audit.turn", Duration::from_millis(16), deadline).await?;
    // One at most waits here, and everybody behind it waits for it.
    let file = lock(database, "audit.lock", Duration::from_millis(1), deadline).await?;
    Ok(TrailLock { _file: file, _queue: None })
}

/// Locks the file `name` beside `database`, trying again after `longest` at most.
async fn lock(database: &Path, name: &str, longest: Duration, deadline: tokio::time::Instant) -> RegistryResult<File> {
    let path = database.with_file_name(name);
    let file = private_file(&path).map_err(|error| RegistryError::io(&path, &error))?;
    let mut pause = Duration::from_millis(1);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(RegistryError::io(&path, &error)),
            Err(TryLockError::WouldBlock) if tokio::time::Instant::now() >= deadline => {
                return Err(RegistryError::Busy { path: database.to_owned() });
            }
            Err(TryLockError::WouldBlock) => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest);
            }
        }
    }
}

fn migration_error(path: &Path, error: MigrateError) -> RegistryError {
    match error {
        MigrateError::VersionMissing(version) => RegistryError::NewerSchema { path: path.to_owned(), version },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            match RegistryError::from_sqlx(path, error) {
                RegistryError::Database { path, reason } => RegistryError::Migration { path, reason },
                sorted => sorted,
            }
        }
        other => RegistryError::Migration { path: path.to_owned(), reason: other.to_string() },
    }
}
