//! How many uses are missing from a gap, and whether they are so many that the work has ended by all appearance.
//!
//! The others who use the access tell how often its work comes. How many missing uses it takes depends on what else speaks for
//! the access: where nobody of the people whose other access is most like the holder's holds it, a few do.

use super::gaps::FIRST_DAYS;
use super::{Weighing, came_along};
use crate::fact::{FactId, FactValue, Facts, Share};
use crate::reason::{NoExcuse, Says};
use crate::rules::{self, LEAST_IDLE_DAYS};
use domain::{Grain, Sensitivity, Timestamp};

/// Fewest uses that have to be missing from a gap before it shows that the work has ended, and not only paused. Chance alone
/// takes away eight once in three thousand grants (e^-8), fewer than end by themselves in any house.
const TELLING: i64 = 8;
/// The same for what came along with a group, a rule or a package and hardly anybody alike holds: nobody asked for it for this
/// person, so that less is needed to tell that nobody misses it. Chance takes away five once in a hundred and fifty (e^-5).
const TELLING_CAME_ALONG: i64 = 5;
/// The same by the others' habit, in a gap of less than a quarter, where the holder's own habit tells as well.
const TELLING_BESIDE_OWN: i64 = 6;
/// Missing uses that leave no doubt.
const BEYOND_DOUBT: i64 = 2 * TELLING;
/// The same where no use was seen at all, so that nobody can say that this person needs it more seldom than the others do.
/// Chance takes away twelve once in 160,000 (e^-12).
const BEYOND_DOUBT_UNSEEN: i64 = 12;
/// Missing uses of a whole application that tell of each access to it which people alike hold: so many that whoever needs it
/// for something else would have been seen.
const APPLICATION_QUIET: i64 = 2 * BEYOND_DOUBT;
/// The numbers of missing uses that tell where nobody similar holds it ([`nobody_similar`]). They are where more than
/// half of such gaps in invented companies were ends of work (docs/models.md).
mod unshared {
    /// It came along, and was used.
    pub const CAME_ALONG: i64 = 3;
    /// The same, and not used for [`MOST_OF_A_YEAR`].
    pub const CAME_ALONG_LONG_AGO: i64 = 1;
    /// It gives control over systems or over other people's access, and nobody in the department holds it.
    pub const PRIVILEGED: i64 = 3;
    /// It was asked for, and used in the first days after it was granted only.
    pub const FIRST_DAYS_ONLY: i64 = 2;
    /// It was asked for, and never used since it was granted.
    pub const NEVER: i64 = 4;
    /// It was asked for, and no use was seen, though there may have been some before it was watched.
    pub const UNSEEN: i64 = 5;
    /// It came along with a job that was left, and the gap is four weeks or longer.
    pub const OLD_JOB: i64 = 4;
    /// The same, where the gap is shorter.
    pub const OLD_JOB_SHORT: i64 = 5;
}
/// Fewest days of a gap from which so many uses are missing that there is no doubt, though it is shorter than
/// [`LEAST_IDLE_DAYS`]: four weeks, more than a holiday, and no longer than what Entra's log reaches back.
const SHORT_GAP_DAYS: i64 = 28;
/// The same for what came along with a job that was left, and hardly anybody similar holds.
const SHORT_GAP_OLD_JOB_DAYS: i64 = 14;
/// Days of a gap from which on yearly work would have shown, but for the width of a season.
const MOST_OF_A_YEAR: i64 = 300;
/// Days after a change of job in which nothing ends a hand-over but missing uses beyond doubt.
const HAND_OVER_BEGINS_DAYS: i64 = 21;
/// Of all in the source, in parts of 10,000: from so many on, access is known well beyond one team.
const KNOWN_WIDELY: u32 = 300;
/// Of people alike, in parts of 10,000: from so many on, they hold it in common.
const COMMON: u32 = 5_000;

/// Whose habit tells how many uses are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// That of the others who use it.
    Others,
    /// Only the holder's own, because nobody else is seen using it.
    Own,
    /// That of the others, and the holder's own as well.
    Both,
    /// That of the others who use its application, which the holder did not use at all.
    Application,
}

/// A gap that shows that the work has ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    /// The days of the gap.
    idle: i64,
    /// How many uses are missing from it.
    missing: i64,
    /// Whose habit tells so.
    by: Habit,
    /// Whether it is told by fewer uses because hardly anybody similar holds it.
    unshared: bool,
    /// Whether no hand-over can be running either.
    pub hands_nothing_over: bool,
}

impl Ended {
    /// Whether the gap need not be long: so much is missing that there is no doubt, or it was counted day by day.
    pub fn beyond_doubt(self) -> bool {
        self.missing >= BEYOND_DOUBT || self.idle < LEAST_IDLE_DAYS
    }
}

