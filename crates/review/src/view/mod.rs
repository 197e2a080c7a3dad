//! What the pages show: one function per page, which checks rights and fills the page's type.

mod account;
mod campaign;
mod close;
mod duties;
mod evidence;
mod findings;
mod freezes;
mod head;
mod history;
pub(crate) mod item;
pub(crate) mod names;
mod native;
mod opening;
mod patterns;
mod privacy;
pub(crate) mod records;
mod reviewer;
mod shadow;
mod sources;
pub mod types;

pub use account::{account, is_own_path, sign_in};
pub use campaign::{campaign, campaign_figures, campaigns};
pub use close::close;
pub use duties::{DutiesEntered, MapArgs, controls, duties, duty_map};
pub use evidence::evidence;
pub use findings::{SettleEntered, findings};
pub use freezes::{freeze_window, freezes};
pub use history::{history, history_of_grant};
pub use item::{Entered, item, item_with_errors};
pub use native::{open_platform_campaign, platform_campaigns};
pub use opening::{open_form, open_preview};
pub use patterns::patterns;
pub use privacy::{PrivacyEntered, privacy};
pub use reviewer::{QueueArgs, my_reviews, queue};
pub use shadow::shadow;
pub use sources::{import, source, sources};
