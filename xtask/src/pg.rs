//! A throwaway PostgreSQL: made, used by one command, removed.
//!
//! PostgreSQL's own binaries run in a folder of their own, on a free port of the loopback
//! address, with a password nobody else knows. PostgreSQL refuses to run as root; where root
//! runs this, its processes belong to `postgres` or `nobody`. Nothing is synced to disk, because
//! nothing here is to be kept.

use crate::command::command;
use crate::paths::on_path;
use crate::scratch::Scratch;
use crate::{Error, Result, say};
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

/// The variable that tests read the address from.
pub const VARIABLE: &str = "COUNTERSIGN_TEST_POSTGRES";

/// What to do where PostgreSQL is not installed.
const ADVICE: &str =
    "PostgreSQL's own programs (initdb, postgres) are not here. Install them with `apt-get install postgresql`, or let `make setup` do it.";

/// The folder names begin with this; the process id follows.
const FOLDER: &str = "countersign-pg-";

/// Runs a command beside a fresh cluster and passes its exit code on. The cluster is stopped
/// and its folder removed whatever the command did.
pub fn beside(program: &str, arguments: &[&str]) -> Result<ExitCode> {
    let scratch = Scratch::make();
    let cluster = Cluster::start(&scratch)?;
    let mut beside = command(program);
    scratch.used_by(&mut beside);
    let status = beside.args(arguments).env(VARIABLE, cluster.url()).status().map_err(Error::start(program));
    drop(cluster);
    let code = status?.code().unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// A running cluster. Dropping it stops it and removes its folder.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    user: Option<User>,
    password: String,
    port: u16,
    server: Option<Child>,
}

impl Cluster {
    /// Makes and starts one, and returns when it answers. Its files are in `scratch`: the tests make and remove hundreds of
    /// thousands of them.
    pub fn start(scratch: &Scratch) -> Result<Self> {
        remove_left_overs();
        let programs = programs().ok_or_else(|| Error::sentence(ADVICE))?;
        let user = User::unprivileged()?;
        let folder = scratch.folder().join(format!("{FOLDER}{}", std::process::id()));
        std::fs::create_dir(&folder).map_err(Error::file(&folder))?;
        let mut cluster = Self { programs, folder, user, password: secret()?, port: 0, server: None };
        cluster.initialise()?;
        // Between asking for a free port and using it, another process may take it.
        for _ in 0..5 {
            cluster.port = free_port()?;
            if cluster.serve()? {
                return Ok(cluster);
            }
        }
        Err(Error::sentence(format!("PostgreSQL did not start on five free ports. Its log said:\n{}", cluster.log())))
    }

