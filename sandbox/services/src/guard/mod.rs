//! Keeps web pages of other origins out of what listens on this machine.
//!
//! Any page in the user's browser can send requests to loopback. The browser hides most responses from the page, but
//! the requests take effect. Under a name that resolves to 127.0.0.1 (DNS rebinding), the page reads the responses too.
//! So a [`Guard`] checks each request before anything else. Programs send neither `Origin` nor `Sec-Fetch-Site`, so the
//! check doesn't affect them.
//!
//! - `host`: the name in `Host`; `allowed`: what the user lets in beside this machine;
//! - `admission`: the guard in front of the services; `cors`: the headers for pages that may come in.
//!
//! A program that isn't a browser can send any header. It needs no page to reach loopback, so the guard isn't for it.

mod admission;
mod allowed;
mod cors;
mod host;
#[cfg(test)]
mod tests;

pub(crate) use admission::admit;
pub use allowed::{AllowedHost, AllowedOrigin, NotAHost, NotAnOrigin};

use host::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Lets in requests of this machine, and those for allowed hosts and from allowed origins.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    hosts: Vec<AllowedHost>,
    origins: Vec<AllowedOrigin>,
}

/// The reason why a request is refused, for its sender.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Foreign {
    /// `Host` is missing, repeated or malformed, or differs from the target.
    #[error("The request needs one Host header with the name of its target.")]
    NoHost,
    #[error(
        "The host {0} isn't this machine's own: use 127.0.0.1 or localhost, or allow the name with --allow-host {0}."
    )]
    Host(String),
    #[error("Pages of the origin {0} may not use the sandbox: allow the origin with --allow-origin {0}.")]
    Origin(String),
    #[error(
        "Pages without an origin of their own, such as files and sandboxed frames, may not use the sandbox: serve the \
         page by HTTP, and allow its origin with --allow-origin."
    )]
    NoOrigin,
    #[error(
        "A page or link of another site may not use the sandbox: open the address by hand, or allow the page's origin \
         with --allow-origin and send the request with CORS."
    )]
    Site,
    #[error("No web page may use the Runtime API.")]
    Page,
}

/// The sender of a request that is let in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Sender {
    /// A program, a page of the sandbox, or the address bar.
    Own,
    /// A page of an allowed origin.
    Page(HeaderValue),
}

impl Guard {
    /// Lets in requests for this host too, as by `--allow-host`.
    pub fn allow_host(mut self, host: AllowedHost) -> Self {
        self.hosts.push(host);
        self
    }

    /// Lets in pages of this origin too, as by `--allow-origin`.
    pub fn allow_origin(mut self, origin: AllowedOrigin) -> Self {
        self.origins.push(origin);
        self
    }

    /// Lets in programs of this machine alone, for servers that browsers never use. Allowances don't apply: one `GET`
    /// of the Runtime API takes an invocation.
    pub fn check_program<B>(request: &Request<B>) -> Result<(), Foreign> {
        Self::default().host(request)?;
        let of_browser = [header::ORIGIN, FETCH_SITE, FETCH_MODE, FETCH_DEST];
        if of_browser.iter().any(|name| request.headers().contains_key(name)) {
            return Err(Foreign::Page);
        }
        Ok(())
    }

    /// `is_page` says that the target is a page for people, to which any site may link.
    pub(crate) fn check<B>(&self, request: &Request<B>, is_page: bool) -> Result<Sender, Foreign> {
        let host = self.host(request)?;
        let headers = request.headers();
        if let Some(origin) = self.origin(headers, &host)? {
            return Ok(Sender::Page(origin));
        }
        let mut sites = headers.get_all(FETCH_SITE).iter();
        // Another port of this machine is same-site.
        let is_own = sites.all(|site| site == "same-origin" || site == "none");
        if is_own || is_page && is_visit(request.method(), headers) {
            Ok(Sender::Own)
        } else {
            Err(Foreign::Site)
        }
    }

    /// The host that the request is for.
    fn host<B>(&self, request: &Request<B>) -> Result<Authority, Foreign> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Foreign::NoHost) };
        let host = host.to_str().ok().and_then(Authority::parse).ok_or(Foreign::NoHost)?;
        // A target that is a whole URL counts before the header, and a client sends the same name twice.
        let target = request.uri().authority().map(|target| Authority::parse(target.as_str()));
        if target.is_some_and(|target| target.as_ref() != Some(&host)) {
            return Err(Foreign::NoHost);
        }
        if host.is_of_this_machine() || self.hosts.iter().any(|allowed| allowed.is(&host)) {
            Ok(host)
        } else {
            Err(Foreign::Host(host.name()))
        }
    }

    /// The allowed origin of the page that sent this; `None` for a page of `host` itself, or no page.
    fn origin(&self, headers: &HeaderMap, host: &Authority) -> Result<Option<HeaderValue>, Foreign> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else { return Ok(None) };
        let text = origin.to_str().unwrap_or("null");
        if text == "null" || origins.next().is_some() {
            return Err(Foreign::NoOrigin);
        }
        if text.strip_prefix("http://").and_then(Authority::parse).as_ref() == Some(host) {
            return Ok(None);
        }
        if self.origins.iter().any(|allowed| allowed.is(text)) {
            return Ok(Some(origin.clone()));
        }
        Err(Foreign::Origin(text.to_owned()))
    }
}

/// True for a navigation in a window of the browser: the page that links there can't read the response.
fn is_visit(method: &Method, headers: &HeaderMap) -> bool {
    let is = |name, value| headers.get_all(name).iter().eq([value]);
    matches!(*method, Method::GET | Method::HEAD) && is(FETCH_MODE, "navigate") && is(FETCH_DEST, "document")
}
