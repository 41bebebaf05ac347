//! A request between its signature and its operation: who sent it, and what `s3s` would drop or refuse too early.

use super::bodies::Flaw;
use super::details::Detailed;
use crate::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use http::{HeaderMap, HeaderName, Method, Request, Uri, header};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{Range, Timestamp, TimestampFormat};
use s3s::route::S3Route;
use s3s::service::S3Service;
use s3s::{Body, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

/// The one access key.
pub(crate) struct Keys;

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == ACCESS_KEY_ID {
            return Ok(SecretKey::from(SECRET_ACCESS_KEY));
        }
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        let error = S3Error::with_message(S3ErrorCode::InvalidAccessKeyId, message);
        Err(error.detail("AWSAccessKeyId", access_key))
    }
}

/// Refuses members of a request that `s3s` doesn't know and would drop.
pub(crate) struct Members;

#[async_trait::async_trait]
impl S3Access for Members {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        if let Some(flaw) = context.extensions_mut().get::<Flaw>() {
            return Err(flaw.error());
        }
        known(context.uri(), context.headers())
    }
}

/// Sub-resources of AWS's model that `s3s` takes for the object or bucket itself.
const UNKNOWN_SUBRESOURCES: [&str; 7] = [
    "abac",
    "annotation",
    "metadataAnnotationTable",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "renameObject",
];

/// The beginnings of headers of AWS's model that `s3s` doesn't read.
const UNKNOWN_HEADERS: [&str; 8] = [
    "x-amz-bucket-namespace",
    "x-amz-checksum-md5",
    "x-amz-checksum-sha512",
    "x-amz-checksum-xxhash",
    "x-amz-object-annotation",
    "x-amz-object-if-",
    "x-amz-object-lock-event-hold",
    "x-amz-rename-",
];

fn known(uri: &Uri, headers: &HeaderMap) -> S3Result<()> {
    let unknown = |name: &str| UNKNOWN_HEADERS.iter().any(|unknown| name.starts_with(unknown));
    if let Some(name) = headers.keys().find(|name| unknown(name.as_str())) {
        return Err(unsupported(name.as_str()));
    }
    let trailers = headers.get_all("x-amz-trailer").iter().filter_map(|names| names.to_str().ok());
    if let Some(name) = trailers.flat_map(|names| names.split(',')).map(str::trim).find(|name| unknown(name))
    {
        return Err(unsupported(name));
    }
    let query = uri.query().unwrap_or_default().as_bytes();
    let mut names = form_urlencoded::parse(query).map(|(name, _)| name);
    match names.find(|name| UNKNOWN_SUBRESOURCES.contains(&name.as_ref())) {
        Some(name) => Err(unsupported(&name)),
        None => Ok(()),
    }
}

/// A member of a request that S3 honours and the sandbox doesn't.
pub(crate) fn unsupported(member: &str) -> S3Error {
    let message = format!("The sandbox doesn't support {member}. Leave it out.");
    S3Error::with_message(S3ErrorCode::NotImplemented, message).detail("Header", member)
}

/// Reads of objects with headers that S3 ignores and `s3s` refuses: the request goes on without them.
pub(crate) struct IgnoredHeaders {
    /// Needs no signature: the request's was checked before it came here.
    pub(crate) unsigned: S3Service,
}

#[async_trait::async_trait]
impl S3Route for IgnoredHeaders {
    fn is_match(&self, method: &Method, _: &Uri, headers: &HeaderMap, _: &mut http::Extensions) -> bool {
        matches!(*method, Method::GET | Method::HEAD) && !ignored(headers).is_empty()
    }

    async fn call(&self, request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let S3Request { input, method, uri, mut headers, .. } = request;
        known(&uri, &headers)?;
        for name in ignored(&headers).into_iter().chain([header::AUTHORIZATION]) {
            headers.remove(name);
        }
        let mut request = Request::new(input);
        *request.method_mut() = method;
        *request.uri_mut() = without_signature(&uri)?;
        *request.headers_mut() = headers;
        let response = self.unsigned.call(request).await.map_err(|error| {
            tracing::error!(?error, "S3 could not answer");
            s3_error!(InternalError)
        })?;
        let (head, body) = response.into_parts();
        let mut response = S3Response::with_headers(body, head.headers);
        response.status = Some(head.status);
        Ok(response)
    }
}

/// The headers of a read that make no sense, which S3 ignores.
fn ignored(headers: &HeaderMap) -> Vec<HeaderName> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let no_date = |text: &str| Timestamp::parse(TimestampFormat::HttpDate, text).is_err();
    let mut ignored = Vec::new();
    // `s3s` takes `bytes=-` for a suffix of no bytes.
    if text(&header::RANGE).is_some_and(|range| range == "bytes=-" || Range::parse(range).is_err()) {
        ignored.push(header::RANGE);
    }
    for name in [header::IF_MODIFIED_SINCE, header::IF_UNMODIFIED_SINCE] {
        if text(&name).is_some_and(no_date) {
            ignored.push(name);
        }
    }
    ignored
}

fn without_signature(uri: &Uri) -> S3Result<Uri> {
    let query = uri.query().unwrap_or_default();
    let pairs = query.split('&').filter(|pair| !pair.to_ascii_lowercase().starts_with("x-amz-"));
    let query = pairs.collect::<Vec<_>>().join("&");
    format!("{}?{query}", uri.path()).parse().map_err(|_| s3_error!(InvalidURI))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_s3_ignores_is_left_out() {
        let range = |range: &'static str| {
            let headers = HeaderMap::from_iter([(header::RANGE, range.parse().unwrap())]);
            ignored(&headers).len()
        };
        for whole in
            ["bytes=1-0", "bytes=-1-", "bytes=0--1", "bytes=0-1,3-4,7-9", "0-8", "bytes=-", "items=0-1"]
        {
            assert_eq!(range(whole), 1, "{whole}");
        }
        for part in ["bytes=0-8", "bytes=1-", "bytes=-2", "bytes=-0", "bytes=100-200"] {
            assert_eq!(range(part), 0, "{part}");
        }
    }

    #[test]
    fn a_presigned_url_keeps_what_it_asks_for() {
        let uri = Uri::from_static("/bucket/a%20b?versionId=1&X-Amz-Signature=2&x-id=GetObject");
        assert_eq!(without_signature(&uri).unwrap(), "/bucket/a%20b?versionId=1&x-id=GetObject");
    }
}
