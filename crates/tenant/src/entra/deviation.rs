//! Where the real platform is known, or not known not, to differ from its contract. Each is switched on by name, and the
//! connector survives each. `docs/connectors.md` lists them for administrators.

use crate::named::named;

named! { "a deviation of Entra's"
    /// A difference from the contract, or an answer to a question that no page settles.
    pub enum Deviation {
        /// `batchRecordDecisions` refuses an application that is no reviewer; the contract says nothing of it.
        BatchRefusesApplications = "batch-refuses-applications",
        /// After `batchRecordDecisions` by an application, `reviewedBy` is nobody; the contract says nothing of it.
        BatchNamesNobody = "batch-names-nobody",
        /// A plain reviewer without a directory role is refused; pages differ on it.
        ReviewersNeedARole = "reviewers-need-a-role",
        /// `contactedReviewers.id` is not the user's object id; the contract does not say whose id it is.
        ReviewerIdsDiffer = "reviewer-ids-differ",
        /// `resource` and `resourceLink` of a decision are null, as in the page's group examples
        /// ([decision item](https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem)).
        ResourceLeftOut = "resource-left-out",
        /// `resource.type` begins with a capital letter, as the contract's list has it and the samples do not.
        ResourceTypeCapital = "resource-type-capital",
        /// A decision still carries the beta's `target`.
        OldTarget = "old-target",
        /// A page is empty although more come ([paging](https://learn.microsoft.com/graph/paging)).
        EmptyPages = "empty-pages",
        /// `expires_in` of a token is a string, as it is for managed identities.
        TextualExpiry = "textual-expiry",
    }
}
