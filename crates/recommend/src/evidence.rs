//! What is weighed: the reasons beside the named rules.

mod ended;
mod gaps;

use crate::fact::{FactId, FactValue, Facts, PathKind, Share};
use crate::population::HowDecided;
use crate::reason::{Home, NoExcuse, PeerLevel, Reason, Says};
use crate::rules::{self, LEAST_IDLE_DAYS};
use crate::weights::Weights;
use domain::{AccountStatus, Grain, RiskLevel, Timestamp};
use ended::Ended;
pub use ended::{application_quiet, never_and_unshared, nobody_similar};

/// Days for which a grant is too new to judge by use.
pub const NEW_DAYS: i64 = 30;
/// Days after a change of job in which a hand-over may run.
pub const HAND_OVER_DAYS: i64 = 45;
/// A quarter: what comes once in it may not have come since a change of job, or within a window that is no longer.
pub const QUARTER_DAYS: i64 = 92;
/// Days for which an earlier approval counts: a yearly review and its delays.
pub(crate) const APPROVAL_DAYS: i64 = 400;
/// Fewest others about whose access to the same somebody answered, before that is told.
const FEWEST_ANSWERS: u32 = 3;
/// How many imagined members of the wider group stand beside each group, so that small groups do not speak too loudly.
const SHRINK: u64 = 4;
/// Below so many of the people alike, in parts of 10,000, access is rare among them.
pub const RARE: u32 = 2_000;
/// Below so many, nobody to speak of holds it.
const NOBODY: u32 = 500;
/// Fewest people alike with whom anybody is compared.
const LEAST_PEERS: u32 = 4;

/// The reasons, and what of them the verdict looks at again.
#[derive(Debug, Default)]
pub struct Evidence {
    /// What was weighed or is told.
    pub reasons: Vec<Reason>,
    /// The share of people alike who hold it, in parts of 10,000; `None` where too few are alike.
    pub alike: Option<u32>,
    /// It came with an earlier job, and hardly anybody in the new position holds it.
    pub came_with_old_job: bool,
    /// For how many days it was not used, where that may be said and is long enough to say anything, or so much is missing from
    /// it that fewer days say as much.
    pub idle: Option<i64>,
    /// It was itself used within 44 days.
    pub in_use: bool,
    /// Why seldom work, by others or outside of what was watched, explains no gap here.
    pub no_excuse: Option<NoExcuse>,
    /// A rhythm, or other holders in step, explain a gap.
    pub seasonal: bool,
    /// A gap tells that the work has ended.
    ended: Option<Ended>,
}

impl Evidence {
    /// Whether hardly anybody alike holds it; false where nobody is alike.
    pub fn rare(&self) -> bool {
        self.alike.is_some_and(|parts| parts < RARE)
    }

    /// Whether a guest's whole account has been silent for long.
    pub fn guest_away(&self) -> bool {
        self.reasons.iter().any(|reason| matches!(reason.says, Says::GuestAway { .. }))
    }

    /// Whether so many uses are missing from a gap that it need not be long: beyond doubt, or enough for what is rare.
    pub fn gap_tells(&self) -> bool {
        self.ended.is_some_and(|ended| ended.beyond_doubt() || self.rare())
    }

    /// Whether so many uses are missing that no hand-over can be running either.
    pub fn hand_over_ended(&self) -> bool {
        self.ended.is_some_and(|ended| ended.hands_nothing_over)
    }

    /// Whether uses are missing from a gap, which tells that the work has ended.
    pub fn has_telling_gap(&self) -> bool {
        self.ended.is_some()
    }
}

struct Weighing<'a> {
    facts: &'a Facts,
    as_of: Timestamp,
    weights: &'a Weights,
    found: Evidence,
}

