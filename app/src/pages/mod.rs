//! The pages: one function each, from what it shows to its frame.

mod account;
mod campaign;
mod campaigns;
mod close;
mod evidence;
mod explanation;
mod findings;
mod freezes;
mod grant;
mod history;
mod item;
mod message;
mod open;
mod privacy;
mod queue;
mod reviews;
mod sign_in;
mod source;

pub use account::account;
pub use campaign::campaign;
pub use campaigns::campaigns;
pub use close::close_campaign;
pub use evidence::evidence;
pub use explanation::explanation;
pub use findings::findings;
pub use freezes::freezes;
pub use grant::grant_history;
pub use history::history;
pub use item::item;
pub use message::message;
pub use open::open_campaign;
pub use privacy::privacy;
pub use queue::queue;
pub use reviews::my_reviews;
pub use sign_in::sign_in;
pub use source::{source, sources};
