//! Who may send.
//!
//! - [`PresentedToken`] and `TokenSet`: tokens as digests, compared in constant time.
//! - `cache`: how long tokens are believed and when they are fetched again; pure rules over time.
//! - `moment`: time that also passes while Lambda has frozen the function.
//! - [`TokenSource`]: the SSM parameter that holds them; `retries`: what the SDK leaves to `cache`.
//! - [`TokenStore`]: fetches them by these rules, and says who is right.

mod cache;
mod moment;
mod retries;
mod set;
mod source;
mod store;

pub use set::PresentedToken;
pub use source::TokenSource;
pub use store::TokenStore;
pub(crate) use store::Verdict;
