//! The browser part: `app` compiled for wasm with the feature `hydrate`, bound to JavaScript,
//! and made small.
//!
//! Two stamps keep a warm run short. The first covers every source file that the compiler named
//! in its dependency list, so that cargo is not even asked; the second covers the compiled
//! module, so that binding and shrinking run only for a module that differs.

use crate::paths::{Paths, on_path};
use crate::site::Asset;
use crate::stamp::{Stamp, short_hash, write_if_changed};
use crate::toolchain::{TARGET, Toolchain};
use crate::{Error, Result, say};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `wasm-opt` may use, named one by one: with `--all-features` it writes compact imports,
/// which browsers refuse ("Invalid import kind 127").
const OPTIMISE: [&str; 7] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The browser part, ready to publish.
#[derive(Debug)]
pub struct Browser {
    /// The stem of its two files, `app-<digest>`.
    pub output_name: String,
    /// The script and the module.
    pub assets: Vec<Asset>,
}

/// Builds it where anything changed, and reads it.
pub fn build(paths: &Paths) -> Result<Browser> {
    let work = Work { folder: paths.target.join("wasm"), paths };
    let toolchain = Toolchain::find(paths)?;
    let wasm_opt =
        Some(paths.node_modules().join("binaryen/bin/wasm-opt")).filter(|program| program.is_file() && on_path(&["node"]).is_some());

    let sources = work.folder.join("sources.stamp");
    let unchanged = work.source_stamp(&toolchain)?.is_some_and(|stamp| std::fs::read_to_string(&sources).is_ok_and(|old| old == stamp));
    if !unchanged || !work.module().is_file() {
        work.compile(&toolchain)?;
    }

    let module = work.module();
    let bytes = std::fs::read(&module).map_err(Error::file(&module))?;
    let mut stamp = Stamp::default();
    stamp.add("module", &bytes);
    stamp.add("optimise", OPTIMISE.join(" ").as_bytes());
    stamp.add("optimised", if wasm_opt.is_some() { b"yes" } else { b"no" });
    stamp.add("binder", include_bytes!("wasm.rs"));
    let stamp = stamp.finish();
    let bound = work.folder.join("bound.stamp");
    if std::fs::read_to_string(&bound).is_ok_and(|old| old == stamp) && work.script().is_file() {
        say("browser part: unchanged");
    } else {
        work.bind(&module)?;
        work.optimise(wasm_opt.as_deref())?;
        write_if_changed(&bound, stamp.as_bytes())?;
    }
    // Written last: a step that stopped half-way is done again.
    if let Some(stamp) = work.source_stamp(&toolchain)? {
        write_if_changed(&sources, stamp.as_bytes())?;
    }
    work.read()
}

struct Work<'a> {
    /// `wasm/` in cargo's target folder. Another compiler builds here, so it keeps to itself.
    folder: PathBuf,
    paths: &'a Paths,
}

