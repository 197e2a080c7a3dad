//! What was decided here before, as the engine takes it.
//!
//! An answer was about one grant. It says something of that grant while it is held, and of the one that came in its place once
//! it is gone; of another way in which the same access is held it says nothing, because that was asked about by itself.

use domain::{AccountId, EntitlementId, GrantId, Timestamp};
use recommend::{About, PastDecision};
use std::collections::{BTreeMap, BTreeSet};
use store::{access::Grant, decisions::Earlier};

/// These answers as facts about the grants that a snapshot shows. `taken` is when readings were taken, by their numbers.
pub(super) fn here(answers: &[Earlier], grants: &[Grant], taken: &BTreeMap<i64, Timestamp>) -> Vec<PastDecision> {
    if answers.is_empty() {
        return Vec::new();
    }
    let asked: BTreeSet<(AccountId, EntitlementId)> = answers.iter().map(|answer| (answer.account, answer.entitlement)).collect();
    let mut held: BTreeMap<(AccountId, EntitlementId), Vec<&Grant>> = BTreeMap::new();
    for grant in grants.iter().filter(|grant| asked.contains(&(grant.account, grant.entitlement))) {
        held.entry((grant.account, grant.entitlement)).or_default().push(grant);
    }
    let mut told = Vec::new();
    for answer in answers {
        let of = held.get(&(answer.account, answer.entitlement)).map(Vec::as_slice).unwrap_or_default();
        let tell = |about| PastDecision {
            person: answer.account,
            entitlement: answer.entitlement,
            answer: answer.answer,
            decided_on: answer.decided_at,
            how: answer.origin.into(),
            about,
        };
        if of.iter().any(|grant| grant.id == answer.grant) {
            told.push(tell(About::Grant(answer.grant)));
        } else {
            told.extend(of.iter().filter_map(|grant| in_its_place(answer, grant, taken)).map(tell));
        }
    }
    told
}

/// What an answer about a grant that is gone was about, seen from one that is held; `None` where it says nothing of it.
fn in_its_place(answer: &Earlier, grant: &Grant, taken: &BTreeMap<i64, Timestamp>) -> Option<About> {
    let shown_since = taken.get(&grant.valid_from).is_some_and(|shown| *shown > answer.decided_at);
    let same_way = answer.path == grant.path;
    let dated_since = grant.granted_on.map(|granted| granted > answer.decided_at);
    // A reading between showed neither. Where the one that no longer showed the first showed the second, and undated, the same
    // grant is only told otherwise.
    let was_away = same_way && answer.gone.is_some_and(|gone| gone < grant.valid_from);
    let came_since = shown_since && (was_away || dated_since.unwrap_or(!same_way));
    let id: GrantId = grant.id;
    if came_since { Some(About::Before(id)) } else { same_way.then_some(About::Grant(id)) }
}
