//! Checks the token of a request.
//!
//! - [`Authenticator`]: decides whether a caller may send, and fetches the tokens when the cache says so.
//! - `token_cache`: how long tokens are valid and when to fetch them again; rules without a clock or a client.
//! - `freeze_safe_instant`: time that also passes while Lambda has frozen the function.
//! - [`TokenSource`]: the SSM parameter with the tokens.
//! - [`PresentedToken`] and `TokenSet`: tokens as digests, compared in constant time.

mod authenticator;
mod freeze_safe_instant;
mod token_cache;
mod token_set;
mod token_source;

pub(crate) use authenticator::AuthDecision;
pub use authenticator::Authenticator;
pub use token_set::PresentedToken;
pub use token_source::TokenSource;
