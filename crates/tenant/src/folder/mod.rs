//! The simulated tenants of one folder: one company on its platforms, made at the first start, going on where it stood at
//! every later one.
//!
//! | below the folder | holds |
//! |---|---|
//! | `source/` | the files' part of the company, with `settings.json` |
//! | `tenants/tenants.json` | which company it is; written last, so that whoever was killed before begins anew |
//! | `tenants/credentials.json` | client ids, keys and secrets; only its owner can read it |
//! | `tenants/addresses.json` | where each tenant answered last, so that it does so again |
//! | `tenants/okta.jsonl`, `tenants/entra.jsonl` | the journals |
//! | `tenants/okta-settings.json`, `tenants/entra-settings.json` | what an administrator would declare about each platform |
//! | `tenants/labels/labels.json` | the truth about every grant; nothing reads it but measurements |

mod credentials;

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use credentials::{AppSecret, Credentials, EntraCredentials, IdpCredentials, OktaCredentials, ServiceKey, WebSecret};

use crate::company::{Company, Config, ConfigError, Platform, WriteError};
use crate::files::{self, FileError};
use crate::idp::{Clock, Random};
use crate::placed::{self, Placed};
use crate::{entra, idp, okta};

/// The form of the notes.
const SCHEMA: &str = "countersign/tenants/1";

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The file system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// The company's files could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// There is no such company.
    #[error(transparent)]
    Company(#[from] ConfigError),
    /// The folder holds another company.
    #[error(
        "{} holds a company with --people {people} and --seed {seed}; start it with the same numbers, or choose another folder", path.display()
    )]
    Another {
        /// The folder.
        path: PathBuf,
        /// The size of the company that it holds.
        people: usize,
        /// Its seed.
        seed: u64,
    },
    /// A file is not what it should be.
    #[error("{} cannot be used: {why}; mend it, or choose an empty folder", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A private key cannot be made or read.
    #[error("a private key cannot be used: {0}; it must be EC P-256 in PKCS #8, PEM")]
    Key(String),
    /// Another process has the folder open.
    #[error("another process runs the tenants of {}; end it, or choose another folder", .0.display())]
    InUse(PathBuf),
}

/// Which company it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notes {
    schema: String,
    seed: u64,
    people: usize,
    /// The moment at which the stories stand, microseconds since 1970.
    stands_at: i64,
}

/// A tenant that a folder runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// The Okta org.
    Okta,
    /// The Entra tenant.
    Entra,
    /// The sign-in provider.
    Idp,
}

impl Service {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Okta, Self::Entra, Self::Idp];
}

/// A folder of simulated tenants, open; no other process can open it meanwhile.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    whole: Company,
    parts: BTreeMap<Platform, Company>,
    credentials: Credentials,
    /// Locked as long as it is open.
    _lock: File,
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, FolderError> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let unusable = |why: serde_json::Error| FolderError::Unusable { path: path.to_owned(), why: why.to_string() };
            serde_json::from_slice(&bytes).map(Some).map_err(unusable)
        }
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(FileError::io(path, "read")(why).into()),
    }
}

fn lock(dir: &Path) -> Result<File, FolderError> {
    let path = dir.join("lock");
    let file = File::create(&path).map_err(FileError::io(&path, "written"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FolderError::InUse(dir.to_owned())),
        Err(TryLockError::Error(why)) => Err(FileError::io(&path, "locked")(why).into()),
    }
}

impl Folder {
    /// Opens a folder, which is made if need be. The company's stories stand at the moment of its first opening, by the
    /// clock; 1,200 people and 60 applications are the usual size.
    ///
    /// # Errors
    /// [`FolderError::Another`] where the folder holds another company; [`FolderError::InUse`] where another process has it
    /// open; the others as they say.
    pub fn open(path: &Path, seed: u64, people: usize, clock: &dyn Clock, random: &dyn Random) -> Result<Self, FolderError> {
        let tenants = path.join("tenants");
        files::make_dir(&tenants)?;
        let lock = lock(&tenants)?;
        let notes_path = tenants.join("tenants.json");
        let known: Option<Notes> = read_json(&notes_path)?;
        if let Some(notes) = &known {
            if notes.schema != SCHEMA {
                return Err(FolderError::Unusable { path: notes_path, why: format!("its schema is not {SCHEMA}") });
            }
            if (notes.seed, notes.people) != (seed, people) {
                return Err(FolderError::Another { path: path.to_owned(), people: notes.people, seed: notes.seed });
            }
        }
        let stands_at = known.as_ref().map_or_else(|| clock.now_micros(), |notes| notes.stands_at);
        let whole = Company::generate(Config::new(seed, stands_at).people(people))?;
        let parts = Platform::ALL.into_iter().map(|platform| (platform, whole.part(platform))).collect();
        // The tenant's id is no secret, and the ids of everything in it follow from it: the same company has the same ids.
        let tenant_id = entra::tenant_id(&format!("{seed} {people}"));
        let credentials = Credentials::open(&tenants.join("credentials.json"), &tenant_id, random)?;
        let folder = Self { path: path.to_owned(), whole, parts, credentials, _lock: lock };
        if known.is_none() {
            folder.write()?;
            let notes = Notes { schema: SCHEMA.to_owned(), seed, people, stands_at };
            files::replace(&notes_path, &files::json_bytes(&notes)?)?;
        }
        Ok(folder)
    }

