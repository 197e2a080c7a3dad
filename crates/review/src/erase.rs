//! Answering a request to erase what was written about somebody (rule 44).
//!
//! The ledger holds salted commitments; the texts and their salts stand beside
//! it. Destroying text and salt together leaves every proof as it was, and
//! nobody can find the text by trying. Where records must be retained, by the
//! installation's retention or by a legal hold on this one person, a request is
//! answered by restriction: the texts stay, new packs leave them out, and pages
//! show neither them nor the person's name but to those who must
//! ([`crate::privacy`]).
//!
//! Names and attributes that a source delivers are its records; they follow the
//! source's own corrections and end with its readings. Only what it says of the
//! employment (type, site, working time) is erased too: figures of fairness are
//! all that it is for.

use crate::{Actor, Context, Error, Result, attempt};
use domain::{AccountId, Action, AttemptId, CampaignId, IdentityId, Object, PackId, Timestamp, UserId};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{StoredText, Tx};
use uuid::Uuid;

/// The setting that says that records are retained: any value but `off`.
pub const RETENTION: &str = "retention";
/// What the settings that restrict somebody begin with.
pub(crate) const RESTRICTED: &str = "restricted:";
const KIND: &str = "erase";
const LIFT: &str = "lift_restriction";
const RETAIN: &str = "set_retention";
const PAGE: i64 = 500;

/// What came of a request to erase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// Texts that were destroyed with their salts.
    pub texts: u64,
    /// True where what sources say of the person's employment was erased.
    #[serde(default)]
    pub employment: bool,
    /// True where retention or a legal hold stands against it and the person is restricted instead.
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
    Ok(tx.setting(&restriction(subject)).await?.is_some_and(|setting| setting.value != "off"))
}

/// Everybody and everything whose texts are restricted.
pub(crate) async fn restricted(tx: &mut Tx) -> Result<BTreeSet<Uuid>> {
    let set = tx.settings_under(RESTRICTED).await?;
    Ok(set
        .into_iter()
        .filter(|(_, setting)| setting.value != "off")
        .filter_map(|(name, _)| name.strip_prefix(RESTRICTED)?.parse().ok())
        .collect())
}

/// Whether the installation retains records, so that requests are answered by restriction.
pub async fn is_retained(tx: &mut Tx) -> Result<bool> {
    Ok(tx.setting(RETENTION).await?.is_some_and(|setting| setting.value != "off"))
}

fn restriction(subject: Uuid) -> String {
    format!("{RESTRICTED}{subject}")
}

/// Erases every text about somebody or something: a person with their accounts and sign-ins, an account, a user, a source.
/// Under retention it restricts them instead.
pub async fn erase(ctx: &Context, actor: &Actor, attempt: AttemptId, subject: Uuid) -> Result<Erased> {
    crate::retry_busy(ctx, || once(ctx, actor, attempt, subject, false)).await
}

/// Restricts what is kept of somebody, because a legal hold stands against erasing it.
pub async fn restrict(ctx: &Context, actor: &Actor, attempt: AttemptId, subject: Uuid) -> Result<Erased> {
    crate::retry_busy(ctx, || once(ctx, actor, attempt, subject, true)).await
}

/// Ends a restriction: what is kept of the person is shown again as of anybody. Nothing is erased by it.
pub async fn lift(ctx: &Context, actor: &Actor, attempt: AttemptId, subject: Uuid) -> Result<String> {
    crate::retry_busy(ctx, || lift_once(ctx, actor, attempt, subject)).await
}

