//! Moving messages out of a dead-letter queue:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>.
//!
//! A task moves what is visible and was there when it began: a message that fails again meanwhile doesn't go
//! round and round, and one that somebody has received stays. Each message moves in one step, so a task that is
//! cancelled, or fails, leaves every message in exactly one of the two queues.

use super::{Queue, Queues, SqsError};
use crate::locked::locked;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, Weak},
    time::{Duration, SystemTime},
};
use uuid::Uuid;

/// The highest rate that can be asked for, in messages a second.
pub(crate) const RATE: u32 = 500;
/// How many tasks of a queue are remembered: as many as one can ask for.
pub(crate) const REMEMBERED: usize = 10;

/// The moves out of one queue, the latest first.
#[derive(Debug, Default)]
pub(crate) struct Moves(Mutex<VecDeque<MoveTask>>);

/// One move, as it stands.
#[derive(Clone, Debug)]
pub(crate) struct MoveTask {
    pub(crate) id: Uuid,
    pub(crate) status: MoveStatus,
    /// Where everything goes; without it, each message to the queue it came from.
    pub(crate) destination_arn: Option<String>,
    /// Messages a second, if there is a limit.
    pub(crate) rate: Option<u32>,
    pub(crate) started_at: SystemTime,
    pub(crate) to_move: usize,
    pub(crate) moved: usize,
}

/// How far a move has got.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MoveStatus {
    Running,
    Completed,
    Cancelling,
    Cancelled,
    Failed(MoveFailure),
}

/// Why a move ended early. The message at which it did stays where it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MoveFailure {
    /// Somebody sent the message to the dead-letter queue themselves: it came from no queue.
    NoSource,
    /// The queue it should go to was deleted.
    NoDestination,
}

impl MoveStatus {
    /// AWS's name of it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
            Self::Failed(_) => "FAILED",
        }
    }
}

impl MoveFailure {
    /// AWS's name of it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoSource => "CouldNotDetermineMessageSource",
            Self::NoDestination => "AWS.SimpleQueueService.NonExistentQueue",
        }
    }
}

impl Moves {
    /// The latest moves, the latest first.
    pub(crate) fn latest(&self, max: usize) -> Vec<MoveTask> {
        locked(&self.0).iter().take(max).cloned().collect()
    }

    /// Asks a running move to end. How many messages it has moved so far.
    pub(crate) fn cancel(&self, id: Uuid) -> Result<usize, SqsError> {
        let mut tasks = locked(&self.0);
        let Some(task) = tasks.iter_mut().find(|task| task.id == id) else {
            return Err(SqsError::ResourceNotFound { message: "Task does not exist.".to_owned() });
        };
        if task.status != MoveStatus::Running {
            return Err(SqsError::invalid("Only active tasks can be cancelled."));
        }
        task.status = MoveStatus::Cancelling;
        Ok(task.moved)
    }

    fn begin(&self, task: MoveTask) -> Result<(), SqsError> {
        let mut tasks = locked(&self.0);
        let active = |task: &MoveTask| matches!(task.status, MoveStatus::Running | MoveStatus::Cancelling);
        if tasks.iter().any(active) {
            return Err(SqsError::invalid(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            ));
        }
        tasks.push_front(task);
        tasks.truncate(REMEMBERED);
        Ok(())
    }

    /// Changes a task and gives it as it is then.
    fn update<T>(&self, id: Uuid, change: impl FnOnce(&mut MoveTask) -> T) -> Option<T> {
        locked(&self.0).iter_mut().find(|task| task.id == id).map(change)
    }
}

/// Starts to move the messages of `queue`, in a task of its own.
pub(crate) fn start(
    queue: &Arc<Queue>,
    queues: &Arc<Queues>,
    destination: Option<&Arc<Queue>>,
    rate: Option<u32>,
) -> Result<Uuid, SqsError> {
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
    let pause = rate.map(|rate| queue.time_scale().apply(Duration::from_secs(1) / rate));
    let run = Run {
        id,
        end,
        source: Arc::downgrade(queue),
        queues: Arc::downgrade(queues),
        destination: destination.map(Arc::downgrade),
    };
    tokio::spawn(run.run(pause));
    Ok(id)
}

/// A move at work. It keeps no queue alive: it ends with the endpoint.
struct Run {
    id: Uuid,
    /// What came from here on was not there at the start.
    end: u64,
    source: Weak<Queue>,
    queues: Weak<Queues>,
    destination: Option<Weak<Queue>>,
}

impl Run {
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

    /// Moves one message. Whether that was all.
    fn step(&self, source: &Queue) -> bool {
        let cancelling = source.moves.update(self.id, |task| task.status == MoveStatus::Cancelling);
        if cancelling != Some(false) {
            source.moves.update(self.id, |task| task.status = MoveStatus::Cancelled);
            return true;
        }
        let moved = source.redrive_one(self.end, |from| self.find(from));
        let end = source.moves.update(self.id, |task| {
            match moved {
                Ok(true) => task.moved += 1,
                Ok(false) => task.status = MoveStatus::Completed,
                Err(failure) => task.status = MoveStatus::Failed(failure),
            }
            !matches!(task.status, MoveStatus::Running | MoveStatus::Cancelling)
        });
        end != Some(false)
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

#[cfg(test)]
mod tests;
