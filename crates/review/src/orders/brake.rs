//! The brake: where removals stop and ask a second person (rule 19).

use super::{an_hour_ago, limit::Limit};
use crate::Result;
use domain::{AccountId, EntitlementId, SourceId, Timestamp, policy};
use std::collections::BTreeMap;
use store::{
    Tx,
    orders::{Administrator, Holders, Order},
};

/// What left within the last hour, and who holds what. Exact while `Tx::hold_orders` holds; a good guess otherwise.
///
/// What the database is asked, it is asked once for each source, application, department and entitlement.
#[derive(Debug)]
pub(crate) struct Brake {
    since: Timestamp,
    left: Left,
    holders: BTreeMap<EntitlementId, Holders>,
    /// Who holds privileged entitlements: of an application, or of a whole source.
    administrators: BTreeMap<(SourceId, Option<String>), Vec<Administrator>>,
    /// How much is held, what left within the hour included, of everything whose share was looked at.
    held: BTreeMap<Part, i64>,
}

/// Part of what is held, of which a share may leave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Source(SourceId),
    Application(SourceId, String),
    Department(String),
}

/// How many removals left.
#[derive(Debug, Default)]
struct Left {
    parts: BTreeMap<Part, i64>,
    entitlements: BTreeMap<EntitlementId, i64>,
}

/// The limits of a part of what is held.
struct Limits {
    per_hour: u32,
    share_percent: u32,
    share_from: u32,
    passes: (Limit, Limit),
}

impl Limits {
    const fn of(part: &Part, limits: &policy::Brake) -> Self {
        match part {
            Part::Source(_) => Self {
                per_hour: limits.per_source_hour,
                share_percent: limits.source_share_percent,
                share_from: limits.source_share_from,
                passes: (Limit::SourceHour, Limit::SourceShare),
            },
            Part::Application(..) => Self {
                per_hour: limits.per_application_hour,
                share_percent: limits.application_share_percent,
                share_from: limits.application_share_from,
                passes: (Limit::ApplicationHour, Limit::ApplicationShare),
            },
            Part::Department(_) => Self {
                per_hour: limits.per_department_hour,
                share_percent: limits.department_share_percent,
                share_from: limits.department_share_from,
                passes: (Limit::DepartmentHour, Limit::DepartmentShare),
            },
        }
    }

    /// Whether so many removals could pass the share of anything large enough for it.
    fn could_pass_share(&self, leaving: i64) -> bool {
        passes_share(leaving, self.share_percent, i64::from(self.share_from).max(1))
    }

    fn share_is_passed(&self, leaving: i64, held: i64) -> bool {
        held >= i64::from(self.share_from) && passes_share(leaving, self.share_percent, held)
    }
}

/// Whether `leaving` of `held` is more than `percent` in 100.
fn passes_share(leaving: i64, percent: u32, held: i64) -> bool {
    leaving.saturating_mul(100) > i64::from(percent).saturating_mul(held)
}

impl Brake {
    /// What left within the hour before `now`.
    pub async fn load(tx: &mut Tx, now: Timestamp) -> Result<Self> {
        let since = an_hour_ago(now);
        let mut left = Left::default();
        for gone in tx.departures_since(since).await? {
            left.add(parts(gone.source, gone.application.as_deref(), gone.department.as_deref()), gone.entitlement, gone.count);
        }
        Ok(Self { since, left, holders: BTreeMap::new(), administrators: BTreeMap::new(), held: BTreeMap::new() })
    }

    /// The limit that letting this removal go would pass, if any.
    pub async fn check(&mut self, tx: &mut Tx, removal: &Removal<'_>, limits: &policy::Brake) -> Result<Option<Limit>> {
        let holders = self.holders(tx, removal.entitlement).await?;
        // Of two that apply, the one that says more.
        if holders.privileged && !self.somebody_else_administers(tx, removal).await? {
            return Ok(Some(Limit::LastAdministrator));
        }
        if holders.staying <= 1 {
            return Ok(Some(Limit::LastHolder));
        }
        for part in removal.parts() {
            let leaving = self.left.parts.get(&part).copied().unwrap_or(0) + 1;
            let of = Limits::of(&part, limits);
            if leaving > i64::from(of.per_hour) {
                return Ok(Some(of.passes.0));
            }
            // Few removals cannot be a large share of much: nothing is counted for them.
            if of.could_pass_share(leaving) && of.share_is_passed(leaving, self.held(tx, part).await?) {
                return Ok(Some(of.passes.1));
            }
        }
        let leaving = self.left.entitlements.get(&removal.entitlement).copied().unwrap_or(0) + 1;
        let large = holders.accounts >= i64::from(limits.share_from);
        Ok((large && passes_share(leaving, limits.share_percent, holders.accounts)).then_some(Limit::Share))
    }

