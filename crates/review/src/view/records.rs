//! What happened to an item, out of its ledger entries and the rows that they speak of.

use super::types::{By, DecisionView, EntryRef, Record, What, Withheld};
use crate::{
    Context, Error, Result,
    privacy::{Quotes, Veil},
};
use domain::{Answer, DecisionId, ItemId, OrderId, Timestamp, UserId, Verdict};
use ledger::{Entry, EventKind};
use std::collections::BTreeMap;
use store::{Tx, decisions::Decision};

/// Entries read at once.
const BATCH: i64 = 500;

/// The records of an item, oldest first. `reader` is marked as such in decisions of their own; `veil` hides notes from them.
pub(crate) async fn of_item(ctx: &Context, tx: &mut Tx, item: ItemId, reader: Option<UserId>, veil: &Veil) -> Result<Vec<Record>> {
    let people = tx.people_of_item(item).await?;
    let by_pseudonym: BTreeMap<String, (UserId, String)> =
        people.into_iter().map(|(id, name)| (ctx.keys.pseudonyms.pseudonym("user", &id.to_string()), (id, name))).collect();
    let hidden = tx.review_item(item).await?.is_some_and(|item| item.showing.is_hidden());
    let quotes = Quotes::behind(tx, veil).await?;
    let teller = Teller { item, reader, hidden, veil, quotes, by_pseudonym };
    let mut records = Vec::new();
    let mut after = None;
    loop {
        let entries = tx.entries_of_item(item, after, BATCH).await?;
        let Some(last) = entries.last() else { break };
        after = Some(last.id);
        for stored in entries {
            let entry = Entry::parse(&stored.bytes).map_err(|why| Error::Inconsistent(format!("ledger entry {}: {why}", stored.id)))?;
            let reference = EntryRef { index: stored.index.and_then(|i| i64::try_from(i).ok()), leaf: hex::encode(stored.leaf) };
            if let Some(what) = teller.tell(tx, &entry).await? {
                records.push((place(&entry), Record { at: stored.at, by: teller.by(&entry), what, entry: Some(reference) }));
            }
        }
    }
    // Ids of one moment come in the order of chance; the item's and the orders' versions say the true one.
    records.sort_by_key(|(place, record)| (record.at, *place));
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

/// The place of an entry among those of one moment: the steps of the item, what was made and shown with its first, then those of orders.
fn place(entry: &Entry) -> (i64, i64) {
    match (entry.kind, entry.item_version, entry.data_int("order_version")) {
        (EventKind::RecommendationMade, _, _) => (1, 1),
        (EventKind::ItemShown, _, _) => (1, 2),
        (_, Some(version), _) => (version, 0),
        (_, None, order) => (i64::MAX, order.unwrap_or(0)),
    }
}

struct Teller<'a> {
    item: ItemId,
    reader: Option<UserId>,
    /// What was recommended, and what agrees with it, is not in view.
    hidden: bool,
    veil: &'a Veil,
    /// What is left out of words that are not ours.
    quotes: Quotes,
    by_pseudonym: BTreeMap<String, (UserId, String)>,
}

