//! What the platforms run.

use super::platform::{Platform, runs_campaigns};
use crate::{Actor, Context, Result};
use connect::native::{NativeCampaign, NativeResource, NativeState};
use domain::{Action, CampaignId, Object, SourceId, SourceKind};
use std::collections::BTreeMap;
use store::access::Entitlement;

/// A campaign that a platform runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The source whose platform runs it.
    pub source: SourceId,
    /// The source's name.
    pub source_name: String,
    /// Which platform.
    pub kind: SourceKind,
    /// The campaign with the platform's own settings.
    pub campaign: NativeCampaign,
    /// What all of it is about, by the name that the last reading has; `None` where it is about several things, or unknown ones.
    pub about: Option<String>,
    /// Ours, where it was opened here already.
    pub opened: Option<CampaignId>,
}

/// What the platforms run, and which of them did not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Campaigns that take answers or will, by source and name.
    pub campaigns: Vec<Listed>,
    /// Sources that could not be asked: name and why, as a sentence.
    pub unread: Vec<(String, String)>,
    /// True where no source is of a platform that runs campaigns.
    pub nowhere: bool,
}

/// What people call a resource of the platform, by what was read.
pub(super) fn about<'a>(resource: &NativeResource, read: impl Iterator<Item = &'a Entitlement>) -> Option<String> {
    let mut read = read;
    match resource {
        NativeResource::Entitlement(id) => {
            read.find(|entitlement| entitlement.external_id == *id).map(|entitlement| entitlement.display_name().to_owned())
        }
        NativeResource::Entitlements(prefix) => read
            .find(|entitlement| entitlement.external_id.starts_with(prefix.as_str()))
            .map(|entitlement| entitlement.application.clone().unwrap_or_else(|| entitlement.display_name().to_owned())),
        NativeResource::Part { .. } | NativeResource::Unknown(_) => None,
    }
}

/// The name under which people can tell a platform's campaign from its others.
pub(crate) fn title(name: &str, about: Option<&str>) -> String {
    about.map_or_else(|| name.to_owned(), |about| format!("{name}: {about}"))
}

/// The campaigns that the platforms of all sources run now. What is over there is left out, unless it was opened here.
///
/// # Errors
/// [`crate::Error::NotFound`] where the person may not open campaigns. A platform that cannot be asked is listed as such.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Listing> {
    actor.require(Action::Open, Object::Campaign, false)?;
    let mut tx = ctx.store.read().await?;
    let sources = tx.sources().await?;
    let mut opened: BTreeMap<(SourceId, String, String), CampaignId> = BTreeMap::new();
    for source in sources.iter().filter(|source| runs_campaigns(source.kind)) {
        for row in tx.native_campaigns_of(source.id).await? {
            opened.insert((source.id, row.native_campaign, row.native_run), row.campaign);
        }
    }
    let mut read: BTreeMap<SourceId, Vec<Entitlement>> = BTreeMap::new();
    for source in sources.iter().filter(|source| runs_campaigns(source.kind)) {
        if let Some(seq) = source.last_seq {
            read.insert(source.id, tx.entitlements_at(source.id, seq).await?);
        }
    }
    tx.rollback().await?;
    let mut listing = Listing { nowhere: !sources.iter().any(|source| runs_campaigns(source.kind)), ..Listing::default() };
    for source in sources.into_iter().filter(|source| runs_campaigns(source.kind)) {
        let asked = match Platform::open(ctx, &source).await {
            Ok(platform) => platform.campaigns().await.map_err(|why| why.to_string()),
            Err(why) => Err(why.to_string()),
        };
        match asked {
            Err(why) => listing.unread.push((source.name, why)),
            Ok(campaigns) => listing.campaigns.extend(campaigns.into_iter().filter_map(|campaign| {
                let id = campaign.id.clone();
                let ours = opened.get(&(source.id, id.campaign, id.run)).copied();
                let known = read.get(&source.id).map(Vec::as_slice).unwrap_or_default();
                let about = campaign.resource.as_ref().and_then(|resource| about(resource, known.iter()));
                let shown = ours.is_some() || campaign.state != NativeState::Closed;
                shown.then(|| Listed {
                    source: source.id,
                    source_name: source.name.clone(),
                    kind: source.kind,
                    campaign,
                    about,
                    opened: ours,
                })
            })),
        }
    }
    listing.campaigns.sort_by(|a, b| {
        (&a.source_name, &a.campaign.name, &a.about, &a.campaign.id).cmp(&(&b.source_name, &b.campaign.name, &b.about, &b.campaign.id))
    });
    Ok(listing)
}
