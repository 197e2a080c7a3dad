//! What a campaign would ask, of whom, with which recommendation.

use super::{
    form::{OpenForm, Scope},
    reviewer::{ReviewerBy, Reviewers},
};
use crate::{
    Actor, Context, Error, FieldError, Result,
    population::{self, Loaded},
    sources,
};
use connect::SourceSettings;
use domain::{AccountId, EntitlementId, GrantId, IdentityId, Sensitivity, SourceId, Timestamp};
use recommend::{Judge, Recommendation, Sort, Weights};
use std::collections::BTreeMap;

/// Why a grant in scope gets no item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOutReason {
    /// Nobody but the holder, or who provisioned it, could be asked.
    NobodyMayAnswer,
}

impl LeftOutReason {
    /// The word in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NobodyMayAnswer => "nobody_may_answer",
        }
    }

    /// How a page says it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NobodyMayAnswer => {
                "Nobody may answer: no manager or owner is at work who is neither the holder nor the one who provisioned it."
            }
        }
    }

    /// The reason that a stored word names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::NobodyMayAnswer].into_iter().find(|reason| reason.as_str() == word)
    }
}

/// An item to be.
#[derive(Debug, Clone)]
pub struct PlannedItem {
    /// The source.
    pub source: SourceId,
    /// The grant instance.
    pub grant: GrantId,
    /// Who holds it.
    pub account: AccountId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// The access's sensitivity.
    pub sensitivity: Option<Sensitivity>,
    /// Who would be asked.
    pub reviewer: IdentityId,
    /// Why that person.
    pub by: ReviewerBy,
    /// What is recommended.
    pub recommendation: Recommendation,
}

/// What a campaign would ask. Items are in their order: sort, cause, the riskiest first.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The items.
    pub items: Vec<PlannedItem>,
    /// The snapshots that it speaks of.
    pub sources: Vec<(SourceId, i64)>,
    /// Grants in scope that would get no item, by grant.
    pub left_out: Vec<(GrantId, LeftOutReason)>,
    /// The names of the reviewers.
    pub reviewers: BTreeMap<IdentityId, String>,
    /// Sources whose last reading is older than it may be.
    pub old_sources: Vec<String>,
}

impl Plan {
    /// How many grants in scope would get no item, by reason.
    pub fn left_out_counts(&self) -> BTreeMap<LeftOutReason, u64> {
        let mut counts = BTreeMap::new();
        for (_, reason) in &self.left_out {
            *counts.entry(*reason).or_default() += 1;
        }
        counts
    }
}

/// The number by which storage orders the sorts.
pub(super) const fn sort_number(sort: Sort) -> i64 {
    match sort {
        Sort::NeedsYourJudgement => 0,
        Sort::ProbablyNotNeeded => 1,
        Sort::LooksRight => 2,
    }
}

pub(super) async fn plan(ctx: &Context, actor: &Actor, form: &OpenForm) -> Result<Plan> {
    let mut plan = Plan::default();
    let now = ctx.env.now();
    let mut tx = ctx.store.read().await?;
    for id in &form.sources {
        let source =
            tx.source(*id).await?.ok_or_else(|| Error::field("sources", "One of the chosen sources no longer exists. Choose again."))?;
        let Some(seq) = source.last_seq else {
            return Err(Error::Invalid(vec![FieldError {
                field: "sources".to_owned(),
                message: format!("{} has never been read. Read it first, then open the campaign.", source.name),
            }]));
        };
        if source.last_read_at.is_none_or(|at| now.since(at) > source.max_age) {
            plan.old_sources.push(source.name.clone());
        }
        plan.sources.push((*id, seq));
        let loaded = population::load(&mut tx, *id, seq).await?;
        let settings = sources::settings_of(&source)?;
        let (scope, owner) = (form.scope.clone(), actor.identity);
        // A large population takes seconds to judge; the threads that answer people stay free.
        let part = tokio::task::spawn_blocking(move || of_source(source.id, &loaded, &settings, &scope, owner, now))
            .await
            .map_err(|why| Error::Inconsistent(format!("judging ended before it was complete: {why}")))??;
        plan.items.extend(part.items);
        plan.reviewers.extend(part.reviewers);
        plan.left_out.extend(part.left_out);
    }
    plan.left_out.sort_unstable();
    plan.items.sort_by(|a, b| {
        let key = |item: &PlannedItem| {
            let cause = item.recommendation.cause;
            (sort_number(cause.sort()), cause, std::cmp::Reverse(item.recommendation.risk), item.grant)
        };
        key(a).cmp(&key(b))
    });
    Ok(plan)
}

fn of_source(
    source: SourceId,
    loaded: &Loaded,
    settings: &SourceSettings,
    scope: &Scope,
    campaign_owner: Option<IdentityId>,
    now: Timestamp,
) -> Result<Plan> {
    let judge = Judge::new(&loaded.population, now, Weights::default()).map_err(|why| Error::Inconsistent(why.to_string()))?;
    let reviewers = Reviewers::new(loaded, settings, campaign_owner);
    let mut plan = Plan::default();
    for (at, grant) in loaded.grants.iter().enumerate() {
        let (Some(holder), Some(entitlement)) = (reviewers.account(grant.account), loaded.entitlements.get(&grant.entitlement)) else {
            return Err(Error::Inconsistent(format!("grant {} names an account or entitlement that its snapshot does not have", grant.id)));
        };
        let in_scope = match scope {
            Scope::All | Scope::Causes(_) => true,
            Scope::Sensitivities(of) => of.contains(&entitlement.sensitivity),
            Scope::Departments(of) => holder.department.as_ref().is_some_and(|d| of.contains(d)),
            Scope::Applications(of) => entitlement.application.as_ref().is_some_and(|a| of.contains(a)),
        };
        if !in_scope {
            continue;
        }
        let recommendation = judge.recommend(at).map_err(|why| Error::Inconsistent(why.to_string()))?;
        if let Scope::Causes(of) = scope
            && !of.contains(&recommendation.cause)
        {
            continue;
        }
        let Some((reviewer, by)) = reviewers.of(grant, holder, entitlement) else {
            plan.left_out.push((grant.id, LeftOutReason::NobodyMayAnswer));
            continue;
        };
        plan.items.push(PlannedItem {
            source,
            grant: grant.id,
            account: grant.account,
            entitlement: grant.entitlement,
            sensitivity: entitlement.sensitivity,
            reviewer,
            by,
            recommendation,
        });
    }
    let asked: std::collections::BTreeSet<IdentityId> = plan.items.iter().map(|item| item.reviewer).collect();
    for account in loaded.accounts.values().filter(|a| asked.contains(&a.identity)) {
        plan.reviewers.insert(account.identity, account.display_name().to_owned());
    }
    Ok(plan)
}
