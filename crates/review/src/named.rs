//! Finding the person whom a form names, and whether the question may go to them.

use crate::{
    Actor, Error, Result,
    privacy::{NAMED, Veil},
};
use domain::{AccountStatus, IdentityId, Role, SourceId};
use std::collections::BTreeSet;
use store::{Tx, decisions::Candidate};
use uuid::Uuid;

/// The longest name of a person that a form may carry, in characters.
const LONGEST: usize = 320;

/// The person that `text` names: an e-mail address, an identity's id, or a person's id in the source.
///
/// Errors beside the field `to` where nobody, several people, or somebody who cannot answer is named.
pub(crate) async fn person(tx: &mut Tx, actor: &Actor, source: SourceId, text: &str) -> Result<Candidate> {
    let found = anybody(tx, actor, source, text, "to").await?;
    if answers_nothing(tx, found.identity).await? {
        return Err(Error::field(
            "to",
            format!(
                "{} signs in here but is not a reviewer. Name somebody else, or ask an administrator of your identity provider.",
                found.name
            ),
        ));
    }
    Ok(found)
}

/// Whether [`person`] would take somebody: a page offers nobody who would then be refused.
pub(crate) async fn can_be_asked(tx: &mut Tx, identity: IdentityId) -> Result<bool> {
    let accounts = tx.candidates_by_identity(identity).await?;
    Ok(accounts.iter().any(at_work) && !answers_nothing(tx, identity).await?)
}

/// Whether somebody was seen to sign in without the role of a reviewer. Who never signed in may have it.
async fn answers_nothing(tx: &mut Tx, identity: IdentityId) -> Result<bool> {
    Ok(tx.roles_of_identity(identity).await?.is_some_and(|roles| !roles.contains(&Role::Reviewer)))
}

fn at_work(account: &Candidate) -> bool {
    account.status == Some(AccountStatus::Active)
}

/// The person that `text` names, whatever their roles, as long as they are at work.
///
/// Their name is what `actor` may be told: [`NAMED`] where the person is restricted, who is found all the same (rule 44).
///
/// Errors beside `field` where nobody, several people, or somebody who is not at work is named.
pub(crate) async fn anybody(tx: &mut Tx, actor: &Actor, source: SourceId, text: &str, field: &'static str) -> Result<Candidate> {
    let text = text.trim();
    let wrong = |message: String| Err(Error::field(field, message));
    if text.is_empty() {
        return wrong("Name the person: an e-mail address, or the person's id in the source.".to_owned());
    }
    if text.chars().count() > LONGEST {
        return wrong(format!("A name of more than {LONGEST} characters cannot be looked up. Enter an e-mail address or an id."));
    }
    let mut found = Vec::new();
    if let Ok(id) = Uuid::try_parse(text) {
        found = tx.candidates_by_identity(IdentityId(id)).await?;
    }
    if found.is_empty() && text.contains('@') {
        found = tx.candidates_by_email(text).await?;
    }
    if found.is_empty() {
        found = tx.candidates_by_external_id(source, text).await?;
    }
    let people: BTreeSet<IdentityId> = found.iter().map(|c| c.identity).collect();
    if people.len() > 1 {
        return wrong(format!(
            "\u{201c}{text}\u{201d} is the address of {} different people. Enter the person's id in the source.",
            people.len()
        ));
    }
    let Some(first) = found.first() else {
        return wrong(format!(
            "No source lists a person under \u{201c}{text}\u{201d}. Check the spelling, or enter the person's id in the source."
        ));
    };
    let hidden = Veil::before(tx, actor).await?.hides_name(first.identity);
    let Some(able) = found.iter().find(|account| at_work(account)) else {
        if hidden {
            return wrong(format!("{NAMED} would not answer. Name somebody else."));
        }
        let status = first.status.map_or("unknown", AccountStatus::as_str);
        return wrong(format!("The account of {} is {status}, so nobody would answer. Name somebody else.", first.name));
    };
    let name = if hidden { NAMED.to_owned() } else { able.name.clone() };
    Ok(Candidate { name, ..able.clone() })
}
