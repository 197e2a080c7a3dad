//! What is weighed: the reasons beside the named rules.

use crate::fact::{FactId, FactValue, Facts, PathKind, Rhythm, Share};
use crate::gather::TELLING_USES;
use crate::population::HowDecided;
use crate::reason::{Home, NoExcuse, PeerLevel, Reason, Says};
use crate::rules::{self, LEAST_IDLE_DAYS};
use crate::weights::Weights;
use domain::{AccountStatus, Grain, Sensitivity, Timestamp};

/// Days for which a grant is too new to judge by use.
pub const NEW_DAYS: i64 = 30;
/// Days after a change of job in which a hand-over may run.
pub const HAND_OVER_DAYS: i64 = 45;
/// Days for which an earlier approval counts: a yearly review and its delays.
const APPROVAL_DAYS: i64 = 400;
/// How many imagined members of the wider group stand beside each group, so that small groups do not speak too loudly.
const SHRINK: u64 = 4;
/// Fewest uses that have to be missing from a gap before it shows that the work has ended, and not only paused. Chance alone
/// takes away eight once in three thousand grants (e^-8), fewer than end by themselves in any house.
const TELLING_GAP: i64 = 8;
/// The same for what came along with a group, a rule or a package and hardly anybody alike holds: nobody asked for it for this
/// person, so that less is needed to tell that nobody misses it. Chance takes away five once in a hundred and fifty (e^-5).
const TELLING_GAP_CAME_ALONG: i64 = 5;
/// Missing uses that leave no doubt.
const LONG_GAP: i64 = 2 * TELLING_GAP;
/// Of all in the source, in parts of 10,000: up to so many holders are a handful, whose seldom use shows no rhythm of work.
const HANDFUL: u32 = 50;
/// Fewest others in the department among whom it says something that nobody has a seldom work.
const ENOUGH_ALIKE: u32 = 20;
/// Below so many of the people alike, in parts of 10,000, access is rare among them.
pub const RARE: u32 = 2_000;
/// Below so many, nobody to speak of holds it.
const NOBODY: u32 = 500;
/// Days without any use after which a guest no longer comes by all appearance.
const GUEST_AWAY_DAYS: i64 = 60;
/// Days in a year.
const YEAR: u32 = 366;
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
    /// For how many days it was not used, where that may be said and is long enough to say anything.
    pub idle: Option<i64>,
    /// It was itself used within 44 days.
    pub in_use: bool,
    /// Why seldom work, by others or outside of what was watched, explains no gap here.
    pub no_excuse: Option<NoExcuse>,
    /// A rhythm, or other holders in step, explain a gap.
    pub seasonal: bool,
}

impl Evidence {
    /// Whether hardly anybody alike holds it; false where nobody is alike.
    pub fn rare(&self) -> bool {
        self.alike.is_some_and(|parts| parts < RARE)
    }

    /// Whether so many uses are missing from a gap that it need not be long: beyond doubt, or enough for what is rare.
    pub fn gap_tells(&self) -> bool {
        self.reasons.iter().any(|reason| matches!(reason.says, Says::GapTelling { missing, .. } if missing >= LONG_GAP || self.rare()))
    }
}

struct Weighing<'a> {
    facts: &'a Facts,
    as_of: Timestamp,
    weights: &'a Weights,
    found: Evidence,
}

/// The uses that are missing from a gap, by the holder's own habit or by the others'.
struct Ended {
    missing: i64,
    own: bool,
}

