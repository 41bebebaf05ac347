//! The XML bodies of requests: `s3s` drops elements that it doesn't know and checks no digest of them.

use super::details::Detailed;
use super::gate::unsupported;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use md5::{Digest, Md5};
use s3s::{Body, S3Error, s3_error};

/// Enough for 1,000 keys to delete.
const LIMIT: usize = 8 * 1024 * 1024;

/// A fault of a body. It is reported after the request's signature was checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    Unknown(String),
    InvalidDigest(String),
    BadDigest { expected: String, calculated: String },
}

impl Flaw {
    pub(crate) fn error(&self) -> S3Error {
        match self {
            Self::Unknown(element) => unsupported(element),
            Self::InvalidDigest(digest) => {
                let error = s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid.");
                error.detail("Content-MD5", digest)
            }
            Self::BadDigest { expected, calculated } => {
                let error =
                    s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received.");
                error.detail("ExpectedDigest", expected).detail("CalculatedDigest", calculated)
            }
        }
    }
}

/// The elements that an operation reads.
fn elements(operation: &str) -> Option<&'static [&'static str]> {
    Some(match operation {
        "CompleteMultipartUpload" => &[
            "CompleteMultipartUpload",
            "CompletedMultipartUpload",
            "ChecksumCRC32",
            "ChecksumCRC32C",
            "ChecksumCRC64NVME",
            "ChecksumSHA1",
            "ChecksumSHA256",
            "ETag",
            "Part",
            "PartNumber",
        ],
        "CreateBucket" => &["CreateBucketConfiguration", "LocationConstraint"],
        "DeleteObjects" => {
            &["Delete", "ETag", "Key", "LastModifiedTime", "Object", "Quiet", "Size", "VersionId"]
        }
        "PutBucketVersioning" => &["MfaDelete", "Status", "VersioningConfiguration"],
        _ => return None,
    })
}

/// Reads the body of an operation that has one in XML, and puts what is wrong with it beside the request.
pub(crate) async fn look_at(
    request: Request<Body>,
    operation: &str,
) -> Result<Request<Body>, Response<Body>> {
    let Some(elements) = elements(operation) else { return Ok(request) };
    let (mut head, body) = request.into_parts();
    let body = match Limited::new(body, LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            tracing::debug!(%error, "a request ended early or is too large");
            let message = "Your request was too large.";
            return Err(super::error_response(
                StatusCode::BAD_REQUEST,
                "MaxMessageLengthExceeded",
                message,
                "",
            ));
        }
    };
    if let Some(flaw) = flaw(&head.headers, &body, elements) {
        head.extensions.insert(flaw);
    }
    Ok(Request::from_parts(head, Body::from(body)))
}

fn flaw(headers: &HeaderMap, body: &Bytes, elements: &[&str]) -> Option<Flaw> {
    if let Some(expected) =
        headers.get("content-md5").map(|digest| String::from_utf8_lossy(digest.as_bytes()))
    {
        match STANDARD.decode(expected.as_bytes()) {
            Ok(digest) if digest[..] == Md5::digest(body)[..] => {}
            Ok(digest) if digest.len() == 16 => {
                let calculated = STANDARD.encode(Md5::digest(body));
                return Some(Flaw::BadDigest { expected: expected.into_owned(), calculated });
            }
            _ => return Some(Flaw::InvalidDigest(expected.into_owned())),
        }
    }
    let xml = String::from_utf8_lossy(body);
    let names = xml.split('<').skip(1).filter(|rest| !rest.starts_with(['/', '?', '!']));
    let names = names.map(|rest| rest.split(|c: char| c.is_whitespace() || "/>".contains(c)).next());
    let unknown = |name: &&str| !elements.contains(name);
    names.flatten().find(unknown).map(|name| Flaw::Unknown(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(xml: &'static str, md5: Option<&str>) -> Option<Flaw> {
        let md5 = md5.map(|digest| ("content-md5".parse().unwrap(), digest.parse().unwrap()));
        let body = Bytes::from_static(xml.as_bytes());
        flaw(&HeaderMap::from_iter(md5), &body, elements("CreateBucket").unwrap())
    }

    #[test]
    fn an_element_that_is_not_read_is_found() {
        let known = "<?xml version='1.0'?><CreateBucketConfiguration xmlns='x'>\n<LocationConstraint/></CreateBucketConfiguration>";
        assert_eq!(found(known, None), None);
        let unknown = "<CreateBucketConfiguration><Tags><Tag/></Tags></CreateBucketConfiguration>";
        assert_eq!(found(unknown, None), Some(Flaw::Unknown("Tags".into())));
    }

    #[test]
    fn a_digest_is_held_against_the_body() {
        assert_eq!(found("", Some("1B2M2Y8AsgTpgAmY7PhCfg==")), None);
        assert!(matches!(found("", Some("XUFAKrxLKna5cZ2REBfFkg==")), Some(Flaw::BadDigest { .. })));
        assert_eq!(found("", Some("x")), Some(Flaw::InvalidDigest("x".into())));
    }
}
