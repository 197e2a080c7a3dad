//! Campaigns that a platform runs itself, decided here (rules 2, 5 and 11 to 15).
//!
//! - [`list()`] and [`preview`] show what the platforms run, with their own settings; [`open()`] asks about it here.
//! - [`link`]: a reviewer links their own account at the platform, and their answers go out with its token.
//! - [`send()`], a job, takes final answers there; [`read_back()`], another, brings back what was decided there and what the
//!   platform did by itself; [`send_again()`] is a person's word that a refused answer may leave once more.
//!
//! An answer waits here for its undo window, and a removal for conflicts and the brake, as in a campaign of our own. Only
//! then does it go to the platform, which carries it out; the next reading proves it.

mod act;
mod applied;
pub mod hand_over;
pub mod link;
mod list;
mod look_again;
mod moved;
mod note;
mod open;
mod plan;
mod platform;
mod read_back;
mod retry;
mod send;
mod sending;

pub use list::{Listed, Listing, list};
pub use look_again::{LookAgain, LookAgainForm, look_again};
pub use open::{NativeOpenForm, open, preview, what_happens};
pub use plan::{AskedGroup, NativePlan, UnmatchedReason};
pub use read_back::{ReadBack, read_back};
pub use retry::{SendAgainForm, SentAgain, send_again};
pub use send::{SentAnswers, send};

pub(crate) use list::title;
pub(crate) use open::{on_revoke, on_silence};
pub(crate) use retry::again;
pub(crate) use sending::{before_answer, begin, final_by, replaced_before_sending, sign_in_missing, taken_back, unchangeable, way_on};

use crate::{Context, Error, Result, jobs};
use connect::native::{HandingOver, NativeCampaign, NativeId, NativeState, OnRevoke};
use domain::{
    CampaignKind, SourceKind, Timestamp,
    time::{DAY, MINUTE},
};
use std::sync::Arc;
use store::{Tx, native::NativeCampaignRow};

/// How long a platform's campaign may go without being read back, in microseconds.
const READ_EVERY: i64 = 10 * MINUTE;
/// For how long after its end a platform's campaign is read on while removals of it are on their way: some are applied late.
const AFTER_END: i64 = 30 * DAY;

/// The platform's campaign that one of ours follows.
#[derive(Debug, Clone)]
pub(crate) struct Followed {
    /// As it is stored.
    pub row: NativeCampaignRow,
    /// The platform's settings at opening.
    pub settings: NativeCampaign,
    /// Which platform.
    pub kind: SourceKind,
}

impl Followed {
    /// The platform's campaign that one of ours follows; `None` where it is our own.
    pub async fn load(tx: &mut Tx, campaign: domain::CampaignId) -> Result<Option<Arc<Self>>> {
        let Some(row) = tx.native_campaign(campaign).await? else { return Ok(None) };
        let source = tx.source(row.source).await?.ok_or_else(|| Error::Inconsistent(format!("campaign {campaign} has no source")))?;
        let settings = serde_json::from_str(&row.settings)
            .map_err(|why| Error::Inconsistent(format!("the platform's settings of campaign {campaign}: {why}")))?;
        Ok(Some(Arc::new(Self { row, settings, kind: source.kind })))
    }

    /// The platform's ids.
    pub fn id(&self) -> NativeId {
        NativeId { campaign: self.row.native_campaign.clone(), run: self.row.native_run.clone() }
    }

    /// What the platform is called.
    pub const fn platform(&self) -> &'static str {
        platform_name(self.kind)
    }

    /// Whether the platform still takes answers, as far as is known.
    pub fn takes_answers(&self, now: Timestamp) -> bool {
        self.row.state == state_word(&NativeState::Open) && self.row.ends_at.is_none_or(|ends| now < ends)
    }

    /// How an item's removal ends where the platform itself removes nothing (rule 20).
    pub fn right_way(&self) -> Option<String> {
        (self.settings.on_revoke == OnRevoke::Nothing).then(|| {
            let platform = self.platform();
            format!(
                "{platform} records the answer and removes nothing, because its campaign is set so. Remove the access in {platform}; the next reading shows whether it is gone."
            )
        })
    }

    /// Whether the platform names whom it asks item by item. Where it has no hand-over of single items, its reviewers are those
    /// of the whole campaign, with who answers in their stead, and say nothing of any one item.
    pub fn names_one_reviewer(&self) -> bool {
        self.settings.handing_over != HandingOver::None
    }

    /// Why an item cannot be given to somebody else; `None` where it can.
    pub fn no_hand_over(&self) -> Option<String> {
        let platform = self.platform();
        match self.settings.handing_over {
            HandingOver::Possible => None,
            HandingOver::Forbidden => Some(format!("The campaign's settings in {platform} forbid handing items over.")),
            HandingOver::None => Some(format!(
                "{platform} cannot give a single item to somebody else: it would go on showing you as its reviewer. Answer it, or leave it open."
            )),
        }
    }
}

/// What a platform is called.
pub(crate) const fn platform_name(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Okta => "Okta",
        SourceKind::Entra => "Microsoft Entra",
        SourceKind::Ping => "Ping",
        SourceKind::Files | SourceKind::Scim => "the platform",
    }
}

/// The kind of campaign that follows one of this platform.
pub(crate) const fn campaign_kind(kind: SourceKind) -> CampaignKind {
    match kind {
        SourceKind::Entra => CampaignKind::EntraNative,
        _ => CampaignKind::OktaNative,
    }
}

/// The word in storage and in the ledger.
pub(crate) const fn state_word(state: &NativeState) -> &'static str {
    match state {
        NativeState::NotStarted => "not_started",
        NativeState::Open => "open",
        NativeState::Closed => "closed",
        NativeState::Unknown(_) => "unknown",
    }
}

/// Sees to it that answers that can leave have their job, and that every platform's campaign is read back in time.
pub(crate) async fn wake(ctx: &Context) -> Result<()> {
    let now = ctx.env.now();
    let (to_send, to_read) = {
        let mut tx = ctx.store.read().await?;
        let to_read = tx.native_campaigns_to_read(now.plus(-READ_EVERY), now.plus(-AFTER_END), 20).await?;
        (tx.campaigns_with_sendings(now).await?, to_read)
    };
    for campaign in to_send {
        jobs::enqueue_now(ctx, jobs::JobKind::SendAnswers(campaign)).await?;
    }
    for campaign in to_read {
        jobs::enqueue_now(ctx, jobs::JobKind::ReadBack(campaign)).await?;
    }
    Ok(())
}
