//! Following a platform's campaign here (rule 13).

use super::{
    list::{about, title},
    plan::{AskedGroup, NativePlan, plan},
    platform::{Platform, runs_campaigns, said},
    platform_name, state_word,
};
use crate::{
    Actor, Context, Error, FieldError, Result, attempt,
    explain::KeptWeights,
    jobs::{self, JobKind},
    learning,
    open::{
        Scope,
        draw::{self, Draw, Expected, drawn, stated},
        item_of, left_out_sha256, neutral, to_json,
    },
    population,
};
use connect::native::{NativeCampaign, NativeId, NativeState, OnRevoke, OnSilence, TakesEffect};
use domain::{
    Action, AttemptId, CampaignId, CampaignState, DefaultAction, Object, Policy, Showing, SourceId, SourceKind,
    time::{DAY, MINUTE},
};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{
    campaigns::{Campaign, CampaignSource},
    native::{NativeCampaignRow, Unmatched},
};

/// The kind under which the attempt is kept.
const ATTEMPT: &str = "open_native";

/// When answers are due where the platform does not say when it ends, in microseconds from now.
const USUAL: i64 = 21 * DAY;

/// A platform's campaign to be followed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeOpenForm {
    /// The source whose platform runs it.
    pub source: SourceId,
    /// Which one.
    pub id: NativeId,
    /// The IANA time zone in which its deadlines are said here (rule 50).
    pub time_zone: String,
    /// True where the service app is to answer, instead of each reviewer's own sign-in (rule 11).
    pub by_service: bool,
    /// True where the box was ticked. Needed where [`NativePlan::acknowledgements`] says something (rule 13).
    pub acknowledge: bool,
    /// Whether what is recommended is shown to its reviewers.
    pub showing: Showing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Opened {
    campaign: CampaignId,
}

/// What a platform does by itself and an owner must have read before opening (rule 13).
fn acknowledgements(platform: &str, campaign: &NativeCampaign) -> Vec<String> {
    let mut said = Vec::new();
    match &campaign.on_silence {
            OnSilence::Nothing | OnSilence::Removes => {}
            OnSilence::Approves => said.push(format!(
                "{platform} approves what nobody has decided by its end. That is {platform}'s act and is recorded as such here; nobody's silence is an approval."
            )),
            OnSilence::FollowsRecommendation => said.push(format!(
                "At its end {platform} follows its own recommendation for what nobody has decided: it may approve, and it may remove. That is recorded as {platform}'s act."
            )),
            OnSilence::Unknown(word) => said.push(format!(
                "What {platform} does with what nobody has decided is not known here (\u{201c}{word}\u{201d}). It may approve."
            )),
        }
    if campaign.on_revoke == OnRevoke::RemovesMore {
        said.push(format!("A Revoke disables and deletes the account in {platform}, which ends more than the access in question."));
    }
    said
}

/// What a platform does with an answer that is sent (rule 2).
pub(crate) fn when_final(platform: &str, campaign: &NativeCampaign) -> String {
    match campaign.takes_effect {
        TakesEffect::WhenSent => format!(
            "An answer is final in {platform} once it is sent, which happens when its time for taking back here is over. It cannot be changed afterwards."
        ),
        TakesEffect::AtEnd => {
            format!("{platform} records an answer when it is sent, and carries all of them out by itself at the end of the review.")
        }
        TakesEffect::WhenApplied => format!(
            "{platform} records an answer when it is sent. Nothing is removed until an administrator applies the results there after the end."
        ),
    }
}

/// What a Revoke does there (rule 20).
pub(crate) fn on_revoke(platform: &str, campaign: &NativeCampaign) -> String {
    match &campaign.on_revoke {
        OnRevoke::Removes => format!("A Revoke takes the access away in {platform}; the next reading shows whether it is gone."),
        OnRevoke::Nothing => {
            format!("A Revoke removes nothing in {platform}: its campaign is set so. Each revoked access has to be removed by hand.")
        }
        OnRevoke::RemovesMore => format!("A Revoke disables and deletes the account in {platform}."),
        OnRevoke::Unknown(word) => format!("What a Revoke does in {platform} is not known here (\u{201c}{word}\u{201d})."),
    }
}

