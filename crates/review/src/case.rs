//! An item with everything that deciding about it, closing over it or carrying it out needs.

use crate::{
    Actor, Context, Error, Result,
    native::Followed,
    orders::conflict::Ending,
    say, sources,
    sync::unread::{self, About},
};
use connect::SourceSettings;
use domain::{
    Action, CampaignId, CampaignState, Env, GrantPath, IdentityId, ItemId, ManualClock, Object, Policy, Role, SourceId, SourceKind,
    Timestamp,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::{
    Tx,
    access::{Account, Entitlement, Grant},
    decisions::{Decision, Handover, ReviewItem},
    sources::Source,
};

/// The same context with the clock standing still, so that everything a use case does happened at one moment.
pub(crate) fn at_one_moment(ctx: &Context) -> Context {
    let clock = Arc::new(ManualClock::new(ctx.env.now()));
    Context { env: Env { clock, random: ctx.env.random.clone() }, ..ctx.clone() }
}

/// An item, and what its source says now.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The item and its campaign.
    pub item: ReviewItem,
    /// The grant instance that is asked about, gone or not.
    pub grant: Grant,
    /// How it is held, by the names that people know.
    pub path: GrantPath,
    /// The source.
    pub source: Arc<Source>,
    /// What is declared for the source.
    pub settings: Arc<SourceSettings>,
    /// The campaign's policy, as it was at opening.
    pub policy: Arc<Policy>,
    /// The account as the newest reading that shows it has it.
    pub account: Account,
    /// The entitlement as the newest reading that shows it has it.
    pub entitlement: Entitlement,
    /// Whether the source's last reading shows the account, and whether it shows the entitlement.
    pub shows: (bool, bool),
    /// The item of the same emergency access that the other named person answers (rule 27).
    pub other_seat: Option<ReviewItem>,
    /// The platform's own campaign that the item is part of; `None` in a campaign of ours.
    pub native: Option<Arc<Followed>>,
    /// When the part of the source that shows the grant was last read: before the last reading, where that one could not read
    /// the part. `None` where it never was.
    pub read_at: Option<Timestamp>,
    /// How many people are excepted from the rule that gives it, where a rule does and the source tells.
    pub exceptions: Option<u64>,
}

/// A path by the names that people know: platforms call a group by an id, which is that of the entitlement its membership
/// is. Files give names already.
pub(crate) async fn named_path(tx: &mut Tx, source: &Source, seq: i64, path: &GrantPath) -> Result<GrantPath> {
    if source.kind == SourceKind::Files {
        return Ok(path.clone());
    }
    let mut names = Vec::new();
    for step in path.steps() {
        names.push(tx.name_of_external(source.id, step, seq).await?.unwrap_or_else(|| step.to_owned()));
    }
    Ok(path.with_steps(names))
}

/// Loads cases and keeps what many of them share.
#[derive(Debug, Default)]
pub(crate) struct Cases {
    sources: BTreeMap<SourceId, (Arc<Source>, Arc<SourceSettings>)>,
    policies: BTreeMap<CampaignId, Arc<Policy>>,
    followed: BTreeMap<CampaignId, Option<Arc<Followed>>>,
    about: BTreeMap<SourceId, Arc<About>>,
}

impl Cases {
    /// The case of an item; `None` where there is no such item.
    pub async fn load(&mut self, tx: &mut Tx, item: ItemId) -> Result<Option<Case>> {
        match tx.review_item(item).await? {
            Some(item) => Ok(Some(self.of(tx, item).await?)),
            None => Ok(None),
        }
    }

