//! The limits of the brake, as the ledger spells them and pages say them (rule 19).

/// Which limit an order would pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Removals of one source within an hour.
    SourceHour,
    /// The share of a source's grants that leave within an hour.
    SourceShare,
    /// Removals of one application within an hour.
    ApplicationHour,
    /// The share of an application's grants that leave within an hour.
    ApplicationShare,
    /// Removals from people of one department within an hour.
    DepartmentHour,
    /// The share of what the people of a department hold that leaves within an hour.
    DepartmentShare,
    /// The share of an entitlement's holders that lose it within an hour.
    Share,
    /// Nobody else would hold the entitlement.
    LastHolder,
    /// Nobody else who works with their account holds a privileged entitlement of the application, or of the source where no
    /// application is named.
    LastAdministrator,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 9] = [
        Self::SourceHour,
        Self::SourceShare,
        Self::ApplicationHour,
        Self::ApplicationShare,
        Self::DepartmentHour,
        Self::DepartmentShare,
        Self::Share,
        Self::LastHolder,
        Self::LastAdministrator,
    ];

    /// The spelling in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceHour => "source_hour",
            Self::SourceShare => "source_share",
            Self::ApplicationHour => "application_hour",
            Self::ApplicationShare => "application_share",
            Self::DepartmentHour => "department_hour",
            Self::DepartmentShare => "department_share",
            Self::Share => "share",
            Self::LastHolder => "last_holder",
            Self::LastAdministrator => "last_administrator",
        }
    }

    /// What a page says of an order that is held for it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SourceHour => {
                "More removals of this source would leave within an hour than its limit allows. A second person must let it go."
            }
            Self::SourceShare => {
                "A larger share of what is held in this source would leave within an hour than the limit allows. A second person must let it go."
            }
            Self::ApplicationHour => {
                "More removals of this application would leave within an hour than its limit allows. A second person must let it go."
            }
            Self::ApplicationShare => {
                "A larger share of what is held in this application would leave within an hour than the limit allows. A second person must let it go."
            }
            Self::DepartmentHour => {
                "More removals from this department would leave within an hour than its limit allows. A second person must let it go."
            }
            Self::DepartmentShare => {
                "A larger share of what this department holds would leave within an hour than the limit allows. A second person must let it go."
            }
            Self::Share => {
                "A larger share of those who hold this would lose it within an hour than the limit allows. A second person must let it go."
            }
            Self::LastHolder => "Nobody else holds this. A second person must let it go.",
            Self::LastAdministrator => {
                "Nobody else could administer this afterwards. See first that somebody can; then a second person must let it go."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Limit;
    use std::collections::BTreeSet;

    #[test]
    fn every_limit_has_a_spelling_and_a_sentence_of_its_own_that_says_what_to_do() {
        let words: BTreeSet<_> = Limit::ALL.iter().map(|limit| limit.as_str()).collect();
        let sentences: BTreeSet<_> = Limit::ALL.iter().map(|limit| limit.sentence()).collect();
        assert_eq!((words.len(), sentences.len()), (Limit::ALL.len(), Limit::ALL.len()));
        assert!(sentences.iter().all(|sentence| sentence.ends_with("second person must let it go.")));
    }
}