/// What the platform does at its end with what nobody has decided (rules 5 and 13).
pub(crate) fn on_silence(platform: &str, campaign: &NativeCampaign) -> String {
    match &campaign.on_silence {
        OnSilence::Nothing => format!("{platform} leaves what nobody has decided by its end; it is listed here as an exception."),
        OnSilence::Removes => format!("{platform} takes away what nobody has decided by its end; that is recorded as its act."),
        OnSilence::Approves => {
            format!("{platform} approves what nobody has decided by its end; that is recorded as its act, never as an answer.")
        }
        OnSilence::FollowsRecommendation => {
            format!(
                "{platform} follows its own recommendation where nobody has decided by its end, and may approve or remove; that is recorded as its act."
            )
        }
        OnSilence::Unknown(word) => {
            format!("What {platform} does where nobody has decided by its end is not known here (\u{201c}{word}\u{201d}).")
        }
    }
}

impl NativePlan {
    /// What the platform does by itself and the owner must have read: it would approve what nobody decided, or take away more
    /// than was decided (rule 13). Not empty: the box must be ticked.
    pub fn acknowledgements(&self) -> Vec<String> {
        acknowledgements(platform_name(self.kind), &self.campaign)
    }

    /// How many items would be judged before what is recommended shows (rule 30).
    pub(crate) fn judged_first(&self, showing: Showing, base: &Policy) -> Expected {
        draw::expected(self.items.iter().map(|one| &one.item), showing, &Scope::Platform, &policy(base))
    }
}

/// What is to be known of a platform's campaign before opening it, and while it runs, as sentences: when an answer is final,
/// what a Revoke does, and what the platform does where nobody answers (rules 2 and 13).
pub fn what_happens(kind: SourceKind, campaign: &NativeCampaign) -> Vec<String> {
    let platform = platform_name(kind);
    vec![when_final(platform, campaign), on_revoke(platform, campaign), on_silence(platform, campaign)]
}

/// What following a platform's campaign would ask. Nothing is stored and nobody is asked.
///
/// # Errors
/// [`Error::NotFound`] where there is no such source or campaign; [`Error::Source`] where the platform cannot be asked;
/// [`Error::Refused`] where it cannot be followed.
pub async fn preview(ctx: &Context, actor: &Actor, source: SourceId, id: &NativeId) -> Result<NativePlan> {
    actor.require(Action::Open, Object::Campaign, false)?;
    let mut tx = ctx.store.read().await?;
    let row = tx.source(source).await?.filter(|row| runs_campaigns(row.kind)).ok_or(Error::NotFound)?;
    let seq = row.last_seq.ok_or_else(|| {
        Error::Refused(format!("{} has never been read, so nothing can be matched. Read it first, then open the campaign.", row.name))
    })?;
    tx.rollback().await?;
    let platform = Platform::open(ctx, &row).await?;
    let campaign = platform.campaign(id).await.map_err(|why| said(&why))?;
    let name = platform_name(row.kind);
    if campaign.state != NativeState::Open {
        return Err(Error::Refused(format!("{name} takes no answers to \u{201c}{}\u{201d} now. Nothing was opened.", campaign.name)));
    }
    if campaign.levels > 1 {
        return Err(Error::Refused(format!(
            "\u{201c}{}\u{201d} has {} levels of reviewers, which cannot be followed here yet. It is answered in {name}. Nothing was opened.",
            campaign.name, campaign.levels
        )));
    }
    let campaign = platform.with_people(campaign).await.map_err(|why| said(&why))?;
    let items = platform.items(&campaign).await.map_err(|why| said(&why))?;
    let answered = items.iter().filter(|item| !item.is_open()).count() as u64;
    let now = ctx.env.now();
    let mut tx = ctx.store.read().await?;
    let loaded = population::load(&mut tx, source, seq, now).await?;
    let adviser = learning::in_force(ctx, &mut tx).await?;
    tx.rollback().await?;
    let about = campaign.resource.as_ref().and_then(|resource| about(resource, loaded.entitlements.values()));
    let groups = AskedGroup::of(&campaign, &loaded);
    let old = row.last_read_at.is_none_or(|at| now.since(at) > row.max_age);
    // A large population takes seconds to judge; the threads that answer people stay free.
    let made = tokio::task::spawn_blocking(move || {
        let (items, unmatched) = plan((source, seq), &loaded, &items, adviser.as_deref(), now)?;
        let mut reviewers: BTreeMap<_, (String, u64)> = BTreeMap::new();
        let names: BTreeMap<_, _> = loaded.accounts.values().map(|account| (account.identity, account.display_name().to_owned())).collect();
        for one in &items {
            let fresh = || (names.get(&one.item.reviewer).cloned().unwrap_or_default(), 0);
            reviewers.entry(one.item.reviewer).or_insert_with(fresh).1 += 1;
        }
        Ok::<_, Error>((items, unmatched, reviewers))
    });
    let (items, unmatched, reviewers) =
        made.await.map_err(|why| Error::Inconsistent(format!("judging ended before it was complete: {why}")))??;
    Ok(NativePlan {
        campaign,
        about,
        source,
        source_name: row.name,
        kind: row.kind,
        seq,
        old,
        items,
        unmatched,
        answered,
        groups,
        reviewers,
    })
}

