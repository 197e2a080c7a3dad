//! What changed since the last review of a person.
//!
//! The last review is the newest closed campaign that asked about anything of theirs. Now is compared with the readings that
//! it spoke of, source by source; of a source that it did not ask about nothing is said, and that is said.

use super::{Reach, Shown};
use crate::{
    Result,
    case::Case,
    privacy::Veil,
    view::types::{LastReview, Moved, Outstanding, PersonChange, PersonFact, PersonValue, Since},
};
use domain::{AccountId, Action, Answer, GrantId, ItemId, Object, SourceId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    access::{Account, Grant},
    campaigns::Campaign,
    decisions::ReviewItem,
    sources::Source,
    views::person::Asked,
};

/// What changed, as far as the reader may see it.
pub(super) async fn since(
    tx: &mut Tx,
    reach: &Reach<'_>,
    veil: &Veil,
    case: &Case,
    shown: &BTreeMap<GrantId, Shown>,
    accounts: &BTreeSet<(AccountId, SourceId)>,
) -> Result<Since> {
    let person = case.item.holder;
    let delivered = tx.last_delivered_decision(person).await?;
    let last = match tx.last_review_of_person(person, case.item.campaign).await? {
        Some(last) => tx.campaign(last).await?,
        None => None,
    };
    let Some(last) = last else { return Ok(Since { last: None, delivered }) };
    let (then, _) = reach.items(tx, person, Asked::In(last.id)).await?;
    let mut accounts = accounts.clone();
    accounts.extend(then.iter().map(|item| (item.account, item.source)));
    let items: BTreeMap<GrantId, ItemId> =
        then.iter().map(|item| (item.grant, item.id)).chain(shown.values().map(|one| (one.item.grant, one.item.id))).collect();
    let read: BTreeMap<SourceId, i64> = tx.campaign_sources(last.id).await?.into_iter().map(|of| (of.source, of.seq)).collect();
    let mut review = LastReview {
        name: name(reach, &last, &then),
        closed_at: last.closed_at.unwrap_or(last.due_at),
        not_covered: Vec::new(),
        person: Vec::new(),
        granted: Vec::new(),
        ended: Vec::new(),
        outstanding: outstanding(tx, &then).await?,
    };
    for (account, source) in accounts {
        let Some(source) = tx.source(source).await? else { continue };
        let (Some(before), Some(now)) = (read.get(&source.id).copied(), source.last_seq) else {
            review.not_covered.push(source.name);
            continue;
        };
        if let (Some(was), Some(is)) = (tx.account_at(account, before).await?, tx.account_at(account, now).await?) {
            review.person.extend(changes(tx, veil, &source, &was, &is).await?);
        }
        for grant in tx.grants_changed(account, before).await? {
            let item = items.get(&grant.id).copied();
            if item.is_none() && !reach.whole {
                continue;
            }
            let (moves, at) = match grant.valid_until {
                Some(gone) => (&mut review.ended, taken(tx, &source, gone).await?),
                None => (&mut review.granted, came(tx, &source, &grant, before).await?),
            };
            moves.extend(moved(tx, &grant, at, item, reach.whole).await?);
        }
    }
    review.not_covered.sort();
    review.not_covered.dedup();
    review.granted.sort_by(newest_first);
    review.ended.sort_by(newest_first);
    Ok(Since { last: Some(review), delivered })
}

/// The campaign's name, for those who were asked something in it or may look at it.
fn name(reach: &Reach<'_>, last: &Campaign, then: &[ReviewItem]) -> Option<String> {
    let seen = !then.is_empty() || reach.actor.may(Action::View, Object::Campaign, last.owner == reach.actor.user);
    seen.then(|| last.name.clone())
}

/// What was revoked then and is still held.
async fn outstanding(tx: &mut Tx, then: &[ReviewItem]) -> Result<Vec<Outstanding>> {
    let mut list: BTreeMap<GrantId, Outstanding> = BTreeMap::new();
    for item in then.iter().filter(|item| item.answer == Some(Answer::Revoke) && item.gone_at.is_none()) {
        let Some(line) = tx.item_line(item.id).await? else { continue };
        let access_line = Some(match line.application {
            Some(application) => format!("{application} · {}", line.source_name),
            None => line.source_name,
        });
        list.insert(item.grant, Outstanding { access: line.access, access_line, item: item.id, order: line.order });
    }
    let mut list: Vec<Outstanding> = list.into_values().collect();
    list.sort_by(|a, b| (&a.access, a.item).cmp(&(&b.access, b.item)));
    Ok(list)
}

/// The facts about the person that their source has otherwise now.
async fn changes(tx: &mut Tx, veil: &Veil, source: &Source, was: &Account, is: &Account) -> Result<Vec<PersonChange>> {
    let text = |text: Option<&str>| text.map(|text| PersonValue::Text(text.to_owned()));
    let day = |at: Option<Timestamp>| at.map(PersonValue::Day);
    let mut all = vec![
        (PersonFact::Title, text(was.title.as_deref()), text(is.title.as_deref())),
        (PersonFact::Department, text(was.department.as_deref()), text(is.department.as_deref())),
    ];
    if was.manager_external != is.manager_external {
        all.push((PersonFact::Manager, manager(tx, veil, source, was).await?, manager(tx, veil, source, is).await?));
    }
    all.extend([
        (PersonFact::Status, was.status.map(PersonValue::Status), is.status.map(PersonValue::Status)),
        (PersonFact::Start, day(was.start), day(is.start)),
        (PersonFact::End, day(was.end), day(is.end)),
        (PersonFact::ChangedJob, day(was.changed_job_on), day(is.changed_job_on)),
    ]);
    let change = |(fact, before, now)| PersonChange { fact, source: source.name.clone(), before, now };
    Ok(all.into_iter().filter(|(_, before, now)| before != now).map(change).collect())
}

async fn manager(tx: &mut Tx, veil: &Veil, source: &Source, of: &Account) -> Result<Option<PersonValue>> {
    let Some(external) = of.manager_external.as_deref() else { return Ok(None) };
    let known = tx.external_name(source.id, external).await?;
    Ok(Some(PersonValue::Text(known.map_or_else(|| external.to_owned(), |(identity, name)| veil.name(identity, name)))))
}

/// When a reading of the source was taken.
async fn taken(tx: &mut Tx, source: &Source, seq: i64) -> Result<Option<Timestamp>> {
    Ok(tx.snapshot(source.id, seq).await?.map(|snapshot| Timestamp(snapshot.taken_at)))
}

/// When a grant was made, where that was after the reading of then; else when a reading first showed it.
async fn came(tx: &mut Tx, source: &Source, grant: &Grant, before: i64) -> Result<Option<Timestamp>> {
    let then = taken(tx, source, before).await?;
    match grant.granted_on.filter(|on| Some(*on) >= then) {
        Some(at) => Ok(Some(at)),
        None => taken(tx, source, grant.valid_from).await,
    }
}

async fn moved(tx: &mut Tx, grant: &Grant, at: Option<Timestamp>, item: Option<ItemId>, whole: bool) -> Result<Option<Moved>> {
    let (Some(at), Some((access, application, source))) = (at, tx.entitlement_label(grant.entitlement).await?) else { return Ok(None) };
    Ok(Some(Moved { access, application, source, at, item, history: whole.then_some(grant.id) }))
}

fn newest_first(a: &Moved, b: &Moved) -> std::cmp::Ordering {
    (std::cmp::Reverse(a.at), &a.access, a.history, a.item).cmp(&(std::cmp::Reverse(b.at), &b.access, b.history, b.item))
}
