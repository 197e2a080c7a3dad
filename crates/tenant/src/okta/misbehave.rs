//! Ways in which a tenant misbehaves, by name, and known differences of the real platform, by name.

/// How the org misbehaves. Each does so at a fixed place, so that a test meets it every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misbehaviour {
    /// One call in the middle of a reading is refused with 401, and all tokens given before with it.
    Unauthorized,
    /// The System Log answers 403.
    LogForbidden,
    /// Administrator roles answer 403.
    RolesForbidden,
    /// The first change answers 409 and does nothing.
    Conflict,
    /// The first change answers 410 and does nothing.
    Gone,
    /// The first change answers 412 and does nothing.
    Precondition,
    /// Every seventh call is one too many and says when to come back.
    TooManyRetryAfter,
    /// Every seventh call is one too many and says nothing more.
    TooManySilent,
    /// Every fifth call answers 500, 502 or 503, changes after they were made.
    ServerError,
    /// One answer stops in the middle and never goes on.
    Slow,
    /// One answer ends in the middle.
    Truncated,
    /// One answer is a page for people, with status 200.
    WrongType,
    /// Each page begins with the last row of the page before.
    DuplicatePages,
    /// A group's second page leaves out the row it should begin with.
    ShiftingPages,
    /// The second page's next page is the second page.
    NextLoop,
    /// Next links name another host.
    ForeignHost,
    /// The org's clock is ten minutes ahead.
    ClockAhead,
    /// The first change is made, and the connection ends without an answer.
    LostAnswer,
    /// The first batch of a reviewer's answers is taken, and the connection ends without an answer.
    LostBatch,
}

macro_rules! named {
    ($type:ident, $what:literal: $($variant:ident = $name:literal),+ $(,)?) => {
        impl $type {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name on the command line.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.name() == text).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|one| one.name()).collect();
                    format!(concat!("\"{}\" is not a ", $what, " of Okta's; known are {}"), text, known.join(", "))
                })
            }
        }
    };
}

named! { Misbehaviour, "misbehaviour":
    Unauthorized = "unauthorized",
    LogForbidden = "log-forbidden",
    RolesForbidden = "roles-forbidden",
    Conflict = "conflict",
    Gone = "gone",
    Precondition = "precondition",
    TooManyRetryAfter = "too-many-retry-after",
    TooManySilent = "too-many-silent",
    ServerError = "server-error",
    Slow = "slow",
    Truncated = "truncated",
    WrongType = "wrong-type",
    DuplicatePages = "duplicate-pages",
    ShiftingPages = "shifting-pages",
    NextLoop = "next-loop",
    ForeignHost = "foreign-host",
    ClockAhead = "clock-ahead",
    LostAnswer = "lost-answer",
    LostBatch = "lost-batch",
}

/// Where the real platform is known or thought to differ from its contract, or where it is not known which way it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deviation {
    /// Review items lack `principalProfile.type` and carry `assignmentType` (recorded 2025).
    ReviewItemShape,
    /// The reviewers' endpoints are not there (before general availability, or without the feature).
    NoReviewerApi,
    /// A batch with one bad item does the good ones and answers with those (not documented either way).
    BatchInParts,
    /// A service token may use the reviewers' scopes (the contract's flows do not say; not tried).
    ServiceReviews,
    /// A full last page has a next link that leads to an empty page.
    EmptyLastPage,
    /// The debug data of decisions is spelled in camelCase (the catalogue has `snake_case`).
    CamelCaseDebugData,
    /// Sign-in events spell some keys in small letters, as pipelines deliver them.
    LowerCaseKeys,
}

named! { Deviation, "deviation":
    ReviewItemShape = "review-item-shape",
    NoReviewerApi = "no-reviewer-api",
    BatchInParts = "batch-in-parts",
    ServiceReviews = "service-reviews",
    EmptyLastPage = "empty-last-page",
    CamelCaseDebugData = "camel-case-debug-data",
    LowerCaseKeys = "lower-case-keys",
}
