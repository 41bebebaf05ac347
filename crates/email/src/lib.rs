//! The domain: the email, its wire format and its object key. This crate knows no AWS, no HTTP and no clock.
//!
//! - [`Email`]: the four fields, parsed so that a bad value can't exist; [`Sender`] and [`Timestamp`] have rules of
//!   their own.
//! - [`json`]: a JSON parser that keeps every member, in order, duplicates included.
//! - [`FieldError`]: one thing that is wrong with an email, in words for its sender.
//! - [`wire_format`]: the email as the body of a queue message and of an object.
//! - [`ContentDigest`]: tells a duplicate from another email with the same key.
//! - [`ObjectKey`]: the key under which an email is stored; [`SenderKeys`]: those of one sender's emails.
//! - [`BatchObject`]: many emails in one object, a [`BatchLine`] each.
//! - [`Receipt`]: the id of an accepted email; [`Caller`]: the name of the caller that sent it.

mod accepted_at;
mod batch;
mod caller;
mod digest;
mod email;
mod field_error;
pub mod json;
mod object_key;
mod receipt;
mod sender;
mod sender_keys;
mod timestamp;
pub mod wire_format;

pub use accepted_at::{AcceptedAt, InvalidAcceptedAt};
pub use batch::{BatchKey, BatchLine, BatchObject, Identity, InvalidBatchKey, InvalidLine};
pub use caller::{Caller, InvalidCaller};
pub use digest::ContentDigest;
pub use email::Email;
pub use field_error::{FieldError, FieldErrorKind, MOST_EMAILS};
pub use object_key::{Layout, ObjectKey, ObjectLayout, UnknownLayout};
pub use receipt::Receipt;
pub use sender::{BlankSender, Sender};
pub use sender_keys::SenderKeys;
pub use timestamp::{InvalidTimestamp, Timestamp};
