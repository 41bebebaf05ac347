//! The endpoint as a client on the other end of a connection sees it.

use super::{
    faults::{Fault, Times},
    signature::tests::signed_post,
    *,
};
use std::time::Duration;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

mod operators;

const NAME: &str = "/stack/token";

async fn config(data_dir: &std::path::Path) -> AwsConfig {
    AwsConfig {
        listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        region: "eu-central-1".into(),
        account_id: "000000000000".into(),
        data_dir: data_dir.to_owned(),
        durability: Durability::Process,
        time_scale: TimeScale::REAL_TIME,
        events: Events::default(),
    }
}

async fn aws() -> (Aws, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let aws = Aws::start(config(dir.path()).await).await.unwrap();
    aws.ssm().put_secure_string(NAME, "hunter2").unwrap();
    aws.sqs().create_queue(sqs::QueueConfig::new("queue")).unwrap();
    (aws, dir)
}

/// Sends a request and reads until the connection closes: an empty answer is none.
async fn ask(aws: &Aws, request: String) -> String {
    let address = aws.endpoint_url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has ended as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

async fn get_parameter(aws: &Aws) -> String {
    let body = format!(r#"{{"Name": "{NAME}", "WithDecryption": true}}"#);
    ask(aws, signed_post("AmazonSSM.GetParameter", &body)).await
}

async fn send_message(aws: &Aws) -> String {
    let body =
        format!(r#"{{"QueueUrl": "{}", "MessageBody": "x"}}"#, aws.sqs().queue("queue").unwrap().url());
    ask(aws, signed_post("AmazonSQS.SendMessage", &body)).await
}

#[tokio::test]
async fn each_service_answers_in_its_own_protocol_and_with_a_request_id() {
    let (aws, _dir) = aws().await;
    let s3 = ask(&aws, "GET /bucket/key HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".into()).await;
    for (answer, kind, part) in [
        (get_parameter(&aws).await, "application/x-amz-json-1.1", "hunter2"),
        (send_message(&aws).await, "application/x-amz-json-1.0", "MD5OfMessageBody"),
        (s3, "application/xml", "<Code>AccessDenied</Code>"),
        (ask(&aws, signed_post("Other.Thing", "{}")).await, "application/x-amz-json-1.0", "Other.Thing"),
    ] {
        assert!(answer.contains(kind) && answer.contains(part), "{answer}");
        assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_signed_as_it_should_be_is_refused_in_the_words_of_the_service() {
    let (aws, _dir) = aws().await;
    for (target, status, unsigned, unknown, wrong) in [
        (
            "AmazonSQS.ListQueues",
            403,
            "MissingAuthenticationToken;",
            "InvalidClientTokenId;",
            "SignatureDoesNotMatch;",
        ),
        (
            "AmazonSSM.GetParameter",
            400,
            "#MissingAuthenticationTokenException",
            "#UnrecognizedClientException",
            "#InvalidSignatureException",
        ),
    ] {
        let signed = signed_post(target, "{}");
        for (request, code) in [
            (signed.replace("authorization: ", "x-other: "), unsigned),
            (signed.replace("Credential=local/", "Credential=other/"), unknown),
            (signed.replace("{}", "[]"), wrong),
        ] {
            let answer = ask(&aws, request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(code), "{answer}");
        }
        let half = ask(&aws, signed.replace("SignedHeaders=", "Other=")).await;
        assert!(half.starts_with("HTTP/1.1 400") && half.contains("IncompleteSignature"), "{half}");
        assert!(!ask(&aws, signed).await.contains("Signature"), "the one that is right");
    }
    assert_eq!(aws.faults().calls("GetParameter"), 1, "what is not believed is no call");
}

#[tokio::test]
async fn an_error_that_was_asked_for_comes_in_the_protocol_of_the_service() {
    let (aws, _dir) = aws().await;
    let refuse = |code: &str| Fault::Error { status: 503, code: code.into() };
    aws.faults().set_matching("GetObject", "bucket/key", refuse("SlowDown"), Times::Once);
    aws.faults().set_matching("SendMessage", "queue", refuse("RequestThrottled"), Times::Once);
    aws.faults().set_matching("GetParameter", NAME, refuse("ThrottlingException"), Times::Once);
    let s3 = ask(&aws, "GET /bucket/key HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".into()).await;
    assert!(s3.starts_with("HTTP/1.1 503") && s3.contains("<Code>SlowDown</Code>"), "{s3}");
    let sqs = send_message(&aws).await;
    assert!(sqs.contains("x-amzn-query-error: RequestThrottled;Sender"), "{sqs}");
    let ssm = get_parameter(&aws).await;
    assert!(ssm.contains(r#""__type":"ThrottlingException""#), "{ssm}");
    assert_eq!(aws.sqs().queue("queue").unwrap().peek(), []);
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
    let head = || ask(&aws, "HEAD /bucket HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".into());
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

#[tokio::test]
async fn nobody_listens_after_a_shutdown_nor_after_the_last_clone_is_dropped() {
    let (aws, _dir) = aws().await;
    let address = aws.endpoint_url().trim_start_matches("http://").to_owned();
    aws.faults().set("GetParameter", Fault::Stall, Times::Always);
    let stalled = tokio::spawn({
        let aws = aws.clone();
        async move { get_parameter(&aws).await }
    });
    while aws.faults().calls("GetParameter") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    aws.shutdown().await;
    assert_eq!(stalled.await.unwrap(), "", "an open connection is closed");
    assert!(TcpStream::connect(&address).await.is_err());

    let (aws, _dir) = super::tests::aws().await;
    let address = aws.endpoint_url().trim_start_matches("http://").to_owned();
    drop(aws);
    let closed = async {
        while TcpStream::connect(&address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(timeout(Duration::from_secs(5), closed).await.is_ok());
}

#[tokio::test]
async fn an_endpoint_that_others_could_reach_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let config = AwsConfig { listener, ..config(dir.path()).await };
    assert!(matches!(Aws::start(config).await, Err(AwsError::NotLoopback(_))));
}

#[tokio::test]
async fn a_data_directory_belongs_to_one_endpoint_until_that_is_shut_down() {
    let (first, dir) = aws().await;
    let refused = Aws::start(config(dir.path()).await).await;
    assert!(matches!(refused, Err(AwsError::Storage(s3::S3StorageError::InUse(_)))));
    first.shutdown().await;
    assert!(Aws::start(config(dir.path()).await).await.is_ok());
}
