//! The house while its story is being told: people with lives, things that can be held, who holds what and
//! why. Days are numbered backwards in `ago` where that reads better, forwards (since 1970) elsewhere.

use std::collections::BTreeMap;

use super::catalogue::{Reach, Rhythm, Watch};
use super::kind::Kind;
use super::share::Platform;
use crate::dice::Dice;

/// How many days of use the story keeps; a little over the longest window of any log.
pub(crate) const MEMORY: i64 = 448;

/// Index of a life in [`World::lives`].
pub(crate) type Who = usize;
/// Index of an entitlement in [`World::things`].
pub(crate) type What = usize;

/// Where somebody stands in a department.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    /// One of the three titles, 0 to 2.
    Title(usize),
    TeamLead,
    Head,
    Chief,
}

impl Rank {
    /// The bit in `catalogue::level`.
    pub(crate) const fn level(self) -> u8 {
        match self {
            Self::Title(0) => 1,
            Self::Title(1) => 2,
            Self::Title(_) => 4,
            Self::TeamLead | Self::Head | Self::Chief => 8,
        }
    }

    pub(crate) const fn leads(self) -> bool {
        matches!(self, Self::TeamLead | Self::Head | Self::Chief)
    }
}

/// What sort of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Employee,
    Contractor,
    Guest,
    Service,
    Shared,
    Emergency,
}

/// The one large thing that happened to somebody, or is about to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Ordinary,
    /// Moved on a day, everything put in order.
    MovedClean,
    MovedKeptOld,
    HandOver,
    Promoted,
    /// Left, everything put in order.
    LeftClean,
    LeftStillActive,
    LeftUsedAfter,
    LeavingSoon,
    OnLeave,
    NewJoiner,
    Rehire,
    Conversion,
    DisabledNotLeft,
    ChangedName,
    TwoOfOneName,
    MissingManager,
    GuestStale,
    GuestCurrent,
}

/// An earlier post in the house.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Post {
    pub(crate) department: usize,
    pub(crate) rank: Rank,
    /// The day on which the present post began.
    pub(crate) until: i64,
}

/// A person or account.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) title: String,
    pub(crate) department: usize,
    pub(crate) rank: Rank,
    pub(crate) sort: Sort,
    pub(crate) manager: Option<Who>,
    /// As the file says it: active, disabled, leave, left, service, shared, guest.
    pub(crate) status: &'static str,
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
    pub(crate) changed_job: Option<i64>,
    pub(crate) before: Option<Post>,
    pub(crate) fate: Fate,
    /// Spans of days, both included, in which nobody works.
    pub(crate) absent: Vec<(i64, i64)>,
    /// The first and the last day of work that the story knows; the last is in the future for most.
    pub(crate) works: (i64, i64),
    /// Named people of the demo, to whom nothing sad happens.
    pub(crate) cast: bool,
}

/// Something that can be held.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) application: String,
    /// Index of the application, for logs that know only that.
    pub(crate) application_number: usize,
    /// Where the application lives when the company is spread.
    pub(crate) platform: Platform,
    pub(crate) description: String,
    pub(crate) sensitivity: &'static str,
    pub(crate) rhythm: Rhythm,
    pub(crate) reach: Reach,
    pub(crate) homes: Vec<usize>,
    pub(crate) watch: Watch,
    pub(crate) owner: Option<Who>,
    /// What every holder's grant is, where the thing itself is the story.
    pub(crate) tale: Option<Kind>,
}

/// A span of days in which somebody's work needs something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) rhythm: Rhythm,
    /// How eagerly, in thousandths of the rhythm's usual rate.
    pub(crate) eagerness: u32,
}

/// Why something is held, and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    /// Second of the grant, since 1970.
    pub(crate) granted: i64,
    pub(crate) granted_by: Option<Who>,
    pub(crate) need: Option<Need>,
    /// Days of use outside any need: by accident, or after the last day.
    pub(crate) strays: Vec<i64>,
    pub(crate) kind: Kind,
    /// The story leaves open what is right.
    pub(crate) open: bool,
    pub(crate) story: String,
}

/// A grant's key: who, what, by which path.
pub(crate) type Key = (Who, What, String);

/// An earlier decision.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    pub(crate) who: Who,
    pub(crate) what: What,
    pub(crate) decision: &'static str,
    pub(crate) decided: i64,
    pub(crate) reviewer: Option<Who>,
    pub(crate) how: &'static str,
}

/// The house.
pub(crate) struct World {
    pub(crate) seed: u64,
    /// Seconds since 1970.
    pub(crate) now: i64,
    pub(crate) today: i64,
    pub(crate) lives: Vec<Life>,
    pub(crate) things: Vec<Thing>,
    pub(crate) by_id: BTreeMap<String, What>,
    pub(crate) holdings: BTreeMap<Key, Holding>,
    /// Who provisions access: people of IT Services.
    pub(crate) provisioners: Vec<Who>,
    pub(crate) past: Vec<Past>,
    /// The two managers of the demo, in whose teams every story is met.
    pub(crate) stage: Vec<Who>,
}

impl World {
    /// A number of people or grants, given for 1,200 people, for this size; at least one.
    pub(crate) fn quota(per_1200: usize, people: usize) -> usize {
        (per_1200 * people / 1200).max(1)
    }

    /// A moment on a day in working hours, never after now.
    pub(crate) fn moment(&self, day: i64, dice: &mut Dice) -> i64 {
        (day * crate::calendar::DAY + dice.between(7 * 3600, 18 * 3600)).min(self.now - 60)
    }

    /// Adds a holding unless that very grant exists; says whether it did.
    pub(crate) fn hold(&mut self, who: Who, what: What, path: &str, holding: Holding) -> bool {
        let key = (who, what, path.to_owned());
        if self.holdings.contains_key(&key) {
            return false;
        }
        self.holdings.insert(key, holding);
        true
    }

    /// Whether somebody holds something, by any path.
    pub(crate) fn holds(&self, who: Who, what: What) -> bool {
        self.holdings.range((who, what, String::new())..).next().is_some_and(|((w, t, _), _)| *w == who && *t == what)
    }

    /// The keys of everything that somebody holds.
    pub(crate) fn keys_of(&self, who: Who) -> Vec<Key> {
        self.holdings.range((who, 0, String::new())..(who + 1, 0, String::new())).map(|(key, _)| key.clone()).collect()
    }

    /// Whether somebody is at work in the present tense: employed, not away, nothing else told about them.
    pub(crate) fn is_plain(&self, who: Who) -> bool {
        self.lives.get(who).is_some_and(|life| {
            matches!(life.fate, Fate::Ordinary | Fate::MovedClean)
                && matches!(life.sort, Sort::Employee | Sort::Contractor)
                && life.status == "active"
        })
    }

    /// Ordinary people in a drawn order, two from the demo's teams first so that every story is met there.
    pub(crate) fn plain_people(&self, dice: &mut Dice) -> Vec<Who> {
        let mut all: Vec<Who> = (0..self.lives.len()).filter(|who| self.is_plain(*who) && !self.lives[*who].cast).collect();
        dice.shuffle(&mut all);
        let mut front: Vec<Who> = Vec::new();
        for boss in &self.stage {
            front.extend(all.iter().copied().find(|who| self.lives[*who].manager == Some(*boss)));
        }
        all.retain(|who| !front.contains(who));
        front.extend(all);
        front
    }

    /// A person who hands access out; never the holder.
    pub(crate) fn provisioner(&self, who: Who, dice: &mut Dice) -> Option<Who> {
        dice.pick(&self.provisioners).filter(|giver| *giver != who)
    }
}
