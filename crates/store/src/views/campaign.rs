//! How a campaign goes: counts by state, by reviewer, by day, and removals that somebody must look at.

use crate::{
    Result, Tx,
    decisions::word,
    macros::{fetch_all, fetch_one, fetch_optional, in_view},
};
use domain::{
    AccountStatus, Answer, CampaignId, DecisionOrigin, EntitlementId, HoldReason, IdentityId, ItemId, OrderId, OrderState, ReviewState,
    Timestamp, UserId, Verdict,
};
use uuid::Uuid;

/// Where a page of campaigns begins: after this one, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterCampaign {
    /// 0 where it is not over, 1 where it is closed.
    pub group: i64,
    /// The campaign.
    pub id: CampaignId,
}

/// Where a page of reviewers begins: after this one, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterReviewer {
    /// How many items that reviewer owed.
    pub owed: i64,
    /// The reviewer.
    pub reviewer: IdentityId,
}

/// How many items are in one state, with one recommendation and one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatrixCount {
    /// What is recommended.
    pub recommended: Verdict,
    /// The state.
    pub state: ReviewState,
    /// The answer that counts, if there is one.
    pub answer: Option<Answer>,
    /// How many.
    pub items: i64,
}

/// A person as the sources know them last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLine {
    /// The name, or the source's id where there is none.
    pub name: String,
    /// The title.
    pub title: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// What the source says of the account.
    pub status: Option<AccountStatus>,
    /// Whether a source still lists the person.
    pub listed: bool,
}

impl PersonLine {
    /// Title and department, as far as they are known.
    pub fn line(&self) -> Option<String> {
        line(self.title.as_deref(), self.department.as_deref())
    }
}

/// Title and department on one line, as far as they are known; a department that the title names already is not said twice.
pub fn line(title: Option<&str>, department: Option<&str>) -> Option<String> {
    match (title, department) {
        (Some(title), Some(department)) if ends_in_words(title, department) => Some(title.to_owned()),
        (Some(title), Some(department)) => Some(format!("{title}, {department}")),
        (title, department) => title.or(department).map(str::to_owned),
    }
}

/// Whether the words of one text are the last words of another.
fn ends_in_words(text: &str, words: &str) -> bool {
    text.strip_suffix(words).is_some_and(|before| !before.ends_with(char::is_alphanumeric))
}

/// Which removals a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Held by the brake, a freeze or a conflict.
    Held,
    /// Refused, or without a way to be made here.
    Stuck,
}

/// A removal that somebody must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingOrder {
    /// The order.
    pub id: OrderId,
    /// Its version.
    pub version: i64,
    /// Its item.
    pub item: ItemId,
    /// The item's number within the campaign.
    pub number: i64,
    /// Who holds the access, by the campaign's snapshot.
    pub person: String,
    /// The holder.
    pub holder: IdentityId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// Its name, by the campaign's snapshot.
    pub access: String,
    /// Its application.
    pub application: Option<String>,
    /// Where it stands.
    pub state: OrderState,
    /// Why it is held.
    pub hold_reason: Option<HoldReason>,
    /// Until when it is held, where that is known.
    pub hold_until: Option<Timestamp>,
    /// Why, in a sentence.
    pub remark: Option<String>,
    /// What else it would end, as JSON.
    pub also_ends: String,
    /// Since when it stands there.
    pub since: Timestamp,
    /// Who gave the answer behind it.
    pub decided_by: Option<UserId>,
    /// Who gave it, as the sources know them.
    pub reviewer: Option<IdentityId>,
    /// How the answer came about.
    pub origin: DecisionOrigin,
}

#[derive(sqlx_macros::FromRow)]
struct WaitingRow {
    id: Uuid,
    version: i64,
    item_id: Uuid,
    number: i64,
    person: Option<String>,
    person_external: String,
    identity_id: Uuid,
    entitlement_id: Uuid,
    access: Option<String>,
    access_external: String,
    application: Option<String>,
    state: String,
    hold_reason: Option<String>,
    hold_until: Option<i64>,
    remark: Option<String>,
    also_ends: String,
    since: i64,
    user_id: Option<Uuid>,
    reviewer_id: Option<Uuid>,
    origin: String,
}

