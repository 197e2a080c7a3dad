//! The way in: a population, looked at once, and a recommendation for each of its grants.

use crate::decide::decide;
use crate::fact::Facts;
use crate::gather::gather;
use crate::index::{Index, IndexError};
use crate::population::Population;
use crate::recommendation::{CanonicalError, Recommendation};
use crate::weights::Weights;
use domain::Timestamp;

/// Why a population or one of its grants cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The population contradicts itself.
    #[error(transparent)]
    Population(#[from] IndexError),
    /// There is no such grant.
    #[error("grant number {at} was asked for, and the population holds {grants} grants, counted from 0")]
    NoSuchGrant {
        /// What was asked for.
        at: usize,
        /// How many there are.
        grants: usize,
    },
    /// The result could not be written.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// Judges the grants of one population at one moment with one set of weights.
#[derive(Debug)]
pub struct Judge<'a> {
    index: Index<'a>,
    as_of: Timestamp,
    weights: Weights,
}

impl<'a> Judge<'a> {
    /// Looks at the population once. `as_of` is the time of judging; ages are counted to it.
    pub fn new(population: &'a Population, as_of: Timestamp, weights: Weights) -> Result<Self, JudgeError> {
        Ok(Self { index: Index::new(population, as_of)?, as_of, weights })
    }

    /// The facts about the grant at this position of [`Population::grants`].
    pub fn facts(&self, at: usize) -> Result<Facts, JudgeError> {
        gather(&self.index, self.as_of, at).ok_or(JudgeError::NoSuchGrant { at, grants: self.index.population.grants.len() })
    }

    /// The recommendation for the grant at this position of [`Population::grants`].
    pub fn recommend(&self, at: usize) -> Result<Recommendation, JudgeError> {
        let facts = self.facts(at)?;
        let grants = &self.index.population.grants;
        let grant = grants.get(at).ok_or(JudgeError::NoSuchGrant { at, grants: grants.len() })?;
        Ok(decide(grant.id, self.as_of, facts, &self.weights)?)
    }

    /// The recommendations for all grants, in the order of [`Population::grants`].
    pub fn recommend_all(&self) -> impl Iterator<Item = Result<Recommendation, JudgeError>> + '_ {
        (0..self.index.population.grants.len()).map(|at| self.recommend(at))
    }
}
