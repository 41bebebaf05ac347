//! Signatures, compared with one that botocore made.

use super::*;
use crate::operation::Operation;
use http::Request;

const BODY: &str = r#"{"QueueName":"queue"}"#;

const TIME: &str = "20260102T030405Z";

/// A `POST` to a service of the JSON protocols with a signature of ours, as text.
pub(crate) fn signed_post(target: &str, body: &str) -> String {
    let request = Request::post("/").header("x-amz-target", target).body(()).unwrap();
    let service = Operation::of(&request).map_or(Service::Ssm, |operation| operation.service);
    signed(service, ("x-amz-target", target), body)
}

/// A form for CloudFormation, signed as one for `service`.
pub(crate) fn signed_form(service: Service, form: &str) -> String {
    signed(service, ("content-type", "application/x-www-form-urlencoded"), form)
}

fn signed(service: Service, (name, value): (&str, &str), body: &str) -> String {
    let head = Request::post("/").header("host", "localhost").header(DATE, TIME).header(name, value);
    let (head, ()) = head.body(()).unwrap().into_parts();
    let authorization = authorization(&head, body, service, &format!("host;x-amz-date;{name}"));
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-amz-date: {TIME}\r\n{name}: {value}\r\nauthorization: {authorization}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// The right signature for these headers.
fn authorization(head: &Parts, body: &str, service: Service, signed_headers: &str) -> String {
    let (date, region, service) = (&TIME[..8], "eu-central-1", service.signing_name());
    let claim = Claim { access_key_id: ACCESS_KEY_ID, date, region, service, signed_headers, signature: "" };
    let request = canonical_request(head, body.as_bytes(), signed_headers).unwrap();
    let signature = hex::encode(sign(&request, TIME, &claim).finalize().into_bytes());
    let credential = format!("{ACCESS_KEY_ID}/{date}/{region}/{service}/{SCOPE_END}");
    format!("{ALGORITHM} Credential={credential}, SignedHeaders={signed_headers}, Signature={signature}")
}

/// A request as botocore signed it.
fn request() -> Request<()> {
    let signature = "a2382f373464bcbc9dad0df630a846e59703db39477c6bfa8e8caea31cd98a7c";
    let signed = "content-type;host;x-amz-date;x-amz-target;x-amz-user-agent";
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=local/20260102/eu-central-1/sqs/aws4_request, SignedHeaders={signed}, Signature={signature}"
    );
    Request::post("/a%20b/?b=2&a=1")
        .header("Host", "127.0.0.1:4566")
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("X-Amz-Date", TIME)
        .header("X-Amz-Target", "AmazonSQS.GetQueueUrl")
        .header("X-Amz-User-Agent", "two  words")
        .header("Authorization", authorization)
        .body(())
        .unwrap()
}

fn checked(request: Request<()>, body: &str) -> Result<(), SignatureError> {
    check(&request.into_parts().0, body.as_bytes(), Service::Sqs)
}

/// The same request with a header changed.
fn with(name: &'static str, change: impl Fn(&str) -> String) -> Result<(), SignatureError> {
    let mut request = request();
    let value = change(request.headers()[name].to_str().unwrap());
    request.headers_mut().insert(name, value.parse().unwrap());
    checked(request, BODY)
}

#[test]
fn what_another_implementation_signed_is_believed() {
    assert_eq!(checked(request(), BODY), Ok(()));
    assert_eq!(with("x-amz-user-agent", |_| " two words ".into()), Ok(()), "spaces don't count");
}

#[test]
fn whatever_is_changed_after_it_was_signed_is_noticed() {
    let wrong = Err(SignatureError::Wrong);
    assert_eq!(checked(request(), r#"{"QueueName":"other"}"#), wrong);
    assert_eq!(with("x-amz-target", |_| "AmazonSQS.DeleteQueue".into()), wrong);
    assert_eq!(with("host", |_| "elsewhere".into()), wrong);
    assert_eq!(with("x-amz-date", |_| "20260102T030406Z".into()), wrong);
    assert_eq!(with("x-amz-date", |_| "20260103T030405Z".into()), wrong);
    assert_eq!(with("authorization", |a| a.replace("eu-central-1", "us-east-1")), wrong);
    for uri in ["/a%20b/?b=2&a=2", "/other?b=2&a=1"] {
        let mut request = request();
        *request.uri_mut() = uri.parse().unwrap();
        assert_eq!(checked(request, BODY), wrong, "{uri}");
    }
    let mut without = request();
    without.headers_mut().remove("x-amz-user-agent");
    assert_eq!(checked(without, BODY), wrong, "a signed header is gone");
}

#[test]
fn a_signature_is_good_for_one_service_and_covers_host_and_date() {
    let (mut head, ()) = request().into_parts();
    let mut signed = |service, headers: &str| {
        let authorization = authorization(&head, BODY, service, headers);
        head.headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        check(&head, BODY.as_bytes(), Service::Sqs)
    };
    assert_eq!(signed(Service::Sqs, "host;x-amz-date"), Ok(()));
    assert_eq!(signed(Service::Ssm, "host;x-amz-date"), Err(SignatureError::Wrong));
    assert_eq!(signed(Service::Sqs, "host"), Err(SignatureError::Wrong));
    assert_eq!(signed(Service::Sqs, "x-amz-date"), Err(SignatureError::Wrong));
}

#[test]
fn without_a_whole_signature_of_a_known_key_nothing_is_compared() {
    let mut unsigned = request();
    unsigned.headers_mut().remove(header::AUTHORIZATION);
    assert_eq!(checked(unsigned, BODY), Err(SignatureError::Missing));
    let mut undated = request();
    undated.headers_mut().remove(DATE);
    assert_eq!(checked(undated, BODY), Err(SignatureError::Incomplete));
    for half in ["AWS4-HMAC-SHA256", "Bearer x", "AWS4-HMAC-SHA256 Credential=local, Signature=00"] {
        assert_eq!(with("authorization", |_| half.into()), Err(SignatureError::Incomplete), "{half}");
    }
    for (from, to) in [("AWS4-HMAC", "AWS3-HMAC"), ("aws4_request", "aws4"), ("Signature=", "Signature=z")] {
        assert_eq!(with("authorization", |a| a.replace(from, to)), Err(SignatureError::Incomplete), "{to}");
    }
    assert_eq!(with("authorization", |a| a.replace("=local/", "=other/")), Err(SignatureError::UnknownKey));
}
