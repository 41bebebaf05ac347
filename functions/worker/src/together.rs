//! The layout `batch`: one object for the emails of an invocation.

use crate::batch_store::BatchStore;
use crate::conditional_put::Stored;
use crate::each;
use crate::email_store::EmailStore;
use crate::received_message::ReceivedMessage;
use crate::report::{Filed, MessageError, report};
use email::{BatchLine, BatchObject};
use runtime::Deadline;
use runtime::metrics::Metrics;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;
use tokio::time::{Instant, timeout_at};

/// Stores all emails in one object, and returns for each message whether SQS may delete it: all of them once the object is
/// there, and none if that fails. A message without an email stays in the queue alone.
pub(crate) async fn file(
    batches: &BatchStore,
    canary: &EmailStore,
    messages: &[ReceivedMessage],
    deadline: Deadline,
    metrics: &Metrics,
) -> Vec<bool> {
    let (mut filed, mut lines, mut of_canary) = (Vec::new(), Vec::new(), Vec::new());
    for (index, message) in messages.iter().enumerate() {
        match line(message) {
            Ok(line) if line.email.sender.is_canary() => of_canary.push(index),
            Ok(line) => {
                filed.push((index, line.copy_of()));
                lines.push(line);
            }
            Err(error) => report(message, Err(&error), None, metrics),
        }
    }
    let mut done = vec![false; messages.len()];
    if let Some(object) = BatchObject::new(lines, SystemTime::now()) {
        let started = Instant::now();
        let stored = put(batches, &object, deadline, metrics).await;
        let (took, mut seen) = (started.elapsed(), HashSet::new());
        for (index, copy_of) in filed {
            // SQS may deliver a message twice at once: the object holds its email once.
            let is_first = seen.insert(copy_of);
            let filed = stored.as_ref().map(|stored| Filed {
                stored: if is_first { *stored } else { Stored::Duplicate },
                is_canary: false,
                object: Some(object.key.clone()),
            });
            done[index] = filed.is_ok();
            report(&messages[index], filed.as_ref().map_err(|error| *error), Some(took), metrics);
        }
    }
    let canarys: Vec<_> = of_canary.iter().map(|index| &messages[*index]).collect();
    for (index, is_done) in of_canary.into_iter().zip(each::file(canary, &canarys, deadline, metrics).await) {
        done[index] = is_done;
    }
    done
}

/// The line of a message. A panic harms no other message.
fn line(message: &ReceivedMessage) -> Result<BatchLine, MessageError> {
    let line = || Ok(BatchLine::new(message.email()?, message.receipt(), message.sent(), message.caller()));
    catch_unwind(AssertUnwindSafe(line)).unwrap_or(Err(MessageError::Panicked))
}

async fn put(
    store: &BatchStore,
    object: &BatchObject,
    deadline: Deadline,
    metrics: &Metrics,
) -> Result<Stored, MessageError> {
    match timeout_at(deadline.instant(), store.store(object, metrics)).await {
        Ok(stored) => Ok(stored?),
        Err(_) => Err(MessageError::TimedOut),
    }
}
