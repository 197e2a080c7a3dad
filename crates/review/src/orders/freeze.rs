//! Freeze windows: times in which no removal leaves, such as the close of a period, a go-live or clinical cover (rule 19).

use crate::{Actor, Context, Error, Result, attempt, case::at_one_moment};
use domain::{Action, AttemptId, Object, SourceId, Timestamp};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use store::{Tx, orders::Order};
use uuid::Uuid;

const KIND: &str = "set_freezes";
const SETTING: &str = "freezes";
/// The most windows that can be set.
const MOST: usize = 100;

/// A time in which removals wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// What it is for, in a few words.
    pub name: String,
    /// Its first moment, in microseconds UTC.
    pub from: Timestamp,
    /// Its end: the first moment at which removals leave again.
    pub until: Timestamp,
    /// Only this source; all where there is none.
    #[serde(default)]
    pub source: Option<SourceId>,
    /// Only this application; all where there is none.
    #[serde(default)]
    pub application: Option<String>,
}

impl Freeze {
    /// Under which a form names it: a digest of all that it says.
    pub fn key(&self) -> String {
        let says = serde_json::json!([self.name, self.from, self.until, self.source, self.application]);
        ledger::sha256_hex(says.to_string().as_bytes())
    }

    /// Until when this window holds the order back; `None` where it does not.
    pub fn holds(&self, order: &Order, now: Timestamp) -> Option<Timestamp> {
        let on = self.from <= now && now < self.until;
        let meant = self.source.is_none_or(|s| s == order.source)
            && self.application.as_ref().is_none_or(|a| order.application.as_ref() == Some(a));
        (on && meant).then_some(self.until)
    }
}

/// The freeze windows that are set.
pub async fn freezes(tx: &mut Tx) -> Result<Vec<Freeze>> {
    match tx.setting(SETTING).await? {
        None => Ok(Vec::new()),
        Some(setting) => serde_json::from_str(&setting.value).map_err(|e| Error::Inconsistent(format!("setting {SETTING}: {e}"))),
    }
}

/// How the windows are to change.
#[derive(Clone, Copy)]
enum Change<'a> {
    Set(&'a [Freeze]),
    Add(&'a Freeze),
    Remove(&'a str),
}

/// Sets the freeze windows, all of them anew. Owners and administrators may.
pub async fn set(ctx: &Context, actor: &Actor, attempt: AttemptId, windows: &[Freeze]) -> Result<()> {
    crate::retry_busy(ctx, || once(ctx, actor, attempt, Change::Set(windows))).await
}

/// Adds a window to those that are set. Owners and administrators may.
pub async fn add(ctx: &Context, actor: &Actor, attempt: AttemptId, window: &Freeze) -> Result<()> {
    crate::retry_busy(ctx, || once(ctx, actor, attempt, Change::Add(window))).await
}

/// Takes the window with this [`Freeze::key`] off; what it held moves on. Owners and administrators may.
///
/// # Errors
/// `Stale` where it is not set any more.
pub async fn remove(ctx: &Context, actor: &Actor, attempt: AttemptId, key: &str) -> Result<()> {
    crate::retry_busy(ctx, || once(ctx, actor, attempt, Change::Remove(key))).await
}

/// The windows after a change, or why they cannot be.
fn after(mut windows: Vec<Freeze>, change: Change<'_>) -> Result<Vec<Freeze>> {
    match change {
        Change::Set(all) => windows = all.to_vec(),
        Change::Add(window) if windows.contains(window) => {
            return Err(Error::field("name", "This very window is set already. Nothing was changed."));
        }
        Change::Add(window) => windows.push(window.clone()),
        Change::Remove(key) => {
            let before = windows.len();
            windows.retain(|window| window.key() != key);
            if windows.len() == before {
                return Err(Error::Stale("This window is not set any more. Nothing was changed.".to_owned()));
            }
        }
    }
    if windows.len() > MOST {
        let field = if matches!(change, Change::Add(_)) { "name" } else { "windows" };
        return Err(Error::field(field, format!("{} freeze windows are too many; {MOST} fit. Remove those that are over.", windows.len())));
    }
    if let Some(bad) = windows.iter().find(|w| w.from >= w.until || w.name.trim().is_empty()) {
        return Err(Error::field(
            "windows",
            format!("The window \u{201c}{}\u{201d} needs a name and an end after its beginning.", bad.name),
        ));
    }
    Ok(windows)
}

async fn once(ctx: &Context, actor: &Actor, attempt: AttemptId, change: Change<'_>) -> Result<()> {
    let ctx = &at_one_moment(ctx);
    if !actor.may(Action::Stop, Object::Order, false) {
        return Err(Error::NotFound);
    }
    let mut tx = ctx.store.begin().await?;
    if attempt::earlier::<()>(&mut tx, actor, attempt, KIND, Uuid::nil()).await?.is_some() {
        return Ok(());
    }
    tx.hold_orders().await?;
    let windows = after(freezes(&mut tx).await?, change)?;
    let json = serde_json::to_string(&windows).map_err(|e| Error::Inconsistent(format!("freeze windows: {e}")))?;
    tx.set_setting(SETTING, &json, ctx.env.now(), Some(actor.user)).await?;
    let count = i64::try_from(windows.len()).unwrap_or(i64::MAX);
    let event = ctx
        .event(EventKind::PolicyChanged, Some(actor))
        .code("policy", SETTING)
        .int("windows", count)
        .code("digest", ledger::sha256_hex(json.as_bytes()));
    ctx.record(&mut tx, event).await?;
    attempt::keep(ctx, &mut tx, actor, attempt, KIND, Uuid::nil(), &()).await?;
    tx.commit().await?;
    Ok(())
}
