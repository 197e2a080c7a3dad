//! Ways in which the simulated platforms misbehave: a fault that both know has one name.

use crate::company::Platform;
use crate::named::named;

named! { "a way to misbehave"
    /// How a platform misbehaves. Each does so at a fixed place, so that a test meets it every time.
    pub enum Misbehaviour {
        /// One call in the middle of a reading is refused with 401, and the token with it.
        Unauthorized = "unauthorized",
        /// Logs answer 403.
        LogForbidden = "log-forbidden",
        /// Administrator and directory roles answer 403.
        RolesForbidden = "roles-forbidden",
        /// Groups and their members answer 403. Entra only.
        GroupsForbidden = "groups-forbidden",
        /// Applications and who holds their roles answer 403. Entra only.
        ApplicationsForbidden = "applications-forbidden",
        /// The first change answers 409 and does nothing.
        Conflict = "conflict",
        /// The first change answers 410 and does nothing. Okta only.
        ChangeGone = "change-gone",
        /// A page's link answers 410. Entra only.
        PageGone = "page-gone",
        /// The first change answers 412 and does nothing.
        Precondition = "precondition",
        /// Every seventh call is one too many and says when to come back.
        Throttled = "throttled",
        /// Every seventh call is one too many and says nothing more.
        ThrottledSilently = "throttled-silently",
        /// Every fifth (Okta, changes after they were made) or sixth (Entra) call answers 500, 502 or 503.
        Failing = "failing",
        /// One answer stops in the middle and never goes on.
        Slow = "slow",
        /// One answer ends in the middle.
        Truncated = "truncated",
        /// One answer is a page for people, with status 200.
        WrongType = "wrong-type",
        /// Each page begins with the last row of the page before.
        DuplicatePages = "duplicate-pages",
        /// Rows move between pages while they are read: in Okta one is left out, in Entra one comes twice and says something else.
        ShiftingPages = "shifting-pages",
        /// A page's next page is the same page.
        NextLoop = "next-loop",
        /// Next links name another host.
        ForeignHost = "foreign-host",
        /// The platform's clock is ahead: ten minutes in Okta, twenty in Entra.
        ClockAhead = "clock-ahead",
        /// The first change is made, and the connection ends without an answer.
        LostAnswer = "lost-answer",
        /// Every third change is made, and the connection ends without an answer.
        LostAnswers = "lost-answers",
        /// The first batch of a reviewer's answers is taken, and the connection ends without an answer. Okta only.
        LostBatch = "lost-batch",
        /// The first change is made, the connection ends without an answer, and the next twenty calls answer 503.
        LostAnswerThenDown = "lost-answer-then-down",
        /// The first change is lost on its way and not made, and the next twenty calls answer 503.
        LostChangeThenDown = "lost-change-then-down",
        /// The first two changes are lost on their way and not made; after the second the next twenty calls answer 503. Okta only.
        LostChangesThenDown = "lost-changes-then-down",
        /// The first change is made, the connection ends without an answer, and every token that was given has ended.
        LostAnswerThenSignedOut = "lost-answer-then-signed-out",
    }
}

impl Misbehaviour {
    /// The platforms that know it; another one behaves as ever.
    pub const fn platforms(self) -> &'static [Platform] {
        match self {
            Self::ChangeGone | Self::LostBatch | Self::LostChangesThenDown => &[Platform::Okta],
            Self::PageGone | Self::GroupsForbidden | Self::ApplicationsForbidden => &[Platform::Entra],
            _ => &[Platform::Okta, Platform::Entra],
        }
    }
}
