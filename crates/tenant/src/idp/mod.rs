//! A simulated OpenID provider.

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdpPerson {
    /// The stable `sub`.
    pub sub: String,
    /// Name shown and claimed.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Names in the `groups` claim.
    pub groups: Vec<String>,
    /// What the sign-in page says beside the name; people without one are listed further down.
    pub note: String,
}
