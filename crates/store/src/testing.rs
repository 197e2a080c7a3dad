//! Fresh databases for tests: one SQLite file, and one PostgreSQL database
//! where `COUNTERSIGN_TEST_POSTGRES` names a server that may make them.

use crate::{Error, Result, Store};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, postgres::PgConnectOptions};
use std::{
    io::Write as _,
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

/// A fresh SQLite database in a folder of its own.
pub async fn sqlite() -> Result<Fresh> {
    let folder = tempfile::tempdir().map_err(|e| Error::Database(sqlx::Error::Io(e)))?;
    let address = format!("sqlite:{}", folder.path().join("test.db").display());
    let store = Store::open(&address).await?;
    store.migrate().await?;
    Ok(Fresh { store, address, _folder: Some(folder) })
}

/// A fresh PostgreSQL database, or `None` where no server is named. `make test` names one.
pub async fn postgres() -> Result<Option<Fresh>> {
    let Ok(server) = std::env::var("COUNTERSIGN_TEST_POSTGRES") else { return Ok(None) };
    let name = format!("t{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let options = PgConnectOptions::from_str(&server)?;
    let mut connection = options.connect().await?;
    // The name is made of digits above, so it cannot carry SQL.
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
    connection.close().await?;
    let address = match server.rsplit_once('/') {
        Some((head, tail)) => format!("{head}/{name}{}", tail.find('?').map_or("", |i| &tail[i..])),
        None => return Err(Error::Address(server)),
    };
    let store = Store::open(&address).await?;
    store.migrate().await?;
    Ok(Some(Fresh { store, address, _folder: None }))
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
