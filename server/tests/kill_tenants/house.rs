//! One company: its tenants as a process of their own, an installation that is connected to them, and who signs in there.

use crate::{
    common, oracle,
    people::Told,
    program::{PUBLIC, Program},
    until,
};
use domain::{CampaignId, IdentityId, OrderState, Role, SendingState, SourceId, SourceKind, Timestamp, UserId, time::MINUTE};
use review::{
    SignIn,
    users::{self, SignedIn},
};
use serde_json::Value;
use server::{
    config::Sessions,
    installation::Installation,
    sessions::{Kept, WHO, Who},
};
use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore as _,
    session::{Id, Record},
};

/// What a platform writes of a decision, a hand-over or a removal that it accepted, and of nothing else.
const CHANGES: [&str; 4] = ["\"review_decided\"", "\"review_reassigned\"", "\"decided\"", "_removed\""];

/// A journal, read as it grows.
struct Watched {
    path: PathBuf,
    read: u64,
    changes: u64,
}

impl Watched {
    fn look(&mut self) -> u64 {
        let Ok(mut file) = File::open(&self.path) else { return 0 };
        if file.metadata().unwrap().len() > self.read {
            file.seek(SeekFrom::Start(self.read)).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            // Half a line is read with its other half.
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            self.read += whole as u64;
            let text = std::str::from_utf8(&bytes[..whole]).unwrap();
            let is_change = |line: &&str| CHANGES.iter().any(|change| line.contains(change));
            self.changes += text.lines().filter(is_change).count() as u64;
        }
        self.changes
    }
}

/// A company and everything it runs.
pub struct House {
    pub config: PathBuf,
    pub program: Program,
    tenants: Child,
    pub okta_journal: PathBuf,
    pub entra_journal: PathBuf,
    /// The client ids of the apps that remove, Okta's and Entra's.
    pub removers: (String, String),
    watched: Mutex<[Watched; 2]>,
    /// Removed last.
    pub folder: tempfile::TempDir,
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Starts the tenants; gives them and what they say of themselves.
fn tenants(data: &Path, mood: Option<&str>) -> (Child, Value) {
    let mut command = common::program();
    command.args(["tenant", "--json", "--people", "70", "--seed", "7", "--pace", "fast"]);
    command.args(["--okta", "127.0.0.1:0", "--entra", "127.0.0.1:0", "--data"]).arg(data);
    if let Some(mood) = mood {
        command.args(["--misbehave", mood]);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    // The document ends with the first brace that stands alone.
    let mut text = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        text.push_str(&line);
        if line == "}" {
            break;
        }
    }
    let said: Value = serde_json::from_str(&text).unwrap();
    // Where the contracts are at hand, every call is judged by them.
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs");
    assert_eq!(said["contracts"].is_string(), specs.is_dir(), "{said:#}");
    (child, said)
}

impl House {
    /// A company on platforms that behave as they are told to, and an installation that was never started.
    pub async fn new(mood: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, said) = tenants(&folder.path().join("company"), mood);
        let of = |kind: &str, field: &str| {
            let all = said["tenants"].as_array().unwrap();
            all.iter().find(|one| one["kind"] == kind).unwrap()[field].as_str().unwrap().to_owned()
        };
        let known = read(Path::new(said["credentials"].as_str().unwrap()));
        let (okta_journal, entra_journal) = (PathBuf::from(of("okta", "journal")), PathBuf::from(of("entra", "journal")));
        let config = folder.path().join("countersign.toml");
        let text = configuration(folder.path(), &known, &of("okta", "base"), &of("entra", "base"), &of("entra", "tenant_id"));
        fs::write(&config, text).unwrap();
        let client = |platform: &str| known[platform]["remover"]["client_id"].as_str().unwrap().to_owned();
        let watch = |path: &PathBuf| Watched { path: path.clone(), read: 0, changes: 0 };
        let house = Self {
            program: Program::new(config.clone()),
            tenants: child,
            removers: (client("okta"), client("entra")),
            watched: Mutex::new([watch(&okta_journal), watch(&entra_journal)]),
            okta_journal,
            entra_journal,
            config,
            folder,
        };
        // Whoever signs in before the first start has to find a schema.
        let installation = open(&house.config).await;
        installation.ctx.store.migrate().await.unwrap();
        installation.ctx.store.close().await;
        house
    }

    /// How many decisions, hand-overs and removals the platforms have accepted so far.
    pub fn changes(&self) -> u64 {
        self.watched.lock().unwrap().iter_mut().map(Watched::look).sum()
    }

    /// The jobs that somebody has begun and not ended, by kind.
    pub async fn jobs_under_way(&self) -> BTreeMap<String, i64> {
        let installation = open(&self.config).await;
        let mut tx = installation.ctx.store.read().await.unwrap();
        let jobs = tx.count_jobs().await.unwrap();
        drop(tx);
        installation.ctx.store.close().await;
        jobs.into_iter().filter(|(_, state, _)| state == "running").map(|(kind, _, count)| (kind, count)).collect()
    }

