//! Going through the dead-letter queue.

use super::in_flight::{InFlight, VISIBILITY};
use crate::report::{Output, Report, spinner};
use crate::system::{Explain, System};
use anyhow::Result;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use indicatif::ProgressBar;
use serde::Serialize;
use std::time::Instant;
use terminal::{Interrupt, Outcome};

/// How long a receive waits for messages. Only a receive that waits asks all of SQS's servers, so that "none" means none
/// ("Amazon SQS short and long polling", Amazon SQS developer guide).
const WAIT_SECONDS: i32 = 1;
/// The most messages of one receive.
const RECEIVE: usize = 10;
/// So many receives with known messages only mean that no new ones are to be expected.
const STALE: u32 = 3;

/// A pass through the dead-letter queue. It sees each message once, and keeps it in flight until the end, so that it
/// doesn't come again.
pub(crate) struct Search<'a> {
    system: &'a System,
    interrupt: &'a Interrupt,
    in_flight: InFlight,
    pub(crate) bar: ProgressBar,
}

/// Goes through the queue with `work`, then gives back the messages that it saw.
pub(crate) async fn search<T>(
    system: &System,
    interrupt: &Interrupt,
    work: impl AsyncFnOnce(&mut Search<'_>) -> Result<T>,
) -> (Result<T>, Ended) {
    let bar = spinner("dead letters seen");
    let mut search = Search { system, interrupt, in_flight: InFlight::default(), bar };
    let worked = work(&mut search).await;
    search.bar.finish_and_clear();
    if interrupt.finish(search.in_flight.give_back(system)).await != Some(0) {
        let seconds = VISIBILITY.as_secs();
        eprintln!("mailroom: some dead letters were not given back: they reappear within {seconds} s");
    }
    let ended = match worked {
        Err(_) => Ended::Failed,
        Ok(_) if interrupt.came() => Ended::Interrupted,
        Ok(_) => Ended::Done,
    };
    (worked, ended)
}

impl Search<'_> {
    /// The next messages, up to `most` and ten. `None` when no more can be received, or after an interrupt.
    pub(crate) async fn next(&mut self, most: usize) -> Result<Option<Vec<Message>>> {
        for _ in 0..STALE {
            if self.interrupt.came() || most == 0 {
                break;
            }
            let now = Instant::now();
            self.in_flight.renew(self.system, now).await;
            // To its end, even after Ctrl-C: messages that SQS has handed out must be given back.
            let Some(received) = self.interrupt.finish(receive(self.system, most.min(RECEIVE))).await else {
                break;
            };
            let received = received?;
            if received.is_empty() {
                break;
            }
            let new = received.into_iter().filter(|message| self.in_flight.add(message, now));
            let new: Vec<_> = new.collect();
            if !new.is_empty() {
                self.bar.inc(new.len() as u64);
                return Ok(Some(new));
            }
        }
        Ok(None)
    }

    /// Runs work on messages to its end; `None` after a second interrupt.
    pub(crate) async fn finish<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.interrupt.finish(work).await
    }

    pub(crate) fn deleted(&mut self, message: &Message) {
        self.in_flight.remove(message);
    }
}

async fn receive(system: &System, most: usize) -> Result<Vec<Message>> {
    let receive = system.sqs.receive_message().queue_url(&system.outputs.dead_letter_queue_url);
    let receive = receive
        .max_number_of_messages(i32::try_from(most).unwrap_or(1))
        .wait_time_seconds(WAIT_SECONDS)
        .visibility_timeout(i32::try_from(VISIBILITY.as_secs()).unwrap_or(i32::MAX))
        .message_attribute_names("All")
        .message_system_attribute_names(MessageSystemAttributeName::All);
    let answer = receive.send().await.explain("can't receive from the dead-letter queue")?;
    Ok(answer.messages.unwrap_or_default())
}

/// How a pass ended. Earlier changes stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    #[default]
    Done,
    Interrupted,
    /// By an error, which stderr has.
    Failed,
}

impl Ended {
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Done | Self::Failed => Outcome::Success,
            Self::Interrupted => Outcome::Interrupted,
        }
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Done => "",
            Self::Interrupted => "Interrupted. Run the same command again to continue.\n",
            Self::Failed => "Stopped early. Run the same command again to continue.\n",
        }
    }
}

/// Prints what was done. An error that ended it is the answer all the same.
pub(crate) fn report(
    done: &impl Report,
    system: &System,
    output: &Output,
    worked: Result<()>,
) -> Result<Outcome> {
    let outcome = done.print(system, output)?;
    worked.map(|()| outcome)
}
