//! Which compiler builds for the browser.
//!
//! In this order: the default toolchain, when it has the target's standard library; the same
//! after `rustup target add`; Debian's own matched compiler, cargo and library sources. The
//! server is always built by the default toolchain.

use crate::command::command;
use crate::paths::{Paths, files_under, on_path};
use crate::{Error, Result, say};
use std::path::Path;
use std::process::{Command, Stdio};

/// The target's name.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// What to install when nothing can build for the browser.
pub const ADVICE: &str = "No compiler here can build for the browser (target wasm32-unknown-unknown). Run `rustup target add wasm32-unknown-unknown`, or on Debian `apt-get install --no-install-recommends rustc-web cargo-web rust-web-src lld-22`; `make setup` tries both.";

/// A compiler that can build for the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// The default toolchain has the target's standard library.
    Default,
    /// Debian's compiler builds the standard library from its sources first.
    Debian,
}

impl Toolchain {
    /// Finds one, adding the target through rustup when that works.
    pub fn find(paths: &Paths) -> Result<Self> {
        if has_target("rustc") {
            return Ok(Self::Default);
        }
        if is_debian_pair() {
            return Ok(Self::Debian);
        }
        if on_path(&["rustup"]).is_some() {
            say("asking rustup for the target wasm32-unknown-unknown");
            let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(&paths.root).stdout(Stdio::null()).status();
            if added.is_ok_and(|status| status.success()) && has_target("rustc") {
                return Ok(Self::Default);
            }
        }
        Err(Error::sentence(ADVICE))
    }

    /// The cargo command for it, with its environment. The caller adds the arguments of `build`.
    pub fn cargo(&self) -> Command {
        match self {
            Self::Default => command("cargo"),
            Self::Debian => {
                let mut cargo = command("/usr/bin/cargo");
                cargo
                    // Its own standard library is built from source, which only nightly flags allow.
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-22")
                    .env_remove("RUSTUP_TOOLCHAIN")
                    .env_remove("RUSTC_WRAPPER");
                cargo
            }
        }
    }

    /// Further arguments of `cargo build`.
    pub fn arguments(&self) -> &'static [&'static str] {
        match self {
            Self::Default => &[],
            Self::Debian => &["-Z", "build-std=std,panic_abort"],
        }
    }

    /// The compiler's own description, for the stamp.
    pub fn version(&self) -> Result<Vec<u8>> {
        let rustc = match self {
            Self::Default => "rustc",
            Self::Debian => "/usr/bin/rustc",
        };
        let out = Command::new(rustc).arg("-vV").output().map_err(Error::start(rustc))?;
        Ok(out.stdout)
    }
}

/// Whether this compiler has the target's standard library at hand.
fn has_target(rustc: &str) -> bool {
    let Ok(out) = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output() else {
        return false;
    };
    let folder = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    out.status.success()
        && files_under(Path::new(&folder), ".rlib")
            .is_ok_and(|files| files.iter().any(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libstd-"))))
}

/// Whether Debian's compiler, cargo, library sources and linker are all there.
fn is_debian_pair() -> bool {
    let Ok(out) = Command::new("/usr/bin/rustc").args(["--print", "sysroot"]).output() else {
        return false;
    };
    let sysroot = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    Path::new("/usr/bin/cargo").is_file()
        && on_path(&["wasm-ld-22"]).is_some()
        && Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file()
}
