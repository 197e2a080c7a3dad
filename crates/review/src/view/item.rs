//! One item, in full.

mod computed;
mod conflicts;
mod ends;
pub(crate) mod facts;
mod sure;
mod whom;

use super::{
    head::{campaign_head, source_read, usage_view},
    names::Known,
    records,
    types::{
        AccessView, DecideView, DecisionView, Ends, HandOverView, ItemPage, May, OrderView, PersonView, ReasonLine, RecommendationView,
        Recommended, Record, Returned, SourceRead, UndoView, UsageView, What,
    },
};
use crate::{
    Actor, Context, Error, FieldError, Result,
    case::{Case, Cases, is_reviewer, require_view},
    decide::DecideForm,
    handover::HandOverForm,
    native,
    privacy::{self, Quotes, Veil},
    recommendations, shadow, shown,
    sod::ProposeForm,
    sync::unread,
};
use domain::{Action, Answer, CampaignState, DecisionOrigin, InView, ItemId, Object, ReviewState, Role, SourceKind, Timestamp};
use recommend::{Recommendation, instruction_note, sentence};
use store::{Tx, decisions::Decision, views::queue::JUDGED_FIRST};

/// A form that could not be taken, to be shown again with what was typed.
#[derive(Debug, Clone)]
pub enum Entered {
    /// The form to answer.
    Decide(DecideForm),
    /// The form to hand over.
    HandOver(HandOverForm),
    /// The form to propose a control.
    Propose(ProposeForm),
}

/// `/items/{id}`.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or not for this person.
pub async fn item(ctx: &Context, actor: &Actor, id: ItemId) -> Result<ItemPage> {
    let mut tx = ctx.store.read().await?;
    item_page(ctx, &mut tx, actor, id).await
}

/// `/items/{id}` with a form that could not be taken: what was typed is still there, and what is wrong stands beside it.
pub async fn item_with_errors(ctx: &Context, actor: &Actor, id: ItemId, entered: &Entered, errors: &[FieldError]) -> Result<ItemPage> {
    let mut page = item(ctx, actor, id).await?;
    match entered {
        Entered::Decide(form) => {
            if let Some(decide) = &mut page.decide {
                decide.answer = Some(form.answer);
                decide.why = form.why;
                decide.note = form.note.clone().unwrap_or_default();
                decide.to = form.to.clone().unwrap_or_default();
                decide.errors = errors.to_vec();
            }
        }
        Entered::HandOver(form) => {
            if let Some(hand_over) = &mut page.hand_over {
                hand_over.to.clone_from(&form.to);
                hand_over.note = form.note.clone().unwrap_or_default();
                hand_over.errors = errors.to_vec();
            }
        }
        Entered::Propose(form) => {
            let shown = page.conflicts.iter_mut().find(|conflict| conflict.id == form.conflict);
            if let Some(propose) = shown.and_then(|conflict| conflict.propose.as_mut()) {
                propose.control.clone_from(&form.control);
                propose.owner.clone_from(&form.owner);
                propose.until.clone_from(&form.until);
                propose.errors = errors.to_vec();
            }
        }
    }
    Ok(page)
}

