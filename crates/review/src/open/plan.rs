//! What a campaign would ask, of whom, with which recommendation.

use super::{
    draw::neutral,
    form::{OpenForm, Scope},
    reviewer::{Asked, ReviewerBy, Reviewers},
};
use crate::{
    Actor, Context, Error, FieldError, Result,
    learning::{self, Adviser},
    population::{self, Loaded},
    sod, sources,
};
use connect::SourceSettings;
use domain::{AccountId, CampaignId, EntitlementId, FindingId, GrantId, IdentityId, Sensitivity, Showing, SourceId, Timestamp};
use recommend::{Fact, FactId, Facts, Judge, Recommendation, Sort, Weights, decide_with, risk::grant_risk};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::access::Account;

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
    /// The snapshot that it speaks of.
    pub seq: i64,
    /// The grant instance.
    pub grant: GrantId,
    /// Who holds it.
    pub account: AccountId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// The access's sensitivity.
    pub sensitivity: Option<Sensitivity>,
    /// 0, or 1 and 2 for the two items of emergency access (rule 27).
    pub seat: i64,
    /// Who would be asked.
    pub reviewer: IdentityId,
    /// Why that person.
    pub by: ReviewerBy,
    /// What is recommended.
    pub recommendation: Recommendation,
}

/// What a campaign would ask. Items are in their order: sort, cause, the riskiest first; or, where nobody is to be shown what is
/// recommended, in one that has nothing to do with it.
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
    /// Findings about access that came back and that no campaign asked about since, by grant (rule 21).
    pub returned: BTreeMap<GrantId, FindingId>,
    /// What the rules of duties found; `None` where none are in force.
    pub(crate) duties: Option<sod::Found>,
    /// Points of risk, by grant, where the scope is by risk.
    risks: BTreeMap<GrantId, u32>,
    /// Grants of emergency access for which two named people cannot be asked.
    fewer_than_two: BTreeSet<GrantId>,
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

    /// The most and the fewest points of risk among the grants, where the scope is by risk.
    pub fn risk_range(&self) -> Option<(u32, u32)> {
        Some((*self.risks.values().max()?, *self.risks.values().min()?))
    }

    /// Keeps the riskiest grants of all sources together.
    fn keep_riskiest(&mut self, most: u32) {
        let mut order: Vec<(Reverse<u32>, GrantId)> = self.risks.iter().map(|(grant, risk)| (Reverse(*risk), *grant)).collect();
        order.sort_unstable();
        order.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        let kept: BTreeSet<GrantId> = order.into_iter().map(|(_, grant)| grant).collect();
        self.risks.retain(|grant, _| kept.contains(grant));
        self.items.retain(|item| kept.contains(&item.grant));
        self.left_out.retain(|(grant, _)| kept.contains(grant));
        self.fewer_than_two.retain(|grant| kept.contains(grant));
    }
}

/// The number by which storage orders the sorts.
pub(crate) const fn sort_number(sort: Sort) -> i64 {
    match sort {
        Sort::NeedsYourJudgement => 0,
        Sort::ProbablyNotNeeded => 1,
        Sort::LooksRight => 2,
    }
}

