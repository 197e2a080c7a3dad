//! What the program logs holds nobody's name, nothing that people wrote, and no secret, however much it is told to say.
//!
//! The real program runs as a process of its own, with the company of the demo and its simulated platforms, and its log is what
//! it writes on standard error. People sign in, answer with a comment, make and take evidence, have the platforms read, and send
//! what cannot be done; then everything that must not be in the log is looked for in it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod common;

use server::demo::html::{self, Form};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use store::Store;
use url::Url;

/// Nothing takes this long; whatever does stands still.
const PATIENCE: Duration = Duration::from_secs(90);
/// What people write.
const COMMENT: &str = "Nachgefragt bei der Leitung: braucht es seit Ostern nicht mehr";
const STALE_COMMENT: &str = "Dieser Satz kommt zu spaet und wird nicht festgehalten";

/// The program, with its log in a file.
struct Program {
    child: Child,
    base: Url,
    folder: tempfile::TempDir,
    /// Who can sign in, by what they are.
    people: BTreeMap<&'static str, String>,
}

impl Program {
    fn start(level: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = common::program();
        command.args(["demo", "--people", "60", "--seed", "7", "--port", "0", "--data"]).arg(folder.path().join("demo"));
        let mut child = command.env("RUST_LOG", level).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let (mut base, mut people) = (None, BTreeMap::new());
        let parts = [
            ("manager", "manager,"),
            ("owner", "campaign owner:"),
            ("administrator", "administrator:"),
            ("compliance", "compliance officer"),
        ];
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            if let Some(url) = line.strip_prefix("Countersign is ready: ") {
                base = Some(Url::parse(url.trim()).unwrap());
            }
            for (part, says) in parts {
                if let Some((name, _)) = line.split_once(says) {
                    people.entry(part).or_insert_with(|| name.trim().to_owned());
                }
            }
            if line.starts_with("Everything is invented") {
                break;
            }
        }
        Self { child, base: base.unwrap(), folder, people }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("demo")
    }

    async fn store(&self) -> Store {
        Store::open(&format!("sqlite:{}", self.data().join("countersign.db").display())).await.unwrap()
    }

    /// Ends it as an operator does, and gives its log.
    fn stop(&mut self) -> String {
        assert!(Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Ended already, where the test came to its end.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// What must not be in the log, and what it is.
#[derive(Default)]
struct Secrets(Vec<(String, String)>);

impl Secrets {
    fn add(&mut self, what: &str, value: &str) {
        if value.chars().count() >= 6 {
            self.0.push((what.to_owned(), value.to_owned()));
        }
    }

    /// The values of a query that belong to one sign-in.
    fn add_query(&mut self, url: &Url) {
        for (name, value) in url.query_pairs() {
            if ["code", "state", "nonce", "code_challenge", "login_hint", "id_token_hint", "sign_in_as"].contains(&&*name) {
                self.add(&format!("{name} of a sign-in"), &value);
            }
        }
    }

    /// Every text of a JSON document that stands under a name that says it is secret.
    fn add_json(&mut self, name: &str, value: &serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| self.add_json(name, value)),
            serde_json::Value::Array(all) => all.iter().for_each(|value| self.add_json(name, value)),
            serde_json::Value::String(text) if ["secret", "private", "password"].iter().any(|word| name.contains(word)) => {
                // A key in PEM would be escaped in JSON: each of its lines counts.
                for line in text.lines().filter(|line| !line.starts_with("-----")) {
                    self.add(name, line);
                }
            }
            _ => {}
        }
    }
}

struct Got {
    status: u16,
    location: String,
    body: String,
}

/// Somebody's browser: it keeps one cookie.
struct Browser<'a> {
    program: &'a Program,
    http: reqwest::Client,
    cookie: String,
}

