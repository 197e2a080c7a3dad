//! `countersign tenant`: the simulated platforms as a process, spoken to over HTTP, killed and started again.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{printed, program, run, said};
use connect::{
    Reading,
    entra::{Credentials, EntraConfig, EntraSource, Proof},
    files,
    http::{Authority as _, Client, ClientConfig, Limits, Method, RealPause, Url},
    okta::{Attributes, OktaConfig, OktaSource, ServiceApp, ServiceAuthority, SigningKey},
};
use domain::Env;
use secrecy::SecretString;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tenant::{entra, okta};

/// How often the tenants are killed in the midst of changes.
const ROUNDS: usize = 3;
/// How many changes are under way at a time.
const AT_A_TIME: usize = 8;

/// A running `countersign tenant`.
struct Process {
    child: Child,
    said: Value,
}

fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas").join(name);
    jsonschema::validator_for(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

impl Process {
    fn start(data: &Path, more: &[&str]) -> Self {
        let mut command = program();
        command.args(["tenant", "--json", "--people", "60", "--pace", "fast", "--data"]).arg(data).args(more);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        // The document ends with the first brace that stands alone.
        let mut text = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            text.push_str(&line);
            if line == "}" {
                break;
            }
        }
        Self { child, said: serde_json::from_str(&text).unwrap() }
    }

    fn base(&self, kind: &str) -> String {
        let tenants = self.said["tenants"].as_array().unwrap();
        tenants.iter().find(|one| one["kind"] == kind).unwrap()["base"].as_str().unwrap().to_owned()
    }

    fn credentials(&self) -> Value {
        read(Path::new(self.said["credentials"].as_str().unwrap()))
    }

    /// What a power cut would do to a process.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What an operator does; gives the exit code.
    fn stop(mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }

    fn service_app(&self, which: &str) -> ServiceApp {
        let app = self.credentials()["okta"][which].clone();
        let text = |name: &str| app[name].as_str().unwrap().to_owned();
        let key = SigningKey::from_pem(&SecretString::from(text("private_key"))).unwrap();
        ServiceApp { client_id: text("client_id"), key_id: text("key_id"), key: Arc::new(key) }
    }

    fn okta(&self, env: &Env) -> OktaSource {
        OktaSource::new(OktaConfig {
            base: Url::parse(&self.base("okta")).unwrap(),
            env: env.clone(),
            pause: Arc::new(RealPause),
            limits: Limits::default(),
            reader: self.service_app("reader"),
            governance: true,
            remover: Some(self.service_app("remover")),
            attributes: Attributes::default(),
            owners: false,
        })
        .unwrap()
    }

    fn entra(&self, env: &Env) -> EntraSource {
        let known = self.credentials()["entra"].clone();
        let app = |which: &str| Credentials {
            client_id: known[which]["client_id"].as_str().unwrap().to_owned(),
            proof: Proof::Secret(SecretString::from(known[which]["client_secret"].as_str().unwrap().to_owned())),
        };
        let mut config = EntraConfig::public(known["tenant_id"].as_str().unwrap(), app("reader")).unwrap();
        let base = Url::parse(&self.base("entra")).unwrap();
        (config.graph, config.login) = (base.clone(), base);
        config.remover = Some(app("remover"));
        config.leave_dates = true;
        EntraSource::new(config, env.clone(), Arc::new(RealPause)).unwrap()
    }

    /// A token of Okta's app that removes.
    async fn okta_token(&self, env: &Env) -> String {
        let base = Url::parse(&self.base("okta")).unwrap();
        let (pause, limits) = (Arc::new(RealPause), Limits::default());
        let client = Client::new(ClientConfig { base: base.clone(), env: env.clone(), pause, limits, limit_headers: None });
        let authority = ServiceAuthority::new(Arc::new(client.unwrap()), self.service_app("remover"), &connect::okta::REMOVE_SCOPES);
        let headers = authority.headers(&Method::GET, &base).await.unwrap();
        headers[0].1.to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned()
    }

    /// A token of Entra's application that removes, or reads.
    async fn entra_token(&self, which: &str) -> String {
        let known = self.credentials()["entra"].clone();
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", known[which]["client_id"].as_str().unwrap()),
            ("client_secret", known[which]["client_secret"].as_str().unwrap()),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let url = format!("{}/{}/oauth2/v2.0/token", self.base("entra"), known["tenant_id"].as_str().unwrap());
        let answer: Value = http().post(url).form(&fields).send().await.unwrap().json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap()
}

async fn whole(source: &impl connect::Source, env: &Env) -> Reading {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let page = source.read_page(cursor.as_ref()).await.unwrap();
        cursor.clone_from(&page.next);
        pages.push(page);
        if cursor.is_none() {
            return source.assemble(env.now(), pages, 200).unwrap();
        }
    }
}