impl Weighing<'_> {
    /// A gap in which many uses are missing, while the holder was at work with other access.
    pub(super) fn gap(&mut self) {
        let Some(ended) = self.ended().filter(|_| !self.found.seasonal) else {
            return;
        };
        let Ended { idle, missing, by, .. } = ended;
        let mut on = vec![FactId::UnusedDays, FactId::DaysUsed, FactId::OthersHabit, FactId::HolderActive];
        if missing < TELLING {
            on.push(FactId::GrantPath);
        }
        if by == Habit::Application {
            on.push(FactId::UsageGrain);
        }
        let weight = match missing {
            _ if idle < LEAST_IDLE_DAYS => self.weights.gap_short,
            BEYOND_DOUBT.. => self.weights.gap_long,
            _ if by == Habit::Both => self.weights.gap_long,
            _ => self.weights.gap_telling,
        };
        let (application, both, own) = (by == Habit::Application, by == Habit::Both, by == Habit::Own);
        self.put(weight, Says::GapTelling { application, both, idle, missing, own }, &on);
        self.found.ended = Some(ended);
    }

    /// Nobody similar holds it: weighed where it was never used since it was granted, and otherwise told where it made a
    /// difference.
    pub(super) fn unshared(&mut self) {
        let facts = self.facts;
        let Share { held, of } = facts.share(FactId::SimilarPeople);
        let never = never_and_unshared(facts, self.as_of) && self.found.idle.is_some_and(|idle| idle < 90);
        let stayed = self.found.came_with_old_job && came_along(facts) && nobody_similar(facts) && rules::use_unknown(facts);
        let weight = if never { self.weights.unshared_never } else { 0 };
        if never || stayed || self.found.ended.is_some_and(|ended| ended.unshared) {
            self.put(weight, Says::Unshared { held, of }, &[FactId::SimilarPeople]);
        }
    }

    /// How many uses are missing from the gap, where they are so many that the work has ended by all appearance, and the holder
    /// used other access meanwhile.
    pub(super) fn ended(&self) -> Option<Ended> {
        self.ended_in(self.found.idle?)
    }

    /// Whether a gap that is too short by its days alone shows all the same that the work has ended, by what the others use.
    pub(super) fn ended_early(&self, idle: i64) -> bool {
        let (days, enough) = match self.found.came_with_old_job {
            true if self.left_behind() && idle < SHORT_GAP_DAYS => (SHORT_GAP_OLD_JOB_DAYS, unshared::OLD_JOB_SHORT),
            true if self.left_behind() => (SHORT_GAP_DAYS, unshared::OLD_JOB),
            // Rule 31: that it was used at first is no support after a change of job.
            true => (SHORT_GAP_DAYS, TELLING),
            false if unseen(self.facts) => (SHORT_GAP_DAYS, BEYOND_DOUBT_UNSEEN),
            false => (SHORT_GAP_DAYS, BEYOND_DOUBT),
        };
        idle >= days && self.ended_in(idle).is_some_and(|ended| ended.by != Habit::Own && ended.missing >= enough)
    }

    fn ended_in(&self, idle: i64) -> Option<Ended> {
        // Seen elsewhere in the later half of the gap, and in the last month and a half of a long one: not only away.
        if self.in_step() || self.away()?.0 >= LEAST_IDLE_DAYS.min(idle / 2) {
            return None;
        }
        if !seen_itself(self.facts) {
            return self.application_ended(idle);
        }
        let others = self.facts.share(FactId::OthersHabit);
        // Much use around a quarter's or a year's end makes a habit, taken evenly, that every pause breaks: where others
        // use it, the holder's own habit tells nothing alone.
        let own = others.of == 0;
        let missing = if own { self.missing_by_own_habit(idle)? } else { missing(others, idle) };
        let both = !own
            && (missing >= TELLING || missing >= TELLING_BESIDE_OWN && idle < 90)
            && self.missing_by_own_habit(idle).is_some_and(|by_own| by_own >= TELLING);
        let usual = if !own && came_along(self.facts) && self.found.rare() { TELLING_CAME_ALONG } else { TELLING };
        let by = match (both, own) {
            (true, _) => Habit::Both,
            (false, true) => Habit::Own,
            (false, false) => Habit::Others,
        };
        let enough = match by {
            Habit::Others => self.enough_unshared(idle).map_or(usual, |enough| enough.min(usual)),
            _ => usual,
        };
        (both || missing >= enough).then(|| Ended {
            idle,
            missing,
            by,
            unshared: !both && missing < usual || self.hand_over_ends(missing),
            hands_nothing_over: missing >= BEYOND_DOUBT_UNSEEN || both && missing >= TELLING || self.hand_over_ends(missing),
        })
    }

    /// The same where only uses of the whole application are seen. Who does not use the application at all uses no access to
    /// it; but only where people alike hold it does their habit tell how often this one's work comes, or where it came along
    /// with a job that was left.
    fn application_ended(&self, idle: i64) -> Option<Ended> {
        let others = self.facts.share(FactId::OthersHabit);
        if rules::grain(self.facts) != Some(Grain::Application) || others.of == 0 {
            return None;
        }
        let missing = missing(others, idle);
        let old_job = self.found.came_with_old_job && came_along(self.facts);
        let common = self.found.alike.is_some_and(|parts| parts >= COMMON);
        (old_job && missing >= TELLING || common && missing >= APPLICATION_QUIET).then(|| Ended {
            idle,
            missing,
            by: Habit::Application,
            unshared: self.hand_over_ends(missing),
            hands_nothing_over: missing >= BEYOND_DOUBT_UNSEEN || self.hand_over_ends(missing),
        })
    }

    /// How many missing uses tell where nobody similar holds it; `None` where that makes no difference.
    fn enough_unshared(&self, idle: i64) -> Option<i64> {
        if !nobody_similar(self.facts) {
            return None;
        }
        let privileged = rules::sensitivity(self.facts) == Some(Sensitivity::Privileged);
        if privileged && matches!(self.found.no_excuse, Some(NoExcuse::HighRisk {})) {
            return Some(unshared::PRIVILEGED);
        }
        match (came_along(self.facts), unseen(self.facts)) {
            (true, false) if idle >= MOST_OF_A_YEAR => Some(unshared::CAME_ALONG_LONG_AGO),
            (true, false) => Some(unshared::CAME_ALONG),
            (true, true) => None,
            (false, true) if never_since_granted(self.facts, self.as_of) => Some(unshared::NEVER),
            (false, true) => Some(unshared::UNSEEN),
            (false, false) => self.last_used_after().filter(|days| *days <= FIRST_DAYS).map(|_| unshared::FIRST_DAYS_ONLY),
        }
    }

    /// Whether what is left behind by a change of job is missed so little, three weeks later, that nothing is handed over.
    fn hand_over_ends(&self, missing: i64) -> bool {
        let changed = self.facts.at(FactId::ChangedJobOn);
        missing >= unshared::OLD_JOB && self.left_behind() && changed.is_some_and(|changed| self.days(changed) >= HAND_OVER_BEGINS_DAYS)
    }

    /// Whether it came along with a job that was left, and hardly anybody similar holds it: at most three of twenty.
    fn left_behind(&self) -> bool {
        let similar = self.facts.share(FactId::SimilarPeople);
        self.found.came_with_old_job && came_along(self.facts) && similar.of > 0 && similar.held * 20 <= similar.of * 3
    }

    /// How many uses are missing by the holder's own habit before the gap; `None` where that was not watched for a month.
    fn missing_by_own_habit(&self, idle: i64) -> Option<i64> {
        let facts = self.facts;
        facts.at(FactId::LastUsed)?;
        let used = facts.number(FactId::DaysUsed).filter(|days| *days >= 2)?;
        let held = facts.at(FactId::GrantedOn).map_or(i64::MAX, |granted| self.days(granted));
        let before = facts.number(FactId::UsageWindow)?.min(held) - idle;
        (before >= 30).then(|| used * idle / before)
    }
}

