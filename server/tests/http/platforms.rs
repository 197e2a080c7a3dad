//! The company's Okta org and Entra tenant, on loopback, in the world's time.

use super::world::HERE;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connect::okta::{Attributes, SigningKey};
use domain::{Clock as _, IdentityId, ManualClock, Random as _, SeededRandom, SourceId, time::DAY};
use review::{
    Actor, Context, native,
    sources::{self, Credential, EntraApp, EntraConfig, EntraProof, NewSource, OktaApp, OktaConfig, Place, WebClient},
    sync,
};
use secrecy::SecretString;
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};
use tenant::{company::Company, contracts::Contracts, entra, idp, okta};
use url::Url;

const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const READER: &str = "11111111-0000-4000-8000-000000000001";
const WEB: &str = "11111111-0000-4000-8000-000000000003";
const WEB_SECRET: &str = "a secret: with + and %";

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

fn owned(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

/// A P-256 key in PKCS #8 (RFC 5208, RFC 5915): a fixed head, the scalar, and no public key.
fn pem(seed: u8) -> SecretString {
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

/// Both platforms, read once.
pub struct Platforms {
    pub okta: okta::Handle,
    pub entra: entra::Handle,
    pub in_okta: SourceId,
    pub in_entra: SourceId,
    pub journal: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Drop for Platforms {
    fn drop(&mut self) {
        // Whatever a test is about, nothing that was asked or answered broke the vendors' contracts.
        if !std::thread::panicking() {
            assert_eq!((self.okta.violations(), self.entra.violations()), (Vec::new(), Vec::new()));
        }
    }
}

impl Platforms {
    pub async fn start(ctx: &Context, clock: &Arc<ManualClock>, company: &Company) -> Self {
        let listen = async || tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let back = vec![format!("{HERE}/account/linked")];
        let folder = tempfile::tempdir().unwrap();

        let reader = pem(11);
        let mut jwk = SigningKey::from_pem(&reader).unwrap().public();
        jwk["kid"] = "k1".into();
        let mut scopes = connect::okta::READ_SCOPES.to_vec();
        scopes.push(connect::okta::GOVERNANCE_READ_SCOPE);
        let mut config = okta::Config::new(Arc::new(OneClock(clock.clone())), chance(3));
        config.services = vec![okta::ServiceApp {
            client_id: "0oareader".to_owned(),
            keys: vec![jwk],
            scopes: owned(&scopes),
            roles: owned(&["READ_ONLY_ADMIN", "ACCESS_CERTIFICATIONS_ADMIN"]),
            dpop: false,
        }];
        config.web = vec![okta::WebApp {
            client_id: "0oaweb".to_owned(),
            client_secret: WEB_SECRET.to_owned(),
            name: "Countersign".to_owned(),
            redirect_uris: back.clone(),
            scopes: owned(&["okta.governance.reviewer.read", "okta.governance.reviewer.manage"]),
        }];
        config.campaign = true;
        let journal = folder.path().join("okta.jsonl");
        config.journal = Some(journal.clone());
        let contracts = contracts();
        if let Some(contracts) = &contracts {
            contracts.judge_okta(&mut config);
            config.judge_answers = true;
        }
        let org = okta::serve(listen().await, company, config).unwrap();

        let registration = |id: &str, application: &[&str]| entra::Registration {
            client_id: id.to_owned(),
            secret: Some(format!("secret of {id}")),
            certificate: None,
            application: owned(application),
            delegated: Vec::new(),
            redirect_uris: Vec::new(),
        };
        let reads = [
            "User.Read.All",
            "GroupMember.Read.All",
            "Application.Read.All",
            "RoleManagement.Read.Directory",
            "AuditLog.Read.All",
            "AccessReview.Read.All",
        ];
        let mut config = entra::Config::new(TENANT, Arc::new(OneClock(clock.clone())), chance(5));
        config.registrations = vec![
            registration(READER, &reads),
            entra::Registration { delegated: owned(&["AccessReview.ReadWrite.All"]), redirect_uris: back, ..registration(WEB, &[]) },
        ];
        if let Some(contracts) = &contracts {
            contracts.judge_entra(&mut config).unwrap();
            config.judge_answers = true;
        }
        let tenant = entra::serve(listen().await, company, config).unwrap();

        let web = |id: &str| Some(WebClient { client_id: id.to_owned(), offline: false });
        let place = Place::Okta {
            config: OktaConfig {
                org: org.base().to_owned(),
                reader: OktaApp { client_id: "0oareader".to_owned(), key_id: "k1".to_owned() },
                remover: None,
                web: web("0oaweb"),
                governance: true,
                owners: false,
                attributes: Attributes::default(),
            },
            credentials: BTreeMap::from([(Credential::Reader, reader), (Credential::Web, SecretString::from(WEB_SECRET.to_owned()))]),
        };
        let in_okta = source(ctx, "Okta", place).await;
        let place = Place::Entra {
            config: EntraConfig {
                tenant: TENANT.to_owned(),
                graph: tenant.base().to_owned(),
                login: tenant.base().to_owned(),
                reader: EntraApp { client_id: READER.to_owned(), proof: EntraProof::Secret },
                remover: None,
                web: web(WEB),
                leave_dates: false,
                risks: false,
                directory_roles: true,
                sign_in_days: 30,
            },
            credentials: [(Credential::Reader, READER), (Credential::Web, WEB)]
                .into_iter()
                .map(|(credential, id)| (credential, SecretString::from(format!("secret of {id}"))))
                .collect(),
        };
        let in_entra = source(ctx, "Entra", place).await;
        Self { okta: org, entra: tenant, in_okta, in_entra, journal, _folder: folder }
    }

    /// The e-mail address of whoever has most items over a campaign of either platform, and some in both.
    pub async fn asked_by_both(&self, ctx: &Context, owner: &Actor, company: &Company) -> String {
        let listing = native::list(ctx, owner).await.unwrap();
        assert_eq!(listing.unread, []);
        let mut seen = Vec::new();
        let mut asked: BTreeMap<SourceId, BTreeMap<IdentityId, u64>> = BTreeMap::new();
        for one in listing.campaigns.iter().filter(|one| one.campaign.state == connect::native::NativeState::Open) {
            let plan = native::preview(ctx, owner, one.source, &one.campaign.id).await.unwrap();
            seen.push((one.campaign.name.clone(), plan.items(), plan.reviewers.len(), plan.unmatched_counts()));
            for (identity, (_, items)) in plan.reviewers {
                let most = asked.entry(one.source).or_default().entry(identity).or_default();
                *most = (*most).max(items);
            }
        }
        let none = BTreeMap::new();
        let (there, here) = (asked.get(&self.in_okta).unwrap_or(&none), asked.get(&self.in_entra).unwrap_or(&none));
        let both = there.iter().filter_map(|(identity, items)| Some((items.min(here.get(identity)?), *identity)));
        let (items, identity) = both.max().unwrap_or_else(|| panic!("somebody whom both ask: {seen:?}"));
        assert!(*items >= 2, "whom both ask has {items} items: {seen:?}");
        let mut tx = ctx.store.read().await.unwrap();
        for person in company.people() {
            let found = tx.candidates_by_email(&person.email).await.unwrap();
            if found.iter().any(|candidate| candidate.identity == identity) {
                return person.email.clone();
            }
        }
        panic!("nobody of the company is {identity}");
    }
}

async fn source(ctx: &Context, name: &str, place: Place) -> SourceId {
    let new = NewSource { name: name.to_owned(), place, settings: String::new(), max_age: 7 * DAY, read_every: None };
    let id = sources::create(ctx, None, &new).await.unwrap();
    sync::sync(ctx, None, id).await.unwrap();
    id
}

/// What a browser does at the platform: signs in as whoever has this login or e-mail address, allows, and comes back. Returns
/// the path and query of the address that it comes back to.
pub async fn come_back(url: &str, account: &str, allow: bool) -> String {
    let url = Url::parse(url).unwrap();
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.push(("sign_in_as".to_owned(), account.to_owned()));
    form.push(("allow".to_owned(), if allow { "yes" } else { "no" }.to_owned()));
    let mut action = url.clone();
    action.set_query(None);
    if action.path().ends_with("/oauth2/v2.0/authorize") {
        let tenant = action.path_segments().unwrap().next().unwrap().to_owned();
        action.set_path(&format!("/{tenant}/sign-in"));
    }
    let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let back = browser.post(action).form(&form).send().await.unwrap();
    let to = back.headers().get("location").unwrap_or_else(|| panic!("{}", back.status())).to_str().unwrap();
    let back = Url::parse(to).unwrap();
    format!("{}?{}", back.path(), back.query().unwrap_or_default())
}
