//! `mailroom dlq`, on a real dead-letter queue.
//!
//! - `looking`: `list` and `show` report dead letters and leave them there;
//! - `redriving`, `moving`: dead letters return to the queue, one by one or by SQS's task;
//! - `discarding`: dead letters are saved, then deleted;
//! - `killed`: the same, killed again and again.

mod discarding;
mod killed;
mod looking;
mod moving;
mod redriving;

use crate::harness::{System, email};
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    QueueAttributeName,
};
use serde_json::Value;
use std::time::Duration;
use tokio::process::{Child, Command};

/// A trace that letters carry.
const TRACE: &str = "Root=1-67891233-abcdef012345678912345678";

/// A letter as it lies in the dead-letter queue: its message id and its receipt.
pub(crate) struct Buried {
    id: String,
    receipt: String,
}

/// Puts a letter into the dead-letter queue, as it is after five receives: with its receipt and its trace.
pub(crate) async fn bury(system: &System, body: &str) -> Buried {
    bury_with(system, body, &email::Receipt::new().to_string()).await
}

/// The same with a receipt that its sender chose.
async fn bury_with(system: &System, body: &str, receipt: &str) -> Buried {
    let value = MessageAttributeValue::builder().data_type("String").string_value(receipt).build().unwrap();
    let trace =
        MessageSystemAttributeValue::builder().data_type("String").string_value(TRACE).build().unwrap();
    let send = system.sqs.send_message().queue_url(system.dead_letter_queue_url()).message_body(body);
    let send = send.message_attributes("receipt", value);
    let send = send.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace);
    let id = send.send().await.unwrap().message_id.unwrap();
    Buried { id, receipt: receipt.to_owned() }
}

/// Emails of so many senders, dead.
async fn bury_emails(system: &System, count: usize) -> Vec<Buried> {
    let mut buried = Vec::new();
    for n in 0..count {
        buried.push(bury(system, &email(&format!("sender {n}")).to_string()).await);
    }
    buried
}

/// Two emails and three times poison, of two kinds.
async fn bury_some_of_each(system: &System) -> Vec<Buried> {
    let mut buried = bury_emails(system, 2).await;
    for body in ["hush {", "hush [", r#"{"hush":1}"#] {
        buried.push(bury(system, body).await);
    }
    buried
}

/// How many messages of a queue can be received at this moment.
async fn visible(system: &System, queue_url: &str) -> usize {
    let name = QueueAttributeName::ApproximateNumberOfMessages;
    let get = system.sqs.get_queue_attributes().queue_url(queue_url).attribute_names(name.clone());
    get.send().await.unwrap().attributes.unwrap()[&name].parse().unwrap()
}

pub(crate) async fn visible_dead(system: &System) -> usize {
    visible(system, &system.dead_letter_queue_url()).await
}

/// A number of a report.
fn number(report: &Value, pointer: &str) -> u64 {
    report.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("no {pointer} in {report}"))
}

/// Starts a command whose words nobody waits for.
pub(crate) fn spawn(command: &mut Command) -> Child {
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
}

/// Sends a signal to a command, as Ctrl-C and `kill` do.
pub(crate) async fn signal(process: &Child, signal: &str) {
    let kill = format!("kill -{signal} {}", process.id().unwrap());
    assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
}

/// A moment between two looks at what a command does.
pub(crate) const MOMENT: Duration = Duration::from_millis(2);
