//! SQS's move tasks.

use crate::system::{Explain, System};
use anyhow::{Context, Result};
use aws_sdk_sqs::types::{ListMessageMoveTasksResultEntry, QueueAttributeName};

/// The move tasks from the dead-letter queue to the queue.
pub(crate) struct Tasks<'a> {
    system: &'a System,
    dead_letter_queue_arn: String,
    queue_arn: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// SQS's word, such as `RUNNING`.
    pub(crate) status: String,
    /// Cancels it while it runs.
    pub(crate) handle: Option<String>,
    /// Tells one task from the next: SQS lists them without an id.
    pub(crate) started: i64,
    pub(crate) moved: u64,
    /// Unknown until the task has really started.
    pub(crate) to_move: Option<u64>,
    pub(crate) failure: Option<String>,
}

impl Task {
    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self.status.as_str(), "RUNNING" | "CANCELLING")
    }
}

impl From<&ListMessageMoveTasksResultEntry> for Task {
    fn from(entry: &ListMessageMoveTasksResultEntry) -> Self {
        Self {
            status: entry.status().unwrap_or_default().to_owned(),
            handle: entry.task_handle().map(str::to_owned),
            started: entry.started_timestamp(),
            moved: u64::try_from(entry.approximate_number_of_messages_moved()).unwrap_or_default(),
            to_move: entry.approximate_number_of_messages_to_move().and_then(|n| u64::try_from(n).ok()),
            failure: entry.failure_reason().map(str::to_owned),
        }
    }
}

impl<'a> Tasks<'a> {
    pub(crate) async fn of(system: &'a System) -> Result<Self> {
        let dead_letter_queue_arn = arn(system, &system.outputs.dead_letter_queue_url).await?;
        let queue_arn = arn(system, &system.outputs.queue_url).await?;
        Ok(Self { system, dead_letter_queue_arn, queue_arn })
    }

    /// The latest task, if there ever was one.
    pub(crate) async fn latest(&self) -> Result<Option<Task>> {
        let list = self.system.sqs.list_message_move_tasks().source_arn(&self.dead_letter_queue_arn);
        let answer = list.max_results(1).send().await.explain("can't list SQS's move tasks")?;
        Ok(answer.results().first().map(Task::from))
    }

    /// With the destination: without one, SQS fails at a message that was put into the dead-letter queue by hand.
    pub(crate) async fn start(&self, rate: Option<i32>) -> Result<()> {
        let start = self.system.sqs.start_message_move_task().source_arn(&self.dead_letter_queue_arn);
        let start = start.destination_arn(&self.queue_arn).set_max_number_of_messages_per_second(rate);
        start.send().await.explain("can't start SQS's move task").map(|_| ())
    }

    pub(crate) async fn cancel(&self, handle: &str) -> Result<()> {
        let cancel = self.system.sqs.cancel_message_move_task().task_handle(handle);
        cancel.send().await.explain("can't cancel SQS's move task").map(|_| ())
    }
}

async fn arn(system: &System, queue_url: &str) -> Result<String> {
    let get = system.sqs.get_queue_attributes().queue_url(queue_url);
    let answer = get.attribute_names(QueueAttributeName::QueueArn).send().await;
    let answer = answer.explain(format!("can't read the attributes of the queue {queue_url}"))?;
    let arn = answer.attributes().and_then(|attributes| attributes.get(&QueueAttributeName::QueueArn));
    arn.cloned().with_context(|| format!("SQS answered without the ARN of {queue_url}"))
}