pub(super) async fn plan(ctx: &Context, actor: &Actor, form: &OpenForm) -> Result<Plan> {
    let mut plan = Plan::default();
    let now = ctx.env.now();
    let mut named_by = Vec::new();
    let mut tx = ctx.store.read().await?;
    let mut at_hand: Vec<sod::AtHand> = Vec::new();
    let mut rows = Vec::new();
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
        at_hand.push((*id, seq, Arc::new(population::load(&mut tx, *id, seq, now).await?)));
        rows.push(source);
    }
    // A person's access counts together over all sources, also those that the campaign does not ask about.
    plan.duties = sod::evaluate(&mut tx, &at_hand, None, now).await?;
    let adviser = learning::in_force(ctx, &mut tx).await?;
    let conflicts = Arc::new(plan.duties.as_ref().map(|found| found.facts.clone()).unwrap_or_default());
    for (source, (_, seq, loaded)) in rows.into_iter().zip(at_hand) {
        let settings = sources::settings_of(&source)?;
        let (scope, owner) = (form.scope.clone(), actor.identity);
        let named = settings.emergency_reviewers.clone();
        let (conflicts, id, adviser) = (conflicts.clone(), source.id, adviser.clone());
        // A large population takes seconds to judge; the threads that answer people stay free.
        let part = tokio::task::spawn_blocking(move || {
            of_source((id, seq), &loaded, (&settings, &scope), owner, &conflicts, adviser.as_deref(), now)
        })
        .await
        .map_err(|why| Error::Inconsistent(format!("judging ended before it was complete: {why}")))??;
        named_by.push((source.name.clone(), named, part.fewer_than_two.clone()));
        plan.fewer_than_two.extend(part.fewer_than_two);
        plan.risks.extend(part.risks);
        plan.items.extend(part.items);
        plan.reviewers.extend(part.reviewers);
        plan.left_out.extend(part.left_out);
        plan.returned.extend(tx.returned_and_not_asked(source.id).await?);
    }
    if let Scope::Riskiest(most) = form.scope {
        plan.keep_riskiest(most);
    }
    let refused: Vec<FieldError> = named_by
        .iter()
        .map(|(source, named, grants)| (source, named, grants.intersection(&plan.fewer_than_two).count()))
        .filter(|(.., grants)| *grants > 0)
        .map(|(source, named, grants)| FieldError { field: "sources".to_owned(), message: fewer_than_two(source, grants, named) })
        .collect();
    if !refused.is_empty() {
        return Err(Error::Invalid(refused));
    }
    let asked: BTreeSet<IdentityId> = plan.items.iter().map(|item| item.reviewer).collect();
    plan.reviewers.retain(|reviewer, _| asked.contains(reviewer));
    plan.left_out.sort_unstable();
    match form.showing {
        Showing::Hidden => plan.items.sort_by_key(neutral),
        Showing::Shown => plan.items.sort_by(|a, b| {
            let key = |item: &PlannedItem| {
                let cause = item.recommendation.cause;
                (sort_number(cause.sort()), cause, Reverse(item.recommendation.risk), item.grant, item.seat)
            };
            key(a).cmp(&key(b))
        }),
    }
    Ok(plan)
}

/// What to say where emergency access is in scope and two named people cannot be asked about it (rule 27).
fn fewer_than_two(source: &str, grants: usize, named: &BTreeSet<String>) -> String {
    let what = if grants == 1 { "1 grant of emergency access".to_owned() } else { format!("{grants} grants of emergency access") };
    let why = if named.is_empty() {
        "nobody is named for it".to_owned()
    } else {
        let ids: Vec<&str> = named.iter().map(String::as_str).collect();
        format!("fewer than two of those named for it ({}) may: they must be at work, not hold it, and not have granted it", ids.join(", "))
    };
    format!(
        "{source} has {what} in scope. Two named people must review it, and {why}. Have an administrator name others as emergency_reviewers of {source}, or choose a scope without it."
    )
}

/// What a campaign asks about one grant.
enum Planned {
    OutOfScope,
    LeftOut(GrantId, LeftOutReason),
    /// Two named people must answer, and there are not two.
    FewerThanTwo(GrantId),
    Items(Vec<PlannedItem>),
}

/// Plans the items of one source for one campaign.
struct Planner<'a> {
    source: SourceId,
    seq: i64,
    loaded: &'a Loaded,
    judge: &'a Judge<'a>,
    reviewers: Reviewers<'a>,
    scope: &'a Scope,
    /// What conflicts of duties add to the facts of a grant.
    conflicts: &'a BTreeMap<GrantId, Vec<Fact>>,
    /// The learned model that is in force.
    adviser: Option<&'a Adviser>,
    now: Timestamp,
}

