//! Who is told that an answer given here does not count, because of what stands on the platform (rule 14).
//!
//! Whoever gave it here and whoever answered there see it on their own page of reviews, without looking for it, as long as the
//! campaign is open; the item and the campaign's page name both. Who decided stays named (rule 38); of whose access it is,
//! readers see what they see elsewhere.

use super::types::OverruledLine;
use crate::{Actor, Result, case::is_reviewer, native::Followed, privacy::Veil};
use domain::{Answer, CampaignId, IdentityId, UserId};
use store::{
    Tx,
    native::{Overruled, OverruledOf},
};

/// At most so many stand on a page of the reader's own.
const OWN: i64 = 20;
/// At most so many stand on a campaign's page.
const OF_CAMPAIGN: i64 = 50;

const fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Approve => "Approve",
        Answer::Revoke => "Revoke",
        Answer::Escalate => "an escalation",
    }
}

/// Everything that the reader is to be told.
pub(super) async fn of_reader(tx: &mut Tx, actor: &Actor) -> Result<Vec<OverruledLine>> {
    let mut lines = given_by(tx, actor, None).await?;
    let Some(identity) = actor.identity else { return Ok(lines) };
    for one in tx.overruled(OverruledOf::There(identity), OWN).await? {
        let (here, there) = (name(tx, one.by).await?, one.there.map_or("your answer", word));
        let Some(platform) = platform(tx, one.campaign).await? else { continue };
        let sentence = format!(
            "You answered {there} in {platform} itself, and that stands. {here} had answered {} here, which does not count.",
            word(one.answer)
        );
        lines.extend(line(tx, actor, &one, sentence).await?);
    }
    Ok(lines)
}

/// Answers that the reader gave here, of one campaign or of all.
pub(super) async fn given_by(tx: &mut Tx, actor: &Actor, campaign: Option<CampaignId>) -> Result<Vec<OverruledLine>> {
    let user: UserId = actor.user;
    let mut lines = Vec::new();
    for one in tx.overruled(OverruledOf::Given(user), OWN).await?.into_iter().filter(|one| campaign.is_none_or(|id| id == one.campaign)) {
        let by = match one.there {
            Some(_) => by_whom(tx, actor, one.there_by).await?,
            None => String::new(),
        };
        let sentence = format!("You answered {} here. {}{by}", word(one.answer), one.remark);
        lines.extend(line(tx, actor, &one, sentence).await?);
    }
    Ok(lines)
}

/// What the campaign's page says: who answered what, here and there.
pub(super) async fn of_campaign(tx: &mut Tx, actor: &Actor, campaign: CampaignId) -> Result<Vec<OverruledLine>> {
    let Some(platform) = platform(tx, campaign).await? else { return Ok(Vec::new()) };
    let mut lines = Vec::new();
    for one in tx.overruled(OverruledOf::Campaign(campaign), OF_CAMPAIGN).await? {
        let here = format!("{} answered {} here.", name(tx, one.by).await?, word(one.answer));
        let sentence = match one.there {
            Some(there) => format!(
                "{here} In {platform} itself {there} stands.{by}",
                there = word(there),
                by = by_whom(tx, actor, one.there_by).await?
            ),
            // In words that are addressed to who answered.
            None => format!("{here} They were told: \u{201c}{}\u{201d}", one.remark),
        };
        let shown = line(tx, actor, &one, sentence).await?;
        lines.extend(shown.map(|line| OverruledLine { href: Some(format!("/items/{}", one.item)), ..line }));
    }
    Ok(lines)
}

/// Who answered on the platform, as a sentence that follows another.
pub(super) async fn by_whom(tx: &mut Tx, actor: &Actor, who: Option<IdentityId>) -> Result<String> {
    Ok(match who {
        Some(who) if actor.identity == Some(who) => " You answered there yourself.".to_owned(),
        Some(who) => format!(" {} answered there.", name(tx, Some(who)).await?),
        None => " An account that no reading knows answered there.".to_owned(),
    })
}

async fn name(tx: &mut Tx, who: Option<IdentityId>) -> Result<String> {
    let found = match who {
        Some(who) => tx.identity_name(who).await?,
        None => None,
    };
    Ok(found.unwrap_or_else(|| "Somebody".to_owned()))
}

async fn platform(tx: &mut Tx, campaign: CampaignId) -> Result<Option<String>> {
    Ok(Followed::load(tx, campaign).await?.map(|followed| followed.platform().to_owned()))
}

async fn line(tx: &mut Tx, actor: &Actor, one: &Overruled, sentence: String) -> Result<Option<OverruledLine>> {
    let (Some(item), Some(line), Some(campaign)) =
        (tx.review_item(one.item).await?, tx.item_line(one.item).await?, tx.campaign(one.campaign).await?)
    else {
        return Ok(None);
    };
    let (mine, owns) = (is_reviewer(actor, &item), item.campaign_owner == actor.user);
    let href = match (mine, owns) {
        (true, _) => Some(format!("/reviews/{}?item={}", one.campaign, one.item)),
        (false, true) => Some(format!("/items/{}", one.item)),
        (false, false) => None,
    };
    let person = if mine { line.person } else { Veil::before(tx, actor).await?.name(item.holder, line.person) };
    Ok(Some(OverruledLine { item: one.item, href, campaign: campaign.name, person, access: line.access, sentence, at: one.at }))
}
