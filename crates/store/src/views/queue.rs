//! A reviewer's own items: counts by campaign and cause, and the lines of a list.

use crate::{
    Error, Result, Tx,
    access::search_key,
    decisions::word,
    macros::{fetch_all, fetch_optional, in_view},
};
use domain::{
    Answer, CampaignId, DecisionId, EscalateMeaning, IdentityId, InView, ItemId, OrderState, ReviewState, Sensitivity, SourceId, Timestamp,
    Usage, UserId, Verdict,
};
use uuid::Uuid;

/// How many items are in one state with one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateAnswerCount {
    /// The campaign.
    pub campaign: CampaignId,
    /// The state.
    pub state: ReviewState,
    /// The answer that counts, if there is one.
    pub answer: Option<Answer>,
    /// How many.
    pub items: i64,
}

/// What a reviewer is asked in a campaign, besides the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// How many different people hold what is asked about.
    pub people: i64,
    /// How many open items somebody escalated to the reviewer.
    pub by_escalation: i64,
    /// The soonest time at which one of those is due.
    pub escalation_due_at: Option<Timestamp>,
}

/// The name under which the items to be judged first stand together, answered or not.
pub const JUDGED_FIRST: &str = "judged-first";

/// A cause and its items.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct CauseCount {
    /// 0 needs your judgement, 1 probably not needed, 2 looks right; -1 of the items to be judged first.
    pub sort: i64,
    /// The cause's stable name; [`JUDGED_FIRST`] of the items to be judged first, whose causes are told nowhere.
    pub cause: String,
    /// How many are still open.
    pub open: i64,
    /// How many there are.
    pub items: i64,
    /// The greatest risk among them.
    pub risk: i64,
}

/// An item in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemLine {
    /// The item.
    pub id: ItemId,
    /// Its number within the campaign.
    pub number: i64,
    /// The source.
    pub source: SourceId,
    /// The source's name.
    pub source_name: String,
    /// Where it stands.
    pub state: ReviewState,
    /// The holder's name.
    pub person: String,
    /// The holder's title.
    pub title: Option<String>,
    /// The holder's department.
    pub department: Option<String>,
    /// When the holder last changed jobs.
    pub changed_job_on: Option<Timestamp>,
    /// The access's name.
    pub access: String,
    /// Its application.
    pub application: Option<String>,
    /// Its sensitivity.
    pub sensitivity: Option<Sensitivity>,
    /// What is known of use.
    pub usage: Option<Usage>,
    /// When the snapshot that this line speaks of was taken.
    pub read_at: Timestamp,
    /// What is recommended.
    pub verdict: Option<Verdict>,
    /// What Escalate means.
    pub meaning: Option<EscalateMeaning>,
    /// Whether it must not wait.
    pub alarm: bool,
    /// Whether what is recommended is shown.
    pub showing: InView,
    /// Whether it was drawn to be judged first, answered or not.
    pub blind: bool,
    /// The answer that counts.
    pub answer: Option<Answer>,
    /// Where the removal stands.
    pub order: Option<OrderState>,
}

#[derive(sqlx_macros::FromRow)]
struct LineRow {
    id: Uuid,
    number: i64,
    source_id: Uuid,
    source_name: String,
    state: String,
    person: Option<String>,
    person_external: String,
    title: Option<String>,
    department: Option<String>,
    changed_job_on: Option<i64>,
    access: Option<String>,
    access_external: String,
    application: Option<String>,
    sensitivity: Option<String>,
    last_used: Option<i64>,
    days_used: Option<i64>,
    window_days: Option<i64>,
    grain: Option<String>,
    taken_at: i64,
    verdict: Option<String>,
    meaning: Option<String>,
    alarm: Option<i64>,
    in_view: String,
    blind: i64,
    answer: Option<String>,
    order_state: Option<String>,
}

impl TryFrom<LineRow> for ItemLine {
    type Error = Error;
    fn try_from(row: LineRow) -> Result<Self> {
        let id = row.id;
        let number = |n: i64| u32::try_from(n).map_err(|why| Error::inconsistent("usages", "days_used", id, why));
        let usage = match (row.window_days, row.grain) {
            (Some(window), Some(grain)) => Some(Usage {
                last_used: row.last_used.map(Timestamp),
                days_used: row.days_used.map(number).transpose()?,
                window_days: number(window)?,
                grain: word("usages", "grain", id, &grain)?,
            }),
            _ => None,
        };
        Ok(Self {
            id: id.into(),
            number: row.number,
            source: row.source_id.into(),
            source_name: row.source_name,
            state: word("items", "state", id, &row.state)?,
            person: row.person.unwrap_or(row.person_external),
            title: row.title,
            department: row.department,
            changed_job_on: row.changed_job_on.map(Timestamp),
            access: row.access.unwrap_or(row.access_external),
            application: row.application,
            sensitivity: row.sensitivity.map(|w| word("entitlement_versions", "sensitivity", id, &w)).transpose()?,
            usage,
            read_at: Timestamp(row.taken_at),
            verdict: row.verdict.map(|w| word("recommendations", "verdict", id, &w)).transpose()?,
            meaning: row.meaning.map(|w| word("recommendations", "meaning", id, &w)).transpose()?,
            alarm: row.alarm == Some(1),
            showing: word("items", "in_view", id, &row.in_view)?,
            blind: row.blind == 1,
            answer: row.answer.map(|w| word("decisions", "answer", id, &w)).transpose()?,
            order: row.order_state.map(|w| word("orders", "state", id, &w)).transpose()?,
        })
    }
}

