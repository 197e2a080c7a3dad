//! The answers that may teach, and how many do not and why (rule 30).

use super::{
    features::{kind, profile, values},
    train::Lesson,
};
use crate::{Error, Result, recommendations};
use domain::{Answer, DecisionId, DecisionOrigin, Timestamp, time::DAY};
use learn::labels::{LabelOrigin, Taught};
use recommend::{Cause, Profile, Recommendation, Weights, open_to_a_model, quality::REVERSAL_DAYS, steps};
use std::collections::BTreeMap;
use store::{
    Tx,
    models::{AnswerCount, TeachingAnswer},
};

/// Answers read at once.
pub(super) const AT_ONCE: i64 = 500;

/// It can still be undone.
const NOT_FINAL: &str = "not-final";
/// It names another person and is neither Approve nor Revoke.
const ESCALATED: &str = "escalated";
/// A named rule decided what is recommended; no model is asked there.
const BY_A_RULE: &str = "by-a-named-rule";

/// What was recommended cannot be read: another version wrote it, or it was changed in the database.
const UNREADABLE: &str = "unreadable";

/// How soon after its removal access is granted again for the Revoke to have been a mistake, in microseconds. What the figures of
/// quality count as a reversal has the same time.
const REVERSED_WITHIN: i64 = REVERSAL_DAYS * DAY;

/// How many answers there are to learn from, by how they arose, and how many do not teach, by why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Teaching {
    /// Answers that teach, by [`LabelOrigin`]'s name.
    pub kept: BTreeMap<String, u64>,
    /// Answers that teach and approved.
    pub approved: u64,
    /// Answers that teach and revoked.
    pub revoked: u64,
    /// Answers that do not teach because of how they arose, by [`LabelOrigin`]'s name.
    pub dropped: BTreeMap<String, u64>,
    /// Answers given without a recommendation that do not teach all the same, by a stable name.
    pub left_out: BTreeMap<String, u64>,
}

impl Teaching {
    /// All that teach.
    pub const fn all(&self) -> u64 {
        self.approved + self.revoked
    }
}

/// How an answer arose, as a lesson: a Revoke that was reversed teaches that the access is needed, however it was given.
const fn origin(of: DecisionOrigin, is_reversed: bool) -> LabelOrigin {
    if is_reversed {
        return LabelOrigin::Reversal;
    }
    match of {
        DecisionOrigin::PersonBlind => LabelOrigin::BlindFirst,
        DecisionOrigin::Person => LabelOrigin::RecommendationSeen,
        DecisionOrigin::PersonBulk => LabelOrigin::Bulk,
        DecisionOrigin::Default => LabelOrigin::Default,
        DecisionOrigin::Platform => LabelOrigin::PlatformAccepted,
    }
}

/// Why an answer that could teach, by how it arose, does not; `None` where it does.
fn left_out(of: &AnswerCount) -> Option<&'static str> {
    if of.answer == Answer::Escalate {
        Some(ESCALATED)
    } else if !of.is_final {
        Some(NOT_FINAL)
    } else if of.cause.parse::<Cause>().is_ok_and(Cause::is_of_a_rule) {
        Some(BY_A_RULE)
    } else {
        None
    }
}

/// Counts the answers that count now, without reading what was known of their items; with `since`, those that became final
/// after it.
pub(crate) async fn counted(tx: &mut Tx, since: Option<Timestamp>) -> Result<Teaching> {
    let mut found = Teaching::default();
    for of in tx.answers_counted(REVERSED_WITHIN, since).await? {
        let origin = origin(of.origin, of.is_reversed);
        if !origin.teaches() {
            *found.dropped.entry(name(origin)?).or_default() += of.answers;
        } else if let Some(why) = left_out(&of) {
            *found.left_out.entry(why.to_owned()).or_default() += of.answers;
        } else {
            *found.kept.entry(name(origin)?).or_default() += of.answers;
            *if approved(of.answer, of.is_reversed) { &mut found.approved } else { &mut found.revoked } += of.answers;
        }
    }
    Ok(found)
}

