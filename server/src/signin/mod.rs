//! Signing in through OpenID providers: code flow with PKCE, state and nonce.

mod handlers;
mod provider;

pub use handlers::{back, hash, origins, page, sign_out, sign_out_everywhere, start};
pub use provider::{Pending, Provider, ProviderSetup, SignInError, Verified};
