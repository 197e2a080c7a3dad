//! What a grant that is only proposed would do.

use super::in_force;
use crate::{Actor, Context, Error, Result};
use domain::{Action, EntitlementId, GrantId, IdentityId, Object, SourceId};
use recommend::sod::{Checker, Held, SideHeld};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::Tx;

/// A grant that is only proposed (`docs/schemas/sod-check-request-1.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// Who would get it.
    pub person: PersonRef,
    /// What they would get.
    pub entitlement: EntitlementRef,
}

/// A person, by e-mail address or by their id at a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum PersonRef {
    /// By an address that the sources list for one person.
    Email {
        /// The address.
        email: String,
    },
    /// By an account.
    Account {
        /// The source's name.
        source: String,
        /// The person's id there.
        id: String,
    },
}

/// An entitlement, by its id at a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntitlementRef {
    /// The source's name.
    pub source: String,
    /// The entitlement's id there.
    pub id: String,
}

/// What a proposed grant would do (`docs/schemas/sod-check-1.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAnswer {
    /// The form of this document.
    pub schema: String,
    /// The version of the rules that were asked.
    pub rules_version: i64,
    /// True where the grant makes no conflict and everything could be evaluated; false is not always a conflict.
    pub clear: bool,
    /// False where nobody has said what the proposed entitlement gives: then no conflict is no all-clear.
    pub evaluated: bool,
    /// How many of the person's other grants nobody has mapped.
    pub others_not_evaluated: u64,
    /// Conflicts that the grant would make or add to.
    pub conflicts: Vec<ConflictAnswer>,
    /// The same in a sentence.
    pub says: String,
}

/// A conflict that a proposed grant would make or add to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictAnswer {
    /// The rule's id.
    pub rule: String,
    /// What it keeps apart.
    pub title: String,
    /// low, medium, high or critical.
    pub severity: String,
    /// What could happen.
    pub risk: String,
    /// The first side.
    pub left: SideAnswer,
    /// The second.
    pub right: SideAnswer,
    /// Controls that could be chosen, by id.
    pub controls: Vec<String>,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideAnswer {
    /// The duties, by id.
    pub duties: Vec<String>,
    /// What gives them.
    pub held: Vec<GrantAnswer>,
}

/// A grant on a side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantAnswer {
    /// The grant; `None` of the one that is proposed.
    pub grant: Option<GrantId>,
    /// What people call what is held.
    pub access: String,
    /// At which source.
    pub source: String,
}

/// Says what a proposed grant would do to somebody who holds what they hold now, in every source.
///
/// # Errors
/// `Invalid` beside `person` or `entitlement` where they are not known; `Refused` where there are no rules.
pub async fn check(ctx: &Context, actor: &Actor, request: &CheckRequest) -> Result<CheckAnswer> {
    actor.require(Action::View, Object::Duty, false)?;
    let mut tx = ctx.store.read().await?;
    let rules = in_force(&mut tx)
        .await?
        .ok_or_else(|| Error::Refused("There are no rules of duties yet. An administrator can set them.".to_owned()))?;
    let person = person(&mut tx, &request.person).await?;
    let source = source(&mut tx, &request.entitlement.source, "entitlement").await?;
    let entitlement = tx.entitlement_of_external_id(source, &request.entitlement.id).await?.ok_or_else(|| {
        Error::field("entitlement", format!("{} lists no entitlement {}.", request.entitlement.source, request.entitlement.id))
    })?;
    let held: Vec<Held> = tx.holdings_of(person).await?.into_iter().map(|(entitlement, grant)| Held { entitlement, grant }).collect();
    let new = Held { entitlement, grant: GrantId(ctx.env.id()) };
    let proposed = Checker::new(&rules.rules, &rules.map).would_conflict(&held, new);
    let mut conflicts = Vec::new();
    for conflict in &proposed.conflicts {
        let Some(rule) = rules.rules.rules.get(conflict.rule as usize) else { continue };
        let ids = |duties: &[u32]| {
            let named = duties.iter().filter_map(|duty| rules.rules.duties.get(*duty as usize));
            named.map(|duty| duty.id.clone()).collect::<Vec<_>>()
        };
        conflicts.push(ConflictAnswer {
            rule: rule.id.clone(),
            title: rules.rules.title(rule),
            severity: rule.severity.as_str().to_owned(),
            risk: rule.risk.clone(),
            left: SideAnswer { duties: ids(&conflict.left.duties), held: names(&mut tx, &conflict.left, new.grant).await? },
            right: SideAnswer { duties: ids(&conflict.right.duties), held: names(&mut tx, &conflict.right, new.grant).await? },
            controls: rule.controls.iter().map(|control| control.id.clone()).collect(),
        });
    }
    let says = match (conflicts.len(), proposed.evaluated, proposed.others_not_evaluated) {
        (0, true, 0) => "No conflict: everything that they hold and the proposed access could be evaluated.".to_owned(),
        (0, true, others) => format!(
            "No conflict among what could be evaluated; {others} of their grants could not, because nobody has said what they give."
        ),
        (0, false, _) => "Not evaluated: nobody has said what the proposed access gives.".to_owned(),
        (1, ..) => "It would make 1 conflict.".to_owned(),
        (more, ..) => format!("It would make {more} conflicts."),
    };
    Ok(CheckAnswer {
        schema: "countersign/sod-check/1".to_owned(),
        rules_version: rules.version,
        clear: conflicts.is_empty() && proposed.evaluated && proposed.others_not_evaluated == 0,
        evaluated: proposed.evaluated,
        others_not_evaluated: proposed.others_not_evaluated,
        conflicts,
        says,
    })
}

async fn names(tx: &mut Tx, side: &SideHeld, proposed: GrantId) -> Result<Vec<GrantAnswer>> {
    let mut named = Vec::new();
    for one in &side.grants {
        let (access, source) = label(tx, one.entitlement).await?;
        named.push(GrantAnswer { grant: (one.grant != proposed).then_some(one.grant), access, source });
    }
    Ok(named)
}

async fn label(tx: &mut Tx, entitlement: EntitlementId) -> Result<(String, String)> {
    Ok(tx
        .entitlement_label(entitlement)
        .await?
        .map_or_else(|| (entitlement.to_string(), String::new()), |(name, _, source)| (name, source)))
}

async fn source(tx: &mut Tx, name: &str, field: &str) -> Result<SourceId> {
    let found = tx.sources().await?.into_iter().find(|source| source.name == name);
    found.map(|source| source.id).ok_or_else(|| Error::field(field, format!("There is no source {name}.")))
}

async fn person(tx: &mut Tx, named: &PersonRef) -> Result<IdentityId> {
    match named {
        PersonRef::Account { source: name, id } => {
            let source = source(tx, name, "person").await?;
            tx.identity_of_external_id(source, id).await?.ok_or_else(|| Error::field("person", format!("{name} lists no person {id}.")))
        }
        PersonRef::Email { email } => {
            let found: BTreeSet<IdentityId> = tx.candidates_by_email(email).await?.into_iter().map(|one| one.identity).collect();
            match (found.len(), found.first()) {
                (1, Some(one)) => Ok(*one),
                (0, _) => Err(Error::field("person", format!("No source lists the address {email}."))),
                (many, _) => {
                    Err(Error::field("person", format!("{email} is the address of {many} different people. Name the account instead.")))
                }
            }
        }
    }
}