/// Weighs the facts.
pub fn weigh(facts: &Facts, as_of: Timestamp, weights: &Weights) -> Evidence {
    let mut weighing = Weighing { facts, as_of, weights, found: Evidence { alike: alike(facts), ..Evidence::default() } };
    weighing.found.no_excuse = weighing.no_work_of_theirs();
    weighing.change_of_job();
    weighing.use_of_it();
    weighing.rhythm();
    weighing.gap();
    weighing.unshared();
    weighing.guest();
    weighing.people_alike();
    weighing.path();
    weighing.history();
    weighing.told();
    let mut found = weighing.found;
    found.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.weight.abs()));
    found
}

/// Whether it came with a group, a rule, a role or a package, so that nobody asked for it for this person.
pub fn came_along(facts: &Facts) -> bool {
    facts.value(FactId::GrantPath) != Some(&FactValue::Path(PathKind::Direct))
}

/// The share of people alike who hold it, each group drawn towards the wider one, in parts of 10,000.
fn alike(facts: &Facts) -> Option<u32> {
    let (title, department, all) = (facts.share(FactId::PeersTitle), facts.share(FactId::PeersDepartment), facts.share(FactId::PeersAll));
    if all.of < LEAST_PEERS {
        return None;
    }
    let drawn = |share: Share, wider: u64| (u64::from(share.held) * 10_000 + SHRINK * wider) / (u64::from(share.of) + SHRINK);
    let in_all = u64::from(all.parts()?);
    let parts = drawn(title, drawn(department, in_all));
    // Where nobody shares the position, the whole source can only show what nearly everybody has.
    if title.of.max(department.of) < LEAST_PEERS && in_all < 5_000 {
        return None;
    }
    u32::try_from(parts).ok()
}

