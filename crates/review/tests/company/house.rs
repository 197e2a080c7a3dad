//! An installation with the invented company as its only source.

use domain::{Clock, Env, ManualClock, Role, SourceId, Timestamp, UserId, time::DAY};
use review::{
    Actor, Context, Keys, SignIn,
    connectors::Connectors,
    sources::{NewSource, Place},
};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};
use store::{Sealer, SealingKey, User, testing::Fresh};
use tenant::company::{Company, Config};

/// 21 November 2026, 08:00 UTC.
pub const NOW: Timestamp = Timestamp(1_795_248_000_000_000);

pub struct House {
    pub ctx: Context,
    pub clock: Arc<ManualClock>,
    pub company: Company,
    pub source: SourceId,
    pub files: PathBuf,
    _fresh: Fresh,
    _folder: tempfile::TempDir,
}

impl House {
    /// A house on a fresh database, its source connected and not yet read.
    pub async fn new(fresh: Fresh, people: usize, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("source");
        let company = Company::generate(Config::new(seed, NOW.micros()).people(people)).unwrap();
        company.write_files(&files).unwrap();
        let (env, clock) = Env::simulated(NOW, seed);
        let keys = Keys { pseudonyms: ledger::PseudonymKey::new("p1", [7; 32]), signing: ledger::SigningKey::from_bytes(&[9; 32]) };
        let ctx = Context {
            store: fresh.store.clone(),
            env,
            origin: "reviews.test".into(),
            keys: Arc::new(keys),
            folder: Arc::new(folder.path().join("data")),
            connectors: Arc::new(Connectors::new(Sealer::new(vec![SealingKey::new("s1", [5; 32])]).unwrap())),
        };
        let settings = std::fs::read_to_string(files.join("settings.json")).unwrap();
        let new = NewSource {
            name: "Meridian".to_owned(),
            place: Place::Files { folder: files.clone() },
            settings,
            max_age: 7 * DAY,
            read_every: None,
        };
        let source = review::sources::create(&ctx, None, &new).await.unwrap();
        Self { ctx, clock, company, source, files, _fresh: fresh, _folder: folder }
    }

    /// Somebody of the company, signed in with these roles.
    pub async fn person(&self, person_id: &str, roles: &[Role]) -> Actor {
        let mut tx = self.ctx.store.begin().await.unwrap();
        let identity = tx.identity_of_external_id(self.source, person_id).await.unwrap();
        let user = User {
            id: self.ctx.env.id::<UserId>(),
            issuer: "https://idp.test".to_owned(),
            subject: person_id.to_owned(),
            name: person_id.to_owned(),
            email: None,
            identity,
            roles: roles.iter().copied().collect(),
            zone: store::ReaderZone::default(),
            first_seen: self.clock.now(),
            last_seen: self.clock.now(),
        };
        let id = tx.upsert_user(&user).await.unwrap();
        tx.commit().await.unwrap();
        Actor {
            user: id,
            identity,
            roles: roles.iter().copied().collect::<BTreeSet<_>>(),
            name: person_id.to_owned(),
            sign_in: SignIn::default(),
        }
    }

    /// The campaign owner of the cast.
    pub async fn owner(&self) -> Actor {
        let id = self.company.cast().of_role(tenant::company::Role::Owner).next().unwrap().person_id.clone();
        self.person(&id, &[Role::Owner]).await
    }
}
