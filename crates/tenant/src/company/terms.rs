//! How, where and for how much of the week people are employed. No story depends on it: it is drawn from a stream of its own,
//! after every story is told.

use super::world::{Life, Sort, World};
use crate::dice::Dice;

/// Where the house works, with the share of its people in hundredths.
const SITES: &[(&str, u32)] = &[("Lisbon", 38), ("Leeds", 24), ("Pune", 19), ("Graz", 12), ("Gda\u{144}sk", 7)];

/// What HR's file says of one person; empty text is unknown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    pub(crate) employment_type: &'static str,
    pub(crate) site: &'static str,
    pub(crate) working_time: &'static str,
}

impl World {
    /// The terms of every life, in their order. Accounts that are not people have none.
    pub(crate) fn terms(&self) -> Vec<Terms> {
        let mut dice = Dice::new(self.seed, 11);
        self.lives.iter().map(|life| terms(life, &mut dice)).collect()
    }
}

fn terms(life: &Life, dice: &mut Dice) -> Terms {
    // Everybody draws the same number of times, so that one person's sort moves nobody else.
    let (fixed_term, part_time, unsaid) = (dice.chance(80), dice.chance(150), dice.chance(30));
    let weights: Vec<u32> = SITES.iter().map(|(_, share)| *share).collect();
    let site = SITES.get(dice.weighted(&weights)).map(|(site, _)| *site).unwrap_or_default();
    let time = if part_time { "part_time" } else { "full_time" };
    match life.sort {
        Sort::Employee => Terms {
            employment_type: if fixed_term && !life.rank.leads() { "Fixed term" } else { "Employee" },
            site,
            // HR's file has gaps, as HR's files do.
            working_time: if unsaid { "" } else { time },
        },
        Sort::Contractor => Terms { employment_type: "Contractor", site, working_time: if unsaid { "" } else { "full_time" } },
        // Guests work for others: who they are to the house is all that it knows.
        Sort::Guest => Terms { employment_type: "Guest", ..Terms::default() },
        Sort::Service | Sort::Shared | Sort::Emergency => Terms::default(),
    }
}