fn held(reading: &Reading) -> BTreeSet<(&str, &str)> {
    reading.grants.iter().map(|grant| (grant.person_id.as_str(), grant.entitlement_id.as_str())).collect()
}

fn refused(arguments: &[&str], code: i32) -> String {
    let ended = run(&[&["tenant"], arguments].concat());
    assert_eq!(ended.status.code(), Some(code), "{}", said(&ended));
    assert!(printed(&ended).is_empty(), "errors go to standard error");
    said(&ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_company_is_read_from_its_platforms_and_every_label_is_a_grant_there() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &[]);
    let valid = schema("tenants-running-1.json");
    assert!(valid.is_valid(&process.said), "{:#}", process.said);
    let secrets = Path::new(process.said["credentials"].as_str().unwrap());
    assert_eq!(fs::metadata(secrets).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(schema("tenant-credentials-1.json").is_valid(&process.credentials()));
    for mut wrong in [process.said.clone(), process.credentials()] {
        wrong["surplus"] = 1.into();
        assert!(!valid.is_valid(&wrong) && !schema("tenant-credentials-1.json").is_valid(&wrong));
    }

    let env = server::env::real(None);
    let labels = read(Path::new(process.said["labels"].as_str().unwrap()));
    let of = |platform: &str| -> BTreeMap<(String, String), String> {
        // Graph v1.0 lists no machines among the members of groups: nobody can read that they are there.
        let unseen = |label: &&Value| {
            let machine = label["person_id"].as_str().unwrap().starts_with("svc-");
            machine && label["entitlement"].as_str().unwrap().starts_with("group:")
        };
        let all = labels["labels"].as_array().unwrap().iter().filter(|label| label["platform"] == platform).filter(|label| !unseen(label));
        let text = |label: &Value, name: &str| label[name].as_str().unwrap().to_owned();
        all.map(|label| ((text(label, "account"), text(label, "entitlement")), text(label, "kind"))).collect()
    };
    let source = Path::new(process.said["source"].as_str().unwrap());
    let in_files = files::read(source, env.now(), &*env.clock, &files::Limits::default()).unwrap();
    let readings =
        [("okta", whole(&process.okta(&env), &env).await), ("entra", whole(&process.entra(&env), &env).await), ("files", in_files)];
    let mut addresses: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (platform, reading) in &readings {
        let labels = of(platform);
        let held = held(reading);
        assert!(labels.len() > 100, "{platform}: {} labels", labels.len());
        for (account, entitlement) in labels.keys() {
            assert!(held.contains(&(account, entitlement)), "{platform}: nobody reads that {account} holds {entitlement}");
        }
        // What is held besides follows from what is labelled: an application that a group gives, a role that it carries.
        // Only Entra's role for those who steer reviews is in no story.
        for (account, entitlement) in &held {
            let follows = *platform == "okta" && (entitlement.starts_with("0oa") || entitlement.starts_with("role:"));
            let steers = *entitlement == "role:45d8d3c5-c802-45c6-b32a-1d70b5e1e86e";
            let labelled = labels.contains_key(&((*account).to_owned(), (*entitlement).to_owned()));
            assert!(labelled || follows || steers, "{platform}: {account} holds {entitlement}, and no label tells of it");
        }
        let people: BTreeMap<&str, &connect::PersonRecord> =
            reading.people.iter().map(|person| (person.external_id.as_str(), person)).collect();
        for person in people.values() {
            if let Some(email) = person.email.as_ref().filter(|email| !email.ends_with("@machines.example")) {
                addresses.entry(email.clone()).or_default().insert(platform);
            }
            // A manager who is not there would be left out of the record by the reading.
            if person.manager_id.is_none() {
                continue;
            }
            assert!(people.contains_key(person.manager_id.as_deref().unwrap()));
        }
        let leads = people.values().filter_map(|person| person.manager_id.as_deref()).collect::<BTreeSet<_>>();
        assert!(leads.len() > 5, "{platform}: {} managers", leads.len());
    }
    let everywhere = addresses.values().filter(|platforms| platforms.len() == 3).count();
    assert!(everywhere > 40, "{everywhere} people are known by the same address on all three");

    // The labels are in no answer: none of their words is.
    let token = process.entra_token("reader").await;
    let users = http().get(format!("{}/v1.0/users?$top=999", process.base("entra"))).bearer_auth(token).send().await.unwrap();
    let users = users.text().await.unwrap();
    assert!(users.contains("displayName"));
    for kind in tenant::company::Kind::ALL.iter().filter(|kind| kind.is_problem()) {
        assert!(!users.contains(kind.name()), "{}", kind.name());
    }
    assert_eq!(process.stop("TERM"), Some(0));
}

/// A change that is asked for: the address, and what the journal must say of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    url: String,
    token: String,
    of: (String, String),
}

