//! The demo's folder: what it holds, and how it comes to be, once.
//!
//! Everything is made in an order in which a killed run can be finished by the
//! next: `demo.json` is written last of the files, and after it every step
//! looks first whether it was done.

use crate::{
    cli::{Failure, write_whole},
    env::SystemRandom,
    keys::Ready,
};
use domain::{AttemptId, Env, Random, Timestamp};
use ledger::{PseudonymKey, SigningKey};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use store::{Sealer, SealingKey};
use tenant::company::{Company, Config};

/// The folder's own notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// The form of this file.
    pub schema: String,
    /// The company's seed.
    pub seed: u64,
    /// The company's size.
    pub people: usize,
    /// The moment at which its stories stand.
    pub stands_at: Timestamp,
    /// The port of the simulated sign-in provider: people are known by its address, so it stays.
    pub idp_port: u16,
    /// The attempt that opens the campaign: opened once, however often the demo is started.
    pub open_attempt: AttemptId,
}

/// The name of the notes' form.
const SCHEMA: &str = "countersign/demo/1";

/// A demo's folder, ready to be used.
#[derive(Debug)]
pub struct House {
    /// The folder.
    pub folder: PathBuf,
    /// Its notes.
    pub notes: Notes,
    /// The company, told again from its seed.
    pub company: Company,
    /// The installation's keys.
    pub keys: Ready,
}

impl House {
    /// The folder of the source's files.
    pub fn source(&self) -> PathBuf {
        self.folder.join("source")
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
        std::fs::create_dir_all(folder.join("tenants")).map_err(io("the folders cannot be made"))?;
        let notes = match std::fs::read(&path) {
            Ok(bytes) => {
                let notes: Notes = serde_json::from_slice(&bytes).map_err(|why| {
                    Failure::Use(format!("{} is not a demo's notes ({why}). Choose an empty folder with --data.", path.display()))
                })?;
                if (notes.seed, notes.people) != (seed, people) {
                    return Err(Failure::Use(format!(
                        "{} holds a demo with --people {} --seed {}. Start it with the same numbers, or choose another folder with --data.",
                        folder.display(),
                        notes.people,
                        notes.seed
                    )));
                }
                notes
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
                let stands_at = env.now();
                let company = tell(seed, people, stands_at)?;
                let write = |why: tenant::company::WriteError| Failure::environment("the company's files cannot be written", why);
                company.write_files(&folder.join("source")).map_err(write)?;
                company.write_labels(&folder.join("tenants").join("labels"), &folder.join("source")).map_err(write)?;
                for name in ["seal", "pseudonym", "signing"] {
                    let mut key = [0; 32];
                    SystemRandom.fill(&mut key);
                    write_whole(&folder.join("keys").join(name), hex::encode(key).as_bytes()).map_err(io("the keys cannot be written"))?;
                }
                let notes = Notes { schema: SCHEMA.to_owned(), seed, people, stands_at, idp_port: free_port()?, open_attempt: env.id() };
                let text = serde_json::to_vec_pretty(&notes).map_err(|why| Failure::environment("the notes cannot be written", why))?;
                write_whole(&path, &text).map_err(io("the notes cannot be written"))?;
                return Ok(Self { folder: folder.to_owned(), notes, company, keys: keys(folder)? });
            }
            Err(why) => return Err(io("the notes cannot be read")(why)),
        };
        let company = tell(seed, people, notes.stands_at)?;
        Ok(Self { folder: folder.to_owned(), notes, company, keys: keys(folder)? })
    }
}

fn tell(seed: u64, people: usize, stands_at: Timestamp) -> Result<Company, Failure> {
    Company::generate(Config::new(seed, stands_at.micros()).people(people)).map_err(|why| Failure::Use(why.to_string()))
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

/// A port on loopback that nobody uses now, below those that outgoing connections get by themselves: another run of
/// the folder needs it again.
fn free_port() -> Result<u16, Failure> {
    let mut last = None;
    for _ in 0..50 {
        let mut chance = [0; 2];
        SystemRandom.fill(&mut chance);
        let port = 20_000 + u16::from_be_bytes(chance) % 12_000;
        match std::net::TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(why) => last = Some(why),
        }
    }
    let why = last.map_or_else(String::new, |why| why.to_string());
    Err(Failure::environment("no port between 20000 and 31999 is free on loopback", why))
}