    /// The files, the settings and the labels.
    fn write(&self) -> Result<(), FolderError> {
        let source = self.source();
        if let Some(files) = self.parts.get(&Platform::Files) {
            files.write_files(&source)?;
        }
        let mut labels = Vec::new();
        for (platform, part) in &self.parts {
            let placed = self.placed(*platform);
            labels.extend(placed.labels(part));
            if *platform != Platform::Files {
                let path = self.tenants().join(format!("{platform}-settings.json"));
                files::replace(&path, &files::json_bytes(&placed.settings(part))?)?;
            }
        }
        placed::write_labels(&self.whole, &labels, &self.tenants().join("labels"), &source)?;
        Ok(())
    }

    fn tenants(&self) -> PathBuf {
        self.path.join("tenants")
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole company, told again from its seed.
    pub const fn company(&self) -> &Company {
        &self.whole
    }

    /// What one platform has of it.
    pub fn part(&self, platform: Platform) -> &Company {
        self.parts.get(&platform).unwrap_or(&self.whole)
    }

    /// How a platform's part reads in the platform's own ids.
    pub fn placed(&self, platform: Platform) -> Placed {
        let part = self.part(platform);
        match platform {
            Platform::Okta => okta::place(part),
            Platform::Entra => entra::place(&self.credentials.entra.tenant_id, part),
            Platform::Files => Placed::in_files(part),
        }
    }

    /// The folder of the files' part.
    pub fn source(&self) -> PathBuf {
        self.path.join("source")
    }

    /// What is needed to connect.
    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Where that stands.
    pub fn credentials_path(&self) -> PathBuf {
        self.tenants().join("credentials.json")
    }

    /// Where the truth stands.
    pub fn labels_path(&self) -> PathBuf {
        self.tenants().join("labels").join("labels.json")
    }

    /// A platform's journal; none for files, which have none.
    pub fn journal(&self, platform: Platform) -> Option<PathBuf> {
        (platform != Platform::Files).then(|| self.tenants().join(format!("{platform}.jsonl")))
    }

    /// The Okta org: its part of the company is [`Self::part`]; it keeps no limits and behaves unless that is changed. A
    /// campaign of its own is under way, as two are in the Entra tenant.
    ///
    /// # Errors
    /// [`FolderError::Key`] where a key of the credentials cannot be read.
    pub fn okta(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<okta::Config, FolderError> {
        let mut config = self.credentials.okta(clock, random)?;
        config.journal = self.journal(Platform::Okta);
        config.campaign = true;
        Ok(config)
    }

    /// The Entra tenant, in the same way.
    pub fn entra(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> entra::Config {
        let mut config = self.credentials.entra(clock, random);
        config.journal = self.journal(Platform::Entra);
        config
    }

    /// The sign-in provider, where everybody of the company who reviews or owns something can sign in.
    pub fn idp(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> idp::Config {
        let people = self.whole.sign_ins();
        idp::Config { organisation: "Meridian".to_owned(), clients: vec![self.credentials.client()], people, clock, random }
    }

    /// Where a tenant answered last; none where it never did.
    ///
    /// # Errors
    /// [`FolderError::Unusable`] where the note of it cannot be read.
    pub fn address(&self, service: Service) -> Result<Option<SocketAddr>, FolderError> {
        Ok(self.addresses()?.get(&service).copied())
    }

    /// Notes where a tenant answers, so that it does so again: people and platforms are known by their addresses.
    ///
    /// # Errors
    /// [`FolderError::File`] where the disk refuses.
    pub fn remember(&self, service: Service, address: SocketAddr) -> Result<(), FolderError> {
        let mut addresses = self.addresses()?;
        if addresses.insert(service, address) != Some(address) {
            files::replace(&self.addresses_path(), &files::json_bytes(&addresses)?)?;
        }
        Ok(())
    }

    fn addresses_path(&self) -> PathBuf {
        self.tenants().join("addresses.json")
    }

    fn addresses(&self) -> Result<BTreeMap<Service, SocketAddr>, FolderError> {
        Ok(read_json(&self.addresses_path())?.unwrap_or_default())
    }
}