pub(super) async fn item_page(ctx: &Context, tx: &mut Tx, actor: &Actor, id: ItemId) -> Result<ItemPage> {
    let case = Cases::default().load(tx, id).await?.ok_or(Error::NotFound)?;
    let yours = is_reviewer(actor, &case.item);
    let as_owner = actor.roles.contains(&Role::Owner) && case.item.campaign_owner == actor.user;
    let decision = match case.item.decision {
        Some(decision) => tx.decision(decision).await?,
        None => None,
    };
    require_view(actor, &case.item, decision.as_ref())?;

    let now = ctx.env.now();
    let zone = case.item.time_zone.clone();
    let campaign = tx.campaign(case.item.campaign).await?.ok_or(Error::NotFound)?;
    let seq = case.source.last_seq.unwrap_or(case.item.seq);
    let shown = shown::of_case(tx, &case).await?;
    // Who must judge the access must know whose it is; nobody else of those who may not see it does (rule 44).
    let veil = Veil::before(tx, actor).await?;
    let veiled = !yours && veil.hides(case.item.holder.0);
    let history = records::of_item(ctx, tx, id, Some(actor.user), &veil).await?;
    let stored = made(tx, id).await?;
    let usage = tx.usage_at(case.item.account, case.item.entitlement, seq).await?.map(|u| u.usage);
    let read_at = case.source.last_read_at.unwrap_or(now);
    let sources = tx.sources().await?.into_iter().map(|source| (source.id, source.name)).collect();
    let holder = &case.account;
    let manager = match holder.manager_external.as_deref() {
        Some(external) => tx.external_name(case.item.source, external).await?,
        None => None,
    };
    let owner = match case.entitlement.owner_external.as_deref() {
        Some(external) => tx.external_name(case.item.source, external).await?,
        None => None,
    };
    let granted_by = match case.grant.granted_by.as_deref() {
        Some(external) => Some(tx.external_name(case.item.source, external).await?.map_or_else(|| external.to_owned(), |(_, name)| name)),
        None => None,
    };
    let hidden = case.item.showing.is_hidden();
    let may = may(tx, actor, &case, yours, now).await?;
    let candidates = if veiled { Vec::new() } else { whom::candidates(tx, actor, &veil, &case, manager.as_ref(), owner.as_ref()).await? };
    let recommended = match &stored {
        _ if case.item.showing == InView::Hidden => Recommended::Hidden,
        _ if case.item.showing == InView::AfterAnswer => Recommended::AfterAnswer,
        Stored::Read(recommendation, made) => {
            let told = (!veiled).then_some(holder);
            let names = Known::load(tx, made, case.item.campaign, (&case.source, case.item.seq), told, &zone).await?;
            Recommended::Shown(RecommendationView {
                id: *recommendation,
                verdict: made.verdict,
                meaning: made.meaning,
                above: if veiled { None } else { whom::above(made, &candidates) },
                reasons: made.reasons.iter().map(|r| ReasonLine { sentence: sentence(r, &names), weight: r.weight }).collect(),
                computed: computed::computed(tx, *recommendation, made, &names).await?.map(Box::new),
                how_sure: sure::how_sure(tx, made).await?,
                engine: made.engine.to_string(),
                alarm: made.alarm,
            })
        }
        Stored::None => Recommended::None("No recommendation was made for this item.".to_owned()),
        Stored::Unreadable => Recommended::None(
            "What was recommended here is kept, but this version of Countersign cannot read it. Answer by the facts of the source; an administrator finds the reason in the log."
                .to_owned(),
        ),
    };
    let made = stored.read();
    let conflicts = if veiled { Vec::new() } else { conflicts::conflicts(ctx, tx, actor, &case, yours, &candidates).await? };
    let undo = undo(ctx, actor, &case, decision.as_ref(), now);
    let decision_view = match &decision {
        Some(decision) => {
            let to = if decision.answer == Answer::Escalate { tx.identity_name(case.item.reviewer).await? } else { None };
            let note = records::note_of(&history, decision.decided_at);
            Some(records::decision_view(tx, decision, Some(actor.user), hidden, note, to).await?)
        }
        None => None,
    };
    let first_answer = if case.item.blind { first_answer(&history, decision.as_ref()) } else { None };
    let order = tx.orders_of_item(id).await?.into_iter().rfind(|order| Some(order.decision) == case.item.decision);
    let order = match order {
        Some(order) => Some(order_view(order, &Quotes::behind(tx, &veil).await?)),
        None => None,
    };
    let (previous, next) = match actor.identity {
        Some(identity) if yours => tx.open_neighbours(identity, case.item.campaign, case.item.number).await?,
        _ => (None, None),
    };
    let answerable = may.decide.then(|| DecideView {
        attempt: ctx.env.id(),
        expected_version: case.item.version,
        shown: hex::encode(shown.digest),
        answer: decision.as_ref().map(|d| d.answer).filter(|_| !case.item.state.is_open()),
        why: decision.as_ref().and_then(|d| d.why),
        note: String::new(),
        to: String::new(),
        candidates: candidates.clone(),
        errors: Vec::new(),
    });
    let may_hand_over = case.item.campaign_state == CampaignState::Open
        && case.native.as_deref().is_none_or(|followed| followed.no_hand_over().is_none())
        && matches!(case.item.state, ReviewState::Undecided | ReviewState::HandedOver | ReviewState::Escalated)
        && actor.may(Action::HandOver, Object::Item, (yours && actor.roles.contains(&Role::Reviewer)) || as_owner);
    let of_person = match actor.identity {
        _ if veiled => None,
        Some(identity) if yours => Some(tx.count_asked_of_person(identity, case.item.holder).await?),
        _ => Some(0),
    };
    let reviewer_of_record =
        if case.item.reviewer_of_record == case.item.reviewer { None } else { tx.identity_name(case.item.reviewer_of_record).await? };
    Ok(ItemPage {
        sending: super::native::sending_line(tx, actor, &case, decision.as_ref()).await?,
        campaign: campaign_head(tx, &campaign).await?,
        id,
        grant: case.item.grant,
        number: case.item.number,
        state: case.item.state,
        cause: match made {
            // The cause tells the verdict.
            _ if case.item.showing == InView::Hidden => shadow::ALL_ITEMS.to_owned(),
            _ if case.item.blind => JUDGED_FIRST.to_owned(),
            Some(made) => made.cause.as_str().to_owned(),
            None => String::new(),
        },
        reviewer: tx.identity_name(case.item.reviewer).await?.unwrap_or_default(),
        reviewer_by: case.item.reviewer_by.clone(),
        reviewer_of_record,
        yours,
        other_seat: match &case.other_seat {
            Some(other) => tx.identity_name(other.reviewer).await?,
            None => None,
        },
        returned: returned(tx, &case).await?,
        due_at: case.item.due_at,
        person: if veiled {
            veiled_person(case.item.holder)
        } else {
            person(&case, manager.map(|(identity, name)| veil.name(identity, name)))
        },
        of_person,
        access: access_view(&case, owner.as_ref().map(|(_, name)| name.clone())),
        source: SourceRead {
            read_at: case.read_at,
            old: case.stale_by(now).is_some(),
            unread: case.is_unread(),
            ..source_read(tx, &case.source, now).await?
        },
        path: case.path.clone(),
        granted_on: case.grant.granted_on,
        granted_by,
        also_ends: ends::also_ends(tx, &case).await?,
        together: ends::together(tx, &case).await?,
        ends: Ends {
            undo_window: case.policy.undo_window,
            by_ticket: case.source.kind == SourceKind::Files,
            cannot: case.right_way(),
            platform: super::native::platform_ends(&case),
        },
        recommended,
        conflicts,
        usage: match usage {
            None if unread::is_use_unread(tx, &case.source, seq, &case.entitlement.external_id, &case.grant.path).await? => {
                UsageView::Unread
            }
            usage => usage_view(usage, read_at),
        },
        peers: made.filter(|_| !veiled).map(|made| facts::peers(made, holder)).unwrap_or_default(),
        facts: made.map(|made| facts::lines(made, &sources, &zone)).unwrap_or_default(),
        // Of a person who is not shown, titles, departments and dates are not either.
        changes: if veiled { Vec::new() } else { shown.changes },
        may,
        decide: answerable,
        hand_over: may_hand_over.then(|| HandOverView {
            attempt: ctx.env.id(),
            expected_version: case.item.version,
            to: String::new(),
            note: String::new(),
            candidates,
            errors: Vec::new(),
        }),
        undo,
        decision: decision_view,
        judged_first: case.item.blind,
        first_answer,
        order,
        history,
        previous,
        next,
    })
}

