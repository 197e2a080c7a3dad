//! What people do in a company while the program is killed under them: they read the sources, open three kinds of campaigns,
//! link their accounts, and answer. Whoever gets no answer presses the button again, or gives up.

use crate::{
    Dice,
    house::{self, House},
    program::{Got, Line, PUBLIC},
    until,
};
use domain::{
    Answer, AttemptId, CampaignId, GrantPath, IdentityId, ItemId, ReviewState, RevokeWhy, Role, SourceId, SourceKind, UserId, time::DAY,
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use store::{Tx, decisions::ReviewItem};
use tokio::sync::watch;
use url::Url;

/// How the platforms' own campaigns are called.
const OKTA: &str = "Quarterly review of groups";
const ENTRA: &str = "Quarterly review of applications and groups";
/// How many people answer.
const REVIEWERS: usize = 3;
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

/// What the company was told.
#[derive(Debug, Clone)]
pub struct Told {
    pub okta: SourceId,
    pub entra: SourceId,
    /// Every campaign that was opened, by the program's word.
    pub campaigns: Vec<CampaignId>,
    /// Answers in the order in which they were given to each item.
    pub tries: Vec<Try>,
    /// Links that the program showed as made.
    pub links: Vec<(UserId, SourceId)>,
    pub administrator: Person,
}

#[derive(Debug, Default)]
struct Book {
    told: Mutex<Option<Told>>,
    tries: Mutex<Vec<Try>>,
    links: Mutex<Vec<(UserId, SourceId)>>,
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
        let told = self.book.told.lock().unwrap().clone().unwrap();
        Told { tries: self.book.tries.lock().unwrap().clone(), links: self.book.links.lock().unwrap().clone(), ..told }
    }
}

/// Somebody with a browser, signed in.
#[derive(Debug, Clone)]
pub struct Person {
    line: Line,
    cookie: String,
}

