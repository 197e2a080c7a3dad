//! Who has what: sources, accounts, entitlements and the paths by which they are held.

use crate::words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words! {
    /// The kind of platform that a source is.
    SourceKind, "kind of source" {
        /// A folder of CSV files.
        Files => "files",
        /// An Okta org.
        Okta => "okta",
        /// A Microsoft Entra tenant.
        Entra => "entra",
        /// A PingOne environment.
        Ping => "ping",
        /// A SCIM 2.0 service.
        Scim => "scim",
    }
}

words! {
    /// What the source says of an account.
    ///
    /// Disabled is a fact about the account; that the person has left needs an
    /// end date from HR (rule 28).
    AccountStatus, "account status" {
        /// A person's account, in use.
        Active => "active",
        /// Switched off at the source.
        Disabled => "disabled",
        /// On a leave of absence; the usage clock stands still, and the reason is never read.
        Leave => "leave",
        /// HR says that the person is no longer employed.
        Left => "left",
        /// A machine's account.
        Service => "service",
        /// An account that several people use.
        Shared => "shared",
        /// A person of another organisation.
        Guest => "guest",
    }
}

impl AccountStatus {
    /// True for accounts that are not one person's own: absent sign-ins say nothing about them.
    pub const fn is_non_human(self) -> bool {
        matches!(self, Self::Service | Self::Shared)
    }
}

words! {
    /// Why an account was not joined with somebody's in another source whom it may belong to (rule 34).
    NotJoined, "reason for not joining" {
        /// The employee number or the address names several people elsewhere.
        SeveralPeople => "several_people",
        /// Several accounts of its own source have the same employee number or address.
        SeveralAccounts => "several_accounts",
        /// The employee number names one person, the address another.
        KeysDisagree => "keys_disagree",
        /// The person has an account in this source already.
        HasAccount => "has_account",
        /// It was read before anybody elsewhere had its employee number or address; decisions stay with it.
        KnownBefore => "known_before",
    }
}

words! {
    /// How much harm an entitlement could do in the wrong hands, as its owner states it.
    Sensitivity, "sensitivity" {
        /// Little.
        Low => "low",
        /// Some.
        Medium => "medium",
        /// Much: money, personal data, the period's close.
        High => "high",
        /// Control over systems or over other people's access.
        Privileged => "privileged",
    }
}

impl Sensitivity {
    /// True where a decision needs a fresh reading and no verdict is shown before it is made (rules 4 and 8).
    pub const fn is_high_risk(self) -> bool {
        matches!(self, Self::High | Self::Privileged)
    }
}

words! {
    /// What somebody must have to hold an access, by HR's or a register's word, and that runs out.
    RequirementKind, "kind of requirement" {
        /// A training or a certificate.
        Training => "training",
        /// A licence to practise or to operate.
        Licence => "licence",
        /// A security clearance or a vetting.
        Clearance => "clearance",
        /// A contract, an agreement or an assignment.
        Contract => "contract",
    }
}

/// How an account holds an entitlement. It says which removal ends it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum GrantPath {
    /// Assigned to the account itself.
    Direct,
    /// Through membership of the named group.
    Group(String),
    /// Through the named rule, which assigns it to everyone the rule fits.
    Rule(String),
    /// Through groups within groups, outermost last.
    Nested(Vec<String>),
    /// Through the named role.
    Role(String),
    /// Through the named access package.
    Package(String),
}

impl GrantPath {
    /// What leads from the account to the entitlement, the innermost first; empty where it is assigned directly.
    pub fn steps(&self) -> Vec<&str> {
        match self {
            Self::Direct => Vec::new(),
            Self::Group(name) | Self::Rule(name) | Self::Role(name) | Self::Package(name) => vec![name],
            Self::Nested(names) => names.iter().map(String::as_str).collect(),
        }
    }

    /// The same way with other names for its steps, in the order of [`Self::steps`]; a step without a name keeps its own.
    #[must_use]
    pub fn with_steps(&self, names: Vec<String>) -> Self {
        let mut names = names.into_iter();
        let mut next = |own: &String| names.next().unwrap_or_else(|| own.clone());
        match self {
            Self::Direct => Self::Direct,
            Self::Group(own) => Self::Group(next(own)),
            Self::Rule(own) => Self::Rule(next(own)),
            Self::Role(own) => Self::Role(next(own)),
            Self::Package(own) => Self::Package(next(own)),
            Self::Nested(own) => Self::Nested(own.iter().map(next).collect()),
        }
    }

    /// True where the source has no removal for this one person: the rule or the outer group would grant it again.
    pub const fn is_made_by_others(&self) -> bool {
        matches!(self, Self::Rule(_) | Self::Nested(_))
    }
}

impl fmt::Display for GrantPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("direct"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::Rule(name) => write!(f, "rule:{name}"),
            Self::Nested(names) => write!(f, "nested:{}", names.join(">")),
            Self::Role(name) => write!(f, "role:{name}"),
            Self::Package(name) => write!(f, "package:{name}"),
        }
    }
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a path; expected direct, group:NAME, rule:NAME, nested:INNER>OUTER, role:NAME or package:NAME")]
pub struct BadPath(pub String);

impl FromStr for GrantPath {
    type Err = BadPath;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let bad = || BadPath(s.to_owned());
        if s == "direct" {
            return Ok(Self::Direct);
        }
        let (kind, name) = s.split_once(':').ok_or_else(bad)?;
        if name.is_empty() {
            return Err(bad());
        }
        match kind {
            "group" => Ok(Self::Group(name.to_owned())),
            "rule" => Ok(Self::Rule(name.to_owned())),
            "role" => Ok(Self::Role(name.to_owned())),
            "package" => Ok(Self::Package(name.to_owned())),
            "nested" => {
                let names: Vec<String> = name.split('>').map(|n| n.trim().to_owned()).collect();
                if names.len() < 2 || names.iter().any(String::is_empty) { Err(bad()) } else { Ok(Self::Nested(names)) }
            }
            _ => Err(bad()),
        }
    }
}

impl From<GrantPath> for String {
    fn from(path: GrantPath) -> Self {
        path.to_string()
    }
}

impl TryFrom<String> for GrantPath {
    type Error = BadPath;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
