//! Who is asked: the rules of rule 37.

use crate::population::Loaded;
use connect::SourceSettings;
use domain::{AccountId, AccountStatus, IdentityId};
use std::collections::BTreeMap;
use store::access::{Account, Entitlement, Grant};

/// How an item came to its reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewerBy {
    /// Declared for emergency access (rule 27).
    Emergency,
    /// The holder's manager.
    Manager,
    /// The entitlement's owner.
    Owner,
    /// The campaign's owner, where nobody nearer may or can answer.
    CampaignOwner,
}

impl ReviewerBy {
    /// The word in storage and in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Manager => "manager",
            Self::Owner => "owner",
            Self::CampaignOwner => "campaign_owner",
        }
    }

    /// How a page says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Emergency => "named for emergency access",
            Self::Manager => "the holder's manager",
            Self::Owner => "the owner of the access",
            Self::CampaignOwner => "the campaign's owner, because nobody nearer can answer",
        }
    }
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

    /// The reviewer of a grant; `None` where nobody may answer.
    ///
    /// Never the holder, by whichever account, nor who technically provisioned the access; and only somebody who is
    /// at work: a manager who is away, disabled or gone cannot be asked.
    pub fn of(&self, grant: &Grant, holder: &Account, entitlement: &Entitlement) -> Option<(IdentityId, ReviewerBy)> {
        let provisioner = grant.granted_by.as_deref();
        let eligible = |external: &str| {
            self.by_external.get(external).copied().filter(|candidate| {
                candidate.status == Some(AccountStatus::Active) && candidate.identity != holder.identity && provisioner != Some(external)
            })
        };
        let emergency = self.settings.emergency_accounts.contains(&holder.external_id)
            || self.settings.emergency_entitlements.contains(&entitlement.external_id);
        if emergency && let Some(found) = self.settings.emergency_reviewers.iter().find_map(|id| eligible(id)) {
            return Some((found.identity, ReviewerBy::Emergency));
        }
        if let Some(found) = holder.manager_external.as_deref().and_then(eligible) {
            return Some((found.identity, ReviewerBy::Manager));
        }
        if let Some(found) = entitlement.owner_external.as_deref().and_then(eligible) {
            return Some((found.identity, ReviewerBy::Owner));
        }
        let provisioned_by_owner =
            |identity: IdentityId| provisioner.and_then(|id| self.by_external.get(id)).is_some_and(|account| account.identity == identity);
        self.campaign_owner
            .filter(|owner| *owner != holder.identity && !provisioned_by_owner(*owner))
            .map(|owner| (owner, ReviewerBy::CampaignOwner))
    }

    /// The account with this id.
    pub fn account(&self, id: AccountId) -> Option<&'a Account> {
        self.loaded.accounts.get(&id)
    }
}
