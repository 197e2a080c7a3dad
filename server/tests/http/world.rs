//! A small company, a campaign, the program, and a sign-in provider on loopback.

use crate::platforms::Platforms;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    response::Response,
};
use domain::{AccountStatus, Answer, AttemptId, CampaignId, Env, IdentityId, ManualClock, Policy, Role, time::DAY};
use ledger::{PseudonymKey, SigningKey};
use review::{
    Context, Keys, SignIn,
    connectors::Connectors,
    open::{self, OpenForm, Scope},
    sources::{self, NewSource, Place},
    sync,
    users::{self, SignedIn},
};
use server::{
    config::Sessions,
    serve::{self, App, Setup},
    signin::ProviderSetup,
};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};
use store::{Sealer, SealingKey, access::Account, decisions::ReviewItem, testing::Fresh};
use tenant::{company, idp};
use tower::ServiceExt as _;
use url::Url;

/// The address that people use.
pub const HERE: &str = "http://127.0.0.1:9";

pub struct Real(pub Env);

impl idp::Clock for Real {
    fn now_micros(&self) -> i64 {
        self.0.now().micros()
    }
}

impl idp::Random for Real {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.random.fill(bytes);
    }
}

/// Everything. Time stands still until a test moves the clock.
pub struct World {
    /// The address that people use.
    pub here: String,
    pub clock: Arc<ManualClock>,
    pub app: App,
    pub router: Router,
    pub ctx: Context,
    pub campaign: CampaignId,
    /// An item of the reviewer "own".
    pub item: ReviewItem,
    pub provider: idp::Handle,
    /// How the program knows the provider.
    pub at_provider: ProviderSetup,
    /// The e-mail addresses of "reviewer" and "other-reviewer".
    reviewers: [String; 2],
    /// The platforms, where there are any.
    pub platforms: Option<Platforms>,
    _fresh: Fresh,
    _folder: tempfile::TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: String,
}

impl Got {
    pub async fn of(answer: Response) -> Self {
        let (parts, body) = answer.into_parts();
        let stream = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        // A stream does not end by itself; that it began is enough.
        let body = if stream { String::new() } else { String::from_utf8_lossy(&to_bytes(body, 8 << 20).await.unwrap()).into_owned() };
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub fn location(&self) -> String {
        self.headers.get(header::LOCATION).expect("a redirect").to_str().unwrap().to_owned()
    }

    pub fn cookie(&self) -> Option<String> {
        let set = self.headers.get(header::SET_COOKIE)?.to_str().unwrap();
        Some(set.split(';').next().unwrap().to_owned())
    }

    /// The value of a hidden field, the first of that name after `from`.
    pub fn hidden(&self, from: &str, name: &str) -> String {
        let part = &self.body[self.body.find(from).expect("the page has the form")..];
        let at = part.find(&format!("name=\"{name}\"")).expect("the form has the field");
        let tag = &part[part[..at].rfind('<').expect("a tag")..];
        let value = &tag[tag.find("value=\"").expect("a value") + 7..];
        value[..value.find('"').expect("an end")].to_owned()
    }
}

fn person(sub: &str, email: &str, groups: &[&str]) -> idp::IdpPerson {
    idp::IdpPerson {
        sub: sub.to_owned(),
        name: format!("Person {sub}"),
        email: email.to_owned(),
        groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        note: String::new(),
    }
}

/// Those who can sign in, with their roles.
pub const PEOPLE: [(&str, &[Role]); 8] = [
    ("reviewer", &[Role::Reviewer]),
    ("other-reviewer", &[Role::Reviewer]),
    ("owner", &[Role::Owner]),
    ("other-owner", &[Role::Owner]),
    ("administrator", &[Role::Administrator]),
    ("compliance", &[Role::Compliance]),
    ("auditor", &[Role::Auditor]),
    ("nobody", &[]),
];

impl World {
    pub async fn new() -> Self {
        Self::at(HERE).await
    }

    /// A world that people reach at this address.
    pub async fn at(here: &str) -> Self {
        Self::on(store::testing::sqlite().await.unwrap(), here).await
    }

    /// A world on this database.
    pub async fn on(fresh: Fresh, here: &str) -> Self {
        Self::made(fresh, here, false).await
    }

    /// A world whose company is on simulated platforms too, with a campaign of Okta's and reviews of Entra's under way.
    /// "reviewer" is somebody whom both of them ask.
    pub async fn with_platforms(fresh: Fresh) -> Self {
        Self::made(fresh, HERE, true).await
    }