impl Planner<'_> {
    /// What the campaign asks about the grant at this place of the snapshot.
    fn at(&self, at: usize) -> Result<Planned> {
        let missing = || Error::Inconsistent("a grant names an account or entitlement that its snapshot does not have".to_owned());
        let grant = self.loaded.grants.get(at).ok_or_else(missing)?;
        let holder = self.reviewers.account(grant.account).ok_or_else(missing)?;
        let entitlement = self.loaded.entitlements.get(&grant.entitlement).ok_or_else(missing)?;
        let in_scope = match self.scope {
            // Which are the riskiest, all grants together say; access that came back is asked about wherever risk was the reason.
            Scope::All | Scope::Causes(_) | Scope::Riskiest(_) | Scope::Unused(_) | Scope::ChangedJob(_) => true,
            // The platform says what is asked, and asks nothing anew.
            Scope::Platform => false,
            Scope::Sensitivities(of) => of.contains(&entitlement.sensitivity),
            Scope::Departments(of) => holder.department.as_ref().is_some_and(|d| of.contains(d)),
            Scope::Applications(of) => entitlement.application.as_ref().is_some_and(|a| of.contains(a)),
        };
        if !in_scope {
            return Ok(Planned::OutOfScope);
        }
        let facts = self.facts(at, grant.id)?;
        let in_scope = match self.scope {
            Scope::Unused(days) => facts.number(FactId::UnusedDays).is_some_and(|unused| unused >= i64::from(*days)),
            Scope::ChangedJob(since) => facts.at(FactId::ChangedJobOn).is_some_and(|changed| changed >= *since),
            _ => true,
        };
        if !in_scope {
            return Ok(Planned::OutOfScope);
        }
        let recommendation = recommended(self.adviser, self.source, grant.id, (holder, grant.entitlement), facts, self.now)?;
        if let Scope::Causes(of) = self.scope
            && !of.contains(&recommendation.cause)
        {
            return Ok(Planned::OutOfScope);
        }
        let item = |seat: i64, reviewer: IdentityId, by: ReviewerBy| PlannedItem {
            source: self.source,
            seq: self.seq,
            grant: grant.id,
            account: grant.account,
            entitlement: grant.entitlement,
            sensitivity: entitlement.sensitivity,
            seat,
            reviewer,
            by,
            recommendation: recommendation.clone(),
        };
        Ok(match self.reviewers.of(grant, holder, entitlement) {
            Asked::One(reviewer, by) => Planned::Items(vec![item(0, reviewer, by)]),
            Asked::Two([first, second]) => {
                Planned::Items(vec![item(1, first, ReviewerBy::Emergency), item(2, second, ReviewerBy::Emergency)])
            }
            Asked::FewerThanTwo => Planned::FewerThanTwo(grant.id),
            Asked::Nobody => Planned::LeftOut(grant.id, LeftOutReason::NobodyMayAnswer),
        })
    }

    fn facts(&self, at: usize, grant: GrantId) -> Result<Facts> {
        let facts = self.judge.facts(at).map_err(|why| Error::Inconsistent(why.to_string()))?;
        Ok(sod::with_conflicts(facts, self.conflicts.get(&grant)))
    }

    /// The places of the riskiest grants, at most so many, with their points.
    fn riskiest(&self, most: u32) -> Result<Vec<(usize, GrantId, u32)>> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut found: BTreeSet<(Reverse<u32>, GrantId, usize)> = BTreeSet::new();
        for (at, grant) in self.loaded.grants.iter().enumerate() {
            let risk = grant_risk(&self.facts(at, grant.id)?, self.now).score;
            found.insert((Reverse(risk), grant.id, at));
            if found.len() > most {
                found.pop_last();
            }
        }
        Ok(found.into_iter().map(|(Reverse(risk), grant, at)| (at, grant, risk)).collect())
    }
}