/// What a lesson says: that the access stays, or that it goes. A reversed Revoke is corrected.
fn approved(answer: Answer, is_reversed: bool) -> bool {
    answer == Answer::Approve || is_reversed
}

fn name(origin: LabelOrigin) -> Result<String> {
    match serde_json::to_value(origin) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        other => Err(Error::Inconsistent(format!("the name of how an answer arose: {other:?}"))),
    }
}

/// An answer that teaches, with what was recommended.
pub(super) struct Blind {
    /// What a model learns from it.
    pub lesson: Lesson,
    /// What was recommended.
    pub made: Recommendation,
    /// Whether it teaches because it was reversed.
    pub reversed: bool,
    /// What a model is told besides facts.
    pub profile: Profile,
    /// The holder's department, for the report.
    pub department: Option<String>,
}

/// A page of the answers that teach.
pub(super) struct Page {
    /// Those that could be read.
    pub answers: Vec<Blind>,
    /// How many could not, because what was recommended cannot be read.
    pub unreadable: u64,
    /// The last decision that was looked at.
    pub last: DecisionId,
}

/// The page after `after`; `None` where there is none left.
pub(super) async fn page(tx: &mut Tx, weights: &Weights, after: Option<DecisionId>) -> Result<Option<Page>> {
    let rows = tx.teaching_answers(REVERSED_WITHIN, after, AT_ONCE).await?;
    let Some(last) = rows.last().map(|row| row.decision) else {
        return Ok(None);
    };
    let mut page = Page { answers: Vec::with_capacity(rows.len()), unreadable: 0, last };
    for row in rows {
        match recommendations::readable(&row.body, &row.item) {
            Some(made) => page.answers.extend(blind(row, made, weights)),
            None => page.unreadable += 1,
        }
    }
    Ok(Some(page))
}

fn blind(row: TeachingAnswer, made: Recommendation, weights: &Weights) -> Option<Blind> {
    // By what this program's rules and weights make of the facts: that is how a model will be asked.
    let (Some(open), Some(weighing)) =
        (open_to_a_model(&made.facts, made.as_of, weights), steps(&made.facts, made.as_of, weights).weighing)
    else {
        return None;
    };
    let profile = profile(row.source, row.entitlement, (row.department.as_deref(), row.title.as_deref()), row.manager_external.as_deref());
    let lesson = Lesson {
        decision: row.decision,
        reviewer: row.reviewer.map(|reviewer| reviewer.to_string()).unwrap_or_default(),
        approved: approved(row.answer, row.is_reversed),
        decided_at: row.decided_at,
        kind: kind(&made.facts, row.source),
        values: values(&made.facts, made.as_of, &weighing, &profile),
        open,
    };
    Some(Blind { lesson, made, reversed: row.is_reversed, profile, department: row.department })
}

/// Everything that teaches, and what does not, counted.
pub(super) async fn all(tx: &mut Tx) -> Result<(Vec<Lesson>, Taught, BTreeMap<String, u64>)> {
    let weights = Weights::default();
    let mut lessons = Vec::new();
    let mut after = None;
    let (mut labels, mut out) = (Taught::default(), BTreeMap::new());
    let mut unreadable = 0;
    while let Some(page) = page(tx, &weights, after).await? {
        unreadable += page.unreadable;
        for one in page.answers {
            let origin = if one.reversed { LabelOrigin::Reversal } else { LabelOrigin::BlindFirst };
            *labels.kept.entry(origin).or_default() += 1;
            lessons.push(one.lesson);
        }
        after = Some(page.last);
    }
    if unreadable > 0 {
        out.insert(UNREADABLE.to_owned(), unreadable);
    }
    for of in tx.answers_counted(REVERSED_WITHIN, None).await? {
        let origin = origin(of.origin, of.is_reversed);
        if !origin.teaches() {
            *labels.dropped.entry(origin).or_default() += of.answers;
        } else if let Some(why) = left_out(&of) {
            *out.entry(why.to_owned()).or_default() += of.answers;
        }
    }
    Ok((lessons, labels, out))
}
