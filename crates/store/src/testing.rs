//! Fresh databases for tests: one SQLite file, and one PostgreSQL database
//! where `COUNTERSIGN_TEST_POSTGRES` names a server that may make them.

use crate::{Error, Result, Store};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
};

/// A fresh, migrated database, and what must live as long as it.
#[derive(Debug)]
pub struct Fresh {
    /// The database.
    pub store: Store,
    /// Its address, for a second connection or process.
    pub address: String,
    _folder: Option<tempfile::TempDir>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A fresh SQLite database in a folder of its own, copied from one that was migrated before where `make test` has a place for it.
pub async fn sqlite() -> Result<Fresh> {
    let folder = tempfile::tempdir().map_err(disk)?;
    let file = folder.path().join("test.db");
    let pattern = sqlite_pattern().await?;
    if let Some(pattern) = &pattern {
        std::fs::copy(pattern, &file).map_err(disk)?;
    }
    let address = format!("sqlite:{}", file.display());
    let store = Store::open(&address).await?;
    if pattern.is_none() {
        store.migrate().await?;
    }
    Ok(Fresh { store, address, _folder: Some(folder) })
}

fn disk(error: std::io::Error) -> Error {
    Error::Database(sqlx::Error::Io(error))
}

/// The file that fresh databases are copied from; `None` where no folder is named that goes with the run. The first test that
/// asks makes it.
async fn sqlite_pattern() -> Result<Option<PathBuf>> {
    let Some(scratch) = std::env::var_os("COUNTERSIGN_TEST_SCRATCH").map(PathBuf::from) else { return Ok(None) };
    let pattern = scratch.join(format!("{}.db", pattern_name(false)));
    if !pattern.exists() {
        let folder = tempfile::tempdir_in(&scratch).map_err(disk)?;
        let file = folder.path().join("pattern.db");
        let store = Store::open(&format!("sqlite:{}", file.display())).await?;
        store.migrate().await?;
        // Closed, it is one file.
        store.close().await;
        // Under its own name only once it is whole; whoever comes second puts the same there.
        std::fs::rename(&file, &pattern).map_err(disk)?;
    }
    Ok(Some(pattern))
}

/// What a database is called that has every migration of this build.
fn pattern_name(postgres: bool) -> String {
    let steps = crate::open::migrations(postgres).iter().flat_map(|step| step.checksum.iter().copied()).collect::<Vec<u8>>();
    format!("migrated_{}", hex::encode(&Sha256::digest(steps)[..8]))
}

/// A fresh PostgreSQL database, or `None` where no server is named. `make test` names one.
///
/// It is copied from one that was migrated before. What processes left that have ended is removed on the way.
pub async fn postgres() -> Result<Option<Fresh>> {
    let Ok(server) = std::env::var("COUNTERSIGN_TEST_POSTGRES") else { return Ok(None) };
    let mut connection = PgConnectOptions::from_str(&server)?.connect().await?;
    remove_left_overs(&mut connection).await?;
    let pattern = pattern(&server, &mut connection).await?;
    let name = own_name();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {pattern}"))).execute(&mut connection).await?;
    connection.close().await?;
    let address = address_of(&server, &name)?;
    let store = Store::open(&address).await?;
    Ok(Some(Fresh { store, address, _folder: None }))
}

/// A name for a database that belongs to this process. It is made of digits, so it cannot carry SQL.
fn own_name() -> String {
    format!("t{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// The address of another database of the same server.
fn address_of(server: &str, name: &str) -> Result<String> {
    match server.rsplit_once('/') {
        Some((head, tail)) => Ok(format!("{head}/{name}{}", tail.find('?').map_or("", |i| &tail[i..]))),
        None => Err(Error::Address(server.to_owned())),
    }
}

/// Removes the databases of processes that have ended, where those can be told.
async fn remove_left_overs(connection: &mut PgConnection) -> Result<()> {
    let there: Vec<String> =
        sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname ~ '^t[0-9]+_[0-9]+$'").fetch_all(&mut *connection).await?;
    for name in there {
        let process = name.trim_start_matches('t').split('_').next().unwrap_or_default();
        let gone = Path::new("/proc/self").exists() && !Path::new("/proc").join(process).exists();
        if gone {
            // Another test may be doing the same.
            let _ = sqlx::query(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).execute(&mut *connection).await;
        }
    }
    Ok(())
}

/// The database that fresh ones are copied from, with every migration of this build. The first test that asks makes it.
async fn pattern(server: &str, connection: &mut PgConnection) -> Result<String> {
    let pattern = pattern_name(true);
    let there = "SELECT COUNT(*) FROM pg_database WHERE datname = $1";
    if sqlx::query_scalar::<_, i64>(there).bind(&pattern).fetch_one(&mut *connection).await? > 0 {
        return Ok(pattern);
    }
    sqlx::query("SELECT pg_advisory_lock(4711)").execute(&mut *connection).await?;
    if sqlx::query_scalar::<_, i64>(there).bind(&pattern).fetch_one(&mut *connection).await? == 0 {
        let name = own_name();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut *connection).await?;
        let store = Store::open(&address_of(server, &name)?).await?;
        store.migrate().await?;
        store.close().await;
        // Under its own name only once it is whole.
        sqlx::query(AssertSqlSafe(format!("ALTER DATABASE {name} RENAME TO {pattern}"))).execute(&mut *connection).await?;
    }
    sqlx::query("SELECT pg_advisory_unlock(4711)").execute(&mut *connection).await?;
    Ok(pattern)
}

/// Every database at hand. Says on standard error when PostgreSQL is not.
pub async fn each() -> Result<Vec<Fresh>> {
    let mut all = vec![sqlite().await?];
    if let Some(fresh) = postgres().await? {
        all.push(fresh);
    } else {
        // A skipped half must be seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED on PostgreSQL: COUNTERSIGN_TEST_POSTGRES is not set (make test sets it)");
    }
    Ok(all)
}

/// Every column of a database's tables: table, column, and its type as both databases would call it.
pub async fn columns(fresh: &Fresh) -> Result<Vec<(String, String, String)>> {
    use crate::macros::fetch_all;
    let mut tx = fresh.store.read().await?;
    let sql = if tx.is_postgres() {
        "SELECT table_name::text COLLATE \"C\", column_name::text, data_type || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || \
         CASE WHEN collation_name IS NULL OR collation_name = 'C' THEN '' ELSE ' in the wrong collation' END \
         FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position"
    } else {
        "SELECT m.name, c.name, lower(c.type) || CASE WHEN c.\"notnull\" = 1 THEN ' not null' ELSE '' END \
         FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid"
    };
    let mut found: Vec<(String, String, String)> = fetch_all!(tx, (String, String, String), sql)?;
    found.retain(|(table, _, _)| !table.starts_with("_sqlx") && !table.starts_with("sqlite_"));
    for (_, _, kind) in &mut found {
        // A UUID is 16 bytes in SQLite and a type of its own in PostgreSQL.
        for (there, here) in [("bigint", "integer"), ("bytea", "blob"), ("uuid", "blob")] {
            *kind = kind.replace(there, here);
        }
    }
    Ok(found)
}

impl crate::Tx {
    /// Runs a statement that no use case has, as somebody with access to the database could; returns the rows it changed.
    pub async fn tamper(&mut self, sql: &str) -> Result<u64> {
        crate::macros::on!(self, conn => sqlx::query(AssertSqlSafe(sql.to_owned())).execute(conn).await.map(|done| done.rows_affected()))
            .map_err(Error::from)
    }
}
