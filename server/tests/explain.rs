//! `countersign explain`: a recommendation of an installation, taken apart; and one changed byte, which ends with 1.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;
#[path = "common/documents.rs"]
mod documents;

use common::{printed, run, said};
use documents::matches;
use domain::{CampaignId, Policy, RecommendationId, ReviewState, Role, time::DAY};
use ledger::{PseudonymKey, SigningKey};
use review::{
    Context, Keys, SignIn,
    connectors::Connectors,
    open::{self, OpenForm, Scope},
    sources::{self, NewSource, Place},
    sync,
    users::{self, SignedIn},
};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use store::{Sealer, SealingKey, Store};
use tenant::company::{Company, Config};

struct Installed {
    config: PathBuf,
    ctx: Context,
    campaign: CampaignId,
    recommendation: RecommendationId,
    _folder: tempfile::TempDir,
}

/// An installation with a configuration, and an open campaign over the invented company.
async fn installed() -> Installed {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    for (number, name) in (1_u8..).zip(["seal", "pseudonym", "signing"]) {
        fs::write(folder.path().join(name), hex::encode([number; 32])).unwrap();
    }
    let text = format!(
        "origin = \"reviews.test\"\nfolder = {:?}\n[server]\npublic_url = \"http://127.0.0.1:8080\"\n[database]\nurl = {:?}\n\
         [[keys.seal]]\nid = \"s1\"\nfile = {:?}\n[keys.pseudonym]\nid = \"p1\"\nfile = {:?}\n[keys.signing]\nfile = {:?}\n",
        at("data"),
        format!("sqlite:{}", at("countersign.db")),
        at("seal"),
        at("pseudonym"),
        at("signing"),
    );
    fs::create_dir_all(folder.path().join("data")).unwrap();
    let config = folder.path().join("countersign.toml");
    fs::write(&config, text).unwrap();
    assert_eq!(run(&["migrate", "--config", config.to_str().unwrap()]).status.code(), Some(0));

    let env = server::env::real(None);
    let company = Company::generate(Config::new(7, env.now().micros()).people(60)).unwrap();
    let files = folder.path().join("files");
    company.write_files(&files).unwrap();
    let ctx = Context {
        store: Store::open(&format!("sqlite:{}", at("countersign.db"))).await.unwrap(),
        env,
        origin: "reviews.test".into(),
        keys: Arc::new(Keys { pseudonyms: PseudonymKey::new("p1", [2; 32]), signing: SigningKey::from_bytes(&[3; 32]) }),
        folder: Arc::new(folder.path().join("data")),
        connectors: Arc::new(Connectors::new(Sealer::new(vec![SealingKey::new("s1", [1; 32])]).unwrap())),
    };
    let settings = fs::read_to_string(files.join("settings.json")).unwrap();
    let new =
        NewSource { name: "Meridian".to_owned(), place: Place::Files { folder: files }, settings, max_age: 7 * DAY, read_every: None };
    let source = sources::create(&ctx, None, &new).await.unwrap();
    sync::sync(&ctx, None, source).await.unwrap();
    let owner = SignedIn {
        issuer: "https://idp.test".to_owned(),
        subject: "owner".to_owned(),
        name: "An owner".to_owned(),
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
        due_at: ctx.env.now().plus(20 * DAY),
        time_zone: "Europe/Zurich".to_owned(),
        policy: Policy::default(),
        showing: domain::Showing::Shown,
    };
    let campaign = open::open(&ctx, &owner, ctx.env.id(), &form).await.unwrap();
    let mut tx = ctx.store.read().await.unwrap();
    let items = tx.review_items_in_state(campaign, ReviewState::Undecided, 0, 10).await.unwrap();
    drop(tx);
    Installed { config, campaign, recommendation: items[0].recommendation.unwrap(), ctx, _folder: folder }
}

/// Where the document is not of its published form.
fn wrong_with(explained: &Value) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas/explanation-1.json");
    let schema = jsonschema::validator_for(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).unwrap();
    schema.iter_errors(explained).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[tokio::test]
