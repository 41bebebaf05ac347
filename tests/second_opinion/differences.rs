//! Where moto and our AWS differ: the rows that say "differs" in `docs/FIDELITY.md`, which says who is right and
//! how we know. A test fails as soon as either of them changes its mind; then the table is out of date.

use crate::harness::{Moto, Ours, Setup, System};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    QueueAttributeName, SendMessageBatchRequestEntry,
};
use aws_sdk_ssm::types::ParameterType;
use std::fmt::Debug;

const DONE: &str = "done";
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

/// Asks both the same, and holds each to its answer.
async fn differ(ask: impl AsyncFn(&System) -> String, ours: &str, moto: &str) {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    assert_eq!(ask(&system).await, ours, "our answer");
    if let Some(system) = Moto::start_with(Setup::usual().unpolled()).await {
        assert_eq!(ask(&system).await, moto, "moto's answer");
    }
}

/// Asks both what they once answered differently, and holds both to the right answer.
async fn agree(ask: impl AsyncFn(&System) -> String, right: &str) {
    differ(ask, right, right).await;
}

/// The code of an error, or that there was none.
fn outcome<T: Debug>(result: Result<T, impl ProvideErrorMetadata>) -> String {
    result.map_or_else(
        |error| error.code().unwrap_or("an error without a code").to_owned(),
        |_| DONE.to_owned(),
    )
}

fn attribute(data_type: &str, value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type(data_type).string_value(value).build().unwrap()
}

fn trace() -> MessageSystemAttributeValue {
    MessageSystemAttributeValue::builder().data_type("String").string_value(TRACE).build().unwrap()
}

async fn send(
    system: &System,
    body: impl Into<String>,
    attributes: &[(&str, MessageAttributeValue)],
) -> String {
    let mut send = system.sqs.send_message().queue_url(system.queue_url()).message_body(body);
    for (name, value) in attributes {
        send = send.message_attributes(*name, value.clone());
    }
    outcome(send.send().await)
}

async fn put_parameter(system: &System, name: &str, value: &str) -> String {
    let put = system.ssm.put_parameter().name(name).value(value).r#type(ParameterType::SecureString);
    outcome(put.send().await)
}

#[tokio::test]
async fn sqs_refuses_characters_that_moto_takes() {
    for body in ["\u{fffe}", "\u{ffff}", "\u{8}", "\u{0}"] {
        differ(async |system| send(system, body, &[]).await, "InvalidMessageContents", DONE).await;
    }
    let in_attribute = [("a", attribute("String", "\u{fffe}"))];
    differ(async |system| send(system, "x", &in_attribute).await, "InvalidMessageContents", DONE).await;
}

#[tokio::test]
async fn sqs_refuses_an_empty_body_that_moto_takes() {
    differ(async |system| send(system, "", &[]).await, "MissingParameter", DONE).await;
}

#[tokio::test]
async fn sqs_counts_a_messages_bytes_with_its_attributes_where_moto_counts_characters_without_them() {
    let full = "x".repeat(1_048_576);
    let receipt = [("receipt", attribute("String", "x"))];
    differ(async |system| send(system, full.as_str(), &receipt).await, "InvalidParameterValue", DONE).await;
    let wide = "é".repeat(524_289);
    differ(async |system| send(system, wide.as_str(), &[]).await, "InvalidParameterValue", DONE).await;
}

#[tokio::test]
async fn sqs_refuses_message_attributes_that_moto_takes() {
    let eleven: Vec<_> = (0..11).map(|n| (format!("a{n}"), attribute("String", "x"))).collect();
    let eleven: Vec<_> = eleven.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    for attributes in [
        &eleven[..],
        &[("AWS.x", attribute("String", "x"))],
        &[("a..b", attribute("String", "x"))],
        &[("a", attribute("String", ""))],
        &[("a", attribute("Number", "x"))],
    ] {
        differ(async |system| send(system, "x", attributes).await, "InvalidParameterValue", DONE).await;
    }
}

#[tokio::test]
async fn sqs_knows_one_system_attribute_where_moto_takes_any() {
    let other = MessageSystemAttributeNameForSends::from("Other");
    let ask = async |system: &System| {
        let send = system.sqs.send_message().queue_url(system.queue_url()).message_body("x");
        outcome(send.message_system_attributes(other.clone(), trace()).send().await)
    };
    differ(ask, "InvalidParameterValue", DONE).await;
}

#[tokio::test]
async fn sqs_answers_the_md5_of_system_attributes_and_moto_does_not() {
    let ask = async |system: &System| {
        let send = system.sqs.send_message().queue_url(system.queue_url()).message_body("x");
        let send =
            send.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace());
        send.send().await.unwrap().md5_of_message_system_attributes().is_some().to_string()
    };
    differ(ask, "true", "false").await;
}

#[tokio::test]
async fn a_batch_keeps_its_traces_and_in_moto_loses_them() {
    let entry = SendMessageBatchRequestEntry::builder().id("a").message_body("x");
    let entry = entry
        .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace())
        .build()
        .unwrap();
    let ask = async |system: &System| {
        system
            .sqs
            .send_message_batch()
            .queue_url(system.queue_url())
            .entries(entry.clone())
            .send()
            .await
            .unwrap();
        let messages = system.receive(system.queue_url()).await;
        let attributes = messages[0].attributes().unwrap();
        let trace = attributes.iter().find(|(name, _)| name.as_str() == "AWSTraceHeader");
        trace.map_or("lost".to_owned(), |(_, trace)| trace.clone())
    };
    differ(ask, TRACE, "lost").await;
}

