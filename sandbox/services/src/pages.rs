//! Pages for a person at this machine, on the port of the services: paths that no bucket can have.
//!
//! The `guard` keeps other sites out of them. A link may lead to a page itself, whose headers keep the site that opened
//! it from its window.

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use parking_lot::RwLock;
use std::fmt;

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

type Handler = dyn Fn(&str) -> Option<Content> + Send + Sync;

/// Sets of pages by their path, such as `/_sandbox/`.
#[derive(Default)]
pub(crate) struct Pages(RwLock<Vec<(&'static str, Box<Handler>)>>);

impl Pages {
    pub(crate) fn add(&self, path: &'static str, handler: Box<Handler>) {
        self.0.write().push((path, handler));
    }

    /// True for the path of a page or of a part of one.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.read().iter().any(|(pages, _)| path.starts_with(pages) || path == pages.trim_end_matches('/'))
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
