//! The draw of the items that are to be judged first, made again (rule 30).

use super::entries::{Known, Ledger};
use super::report::{Findings, Place};
use crate::canonical::hash_from_hex;
use crate::draw::{BY_A_RULE, DRAWN, NOT_DRAWN, is_drawn};
use crate::kind::EventKind;
use crate::pack::ENTRIES;
use domain::CampaignId;
use std::collections::BTreeMap;

/// What a campaign's opening says of its draw.
struct Stated {
    seed: [u8; 32],
    share: u32,
}

/// Draws again for every item of every campaign whose opening states a draw. Says nothing of campaigns from before there was one.
pub fn check(ledger: &Ledger, findings: &mut Findings) {
    let name = "draw";
    let mut campaigns: BTreeMap<CampaignId, Option<Stated>> = BTreeMap::new();
    for known in of_kind(ledger, EventKind::CampaignOpened) {
        let (Some(campaign), Some(share)) = (known.entry.campaign, known.entry.data_int("blind_share")) else { continue };
        let seed = known.entry.data_code("blind_seed").map(hash_from_hex);
        let stated = match (u32::try_from(share).ok().filter(|share| *share <= 100), seed) {
            (Some(share), Some(Some(seed))) => Some(Stated { seed, share }),
            (Some(0), None) => None,
            _ => {
                let place = Place::member(ENTRIES).entry(known.index).id(campaign.to_string());
                findings.failed(
                    name,
                    place,
                    "the opening does not say how items to be judged first are drawn: a share up to 100 and a seed",
                );
                continue;
            }
        };
        campaigns.insert(campaign, stated);
    }
    if campaigns.is_empty() {
        return;
    }
    let (mut drawn, mut could) = (0_u64, 0_u64);
    for known in of_kind(ledger, EventKind::ItemCreated) {
        let (Some(campaign), Some(item)) = (known.entry.campaign, known.entry.item) else { continue };
        let Some(stated) = campaigns.get(&campaign) else { continue };
        let said = known.entry.data_code("draw");
        let problem = match (stated, said) {
            (None, None) | (Some(_), Some(BY_A_RULE)) => None,
            (None, Some(_)) => Some("the entry speaks of a draw, and the campaign's opening states none"),
            (Some(stated), Some(word @ (DRAWN | NOT_DRAWN))) => {
                let is = is_drawn(&stated.seed, stated.share, item);
                could += 1;
                drawn += u64::from(is);
                (is != (word == DRAWN))
                    .then_some("drawn again, the item is judged first where the entry says that it is not, or not where it says so")
            }
            (Some(_), _) => Some("the entry does not say whether the item was drawn to be judged first"),
        };
        if let Some(problem) = problem {
            findings.failed(name, Place::member(ENTRIES).entry(known.index).id(item.to_string()), problem);
        }
    }
    if findings.clean(name) {
        findings.passed(name, format!("drawn again, {drawn} of {could} items are judged first, the ones that the entries name"));
    }
}

fn of_kind(ledger: &Ledger, kind: EventKind) -> impl Iterator<Item = &Known> {
    ledger.iter().filter(move |known| known.entry.kind == kind)
}
