//! All letters, by SQS's own task: it goes on by itself, and this only watches.

use super::super::Interrupt;
use super::super::ended::tell;
use super::task::{Task, Tasks};
use crate::progress;
use crate::report::{Output, Report, count, grouped};
use crate::system::{Depth, System};
use anyhow::{Context, Result};
use serde::Serialize;
use std::time::Duration;
use terminal::Outcome;
use terminal::style::{BOLD, DIM, GOOD, WARNING};

/// How often SQS is asked how far it is.
const LOOK: Duration = Duration::from_millis(500);
/// How often until it must have listed a task that it has started.
const LOOKS: u32 = 60;

/// How far a move task is.
#[derive(Serialize)]
struct Moved {
    stack: String,
    way: &'static str,
    /// SQS's word, in small letters, such as `completed`; `none` where nothing was there to be cancelled.
    status: String,
    moved: u64,
    to_move: Option<u64>,
    /// Whether it ran already.
    followed: bool,
    failure: Option<String>,
    /// About how many are in the dead-letter queue now.
    left: u64,
    interrupted: bool,
}

pub(crate) async fn run(system: &System, rate: Option<i32>, output: &Output) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    let tasks = Tasks::of(system).await?;
    let (task, followed) = begin(&tasks, rate).await?;
    let (task, interrupted) = follow(&tasks, task, &interrupt).await?;
    tell(&Moved::of(system, Some(task), followed, interrupted).await?, output, Ok(()))
}

/// Ends a task that runs; it is no error if none does.
pub(crate) async fn cancel(system: &System, output: &Output) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    let tasks = Tasks::of(system).await?;
    let running = tasks.latest().await?.filter(|task| !task.has_ended());
    let Some(task) = running else {
        return tell(&Moved::of(system, None, false, false).await?, output, Ok(()));
    };
    if let Some(handle) = &task.handle {
        let cancelled = tasks.cancel(handle).await;
        // It may have come to its end meanwhile: then there is nothing left to be cancelled.
        if cancelled.is_err() && tasks.latest().await?.is_some_and(|task| task.status == "RUNNING") {
            cancelled?;
        }
    }
    let (task, interrupted) = follow(&tasks, task, &interrupt).await?;
    tell(&Moved::of(system, Some(task), true, interrupted).await?, output, Ok(()))
}

/// The task that runs, or a new one; whether it ran already.
async fn begin(tasks: &Tasks<'_>, rate: Option<i32>) -> Result<(Task, bool)> {
    let before = tasks.latest().await?;
    if let Some(running) = before.clone().filter(|task| !task.has_ended()) {
        return Ok((running, true));
    }
    if let Err(error) = tasks.start(rate).await {
        // Somebody else was faster, perhaps.
        let running = tasks.latest().await?.filter(|task| !task.has_ended());
        return Ok((running.ok_or(error)?, true));
    }
    let before = before.map(|task| task.started);
    for _ in 0..LOOKS {
        let latest = tasks.latest().await?;
        if let Some(task) = latest.filter(|task| Some(task.started) != before) {
            return Ok((task, false));
        }
        tokio::time::sleep(LOOK).await;
    }
    None.context("SQS does not list the task that it has started: try again, and it is followed")
}

/// Watches a task until it ends; whether that was interrupted.
async fn follow(tasks: &Tasks<'_>, mut task: Task, interrupt: &Interrupt) -> Result<(Task, bool)> {
    let bar = progress::spinner("dead letters moved");
    let mut interrupted = false;
    while !task.has_ended() {
        bar.set_position(task.moved);
        if let Some(to_move) = task.to_move {
            bar.set_message(format!("of {}", grouped(to_move)));
        }
        if interrupt.run(tokio::time::sleep(LOOK)).await.is_none() {
            interrupted = true;
            break;
        }
        task = tasks.latest().await?.unwrap_or(task);
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
            status: task.as_ref().map_or("none".to_owned(), |task| task.status.to_lowercase()),
            moved: task.as_ref().map_or(0, |task| task.moved),
            to_move: task.as_ref().and_then(|task| task.to_move),
            followed,
            failure: task.and_then(|task| task.failure),
            left,
            interrupted,
        })
    }

    /// What is to be done next.
    fn next(&self) -> String {
        if self.interrupted {
            return "The task goes on in SQS: `mailroom dlq redrive` shows it, `mailroom dlq redrive --cancel` ends it.\n"
                .to_owned();
        }
        match self.status.as_str() {
            "failed" => format!(
                "{WARNING}SQS ended it: {}{WARNING:#}. What is left stays; `mailroom dlq redrive` goes on, and \
                 --one-by-one does it without SQS's task.\n",
                self.failure.as_deref().unwrap_or("without a reason")
            ),
            "cancelled" => "What is left stays; `mailroom dlq redrive` goes on.\n".to_owned(),
            "completed" if self.left > 0 => format!(
                "{DIM}Those came meanwhile, or somebody had received them, or SQS's count is a minute old: `mailroom dlq \
                 list` shows them.{DIM:#}\n"
            ),
            _ => String::new(),
        }
    }
}

impl Report for Moved {
    fn text(&self) -> String {
        if self.status == "none" {
            return format!("{BOLD}{}{BOLD:#}: no task runs\n", self.stack);
        }
        let moved = match self.to_move {
            Some(to_move) => format!("{} of {}", grouped(self.moved), count(to_move, "dead letter")),
            None => count(self.moved, "dead letter"),
        };
        let followed = if self.followed { ", by a task that ran already" } else { "" };
        format!(
            "{BOLD}{}{BOLD:#}: {GOOD}{moved} moved to the queue{GOOD:#}{followed}: {}\nAbout {} in the dead-letter \
             queue now.\n{}",
            self.stack,
            self.status,
            grouped(self.left),
            self.next()
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
