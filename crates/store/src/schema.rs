//! Whether a database has the schema that this program was made for.

use crate::{Result, Tx, macros::fetch_all, open};
use std::fmt;

/// How a database's schema differs from this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaProblem {
    /// Migrations of this program were not run: how many, and the number of the first.
    Behind {
        /// How many.
        missing: usize,
        /// The number of the first.
        first: i64,
    },
    /// The database was migrated by a newer program: the number of a migration that this one does not know.
    Ahead(i64),
    /// A migration that ran is not the one that this program has under that number, or it ended halfway.
    Different(i64),
}

impl fmt::Display for SchemaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Behind { missing: 1, first } => write!(f, "migration {first} was not run. Run `countersign migrate`"),
            Self::Behind { missing, first } => write!(f, "{missing} migrations from {first} on were not run. Run `countersign migrate`"),
            Self::Ahead(version) => {
                write!(f, "migration {version} is of a newer program. Use that one, or restore the backup made before it")
            }
            Self::Different(version) => {
                write!(f, "migration {version} ran halfway, or is not the one of this program. Restore the last backup")
            }
        }
    }
}

impl Tx {
    /// What about the database's schema is not as this program needs it; `None` where everything is.
    ///
    /// # Errors
    /// [`crate::Error::Database`] also where no migration ever ran.
    pub async fn schema_problem(&mut self) -> Result<Option<SchemaProblem>> {
        let ran: Vec<(i64, Vec<u8>, bool)> =
            fetch_all!(self, (i64, Vec<u8>, bool), "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")?;
        let ours = open::migrations(self.is_postgres());
        for (version, checksum, success) in &ran {
            match ours.iter().find(|migration| migration.version == *version) {
                None => return Ok(Some(SchemaProblem::Ahead(*version))),
                Some(migration) if !success || *migration.checksum != **checksum => return Ok(Some(SchemaProblem::Different(*version))),
                Some(_) => {}
            }
        }
        let missing: Vec<i64> = ours.iter().map(|of| of.version).filter(|version| ran.iter().all(|(other, ..)| other != version)).collect();
        Ok(missing.first().map(|first| SchemaProblem::Behind { missing: missing.len(), first: *first }))
    }
}
