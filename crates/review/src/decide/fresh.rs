//! A look at the grant itself, this moment, where the platform allows it (rule 4).

use super::DecideForm;
use crate::{Actor, Context, Error, Result, case::is_reviewer, connectors::Connector};
use connect::{GrantKey, Seen, Source as _};
use domain::{Action, Object, SourceKind};
use std::time::Duration;

/// How long a person who answers waits for the platform. A look that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a look shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// The grant is there.
    Held,
    /// The instance that is asked about is gone: the pages that show it.
    Gone(Vec<connect::Page>),
}

/// Looks at the grant that an answer is about. `None` where nothing can be looked at by itself: files are read as a whole,
/// and a platform that does not answer in time tells nothing.
pub(super) async fn look(ctx: &Context, actor: &Actor, form: &DecideForm) -> Result<Option<Look>> {
    let (source, key) = {
        let mut tx = ctx.store.read().await?;
        if tx.source_kind_of_item(form.item).await?.is_none_or(|kind| kind == SourceKind::Files) {
            return Ok(None);
        }
        // What is refused or repeated anyway needs no look, and is answered where it is decided.
        let Some(item) = tx.review_item(form.item).await? else { return Ok(None) };
        if !actor.may(Action::Decide, Object::Item, is_reviewer(actor, &item))
            || item.version != form.expected_version
            || tx.attempt(form.attempt).await?.is_some()
        {
            return Ok(None);
        }
        let Some(source) = tx.source(item.source).await? else { return Ok(None) };
        if tx.native_grants(item.id).await?.len() > 1 {
            // A platform's question about several grants at once is gone when all of them are; a whole reading tells.
            return Ok(None);
        }
        let missing = || Error::Inconsistent(format!("item {} has no grant", item.id));
        let (_, grant) = tx.grant(item.grant).await?.ok_or_else(missing)?;
        let person_id = tx.external_account(item.account).await?.ok_or_else(missing)?;
        let entitlement_id = tx.external_entitlement(item.entitlement).await?.ok_or_else(missing)?;
        (source, GrantKey { person_id, entitlement_id, path: grant.path, granted_on: grant.granted_on })
    };
    let keys = [key];
    let looked = async {
        match ctx.connectors.open(ctx, &source).await {
            Ok(Connector::Okta(source)) => source.reread(&keys).await.map_err(|error| error.to_string()),
            Ok(Connector::Entra(source)) => source.reread(&keys).await.map_err(|error| error.to_string()),
            Ok(Connector::Files(_)) => Err("files are read as a whole".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    };
    match tokio::time::timeout(PATIENCE, looked).await {
        Ok(Ok(reread)) => Ok(reread.seen.first().map(|seen| match seen {
            Seen::Still => Look::Held,
            Seen::Gone | Seen::Newer { .. } => Look::Gone(reread.pages),
        })),
        Ok(Err(error)) => {
            tracing::info!(source = %source.id, error, "a grant could not be looked at before it was decided");
            Ok(None)
        }
        Err(_) => {
            tracing::info!(source = %source.id, "a platform took too long to show a grant before it was decided");
            Ok(None)
        }
    }
}
