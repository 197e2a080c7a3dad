//! What the form to open a campaign offers.

use crate::{Result, Tx, decisions::word, macros::fetch_all};
use domain::{Sensitivity, SourceId};

impl Tx {
    /// The departments of a snapshot, in order.
    pub async fn departments_at(&mut self, source: SourceId, seq: i64) -> Result<Vec<String>> {
        let rows = fetch_all!(
            self,
            (String,),
            "SELECT DISTINCT v.department FROM account_versions v JOIN accounts a ON a.id = v.account_id WHERE a.source_id = $1 AND v.department IS NOT NULL AND v.valid_from <= $2 AND (v.valid_until IS NULL OR v.valid_until > $2) ORDER BY v.department",
            source.0,
            seq,
        )?;
        Ok(rows.into_iter().map(|(department,)| department).collect())
    }

    /// The grants of a snapshot by application and sensitivity, in their order, what is not known first.
    pub async fn grants_by_application(&mut self, source: SourceId, seq: i64) -> Result<Vec<(Option<String>, Option<Sensitivity>, i64)>> {
        let rows = fetch_all!(
            self,
            (Option<String>, Option<String>, i64),
            "SELECT ev.application, ev.sensitivity, COUNT(*) FROM grants g JOIN entitlement_versions ev ON ev.entitlement_id = g.entitlement_id AND ev.valid_from <= $2 AND (ev.valid_until IS NULL OR ev.valid_until > $2) WHERE g.source_id = $1 AND g.valid_from <= $2 AND (g.valid_until IS NULL OR g.valid_until > $2) GROUP BY ev.application, ev.sensitivity ORDER BY COALESCE(ev.application, ''), COALESCE(ev.sensitivity, '')",
            source.0,
            seq,
        )?;
        rows.into_iter()
            .map(|(application, sensitivity, grants)| {
                let sensitivity = sensitivity.map(|s| word("entitlement_versions", "sensitivity", source.0, &s)).transpose()?;
                Ok((application, sensitivity, grants))
            })
            .collect()
    }
}
