//! The population of a pack: every grant that a campaign was opened on, with its items or why it has none.

use super::{
    gather::{Gathered, OfCampaign, SourceAtOpening},
    tables::{first_of, of_kind, openings},
};
use crate::{Error, Result, open};
use ledger::EventKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::access::{Account, Entitlement, Grant};
use uuid::Uuid;

/// Every grant of the snapshots that each campaign was opened on, asked about, or not and why; after them, grants that came back later
/// and were asked about.
pub fn rows(pack: &Gathered) -> Result<Vec<Value>> {
    for opening in pack.sources.values() {
        counted(pack, opening)?;
    }
    let mut rows = Vec::new();
    for of in &pack.campaigns {
        left_out_as_stated(pack, of)?;
        let asked = Asked::of(pack, of);
        for (_, opening) in openings(pack).filter(|(its, _)| its.campaign.id == of.campaign.id) {
            for grant in &opening.grants {
                let why_not = of.left_out.get(&grant.id).map_or("out_of_scope", String::as_str);
                let (account, entitlement) = (opening.accounts.get(&grant.account.0), opening.entitlements.get(&grant.entitlement.0));
                // What opening gave no item although it was in scope is recorded; the rest was not in scope.
                let now = opening.names_now.get(&grant.account.0);
                rows.push(asked.row(opening.source.id.0, grant, (account, now), entitlement, ("asked", why_not)));
            }
        }
        for back in &of.came_back {
            let said = ("asked_when_it_came_back", "");
            let now =
                pack.sources.values().filter(|of| of.source.id.0 == back.source).find_map(|of| of.names_now.get(&back.grant.account.0));
            rows.push(asked.row(back.source, &back.grant, (back.account.as_ref(), now), back.entitlement.as_ref(), said));
        }
    }
    Ok(rows)
}

/// The items of a campaign, by grant.
struct Asked<'p> {
    campaign: &'p OfCampaign,
    /// By seat.
    items: BTreeMap<Uuid, BTreeMap<i64, Uuid>>,
}

impl<'p> Asked<'p> {
    fn of(pack: &Gathered, campaign: &'p OfCampaign) -> Self {
        let created = of_kind(pack, &[EventKind::ItemCreated]).filter(|placed| placed.entry.campaign == Some(campaign.campaign.id));
        let mut items: BTreeMap<Uuid, BTreeMap<i64, Uuid>> = BTreeMap::new();
        for item in created.filter_map(|placed| pack.items.get(&placed.entry.item?.0)) {
            items.entry(item.grant_id).or_default().insert(item.seat, item.id);
        }
        Self { campaign, items }
    }

    /// The grant's row; `said` is what `asked` holds where it has an item, and where it has none.
    /// `account` comes with what the newest reading calls it.
    fn row(
        &self,
        source: Uuid,
        grant: &Grant,
        (account, name_now): (Option<&Account>, Option<&String>),
        entitlement: Option<&Entitlement>,
        said: (&str, &str),
    ) -> Value {
        let items: Vec<String> = self.items.get(&grant.id.0).into_iter().flat_map(BTreeMap::values).map(ToString::to_string).collect();
        json!({
            "campaign": self.campaign.campaign.id.to_string(),
            "source": source.to_string(),
            "grant": grant.id.to_string(),
            "account": grant.account.to_string(),
            "account_id_at_source": account.map(|a| &a.external_id),
            "holder": account.map(Account::display_name),
            "holder_now": name_now,
            "department": account.and_then(|a| a.department.as_ref()),
            "entitlement": grant.entitlement.to_string(),
            "entitlement_id_at_source": entitlement.map(|e| &e.external_id),
            "name": entitlement.map(Entitlement::display_name),
            "application": entitlement.and_then(|e| e.application.as_ref()),
            "sensitivity": entitlement.and_then(|e| e.sensitivity).map(domain::Sensitivity::as_str),
            "path": grant.path.to_string(),
            "granted_on": grant.granted_on.map(domain::Timestamp::micros),
            "asked": if items.is_empty() { said.1 } else { said.0 },
            // Two of emergency access, one for each of its named reviewers.
            "items": items,
        })
    }
}

/// The rows of the snapshot are as many as the ledger says that it sealed.
fn counted(pack: &Gathered, of: &SourceAtOpening) -> Result<()> {
    let source = of.source.id.to_string();
    let Some(sealed) = of_kind(pack, &[EventKind::SnapshotSealed])
        .find(|placed| placed.entry.subjects.get("source") == Some(&source) && placed.entry.data_int("seq") == Some(of.seq))
    else {
        return Err(Error::Refused(format!(
            "No pack was made: no entry of the ledger says that reading {} of the source {} was sealed. The entry was taken away, or the campaign's row was changed.",
            of.seq, of.source.name
        )));
    };
    for (what, found) in [("accounts", of.accounts.len()), ("entitlements", of.entitlements.len()), ("grants", of.grants.len())] {
        let stated = sealed.entry.data_int(what);
        if stated.is_some_and(|stated| u64::try_from(stated).ok() != Some(found as u64)) {
            return Err(Error::Refused(format!(
                "No pack was made: reading {} of the source {} was sealed with {} {what} (entry {} of the ledger), and the database has {found}. Rows were added or taken away.",
                of.seq,
                of.source.name,
                stated.unwrap_or_default(),
                sealed.index
            )));
        }
    }
    Ok(())
}

/// The grants that opening left out are those that its entry states.
fn left_out_as_stated(pack: &Gathered, of: &OfCampaign) -> Result<()> {
    let Some(opened) = first_of(pack, of, EventKind::CampaignOpened) else {
        return Ok(());
    };
    let found = open::left_out_sha256(of.left_out.iter().map(|(grant, reason)| (*grant, reason.as_str())));
    if opened.entry.data_code("left_out_sha256").is_some_and(|stated| stated != found) {
        return Err(Error::Refused(format!(
            "No pack was made: the grants in scope that got no item are not those that entry {} of the ledger states. Rows were added, changed or taken away.",
            opened.index
        )));
    }
    Ok(())
}
