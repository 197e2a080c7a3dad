//! Which accesses of a person open the same, and which of them to keep.
//!
//! What is kept or given up is a *way*: all that one removal would end. On a platform a group is an entitlement of its own,
//! and leaving it ends what it gives; in files a path names the group. A way opens every access that it gives: that is what
//! readings show, and nothing is held to be the same because of its name. That two accesses belong to one application does
//! not make one stand in for the other, because no source says what each allows there.
//!
//! On Okta an application can make something different of each group that is assigned to it, and of an assignment by hand, and
//! does not tell. So one that is recommended to stay, or cannot be shown to be idle, is not given up for another one, and one
//! that its owner rates otherwise, or that is mapped to a duty of its own, opens something of its own. Elsewhere a way is only
//! a way: use is seen of the access and goes on by the ways that stay.

use super::{Holding, Reach, Shown, listing};
use crate::{
    Result, sod,
    view::{
        names::path_words,
        types::{KeepGiveUp, ListedVerdict, Overlapping, Stance, UsageView, Way, WayAdvice, WayWhy},
    },
};
use domain::{AccountId, Answer, EntitlementId, GrantId, GrantPath, Sensitivity, SourceKind, Timestamp, Verdict};
use recommend::{
    FactId,
    overlap::{Access, GiveUp, Stands, overlap, together},
    sod::Worth,
};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// What one removal ends: a membership with what it gives, or what comes through a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Root {
    /// The assignment of the entitlement that its source calls so.
    Assigned(String),
    /// Whatever comes by this path.
    Path(String),
}

impl Root {
    fn of(one: &Holding) -> Self {
        let files = one.kind == SourceKind::Files;
        match &one.grant.path {
            GrantPath::Direct => Self::Assigned(one.entitlement.external_id.clone()),
            GrantPath::Group(group) if !files => Self::Assigned(group.clone()),
            GrantPath::Nested(groups) if !files => {
                groups.first().map_or_else(|| Self::Path(one.grant.path.to_string()), |inner| Self::Assigned(inner.clone()))
            }
            path => Self::Path(path.to_string()),
        }
    }
}

/// A thing that a way opens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    /// An access, by account: what one account opens, another of the same person need not.
    Access(AccountId, EntitlementId),
    /// A membership through which an access comes is rated so.
    Rated(AccountId, EntitlementId, Sensitivity),
    /// A membership through which an access comes gives this duty.
    Duty(AccountId, EntitlementId, String),
}

/// A way, with what is known of it.
struct Candidate<'a> {
    /// What it gives: the membership itself where that leads to others, and the others.
    parts: Vec<&'a Holding>,
    /// The membership that leads to the others.
    membership: Option<&'a Holding>,
    /// The membership or assignment that may mean more than what it is seen to give.
    own: Option<&'a Holding>,
    opens: BTreeSet<Thing>,
    /// The items among its parts that the reader sees.
    items: Vec<&'a Shown>,
    worth: Worth,
}

/// The sets of ways that open the same, as far as the reader sees them.
pub(super) async fn overlaps(
    tx: &mut Tx,
    reach: &Reach<'_>,
    shown: &BTreeMap<GrantId, Shown>,
    held: &[Holding],
) -> Result<Vec<Overlapping>> {
    let mut by: BTreeMap<(AccountId, Root), Vec<&Holding>> = BTreeMap::new();
    for one in held {
        by.entry((one.grant.account, Root::of(one))).or_default().push(one);
    }
    let mut candidates: BTreeMap<GrantId, Candidate<'_>> = BTreeMap::new();
    for ((account, root), parts) in by {
        let items: Vec<&Shown> = parts.iter().filter_map(|part| shown.get(&part.grant.id)).collect();
        if items.is_empty() && !reach.whole {
            continue;
        }
        let candidate = candidate(tx, account, &root, parts, items).await?;
        let first = candidate.parts.iter().map(|part| part.grant.id).min();
        if let Some(stands_for) = candidate.membership.map(|one| one.grant.id).or(first) {
            candidates.insert(stands_for, candidate);
        }
    }
    let mut places: BTreeMap<&Thing, u32> = BTreeMap::new();
    for (place, thing) in (0..).zip(candidates.values().flat_map(|one| &one.opens).collect::<BTreeSet<&Thing>>()) {
        places.insert(thing, place);
    }
    let accesses: Vec<Access> = candidates
        .iter()
        .map(|(grant, one)| Access {
            grant: *grant,
            opens: one.opens.iter().filter_map(|thing| places.get(thing).copied()).collect(),
            worth: one.compared(),
            stands: Stands::Open,
        })
        .collect();
    let things: Vec<&Thing> = places.keys().copied().collect();
    let mut found: Vec<Overlapping> =
        together(&accesses).iter().map(|set| Set { reach, candidates: &candidates, things: &things }.said(set)).collect();
    found.sort_by(|a, b| (&a.opens, first_name(a)).cmp(&(&b.opens, first_name(b))));
    Ok(found)
}

