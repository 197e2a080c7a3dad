//! An installation with a simulated Okta org and a simulated Entra tenant of one company, in one simulated time.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connect::{
    http::SimulatedPause,
    okta::{Attributes, SigningKey},
};
use domain::{
    Answer, CampaignId, Clock as _, Env, ItemId, ManualClock, Policy, Random as _, ReviewState, RevokeWhy, Role, SeededRandom, SourceId,
    Timestamp, UserId, time::DAY,
};
use review::{
    Actor, Context, Keys, SignIn,
    connectors::Connectors,
    decide::{DecideForm, Decided, decide},
    jobs,
    open::{self, OpenForm, Scope},
    orders,
    sources::{self, Credential, EntraApp, EntraConfig, EntraProof, NewSource, OktaApp, OktaConfig, Place, WebClient},
    sync,
};
use secrecy::SecretString;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use store::{Sealer, SealingKey, User, decisions::ReviewItem, orders::Order, testing::Fresh};
use tenant::{
    company::{Company, Config as CompanyConfig},
    contracts::Contracts,
    entra, idp, okta,
};

pub const NOW: Timestamp = Timestamp(1_795_248_644_000_000);
const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const READER: &str = "11111111-0000-4000-8000-000000000001";
const WEB: &str = "11111111-0000-4000-8000-000000000003";
/// Where the platforms send reviewers back to.
pub const BACK: &str = "http://127.0.0.1:1/linked";
pub const WEB_SECRET: &str = "a secret: with + and %";
const REMOVER: &str = "11111111-0000-4000-8000-000000000002";

struct OneClock(Arc<ManualClock>);

impl idp::Clock for OneClock {
    fn now_micros(&self) -> i64 {
        self.0.now().micros()
    }
}

struct Chance(Mutex<SeededRandom>);

impl idp::Random for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill(bytes);
    }
}

fn chance(seed: u64) -> Arc<Chance> {
    Arc::new(Chance(Mutex::new(SeededRandom::new(seed))))
}

/// A P-256 key in PKCS #8 (RFC 5208, RFC 5915): a fixed head, the scalar, and no public key.
pub fn pem(seed: u8) -> SecretString {
    let mut der = hex::decode("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420").unwrap();
    der.extend([seed; 32]);
    SecretString::from(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der)))
}

/// The vendors' contracts, where they are at hand; says so where they are not.
#[expect(clippy::print_stderr, reason = "what is left out is said")]
fn contracts() -> Option<Contracts> {
    let found = Contracts::above(Path::new(env!("CARGO_MANIFEST_DIR")));
    if found.is_none() {
        eprintln!("LEFT OUT: shared/specs is not here, so no call was judged by the vendors' contracts");
    }
    found
}

fn with<'a>(scopes: &[&'a str], more: &'a str) -> Vec<&'a str> {
    scopes.iter().copied().chain([more]).collect()
}