fn of_source(
    (source, seq): (SourceId, i64),
    loaded: &Loaded,
    (settings, scope): (&SourceSettings, &Scope),
    campaign_owner: Option<IdentityId>,
    conflicts: &BTreeMap<GrantId, Vec<Fact>>,
    adviser: Option<&Adviser>,
    now: Timestamp,
) -> Result<Plan> {
    let judge = Judge::new(&loaded.population, now, Weights::default()).map_err(|why| Error::Inconsistent(why.to_string()))?;
    let reviewers = Reviewers::new(loaded, settings, campaign_owner);
    let planner = Planner { source, seq, loaded, judge: &judge, reviewers, scope, conflicts, adviser, now };
    let mut plan = Plan::default();
    let places: Vec<usize> = if let Scope::Riskiest(most) = scope {
        let riskiest = planner.riskiest(*most)?;
        plan.risks = riskiest.iter().map(|(_, grant, risk)| (*grant, *risk)).collect();
        riskiest.into_iter().map(|(at, ..)| at).collect()
    } else {
        (0..loaded.grants.len()).collect()
    };
    for at in places {
        match planner.at(at)? {
            Planned::OutOfScope => {}
            Planned::LeftOut(grant, reason) => plan.left_out.push((grant, reason)),
            Planned::FewerThanTwo(grant) => {
                plan.fewer_than_two.insert(grant);
            }
            Planned::Items(items) => plan.items.extend(items),
        }
    }
    let asked: BTreeSet<IdentityId> = plan.items.iter().map(|item| item.reviewer).collect();
    for account in loaded.accounts.values().filter(|a| asked.contains(&a.identity)) {
        plan.reviewers.insert(account.identity, account.display_name().to_owned());
    }
    Ok(plan)
}

/// What is recommended for a grant with these facts, with the model that is in force.
pub(crate) fn recommended(
    adviser: Option<&Adviser>,
    source: SourceId,
    grant: GrantId,
    (holder, entitlement): (&Account, EntitlementId),
    facts: Facts,
    now: Timestamp,
) -> Result<Recommendation> {
    let weights = Weights::default();
    let learned = adviser.and_then(|adviser| {
        let words = (holder.department.as_deref(), holder.title.as_deref());
        let profile = learning::profile(source, entitlement, words, holder.manager_external.as_deref());
        adviser.says_in_parts(&facts, now, &weights, &profile)
    });
    decide_with(grant, now, facts, &weights, learned).map_err(|why| Error::Inconsistent(why.to_string()))
}

/// A campaign that might ask about access that came back.
pub(super) struct Covering {
    /// The campaign.
    pub campaign: CampaignId,
    /// What it covers.
    pub scope: Scope,
    /// Its owner, as the sources know them.
    pub owner: Option<IdentityId>,
}

/// For each grant of snapshot `seq`, the first of its campaigns (by their places in `campaigns`) that covers it, with the items.
pub(super) fn anew(
    (source, seq): (SourceId, i64),
    loaded: &Loaded,
    settings: &SourceSettings,
    campaigns: &[Covering],
    grants: &[(GrantId, Vec<usize>)],
    (conflicts, adviser): (&BTreeMap<GrantId, Vec<Fact>>, Option<&Adviser>),
    now: Timestamp,
) -> Result<Vec<(GrantId, CampaignId, Vec<PlannedItem>)>> {
    let judge = Judge::new(&loaded.population, now, Weights::default()).map_err(|why| Error::Inconsistent(why.to_string()))?;
    let planners: Vec<(CampaignId, Planner<'_>)> = campaigns
        .iter()
        .map(|of| {
            let reviewers = Reviewers::new(loaded, settings, of.owner);
            (of.campaign, Planner { source, seq, loaded, judge: &judge, reviewers, scope: &of.scope, conflicts, adviser, now })
        })
        .collect();
    let places: BTreeMap<GrantId, usize> = loaded.grants.iter().enumerate().map(|(at, grant)| (grant.id, at)).collect();
    let mut planned = Vec::new();
    for (grant, order) in grants {
        let Some(at) = places.get(grant) else { continue };
        for (campaign, planner) in order.iter().filter_map(|place| planners.get(*place)) {
            if let Planned::Items(items) = planner.at(*at)? {
                planned.push((*grant, *campaign, items));
                break;
            }
        }
    }
    Ok(planned)
}
