//! Gaps in use, and whether a season or seldom work explains one.

use super::ended::seen_itself;
use super::{NOBODY, QUARTER_DAYS, Weighing, came_along, never_and_unshared};
use crate::fact::{FactId, FactValue, PathKind, Rhythm};
use crate::gather::TELLING_USES;
use crate::reason::{NoExcuse, Says};
use crate::rules::{self, LEAST_IDLE_DAYS};
use domain::{AccountStatus, Grain, Sensitivity};

/// Of all in the source, in parts of 10,000: up to so many holders are a handful, whose seldom use shows no rhythm of work.
const HANDFUL: u32 = 50;
/// Fewest others in the department among whom it says something that nobody has a seldom work.
const ENOUGH_ALIKE: u32 = 20;
/// Days without any use after which a guest no longer comes by all appearance.
const GUEST_AWAY_DAYS: i64 = LEAST_IDLE_DAYS;
/// Days after a grant within which use only tries it out, and shows no rhythm of work.
const TRYING_DAYS: i64 = 30;
/// Days after a grant within which use was for one occasion, or a first look.
pub(super) const FIRST_DAYS: i64 = 7;
/// Fewest idle days after which use in the first days alone shows that no work came of it.
const NO_WORK_CAME_DAYS: i64 = 90;
/// Days in a year.
const YEAR: u32 = 366;

