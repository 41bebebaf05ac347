#![doc = include_str!("../../README.md")]

pub mod alb;
pub mod journal;
pub mod lambda;
pub mod mapping;
pub mod stack;
pub mod status;

pub use sandbox_services as services;
pub use sandbox_services::{events, time_scale};
pub use sandbox_template as template;
pub use stack::{Stack, StackBuilder, StackError};
