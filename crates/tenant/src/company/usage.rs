//! What the logs saw of it: needs become days of use, day by day, through each person's holidays and
//! leaves; logs then show what their grain and window let through.

use std::collections::BTreeMap;

use super::catalogue::{ADMINISTRATION, Rhythm, Watch};
use super::kind::Kind;
use super::world::{Key, Life, MEMORY, Need, Sort, What, Who, World};
use crate::calendar::{DAY, from_quarter_turn, is_workday};
use crate::dice::Dice;

const WORDS: usize = 7; // 7 * 64 = MEMORY
/// How many days of administrators' acts are told: as many as the longest log of a platform keeps.
const ACTS_KEPT: i64 = 90;

/// Days of use, bit `n` for the day `n` days ago.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Days([u64; WORDS]);

impl Days {
    fn set(&mut self, ago: i64) {
        if (0..MEMORY).contains(&ago)
            && let Ok(bit) = usize::try_from(ago)
        {
            self.0[bit / 64] |= 1 << (bit % 64);
        }
    }

    fn has(&self, ago: i64) -> bool {
        usize::try_from(ago).is_ok_and(|bit| self.0.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1))
    }

    fn join(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
    }

    /// How many days ago the last use was.
    fn latest(&self) -> Option<i64> {
        (0..MEMORY).find(|ago| self.has(*ago))
    }

    /// On how many days of the last `window` there was use.
    fn count(&self, window: i64) -> u16 {
        (0..window.min(MEMORY)).filter(|ago| self.has(*ago)).fold(0, |sum, _| sum + 1)
    }
}

/// What a log says about one grant.
pub(crate) struct Seen {
    /// Second of the last use that the log kept.
    pub(crate) last: Option<i64>,
    pub(crate) days: u16,
    pub(crate) window: u16,
    pub(crate) grain: &'static str,
}

/// The days on which somebody is at work.
struct Presence {
    today: i64,
    days: Days,
    /// Machines and shared places work at weekends too.
    always: bool,
}

impl Presence {
    fn of(world: &World, life: &Life) -> Self {
        let mut days = Days::default();
        let always = matches!(life.sort, Sort::Service | Sort::Shared | Sort::Emergency);
        for ago in 0..MEMORY {
            let day = world.today - ago;
            let away = life.absent.iter().any(|span| (span.0..=span.1).contains(&day));
            if (always || is_workday(day)) && !away && day >= life.works.0 && day <= life.works.1 {
                days.set(ago);
            }
        }
        Self { today: world.today, days, always }
    }

    fn use_of(&self, need: &Need, season: i64, dice: &mut Dice) -> Days {
        let mut out = Days::default();
        let newest = (self.today - need.until.min(self.today)).max(0);
        let oldest = (self.today - need.from).min(MEMORY - 1);
        for ago in newest..=oldest {
            if !self.days.has(ago) {
                continue;
            }
            let day = self.today - ago;
            let base: u32 = match need.rhythm {
                Rhythm::Daily => {
                    if self.always {
                        950
                    } else {
                        720
                    }
                }
                Rhythm::Weekly => 190,
                Rhythm::Monthly => 50,
                Rhythm::Rare => 12,
                Rhythm::QuarterEnd if (-6..=6).contains(&from_quarter_turn(day)) => 380,
                Rhythm::Yearly if (day - season).rem_euclid(365) < 21 => 330,
                Rhythm::QuarterEnd | Rhythm::Yearly | Rhythm::Emergency => 0,
            };
            if base > 0 && dice.chance((base * need.eagerness / 1_000).min(970)) {
                out.set(ago);
            }
        }
        out
    }
}

/// What the logs saw.
#[derive(Default)]
pub(crate) struct Observed {
    /// What each log shows of each grant; no entry where nothing is recorded.
    pub(crate) seen: BTreeMap<(Who, What), Seen>,
    /// Seconds, newest first, at which people used what is an administrative role of a platform.
    pub(crate) acts: BTreeMap<(Who, What), Vec<i64>>,
}

