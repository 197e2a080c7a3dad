//! `cargo run -p xtask -- STEP`. `make help` lists what people call.

use std::process::ExitCode;
use xtask::paths::Paths;
use xtask::{Error, Result, assets, bench, pg, phases, say, wasm};

const HELP: &str = "\
Steps of the build. People call them through `make`.

  assets            browser part, style sheet, fonts and icons into target/site
  wasm              the browser part alone
  style             the style sheet alone, to standard output
  classes           check the class names in use
  pg -- COMMAND     run COMMAND beside a throwaway PostgreSQL; its address is in
                    COUNTERSIGN_TEST_POSTGRES
  bench             measure the release and write target/bench.json
  test [--long]     all phases of `make test`; with --long those of `make test-long`

Example: cargo run -p xtask -- pg -- cargo test -p store";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let paths = Paths::find()?;
    match words.as_slice() {
        ["assets"] => assets::build(&paths).map(|_| ExitCode::SUCCESS),
        ["wasm"] => wasm::build(&paths).map(|_| ExitCode::SUCCESS),
        ["style"] => {
            let sheet = assets::style_only(&paths)?;
            std::io::Write::write_all(&mut std::io::stdout(), sheet.as_bytes())
                .map_err(|error| Error::sentence(format!("standard output: {error}")))?;
            Ok(ExitCode::SUCCESS)
        }
        ["classes"] => phases::check_classes(&paths).map(|()| ExitCode::SUCCESS),
        ["pg", "--", command, rest @ ..] => pg::beside(command, rest),
        ["test"] => phases::test(&paths, false),
        ["test", "--long"] => phases::test(&paths, true),
        ["bench"] => bench::run(&paths).map(|()| ExitCode::SUCCESS),
        ["help" | "--help" | "-h"] => {
            say(HELP);
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            say(HELP);
            Ok(ExitCode::from(2))
        }
    }
}
