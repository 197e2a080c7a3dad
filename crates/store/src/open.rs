//! Opening a database and beginning transactions.

use crate::{
    Error, Result,
    tx::{Inner, Tx},
};
use sqlx::{
    PgPool, SqlitePool,
    migrate::{Migration, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    ffi::OsString,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

static SQLITE: Migrator = sqlx_macros::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx_macros::migrate!("../../migrations/postgres");

/// The migrations of this program, for one of the databases.
pub(crate) fn migrations(postgres: bool) -> &'static [Migration] {
    let migrator = if postgres { &POSTGRES } else { &SQLITE };
    &migrator.migrations
}

/// How long a transaction waits for another to finish before it reports busy.
const WAIT: Duration = Duration::from_secs(15);

/// Pages that SQLite's writer keeps, in KiB. The 2,000 KiB that it keeps by itself hold a small part of a campaign's indexes.
const WRITER_CACHE: u32 = 65_536;
/// The same for each of the readers, who begin anew after every write.
const READER_CACHE: u32 = 16_384;

/// A database: SQLite (one file, no server) or PostgreSQL.
#[derive(Debug, Clone)]
pub struct Store {
    pools: Pools,
}

#[derive(Debug, Clone)]
enum Pools {
    /// SQLite has one writer at a time, so we queue for it in our own pool of one.
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
        /// The database's file.
        file: PathBuf,
    },
    Postgres(PgPool),
}

/// The claim to be the only server of a database, for as long as this is kept. The operating system ends it with the process,
/// however that ends.
#[derive(Debug)]
pub struct OnlyServer {
    _locked: File,
}

impl Store {
    /// Opens the database at `address` (`sqlite:FILE`, made if absent, or `postgres://…`). Does not migrate.
    pub async fn open(address: &str) -> Result<Self> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(address).map_err(|_| Error::Address(without_password(address)))?;
            let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(WAIT).connect_with(options).await?;
            return Ok(Self { pools: Pools::Postgres(pool) });
        }
        if !address.starts_with("sqlite:") {
            return Err(Error::Address(without_password(address)));
        }
        // FULL, not NORMAL: a decision acknowledged to a person survives power loss.
        let options = SqliteConnectOptions::from_str(address)
            .map_err(|_| Error::Address(address.to_owned()))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WAIT);
        let file = options.get_filename().to_owned();
        let cached = |options: SqliteConnectOptions, kibibytes: u32| options.pragma("cache_size", format!("-{kibibytes}"));
        let writer =
            SqlitePoolOptions::new().max_connections(1).acquire_timeout(WAIT).connect_with(cached(options.clone(), WRITER_CACHE)).await?;
        let reading = cached(options.read_only(true), READER_CACHE);
        let reader = SqlitePoolOptions::new().max_connections(8).acquire_timeout(WAIT).connect_with(reading).await?;
        Ok(Self { pools: Pools::Sqlite { writer, reader, file } })
    }

    /// Brings the schema up to date; does nothing where it is.
    pub async fn migrate(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => SQLITE.run(writer).await?,
            Pools::Postgres(pool) => POSTGRES.run(pool).await?,
        }
        Ok(())
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx> {
        let inner = match &self.pools {
            // Immediate: a deferred transaction that reads and then writes fails at once when another wrote between.
            Pools::Sqlite { writer, .. } => Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner })
    }

    /// Begins a transaction that reads one unchanging state and cannot write.
    pub async fn read(&self) -> Result<Tx> {
        let inner = match &self.pools {
            Pools::Sqlite { reader, .. } => Inner::Sqlite(reader.begin().await?),
            Pools::Postgres(pool) => Inner::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?),
        };
        Ok(Tx { inner })
    }

    /// Which database this is: "SQLite" or "PostgreSQL".
    pub const fn kind(&self) -> &'static str {
        match self.pools {
            Pools::Sqlite { .. } => "SQLite",
            Pools::Postgres(_) => "PostgreSQL",
        }
    }

    /// Claims to be the only server of this database, which is known by a lock on a file beside SQLite's. `None` where another
    /// process has the claim, and on PostgreSQL, which any number of servers share.
    ///
    /// # Errors
    /// Where the lock's file cannot be made.
    pub fn only_server(&self) -> io::Result<Option<OnlyServer>> {
        let Pools::Sqlite { file, .. } = &self.pools else { return Ok(None) };
        // Another file than the database: SQLite's own locks end when anybody closes a handle on that one.
        let locked = File::create(beside(file))?;
        match locked.try_lock() {
            Ok(()) => Ok(Some(OnlyServer { _locked: locked })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(why)) => Err(why),
        }
    }

    /// Waits for open transactions and closes every connection.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, reader, .. } => {
                reader.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// The lock's file: the database's name with `-server` after it.
fn beside(file: &Path) -> PathBuf {
    let mut name: OsString = file.into();
    name.push("-server");
    name.into()
}

/// The address as it may stand in a message.
fn without_password(address: &str) -> String {
    match (address.find("://"), address.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at => format!("{}://…{}", &address[..scheme], &address[at..]),
        _ => address.to_owned(),
    }
}
