//! What can go wrong between us and a database.

/// A store function's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not one of a database we know.
    #[error("\"{0}\" is not a database address; expected sqlite:FILE or postgres://USER@HOST/NAME")]
    Address(String),
    /// Another transaction was in the way. Trying again may succeed.
    #[error("the database is busy with another change")]
    Busy(#[source] sqlx::Error),
    /// A row with this key exists already.
    #[error("the database refused a second row with the same key ({constraint})")]
    Duplicate {
        /// The constraint, as the database names it.
        constraint: String,
    },
    /// The schema could not be brought up to date.
    #[error("the database schema could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// What stands in the database is not what we wrote.
    #[error("table {table}, column {column}, row {row}: {why}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong with it.
        why: String,
    },
    /// Sealed data does not open with the keys at hand.
    #[error("sealed data in {table}.{column} does not open with the keys at hand")]
    Sealed {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Anything else the database reported.
    #[error("the database answered with an error: {0}")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// A value in a row that cannot be what we wrote.
    pub fn inconsistent(table: &'static str, column: &'static str, row: impl ToString, why: impl ToString) -> Self {
        Self::Inconsistent { table, column, row: row.to_string(), why: why.to_string() }
    }

    /// True where trying the whole transaction again may succeed.
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Busy(_))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let Some(reported) = error.as_database_error() else {
            return if matches!(error, sqlx::Error::PoolTimedOut) { Self::Busy(error) } else { Self::Database(error) };
        };
        if reported.is_unique_violation() {
            let constraint = reported.constraint().unwrap_or_else(|| reported.message()).to_owned();
            return Self::Duplicate { constraint };
        }
        // SQLITE_BUSY and SQLITE_LOCKED with their extended codes; PostgreSQL: serialization failure, deadlock, lock timeout.
        let busy = match reported.code().as_deref() {
            Some("40001" | "40P01" | "55P03") => true,
            Some(code) => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6) && code < 2_000),
            None => false,
        };
        if busy { Self::Busy(error) } else { Self::Database(error) }
    }
}