fn first_name(set: &Overlapping) -> Option<&str> {
    set.ways.first().map(|way| way.name.as_str())
}

async fn candidate<'a>(
    tx: &mut Tx,
    account: AccountId,
    root: &Root,
    parts: Vec<&'a Holding>,
    items: Vec<&'a Shown>,
) -> Result<Candidate<'a>> {
    let assigned = parts.iter().copied().find(|part| *root == Root::Assigned(part.entitlement.external_id.clone()));
    // Entra lists a membership by itself where it gives something by itself: there it is an access like the others.
    let own = assigned.filter(|one| one.kind == SourceKind::Okta);
    let membership = own.filter(|_| parts.len() > 1);
    let given = || parts.iter().filter(|part| membership.is_none_or(|one| one.grant.id != part.grant.id)).map(|part| part.entitlement.id);
    let mut opens: BTreeSet<Thing> = given().map(|entitlement| Thing::Access(account, entitlement)).collect();
    if let Some(membership) = membership {
        if let Some(rated) = membership.entitlement.sensitivity {
            opens.extend(given().map(|entitlement| Thing::Rated(account, entitlement, rated)));
        }
        for duty in tx.duties_of_entitlement(membership.entitlement.id).await?.unwrap_or_default() {
            opens.extend(given().map(|entitlement| Thing::Duty(account, entitlement, duty.clone())));
        }
    }
    let of_itself = items.iter().find(|shown| own.is_some_and(|one| one.grant.id == shown.item.grant));
    let worth = match of_itself {
        Some(shown) => worth_of(shown),
        None => most_worth(items.iter().map(|shown| worth_of(shown))),
    };
    Ok(Candidate { parts, membership, own, opens, items, worth })
}

fn worth_of(shown: &Shown) -> Worth {
    match &shown.made {
        Some(made) => sod::worth_by(&made.facts, made.as_of),
        None => Worth { unused_days: seen_idle(shown), peers: None },
    }
}

/// For how many days the line's own figures show non-use, where they speak of this very access.
fn seen_idle(shown: &Shown) -> Option<u32> {
    let idle = |last: Timestamp, read_at: Timestamp| u32::try_from(read_at.days_since(last).max(0)).ok();
    match shown.line.usage {
        UsageView::Watched { last_used: Some(last), grain, read_at, .. } if grain.is_of_itself() => idle(last, read_at),
        _ => None,
    }
}

/// What several accesses that end together are worth: the most that one of them is. Where it is not known of one, it is not
/// known, unless another was used lately.
fn most_worth(all: impl Iterator<Item = Worth> + Clone) -> Worth {
    let known = all.clone().filter_map(|one| one.unused_days).min();
    let unknown = all.clone().any(|one| one.unused_days.is_none());
    let share = |one: &(u32, u32)| u64::from(one.0) * 10_000 / u64::from(one.1.max(1));
    Worth {
        unused_days: known.filter(|days| !unknown || *days < recommend::overlap::IN_USE_DAYS),
        peers: all.filter_map(|one| one.peers).max_by_key(share),
    }
}

/// A set of ways that open the same, on its way to the page.
struct Set<'a> {
    reach: &'a Reach<'a>,
    candidates: &'a BTreeMap<GrantId, Candidate<'a>>,
    /// What is opened, by its number.
    things: &'a [&'a Thing],
}