impl<'a> Browser<'a> {
    fn new(program: &'a Program) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build().unwrap();
        Self { program, http, cookie: String::new() }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder, secrets: &mut Secrets) -> Got {
        let answer = request.header("cookie", &self.cookie).send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            set.to_str().unwrap().split(';').next().unwrap().clone_into(&mut self.cookie);
            secrets.add("a session's cookie", self.cookie.split_once('=').unwrap().1);
        }
        let location = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
        Got { status: answer.status().as_u16(), location, body: answer.text().await.unwrap() }
    }

    async fn get(&mut self, path: &str, secrets: &mut Secrets) -> Got {
        let request = self.http.get(self.program.base.join(path).unwrap());
        self.send(request, secrets).await
    }

    async fn submit(&mut self, form: &Form, secrets: &mut Secrets) -> Got {
        let request = self.http.post(self.program.base.join(&form.action).unwrap()).form(&form.fields);
        let origin = self.program.base.origin().ascii_serialization();
        self.send(request.header("origin", origin).header("sec-fetch-site", "same-origin"), secrets).await
    }

    /// Begins to sign in by the person's own line of the sign-in page; gives the address that leads back.
    async fn until_callback(&mut self, part: &str, secrets: &mut Secrets) -> Url {
        let name = &self.program.people[part];
        let page = self.get("/sign-in", secrets).await.body;
        let own = page.split("<a ").find(|link| link.contains("login_hint=") && link.contains(name.as_str())).unwrap();
        let start = html::links(&format!("<a {own}")).remove(0);
        let begun = self.get(&start, secrets).await;
        let asked = Url::parse(&begun.location).unwrap();
        secrets.add_query(&asked);
        let page = self.http.get(asked.clone()).send().await.unwrap().text().await.unwrap();
        let own = page.split("name=\"sign_in_as\" value=\"").find(|rest| rest.split("</button>").next().unwrap().contains(name.as_str()));
        let subject = own.unwrap().split('"').next().unwrap().to_owned();
        let mut form: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
        form.push(("sign_in_as".to_owned(), subject));
        let back = self.http.post(format!("{}/sign-in", asked.origin().ascii_serialization())).form(&form).send().await.unwrap();
        let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        secrets.add_query(&back);
        back
    }

    async fn sign_in(program: &'a Program, part: &str, secrets: &mut Secrets) -> Self {
        let mut browser = Self::new(program);
        let back = browser.until_callback(part, secrets).await;
        assert_eq!(browser.get(back.as_str(), secrets).await.status, 303);
        browser
    }
}

/// Waits until it is so.
async fn until<S: Future<Output = bool>>(what: &str, mut so: impl FnMut() -> S) {
    let waited = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waited).await.is_ok(), "not yet {what}");
}

/// Answers an item with a comment; then answers what was shown before once more, which is too late.
async fn decides(program: &Program, secrets: &mut Secrets) {
    let mut manager = Browser::sign_in(program, "manager", secrets).await;
    let start = manager.get("/", secrets).await;
    let queue = if start.status == 303 { manager.get(&start.location, secrets).await } else { start };
    let mut links = html::links(&queue.body);
    if let Some(review) = links.iter().find(|link| link.starts_with("/reviews/")).cloned() {
        let review = review.split('#').next().unwrap().to_owned();
        links.extend(html::links(&manager.get(&review, secrets).await.body));
    }
    let item = |link: &String| Some(format!("/items/{}", link.split_once("item=")?.1.get(..36)?));
    let mut answered = false;
    for item in links.iter().filter_map(item) {
        let page = manager.get(&item, secrets).await;
        let Some(form) = html::form(&page.body, &format!("{item}/decide")) else { continue };
        let form = form.with("answer", "revoke").with("why", "no_longer_needed").with("note", COMMENT);
        if manager.submit(&form, secrets).await.status != 303 {
            continue;
        }
        let again = uuid::Uuid::from_u128(7).to_string();
        let late = form.with("attempt", again).with("answer", "approve").with("note", STALE_COMMENT);
        assert_eq!(manager.submit(&late, secrets).await.status, 409, "somebody answered already");
        answered = true;
        break;
    }
    assert!(answered, "no item could be answered: {links:?}");
    // What people look for is theirs too; so is what they ask for and may not see.
    let name = &program.people["administrator"];
    let searched = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", name).finish();
    for path in [format!("/?{searched}"), format!("/people?{searched}"), format!("/nowhere/{}", searched.trim_start_matches("q="))] {
        manager.get(&path, secrets).await;
    }
}

