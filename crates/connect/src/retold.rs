//! Access that a reading shows, and tells otherwise than it was known.
//!
//! A group that turns out to carry something is asked by that from then on, and no longer by itself. A membership that
//! somebody made is told as a rule's once the rules are read, or the other way round. Since when it is held falls out of a
//! log. None of that ends the access: a question about it that is open stays open, and a removal is not proven by it.

use crate::{
    entra,
    keep::{GrantPlace, place},
    okta,
    reading::Reading,
    records::{GrantRecord, UsageRecord},
};
use domain::{GrantPath, SourceKind, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What waits for the end of a grant that was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiting {
    /// A question about it that nobody has answered for good.
    Question,
    /// A removal that nothing has proven.
    Removal,
}

/// A grant of the reading before, and what waits for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The grant.
    pub grant: GrantRecord,
    /// What waits for its end, if anything does.
    pub waiting: Option<Waiting>,
}

impl Reading {
    /// Tells access by the name and date that it was known by, where this reading shows it and something waits for its end.
    ///
    /// `sealed_at` is when the reading before was sealed: only what began later is another instance of the same access. What
    /// a source no longer says of since when access is held stays known in any case. Files say what they mean: where they
    /// name another date or path, it is another grant.
    ///
    /// Comes after [`keep_known`](Self::keep_known), which sees to what could not be read.
    pub fn keep_waiting(&mut self, kind: SourceKind, earlier: Vec<Earlier>, sealed_at: Timestamp) {
        let mut held: BTreeMap<GrantPlace, GrantRecord> = std::mem::take(&mut self.grants).into_iter().map(|g| (place(&g), g)).collect();
        let mut paths: BTreeMap<Pair<'_>, BTreeSet<&GrantPath>> = BTreeMap::new();
        for known in &earlier {
            paths.entry(pair(&known.grant)).or_default().insert(&known.grant.path);
        }
        let mut unasked: BTreeMap<Pair<'_>, BTreeSet<&GrantPath>> = BTreeMap::new();
        for membership in &self.unasked {
            unasked.entry(pair(membership)).or_default().insert(&membership.path);
        }
        // Paths of the same access that nothing showed before: another way that was known beside it says nothing of this one.
        let new_paths = |held: &BTreeMap<GrantPlace, GrantRecord>, of: &GrantRecord| -> Vec<GrantPath> {
            let from = (of.person_id.clone(), of.entitlement_id.clone(), GrantPath::Direct);
            let same = held.range(from..).map(|(_, other)| other).take_while(|other| pair(other) == pair(of));
            let known = paths.get(&pair(of));
            same.map(|other| &other.path).filter(|path| known.is_none_or(|known| !known.contains(path))).cloned().collect()
        };
        let mut stays = Vec::new();
        for Earlier { grant, waiting } in &earlier {
            if let Some(now) = held.get_mut(&place(grant)) {
                if is_known_better(grant, now) || (waiting.is_some() && is_same_instance(kind, grant, now, sealed_at)) {
                    // Who granted it may be put right later; since when tells instances apart.
                    (now.granted_on, now.held_by) = (grant.granted_on, grant.held_by);
                }
                continue;
            }
            let Some(waiting) = waiting else { continue };
            if self.person(&grant.person_id).is_none() || self.entitlement(&grant.entitlement_id).is_none() {
                continue;
            }
            let beside = unasked.get(&pair(grant));
            let is_shown = match waiting {
                Waiting::Question => beside.is_some_and(|paths| paths.contains(&grant.path)),
                Waiting::Removal => {
                    let is_retold = |path: &GrantPath| kind != SourceKind::Files && is_retold(grant, path);
                    beside.into_iter().flatten().any(|path| **path == grant.path || is_retold(path))
                        || new_paths(&held, grant).iter().any(is_retold)
                }
            };
            if is_shown {
                stays.push(grant.clone());
            }
        }
        for grant in stays {
            let by = |used: &UsageRecord| (used.person_id.clone(), used.entitlement_id.clone());
            let seen =
                self.unasked_usage.iter().find(|used| used.person_id == grant.person_id && used.entitlement_id == grant.entitlement_id);
            if let Some(seen) = seen.cloned()
                && let Err(at) = self.usage.binary_search_by_key(&by(&seen), by)
            {
                self.usage.insert(at, seen);
            }
            held.insert(place(&grant), grant);
        }
        self.grants = held.into_values().collect();
    }
}

/// Whose access, and to what.
type Pair<'a> = (&'a str, &'a str);

fn pair(grant: &GrantRecord) -> Pair<'_> {
    (&grant.person_id, &grant.entitlement_id)
}

/// Whether only the earlier reading knew since when it is held.
const fn is_known_better(known: &GrantRecord, now: &GrantRecord) -> bool {
    known.granted_on.is_some() && now.granted_on.is_none()
}

/// Whether what is held now is what was held then, whatever each says of since when.
fn is_same_instance(kind: SourceKind, known: &GrantRecord, now: &GrantRecord, sealed_at: Timestamp) -> bool {
    match (known.granted_on, now.granted_on) {
        (Some(then), Some(since)) if kind == SourceKind::Files => then == since,
        (Some(then), Some(since)) => since <= then.max(sealed_at),
        (None, Some(since)) => since <= sealed_at,
        (_, None) => true,
    }
}

/// Whether a known grant may be told by this path as well: a rule makes a membership, or somebody did; something comes through
/// a group, by a rule that fills it, by a shorter way from the same group, or through a group that could not be told.
fn is_retold(known: &GrantRecord, path: &GrantPath) -> bool {
    let is_membership = known.entitlement_id.starts_with(okta::MEMBERSHIP) || known.entitlement_id.starts_with(entra::MEMBERSHIP);
    match (known.path.steps().first(), path.steps().first()) {
        (Some(one), Some(other)) if one.starts_with(entra::MEMBERSHIP) => one == other,
        // Okta's rules do not say which of their groups gives it.
        (Some(one), Some(other)) => {
            matches!(known.path, GrantPath::Rule(_)) || matches!(path, GrantPath::Rule(_)) || [one, other].contains(&&okta::UNTOLD)
        }
        (None, Some(_)) => is_membership && matches!(path, GrantPath::Rule(_)),
        (Some(_), None) => is_membership && matches!(known.path, GrantPath::Rule(_)),
        (None, None) => false,
    }
}
