//! A small company in files, read and asked about through the use cases.

use domain::{
    Answer, AttemptId, CampaignId, DefaultAction, Env, IdentityId, ItemId, ManualClock, OrderState, Policy, ReviewState, RevokeWhy, Role,
    Showing, SourceId, Timestamp, UserId,
    policy::Brake,
    time::{DAY, MINUTE},
};
use ledger::{Entry, PseudonymKey, SigningKey};
use review::{
    Actor, Context, Error, Keys, SignIn,
    close::{self, CloseForm, ClosePreview, Closed},
    connectors::Connectors,
    decide::{DecideForm, Decided, decide},
    handover::{HandOverForm, HandedOver, hand_over},
    open::{self, OpenForm, Scope},
    orders::{self, OrdersRun},
    sources::{self, NewSource, Place},
    sync::{self, SyncReport},
    undo::{UndoForm, Undone, undo},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::PathBuf,
    sync::Arc,
};
use store::{
    Sealer, SealingKey, User,
    decisions::ReviewItem,
    findings::Finding,
    orders::Order,
    testing::{self, Fresh},
};

/// The first moment of every story: 2026-11-02T08:00:00Z.
pub const START: Timestamp = Timestamp(1_793_606_400_000_000);
/// The undo window of these stories.
pub const WINDOW: i64 = 5 * MINUTE;

/// A grant in the files: person, entitlement, path, since when, by whom.
pub type Line = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// A person in the files: id, manager, status, last day of work.
pub type Person = (&'static str, &'static str, &'static str, &'static str);

pub struct World {
    pub ctx: Context,
    pub clock: Arc<ManualClock>,
    pub source: SourceId,
    pub campaign: Option<CampaignId>,
    pub people: Vec<Person>,
    pub grants: Vec<Line>,
    /// What the files say of somebody's employment: type, site and working time, with commas between.
    pub employment: BTreeMap<&'static str, &'static str>,
    /// Entitlements that give control over systems or over other people's access.
    pub privileged: BTreeSet<&'static str>,
    /// Who answers for an entitlement, where that is not deputy; nobody where it is empty.
    pub owners: BTreeMap<&'static str, &'static str>,
    /// Person, entitlement, last use.
    pub usage: Vec<(&'static str, &'static str, &'static str)>,
    /// Person, entitlement, what is required, until when they have it.
    pub requirements: Vec<(&'static str, &'static str, &'static str, &'static str)>,
    pub boss: Actor,
    pub deputy: Actor,
    pub olga: Actor,
    pub otto: Actor,
    pub files: PathBuf,
    _folder: tempfile::TempDir,
    _fresh: Fresh,
}

/// Limits that stop nothing, except the last holder and the last administrator.
pub fn easy() -> Policy {
    let brake = Brake {
        per_source_hour: 1_000,
        per_application_hour: 1_000,
        per_department_hour: 1_000,
        source_share_percent: 100,
        application_share_percent: 100,
        department_share_percent: 100,
        share_percent: 100,
        share_from: 1_000,
        ..Brake::default()
    };
    // So few items that each test names its own: those about the draw say so.
    Policy { undo_window: WINDOW, blind_share: 0, brake, ..Policy::default() }
}

/// How many walks of a property test: a few, or as many as `PROPTEST_CASES` asks for.
pub fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { proptest::test_runner::Config::default().cases } else { few }
}

/// One world on each database at hand.
pub async fn each() -> Vec<World> {
    let mut worlds = Vec::new();
    for fresh in testing::each().await.expect("databases") {
        worlds.push(World::new(fresh).await);
    }
    worlds
}

