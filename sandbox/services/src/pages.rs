//! Pages for a person at this machine, on the port of the services: paths that no bucket can have.
//!
//! A page on the internet can make its own name lead to 127.0.0.1 (DNS rebinding) and read whatever answers there. So
//! these pages answer only requests for a name of this machine, and no other site may embed or load them.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header, uri::Authority};
use parking_lot::RwLock;
use std::fmt;

const SECURITY_HEADERS: [(&str, &str); 5] = [
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

#[derive(Clone, Debug)]
pub struct Content {
    pub content_type: &'static str,
    pub body: String,
}

type Handler = dyn Fn(&str) -> Option<Content> + Send + Sync;

/// Sets of pages by their path, such as `/_sandbox/`.
#[derive(Default)]
pub(crate) struct Pages(RwLock<Vec<(&'static str, Box<Handler>)>>);

impl Pages {
    pub(crate) fn add(&self, path: &'static str, handler: Box<Handler>) {
        self.0.write().push((path, handler));
    }

    /// The response to a request for one of the pages; `None` if the request is for a service.
    pub(crate) fn respond<B>(&self, request: &Request<B>) -> Option<Response<String>> {
        let path = request.uri().path();
        let pages = self.0.read();
        if let Some((pages, _)) = pages.iter().find(|(pages, _)| path == pages.trim_end_matches('/')) {
            let mut response = text(StatusCode::PERMANENT_REDIRECT, "");
            response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(pages));
            return Some(response);
        }
        let (name, handler) =
            pages.iter().find_map(|(pages, handler)| Some((path.strip_prefix(pages)?, handler)))?;
        if !is_of_this_machine(request.uri(), request.headers()) {
            let why = "This page answers under 127.0.0.1 and localhost only.\n";
            return Some(text(StatusCode::FORBIDDEN, why));
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "This page is read-only: use GET.\n");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Some(response);
        }
        Some(match handler(name) {
            Some(Content { content_type, body }) => content(content_type, body),
            None => text(StatusCode::NOT_FOUND, "No such page.\n"),
        })
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pages = self.0.read();
        f.debug_list().entries(pages.iter().map(|(path, _)| path)).finish()
    }
}

/// `Host` and, where the target is a whole URL, its authority name this machine.
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
    for (name, value) in SECURITY_HEADERS {
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
