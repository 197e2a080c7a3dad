//! Gathers the facts about one grant.

use crate::calendar;
use crate::fact::{Duty, Fact, FactId, FactValue, Facts, Group, Origin, Past, PathKind, Rhythm, Share, Side};
use crate::index::{EntitlementIx, Index, Level, PersonIx};
use crate::population::{About, Attribute, Grant, HowDecided, Person, UsageRecord};
use domain::{
    AccountStatus, Answer, Grain, Timestamp,
    time::{DAY, HOUR},
};

/// How many uses have to be missing from a gap before their absence is telling.
pub const TELLING_USES: i64 = 6;
/// Days around a last use within which other holders count as in step.
const STEP_DAYS: i64 = 21;

/// Gathers; `at` is the grant's position. `None` when there is no such grant.
pub fn gather(index: &Index<'_>, as_of: Timestamp, at: usize) -> Option<Facts> {
    let grant = index.population.grants.get(at)?;
    let (person_ix, entitlement_ix) = *index.grants.get(at)?;
    let person = index.person(person_ix)?;
    let source = index.population.sources.iter().find(|source| source.id == person.source)?;
    let mut gatherer = Gatherer {
        index,
        as_of,
        grant,
        person,
        person_ix,
        entitlement_ix,
        origin: Origin::Source(source.id),
        read_at: source.read_at,
        facts: Vec::with_capacity(32),
    };
    gatherer.person();
    gatherer.access()?;
    gatherer.usage();
    gatherer.peers();
    gatherer.history();
    gatherer.duties();
    Some(Facts::new(gatherer.facts))
}

struct Gatherer<'a> {
    index: &'a Index<'a>,
    as_of: Timestamp,
    grant: &'a Grant,
    person: &'a Person,
    person_ix: PersonIx,
    entitlement_ix: EntitlementIx,
    origin: Origin,
    read_at: Timestamp,
    facts: Vec<Fact>,
}