// Names are those of the snapshot that the item speaks of, so that a list does not change under its reader.
macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.number, i.source_id, src.name AS source_name, i.state, v.name AS person, a.external_id AS person_external, ",
            "v.title, v.department, v.changed_job_on, ev.name AS access, e.external_id AS access_external, ev.application, ev.sensitivity, ",
            "u.last_used, u.days_used, u.window_days, u.grain, sn.taken_at, r.verdict, r.meaning, r.alarm, ",
            in_view!(),
            " AS in_view, i.blind, d.answer, o.state AS order_state ",
            "FROM items i JOIN campaigns c ON c.id = i.campaign_id JOIN sources src ON src.id = i.source_id ",
            "JOIN snapshots sn ON sn.source_id = i.source_id AND sn.seq = i.seq ",
            "JOIN accounts a ON a.id = i.account_id JOIN entitlements e ON e.id = i.entitlement_id ",
            "LEFT JOIN account_versions v ON v.account_id = i.account_id AND v.valid_from <= i.seq AND (v.valid_until IS NULL OR v.valid_until > i.seq) ",
            "LEFT JOIN entitlement_versions ev ON ev.entitlement_id = i.entitlement_id AND ev.valid_from <= i.seq AND (ev.valid_until IS NULL OR ev.valid_until > i.seq) ",
            "LEFT JOIN usages u ON u.account_id = i.account_id AND u.entitlement_id = i.entitlement_id AND u.valid_from <= i.seq AND (u.valid_until IS NULL OR u.valid_until > i.seq) ",
            "LEFT JOIN recommendations r ON r.id = i.recommendation_id LEFT JOIN decisions d ON d.id = i.decision_id ",
            // A withdrawn order may have been followed by another for the same decision; the line is still one.
            "LEFT JOIN orders o ON o.id = (SELECT x.id FROM orders x WHERE x.decision_id = i.decision_id ORDER BY x.id DESC LIMIT 1) ",
            $rest
        )
    };
}