fn owned(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

pub struct World {
    pub ctx: Context,
    pub clock: Arc<ManualClock>,
    pub okta: okta::Handle,
    pub entra: entra::Handle,
    pub in_okta: SourceId,
    pub in_entra: SourceId,
    pub owner: Actor,
    journal: PathBuf,
    _fresh: Fresh,
    _folder: tempfile::TempDir,
}

/// How the tenants and sources differ from well-behaved ones.
#[derive(Default)]
pub struct Differing {
    pub okta: Option<okta::Misbehaviour>,
    pub entra: Option<entra::Misbehaviour>,
    /// Nobody may remove at Okta from here.
    pub okta_reads_only: bool,
    /// The platforms' own campaigns are read and answered, and reviewers can link their accounts.
    pub native: bool,
    /// Entra runs one more review, which a group answers.
    pub reviewed_by_group: bool,
}

impl World {
    pub async fn new(fresh: Fresh, differing: Differing) -> Self {
        let (env, clock) = Env::simulated(NOW, 7);
        // Campaigns of the platforms need reviewers with several items.
        let people = if differing.native { 120 } else { 60 };
        let company = Company::generate(CompanyConfig::new(7, NOW.micros()).people(people).applications(12)).unwrap();
        let listen = async || tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();

        let (reader, remover) = (pem(11), pem(12));
        let service = |id: &str, key: &SecretString, scopes: &[&str], roles: &[&str]| {
            let mut jwk = SigningKey::from_pem(key).unwrap().public();
            jwk["kid"] = "k1".into();
            okta::ServiceApp { client_id: id.to_owned(), keys: vec![jwk], scopes: owned(scopes), roles: owned(roles), dpop: false }
        };
        let mut config = okta::Config::new(Arc::new(OneClock(clock.clone())), chance(3));
        config.services = vec![
            service(
                "0oareader",
                &reader,
                &with(&connect::okta::READ_SCOPES, connect::okta::GOVERNANCE_READ_SCOPE),
                &["READ_ONLY_ADMIN", "ACCESS_CERTIFICATIONS_ADMIN"],
            ),
            service("0oaremover", &remover, &with(&connect::okta::REMOVE_SCOPES, connect::okta::GOVERNANCE_MANAGE_SCOPE), &["SUPER_ADMIN"]),
        ];
        config.web = vec![okta::WebApp {
            client_id: "0oaweb".to_owned(),
            client_secret: WEB_SECRET.to_owned(),
            name: "Countersign".to_owned(),
            redirect_uris: vec![BACK.to_owned()],
            scopes: owned(&["okta.governance.reviewer.read", "okta.governance.reviewer.manage"]),
        }];
        config.misbehave = differing.okta;
        let contracts = contracts();
        if let Some(contracts) = &contracts {
            contracts.judge_okta(&mut config);
            config.judge_answers = true;
        }
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("okta.jsonl");
        config.journal = Some(journal.clone());
        let org = okta::serve(listen().await, &company, config).unwrap();

        let registration = |id: &str, application: &[&str]| entra::Registration {
            client_id: id.to_owned(),
            secret: Some(format!("secret of {id}")),
            certificate: None,
            application: owned(application),
            delegated: Vec::new(),
            redirect_uris: Vec::new(),
        };
        let mut config = entra::Config::new(TENANT, Arc::new(OneClock(clock.clone())), chance(5));
        config.registrations = vec![
            registration(
                READER,
                &[
                    "User.Read.All",
                    "GroupMember.Read.All",
                    "Application.Read.All",
                    "RoleManagement.Read.Directory",
                    "AuditLog.Read.All",
                    "AccessReview.Read.All",
                    "IdentityRiskyUser.Read.All",
                ],
            ),
            registration(
                REMOVER,
                &[
                    "GroupMember.ReadWrite.All",
                    "AppRoleAssignment.ReadWrite.All",
                    "RoleManagement.ReadWrite.Directory",
                    "AccessReview.ReadWrite.All",
                ],
            ),
            entra::Registration {
                delegated: owned(&["AccessReview.ReadWrite.All"]),
                redirect_uris: vec![BACK.to_owned()],
                ..registration(WEB, &[])
            },
        ];
        config.misbehave = differing.entra;
        if let Some(contracts) = &contracts {
            contracts.judge_entra(&mut config).unwrap();
            config.judge_answers = true;
        }
        config.reviewed_by_group = differing.reviewed_by_group;
        let tenant = entra::serve(listen().await, &company, config).unwrap();

        let keys = Keys { pseudonyms: ledger::PseudonymKey::new("p1", [7; 32]), signing: ledger::SigningKey::from_bytes(&[9; 32]) };
        let sealer = Sealer::new(vec![SealingKey::new("s1", [5; 32])]).unwrap();
        let ctx = Context {
            store: fresh.store.clone(),
            env,
            origin: "reviews.test".into(),
            keys: Arc::new(keys),
            folder: Arc::new(folder.path().to_owned()),
            connectors: Arc::new(Connectors::waiting(sealer, Arc::new(SimulatedPause(clock.clone())))),
        };
        let okta_app = |id: &str| OktaApp { client_id: id.to_owned(), key_id: "k1".to_owned() };
        let mut credentials = BTreeMap::from([(Credential::Reader, reader)]);
        if !differing.okta_reads_only {
            credentials.insert(Credential::Remover, remover);
        }
        if differing.native {
            credentials.insert(Credential::Web, SecretString::from(WEB_SECRET.to_owned()));
        }
        let place = Place::Okta {
            config: OktaConfig {
                org: org.base().to_owned(),
                reader: okta_app("0oareader"),
                remover: (!differing.okta_reads_only).then(|| okta_app("0oaremover")),
                web: differing.native.then(|| WebClient { client_id: "0oaweb".to_owned(), offline: false }),
                governance: differing.native,
                owners: false,
                attributes: Attributes::default(),
            },
            credentials,
        };
        let in_okta = source(&ctx, "Okta", place).await;
        let entra_app = |id: &str| EntraApp { client_id: id.to_owned(), proof: EntraProof::Secret };
        let place = Place::Entra {
            config: EntraConfig {
                tenant: TENANT.to_owned(),
                graph: tenant.base().to_owned(),
                login: tenant.base().to_owned(),
                reader: entra_app(READER),
                remover: Some(entra_app(REMOVER)),
                web: differing.native.then(|| WebClient { client_id: WEB.to_owned(), offline: false }),
                leave_dates: false,
                risks: true,
                directory_roles: true,
                sign_in_days: 30,
            },
            credentials: [(Credential::Reader, READER), (Credential::Remover, REMOVER), (Credential::Web, WEB)]
                .into_iter()
                .filter(|(credential, _)| differing.native || *credential != Credential::Web)
                .map(|(credential, id)| (credential, SecretString::from(format!("secret of {id}"))))
                .collect(),
        };
        let in_entra = source(&ctx, "Entra", place).await;
        let owner = owner(&ctx).await;
        Self { ctx, clock, okta: org, entra: tenant, in_okta, in_entra, owner, journal, _fresh: fresh, _folder: folder }
    }

    pub async fn read(&self, source: SourceId) -> sync::SyncReport {
        sync::sync(&self.ctx, None, source).await.unwrap()
    }

    pub async fn open(&self, source: SourceId) -> CampaignId {
        let brake = domain::policy::Brake {
            per_source_hour: 1_000,
            per_application_hour: 1_000,
            per_department_hour: 1_000,
            source_share_percent: 100,
            application_share_percent: 100,
            department_share_percent: 100,
            share_percent: 100,
            share_from: 1_000,
            ..domain::policy::Brake::default()
        };
        let form = OpenForm {
            name: "Autumn review".to_owned(),
            sources: [source].into(),
            scope: Scope::All,
            due_at: self.ctx.env.now().plus(30 * DAY),
            time_zone: "Europe/Berlin".to_owned(),
            // Several campaigns ask about the same few grants, and none is to be judged first in one of them.
            policy: Policy { undo_window: 0, blind_share: 0, brake, ..Policy::default() },
            showing: domain::Showing::Shown,
        };
        open::open(&self.ctx, &self.owner, self.ctx.env.id(), &form).await.unwrap()
    }

    /// Every item of a campaign by what the source calls the account and the access, with how it is held.
    pub async fn items(&self, campaign: CampaignId) -> Vec<(String, String, domain::GrantPath, ReviewItem)> {
        let mut tx = self.ctx.store.read().await.unwrap();
        let mut all = Vec::new();
        for state in ReviewState::ALL {
            for item in tx.review_items_in_state(campaign, *state, 0, 10_000).await.unwrap() {
                let account = tx.external_account(item.account).await.unwrap().unwrap();
                let entitlement = tx.external_entitlement(item.entitlement).await.unwrap().unwrap();
                let (_, grant) = tx.grant(item.grant).await.unwrap().unwrap();
                all.push((account, entitlement, grant.path, item));
            }
        }
        all
    }

    /// Whoever answers for an item, signed in.
    pub async fn reviewer(&self, item: &ReviewItem) -> Actor {
        actor(&self.ctx, &item.reviewer.to_string(), Some(item.reviewer), &[Role::Reviewer]).await
    }

    /// The digest of what a page about an item shows now.
    pub async fn shows(&self, item: domain::ItemId) -> Option<[u8; 32]> {
        let mut tx = self.ctx.store.read().await.unwrap();
        review::shown::of_item(&mut tx, item).await.unwrap().map(|shown| shown.digest)
    }

    pub async fn answer(&self, item: &ReviewItem, answer: Answer) -> review::Result<Decided> {
        let form = DecideForm {
            attempt: self.ctx.env.id(),
            item: item.id,
            expected_version: item.version,
            answer,
            why: (answer == Answer::Revoke).then_some(RevokeWhy::NoLongerNeeded),
            note: None,
            to: None,
            shown: self.shows(item.id).await,
        };
        decide(&self.ctx, &self.reviewer(item).await, &form).await
    }

    /// Moves orders on and does the work that is queued.
    pub async fn work(&self) {
        self.clock.advance(domain::time::SECOND);
        orders::run(&self.ctx).await.unwrap();
        while jobs::run_one(&self.ctx, "w1").await.unwrap().is_some() {}
    }

    pub async fn order(&self, item: ItemId) -> Order {
        let mut orders = self.ctx.store.read().await.unwrap().orders_of_item(item).await.unwrap();
        orders.pop().unwrap()
    }

    /// The org's own journal.
    pub fn journal(&self) -> &std::path::Path {
        &self.journal
    }

    /// What the org accepted of us, from its journal.
    pub fn removed_in_okta(&self) -> Vec<okta::Entry> {
        let mut entries = okta::read_journal(&self.journal).unwrap();
        // Tokens stand in the journal too.
        let removal = |change: &okta::Change| {
            matches!(change, okta::Change::MemberRemoved { .. } | okta::Change::AppUserRemoved { .. } | okta::Change::RoleRemoved { .. })
        };
        entries.retain(|entry| entry.by == "0oaremover" && removal(&entry.change));
        entries
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Whatever a test is about, nothing that was asked or answered broke the vendors' contracts.
        if !std::thread::panicking() {
            assert_eq!((self.okta.violations(), self.entra.violations()), (Vec::new(), Vec::new()));
        }
    }
}

async fn source(ctx: &Context, name: &str, place: Place) -> SourceId {
    let new = NewSource { name: name.to_owned(), place, settings: String::new(), max_age: 7 * DAY, read_every: None };
    sources::create(ctx, None, &new).await.unwrap()
}

async fn owner(ctx: &Context) -> Actor {
    actor(ctx, "owner", None, &[Role::Owner]).await
}

pub async fn actor(ctx: &Context, subject: &str, identity: Option<domain::IdentityId>, roles: &[Role]) -> Actor {
    let roles: BTreeSet<Role> = roles.iter().copied().collect();
    let user = User {
        id: ctx.env.id::<UserId>(),
        issuer: "https://idp.example".to_owned(),
        subject: subject.to_owned(),
        name: subject.to_owned(),
        email: None,
        identity,
        roles: roles.clone(),
        zone: store::ReaderZone::default(),
        first_seen: ctx.env.now(),
        last_seen: ctx.env.now(),
    };
    let mut tx = ctx.store.begin().await.unwrap();
    let id = tx.upsert_user(&user).await.unwrap();
    tx.commit().await.unwrap();
    Actor { user: id, identity, roles, name: user.name, sign_in: SignIn::default() }
}
