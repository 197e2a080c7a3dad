//! Certification campaigns.

use crate::words;

words! {
    /// Whose campaign it is.
    CampaignKind, "kind of campaign" {
        /// Opened in Countersign; removals are our own orders.
        Own => "own",
        /// Read from Okta Identity Governance.
        OktaNative => "okta_native",
        /// Read from Microsoft Entra access reviews.
        EntraNative => "entra_native",
    }
}

words! {
    /// Where a campaign stands.
    CampaignState, "campaign state" {
        /// Being opened: items, reviewers and recommendations are prepared. Nobody is asked yet.
        Preparing => "preparing",
        /// Reviewers decide.
        Open => "open",
        /// Closing was confirmed: staged decisions are sent and defaults applied. Nobody can decide.
        Closing => "closing",
        /// Over. Its items never change again.
        Closed => "closed",
    }
}

impl CampaignState {
    /// Whether the step from this state to `next` exists.
    pub const fn may_become(self, next: Self) -> bool {
        matches!((self, next), (Self::Preparing, Self::Open) | (Self::Open, Self::Closing) | (Self::Closing, Self::Closed))
    }
}

words! {
    /// Whether a campaign's recommendations are shown. They are made and stored in either case.
    Showing, "showing of recommendations" {
        /// Beside each item, as soon as it is opened.
        Shown => "shown",
        /// To nobody, until the campaign's owner accepts the report that compares them with people's answers (shadow mode).
        Hidden => "hidden",
    }
}

impl Showing {
    /// True where nobody is shown a recommendation.
    pub const fn is_hidden(self) -> bool {
        matches!(self, Self::Hidden)
    }
}

words! {
    /// Whether an item's recommendation is in view, for everybody who may see the item.
    InView, "view of a recommendation" {
        /// It stands beside the item.
        Shown => "shown",
        /// The item is to be judged first: it is shown once somebody answered Approve or Revoke, or nobody can any more.
        AfterAnswer => "after_answer",
        /// To nobody, as long as the campaign hides what it recommends (shadow mode).
        Hidden => "hidden",
    }
}

impl InView {
    /// True where nobody is shown the recommendation, nor anything that would tell it.
    pub const fn is_hidden(self) -> bool {
        matches!(self, Self::AfterAnswer | Self::Hidden)
    }
}

words! {
    /// What closing does with items that nobody answered (rule 5). Approve does not exist as a default.
    DefaultAction, "default for unanswered items" {
        /// The access stays, and the item is listed as an exception.
        LeaveAsException => "leave_as_exception",
        /// The access is removed.
        Remove => "remove",
    }
}