impl Weighing<'_> {
    pub(super) fn rhythm(&mut self) {
        let facts = self.facts;
        // A guest who stays away altogether keeps to no rhythm of this.
        if rules::status(facts).is_non_human() || self.ended().is_some() || self.guest_gone().is_some() || self.old_jobs_season() {
            return;
        }
        let others = facts.share(FactId::OthersHabit);
        let in_step = self.in_step();
        // A season is the work's, not one person's: where the others use it all along, few days are no rhythm.
        let missing = self.found.idle.map_or(0, |idle| i64::from(others.held) * idle);
        let all_along = !in_step && others.of > 0 && seen_itself(facts) && missing >= TELLING_USES * i64::from(others.of);
        // Held by a handful of others, whose work is another: nobody's rhythm, and none of this person's, would explain the gap.
        let handful = matches!(self.found.no_excuse, Some(NoExcuse::Handful { .. }));
        if let (Some(FactValue::Rhythm(kind)), Some(used)) = (facts.value(FactId::Rhythm), facts.at(FactId::LastUsed))
            && (*kind == Rhythm::Seldom || !all_along)
            && !(handful && self.tried_out())
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
                        let rests: &[FactId] = match why {
                            NoExcuse::CameAlong { .. } => &[FactId::GrantPath],
                            NoExcuse::HighRisk {} => &[FactId::Sensitivity],
                            NoExcuse::Handful { .. } => &[FactId::PeersAll],
                            NoExcuse::TriedOut {} => &[FactId::GrantedOn, FactId::LastUsed, FactId::PeersDepartment],
                        };
                        self.put(0, Says::SeldomElsewhere { share: others, why }, &[&[FactId::OthersHabit], rests].concat());
                    }
                    None => self.explained(self.weights.rhythm_seldom, Says::OthersSeldom { share: others, unused_days }, &on),
                }
            } else if !(year
                || handful
                    && (never_and_unshared(facts, self.as_of) || unused_days >= QUARTER_DAYS && i64::from(others.of) >= QUARTER_DAYS))
            {
                self.explained(self.weights.rhythm_seldom, Says::NobodyUsed { unused_days }, &on);
            }
        }
        if in_step {
            let share = facts.share(FactId::HoldersInStep);
            self.explained(self.weights.in_step, Says::InStep { share }, &[FactId::HoldersInStep, FactId::LastUsed]);
        }
    }

    /// Whether it was used only in the first month after it was granted, three quarters of a year ago or longer: what looks like the
    /// time of the year is the time of the grant.
    fn tried_out(&self) -> bool {
        self.last_used_after().is_some_and(|days| days <= TRYING_DAYS) && self.found.idle.is_some_and(|idle| idle >= 3 * QUARTER_DAYS)
    }

    /// Whether it came along with an earlier job, which was left more than a quarter ago, and nobody in the department holds it:
    /// whatever season it has is the season of that job.
    fn old_jobs_season(&self) -> bool {
        let left = self.facts.at(FactId::ChangedJobOn).is_some_and(|changed| self.days(changed) > QUARTER_DAYS);
        self.found.came_with_old_job && left && came_along(self.facts) && self.nobody_in_department()
    }

    /// Whether nobody else in a department that is large enough to tell holds it.
    fn nobody_in_department(&self) -> bool {
        let department = self.facts.share(FactId::PeersDepartment);
        department.held == 0 && department.of >= ENOUGH_ALIKE
    }

    /// How many days after the grant it was last used; `None` also where that was before, under an earlier grant.
    pub(super) fn last_used_after(&self) -> Option<i64> {
        let (granted, used) = self.facts.at(FactId::GrantedOn).zip(self.facts.at(FactId::LastUsed))?;
        Some(used.days_since(granted)).filter(|days| *days >= 0)
    }

    /// Whether it was used in the first days after it was granted and never again, and nobody in the department holds it.
    fn no_work_came(&self) -> bool {
        self.last_used_after().is_some_and(|days| days <= FIRST_DAYS)
            && self.facts.number(FactId::UnusedDays).is_some_and(|days| days >= NO_WORK_CAME_DAYS)
            && self.nobody_in_department()
    }

    /// Why seldom work explains no gap here: nobody to speak of who does the same work holds it, and it came along
    /// unasked, could do much harm, is held by too few to show how seldom the work is, or led to no work here.
    pub(super) fn no_work_of_theirs(&self) -> Option<NoExcuse> {
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
        if all.parts().is_some_and(|parts| parts <= HANDFUL) {
            return Some(NoExcuse::Handful { holders: all.held });
        }
        self.no_work_came().then_some(NoExcuse::TriedOut {})
    }

    /// The path, where somebody decided it for many at once.
    fn policy(&self) -> Option<PathKind> {
        match self.facts.value(FactId::GrantPath) {
            Some(FactValue::Path(path @ (PathKind::Rule | PathKind::Nested | PathKind::Role | PathKind::Package))) => Some(*path),
            _ => None,
        }
    }

    /// A guest's account with which nothing was used for long. HR knows of no leave of guests: whoever invited them sees
    /// only that they no longer come.
    pub(super) fn guest(&mut self) {
        if let Some((days, seen)) = self.guest_gone() {
            self.put(self.weights.guest_away, Says::GuestAway { days }, &[FactId::AccountStatus, seen]);
        }
    }

    fn guest_gone(&self) -> Option<(i64, FactId)> {
        let guest = rules::status(self.facts) == AccountStatus::Guest;
        self.away().filter(|(days, _)| guest && *days >= GUEST_AWAY_DAYS)
    }

    /// For how many days the account used nothing at all, and what shows it.
    pub(super) fn away(&self) -> Option<(i64, FactId)> {
        let days = |id| self.facts.get(id).zip(self.facts.at(id)).map(|(fact, at)| (fact.read_at.days_since(at).max(0), id));
        // Watched as a whole, the account's last use of anything is the last use of this.
        let anywhere = || days(FactId::LastUsed).filter(|_| rules::grain(self.facts) == Some(Grain::Tenant));
        days(FactId::HolderActive).or_else(anywhere)
    }

    /// Whether the others stopped when the holder did, so that the gap is the work's.
    pub(super) fn in_step(&self) -> bool {
        let step = self.facts.share(FactId::HoldersInStep);
        step.of >= 3 && step.held * 2 >= step.of
    }

    /// A gap has an explanation. Rule 31: what came with an old job gets no support from it, but is not taken for unused either.
    fn explained(&mut self, weight: i32, says: Says, facts: &[FactId]) {
        self.found.seasonal = true;
        let weight = if self.found.came_with_old_job { 0 } else { weight };
        self.put(weight, says, facts);
    }
}
