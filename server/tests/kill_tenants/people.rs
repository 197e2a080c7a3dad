//! What people do in a company while the program is killed under them: they read the sources, open three kinds of campaigns,
//! and answer or pass on what they are asked ([`crate::answering`]). Whoever gets no answer presses the button again, or gives
//! up.

use crate::{
    Dice,
    answering::{self, Mail},
    house::{self, House},
    program::{Got, Line, PUBLIC},
    until,
};
use domain::{Answer, AttemptId, CampaignId, GrantPath, IdentityId, ItemId, ReviewState, Role, SourceId, SourceKind, UserId, time::DAY};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use store::{
    Tx,
    decisions::{HandoverKind, ReviewItem},
};
use tokio::sync::{mpsc, watch};

/// How the platforms' own campaigns are called.
const OKTA: &str = "Quarterly review of groups";
const ENTRA: &str = "Quarterly review of applications and groups";
/// How many people answer.
pub const REVIEWERS: usize = 3;
/// How many items of one kind of campaign each of them answers at most.
const ITEMS: usize = 7;

/// An answer that somebody gave.
#[derive(Debug, Clone)]
pub struct Try {
    pub item: ItemId,
    pub attempt: AttemptId,
    pub answer: Answer,
    pub by: UserId,
    /// The program said that it was recorded.
    pub acknowledged: bool,
}

/// A question that somebody passed on to somebody else.
#[derive(Debug, Clone)]
pub struct Passed {
    pub item: ItemId,
    pub attempt: AttemptId,
    /// Escalated, or handed over.
    pub kind: HandoverKind,
    pub from: IdentityId,
    pub to: IdentityId,
    pub by: UserId,
    /// The program said that it was done.
    pub acknowledged: bool,
}

/// What the company was told.
#[derive(Debug, Clone)]
pub struct Told {
    pub okta: SourceId,
    pub entra: SourceId,
    /// Every campaign that was opened, by the program's word.
    pub campaigns: Vec<CampaignId>,
    /// Answers in the order in which they were given to each item.
    pub tries: Vec<Try>,
    /// Questions that were passed on, each item's once at most.
    pub passed: Vec<Passed>,
    /// Links that the program showed as made.
    pub links: Vec<(UserId, SourceId)>,
    pub administrator: Person,
}

/// What is written down while it happens.
#[derive(Debug, Default)]
pub struct Book {
    told: Mutex<Option<Told>>,
    pub tries: Mutex<Vec<Try>>,
    pub passed: Mutex<Vec<Passed>>,
    pub links: Mutex<Vec<(UserId, SourceId)>>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Begins,
    PeopleAnswer,
    AllAnswered,
}

/// Everything that people do, beside whoever kills the program.
pub struct Story {
    phase: watch::Receiver<Phase>,
    book: Arc<Book>,
}

impl Story {
    pub fn begin(house: &House, dice: Dice) -> Self {
        let (now, phase) = watch::channel(Phase::Begins);
        let book = Arc::new(Book::default());
        let desk = Desk { config: house.config.clone(), line: house.program.line(), book: Arc::clone(&book) };
        // A failed expectation there drops the sender, and whoever waits here fails with it.
        tokio::spawn(live(desk, dice, now));
        Self { phase, book }
    }

    async fn reaches(&self, phase: Phase) {
        let mut here = self.phase.clone();
        let reached = tokio::time::timeout(crate::PATIENCE * 2, here.wait_for(|now| *now >= phase)).await;
        assert!(reached.is_ok_and(|reached| reached.is_ok()), "people could not go on; see above. They should have come to {phase:?}");
    }

    /// Waits until campaigns are open and people answer.
    pub async fn people_answer(&self) {
        self.reaches(Phase::PeopleAnswer).await;
    }

    /// Waits until everybody has answered and nothing is on its way any more.
    pub async fn over(&self, house: &House) {
        self.reaches(Phase::AllAnswered).await;
        until("at rest", || house.is_at_rest()).await;
    }

    /// What the company was told.
    pub fn told(&self) -> Told {
        let (told, book) = (self.book.told.lock().unwrap().clone().unwrap(), &self.book);
        Told {
            tries: book.tries.lock().unwrap().clone(),
            passed: book.passed.lock().unwrap().clone(),
            links: book.links.lock().unwrap().clone(),
            ..told
        }
    }
}

/// Somebody with a browser, signed in.
#[derive(Debug, Clone)]
pub struct Person {
    line: Line,
    cookie: String,
}

impl Person {
    pub async fn once_get(&self, path: &str) -> Option<Got> {
        self.line.once(|http, base| http.get(format!("{base}{path}")).header("cookie", &self.cookie)).await
    }

    /// Looks at a page, as often as it takes to see it.
    pub async fn get(&self, path: &str) -> Got {
        loop {
            if let Some(got) = self.once_get(path).await {
                return got;
            }
        }
    }