/// The answer that was given before the recommendation showed, where it is not the one that counts now.
fn first_answer(history: &[Record], counts: Option<&Decision>) -> Option<DecisionView> {
    let first = history.iter().find_map(|record| match &record.what {
        What::Answered { decision, .. } if decision.origin == DecisionOrigin::PersonBlind => Some(decision),
        _ => None,
    })?;
    counts.is_none_or(|decision| decision.origin != DecisionOrigin::PersonBlind).then(|| first.clone())
}

/// What is kept of what was recommended for an item.
pub(super) enum Stored {
    /// Nothing was made.
    None,
    /// It cannot be read. That must not keep anybody from answering; `countersign explain` says what differs.
    Unreadable,
    /// It is this.
    Read(domain::RecommendationId, Box<Recommendation>),
}

impl Stored {
    /// The recommendation, where there is one that can be read.
    pub fn read(&self) -> Option<&Recommendation> {
        match self {
            Self::Read(_, made) => Some(made),
            Self::None | Self::Unreadable => None,
        }
    }
}

pub(super) async fn made(tx: &mut Tx, item: ItemId) -> Result<Stored> {
    Ok(match tx.recommendation_of_item(item).await? {
        None => Stored::None,
        Some((id, body)) => recommendations::readable(&body, &id).map_or(Stored::Unreadable, |made| Stored::Read(id, Box::new(made))),
    })
}