    /// Counts a removal that leaves now.
    pub async fn count(&mut self, tx: &mut Tx, removal: &Removal<'_>) -> Result<()> {
        // Looked up before it is counted, so that the removal itself is still among those who stay.
        let holders = self.holders(tx, removal.entitlement).await?;
        if holders.privileged {
            self.administrators(tx, removal).await?;
        }
        self.left.add(removal.parts(), removal.entitlement, 1);
        if let Some(holders) = self.holders.get_mut(&removal.entitlement) {
            holders.staying -= 1;
        }
        if holders.privileged {
            // Whoever administers an application is among those who administer its source as well.
            let among = |of: &Option<String>| of.is_none() || of.as_deref() == removal.application;
            let all = self.administrators.iter_mut().filter(|((source, of), _)| *source == removal.source && among(of));
            for one in all.flat_map(|(_, all)| all).filter(|one| one.account == removal.account) {
                one.staying -= 1;
            }
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

    /// Whether somebody else, who works with their account, holds a privileged entitlement of the removal's application, or
    /// of its source where it names none.
    async fn somebody_else_administers(&mut self, tx: &mut Tx, removal: &Removal<'_>) -> Result<bool> {
        let all = self.administrators(tx, removal).await?;
        let holder = all.iter().find(|one| one.account == removal.account).map(|one| one.identity);
        let else_than_holder = |one: &Administrator| one.account != removal.account && Some(one.identity) != holder;
        Ok(all.iter().any(|one| else_than_holder(one) && one.enabled && one.staying > 0))
    }

    async fn administrators(&mut self, tx: &mut Tx, removal: &Removal<'_>) -> Result<&[Administrator]> {
        let key = (removal.source, removal.application.map(str::to_owned));
        if !self.administrators.contains_key(&key) {
            let all = tx.administrators(removal.source, removal.application).await?;
            self.administrators.insert(key.clone(), all);
        }
        Ok(self.administrators.get(&key).map_or(&[], Vec::as_slice))
    }

    async fn held(&mut self, tx: &mut Tx, part: Part) -> Result<i64> {
        if let Some(held) = self.held.get(&part) {
            return Ok(*held);
        }
        let held = match &part {
            Part::Source(source) => tx.grants_of_source(*source, self.since).await?,
            Part::Application(source, application) => tx.grants_of_application(*source, application, self.since).await?,
            Part::Department(department) => tx.grants_of_department(department, self.since).await?,
        };
        self.held.insert(part, held);
        Ok(held)
    }
}

impl Left {
    fn add(&mut self, parts: impl Iterator<Item = Part>, entitlement: EntitlementId, count: i64) {
        for part in parts {
            *self.parts.entry(part).or_default() += count;
        }
        *self.entitlements.entry(entitlement).or_default() += count;
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
    /// Whose access.
    pub account: AccountId,
    /// The entitlement.
    pub entitlement: EntitlementId,
}

impl Removal<'_> {
    fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        parts(self.source, self.application, self.department)
    }
}

/// What a removal is a part of, as far as that is known.
fn parts(source: SourceId, application: Option<&str>, department: Option<&str>) -> impl Iterator<Item = Part> + use<> {
    let application = application.map(|application| Part::Application(source, application.to_owned()));
    let department = department.map(|department| Part::Department(department.to_owned()));
    [Some(Part::Source(source)), application, department].into_iter().flatten()
}

impl<'a> From<&'a Order> for Removal<'a> {
    fn from(order: &'a Order) -> Self {
        Self {
            source: order.source,
            application: order.application.as_deref(),
            department: order.department.as_deref(),
            account: order.account,
            entitlement: order.entitlement,
        }
    }
}
