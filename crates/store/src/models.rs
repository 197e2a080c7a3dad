//! Learned models: their artifacts, the decisions that each knows, and which was in force when.

use crate::{
    Error, Result, Tx,
    decisions::word,
    macros::{answers_that_measure, exec, fetch_all, fetch_one, fetch_optional, insert_many, reversed_at},
};
use domain::{Answer, DecisionId, DecisionOrigin, EntitlementId, IdentityId, ItemId, SourceId, Timestamp, UserId};
use uuid::Uuid;

/// A model as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredModel {
    /// SHA-256 of the artifact, as it was when the model was kept. Whether the bytes still have it is for the caller to see.
    pub sha256: [u8; 32],
    /// The artifact.
    pub artifact: Vec<u8>,
    /// A signed note over the hash.
    pub note: String,
    /// When it was trained.
    pub trained_at: Timestamp,
    /// Who had it trained, or, where it was trained by itself, who chose the promise that it has.
    pub trained_by: UserId,
    /// Whether nobody asked for it: enough new answers had come.
    pub by_itself: bool,
}

/// A model in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedModel {
    /// SHA-256 of its artifact.
    pub sha256: [u8; 32],
    /// When it was trained.
    pub trained_at: Timestamp,
    /// Who had it trained, or, where it was trained by itself, who chose the promise that it has.
    pub trained_by: UserId,
    /// That person's name.
    pub name: String,
    /// Whether nobody asked for it.
    pub by_itself: bool,
}

/// What a model knows a decision from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// It was trained on it.
    Learned,
    /// Its promise was set on it.
    Promised,
}

impl Known {
    /// The word in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Learned => "learned",
            Self::Promised => "promised",
        }
    }
}

/// A time in which one model, or none, was in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// 1, 2, 3 … in the order of time.
    pub number: i64,
    /// The model; `None` for the stated weights alone.
    pub model: Option<[u8; 32]>,
    /// Since when.
    pub since: Timestamp,
    /// Who began it.
    pub begun_by: UserId,
    /// That person's name.
    pub begun_by_name: String,
    /// Whether an earlier state was put back; else a model was promoted.
    pub rolled_back: bool,
    /// SHA-256 of the comparison that was accepted, and the comparison itself, as canonical JSON.
    pub report: Option<([u8; 32], String)>,
}

/// A term to be kept.
#[derive(Debug, Clone, Copy)]
pub struct NewTerm<'a> {
    /// The number of the term before it, 0 where there is none: nobody began another meanwhile.
    pub after: i64,
    /// The model; `None` for the stated weights alone.
    pub model: Option<[u8; 32]>,
    /// Since when.
    pub since: Timestamp,
    /// Who begins it.
    pub begun_by: UserId,
    /// The comparison that was accepted; `None` where an earlier state is put back.
    pub report: Option<([u8; 32], &'a str)>,
}

/// How many answers that count now came about alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerCount {
    /// The cause's stable name of the item.
    pub cause: String,
    /// How it came about.
    pub origin: DecisionOrigin,
    /// What was answered.
    pub answer: Answer,
    /// Whether it was a Revoke, and the access was asked for again and granted soon after its removal.
    pub is_reversed: bool,
    /// Whether it can no longer be undone.
    pub is_final: bool,
    /// How many.
    pub answers: u64,
}

/// A final answer of a person that may teach, with what was known of the item: one that was given without a recommendation in view,
/// or a Revoke that was reversed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeachingAnswer {
    /// The decision.
    pub decision: DecisionId,
    /// The item.
    pub item: ItemId,
    /// Where the access is held.
    pub source: SourceId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// Who answered; `None` where no source knows the person.
    pub reviewer: Option<IdentityId>,
    /// Approve or Revoke, as it was given.
    pub answer: Answer,
    /// Whether it was a Revoke, and the access was asked for again and granted soon after its removal.
    pub is_reversed: bool,
    /// When.
    pub decided_at: Timestamp,
    /// The holder's department, as the reading that the item speaks of has it.
    pub department: Option<String>,
    /// The holder's title.
    pub title: Option<String>,
    /// The manager's id at the source.
    pub manager_external: Option<String>,
    /// Canonical bytes of the recommendation.
    pub body: Vec<u8>,
}

type TeachingRow =
    (Uuid, Uuid, Uuid, Uuid, Option<Uuid>, String, Option<i64>, i64, Option<String>, Option<String>, Option<String>, Vec<u8>);
type TermRow = (i64, Option<Vec<u8>>, i64, Uuid, String, String, Option<Vec<u8>>, Option<String>);

fn digest(column: &'static str, row: impl ToString, bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::inconsistent("models", column, row, "not 32 bytes"))
}