/// The policy of a campaign that a platform runs: its default is the platform's own, and ours does nothing (rule 5).
fn policy(base: &Policy) -> Policy {
    Policy { default_action: DefaultAction::LeaveAsException, ..base.clone() }
}

fn check(form: &NativeOpenForm, plan: &NativePlan, now: domain::Timestamp) -> Result<()> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: String| errors.push(FieldError { field: field.to_owned(), message });
    if now.in_zone(&form.time_zone).is_err() {
        wrong("zone", format!("\"{}\" is not a time zone; an example is Europe/Zurich.", form.time_zone));
    }
    if form.by_service && !plan.campaign.service_may_answer {
        wrong("by_service", format!("{} takes answers to this campaign with each reviewer's own sign-in only.", platform_name(plan.kind)));
    }
    if !plan.acknowledgements().is_empty() && !form.acknowledge {
        wrong("acknowledge", "Tick the box once you have read what the platform does by itself. Nothing was opened.".to_owned());
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// Follows a platform's campaign: from this moment its reviewers are asked here.
///
/// # Errors
/// As [`preview`]; [`Error::Invalid`] names the field that cannot be taken; [`Error::Refused`] where it is followed already, or
/// nothing of it can be matched.
pub async fn open(ctx: &Context, actor: &Actor, attempt: AttemptId, form: &NativeOpenForm, base: &Policy) -> Result<CampaignId> {
    actor.require(Action::Open, Object::Campaign, false)?;
    let mut tx = ctx.store.read().await?;
    if let Some(before) = attempt::earlier::<Opened>(&mut tx, actor, attempt, ATTEMPT, actor.user.0).await? {
        return Ok(before.campaign);
    }
    drop(tx);
    let mut plan = preview(ctx, actor, form.source, &form.id).await?;
    if form.showing.is_hidden() {
        plan.items.sort_by_key(|one| neutral(&one.item));
    }
    let now = ctx.env.now();
    check(form, &plan, now)?;
    if plan.items.is_empty() {
        return Err(Error::Refused(
            "None of the platform's questions can be matched to access that was read and to somebody who may answer. Read the source again and look again."
                .to_owned(),
        ));
    }
    let id: CampaignId = ctx.env.id();
    let policy = policy(base);
    let draw = Draw::new(ctx, form.showing, &Scope::Platform, &policy);
    let native = &plan.campaign;
    let settings = to_json(native)?;
    let campaign = Campaign {
        id,
        name: title(&native.name, plan.about.as_deref()),
        kind: super::campaign_kind(plan.kind),
        state: CampaignState::Open,
        owner: actor.user,
        scope: to_json(&Scope::Platform)?,
        policy: to_json(&policy)?,
        time_zone: form.time_zone.clone(),
        due_at: native.ends.unwrap_or_else(|| now.plus(USUAL)),
        created_at: now,
        opened_at: Some(now),
        closing_at: None,
        closed_at: None,
        items: i64::try_from(plan.items.len()).unwrap_or(i64::MAX),
        left_out: "{}".to_owned(),
        showing: form.showing,
        draw_seed: draw.map(|draw| draw.seed),
        version: 1,
    };
    let native_sha256 = sha256_of(&[&native.id.campaign, &native.id.run]);
    let mut events = vec![
        ctx.event(EventKind::CampaignOpened, Some(actor))
            .campaign(id)
            .int("items", campaign.items)
            .int("left_out", 0)
            .code("left_out_sha256", left_out_sha256(std::iter::empty()))
            .code("default", policy.default_action)
            .code("recommendations", form.showing)
            .code("scope_sha256", ledger::sha256_hex(campaign.scope.as_bytes()))
            .code("policy_sha256", ledger::sha256_hex(campaign.policy.as_bytes()))
            .code("platform", plan.kind)
            .code("native_sha256", native_sha256)
            .code("settings_sha256", ledger::sha256_hex(settings.as_bytes()))
            .code("platform_default", silence_word(&native.on_silence))
            .code("sent_by", if form.by_service { "service" } else { "reviewer" })
            .int("acknowledged", i64::from(form.acknowledge && !plan.acknowledgements().is_empty()))
            .int("unmatched", i64::try_from(plan.unmatched.len()).unwrap_or(i64::MAX))
            .code("unmatched_sha256", unmatched_sha256(&plan.unmatched)),
    ];
    events = events.into_iter().map(|opened| stated(opened, draw.as_ref())).collect();
    let weights = KeptWeights::present()?;
    let items_asked = plan.items.len();
    let (mut items, mut natives) = (Vec::with_capacity(items_asked), Vec::with_capacity(items_asked));
    let lots = drawn(ctx, draw.as_ref(), std::mem::take(&mut plan.items), |planned| &planned.item);
    for (number, (lot, planned)) in (1..).zip(&lots) {
        let (item, [created, recommended]) = item_of(ctx, id, (number, *lot), &planned.item, &weights, None)?;
        events.push(
            created
                .code("native_sha256", sha256_of(&[&planned.native_id]))
                .int("covers", i64::try_from(planned.grants.len()).unwrap_or(i64::MAX)),
        );
        events.push(recommended);
        natives.push((item.id, planned.native_id.clone(), planned.grants.clone()));
        items.push(item);
    }
    let row = NativeCampaignRow {
        campaign: id,
        source: plan.source,
        native_campaign: native.id.campaign.clone(),
        native_run: native.id.run.clone(),
        settings,
        by_service: form.by_service,
        state: state_word(&native.state).to_owned(),
        ends_at: native.ends,
        read_at: now,
    };
    let mut tx = ctx.store.begin().await?;
    if let Some(before) = attempt::earlier::<Opened>(&mut tx, actor, attempt, ATTEMPT, actor.user.0).await? {
        return Ok(before.campaign);
    }
    tx.insert_campaign(&campaign, &[CampaignSource { source: plan.source, seq: plan.seq }]).await?;
    match tx.insert_native_campaign(&row).await {
        Err(store::Error::Duplicate { .. }) => {
            return Err(Error::Refused(format!(
                "\u{201c}{}\u{201d} is followed here already. Nothing was opened; its campaign is in the list.",
                native.name
            )));
        }
        other => other?,
    }
    weights.keep(&mut tx, now).await?;
    tx.insert_items(id, &items, now).await?;
    tx.insert_native_items(id, &natives).await?;
    tx.insert_native_unmatched(id, &plan.unmatched).await?;
    ctx.record_many(&mut tx, events).await?;
    if plan.answered > 0 {
        // What was answered there before stands, and is read back at once.
        jobs::enqueue(ctx, &mut tx, JobKind::ReadBack(id), now).await?;
    }
    attempt::keep(ctx, &mut tx, actor, attempt, ATTEMPT, actor.user.0, &Opened { campaign: id }).await?;
    tx.commit().await?;
    Ok(id)
}

/// SHA-256 over the platform's ids, each followed by a line feed: what an entry says of them, because they are no codes.
fn sha256_of(ids: &[&str]) -> String {
    let lines: String = ids.iter().flat_map(|id| [*id, "\n"]).collect();
    ledger::sha256_hex(lines.as_bytes())
}

/// SHA-256 over a line for each question that became no item: the platform's id, a space, the reason, a line feed.
fn unmatched_sha256(rows: &[Unmatched]) -> String {
    let lines: String = rows.iter().flat_map(|row| [row.native_id.as_str(), " ", row.reason.as_str(), "\n"]).collect();
    ledger::sha256_hex(lines.as_bytes())
}

const fn silence_word(default: &OnSilence) -> &'static str {
    match default {
        OnSilence::Nothing => "nothing",
        OnSilence::Approves => "approves",
        OnSilence::Removes => "removes",
        OnSilence::FollowsRecommendation => "follows_recommendation",
        OnSilence::Unknown(_) => "unknown",
    }
}

/// The least time before the platform's end at which an answer becomes final here (rule 2).
pub(super) const BEFORE_END: i64 = 10 * MINUTE;
