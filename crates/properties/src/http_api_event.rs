//! An event of an HTTP API.

use crate::api_event::{self, Form};

/// Passes an event to `api`.
///
/// # Panics
/// As [`api_event::check`].
pub fn check(bytes: &[u8]) {
    api_event::check(bytes, Form::HttpApi);
}
