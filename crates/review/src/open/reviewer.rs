//! Who is asked: the rules of rules 27 and 37.

use crate::population::Loaded;
use connect::SourceSettings;
use domain::{AccountId, AccountStatus, IdentityId};
use std::collections::BTreeMap;
use store::access::{Account, Entitlement, Grant};

/// How an item came to its reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewerBy {
    /// Named for emergency access, as one of two (rule 27).
    Emergency,
    /// The holder's manager.
    Manager,
    /// The entitlement's owner.
    Owner,
    /// The campaign's owner, where nobody nearer may or can answer.
    CampaignOwner,
    /// Whom the platform asks, in a campaign that it runs itself.
    Platform,
}

impl ReviewerBy {
    /// The word in storage and in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Manager => "manager",
            Self::Owner => "owner",
            Self::CampaignOwner => "campaign_owner",
            Self::Platform => "platform",
        }
    }

    /// How a page says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Emergency => "one of the two people named for emergency access",
            Self::Manager => "the holder's manager",
            Self::Owner => "the owner of the access",
            Self::CampaignOwner => "the campaign's owner, because nobody nearer can answer",
            Self::Platform => "whom the platform asks",
        }
    }
}

/// Who is asked about one grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// One person.
    One(IdentityId, ReviewerBy),
    /// The two named people who review this emergency access (rule 27).
    Two([IdentityId; 2]),
    /// It is emergency access, and fewer than two of those named for it may answer.
    FewerThanTwo,
    /// Nobody may answer.
    Nobody,
}

/// Finds the reviewer of each grant of one source.
pub(super) struct Reviewers<'a> {
    loaded: &'a Loaded,
    settings: &'a SourceSettings,
    by_external: BTreeMap<&'a str, &'a Account>,
    campaign_owner: Option<IdentityId>,
}

impl<'a> Reviewers<'a> {
    pub fn new(loaded: &'a Loaded, settings: &'a SourceSettings, campaign_owner: Option<IdentityId>) -> Self {
        let by_external = loaded.accounts.values().map(|a| (a.external_id.as_str(), a)).collect();
        Self { loaded, settings, by_external, campaign_owner }
    }

    /// Who is asked about a grant.
    ///
    /// Never the holder, by whichever account, nor who technically provisioned the access; and only somebody who is
    /// at work: a manager who is away, disabled or gone cannot be asked. Of emergency access, the first two of the
    /// people named for it who may answer, in the order of their ids, and nobody else in their stead (rule 27).
    pub fn of(&self, grant: &Grant, holder: &Account, entitlement: &Entitlement) -> Asked {
        let provisioner = grant.granted_by.as_deref();
        let eligible = |external: &str| {
            self.by_external.get(external).copied().filter(|candidate| {
                candidate.status == Some(AccountStatus::Active) && candidate.identity != holder.identity && provisioner != Some(external)
            })
        };
        let emergency = self.settings.emergency_accounts.contains(&holder.external_id)
            || self.settings.emergency_entitlements.contains(&entitlement.external_id);
        if emergency {
            let mut named = self.settings.emergency_reviewers.iter().filter_map(|id| eligible(id)).map(|account| account.identity);
            let first = named.next();
            // Two accounts of one person are one person.
            let second = named.find(|identity| Some(*identity) != first);
            return match (first, second) {
                (Some(first), Some(second)) => Asked::Two([first, second]),
                _ => Asked::FewerThanTwo,
            };
        }
        if let Some(found) = holder.manager_external.as_deref().and_then(eligible) {
            return Asked::One(found.identity, ReviewerBy::Manager);
        }
        if let Some(found) = entitlement.owner_external.as_deref().and_then(eligible) {
            return Asked::One(found.identity, ReviewerBy::Owner);
        }
        let provisioned_by_owner =
            |identity: IdentityId| provisioner.and_then(|id| self.by_external.get(id)).is_some_and(|account| account.identity == identity);
        match self.campaign_owner.filter(|owner| *owner != holder.identity && !provisioned_by_owner(*owner)) {
            Some(owner) => Asked::One(owner, ReviewerBy::CampaignOwner),
            None => Asked::Nobody,
        }
    }

    /// The account with this id.
    pub fn account(&self, id: AccountId) -> Option<&'a Account> {
        self.loaded.accounts.get(&id)
    }
}
