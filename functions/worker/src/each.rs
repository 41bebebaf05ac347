//! The layouts `flat` and `dated`: an object for each email.

use crate::concurrently::{Outcome, handle_each};
use crate::email_store::{EmailStore, Origin};
use crate::received_message::ReceivedMessage;
use crate::report::{Filed, MessageError, report};
use runtime::Deadline;
use runtime::metrics::Metrics;
use tokio::time::Instant;

/// Stores each message's email for itself, and returns for each whether SQS may delete the message.
pub(crate) async fn file(
    store: &EmailStore,
    messages: &[&ReceivedMessage],
    deadline: Deadline,
    metrics: &Metrics,
) -> Vec<bool> {
    let handle = async |message| file_one(store, message, metrics).await;
    let outcomes = handle_each(messages.iter().copied(), deadline, handle).await;
    let done = messages.iter().copied().zip(outcomes).map(|(message, outcome)| {
        match outcome {
            Outcome::Done | Outcome::Failed => {} // `file_one` has reported it
            Outcome::Panicked => report(message, Err(&MessageError::Panicked), None, metrics),
            Outcome::TimedOut => report(message, Err(&MessageError::TimedOut), None, metrics),
        }
        outcome == Outcome::Done
    });
    done.collect()
}

async fn file_one(store: &EmailStore, message: &ReceivedMessage, metrics: &Metrics) -> bool {
    let started = Instant::now();
    let result = try_file(store, message, metrics).await;
    report(message, result.as_ref(), Some(started.elapsed()), metrics);
    result.is_ok()
}

async fn try_file(
    store: &EmailStore,
    message: &ReceivedMessage,
    metrics: &Metrics,
) -> Result<Filed, MessageError> {
    let (email, origin) = (message.email()?, Origin { receipt: message.receipt(), caller: message.caller() });
    let stored = store.store(&email, &origin, metrics).await?;
    Ok(Filed { stored, is_canary: email.sender.is_canary(), object: None })
}