async fn lift_once(ctx: &Context, actor: &Actor, attempt: AttemptId, subject: Uuid) -> Result<String> {
    actor.require(Action::Make, Object::Evidence, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(done) = attempt::earlier::<String>(&mut tx, actor, attempt, LIFT, subject).await? {
        return Ok(done);
    }
    if !is_restricted(&mut tx, subject).await? {
        return Err(Error::Stale("Nothing of this person is restricted any more. Nothing was changed.".to_owned()));
    }
    for subject in subjects(&mut tx, subject).await? {
        if is_restricted(&mut tx, subject).await? {
            tx.set_setting(&restriction(subject), "off", ctx.env.now(), Some(actor.user)).await?;
        }
    }
    let event = ctx
        .event(EventKind::PolicyChanged, Some(actor))
        .code("policy", "restriction")
        .code("value", "off")
        .subject("subject", whom(ctx, subject));
    ctx.record(&mut tx, event).await?;
    let done = "The restriction is lifted. What is kept of this person is shown again, and new packs hold it.".to_owned();
    attempt::keep(ctx, &mut tx, actor, attempt, LIFT, subject, &done).await?;
    tx.commit().await?;
    Ok(done)
}

/// Says whether the installation retains records. While it does, requests to erase are answered by restriction.
pub async fn set_retention(ctx: &Context, actor: &Actor, attempt: AttemptId, on: bool) -> Result<String> {
    crate::retry_busy(ctx, || retain_once(ctx, actor, attempt, on)).await
}

async fn retain_once(ctx: &Context, actor: &Actor, attempt: AttemptId, on: bool) -> Result<String> {
    actor.require(Action::Make, Object::Evidence, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(done) = attempt::earlier::<String>(&mut tx, actor, attempt, RETAIN, Uuid::nil()).await? {
        return Ok(done);
    }
    if is_retained(&mut tx).await? != on {
        let value = if on { "on" } else { "off" };
        tx.set_setting(RETENTION, value, ctx.env.now(), Some(actor.user)).await?;
        let event = ctx.event(EventKind::PolicyChanged, Some(actor)).code("policy", RETENTION).code("value", value);
        ctx.record(&mut tx, event).await?;
    }
    let done = if on {
        "Records are retained from now on: a request to erase is answered by restriction."
    } else {
        "Records are no longer retained: a request to erase destroys the texts. Restrictions that stand stay until they are lifted."
    };
    attempt::keep(ctx, &mut tx, actor, attempt, RETAIN, Uuid::nil(), &done).await?;
    tx.commit().await?;
    Ok(done.to_owned())
}

fn whom(ctx: &Context, subject: Uuid) -> String {
    ctx.keys.pseudonyms.pseudonym("subject", &subject.to_string())
}

/// What is stored about somebody.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// Texts that are not erased.
    pub texts: Vec<StoredText>,
    /// Campaigns in which something was written about them, erased or not.
    pub campaigns: BTreeSet<CampaignId>,
    /// True where sources say something of their employment.
    pub employment: bool,
    accounts: Vec<AccountId>,
    subjects: BTreeSet<Uuid>,
}

/// Everything that was written about somebody, with their accounts and sign-ins.
pub(crate) async fn stored_about(tx: &mut Tx, subject: Uuid) -> Result<Stored> {
    let accounts = accounts(tx, subject).await?;
    let employment = tx.count_employment(&accounts).await? > 0;
    let mut stored = Stored { subjects: subjects(tx, subject).await?, employment, accounts, ..Stored::default() };
    for subject in stored.subjects.clone() {
        let mut after = None;
        loop {
            let page = tx.texts_about(subject, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for text in page {
                let entry = tx.entry(text.entry).await?.ok_or_else(|| Error::Inconsistent(format!("text {} has no entry", text.id)))?;
                stored.campaigns.extend(entry.campaign);
                if text.open.is_some() {
                    stored.texts.push(text);
                }
            }
        }
    }
    Ok(stored)
}

async fn once(ctx: &Context, actor: &Actor, attempt: AttemptId, subject: Uuid, hold: bool) -> Result<Erased> {
    actor.require(Action::Make, Object::Evidence, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(done) = attempt::earlier::<Erased>(&mut tx, actor, attempt, KIND, subject).await? {
        return Ok(Erased { repeated: true, ..done });
    }
    let now = ctx.env.now();
    let stored = stored_about(&mut tx, subject).await?;
    let texts = stored.texts.len();
    let restrict = hold || is_retained(&mut tx).await?;
    if restrict {
        for subject in &stored.subjects {
            tx.set_setting(&restriction(*subject), "on", now, Some(actor.user)).await?;
        }
        let count = i64::try_from(texts).unwrap_or(i64::MAX);
        let event = ctx
            .event(EventKind::RetentionRestricted, Some(actor))
            .subject("subject", whom(ctx, subject))
            .int("texts", count)
            .code("because", if hold { "legal_hold" } else { "retention" });
        ctx.record(&mut tx, event).await?;
    } else if texts == 0 && !stored.employment {
        return Err(Error::Refused("No text about this is stored. Nothing was changed.".to_owned()));
    } else {
        for text in &stored.texts {
            let entry = tx.entry(text.entry).await?.ok_or_else(|| Error::Inconsistent(format!("text {} has no entry", text.id)))?;
            tx.erase_text(text.id, now).await?;
            let mut event = ctx.event(EventKind::TextErased, Some(actor)).code("entry", text.entry).code("field", &text.field);
            if let Some(campaign) = entry.campaign {
                event = event.campaign(campaign);
            }
            ctx.record(&mut tx, event).await?;
        }
        if tx.forget_employment(&stored.accounts).await? > 0 {
            let event = ctx.event(EventKind::EmploymentErased, Some(actor)).subject("subject", whom(ctx, subject));
            ctx.record(&mut tx, event).await?;
        }
    }
    let handed_out = handed_out(&mut tx, &stored.campaigns).await?;
    let done = Erased {
        repeated: false,
        texts: if restrict { 0 } else { texts as u64 },
        employment: stored.employment && !restrict,
        restricted: restrict,
        sentence: sentence(texts, stored.employment, restrict, handed_out.len()),
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
    subjects.extend(tx.accounts_of_person(identity).await?.into_iter().map(|(account, _)| account.0));
    subjects.extend(tx.users_of(identity).await?.into_iter().map(|user| user.id.0));
    Ok(subjects)
}

/// The accounts that the person, or the one account that is named, has.
async fn accounts(tx: &mut Tx, subject: Uuid) -> Result<Vec<AccountId>> {
    let mut accounts: Vec<AccountId> = tx.accounts_of_person(IdentityId(subject)).await?.into_iter().map(|(account, _)| account).collect();
    if accounts.is_empty() {
        accounts.push(AccountId(subject));
    }
    Ok(accounts)
}

/// Copies of packs of these campaigns that somebody took away.
pub(crate) async fn handed_out(tx: &mut Tx, campaigns: &BTreeSet<CampaignId>) -> Result<Vec<HandedOut>> {
    // A pack of several campaigns is a copy of each, and one copy.
    let mut copies = BTreeMap::new();
    for campaign in campaigns {
        let mut after = None;
        loop {
            let page = tx.pack_copies_of(*campaign, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            copies.extend(page.into_iter().map(|copy| (copy.id, HandedOut { pack: copy.pack, by: copy.user, at: copy.at })));
        }
    }
    Ok(copies.into_values().collect())
}

fn sentence(texts: usize, employment: bool, restricted: bool, copies: usize) -> String {
    let done = match (restricted, texts) {
        (true, 0) => {
            "This person is restricted: no text about them is stored, and pages show the name only to those who must see it.".to_owned()
        }
        (true, _) => format!(
            "This person is restricted instead of erased: {} stored, new packs leave out what was written, and pages show neither it nor the name but to those who must see it.",
            if texts == 1 { "1 text stays".to_owned() } else { format!("{texts} texts stay") }
        ),
        (false, 0) => String::new(),
        (false, _) => format!(
            "{} erased together with the salts. The ledger's proofs hold as before.",
            if texts == 1 { "1 text was".to_owned() } else { format!("{texts} texts were") }
        ),
    };
    let done = match (employment && !restricted, done.is_empty()) {
        (true, true) => "What sources say of this person's employment type, site and working time was erased.".to_owned(),
        (true, false) => format!("{done} What sources say of the person's employment type, site and working time was erased too."),
        (false, _) => done,
    };
    match copies {
        0 => format!("{done} No pack with them was handed out."),
        1 => format!("{done} One copy of a pack was handed out before and may hold them; it is listed here."),
        copies => format!("{done} {copies} copies of packs were handed out before and may hold them; they are listed here."),
    }
}
