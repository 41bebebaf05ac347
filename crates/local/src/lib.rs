//! AWS on one machine, for the parts that Mailroom uses.

pub mod aws;
pub mod events;
pub mod template;
pub mod time_scale;
