//! Records and responses of functions.

use super::*;
use sandbox_services::sqs::MessageAttribute;
use std::collections::BTreeMap;

fn read(answer: &str) -> Option<Vec<String>> {
    let failures = failures(answer.as_bytes(), &HashSet::from(["a", "b"]))?;
    let mut failures: Vec<_> = failures.into_iter().collect();
    failures.sort();
    Some(failures)
}

#[test]
fn an_answer_without_failures_is_success_for_all() {
    let none = [r#"{"batchItemFailures": null}"#, r#"{"batchItemFailures": []}"#];
    for answer in ["", r#""""#, "[]", "null", "{}"].into_iter().chain(none) {
        assert_eq!(read(answer), Some(vec![]), "{answer}");
    }
}

#[test]
fn reported_messages_are_kept_and_the_others_are_done() {
    assert_eq!(read(r#"{"batchItemFailures": [{"itemIdentifier": "b"}]}"#), Some(vec!["b".to_owned()]));
}

#[test]
fn an_answer_that_names_nothing_of_the_batch_fails_all_of_it() {
    for answer in [
        "oops",
        r#""oops""#,
        r#"["a"]"#,
        "0",
        "true",
        r#"{"batchItemFailures": {}}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": 123}]}"#,
        r#"{"batchItemFailures": [{"foo": null}]}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": "c"}]}"#,
        r#"{"batchItemFailures": [{"itemidentifier": "a"}]}"#,
        r#"{"batchItemFailures": [{"itemIdentifier": "a"}, {}]}"#,
    ] {
        assert_eq!(read(answer), None, "{answer}");
    }
}

#[test]
fn a_message_is_a_record_with_all_that_sqs_says_of_it() {
    let value = |data_type: &str, text: Option<&str>, bytes: Option<&[u8]>| MessageAttribute {
        data_type: data_type.to_owned(),
        string_value: text.map(str::to_owned),
        binary_value: bytes.map(<[u8]>::to_vec),
    };
    let message = ReceivedMessage {
        message_id: "id".to_owned(),
        receipt_handle: "handle".to_owned(),
        body: "hello".to_owned(),
        md5_of_body: "5d41402abc4b2a76b9719d911017c592".to_owned(),
        md5_of_message_attributes: Some("0c6b1ccc2c3e4dd6fa18d17a3c7d7e5e".to_owned()),
        attributes: BTreeMap::from([("ApproximateReceiveCount".to_owned(), "1".to_owned())]),
        message_attributes: BTreeMap::from([
            ("n".to_owned(), value("Number", Some("7"), None)),
            ("b".to_owned(), value("Binary", None, Some(b"\x00"))),
        ]),
    };
    let mut expected = json!({
        "messageId": "id",
        "receiptHandle": "handle",
        "body": "hello",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {
            "n": {"stringValue": "7", "stringListValues": [], "binaryListValues": [], "dataType": "Number"},
            "b": {"binaryValue": "AA==", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
        },
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "md5OfMessageAttributes": "0c6b1ccc2c3e4dd6fa18d17a3c7d7e5e",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:queue",
        "awsRegion": "eu-central-1",
    });
    let arn = "arn:aws:sqs:eu-central-1:000000000000:queue";
    for window in [false, true] {
        assert_eq!(record(&message, arn, "eu-central-1", window), expected);
    }

    let (message_attributes, md5_of_message_attributes) = (BTreeMap::new(), None);
    let plain = ReceivedMessage { message_attributes, md5_of_message_attributes, ..message };
    expected["messageAttributes"] = json!({});
    expected["md5OfMessageAttributes"] = json!(null);
    assert_eq!(record(&plain, arn, "eu-central-1", true), expected, "as with a batching window");
    expected.as_object_mut().unwrap().remove("md5OfMessageAttributes");
    assert_eq!(record(&plain, arn, "eu-central-1", false), expected);
}
