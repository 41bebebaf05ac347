//! Requests that two servers may cut into two in different ways ("Desync mitigation mode", and the classification
//! reasons of the access logs). The mode is `defensive`, AWS's default: what is ambiguous is answered and its connection
//! closed, what is severe is refused.
//!
//! hyper has refused most of the severe ones before: lengths that differ or are none, chunks that are not last.

use axum::http::{HeaderMap, Method, Request, StatusCode, header};

/// How much harm a request may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Threat {
    /// None that is known.
    None,
    /// Somebody in front may see another request in it: it is the last one on its connection.
    Ambiguous,
    /// It is refused with this status, and is the last one too.
    Severe(StatusCode),
}

/// What the framing of a request amounts to.
pub(crate) fn threat<B>(request: &Request<B>) -> Threat {
    let headers = request.headers();
    let codings = codings(headers);
    if codings.iter().any(|coding| !["chunked", "identity"].contains(&coding.as_str())) {
        return Threat::Severe(StatusCode::NOT_IMPLEMENTED);
    }
    if codings.iter().filter(|coding| *coding == "chunked").count() > 1 {
        return Threat::Severe(StatusCode::BAD_REQUEST);
    }
    let both = !codings.is_empty() && headers.contains_key(header::CONTENT_LENGTH);
    if both || has_body_without_meaning(request, &codings) || has_suspicious_name(headers) {
        return Threat::Ambiguous;
    }
    Threat::None
}

/// The transfer codings, in lower case.
fn codings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::TRANSFER_ENCODING).iter();
    let texts = values.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let codings =
        texts.flat_map(|text| text.split(',').map(|coding| coding.trim().to_owned()).collect::<Vec<_>>());
    codings.filter(|coding| !coding.is_empty()).collect()
}

/// A body means nothing to GET and HEAD.
fn has_body_without_meaning<B>(request: &Request<B>, codings: &[String]) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let has_body = !codings.is_empty() || length.is_some_and(|length| length != "0");
    has_body && matches!(*request.method(), Method::GET | Method::HEAD)
}

/// A name that some server may take for one of the two that say how long a body is.
fn has_suspicious_name(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        let letters: String = name.as_str().chars().filter(char::is_ascii_alphabetic).collect();
        ["contentlength", "transferencoding"].contains(&letters.as_str())
            && *name != header::CONTENT_LENGTH
            && *name != header::TRANSFER_ENCODING
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: Threat = Threat::Severe(StatusCode::BAD_REQUEST);

    #[test]
    fn what_can_be_cut_in_two_ways_is_ambiguous_and_what_nobody_can_cut_is_severe() {
        for (method, headers, expected) in [
            ("POST", &[("content-length", "5")][..], Threat::None),
            ("POST", &[("transfer-encoding", "Chunked")], Threat::None),
            ("GET", &[("content-length", "0")], Threat::None),
            ("GET", &[("content-length", "5")], Threat::Ambiguous),
            ("HEAD", &[("transfer-encoding", "chunked")], Threat::Ambiguous),
            ("POST", &[("content-length", "5"), ("transfer-encoding", "chunked")], Threat::Ambiguous),
            ("POST", &[("content_length", "5")], Threat::Ambiguous),
            ("POST", &[("transfer--encoding", "chunked")], Threat::Ambiguous),
            ("POST", &[("x-content-length", "5")], Threat::None),
            ("POST", &[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")], REFUSED),
            ("POST", &[("transfer-encoding", "chunked, chunked")], REFUSED),
            ("POST", &[("transfer-encoding", "gzip, chunked")], Threat::Severe(StatusCode::NOT_IMPLEMENTED)),
        ] {
            let mut request = Request::builder().method(method).uri("/");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            assert_eq!(threat(&request.body(()).unwrap()), expected, "{method} {headers:?}");
        }
    }
}