    /// Reads both platforms once more, so that removals are proven; and a quarter of an hour later, when answers have been
    /// read back, ends the program as an operator does. Gives the time by then.
    pub async fn ends(&mut self, told: &Told) -> String {
        for source in [told.okta, told.entra] {
            let before = last_seq(&self.config, source).await;
            told.administrator.press(&format!("/sources/{source}/sync"), &[]).await;
            until("read again", || async { last_seq(&self.config, source).await > before }).await;
        }
        until("at rest after the reading", || self.is_at_rest()).await;
        self.program.kill();
        let installation = open(&self.config).await;
        let later = installation.ctx.env.now().plus(15 * MINUTE);
        installation.ctx.store.close().await;
        self.program.start(&["--now", &later.to_rfc3339()]);
        until("read back", || async { self.were_read_back(&told.campaigns, later).await }).await;
        let sent = self.still(SendingState::Sent).await;
        assert!(sent.is_empty(), "read back, and it is not known whether they stand: {sent:?}");
        until("at rest", || self.is_at_rest()).await;
        self.program.stop();
        // It went on from there.
        later.plus(5 * MINUTE).to_rfc3339()
    }

    /// Whether nothing is on its way any more.
    pub async fn is_at_rest(&self) -> bool {
        self.in_transit().await.is_empty()
    }

    /// What is still on its way: answers to the platforms, and removals. Empty where everything is at rest.
    pub async fn in_transit(&self) -> Vec<String> {
        let installation = open(&self.config).await;
        let mut tx = installation.ctx.store.read().await.unwrap();
        let mut found = Vec::new();
        for campaign in tx.campaigns(None, 50).await.unwrap() {
            for state in [SendingState::Staged, SendingState::WaitingForSignIn, SendingState::Unknown] {
                for sending in tx.sendings_in_state(campaign.id, state, None, 1_000).await.unwrap() {
                    let order = tx.living_order_of_decision(sending.decision).await.unwrap();
                    // What a second person has to look at first waits for them.
                    if !order.is_some_and(|order| oracle::waits_for_a_person(&order)) {
                        found.push(format!("the answer {} is {state}", sending.decision));
                    }
                }
            }
        }
        for state in OrderState::ALL {
            for order in tx.orders_in_state(*state, None, 1_000).await.unwrap() {
                if !oracle::waits_for_a_person(&order) && !oracle::AT_REST.contains(state) {
                    found.push(format!("the removal {} is {state}", order.id));
                }
            }
        }
        drop(tx);
        installation.ctx.store.close().await;
        found
    }

    /// Whether the platforms' campaigns were read back since.
    async fn were_read_back(&self, campaigns: &[CampaignId], since: Timestamp) -> bool {
        let installation = open(&self.config).await;
        let mut tx = installation.ctx.store.read().await.unwrap();
        let mut all = true;
        for campaign in campaigns {
            all &= tx.native_campaign(*campaign).await.unwrap().is_none_or(|native| native.read_at >= since);
        }
        drop(tx);
        installation.ctx.store.close().await;
        all
    }

    async fn still(&self, state: SendingState) -> Vec<domain::DecisionId> {
        let installation = open(&self.config).await;
        let mut tx = installation.ctx.store.read().await.unwrap();
        let mut found = Vec::new();
        for campaign in tx.campaigns(None, 50).await.unwrap() {
            found.extend(tx.sendings_in_state(campaign.id, state, None, 1_000).await.unwrap().iter().map(|one| one.decision));
        }
        drop(tx);
        installation.ctx.store.close().await;
        found
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // It lived until now; who ended it before would have ended the test's meaning.
        let lives = matches!(self.tenants.try_wait(), Ok(None));
        if std::thread::panicking() {
            let _ = self.tenants.kill().and_then(|()| self.tenants.wait());
            return;
        }
        assert!(lives, "the tenants ended by themselves");
        // Asked to end, they end well unless a call broke the vendors' contracts; which one, they say.
        let asked = Command::new("kill").arg("-TERM").arg(self.tenants.id().to_string()).status().unwrap();
        assert!(asked.success());
        assert_eq!(self.tenants.wait().unwrap().code(), Some(0), "a call broke the vendors' contracts");
    }
}

