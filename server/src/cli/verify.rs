//! `countersign verify`: a pack, checked offline.

use super::{Common, End, Failure, print, print_json};
use clap::Args;
use ledger::{Trust, verify::CheckState, verify_pack};
use std::{fmt::Write as _, path::PathBuf};

/// What `verify` takes.
#[derive(Debug, Args)]
pub struct Options {
    /// The pack
    pack: PathBuf,
    /// The fingerprint of the key that must have signed it, from outside the pack
    #[arg(long, value_name = "FINGERPRINT", conflicts_with = "trust")]
    key: Option<String>,
    /// A file of verifier keys, one a line, from outside the pack
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
}

pub fn run(common: Common, options: &Options) -> Result<End, Failure> {
    let bytes =
        std::fs::read(&options.pack).map_err(|why| Failure::environment(format!("{} cannot be read", options.pack.display()), why))?;
    let trust = match (&options.key, &options.trust) {
        (Some(key), _) => Trust::fingerprint(key).map_err(|why| Failure::Use(format!("--key: {why}")))?,
        (None, Some(path)) => {
            let text =
                std::fs::read_to_string(path).map_err(|why| Failure::environment(format!("{} cannot be read", path.display()), why))?;
            Trust::file(&text).map_err(|why| Failure::Use(format!("--trust: {why}")))?
        }
        (None, None) => Trust::Nothing,
    };
    let report = verify_pack(&bytes, &trust);
    if common.json {
        print_json(&report)?;
    } else {
        // Writing to a string cannot fail.
        let mut text = String::new();
        for check in &report.checks {
            let place = check.place.as_ref().map_or_else(String::new, |place| format!(" [{place}]"));
            let _ = write!(text, "{:<12} {}: {}{place}", word(check.state), check.name, check.sentence);
        }
        let _ = writeln!(text, "\n{}", report.sentence());
        print(&text)?;
    }
    Ok(if report.is_good() { End::Good } else { End::Finding })
}

const fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Passed => "passed",
        CheckState::Failed => "FAILED",
        CheckState::NotChecked => "not checked",
    }
}
