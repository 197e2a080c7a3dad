//! What an import tells although it goes on.

use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// Most examples that are kept of one kind; all are counted.
const EXAMPLES: u64 = 20;

/// Kinds of warnings. Each says what was made of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// The file begins with a byte order mark, which was left out.
    ByteOrderMark,
    /// The last line has no line break: it may have been cut off.
    NoFinalLineBreak,
    /// A header and no rows.
    NoRows,
    /// A column is absent, so that its fact is unknown in every row.
    ColumnAbsent,
    /// A row that says exactly what an earlier one says; dropped.
    RepeatedRow,
    /// The manager is nobody in the reading; the manager counts as missing.
    ManagerUnknown,
    /// Somebody is named as their own manager; the manager counts as missing.
    ManagerSelf,
    /// Following managers upwards leads back to where it began; kept.
    ManagerLoop,
    /// The owner of an entitlement is nobody in the reading; the owner counts as missing.
    OwnerUnknown,
    /// Two people share an address, so that it cannot tell who signs in; kept.
    EmailShared,
    /// The end of employment is before the start: perhaps a rehire; both kept.
    EndBeforeStart,
    /// Something past is dated after the moment the data was taken; kept.
    DatedAhead,
    /// A text holds characters that turn the reading direction; kept.
    DirectionMarks,
    /// A usage row that says neither when nor on how many days; dropped, because that is unknown and not "unused".
    UseNotStated,
    /// `days_used` is 0 although `last_used` lies within the window; `days_used` counts as unknown.
    DaysUsedContradicts,
    /// Use of what nobody holds according to the grants; dropped.
    UseWithoutGrant,
    /// A requirement for what nobody holds according to the grants; dropped.
    RequirementWithoutGrant,
    /// A past decision on a grant that is not held now; kept.
    DecisionWithoutGrant,
    /// A past decision about a person or an entitlement that the reading does not know; dropped.
    DecisionOfUnknown,
    /// The platform did not let a part be read; what it would say is unknown.
    PartUnread,
    /// An attempt to sign in that failed; dropped, because it is no use.
    SignInFailed,
    /// A line of a log that says nothing about use; dropped.
    NotUse,
    /// A member of a group that is neither a person, a machine nor a group; dropped.
    OtherMember,
    /// What was asked about was deleted while the source was being read; dropped.
    GoneMeanwhile,
    /// The platform counts more or fewer members of a group than it listed; kept as listed.
    CountDiffers,
    /// It cannot be told whether a rule made a membership; it counts as made by the rule.
    RuleUnclear,
    /// The settings name an account that the reading does not know.
    SettingsAccountUnknown,
    /// The settings name an entitlement that the reading does not know.
    SettingsEntitlementUnknown,
}

impl WarningKind {
    /// What it means, as a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "The file begins with a byte order mark; it was left out.",
            Self::NoFinalLineBreak => "The last line does not end with a line break; check that the file was not cut off.",
            Self::NoRows => "The file has a header and no rows; everything it listed before now counts as gone.",
            Self::ColumnAbsent => "The column is absent; what it would say is unknown in every row.",
            Self::RepeatedRow => "The row says exactly what an earlier row says; it was counted once.",
            Self::ManagerUnknown => "The manager is not in people.csv; the person has no known manager.",
            Self::ManagerSelf => "The person is named as their own manager; the person has no known manager.",
            Self::ManagerLoop => "Following the managers upwards leads back to this person.",
            Self::OwnerUnknown => "The owner is not in people.csv; the entitlement has no known owner.",
            Self::EmailShared => "Another person has the same address; it cannot tell who signs in.",
            Self::EndBeforeStart => "The end lies before the start; it is read as somebody who left and came back.",
            Self::DatedAhead => "The date lies after the moment the data was taken; it was kept as it is.",
            Self::DirectionMarks => "The text holds characters that turn the reading direction; it may look different from what it says.",
            Self::UseNotStated => "The row says neither when nor on how many days; use stays unknown.",
            Self::DaysUsedContradicts => "days_used is 0 although last_used lies within the window; days_used counts as unknown.",
            Self::UseWithoutGrant => "No grant in grants.csv matches; the row was left out.",
            Self::RequirementWithoutGrant => "No grant in grants.csv matches; the requirement was left out.",
            Self::DecisionWithoutGrant => "No grant in grants.csv matches now; the decision was kept as history.",
            Self::DecisionOfUnknown => "The person or the entitlement is not in the files; the decision was left out.",
            Self::PartUnread => "The platform did not let this part be read; what it would say is unknown.",
            Self::SignInFailed => "The attempt to sign in failed; it does not count as use.",
            Self::NotUse => "The line says nothing about use; it was left out.",
            Self::OtherMember => "The member is neither a person, a machine nor a group; it was left out.",
            Self::GoneMeanwhile => "It was deleted while the source was being read; it was left out.",
            Self::CountDiffers => {
                "The platform's own count differs from what it listed; access may have changed while it was read. Read again if it matters."
            }
            Self::RuleUnclear => "It cannot be told whether this rule made the membership; it is treated as made by the rule.",
            Self::SettingsAccountUnknown => "The settings name an account that is not in people.csv.",
            Self::SettingsEntitlementUnknown => "The settings name an entitlement that is not in entitlements.csv.",
        }
    }

    /// True where the row was left out of what is kept.
    pub const fn drops_the_row(self) -> bool {
        matches!(
            self,
            Self::RepeatedRow
                | Self::UseNotStated
                | Self::UseWithoutGrant
                | Self::RequirementWithoutGrant
                | Self::DecisionOfUnknown
                | Self::SignInFailed
                | Self::NotUse
                | Self::OtherMember
                | Self::GoneMeanwhile
        )
    }
}

/// One warning, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// The file's name (or the request of a page, or "settings").
    pub file: String,
    /// The line, counted from 1 with the header; `None` where the file as a whole is meant.
    pub line: Option<u64>,
    /// The column, where one is meant.
    pub column: Option<String>,
    /// What was found, ready to be shown; empty where nothing can be quoted.
    pub found: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        f.write_str(": ")?;
        if !self.found.is_empty() {
            write!(f, "{}. ", self.found)?;
        }
        f.write_str(self.kind.sentence())
    }
}

/// All warnings of a reading: every one counted, the first 20 of each kind kept with their places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Warnings {
    /// How many there are of each kind.
    pub counts: BTreeMap<WarningKind, u64>,
    /// The first of each kind, in the order they were met.
    pub examples: Vec<Warning>,
}

impl Warnings {
    pub(crate) fn push(&mut self, warning: Warning) {
        let count = self.counts.entry(warning.kind).or_default();
        *count += 1;
        if *count <= EXAMPLES {
            self.examples.push(warning);
        }
    }

    pub(crate) fn append(&mut self, other: Self) {
        for (kind, count) in other.counts {
            let before = *self.counts.get(&kind).unwrap_or(&0);
            self.counts.insert(kind, before + count);
            let room = usize::try_from(EXAMPLES.saturating_sub(before)).unwrap_or(usize::MAX);
            self.examples.extend(other.examples.iter().filter(|w| w.kind == kind).take(room).cloned());
        }
    }

    /// How many warnings of this kind there are.
    pub fn count(&self, kind: WarningKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// True where nothing is to be told.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}
