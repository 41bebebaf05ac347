//! Targets that would like to be one of the two doors, and methods that would like to be a POST.

use super::good;
use super::http::{Row, hold};
use super::wire::post;

#[tokio::test]
async fn only_the_two_doors_as_they_are_written_lead_anywhere() {
    let mut rows: Vec<Row> = Vec::new();
    let mut row = |path: &str, expected| {
        rows.push((path.to_owned(), post(path, "connection: close\r\n", &good()), expected));
    };
    for path in [
        "/",
        "/api/email",
        "/?",
        "/api/email?",
        "/api/email?token=x&token=y",
        "/api/email?%00",
        "/api/email?/../..",
        "/api/email?a=%zz&=&&",
        "/?\u{202e}",
        "http://evil.example/api/email",
        "http://evil.example:99/api/email?x",
        "HTTP://evil@evil.example/",
        "https://evil.example/",
        "http://evil.example",
        "http://a:99999/",
    ] {
        row(path, &[200]);
    }
    for path in [
        "//",
        "///",
        "/.",
        "/..",
        "/./",
        "/../",
        "/api",
        "/api/",
        "/api/email/",
        "//api/email",
        "/api//email",
        "/./api/email",
        "/api/./email",
        "/api/email/.",
        "/api/email/..",
        "/x/../api/email",
        "/grafana/../api/email",
        "/../api/email",
        "/../../../../etc/passwd",
        "/%2e%2e/api/email",
        "/%2e/api/email",
        "/..%2fapi/email",
        "/%2fapi/email",
        "/api%2femail",
        "/api%2Femail",
        "/api%252femail",
        "/api%5cemail",
        "/api\\email",
        "/%61pi/email",
        "/api/emai%6c",
        "/%2561pi/email",
        "/api/email%00",
        "/api/email%00.json",
        "/api/email%20",
        "/api/email%0a",
        "/api/email%0d%0aevil:1",
        "/api/email;x=1",
        "/api;/email",
        "/api/email.json",
        "/api/email,",
        "/api/email~",
        "/API/EMAIL",
        "/Api/Email",
        "/api/em\u{c4}il",
        "/api/em\u{430}il",
        "/\u{ff0f}api/email",
        "/%c0%afapi/email",
        "/%c1%9c",
        "/%u002fapi/email",
        "/%",
        "/%%",
        "/%zz",
        "/*",
        "/{proxy+}",
        "/${jndi:ldap://evil}",
        "/%3Cscript%3Eevil",
        "/'\"--",
        "/health/../api/email",
        "/_mailroom/",
        "/_mailroom/status.json",
        "/2015-03-31/functions/api/invocations",
        "/latest/meta-data/",
        "/.env",
        "/.git/config",
        "http://evil.example//api/email",
    ] {
        row(path, &[404]);
    }
    for path in [
        "",
        "api/email",
        "?",
        "evil.example:80",
        "/ /api/email",
        "/api/email /x",
        "/api\u{0}",
        "/\u{1b}[31m",
        "/\u{7}",
        "/a\rb",
        "/a\nb",
        "/<script>evil</script>",
        "http:///api/email",
        "ftp://evil.example/",
        "http://",
        "://x",
        "http:/",
        "http://a b/",
        "http://[::1/",
    ] {
        row(path, &[400]);
    }
    hold(rows).await;
}

#[tokio::test]
async fn a_method_is_what_the_request_line_says() {
    let mut rows: Vec<Row> = Vec::new();
    let close = "connection: close\r\n";
    let mut row = |what: &str, line: &str, headers: &str, expected| {
        let request = post("@", &format!("{headers}{close}"), &good());
        rows.push((format!("{what} {line}"), request.replace("POST @ HTTP/1.1", line), expected));
    };
    for method in [
        "GET",
        "HEAD",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "QUERY",
        "PROPFIND",
        "post",
        "Post",
        "POSTS",
        "XPOST",
        "PO-ST",
        "A!#$%&'*+-.^_`|~9",
        "BREW",
    ] {
        row("another method", &format!("{method} /api/email HTTP/1.1"), "", &[405]);
        row(
            "another method with an override",
            &format!("{method} / HTTP/1.1"),
            "x-http-method-override: POST\r\nx-http-method: POST\r\nx-method-override: POST\r\n",
            &[405],
        );
    }
    row("a POST that would be a GET", "POST /api/email HTTP/1.1", "x-http-method-override: GET\r\n", &[200]);
    row("a POST to health", "POST /health HTTP/1.1", "", &[405]);
    row("a method without end", &format!("{} / HTTP/1.1", "M".repeat(9_000)), "", &[405]);
    row("TRACE", "TRACE /api/email HTTP/1.1", "", &[405]);
    row("OPTIONS of everything", "OPTIONS * HTTP/1.1", "", &[404]);
    row("a POST to everything", "POST * HTTP/1.1", "", &[404]);
    row("a tunnel", "CONNECT evil.example:443 HTTP/1.1", "", &[404]);
    row("HTTP/1.0", "POST /api/email HTTP/1.0", "", &[200]);
    for line in [
        "PO ST / HTTP/1.1",
        "P\u{d6}ST / HTTP/1.1",
        "\u{0}POST / HTTP/1.1",
        "POST\t/ HTTP/1.1",
        "{} / HTTP/1.1",
        "POST / HTTP/1.1 x",
        "POST / http/1.1",
        "POST / HTTP/1.10",
        "POST /",
        "POST / HTTP/9.9",
        "POST / HTTPS/1.1",
        "POST / ICAP/1.0",
        "EHLO evil.example",
    ] {
        row("no request line", line, "", &[400]);
    }
    rows.push(("TLS".to_owned(), "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned(), &[400]));
    // HTTP/2 needs TLS on AWS: nobody answers it here.
    rows.push(("HTTP/2".to_owned(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), &[]));
    rows.push(("SSH".to_owned(), "SSH-2.0-OpenSSH_9.6\r\n".to_owned(), &[400]));
    rows.push(("Redis".to_owned(), "*1\r\n$4\r\nPING\r\n".to_owned(), &[400]));
    hold(rows).await;
}
