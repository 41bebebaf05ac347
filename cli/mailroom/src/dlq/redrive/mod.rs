//! `mailroom dlq redrive`: dead letters back to the queue.
//!
//! - `move_task`: all of them, by SQS's own task; `tasks`: SQS's calls for it;
//! - `one_by_one`: some of them, or all, by this program.

mod move_task;
mod one_by_one;
mod tasks;

use crate::system::System;
use anyhow::Result;
use terminal::Outcome;

pub(crate) async fn run(options: super::Redrive) -> Result<Outcome> {
    let system = System::find(&options.common.target).await?;
    let output = &options.common.output;
    if options.cancel {
        move_task::cancel(&system, output).await
    } else if options.one_by_one || options.only.is_some() {
        one_by_one::run(&system, options.only, output).await
    } else {
        move_task::run(&system, options.rate, output).await
    }
}