    /// Sends a form once.
    pub async fn once_post(&self, path: &str, fields: &[(&str, String)]) -> Option<Got> {
        let make = |http: &reqwest::Client, base: &str| {
            let request = http.post(format!("{base}{path}")).form(fields).header("cookie", &self.cookie);
            request.header("origin", PUBLIC).header("sec-fetch-site", "same-origin")
        };
        self.line.once(make).await
    }

    /// Sends a form until the program says that it is done. The same form again, as a second press of the button does it.
    pub async fn press(&self, path: &str, fields: &[(&str, String)]) -> Got {
        loop {
            if let Some(got) = self.once_post(path, fields).await {
                assert_eq!(got.status, 303, "{path}: {}", got.body);
                return got;
            }
        }
    }
}

/// What everybody in the company works with.
#[derive(Clone)]
pub struct Desk {
    config: PathBuf,
    line: Line,
    pub book: Arc<Book>,
}

/// Who runs the campaign that a question belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Okta,
    Entra,
    /// Nobody else: it is our own.
    Here,
}

/// A question that somebody is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub item: ItemId,
    pub place: Place,
}

/// Somebody who answers: who it is, and the account at each platform.
#[derive(Debug, Clone)]
pub struct Reviewer {
    pub email: String,
    pub identity: IdentityId,
    pub accounts: BTreeMap<SourceId, String>,
    pub items: Vec<Asked>,
}

impl Desk {
    pub async fn person(&self, name: &str, email: Option<&str>, role: Role) -> (Person, UserId, Option<IdentityId>) {
        let (cookie, user, identity) = house::sign_in(&self.config, name, email, role).await;
        (Person { line: self.line.clone(), cookie }, user, identity)
    }

    /// The sources of the configuration, once the program has connected them.
    async fn sources(&self) -> (SourceId, SourceId) {
        until("connected to the sources", || async { house::sources(&self.config).await.len() == 2 }).await;
        let found = house::sources(&self.config).await;
        (found[&SourceKind::Okta], found[&SourceKind::Entra])
    }

    /// The people whom the campaigns ask most, with what they are asked.
    async fn reviewers(&self, sources: [SourceId; 2], campaigns: &[CampaignId], dice: &Dice) -> Vec<Reviewer> {
        let installation = house::open(&self.config).await;
        let mut tx = installation.ctx.store.read().await.unwrap();
        let mut asked: BTreeMap<IdentityId, BTreeMap<Place, Vec<(bool, Asked)>>> = BTreeMap::new();
        for campaign in campaigns {
            let native = tx.native_campaign(*campaign).await.unwrap();
            let place = native.map_or(Place::Here, |native| if native.source == sources[0] { Place::Okta } else { Place::Entra });
            for item in tx.review_items_in_state(*campaign, ReviewState::Undecided, 0, 5_000).await.unwrap() {
                let hangs = place == Place::Here && !ends_alone(&mut tx, &item).await;
                asked.entry(item.reviewer).or_default().entry(place).or_default().push((hangs, Asked { item: item.id, place }));
            }
        }
        let most = |kinds: &BTreeMap<Place, Vec<(bool, Asked)>>| -> usize {
            kinds.iter().map(|(place, items)| items.len().min(ITEMS) * if *place == Place::Here { 1 } else { 10 }).sum()
        };
        let mut ranked: Vec<_> = asked.into_iter().collect();
        ranked.sort_by_key(|(identity, kinds)| (std::cmp::Reverse(most(kinds)), *identity));
        let mut reviewers = Vec::new();
        for (identity, kinds) in ranked {
            let (mut accounts, mut email, mut administers) = (BTreeMap::new(), None, false);
            for source in sources {
                let seq = tx.source(source).await.unwrap().unwrap().last_seq.unwrap();
                if let Some(account) = tx.account_of_identity(source, identity, seq).await.unwrap() {
                    for grant in tx.grants_of(account.id, seq).await.unwrap() {
                        let what = tx.external_entitlement(grant.entitlement).await.unwrap().unwrap();
                        administers |= what.starts_with("role:");
                    }
                    email = email.or(account.email);
                    accounts.insert(source, account.external_id);
                }
            }
            // People link once here, and an administrator's token is for one sending.
            let Some(email) = email.filter(|_| !administers) else { continue };
            let mut items: Vec<Asked> = kinds
                .into_values()
                .flat_map(|mut all| {
                    shuffle(&mut all, dice);
                    // Mostly what a removal ends by itself: what hangs together waits for a person sooner or later.
                    all.sort_by_key(|(hangs, _)| *hangs);
                    let last = all.pop();
                    all.truncate(ITEMS - 1);
                    all.into_iter().chain(last).map(|(_, asked)| asked)
                })
                .collect();
            shuffle(&mut items, dice);
            reviewers.push(Reviewer { email, identity, accounts, items });
            if reviewers.len() == REVIEWERS {
                break;
            }
        }
        drop(tx);
        installation.ctx.store.close().await;
        reviewers
    }
}

/// Whether a removal of our own would end what an item asks about and nothing else: an application that was given by hand.
async fn ends_alone(tx: &mut Tx, item: &ReviewItem) -> bool {
    let (_, grant) = tx.grant(item.grant).await.unwrap().unwrap();
    let what = tx.external_entitlement(item.entitlement).await.unwrap().unwrap();
    grant.path == GrantPath::Direct && (what.starts_with("0oa") || what.starts_with("app:"))
}