impl Weighing<'_> {
    fn put(&mut self, weight: i32, says: Says, facts: &[FactId]) {
        let facts = facts.iter().copied().filter(|id| self.facts.get(*id).is_some()).collect();
        self.found.reasons.push(Reason { facts, says, weight });
    }

    /// Days from a moment to the judging.
    fn days(&self, at: Timestamp) -> i64 {
        self.as_of.days_since(at).max(0)
    }

    fn change_of_job(&mut self) {
        let Some(changed) = self.facts.at(FactId::ChangedJobOn) else {
            return;
        };
        let granted = self.facts.at(FactId::GrantedOn);
        // Held by then at the latest: whenever it was granted, it was before the change.
        let held_by = granted.or_else(|| self.facts.at(FactId::HeldBy));
        if held_by.is_none_or(|held| held >= changed) {
            return;
        }
        let elsewhere = self.facts.get(FactId::HeldMostIn).is_some();
        let department = self.facts.share(FactId::PeersDepartment);
        // A new title in the same department takes nothing away that the department still holds.
        let department_holds = department.parts().is_some_and(|parts| parts >= RARE);
        let position_holds = self.found.alike.map_or(!elsewhere, |parts| parts >= RARE);
        if !position_holds && !department_holds {
            self.found.came_with_old_job = true;
            let weight = self.weights.came_with_old_job;
            self.put(
                weight,
                Says::CameWithOldJob { changed, granted },
                &[FactId::ChangedJobOn, FactId::GrantedOn, FactId::HeldBy, FactId::HeldMostIn],
            );
        }
        let days = self.days(changed);
        if days <= HAND_OVER_DAYS {
            self.put(self.weights.just_moved, Says::JustMoved { changed, days }, &[FactId::ChangedJobOn]);
        }
    }

    fn use_of_it(&mut self) {
        let facts = self.facts;
        let status = rules::status(facts);
        let used = facts.at(FactId::LastUsed);
        if status.is_non_human() {
            match used {
                Some(used) if self.days(used) <= 90 => {
                    let says = Says::MachineInUse { days: self.days(used), used };
                    self.put(self.weights.machine_in_use, says, &[FactId::AccountStatus, FactId::LastUsed]);
                }
                _ => self.put(0, Says::MachineNotJudgedByUse {}, &[FactId::AccountStatus]),
            }
            return;
        }
        if status == AccountStatus::Leave {
            self.put(0, Says::OnLeave {}, &[FactId::AccountStatus]);
            return;
        }
        let (Some(grain), Some(window)) = (rules::grain(facts), facts.number(FactId::UsageWindow)) else {
            self.put(0, Says::UseUnknown {}, &[FactId::LastUsed, FactId::UsageWindow]);
            return;
        };
        let idle = facts.number(FactId::UnusedDays).filter(|days| *days >= LEAST_IDLE_DAYS || self.ended_early(*days));
        self.found.idle = idle;
        let weight = idle.map_or(0, |days| match days {
            // Weighed by the uses that are missing from it.
            ..LEAST_IDLE_DAYS => 0,
            LEAST_IDLE_DAYS..90 => self.weights.idle_45,
            90..180 => self.weights.idle_90,
            _ => self.weights.idle_180,
        });
        match used {
            None if idle.is_none() && window < LEAST_IDLE_DAYS => {
                self.put(0, Says::WindowShort { grain, window }, &[FactId::LastUsed, FactId::UsageWindow, FactId::UsageGrain]);
            }
            None => {
                let unused_days = facts.number(FactId::UnusedDays);
                let on = [FactId::LastUsed, FactId::UnusedDays, FactId::UsageWindow, FactId::UsageGrain];
                self.put(weight, Says::NoneSeen { grain, unused_days, window }, &on);
            }
            Some(used) if !grain.is_of_itself() && idle.is_none() => {
                let days = self.days(used);
                let near = grain == Grain::Application && days <= 30 && !self.found.came_with_old_job;
                let weight = if near { self.weights.used_application } else { 0 };
                self.put(weight, Says::UseCoarse { days, grain, used }, &[FactId::LastUsed, FactId::UsageGrain]);
            }
            Some(used) => self.used_or_idle(used, window, weight),
        }
        if self.found.came_with_old_job && facts.value(FactId::UsedSinceJobChange) == Some(&FactValue::Flag(false)) {
            // Told by the sentence of the last use; weighed as its own fact.
            if let Some(reason) = self.found.reasons.iter_mut().find(|reason| matches!(reason.says, Says::CameWithOldJob { .. })) {
                reason.weight += self.weights.not_used_since_change;
                reason.facts.push(FactId::UsedSinceJobChange);
            }
        }
    }

    /// A last use of this very entitlement, or a coarser one that is long past.
    fn used_or_idle(&mut self, used: Timestamp, window: i64, idle_weight: i32) {
        let facts = self.facts;
        let days = self.days(used);
        let seen_days = facts.get(FactId::LastUsed).map_or(days, |fact| fact.read_at.days_since(used).max(0));
        let on = [FactId::LastUsed, FactId::DaysUsed, FactId::UnusedDays, FactId::UsageWindow, FactId::UsageGrain];
        let acts = rules::grain(facts) == Some(Grain::Action);
        let changed = facts.at(FactId::ChangedJobOn);
        let ended_early = self.found.idle.is_some_and(|idle| idle < LEAST_IDLE_DAYS);
        self.found.in_use = seen_days < LEAST_IDLE_DAYS && !ended_early;
        if self.found.came_with_old_job
            && self.found.in_use
            && let Some(after_change) = changed.filter(|changed| used > *changed).map(|changed| used.days_since(changed))
        {
            // Rule 31: use after a change of job is not support.
            let says = Says::UsedAfterMove { acts, after_change, days, used };
            self.put(0, says, &[FactId::LastUsed, FactId::ChangedJobOn, FactId::UsedSinceJobChange]);
            return;
        }
        let days_used = facts.number(FactId::DaysUsed);
        let before_change = changed.filter(|changed| used <= *changed).map(|changed| changed.days_since(used));
        match seen_days {
            _ if ended_early => self.put(idle_weight, Says::LastUsed { acts, before_change, days, used }, &on),
            ..=30 => {
                let often = if days_used.is_some_and(|days| days >= 10) { self.weights.used_often } else { 0 };
                self.put(self.weights.used_lately + often, Says::Used { acts, days, days_used, used, window }, &on);
            }
            31..LEAST_IDLE_DAYS => self.put(self.weights.used_within_45, Says::LastUsed { acts, before_change, days, used }, &on),
            _ => self.put(idle_weight, Says::LastUsed { acts, before_change, days, used }, &on),
        }
    }

    fn people_alike(&mut self) {
        let facts = self.facts;
        let of = |id| facts.share(id);
        let levels =
            [(FactId::PeersTitle, PeerLevel::Title), (FactId::PeersDepartment, PeerLevel::Department), (FactId::PeersAll, PeerLevel::All)];
        let all = [FactId::PeersTitle, FactId::PeersDepartment, FactId::PeersAll, FactId::HeldMostIn];
        let Some(parts) = self.found.alike else {
            let near = of(FactId::PeersTitle).of.max(of(FactId::PeersDepartment).of);
            if facts.get(FactId::PeersAll).is_some() {
                self.put(0, Says::PeersTooFew { of: near }, &all);
            }
            return;
        };
        let weight = match parts {
            8_000.. => self.weights.peers_most,
            5_000.. => self.weights.peers_half,
            RARE.. => self.weights.peers_some,
            NOBODY.. => self.weights.peers_few,
            _ => self.weights.peers_nobody,
        };
        let shown = levels.into_iter().find(|(id, _)| of(*id).of >= 3).unwrap_or((FactId::PeersAll, PeerLevel::All));
        let home = match facts.value(FactId::HeldMostIn) {
            Some(FactValue::Group(group)) if parts < 5_000 => Some(Home { held: group.held, like: group.like, of: group.of }),
            _ => None,
        };
        let share = of(shown.0);
        self.put(weight, Says::Peers { held: share.held, home, level: shown.1, of: share.of }, &all);
        let team = of(FactId::PeersManager);
        if team.of >= 3 && team.held * 2 >= team.of {
            let says = Says::Peers { held: team.held, home: None, level: PeerLevel::Manager, of: team.of };
            self.put(self.weights.team_holds, says, &[FactId::PeersManager]);
        }
    }

    fn path(&mut self) {
        let facts = self.facts;
        if let Some(FactValue::Path(path @ (PathKind::Rule | PathKind::Role | PathKind::Package))) = facts.value(FactId::GrantPath) {
            let weight = if self.found.came_with_old_job { 0 } else { self.weights.path_by_policy };
            self.put(weight, Says::PathByPolicy { path: *path }, &[FactId::GrantPath]);
        }
        if let Some(FactValue::Grants(grants)) = facts.value(FactId::RedundantWith)
            && let Some(first) = grants.first()
        {
            let more = u32::try_from(grants.len() - 1).unwrap_or(u32::MAX);
            self.put(self.weights.redundant, Says::Redundant { grant: *first, more }, &[FactId::RedundantWith]);
        }
        if let Some(FactValue::Share(Share { held, of })) = facts.value(FactId::GivenAnyway)
            && held == of
        {
            // Told only: a platform does not say what else a group means to an application.
            self.put(0, Says::GivenAnyway { of: *of }, &[FactId::GivenAnyway]);
        }
        if facts.flag(FactId::SelfGranted) {
            self.put(self.weights.self_granted, Says::SelfGranted {}, &[FactId::SelfGranted]);
        }
        if let Some(granted) = facts.at(FactId::GrantedOn)
            && self.days(granted) <= NEW_DAYS
        {
            self.put(self.weights.too_new, Says::TooNew { days: self.days(granted), granted }, &[FactId::GrantedOn]);
        }
    }

    fn history(&mut self) {
        let facts = self.facts;
        let changed = facts.at(FactId::ChangedJobOn);
        let before = |on: Timestamp| changed.is_some_and(|changed| on < changed);
        let revoked = facts.past(FactId::PastRevoked);
        if let Some(past) = facts.past(FactId::PastApproved) {
            let age = self.days(past.on);
            let overruled = revoked.is_some_and(|revoked| revoked.on >= past.on);
            // Approved while it was in use says nothing about a long gap since.
            let before_gap = self.found.idle.is_some_and(|idle| idle >= 90 && age > idle);
            let counts = age <= APPROVAL_DAYS && !before(past.on) && !overruled && !before_gap;
            let weight = match past.how {
                _ if !counts => 0,
                HowDecided::Reviewed | HowDecided::ReviewedBlind => self.weights.approved_before,
                HowDecided::Bulk | HowDecided::Platform => self.weights.approved_in_bulk,
                HowDecided::Default | HowDecided::Exception => 0,
            };
            let says = Says::Approved { before_change: before(past.on), how: past.how, on: past.on };
            self.put(weight, says, &[FactId::PastApproved, FactId::ChangedJobOn]);
        }
        if let Some(past) = facts.past(FactId::PastException) {
            let says = Says::ExceptionPast { before_change: before(past.on), on: past.on };
            self.put(self.weights.exception_past, says, &[FactId::PastException, FactId::ChangedJobOn]);
        }
        if let Some(FactValue::Share(Share { held, of: of @ FEWEST_ANSWERS.. })) = facts.value(FactId::OthersApproved) {
            // Told only: those answers were given beside recommendations, which must not confirm themselves (rule 30).
            self.put(0, Says::OthersApproved { held: *held, of: *of }, &[FactId::OthersApproved]);
        }
        if let Some(revoked) = revoked {
            let on = [FactId::PastRevoked, FactId::Regranted, FactId::GrantedOn];
            let approved_since = facts.past(FactId::PastApproved).is_some_and(|past| past.on > revoked.on);
            match (facts.value(FactId::Regranted), facts.at(FactId::GrantedOn)) {
                (Some(FactValue::Flag(true)), Some(granted)) => self.put(0, Says::Regranted { granted, revoked: revoked.on }, &on),
                (Some(FactValue::Flag(true)), None) => self.put(0, Says::GrantedAnew { revoked: revoked.on }, &on),
                (Some(FactValue::Flag(false)), _) if !approved_since => {
                    self.put(self.weights.revoked_before, Says::Revoked { on: revoked.on }, &on);
                }
                _ => self.put(0, Says::Revoked { on: revoked.on }, &on),
            }
        }
    }

    /// What a reviewer should know though it weighs nothing.
    fn told(&mut self) {
        let facts = self.facts;
        if let Some(start) = facts.at(FactId::StartedOn)
            && self.days(start) <= 60
        {
            self.put(0, Says::NewJoiner { days: self.days(start), start }, &[FactId::StartedOn]);
        }
        if let Some(on) = facts.at(FactId::LeavesOn) {
            let days = on.days_since(self.as_of).max(0);
            if days <= 60 {
                self.put(0, Says::LeavesOn { days, on }, &[FactId::LeavesOn]);
            }
        }
        if let Some(needed) = facts.needed(FactId::RequirementEnds) {
            let days = needed.until.days_since(self.as_of).max(0);
            if days <= 60 {
                self.put(0, Says::RequirementEnds { days, kind: needed.kind, on: needed.until }, &[FactId::RequirementEnds]);
            }
        }
        // Where the risk is high, a named rule says so.
        if let Some(risk) = rules::account_risk(facts).filter(|risk| risk.level != RiskLevel::High) {
            self.put(0, Says::AccountAtRisk { level: risk.level, since: risk.since }, &[FactId::AccountAtRisk]);
        }
        if facts.flag(FactId::HolderOwns) {
            self.put(0, Says::HolderOwns {}, &[FactId::HolderOwns]);
        }
        if facts.flag(FactId::LastHolder) {
            self.put(0, Says::LastHolder {}, &[FactId::LastHolder, FactId::Holders]);
        }
    }
}
