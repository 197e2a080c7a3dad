//! The invented company: people with two years of life behind them, what they hold, what logs saw of it,
//! and, kept apart, what is true about each grant.
//!
//! Everything follows from seed, size and the moment it is now: the same three give the same bytes on every
//! machine. Labels come out of the stories; no threshold of any reviewer is known here.

mod accounts;
mod balance;
mod cast;
mod catalogue;
mod decisions;
mod fates;
mod kept;
mod kind;
mod names;
mod open_questions;
mod ordinary;
mod people;
mod planted;
mod posts;
mod records;
mod share;
mod terms;
mod things;
mod usage;
mod world;
mod write;

use std::collections::BTreeMap;

pub use cast::{Cast, CastMember, Role};
pub use kind::{Expected, Kind};
pub use records::{Act, Decision, Entitlement, Grant, Label, Person, SeparatedDuties, Settings, Usage};
pub use share::{Origin, Platform};
pub use write::{WriteError, Written};

use crate::calendar::DAY;
use world::World;

/// The fewest people that make a house: every department that the demo needs has somebody.
pub const LEAST_PEOPLE: usize = 60;
/// From so many people on, every kind of story is told whatever the seed; a smaller house may lack one.
pub const EVERY_STORY: usize = 150;
/// The fewest applications with all sorts of duties among them.
pub const LEAST_APPLICATIONS: usize = 12;
/// The largest house that the ids have room for.
pub const MOST_PEOPLE: usize = 99_999;
/// The most applications; beyond sixty they repeat by region.
pub const MOST_APPLICATIONS: usize = 1_000;

/// What the company is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Any number; the same one gives the same company.
    pub seed: u64,
    /// People in the HR file, guests and leavers included, other accounts not. [`LEAST_PEOPLE`] to [`MOST_PEOPLE`].
    pub people: usize,
    /// [`LEAST_APPLICATIONS`] to [`MOST_APPLICATIONS`].
    pub applications: usize,
    /// The moment at which the stories stand, in microseconds since 1970 UTC.
    pub now: i64,
}

impl Config {
    /// The default size, 1,200 people and 60 applications, at a given moment.
    pub const fn new(seed: u64, now: i64) -> Self {
        Self { seed, people: 1_200, applications: 60, now }
    }

    /// The same with another number of people.
    #[must_use]
    pub const fn people(mut self, people: usize) -> Self {
        self.people = people;
        self
    }

    /// The same with another number of applications.
    #[must_use]
    pub const fn applications(mut self, applications: usize) -> Self {
        self.applications = applications;
        self
    }
}

/// Why a company cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Too few people or too many.
    #[error("the invented company has {LEAST_PEOPLE} to {MOST_PEOPLE} people, not {0}; choose a number in that range")]
    People(usize),
    /// Too few applications or too many.
    #[error("the invented company has {LEAST_APPLICATIONS} to {MOST_APPLICATIONS} applications, not {0}; choose a number in that range")]
    Applications(usize),
    /// A moment for which dates cannot be written with four digits of year.
    #[error("the invented company lives between 1980 and 9000; {0} microseconds since 1970 is outside")]
    Now(i64),
}

/// The finished company, as rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    config: Config,
    /// The platform whose part this is; none for the whole.
    part: Option<Platform>,
    /// Where each entitlement lives when the company is spread.
    platforms: BTreeMap<String, Platform>,
    people: Vec<Person>,
    entitlements: Vec<Entitlement>,
    grants: Vec<Grant>,
    usage: Vec<Usage>,
    acts: Vec<Act>,
    decisions: Vec<Decision>,
    settings: Settings,
    labels: Vec<Label>,
    cast: Cast,
}

impl Company {
    /// Tells the stories. 1,200 people take well under a second in a release build.
    pub fn generate(config: Config) -> Result<Self, ConfigError> {
        if !(LEAST_PEOPLE..=MOST_PEOPLE).contains(&config.people) {
            return Err(ConfigError::People(config.people));
        }
        if !(LEAST_APPLICATIONS..=MOST_APPLICATIONS).contains(&config.applications) {
            return Err(ConfigError::Applications(config.applications));
        }
        let now = config.now.div_euclid(1_000_000);
        let today = now.div_euclid(DAY);
        if !(3_653..2_567_000).contains(&today) {
            return Err(ConfigError::Now(config.now));
        }
        let mut world = World {
            seed: config.seed,
            now,
            today,
            lives: Vec::new(),
            things: Vec::new(),
            by_id: BTreeMap::new(),
            holdings: BTreeMap::new(),
            provisioners: Vec::new(),
            past: Vec::new(),
            stage: Vec::new(),
        };
        let mut registry = people::Registry::new();
        world.furnish(config.applications);
        world.settle(config.people, &mut registry);
        world.deal_fates(config.people, &mut registry);
        world.appoint_owners();
        let posts = posts::Posts::new(&world);
        world.hand_out(&posts, config.people);
        world.plant(config.people);
        world.plant_look_alikes(config.people);
        world.add_accounts(config.people);
        world.balance();
        world.look_back();
        Ok(records::assemble(config, &world))
    }

    /// What it was made from.
    pub const fn config(&self) -> Config {
        self.config
    }

    /// People and accounts, by id.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// What can be held, by application.
    pub fn entitlements(&self) -> &[Entitlement] {
        &self.entitlements
    }

    /// Who holds what, by which path; each triple once.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// What logs show; a grant without a row here has unknown use.
    pub fn usage(&self) -> &[Usage] {
        &self.usage
    }

    /// When people used what is an administrative role of its platform, in no particular order.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// What earlier reviews decided, oldest first.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// What an administrator would declare: emergency access and duties that must be apart.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The truth about each grant, in the order of [`Self::grants`]. Not for the product.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The named people of the demo.
    pub const fn cast(&self) -> &Cast {
        &self.cast
    }

    /// How many grants there are of each kind, kinds without any included.
    pub fn counts(&self) -> BTreeMap<Kind, usize> {
        let mut counts: BTreeMap<Kind, usize> = Kind::ALL.iter().map(|kind| (*kind, 0)).collect();
        for label in &self.labels {
            *counts.entry(label.kind).or_default() += 1;
        }
        counts
    }
}
