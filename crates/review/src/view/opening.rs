//! The form to open a campaign, and what would come of it.

use super::{
    head::source_read,
    types::{Choice, LeftOut, OpenCampaign, OpenChoices, OpenEntered, OpenPreview},
};
use crate::{
    Actor, Context, FieldError, Result,
    open::{
        self, OpenForm, Plan, ReviewerBy,
        draw::{self, Expected},
    },
};
use domain::{Action, AttemptId, Object, Policy, Sensitivity};
use recommend::Cause;
use std::collections::{BTreeMap, BTreeSet};

/// Reviewers that a preview names.
const BUSIEST: usize = 10;

/// Time zones that the form offers besides the installation's own.
const ZONES: &[&str] = &[
    "UTC",
    "Europe/London",
    "Europe/Zurich",
    "Europe/Berlin",
    "Europe/Paris",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
];

/// `/campaigns/open`: the form with what was typed, what is wrong, and what would come of it.
///
/// With nothing typed, the form shows the defaults.
pub async fn open_form(
    ctx: &Context,
    actor: &Actor,
    attempt: Option<AttemptId>,
    entered: Option<OpenEntered>,
    errors: Vec<FieldError>,
    preview: Option<OpenPreview>,
    (zone, policy): (&str, &Policy),
) -> Result<OpenCampaign> {
    actor.require(Action::Open, Object::Campaign, false)?;
    let mut tx = ctx.store.read().await?;
    let now = ctx.env.now();
    let mut choices = OpenChoices::default();
    let mut departments: BTreeSet<String> = BTreeSet::new();
    let mut applications: BTreeMap<String, i64> = BTreeMap::new();
    let mut sensitivities: BTreeMap<Option<Sensitivity>, i64> = BTreeMap::new();
    for source in tx.sources().await? {
        let Some(seq) = source.last_seq else { continue };
        choices.sources.push(source_read(&mut tx, &source, now).await?);
        departments.extend(tx.departments_at(source.id, seq).await?);
        for (application, sensitivity, grants) in tx.grants_by_application(source.id, seq).await? {
            if let Some(application) = application {
                *applications.entry(application).or_default() += grants;
            }
            *sensitivities.entry(sensitivity).or_default() += grants;
        }
    }
    choices.sensitivities = [None]
        .into_iter()
        .chain(Sensitivity::ALL.iter().copied().map(Some))
        .rev()
        .map(|level| Choice {
            value: level.map_or("unknown", Sensitivity::as_str).to_owned(),
            label: level.map_or("unknown", Sensitivity::as_str).to_owned(),
            count: Some(sensitivities.get(&level).copied().unwrap_or(0)),
        })
        .collect();
    choices.departments = departments.into_iter().map(|d| Choice { value: d.clone(), label: d, count: None }).collect();
    choices.applications = applications.into_iter().map(|(a, grants)| Choice { value: a.clone(), label: a, count: Some(grants) }).collect();
    choices.causes =
        Cause::ALL.iter().map(|c| Choice { value: c.as_str().to_owned(), label: c.sentence().to_owned(), count: None }).collect();
    choices.zones = zones(zone);
    let entered = entered.unwrap_or_else(|| OpenEntered {
        sources: choices.sources.iter().map(|source| source.id.to_string()).collect(),
        ..open::defaults(now, zone, policy)
    });
    Ok(OpenCampaign { attempt: attempt.unwrap_or_else(|| ctx.env.id()), entered, choices, errors, preview })
}

/// Time zones that a form offers, the installation's own first.
pub(super) fn zones(own: &str) -> Vec<String> {
    std::iter::once(own).chain(ZONES.iter().copied().filter(|zone| *zone != own)).map(str::to_owned).collect()
}

