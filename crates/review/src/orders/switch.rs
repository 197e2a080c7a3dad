//! The one switch that stops all orders (rule 19).

use crate::{Actor, Context, Error, Result, attempt, case::at_one_moment};
use domain::{Action, AttemptId, Object};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use store::Tx;
use uuid::Uuid;

const KIND: &str = "switch_orders";
pub(crate) const SETTING: &str = "orders_stopped";

/// A request to throw or to reset the switch.
#[derive(Debug, Clone, Copy)]
pub struct SwitchForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// True lets orders go, false stops all of them.
    pub on: bool,
}

/// Where the switch stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switched {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// True while orders go.
    pub on: bool,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Whether all orders are stopped.
pub async fn stopped(tx: &mut Tx) -> Result<bool> {
    Ok(tx.setting(SETTING).await?.is_some_and(|setting| setting.value == "1"))
}

/// Stops all orders, or lets them go again. Both leave a ledger entry; asking for what is so already does not.
pub async fn switch(ctx: &Context, actor: &Actor, form: &SwitchForm) -> Result<Switched> {
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

async fn once(ctx: &Context, actor: &Actor, form: &SwitchForm) -> Result<Switched> {
    let ctx = &at_one_moment(ctx);
    if !actor.may(Action::Stop, Object::Order, false) {
        return Err(Error::NotFound);
    }
    let mut tx = ctx.store.begin().await?;
    tx.hold_orders().await?;
    if let Some(done) = attempt::earlier::<Switched>(&mut tx, actor, form.attempt, KIND, Uuid::nil()).await? {
        return Ok(Switched { repeated: true, ..done });
    }
    let stands = !stopped(&mut tx).await?;
    if stands != form.on {
        tx.set_setting(SETTING, if form.on { "0" } else { "1" }, ctx.env.now(), Some(actor.user)).await?;
        let kind = if form.on { EventKind::OrdersResumed } else { EventKind::OrdersStopped };
        ctx.record(&mut tx, ctx.event(kind, Some(actor))).await?;
    }
    let sentence = match (stands == form.on, form.on) {
        (true, true) => "Removals were going already.",
        (true, false) => "Removals were stopped already.",
        (false, true) => "Removals go again. What was held back leaves within the next minute, past the same checks as ever.",
        (false, false) => "All removals are stopped. What has left before is on its way; nothing else leaves until the switch is reset.",
    };
    let done = Switched { repeated: false, on: form.on, sentence: sentence.to_owned() };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, Uuid::nil(), &done).await?;
    tx.commit().await?;
    Ok(done)
}