    /// The case of an item that was read before.
    pub async fn of(&mut self, tx: &mut Tx, item: ReviewItem) -> Result<Case> {
        let (source, settings) = self.source(tx, item.source).await?;
        let policy = self.policy(item.campaign, &item.policy)?;
        let missing = |what: &str| Error::Inconsistent(format!("item {} has no {what}", item.id));
        let (_, grant) = tx.grant(item.grant).await?.ok_or_else(|| missing("grant"))?;
        let now = source.last_seq.unwrap_or(item.seq);
        let (account, entitlement) = (tx.account_at(item.account, now).await?, tx.entitlement_at(item.entitlement, now).await?);
        let shows = (account.is_some(), entitlement.is_some());
        let account = match account {
            Some(account) => account,
            None => tx.account_at(item.account, item.seq).await?.ok_or_else(|| missing("account"))?,
        };
        let entitlement = match entitlement {
            Some(entitlement) => entitlement,
            None => tx.entitlement_at(item.entitlement, item.seq).await?.ok_or_else(|| missing("entitlement"))?,
        };
        let other_seat = tx.other_seat(&item).await?;
        let path = named_path(tx, &source, now, &grant.path).await?;
        let native = self.followed(tx, item.campaign).await?;
        let about = self.about(tx, &source).await?;
        let read_at = unread::read_at(&source, &about.unread, &entitlement.external_id, &grant.path);
        let exceptions = match &grant.path {
            GrantPath::Rule(rule) => about.exceptions.get(rule).copied(),
            _ => None,
        };
        Ok(Case { item, grant, path, source, settings, policy, account, entitlement, shows, other_seat, native, read_at, exceptions })
    }

    /// What a source's last reading says of itself.
    async fn about(&mut self, tx: &mut Tx, source: &Source) -> Result<Arc<About>> {
        if let Some(about) = self.about.get(&source.id) {
            return Ok(about.clone());
        }
        // Files are read as a whole or not at all.
        let about = if source.kind == SourceKind::Files { About::default() } else { unread::about(tx, source).await? };
        let about = Arc::new(about);
        self.about.insert(source.id, about.clone());
        Ok(about)
    }

    /// A source and what is declared for it.
    pub async fn source(&mut self, tx: &mut Tx, id: SourceId) -> Result<(Arc<Source>, Arc<SourceSettings>)> {
        if let Some((source, settings)) = self.sources.get(&id) {
            return Ok((source.clone(), settings.clone()));
        }
        let source = tx.source(id).await?.ok_or_else(|| Error::Inconsistent(format!("there is no source {id}")))?;
        let settings = SourceSettings::parse(&source.settings).map_err(|e| Error::Inconsistent(format!("settings of source {id}: {e}")))?;
        let both = (Arc::new(source), Arc::new(settings));
        self.sources.insert(id, both.clone());
        Ok(both)
    }

    /// The platform's own campaign that one of ours follows.
    pub async fn followed(&mut self, tx: &mut Tx, campaign: CampaignId) -> Result<Option<Arc<Followed>>> {
        if let Some(followed) = self.followed.get(&campaign) {
            return Ok(followed.clone());
        }
        let followed = Followed::load(tx, campaign).await?;
        self.followed.insert(campaign, followed.clone());
        Ok(followed)
    }

    /// A campaign's policy out of its JSON.
    pub fn policy(&mut self, campaign: CampaignId, json: &str) -> Result<Arc<Policy>> {
        if let Some(policy) = self.policies.get(&campaign) {
            return Ok(policy.clone());
        }
        let policy: Policy = serde_json::from_str(json).map_err(|e| Error::Inconsistent(format!("policy of campaign {campaign}: {e}")))?;
        let policy = Arc::new(policy);
        self.policies.insert(campaign, policy.clone());
        Ok(policy)
    }
}

impl Case {
    /// True where the account or the entitlement is kept for emergencies (rule 27), or was when the campaign asked.
    pub fn is_emergency(&self) -> bool {
        self.item.seat > 0
            || self.settings.emergency_accounts.contains(&self.account.external_id)
            || self.settings.emergency_entitlements.contains(&self.entitlement.external_id)
    }

    /// The right way to end this access, where it cannot be removed at its source for this one person (rule 20).
    pub fn right_way(&self) -> Option<String> {
        if let Some(followed) = &self.native {
            // The platform itself removes what is revoked in its campaign, whatever the path.
            return followed.right_way();
        }
        if let Some(instead) = self.settings.instead_of_removal(&self.entitlement.external_id) {
            return Some(instead.to_owned());
        }
        if !sources::removes(&self.source).unwrap_or(true) {
            return Some(format!(
                "No application that may remove access is set up for {}. Remove it on the platform; the next reading proves it.",
                self.source.name
            ));
        }
        self.way_of_path()
    }

