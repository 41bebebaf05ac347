//! The email, as Mailroom understands it. Nothing here knows AWS, HTTP or a clock that ticks.
//!
//! - [`Email`]: the four fields, parsed so that a bad value can't exist; [`Sender`] and [`Timestream`] are its
//!   parts with rules of their own.
//! - [`json`]: JSON read so that nothing is dropped on the way: every member, in order, twice if given twice.
//! - [`Fault`]: what is wrong with an email, in words for the person who sent it.
//! - [`queue_form`]: the email as a queue message, and back.
//! - [`ContentDigest`]: tells the same email delivered twice from another one under the same name.
//! - [`ObjectKey`]: the name an email is filed under.
//! - [`Receipt`]: the id of one acceptance.

mod digest;
mod email;
mod fault;
pub mod json;
mod object_key;
pub mod queue_form;
mod receipt;
mod sender;
mod timestream;

pub use digest::ContentDigest;
pub use email::Email;
pub use fault::{Fault, FaultKind};
pub use object_key::{Layout, ObjectKey, UnknownLayout};
pub use receipt::Receipt;
pub use sender::{BlankSender, Sender};
pub use timestream::{InvalidTimestream, Timestream};
