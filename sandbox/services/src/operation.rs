//! Which service and operation a request is for, told from its head.

use http::{Method, Request, Uri, header};
use percent_encoding::percent_decode_str;

const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Service {
    CloudFormation,
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
            Self::Logs => "logs",
            Self::Sqs => "sqs",
            Self::Ssm => "ssm",
            Self::S3 => "s3",
        }
    }
}

impl Operation {
    /// The operation of `request`, or the target that no service here has.
    pub(crate) fn of<B>(request: &Request<B>) -> Result<Self, String> {
        let Some(target) = request.headers().get("x-amz-target") else {
            if is_form(request) {
                return Ok(Self { service: Service::CloudFormation, name: String::new() });
            }
            let copies = request.headers().contains_key("x-amz-copy-source");
            let name = s3_operation(request.method(), request.uri(), copies);
            return Ok(Self { service: Service::S3, name: name.to_owned() });
        };
        let target = String::from_utf8_lossy(target.as_bytes());
        let (service, name) = match target.split_once('.') {
            Some(("AmazonSQS", name)) => (Service::Sqs, name),
            Some(("Logs_20140328", name)) => (Service::Logs, name),
            Some(("AmazonSSM", name)) => (Service::Ssm, name),
            _ => return Err(target.into_owned()),
        };
        Ok(Self { service, name: name.to_owned() })
    }
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
        assert_eq!(
            Operation::of(&request("DynamoDB_20120810.GetItem")),
            Err("DynamoDB_20120810.GetItem".into())
        );
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
