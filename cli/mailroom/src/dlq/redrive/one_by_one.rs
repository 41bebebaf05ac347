//! Some dead letters, or all without SQS's task: each is sent, confirmed, and only then deleted.

use super::super::dead_letter::attribute;
use super::super::reason::ReasonFilter;
use super::super::{Ended, Reason, Search, report, search};
use crate::report::{Output, Report, count};
use crate::system::{Depth, Explain, System};
use anyhow::Result;
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use aws_sdk_sqs::types::{
    Message, MessageSystemAttributeName, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
};
use futures::future::join_all;
use indicatif::HumanCount;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use terminal::style::{GOOD, WARNING};
use terminal::{Interrupt, Outcome};

#[derive(Default, Serialize)]
struct OneByOne {
    stack: String,
    way: &'static str,
    moved: u64,
    /// Sent but not deleted, so in both queues.
    not_deleted: u64,
    /// Those that stay because `--only` doesn't match, by reason.
    kept: BTreeMap<Reason, u64>,
    /// Moved, and dead again meanwhile.
    came_back: u64,
    /// About how many are in the dead-letter queue now.
    left: u64,
    ended: Ended,
    /// The new message ids of those that were moved.
    #[serde(skip)]
    sent: HashSet<String>,
}

pub(crate) async fn run(system: &System, only: Option<ReasonFilter>, output: &Output) -> Result<Outcome> {
    let mut done = OneByOne { stack: system.name.clone(), way: "one_by_one", ..OneByOne::default() };
    let work = async |search: &mut Search<'_>| done.work(system, search, only).await;
    let (worked, ended) = search(system, &Interrupt::listen()?, work).await;
    done.ended = ended;
    let left = Depth::of(system, &system.outputs.dead_letter_queue_url).await;
    done.left = left.as_ref().map_or(0, |depth| depth.all());
    report(&done, system, output, worked.and(left.map(|_| ())))
}

impl OneByOne {
    async fn work(
        &mut self,
        system: &System,
        search: &mut Search<'_>,
        only: Option<ReasonFilter>,
    ) -> Result<()> {
        while let Some(mut messages) = search.next(usize::MAX).await? {
            messages.retain(|message| self.selects(message, only));
            let transfers = messages.iter().map(|message| transfer(system, message));
            let Some(transferred) = search.finish(join_all(transfers)).await else { break };
            let mut failure = None;
            for (message, transferred) in messages.iter().zip(transferred) {
                match transferred {
                    Ok(message_id) => {
                        search.deleted(message);
                        self.sent.insert(message_id);
                        self.moved += 1;
                    }
                    Err(error) => {
                        self.not_deleted += u64::from(matches!(error, TransferError::NotDeleted(_)));
                        failure = Some(error);
                    }
                }
            }
            search.bar.set_message(format!("{} moved", HumanCount(self.moved)));
            if let Some(failure) = failure {
                return Err(failure.into());
            }
        }
        Ok(())
    }

    /// True if a letter is to be moved. One that this run has moved and that is dead again stays, or the run would never end.
    fn selects(&mut self, message: &Message, only: Option<ReasonFilter>) -> bool {
        if self.sent.contains(message.message_id().unwrap_or_default()) {
            self.came_back += 1;
            return false;
        }
        let reason = Reason::of(message.body().unwrap_or_default());
        let selected = only.is_none_or(|only| only.matches(reason));
        if !selected {
            *self.kept.entry(reason).or_default() += 1;
        }
        selected
    }
}

#[derive(Debug, thiserror::Error)]
enum TransferError {
    /// The letter is where it was. The queue may have it too, if only the answer was lost.
    #[error(transparent)]
    Refused(anyhow::Error),
    #[error(
        "the queue confirmed another content than the dead-letter queue's, so the letter stays: try again"
    )]
    Unconfirmed,
    #[error("{0:#}. It is in both queues, and is stored once")]
    NotDeleted(anyhow::Error),
}

/// Sends a letter as it is, and deletes it once the queue has confirmed that it has all of it. Returns its new message id.
async fn transfer(system: &System, message: &Message) -> Result<String, TransferError> {
    let sent = send(system, message).await.map_err(TransferError::Refused)?;
    let message_id = confirmed(message, &sent).ok_or(TransferError::Unconfirmed)?;
    let delete = system.sqs.delete_message().queue_url(&system.outputs.dead_letter_queue_url);
    let deleted = delete.set_receipt_handle(message.receipt_handle.clone()).send().await;
    deleted.explain("can't delete a letter that was sent").map_err(TransferError::NotDeleted)?;
    Ok(message_id)
}

