//! What operators ask: CloudFormation in the query protocol, CloudWatch Logs in JSON.

use super::super::operation::Service;
use super::super::signature::tests::signed_form;
use super::*;
use crate::cloudformation::Deployed;
use std::time::SystemTime;

const DESCRIBE: &str = "Action=DescribeStacks&Version=2010-05-15&StackName=jobs";
const GROUP: &str = "/aws/lambda/jobs";

async fn aws() -> (Aws, TempDir) {
    let (aws, dir) = super::aws().await;
    let id = "arn:aws:cloudformation:eu-central-1:000000000000:stack/jobs/1".to_owned();
    let stack = Deployed { name: "jobs".into(), id, created_at: SystemTime::now(), outputs: Vec::new() };
    aws.cloudformation().add(stack);
    aws.logs().group(GROUP).new_stream("jobs").put("a line");
    (aws, dir)
}

async fn describe(aws: &Aws) -> String {
    ask(aws, signed_form(Service::CloudFormation, DESCRIBE)).await
}

async fn filter(aws: &Aws) -> String {
    let body = format!(r#"{{"logGroupName": "{GROUP}"}}"#);
    ask(aws, signed_post("Logs_20140328.FilterLogEvents", &body)).await
}

#[tokio::test]
async fn each_answers_in_its_own_protocol() {
    let (aws, _dir) = aws().await;
    let described = describe(&aws).await;
    assert!(
        described.starts_with("HTTP/1.1 200") && described.contains("content-type: text/xml"),
        "{described}"
    );
    let id = described.lines().find_map(|line| line.strip_prefix("x-amzn-requestid: ")).unwrap();
    for part in [
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult>",
        "<StackName>jobs</StackName>",
        &format!("<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>", id.trim()),
    ] {
        assert!(described.contains(part), "{part} in {described}");
    }
    let found = filter(&aws).await;
    assert!(
        found.contains("application/x-amz-json-1.1") && found.contains(r#""message":"a line""#),
        "{found}"
    );
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
        (signed_form(Service::Sqs, DESCRIBE), 403, "SignatureDoesNotMatch"),
    ] {
        let answer = ask(&aws, request).await;
        let code = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(&code), "{answer}");
    }
    assert_eq!(aws.faults().calls("DescribeStacks"), 1, "what is not believed is no call");
    let wrong = ask(&aws, signed_post("Logs_20140328.FilterLogEvents", "{}").replace("{}", "[]")).await;
    assert!(wrong.contains("InvalidSignatureException"), "{wrong}");
}

#[tokio::test]
async fn both_meet_faults_as_the_other_services_do() {
    let (aws, _dir) = aws().await;
    let refuse = |code: &str| Fault::Error { status: 503, code: code.into() };
    aws.faults().set_matching("DescribeStacks", "other", Fault::Drop, Times::Always);
    aws.faults().set_matching("DescribeStacks", "jobs", refuse("Throttling"), Times::Once);
    aws.faults().set_matching("FilterLogEvents", GROUP, refuse("ServiceUnavailableException"), Times::Once);
    let described = describe(&aws).await;
    assert!(described.starts_with("HTTP/1.1 503"), "{described}");
    assert!(described.contains("<Type>Receiver</Type><Code>Throttling</Code>"), "{described}");
    let found = filter(&aws).await;
    assert!(found.contains(r#""__type":"ServiceUnavailableException""#), "{found}");
    for operation in ["DescribeStacks", "FilterLogEvents"] {
        aws.faults().set(operation, Fault::LostAnswer, Times::Once);
    }
    assert_eq!((describe(&aws).await, filter(&aws).await), (String::new(), String::new()));
    assert!(describe(&aws).await.contains("<Stacks>") && filter(&aws).await.contains("a line"));
    assert_eq!((aws.faults().calls("DescribeStacks"), aws.faults().calls("FilterLogEvents")), (3, 3));
}
