//! What a source says, in our words. `None` is unknown.

use crate::hash::{self, Digest};
use domain::{AccountRisk, AccountStatus, Answer, Employment, GrantPath, RequirementKind, Sensitivity, Timestamp, Usage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{fmt, str::FromStr};

/// A person or machine with an account in the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// The source's own id, unique within it.
    pub external_id: String,
    /// The employee number, the same wherever HR gives it: it joins the accounts of one person (rule 34).
    pub employee_id: Option<String>,
    /// The name as the source writes it.
    pub name: Option<String>,
    /// The address as the source writes it.
    pub email: Option<String>,
    /// The job title, compared as an opaque code.
    pub title: Option<String>,
    /// The department, compared as an opaque code.
    pub department: Option<String>,
    /// The manager's id. In a [`crate::Reading`] it is another person of the same reading, or `None`.
    pub manager_id: Option<String>,
    /// What the source says of the account.
    pub status: Option<AccountStatus>,
    /// When employment began.
    pub start: Option<Timestamp>,
    /// When employment ended or will end. An end before the start is somebody who came back.
    pub end: Option<Timestamp>,
    /// When the person last changed jobs.
    pub changed_job_on: Option<Timestamp>,
    /// How, where and for how much of the week; for figures of fairness only.
    #[serde(default)]
    pub employment: Employment,
    /// How likely the account is in somebody else's hands, as the source sees it.
    #[serde(default)]
    pub risk: Option<AccountRisk>,
}

/// Something that can be held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitlementRecord {
    /// The source's own id, unique within it.
    pub external_id: String,
    /// The name as the source writes it.
    pub name: Option<String>,
    /// The application it belongs to.
    pub application: Option<String>,
    /// What it is for, in the source's words. It never moves a verdict.
    pub description: Option<String>,
    /// The harm it could do, as its owner states it.
    pub sensitivity: Option<Sensitivity>,
    /// The owner's id. In a [`crate::Reading`] it is a person of the same reading, or `None`.
    pub owner_id: Option<String>,
}

/// A person holding an entitlement by a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRecord {
    /// Who holds it.
    pub person_id: String,
    /// What is held.
    pub entitlement_id: String,
    /// How it is held.
    pub path: GrantPath,
    /// Since when; it tells one instance of a grant from a later one.
    pub granted_on: Option<Timestamp>,
    /// By when it was held at the latest, where it is not known since when. It is no part of what the grant is: of the
    /// readings that show one grant, the first may know most.
    pub held_by: Option<Timestamp>,
    /// Who provisioned it, as the source writes it; possibly nobody of this reading.
    pub granted_by: Option<String>,
}

/// Which instance of a grant is meant: an order applies only to this one (rule 18).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GrantKey {
    /// Who holds it.
    pub person_id: String,
    /// What is held.
    pub entitlement_id: String,
    /// How it is held.
    pub path: GrantPath,
    /// Since when, as known when it was decided.
    pub granted_on: Option<Timestamp>,
}

/// What the source saw of the use of an entitlement by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRecord {
    /// Who used it, or did not.
    pub person_id: String,
    /// What was used, or was not.
    pub entitlement_id: String,
    /// When, how often, over which window and at which grain.
    pub usage: Usage,
}

/// What a person must have to hold an entitlement, and until when they have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementRecord {
    /// Who.
    pub person_id: String,
    /// To hold what.
    pub entitlement_id: String,
    /// What is required.
    pub kind: RequirementKind,
    /// When it runs out, or did.
    pub expires: Timestamp,
}

/// How a past decision came about. Only a review of its own may teach (rule 30).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HowDecided {
    /// A person looked at this one grant.
    Reviewed,
    /// A person answered many at once.
    Bulk,
    /// Nobody answered and a default applied.
    Default,
    /// Somebody approved it as an exception to a rule.
    Exception,
    /// The platform decided.
    Platform,
}

impl HowDecided {
    /// Every value.
    pub const ALL: &'static [Self] = &[Self::Reviewed, Self::Bulk, Self::Default, Self::Exception, Self::Platform];

    /// The spelling in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reviewed => "reviewed",
            Self::Bulk => "bulk",
            Self::Default => "default",
            Self::Exception => "exception",
            Self::Platform => "platform",
        }
    }
}

