//! The endpoint as a client on the other end of a connection sees it.

use super::*;
use crate::cloudformation::Deployed;
use crate::faults::{Fault, Times};
use crate::operation::Service;
use crate::signature::tests::{signed_form, signed_post};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

mod faults;

const NAME: &str = "/stack/token";
const DESCRIBE: &str = "Action=DescribeStacks&Version=2010-05-15&StackName=jobs";
const GROUP: &str = "/aws/lambda/jobs";

async fn config(data_dir: &std::path::Path) -> AwsConfig {
    AwsConfig {
        listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        region: "eu-central-1".into(),
        account_id: "000000000000".into(),
        data_dir: data_dir.to_owned(),
        durability: Durability::Process,
        time_scale: TimeScale::REAL_TIME,
        guard: Guard::default(),
        events: Events::default(),
    }
}

async fn aws() -> (Aws, TempDir) {
    aws_with(Guard::default()).await
}

pub(crate) async fn aws_with(guard: Guard) -> (Aws, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let aws = Aws::start(AwsConfig { guard, ..config(dir.path()).await }).await.unwrap();
    aws.ssm().put_secure_string(NAME, "hunter2").unwrap();
    aws.sqs().create_queue(sqs::QueueConfig::new("queue")).unwrap();
    let id = "arn:aws:cloudformation:eu-central-1:000000000000:stack/jobs/1".to_owned();
    let stack = Deployed { name: "jobs".into(), id, created_at: SystemTime::now(), outputs: Vec::new() };
    aws.cloudformation().add(stack);
    aws.logs().group(GROUP).new_stream("jobs").put("a line");
    (aws, dir)
}

/// Sends a request and reads until the connection closes. An empty result means no response.
pub(crate) async fn ask(aws: &Aws, request: String) -> String {
    let address = aws.endpoint_url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has ended as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
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

async fn get_object(aws: &Aws) -> String {
    ask(aws, "GET /bucket/key HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".into()).await
}

async fn describe_stacks(aws: &Aws) -> String {
    ask(aws, signed_form(Service::CloudFormation, DESCRIBE)).await
}

async fn filter_log_events(aws: &Aws) -> String {
    let body = format!(r#"{{"logGroupName": "{GROUP}"}}"#);
    ask(aws, signed_post("Logs_20140328.FilterLogEvents", &body)).await
}

#[tokio::test]
async fn each_service_answers_in_its_own_protocol_and_with_a_request_id() {
    let (aws, _dir) = aws().await;
    for (answer, kind, part) in [
        (get_parameter(&aws).await, "application/x-amz-json-1.1", "hunter2"),
        (send_message(&aws).await, "application/x-amz-json-1.0", "MD5OfMessageBody"),
        (get_object(&aws).await, "application/xml", "<Code>AccessDenied</Code>"),
        (filter_log_events(&aws).await, "application/x-amz-json-1.1", r#""message":"a line""#),
        (describe_stacks(&aws).await, "text/xml", "<StackName>jobs</StackName>"),
        (ask(&aws, signed_post("Other.Thing", "{}")).await, "application/x-amz-json-1.0", "Other.Thing"),
    ] {
        assert!(answer.contains(kind) && answer.contains(part), "{answer}");
        assert!(answer.contains("x-amzn-requestid: "), "{answer}");
    }
    let described = describe_stacks(&aws).await;
    let id = described.lines().find_map(|line| line.strip_prefix("x-amzn-requestid: ")).unwrap().trim();
    for part in [
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>",
        &format!("<ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata>"),
    ] {
        assert!(described.contains(part), "{part} in {described}");
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
    assert_eq!(aws.faults().calls("GetParameter"), 1, "a request with a wrong signature isn't counted");
}

#[tokio::test]
async fn a_form_that_is_not_understood_or_not_believed_is_refused_as_the_query_protocol_does() {
    let (aws, _dir) = aws().await;
    let signed = signed_form(Service::CloudFormation, DESCRIBE);
    let form = |form: &str| signed_form(Service::CloudFormation, form);
    for (request, status, code) in [
        (form(&DESCRIBE.replace("jobs", "other")), 400, "ValidationError"),
        (form(&DESCRIBE.replace("Describe", "Delete")), 400, "InvalidAction"),
        (form("Action=GetCallerIdentity&Version=2011-06-15"), 400, "InvalidAction"),
        (signed.replace("authorization: ", "x-other: "), 403, "MissingAuthenticationToken"),
        (signed.replace("Credential=local/", "Credential=other/"), 403, "InvalidClientTokenId"),
        (signed.replace("SignedHeaders=", "Other="), 400, "IncompleteSignature"),
        (signed.replace("StackName=jobs", "StackName=mall"), 403, "SignatureDoesNotMatch"),
        (signed_form(Service::Sqs, DESCRIBE), 400, "InvalidAction"),
    ] {
        let answer = ask(&aws, request).await;
        let code = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(&code), "{answer}");
    }
    assert_eq!(aws.faults().calls("DescribeStacks"), 1, "a request with a wrong signature isn't counted");
    let wrong = ask(&aws, signed_post("Logs_20140328.FilterLogEvents", "{}").replace("{}", "[]")).await;
    assert!(wrong.contains("InvalidSignatureException"), "{wrong}");
}

#[tokio::test]
async fn a_service_that_is_not_here_says_so_in_its_own_protocol() {
    let (aws, _dir) = aws().await;
    let request = |service: &str, line: &str, headers: &str, body: &str| {
        let credential = format!("Credential=local/20260102/eu-central-1/{service}/aws4_request");
        let length = body.len();
        format!(
            "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: AWS4-HMAC-SHA256 {credential}, \
             SignedHeaders=host, Signature=0\r\n{headers}content-length: {length}\r\n\r\n{body}"
        )
    };
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let action = "Action=GetIt&Version=1";
    for (request, status, kind, part) in [
        (
            request("lambda", "GET /2015-03-31/functions/", "", ""),
            404,
            "application/json",
            "x-amzn-errortype: UnknownOperationException",
        ),
        (
            request("lambda", "GET /2015-03-31/functions/", "", ""),
            404,
            "application/json",
            "The sandbox doesn't support GET /2015-03-31/functions/ of lambda;",
        ),
        (
            request("apigateway", "GET /restapis", "", ""),
            404,
            "application/json",
            "GET /restapis of apigateway",
        ),
        (request("sts", "POST /", form, action), 400, "text/xml", "<Code>InvalidAction</Code>"),
        (request("sts", "POST /", form, action), 400, "text/xml", "GetIt of sts"),
        (request("sqs", "POST /", form, action), 400, "text/xml", "GetIt of sqs in the query protocol"),
        (
            request("ec2", "POST /", form, action),
            400,
            "text/xml",
            "<Errors><Error><Code>InvalidAction</Code>",
        ),
        (request("route53", "GET /2013-04-01/hostedzone", "", ""), 404, "text/xml", "<Type>Sender</Type>"),
        (
            request("dynamodb", "POST /", "x-amz-target: DynamoDB_20120810.GetItem\r\n", "{}"),
            400,
            "application/x-amz-json-1.0",
            "#UnknownOperationException",
        ),
        (
            request("monitoring", "POST /service/C/operation/Get", "smithy-protocol: rpc-v2-cbor\r\n", ""),
            400,
            "application/cbor",
            "UnknownOperationException",
        ),
    ] {
        let answer = ask(&aws, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(answer.contains(kind) && answer.contains(part), "{answer}");
    }
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