/// What goes wrong: a code that is none, a form from elsewhere, an address that is none, a body that is none.
async fn fails(program: &Program, secrets: &mut Secrets) {
    let mut stranger = Browser::new(program);
    let mut back = stranger.until_callback("owner", secrets).await;
    let query: Vec<(String, String)> = back.query_pairs().into_owned().filter(|(name, _)| name != "code").collect();
    back.query_pairs_mut().clear().extend_pairs(query).append_pair("code", "a-code-that-was-never-given-to-anybody");
    secrets.add("a code", "a-code-that-was-never-given-to-anybody");
    assert_eq!(stranger.get(back.as_str(), secrets).await.status, 502);
    let mut owner = Browser::sign_in(program, "owner", secrets).await;
    let request = owner.http.post(program.base.join("/orders/switch").unwrap()).header("origin", "https://elsewhere.example");
    assert_eq!(owner.send(request.body("on=false"), secrets).await.status, 403);
    assert_eq!(owner.get("/items/no-such-thing", secrets).await.status, 404);
    let request = owner.http.get(program.base.join("/api/v1/campaigns").unwrap()).header("authorization", "Bearer a-token-of-somebody");
    secrets.add("a token", "a-token-of-somebody");
    owner.send(request, secrets).await;
}

/// Has Okta and Entra read once more.
async fn reads(program: &Program, secrets: &mut Secrets) {
    let mut administrator = Browser::sign_in(program, "administrator", secrets).await;
    let store = program.store().await;
    let sources = store.read().await.unwrap().sources().await.unwrap();
    assert_eq!(sources.len(), 3);
    for source in &sources {
        let (page, action) = (format!("/sources/{}", source.id), format!("/sources/{}/sync", source.id));
        let form = html::form(&administrator.get(&page, secrets).await.body, &action).unwrap();
        assert_eq!(administrator.submit(&form, secrets).await.status, 303);
        let before = source.last_seq;
        until("read again", || async { store.read().await.unwrap().source(source.id).await.unwrap().unwrap().last_seq > before }).await;
    }
    store.close().await;
}

/// Makes a pack and takes it.
async fn exports(program: &Program, secrets: &mut Secrets) {
    let mut officer = Browser::sign_in(program, "compliance", secrets).await;
    let page = officer.get("/evidence", secrets).await.body;
    let form = html::forms(&page).into_iter().find(|form| form.action.starts_with("/evidence/") && form.action.ends_with("/make")).unwrap();
    assert_eq!(officer.submit(&form, secrets).await.status, 303);
    let mut pack = None;
    let waited = async {
        while pack.is_none() {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let page = officer.get("/evidence", secrets).await.body;
            pack = html::links(&page).into_iter().find(|link| link.starts_with("/evidence/packs/"));
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waited).await.is_ok(), "no pack was made");
    assert_eq!(officer.get(&pack.unwrap(), secrets).await.status, 200);
}

/// Everybody whom the program knows, and every secret that it was given.
async fn known(program: &Program, secrets: &mut Secrets) {
    let store = program.store().await;
    let mut tx = store.read().await.unwrap();
    for user in tx.users(None, 1_000).await.unwrap() {
        secrets.add("a user's name", &user.name);
        secrets.add("a user's address", user.email.as_deref().unwrap_or_default());
    }
    let mut people = 0;
    for source in tx.sources().await.unwrap() {
        for account in tx.accounts_at(source.id, source.last_seq.unwrap()).await.unwrap() {
            people += 1;
            if let Some(email) = &account.email {
                secrets.add("an address", email);
                secrets.add("a name", account.name.as_deref().unwrap_or_default());
            }
        }
    }
    assert!(people > 100, "{people}");
    drop(tx);
    store.close().await;
    let before = secrets.0.len();
    let credentials = fs::read(program.data().join("tenants/credentials.json")).unwrap();
    secrets.add_json("", &serde_json::from_slice(&credentials).unwrap());
    assert!(secrets.0.len() > before + 5, "the platforms' secrets are known");
    for name in ["seal", "pseudonym", "signing"] {
        secrets.add("a key of the installation", fs::read_to_string(program.data().join("keys").join(name)).unwrap().trim());
    }
    secrets.add("a comment", COMMENT);
    secrets.add("a comment that was not recorded", STALE_COMMENT);
    // What a comment or a name becomes in an address or a form.
    let encoded: Vec<(String, String)> = secrets
        .0
        .iter()
        .flat_map(|(what, value)| {
            let plus: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            [plus.replace('+', "%20"), plus].map(|text| (format!("{what}, encoded"), text))
        })
        .collect();
    secrets.0.extend(encoded);
    // Tokens that the platforms and the provider gave in between are not known here; what begins like one is.
    for (what, begins) in
        [("a JSON Web Token", "eyJ"), ("a token in a header", "Bearer "), ("a key", "-----BEGIN"), ("a cookie's name", "countersign=")]
    {
        secrets.0.push((what.to_owned(), begins.to_owned()));
    }
}