impl Set<'_> {
    fn said(&self, set: &[Access]) -> Overlapping {
        let members: Vec<(&Access, &Candidate<'_>)> =
            set.iter().filter_map(|access| Some((access, self.candidates.get(&access.grant)?))).collect();
        let hidden = members.iter().any(|(_, one)| one.items.iter().any(|shown| shown.line.recommended.is_hidden()));
        let settled: Vec<(Access, Option<WayWhy>)> = members
            .iter()
            .map(|(access, one)| {
                let why = one.settled();
                (Access { stands: why.map_or(Stands::Open, stands), ..(*access).clone() }, why)
            })
            .collect();
        let found = overlap(&settled.iter().map(|(access, _)| access.clone()).collect::<Vec<_>>());
        let given_up: BTreeMap<GrantId, &GiveUp> = found.give_up.iter().map(|one| (one.grant, one)).collect();
        let open: BTreeSet<GrantId> = settled.iter().filter(|(_, why)| why.is_none()).map(|(access, _)| access.grant).collect();
        let spare = found.give_up.iter().filter(|one| open.contains(&one.grant));
        let serving: BTreeSet<GrantId> = spare.flat_map(|one| &one.served_by).copied().collect();
        let mut ways: Vec<Way> = Vec::new();
        for ((access, why), (_, one)) in settled.iter().zip(&members) {
            let given_up = given_up.get(&access.grant).copied();
            let advice = (!hidden).then(|| self.advice(access, *why, one, given_up, serving.contains(&access.grant)));
            ways.push(self.way(one, advice));
        }
        ways.sort_by(|a, b| order(a).cmp(&order(b)));
        let sum = ways.iter().filter_map(|way| way.advice.as_ref()).fold(KeepGiveUp::default(), |mut sum, advice| {
            *match advice.stance {
                Stance::Keep => &mut sum.keep,
                Stance::Judge => &mut sum.judge,
                Stance::GiveUp => &mut sum.give_up,
            } += 1;
            sum
        });
        Overlapping {
            opens: self.shared(set),
            groups: members.iter().all(|(_, one)| one.is_group()),
            advice: (!hidden).then_some(sum),
            ways,
        }
    }

    /// What more than one of them opens, by name.
    fn shared(&self, set: &[Access]) -> Vec<String> {
        let mut openers: BTreeMap<u32, u32> = BTreeMap::new();
        for thing in set.iter().flat_map(|access| &access.opens) {
            *openers.entry(*thing).or_default() += 1;
        }
        self.names(openers.iter().filter(|(_, count)| **count > 1).map(|(thing, _)| *thing))
    }

    /// The accesses among these things, by name, in order; as the page of an item names what a removal would end.
    fn names(&self, things: impl Iterator<Item = u32>) -> Vec<String> {
        let wanted: BTreeSet<EntitlementId> = things
            .filter_map(|place| match self.things.get(usize::try_from(place).ok()?)? {
                Thing::Access(_, entitlement) => Some(*entitlement),
                Thing::Rated(..) | Thing::Duty(..) => None,
            })
            .collect();
        let named = self.candidates.values().flat_map(|one| &one.parts).filter(|part| wanted.contains(&part.entitlement.id));
        named.map(|part| part.entitlement.display_name().to_owned()).collect::<BTreeSet<String>>().into_iter().collect()
    }

    /// What to do about one of them; `serves` says that another is given up because of it.
    fn advice(&self, access: &Access, settled: Option<WayWhy>, one: &Candidate<'_>, given_up: Option<&GiveUp>, serves: bool) -> WayAdvice {
        let kept = || if access.in_use() { WayWhy::Recent } else { WayWhy::Needed };
        let why = settled.unwrap_or_else(|| if given_up.is_some() { WayWhy::Spare } else { kept() });
        let alone = one.alone();
        let stance = match why {
            WayWhy::Revoked | WayWhy::RevokeRecommended | WayWhy::Spare => Stance::GiveUp,
            WayWhy::Approved | WayWhy::NotAsked | WayWhy::ApproveRecommended => Stance::Keep,
            // That it is not spare is no reason by itself to keep it.
            _ if serves || alone.contains(&Verdict::Approve) => Stance::Keep,
            _ => Stance::Judge,
        };
        let serving = given_up.map(|one| one.served_by.as_slice()).unwrap_or_default();
        let mut served_by: Vec<String> = serving.iter().filter_map(|grant| Some(self.candidates.get(grant)?.name())).collect();
        served_by.sort();
        WayAdvice { stance, why, served_by, lost: self.names(given_up.iter().flat_map(|one| &one.lost).copied()), alone }
    }

    fn way(&self, one: &Candidate<'_>, advice: Option<WayAdvice>) -> Way {
        let stance = advice.as_ref().map(|advice| advice.stance);
        let visible = |part: &&&Holding| self.reach.whole || one.items.iter().any(|shown| shown.item.grant == part.grant.id);
        let access = |part: &&Holding| {
            let shown = one.items.iter().copied().find(|shown| shown.item.grant == part.grant.id);
            let mut access = listing::access(self.reach, part, shown);
            // Of a way that stays, an access that is recommended to go is not said to stay.
            let revoke = shown.and_then(open_verdict) == Some(Verdict::Revoke);
            access.overlap = stance.filter(|stance| *stance == Stance::GiveUp || !revoke);
            access
        };
        let first = one.parts.first();
        Way {
            name: one.name(),
            path: first.map_or(GrantPath::Direct, |part| part.path.clone()),
            source: first.map(|part| part.source_name.clone()).unwrap_or_default(),
            accesses: one.parts.iter().filter(visible).map(access).collect(),
            unused_days: one.worth.unused_days,
            peers: one.worth.peers,
            advice,
        }
    }
}