fn shuffle<T>(all: &mut [T], dice: &Dice) {
    for at in (1..all.len()).rev() {
        all.swap(at, usize::try_from(dice.up_to(at as u64)).unwrap());
    }
}

async fn live(desk: Desk, dice: Dice, now: watch::Sender<Phase>) {
    let (administrator, ..) = desk.person("administrator", None, Role::Administrator).await;
    let (owner, ..) = desk.person("owner", None, Role::Owner).await;
    let (okta, entra) = desk.sources().await;
    for source in [okta, entra] {
        administrator.press(&format!("/sources/{source}/sync"), &[]).await;
    }
    for source in [okta, entra] {
        until("read", || house::was_read(&desk.config, source)).await;
    }
    let mut campaigns = open_native(&owner, OKTA, false).await;
    // Where the owner chose so, the service app answers.
    campaigns.extend(open_native(&owner, ENTRA, dice.one_in(2)).await);
    campaigns.push(open_own(&desk, &owner, [okta, entra]).await);
    let (tries, passed, links) = (Vec::new(), Vec::new(), Vec::new());
    let told = Told { okta, entra, campaigns: campaigns.clone(), tries, passed, links, administrator };
    *desk.book.told.lock().unwrap() = Some(told);
    let reviewers = desk.reviewers([okta, entra], &campaigns, &dice).await;
    assert_eq!(reviewers.len(), REVIEWERS);
    now.send_replace(Phase::PeopleAnswer);
    // Whoever passes a question on tells the other, as soon as the program said that it is done.
    let (told, heard): (Vec<_>, Vec<_>) = reviewers.iter().map(|_| mpsc::unbounded_channel()).unzip();
    let everybody: Vec<_> = reviewers.iter().map(|reviewer| reviewer.identity).zip(told).collect();
    let answering = reviewers.into_iter().zip(heard).enumerate().map(|(number, (reviewer, mine))| {
        let others = everybody.iter().filter(|(identity, _)| *identity != reviewer.identity).cloned().collect();
        let dice = Dice::new(dice.up_to(1 << 40));
        tokio::spawn(answering::answer_all(desk.clone(), number, reviewer, Mail { others, mine }, dice))
    });
    let answering: Vec<_> = answering.collect();
    drop(everybody);
    for done in answering {
        done.await.unwrap();
    }
    now.send_replace(Phase::AllAnswered);
}

/// Opens the campaigns of that name that the platforms run, two at most.
async fn open_native(owner: &Person, name: &str, by_service: bool) -> Vec<CampaignId> {
    let list = owner.get("/campaigns/platforms").await.body;
    let lines = list.split("<li><div><h2><bdi>").filter(|line| line.starts_with(name));
    let addresses: Vec<String> = lines
        .filter_map(|line| {
            let begin = line.find("/campaigns/platforms/open?")?;
            Some(line[begin..].split('"').next()?.replace("&amp;", "&"))
        })
        .take(2)
        .collect();
    assert!(!addresses.is_empty(), "{name} is not listed: {list}");
    let mut opened = Vec::new();
    for address in addresses {
        let page = owner.get(&address).await;
        let form = "action=\"/campaigns/platforms/open\"";
        let field = |name: &'static str| (name, page.hidden(form, name).unwrap_or_else(|| panic!("{address}: {}", page.body)));
        let mut fields = ["attempt", "source", "campaign", "run"].map(field).to_vec();
        fields.push(("acknowledge", "true".to_owned()));
        if by_service && page.body.contains("name=\"by_service\"") {
            fields.push(("by_service", "true".to_owned()));
        }
        let got = owner.press("/campaigns/platforms/open", &fields).await;
        opened.push(got.location.strip_prefix("/campaigns/").unwrap().parse().unwrap());
    }
    opened
}

/// Opens a campaign of our own over both platforms, in which an answer is final at once.
async fn open_own(desk: &Desk, owner: &Person, sources: [SourceId; 2]) -> CampaignId {
    let installation = house::open(&desk.config).await;
    let due = installation.ctx.env.now().plus(20 * DAY).to_rfc3339();
    installation.ctx.store.close().await;
    let page = owner.get("/campaigns/open").await;
    let attempt = page.hidden("action=\"/campaigns/open\"", "attempt").unwrap();
    let text = |name: &'static str, value: &str| (name, value.to_owned());
    let mut fields = vec![
        ("attempt", attempt),
        text("name", "Everything"),
        text("scope", "all"),
        text("due_on", due.split('T').next().unwrap()),
        text("due_time", "18:00"),
        text("zone", "UTC"),
        text("default_action", "leave_as_exception"),
        text("undo_minutes", "0"),
        text("step", "confirm"),
    ];
    fields.extend(sources.map(|source| ("sources", source.to_string())));
    owner.press("/campaigns/open", &fields).await.location.strip_prefix("/campaigns/").unwrap().parse().unwrap()
}
