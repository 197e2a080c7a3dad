//! Who can sign in: the named people of the demo, and everybody who reviews or owns something.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Company;
use super::world::{Who, World};
use crate::idp::IdpPerson;

/// What somebody is in the demo, and the group that says so to the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides about a team's access.
    Reviewer,
    /// Opens, watches and closes campaigns.
    Owner,
    /// Sets up sources and policies.
    Administrator,
    /// Exports evidence.
    Compliance,
    /// Reads the whole history, changes nothing.
    Auditor,
}

impl Role {
    /// The group name in the sign-in provider's `groups` claim.
    pub const fn group(self) -> &'static str {
        match self {
            Self::Reviewer => "countersign-reviewers",
            Self::Owner => "countersign-owners",
            Self::Administrator => "countersign-administrators",
            Self::Compliance => "countersign-compliance",
            Self::Auditor => "countersign-auditors",
        }
    }

    const fn note(self) -> &'static str {
        match self {
            Self::Reviewer => "Manager; has a queue to review",
            Self::Owner => "Campaign owner; opens, watches and closes campaigns",
            Self::Administrator => "Administrator; sources, policies and settings",
            Self::Compliance => "Compliance officer; makes evidence packs",
            Self::Auditor => "Internal auditor; reads the whole history, changes nothing",
        }
    }
}

/// A named person of the demo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CastMember {
    /// Id in `people.csv`, and the `sub` of the sign-in provider.
    pub person_id: String,
    /// Name.
    pub name: String,
    /// Mail address, the same in both places.
    pub email: String,
    /// Title.
    pub title: String,
    /// What they are in the product.
    pub role: Role,
    /// How many people report to them.
    pub reports: usize,
}

/// The named people of the demo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cast {
    /// Two managers with good queues, then campaign owner, administrator, compliance officer, internal auditor.
    pub members: Vec<CastMember>,
}

impl Cast {
    pub(crate) fn of(world: &World) -> Self {
        const ROLES: [Role; 6] = [Role::Reviewer, Role::Reviewer, Role::Owner, Role::Administrator, Role::Compliance, Role::Auditor];
        let reports = |who: Who| world.lives.iter().filter(|life| life.manager == Some(who)).count();
        let members = world
            .cast()
            .into_iter()
            .zip(ROLES)
            .map(|(who, role)| {
                let life = &world.lives[who];
                CastMember {
                    person_id: life.id.clone(),
                    name: life.name.clone(),
                    email: life.email.clone(),
                    title: life.title.clone(),
                    role,
                    reports: reports(who),
                }
            })
            .collect();
        Self { members }
    }

    /// The members of one role, in order.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &CastMember> {
        self.members.iter().filter(move |member| member.role == role)
    }
}

impl Company {
    /// Everybody who can sign in: the cast with a note each, then all other managers and owners as reviewers
    /// without a note. `sub` is the `person_id`.
    pub fn sign_ins(&self) -> Vec<IdpPerson> {
        let mut out: Vec<IdpPerson> = self
            .cast
            .members
            .iter()
            .map(|member| {
                let team = if member.role == Role::Reviewer { format!(" for a team of {}", member.reports) } else { String::new() };
                IdpPerson {
                    sub: member.person_id.clone(),
                    name: member.name.clone(),
                    email: member.email.clone(),
                    groups: vec![member.role.group().to_owned()],
                    note: format!("{}{team}", member.role.note()),
                }
            })
            .collect();
        let named: BTreeSet<&str> = self.cast.members.iter().map(|member| member.person_id.as_str()).collect();
        let reviewers: BTreeSet<&str> = self
            .people
            .iter()
            .map(|person| person.manager_id.as_str())
            .chain(self.entitlements.iter().map(|entitlement| entitlement.owner_id.as_str()))
            .filter(|id| !named.contains(id))
            .collect();
        out.extend(self.people.iter().filter(|person| reviewers.contains(person.person_id.as_str()) && person.status == "active").map(
            |person| IdpPerson {
                sub: person.person_id.clone(),
                name: person.name.clone(),
                email: person.email.clone(),
                groups: vec![Role::Reviewer.group().to_owned()],
                note: String::new(),
            },
        ));
        out
    }
}