impl World {
    pub async fn new(fresh: Fresh) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let files = folder.path().join("files");
        fs::create_dir_all(&files).expect("folder");
        let (env, clock) = Env::simulated(START, 7);
        let keys = Keys { pseudonyms: PseudonymKey::new("k1", [7; 32]), signing: SigningKey::from_bytes(&[9; 32]) };
        let ctx = Context {
            store: fresh.store.clone(),
            env,
            origin: "test.example".into(),
            keys: Arc::new(keys),
            folder: Arc::new(folder.path().join("data")),
            connectors: Arc::new(Connectors::new(Sealer::new(vec![SealingKey::new("s1", [5; 32])]).expect("a key"))),
        };
        let settings = r#"{"emergency_entitlements":["glass"],"emergency_reviewers":["boss","deputy"]}"#;
        let new = NewSource {
            name: "Directory".to_owned(),
            place: Place::Files { folder: files.clone() },
            settings: settings.to_owned(),
            max_age: 7 * DAY,
            read_every: None,
        };
        let source = sources::create(&ctx, None, &new).await.expect("a source");
        let nobody = Actor {
            user: UserId(uuid::Uuid::nil()),
            identity: None,
            roles: BTreeSet::new(),
            name: String::new(),
            sign_in: SignIn::default(),
        };
        let mut world = Self {
            ctx,
            clock,
            source,
            campaign: None,
            people: people(),
            grants: grants(),
            employment: BTreeMap::new(),
            privileged: BTreeSet::new(),
            owners: BTreeMap::new(),
            usage: vec![("p01", "wiki", "2026-10-20")],
            requirements: Vec::new(),
            boss: nobody.clone(),
            deputy: nobody.clone(),
            olga: nobody.clone(),
            otto: nobody,
            files,
            _folder: folder,
            _fresh: fresh,
        };
        world.sync().await;
        world.boss = world.actor("boss", &[Role::Reviewer]).await;
        world.deputy = world.actor("deputy", &[Role::Reviewer]).await;
        world.olga = world.actor("olga", &[Role::Owner, Role::Reviewer]).await;
        world.otto = world.actor("otto", &[Role::Owner]).await;
        world
    }

    /// Writes the files and reads them.
    pub async fn sync(&self) -> SyncReport {
        self.write();
        sync::sync(&self.ctx, None, self.source).await.expect("the files can be read")
    }

    /// Writes the files.
    pub fn write(&self) {
        let mut people =
            "person_id,name,email,title,department,manager_id,status,start,end,changed_job_on,employment_type,site,working_time\n"
                .to_owned();
        for (id, manager, status, end) in &self.people {
            let employment = self.employment.get(id).copied().unwrap_or(",,");
            writeln!(people, "{id},Name of {id},{id}@example.com,clerk,Sales,{manager},{status},2020-01-01,{end},,{employment}")
                .expect("a line");
        }
        let mut entitlements = "entitlement_id,name,application,description,sensitivity,owner_id\n".to_owned();
        for (id, application, sensitivity) in [
            ("wiki", "Wiki", "low"),
            ("pay", "Payables", "high"),
            ("crm", "Sales desk", "low"),
            ("mail", "Sales desk", "low"),
            ("auto", "Wiki", "low"),
            ("glass", "Payables", "low"),
            ("solo", "Payables", "low"),
            ("deep", "Wiki", "low"),
        ] {
            let sensitivity = if self.privileged.contains(id) { "privileged" } else { sensitivity };
            let owner = self.owners.get(id).copied().unwrap_or("deputy");
            writeln!(entitlements, "{id},Access {id},{application},,{sensitivity},{owner}").expect("a line");
        }
        let mut grants = "person_id,entitlement_id,path,granted_on,granted_by\n".to_owned();
        for (person, entitlement, path, on, by) in &self.grants {
            writeln!(grants, "{person},{entitlement},{path},{on},{by}").expect("a line");
        }
        let mut usage = "person_id,entitlement_id,last_used,days_used,window_days,grain\n".to_owned();
        for (person, entitlement, last) in &self.usage {
            writeln!(usage, "{person},{entitlement},{last},1,90,entitlement").expect("a line");
        }
        if !self.requirements.is_empty() {
            let mut requirements = "person_id,entitlement_id,requirement,expires\n".to_owned();
            for (person, entitlement, what, expires) in &self.requirements {
                writeln!(requirements, "{person},{entitlement},{what},{expires}").expect("a line");
            }
            fs::write(self.files.join("requirements.csv"), requirements).expect("a file");
        }
        for (file, text) in [("people.csv", people), ("entitlements.csv", entitlements), ("grants.csv", grants), ("usage.csv", usage)] {
            fs::write(self.files.join(file), text).expect("a file");
        }
    }

    /// Puts other bytes in the place of what is recommended for an item, in a world of one campaign. Gives those that stood there.
    pub async fn set_recommendation(&self, person: &str, access: &str, bytes: &[u8]) -> Vec<u8> {
        let item = self.item(person, access).await;
        let mut tx = self.ctx.store.begin().await.expect("begins");
        let (_, before) = tx.recommendation_of_item(item.id).await.expect("reads").expect("is recommended");
        let hex = hex::encode(bytes);
        let blob = if self.ctx.store.kind() == "SQLite" { format!("x'{hex}'") } else { format!("decode('{hex}', 'hex')") };
        let of = format!("SELECT recommendation_id FROM items WHERE number = {}", item.number);
        assert_eq!(tx.tamper(&format!("UPDATE recommendations SET body = {blob} WHERE id = ({of})")).await.expect("changed"), 1);
        tx.commit().await.expect("commits");
        before
    }

    pub async fn identity(&self, person: &str) -> IdentityId {
        let mut tx = self.ctx.store.read().await.expect("reads");
        tx.identity_of_external_id(self.source, person).await.expect("reads").expect("a person of the files")
    }

    pub async fn actor(&self, person: &str, roles: &[Role]) -> Actor {
        let identity = Some(self.identity(person).await);
        let roles: BTreeSet<Role> = roles.iter().copied().collect();
        let user = User {
            id: self.ctx.env.id(),
            issuer: "https://idp.example".to_owned(),
            subject: person.to_owned(),
            name: format!("Name of {person}"),
            email: Some(format!("{person}@example.com")),
            identity,
            roles: roles.clone(),
            zone: store::ReaderZone::default(),
            first_seen: self.ctx.env.now(),
            last_seen: self.ctx.env.now(),
        };
        let mut tx = self.ctx.store.begin().await.expect("begins");
        let id = tx.upsert_user(&user).await.expect("a user");
        tx.commit().await.expect("commits");
        Actor { user: id, identity, roles, name: user.name, sign_in: SignIn::default() }
    }

    /// Opens a campaign over everything, owned by olga.
    pub async fn open(&mut self, policy: Policy) -> CampaignId {
        self.open_showing(policy, Showing::Shown).await
    }

    /// As [`Self::open`], with recommendations shown or hidden.
    pub async fn open_showing(&mut self, policy: Policy, showing: Showing) -> CampaignId {
        let form = OpenForm {
            name: format!("Autumn review {}", self.attempt()),
            sources: [self.source].into(),
            scope: Scope::All,
            due_at: self.ctx.env.now().plus(30 * DAY),
            time_zone: "Europe/Berlin".to_owned(),
            policy,
            showing,
        };
        let id = open::open(&self.ctx, &self.olga, self.attempt(), &form).await.expect("a campaign");
        self.campaign = Some(id);
        id
    }

    pub fn attempt(&self) -> AttemptId {
        self.ctx.env.id()
    }

    pub fn campaign(&self) -> CampaignId {
        self.campaign.expect("an open campaign")
    }

    /// Every item of the campaign by person and entitlement, as it is now.
    pub async fn items(&self) -> BTreeMap<(String, String), ReviewItem> {
        self.items_of(self.campaign()).await
    }

    pub async fn items_of(&self, campaign: CampaignId) -> BTreeMap<(String, String), ReviewItem> {
        let mut tx = self.ctx.store.read().await.expect("reads");
        let mut all = BTreeMap::new();
        for state in ReviewState::ALL {
            for item in tx.review_items_in_state(campaign, *state, 0, 1_000).await.expect("items") {
                let account = tx.account_at(item.account, item.seq).await.expect("reads").expect("an account");
                let entitlement = tx.entitlement_at(item.entitlement, item.seq).await.expect("reads").expect("an entitlement");
                // The second of two items of emergency access stands beside the first.
                let second = if item.seat == 2 { " (second)" } else { "" };
                all.insert((account.external_id, format!("{}{second}", entitlement.external_id)), item);
            }
        }
        all
    }

    pub async fn item(&self, person: &str, entitlement: &str) -> ReviewItem {
        self.items().await.remove(&(person.to_owned(), entitlement.to_owned())).expect("an item of the campaign")
    }

    pub async fn form(&self, person: &str, entitlement: &str, answer: Answer) -> DecideForm {
        let item = self.item(person, entitlement).await;
        DecideForm {
            attempt: self.attempt(),
            item: item.id,
            expected_version: item.version,
            answer,
            why: (answer == Answer::Revoke).then_some(RevokeWhy::NoLongerNeeded),
            note: None,
            to: None,
            shown: None,
        }
    }

    /// Every recommendation of these items can be made again, byte for byte.
    pub async fn assert_all_same(&self, items: &BTreeMap<(String, String), ReviewItem>) {
        let auditor = self.actor("otto", &[Role::Auditor]).await;
        for (of, item) in items {
            let id = item.recommendation.expect("a recommendation");
            let again = review::recommendations::recompute(&self.ctx, &auditor, id).await.expect("made again");
            assert!(again.same(), "{of:?}: {again:?}");
        }
    }

    /// The digest of what a page about an item shows now.
    pub async fn shows(&self, item: ItemId) -> Option<[u8; 32]> {
        let mut tx = self.ctx.store.read().await.expect("reads");
        review::shown::of_item(&mut tx, item).await.expect("reads").map(|shown| shown.digest)
    }

    pub async fn approve(&self, actor: &Actor, person: &str, entitlement: &str) -> Decided {
        let form = self.form(person, entitlement, Answer::Approve).await;
        decide(&self.ctx, actor, &form).await.expect("an approval")
    }

    pub async fn revoke(&self, actor: &Actor, person: &str, entitlement: &str) -> Decided {
        let form = self.form(person, entitlement, Answer::Revoke).await;
        decide(&self.ctx, actor, &form).await.expect("a revoke")
    }

    pub async fn escalate(&self, actor: &Actor, person: &str, entitlement: &str, to: &str) -> review::Result<Decided> {
        let form = DecideForm { to: Some(to.to_owned()), ..self.form(person, entitlement, Answer::Escalate).await };
        decide(&self.ctx, actor, &form).await
    }

    pub async fn undo(&self, actor: &Actor, person: &str, entitlement: &str) -> review::Result<Undone> {
        let item = self.item(person, entitlement).await;
        undo(&self.ctx, actor, &UndoForm { attempt: self.attempt(), item: item.id, expected_version: item.version }).await
    }

    pub async fn hand_over(&self, actor: &Actor, person: &str, entitlement: &str, to: &str) -> review::Result<HandedOver> {
        let item = self.item(person, entitlement).await;
        let form = HandOverForm { attempt: self.attempt(), item: item.id, expected_version: item.version, to: to.to_owned(), note: None };
        hand_over(&self.ctx, actor, &form).await
    }

    /// Lets the undo window pass and moves orders on.
    pub async fn later(&self) -> OrdersRun {
        self.clock.advance(WINDOW);
        self.run().await
    }

    /// What confirms a look at what closing does.
    pub fn closing(&self, seen: &ClosePreview) -> CloseForm {
        CloseForm {
            attempt: self.attempt(),
            campaign: seen.campaign,
            expected_version: seen.version,
            preview_digest: seen.digest,
            acknowledge: true,
        }
    }

    /// The owner looks at what closing does, and closes.
    pub async fn close(&self, campaign: CampaignId) -> Result<Closed, Error> {
        let seen = close::preview(&self.ctx, &self.olga, campaign).await?;
        close::close(&self.ctx, &self.olga, &self.closing(&seen)).await
    }

    pub async fn run(&self) -> OrdersRun {
        orders::run(&self.ctx).await.expect("orders move on")
    }

    pub async fn orders(&self, item: ItemId) -> Vec<Order> {
        self.ctx.store.read().await.expect("reads").orders_of_item(item).await.expect("orders")
    }

    /// The newest order of an item.
    pub async fn order(&self, person: &str, entitlement: &str) -> Order {
        let item = self.item(person, entitlement).await;
        let orders = self.orders(item.id).await;
        let living = orders.iter().rfind(|o| o.state != OrderState::Withdrawn).or(orders.last());
        living.cloned().expect("an order")
    }

    pub async fn findings(&self) -> Vec<Finding> {
        self.ctx.store.read().await.expect("reads").open_findings(None, 100).await.expect("findings")
    }

    /// The item's ledger entries, oldest version first.
    pub async fn entries(&self, item: ItemId) -> Vec<Entry> {
        let mut tx = self.ctx.store.read().await.expect("reads");
        let stored = tx.entries_of_item(item, None, 1_000).await.expect("entries");
        let mut entries: Vec<Entry> = stored.iter().map(|s| Entry::parse(&s.bytes).expect("a canonical entry")).collect();
        entries.sort_by_key(|e| (e.item_version, e.data_int("order_version")));
        entries
    }

    /// The ticket files, by name.
    pub fn tickets(&self) -> BTreeMap<String, String> {
        let Ok(folder) = fs::read_dir(self.ctx.folder.join("tickets")) else {
            return BTreeMap::new();
        };
        folder
            .map(|entry| {
                let entry = entry.expect("an entry");
                (entry.file_name().to_string_lossy().into_owned(), fs::read_to_string(entry.path()).expect("a ticket"))
            })
            .collect()
    }

    /// The rows of a table of a pack, which verifies.
    pub fn pack_rows(&self, made: &review::export::PackMade, table: &str) -> Vec<serde_json::Value> {
        let bytes = fs::read(review::export::folder(&self.ctx).join(&made.file)).expect("the pack");
        let report = ledger::verify_pack(&bytes, &ledger::Trust::Nothing);
        assert!(report.whole, "{}", report.sentence);
        let container = ledger::pack::container::Container::read(&bytes);
        let member = container.member(&ledger::pack::table::member_name(table)).expect("the table");
        let lines = ledger::pack::lines::LineReader::new(member.data).expect("lines");
        lines.map(|line| serde_json::from_slice(&line.expect("a line")).expect("a row")).collect()
    }

    /// How often a grant stands in ticket files.
    pub fn ticketed(&self, person: &str, entitlement: &str) -> usize {
        self.tickets().values().flat_map(|t| t.lines()).filter(|l| l.contains(&format!(",remove,{person},{entitlement},"))).count()
    }
}

