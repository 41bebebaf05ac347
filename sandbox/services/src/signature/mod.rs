//! Signatures of requests to all services but S3, whose requests `s3s` checks:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
//!
//! Content and key are checked; time and region are not.

use crate::error::ServiceError;
use crate::operation::Service;
use crate::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

#[cfg(test)]
pub(crate) mod tests;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Every scope of a signature ends with this.
const SCOPE_END: &str = "aws4_request";
const DATE: &str = "x-amz-date";
/// The characters that a path keeps; everything else in it is encoded, once more if it was already.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum SignatureError {
    #[error("Request is missing Authentication Token")]
    Missing,
    /// The header can't be parsed, or the date is missing.
    #[error("The request signature does not conform to AWS standards.")]
    Incomplete,
    /// Not [`ACCESS_KEY_ID`].
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The request was changed, or signed with another secret, or for another service.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."
    )]
    Wrong,
}

impl SignatureError {
    /// The error as a service answers it. The older protocols and the newer ones name it differently:
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>,
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html>,
    /// <https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html>,
    /// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html>.
    pub(crate) fn of(self, service: Service) -> ServiceError {
        let code = match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::Wrong => "InvalidSignatureException",
        };
        let forbids = matches!(service, Service::Sqs | Service::CloudFormation | Service::Lambda);
        let forbidden = forbids && self != Self::Incomplete;
        let status = if forbidden { StatusCode::FORBIDDEN } else { StatusCode::BAD_REQUEST };
        ServiceError::of_framework(code, self.to_string()).with_status(status)
    }
}

/// Checks the signature in the header `Authorization`.
pub(crate) fn check(head: &Parts, body: &[u8], service: Service) -> Result<(), SignatureError> {
    let header = head.headers.get(header::AUTHORIZATION).ok_or(SignatureError::Missing)?;
    let claim = header.to_str().ok().and_then(Claim::parse).ok_or(SignatureError::Incomplete)?;
    let time =
        head.headers.get(DATE).and_then(|time| time.to_str().ok()).ok_or(SignatureError::Incomplete)?;
    if claim.access_key_id != ACCESS_KEY_ID {
        return Err(SignatureError::UnknownKey);
    }
    // Without these two, the request could be sent elsewhere, or again on another day.
    let signed = |name| claim.signed_headers.split(';').any(|signed| signed == name);
    let in_scope = time.get(..8) == Some(claim.date) && claim.service == service.signing_name();
    if !in_scope || !signed("host") || !signed(DATE) {
        return Err(SignatureError::Wrong);
    }
    let request = canonical_request(head, body, claim.signed_headers).ok_or(SignatureError::Wrong)?;
    let signature = hex::decode(claim.signature).map_err(|_| SignatureError::Incomplete)?;
    sign(&request, time, &claim).verify_slice(&signature).map_err(|_| SignatureError::Wrong)
}

/// The right signature for `claim`.
fn sign(canonical_request: &str, time: &str, claim: &Claim<'_>) -> Hmac<Sha256> {
    let parts = [claim.date, claim.region, claim.service, SCOPE_END];
    let (scope, hash) = (parts.join("/"), hex::encode(Sha256::digest(canonical_request)));
    let secret = format!("AWS4{SECRET_ACCESS_KEY}").into_bytes();
    let key = parts.iter().fold(secret, |key, part| hmac(&key, part).finalize().into_bytes().to_vec());
    hmac(&key, &format!("{ALGORITHM}\n{time}\n{scope}\n{hash}"))
}

#[derive(Debug)]
struct Claim<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Claim<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let (algorithm, parts) = header.split_once(' ')?;
        let part = |name: &str| {
            let mut parts = parts.split(',').filter_map(|part| part.trim().split_once('='));
            parts.find(|(found, _)| *found == name).map(|(_, value)| value)
        };
        let mut credential = part("Credential")?.split('/');
        let claim = Self {
            access_key_id: credential.next()?,
            date: credential.next()?,
            region: credential.next()?,
            service: credential.next()?,
            signed_headers: part("SignedHeaders")?,
            signature: part("Signature")?,
        };
        let whole = credential.next() == Some(SCOPE_END) && credential.next().is_none();
        (whole && algorithm == ALGORITHM).then_some(claim)
    }
}

/// The request as both sides write it down before they sign it; `None` if a signed header is missing.
fn canonical_request(head: &Parts, body: &[u8], signed_headers: &str) -> Option<String> {
    let mut query: Vec<_> = head.uri.query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    let headers: Option<Vec<_>> =
        signed_headers.split(';').map(|name| canonical_header(&head.headers, name)).collect();
    Some(format!(
        "{}\n{}\n{}\n{}\n\n{signed_headers}\n{}",
        head.method,
        utf8_percent_encode(head.uri.path(), PATH),
        query.join("&"),
        headers?.join("\n"),
        hex::encode(Sha256::digest(body)),
    ))
}

fn canonical_header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = |value: &HeaderValue| {
        let words: Option<Vec<_>> = value.to_str().ok().map(|text| text.split_ascii_whitespace().collect());
        words.map(|words| words.join(" "))
    };
    let values: Option<Vec<_>> = headers.get_all(name).iter().map(value).collect();
    values.filter(|values| !values.is_empty()).map(|values| format!("{name}:{}", values.join(",")))
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn hmac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac
}
