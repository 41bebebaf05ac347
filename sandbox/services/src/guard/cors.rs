//! Cross-origin resource sharing, for pages of allowed origins: <https://fetch.spec.whatwg.org/#http-cors-protocol>.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, DELETE");
/// Every header, since the sandbox's clients send no cookies. The SDKs read request ids, ETags and versions.
const EVERY_HEADER: HeaderValue = HeaderValue::from_static("*");
const VARY: HeaderValue = HeaderValue::from_static("Origin");

/// The browser asks whether a page may send a request.
pub(crate) fn is_preflight<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Yes, with the headers that the page wants to send. `*` would not mean `Authorization`.
pub(crate) fn preflight<B: Default>(request: &HeaderMap, origin: HeaderValue) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    share(headers, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    if let Some(wanted) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    response
}

/// Lets a page of the origin read a response.
pub(crate) fn share(response: &mut HeaderMap, origin: HeaderValue) {
    response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EVERY_HEADER);
    response.append(header::VARY, VARY);
}