    /// The right way to end access that is held by a path which no removal for one person ends.
    pub fn way_of_path(&self) -> Option<String> {
        match &self.path {
            GrantPath::Rule(rule) => {
                let way = format!(
                    "The rule {rule} grants this to everyone it fits, and would grant it again. Change what makes it fit this person, or ask the rule's owner."
                );
                Some(match self.exceptions {
                    Some(used) => format!("{way} {}", excepted(used)),
                    None => way,
                })
            }
            GrantPath::Nested(groups) => Some(format!(
                "This comes through groups within groups: {}. Ask the owner of the innermost group to take this person out, or the owner of an outer one to change what it contains.",
                groups.join(", which is within ")
            )),
            GrantPath::Direct | GrantPath::Group(_) | GrantPath::Role(_) | GrantPath::Package(_) => None,
        }
    }

    /// The grant as one that is to end, for what else would end with it.
    pub fn ending(&self) -> Ending<'_> {
        Ending {
            source: self.item.source,
            kind: self.source.kind,
            account: self.item.account,
            entitlement: &self.entitlement.external_id,
            grant: self.item.grant,
            path: &self.grant.path,
            campaign: self.item.campaign,
        }
    }

    /// How old the last reading that shows the grant is beyond what the source may have, in microseconds; `None` while it is
    /// fresh (rule 4).
    pub fn stale_by(&self, now: Timestamp) -> Option<i64> {
        match self.read_at {
            None => Some(i64::MAX),
            Some(read) => {
                let age = now.since(read);
                (age > self.source.max_age).then(|| age - self.source.max_age)
            }
        }
    }

    /// True where the last reading could not read the part of the source that shows the grant.
    pub fn is_unread(&self) -> bool {
        self.read_at != self.source.last_read_at
    }

    /// When the grant was last read and for how long that counts, as a sentence; and what to do where that is too long ago.
    pub fn last_read(&self) -> (String, String) {
        let (source, limit, zone) = (&self.source.name, say::length(self.source.max_age), &self.item.time_zone);
        let again = format!("An administrator can read {source} again.");
        match self.read_at {
            Some(at) if self.is_unread() => (
                format!(
                    "What {source} says of this access was last read on {}: later readings could not read that part. Readings count as fresh for {limit}.",
                    say::moment(at, zone)
                ),
                format!("The source's page says what {source} refuses; an administrator can grant it and read again."),
            ),
            Some(at) => {
                (format!("{source} was last read on {}, and its readings count as fresh for {limit}.", say::moment(at, zone)), again)
            }
            None => (format!("{source} was never read whole."), again),
        }
    }

    /// Why somebody may not answer this item although it is theirs (rules 27 and 37); `None` where they may.
    pub async fn barred(&self, tx: &mut Tx, who: IdentityId) -> Result<Option<Barred>> {
        if who == self.item.holder {
            return Ok(Some(Barred::Holder));
        }
        if let Some(other) = &self.other_seat
            && asked(other, &tx.handovers_of(other.id).await?).contains(&who)
        {
            return Ok(Some(Barred::OtherSeat));
        }
        let Some(by) = self.grant.granted_by.as_deref() else {
            return Ok(None);
        };
        let provisioner = match tx.identity_of_external_id(self.item.source, by).await? {
            Some(identity) => Some(identity),
            None if by.contains('@') => tx.candidates_by_email(by).await?.first().map(|c| c.identity),
            None => None,
        };
        Ok((provisioner == Some(who)).then_some(Barred::Provisioner))
    }
}

/// The most people that Okta excepts from one group rule.
const MOST_EXCEPTIONS: u64 = 100;

/// What taking somebody out by hand would use up, for who answers for the rule: that choice is theirs (rule 22).
fn excepted(used: u64) -> String {
    let left = match MOST_EXCEPTIONS.saturating_sub(used) {
        0 => "there is no room for another".to_owned(),
        1 => "there is room for one more".to_owned(),
        more => format!("there is room for {more} more"),
    };
    format!(
        "Whoever answers for the rule may also take this person out by hand, which excepts them from it for good: {used} of at most {MOST_EXCEPTIONS} exceptions are used, so {left}."
    )
}