fn configuration(folder: &Path, known: &Value, okta: &str, entra: &str, tenant: &str) -> String {
    fs::create_dir_all(folder.join("data")).unwrap();
    let at = |name: &str| format!("{:?}", folder.join(name).display().to_string());
    let secret = |name: &str, value: &str| {
        fs::write(folder.join(name), value).unwrap();
        format!("{{ file = {} }}", at(name))
    };
    for (number, name) in (1_u8..).zip(["seal", "pseudonym", "signing"]) {
        fs::write(folder.join(name), hex::encode([number; 32])).unwrap();
    }
    let text = |app: &Value, field: &str| app[field].as_str().unwrap().to_owned();
    let service = |name: &str| {
        let app = &known["okta"][name];
        let key = secret(&format!("okta-{name}"), &text(app, "private_key"));
        format!("{name} = {{ client_id = {:?}, key_id = {:?}, key = {key} }}", text(app, "client_id"), text(app, "key_id"))
    };
    let app = |platform: &str, name: &str, key: &str| {
        let app = &known[platform][name];
        let secret = secret(&format!("{platform}-{name}"), &text(app, "client_secret"));
        format!("{key} = {{ client_id = {:?}, secret = {secret} }}", text(app, "client_id"))
    };
    let lines = [
        "origin = \"reviews.test\"".to_owned(),
        format!("folder = {}", at("data")),
        "[server]".to_owned(),
        "listen = \"127.0.0.1:0\"".to_owned(),
        format!("public_url = {PUBLIC:?}"),
        "[database]".to_owned(),
        format!("url = {:?}", format!("sqlite:{}", folder.join("countersign.db").display())),
        format!("[[keys.seal]]\nid = \"s1\"\nfile = {}", at("seal")),
        format!("[keys.pseudonym]\nid = \"p1\"\nfile = {}", at("pseudonym")),
        format!("[keys.signing]\nfile = {}", at("signing")),
        // A second in which answers can be replaced. In so small a company a few removals are a large share of anything.
        "[policy]\nundo_window = 1000000\n[policy.brake]\nsource_share_percent = 100\napplication_share_percent = 100\ndepartment_share_percent = 100\nshare_percent = 100".to_owned(),
        "[[sources]]\nname = \"Okta\"\n[sources.okta]".to_owned(),
        format!("org = {okta:?}"),
        "governance = true".to_owned(),
        service("reader"),
        service("remover"),
        app("okta", "reviewers", "web"),
        "[[sources]]\nname = \"Entra\"\n[sources.entra]".to_owned(),
        format!("tenant = {tenant:?}\ngraph = {entra:?}\nlogin = {entra:?}"),
        app("entra", "reader", "reader"),
        app("entra", "remover", "remover"),
        app("entra", "reviewers", "web"),
    ];
    lines.join("\n")
}

/// The installation as its own commands open it. Closed after each look, so that the database is recovered by whoever opens it
/// after a kill.
pub async fn open(config: &Path) -> Installation {
    Installation::open(config, None).await.unwrap()
}

/// The sources that are connected, by kind.
pub async fn sources(config: &Path) -> BTreeMap<SourceKind, SourceId> {
    let installation = open(config).await;
    let mut tx = installation.ctx.store.read().await.unwrap();
    let found = tx.sources().await.unwrap().into_iter().map(|source| (source.kind, source.id)).collect();
    drop(tx);
    installation.ctx.store.close().await;
    found
}

async fn last_seq(config: &Path, source: SourceId) -> Option<i64> {
    let installation = open(config).await;
    let mut tx = installation.ctx.store.read().await.unwrap();
    let seq = tx.source(source).await.unwrap().unwrap().last_seq;
    drop(tx);
    installation.ctx.store.close().await;
    seq
}

/// Whether a source was read.
pub async fn was_read(config: &Path, source: SourceId) -> bool {
    last_seq(config, source).await.is_some()
}

/// Signs somebody in: the program takes no provider without TLS, so the session is made by the program's own store of sessions,
/// with the installation's keys. Gives the cookie.
pub async fn sign_in(config: &Path, name: &str, email: Option<&str>, role: Role) -> (String, UserId, Option<IdentityId>) {
    let installation = open(config).await;
    let issuer = "https://login.test".to_owned();
    let by = SignedIn {
        issuer: issuer.clone(),
        subject: name.to_owned(),
        name: name.to_owned(),
        email: email.map(str::to_owned),
        roles: [role].into(),
        zone: None,
        sign_in: SignIn::default(),
    };
    let actor = users::signed_in(&installation.ctx, &by).await.unwrap();
    let now = installation.ctx.env.now();
    let who = Who { user: actor.user, since: now.micros(), sign_in: SignIn::default(), issuer, id_token: String::new() };
    let kept = Kept::new(installation.ctx.clone(), installation.sealer.clone(), Sessions::default());
    let data = HashMap::from([(WHO.to_owned(), serde_json::to_value(&who).unwrap())]);
    let mut record = Record { id: Id::default(), data, expiry_date: OffsetDateTime::UNIX_EPOCH };
    kept.create(&mut record).await.unwrap();
    installation.ctx.store.close().await;
    (format!("countersign={}", record.id), actor.user, actor.identity)
}