impl Tx {
    /// Keeps a model and the decisions that it knows. False, and nothing is changed, where it is kept already.
    pub async fn keep_model(&mut self, model: &StoredModel, knows: &[(DecisionId, Known)]) -> Result<bool> {
        let kept = exec!(
            self,
            "INSERT INTO models (sha256, artifact, note, trained_at, trained_by, by_itself) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (sha256) DO NOTHING",
            model.sha256.to_vec(),
            model.artifact.clone(),
            model.note.as_str(),
            model.trained_at.0,
            model.trained_by.0,
            i64::from(model.by_itself),
        )?;
        if kept != 1 {
            return Ok(false);
        }
        insert_many!(
            self,
            "INSERT INTO model_decisions (model_sha256, decision_id, part) ",
            knows,
            |row| model.sha256.to_vec(),
            row.0.0,
            row.1.as_str(),
        );
        Ok(true)
    }

    /// The model with this hash, as it is stored.
    pub async fn model(&mut self, sha256: &[u8]) -> Result<Option<StoredModel>> {
        let row = fetch_optional!(
            self,
            (Vec<u8>, Vec<u8>, String, i64, Uuid, i64),
            "SELECT sha256, artifact, note, trained_at, trained_by, by_itself FROM models WHERE sha256 = $1",
            sha256.to_vec(),
        )?;
        row.map(|(sha256, artifact, note, at, by, itself)| {
            let sha256 = digest("sha256", by, sha256)?;
            Ok(StoredModel { sha256, artifact, note, trained_at: Timestamp(at), trained_by: by.into(), by_itself: itself == 1 })
        })
        .transpose()
    }

    /// The models, the newest first, at most `limit`, those trained before `before` or, at the same moment, with a smaller hash.
    pub async fn models(&mut self, before: Option<(Timestamp, [u8; 32])>, limit: i64) -> Result<Vec<ListedModel>> {
        let (at, hash) = before.map_or((i64::MAX, vec![255; 32]), |(at, hash)| (at.0, hash.to_vec()));
        let rows = fetch_all!(
            self,
            (Vec<u8>, i64, Uuid, String, i64),
            "SELECT m.sha256, m.trained_at, m.trained_by, u.name, m.by_itself FROM models m JOIN users u ON u.id = m.trained_by \
             WHERE m.trained_at < $1 OR (m.trained_at = $1 AND m.sha256 < $2) ORDER BY m.trained_at DESC, m.sha256 DESC LIMIT $3",
            at,
            hash,
            limit,
        )?;
        rows.into_iter()
            .map(|(sha256, at, by, name, itself)| {
                let sha256 = digest("sha256", by, sha256)?;
                Ok(ListedModel { sha256, trained_at: Timestamp(at), trained_by: by.into(), name, by_itself: itself == 1 })
            })
            .collect()
    }

