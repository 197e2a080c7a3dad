//! `countersign outliers` and `countersign roles`: what can be learned from a file of who holds what, without any installation.

use super::{Common, End, Failure, print, print_json, say, write_whole};
use clap::Args;
use mine::{Grants, outliers, roles};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What `outliers` takes.
#[derive(Debug, Args)]
pub struct OutlierOptions {
    /// A user and a permission per line, with white space between them
    #[arg(long, value_name = "FILE")]
    grants: PathBuf,
    /// Where the scores go: user, permission, outlier (higher is stranger), the strangest first
    #[arg(long, value_name = "OUT.csv")]
    scores: PathBuf,
    /// Repeats a run exactly
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// What `roles` takes.
#[derive(Debug, Args)]
pub struct RoleOptions {
    /// A user and a permission per line, with white space between them
    #[arg(long, value_name = "FILE")]
    grants: PathBuf,
    /// Where the roles go, as JSON
    #[arg(long, value_name = "OUT.json")]
    out: PathBuf,
    /// Repeats a run exactly
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

#[derive(Serialize)]
struct Scored {
    schema: &'static str,
    file: PathBuf,
    users: usize,
    permissions: usize,
    grants: usize,
    outliers: usize,
}

#[derive(Serialize)]
struct Mined {
    schema: &'static str,
    file: PathBuf,
    exact: bool,
    users: usize,
    permissions: usize,
    #[serde(flatten)]
    gain: roles::Gain,
}

pub fn outliers(common: Common, options: &OutlierOptions) -> Result<End, Failure> {
    let grants = read(&options.grants)?;
    let scores = outliers::score(&grants, options.seed);
    let bytes = outliers::write(&grants, &scores).map_err(|why| Failure::environment("the scores could not be written", why))?;
    write(&options.scores, &bytes)?;
    let summary = Scored {
        schema: "countersign/outliers-summary/1",
        file: options.scores.clone(),
        users: grants.users().len(),
        permissions: grants.permissions().len(),
        grants: scores.len(),
        outliers: scores.iter().filter(|one| one.outlier > outliers::SCALE / 2).count(),
    };
    if common.json {
        print_json(&summary)?;
    } else {
        print(&format!(
            "{} holds a score for each of {} grants of {} users, the strangest first.\n{} of them look more like access that nobody has than like access that people have. Strange is not wrong: let somebody look who knows the work.\n",
            summary.file.display(),
            summary.grants,
            summary.users,
            summary.outliers,
        ))?;
    }
    Ok(End::Good)
}

pub fn roles(common: Common, options: &RoleOptions) -> Result<End, Failure> {
    let grants = read(&options.grants)?;
    let found = roles::mine(&grants, options.seed);
    let bytes = roles::write(&grants, &found).map_err(|why| Failure::environment("the roles could not be written", why))?;
    write(&options.out, &bytes)?;
    let gain = roles::gain(&grants, &found);
    let mined = Mined {
        schema: "countersign/roles-summary/1",
        file: options.out.clone(),
        // Counted out again on every run: a promise is checked where it is made.
        exact: roles::covers_exactly(&grants, &found),
        users: grants.users().len(),
        permissions: grants.permissions().len(),
        gain,
    };
    if common.json {
        print_json(&mined)?;
    } else {
        print(&format!(
            "{} holds {} roles that cover each of {} grants of {} users and nothing else.\nInstead of {} single grants there would be {} memberships to look after; {} of the roles have one member, and are exceptions rather than roles.\n",
            mined.file.display(),
            gain.roles,
            gain.grants,
            mined.users,
            gain.grants,
            gain.memberships,
            gain.of_one_user,
        ))?;
    }
    if mined.exact {
        return Ok(End::Good);
    }
    say("These roles do not give everybody exactly what they hold. Do not use them, and report this with the file.");
    Ok(End::Finding)
}

fn read(path: &Path) -> Result<Grants, Failure> {
    let bytes = std::fs::read(path).map_err(|why| Failure::environment(format!("{} cannot be read", path.display()), why))?;
    Grants::read(&bytes).map_err(|why| Failure::Use(format!("{}, {why}", path.display())))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_whole(path, bytes).map_err(|why| Failure::environment(format!("{} cannot be written", path.display()), why))
}
