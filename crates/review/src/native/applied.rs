//! What a platform says of carrying out what it accepted: no proof (rule 20), and where it says that it could not, something
//! for a person to do.

use super::Followed;
use crate::{
    Context, Result,
    case::Case,
    orders::{self, Step},
};
use connect::native::{NativeApplied, NativeItem};
use domain::{OrderEvent, OrderState};
use store::{Tx, decisions::ReviewItem, orders::Order};

/// Whether the platform says that it did not take the access away, and will not.
const fn is_left_undone(applied: &NativeApplied) -> bool {
    matches!(applied, NativeApplied::ByHand | NativeApplied::CannotBeApplied | NativeApplied::Failed(_))
}

/// The removal that a platform accepted and says that it did not carry out; `None` where there is none.
pub(super) async fn left_undone(tx: &mut Tx, item: &ReviewItem, there: &NativeItem) -> Result<Option<Order>> {
    let Some(decision) = item.decision.filter(|_| is_left_undone(&there.applied)) else { return Ok(None) };
    Ok(tx.living_order_of_decision(decision).await?.filter(|order| order.state == OrderState::Sent))
}

/// Notes that the platform did not carry out what it accepted: the removal waits for a person, with the platform's reason.
pub(super) async fn note(ctx: &Context, tx: &mut Tx, followed: &Followed, case: &Case, there: &NativeItem) -> Result<bool> {
    let Some(order) = left_undone(tx, &case.item, there).await? else { return Ok(false) };
    let platform = followed.platform();
    let shown = "the next reading shows whether the access is gone";
    let (event, why, remark) = match &there.applied {
        NativeApplied::ByHand => (
            OrderEvent::FindNoWay,
            "by_hand",
            format!("{platform} has the answer, and says that people have to carry it out. Remove the access in {platform}; {shown}."),
        ),
        NativeApplied::CannotBeApplied => {
            let way = case.way_of_path().unwrap_or_else(|| format!("Remove the access in {platform}; {shown}."));
            let remark = format!("{platform} has the answer, and says that it cannot carry it out. {way}");
            (OrderEvent::FindNoWay, "cannot_be_applied", remark)
        }
        NativeApplied::Failed(word) => (
            OrderEvent::Refuse,
            "failed",
            format!("{platform} has the answer, and says that carrying it out failed ({word}). Look at the access in {platform}; {shown}."),
        ),
        NativeApplied::NotYet | NativeApplied::UnderWay | NativeApplied::Done | NativeApplied::AlreadyGone => return Ok(false),
    };
    let done = orders::step(ctx, tx, &order, Step::new(event, None).code("cause", why), |o| o.remark = Some(remark)).await?;
    Ok(done.is_some())
}