impl Work<'_> {
    fn profile(&self) -> PathBuf {
        self.folder.join(TARGET).join("wasm-release")
    }

    /// What the compiler wrote.
    fn module(&self) -> PathBuf {
        self.profile().join("app.wasm")
    }

    fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    fn script(&self) -> PathBuf {
        self.out().join("app.js")
    }

    /// The digest of all that the last compilation read; `None` before the first.
    fn source_stamp(&self, toolchain: &Toolchain) -> Result<Option<String>> {
        let list = self.profile().join("app.d");
        let Ok(list) = std::fs::read_to_string(&list) else {
            return Ok(None);
        };
        let root = &self.paths.root;
        let mut files = dependencies(&list);
        files.retain(|file| file.starts_with(root));
        let mut manifests: Vec<PathBuf> = files.iter().filter_map(|file| manifest_of(file)).collect();
        files.append(&mut manifests);
        files.push(root.join("Cargo.toml"));
        files.push(root.join(".cargo/config.toml"));
        files.push(root.join("Cargo.lock"));
        files.sort();
        files.dedup();
        let mut stamp = Stamp::default();
        stamp.add("compiler", &toolchain.version()?);
        stamp.add_files(root, &files)?;
        Ok(Some(stamp.finish()))
    }

    fn compile(&self, toolchain: &Toolchain) -> Result<()> {
        say(match toolchain {
            Toolchain::Default => "browser part: compiling with the default toolchain",
            Toolchain::Debian => "browser part: compiling with Debian's rustc-web",
        });
        let status = toolchain
            .cargo()
            .args(["build", "--package", "app", "--lib", "--profile", "wasm-release"])
            .args(["--target", TARGET, "--no-default-features", "--features", "hydrate"])
            .args(toolchain.arguments())
            .arg("--target-dir")
            .arg(&self.folder)
            // Flags and names meant for the server's compiler would break this one.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("LEPTOS_OUTPUT_NAME")
            .current_dir(&self.paths.root)
            .status()
            .map_err(Error::start("cargo"))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::sentence(format!(
            "The browser part does not compile ({status}); the compiler has said why above. Nothing was published; what `target/site` held is still there."
        )))
    }

    /// Writes the script and the bound module to `out/`.
    fn bind(&self, module: &Path) -> Result<()> {
        let out = self.out();
        if out.exists() {
            std::fs::remove_dir_all(&out).map_err(Error::file(&out))?;
        }
        let mut binder = wasm_bindgen_cli_support::Bindgen::new();
        binder
            .input_path(module)
            .out_name("app")
            // The page names the module, whose published name is known only later.
            .omit_default_module_path(true)
            .typescript(false)
            .remove_name_section(true)
            .remove_producers_section(true);
        binder
            .web(true)
            .and_then(|binder| binder.generate(&out))
            .map_err(|error| Error::sentence(format!("wasm-bindgen refused the browser part: {error:#}")))
    }

    /// Makes the bound module small, where `wasm-opt` is installed.
    fn optimise(&self, wasm_opt: Option<&Path>) -> Result<()> {
        let Some(wasm_opt) = wasm_opt else {
            say("browser part: left as large as it is, because end2end/node_modules has no `binaryen`; `make setup` fetches it");
            return Ok(());
        };
        let module = self.out().join("app_bg.wasm");
        let status =
            Command::new("node").arg(wasm_opt).args(OPTIMISE).arg(&module).arg("-o").arg(&module).status().map_err(Error::start("node"))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Program { program: "wasm-opt".to_owned(), status: status.to_string() })
    }

    /// Reads `out/`. Both files carry one digest over both, because the page knows one stem.
    fn read(&self) -> Result<Browser> {
        let script = std::fs::read(self.script()).map_err(Error::file(&self.script()))?;
        let module = self.out().join("app_bg.wasm");
        let module = std::fs::read(&module).map_err(Error::file(&module))?;
        if self.out().join("snippets").exists() {
            return Err(Error::sentence(
                "A dependency of `app` brings JavaScript of its own (snippets), which the site has no place for. Use web-sys for it instead.",
            ));
        }
        let output_name = format!("app-{}", short_hash(&[script.as_slice(), &module].concat()));
        let assets = vec![
            Asset { plain: "app.js".to_owned(), published: format!("{output_name}.js"), content: script },
            Asset { plain: "app_bg.wasm".to_owned(), published: format!("{output_name}_bg.wasm"), content: module },
        ];
        Ok(Browser { output_name, assets })
    }
}

/// The files that a compiler's dependency list (`app.d`) names. A space in a path is written
/// `\ `.
pub fn dependencies(list: &str) -> Vec<PathBuf> {
    let Some((_, files)) = list.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    files.replace("\\ ", "\0").split(' ').filter(|file| !file.is_empty()).map(|file| PathBuf::from(file.replace('\0', " "))).collect()
}

/// The `Cargo.toml` nearest above a source file.
fn manifest_of(file: &Path) -> Option<PathBuf> {
    file.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|manifest| manifest.is_file())
}
