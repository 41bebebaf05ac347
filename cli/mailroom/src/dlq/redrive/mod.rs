//! `mailroom dlq redrive`: dead letters back to the queue.
//!
//! - here: all of them, by SQS's own task, which goes on by itself; `tasks`: SQS's calls for it;
//! - `one_by_one`: some of them, or all, by this program.

mod one_by_one;
mod tasks;

use crate::report::{Output, Report, count, spinner};
use crate::system::{Depth, System};
use anyhow::{Result, bail};
use indicatif::HumanCount;
use serde::Serialize;
use std::time::Duration;
use tasks::{Task, Tasks};
use terminal::style::{DIM, GOOD, WARNING};
use terminal::text::Printable;
use terminal::{Interrupt, Outcome};

const POLL: Duration = Duration::from_millis(500);
/// Polls until SQS must have listed a task that it has started.
const POLLS: u32 = 60;

#[derive(Serialize)]
struct Moved {
    stack: String,
    way: &'static str,
    /// SQS's word in small letters, such as `completed`; `none` if there was no task to cancel.
    status: Printable,
    moved: u64,
    to_move: Option<u64>,
    /// True if the task ran already.
    followed: bool,
    failure: Option<Printable>,
    /// About how many are in the dead-letter queue now.
    left: u64,
    interrupted: bool,
}

pub(crate) async fn run(options: super::Redrive) -> Result<Outcome> {
    let system = System::find(&options.common).await?;
    let output = &options.common.output;
    if options.cancel {
        cancel(&system, output).await
    } else if options.one_by_one || options.only.is_some() {
        one_by_one::run(&system, options.only, output).await
    } else {
        by_task(&system, options.rate, output).await
    }
}

async fn by_task(system: &System, rate: Option<i32>, output: &Output) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    let tasks = Tasks::of(system).await?;
    let (task, followed) = begin(&tasks, rate).await?;
    let (task, interrupted) = follow(&tasks, task, &interrupt).await?;
    Moved::of(system, Some(task), followed, interrupted).await?.print(system, output)
}

/// Cancels a running task. That none runs is not an error.
async fn cancel(system: &System, output: &Output) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    let tasks = Tasks::of(system).await?;
    let running = tasks.latest().await?.filter(|task| !task.has_ended());
    let Some(task) = running else {
        return Moved::of(system, None, false, false).await?.print(system, output);
    };
    if let Some(handle) = &task.handle {
        let cancelled = tasks.cancel(handle).await;
        // It may have ended meanwhile: then there is nothing left to cancel.
        if cancelled.is_err() && tasks.latest().await?.is_some_and(|task| task.status == "RUNNING") {
            cancelled?;
        }
    }
    let (task, interrupted) = follow(&tasks, task, &interrupt).await?;
    Moved::of(system, Some(task), true, interrupted).await?.print(system, output)
}

/// The running task, or a new one; and whether it ran already.
async fn begin(tasks: &Tasks<'_>, rate: Option<i32>) -> Result<(Task, bool)> {
    let before = tasks.latest().await?;
    if let Some(running) = before.clone().filter(|task| !task.has_ended()) {
        return Ok((running, true));
    }
    if let Err(error) = tasks.start(rate).await {
        // Somebody else may have started one meanwhile.
        let running = tasks.latest().await?.filter(|task| !task.has_ended());
        return Ok((running.ok_or(error)?, true));
    }
    let before = before.map(|task| task.started);
    for _ in 0..POLLS {
        let latest = tasks.latest().await?;
        if let Some(task) = latest.filter(|task| Some(task.started) != before) {
            return Ok((task, false));
        }
        tokio::time::sleep(POLL).await;
    }
    bail!("SQS does not list the task that it has started: run the same command again to follow it")
}

/// Watches a task until it ends, or until an interrupt.
async fn follow(tasks: &Tasks<'_>, mut task: Task, interrupt: &Interrupt) -> Result<(Task, bool)> {
    let bar = spinner("dead letters moved");
    let mut interrupted = false;
    while !task.has_ended() && !interrupted {
        bar.set_position(task.moved);
        if let Some(to_move) = task.to_move {
            bar.set_message(format!("of {}", HumanCount(to_move)));
        }
        interrupted = interrupt.run(tokio::time::sleep(POLL)).await.is_none();
        if !interrupted {
            task = tasks.latest().await?.unwrap_or(task);
        }
    }
    bar.finish_and_clear();
    Ok((task, interrupted))
}

impl Moved {
    async fn of(system: &System, task: Option<Task>, followed: bool, interrupted: bool) -> Result<Self> {
        let left = Depth::of(system, &system.outputs.dead_letter_queue_url).await?.all();
        Ok(Self {
            stack: system.name.clone(),
            way: "move_task",
            status: task.as_ref().map_or("none".into(), |task| task.status.to_lowercase().into()),
            moved: task.as_ref().map_or(0, |task| task.moved),
            to_move: task.as_ref().and_then(|task| task.to_move),
            followed,
            failure: task.and_then(|task| task.failure).map(Printable::from),
            left,
            interrupted,
        })
    }

    fn next_step(&self) -> String {
        if self.interrupted {
            return "SQS continues the task: `mailroom dlq redrive` follows it, `mailroom dlq redrive --cancel` cancels it.\n"
                .to_owned();
        }
        match self.status.as_str() {
            "failed" => format!(
                "{WARNING}SQS ended the task: {}{WARNING:#}. The other letters stay. Continue with `mailroom dlq \
                 redrive`, or without SQS's task with `mailroom dlq redrive --one-by-one`.\n",
                self.failure.as_ref().map_or("it gives no reason", Printable::as_str)
            ),
            "cancelled" => "The other letters stay; `mailroom dlq redrive` continues.\n".to_owned(),
            "completed" if self.left > 0 => format!(
                "{DIM}They arrived meanwhile, were in flight, or SQS's count is a minute old: `mailroom dlq list` shows \
                 them.{DIM:#}\n"
            ),
            _ => String::new(),
        }
    }
}

impl Report for Moved {
    fn text(&self) -> String {
        if self.status.as_str() == "none" {
            return "no task runs\n".to_owned();
        }
        let moved = match self.to_move {
            Some(to_move) => format!("{} of {}", HumanCount(self.moved), count(to_move, "dead letter")),
            None => count(self.moved, "dead letter"),
        };
        let followed = if self.followed { ", by a task that ran already" } else { "" };
        format!(
            "{GOOD}{moved} moved to the queue{GOOD:#}{followed}: {}\nAbout {} in the dead-letter queue now.\n{}",
            self.status,
            HumanCount(self.left),
            self.next_step()
        )
    }

    fn outcome(&self) -> Outcome {
        match self.status.as_str() {
            _ if self.interrupted => Outcome::Interrupted,
            "failed" => Outcome::ProblemsFound,
            _ => Outcome::Success,
        }
    }
}