fn journaled(data: &Path) -> Vec<(String, String)> {
    let okta = okta::read_journal(&data.join("tenants/okta.jsonl")).unwrap().into_iter().filter_map(|entry| match entry.change {
        okta::Change::MemberRemoved { group, user } => Some((group, user)),
        _ => None,
    });
    let entra: Vec<entra::Entry> = tenant::journal::read(&data.join("tenants/entra.jsonl")).unwrap();
    let entra = entra.into_iter().filter_map(|entry| match entry.change {
        entra::Change::AssignmentRemoved { assignment, principal, .. } => Some((assignment, principal)),
        _ => None,
    });
    okta.chain(entra).collect()
}

/// Removals that can be made now: members of Okta's groups, assignments of Entra's applications.
async fn possible(process: &Process, env: &Env) -> Vec<Asked> {
    let client = http();
    let token = process.okta_token(env).await;
    let (okta, entra) = (process.base("okta"), process.base("entra"));
    let mut asked = Vec::new();
    let groups: Value =
        client.get(format!("{okta}/api/v1/groups?limit=200")).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
    let groups: Vec<&str> =
        groups.as_array().unwrap().iter().filter(|group| group["type"] == "OKTA_GROUP").filter_map(|group| group["id"].as_str()).collect();
    for group in groups {
        let url = format!("{okta}/api/v1/groups/{group}/users?limit=200");
        let members: Value = client.get(url).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
        for user in members.as_array().unwrap().iter().filter_map(|user| user["id"].as_str()) {
            let url = format!("{okta}/api/v1/groups/{group}/users/{user}");
            asked.push(Asked { url, token: token.clone(), of: (group.to_owned(), user.to_owned()) });
        }
    }
    let (reader, remover) = (process.entra_token("reader").await, process.entra_token("remover").await);
    let get = async |path: &str| -> Vec<Value> {
        let answer: Value = client.get(format!("{entra}/v1.0{path}")).bearer_auth(&reader).send().await.unwrap().json().await.unwrap();
        answer["value"].as_array().unwrap().clone()
    };
    for application in get("/servicePrincipals?$top=999").await {
        let path = format!("/servicePrincipals/{}/appRoleAssignedTo", application["id"].as_str().unwrap());
        for held in get(&path).await {
            let of = |name: &str| held[name].as_str().unwrap().to_owned();
            let url = format!("{entra}/v1.0{path}/{}", of("id"));
            asked.push(Asked { url, token: remover.clone(), of: (of("id"), of("principalId")) });
        }
    }
    // From both in turn.
    asked.sort_by(|a, b| a.of.1.cmp(&b.of.1).then_with(|| a.cmp(b)));
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_midst_of_changes_nothing_accepted_is_lost_and_nothing_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let env = server::env::real(None);
    let mut acknowledged: BTreeSet<(String, String)> = BTreeSet::new();
    let mut asked_for: BTreeSet<(String, String)> = BTreeSet::new();
    let mut address = None;
    for round in 1..=ROUNDS {
        let process = Process::start(folder.path(), &["--okta", "127.0.0.1:0", "--entra", "127.0.0.1:0"]);
        let now_at = (process.base("okta"), process.base("entra"));
        assert_eq!(*address.get_or_insert_with(|| now_at.clone()), now_at, "it answers where it did before");
        let possible = possible(&process, &env).await;
        assert!(possible.len() > 50 * (ROUNDS + 1 - round), "{}", possible.len());
        for gone in &acknowledged {
            assert!(!possible.iter().any(|one| one.of == *gone), "{gone:?} was accepted and is there again");
        }

        let waiting = Arc::new(Mutex::new(possible));
        let done = Arc::new(Mutex::new((BTreeSet::new(), BTreeSet::new())));
        let workers: Vec<_> = (0..AT_A_TIME)
            .map(|_| {
                let (waiting, done, client) = (waiting.clone(), done.clone(), http());
                tokio::spawn(async move {
                    loop {
                        let Some(next) = waiting.lock().unwrap().pop() else { return };
                        done.lock().unwrap().0.insert(next.of.clone());
                        let Ok(answer) = client.delete(&next.url).bearer_auth(&next.token).send().await else { return };
                        match answer.status().as_u16() {
                            204 => done.lock().unwrap().1.extend([next.of]),
                            429 => tokio::time::sleep(Duration::from_millis(50)).await,
                            other => assert_eq!(other, 204, "{}", next.url),
                        }
                    }
                })
            })
            .collect();
        // Killed when so many were acknowledged, with others under way.
        while done.lock().unwrap().1.len() < 10 * round {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill();
        for worker in workers {
            worker.await.unwrap();
        }
        let (asked, accepted) = Arc::try_unwrap(done).unwrap().into_inner().unwrap();
        acknowledged.extend(accepted);
        asked_for.extend(asked);

        let journal = journaled(folder.path());
        let distinct: BTreeSet<_> = journal.iter().cloned().collect();
        assert_eq!(distinct.len(), journal.len(), "a change stands in the journal twice");
        assert!(acknowledged.is_subset(&distinct), "an accepted change is not in the journal");
        assert!(distinct.is_subset(&asked_for), "a change that nobody asked for is in the journal");
    }
    let process = Process::start(folder.path(), &["--okta", "127.0.0.1:0", "--entra", "127.0.0.1:0"]);
    let left = possible(&process, &env).await;
    let gone: BTreeSet<_> = journaled(folder.path()).into_iter().collect();
    assert!(left.iter().all(|one| !gone.contains(&one.of)), "what the journal says is so");
    assert_eq!(process.stop("INT"), Some(0));
}

#[tokio::test]
async fn the_clock_is_the_one_that_was_given_and_people_can_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &["--now", "2030-01-01T00:00:00Z", "--misbehave", "clock-ahead"]);
    let at = async |url: String| http().get(url).send().await.unwrap();
    let date = |answer: &reqwest::Response| answer.headers()["date"].to_str().unwrap().to_owned();
    let okta = at(format!("{}/.well-known/openid-configuration", process.base("okta"))).await;
    assert!(date(&okta).starts_with("Tue, 01 Jan 2030 00:1"), "{}: the clock of --now, ten minutes ahead as asked", date(&okta));
    let entra = at(format!("{}/v1.0/users", process.base("entra"))).await;
    assert_eq!(entra.status(), 401);
    assert!(date(&entra).starts_with("Tue, 01 Jan 2030 00:2"), "{}", date(&entra));
    let issuer = process.base("idp");
    let discovered: Value = at(format!("{issuer}/.well-known/openid-configuration")).await.json().await.unwrap();
    assert_eq!(discovered["issuer"], issuer.as_str());
    let client = process.credentials()["idp"].clone();
    let back = client["redirect_uris"][0].as_str().unwrap().to_owned();
    let page = Url::parse_with_params(
        &format!("{issuer}/authorize"),
        [
            ("client_id", client["client_id"].as_str().unwrap()),
            ("redirect_uri", &back),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "s"),
            ("nonce", "n"),
            // RFC 7636, appendix B.
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ],
    );
    let page = at(page.unwrap().to_string()).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Campaign owner"));
    assert_eq!(process.stop("TERM"), Some(0));
}

