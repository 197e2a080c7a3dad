//! The reviewers of a campaign, those who owe most first.

use super::super::{head::cut, types::ReviewerLine};
use crate::{Error, Result, privacy::Veil};
use domain::{AccountStatus, CampaignId, IdentityId};
use std::collections::BTreeMap;
use store::{Tx, views::campaign::AfterReviewer};

/// Reviewers on one page.
const PAGE: i64 = 100;

/// A page of reviewers, and the key of the next.
///
/// A restricted reviewer is named, because the owner must know whom to ask; what a source says of them otherwise is not told.
pub(super) async fn reviewers(
    tx: &mut Tx,
    veil: &Veil,
    campaign: CampaignId,
    after: Option<&str>,
) -> Result<(Vec<ReviewerLine>, Option<String>)> {
    let after = match after {
        None | Some("") => None,
        Some(key) => Some(reviewer_key(key).ok_or(Error::NotFound)?),
    };
    let mut found = tx.campaign_reviewers(campaign, after, PAGE + 1).await?;
    let more = cut(&mut found, PAGE);
    let next = found.last().filter(|_| more).map(|last| format!("{}.{}", last.owed, last.reviewer));
    let last_answers: BTreeMap<IdentityId, _> = tx.last_answers(campaign).await?.into_iter().collect();
    let mut lines = Vec::new();
    for AfterReviewer { reviewer, .. } in found {
        let person = tx.person_line(reviewer).await?;
        let hidden = veil.hides_name(reviewer);
        lines.push(ReviewerLine {
            name: person.as_ref().map_or_else(|| reviewer.to_string(), |person| person.name.clone()),
            line: person.as_ref().filter(|_| !hidden).and_then(store::views::campaign::PersonLine::line),
            signed_in: !tx.users_of(reviewer).await?.is_empty(),
            progress: super::progress(tx.campaign_counts_of(campaign, reviewer).await?),
            last_answer_at: last_answers.get(&reviewer).copied(),
            remarks: match person {
                None => vec!["No source lists this person.".to_owned()],
                Some(person) if !person.listed => vec!["No longer listed by a source.".to_owned()],
                Some(person) => match person.status {
                    Some(AccountStatus::Active) | None => Vec::new(),
                    Some(_) if hidden => vec!["No longer active at the source.".to_owned()],
                    Some(status) => vec![format!("No longer active at the source: {status}.")],
                },
            },
        });
    }
    Ok((lines, next))
}

fn reviewer_key(key: &str) -> Option<AfterReviewer> {
    let (owed, reviewer) = key.split_once('.')?;
    Some(AfterReviewer { owed: owed.parse().ok()?, reviewer: reviewer.parse().ok()? })
}