impl Person {
    async fn once_get(&self, path: &str) -> Option<Got> {
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
    async fn once_post(&self, path: &str, fields: &[(&str, String)]) -> Option<Got> {
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
struct Desk {
    config: PathBuf,
    line: Line,
    book: Arc<Book>,
}

/// Somebody who answers: who it is, and the account at each platform.
#[derive(Debug, Clone)]
struct Reviewer {
    email: String,
    identity: IdentityId,
    accounts: BTreeMap<SourceId, String>,
    items: Vec<ItemId>,
}

impl Desk {
    async fn person(&self, name: &str, email: Option<&str>, role: Role) -> (Person, UserId, Option<IdentityId>) {
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
        let mut asked: BTreeMap<IdentityId, BTreeMap<(bool, SourceId), Vec<(bool, ItemId)>>> = BTreeMap::new();
        for campaign in campaigns {
            let native = tx.native_campaign(*campaign).await.unwrap().is_some();
            for item in tx.review_items_in_state(*campaign, ReviewState::Undecided, 0, 5_000).await.unwrap() {
                let of = if native { item.source } else { sources[0] };
                let hangs = !native && !ends_alone(&mut tx, &item).await;
                asked.entry(item.reviewer).or_default().entry((native, of)).or_default().push((hangs, item.id));
            }
        }
        let most = |kinds: &BTreeMap<(bool, SourceId), Vec<(bool, ItemId)>>| -> usize {
            kinds.iter().map(|((native, _), items)| items.len().min(ITEMS) * if *native { 10 } else { 1 }).sum()
        };
        let mut ranked: Vec<_> = asked.into_iter().collect();
        ranked.sort_by_key(|(identity, kinds)| (std::cmp::Reverse(most(kinds)), *identity));
        let mut reviewers = Vec::new();
        for (identity, kinds) in ranked {
            let (mut accounts, mut email) = (BTreeMap::new(), None);
            for source in sources {
                let seq = tx.source(source).await.unwrap().unwrap().last_seq.unwrap();
                if let Some(account) = tx.account_of_identity(source, identity, seq).await.unwrap() {
                    email = email.or(account.email);
                    accounts.insert(source, account.external_id);
                }
            }
            let Some(email) = email else { continue };
            let mut items: Vec<ItemId> = kinds
                .into_values()
                .flat_map(|mut all| {
                    shuffle(&mut all, dice);
                    // Mostly what a removal ends by itself: what hangs together waits for a person sooner or later.
                    all.sort_by_key(|(hangs, _)| *hangs);
                    let last = all.pop();
                    all.truncate(ITEMS - 1);
                    all.into_iter().chain(last).map(|(_, id)| id)
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
    let told = Told { okta, entra, campaigns: campaigns.clone(), tries: Vec::new(), links: Vec::new(), administrator };
    *desk.book.told.lock().unwrap() = Some(told);
    let reviewers = desk.reviewers([okta, entra], &campaigns, &dice).await;
    assert_eq!(reviewers.len(), REVIEWERS);
    now.send_replace(Phase::PeopleAnswer);
    let answering = reviewers.into_iter().enumerate().map(|(number, reviewer)| {
        let dice = Dice::new(dice.up_to(1 << 40));
        tokio::spawn(answer_all(desk.clone(), number, reviewer, dice))
    });
    for done in answering.collect::<Vec<_>>() {
        done.await.unwrap();
    }
    now.send_replace(Phase::AllAnswered);
}

/// Opens the campaigns of that name that the platforms run, two at most.
async fn open_native(owner: &Person, name: &str, by_service: bool) -> Vec<CampaignId> {
    let list = owner.get("/campaigns/platforms").await.body.replace("<!>", "");
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

/// A reviewer answers what they are asked. The first links their accounts before, the others when answers wait already.
async fn answer_all(desk: Desk, number: usize, reviewer: Reviewer, dice: Dice) {
    let (person, user, identity) = desk.person(&format!("reviewer {number}"), Some(&reviewer.email), Role::Reviewer).await;
    assert_eq!(identity, Some(reviewer.identity), "{} is known by the e-mail address", reviewer.email);
    let links_at = number * reviewer.items.len() / (REVIEWERS + 1);
    for (at, item) in reviewer.items.iter().enumerate() {
        if at == links_at {
            for (source, account) in &reviewer.accounts {
                link(&person, *source, account).await;
                desk.book.links.lock().unwrap().push((user, *source));
            }
        }
        let answer = if dice.one_in(3) { Answer::Approve } else { Answer::Revoke };
        let recorded = answers(&desk, &person, user, *item, answer, &dice).await;
        if recorded && dice.one_in(6) {
            let other = if answer == Answer::Approve { Answer::Revoke } else { Answer::Approve };
            answers(&desk, &person, user, *item, other, &dice).await;
        }
    }
}

/// Answers an item. False where nothing was acknowledged.
async fn answers(desk: &Desk, person: &Person, by: UserId, item: ItemId, answer: Answer, dice: &Dice) -> bool {
    let page = person.get(&format!("/items/{item}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let path = format!("/items/{item}/decide");
    let form = format!("action=\"{path}\"");
    // What is final at its platform, or on its way there, has no form any more.
    let Some(attempt) = page.hidden(&form, "attempt") else { return false };
    let mut fields = vec![("attempt", attempt.clone())];
    fields.extend(["expected_version", "shown"].map(|name| (name, page.hidden(&form, name).unwrap())));
    fields.extend([("answer", answer.to_string()), ("note", "Talked it over with the team.".to_owned())]);
    if answer == Answer::Revoke {
        fields.push(("why", RevokeWhy::NoLongerNeeded.to_string()));
    }
    let attempt: AttemptId = attempt.parse().unwrap();
    desk.book.tries.lock().unwrap().push(Try { item, attempt, answer, by, acknowledged: false });
    loop {
        match person.once_post(&path, &fields).await {
            Some(got) if got.status == 303 => {
                let mut tries = desk.book.tries.lock().unwrap();
                tries.iter_mut().filter(|one| one.attempt == attempt).for_each(|one| one.acknowledged = true);
                return true;
            }
            // Final or on its way since the page was opened: the program said that nothing was recorded.
            Some(got) if got.status == 409 => return false,
            Some(got) => panic!("{path} answered {}: {}", got.status, got.body),
            None if dice.one_in(3) => return false,
            None => {}
        }
    }
}

/// Links an account, from the beginning as often as it takes for the account's page to show it.
async fn link(person: &Person, source: SourceId, account: &str) {
    loop {
        let begun = person.get(&format!("/account/link/{source}")).await;
        assert_eq!(begun.status, 303, "{}", begun.body);
        let back = come_back(&begun.location, account).await;
        if person.once_get(&back).await.is_some_and(|done| done.status == 303)
            && person.get("/account").await.body.contains(&format!("action=\"/account/unlink/{source}\""))
        {
            return;
        }
    }
}

/// What a browser does at the platform: signs in with this account, allows, and comes back to this path and query.
async fn come_back(url: &str, account: &str) -> String {
    let url = Url::parse(url).unwrap();
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.push(("sign_in_as".to_owned(), account.to_owned()));
    form.push(("allow".to_owned(), "yes".to_owned()));
    let mut action = url.clone();
    action.set_query(None);
    if action.path().ends_with("/oauth2/v2.0/authorize") {
        let tenant = action.path_segments().unwrap().next().unwrap().to_owned();
        action.set_path(&format!("/{tenant}/sign-in"));
    }
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(crate::PATIENCE);
    let back = browser.build().unwrap().post(action).form(&form).send().await.unwrap();
    let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
    format!("{}?{}", back.path(), back.query().unwrap_or_default())
}