    async fn made(fresh: Fresh, here: &str, with_platforms: bool) -> Self {
        let real = server::env::real(None);
        let clock = Arc::new(ManualClock::new(real.now()));
        let env = Env { clock: clock.clone(), ..real };
        let folder = tempfile::tempdir().unwrap();
        let ctx = Context {
            store: fresh.store.clone(),
            env: env.clone(),
            origin: "test.example".into(),
            keys: Arc::new(Keys { pseudonyms: PseudonymKey::new("test", [1; 32]), signing: SigningKey::from_bytes(&[2; 32]) }),
            folder: Arc::new(folder.path().to_owned()),
            connectors: Arc::new(Connectors::new(Sealer::new(vec![SealingKey::new("test", [3; 32])]).unwrap())),
        };
        let files: PathBuf = folder.path().join("source");
        let company = company::Company::generate(company::Config::new(7, env.now().micros()).people(60)).unwrap();
        company.write_files(&files).unwrap();
        let settings = std::fs::read_to_string(files.join("settings.json")).unwrap_or_default();
        let new =
            NewSource { name: "Meridian".to_owned(), place: Place::Files { folder: files }, settings, max_age: 7 * DAY, read_every: None };
        let source = sources::create(&ctx, None, &new).await.unwrap();
        sync::sync(&ctx, None, source).await.unwrap();

        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let owner = SignedIn {
            issuer: issuer.clone(),
            subject: "owner".to_owned(),
            name: "Person owner".to_owned(),
            email: None,
            roles: [Role::Owner].into(),
            zone: None,
            sign_in: SignIn::default(),
        };
        let owner = users::signed_in(&ctx, &owner).await.unwrap();
        let form = OpenForm {
            name: "Everything".to_owned(),
            sources: [source].into(),
            scope: Scope::All,
            due_at: env.now().plus(20 * DAY),
            time_zone: "Europe/Zurich".to_owned(),
            policy: Policy::default(),
            showing: domain::Showing::Shown,
        };
        let campaign = open::open(&ctx, &owner, env.id::<AttemptId>(), &form).await.unwrap();
        let (item, mut emails) = reviewers(&ctx, campaign, &company).await;
        let platforms = if with_platforms { Some(Platforms::start(&ctx, &clock, &company).await) } else { None };
        if let Some(platforms) = &platforms {
            emails.insert(0, platforms.asked_by_both(&ctx, &owner, &company).await);
            emails.dedup();
        }

        let reviewers = [emails[0].clone(), emails[1].clone()];
        let people = PEOPLE
            .iter()
            .map(|(sub, roles)| {
                let email = email(&reviewers, sub);
                let groups: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
                person(sub, &email, &groups)
            })
            .collect();
        let config = idp::Config {
            organisation: "Meridian".to_owned(),
            clients: vec![idp::Client {
                id: "countersign".to_owned(),
                secret: Some("a secret".to_owned()),
                redirect_uris: vec![format!("{here}/sign-in/callback")],
                post_logout_redirect_uris: vec![format!("{here}/sign-in")],
            }],
            people,
            clock: Arc::new(Real(env.clone())),
            random: Arc::new(Real(env.clone())),
        };
        let provider = idp::serve(listener, config).unwrap();
        let at_provider = ProviderSetup {
            name: "Meridian SSO".to_owned(),
            issuer: provider.issuer().to_owned(),
            client_id: "countersign".to_owned(),
            client_secret: Some("a secret".into()),
            scopes: vec!["profile".to_owned(), "email".to_owned(), "groups".to_owned()],
            role_claim: "groups".to_owned(),
            roles: Role::ALL.iter().map(|role| (role.as_str().to_owned(), *role)).collect(),
        };
        let setup = Setup {
            ctx: ctx.clone(),
            sealer: Sealer::new(vec![SealingKey::new("test", [3; 32])]).unwrap(),
            public_url: Url::parse(here).unwrap(),
            time_zone: "Europe/Zurich".to_owned(),
            policy: Policy::default(),
            sessions: Sessions::default(),
            providers: vec![at_provider.clone()],
            demo: Some(Vec::new()),
        };
        let app = serve::build(setup).unwrap();
        let router = app.router();
        Self {
            here: here.to_owned(),
            clock,
            app,
            router,
            ctx,
            campaign,
            item,
            provider,
            at_provider,
            reviewers,
            platforms,
            _fresh: fresh,
            _folder: folder,
        }
    }

    /// The e-mail address that somebody signs in with.
    pub fn email(&self, sub: &str) -> String {
        email(&self.reviewers, sub)
    }