impl TryFrom<WaitingRow> for WaitingOrder {
    type Error = crate::Error;
    fn try_from(row: WaitingRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            version: row.version,
            item: row.item_id.into(),
            number: row.number,
            person: row.person.unwrap_or(row.person_external),
            holder: row.identity_id.into(),
            entitlement: row.entitlement_id.into(),
            access: row.access.unwrap_or(row.access_external),
            application: row.application,
            state: word("orders", "state", row.id, &row.state)?,
            hold_reason: row.hold_reason.map(|w| word("orders", "hold_reason", row.id, &w)).transpose()?,
            hold_until: row.hold_until.map(Timestamp),
            remark: row.remark,
            also_ends: row.also_ends,
            since: Timestamp(row.since),
            decided_by: row.user_id.map(Into::into),
            reviewer: row.reviewer_id.map(Into::into),
            origin: word("decisions", "origin", row.id, &row.origin)?,
        })
    }
}

// The first 50, the oldest first.
macro_rules! waiting {
    ($which:literal) => {
        concat!(
            "SELECT o.id, o.version, o.item_id, i.number, v.name AS person, a.external_id AS person_external, a.identity_id, o.entitlement_id, ev.name AS access, ",
            "e.external_id AS access_external, ev.application, o.state, o.hold_reason, o.hold_until, o.remark, o.also_ends, ",
            "COALESCE(s.at, o.created_at) AS since, d.user_id, d.reviewer_id, d.origin ",
            "FROM orders o JOIN items i ON i.id = o.item_id JOIN decisions d ON d.id = o.decision_id ",
            "JOIN accounts a ON a.id = o.account_id JOIN entitlements e ON e.id = o.entitlement_id ",
            "LEFT JOIN account_versions v ON v.account_id = a.id AND v.valid_from <= i.seq AND (v.valid_until IS NULL OR v.valid_until > i.seq) ",
            "LEFT JOIN entitlement_versions ev ON ev.entitlement_id = e.id AND ev.valid_from <= i.seq AND (ev.valid_until IS NULL OR ev.valid_until > i.seq) ",
            "LEFT JOIN order_steps s ON s.order_id = o.id AND s.number = o.version ",
            "WHERE o.campaign_id = $1 AND ",
            $which,
            " ORDER BY o.id LIMIT 50"
        )
    };
}

