//! Who may do what: a table of role x action x object, default deny.
//!
//! The table is the text file `rights.txt` beside this file. What a person may
//! not see does not exist for them: callers answer [`Scope::None`] with "not
//! found", never with "forbidden".

use crate::words;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

words! {
    /// A role that a person has by a group or app role of the identity provider.
    Role, "role" {
        /// Decides own items.
        Reviewer => "reviewer",
        /// Opens, watches, reassigns and closes campaigns.
        Owner => "owner",
        /// Connects sources and sets policies; cannot decide.
        Administrator => "administrator",
        /// Exports evidence.
        Compliance => "compliance",
        /// Reads, samples, re-performs; changes nothing.
        Auditor => "auditor",
    }
}

words! {
    /// What somebody wants to do.
    Action, "action" {
        /// Look at it.
        View => "view",
        /// Answer it.
        Decide => "decide",
        /// Take the last answer back.
        Undo => "undo",
        /// Give it to another reviewer.
        HandOver => "hand_over",
        /// Begin it.
        Open => "open",
        /// Finish it.
        Close => "close",
        /// Let it go after the brake or a conflict held it.
        Release => "release",
        /// Try it again after it was refused.
        Retry => "retry",
        /// Throw or reset the switch that stops all.
        Stop => "stop",
        /// Say what came of it, or what is to come of it.
        Settle => "settle",
        /// Create it.
        Make => "make",
        /// Take a copy of it away.
        Take => "take",
        /// Read it anew.
        Sync => "sync",
        /// Alter its settings.
        Change => "change",
        /// Finish it before its time.
        End => "end",
        /// Say that it may count from now on.
        Accept => "accept",
    }
}

words! {
    /// What somebody wants to do it to.
    Object, "object" {
        /// The person's own account page.
        Account => "account",
        /// A signed-in session.
        Session => "session",
        /// A reviewer's own queue.
        Queue => "queue",
        /// An item under review, with its facts and its history within the campaign.
        Item => "item",
        /// A campaign.
        Campaign => "campaign",
        /// A removal.
        Order => "order",
        /// Something that somebody must look at.
        Finding => "finding",
        /// The whole history of any grant.
        History => "history",
        /// Evidence packs and checkpoints.
        Evidence => "evidence",
        /// A source.
        Source => "source",
        /// Duties that must be apart: their rules, and what entitlements give.
        Duty => "duty",
        /// What the grants of a source have in common: candidate roles, and grants that look out of place.
        Pattern => "pattern",
        /// A mitigating control for keeping both sides of a conflict of duties.
        Control => "control",
        /// The report of shadow mode: hidden recommendations beside what people answered.
        Shadow => "shadow",
        /// How well recommendations hold, over all campaigns.
        Quality => "quality",
        /// What was recommended and decided, held against what the sources show.
        Reconciliation => "reconciliation",
        /// A model that learned from the organisation's own decisions.
        Model => "model",
    }
}

/// How far a right reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Not at all.
    None,
    /// Only one's own.
    Own,
    /// Every one.
    All,
}

/// The table as it is checked in.
pub const TABLE: &str = include_str!("rights.txt");

type Rights = BTreeMap<(Action, Object, Role), Scope>;

// INVARIANT: a table that does not parse grants nothing. A test keeps it parsing.
static RIGHTS: LazyLock<Rights> = LazyLock::new(|| parse(TABLE).unwrap_or_default());

/// Parses a table; the error names the line.
pub fn parse(table: &str) -> Result<BTreeMap<(Action, Object, Role), Scope>, String> {
    let mut rights = Rights::new();
    for (number, line) in table.lines().enumerate() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let place = |why: String| format!("rights table, line {}: {why}", number + 1);
        let words: Vec<&str> = line.split_whitespace().collect();
        let [action, object, scopes @ ..] = words.as_slice() else {
            return Err(place("expected an action, an object and one column per role".to_owned()));
        };
        let action = action.parse::<Action>().map_err(|e| place(e.to_string()))?;
        let object = object.parse::<Object>().map_err(|e| place(e.to_string()))?;
        if scopes.len() != Role::ALL.len() {
            return Err(place(format!("expected {} columns, found {}", Role::ALL.len(), scopes.len())));
        }
        for (role, scope) in Role::ALL.iter().zip(scopes) {
            let scope = match *scope {
                "-" => Scope::None,
                "own" => Scope::Own,
                "all" => Scope::All,
                other => return Err(place(format!("\"{other}\" is not -, own or all"))),
            };
            if rights.insert((action, object, *role), scope).is_some() {
                return Err(place(format!("{action} {object} stands twice")));
            }
        }
    }
    Ok(rights)
}

/// How far somebody with these roles may do `action` to `object`: the widest of what their roles give.
pub fn scope(roles: &BTreeSet<Role>, action: Action, object: Object) -> Scope {
    roles.iter().filter_map(|role| RIGHTS.get(&(action, object, *role)).copied()).max().unwrap_or(Scope::None)
}

/// Whether somebody with these roles may do `action` to an object that is (`own`) or is not their own.
pub fn allows(roles: &BTreeSet<Role>, action: Action, object: Object, own: bool) -> bool {
    match scope(roles, action, object) {
        Scope::All => true,
        Scope::Own => own,
        Scope::None => false,
    }
}
