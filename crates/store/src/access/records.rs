//! What a snapshot shows, and what the store knows of it.

use domain::{
    AccountId, AccountRisk, AccountStatus, Answer, Employment, EntitlementId, GrantId, GrantPath, IdentityId, NotJoined, RequirementKind,
    Sensitivity, SourceId, Timestamp, Usage,
};
use uuid::Uuid;

/// SHA-256 of a record's canonical line.
pub type Digest = [u8; 32];

/// An account as a snapshot shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The person or machine it belongs to.
    pub identity: IdentityId,
    /// The source's own id.
    pub external_id: String,
    /// The employee number.
    pub employee_id: Option<String>,
    /// Name as the source writes it.
    pub name: Option<String>,
    /// Address as the source writes it.
    pub email: Option<String>,
    /// Title, an opaque code for comparing.
    pub title: Option<String>,
    /// Department, an opaque code for comparing.
    pub department: Option<String>,
    /// The manager's id in the source.
    pub manager_external: Option<String>,
    /// What the source says of the account.
    pub status: Option<AccountStatus>,
    /// First day of employment.
    pub start: Option<Timestamp>,
    /// Last day of employment.
    pub end: Option<Timestamp>,
    /// When the person last changed jobs.
    pub changed_job_on: Option<Timestamp>,
    /// How, where and for how much of the week; for figures of fairness only.
    pub employment: Employment,
    /// How likely it is in somebody else's hands, as the source sees it; `None` where it does not tell.
    pub risk: Option<AccountRisk>,
}

impl Account {
    /// The name, or the source's id where there is none.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.external_id)
    }
}

/// An entitlement as a snapshot shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// Its id.
    pub id: EntitlementId,
    /// The source's own id.
    pub external_id: String,
    /// Name as the source writes it.
    pub name: Option<String>,
    /// Application it belongs to.
    pub application: Option<String>,
    /// What it is for, in the source's words.
    pub description: Option<String>,
    /// The harm it could do, as its owner states it; unknown counts as high.
    pub sensitivity: Option<Sensitivity>,
    /// The owner's id in the source.
    pub owner_external: Option<String>,
}

impl Entitlement {
    /// The name, or the source's id where there is none.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.external_id)
    }
}

/// A grant instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Who holds it.
    pub account: AccountId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// How it is held.
    pub path: GrantPath,
    /// Since when.
    pub granted_on: Option<Timestamp>,
    /// By when at the latest, as the first reading that showed it knew; `None` where `granted_on` says more, or nobody knows.
    pub held_by: Option<Timestamp>,
    /// Who provisioned it, as the source writes it.
    pub granted_by: Option<String>,
    /// Digest of the record.
    pub digest: Digest,
    /// The first snapshot that shows it.
    pub valid_from: i64,
    /// The first snapshot after it that does not; `None` while it is held.
    pub valid_until: Option<i64>,
}

/// Usage of an entitlement by an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageOf {
    /// Who.
    pub account: AccountId,
    /// What.
    pub entitlement: EntitlementId,
    /// The figures.
    pub usage: Usage,
    /// Digest of the record.
    pub digest: Digest,
}

/// What the holder of an account must have to hold an entitlement, and until when they have it, as a source delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its id.
    pub id: Uuid,
    /// Whose access.
    pub account: AccountId,
    /// Which access.
    pub entitlement: EntitlementId,
    /// What is required.
    pub kind: RequirementKind,
    /// When it runs out, or did.
    pub expires: Timestamp,
    /// Digest of the record.
    pub digest: Digest,
}

/// A decision made before or beside Countersign, as a source delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDecision {
    /// Its id.
    pub id: Uuid,
    /// Whose access.
    pub account: AccountId,
    /// Which access.
    pub entitlement: EntitlementId,
    /// The answer.
    pub answer: Answer,
    /// When.
    pub decided_on: Option<Timestamp>,
    /// Who, as the source writes it.
    pub reviewer_external: Option<String>,
    /// How it came about; empty when the source does not say.
    pub how: String,
    /// Digest of the record.
    pub digest: Digest,
}

/// An account of a source, by what accounts of other sources can be joined to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joinable {
    /// Whose it is.
    pub identity: IdentityId,
    /// The employee number.
    pub employee_id: Option<String>,
    /// The e-mail address, as the source writes it.
    pub email: Option<String>,
    /// What the source says of the account.
    pub status: Option<AccountStatus>,
}

/// An account that stands by itself and may be somebody's whom another source knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandsAlone {
    /// The account.
    pub id: AccountId,
    /// The source's own id.
    pub external_id: String,
    /// Name as the source writes it.
    pub name: Option<String>,
    /// Why it was not joined.
    pub why: NotJoined,
}

/// What the newest reading of a source says of a person, wherever else they have an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfPerson {
    /// Who.
    pub identity: IdentityId,
    /// The source that says it.
    pub source: SourceId,
    /// When it was read.
    pub read_at: Timestamp,
    /// The employee number.
    pub employee_id: Option<String>,
    /// What it says of the account.
    pub status: Option<AccountStatus>,
    /// First day of employment.
    pub start: Option<Timestamp>,
    /// Last day of employment.
    pub end: Option<Timestamp>,
    /// When the person last changed jobs.
    pub changed_job_on: Option<Timestamp>,
    /// The latest use of anything that it saw of the account; `None` when it saw none.
    pub last_used: Option<Timestamp>,
}

/// An account that the store knows: its key, and the identity it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// Its id.
    pub id: AccountId,
    /// The person or machine.
    pub identity: IdentityId,
    /// The source's own id.
    pub external_id: String,
    /// Digest of its current version; `None` where the source no longer lists it.
    pub digest: Option<Digest>,
}

/// An entitlement that the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownEntitlement {
    /// Its id.
    pub id: EntitlementId,
    /// The source's own id.
    pub external_id: String,
    /// Digest of its current version; `None` where the source no longer lists it.
    pub digest: Option<Digest>,
}