/// Where the vendors' contracts are at hand, every call is judged by them; that one broke them shows at the end.
#[tokio::test]
async fn a_call_that_breaks_the_contract_is_refused_and_told_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &["--okta", "127.0.0.1:0"]);
    let judged = process.said["contracts"].is_string();
    assert_eq!(judged, Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs").is_dir(), "{:#}", process.said);
    let answer = http().get(format!("{}/api/v1/nothing", process.base("okta"))).send().await.unwrap();
    assert_eq!(answer.status(), if judged { 400 } else { 404 });
    assert_eq!(process.stop("TERM"), Some(i32::from(judged)));
}

#[test]
fn wrong_use_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let open = refused(&["--data", data, "--people", "60", "--okta", "0.0.0.0:9001"], 2);
    assert!(open.contains("loopback only") && open.contains("127.0.0.1:9001"), "{open}");
    assert!(!folder.path().join("tenants").exists(), "nothing is made");
    let unknown = refused(&["--data", data, "--misbehave", "sulking"], 2);
    assert!(unknown.contains("\"sulking\" is not known") && unknown.contains("throttled-silently"), "{unknown}");
    let elsewhere = refused(&["--data", data, "--okta", "127.0.0.1:0", "--misbehave", "page-gone"], 2);
    assert!(elsewhere.contains("entra only") && elsewhere.contains("--entra"), "{elsewhere}");
    let bare = refused(&["--data", data, "--specs", data], 2);
    assert!(bare.contains("does not hold the vendors' contracts"), "{bare}");
    let few = refused(&["--data", data, "--people", "3"], 2);
    assert!(few.contains("60 to 99999 people"), "{few}");

    let process = Process::start(folder.path(), &["--idp", "127.0.0.1:0"]);
    let busy = refused(&["--data", data, "--people", "60"], 3);
    assert!(busy.contains("another process runs the tenants"), "{busy}");
    let other = tempfile::tempdir().unwrap();
    let address = process.base("idp").strip_prefix("http://").unwrap().to_owned();
    let taken = refused(&["--data", other.path().to_str().unwrap(), "--people", "60", "--idp", &address], 3);
    assert!(taken.contains(&address) && taken.contains("name another address"), "{taken}");
    assert_eq!(process.stop("TERM"), Some(0));
    let another = refused(&["--data", data, "--people", "61"], 2);
    assert!(another.contains("--people 60") && another.contains("--seed 7"), "{another}");
}
