//! The names that the engine's sentences need, read from the store for one recommendation.

use crate::{Result, case::named_path, sod, sources, sync::unread};
use domain::{AccountId, CampaignId, EntitlementId, GrantId, GrantPath};
use recommend::{Names, Recommendation, Says, sentence};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};
use store::{Tx, access::Account, sources::Source};

/// Finds out what names sentences ask for, without having any.
#[derive(Default)]
struct Wanted {
    accounts: RefCell<BTreeSet<AccountId>>,
    entitlements: RefCell<BTreeSet<EntitlementId>>,
    grants: RefCell<BTreeSet<GrantId>>,
}

impl Names for Wanted {
    fn entitlement(&self, id: EntitlementId) -> String {
        self.entitlements.borrow_mut().insert(id);
        String::new()
    }
    fn person(&self, id: AccountId) -> String {
        self.accounts.borrow_mut().insert(id);
        String::new()
    }
    fn department_of(&self, id: AccountId) -> Option<String> {
        self.accounts.borrow_mut().insert(id);
        None
    }
    fn duties(&self, _: u32) -> String {
        String::new()
    }
    fn path(&self, grant: GrantId) -> Option<String> {
        self.grants.borrow_mut().insert(grant);
        None
    }
    fn title(&self) -> Option<String> {
        None
    }
    fn department(&self) -> Option<String> {
        None
    }
    fn zone(&self) -> &'static str {
        "UTC"
    }
}

/// The names that one recommendation's sentences need.
pub(crate) struct Known {
    people: BTreeMap<AccountId, (String, Option<String>)>,
    entitlements: BTreeMap<EntitlementId, String>,
    paths: BTreeMap<GrantId, String>,
    duties: BTreeMap<u32, String>,
    title: Option<String>,
    department: Option<String>,
    zone: String,
    use_unread: bool,
}

impl Names for Known {
    fn entitlement(&self, id: EntitlementId) -> String {
        self.entitlements.get(&id).cloned().unwrap_or_else(|| "an access that is no longer listed".to_owned())
    }
    fn person(&self, id: AccountId) -> String {
        self.people.get(&id).map_or_else(|| "somebody who is no longer listed".to_owned(), |(name, _)| name.clone())
    }
    fn department_of(&self, id: AccountId) -> Option<String> {
        self.people.get(&id).and_then(|(_, department)| department.clone())
    }
    fn duties(&self, rule: u32) -> String {
        self.duties.get(&rule).cloned().unwrap_or_else(|| "a rule that is no longer declared".to_owned())
    }
    fn path(&self, grant: GrantId) -> Option<String> {
        self.paths.get(&grant).cloned()
    }
    fn title(&self) -> Option<String> {
        self.title.clone()
    }
    fn department(&self) -> Option<String> {
        self.department.clone()
    }
    fn zone(&self) -> &str {
        &self.zone
    }
    fn use_unread(&self) -> bool {
        self.use_unread
    }
}

impl Known {
    /// Reads the names that the sentences of `made` ask for, as snapshot `seq` of the source and the campaign have them.
    ///
    /// Title and department are those of `holder`; `None` where the reader is not shown who that is (rule 44).
    pub async fn load(
        tx: &mut Tx,
        made: &Recommendation,
        campaign: CampaignId,
        (source, seq): (&Source, i64),
        holder: Option<&Account>,
        zone: &str,
    ) -> Result<Self> {
        let wanted = Wanted::default();
        for reason in &made.reasons {
            let _ = sentence(reason, &wanted);
        }
        let mut people = BTreeMap::new();
        for id in wanted.accounts.into_inner() {
            if let Some(account) = tx.account_at(id, seq).await? {
                people.insert(id, (account.display_name().to_owned(), account.department));
            }
        }
        let mut entitlements = BTreeMap::new();
        for id in wanted.entitlements.into_inner() {
            if let Some(entitlement) = tx.entitlement_at(id, seq).await? {
                entitlements.insert(id, entitlement.display_name().to_owned());
            } else if let Some((name, ..)) = tx.entitlement_label(id).await? {
                // The other side of a conflict may be of another source, whose readings count by themselves.
                entitlements.insert(id, name);
            }
        }
        let mut paths = BTreeMap::new();
        for id in wanted.grants.into_inner() {
            if let Some((_, grant)) = tx.grant(id).await? {
                paths.insert(id, path_words(&named_path(tx, source, seq, &grant.path).await?));
            }
        }
        let mut duties: BTreeMap<u32, String> =
            (1..).zip(sources::settings_of(source)?.separated_duties).map(|(number, rule)| (number, rule.name)).collect();
        for conflict in tx.conflicts_of_grant(campaign, made.grant).await? {
            let alone = sod::parsed(&conflict.body)?;
            let title = alone.rules.first().map(|rule| alone.title(rule));
            duties.extend(u32::try_from(conflict.number).ok().zip(title));
        }
        Ok(Self {
            people,
            entitlements,
            paths,
            duties,
            title: holder.and_then(|account| account.title.clone()),
            department: holder.and_then(|account| account.department.clone()),
            zone: zone.to_owned(),
            use_unread: made.reasons.iter().any(|reason| matches!(reason.says, Says::UseUnknown {}))
                && is_use_unread(tx, made, source, seq).await?,
        })
    }
}

/// Whether use of what was judged is unknown because that reading could not read it.
async fn is_use_unread(tx: &mut Tx, made: &Recommendation, source: &Source, seq: i64) -> Result<bool> {
    let Some((_, grant)) = tx.grant(made.grant).await? else { return Ok(false) };
    let Some(entitlement) = tx.external_entitlement(grant.entitlement).await? else { return Ok(false) };
    unread::is_use_unread(tx, source, seq, &entitlement, &grant.path).await
}

/// A path as a sentence tells it.
pub(crate) fn path_words(path: &GrantPath) -> String {
    match path {
        GrantPath::Direct => "a direct assignment".to_owned(),
        GrantPath::Group(name) => format!("the group {name}"),
        GrantPath::Rule(name) => format!("the rule {name}"),
        GrantPath::Nested(names) => format!("the groups {}", names.join(" within ")),
        GrantPath::Role(name) => format!("the role {name}"),
        GrantPath::Package(name) => format!("the access package {name}"),
    }
}