impl Gatherer<'_> {
    fn put(&mut self, id: FactId, value: FactValue) {
        self.facts.push(Fact { id, origin: self.origin, read_at: self.read_at, value });
    }

    fn put_from(&mut self, origin: Origin, read_at: Timestamp, id: FactId, value: FactValue) {
        self.facts.push(Fact { id, origin, read_at, value });
    }

    fn put_at(&mut self, id: FactId, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.put(id, FactValue::At(at));
        }
    }

    /// A fact about the person, from whichever source says it.
    fn put_of(&mut self, attribute: Attribute, id: FactId, value: FactValue) {
        match self.person.elsewhere.iter().find(|told| told.attribute == attribute) {
            Some(told) => self.put_from(Origin::Source(told.source), told.read_at, id, value),
            None => self.put(id, value),
        }
    }

    /// The account and what HR says of it.
    fn person(&mut self) {
        let person = self.person;
        self.put_of(Attribute::Status, FactId::AccountStatus, person.status.map_or(FactValue::Unknown, FactValue::Status));
        if let Some(risk) = person.risk {
            self.put(FactId::AccountAtRisk, FactValue::Risk(risk));
        }
        if let Some(start) = person.start.filter(|start| *start <= self.as_of) {
            self.put_of(Attribute::Start, FactId::StartedOn, FactValue::At(start));
        }
        if let Some(changed) = person.changed_job_on.filter(|changed| *changed <= self.as_of) {
            self.put_of(Attribute::ChangedJobOn, FactId::ChangedJobOn, FactValue::At(changed));
        }
        if let Some(end) = person.end {
            if end <= self.as_of {
                self.put_of(Attribute::End, FactId::LeftOn, FactValue::At(end));
                self.after_the_end(end);
            } else {
                self.put_of(Attribute::End, FactId::LeavesOn, FactValue::At(end));
            }
        }
        let manager = person.manager.and_then(|id| self.index.person_ix(id)).and_then(|ix| self.index.person(ix));
        let missing =
            manager.is_none_or(|m| m.status == Some(AccountStatus::Left) || m.end.is_some_and(|end| end <= self.as_of) && !returned(m));
        self.put(FactId::ManagerMissing, FactValue::Flag(missing));
    }

    /// What happened after the last day. HR's last day is worked, so things count from the day after it.
    fn after_the_end(&mut self, end: Timestamp) {
        let after = end.plus(DAY);
        if returned(self.person) {
            self.put(FactId::StartedAfterEnd, FactValue::Flag(true));
            if let Some(start) = self.person.start {
                self.put_of(Attribute::Start, FactId::StartedOn, FactValue::At(start));
            }
        }
        if self.person.changed_job_on.is_some_and(|changed| changed >= end) {
            self.put(FactId::ChangedJobAfterEnd, FactValue::Flag(true));
        }
        let at = self.person_ix as usize;
        let here = self.index.activity.get(at).copied().flatten().filter(|used| *used >= after);
        // Whoever left and is active anywhere has not simply left (rule 28).
        match self.person.active_elsewhere.filter(|used| *used >= after && here.is_none_or(|here| here < *used)) {
            Some(used) => self.put_of(Attribute::Activity, FactId::ActivityAfterEnd, FactValue::At(used)),
            None => self.put_at(FactId::ActivityAfterEnd, here),
        }
        let granted = self.index.last_grant.get(at).copied().flatten();
        self.put_at(FactId::GrantedAfterEnd, granted.filter(|granted| *granted >= after));
    }

    /// What is held, and how.
    fn access(&mut self) -> Option<()> {
        let entitlement = self.index.entitlement(self.entitlement_ix)?;
        let emergency = self.person.emergency || entitlement.emergency;
        self.put_from(Origin::Settings, self.as_of, FactId::Emergency, FactValue::Flag(emergency));
        self.put(FactId::Sensitivity, entitlement.sensitivity.map_or(FactValue::Unknown, FactValue::Sensitivity));
        // HR's last day still counts, as everywhere.
        let needed = |lapsed: bool| {
            let fits = self.index.requirements_of(self.person_ix, self.entitlement_ix);
            let fits = fits.filter(|needed| (needed.until.plus(DAY) <= self.as_of) == lapsed);
            fits.min_by_key(|needed| (needed.until, needed.kind))
        };
        for (id, needed) in [(FactId::RequirementLapsed, needed(true)), (FactId::RequirementEnds, needed(false))] {
            if let Some(needed) = needed {
                self.put(id, FactValue::Needed(needed));
            }
        }
        let owner = entitlement.owner.filter(|id| {
            let owner = self.index.person_ix(*id).and_then(|ix| self.index.person(ix));
            owner.is_some_and(|o| o.status != Some(AccountStatus::Left) && (o.end.is_none_or(|end| end > self.as_of) || returned(o)))
        });
        self.put(FactId::EntitlementOwner, owner.map_or(FactValue::Unknown, FactValue::Account));
        if entitlement.owner == Some(self.person.id) {
            self.put(FactId::HolderOwns, FactValue::Flag(true));
        }
        self.put(FactId::GrantPath, FactValue::Path(PathKind::from(&self.grant.path)));
        self.put(FactId::GrantedOn, self.grant.granted_on.map_or(FactValue::Unknown, FactValue::At));
        if self.grant.granted_on.is_none() {
            self.put_at(FactId::HeldBy, self.grant.held_by);
        }
        if let Some(by) = self.grant.granted_by {
            self.put(FactId::GrantedBy, FactValue::Account(by));
        }
        if self.grant.granted_by == Some(self.person.id) {
            self.put(FactId::SelfGranted, FactValue::Flag(true));
        }
        let others = self.index.grants_of(self.person_ix, self.entitlement_ix).filter(|other| other.id != self.grant.id);
        let others: Vec<_> = others.map(|other| other.id).collect();
        if !others.is_empty() {
            self.put(FactId::RedundantWith, FactValue::Grants(others));
        }
        if let Some(share) = self.index.ways.given_anyway(self.person_ix, self.entitlement_ix) {
            self.put(FactId::GivenAnyway, FactValue::Share(share));
        }
        let holders = self.index.holders(self.entitlement_ix);
        self.put(FactId::Holders, FactValue::Number(i64::try_from(holders).unwrap_or(i64::MAX)));
        self.put(FactId::LastHolder, FactValue::Flag(holders == 1));
        Some(())
    }

    fn usage(&mut self) {
        let Some(record) = self.index.usage_of(self.person_ix, self.entitlement_ix) else {
            self.put(FactId::LastUsed, FactValue::Unknown);
            self.put(FactId::UsageWindow, FactValue::Unknown);
            return;
        };
        let (usage, origin, read_at) = (record.usage, Origin::Source(record.source), record.read_at);
        let mut put = |id, value| {
            let fact = Fact { id, origin, read_at, value };
            self.facts.push(fact);
        };
        put(FactId::LastUsed, usage.last_used.map_or(FactValue::NoneSeen, FactValue::At));
        put(FactId::DaysUsed, usage.days_used.map_or(FactValue::Unknown, |days| FactValue::Number(i64::from(days))));
        put(FactId::UsageWindow, FactValue::Number(i64::from(usage.window_days)));
        put(FactId::UsageGrain, FactValue::Grain(usage.grain));
        // An account of unknown status may be a machine's or somebody's on leave: then the clock would stand still,
        // and that no use was seen says nothing.
        let status = self.person.status;
        let clock_runs = status.is_some_and(|s| s != AccountStatus::Leave && !s.is_non_human()) && !self.person.emergency;
        if let Some(changed) = self.person.changed_job_on.filter(|changed| *changed <= self.as_of) {
            let since = used_since(record, changed).filter(|used| *used || clock_runs);
            put(FactId::UsedSinceJobChange, since.map_or(FactValue::Unknown, FactValue::Flag));
        }
        if clock_runs && let Some(days) = unused_days(self.person, record, self.grant.granted_on, self.grant.held_by) {
            put(FactId::UnusedDays, FactValue::Number(days));
            if let Some(active) = self.index.activity.get(self.person_ix as usize).copied().flatten() {
                put(FactId::HolderActive, FactValue::At(active));
            }
        }
        if let Some(rhythm) = rhythm(record, self.grant.granted_on) {
            put(FactId::Rhythm, FactValue::Rhythm(rhythm));
        }
        if let Some(share) = self.index.others_habit(self.person_ix, self.entitlement_ix, record) {
            put(FactId::OthersHabit, FactValue::Share(share));
        }
        let idle = usage.last_used.map(|used| (used, read_at.days_since(used)));
        if let Some((used, 45..)) = idle
            && usage.grain.is_of_itself()
        {
            let (near, all) = self.index.used_between(self.entitlement_ix, used.plus(-STEP_DAYS * DAY), used.plus(STEP_DAYS * DAY));
            // Without this holder's own use.
            let share = Share { held: count(near.saturating_sub(1)), of: count(all.saturating_sub(1)) };
            put(FactId::HoldersInStep, FactValue::Share(share));
        }
    }

    fn peers(&mut self) {
        if self.person.status.is_some_and(AccountStatus::is_non_human) || self.person.emergency {
            return;
        }
        let index = self.index;
        let levels = [
            (FactId::PeersTitle, &index.title),
            (FactId::PeersDepartment, &index.department),
            (FactId::PeersManager, &index.manager),
            (FactId::PeersAll, &index.all),
        ];
        for (id, level) in levels {
            let share = self.share(level, self.entitlement_ix);
            if share.of > 0 {
                self.put(id, FactValue::Share(share));
            }
        }
        if let Some(share) = index.similar.holding(index, self.person_ix, self.entitlement_ix) {
            self.put(FactId::SimilarPeople, FactValue::Share(share));
        }
        if let Some((held, of, first)) = index.homes.get(&self.entitlement_ix).copied()
            && u64::from(held) * 2 >= u64::from(of)
            && index.department.group(first) != index.department.group(self.person_ix)
            && let Some(like) = index.person(first)
        {
            self.put(FactId::HeldMostIn, FactValue::Group(Group { held, like: like.id, of }));
        }
    }

    /// How many others of this person's group hold it.
    fn share(&self, level: &Level, entitlement: EntitlementIx) -> Share {
        let Some(group) = level.group(self.person_ix) else {
            return Share { held: 0, of: 0 };
        };
        let (held, of) = level.held(entitlement, group);
        let own = u32::from(self.index.is_peer(self.person_ix, self.as_of));
        Share { held: held.saturating_sub(own), of: of.saturating_sub(own) }
    }

    fn history(&mut self) {
        let latest = |answer: Answer, exception: bool| {
            let fits = self.index.decisions_of(self.person_ix, self.entitlement_ix).filter(|past| {
                let excepted = past.how == HowDecided::Exception;
                // A default is nobody's answer (rule 5).
                past.answer == answer
                    && excepted == exception
                    && past.how != HowDecided::Default
                    && past.decided_on <= self.as_of
                    && past.about.concerns(self.grant.id)
            });
            let told = fits.map(|past| (Past { how: past.how, on: past.decided_on }, past.about));
            told.max_by_key(|(past, about)| (past.on, std::cmp::Reverse((past.how, *about))))
        };
        let approved = latest(Answer::Approve, false);
        let exception = latest(Answer::Approve, true);
        let revoked = later(latest(Answer::Revoke, false), latest(Answer::Revoke, true));
        let past = [(FactId::PastApproved, approved), (FactId::PastRevoked, revoked), (FactId::PastException, exception)];
        for (id, past) in past {
            if let Some((past, _)) = past {
                self.put_from(Origin::Decisions, self.as_of, id, FactValue::Past(past));
            }
        }
        if let Some(share) = self.index.others_approved(self.person_ix, self.entitlement_ix, self.as_of) {
            self.put_from(Origin::Decisions, self.as_of, FactId::OthersApproved, FactValue::Share(share));
        }
        if let Some((revoked, about)) = revoked {
            let anew = match about {
                About::Access => self.grant.granted_on.map_or(FactValue::Unknown, |granted| FactValue::Flag(granted > revoked.on)),
                About::Grant(_) => FactValue::Flag(false),
                About::Before(_) => FactValue::Flag(true),
            };
            self.put(FactId::Regranted, anew);
        }
    }

    fn duties(&mut self) {
        let conflicts = self.index.conflicts(self.person_ix, self.entitlement_ix);
        let Some((_, other)) = conflicts.first().copied() else {
            return;
        };
        let named = conflicts.iter().filter_map(|(rule, other)| Some(Duty { other: self.index.entitlement(*other)?.id, rule: *rule }));
        let named: Vec<Duty> = named.collect();
        self.put_from(Origin::Settings, self.as_of, FactId::SeparatedDuties, FactValue::Duties(named));
        let (this_side, other_side) = (self.side(self.entitlement_ix), self.side(other));
        if let (Some(this), Some(other)) = (this_side, other_side) {
            // A tenth of the scale apart: nearer than that, neither side is said to be cheaper.
            let (this_cost, other_cost) = (cost(this), cost(other));
            if (this_cost - other_cost).abs() >= 2_000 {
                let cheaper = if this_cost < other_cost { this } else { other };
                self.put(FactId::CheaperSide, FactValue::Side(cheaper));
            }
        }
    }

    fn side(&self, entitlement: EntitlementIx) -> Option<Side> {
        let id = self.index.entitlement(entitlement)?.id;
        let since = self.index.grants_of(self.person_ix, entitlement).map(|grant| grant.granted_on).min().flatten();
        let held_by = self.index.grants_of(self.person_ix, entitlement).filter_map(|grant| grant.held_by).min();
        let record = self.index.usage_of(self.person_ix, entitlement);
        Some(Side {
            give_up: id,
            peers: self.share(&self.index.title, entitlement),
            unused_days: record.and_then(|record| unused_days(self.person, record, since, held_by)),
        })
    }
}