/// Why somebody never reviews an item (rule 37).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barred {
    /// They hold the access themselves. A group's owner who is a member is one of them.
    Holder,
    /// They provisioned it.
    Provisioner,
    /// They are or were asked as the other of the two people who review this emergency access (rule 27).
    OtherSeat,
}

impl Barred {
    /// What to say beside a field that names `who`.
    pub fn named(self, who: &str) -> String {
        match self {
            Self::Holder => format!("{who} holds this access, and nobody reviews their own. Name somebody else."),
            Self::Provisioner => format!("{who} provisioned this access, so somebody else must review it. Name somebody else."),
            Self::OtherSeat => {
                format!("{who} was asked as the other of the two people who review this emergency access. Name somebody else.")
            }
        }
    }

    /// The same without why, beside a field that names `who`, for those who are not shown who holds the access.
    pub fn unsaid(who: &str) -> String {
        format!("{who} may not answer this item. Name somebody else.")
    }

    /// What to say to the person themselves.
    pub const fn yourself(self) -> &'static str {
        match self {
            Self::Holder => "You hold this access yourself, and nobody reviews their own.",
            Self::Provisioner => "You provisioned this access yourself, so somebody else must review it.",
            Self::OtherSeat => {
                "You were asked as the other of the two people who review this emergency access, and nobody answers for both."
            }
        }
    }
}

/// Everybody who was asked about an item, the reviewer of record and the present one included; not those whose asking was taken back.
pub(crate) fn asked(item: &ReviewItem, handovers: &[Handover]) -> BTreeSet<IdentityId> {
    let mut all: BTreeSet<IdentityId> = [item.reviewer_of_record, item.reviewer].into();
    for handover in handovers.iter().filter(|h| h.undone_at.is_none()) {
        all.extend([handover.from, handover.to]);
    }
    all
}

/// Errors unless the item's campaign is open.
pub(crate) fn must_be_open(state: CampaignState) -> Result<()> {
    let why = match state {
        CampaignState::Open => return Ok(()),
        CampaignState::Preparing => "This campaign is still being prepared. Nothing was recorded. Come back when it is open.",
        CampaignState::Closing => "This campaign is closing: answers can no longer be given, changed or undone. Nothing was recorded.",
        CampaignState::Closed => "This campaign is closed, and its items never change again. Nothing was recorded.",
    };
    Err(Error::Refused(why.to_owned()))
}

/// An item, held so that its campaign cannot close and nobody else can change it meanwhile.
pub(crate) async fn held_item(tx: &mut Tx, id: ItemId) -> Result<ReviewItem> {
    let seen = tx.review_item(id).await?.ok_or(Error::NotFound)?;
    tx.hold_campaign_open(seen.campaign).await?;
    if !tx.hold_item(&seen).await? {
        return Ok(seen);
    }
    // Read again: what was read before it was held may be old.
    tx.review_item(id).await?.ok_or(Error::NotFound)
}

/// Errors with "not found" unless this person may read the item: its reviewer, who just answered it or handed it over, its
/// campaign's owner, and the roles that read every item.
pub(crate) fn require_view(actor: &Actor, item: &ReviewItem, decision: Option<&Decision>) -> Result<()> {
    // Who escalated or handed over within the window may still look, to take it back.
    let just_did = decision.is_some_and(|d| d.user == Some(actor.user));
    let as_reviewer = actor.roles.contains(&Role::Reviewer) && (is_reviewer(actor, item) || just_did);
    let as_owner = actor.roles.contains(&Role::Owner) && item.campaign_owner == actor.user;
    actor.require(Action::View, Object::Item, as_reviewer || as_owner)
}

/// Whether the item is this person's to answer.
pub(crate) fn is_reviewer(actor: &Actor, item: &ReviewItem) -> bool {
    actor.identity == Some(item.reviewer)
}
