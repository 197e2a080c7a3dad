//! Erasing what was written about somebody (rule 44).
//!
//! The ledger holds salted commitments; the texts and their salts stand beside
//! it. Destroying text and salt together leaves every proof as it was, and
//! nobody can find the text by trying. Where records must be retained, a request
//! is answered by restriction: the text stays, and new packs leave it out.
//!
//! Names and attributes that a source delivers are its records; they follow the
//! source's own corrections and end with its readings.

use crate::{Actor, Context, Error, Result, attempt};
use domain::{Action, AttemptId, CampaignId, IdentityId, Object, PackId, Timestamp, UserId};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::Tx;
use uuid::Uuid;

/// The setting that says that records are retained: any value but `off`.
pub const RETENTION: &str = "retention";
const KIND: &str = "erase";
const PAGE: i64 = 500;

/// What came of a request to erase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// Texts that were destroyed with their salts.
    pub texts: u64,
    /// True where retention stands against it and the texts are restricted instead.
    pub restricted: bool,
    /// Copies of packs that were taken away and may hold the texts: whom to tell.
    pub handed_out: Vec<HandedOut>,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// A copy of a pack that somebody took away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOut {
    /// The pack.
    pub pack: PackId,
    /// Who took it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// Whether texts about `subject` are restricted.
pub async fn is_restricted(tx: &mut Tx, subject: Uuid) -> Result<bool> {
    Ok(tx.setting(&restriction(subject)).await?.is_some())
}

fn restriction(subject: Uuid) -> String {
    format!("restricted:{subject}")
}

/// Erases every text about somebody or something: a person with their accounts and sign-ins, an account, a user, a source.
/// Under retention it restricts them instead.
pub async fn erase(ctx: &Context, actor: &Actor, attempt: AttemptId, subject: Uuid) -> Result<Erased> {
    crate::retry_busy(ctx, || once(ctx, actor, attempt, subject)).await
}

async fn once(ctx: &Context, actor: &Actor, attempt: AttemptId, subject: Uuid) -> Result<Erased> {
    actor.require(Action::Make, Object::Evidence, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(done) = attempt::earlier::<Erased>(&mut tx, actor, attempt, KIND, subject).await? {
        return Ok(Erased { repeated: true, ..done });
    }
    let now = ctx.env.now();
    let mut campaigns = BTreeSet::new();
    let mut texts = Vec::new();
    let subjects = subjects(&mut tx, subject).await?;
    for subject in &subjects {
        let mut after = None;
        loop {
            let page = tx.texts_about(*subject, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            texts.extend(page.into_iter().filter(|text| text.open.is_some()));
        }
    }
    if texts.is_empty() {
        return Err(Error::Refused("No text about this is stored. Nothing was changed.".to_owned()));
    }
    let retained = tx.setting(RETENTION).await?.is_some_and(|setting| setting.value != "off");
    for text in &texts {
        let entry = tx.entry(text.entry).await?.ok_or_else(|| Error::Inconsistent(format!("text {} has no entry", text.id)))?;
        campaigns.extend(entry.campaign);
        if retained {
            continue;
        }
        tx.erase_text(text.id, now).await?;
        let mut event = ctx.event(EventKind::TextErased, Some(actor)).code("entry", text.entry).code("field", &text.field);
        if let Some(campaign) = entry.campaign {
            event = event.campaign(campaign);
        }
        ctx.record(&mut tx, event).await?;
    }
    if retained {
        for subject in &subjects {
            tx.set_setting(&restriction(*subject), "on", now, Some(actor.user)).await?;
        }
        let count = i64::try_from(texts.len()).unwrap_or(i64::MAX);
        let whom = ctx.keys.pseudonyms.pseudonym("subject", &subject.to_string());
        ctx.record(&mut tx, ctx.event(EventKind::RetentionRestricted, Some(actor)).subject("subject", whom).int("texts", count)).await?;
    }
    let handed_out = handed_out(&mut tx, &campaigns).await?;
    let done = Erased {
        repeated: false,
        texts: if retained { 0 } else { texts.len() as u64 },
        restricted: retained,
        sentence: sentence(texts.len(), retained, handed_out.len()),
        handed_out,
    };
    attempt::keep(ctx, &mut tx, actor, attempt, KIND, subject, &done).await?;
    tx.commit().await?;
    Ok(done)
}

/// Where a person is named, texts about their accounts and their sign-ins are about them too.
async fn subjects(tx: &mut Tx, subject: Uuid) -> Result<BTreeSet<Uuid>> {
    let mut subjects = BTreeSet::from([subject]);
    let identity = IdentityId(subject);
    subjects.extend(tx.accounts_of(identity).await?.into_iter().map(|id| id.0));
    subjects.extend(tx.users_of(identity).await?.into_iter().map(|user| user.id.0));
    Ok(subjects)
}

async fn handed_out(tx: &mut Tx, campaigns: &BTreeSet<CampaignId>) -> Result<Vec<HandedOut>> {
    let mut copies = Vec::new();
    for campaign in campaigns {
        let mut after = None;
        loop {
            let page = tx.pack_copies_of(*campaign, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            copies.extend(page.into_iter().map(|copy| HandedOut { pack: copy.pack, by: copy.user, at: copy.at }));
        }
    }
    Ok(copies)
}

fn sentence(texts: usize, retained: bool, copies: usize) -> String {
    let done = if retained {
        format!("Records are retained, so {texts} texts were restricted instead of erased: they stay stored, and new packs leave them out.")
    } else {
        format!("{texts} texts were erased together with their salts. The ledger's proofs hold as before.")
    };
    match copies {
        0 => format!("{done} No pack with them was handed out."),
        1 => format!("{done} One copy of a pack was handed out before and may hold them; it is listed here."),
        copies => format!("{done} {copies} copies of packs were handed out before and may hold them; they are listed here."),
    }
}
