//! The tables and their columns.

/// One column of a table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Whether the table means nothing without it.
    pub(super) needed: bool,
    /// Whether its absence is told: what reviews need is missed, what only adds figures is not.
    pub(super) missed: bool,
}

/// Which records a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    People,
    Entitlements,
    Grants,
    Usage,
    Decisions,
    Requirements,
}

/// One file of the source.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) file: &'static str,
    pub(super) holds: Holds,
    /// Whether the file may be absent.
    pub(super) optional: bool,
    /// Whether a field may hold line breaks; if not, every line stands for itself.
    pub(super) multiline: bool,
    pub(super) columns: &'static [Column],
}

impl Table {
    pub(super) fn columns_in_words(&self) -> String {
        self.columns.iter().map(|c| c.name).collect::<Vec<_>>().join(", ")
    }
}

const fn needed(name: &'static str) -> Column {
    Column { name, needed: true, missed: true }
}

const fn other(name: &'static str) -> Column {
    Column { name, needed: false, missed: true }
}

const fn further(name: &'static str) -> Column {
    Column { name, needed: false, missed: false }
}

/// Positions of the columns in [`Table::columns`].
pub(super) mod people {
    pub(in super::super) const ID: usize = 0;
    pub(in super::super) const NAME: usize = 1;
    pub(in super::super) const EMAIL: usize = 2;
    pub(in super::super) const TITLE: usize = 3;
    pub(in super::super) const DEPARTMENT: usize = 4;
    pub(in super::super) const MANAGER: usize = 5;
    pub(in super::super) const STATUS: usize = 6;
    pub(in super::super) const START: usize = 7;
    pub(in super::super) const END: usize = 8;
    pub(in super::super) const CHANGED_JOB: usize = 9;
    pub(in super::super) const EMPLOYMENT_TYPE: usize = 10;
    pub(in super::super) const SITE: usize = 11;
    pub(in super::super) const WORKING_TIME: usize = 12;
}

pub(super) mod entitlements {
    pub(in super::super) const ID: usize = 0;
    pub(in super::super) const NAME: usize = 1;
    pub(in super::super) const APPLICATION: usize = 2;
    pub(in super::super) const DESCRIPTION: usize = 3;
    pub(in super::super) const SENSITIVITY: usize = 4;
    pub(in super::super) const OWNER: usize = 5;
}

pub(super) mod grants {
    pub(in super::super) const PERSON: usize = 0;
    pub(in super::super) const ENTITLEMENT: usize = 1;
    pub(in super::super) const PATH: usize = 2;
    pub(in super::super) const GRANTED_ON: usize = 3;
    pub(in super::super) const GRANTED_BY: usize = 4;
}

pub(super) mod usage {
    pub(in super::super) const PERSON: usize = 0;
    pub(in super::super) const ENTITLEMENT: usize = 1;
    pub(in super::super) const LAST_USED: usize = 2;
    pub(in super::super) const DAYS_USED: usize = 3;
    pub(in super::super) const WINDOW_DAYS: usize = 4;
    pub(in super::super) const GRAIN: usize = 5;
}

pub(super) mod decisions {
    pub(in super::super) const PERSON: usize = 0;
    pub(in super::super) const ENTITLEMENT: usize = 1;
    pub(in super::super) const DECISION: usize = 2;
    pub(in super::super) const DECIDED_ON: usize = 3;
    pub(in super::super) const REVIEWER: usize = 4;
    pub(in super::super) const HOW: usize = 5;
}

pub(super) mod requirements {
    pub(in super::super) const PERSON: usize = 0;
    pub(in super::super) const ENTITLEMENT: usize = 1;
    pub(in super::super) const REQUIREMENT: usize = 2;
    pub(in super::super) const EXPIRES: usize = 3;
}

/// The files of the source, in the order they are read: what is referred to comes first.
pub(super) static TABLES: [Table; 6] = [
    Table {
        file: "people.csv",
        holds: Holds::People,
        optional: false,
        multiline: false,
        columns: &[
            needed("person_id"),
            other("name"),
            other("email"),
            other("title"),
            other("department"),
            other("manager_id"),
            other("status"),
            other("start"),
            other("end"),
            other("changed_job_on"),
            further("employment_type"),
            further("site"),
            further("working_time"),
        ],
    },
    Table {
        file: "entitlements.csv",
        holds: Holds::Entitlements,
        optional: false,
        multiline: true,
        columns: &[
            needed("entitlement_id"),
            other("name"),
            other("application"),
            other("description"),
            other("sensitivity"),
            other("owner_id"),
        ],
    },
    Table {
        file: "grants.csv",
        holds: Holds::Grants,
        optional: false,
        multiline: false,
        columns: &[needed("person_id"), needed("entitlement_id"), needed("path"), other("granted_on"), other("granted_by")],
    },
    Table {
        file: "usage.csv",
        holds: Holds::Usage,
        optional: true,
        multiline: false,
        columns: &[
            needed("person_id"),
            needed("entitlement_id"),
            needed("last_used"),
            other("days_used"),
            needed("window_days"),
            needed("grain"),
        ],
    },
    Table {
        file: "decisions.csv",
        holds: Holds::Decisions,
        optional: true,
        multiline: false,
        columns: &[
            needed("person_id"),
            needed("entitlement_id"),
            needed("decision"),
            other("decided_on"),
            other("reviewer_id"),
            other("how"),
        ],
    },
    Table {
        file: "requirements.csv",
        holds: Holds::Requirements,
        optional: true,
        multiline: false,
        columns: &[needed("person_id"), needed("entitlement_id"), needed("requirement"), needed("expires")],
    },
];
