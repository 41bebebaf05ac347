//! `mailroom dlq redrive`: back to the queue.
//!
//! - `move_task`: all of them, by SQS's own task; `task`: what SQS says of it;
//! - `one_by_one`: some of them, by this program; `transfer`: one of those.

mod move_task;
mod one_by_one;
mod task;
mod transfer;

use super::options;
use crate::system::System;
use anyhow::Result;
use terminal::Outcome;

pub(crate) async fn run(options: options::Redrive) -> Result<Outcome> {
    let system = System::find(&options.target).await?;
    if options.cancel {
        move_task::cancel(&system, &options.output).await
    } else if options.one_by_one || options.only.is_some() {
        one_by_one::run(&system, options.only, &options.output).await
    } else {
        move_task::run(&system, options.rate, &options.output).await
    }
}
