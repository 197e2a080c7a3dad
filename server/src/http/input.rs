//! What comes in: queries and forms, as text. What it means is for the use cases to say.

use axum::{
    body::Bytes,
    extract::{FromRequestParts, RawQuery},
    http::request::Parts,
};
use domain::AttemptId;
use std::{convert::Infallible, str::FromStr};

/// The fields of a form or a query, in order. The same name may stand more than once.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`, as forms and queries are.
    pub fn parse(bytes: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// Reads a form's body.
    pub fn of(body: &Bytes) -> Self {
        Self::parse(body)
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of that name, unless it is empty.
    pub fn filled(&self, name: &str) -> Option<String> {
        self.get(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// Whether a box of that name was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.filled(name).is_some()
    }

    /// The first value of that name, or nothing.
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Every value of that name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// The value of that name as what it should be.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.trim().parse().ok()
    }

    /// The attempt id and the expected version that every form carries.
    pub fn attempt(&self) -> Option<AttemptId> {
        self.parsed("attempt")
    }

    /// A digest of 64 hexadecimal digits.
    pub fn digest(&self, name: &str) -> Option<[u8; 32]> {
        hex::decode(self.get(name)?).ok()?.try_into().ok()
    }

    /// Where to go afterwards, if it is a place of this site.
    pub fn then(&self) -> Option<String> {
        self.filled("then").filter(|then| within(then))
    }

    /// To whom: what was typed counts more than what a list offered first.
    pub fn to(&self) -> Option<String> {
        self.filled("to_other").or_else(|| self.filled("to"))
    }
}

/// A request's query.
#[derive(Debug, Clone, Default)]
pub struct Query(Fields);

impl std::ops::Deref for Query {
    type Target = Fields;
    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, state).await?;
        Ok(Self(Fields::parse(query.unwrap_or_default().as_bytes())))
    }
}

/// Whether an address is a place of this site: a path, and nothing that a browser takes for another host.
pub fn within(address: &str) -> bool {
    let plain = address.len() <= 2_000 && address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    plain && address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/sign-in")
}
