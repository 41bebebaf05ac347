//! Which service and operation a request is for, told from its head.

use crate::lambda;
use crate::unsupported::{Protocol, Unsupported};
use http::{HeaderMap, Method, Request, Uri, header};
use percent_encoding::percent_decode_str;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/x-amz-json-";

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Service {
    CloudFormation,
    Lambda,
    Logs,
    Sqs,
    Ssm,
    S3,
}

#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Operation {
    pub(crate) service: Service,
    /// AWS's name of it, such as `PutObject`. In the query protocol the body has it, and this is empty.
    pub(crate) name: String,
}

impl Service {
    /// The content type in the JSON protocols.
    pub(crate) fn content_type(self) -> &'static str {
        if self == Self::Sqs { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" }
    }

    /// The name in the scope of a signature.
    pub(crate) fn signing_name(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::Lambda => "lambda",
            Self::Logs => "logs",
            Self::Sqs => "sqs",
            Self::Ssm => "ssm",
            Self::S3 => "s3",
        }
    }
}

impl Operation {
    /// The operation of `request`. A target header decides first, then the service that the signature is for.
    pub(crate) fn of<B>(request: &Request<B>) -> Result<Self, Unsupported> {
        let (headers, path) = (request.headers(), request.uri().path());
        if let Some(target) = text(headers, "x-amz-target") {
            return Self::of_target(target, headers);
        }
        let service = scope(headers).unwrap_or_default();
        let unsupported = |operation: String, protocol| {
            Err(Unsupported { service: service.to_owned(), operation, protocol })
        };
        if text(headers, "smithy-protocol") == Some("rpc-v2-cbor") {
            let operation = path.rsplit('/').next().unwrap_or_default();
            return unsupported(operation.to_owned(), Protocol::Cbor);
        }
        if is_form(request) {
            return match service {
                "" | "cloudformation" => Ok(Self { service: Service::CloudFormation, name: String::new() }),
                "ec2" => unsupported(String::new(), Protocol::Ec2),
                _ => unsupported(String::new(), Protocol::Query),
            };
        }
        let named = || format!("{} {path}", request.method());
        match service {
            "lambda" => Self::of_lambda(request).map_or_else(|| unsupported(named(), Protocol::RestJson), Ok),
            // Unsigned, as a web page or a careless script sends it.
            "" if lambda::api::is_path(path) => {
                Self::of_lambda(request).map_or_else(|| unsupported(named(), Protocol::RestJson), Ok)
            }
            "" | "s3" | "s3express" => {
                let copies = headers.contains_key("x-amz-copy-source");
                let name = s3_operation(request.method(), request.uri(), copies);
                Ok(Self { service: Service::S3, name: name.to_owned() })
            }
            "cloudfront" | "route53" => unsupported(named(), Protocol::RestXml),
            _ => unsupported(named(), Protocol::RestJson),
        }
    }

    fn of_target(target: &str, headers: &HeaderMap) -> Result<Self, Unsupported> {
        let (service, name) = match target.split_once('.') {
            Some(("AmazonSQS", name)) => (Service::Sqs, name),
            Some(("Logs_20140328", name)) => (Service::Logs, name),
            Some(("AmazonSSM", name)) => (Service::Ssm, name),
            _ => {
                let content_type = text(headers, "content-type").filter(|value| value.starts_with(JSON));
                let protocol =
                    Protocol::Json(content_type.unwrap_or("application/x-amz-json-1.0").to_owned());
                let service = scope(headers).unwrap_or_default().to_owned();
                return Err(Unsupported { service, operation: target.to_owned(), protocol });
            }
        };
        Ok(Self { service, name: name.to_owned() })
    }

    fn of_lambda<B>(request: &Request<B>) -> Option<Self> {
        let invokes =
            request.method() == Method::POST && lambda::api::invoked(request.uri().path()).is_some();
        invokes.then(|| Self { service: Service::Lambda, name: "Invoke".to_owned() })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The service in the scope of the signature, `KEY/DATE/REGION/SERVICE/aws4_request`.
fn scope(headers: &HeaderMap) -> Option<&str> {
    let authorization = text(headers, header::AUTHORIZATION.as_str())?;
    let credential = authorization.split_once("Credential=")?.1.split(',').next()?;
    credential.rsplit('/').nth(1)
}

/// S3 takes forms too, but to a bucket.
fn is_form<B>(request: &Request<B>) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    request.method() == Method::POST
        && request.uri().path() == "/"
        && content_type.is_some_and(|value| value.starts_with(FORM.as_bytes()))
}

/// The bucket and the key of a path-style request, as `bucket/key`.
pub(crate) fn s3_subject(uri: &Uri) -> String {
    percent_decode_str(uri.path().trim_start_matches('/')).decode_utf8_lossy().into_owned()
}

/// The operation depends on its method, on the depth of its path, on the sub-resource in its query and on the header
/// with the source of a copy:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>.
fn s3_operation(method: &Method, uri: &Uri, copies: bool) -> &'static str {
    let path = uri.path().trim_start_matches('/');
    let key = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
    let has = |name: &str| {
        uri.query().unwrap_or_default().split('&').any(|pair| pair.split('=').next() == Some(name))
    };
    match (method.as_str(), path.is_empty(), key) {
        ("GET", true, _) => "ListBuckets",
        ("PUT", _, true) if has("uploadId") && copies => "UploadPartCopy",
        ("PUT", _, true) if has("uploadId") => "UploadPart",
        ("PUT", _, true) if copies => "CopyObject",
        ("PUT", _, true) => "PutObject",
        ("POST", _, true) if has("uploads") => "CreateMultipartUpload",
        ("POST", _, true) if has("uploadId") => "CompleteMultipartUpload",
        ("GET", _, true) if has("uploadId") => "ListParts",
        ("GET", _, true) => "GetObject",
        ("HEAD", _, true) => "HeadObject",
        ("DELETE", _, true) if has("uploadId") => "AbortMultipartUpload",
        ("DELETE", _, true) => "DeleteObject",
        ("GET", _, false) if has("location") => "GetBucketLocation",
        ("GET", _, false) if has("versioning") => "GetBucketVersioning",
        ("PUT", _, false) if has("versioning") => "PutBucketVersioning",
        ("GET", _, false) if has("versions") => "ListObjectVersions",
        ("GET", _, false) if has("uploads") => "ListMultipartUploads",
        ("GET", _, false) if has("list-type") => "ListObjectsV2",
        ("GET", _, false) => "ListObjects",
        ("HEAD", _, false) => "HeadBucket",
        ("PUT", _, false) => "CreateBucket",
        ("DELETE", _, false) => "DeleteBucket",
        ("POST", _, false) if has("delete") => "DeleteObjects",
        _ => "UnknownOperation",
    }
}

#[cfg(test)]
mod tests {
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
    fn signed(
        service: &str,
        method: &str,
        uri: &str,
        more: &[(&str, &str)],
    ) -> Result<Operation, Unsupported> {
        let credential = format!("local/20260102/eu-central-1/{service}/aws4_request");
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0");
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
    fn what_no_service_here_answers_has_the_protocol_of_its_service() {
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
            (
                "route53",
                "GET",
                "/2013-04-01/hostedzone",
                &[],
                Protocol::RestXml,
                "GET /2013-04-01/hostedzone",
            ),
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
            let expected =
                Unsupported { service: service.to_owned(), operation: operation.to_owned(), protocol };
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
}
