#![doc = include_str!("../../README.md")]

pub mod alb;
pub mod console;
pub mod event_bus;
pub mod http_api;
pub mod lambda;
pub mod mapping;
pub mod schedule;
pub mod stack;

pub use sandbox_services as services;
pub use sandbox_services::{TimeScale, events};
pub use sandbox_template as template;
pub use stack::{Stack, StackBuilder, StackError};