    /// Has these be somebody in the source who is still here: people of whom nothing is asked take their addresses.
    pub async fn employ(&self, subs: impl Iterator<Item = &str>) {
        let mut tx = self.ctx.store.begin().await.unwrap();
        let accounts = tx.accounts_at(self.item.source, self.item.seq).await.unwrap();
        let here = |account: &Account| account.status == Some(AccountStatus::Active) && account.end.is_none();
        let free = accounts.into_iter().filter(|account| account.id != self.item.account && here(account));
        let mut free = free.filter_map(|account| account.email);
        for sub in subs {
            let old = free.find(|email| !self.reviewers.contains(email)).unwrap().to_lowercase();
            let new = self.email(sub);
            let taken = format!("UPDATE account_versions SET email = '{new}', email_key = '{new}' WHERE email_key = '{old}'");
            assert_eq!(tx.tamper(&taken).await.unwrap(), 1, "{sub}");
        }
        tx.commit().await.unwrap();
    }

    pub async fn send(&self, request: Request<Body>) -> Got {
        Got::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn get(&self, path: &str, cookie: Option<&str>) -> Got {
        let mut request = Request::get(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, cookie: Option<&str>, fields: &[(&str, String)]) -> Got {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("origin", &self.here)
            .header("sec-fetch-site", "same-origin");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Goes to the provider and back up to the callback's address; returns it with the cookie that began.
    pub async fn to_callback(&self, sub: &str, start: &str) -> (String, String) {
        let begun = self.get(start, None).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
        let cookie = begun.cookie().expect("a session begins");
        let asked = Url::parse(&begun.location()).unwrap();
        let mut form: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
        form.push(("sign_in_as".to_owned(), sub.to_owned()));
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        // Wherever the program sends people: there may be several providers.
        let provider = asked.origin().ascii_serialization();
        let back = http.post(format!("{provider}/sign-in")).form(&form).send().await.unwrap();
        let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        (format!("{}?{}", back.path(), back.query().unwrap()), cookie)
    }

    /// Signs in at the first provider; returns the cookie.
    pub async fn sign_in(&self, sub: &str) -> String {
        self.sign_in_at(0, sub).await
    }

    /// Signs in at the provider of this number; returns the cookie.
    pub async fn sign_in_at(&self, provider: usize, sub: &str) -> String {
        let (back, cookie) = self.to_callback(sub, &format!("/sign-in/start?provider={provider}")).await;
        let done = self.get(&back, Some(&cookie)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        done.cookie().expect("a new cookie")
    }

    /// Hides or shows the recommendations of the campaign, as an opening would have.
    pub async fn hide(&self, hidden: bool) {
        let mut tx = self.ctx.store.begin().await.unwrap();
        let word = if hidden { "hidden" } else { "shown" };
        tx.tamper(&format!("UPDATE campaigns SET recommendations = '{word}'")).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub fn attempt(&self) -> String {
        self.ctx.env.id::<AttemptId>().to_string()
    }

    /// The fields of an answer, as the item's page shows them.
    pub async fn answer_fields(&self, cookie: &str, answer: Answer) -> Vec<(&'static str, String)> {
        let page = self.get(&format!("/items/{}", self.item.id), Some(cookie)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let form = format!("/items/{}/decide", self.item.id);
        vec![
            ("attempt", page.hidden(&form, "attempt")),
            ("expected_version", page.hidden(&form, "expected_version")),
            ("shown", page.hidden(&form, "shown")),
            ("answer", answer.to_string()),
        ]
    }
}

fn email(reviewers: &[String; 2], sub: &str) -> String {
    match sub {
        "reviewer" => reviewers[0].clone(),
        "other-reviewer" => reviewers[1].clone(),
        _ => format!("{sub}@elsewhere.example"),
    }
}

/// An item of a reviewer, and the e-mail addresses of that reviewer and of another.
async fn reviewers(ctx: &Context, campaign: CampaignId, company: &company::Company) -> (ReviewItem, Vec<String>) {
    let mut tx = ctx.store.read().await.unwrap();
    let items = tx.review_items_in_state(campaign, domain::ReviewState::Undecided, 0, 2_000).await.unwrap();
    let mut by_email: BTreeMap<IdentityId, String> = BTreeMap::new();
    for person in company.people() {
        let email = person.email.clone();
        let found = tx.candidates_by_email(&email).await.unwrap();
        if let [one] = found.as_slice() {
            by_email.insert(one.identity, email);
        }
    }
    let mut seen: Vec<IdentityId> = Vec::new();
    let mut first = None;
    // What is recommended for the item that tests look at is in view.
    for item in items.into_iter().filter(|item| !item.blind) {
        if by_email.contains_key(&item.reviewer) && !seen.contains(&item.reviewer) {
            seen.push(item.reviewer);
            first.get_or_insert(item);
        }
    }
    let emails = seen.iter().map(|id| by_email[id].clone()).collect();
    (first.expect("an item"), emails)
}