async fn a_session_is_logged_without_secrets(level: &str) {
    let mut program = Program::start(level);
    let mut secrets = Secrets::default();
    decides(&program, &mut secrets).await;
    reads(&program, &mut secrets).await;
    exports(&program, &mut secrets).await;
    fails(&program, &mut secrets).await;
    known(&program, &mut secrets).await;
    let log = program.stop();
    // It is the log of all that: a line of JSON for each request, and whatever else there was to say, beside sentences for people.
    let of_log = log.lines().filter(|line| line.starts_with('{'));
    let lines: Vec<serde_json::Value> = of_log.map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    for route in ["/items/{item}/decide", "/sources/{source}/sync", "/evidence/packs/{pack}", "/sign-in/callback"] {
        assert!(lines.iter().any(|line| line["fields"]["route"] == route), "{route} is not in the log");
    }
    assert!(lines.iter().any(|line| line["level"] == "WARN" && line["fields"]["message"] == "signing in did not work"));
    assert_eq!(lines.iter().any(|line| line["level"] == "DEBUG"), level != "info");
    let lower = log.to_lowercase();
    let mut found: Vec<String> = Vec::new();
    // Several sources know the same names.
    secrets.0.sort();
    secrets.0.dedup();
    // Thousands of values are sought in megabytes, which takes the standard library a quarter of a minute in this build.
    let holds = |text: &str, value: &str| memchr::memmem::find(text.as_bytes(), value.as_bytes()).is_some();
    for (what, value) in &secrets.0 {
        // Names and addresses however they are written; keys and tokens as they are.
        if holds(&log, value) || (what.contains("name") || what.contains("address")) && holds(&lower, &value.to_lowercase()) {
            let line = log.lines().find(|line| line.to_lowercase().contains(&value.to_lowercase())).unwrap_or_default();
            found.push(format!("{what} \u{201c}{value}\u{201d} in {line}"));
        }
    }
    assert!(found.is_empty(), "{} of {} are in the log:\n{}", found.len(), secrets.0.len(), found[..found.len().min(20)].join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_logged_as_usual_holds_no_names_and_no_secrets() {
    a_session_is_logged_without_secrets("info").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_logged_to_find_a_fault_holds_no_names_and_no_secrets() {
    a_session_is_logged_without_secrets("debug").await;
}

/// A database that cannot be reached, does not speak, or whose address is none: what is said of it leaves its password out.
#[test]
fn a_database_that_does_not_answer_is_told_without_its_password() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap();
    // Takes connections and hangs up.
    let hangs_up = std::thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            drop(stream);
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let demo = folder.path().join("demo").display().to_string();
    for url in [
        format!("postgres://countersign:Quitte-4711@{silent}/countersign"),
        "postgres://countersign:Quitte-4711@127.0.0.1:1/countersign".to_owned(),
        "postgres://countersign:Quitte-4711@[no-host/countersign".to_owned(),
        "postgres://countersign:Quitte-4711@127.0.0.1:no-port/countersign".to_owned(),
        "mysql://countersign:Quitte-4711@127.0.0.1/countersign".to_owned(),
    ] {
        let arguments = ["demo", "--headless", "--people", "60", "--database-url", &url, "--data", &demo];
        let told_to_say_more = common::program().args(arguments).env("RUST_LOG", "debug").output().unwrap();
        for ended in [common::run(&arguments), told_to_say_more] {
            assert_ne!(ended.status.code(), Some(0), "{url}");
            let (printed, said) = (common::printed(&ended), common::said(&ended));
            assert!(!said.is_empty(), "{url}: nothing was said");
            assert!(!printed.contains("Quitte") && !said.contains("Quitte"), "{url}: {printed}{said}");
        }
    }
    hangs_up.join().unwrap();
}
