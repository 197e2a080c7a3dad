//! The demo's folder: what it holds, and how it comes to be, once.
//!
//! Everything is made in an order in which a killed run can be finished by the
//! next: `demo.json` is written last of the files, and after it every step
//! looks first whether it was done.

use crate::{
    cli::{Failure, write_whole},
    env::SystemRandom,
    keys::Ready,
    tenants::{self, World},
};
use domain::{AttemptId, Env, Random};
use ledger::{PseudonymKey, SigningKey};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use store::{Sealer, SealingKey};
use tenant::{
    company::{Company, Platform},
    folder::Folder,
};

/// The folder's own notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// The form of this file.
    pub schema: String,
    /// The attempt that opens the campaign: opened once, however often the demo is started.
    pub open_attempt: AttemptId,
}

/// The name of the notes' form.
const SCHEMA: &str = "countersign/demo/2";

/// A demo's folder, ready to be used.
#[derive(Debug)]
pub struct House {
    /// The folder.
    pub folder: PathBuf,
    /// Its notes.
    pub notes: Notes,
    /// The simulated tenants: one company, spread over an Okta org, an Entra tenant and files.
    pub tenants: Folder,
    /// The installation's keys.
    pub keys: Ready,
}

impl House {
    /// The company, told again from its seed.
    pub const fn company(&self) -> &Company {
        self.tenants.company()
    }

    /// The folder of the files' part.
    pub fn source(&self) -> PathBuf {
        self.tenants.source()
    }

    /// The folder of ticket files.
    pub fn tickets(&self) -> PathBuf {
        self.folder.join("tickets")
    }

    /// The journal of the simulated ticket desk.
    pub fn desk_journal(&self) -> PathBuf {
        self.folder.join("tenants").join("desk.jsonl")
    }

    /// The answers that the scripted reviewers saw acknowledged.
    pub fn acknowledged(&self) -> PathBuf {
        self.folder.join("tenants").join("acknowledged.jsonl")
    }

    /// The address of the database, unless another is given.
    pub fn database(&self) -> String {
        format!("sqlite:{}", self.folder.join("countersign.db").display())
    }

    /// What an administrator would declare about a platform: emergency access, duties, and how much harm access could do.
    ///
    /// # Errors
    /// [`Failure::Environment`] where it cannot be put into JSON.
    pub fn settings(&self, platform: Platform) -> Result<String, Failure> {
        let settings = self.tenants.placed(platform).settings(self.tenants.part(platform));
        let wrong = |why: serde_json::Error| Failure::environment(format!("the settings of {platform} cannot be made"), why);
        let mut settings = serde_json::to_value(settings).map_err(wrong)?;
        if let (Platform::Files, Some(settings)) = (platform, settings.as_object_mut()) {
            // Its ids of people are the numbers that HR gives.
            settings.insert("person_ids_are_employee_numbers".to_owned(), true.into());
        }
        Ok(settings.to_string())
    }

    /// Makes the folder, or finishes and reuses it.
    ///
    /// # Errors
    /// [`Failure::Use`] where the folder holds a demo of another seed or size.
    pub fn prepare(folder: &Path, seed: u64, people: usize, env: &Env) -> Result<Self, Failure> {
        let path = folder.join("demo.json");
        let io = |what: &str| {
            let what = format!("{what} in {}", folder.display());
            move |why: std::io::Error| Failure::environment(what, why)
        };
        std::fs::create_dir_all(folder).map_err(io("the folder cannot be made"))?;
        let world = World::new(env);
        let tenants = Folder::open(folder, seed, people, &world, &world).map_err(tenants::failed)?;
        let notes = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice::<Notes>(&bytes).ok().filter(|notes| notes.schema == SCHEMA).ok_or_else(|| {
                Failure::Use(format!("{} is not a demo of this version. Choose an empty folder with --data.", folder.display()))
            })?,
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
                for name in ["seal", "pseudonym", "signing"] {
                    let mut key = [0; 32];
                    SystemRandom.fill(&mut key);
                    write_whole(&folder.join("keys").join(name), hex::encode(key).as_bytes()).map_err(io("the keys cannot be written"))?;
                }
                let notes = Notes { schema: SCHEMA.to_owned(), open_attempt: env.id() };
                let text = serde_json::to_vec_pretty(&notes).map_err(|why| Failure::environment("the notes cannot be written", why))?;
                write_whole(&path, &text).map_err(io("the notes cannot be written"))?;
                notes
            }
            Err(why) => return Err(io("the notes cannot be read")(why)),
        };
        Ok(Self { folder: folder.to_owned(), notes, tenants, keys: keys(folder)? })
    }
}

fn keys(folder: &Path) -> Result<Ready, Failure> {
    let read = |name: &str| -> Result<[u8; 32], Failure> {
        let path = folder.join("keys").join(name);
        let text = std::fs::read_to_string(&path).map_err(|why| Failure::environment(format!("{} cannot be read", path.display()), why))?;
        let bytes = hex::decode(text.trim()).unwrap_or_default();
        bytes.try_into().map_err(|_| Failure::Environment(format!("{} is not a key of 32 bytes in hexadecimal", path.display())))
    };
    let sealer = Sealer::new(vec![SealingKey::new("demo", read("seal")?)]).map_err(|why| Failure::Environment(why.to_string()))?;
    let review =
        review::Keys { pseudonyms: PseudonymKey::new("demo", read("pseudonym")?), signing: SigningKey::from_bytes(&read("signing")?) };
    Ok(Ready { review, sealer })
}