/// What came back, where a finding made the campaign ask anew (rule 21).
async fn returned(tx: &mut Tx, case: &Case) -> Result<Option<Returned>> {
    let Some(finding) = tx.finding_behind(case.item.id).await? else { return Ok(None) };
    let proven_at = match finding.order {
        Some(order) => tx.order(order).await?.and_then(|order| order.proven_at),
        None => None,
    };
    Ok(Some(Returned { proven_at, seen_at: finding.raised_at, explanation: finding.explanation.map(|word| word.to_string()) }))
}

pub(super) fn person(case: &Case, manager: Option<String>) -> PersonView {
    let holder = &case.account;
    PersonView {
        id: case.item.holder,
        name: holder.display_name().to_owned(),
        title: holder.title.clone(),
        department: holder.department.clone(),
        manager,
        status: holder.status,
        start: holder.start,
        end: holder.end,
        changed_job_on: holder.changed_job_on,
    }
}

/// A person of whom this reader is shown nothing (rule 44).
fn veiled_person(id: domain::IdentityId) -> PersonView {
    PersonView {
        id,
        name: privacy::NAME.to_owned(),
        title: None,
        department: None,
        manager: None,
        status: None,
        start: None,
        end: None,
        changed_job_on: None,
    }
}

fn access_view(case: &Case, owner: Option<String>) -> AccessView {
    let description = case.entitlement.description.clone();
    let suspicious = [case.entitlement.name.as_deref(), description.as_deref(), case.account.name.as_deref()]
        .into_iter()
        .flatten()
        .any(|text| instruction_note(text).is_some());
    AccessView {
        name: case.entitlement.display_name().to_owned(),
        application: case.entitlement.application.clone(),
        annotation: suspicious.then(|| {
            "A name or description here reads like an instruction to a machine. It is shown as text, and it moved nothing.".to_owned()
        }),
        description,
        sensitivity: case.entitlement.sensitivity,
        owner,
        emergency: case.is_emergency(),
    }
}

async fn may(tx: &mut Tx, actor: &Actor, case: &Case, yours: bool, now: Timestamp) -> Result<May> {
    let history = actor.may(Action::View, Object::History, false);
    let none = |why_not: Option<String>| May { decide: false, why_not, history };
    if !yours || !actor.may(Action::Decide, Object::Item, yours) {
        return Ok(none(None));
    }
    if case.item.campaign_state != CampaignState::Open {
        return Ok(none(Some("The campaign no longer takes answers.".to_owned())));
    }
    if case.item.state.is_final() || case.item.state == ReviewState::Unanswered {
        return Ok(none(None));
    }
    if let Some(identity) = actor.identity
        && let Some(barred) = case.barred(tx, identity).await?
    {
        return Ok(none(Some(format!("{} Hand the item over.", barred.yourself()))));
    }
    if let Some(why) = native::unchangeable(tx, case, now).await? {
        return Ok(none(Some(why)));
    }
    if case.item.state == ReviewState::Decided {
        // A final answer can change while its removal has not left (rule 2).
        let left = match case.item.decision {
            Some(decision) => tx.living_order_of_decision(decision).await?.is_some_and(|order| !order.state.has_not_left()),
            None => false,
        };
        if left {
            return Ok(none(Some("The removal has left, so this answer can no longer change.".to_owned())));
        }
    }
    Ok(May { decide: true, why_not: None, history })
}

fn undo(ctx: &Context, actor: &Actor, case: &Case, decision: Option<&Decision>, now: Timestamp) -> Option<UndoView> {
    let decision = decision?;
    let possible = case.item.campaign_state == CampaignState::Open
        && matches!(case.item.state, ReviewState::Staged | ReviewState::Escalated)
        && decision.user == Some(actor.user)
        && decision.undone_at.is_none()
        && decision.final_at > now
        && actor.may(Action::Undo, Object::Item, true);
    possible.then(|| UndoView { attempt: ctx.env.id(), expected_version: case.item.version })
}

/// An order as the page shows it; what was said of it in others' words leaves out whom the reader is not shown (rule 44).
fn order_view(order: store::orders::Order, quotes: &Quotes) -> OrderView {
    OrderView {
        id: order.id,
        state: order.state,
        hold_reason: order.hold_reason,
        hold_until: order.hold_until,
        remark: order.remark.map(|remark| quotes.masked(&remark)),
        ticket: order.ticket,
        left_at: order.left_at,
        proven_at: order.proven_at,
    }
}