impl World {
    /// What the logs saw of each grant.
    pub(crate) fn observe(&self) -> Observed {
        let mut dice = Dice::new(self.seed, 9);
        let seasons: Vec<i64> = (0..self.things.len())
            .map(|_| {
                // Most yearly work is in January, after the year has closed; the rest has its own month.
                let (year, _, _) = crate::calendar::civil(self.today);
                let january = crate::calendar::day_number(year, 1, 8);
                if dice.chance(600) { january } else { january + dice.between(30, 330) }
            })
            .collect();
        let mut used: BTreeMap<(Who, What), Days> = BTreeMap::new();
        let mut in_application: BTreeMap<(Who, usize), Days> = BTreeMap::new();
        let mut anywhere: BTreeMap<Who, Days> = BTreeMap::new();
        let mut present: Option<(Who, Presence)> = None;
        for ((who, what, path), holding) in &self.holdings {
            let presence = match &present {
                Some((same, presence)) if same == who => presence,
                _ => &present.insert((*who, Presence::of(self, &self.lives[*who]))).1,
            };
            let season = seasons[*what];
            let mut days = holding.need.map_or_else(Days::default, |need| presence.use_of(&need, season, &mut dice));
            self.ensure_yearly(&(*who, *what, path.clone()), holding.kind, season, presence, &mut days);
            for stray in &holding.strays {
                days.set(self.today - stray);
            }
            used.entry((*who, *what)).or_default().join(&days);
            in_application.entry((*who, self.things[*what].application_number)).or_default().join(&days);
            anywhere.entry(*who).or_default().join(&days);
        }
        let mut out = Observed { acts: self.acts(&used), ..Observed::default() };
        for ((who, what), days) in &used {
            let life = &self.lives[*who];
            let silent = matches!(life.sort, Sort::Service) && dice.chance(600);
            let thing = &self.things[*what];
            let (days, window, grain) = match thing.watch {
                Watch::Entitlement(window) => (*days, window, "entitlement"),
                Watch::Application(window) => {
                    (in_application.get(&(*who, thing.application_number)).copied().unwrap_or_default(), window, "application")
                }
                Watch::Tenant(window) => (anywhere.get(who).copied().unwrap_or_default(), window, "tenant"),
                Watch::Blind => continue,
            };
            // Interactive sign-in logs do not know machines: some sources say nothing, some say "none".
            let days = if life.sort == Sort::Service { Days::default() } else { days };
            if silent {
                continue;
            }
            let reach = i64::from(window);
            // Long-lived logs keep the moment of last use even when it has left the window.
            let keeps = if reach >= 180 { MEMORY } else { reach };
            let last = days.latest().filter(|ago| *ago < keeps).map(|ago| {
                let second = (self.today - ago) * DAY + dice.between(6 * 3600, 19 * 3600);
                second.min(self.now - 120)
            });
            out.seen.insert((*who, *what), Seen { last, days: days.count(reach), window, grain });
        }
        out
    }

    /// When people did something as administrators. A platform's own log notes that whatever the application's logs show; the
    /// hours have dice of their own, so that nothing else follows from them.
    fn acts(&self, used: &BTreeMap<(Who, What), Days>) -> BTreeMap<(Who, What), Vec<i64>> {
        let mut dice = Dice::new(self.seed, 12);
        let of_people = |who: &Who| self.lives[*who].sort != Sort::Service;
        let roles = used.iter().filter(|((who, what), _)| of_people(who) && ADMINISTRATION.contains(&self.things[*what].id.as_str()));
        let mut acts = BTreeMap::new();
        for (key, days) in roles {
            let moments: Vec<i64> = (0..ACTS_KEPT)
                .filter(|ago| days.has(*ago))
                .map(|ago| ((self.today - ago) * DAY + dice.between(6 * 3600, 19 * 3600)).min(self.now - 120 - ago))
                .collect();
            acts.insert(*key, moments);
        }
        acts
    }

    /// Whoever has held yearly work through a whole season did it at least once, or it would not be yearly work.
    fn ensure_yearly(&self, key: &Key, kind: Kind, season: i64, presence: &Presence, days: &mut Days) {
        if kind != Kind::YearlyUse || days.latest().is_some() {
            return;
        }
        let granted = self.holdings.get(key).map_or(self.today, |holding| holding.granted / DAY);
        let held_for = self.today - granted;
        let found = (0..held_for.min(MEMORY)).find(|ago| presence.days.has(*ago) && (self.today - ago - season).rem_euclid(365) < 21);
        if let Some(ago) = found {
            days.set(ago);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_and_latest() {
        let mut days = Days::default();
        for ago in [3, 89, 90, 447, 448, -1] {
            days.set(ago);
        }
        assert_eq!(days.latest(), Some(3));
        assert_eq!(days.count(90), 2);
        assert_eq!(days.count(400), 3);
        assert_eq!(days.count(1_000), 4);
    }
}
