//! Sending a client elsewhere.

use super::page::fixed;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, header};

/// Where a redirect rule sends a client. Each part may hold the placeholders `#{protocol}`, `#{host}`, `#{port}`,
/// `#{path}` and `#{query}`, which stand for the request's own ("Redirect actions").
pub(crate) struct Target<'a> {
    pub(crate) status: u16,
    pub(crate) protocol: &'a str,
    pub(crate) host: &'a str,
    pub(crate) port: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
}

/// The redirect of a request that came in on the listener's `port`.
pub(crate) fn response(target: &Target<'_>, request: &Request<Body>, port: u16) -> Response<Body> {
    let host_header =
        request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = host_header.rsplit_once(':').map_or(host_header, |(host, _)| host);
    let uri = request.uri();
    let fill = |part: &str| {
        part.replace("#{protocol}", "http")
            .replace("#{host}", host)
            .replace("#{port}", &port.to_string())
            .replace("#{path}", uri.path().trim_start_matches('/'))
            .replace("#{query}", uri.query().unwrap_or_default())
    };
    let (protocol, query) = (fill(target.protocol).to_ascii_lowercase(), fill(target.query));
    let mut location =
        format!("{protocol}://{}:{}{}", fill(target.host), fill(target.port), fill(target.path));
    if !query.is_empty() {
        location = format!("{location}?{query}");
    }
    let mut response = fixed(target.status, None, "");
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
        let request = Request::get("/a/b?c=d").header("host", "mail.example:80").body(Body::empty()).unwrap();
        let target = Target {
            status: 301,
            protocol: "HTTPS",
            host: "#{host}",
            port: "443",
            path: "/#{path}",
            query: "#{query}",
        };
        let response = response(&target, &request, 80);
        assert_eq!(response.status(), 301);
        assert_eq!(response.headers()["location"], "https://mail.example:443/a/b?c=d");
    }
}