/// What to find in a reviewer's items.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// All of them.
    All,
    /// The items of one cause, without those that were drawn to be judged first.
    Cause(&'a str),
    /// The items that were drawn to be judged first.
    JudgedFirst,
    /// Items whose holder's or access's name holds this text.
    Search(&'a str),
}

impl Tx {
    /// A reviewer's items by campaign, state and answer.
    pub async fn reviewer_counts(&mut self, reviewer: IdentityId) -> Result<Vec<StateAnswerCount>> {
        let rows = fetch_all!(
            self,
            (Uuid, String, Option<String>, i64),
            "SELECT i.campaign_id, i.state, d.answer, COUNT(*) FROM items i LEFT JOIN decisions d ON d.id = i.decision_id WHERE i.reviewer_id = $1 GROUP BY i.campaign_id, i.state, d.answer",
            reviewer.0,
        )?;
        rows.into_iter()
            .map(|(campaign, state, answer, items)| {
                Ok(StateAnswerCount {
                    campaign: campaign.into(),
                    state: word("items", "state", campaign, &state)?,
                    answer: answer.map(|a| word("decisions", "answer", campaign, &a)).transpose()?,
                    items,
                })
            })
            .collect()
    }

    /// What a reviewer is asked in a campaign, besides the counts.
    pub async fn reviewer_asked(&mut self, reviewer: IdentityId, campaign: CampaignId) -> Result<Asked> {
        let row = fetch_optional!(
            self,
            (i64, i64, Option<i64>),
            "SELECT COUNT(DISTINCT a.identity_id), COUNT(CASE WHEN i.state = 'escalated' THEN 1 END), MIN(CASE WHEN i.state = 'escalated' THEN i.due_at END) FROM items i JOIN accounts a ON a.id = i.account_id WHERE i.reviewer_id = $1 AND i.campaign_id = $2",
            reviewer.0,
            campaign.0,
        )?;
        let (people, by_escalation, due) = row.unwrap_or_default();
        Ok(Asked { people, by_escalation, escalation_due_at: due.map(Timestamp) })
    }

    /// The causes of a reviewer's items in a campaign: by sort, then the riskiest first. Items that were drawn to be judged first
    /// stand together before all others, so that no count tells what is recommended for one of them.
    pub async fn reviewer_causes(&mut self, reviewer: IdentityId, campaign: CampaignId) -> Result<Vec<CauseCount>> {
        fetch_all!(
            self,
            CauseCount,
            "SELECT CASE WHEN blind = 1 THEN -1 ELSE sort END AS sort, CASE WHEN blind = 1 THEN 'judged-first' ELSE cause END AS cause, COUNT(CASE WHEN state IN ('undecided', 'handed_over', 'escalated', 'second_review') THEN 1 END) AS open, COUNT(*) AS items, MAX(risk) AS risk FROM items WHERE reviewer_id = $1 AND campaign_id = $2 GROUP BY 1, 2 ORDER BY 1, 5 DESC, 2",
            reviewer.0,
            campaign.0,
        )
    }

    /// A page of a reviewer's items, in their order, those after the number `after`.
    pub async fn reviewer_items(
        &mut self,
        reviewer: IdentityId,
        campaign: CampaignId,
        which: Which<'_>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ItemLine>> {
        const ALL: &str = lines!("WHERE i.reviewer_id = $1 AND i.campaign_id = $2 AND i.number > $3 ORDER BY i.number LIMIT $4");
        const CAUSE: &str = lines!(
            "WHERE i.reviewer_id = $1 AND i.campaign_id = $2 AND i.cause = $3 AND i.blind = 0 AND i.number > $4 ORDER BY i.number LIMIT $5"
        );
        const JUDGED: &str =
            lines!("WHERE i.reviewer_id = $1 AND i.campaign_id = $2 AND i.blind = 1 AND i.number > $3 ORDER BY i.number LIMIT $4");
        const SEARCH: &str = lines!(
            "WHERE i.reviewer_id = $1 AND i.campaign_id = $2 AND (v.search LIKE $3 ESCAPE '!' OR ev.search LIKE $3 ESCAPE '!') AND i.number > $4 ORDER BY i.number LIMIT $5"
        );
        let rows = match which {
            Which::All => fetch_all!(self, LineRow, ALL, reviewer.0, campaign.0, after, limit),
            Which::JudgedFirst => fetch_all!(self, LineRow, JUDGED, reviewer.0, campaign.0, after, limit),
            Which::Cause(cause) => fetch_all!(self, LineRow, CAUSE, reviewer.0, campaign.0, cause, after, limit),
            Which::Search(text) => fetch_all!(self, LineRow, SEARCH, reviewer.0, campaign.0, contains(text), after, limit),
        }?;
        rows.into_iter().map(ItemLine::try_from).collect()
    }

    /// One item as a line.
    pub async fn item_line(&mut self, item: ItemId) -> Result<Option<ItemLine>> {
        fetch_optional!(self, LineRow, lines!("WHERE i.id = $1"), item.0)?.map(ItemLine::try_from).transpose()
    }

    /// The reviewer's newest decision in a campaign whose undo window is still open: item and decision.
    pub async fn newest_undoable(&mut self, user: UserId, campaign: CampaignId, now: Timestamp) -> Result<Option<(ItemId, DecisionId)>> {
        let row = fetch_optional!(
            self,
            (Uuid, Uuid),
            "SELECT d.item_id, d.id FROM decisions d JOIN items i ON i.id = d.item_id WHERE d.campaign_id = $1 AND d.user_id = $2 AND d.undone_at IS NULL AND d.finalised_at IS NULL AND d.final_at > $3 AND i.decision_id = d.id AND i.state IN ('staged', 'escalated') ORDER BY d.id DESC LIMIT 1",
            campaign.0,
            user.0,
            now.0,
        )?;
        Ok(row.map(|(item, decision)| (item.into(), decision.into())))
    }

    /// The open items of a reviewer just before and just after a number, in the order of the queue.
    pub async fn open_neighbours(
        &mut self,
        reviewer: IdentityId,
        campaign: CampaignId,
        number: i64,
    ) -> Result<(Option<ItemId>, Option<ItemId>)> {
        const BEFORE: &str = "SELECT id FROM items WHERE reviewer_id = $1 AND campaign_id = $2 AND state IN ('undecided', 'handed_over', 'escalated', 'second_review') AND number < $3 ORDER BY number DESC LIMIT 1";
        const AFTER: &str = "SELECT id FROM items WHERE reviewer_id = $1 AND campaign_id = $2 AND state IN ('undecided', 'handed_over', 'escalated', 'second_review') AND number > $3 ORDER BY number LIMIT 1";
        let before = fetch_optional!(self, (Uuid,), BEFORE, reviewer.0, campaign.0, number)?;
        let after = fetch_optional!(self, (Uuid,), AFTER, reviewer.0, campaign.0, number)?;
        Ok((before.map(|(id,)| id.into()), after.map(|(id,)| id.into())))
    }
}

/// The pattern that finds a text anywhere; the text's own `%` and `_` mean themselves.
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in search_key(text).chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
