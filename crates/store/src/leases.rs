//! Leases: one holder at a time for what must not run twice.
//!
//! Each change of holder raises the fence. Who writes under a lease calls
//! [`Tx::hold_lease`] in the same transaction: it locks the lease's row until
//! the commit, so that a holder who slept through its lease cannot write once
//! another has taken it, and nobody can take it while the write is under way.

use crate::{
    Result, Tx,
    macros::{exec, fetch_optional},
};
use domain::Timestamp;

/// A lease as its holder knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is held, for example `sequencer`.
    pub name: String,
    /// Who holds it: a name that is unique to one run of one process.
    pub holder: String,
    /// Until when nobody else may take it.
    pub until: Timestamp,
    /// Grows with each change of holder.
    pub fence: i64,
}

impl Tx {
    /// Takes a lease that is free, over, or the holder's own already (then the fence stays). `None` where another holds it.
    pub async fn take_lease(&mut self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<Option<Lease>> {
        let row: Option<(i64,)> = fetch_optional!(
            self,
            (i64,),
            "INSERT INTO leases (name, holder, until, fence) VALUES ($1, $2, $3, 1) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until, \
             fence = leases.fence + CASE WHEN leases.holder = excluded.holder AND leases.until > $4 THEN 0 ELSE 1 END \
             WHERE leases.holder = excluded.holder OR leases.until <= $4 RETURNING fence",
            name,
            holder,
            until.0,
            now.0,
        )?;
        Ok(row.map(|(fence,)| Lease { name: name.to_owned(), holder: holder.to_owned(), until, fence }))
    }

    /// Whether the lease is still this holder's. It then stays so until this transaction ends.
    pub async fn hold_lease(&mut self, lease: &Lease) -> Result<bool> {
        let held = exec!(
            self,
            "UPDATE leases SET fence = fence WHERE name = $1 AND holder = $2 AND fence = $3",
            lease.name.as_str(),
            lease.holder.as_str(),
            lease.fence
        )?;
        Ok(held == 1)
    }

    /// Gives a lease back, so that another need not wait for its end. Does nothing where it was lost.
    pub async fn end_lease(&mut self, lease: &Lease, now: Timestamp) -> Result<()> {
        exec!(
            self,
            "UPDATE leases SET until = $1 WHERE name = $2 AND holder = $3 AND fence = $4",
            now.0,
            lease.name.as_str(),
            lease.holder.as_str(),
            lease.fence
        )?;
        Ok(())
    }

    /// Ends every lease, whoever holds it. For who knows that no holder lives.
    pub async fn end_leases(&mut self, now: Timestamp) -> Result<u64> {
        exec!(self, "UPDATE leases SET until = $1 WHERE until > $1", now.0)
    }
}
