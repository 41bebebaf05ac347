//! Pages for a person at this machine, on the port of the services: paths that no bucket can have.
//!
//! The `guard` keeps other sites out of them. A link may lead to a page itself, whose headers keep the site that opened
//! it from its window.

use futures::future::BoxFuture;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use parking_lot::RwLock;
use std::fmt;
use std::sync::Arc;

const SECURITY_HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
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

/// How many entries a list on a page has, unless its request says otherwise, and at most.
const LISTED: usize = 200;
const LISTED_AT_MOST: usize = 1_000;

/// A request for a page or a part of one.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The path behind that of the pages: empty for the page itself.
    pub path: String,
    query: Vec<(String, String)>,
}

impl PageRequest {
    fn new(path: &str, query: Option<&str>) -> Self {
        let query = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        Self { path: path.to_owned(), query }
    }

    /// How many entries of a list are wanted: the parameter `limit`, 200 without it, and 1,000 at most.
    pub fn limit(&self) -> usize {
        self.parameter("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LISTED).min(LISTED_AT_MOST)
    }

    /// The first value of a parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(named, _)| named == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) type Handler = dyn Fn(PageRequest) -> BoxFuture<'static, Option<Content>> + Send + Sync;

/// Sets of pages by their path, such as `/_sandbox/`.
#[derive(Default)]
pub(crate) struct Pages(RwLock<Vec<(&'static str, Arc<Handler>)>>);

impl Pages {
    pub(crate) fn add(&self, path: &'static str, handler: Arc<Handler>) {
        self.0.write().push((path, handler));
    }

    /// True for the path of a page or of a part of one.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    fn find(&self, path: &str) -> Option<(&'static str, Arc<Handler>)> {
        let pages = self.0.read();
        let is_it = |pages: &str| path.starts_with(pages) || path == pages.trim_end_matches('/');
        let (pages, handler) = pages.iter().find(|(pages, _)| is_it(pages))?;
        Some((pages, Arc::clone(handler)))
    }

    /// True for the path of a page itself.
    pub(crate) fn is_page(&self, path: &str) -> bool {
        self.0.read().iter().any(|(pages, _)| path.trim_end_matches('/') == pages.trim_end_matches('/'))
    }

    /// The refusal of a request for a page or a part of one.
    pub(crate) fn refuse(&self, why: &str) -> Response<String> {
        text(StatusCode::FORBIDDEN, &format!("{why}\n"))
    }

    /// The response to a request for one of the pages; `None` if the request is for a service.
    pub(crate) async fn respond<B>(&self, request: &Request<B>) -> Option<Response<String>> {
        let path = request.uri().path();
        let (pages, handler) = self.find(path)?;
        let Some(name) = path.strip_prefix(pages) else {
            let mut response = text(StatusCode::PERMANENT_REDIRECT, "");
            response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(pages));
            return Some(response);
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "This page is read-only: use GET.\n");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Some(response);
        }
        Some(match handler(PageRequest::new(name, request.uri().query())).await {
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
    fn a_request_has_its_parameters_decoded_and_a_bounded_limit() {
        let request = PageRequest::new("emails.json", Some("search=J%C3%B6rg+%26+co&limit=7&limit=8"));
        assert_eq!((request.parameter("search"), request.limit()), (Some("J\u{f6}rg & co"), 7));
        for (query, limit) in
            [(None, 200), (Some("limit=x"), 200), (Some("limit=-1"), 200), (Some("limit=9999"), 1_000)]
        {
            assert_eq!(PageRequest::new("", query).limit(), limit, "{query:?}");
        }
    }
}