    /// Where it answers: `postgres://…/postgres`, as a superuser of this cluster.
    pub fn url(&self) -> String {
        format!("postgres://countersign:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    /// A command for one of PostgreSQL's programs, as the unprivileged user.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some(user) = &self.user {
            command.uid(user.id).gid(user.group);
        }
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    fn initialise(&self) -> Result<()> {
        let secret = self.folder.join("password");
        std::fs::write(&secret, &self.password).map_err(Error::file(&secret))?;
        if let Some(user) = &self.user {
            for path in [&self.folder, &secret] {
                chown(path, Some(user.id), Some(user.group)).map_err(Error::file(path))?;
            }
        }
        // A locale whose order is not that of bytes, so that a column that forgot its
        // `COLLATE "C"` shows. Builds without ICU fall back to bytes.
        let locales: [&[&str]; 2] = [&["--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8"], &["--locale=C"]];
        let mut said = String::new();
        for locale in locales {
            let out = self
                .command("initdb")
                .args(["--pgdata", "data", "--username", "countersign", "--pwfile", "password"])
                .args(["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync", "--no-instructions"])
                .args(locale)
                .output()
                .map_err(Error::start("initdb"))?;
            if out.status.success() {
                return Ok(());
            }
            said = String::from_utf8_lossy(&out.stderr).into_owned();
        }
        Err(Error::sentence(format!("PostgreSQL's initdb failed: {said}")))
    }

    /// Starts the server and waits until it answers; `false` when it ended instead.
    fn serve(&mut self) -> Result<bool> {
        let log = self.folder.join("log");
        let log = std::fs::File::create(&log).map_err(Error::file(&log))?;
        let mut command = self.server_command();
        let child = command
            .args(["-D", "data", "-k", &self.folder.to_string_lossy()])
            .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"])
            .args(["-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "autovacuum=off"])
            .args(["-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "max_wal_size=128MB"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(Error::start("postgres"))?;
        let server = self.server.insert(child);
        for _ in 0..300 {
            if server.try_wait().is_ok_and(|status| status.is_some()) {
                self.server = None;
                return Ok(false);
            }
            let ready = Command::new(self.programs.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status()
                .map_err(Error::start("pg_isready"))?;
            if ready.success() {
                return Ok(true);
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Err(Error::sentence(format!("PostgreSQL did not answer within 15 seconds. Its log said:\n{}", self.log())))
    }

    /// `postgres` itself, through `setpriv` where that is there: the kernel then ends the server
    /// together with this process, however this process ends.
    fn server_command(&self) -> Command {
        let Some(setpriv) = on_path(&["setpriv"]) else {
            return self.command("postgres");
        };
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "QUIT"]);
        if let Some(user) = &self.user {
            command.args([&format!("--reuid={}", user.id), &format!("--regid={}", user.group), "--clear-groups"]);
        }
        command.arg(self.programs.join("postgres")).current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let stopped = self.command("pg_ctl").args(["stop", "-D", "data", "-m", "immediate", "-s"]).status();
            if !stopped.is_ok_and(|status| status.success()) {
                // Its children notice and end by themselves.
                let _ = server.kill();
            }
            let _ = server.wait();
        }
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            say(&format!("{} could not be removed: {error}", self.folder.display()));
        }
    }
}

/// Removes the folders of clusters whose starter is gone, as after a kill.
fn remove_left_overs() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(id) = name.strip_prefix(FOLDER) else {
            continue;
        };
        let gone = id.parse::<u32>().is_ok() && !Path::new("/proc").join(id).exists();
        if gone && Path::new("/proc/self").exists() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The folder with `initdb` and `postgres`: on `PATH`, or the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let complete = |folder: &Path| ["initdb", "postgres", "pg_ctl", "pg_isready"].iter().all(|program| folder.join(program).is_file());
    if let Some(folder) = on_path(&["initdb"]).and_then(|path| path.parent().map(Path::to_owned))
        && complete(&folder)
    {
        return Some(folder);
    }
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_string_lossy().parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| complete(folder))
        .collect();
    versions.sort();
    versions.pop().map(|(_, folder)| folder)
}

/// A user that PostgreSQL may run as.
struct User {
    id: u32,
    group: u32,
}

impl User {
    /// `None` where this process is unprivileged already.
    fn unprivileged() -> Result<Option<Self>> {
        let own = std::fs::metadata("/proc/self").map_err(Error::file(Path::new("/proc/self")))?.uid();
        if own != 0 {
            return Ok(None);
        }
        let list = Path::new("/etc/passwd");
        let list = std::fs::read_to_string(list).map_err(Error::file(list))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| {
                let line = list.lines().find(|line| line.split(':').next() == Some(name))?;
                let mut fields = line.split(':').skip(2);
                Some(Self { id: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
            })
            .map(Some)
            .ok_or_else(|| {
                Error::sentence("PostgreSQL refuses to run as root, and this machine has neither the user `postgres` nor `nobody`.")
            })
    }
}

/// A port of the loopback address that was free a moment ago.
fn free_port() -> Result<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Error::sentence(format!("no free port on 127.0.0.1: {error}")))
}

/// 128 bits from the operating system, in hexadecimal.
fn secret() -> Result<String> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 16];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut bytes)).map_err(Error::file(path))?;
    Ok(hex::encode(bytes))
}
