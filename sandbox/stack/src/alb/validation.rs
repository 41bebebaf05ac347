//! Requests that the load balancer refuses before it looks at its rules ("Troubleshoot your Application Load
//! Balancers", HTTP errors that it generates). hyper has refused most malformed ones before.

use axum::http::{HeaderMap, Method, Request, StatusCode, Version, header};

/// The most bytes of a request line, and of one header ("HTTP header limits").
const LINE_LIMIT: usize = 16 * 1_024;
/// The most bytes of all headers.
const HEADERS_LIMIT: usize = 64 * 1_024;
/// The most addresses in `X-Forwarded-For`; more are a 463.
const FORWARDED_LIMIT: usize = 30;

/// The status for a request whose transfer codings don't determine its length. Its connection has to be closed, since
/// the next request could begin anywhere.
pub(crate) fn framing_error(headers: &HeaderMap) -> Option<StatusCode> {
    let values = headers.get_all(header::TRANSFER_ENCODING).iter();
    let codings =
        values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii));
    let mut chunked = 0;
    for coding in codings.filter(|coding| !coding.is_empty()) {
        if coding.eq_ignore_ascii_case(b"chunked") {
            chunked += 1;
        } else if !coding.eq_ignore_ascii_case(b"identity") {
            return Some(StatusCode::NOT_IMPLEMENTED);
        }
    }
    (chunked > 1).then_some(StatusCode::BAD_REQUEST)
}

/// The status for any other request that is refused.
pub(crate) fn refusal<B>(request: &Request<B>) -> Option<StatusCode> {
    let headers = request.headers();
    if !has_one_host(request) || !has_proper_target(request) {
        return Some(StatusCode::BAD_REQUEST);
    }
    if request.method() == Method::TRACE {
        return Some(StatusCode::METHOD_NOT_ALLOWED);
    }
    if line_length(request) > LINE_LIMIT {
        return Some(StatusCode::URI_TOO_LONG);
    }
    let lengths = || headers.iter().map(|(name, value)| name.as_str().len() + ": ".len() + value.len());
    if lengths().any(|length| length > LINE_LIMIT) || lengths().sum::<usize>() > HEADERS_LIMIT {
        return Some(StatusCode::BAD_REQUEST);
    }
    if forwarded(headers) > FORWARDED_LIMIT {
        return StatusCode::from_u16(463).ok();
    }
    None
}

pub(crate) fn is_websocket(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::UPGRADE)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.eq_ignore_ascii_case("websocket")))
}

/// HTTP/1.1 requires one host (RFC 9112, section 3.2).
fn has_one_host<B>(request: &Request<B>) -> bool {
    request.version() < Version::HTTP_11 || request.headers().get_all(header::HOST).iter().count() == 1
}

/// A target has one of four forms (RFC 9112, section 3.2).
fn has_proper_target<B>(request: &Request<B>) -> bool {
    let uri = request.uri();
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(_)) => ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()),
        (None, Some(_)) => request.method() == Method::CONNECT,
        (None, None) => uri.path().starts_with('/') || uri.path() == "*",
        (Some(_), None) => false,
    }
}

fn line_length<B>(request: &Request<B>) -> usize {
    request.method().as_str().len() + request.uri().to_string().len() + "  HTTP/1.1".len()
}

fn forwarded(headers: &HeaderMap) -> usize {
    let values = headers.get_all("x-forwarded-for").iter();
    values.map(|value| value.as_bytes().split(|byte| *byte == b',').count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status of a refusal, or 0.
    fn status(uri: &str, headers: &[(&str, String)]) -> u16 {
        let mut request = Request::get(uri).header("host", "a");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        refusal(&request.body(()).unwrap()).map_or(0, |status| status.as_u16())
    }

    #[test]
    fn an_unknown_transfer_coding_is_a_501_and_chunks_in_chunks_are_a_400() {
        for (values, expected) in [
            (&[][..], None),
            (&["Chunked"], None),
            (&["identity, chunked"], None),
            (&["gzip, chunked"], Some(StatusCode::NOT_IMPLEMENTED)),
            (&["chunked, chunked"], Some(StatusCode::BAD_REQUEST)),
            (&["chunked", "chunked"], Some(StatusCode::BAD_REQUEST)),
        ] {
            let headers = values.iter().map(|value| (header::TRANSFER_ENCODING, value.parse().unwrap()));
            assert_eq!(framing_error(&headers.collect()), expected, "{values:?}");
        }
    }

    #[test]
    fn a_request_line_over_16_k_is_a_414() {
        let path = |length: usize| format!("/{}", "x".repeat(length - "GET / HTTP/1.1".len()));
        assert_eq!(status(&path(LINE_LIMIT), &[]), 0);
        assert_eq!(status(&path(LINE_LIMIT + 1), &[]), 414);
    }

    #[test]
    fn a_header_over_16_k_and_headers_over_64_k_are_a_400() {
        let one = |length: usize| [("x", "y".repeat(length - "x: ".len()))];
        assert_eq!(status("/", &one(LINE_LIMIT)), 0);
        assert_eq!(status("/", &one(LINE_LIMIT + 1)), 400);
        let all = |length: usize| {
            let names = ["a", "b", "c", "d"];
            names.map(|name| (name, "y".repeat((length - "host: a".len()) / names.len() - "a: ".len())))
        };
        assert_eq!(status("/", &all(HEADERS_LIMIT)), 0);
        assert_eq!(status("/", &all(HEADERS_LIMIT + 8)), 400);
    }

    #[test]
    fn a_target_of_none_of_the_four_forms_is_a_400() {
        for target in ["/", "*", "/a?b", "http://a/b", "HTTPS://a"] {
            assert_eq!(status(target, &[]), 0, "{target}");
        }
        for target in ["a:80", "a", "ftp://a/", "://a"] {
            assert_eq!(status(target, &[]), 400, "{target}");
        }
        let tunnel = Request::connect("a:80").header("host", "a").body(()).unwrap();
        assert_eq!(refusal(&tunnel), None);
    }

    #[test]
    fn more_than_thirty_forwarded_addresses_are_a_463() {
        let addresses = |count: usize| [("x-forwarded-for", vec!["10.0.0.1"; count].join(", "))];
        assert_eq!(status("/", &addresses(30)), 0);
        assert_eq!(status("/", &addresses(31)), 463);
        assert_eq!(status("/", &[addresses(16), addresses(15)].concat()), 463, "in two headers");
    }
}