    /// The decisions that a model knows, a page after `after`.
    pub async fn decisions_known_to(&mut self, sha256: &[u8], after: Option<DecisionId>, limit: i64) -> Result<Vec<DecisionId>> {
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT decision_id FROM model_decisions WHERE model_sha256 = $1 AND decision_id > $2 ORDER BY decision_id LIMIT $3",
            sha256.to_vec(),
            after.map_or(Uuid::nil(), |id| id.0),
            limit,
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// The term that stands now; `None` where nothing was ever promoted and the stated weights are in force.
    pub async fn term(&mut self) -> Result<Option<Term>> {
        Ok(self.terms(1).await?.pop())
    }

    /// The newest terms, the newest first, at most `limit`.
    pub async fn terms(&mut self, limit: i64) -> Result<Vec<Term>> {
        let rows = fetch_all!(
            self,
            TermRow,
            "SELECT t.number, t.model_sha256, t.since, t.begun_by, u.name, t.act, t.report_sha256, t.report \
             FROM model_terms t JOIN users u ON u.id = t.begun_by ORDER BY t.number DESC LIMIT $1",
            limit,
        )?;
        rows.into_iter()
            .map(|(number, model, since, by, name, act, hash, report)| {
                let model = model.map(|model| digest("model_sha256", number, model)).transpose()?;
                let report = match (hash, report) {
                    (Some(hash), Some(report)) => Some((digest("report_sha256", number, hash)?, report)),
                    _ => None,
                };
                let since = Timestamp(since);
                Ok(Term { number, model, since, begun_by: by.into(), begun_by_name: name, rolled_back: act == "rolled_back", report })
            })
            .collect()
    }

    /// Whether a model was ever in force.
    pub async fn was_in_force(&mut self, sha256: &[u8]) -> Result<bool> {
        let (terms,) = fetch_one!(self, (i64,), "SELECT COUNT(*) FROM model_terms WHERE model_sha256 = $1", sha256.to_vec())?;
        Ok(terms > 0)
    }

    /// Begins a term. A duplicate where another one began meanwhile.
    pub async fn begin_term(&mut self, term: &NewTerm<'_>) -> Result<()> {
        exec!(
            self,
            "INSERT INTO model_terms (number, model_sha256, since, begun_by, act, report_sha256, report) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            term.after + 1,
            term.model.map(|model| model.to_vec()),
            term.since.0,
            term.begun_by.0,
            if term.report.is_some() { "promoted" } else { "rolled_back" },
            term.report.map(|(hash, _)| hash.to_vec()),
            term.report.map(|(_, report)| report.to_owned()),
        )?;
        Ok(())
    }

    /// The answers that count now, counted by what decides whether they teach; of an item that was to be judged first, the first
    /// one. A Revoke is reversed where the access was asked for again and granted within `within` microseconds of its proven
    /// removal. With `since`, only those that became final, or were reversed, after it.
    pub async fn answers_counted(&mut self, within: i64, since: Option<Timestamp>) -> Result<Vec<AnswerCount>> {
        let rows = fetch_all!(
            self,
            (String, String, String, i64, i64, i64),
            concat!(
                "SELECT t.cause, t.origin, t.answer, CAST(CASE WHEN t.reversed_at IS NULL THEN 0 ELSE 1 END AS BIGINT), CAST(CASE WHEN t.finalised_at IS NULL THEN 0 ELSE 1 END AS BIGINT), COUNT(*) FROM (",
                "SELECT i.cause, d.origin, d.answer, f.finalised_at, ",
                reversed_at!(),
                " AS reversed_at FROM ",
                answers_that_measure!(),
                " WHERE f.undone_at IS NULL AND i.state IN ('staged', 'decided', 'escalated', 'excepted', 'signed_off')) t ",
                "WHERE $2 = 0 OR t.finalised_at > $3 OR t.reversed_at > $3 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
            ),
            within,
            i64::from(since.is_some()),
            since.map_or(0, |since| since.0),
        )?;
        rows.into_iter()
            .map(|(cause, origin, answer, reversed, settled, answers)| {
                Ok(AnswerCount {
                    cause,
                    origin: word("decisions", "origin", Uuid::nil(), &origin)?,
                    answer: word("decisions", "answer", Uuid::nil(), &answer)?,
                    is_reversed: reversed == 1,
                    is_final: settled == 1,
                    answers: u64::try_from(answers).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// A page of the final answers, Approve or Revoke, that may teach, by decision, those after `after`: given by people who were
    /// shown no recommendation, or reversed as [`Self::answers_counted`] says. Items that were settled otherwise since are not
    /// among them. Of an item that was to be judged first, it is the first answer, once a person's answer is final, also where
    /// that is another.
    pub async fn teaching_answers(&mut self, within: i64, after: Option<DecisionId>, limit: i64) -> Result<Vec<TeachingAnswer>> {
        let rows = fetch_all!(
            self,
            TeachingRow,
            concat!(
                "SELECT t.id, t.item_id, t.source_id, t.entitlement_id, t.reviewer_id, t.answer, t.reversed_at, t.decided_at, t.department, t.title, t.manager_external, t.body FROM (SELECT d.id, i.id AS item_id, i.source_id, i.entitlement_id, d.reviewer_id, d.answer, ",
                reversed_at!(),
                " AS reversed_at, d.decided_at, v.department, v.title, v.manager_external, r.body, d.origin FROM ",
                answers_that_measure!(),
                " JOIN recommendations r ON r.id = i.recommendation_id ",
                "LEFT JOIN account_versions v ON v.account_id = i.account_id AND v.valid_from <= i.seq AND (v.valid_until IS NULL OR v.valid_until > i.seq) ",
                // What is neither blind nor a Revoke cannot teach, and most answers are neither.
                "WHERE d.id > $2 AND (d.origin = 'person_blind' AND d.answer = 'approve' OR d.answer = 'revoke') AND f.undone_at IS NULL AND f.finalised_at IS NOT NULL ",
                "AND f.origin IN ('person', 'person_blind', 'person_bulk') AND i.state IN ('decided', 'signed_off')) t ",
                "WHERE t.origin = 'person_blind' OR t.reversed_at IS NOT NULL ORDER BY t.id LIMIT $3"
            ),
            within,
            after.map_or(Uuid::nil(), |id| id.0),
            limit,
        )?;
        rows.into_iter()
            .map(|(id, item, source, entitlement, reviewer, answer, reversed_at, at, department, title, manager_external, body)| {
                Ok(TeachingAnswer {
                    decision: id.into(),
                    item: item.into(),
                    source: source.into(),
                    entitlement: entitlement.into(),
                    reviewer: reviewer.map(Into::into),
                    answer: word("decisions", "answer", id, &answer)?,
                    is_reversed: reversed_at.is_some(),
                    decided_at: Timestamp(at),
                    department,
                    title,
                    manager_external,
                    body,
                })
            })
            .collect()
    }
}
