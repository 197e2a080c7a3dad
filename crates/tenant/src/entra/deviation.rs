//! Where the real platform is known, or not known not, to differ from its contract. Each is switched on by name, and the
//! connector survives each. `docs/connectors.md` lists them for administrators.

use crate::named::named;

named! { "a deviation of Entra's"
    /// A difference from the contract, or an answer to a question that no page settles.
    pub enum Deviation {
        /// `batchRecordDecisions` refuses an application that is no reviewer (reference, 10.1: not verified).
        BatchRefusesApplications = "batch-refuses-applications",
        /// After `batchRecordDecisions` by an application, `reviewedBy` is nobody (reference, 10.1: not verified).
        BatchNamesNobody = "batch-names-nobody",
        /// A plain reviewer without a directory role is refused (reference, 10.2: not verified).
        ReviewersNeedARole = "reviewers-need-a-role",
        /// `contactedReviewers.id` is not the user's object id (reference, 10.3: not verified).
        ReviewerIdsDiffer = "reviewer-ids-differ",
        /// `resource` and `resourceLink` of a decision are null, as in the page's group examples (reference, 2.3).
        ResourceLeftOut = "resource-left-out",
        /// `resource.type` begins with a capital letter, as the contract's list has it and the samples do not (reference, 2.3).
        ResourceTypeCapital = "resource-type-capital",
        /// A decision still carries the beta's `target` (reference, 2.3).
        OldTarget = "old-target",
        /// A page is empty although more come (reference, 5, Paging).
        EmptyPages = "empty-pages",
        /// `expires_in` of a token is a string (reference, 6: so for managed identities).
        TextualExpiry = "textual-expiry",
    }
}