/// The later of two earlier answers.
fn later(one: Option<(Past, About)>, other: Option<(Past, About)>) -> Option<(Past, About)> {
    match (one, other) {
        (Some(a), Some(b)) => Some(if b.0.on > a.0.on { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// What it would cost to give this side up, from 0 to 20,000: how common it is among people alike, and how lately it was used.
fn cost(side: Side) -> i64 {
    let common = i64::from(side.peers.parts().unwrap_or(5_000));
    // A hundred idle days cost nothing to end; unknown use counts as half of that.
    let use_cost = side.unused_days.map_or(5_000, |days| 10_000 - days.clamp(0, 100) * 100);
    common + use_cost
}

fn returned(person: &Person) -> bool {
    matches!((person.start, person.end), (Some(start), Some(end)) if start >= end)
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// Whether the entitlement was used after a moment; `None` when the source cannot tell (rule 26).
fn used_since(record: &UsageRecord, moment: Timestamp) -> Option<bool> {
    let reaches = record.read_at.days_since(moment) <= i64::from(record.usage.window_days);
    match record.usage.last_used {
        Some(used) if used <= moment => record.usage.sees_every_use().then_some(false),
        Some(_) => record.usage.grain.is_of_itself().then_some(true),
        None => reaches.then_some(false),
    }
}

/// For how many days non-use was observed while it could have been used: since the last use, within the window, since it
/// was granted and since the person started. `None` where non-use may not be said (rule 26).
fn unused_days(person: &Person, record: &UsageRecord, granted_on: Option<Timestamp>, held_by: Option<Timestamp>) -> Option<i64> {
    let usage = record.usage;
    let observed = match usage.last_used {
        Some(used) => record.read_at.days_since(used).max(0),
        None => i64::from(usage.window_days),
    };
    if usage.unused_for(u32::try_from(observed).ok()?, record.read_at) != Some(true) {
        return None;
    }
    // A use of this very entitlement shows that it was held by then; where nothing shows it, it may have been granted yesterday.
    // An action may have been done with another role that allows it.
    let used = usage.last_used.filter(|_| usage.grain == Grain::Entitlement);
    let held = granted_on.or_else(|| used.into_iter().chain(held_by).min())?;
    // A reading takes a while and is as old as its beginning: what a log shows from its first day on lacks no day for that.
    let held = record.read_at.plus(HOUR).days_since(held).max(0);
    let here = person.start.map_or(i64::MAX, |start| record.read_at.days_since(start).max(0));
    Some(observed.min(held).min(here))
}

/// The pattern that few days of use fit, seen from their number and the last of them.
fn rhythm(record: &UsageRecord, granted_on: Option<Timestamp>) -> Option<Rhythm> {
    let usage = record.usage;
    let used = usage.last_used?;
    let days_used = i64::from(usage.days_used?);
    if !usage.grain.is_of_itself() || days_used == 0 {
        return None;
    }
    let idle = record.read_at.days_since(used);
    if idle <= 30 {
        return None;
    }
    let held = granted_on.map_or(i64::MAX, |granted| record.read_at.days_since(granted).max(1));
    let span = i64::from(usage.window_days).min(held);
    let (last, today) = (calendar::day_of(used), calendar::day_of(record.read_at));
    let quarters = span / 91 + 1;
    if days_used <= 10 * quarters
        && let Some(quarter) = calendar::quarter_end_near(last)
        && quarter >= calendar::latest_closed_quarter(today)
    {
        return Some(Rhythm::QuarterEnd);
    }
    if idle < 45 {
        return None;
    }
    if days_used <= 25 {
        if let Some(year) = calendar::year_end_near(last)
            && today <= calendar::day(year + 1, 12, 31) + 40
        {
            return Some(Rhythm::YearEnd);
        }
        if (320..=395).contains(&idle) {
            return Some(Rhythm::Yearly);
        }
    }
    // As often as before the gap, fewer than six uses would have fallen into it: too few for
    // their absence to be telling in a house with thousands of grants (chance alone: e^-6).
    let before = span - idle;
    (before >= 30 && days_used * idle < TELLING_USES * before).then_some(Rhythm::Seldom)
}
