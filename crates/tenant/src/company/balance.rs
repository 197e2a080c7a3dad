//! A last look at the whole: for each planted problem at least as many look-alikes. In a small house one
//! mover can leave more behind than another hands over; then the clean-up did get to some of it.

use std::collections::BTreeMap;

use super::kind::Kind;
use super::world::{Key, World};

impl World {
    /// Takes surplus problem grants away, evenly over their holders, and always leaves one.
    pub(crate) fn balance(&mut self) {
        let mut by_kind: BTreeMap<Kind, Vec<Key>> = BTreeMap::new();
        for (key, holding) in &self.holdings {
            by_kind.entry(holding.kind).or_default().push(key.clone());
        }
        let count = |kind: &Kind| by_kind.get(kind).map_or(0, Vec::len);
        let mut gone = Vec::new();
        for problem in Kind::ALL.iter().filter(|kind| kind.is_problem() && **kind != Kind::SeparatedDuties) {
            let alike: usize = Kind::ALL.iter().filter(|kind| kind.resembles().contains(problem)).map(count).sum();
            let surplus = count(problem).saturating_sub(alike.max(1));
            if let Some(keys) = by_kind.get(problem).filter(|_| surplus > 0) {
                let step = keys.len() / surplus;
                gone.extend(keys.iter().step_by(step.max(1)).take(surplus).cloned());
            }
        }
        for key in gone {
            self.holdings.remove(&key);
        }
    }
}
