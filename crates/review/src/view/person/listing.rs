//! Everything that is shown of what a person holds, by application, and how it adds up.

use super::{Holding, Reach, Shown};
use crate::view::types::{ItemLine, KeepGiveUp, ListedVerdict, OfApplication, Overlapping, PersonAccess, Stance};
use domain::{Answer, GrantId, ItemId, ReviewState, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// Every access that is shown, by application and source, in the order of names.
pub(super) fn applications(
    reach: &Reach<'_>,
    shown: &BTreeMap<GrantId, Shown>,
    held: &[Holding],
    overlaps: &[Overlapping],
) -> Vec<OfApplication> {
    let overlapping = overlaps.iter().flat_map(|set| &set.ways).flat_map(|way| &way.accesses);
    let said: BTreeMap<ItemId, Stance> = overlapping.filter_map(|access| Some((access.item.as_ref()?.id, access.overlap?))).collect();
    let mut by: BTreeMap<(Option<String>, String), Vec<PersonAccess>> = BTreeMap::new();
    let visible = |one: &&Holding| reach.whole || shown.contains_key(&one.grant.id);
    for one in held.iter().filter(visible) {
        let mut access = access(reach, one, shown.get(&one.grant.id));
        access.overlap = access.item.as_ref().and_then(|item| said.get(&item.id).copied());
        by.entry((one.entitlement.application.clone(), one.source_name.clone())).or_default().push(access);
    }
    let still: BTreeSet<GrantId> = held.iter().map(|one| one.grant.id).collect();
    for (grant, one) in shown.iter().filter(|(grant, _)| !still.contains(grant)) {
        // Asked about, and gone since: it is told as it was called then.
        let history = reach.whole.then_some(*grant);
        let access = PersonAccess { name: one.line.access.clone(), path: None, item: Some(one.line.clone()), history, overlap: None };
        by.entry((one.application.clone(), one.source_name.clone())).or_default().push(access);
    }
    let of = |((application, source), mut accesses): ((Option<String>, String), Vec<PersonAccess>)| {
        accesses.sort_by(|a, b| (&a.name, &a.path, item_of(a)).cmp(&(&b.name, &b.path, item_of(b))));
        OfApplication { application, source, advice: tally(&accesses), accesses }
    };
    by.into_iter().map(of).collect()
}

fn item_of(access: &PersonAccess) -> Option<ItemId> {
    access.item.as_ref().map(|item| item.id)
}

/// An access that is held now, with its item where one is shown.
pub(super) fn access(reach: &Reach<'_>, one: &Holding, shown: Option<&Shown>) -> PersonAccess {
    PersonAccess {
        name: one.entitlement.display_name().to_owned(),
        path: Some(one.path.clone()),
        item: shown.map(|shown| shown.line.clone()),
        history: reach.whole.then_some(one.grant.id),
        overlap: None,
    }
}

/// How many to keep, to give up and to judge; `None` where a recommendation is hidden, or nothing is asked about.
///
/// An answer counts before what the overlap says, and that before the recommendation for the access alone: so the figures
/// agree with what stands beside each.
fn tally(accesses: &[PersonAccess]) -> Option<KeepGiveUp> {
    let mut sum = KeepGiveUp::default();
    let asked = accesses.iter().filter_map(|access| Some((access, access.item.as_ref()?)));
    for (access, item) in asked.filter(|(_, item)| item.state != ReviewState::NoLongerHeld) {
        if item.recommended.is_hidden() {
            return None;
        }
        match said(access, item) {
            Stance::Keep => sum.keep += 1,
            Stance::GiveUp => sum.give_up += 1,
            Stance::Judge => sum.judge += 1,
        }
    }
    (sum != KeepGiveUp::default()).then_some(sum)
}

fn said(access: &PersonAccess, item: &ItemLine) -> Stance {
    match (answered(item), access.overlap, item.recommended) {
        (Some(Answer::Approve), ..) => Stance::Keep,
        (Some(Answer::Revoke), ..) => Stance::GiveUp,
        (_, Some(stance), _) => stance,
        (_, None, ListedVerdict::Shown { verdict: Verdict::Approve, .. }) => Stance::Keep,
        (_, None, ListedVerdict::Shown { verdict: Verdict::Revoke, .. }) => Stance::GiveUp,
        (_, None, _) => Stance::Judge,
    }
}

/// The answer that stands; none while the item is open, also where somebody passed it on.
pub(super) fn answered(item: &ItemLine) -> Option<Answer> {
    item.answer.filter(|answer| !item.state.is_open() && *answer != Answer::Escalate)
}