/// What opening would make, as a page shows it.
pub fn open_preview(plan: &Plan, form: &OpenForm) -> OpenPreview {
    let mut by_reviewer: BTreeMap<_, i64> = BTreeMap::new();
    let mut routes: BTreeMap<ReviewerBy, i64> = BTreeMap::new();
    let mut sensitivities: BTreeMap<Option<Sensitivity>, i64> = BTreeMap::new();
    let mut people = BTreeSet::new();
    for item in &plan.items {
        *by_reviewer.entry(item.reviewer).or_default() += 1;
        *routes.entry(item.by).or_default() += 1;
        *sensitivities.entry(item.sensitivity).or_default() += 1;
        people.insert(item.account);
    }
    let mut busiest: Vec<Choice> = by_reviewer
        .iter()
        .map(|(identity, items)| Choice {
            value: identity.to_string(),
            label: plan.reviewers.get(identity).cloned().unwrap_or_else(|| "you, as the campaign's owner".to_owned()),
            count: Some(*items),
        })
        .collect();
    busiest.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)));
    let mut warnings = Vec::new();
    if let Some(most) = busiest.first().filter(|most| most.count > Some(300)) {
        warnings.push(format!(
            "{} would be asked {} times. Nobody looks closely at so many; a narrower scope asks better.",
            most.label,
            most.count.unwrap_or(0)
        ));
    }
    for source in &plan.old_sources {
        warnings.push(format!(
            "{source} was last read longer ago than it may be. Read it again before opening, so that people decide on what is true."
        ));
    }
    if routes.get(&ReviewerBy::CampaignOwner).is_some_and(|items| *items > 0) {
        warnings.push(
            "Some items would come to you, because nobody nearer can answer. You can hand them over once the campaign is open.".to_owned(),
        );
    }
    warnings.extend(plan.duties.as_ref().into_iter().flat_map(|found| duties(plan, found)));
    busiest.truncate(BUSIEST);
    OpenPreview {
        items: length(plan.items.len()),
        people: length(people.len()),
        reviewers: length(by_reviewer.len()),
        busiest,
        routes: routes
            .into_iter()
            .map(|(by, items)| Choice { value: by.as_str().to_owned(), label: by.label().to_owned(), count: Some(items) })
            .collect(),
        sensitivities: sensitivities
            .into_iter()
            .rev()
            .map(|(level, items)| {
                let word = level.map_or("unknown", Sensitivity::as_str).to_owned();
                Choice { value: word.clone(), label: word, count: Some(items) }
            })
            .collect(),
        risk: plan.risk_range(),
        judged_first: judged_first(draw::expected(plan.items.iter(), form.showing, &form.scope, &form.policy)),
        left_out: plan
            .left_out_counts()
            .into_iter()
            .map(|(reason, grants)| LeftOut { reason: reason.sentence().to_owned(), grants: i64::try_from(grants).unwrap_or(i64::MAX) })
            .collect(),
        warnings,
    }
}

/// How many items would be judged before what is recommended shows, or why none (rule 30).
pub(super) fn judged_first(expected: Expected) -> String {
    match expected {
        Expected::Share { share, from, by_a_rule } => {
            let about = (u128::from(from) * u128::from(share) + 50) / 100;
            let items = if from == 1 { "item" } else { "items" };
            let rest = match by_a_rule {
                0 => String::new(),
                1 => " 1 more is not drawn from, because a named rule decides there.".to_owned(),
                more => format!(" {more} more are not drawn from, because a named rule decides there."),
            };
            format!(
                "About {about} of {from} {items} are drawn by chance, {share} in 100, to be judged first: what is recommended for them shows after the answer.{rest}"
            )
        }
        Expected::AllHidden => "Nothing is drawn to be judged first, because all recommendations are hidden.".to_owned(),
        Expected::ToldByScope => {
            "Nothing is drawn to be judged first: this scope is a choice by what is recommended, and tells it.".to_owned()
        }
        Expected::ByPolicy => "Nothing is drawn to be judged first: the installation's policy sets blind_share to 0.".to_owned(),
    }
}

/// What the rules of duties found, as sentences.
fn duties(plan: &Plan, found: &crate::sod::Found) -> Vec<String> {
    let asked: BTreeSet<_> = plan.items.iter().map(|item| item.grant).collect();
    let touching = found.conflicts.iter().filter(|conflict| conflict.grants.iter().any(|one| asked.contains(&one.grant))).count();
    let mut lines = Vec::new();
    match touching {
        0 => {}
        1 => lines.push("1 person holds both sides of duties that must be apart. Approving both will need an accepted control.".to_owned()),
        more => lines.push(format!(
            "There are {more} conflicts of duties that must be apart. Approving both sides of one will need an accepted control."
        )),
    }
    if found.not_evaluated > 0 {
        lines.push(format!(
            "{} of {} grants were not evaluated for duties that must be apart, because nobody has said what they give.",
            found.not_evaluated,
            found.evaluated + found.not_evaluated
        ));
    }
    lines
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