/// How many uses are missing from so many days by a habit of at least one day.
fn missing(habit: Share, idle: i64) -> i64 {
    i64::from(habit.held) * idle / i64::from(habit.of.max(1))
}

/// Whether nobody of the people whose other access is most like the holder's holds it.
pub fn nobody_similar(facts: &Facts) -> bool {
    let similar = facts.share(FactId::SimilarPeople);
    similar.of > 0 && similar.held == 0
}

/// Whether it was watched itself since it was granted, no use was seen, and nobody similar holds it.
pub fn never_and_unshared(facts: &Facts, as_of: Timestamp) -> bool {
    nobody_similar(facts) && seen_itself(facts) && never_since_granted(facts, as_of)
}

/// Whether the application, which others who hold this use nearly every day, was not used for so many days, and this came along or
/// is known widely and held by nobody in the department.
pub fn application_quiet(facts: &Facts, idle: Option<i64>) -> bool {
    let others = facts.share(FactId::OthersHabit);
    let quiet = idle.is_some_and(|idle| missing(others, idle) >= BEYOND_DOUBT);
    let widely = facts.share(FactId::PeersAll).parts().is_some_and(|parts| parts >= KNOWN_WIDELY);
    let nobody_near = facts.share(FactId::PeersDepartment).held == 0;
    rules::grain(facts) == Some(Grain::Application) && quiet && (came_along(facts) || widely && nobody_near)
}

/// Whether the use that was seen is of the entitlement itself: a habit of using its application is no habit of using it (rule 26).
pub(super) fn seen_itself(facts: &Facts) -> bool {
    rules::grain(facts).is_some_and(Grain::is_of_itself)
}

fn unseen(facts: &Facts) -> bool {
    facts.value(FactId::LastUsed) == Some(&FactValue::NoneSeen)
}

fn never_since_granted(facts: &Facts, as_of: Timestamp) -> bool {
    let since = facts.at(FactId::GrantedOn).zip(facts.number(FactId::UsageWindow));
    unseen(facts) && since.is_some_and(|(granted, window)| as_of.days_since(granted) <= window)
}
