//! Attributes of queues that are refused, and by whom.

use super::*;

async fn set(sqs: &Sqs, name: &str, value: &str) -> Result<Value> {
    ask(sqs, "SetQueueAttributes", json!({"Attributes": {name: value}})).await
}

#[tokio::test]
async fn attributes_that_aws_or_this_queue_can_not_have_are_refused() {
    let sqs = with_queue();
    let itself =
        json!({"deadLetterTargetArn": sqs.context.queue_arn("queue"), "maxReceiveCount": 3}).to_string();
    for (name, value, code) in [
        ("VisibilityTimeout", "43201", "InvalidAttributeValue"),
        ("VisibilityTimeout", "soon", "InvalidAttributeValue"),
        ("DelaySeconds", "901", "InvalidAttributeValue"),
        ("RedrivePolicy", itself.as_str(), "InvalidAttributeValue"),
        ("SqsManagedSseEnabled", "perhaps", "InvalidAttributeValue"),
        ("FifoQueue", "true", "InvalidAttributeName"),
        ("ContentBasedDeduplication", "true", "InvalidAttributeName"),
        ("Colour", "blue", "InvalidAttributeName"),
    ] {
        let error = set(&sqs, name, value).await.unwrap_err();
        assert_eq!(error.query_code().as_deref(), Some(code), "{name} {value}");
    }
    assert_eq!(sqs.queue("queue").unwrap().config(), config("queue"));
}

#[tokio::test]
async fn attributes_that_aws_has_and_the_sandbox_does_not_are_called_unsupported() {
    let sqs = with_queue();
    for (name, value) in [
        ("KmsDataKeyReusePeriodSeconds", "300"),
        ("KmsMasterKeyId", "alias/aws/sqs"),
        ("Policy", "{}"),
        ("RedriveAllowPolicy", "{}"),
        ("SqsManagedSseEnabled", "false"),
    ] {
        let create = json!({"QueueName": "new", "Attributes": {name: value}});
        for error in [set(&sqs, name, value).await, call(&sqs, "CreateQueue", create).await] {
            let error = error.unwrap_err();
            assert_eq!(error.query_code().as_deref(), Some("AWS.SimpleQueueService.UnsupportedOperation"));
            assert!(error.to_string().contains(name), "{error}");
        }
    }
    for (name, value) in [("Policy", ""), ("KmsMasterKeyId", ""), ("SqsManagedSseEnabled", "true")] {
        assert_eq!(set(&sqs, name, value).await, Ok(json!({})), "{name}={value} changes nothing");
    }
    let asked = json!({"AttributeNames": ["Policy", "KmsMasterKeyId", "RedriveAllowPolicy", "FifoQueue"]});
    assert_eq!(ask(&sqs, "GetQueueAttributes", asked).await, Ok(json!({})));
}

#[tokio::test]
async fn a_fifo_queue_is_refused_with_the_reason() {
    let sqs = with_queue();
    for (name, attribute, value, code, part) in [
        ("new.fifo", "FifoQueue", "true", "AWS.SimpleQueueService.UnsupportedOperation", "FifoQueue"),
        ("new", "FifoQueue", "true", "InvalidParameterValue", ".fifo suffix"),
        ("new", "FifoQueue", "false", "InvalidAttributeName", "Unknown Attribute FifoQueue."),
        ("new.fifo", "DelaySeconds", "0", "InvalidParameterValue", "Can only include alphanumeric"),
        ("new", "DeduplicationScope", "queue", "InvalidAttributeName", "only when FifoQueue is set to true."),
    ] {
        let request = json!({"QueueName": name, "Attributes": {attribute: value}});
        let error = call(&sqs, "CreateQueue", request).await.unwrap_err();
        assert_eq!(error.query_code().as_deref(), Some(code), "{name} {attribute}");
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(sqs.queues().len(), 1);
}

#[tokio::test]
async fn a_redrive_policy_that_aws_refuses_is_refused_with_its_reason() {
    let sqs = with_queue();
    let (dead, gone) = (sqs.context.queue_arn("queue"), sqs.context.queue_arn("gone"));
    for (policy, reason) in [
        ("[]".to_owned(), "Redrive policy is not a valid JSON map."),
        (
            json!({"deadLetterTargetArn": dead}).to_string(),
            "does not contain mandatory attribute: maxReceiveCount.",
        ),
        (
            json!({"maxReceiveCount": 3}).to_string(),
            "does not contain mandatory attribute: deadLetterTargetArn.",
        ),
        (
            json!({"deadLetterTargetArn": dead, "maxReceiveCount": 1_001}).to_string(),
            "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            json!({"deadLetterTargetArn": dead, "maxReceiveCount": "many"}).to_string(),
            "Invalid value for maxReceiveCount",
        ),
        (
            json!({"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}).to_string(),
            "Invalid value for deadLetterTargetArn.",
        ),
        (
            json!({"deadLetterTargetArn": gone, "maxReceiveCount": 3}).to_string(),
            "Dead letter target does not exist.",
        ),
    ] {
        let error = set(&sqs, "RedrivePolicy", &policy).await.unwrap_err();
        assert_eq!(error.query_code().as_deref(), Some("InvalidParameterValue"), "{policy}");
        let start = format!("Value {policy} for parameter RedrivePolicy is invalid. Reason: ");
        assert!(error.to_string().starts_with(&start) && error.to_string().contains(reason), "{error}");
    }
}
