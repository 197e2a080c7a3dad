//! How well recommendations hold: what figures are made of, measurements, and figures that left their band.
//!
//! Nothing here reads a recommendation that is hidden (shadow mode): every statement asks for campaigns that show theirs.

use crate::{
    Error, Result, Tx,
    decisions::word,
    ledger::hash,
    macros::{answers_that_measure, exec, fetch_all, fetch_one, fetch_optional, insert_many},
};
use domain::{Answer, CampaignId, Timestamp, UserId, Verdict, time::DAY};
use uuid::Uuid;

/// Microseconds in a week.
pub const WEEK: i64 = 7 * DAY;

/// When the week began from which weeks are counted: Monday 5 January 1970, 00:00 UTC.
pub const FIRST_WEEK: Timestamp = Timestamp(4 * DAY);

/// Final answers of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerCount {
    /// The engine that made the recommendation.
    pub engine: String,
    /// SHA-256 of the model that was asked; `None` where none was.
    pub model: Option<[u8; 32]>,
    /// The cause's stable name.
    pub cause: String,
    /// What was recommended.
    pub verdict: Verdict,
    /// Tenths of stated confidence, rounded down, 0 to 9.
    pub bin: i64,
    /// Approve or Revoke.
    pub answer: Answer,
    /// True where the recommendation was not in view.
    pub blind: bool,
    /// The week of the answer.
    pub week: i64,
    /// How many.
    pub cases: i64,
    /// The sum of their stated confidences, in parts of 10,000.
    pub stated: i64,
}

/// Proven removals of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalCount {
    /// The engine that made the recommendation.
    pub engine: String,
    /// SHA-256 of the model that was asked; `None` where none was.
    pub model: Option<[u8; 32]>,
    /// The cause's stable name.
    pub cause: String,
    /// What was recommended.
    pub verdict: Verdict,
    /// How many.
    pub cases: i64,
    /// How many of them were there again in time.
    pub returned: i64,
}

/// Recommendations of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputCount {
    /// What made them.
    pub version: String,
    /// The week in which they were made.
    pub week: i64,
    /// A fact's name, or `recommended`.
    pub input: String,
    /// Its bucket, or the verdict.
    pub bucket: String,
    /// How many.
    pub cases: i64,
}

/// A measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub measured_at: Timestamp,
    /// Who asked for it; `None` where it was due.
    pub by: Option<UserId>,
    /// SHA-256 of the body.
    pub sha256: [u8; 32],
    /// Canonical JSON.
    pub body: String,
}

/// A figure that left its band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its id.
    pub id: Uuid,
    /// Of which version; empty of all.
    pub version: String,
    /// Which figure.
    pub figure: String,
    /// Of which cause or fact; empty of all.
    pub part: String,
    /// The figure when it left, in parts of 10,000.
    pub value: i64,
    /// The end of its band then.
    pub band: i64,
    /// Cases then.
    pub cases: i64,
    /// When.
    pub raised_at: Timestamp,
    /// When it was over; `None` while it is not.
    pub ended_at: Option<Timestamp>,
    /// Why it was over: `within`, or `not_measured`.
    pub ended_because: Option<String>,
}

#[derive(sqlx_macros::FromRow)]
struct AlertRow {
    id: Uuid,
    version: String,
    figure: String,
    part: String,
    value: i64,
    band: i64,
    cases: i64,
    raised_at: i64,
    ended_at: Option<i64>,
    ended_because: Option<String>,
}

impl From<AlertRow> for Alert {
    fn from(row: AlertRow) -> Self {
        Self {
            id: row.id,
            version: row.version,
            figure: row.figure,
            part: row.part,
            value: row.value,
            band: row.band,
            cases: row.cases,
            raised_at: Timestamp(row.raised_at),
            ended_at: row.ended_at.map(Timestamp),
            ended_because: row.ended_because,
        }
    }
}

macro_rules! alerts {
    ($rest:literal) => {
        concat!("SELECT id, version, figure, part, value, band, cases, raised_at, ended_at, ended_because FROM quality_alerts ", $rest)
    };
}

fn model_hash(bytes: Vec<u8>) -> Result<[u8; 32]> {
    hash("recommendations", "model_sha256", Uuid::nil(), bytes)
}

