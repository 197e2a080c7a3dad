//! What the page about one person reads: what is asked about them, in every source, and when they were last reviewed.
//!
//! The way goes from the person's accounts over their grants to the items, which have an index by grant; none of these
//! statements looks at the items of a whole campaign.

use crate::{
    Result, Tx,
    macros::{fetch_all, fetch_optional},
};
use domain::{AccountId, CampaignId, EntitlementId, IdentityId, ItemId, SourceId, Timestamp, UserId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Which of a person's items are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Those of every open campaign, and those of this one, open or not.
    Now(CampaignId),
    /// Those of this campaign alone.
    In(CampaignId),
}

/// Whose items are meant, where not everybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Only {
    /// Items that this person must answer now.
    pub reviewer: Option<IdentityId>,
    /// Items of campaigns that this user opened.
    pub owner: Option<UserId>,
}

impl Tx {
    /// Items about what a person holds or held, in whatever source, the newest first. `only` leaves out what is somebody
    /// else's.
    pub async fn items_of_person(&mut self, person: IdentityId, asked: Asked, only: Option<Only>, limit: i64) -> Result<Vec<ItemId>> {
        let (campaign, others) = match asked {
            Asked::Now(campaign) => (campaign, 1_i64),
            Asked::In(campaign) => (campaign, 0),
        };
        let everybody = i64::from(only.is_none());
        let only = only.unwrap_or(Only { reviewer: None, owner: None });
        let rows = fetch_all!(
            self,
            (Uuid,),
            "SELECT i.id FROM accounts a JOIN grants g ON g.account_id = a.id JOIN items i ON i.grant_id = g.id JOIN campaigns c ON c.id = i.campaign_id WHERE a.identity_id = $1 AND (c.id = $2 OR ($3 = 1 AND c.state = 'open')) AND ($4 = 1 OR i.reviewer_id = $5 OR c.owner_id = $6) ORDER BY i.id DESC LIMIT $7",
            person.0,
            campaign.0,
            others,
            everybody,
            only.reviewer.map(|id| id.0),
            only.owner.map(|id| id.0),
            limit,
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// How many accesses of a person a reviewer is asked about in open campaigns.
    pub async fn count_asked_of_person(&mut self, reviewer: IdentityId, person: IdentityId) -> Result<i64> {
        let row = fetch_optional!(
            self,
            (i64,),
            "SELECT COUNT(DISTINCT i.grant_id) FROM accounts a JOIN grants g ON g.account_id = a.id JOIN items i ON i.grant_id = g.id JOIN campaigns c ON c.id = i.campaign_id WHERE a.identity_id = $1 AND i.reviewer_id = $2 AND c.state = 'open'",
            person.0,
            reviewer.0,
        )?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// The accounts of a person, each with its source, also those that are gone.
    pub async fn accounts_of_person(&mut self, person: IdentityId) -> Result<Vec<(AccountId, SourceId)>> {
        let rows = fetch_all!(self, (Uuid, Uuid), "SELECT id, source_id FROM accounts WHERE identity_id = $1 ORDER BY id", person.0)?;
        Ok(rows.into_iter().map(|(account, source)| (account.into(), source.into())).collect())
    }

    /// Everything that sources have called a person by: ids, names, addresses and employee numbers, of any time.
    pub async fn callings_of_person(&mut self, person: IdentityId) -> Result<BTreeSet<String>> {
        let rows = fetch_all!(
            self,
            (String, Option<String>, Option<String>, Option<String>),
            "SELECT DISTINCT a.external_id, v.name, v.email, v.employee_id FROM accounts a LEFT JOIN account_versions v ON v.account_id = a.id WHERE a.identity_id = $1",
            person.0,
        )?;
        Ok(rows.into_iter().flat_map(|(id, name, email, number)| [Some(id), name, email, number]).flatten().collect())
    }

    /// The newest closed campaign that asked about a person and was made before another one.
    pub async fn last_review_of_person(&mut self, person: IdentityId, before: CampaignId) -> Result<Option<CampaignId>> {
        let row = fetch_optional!(
            self,
            (Uuid,),
            "SELECT c.id FROM accounts a JOIN grants g ON g.account_id = a.id JOIN items i ON i.grant_id = g.id JOIN campaigns c ON c.id = i.campaign_id WHERE a.identity_id = $1 AND c.state = 'closed' AND c.created_at < (SELECT created_at FROM campaigns WHERE id = $2) ORDER BY c.closed_at DESC, c.id DESC LIMIT 1",
            person.0,
            before.0,
        )?;
        Ok(row.map(|(id,)| id.into()))
    }

    /// The latest decision about a person that their sources deliver, made before or beside Countersign.
    pub async fn last_delivered_decision(&mut self, person: IdentityId) -> Result<Option<Timestamp>> {
        let row = fetch_optional!(
            self,
            (Option<i64>,),
            "SELECT MAX(p.decided_on) FROM accounts a JOIN past_decisions p ON p.account_id = a.id WHERE a.identity_id = $1 AND p.valid_until IS NULL",
            person.0,
        )?;
        Ok(row.and_then(|(at,)| at).map(Timestamp))
    }

    /// The duties that an entitlement is mapped to, by id; `None` where nobody has mapped it.
    pub async fn duties_of_entitlement(&mut self, entitlement: EntitlementId) -> Result<Option<Vec<String>>> {
        let row = fetch_optional!(self, (String,), "SELECT duties FROM duty_map WHERE entitlement_id = $1", entitlement.0)?;
        Ok(row.map(|(duties,)| duties.split_whitespace().map(str::to_owned).collect()))
    }
}
