//! One person as a reviewer meets them: which of their accesses overlap, and what changed since the last review.
//!
//! Whoever may see an item may see the person of it, as far as they may see the items: a reviewer those that are theirs, an
//! owner those of their campaigns, and who may look into every history everything that the person holds.

mod changes;
mod listing;
mod risk;
mod ways;

use super::{
    head::{campaign_head, cut, source_read},
    item::{Stored, made, person as person_of},
    reviewer::item_line,
    types::{ItemLine, PersonPage},
};
use crate::{
    Actor, Context, Error, Result,
    case::{Case, Cases, is_reviewer, named_path, require_view},
    privacy::Veil,
};
use domain::{AccountId, Action, EntitlementId, GrantId, GrantPath, IdentityId, ItemId, Object, Role, SourceId, SourceKind};
use recommend::Recommendation;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    access::{Entitlement, Grant},
    decisions::ReviewItem,
    views::person::{Asked, Only},
};

/// Items of one person that a page takes at most.
const MOST: i64 = 300;

/// How far a reader sees into what a person holds.
struct Reach<'a> {
    actor: &'a Actor,
    /// Whose items; `None` is everybody's.
    only: Option<Only>,
    /// Also what nobody is asked about.
    whole: bool,
}

impl<'a> Reach<'a> {
    fn of(actor: &'a Actor) -> Self {
        let as_role = |role: Role| actor.roles.contains(&role);
        let own = Only { reviewer: actor.identity.filter(|_| as_role(Role::Reviewer)), owner: as_role(Role::Owner).then_some(actor.user) };
        Self {
            actor,
            only: (!actor.may(Action::View, Object::Item, false)).then_some(own),
            whole: actor.may(Action::View, Object::History, false),
        }
    }

    /// The items of a person that the reader may see, in the order of their ids; true where there are more than a page takes.
    async fn items(&self, tx: &mut Tx, person: IdentityId, asked: Asked) -> Result<(Vec<ReviewItem>, bool)> {
        let mut ids = tx.items_of_person(person, asked, self.only, MOST + 1).await?;
        let more = cut(&mut ids, MOST);
        let mut items = tx.review_items(&ids).await?;
        items.retain(|item| require_view(self.actor, item, None).is_ok());
        Ok((items, more))
    }
}

/// An item that is shown, with what its list says of it and what was made for it.
struct Shown {
    item: ReviewItem,
    line: ItemLine,
    application: Option<String>,
    source_name: String,
    /// What was recommended. Facts may be told of it; what it says may not where the line hides it.
    made: Option<Recommendation>,
}

/// A grant that is held now.
struct Holding {
    grant: Grant,
    entitlement: Entitlement,
    kind: SourceKind,
    source_name: String,
    /// The path by the names that people know.
    path: GrantPath,
}

/// `/items/{id}/person`: the holder of an item.
///
/// # Errors
/// [`Error::NotFound`] where there is no such item, or not for this reader, and where the person is not shown to them
/// (rule 44).
pub async fn person(ctx: &Context, actor: &Actor, id: ItemId) -> Result<PersonPage> {
    let mut tx = ctx.store.read().await?;
    let tx = &mut tx;
    let mut cases = Cases::default();
    let case = cases.load(tx, id).await?.ok_or(Error::NotFound)?;
    let decision = match case.item.decision {
        Some(decision) => tx.decision(decision).await?,
        None => None,
    };
    require_view(actor, &case.item, decision.as_ref())?;
    let yours = is_reviewer(actor, &case.item);
    let veil = Veil::before(tx, actor).await?;
    if !yours && veil.hides(case.item.holder.0) {
        return Err(Error::NotFound);
    }
    let campaign = tx.campaign(case.item.campaign).await?.ok_or(Error::NotFound)?;
    let reach = Reach::of(actor);
    let (items, more) = reach.items(tx, case.item.holder, Asked::Now(case.item.campaign)).await?;
    let shown = shown(tx, &case, items).await?;
    let accounts: BTreeSet<(AccountId, SourceId)> = if reach.whole {
        tx.accounts_of_person(case.item.holder).await?.into_iter().collect()
    } else {
        shown.values().map(|one| (one.item.account, one.item.source)).collect()
    };
    let held = held(tx, &mut cases, &accounts).await?;
    let overlaps = ways::overlaps(tx, &reach, &shown, &held).await?;
    let applications = listing::applications(&reach, &shown, &held, &overlaps);
    let since = changes::since(tx, &reach, &veil, &case, &shown, &accounts).await?;
    let manager = match case.account.manager_external.as_deref() {
        Some(external) => tx.external_name(case.item.source, external).await?.map(|(identity, name)| veil.name(identity, name)),
        None => None,
    };
    let mut sources = Vec::new();
    for of in accounts.iter().map(|(_, source)| *source).collect::<BTreeSet<SourceId>>() {
        let (source, _) = cases.source(tx, of).await?;
        sources.push(source_read(tx, &source, ctx.env.now()).await?);
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(PersonPage {
        campaign: campaign_head(tx, &campaign).await?,
        item: id,
        number: case.item.number,
        yours,
        person: person_of(&case, manager),
        sources,
        whole: reach.whole,
        cut: more,
        overlaps,
        applications,
        since,
        risk: risk::of(&shown),
    })
}

/// The items by the grant that they ask about, one for each: of several the one of the campaign that the reader comes from,
/// and of the two items of emergency access the reader's own.
async fn shown(tx: &mut Tx, case: &Case, mut items: Vec<ReviewItem>) -> Result<BTreeMap<GrantId, Shown>> {
    if !items.iter().any(|item| item.id == case.item.id) {
        // Who just escalated the item still sees it.
        items.push(case.item.clone());
    }
    items.sort_by_key(|item| (item.id != case.item.id, item.campaign != case.item.campaign, item.reviewer != case.item.reviewer, item.id));
    let mut shown: BTreeMap<GrantId, Shown> = BTreeMap::new();
    for item in items {
        if shown.contains_key(&item.grant) {
            continue;
        }
        let Some(line) = tx.item_line(item.id).await? else { continue };
        let made = match made(tx, item.id).await? {
            Stored::Read(_, made) => Some(*made),
            Stored::None | Stored::Unreadable => None,
        };
        let (application, source_name) = (line.application.clone(), line.source_name.clone());
        let line = item_line(line, &item.time_zone);
        shown.insert(item.grant, Shown { item, line, application, source_name, made });
    }
    Ok(shown)
}

/// What these accounts hold, as the newest readings show it. Of what a page does not show it still counts that it is there.
async fn held(tx: &mut Tx, cases: &mut Cases, accounts: &BTreeSet<(AccountId, SourceId)>) -> Result<Vec<Holding>> {
    let mut held = Vec::new();
    for (account, of) in accounts {
        let (source, _) = cases.source(tx, *of).await?;
        let Some(seq) = source.last_seq else { continue };
        let mut known: BTreeMap<EntitlementId, Entitlement> = BTreeMap::new();
        for grant in tx.grants_of(*account, seq).await? {
            let entitlement = if let Some(entitlement) = known.get(&grant.entitlement) {
                entitlement.clone()
            } else {
                let Some(read) = tx.entitlement_at(grant.entitlement, seq).await? else { continue };
                known.insert(grant.entitlement, read.clone());
                read
            };
            let path = named_path(tx, &source, seq, &grant.path).await?;
            held.push(Holding { grant, entitlement, kind: source.kind, source_name: source.name.clone(), path });
        }
    }
    Ok(held)
}