impl Tx {
    /// A page of campaigns, those that are not over first, then the newest. With `owner`, only that person's.
    pub async fn campaigns_in_order(&mut self, owner: Option<UserId>, after: Option<AfterCampaign>, limit: i64) -> Result<Vec<CampaignId>> {
        let (group, id) = after.map_or((-1, Uuid::nil()), |after| (after.group, after.id.0));
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT c.id FROM (SELECT id, owner_id, CASE WHEN state = 'closed' THEN 1 ELSE 0 END AS part FROM campaigns) c WHERE ($1 = 0 OR c.owner_id = $2) AND (c.part > $3 OR (c.part = $3 AND c.id < $4)) ORDER BY c.part, c.id DESC LIMIT $5",
            i64::from(owner.is_some()),
            owner.map_or_else(Uuid::nil, |user| user.0),
            group,
            id,
            limit,
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// A campaign's items by state and answer.
    pub async fn campaign_counts(&mut self, campaign: CampaignId) -> Result<Vec<(ReviewState, Option<Answer>, i64)>> {
        let rows = fetch_all!(
            self,
            (String, Option<String>, i64),
            "SELECT i.state, d.answer, COUNT(*) FROM items i LEFT JOIN decisions d ON d.id = i.decision_id WHERE i.campaign_id = $1 GROUP BY i.state, d.answer",
            campaign.0,
        )?;
        counts(campaign, rows)
    }

    /// One reviewer's items in a campaign by state and answer.
    pub async fn campaign_counts_of(
        &mut self,
        campaign: CampaignId,
        reviewer: IdentityId,
    ) -> Result<Vec<(ReviewState, Option<Answer>, i64)>> {
        let rows = fetch_all!(
            self,
            (String, Option<String>, i64),
            "SELECT i.state, d.answer, COUNT(*) FROM items i LEFT JOIN decisions d ON d.id = i.decision_id WHERE i.reviewer_id = $2 AND i.campaign_id = $1 GROUP BY i.state, d.answer",
            campaign.0,
            reviewer.0,
        )?;
        counts(campaign, rows)
    }

    /// How many different people hold what a campaign asks about, and how many answer.
    pub async fn campaign_people(&mut self, campaign: CampaignId) -> Result<(i64, i64)> {
        fetch_one!(
            self,
            (i64, i64),
            "SELECT COUNT(DISTINCT a.identity_id), COUNT(DISTINCT i.reviewer_id) FROM items i JOIN accounts a ON a.id = i.account_id WHERE i.campaign_id = $1",
            campaign.0,
        )
    }

    /// How many items of a campaign were drawn to be judged first, and of how many of them the recommendation is not in view yet.
    pub async fn judged_first(&mut self, campaign: CampaignId) -> Result<(i64, i64)> {
        fetch_one!(
            self,
            (i64, i64),
            concat!(
                "SELECT COUNT(*), COUNT(CASE WHEN ",
                in_view!(),
                " = 'after_answer' THEN 1 END) FROM items i JOIN campaigns c ON c.id = i.campaign_id WHERE i.campaign_id = $1 AND i.blind = 1"
            ),
            campaign.0,
        )
    }

    /// A campaign's items by recommendation, state and answer; without those whose recommendation is not in view.
    pub async fn campaign_matrix(&mut self, campaign: CampaignId) -> Result<Vec<MatrixCount>> {
        let rows = fetch_all!(
            self,
            (String, String, Option<String>, i64),
            concat!(
                "SELECT r.verdict, i.state, d.answer, COUNT(*) FROM items i JOIN campaigns c ON c.id = i.campaign_id JOIN recommendations r ON r.id = i.recommendation_id LEFT JOIN decisions d ON d.id = i.decision_id WHERE i.campaign_id = $1 AND ",
                in_view!(),
                " = 'shown' GROUP BY r.verdict, i.state, d.answer"
            ),
            campaign.0,
        )?;
        rows.into_iter()
            .map(|(verdict, state, answer, items)| {
                Ok(MatrixCount {
                    recommended: word("recommendations", "verdict", campaign.0, &verdict)?,
                    state: word("items", "state", campaign.0, &state)?,
                    answer: answer.map(|a| word("decisions", "answer", campaign.0, &a)).transpose()?,
                    items,
                })
            })
            .collect()
    }

    /// How many items became answered, and how many ceased to be because the answer was taken back, in each stretch of
    /// `width` microseconds after `from` (0 the first): stretch and difference. Answers are a person's Approve or Revoke.
    pub async fn answers_over_time(&mut self, campaign: CampaignId, from: Timestamp, width: i64) -> Result<Vec<(i64, i64)>> {
        // An item whose answer is final stays answered when the answer is changed, so later answers add nothing to it.
        const GAINED: &str = "SELECT (d.decided_at - $2) / $3, COUNT(*) FROM decisions d WHERE d.campaign_id = $1 AND d.reviewer_id IS NOT NULL AND d.answer IN ('approve', 'revoke') AND NOT EXISTS (SELECT 1 FROM decisions p WHERE p.item_id = d.item_id AND p.stage = d.stage AND p.version < d.version AND p.finalised_at IS NOT NULL AND p.answer IN ('approve', 'revoke')) GROUP BY 1";
        const LOST: &str = "SELECT (d.undone_at - $2) / $3, -COUNT(*) FROM decisions d WHERE d.campaign_id = $1 AND d.reviewer_id IS NOT NULL AND d.undone_at IS NOT NULL AND d.answer IN ('approve', 'revoke') AND NOT EXISTS (SELECT 1 FROM decisions p WHERE p.item_id = d.item_id AND p.stage = d.stage AND p.version < d.version AND p.finalised_at IS NOT NULL AND p.answer IN ('approve', 'revoke')) GROUP BY 1";
        let mut changes = fetch_all!(self, (i64, i64), GAINED, campaign.0, from.0, width)?;
        changes.extend(fetch_all!(self, (i64, i64), LOST, campaign.0, from.0, width)?);
        changes.sort_unstable();
        Ok(changes)
    }

    /// The times from leaving to proof of a campaign's removals: the middle one, or the two in the middle, in microseconds.
    pub async fn middle_times_to_proof(&mut self, campaign: CampaignId) -> Result<Vec<i64>> {
        let (proven,) = fetch_one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM orders WHERE campaign_id = $1 AND state = 'proven' AND left_at IS NOT NULL AND proven_at IS NOT NULL",
            campaign.0,
        )?;
        if proven == 0 {
            return Ok(Vec::new());
        }
        let rows = fetch_all!(
            self,
            (i64,),
            "SELECT proven_at - left_at FROM orders WHERE campaign_id = $1 AND state = 'proven' AND left_at IS NOT NULL AND proven_at IS NOT NULL ORDER BY 1 LIMIT $2 OFFSET $3",
            campaign.0,
            2 - proven % 2,
            (proven - 1) / 2,
        )?;
        Ok(rows.into_iter().map(|(time,)| time).collect())
    }

