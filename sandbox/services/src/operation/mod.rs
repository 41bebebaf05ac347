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
    SecretsManager,
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
            Self::SecretsManager => "secretsmanager",
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
            Some(("secretsmanager", name)) => (Service::SecretsManager, name),
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
        ("GET", _, false) if has("replication") => "GetBucketReplication",
        ("GET", _, false) if has("object-lock") => "GetObjectLockConfiguration",
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
mod tests;