/// Weighs the facts.
pub fn weigh(facts: &Facts, as_of: Timestamp, weights: &Weights) -> Evidence {
    let mut weighing = Weighing { facts, as_of, weights, found: Evidence { alike: alike(facts), ..Evidence::default() } };
    weighing.found.no_excuse = weighing.no_work_of_theirs();
    weighing.change_of_job();
    weighing.use_of_it();
    weighing.rhythm();
    weighing.gap();
    weighing.people_alike();
    weighing.path();
    weighing.history();
    weighing.told();
    let mut found = weighing.found;
    found.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.weight.abs()));
    found
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
        let idle = facts.number(FactId::UnusedDays).filter(|days| *days >= LEAST_IDLE_DAYS);
        self.found.idle = idle;
        let weight = idle.map_or(0, |days| match days {
            ..90 => self.weights.idle_45,
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
            Some(used) if grain != Grain::Entitlement && idle.is_none() => {
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
        let changed = facts.at(FactId::ChangedJobOn);
        self.found.in_use = seen_days < LEAST_IDLE_DAYS;
        if self.found.came_with_old_job
            && self.found.in_use
            && let Some(after_change) = changed.filter(|changed| used > *changed).map(|changed| used.days_since(changed))
        {
            // Rule 31: use after a change of job is not support.
            let says = Says::UsedAfterMove { after_change, days, used };
            self.put(0, says, &[FactId::LastUsed, FactId::ChangedJobOn, FactId::UsedSinceJobChange]);
            return;
        }
        let days_used = facts.number(FactId::DaysUsed);
        let before_change = changed.filter(|changed| used <= *changed).map(|changed| changed.days_since(used));
        match seen_days {
            ..=30 => {
                let often = if days_used.is_some_and(|days| days >= 10) { self.weights.used_often } else { 0 };
                self.put(self.weights.used_lately + often, Says::Used { days, days_used, used, window }, &on);
            }
            31..LEAST_IDLE_DAYS => self.put(self.weights.used_within_45, Says::LastUsed { before_change, days, used }, &on),
            _ => self.put(idle_weight, Says::LastUsed { before_change, days, used }, &on),
        }
    }

    fn rhythm(&mut self) {
        let facts = self.facts;
        if rules::status(facts).is_non_human() || self.ended().is_some() {
            return;
        }
        let others = facts.share(FactId::OthersHabit);
        let in_step = self.in_step();
        // A season is the work's, not one person's: where the others use it all along, few days are no rhythm.
        let missing = self.found.idle.map_or(0, |idle| i64::from(others.held) * idle);
        let all_along = !in_step && others.of > 0 && self.seen_itself() && missing >= TELLING_USES * i64::from(others.of);
        if let (Some(FactValue::Rhythm(kind)), Some(used)) = (facts.value(FactId::Rhythm), facts.at(FactId::LastUsed))
            && (*kind == Rhythm::Seldom || !all_along)
        {
            let weight = match kind {
                Rhythm::QuarterEnd => self.weights.rhythm_quarter_end,
                Rhythm::YearEnd | Rhythm::Yearly => self.weights.rhythm_year,
                Rhythm::Seldom => self.weights.rhythm_seldom,
            };
            self.explained(
                weight,
                Says::Rhythm { days_used: facts.number(FactId::DaysUsed).unwrap_or(0), kind: *kind, used },
                &[FactId::Rhythm, FactId::DaysUsed, FactId::LastUsed],
            );
        }
        // Who has used it about monthly or less has little history of their own to compare a gap with.
        let little_history = match facts.value(FactId::LastUsed) {
            Some(FactValue::NoneSeen) => true,
            _ => !self.found.seasonal && facts.number(FactId::DaysUsed).is_some_and(|days| days <= 12),
        };
        if let Some(unused_days) = self.found.idle
            && little_history
            && others.of > 0
            && i64::from(others.held) * unused_days < TELLING_USES * i64::from(others.of)
        {
            let on = [FactId::OthersHabit, FactId::UnusedDays, FactId::UsageWindow];
            // Had it a season, a whole year would have shown somebody's use.
            let year = others.of > YEAR && facts.number(FactId::UsageWindow).is_some_and(|window| window > i64::from(YEAR));
            if others.held > 0 {
                match self.found.no_excuse {
                    Some(why) => {
                        let rests = match why {
                            NoExcuse::CameAlong { .. } => FactId::GrantPath,
                            NoExcuse::HighRisk {} => FactId::Sensitivity,
                            NoExcuse::Handful { .. } => FactId::PeersAll,
                        };
                        self.put(0, Says::SeldomElsewhere { share: others, why }, &[FactId::OthersHabit, rests]);
                    }
                    None => self.explained(self.weights.rhythm_seldom, Says::OthersSeldom { share: others, unused_days }, &on),
                }
            } else if !year {
                self.explained(self.weights.rhythm_seldom, Says::NobodyUsed { unused_days }, &on);
            }
        }
        if in_step {
            let share = facts.share(FactId::HoldersInStep);
            self.explained(self.weights.in_step, Says::InStep { share }, &[FactId::HoldersInStep, FactId::LastUsed]);
        }
    }

    /// Why seldom work explains no gap here: nobody to speak of who does the same work holds it, and it came along
    /// unasked, could do much harm, or is held by too few to show how seldom the work is.
    fn no_work_of_theirs(&self) -> Option<NoExcuse> {
        let facts = self.facts;
        if self.found.alike.is_none_or(|parts| parts >= NOBODY) || facts.share(FactId::PeersDepartment).of < ENOUGH_ALIKE {
            return None;
        }
        if let Some(path) = self.policy() {
            return Some(NoExcuse::CameAlong { path });
        }
        if rules::sensitivity(facts).is_some_and(Sensitivity::is_high_risk) {
            return Some(NoExcuse::HighRisk {});
        }
        let all = facts.share(FactId::PeersAll);
        all.parts().is_some_and(|parts| parts <= HANDFUL).then_some(NoExcuse::Handful { holders: all.held })
    }

    /// The path, where somebody decided it for many at once.
    fn policy(&self) -> Option<PathKind> {
        match self.facts.value(FactId::GrantPath) {
            Some(FactValue::Path(path @ (PathKind::Rule | PathKind::Nested | PathKind::Role | PathKind::Package))) => Some(*path),
            _ => None,
        }
    }

    /// A gap in which many uses are missing, while the holder was at work with other access.
    fn gap(&mut self) {
        let facts = self.facts;
        let Some(idle) = self.found.idle.filter(|_| !self.found.seasonal) else {
            return;
        };
        if let Some(away) = self.away()
            && away >= LEAST_IDLE_DAYS
        {
            // HR knows of no leave of guests: whoever invited them sees only that they no longer come.
            if rules::status(facts) == AccountStatus::Guest && away >= GUEST_AWAY_DAYS && idle >= GUEST_AWAY_DAYS {
                self.put(self.weights.guest_away, Says::GuestAway { days: away }, &[FactId::AccountStatus, FactId::HolderActive]);
            }
            return;
        }
        let Some(Ended { missing, own }) = self.ended() else {
            return;
        };
        let on = [FactId::UnusedDays, FactId::DaysUsed, FactId::OthersHabit, FactId::HolderActive, FactId::GrantPath];
        let on = if own || missing >= TELLING_GAP { &on[..4] } else { &on[..] };
        let weight = if missing >= LONG_GAP { self.weights.gap_long } else { self.weights.gap_telling };
        self.put(weight, Says::GapTelling { idle, missing, own }, on);
    }

    /// For how many days the account used nothing at all.
    fn away(&self) -> Option<i64> {
        let (fact, at) = self.facts.get(FactId::HolderActive).zip(self.facts.at(FactId::HolderActive))?;
        Some(fact.read_at.days_since(at).max(0))
    }

    /// Whether the others stopped when the holder did, so that the gap is the work's.
    fn in_step(&self) -> bool {
        let step = self.facts.share(FactId::HoldersInStep);
        step.of >= 3 && step.held * 2 >= step.of
    }

    /// How many uses are missing from a gap, where they are so many that the work has ended by all appearance, and the holder
    /// used other access meanwhile.
    ///
    /// The others who use it tell how often the work comes. The holder's own habit does so only where no others do: much use
    /// around a quarter's or a year's end makes a habit, taken evenly, that every pause breaks.
    fn ended(&self) -> Option<Ended> {
        let idle = self.found.idle?;
        if !self.seen_itself() || self.in_step() || self.away()? >= LEAST_IDLE_DAYS {
            return None;
        }
        let others = self.facts.share(FactId::OthersHabit);
        let own = others.of == 0;
        let habit = if own { self.own_habit(idle)? } else { others };
        let missing = i64::from(habit.held) * idle / i64::from(habit.of);
        let direct = self.facts.value(FactId::GrantPath) == Some(&FactValue::Path(PathKind::Direct));
        let telling = if !own && !direct && self.found.rare() { TELLING_GAP_CAME_ALONG } else { TELLING_GAP };
        (missing >= telling).then_some(Ended { missing, own })
    }

    /// Whether the use that was seen is of the entitlement itself: a habit of using its application is no habit of using it (rule 26).
    fn seen_itself(&self) -> bool {
        rules::grain(self.facts) == Some(Grain::Entitlement)
    }

    /// On how many of how many days the holder used it before the gap; `None` where that was not watched for a month.
    fn own_habit(&self, idle: i64) -> Option<Share> {
        let facts = self.facts;
        facts.at(FactId::LastUsed)?;
        let used = facts.number(FactId::DaysUsed).filter(|days| *days >= 2)?;
        let held = facts.at(FactId::GrantedOn).map_or(i64::MAX, |granted| self.days(granted));
        let before = facts.number(FactId::UsageWindow)?.min(held) - idle;
        (before >= 30).then_some(Share { held: u32::try_from(used).ok()?, of: u32::try_from(before).ok()? })
    }

    /// A gap has an explanation. Rule 31: what came with an old job gets no support from it, but is not taken for unused either.
    fn explained(&mut self, weight: i32, says: Says, facts: &[FactId]) {
        self.found.seasonal = true;
        let weight = if self.found.came_with_old_job { 0 } else { weight };
        self.put(weight, says, facts);
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
            2_000.. => self.weights.peers_some,
            500.. => self.weights.peers_few,
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
        if let Some(revoked) = revoked {
            let on = [FactId::PastRevoked, FactId::Regranted, FactId::GrantedOn];
            let approved_since = facts.past(FactId::PastApproved).is_some_and(|past| past.on > revoked.on);
            match (facts.value(FactId::Regranted), facts.at(FactId::GrantedOn)) {
                (Some(FactValue::Flag(true)), Some(granted)) => self.put(0, Says::Regranted { granted, revoked: revoked.on }, &on),
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
        if facts.flag(FactId::HolderOwns) {
            self.put(0, Says::HolderOwns {}, &[FactId::HolderOwns]);
        }
        if facts.flag(FactId::LastHolder) {
            self.put(0, Says::LastHolder {}, &[FactId::LastHolder, FactId::Holders]);
        }
    }
}
