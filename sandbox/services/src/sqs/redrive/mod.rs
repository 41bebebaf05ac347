//! Moving messages out of a dead-letter queue:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>.
//!
//! A task moves the messages that are visible and were there when it began: one that fails again meanwhile doesn't go
//! round and round, and one that was received stays. Each message moves in one step, so a task that is cancelled, or
//! fails, leaves every message in exactly one of the two queues.

use super::Queue;
use super::moves::{MoveFailure, MoveStatus, MoveTask};
use super::queues::Queues;
use crate::error::Result;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use uuid::Uuid;

/// Starts to move the messages of `queue`, in a task of its own.
pub(crate) fn start(
    queue: &Arc<Queue>,
    queues: &Arc<Queues>,
    destination: Option<&Arc<Queue>>,
    rate: Option<u32>,
) -> Result<Uuid> {
    let (id, state) = (Uuid::new_v4(), queue.state());
    let (end, to_move) = (state.end(), state.movable(state.end()));
    drop(state);
    queue.moves.begin(MoveTask {
        id,
        status: MoveStatus::Running,
        destination_arn: destination.map(|queue| queue.arn().to_owned()),
        rate,
        started_at: SystemTime::now(),
        to_move,
        moved: 0,
    })?;
    let pause = rate.map(|rate| queue.scaled(Duration::from_secs(1) / rate));
    let redrive = Redrive {
        id,
        end,
        source: Arc::downgrade(queue),
        queues: Arc::downgrade(queues),
        destination: destination.map(Arc::downgrade),
    };
    tokio::spawn(redrive.run(pause));
    Ok(id)
}

/// A move at work. It keeps no queue alive: it ends with the endpoint.
struct Redrive {
    id: Uuid,
    /// Messages from here on arrived after the start.
    end: u64,
    source: Weak<Queue>,
    queues: Weak<Queues>,
    destination: Option<Weak<Queue>>,
}

impl Redrive {
    async fn run(self, pause: Option<Duration>) {
        while let Some(source) = self.source.upgrade() {
            if self.step(&source) {
                return;
            }
            drop(source);
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => tokio::task::yield_now().await,
            }
        }
    }

    /// Moves one message, and returns whether the task has ended.
    fn step(&self, source: &Queue) -> bool {
        let cancelling = source.moves.update(self.id, |task| task.status == MoveStatus::Cancelling);
        if cancelling != Some(false) {
            source.moves.update(self.id, |task| task.status = MoveStatus::Cancelled);
            return true;
        }
        let moved = move_one(source, self.end, |from| self.find(from));
        let active = source.moves.update(self.id, |task| {
            match moved {
                Ok(true) => task.moved += 1,
                Ok(false) => task.status = MoveStatus::Completed,
                Err(failure) => task.status = MoveStatus::Failed(failure),
            }
            task.status.is_active()
        });
        active != Some(true)
    }

    /// The queue for a message that came from the queue with the ARN `from`.
    fn find(&self, from: Option<&str>) -> Result<Arc<Queue>, MoveFailure> {
        let queue = match &self.destination {
            Some(destination) => destination.upgrade(),
            None => {
                let from = from.ok_or(MoveFailure::NoSource)?;
                self.queues.upgrade().and_then(|queues| queues.with_arn(from))
            }
        };
        queue.filter(|queue| !queue.is_deleted()).ok_or(MoveFailure::NoDestination)
    }
}

/// Moves the first visible message before `end` to where `find` says, given the ARN of the queue it came
/// from. It is in one of the two queues at any time. Returns whether there was one.
fn move_one<E>(
    source: &Queue,
    end: u64,
    find: impl Fn(Option<&str>) -> Result<Arc<Queue>, E>,
) -> Result<bool, E> {
    loop {
        let now = Instant::now();
        let first = {
            let state = source.state();
            state.first_movable(end).map(|(place, message)| (place, message.dead_letter_source.clone()))
        };
        let Some((place, from)) = first else { return Ok(false) };
        let to = find(from.as_deref())?;
        let (mut state, mut destination) = source.lock_with(&to);
        let still_first = state.first_movable(end).is_some_and(|(first, _)| first == place);
        // Received or deleted since, or the destination is gone: look again, and let `find` say what is wrong.
        if still_first
            && !destination.deleted
            && let Some(message) = state.remove(place)
        {
            let message_id = message.message.message_id.clone();
            let message = message.redriven(now);
            source.announce_move(message_id, &message.message);
            let sent = to.sent_event(&message.message);
            destination.add(message, now);
            destination.append_with(&mut state);
            to.announce(sent);
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests;
