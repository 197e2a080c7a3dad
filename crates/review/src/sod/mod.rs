//! Duties that must be apart, in the product (rule 33).
//!
//! The rules are a file that the organisation keeps here, version by version; what each entitlement gives is said beside it.
//! Opening a campaign evaluates them over everything that is held, in every source: a person's accounts count together.
//! The conflicts that touch an item are frozen with the campaign, as the recommendations are. Approving both sides is
//! refused unless a mitigating control was proposed by the reviewer and accepted by its owner.
//!
//! The engine is [`recommend::sod`]; what stands here reads, keeps and asks.

mod again;
mod both;
mod change;
mod check;
mod control;
mod edit;
mod evaluate;

pub use change::{Saved, add_packs, export_map, export_rules, set_entitlement, set_map, set_rules};
pub use check::{CheckAnswer, CheckRequest, ConflictAnswer, EntitlementRef, GrantAnswer, PersonRef, SideAnswer, check};
pub use control::{ProposeForm, Proposed, SettleForm, Settled, propose, settle};
pub use edit::{add_duty, remove_rule, set_rule};
pub use evaluate::{Way, Ways};

pub(crate) use again::after_joining;
pub(crate) use both::{Stands, may_keep_both, stand};
pub(crate) use evaluate::{AtHand, Found, evaluate, keep, with_conflicts, worth_by};

use crate::{Error, Result};
use domain::EntitlementId;
use recommend::sod::{DutyMap, RuleSet};
use std::collections::BTreeMap;
use store::{Tx, duties::MappedRow};

/// Facts name the rule at place 0 of the installation's set by this number, the next by the next, and so on. The rules
/// that a source's own settings declare have the numbers below it.
pub const FIRST_NUMBER: u32 = 1_000;

/// The rules in force, and what entitlements give.
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    /// The version of the rules.
    pub version: i64,
    /// The rules.
    pub rules: RuleSet,
    /// What entitlements give.
    pub map: DutyMap,
}

/// The rules in force, and what entitlements give; `None` before any rules were set.
pub(crate) async fn in_force(tx: &mut Tx) -> Result<Option<InForce>> {
    let Some(stored) = tx.duty_rules().await? else { return Ok(None) };
    let rules = parsed(&stored.body)?;
    let map = map_of(&rules, &tx.duty_map().await?);
    Ok(Some(InForce { version: stored.version, rules, map }))
}

/// Rules that were stored, and so were good.
pub(crate) fn parsed(body: &str) -> Result<RuleSet> {
    RuleSet::parse(body).map_err(|why| Error::Inconsistent(format!("stored rules of duties: {why}")))
}

/// What entitlements give, by the duties of this set.
pub(crate) fn map_of(rules: &RuleSet, rows: &[MappedRow]) -> DutyMap {
    let place: BTreeMap<&str, u32> = (0_u32..).zip(&rules.duties).map(|(place, duty)| (duty.id.as_str(), place)).collect();
    let mut map = DutyMap::default();
    for row in rows {
        let duties = row.duties.split_whitespace().filter_map(|id| place.get(id).copied());
        map.set(EntitlementId(row.entitlement_id), duties);
    }
    map
}