impl Teller<'_> {
    fn by(&self, entry: &Entry) -> By {
        match &entry.actor {
            ledger::Actor::System => By::System,
            ledger::Actor::Person(pseudonym) => self.by_pseudonym.get(pseudonym).map_or(By::Erased, |(_, name)| By::Person(name.clone())),
        }
    }

    async fn tell(&self, tx: &mut Tx, entry: &Entry) -> Result<Option<What>> {
        let code = |field: &str| entry.data_code(field).map(str::to_owned);
        Ok(Some(match entry.kind {
            EventKind::ItemCreated => return self.asked(tx).await.map(Some),
            EventKind::RecommendationMade => self.recommended(tx, entry).await?,
            EventKind::ItemShown => What::Shown { digest: code("digest").unwrap_or_default() },
            EventKind::DecisionMade => return self.answered(tx, entry).await.map(Some),
            EventKind::DecisionUndone => What::Undone,
            EventKind::DecisionFinalised => What::Finalised,
            EventKind::ItemHandedOver => {
                let handover = tx.handovers_of(self.item).await?.into_iter().rfind(|h| h.at <= entry.at.plus(1));
                let to = match handover {
                    Some(handover) => tx.identity_name(handover.to).await?.unwrap_or_default(),
                    None => String::new(),
                };
                What::HandedOver { to, note: self.note(tx, entry).await?.shown() }
            }
            EventKind::ItemUnanswered => What::Unanswered,
            EventKind::DecisionDefaulted if entry.data_code("action") == Some("remove") => What::RemovedByDefault,
            EventKind::DecisionDefaulted => What::Excepted,
            EventKind::ItemNoLongerHeld => What::NoLongerHeld,
            EventKind::ItemSecondReview => What::DrawnForSecondReview,
            EventKind::ItemSignedOff => What::SignedOff,
            kind if !kind.order_steps().is_empty() => return self.order(tx, entry).await,
            kind => What::Other(kind.as_str().to_owned()),
        }))
    }

    async fn asked(&self, tx: &mut Tx) -> Result<What> {
        let item = tx.review_item(self.item).await?.ok_or(Error::NotFound)?;
        let campaign = tx.campaign(item.campaign).await?.map_or_else(String::new, |c| c.name);
        let reviewer = tx.identity_name(item.reviewer_of_record).await?.unwrap_or_default();
        Ok(What::Asked { campaign, number: item.number, reviewer })
    }

    async fn recommended(&self, tx: &mut Tx, entry: &Entry) -> Result<What> {
        let verdict: Option<Verdict> = entry.data_code("verdict").filter(|_| !self.hidden).and_then(|word| word.parse().ok());
        let made = tx.recommendation_of_item(self.item).await?.and_then(|(_, body)| recommend::Recommendation::from_canonical(&body).ok());
        Ok(What::Recommended {
            verdict,
            meaning: made.as_ref().filter(|_| !self.hidden).and_then(|m| m.meaning),
            engine: made.as_ref().map_or_else(String::new, |m| m.engine.to_string()),
            facts: made.as_ref().map_or(0, |m| i64::try_from(m.facts.iter().len()).unwrap_or(i64::MAX)),
            input_hash: entry.data_code("input_hash").unwrap_or_default().to_owned(),
        })
    }

    async fn answered(&self, tx: &mut Tx, entry: &Entry) -> Result<What> {
        let id: Option<DecisionId> = entry.subjects.get("decision").and_then(|id| id.parse().ok());
        let decision = match id {
            Some(id) => tx.decision(id).await?,
            None => None,
        };
        let decision = decision.ok_or_else(|| Error::Inconsistent(format!("ledger entry {} names no decision", entry.id)))?;
        let note = self.note(tx, entry).await?;
        if decision.answer == Answer::Escalate {
            let handover = tx.handovers_of(self.item).await?.into_iter().rfind(|h| h.at <= decision.decided_at.plus(1));
            let (to, due_at) = match handover {
                Some(handover) => (tx.identity_name(handover.to).await?.unwrap_or_default(), handover.due_at),
                None => (String::new(), None),
            };
            return Ok(What::Escalated { to, due_at, note: note.shown() });
        }
        let view = decision_view(tx, &decision, self.reader, self.hidden, note, None).await?;
        Ok(What::Answered { decision: view, changed: entry.data_code("step") == Some("change") || decision.version > 1 })
    }

    async fn order(&self, tx: &mut Tx, entry: &Entry) -> Result<Option<What>> {
        let (Some(id), Some(version)) =
            (entry.subjects.get("order").and_then(|id| id.parse::<OrderId>().ok()), entry.data_int("order_version"))
        else {
            return Ok(None);
        };
        let step = tx.order_steps(id).await?.into_iter().find(|step| step.number == version);
        let Some(order) = tx.order(id).await? else { return Ok(None) };
        let state = entry.data_code("state").and_then(|word| word.parse().ok()).unwrap_or(order.state);
        // An order's first entry has no step: it came to be, held for the undo window.
        let event = step.as_ref().and_then(|s| s.event.parse().ok()).unwrap_or(domain::OrderEvent::Hold);
        let hold_reason = step.and_then(|s| s.hold_reason).and_then(|word| word.parse().ok());
        let detail = match state {
            domain::OrderState::Ticketed => order.ticket,
            domain::OrderState::Refused | domain::OrderState::CannotBeRemovedHere => order.remark.map(|remark| self.quotes.masked(&remark)),
            _ => None,
        };
        Ok(Some(What::Order { event, state, hold_reason, detail }))
    }

    async fn note(&self, tx: &mut Tx, entry: &Entry) -> Result<Note> {
        Ok(match tx.text(entry.id, "note").await? {
            None => Note::None,
            Some(text) => match text.open {
                None => Note::Erased,
                Some(_) if self.veil.hides(text.subject) => Note::Restricted,
                Some((_, body)) => Note::Shown(body),
            },
        })
    }
}

/// What a reader is shown of a note.
#[derive(Debug, Clone, Default)]
pub(crate) enum Note {
    /// There is none.
    #[default]
    None,
    /// It was erased.
    Erased,
    /// It is restricted, and not this reader's to see.
    Restricted,
    /// What it says.
    Shown(String),
}

impl Note {
    const fn withheld(&self) -> Option<Withheld> {
        match self {
            Self::Erased => Some(Withheld::Erased),
            Self::Restricted => Some(Withheld::Restricted),
            Self::None | Self::Shown(_) => None,
        }
    }

    fn shown(self) -> Option<String> {
        match self {
            Self::Shown(text) => Some(text),
            Self::None | Self::Erased | Self::Restricted => None,
        }
    }
}

/// A decision as a page shows it; without whether it agrees where what was recommended is `hidden`.
pub(crate) async fn decision_view(
    tx: &mut Tx,
    decision: &Decision,
    reader: Option<UserId>,
    hidden: bool,
    note: Note,
    to: Option<String>,
) -> Result<DecisionView> {
    let by = match (decision.user, decision.reviewer) {
        (Some(user), _) => tx.user(user).await?.map(|user| user.name),
        (None, Some(identity)) => tx.identity_name(identity).await?,
        (None, None) => None,
    };
    Ok(DecisionView {
        answer: decision.answer,
        why: decision.why,
        note_withheld: note.withheld(),
        note: note.shown(),
        by,
        yours: reader.is_some() && decision.user == reader,
        origin: decision.origin,
        to,
        decided_at: decision.decided_at,
        final_at: decision.final_at,
        finalised_at: decision.finalised_at,
        agreed: decision.agreed.filter(|_| !hidden),
        on_old_data: decision.on_old_data,
    })
}

/// The note of the decision that counts, out of an item's records.
pub(crate) fn note_of(records: &[Record], at: Timestamp) -> Note {
    let shown = |note: &Option<String>| note.clone().map_or(Note::None, Note::Shown);
    records
        .iter()
        .rev()
        .find_map(|record| match &record.what {
            What::Answered { decision, .. } if decision.decided_at == at => Some(match decision.note_withheld {
                Some(Withheld::Erased) => Note::Erased,
                Some(Withheld::Restricted) => Note::Restricted,
                None => shown(&decision.note),
            }),
            What::Escalated { note, .. } if record.at == at => Some(shown(note)),
            _ => None,
        })
        .unwrap_or_default()
}