impl fmt::Display for HowDecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for HowDecided {
    type Err = domain::UnknownWord;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|how| how.as_str() == s).ok_or_else(|| domain::UnknownWord {
            what: "way of deciding",
            found: s.to_owned(),
            known: Self::ALL.iter().map(|how| how.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

/// A decision made before Countersign, or beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastDecisionRecord {
    /// Whose access it was about.
    pub person_id: String,
    /// Which access it was about.
    pub entitlement_id: String,
    /// The answer.
    pub decision: Answer,
    /// When it was given.
    pub decided_on: Option<Timestamp>,
    /// Who gave it; possibly nobody of this reading.
    pub reviewer_id: Option<String>,
    /// How it came about; unknown never teaches.
    pub how: Option<HowDecided>,
}

impl PersonRecord {
    /// The name to show: the name, or the id where there is none.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.external_id)
    }

    /// The canonical line (see [`crate::population_hash_of`] for what is made of it). Where nothing is stated of the risk it is
    /// the line of version 2, and where nothing is stated of the employment either, of version 1: what was read before sources
    /// could state them keeps its digest.
    pub fn canonical(&self) -> String {
        let Employment { kind, site, working_time } = &self.employment;
        let version = match (self.risk, self.employment.is_unstated()) {
            (Some(_), _) => "person/3",
            (None, false) => "person/2",
            (None, true) => "person/1",
        };
        let mut line = vec![
            version.into(),
            json!(self.external_id),
            json!(self.employee_id),
            json!(self.name),
            json!(self.email),
            json!(self.title),
            json!(self.department),
            json!(self.manager_id),
            json!(self.status),
            time(self.start),
            time(self.end),
            time(self.changed_job_on),
        ];
        if version != "person/1" {
            line.extend([json!(kind), json!(site), json!(working_time)]);
        }
        if let Some(risk) = self.risk {
            line.extend([json!(risk.level), time(risk.since)]);
        }
        hash::line(line)
    }

    /// SHA-256 of the canonical line: it changes exactly when a field does.
    pub fn digest(&self) -> Digest {
        hash::sha256(self.canonical().as_bytes())
    }
}

impl EntitlementRecord {
    /// The name to show: the name, or the id where there is none.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.external_id)
    }

    /// The canonical line.
    pub fn canonical(&self) -> String {
        hash::line(vec![
            "entitlement/1".into(),
            json!(self.external_id),
            json!(self.name),
            json!(self.application),
            json!(self.description),
            json!(self.sensitivity),
            json!(self.owner_id),
        ])
    }

    /// SHA-256 of the canonical line: it changes exactly when a field does.
    pub fn digest(&self) -> Digest {
        hash::sha256(self.canonical().as_bytes())
    }
}

impl GrantRecord {
    /// Which instance this is.
    pub fn key(&self) -> GrantKey {
        GrantKey {
            person_id: self.person_id.clone(),
            entitlement_id: self.entitlement_id.clone(),
            path: self.path.clone(),
            granted_on: self.granted_on,
        }
    }

    /// The canonical line.
    pub fn canonical(&self) -> String {
        hash::line(vec![
            "grant/1".into(),
            json!(self.person_id),
            json!(self.entitlement_id),
            json!(self.path),
            time(self.granted_on),
            json!(self.granted_by),
        ])
    }

    /// SHA-256 of the canonical line: it changes exactly when a field other than `held_by` does.
    pub fn digest(&self) -> Digest {
        hash::sha256(self.canonical().as_bytes())
    }
}

impl UsageRecord {
    /// The canonical line.
    pub fn canonical(&self) -> String {
        hash::line(vec![
            "usage/1".into(),
            json!(self.person_id),
            json!(self.entitlement_id),
            time(self.usage.last_used),
            json!(self.usage.days_used),
            json!(self.usage.window_days),
            json!(self.usage.grain),
        ])
    }

    /// SHA-256 of the canonical line: it changes exactly when a field does.
    pub fn digest(&self) -> Digest {
        hash::sha256(self.canonical().as_bytes())
    }
}

impl RequirementRecord {
    /// The canonical line.
    pub fn canonical(&self) -> String {
        hash::line(vec![
            "requirement/1".into(),
            json!(self.person_id),
            json!(self.entitlement_id),
            json!(self.kind),
            time(Some(self.expires)),
        ])
    }

    /// SHA-256 of the canonical line: it changes exactly when a field does.
    pub fn digest(&self) -> Digest {
        hash::sha256(self.canonical().as_bytes())
    }
}

impl PastDecisionRecord {
    /// The canonical line.
    pub fn canonical(&self) -> String {
        hash::line(vec![
            "decision/1".into(),
            json!(self.person_id),
            json!(self.entitlement_id),
            json!(self.decision),
            time(self.decided_on),
            json!(self.reviewer_id),
            json!(self.how),
        ])
    }

    /// SHA-256 of the canonical line: it changes exactly when a field does.
    pub fn digest(&self) -> Digest {
        hash::sha256(self.canonical().as_bytes())
    }
}

fn time(time: Option<Timestamp>) -> Value {
    time.map_or(Value::Null, |t| t.micros().into())
}
