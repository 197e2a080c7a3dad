//! The folder for the tests' temporary files.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the folder to tests that keep there what every test begins with.
const VARIABLE: &str = "COUNTERSIGN_TEST_SCRATCH";
/// Files here are in memory.
const IN_MEMORY: &str = "/dev/shm";
/// What the folder of a run is called there, before its process's id.
const NAME: &str = "countersign-tests-";
/// Room that the tests' temporary files need there, in KiB: about four times what was seen in use at once.
const ROOM_KIB: u64 = 4 * 1024 * 1024;

/// A folder for the tests' temporary files that is in memory, and goes with it.
///
/// The tests make thousands of small databases that wait for the disk at every commit. None of them looks at what a
/// loss of power would leave; that the program asks for durable commits is set in `store::open`.
pub struct Scratch(Option<PathBuf>);

impl Scratch {
    /// A folder in `/dev/shm`, where that has room and nobody chose another place with TMPDIR.
    pub fn make() -> Self {
        if std::env::var_os("TMPDIR").is_some() {
            return Self(None);
        }
        Self::clear();
        let room = Command::new("df").args(["--output=avail", "-k", IN_MEMORY]).output();
        let room = room.ok().and_then(|out| String::from_utf8(out.stdout).ok()).and_then(|text| text.lines().nth(1)?.trim().parse().ok());
        let folder = Path::new(IN_MEMORY).join(format!("{NAME}{}", std::process::id()));
        let fits = room.is_some_and(|room: u64| room >= ROOM_KIB);
        Self((fits && std::fs::create_dir(&folder).is_ok()).then_some(folder))
    }

    /// Removes the folders of runs that were ended before they could do so themselves: they would fill the memory.
    fn clear() {
        for folder in std::fs::read_dir(IN_MEMORY).into_iter().flatten().flatten() {
            let name = folder.file_name();
            let process = name.to_str().and_then(|name| name.strip_prefix(NAME));
            if process.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
                // Another's folder cannot be removed, and need not be.
                let _ = std::fs::remove_dir_all(folder.path());
            }
        }
    }

    /// Where temporary files go.
    pub fn folder(&self) -> PathBuf {
        self.0.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// Has a command put its temporary files there, and says that the folder goes with the run.
    pub fn used_by(&self, command: &mut Command) {
        if let Some(folder) = &self.0 {
            command.env("TMPDIR", folder).env(VARIABLE, folder);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // What is left there is of tests that failed; nobody needs it, and the next start of the machine ends it too.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
