//! Faults as a client sees them.

use super::*;

#[tokio::test]
async fn an_error_that_was_asked_for_comes_in_the_protocol_of_the_service() {
    let (aws, _dir) = aws().await;
    for (operation, subject, code) in [
        ("GetObject", "bucket/key", "SlowDown"),
        ("SendMessage", "queue", "RequestThrottled"),
        ("GetParameter", NAME, "ThrottlingException"),
        ("DescribeStacks", "jobs", "Throttling"),
        ("FilterLogEvents", GROUP, "ServiceUnavailableException"),
    ] {
        let refuse = Fault::Error { status: 503, code: code.into() };
        aws.faults().set_matching(operation, subject, refuse, Times::Once);
    }
    aws.faults().set_matching("DescribeStacks", "other", Fault::Drop, Times::Always);
    for (answer, part) in [
        (get_object(&aws).await, "<Code>SlowDown</Code>"),
        (send_message(&aws).await, "x-amzn-query-error: RequestThrottled;Sender"),
        (get_parameter(&aws).await, r#""__type":"ThrottlingException""#),
        (describe_stacks(&aws).await, "<Type>Receiver</Type><Code>Throttling</Code>"),
        (filter_log_events(&aws).await, r#""__type":"ServiceUnavailableException""#),
    ] {
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains(part), "{answer}");
    }
    assert_eq!(aws.sqs().queue("queue").unwrap().peek(), []);
    assert!(describe_stacks(&aws).await.contains("<Stacks>"));
}

#[tokio::test]
async fn a_dropped_call_does_nothing_and_a_lost_answer_hides_what_was_done() {
    let (aws, _dir) = aws().await;
    let messages = || aws.sqs().queue("queue").unwrap().counts().visible;
    aws.faults().set("SendMessage", Fault::Drop, Times::Once);
    assert_eq!((send_message(&aws).await.as_str(), messages()), ("", 0));
    aws.faults().set("SendMessage", Fault::LostAnswer, Times::Once);
    assert_eq!((send_message(&aws).await.as_str(), messages()), ("", 1));
    assert!(send_message(&aws).await.starts_with("HTTP/1.1 200"));
    assert_eq!((messages(), aws.faults().calls("SendMessage")), (2, 3));
    aws.faults().set("DescribeStacks", Fault::LostAnswer, Times::Once);
    assert_eq!(describe_stacks(&aws).await, "");
    assert!(describe_stacks(&aws).await.contains("<Stacks>"));
}

#[tokio::test]
async fn an_answer_that_is_cut_off_hides_half_of_what_was_done() {
    let (aws, _dir) = aws().await;
    let whole = send_message(&aws).await;
    for fault in [Fault::CutOff, Fault::Error { status: 400, code: "RequestThrottled".into() }] {
        aws.faults().set("SendMessage", fault, Times::Once);
    }
    let (head, half) = whole.split_once("\r\n\r\n").unwrap();
    let cut = send_message(&aws).await;
    let (cut_head, cut_half) = cut.split_once("\r\n\r\n").unwrap();
    let length = |head: &str| head.lines().find(|line| line.starts_with("content-length")).map(str::to_owned);
    assert_eq!((length(cut_head), cut_half.len()), (length(head), half.len() / 2), "{cut}");
    assert_eq!(aws.sqs().queue("queue").unwrap().counts().visible, 2);
    assert!(send_message(&aws).await.contains("RequestThrottled"));
}

#[tokio::test]
async fn an_answer_without_a_body_is_lost_whole_where_it_would_be_cut_off() {
    let (aws, _dir) = aws().await;
    aws.s3().create_bucket("bucket").unwrap();
    aws.faults().set("HeadBucket", Fault::CutOff, Times::Once);
    let head = || ask(&aws, "HEAD /bucket HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".into());
    assert_eq!(head().await, "");
    assert!(head().await.starts_with("HTTP/1.1 "), "the next one is answered");
}

#[tokio::test]
async fn a_stalled_call_is_never_answered_and_a_delayed_one_late() {
    let (aws, _dir) = aws().await;
    aws.faults().set("GetParameter", Fault::Stall, Times::Once);
    assert!(timeout(Duration::from_millis(100), get_parameter(&aws)).await.is_err());
    aws.faults().set("GetParameter", Fault::Delay(Duration::from_millis(80)), Times::Once);
    let start = std::time::Instant::now();
    assert!(get_parameter(&aws).await.contains("hunter2"));
    assert!(start.elapsed() >= Duration::from_millis(80));
}
