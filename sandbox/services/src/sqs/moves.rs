//! The move tasks of a dead-letter queue, as they stand.

use super::error::{invalid, not_found};
use crate::error::Result;
use parking_lot::Mutex;
use std::{collections::VecDeque, time::SystemTime};
use uuid::Uuid;

/// How many tasks of a queue are remembered: as many as a request can list.
pub(crate) const REMEMBERED: usize = 10;

/// The moves out of one queue, the latest first.
#[derive(Debug, Default)]
pub(crate) struct Moves(Mutex<VecDeque<MoveTask>>);

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
    /// The message was sent to the dead-letter queue directly.
    NoSource,
    /// The queue it should go to was deleted.
    NoDestination,
}

impl MoveStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
            Self::Failed(_) => "FAILED",
        }
    }

    pub(crate) fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Cancelling)
    }
}

impl MoveFailure {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoSource => "CouldNotDetermineMessageSource",
            Self::NoDestination => "AWS.SimpleQueueService.NonExistentQueue",
        }
    }
}

impl Moves {
    pub(crate) fn latest(&self, max: usize) -> Vec<MoveTask> {
        self.0.lock().iter().take(max).cloned().collect()
    }

    /// Asks a running move to end, and returns how many messages it has moved.
    pub(crate) fn cancel(&self, id: Uuid) -> Result<usize> {
        let mut tasks = self.0.lock();
        let task = tasks.iter_mut().find(|task| task.id == id);
        let task = task.ok_or_else(|| not_found("Task does not exist."))?;
        if task.status != MoveStatus::Running {
            return Err(invalid("Only active tasks can be cancelled."));
        }
        task.status = MoveStatus::Cancelling;
        Ok(task.moved)
    }

    pub(crate) fn begin(&self, task: MoveTask) -> Result<()> {
        let mut tasks = self.0.lock();
        if tasks.iter().any(|task| task.status.is_active()) {
            return Err(invalid(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            ));
        }
        tasks.push_front(task);
        tasks.truncate(REMEMBERED);
        Ok(())
    }

    pub(crate) fn update<T>(&self, id: Uuid, change: impl FnOnce(&mut MoveTask) -> T) -> Option<T> {
        self.0.lock().iter_mut().find(|task| task.id == id).map(change)
    }
}
