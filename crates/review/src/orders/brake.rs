//! The brake: where removals stop and ask a second person (rule 19).

use super::an_hour_ago;
use crate::Result;
use domain::{EntitlementId, SourceId, Timestamp, policy};
use std::collections::BTreeMap;
use store::{
    Tx,
    orders::{Holders, Order},
};

/// Which limit an order would pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Removals of one source within an hour.
    SourceHour,
    /// Removals of one application within an hour.
    ApplicationHour,
    /// Removals from people of one department within an hour.
    DepartmentHour,
    /// The share of an entitlement's holders that lose it within an hour.
    Share,
    /// Nobody else would hold the entitlement.
    LastHolder,
}

impl Limit {
    /// The spelling in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceHour => "source_hour",
            Self::ApplicationHour => "application_hour",
            Self::DepartmentHour => "department_hour",
            Self::Share => "share",
            Self::LastHolder => "last_holder",
        }
    }

    /// What a page says of an order that is held for it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SourceHour => {
                "More removals of this source would leave within an hour than its limit allows. A second person must let it go."
            }
            Self::ApplicationHour => {
                "More removals of this application would leave within an hour than its limit allows. A second person must let it go."
            }
            Self::DepartmentHour => {
                "More removals from this department would leave within an hour than its limit allows. A second person must let it go."
            }
            Self::Share => {
                "A larger share of those who hold this would lose it within an hour than the limit allows. A second person must let it go."
            }
            Self::LastHolder => "Nobody else holds this. A second person must let it go.",
        }
    }
}

/// What left within the last hour, and who holds what. Exact while `Tx::hold_orders` holds; a good guess otherwise.
#[derive(Debug)]
pub(crate) struct Brake {
    since: Timestamp,
    source: BTreeMap<SourceId, i64>,
    application: BTreeMap<(SourceId, String), i64>,
    department: BTreeMap<String, i64>,
    entitlement: BTreeMap<EntitlementId, i64>,
    holders: BTreeMap<EntitlementId, Holders>,
}

impl Brake {
    /// What left within the hour before `now`.
    pub async fn load(tx: &mut Tx, now: Timestamp) -> Result<Self> {
        let since = an_hour_ago(now);
        let mut brake = Self {
            since,
            source: BTreeMap::new(),
            application: BTreeMap::new(),
            department: BTreeMap::new(),
            entitlement: BTreeMap::new(),
            holders: BTreeMap::new(),
        };
        for left in tx.departures_since(since).await? {
            brake.add(left.source, left.application.as_deref(), left.department.as_deref(), left.entitlement, left.count);
        }
        Ok(brake)
    }

    /// The limit that letting this removal go would pass, if any.
    pub async fn check(&mut self, tx: &mut Tx, removal: &Removal<'_>, limits: &policy::Brake) -> Result<Option<Limit>> {
        let holders = self.holders(tx, removal.entitlement).await?;
        if holders.staying <= 1 {
            return Ok(Some(Limit::LastHolder));
        }
        let next = |count: Option<&i64>| count.copied().unwrap_or(0) + 1;
        if next(self.source.get(&removal.source)) > i64::from(limits.per_source_hour) {
            return Ok(Some(Limit::SourceHour));
        }
        if let Some(application) = removal.application
            && next(self.application.get(&(removal.source, application.to_owned()))) > i64::from(limits.per_application_hour)
        {
            return Ok(Some(Limit::ApplicationHour));
        }
        if let Some(department) = removal.department
            && next(self.department.get(department)) > i64::from(limits.per_department_hour)
        {
            return Ok(Some(Limit::DepartmentHour));
        }
        let leaving = next(self.entitlement.get(&removal.entitlement));
        let too_many = leaving * 100 > i64::from(limits.share_percent) * holders.accounts;
        Ok((holders.accounts >= i64::from(limits.share_from) && too_many).then_some(Limit::Share))
    }

    /// Counts a removal that leaves now.
    pub async fn count(&mut self, tx: &mut Tx, removal: &Removal<'_>) -> Result<()> {
        // Looked up before it is counted, so that the removal itself is still among those who stay.
        self.holders(tx, removal.entitlement).await?;
        self.add(removal.source, removal.application, removal.department, removal.entitlement, 1);
        if let Some(holders) = self.holders.get_mut(&removal.entitlement) {
            holders.staying -= 1;
        }
        Ok(())
    }

    async fn holders(&mut self, tx: &mut Tx, entitlement: EntitlementId) -> Result<Holders> {
        if let Some(holders) = self.holders.get(&entitlement) {
            return Ok(*holders);
        }
        let holders = tx.holders_of(entitlement, self.since).await?;
        self.holders.insert(entitlement, holders);
        Ok(holders)
    }

    fn add(&mut self, source: SourceId, application: Option<&str>, department: Option<&str>, entitlement: EntitlementId, count: i64) {
        *self.source.entry(source).or_default() += count;
        if let Some(application) = application {
            *self.application.entry((source, application.to_owned())).or_default() += count;
        }
        if let Some(department) = department {
            *self.department.entry(department.to_owned()).or_default() += count;
        }
        *self.entitlement.entry(entitlement).or_default() += count;
    }
}

/// What the brake looks at in a removal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Removal<'a> {
    /// The source.
    pub source: SourceId,
    /// The application.
    pub application: Option<&'a str>,
    /// The holder's department.
    pub department: Option<&'a str>,
    /// The entitlement.
    pub entitlement: EntitlementId,
}

impl<'a> From<&'a Order> for Removal<'a> {
    fn from(order: &'a Order) -> Self {
        Self {
            source: order.source,
            application: order.application.as_deref(),
            department: order.department.as_deref(),
            entitlement: order.entitlement,
        }
    }
}
