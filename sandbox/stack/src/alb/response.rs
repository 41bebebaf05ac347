//! The load balancer's own responses: error pages, fixed responses, redirects.

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};

/// The error page for `status`, in the real load balancer's words.
pub(crate) fn error_page(status: StatusCode) -> Response<Body> {
    let reason = match status {
        StatusCode::SERVICE_UNAVAILABLE => "Service Temporarily Unavailable",
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        _ => status.canonical_reason().unwrap_or_default(),
    };
    let text = format!("{} {reason}", status.as_u16());
    let text = text.trim_end();
    let html = format!(
        "<html>\r\n<head><title>{text}</title></head>\r\n<body>\r\n<center><h1>{text}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    fixed(status.as_u16(), Some("text/html"), &html)
}

/// A rule's fixed response.
pub(crate) fn fixed(status: u16, content_type: Option<&str>, body: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = content_type.and_then(|value| HeaderValue::from_str(value).ok()) {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response.headers_mut().insert(header::SERVER, HeaderValue::from_static("awselb/2.0"));
    response
}

/// A rule's redirect of a request that came in on the listener's `port`. The parts of the target are protocol, host,
/// port, path and query; each may contain the placeholders `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and
/// `#{query}` for the request's own ("Redirect actions").
pub(crate) fn redirect(status: u16, target: [&str; 5], request: &Request<Body>, port: u16) -> Response<Body> {
    let host_header =
        request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = host_header.rsplit_once(':').map_or(host_header, |(host, _)| host);
    let uri = request.uri();
    let [protocol, host, port, path, query] = target.map(|part| {
        part.replace("#{protocol}", "http")
            .replace("#{host}", host)
            .replace("#{port}", &port.to_string())
            .replace("#{path}", uri.path().trim_start_matches('/'))
            .replace("#{query}", uri.query().unwrap_or_default())
    });
    let mut location = format!("{}://{host}:{port}{path}", protocol.to_ascii_lowercase());
    if !query.is_empty() {
        location = format!("{location}?{query}");
    }
    let mut response = fixed(status, None, "");
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_to_https_keeps_host_path_and_query() {
        let request = Request::get("/a/b?c=d").header("host", "web.example:80").body(Body::empty()).unwrap();
        let target = ["HTTPS", "#{host}", "443", "/#{path}", "#{query}"];
        let response = redirect(301, target, &request, 80);
        assert_eq!(response.status(), 301);
        assert_eq!(response.headers()["location"], "https://web.example:443/a/b?c=d");
    }
}
