//! Who may send.
//!
//! - [`PresentedToken`] and `TokenSet`: tokens as digests, compared in constant time.
//! - `cache`: how long tokens are believed and when they are fetched again; pure rules over time.
//! - `moment`: time that also passes while Lambda has frozen the function.
//! - [`TokenStore`]: fetches them from SSM by these rules.

mod cache;
mod moment;
mod set;
mod store;

pub use set::PresentedToken;
pub use store::TokenStore;
pub(crate) use store::Verdict;