    /// Removals of a campaign that somebody must look at, the oldest first, at most 50.
    pub async fn waiting_orders(&mut self, campaign: CampaignId, which: Waiting) -> Result<Vec<WaitingOrder>> {
        const HELD: &str = waiting!("((o.state = 'held' AND o.hold_reason IN ('brake', 'freeze')) OR o.state = 'conflict')");
        const STUCK: &str = waiting!("o.state IN ('cannot_be_removed_here', 'refused')");
        let rows = match which {
            Waiting::Held => fetch_all!(self, WaitingRow, HELD, campaign.0),
            Waiting::Stuck => fetch_all!(self, WaitingRow, STUCK, campaign.0),
        }?;
        rows.into_iter().map(WaitingOrder::try_from).collect()
    }

    /// How many removals of all campaigns the switch holds back.
    pub async fn orders_held_by_switch(&mut self) -> Result<i64> {
        let (held,) = fetch_one!(self, (i64,), "SELECT COUNT(*) FROM orders WHERE state = 'held' AND hold_reason = 'stopped'")?;
        Ok(held)
    }

    /// A page of a campaign's reviewers, those who owe most first.
    pub async fn campaign_reviewers(
        &mut self,
        campaign: CampaignId,
        after: Option<AfterReviewer>,
        limit: i64,
    ) -> Result<Vec<AfterReviewer>> {
        let (owed, reviewer) = after.map_or((i64::MAX, Uuid::nil()), |after| (after.owed, after.reviewer.0));
        let rows = fetch_all!(
            self,
            (i64, Uuid),
            "SELECT r.owed, r.reviewer_id FROM (SELECT reviewer_id, COUNT(CASE WHEN state IN ('undecided', 'handed_over', 'escalated', 'second_review') THEN 1 END) AS owed FROM items WHERE campaign_id = $1 GROUP BY reviewer_id) r WHERE r.owed < $2 OR (r.owed = $2 AND r.reviewer_id > $3) ORDER BY r.owed DESC, r.reviewer_id LIMIT $4",
            campaign.0,
            owed,
            reviewer,
            limit,
        )?;
        Ok(rows.into_iter().map(|(owed, reviewer)| AfterReviewer { owed, reviewer: reviewer.into() }).collect())
    }

    /// When each reviewer of a campaign last answered.
    pub async fn last_answers(&mut self, campaign: CampaignId) -> Result<Vec<(IdentityId, Timestamp)>> {
        let rows = fetch_all!(
            self,
            (Uuid, i64),
            "SELECT reviewer_id, MAX(decided_at) FROM decisions WHERE campaign_id = $1 AND reviewer_id IS NOT NULL GROUP BY reviewer_id",
            campaign.0,
        )?;
        Ok(rows.into_iter().map(|(reviewer, at)| (reviewer.into(), Timestamp(at))).collect())
    }

    /// A person as the sources know them last; what a source lists now comes before what one listed once.
    pub async fn person_line(&mut self, identity: IdentityId) -> Result<Option<PersonLine>> {
        let row = fetch_optional!(
            self,
            (Option<String>, String, Option<String>, Option<String>, Option<String>, Option<i64>),
            "SELECT v.name, a.external_id, v.title, v.department, v.status, v.valid_until FROM accounts a JOIN account_versions v ON v.account_id = a.id WHERE a.identity_id = $1 ORDER BY CASE WHEN v.valid_until IS NULL THEN 0 ELSE 1 END, v.valid_from DESC, a.id LIMIT 1",
            identity.0,
        )?;
        row.map(|(name, external, title, department, status, until)| {
            Ok(PersonLine {
                name: name.unwrap_or(external),
                title,
                department,
                status: status.map(|s| word("account_versions", "status", identity.0, &s)).transpose()?,
                listed: until.is_none(),
            })
        })
        .transpose()
    }

    /// How many open findings are about accounts that a campaign asks about.
    pub async fn findings_of_campaign(&mut self, campaign: CampaignId) -> Result<i64> {
        let (findings,) = fetch_one!(
            self,
            (i64,),
            "SELECT COUNT(*) FROM findings f WHERE f.settled_at IS NULL AND f.account_id IN (SELECT account_id FROM items WHERE campaign_id = $1)",
            campaign.0,
        )?;
        Ok(findings)
    }
}

fn counts(campaign: CampaignId, rows: Vec<(String, Option<String>, i64)>) -> Result<Vec<(ReviewState, Option<Answer>, i64)>> {
    rows.into_iter()
        .map(|(state, answer, items)| {
            Ok((
                word("items", "state", campaign.0, &state)?,
                answer.map(|a| word("decisions", "answer", campaign.0, &a)).transpose()?,
                items,
            ))
        })
        .collect()
}
