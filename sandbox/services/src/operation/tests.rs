//! The service and the operation of a request.

use super::*;

#[test]
fn an_s3_request_is_named_by_its_method_path_and_query() {
    for (method, uri, name) in [
        ("GET", "/", "ListBuckets"),
        ("PUT", "/bucket/key", "PutObject"),
        ("PUT", "/bucket/a/b", "PutObject"),
        ("PUT", "/bucket", "CreateBucket"),
        ("PUT", "/bucket/", "CreateBucket"),
        ("GET", "/bucket/key?x-id=GetObject", "GetObject"),
        ("HEAD", "/bucket/key", "HeadObject"),
        ("GET", "/bucket/?list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/bucket?location", "GetBucketLocation"),
        ("GET", "/bucket?prefix=location", "ListObjects"),
        ("HEAD", "/bucket", "HeadBucket"),
        ("GET", "/bucket?versions&prefix=a", "ListObjectVersions"),
        ("GET", "/bucket?versioning", "GetBucketVersioning"),
        ("GET", "/bucket?replication", "GetBucketReplication"),
        ("GET", "/bucket?object-lock", "GetObjectLockConfiguration"),
        ("PUT", "/bucket?versioning", "PutBucketVersioning"),
        ("DELETE", "/bucket/key", "DeleteObject"),
        ("POST", "/bucket/?delete", "DeleteObjects"),
        ("POST", "/bucket/key?uploads", "CreateMultipartUpload"),
        ("PUT", "/bucket/key?partNumber=1&uploadId=x", "UploadPart"),
        ("POST", "/bucket/key?uploadId=x", "CompleteMultipartUpload"),
        ("DELETE", "/bucket/key?uploadId=x", "AbortMultipartUpload"),
        ("GET", "/bucket/key?uploadId=x", "ListParts"),
        ("GET", "/bucket?uploads", "ListMultipartUploads"),
    ] {
        let request = Request::builder().method(method).uri(uri).body(()).unwrap();
        let expected = Operation { service: Service::S3, name: name.to_owned() };
        assert_eq!(Operation::of(&request), Ok(expected), "{method} {uri}");
    }
}

#[test]
fn the_source_of_a_copy_makes_an_s3_request_a_copy() {
    for (uri, name) in
        [("/bucket/key", "CopyObject"), ("/bucket/key?partNumber=1&uploadId=x", "UploadPartCopy")]
    {
        let request = Request::put(uri).header("x-amz-copy-source", "bucket/other").body(()).unwrap();
        assert_eq!(Operation::of(&request).unwrap().name, name);
    }
}

#[test]
fn a_target_header_decides_before_the_path_does() {
    let request = |target| Request::post("/").header("X-Amz-Target", target).body(()).unwrap();
    let sqs = Operation::of(&request("AmazonSQS.SendMessage")).unwrap();
    assert_eq!((sqs.service, sqs.name.as_str()), (Service::Sqs, "SendMessage"));
    assert_eq!(Operation::of(&request("AmazonSSM.GetParameter")).unwrap().service, Service::Ssm);
    let logs = Operation::of(&request("Logs_20140328.FilterLogEvents")).unwrap();
    assert_eq!((logs.service, logs.name.as_str()), (Service::Logs, "FilterLogEvents"));
    let other = Operation::of(&request("DynamoDB_20120810.GetItem")).unwrap_err();
    let protocol = Protocol::Json("application/x-amz-json-1.0".to_owned());
    assert_eq!((other.operation.as_str(), other.protocol), ("DynamoDB_20120810.GetItem", protocol));
}

/// A request that is signed for a service.
fn signed(service: &str, method: &str, uri: &str, more: &[(&str, &str)]) -> Result<Operation, Unsupported> {
    let credential = format!("local/20260102/eu-central-1/{service}/aws4_request");
    let authorization = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0");
    let request = Request::builder().method(method).uri(uri).header("authorization", authorization);
    let request = more.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Operation::of(&request.body(()).unwrap())
}

#[test]
fn the_scope_of_the_signature_names_the_service() {
    let invoke = "/2015-03-31/functions/jobs/invocations";
    let operation = |service, name: &str| Ok(Operation { service, name: name.to_owned() });
    assert_eq!(signed("lambda", "POST", invoke, &[]), operation(Service::Lambda, "Invoke"));
    assert_eq!(signed("s3", "PUT", invoke, &[]), operation(Service::S3, "PutObject"));
    assert_eq!(signed("s3", "GET", "/", &[]), operation(Service::S3, "ListBuckets"));
    let unsigned = Request::post(invoke).body(()).unwrap();
    assert_eq!(Operation::of(&unsigned), operation(Service::Lambda, "Invoke"));
}

#[test]
fn an_unsupported_request_has_the_protocol_of_its_service() {
    let form = [("content-type", FORM)];
    let cbor = [("smithy-protocol", "rpc-v2-cbor")];
    let json =
        [("x-amz-target", "DynamoDB_20120810.GetItem"), ("content-type", "application/x-amz-json-1.1")];
    for (service, method, uri, more, protocol, operation) in [
        (
            "lambda",
            "GET",
            "/2015-03-31/functions/",
            &[][..],
            Protocol::RestJson,
            "GET /2015-03-31/functions/",
        ),
        ("apigateway", "GET", "/restapis", &[], Protocol::RestJson, "GET /restapis"),
        ("route53", "GET", "/2013-04-01/hostedzone", &[], Protocol::RestXml, "GET /2013-04-01/hostedzone"),
        ("sts", "POST", "/", &form, Protocol::Query, ""),
        ("sqs", "POST", "/", &form, Protocol::Query, ""),
        ("ec2", "POST", "/", &form, Protocol::Ec2, ""),
        (
            "monitoring",
            "POST",
            "/service/CloudWatch/operation/ListMetrics",
            &cbor,
            Protocol::Cbor,
            "ListMetrics",
        ),
        ("dynamodb", "POST", "/", &json, Protocol::Json("application/x-amz-json-1.1".into()), json[0].1),
    ] {
        let expected = Unsupported { service: service.to_owned(), operation: operation.to_owned(), protocol };
        assert_eq!(signed(service, method, uri, more), Err(expected), "{service}");
    }
}

#[test]
fn a_form_for_no_bucket_is_for_cloudformation() {
    let service = |path: &str, content_type: &str| {
        let request = Request::post(path).header("Content-Type", content_type).body(()).unwrap();
        Operation::of(&request).unwrap().service
    };
    assert_eq!(service("/", FORM), Service::CloudFormation);
    assert_eq!(service("/", &format!("{FORM}; charset=utf-8")), Service::CloudFormation);
    assert_eq!(service("/bucket", FORM), Service::S3);
    assert_eq!(service("/", "text/plain"), Service::S3);
}

#[test]
fn the_subject_of_an_s3_request_is_decoded() {
    assert_eq!(s3_subject(&Uri::from_static("/bucket/John%20doe_1.json")), "bucket/John doe_1.json");
}
