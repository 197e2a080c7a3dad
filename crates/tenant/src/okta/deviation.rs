//! Known differences of the real platform, by name.

use crate::named::named;

named! { "a deviation of Okta's"
    /// Where the real platform is known or thought to differ from its contract, or where it is not known which way it is.
    pub enum Deviation {
        /// Review items lack `principalProfile.type` and carry `assignmentType` (recorded 2025).
        ReviewItemShape = "review-item-shape",
        /// The reviewers' endpoints are not there (before general availability, or without the feature).
        NoReviewerApi = "no-reviewer-api",
        /// A batch with one bad item does the good ones and answers with those (not documented either way).
        BatchInParts = "batch-in-parts",
        /// A service token may use the reviewers' scopes (the contract's flows do not say; not tried).
        ServiceReviews = "service-reviews",
        /// A full last page has a next link that leads to an empty page.
        EmptyLastPage = "empty-last-page",
        /// The debug data of decisions is spelled in camelCase (the catalogue has `snake_case`).
        CamelCaseDebugData = "camel-case-debug-data",
        /// Sign-in events spell some keys in small letters, as pipelines deliver them.
        LowerCaseKeys = "lower-case-keys",
        /// The log refuses filters of more than 1,000 characters (the contract names no length).
        ShortFilters = "short-filters",
    }
}
