//! Signing in, and one's own account.

use super::{LinkLine, Words};
use domain::{AttemptId, Role, Timestamp};
use serde::{Deserialize, Serialize};

/// `/sign-in`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInPage {
    /// The identity providers.
    pub providers: Vec<Provider>,
    /// Where to go afterwards: a path of this site.
    pub then: Option<String>,
    /// What happened, as a sentence: signed out, session over, sign-in not completed.
    pub notice: Option<String>,
    /// In the demo, who can sign in as what; otherwise empty.
    pub demo: Vec<Provider>,
}

/// A way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// What the button says, for example "Meridian SSO", or a person's name in the demo.
    pub name: Words,
    /// What stands beside it.
    pub line: Option<Words>,
    /// Where it leads.
    pub href: String,
}

/// `/account`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The name.
    pub name: Words,
    /// The e-mail address.
    pub email: Option<Words>,
    /// The identity provider.
    pub issuer: String,
    /// The roles.
    pub roles: Vec<Role>,
    /// The name by which a source knows the person; `None` where none does.
    pub known_as: Option<Words>,
    /// When the person proved who they are.
    pub auth_time: Option<Timestamp>,
    /// How, by the provider's words (`amr`).
    pub methods: Vec<String>,
    /// Platforms at which the person can link their own account, for answers that go there with their sign-in (rule 11).
    pub links: Vec<LinkLine>,
    /// In which time zone times are said.
    pub zone: ZoneChoice,
    /// Sessions, newest first.
    pub sessions: Vec<SessionLine>,
}

/// In which time zone the person reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneChoice {
    /// Unique to the form that is shown.
    pub attempt: AttemptId,
    /// The one that they chose (IANA).
    pub chosen: Option<String>,
    /// The one that holds where they chose none.
    pub otherwise: String,
    /// Where that comes from.
    pub from: ZoneFrom,
    /// Those to choose from.
    pub zones: Vec<String>,
}

/// Where the time zone of somebody who chose none comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ZoneFrom {
    /// Their identity provider tells it.
    Provider,
    /// It is the installation's own.
    Installation,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// True when it is this one.
    pub this: bool,
}