/// The default action removes.
pub fn removing(policy: Policy) -> Policy {
    Policy { default_action: DefaultAction::Remove, ..policy }
}

fn people() -> Vec<Person> {
    let mut people = vec![
        ("boss", "", "active", ""),
        ("deputy", "", "active", ""),
        ("olga", "", "active", ""),
        ("otto", "", "active", ""),
        ("gone", "boss", "disabled", ""),
    ];
    for id in ["p01", "p02", "p03", "p04", "p05", "p06"] {
        people.push((id, "boss", "active", ""));
    }
    people
}

fn grants() -> Vec<Line> {
    const ON: &str = "2024-03-01";
    let mut grants = Vec::new();
    for person in ["p01", "p02", "p03", "p04", "p06"] {
        grants.push((person, "wiki", "direct", ON, ""));
    }
    grants.extend([
        ("p05", "wiki", "direct", ON, "deputy"),
        ("p01", "pay", "direct", ON, ""),
        ("p02", "pay", "direct", ON, ""),
        ("p03", "pay", "direct", ON, ""),
        ("p01", "crm", "group:sales", ON, ""),
        ("p01", "mail", "group:sales", ON, ""),
        ("p02", "crm", "group:sales", ON, ""),
        ("p02", "mail", "group:sales", ON, ""),
        ("p03", "auto", "rule:everyone", ON, ""),
        ("p04", "auto", "rule:everyone", ON, ""),
        ("p04", "glass", "direct", ON, ""),
        ("p05", "glass", "direct", ON, ""),
        ("p05", "deep", "nested:inner>outer", ON, ""),
        ("p06", "deep", "nested:inner>outer", ON, ""),
        ("p06", "solo", "direct", ON, ""),
    ]);
    grants
}
