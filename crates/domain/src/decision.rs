//! What people (and defaults) answer.

use crate::words;

words! {
    /// An answer to an item.
    Answer, "answer" {
        /// The access stays.
        Approve => "approve",
        /// The access goes.
        Revoke => "revoke",
        /// Somebody else must answer; the decision names whom and until when.
        Escalate => "escalate",
    }
}

words! {
    /// Why a Revoke: the two mean different things to an auditor (rule 6).
    RevokeWhy, "reason for revoking" {
        /// It was right once and is no longer needed.
        NoLongerNeeded => "no_longer_needed",
        /// It should never have been granted.
        NeverAuthorised => "never_authorised",
    }
}

words! {
    /// How an answer came about. Only some of these may teach (rule 30), and a default's act is marked everywhere (rule 5).
    DecisionOrigin, "origin of a decision" {
        /// A person, one item, with the recommendation in view.
        Person => "person",
        /// A person who answered before the recommendation was shown.
        PersonBlind => "person_blind",
        /// A person, together with other items.
        PersonBulk => "person_bulk",
        /// The campaign's default, at closing, because nobody answered.
        Default => "default",
        /// Made on the platform itself and read back.
        Platform => "platform",
    }
}