#[tokio::test]
async fn an_entry_that_sqs_refuses_does_not_fail_its_batch_and_moto_takes_it() {
    let entry = |id: &str, body: &str| {
        SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
    };
    let ask = async |system: &System| {
        let send = system.sqs.send_message_batch().queue_url(system.queue_url());
        let sent = send.entries(entry("good", "x")).entries(entry("bad", "\u{fffe}")).send().await.unwrap();
        format!("{} sent, {} failed", sent.successful().len(), sent.failed().len())
    };
    differ(ask, "1 sent, 1 failed", "2 sent, 0 failed").await;
}

#[tokio::test]
async fn an_old_receipt_handle_deletes_nothing_and_in_moto_the_message() {
    let ask = async |system: &System| {
        send(system, "x", &[]).await;
        let receive = system.sqs.receive_message().queue_url(system.queue_url()).visibility_timeout(0);
        let old = receive.send().await.unwrap().messages.unwrap().remove(0).receipt_handle.unwrap();
        assert_eq!(system.receive(system.queue_url()).await.len(), 1, "again");
        system.sqs.delete_message().queue_url(system.queue_url()).receipt_handle(old).send().await.unwrap();
        let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let left = system
            .sqs
            .get_queue_attributes()
            .queue_url(system.queue_url())
            .attribute_names(in_flight.clone());
        left.send().await.unwrap().attributes.unwrap().remove(&in_flight).unwrap()
    };
    differ(ask, "1", "0").await;
}

/// Lets a message go to the dead-letter queue, and returns one of its system attributes there.
async fn of_a_dead_letter(system: &System, name: &str) -> String {
    send(system, "poison", &[]).await;
    let receive = system.sqs.receive_message().queue_url(system.queue_url()).visibility_timeout(0);
    while receive.clone().send().await.unwrap().messages.is_some_and(|messages| !messages.is_empty()) {}
    let letter = system.receive(&system.dead_letter_queue_url()).await.remove(0);
    let attributes = letter.attributes.unwrap();
    let found = attributes.into_iter().find(|(found, _)| found.as_str() == name);
    found.map_or("none".to_owned(), |(_, value)| value)
}

#[tokio::test]
async fn a_dead_letter_says_where_it_comes_from_and_in_moto_nothing() {
    let source = "arn:aws:sqs:eu-central-1:000000000000:local-queue-8f6d3a10";
    differ(async |system| of_a_dead_letter(system, "DeadLetterQueueSourceArn").await, source, "none").await;
}

#[tokio::test]
async fn receives_are_counted_across_all_queues_by_both() {
    agree(async |system| of_a_dead_letter(system, "ApproximateReceiveCount").await, "6").await;
}

#[tokio::test]
async fn the_visibility_of_a_message_that_nobody_holds_can_be_changed_in_moto_alone() {
    let ask = async |system: &System| {
        send(system, "x", &[]).await;
        let handle = system.receive(system.queue_url()).await.remove(0).receipt_handle.unwrap();
        let change =
            system.sqs.change_message_visibility().queue_url(system.queue_url()).receipt_handle(handle);
        change.clone().visibility_timeout(0).send().await.unwrap();
        outcome(change.visibility_timeout(10).send().await)
    };
    differ(ask, "AWS.SimpleQueueService.MessageNotInflight", DONE).await;
}

#[tokio::test]
async fn s3_refuses_what_moto_stores() {
    let put = |system: &System, key: &str| system.s3.put_object().bucket(system.bucket()).key(key);
    let if_match = async |system: &System| outcome(put(system, "a").if_none_match("\"etag\"").send().await);
    differ(if_match, "NotImplemented", DONE).await;
    let long_key = "x".repeat(1_025);
    differ(async |system| outcome(put(system, &long_key).send().await), "KeyTooLongError", DONE).await;
    let metadata = "x".repeat(2_049);
    let large = async |system: &System| outcome(put(system, "a").metadata("a", &metadata).send().await);
    differ(large, "MetadataTooLarge", DONE).await;
    let (md5, sha256) = ("A".repeat(22) + "==", "A".repeat(43) + "=");
    let wrong_md5 = async |system: &System| outcome(put(system, "a").content_md5(&md5).send().await);
    differ(wrong_md5, "BadDigest", DONE).await;
    let wrong_sha256 =
        async |system: &System| outcome(put(system, "a").checksum_sha256(&sha256).send().await);
    differ(wrong_sha256, "BadDigest", DONE).await;
}

#[tokio::test]
async fn a_standard_parameter_has_4_kb_and_in_moto_any_size() {
    let ask = async |system: &System| put_parameter(system, "/tests/large", &"x".repeat(4_097)).await;
    differ(ask, "ValidationException", DONE).await;
}

#[tokio::test]
async fn put_object_in_a_versioned_bucket_answers_a_version_by_both() {
    let ask = async |system: &System| {
        let put = system.s3.put_object().bucket(system.bucket()).key("a").send().await.unwrap();
        put.version_id().is_some().to_string()
    };
    agree(ask, "true").await;
}