/// What is recommended for an open item and shown.
fn open_verdict(shown: &Shown) -> Option<Verdict> {
    match shown.line.recommended {
        ListedVerdict::Shown { verdict, .. } if listing::answered(&shown.line).is_none() => Some(verdict),
        _ => None,
    }
}

const fn stands(why: WayWhy) -> Stands {
    if why.gives_up() { Stands::Goes } else { Stands::Stays }
}

/// Those to keep first, then by name.
fn order(way: &Way) -> (Option<Stance>, &str, &GrantPath) {
    (way.advice.as_ref().map(|advice| advice.stance), &way.name, &way.path)
}

impl Candidate<'_> {
    /// What is settled about it before it is compared with others.
    fn settled(&self) -> Option<WayWhy> {
        let answers = || self.items.iter().map(|shown| listing::answered(&shown.line));
        let all = |is: fn(&Shown) -> bool| self.items.iter().all(|shown| is(shown));
        let revoked = |shown: &Shown| listing::answered(&shown.line) == Some(Answer::Revoke);
        let goes = |shown: &Shown| listing::answered(&shown.line) == Some(Answer::Revoke) || open_verdict(shown) == Some(Verdict::Revoke);
        if self.items.is_empty() {
            return Some(WayWhy::NotAsked);
        }
        if answers().any(|answer| answer == Some(Answer::Approve)) {
            return Some(WayWhy::Approved);
        }
        if all(revoked) {
            return Some(WayWhy::Revoked);
        }
        if all(goes) {
            return Some(WayWhy::RevokeRecommended);
        }
        if self.parts.iter().all(|part| part.grant.path.is_made_by_others()) {
            return Some(WayWhy::NotRemovable);
        }
        let emergency = |shown: &Shown| shown.made.as_ref().is_some_and(|made| made.facts.flag(FactId::Emergency));
        if self.items.iter().copied().any(emergency) {
            return Some(WayWhy::Emergency);
        }
        let of_itself = self.items.iter().find(|shown| self.own.is_some_and(|one| one.grant.id == shown.item.grant));
        of_itself.filter(|shown| open_verdict(shown) == Some(Verdict::Approve)).map(|_| WayWhy::ApproveRecommended)
    }

    /// Its worth for the comparison: where it is only a way, use says nothing of it, since it goes on by another.
    fn compared(&self) -> Worth {
        Worth { unused_days: self.worth.unused_days.filter(|_| self.own.is_some()), peers: self.worth.peers }
    }

    /// What is recommended for its open items, each taken by itself, the gravest last.
    fn alone(&self) -> Vec<Verdict> {
        let verdicts: Vec<Verdict> = self.items.iter().filter_map(|shown| open_verdict(shown)).collect();
        [Verdict::Approve, Verdict::Escalate, Verdict::Revoke].into_iter().filter(|verdict| verdicts.contains(verdict)).collect()
    }

    fn is_group(&self) -> bool {
        let through = |part: &&Holding| matches!(part.grant.path, GrantPath::Group(_) | GrantPath::Nested(_));
        self.membership.is_some() || self.parts.iter().all(through)
    }

    /// The membership or the assignment, or what it comes through.
    fn name(&self) -> String {
        match (self.membership, self.parts.as_slice()) {
            (Some(membership), _) => membership.entitlement.display_name().to_owned(),
            (None, [only]) if only.grant.path == GrantPath::Direct => format!("{}, assigned directly", only.entitlement.display_name()),
            (None, [first, ..]) => path_words(&first.path),
            (None, []) => String::new(),
        }
    }
}