impl Tx {
    /// Final answers of people to single items, from `from` until before `until`, by kind and week. Of an item that was to be judged
    /// first, the first answer counts, once the item has a final one.
    ///
    /// One pass over the items, each with its answer and recommendation by key.
    pub async fn quality_answers(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<AnswerCount>> {
        let rows = fetch_all!(
            self,
            (String, Option<Vec<u8>>, String, String, i64, String, String, i64, i64, i64),
            concat!(
                "SELECT r.engine, r.model_sha256, i.cause, r.verdict, CASE WHEN r.confidence >= 10000 THEN 9 ELSE r.confidence / 1000 END, d.answer, d.origin, (d.decided_at - $3) / $4, COUNT(*), CAST(SUM(r.confidence) AS BIGINT) FROM ",
                answers_that_measure!(),
                " JOIN recommendations r ON r.id = d.recommendation_id JOIN campaigns c ON c.id = d.campaign_id ",
                "WHERE d.decided_at >= $1 AND d.decided_at < $2 AND c.recommendations = 'shown' AND f.finalised_at IS NOT NULL AND f.undone_at IS NULL ",
                "AND f.answer IN ('approve', 'revoke') AND f.origin IN ('person', 'person_blind') AND d.answer IN ('approve', 'revoke') AND d.origin IN ('person', 'person_blind') ",
                "GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8"
            ),
            from.0,
            until.0,
            FIRST_WEEK.0,
            WEEK,
        )?;
        rows.into_iter()
            .map(|(engine, model, cause, verdict, bin, answer, origin, week, cases, stated)| {
                Ok(AnswerCount {
                    engine,
                    model: model.map(model_hash).transpose()?,
                    cause,
                    verdict: word("recommendations", "verdict", Uuid::nil(), &verdict)?,
                    bin,
                    answer: word("decisions", "answer", Uuid::nil(), &answer)?,
                    blind: origin == "person_blind",
                    week,
                    cases,
                    stated,
                })
            })
            .collect()
    }

    /// Escalations by people that were not taken back, from `from` until before `until`: week and how many.
    pub async fn quality_escalations(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<(i64, i64)>> {
        fetch_all!(
            self,
            (i64, i64),
            "SELECT (d.decided_at - $3) / $4, COUNT(*) FROM decisions d JOIN campaigns c ON c.id = d.campaign_id \
             WHERE d.decided_at >= $1 AND d.decided_at < $2 AND c.recommendations = 'shown' AND d.undone_at IS NULL AND d.answer = 'escalate' AND d.origin IN ('person', 'person_blind') \
             GROUP BY 1 ORDER BY 1",
            from.0,
            until.0,
            FIRST_WEEK.0,
            WEEK,
        )
    }

    /// Removals proven from `from` until before `until`, by kind, and how many of each were there again within `within`
    /// microseconds of the proof.
    pub async fn quality_removals(&mut self, from: Timestamp, until: Timestamp, within: i64) -> Result<Vec<RemovalCount>> {
        let rows = fetch_all!(
            self,
            (String, Option<Vec<u8>>, String, String, i64, i64),
            "SELECT r.engine, r.model_sha256, i.cause, r.verdict, COUNT(*), CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM findings f WHERE f.order_id = o.id AND f.kind IN ('returned', 'regranted') AND f.raised_at <= o.proven_at + $3) THEN 1 ELSE 0 END) AS BIGINT) \
             FROM orders o JOIN decisions d ON d.id = o.decision_id JOIN items i ON i.id = o.item_id JOIN recommendations r ON r.id = d.recommendation_id JOIN campaigns c ON c.id = o.campaign_id \
             WHERE o.proven_at >= $1 AND o.proven_at < $2 AND o.state = 'proven' AND c.recommendations = 'shown' AND d.origin IN ('person', 'person_blind', 'person_bulk') \
             GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
            from.0,
            until.0,
            within,
        )?;
        rows.into_iter()
            .map(|(engine, model, cause, verdict, cases, returned)| {
                Ok(RemovalCount {
                    engine,
                    model: model.map(model_hash).transpose()?,
                    cause,
                    verdict: word("recommendations", "verdict", Uuid::nil(), &verdict)?,
                    cases,
                    returned,
                })
            })
            .collect()
    }

    /// Campaigns that show what is recommended, opened from `from` on, whose recommendations are not all counted, and how many
    /// items each has.
    pub async fn quality_uncounted(&mut self, from: Timestamp) -> Result<Vec<(CampaignId, i64)>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64, i64),
            "SELECT c.id, (SELECT COUNT(*) FROM items i WHERE i.campaign_id = c.id), COALESCE(q.items, 0) FROM campaigns c LEFT JOIN quality_counted q ON q.campaign_id = c.id \
             WHERE c.recommendations = 'shown' AND c.created_at >= $1 ORDER BY c.id",
            from.0,
        )?;
        Ok(rows.into_iter().filter(|(_, items, counted)| items != counted).map(|(id, items, _)| (id.into(), items)).collect())
    }

    /// A page of what was recommended in a campaign that shows it, by item number from after `after`: number, when, and the
    /// canonical bytes.
    pub async fn quality_recommendations(
        &mut self,
        campaign: CampaignId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, Timestamp, Vec<u8>)>> {
        let rows = fetch_all!(
            self,
            (i64, i64, Vec<u8>),
            "SELECT i.number, r.created_at, r.body FROM items i JOIN recommendations r ON r.id = i.recommendation_id JOIN campaigns c ON c.id = i.campaign_id \
             WHERE i.campaign_id = $1 AND i.number > $2 AND c.recommendations = 'shown' ORDER BY i.number LIMIT $3",
            campaign.0,
            after,
            limit,
        )?;
        Ok(rows.into_iter().map(|(number, at, body)| (number, Timestamp(at), body)).collect())
    }

    /// Keeps what was recommended on which facts in a campaign of `items` items, in the place of what was kept before.
    pub async fn keep_quality_inputs(&mut self, campaign: CampaignId, items: i64, counts: &[InputCount]) -> Result<()> {
        exec!(self, "DELETE FROM quality_inputs WHERE campaign_id = $1", campaign.0)?;
        insert_many!(
            self,
            "INSERT INTO quality_inputs (campaign_id, version, week, input, bucket, cases) ",
            counts,
            |row| campaign.0,
            row.version.clone(),
            row.week,
            row.input.clone(),
            row.bucket.clone(),
            row.cases,
        );
        exec!(
            self,
            "INSERT INTO quality_counted (campaign_id, items) VALUES ($1, $2) ON CONFLICT (campaign_id) DO UPDATE SET items = excluded.items",
            campaign.0,
            items,
        )?;
        Ok(())
    }

    /// What was recommended on which facts from one week to another, over all campaigns that show it.
    pub async fn quality_inputs(&mut self, from_week: i64, to_week: i64) -> Result<Vec<InputCount>> {
        let rows = fetch_all!(
            self,
            (String, i64, String, String, i64),
            "SELECT q.version, q.week, q.input, q.bucket, CAST(SUM(q.cases) AS BIGINT) FROM quality_inputs q JOIN campaigns c ON c.id = q.campaign_id \
             WHERE c.recommendations = 'shown' AND q.week >= $1 AND q.week <= $2 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
            from_week,
            to_week,
        )?;
        Ok(rows.into_iter().map(|(version, week, input, bucket, cases)| InputCount { version, week, input, bucket, cases }).collect())
    }

    /// Keeps a measurement.
    pub async fn insert_measurement(&mut self, made: &Measurement) -> Result<()> {
        exec!(
            self,
            "INSERT INTO quality_measurements (id, measured_at, by_user, sha256, body) VALUES ($1, $2, $3, $4, $5)",
            made.id,
            made.measured_at.0,
            made.by.map(|user| user.0),
            made.sha256.to_vec(),
            made.body.as_str(),
        )?;
        Ok(())
    }

    /// The newest measurement.
    pub async fn newest_measurement(&mut self) -> Result<Option<Measurement>> {
        let row = fetch_optional!(
            self,
            (Uuid, i64, Option<Uuid>, Vec<u8>, String),
            "SELECT id, measured_at, by_user, sha256, body FROM quality_measurements ORDER BY measured_at DESC, id DESC LIMIT 1",
        )?;
        row.map(|(id, at, by, sha256, body)| {
            let sha256 = sha256.try_into().map_err(|_| Error::inconsistent("quality_measurements", "sha256", id, "not 32 bytes"))?;
            Ok(Measurement { id, measured_at: Timestamp(at), by: by.map(Into::into), sha256, body })
        })
        .transpose()
    }

    /// When was measured last.
    pub async fn last_measured_at(&mut self) -> Result<Option<Timestamp>> {
        let (at,) = fetch_one!(self, (Option<i64>,), "SELECT MAX(measured_at) FROM quality_measurements")?;
        Ok(at.map(Timestamp))
    }

    /// Raises an alert. False where the same stands open already.
    pub async fn insert_alert(&mut self, alert: &Alert) -> Result<bool> {
        let rows = exec!(
            self,
            "INSERT INTO quality_alerts (id, version, figure, part, value, band, cases, raised_at, ended_at, ended_because) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL) ON CONFLICT DO NOTHING",
            alert.id,
            alert.version.as_str(),
            alert.figure.as_str(),
            alert.part.as_str(),
            alert.value,
            alert.band,
            alert.cases,
            alert.raised_at.0,
        )?;
        Ok(rows == 1)
    }

    /// Ends an alert. False where it is over already.
    pub async fn end_alert(&mut self, id: Uuid, at: Timestamp, because: &str) -> Result<bool> {
        let rows = exec!(
            self,
            "UPDATE quality_alerts SET ended_at = $2, ended_because = $3 WHERE id = $1 AND ended_at IS NULL",
            id,
            at.0,
            because,
        )?;
        Ok(rows == 1)
    }

    /// Alerts that are not over, the oldest first.
    pub async fn open_alerts(&mut self) -> Result<Vec<Alert>> {
        let rows = fetch_all!(self, AlertRow, alerts!("WHERE ended_at IS NULL ORDER BY raised_at, version, figure, part"))?;
        Ok(rows.into_iter().map(Alert::from).collect())
    }

    /// Alerts that are over, those that ended last first.
    pub async fn ended_alerts(&mut self, limit: i64) -> Result<Vec<Alert>> {
        let rows = fetch_all!(self, AlertRow, alerts!("WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT $1"), limit)?;
        Ok(rows.into_iter().map(Alert::from).collect())
    }

    /// Alerts that are not over, by figure.
    pub async fn count_open_alerts(&mut self) -> Result<Vec<(String, i64)>> {
        fetch_all!(
            self,
            (String, i64),
            "SELECT figure, COUNT(*) FROM quality_alerts WHERE ended_at IS NULL GROUP BY figure ORDER BY figure"
        )
    }
}