/// With all its attributes: the receipt is one, and the trace another.
async fn send(system: &System, message: &Message) -> Result<SendMessageOutput> {
    let trace = attribute(message, &MessageSystemAttributeName::AwsTraceHeader).map(|trace| {
        let value = MessageSystemAttributeValue::builder().data_type("String").string_value(trace).build();
        value.map(|value| (MessageSystemAttributeNameForSends::AwsTraceHeader, value))
    });
    let send = system.sqs.send_message().queue_url(&system.outputs.queue_url);
    let send = send.set_message_body(message.body.clone());
    let send = send.set_message_attributes(message.message_attributes.clone());
    let send = send.set_message_system_attributes(trace.transpose()?.map(|trace| [trace].into()));
    send.send().await.explain("can't send a letter to the queue")
}

/// The new message id, if both queues report the same MD5s.
fn confirmed(message: &Message, sent: &SendMessageOutput) -> Option<String> {
    let same_body = message.md5_of_body().is_some() && message.md5_of_body() == sent.md5_of_message_body();
    let same_attributes = message.md5_of_message_attributes() == sent.md5_of_message_attributes();
    sent.message_id().filter(|_| same_body && same_attributes).map(str::to_owned)
}

impl Report for OneByOne {
    fn text(&self) -> String {
        let moved = count(self.moved, "dead letter");
        let mut text = format!("{GOOD}{moved} moved to the queue{GOOD:#}\n");
        for (reason, number) in &self.kept {
            text += &format!("  {} kept: {reason}\n", HumanCount(*number));
        }
        if self.not_deleted > 0 {
            let number = HumanCount(self.not_deleted);
            text += &format!(
                "  {WARNING}{number} in both queues{WARNING:#}: sent, but not deleted; stored once\n"
            );
        }
        if self.came_back > 0 {
            let number = HumanCount(self.came_back);
            text += &format!("  {WARNING}{number} came back dead{WARNING:#}: the cause is not gone\n");
        }
        text += &format!("About {} in the dead-letter queue now.\n", HumanCount(self.left));
        text + self.ended.text()
    }

    fn outcome(&self) -> Outcome {
        match self.ended {
            Ended::Done if self.came_back > 0 => Outcome::ProblemsFound,
            ended => ended.outcome(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Message {
        Message::builder().message_id(id).body("no email").build()
    }

    #[test]
    fn a_letter_that_comes_back_dead_is_not_moved_again() {
        let mut done = OneByOne::default();
        assert!(done.selects(&message("first"), Some(ReasonFilter::Poison)));
        done.sent.insert("second".to_owned());
        assert!(!done.selects(&message("second"), Some(ReasonFilter::Poison)));
        assert_eq!((done.came_back, done.outcome()), (1, Outcome::ProblemsFound));
        assert!(done.text().contains("1 came back dead"), "{}", done.text());
    }

    #[test]
    fn a_letter_that_does_not_match_is_kept_and_counted() {
        let mut done = OneByOne::default();
        assert!(!done.selects(&message("a"), Some(ReasonFilter::Reason(Reason::NOT_FILED))));
        assert!(done.selects(&message("a"), None));
        assert_eq!((done.kept.values().sum::<u64>(), done.outcome()), (1, Outcome::Success));
    }

    fn letter(body: &str, attributes: Option<&str>) -> Message {
        let attributes = attributes.map(str::to_owned);
        Message::builder().md5_of_body(body).set_md5_of_message_attributes(attributes).build()
    }

    fn sent(body: &str, attributes: Option<&str>) -> SendMessageOutput {
        let attributes = attributes.map(str::to_owned);
        let sent = SendMessageOutput::builder().message_id("new").md5_of_message_body(body);
        sent.set_md5_of_message_attributes(attributes).build()
    }

    #[test]
    fn a_letter_is_confirmed_by_equal_digests() {
        let confirms = |sent: &SendMessageOutput| confirmed(&letter("b", Some("a")), sent);
        assert_eq!(confirms(&sent("b", Some("a"))).as_deref(), Some("new"));
        for other in [sent("x", Some("a")), sent("b", Some("x")), sent("b", None)] {
            assert_eq!(confirms(&other), None, "{other:?}");
        }
        assert!(confirmed(&letter("b", None), &sent("b", None)).is_some());
        let nothing = (Message::builder().build(), SendMessageOutput::builder().message_id("new").build());
        assert_eq!(confirmed(&nothing.0, &nothing.1), None);
    }
}
