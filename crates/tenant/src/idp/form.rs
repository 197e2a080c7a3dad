//! Parameters of queries and forms, each at most once (RFC 6749, 3.1).

use std::collections::BTreeMap;

/// Parsed parameters. Empty values count as left out (RFC 6749, 3.1).
#[derive(Debug, Default)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    /// Parses; the error names a parameter that stands there twice.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let mut seen = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            if seen.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(name.into_owned());
            }
        }
        seen.retain(|_, value| !value.is_empty());
        Ok(Self(seen))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether a space-separated list holds a word.
    pub(crate) fn lists(&self, name: &str, word: &str) -> bool {
        self.text(name).split(' ').any(|one| one == word)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