async fn a_recommendation_is_taken_apart_and_one_changed_byte_ends_with_1() {
    let installed = installed().await;
    let (config, id) = (installed.config.to_str().unwrap(), installed.recommendation.to_string());
    let plain = run(&["explain", &id, "--config", config]);
    assert_eq!(plain.status.code(), Some(0), "{}", said(&plain));
    let text = printed(&plain);
    for part in ["Facts, as of", "Named rules, in their order", "Weighed", "together", "Result: ", "SAME: "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let machine = run(&["explain", &id, "--config", config, "--json"]);
    let explained: Value = serde_json::from_slice(&machine.stdout).unwrap();
    assert_eq!((machine.status.code(), wrong_with(&explained)), (Some(0), vec![]));

    // One byte of the stored facts: the digit of a year in the time of judging.
    let mut tx = installed.ctx.store.begin().await.unwrap();
    let body = tx.recommendation(installed.recommendation).await.unwrap().unwrap().body;
    let changed = String::from_utf8(body).unwrap().replacen("\"as_of\":1", "\"as_of\":2", 1);
    let (blob, row) = (hex::encode(changed), id.replace('-', "").to_uppercase());
    let rows = tx.tamper(&format!("UPDATE recommendations SET body = X'{blob}' WHERE hex(id) = '{row}'")).await.unwrap();
    assert_eq!(rows, 1);
    tx.commit().await.unwrap();
    let found = run(&["explain", &id, "--config", config]);
    assert_eq!(found.status.code(), Some(1));
    assert!(said(&found).contains("not what was recommended") && said(&found).contains("input_hash"), "{}", said(&found));
    assert!(printed(&found).contains("DIFFERENT: "), "{}", printed(&found));
}

/// After an upgrade a recommendation of the engine before is no finding: it cannot be made again with this program, and ends with 3.
#[tokio::test]
async fn what_another_engine_made_ends_with_3() {
    let installed = installed().await;
    let (config, id) = (installed.config.to_str().unwrap(), installed.recommendation);
    let mut tx = installed.ctx.store.begin().await.unwrap();
    let row = tx.recommendation(id).await.unwrap().unwrap();
    let weights = tx.weights(&row.weights_sha256).await.unwrap().unwrap();
    let entry = tx.entries_of_recommendations(row.item_id.into()).await.unwrap().remove(0);
    let said = ledger::Entry::parse(&entry.bytes).unwrap();
    let body = String::from_utf8(row.body).unwrap().replace(recommend::ENGINE, "countersign-rules/0");
    let hash = hex::encode(recommend::stored_input_hash(body.as_bytes(), &weights.body).unwrap());
    let body = body.replace(&hex::encode(&row.input_hash), &hash);
    let told = String::from_utf8(entry.bytes).unwrap();
    let told = told.replace(said.data_code("body_sha256").unwrap(), &ledger::sha256_hex(body.as_bytes()));
    let told = told.replace(said.data_code("input_hash").unwrap(), &hash);
    let row_id = |id: uuid::Uuid| id.simple().to_string().to_uppercase();
    for sql in [
        format!(
            "UPDATE recommendations SET engine = 'countersign-rules/0', input_hash = X'{hash}', body = X'{}' WHERE hex(id) = '{}'",
            hex::encode(&body),
            row_id(id.0)
        ),
        format!(
            "UPDATE ledger_entries SET bytes = X'{}', leaf = X'{}' WHERE hex(id) = '{}'",
            hex::encode(&told),
            hex::encode(ledger::leaf_hash(told.as_bytes())),
            row_id(entry.id.0)
        ),
    ] {
        assert_eq!(tx.tamper(&sql).await.unwrap(), 1, "{sql}");
    }
    tx.commit().await.unwrap();
    let machine = run(&["explain", &id.to_string(), "--config", config, "--json"]);
    let explained: Value = serde_json::from_slice(&machine.stdout).unwrap();
    assert_eq!((machine.status.code(), wrong_with(&explained)), (Some(3), vec![]), "{}", common::said(&machine));
    assert_eq!(explained["recomputed"]["outcome"], "other-engine");
    assert!(common::said(&machine).contains("made by the engine countersign-rules/0"), "{}", common::said(&machine));
}

#[tokio::test]
async fn a_pack_made_on_the_command_line_is_told_and_verified() {
    let installed = installed().await;
    let out = installed.config.with_file_name("pack.zip");
    let (config, campaign, out) = (installed.config.to_str().unwrap(), installed.campaign.to_string(), out.to_str().unwrap());
    let made = run(&["export", "--config", config, "--campaign", &campaign, "--out", out, "--json"]);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    let told: Value = serde_json::from_slice(&made.stdout).unwrap();
    matches("export-1.json", &told);
    let verified = run(&["verify", out, "--key", told["fingerprint"].as_str().unwrap()]);
    assert_eq!(verified.status.code(), Some(0), "{}", printed(&verified));
}

#[tokio::test]
async fn an_unknown_recommendation_is_wrong_use() {
    let installed = installed().await;
    let config = installed.config.to_str().unwrap();
    let unknown = run(&["explain", "01932c07-1f0e-7a3b-8000-3b9aca000001", "--config", config]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("There is no recommendation 01932c07"), "{}", said(&unknown));
}
