//! Going through the dead-letter queue.

use super::held::{HOLD, Held};
use super::{Ended, Interrupt};
use crate::progress;
use crate::system::{Explain, System};
use anyhow::Result;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use indicatif::ProgressBar;
use std::time::Instant;

/// How long a receive waits for a letter. Only one that waits asks all of SQS's servers, so that "none" means none
/// ("Amazon SQS short and long polling", SQS developer guide).
const WAIT_SECONDS: i32 = 1;
/// The most letters of one receive.
const RECEIVE: usize = 10;
/// Receives with nothing but letters that are held already, after which no new ones are expected.
const STALE: u32 = 3;

/// A way through the dead-letter queue: each letter once, and held until the end, so that it does not come again.
/// It has to be [ended](Search::end), which gives the letters back.
pub(crate) struct Search<'a> {
    system: &'a System,
    interrupt: &'a Interrupt,
    held: Held,
    pub(crate) bar: ProgressBar,
}

impl<'a> Search<'a> {
    pub(crate) fn begin(system: &'a System, interrupt: &'a Interrupt) -> Self {
        Self { system, interrupt, held: Held::default(), bar: progress::spinner("dead letters seen") }
    }

    /// The next letters, up to `most` and ten; none: that was all that could be received, or it is to end.
    pub(crate) async fn next(&mut self, most: usize) -> Result<Vec<Message>> {
        for _ in 0..STALE {
            if self.interrupt.came() || most == 0 {
                break;
            }
            let now = Instant::now();
            self.held.renew(self.system, now).await;
            // To its end, also on Ctrl-C: what SQS has handed out by then is to be given back at once.
            let Some(received) = self.interrupt.finish(receive(self.system, most.min(RECEIVE))).await else {
                break;
            };
            let received = received?;
            if received.is_empty() {
                break;
            }
            let new: Vec<_> = received.into_iter().filter(|message| self.held.add(message, now)).collect();
            if !new.is_empty() {
                self.bar.inc(u64::try_from(new.len()).unwrap_or_default());
                return Ok(new);
            }
        }
        Ok(Vec::new())
    }

    /// Brings what was begun with letters to its end; nothing if nobody wants to wait for that.
    pub(crate) async fn finish<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        self.interrupt.finish(work).await
    }

    /// A letter is no longer in the queue.
    pub(crate) fn gone(&mut self, message: &Message) {
        self.held.remove(message);
    }

    /// Gives back what is held, and says how the way through the queue ended.
    pub(crate) async fn end(self, worked: &Result<()>) -> Ended {
        self.bar.finish_and_clear();
        let given_back = self.interrupt.finish(self.held.give_back(self.system)).await;
        if given_back != Some(0) {
            let hold = HOLD.as_secs();
            eprintln!(
                "mailroom: some letters could not be given back: they come back by themselves within {hold} s"
            );
        }
        match worked {
            Err(_) => Ended::Failed,
            Ok(()) if self.interrupt.came() => Ended::Interrupted,
            Ok(()) => Ended::Done,
        }
    }
}

async fn receive(system: &System, most: usize) -> Result<Vec<Message>> {
    let receive = system.sqs.receive_message().queue_url(&system.outputs.dead_letter_queue_url);
    let receive = receive
        .max_number_of_messages(i32::try_from(most).unwrap_or(1))
        .wait_time_seconds(WAIT_SECONDS)
        .visibility_timeout(i32::try_from(HOLD.as_secs()).unwrap_or(i32::MAX))
        .message_attribute_names("All")
        .message_system_attribute_names(MessageSystemAttributeName::All);
    let answer = receive.send().await.explain("the dead-letter queue can't be received from")?;
    Ok(answer.messages.unwrap_or_default())
}
