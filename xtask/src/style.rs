//! The style sheet: our own layers, then the utility classes that the sources use.
//!
//! Utility classes are turned into CSS by encre-css, which writes Tailwind version 4 rules.
//! Where a class is defined in one of our own sheets, that definition holds and no utility is
//! made for it.

use crate::classes::Classes;
use crate::css::{defined_classes, ladders, shorten};
use crate::paths::{Paths, files_under};
use crate::{Error, Result};
use encre_css::{Config, Preflight, Scanner};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Our own sheets in the order of the cascade.
pub const SHEETS: [&str; 9] =
    ["theme.css", "fonts.css", "base.css", "components.css", "forms.css", "queue.css", "desk.css", "pages.css", "adapt.css"];

/// Everything the style sheet is made of, read once.
#[derive(Debug)]
pub struct Sources {
    /// Our own sheets, in order, comments and all.
    pub own: String,
    /// The class names in use.
    pub classes: Classes,
    /// Names that need no rule: hooks for scripts and tests. One a line, `#` begins a comment.
    pub allowed: BTreeSet<String>,
    /// encre-css' configuration: colours as our tokens.
    pub config: String,
    /// The files read, for the stamp.
    pub files: Vec<PathBuf>,
}

impl Sources {
    /// Reads `style/`, the Rust sources of `app` and the templates of `server`.
    pub fn read(paths: &Paths) -> Result<Self> {
        let folder = paths.root.join("style");
        let mut files = Vec::new();
        let mut read = |path: PathBuf| -> Result<String> {
            let text = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
            files.push(path);
            Ok(text)
        };
        let mut own = String::new();
        for sheet in SHEETS {
            own.push_str(&read(folder.join(sheet))?);
            own.push('\n');
        }
        let config = read(folder.join("encre.toml"))?;
        let allowed = read(folder.join("allowed-classes.txt"))?
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        let mut classes = Classes::default();
        for path in files_under(&paths.root.join("app/src"), ".rs")? {
            let name = paths.short(&path);
            classes.read_rust(&name, &read(path)?);
        }
        for path in files_under(&paths.root.join("server/templates"), ".html")? {
            let name = paths.short(&path);
            classes.read_template(&name, &read(path)?);
        }
        Ok(Self { own, classes, allowed, config, files })
    }

    /// encre-css, set to our tokens and to read one class a line.
    fn engine(&self) -> Result<Config> {
        let mut config: Config = toml::from_str(&self.config).map_err(|error| Error::sentence(format!("style/encre.toml: {error}")))?;
        config.scanner = Scanner::from_fn(|lines| lines.lines().collect());
        Ok(config)
    }

    /// What is wrong with the classes in use, one sentence each; empty when all is well.
    pub fn findings(&self) -> Result<Vec<String>> {
        let engine = self.engine()?;
        let own = self.own_classes();
        let mut findings = self.classes.refused.clone();
        for (class, place) in &self.classes.used {
            if !own.contains(class) && !self.allowed.contains(class) && utility(&engine, class).is_empty() {
                findings.push(format!(
                    "{place}: the class `{class}` has no rule. Define it in style/, correct it, or list it in style/allowed-classes.txt with its reason."
                ));
            }
        }
        Ok(findings)
    }

    fn own_classes(&self) -> BTreeSet<String> {
        defined_classes(&format!("{}{}", self.own, ladders()))
    }

    /// The rules for the utility classes in use.
    pub fn utilities(&self) -> Result<String> {
        let own = self.own_classes();
        let wanted: Vec<&str> =
            self.classes.used.keys().filter(|class| !own.contains(*class) && !self.allowed.contains(*class)).map(String::as_str).collect();
        Ok(encre_css::generate([wanted.join("\n").as_str()], &self.engine()?))
    }

    /// The whole sheet. `fonts` gives the published name of each font file that `fonts.css`
    /// names, by its plain name.
    pub fn sheet(&self, fonts: &BTreeMap<String, String>) -> Result<String> {
        let utilities = self.utilities()?;
        let mut sheet = format!("{}{}{}@layer utilities {{\n{utilities}\n}}\n", self.own, ladders(), defaults(&utilities));
        for (plain, published) in fonts {
            sheet = sheet.replace(&format!("\"{plain}\""), &format!("\"{published}\""));
        }
        Ok(shorten(&sheet))
    }
}

/// The rule that encre-css writes for one class; empty when it knows none.
fn utility(engine: &Config, class: &str) -> String {
    encre_css::generate([class], engine).trim().to_owned()
}

/// Start values for the variables that utilities share (`tabular-nums` leaves room for
/// `slashed-zero`). Without them such a declaration would be void. encre-css keeps them in its
/// full preflight, of which we want nothing else.
fn defaults(utilities: &str) -> String {
    let mut config = Config::default();
    config.preflight = Preflight::new_full();
    let full = encre_css::generate([], &config);
    let wanted: Vec<&str> = full
        .lines()
        .map(str::trim)
        .filter(|line| {
            line.strip_prefix("--en-")
                .and_then(|line| line.split_once(':'))
                .is_some_and(|(name, _)| utilities.contains(&format!("var(--en-{name})")))
        })
        .collect();
    if wanted.is_empty() {
        return String::new();
    }
    format!("@layer base {{ *, ::before, ::after, ::backdrop {{ {} }} }}\n", wanted.join(" "))
}
