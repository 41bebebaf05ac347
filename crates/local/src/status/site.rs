//! The paths, and who may read them: a person at this machine, not a web page that somebody else made.

use super::Status;
use super::exposition;
use super::report::Report;
use crate::aws::sqs::Sqs;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header, uri::Authority};

/// Where it is, on the port of AWS. No bucket can have this name.
pub const PATH: &str = "/_mailroom/";

/// Everything comes from here, and no other site may show it.
const SECURITY: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
];

/// The answer to a request that is for the status and not for AWS.
pub(crate) fn answer<B>(status: &Status, sqs: &Sqs, request: &Request<B>) -> Option<Response<String>> {
    let path = request.uri().path();
    if path == PATH.trim_end_matches('/') {
        let mut response = text(StatusCode::PERMANENT_REDIRECT, "");
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(PATH));
        return Some(response);
    }
    let page = path.strip_prefix(PATH)?;
    if !is_of_this_machine(request.uri(), request.headers()) {
        return Some(text(StatusCode::FORBIDDEN, "Ask for it under 127.0.0.1 or localhost.\n"));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "It can only be looked at: GET.\n");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Some(response);
    }
    Some(match page {
        "" => content("text/html; charset=utf-8", include_str!("page/page.html").to_owned()),
        "page.css" => content("text/css; charset=utf-8", include_str!("page/page.css").to_owned()),
        "page.js" => content("text/javascript; charset=utf-8", include_str!("page/page.js").to_owned()),
        "plot.js" => content("text/javascript; charset=utf-8", include_str!("page/plot.js").to_owned()),
        "status.json" => match serde_json::to_string(&Report::new(&status.watch(), sqs)) {
            Ok(json) => content("application/json", json),
            Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        "metrics" => content(exposition::CONTENT_TYPE, status.watch().exposition.text()),
        _ => text(StatusCode::NOT_FOUND, &format!("The page is {PATH}, the metrics are {PATH}metrics.\n")),
    })
}

/// Whether the client asked for a name of this machine. A page on the internet can have its own name lead to 127.0.0.1
/// (DNS rebinding) and then read what is there, but the name stays in `Host`, and in a target that has one.
fn is_of_this_machine(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    host.is_some_and(|host| is_local(&host)) && uri.authority().is_none_or(is_local)
}

fn is_local(authority: &Authority) -> bool {
    let host = authority.host().to_ascii_lowercase();
    !authority.as_str().contains('@') && matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]")
}

fn text(status: StatusCode, text: &str) -> Response<String> {
    let mut response = content("text/plain; charset=utf-8", text.to_owned());
    *response.status_mut() = status;
    response
}

fn content(content_type: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in SECURITY {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_taken() {
        let asked_for = |hosts: &[&'static str]| {
            let hosts = hosts.iter().map(|host| (header::HOST, HeaderValue::from_static(host)));
            is_of_this_machine(&Uri::from_static("/"), &hosts.collect())
        };
        for host in ["127.0.0.1:4566", "localhost:4566", "localhost", "[::1]:4566"] {
            assert!(asked_for(&[host]), "{host}");
        }
        for host in [
            "evil.example:4566",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil@localhost:1:2",
            "",
        ] {
            assert!(!asked_for(&[host]), "{host}");
        }
        assert!(!asked_for(&[]));
        let mut two = HeaderMap::new();
        two.append(header::HOST, HeaderValue::from_static("localhost"));
        two.append(header::HOST, HeaderValue::from_static("evil.example"));
        assert!(!is_of_this_machine(&Uri::from_static("/"), &two));
        let one = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost"))]);
        assert!(is_of_this_machine(&Uri::from_static("http://localhost:1/"), &one));
        assert!(!is_of_this_machine(&Uri::from_static("http://evil.example/"), &one));
    }
}
