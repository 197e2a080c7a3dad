//! Requests about somebody's own data: what is stored, erasing and restricting it, and where copies went.

use super::{
    evidence::campaign_names,
    types::{HandedOutLine, Privacy, PrivacyPerson, RestrictedPerson},
};
use crate::{Actor, Context, Error, FieldError, Result, erase};
use domain::{Action, AttemptId, IdentityId, Object, UserId};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;
use uuid::Uuid;

/// Copies that the list of all of them shows, the newest first.
const COPIES: i64 = 100;
/// The longest text that is looked up.
const LONGEST: usize = 320;

/// A form about somebody that could not be taken, to be shown again with what was chosen.
#[derive(Debug, Clone)]
pub struct PrivacyEntered {
    /// The person.
    pub subject: IdentityId,
    /// The form's attempt, which stays the same.
    pub attempt: AttemptId,
    /// `erase` or `restrict`, or nothing.
    pub how: String,
    /// Whether the box was ticked.
    pub acknowledge: bool,
    /// What could not be taken.
    pub errors: Vec<FieldError>,
}

/// `/privacy`; `person` is what was typed to find somebody.
///
/// # Errors
/// [`Error::NotFound`] where the reader may not answer such requests.
pub async fn privacy(ctx: &Context, actor: &Actor, person: &str, again: Option<&PrivacyEntered>) -> Result<Privacy> {
    actor.require(Action::Make, Object::Evidence, false)?;
    let mut tx = ctx.store.read().await?;
    let mut names = Names::default();
    let mut errors = Vec::new();
    let found = match again {
        Some(again) => Some(again.subject),
        None if person.trim().is_empty() => None,
        None => find(&mut tx, person.trim())
            .await?
            .map_err(|message| {
                errors.push(FieldError { field: "person".to_owned(), message });
            })
            .ok(),
    };
    let found = match found {
        Some(identity) => Some(about(ctx, &mut tx, &mut names, identity, again).await?),
        None => None,
    };
    let mut restricted = Vec::new();
    for (setting, value) in tx.settings_under(erase::RESTRICTED).await? {
        let id = setting.strip_prefix(erase::RESTRICTED).and_then(|id| Uuid::try_parse(id).ok());
        // A person's accounts and sign-ins are restricted with them, and have no line of their own.
        let (Some(id), true) = (id.map(IdentityId), value.value != "off") else { continue };
        let Some(name) = tx.identity_name(id).await? else { continue };
        let by = match value.by {
            Some(user) => Some(names.of(&mut tx, user).await?),
            None => None,
        };
        restricted.push(RestrictedPerson { id, name, since: value.at, by, attempt: ctx.env.id() });
    }
    let retention = tx.setting(erase::RETENTION).await?;
    let mut copies = Vec::new();
    for copy in tx.newest_pack_copies(COPIES).await? {
        let Some(pack) = tx.pack(copy.pack).await? else { continue };
        let campaign = campaign_names(&mut tx, &pack.campaigns).await?.join(", ");
        copies.push(HandedOutLine { campaign, file: pack.file, by: names.of(&mut tx, copy.user).await?, at: copy.at });
    }
    Ok(Privacy {
        person: person.to_owned(),
        found,
        restricted,
        retained: retention.as_ref().is_some_and(|setting| setting.value != "off"),
        retained_since: retention.map(|setting| setting.at),
        attempt: ctx.env.id(),
        copies,
        errors,
    })
}

async fn about(
    ctx: &Context,
    tx: &mut Tx,
    names: &mut Names,
    identity: IdentityId,
    again: Option<&PrivacyEntered>,
) -> Result<PrivacyPerson> {
    let name = tx.identity_name(identity).await?.ok_or(Error::NotFound)?;
    let line = tx.person_line(identity).await?.and_then(|person| person.line());
    let stored = erase::stored_about(tx, identity.0).await?;
    let mut copies = Vec::new();
    for copy in erase::handed_out(tx, &stored.campaigns).await? {
        let Some(pack) = tx.pack(copy.pack).await? else { continue };
        let campaign = campaign_names(tx, &pack.campaigns).await?.join(", ");
        copies.push(HandedOutLine { campaign, file: pack.file, by: names.of(tx, copy.by).await?, at: copy.at });
    }
    Ok(PrivacyPerson {
        id: identity,
        name,
        line,
        texts: i64::try_from(stored.texts.len()).unwrap_or(i64::MAX),
        employment: stored.employment,
        restricted: erase::is_restricted(tx, identity.0).await?,
        copies,
        attempt: again.map_or_else(|| ctx.env.id(), |again| again.attempt),
        how: again.map_or_else(String::new, |again| again.how.clone()),
        acknowledge: again.is_some_and(|again| again.acknowledge),
        errors: again.map_or_else(Vec::new, |again| again.errors.clone()),
    })
}

/// The person that a text names, also one whom no source lists any more; or what is wrong with the text.
async fn find(tx: &mut Tx, text: &str) -> Result<std::result::Result<IdentityId, String>> {
    if text.chars().count() > LONGEST {
        return Ok(Err(format!("A name of more than {LONGEST} characters cannot be looked up. Enter an e-mail address or an id.")));
    }
    let mut found = BTreeSet::new();
    if let Ok(id) = Uuid::try_parse(text)
        && tx.identity_name(IdentityId(id)).await?.is_some()
    {
        found.insert(IdentityId(id));
    }
    if found.is_empty() && text.contains('@') {
        found.extend(tx.candidates_by_email(text).await?.into_iter().map(|candidate| candidate.identity));
    }
    if found.is_empty() {
        for source in tx.sources().await? {
            found.extend(tx.identity_of_external_id(source.id, text).await?);
        }
    }
    let mut people = found.into_iter();
    Ok(match (people.next(), people.len()) {
        (Some(person), 0) => Ok(person),
        (Some(_), more) => Err(format!(
            "\u{201c}{text}\u{201d} names {} different people. Enter the person's id in the source, or the id that their page shows.",
            more + 1
        )),
        (None, _) => Err(format!(
            "No source lists, or has listed, a person under \u{201c}{text}\u{201d}. Check the spelling, or enter the person's id in the source."
        )),
    })
}

/// Names of people who sign in, each read once.
#[derive(Default)]
struct Names(BTreeMap<UserId, String>);

impl Names {
    async fn of(&mut self, tx: &mut Tx, user: UserId) -> Result<String> {
        if let Some(name) = self.0.get(&user) {
            return Ok(name.clone());
        }
        let name = tx.user(user).await?.map_or_else(|| user.to_string(), |user| user.name);
        self.0.insert(user, name.clone());
        Ok(name)
    }
}
