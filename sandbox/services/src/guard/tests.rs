//! The decisions of the guard, one by one.

use super::*;
use http::Uri;

const OWN: &str = "http://localhost:4566";

/// A request with these headers, each as `name: value`.
fn request(method: &str, target: &str, headers: &[&str]) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = target.parse::<Uri>().unwrap();
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        let name = name.parse::<HeaderName>().unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request
}

/// The decision of a guard without allowances about a `GET`.
fn checked(headers: &[&str]) -> Result<Sender, Foreign> {
    Guard::default().check(&request("GET", "/", headers), false)
}

#[test]
fn only_names_of_this_machine_are_hosts() {
    for host in [
        "127.0.0.1",
        "127.0.0.1:4566",
        "127.8.9.10:1",
        "[::1]:4566",
        "[0:0:0:0:0:0:0:1]",
        "localhost",
        "LocalHost:4566",
        "bucket.localhost:4566",
        "a.b.localhost",
        "localhost:080",
    ] {
        assert_eq!(checked(&[&format!("host: {host}")]), Ok(Sender::Own), "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:4566",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "evil-localhost",
        "xlocalhost",
        "192.168.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "0",
        "127.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "host.docker.internal",
        "null",
    ] {
        let refused = checked(&[&format!("host: {host}")]);
        assert!(
            matches!(&refused, Err(Foreign::Host(name)) if host.contains(name.as_str()) || host.contains("::")),
            "{host}: {refused:?}"
        );
    }
    for host in [
        "",
        ":4566",
        "localhost:",
        "localhost:x",
        "localhost:65536",
        "localhost:1:2",
        "localhost.",
        "localhost..",
        ".localhost",
        "a..localhost",
        "*",
        "*.localhost",
        "::1",
        "[::1",
        "[::1]x",
        "[::1%lo]",
        "evil@localhost",
        "localhost@evil.example",
        "localhost:80@evil.example",
        "evil.example#@localhost",
        "evil.example/localhost",
        "localhost evil.example",
        "localhost, evil.example",
        "localhost\tevil",
        "127.0.0.1%00.evil",
        "l\u{f6}calhost",
    ] {
        assert_eq!(checked(&[&format!("host: {host}")]), Err(Foreign::NoHost), "{host}");
    }
}

#[test]
fn there_is_one_host_and_it_is_the_targets() {
    assert_eq!(checked(&[]), Err(Foreign::NoHost), "HTTP/1.0 can leave it out");
    for second in ["localhost", "evil.example"] {
        assert_eq!(
            checked(&["host: localhost", &format!("host: {second}")]),
            Err(Foreign::NoHost),
            "{second}"
        );
    }
    for (target, host, is_taken) in [
        ("http://localhost:4566/", "localhost:4566", true),
        ("http://LOCALHOST:4566/", "localhost:4566", true),
        ("http://localhost/", "localhost:80", true),
        ("http://localhost:4566/", "127.0.0.1:4566", false),
        ("http://localhost:4566/", "localhost", false),
        ("http://evil.example/", "localhost", false),
        ("http://evil.example/", "evil.example", false),
        ("http://localhost/", "evil.example", false),
        ("http://user@localhost/", "localhost", false),
    ] {
        let request = request("GET", target, &[&format!("host: {host}")]);
        assert_eq!(Guard::default().check(&request, true).is_ok(), is_taken, "{target} {host}");
    }
}

#[test]
fn a_page_of_another_origin_is_refused() {
    let host = "host: localhost:4566";
    assert_eq!(checked(&[host, &format!("origin: {OWN}")]), Ok(Sender::Own));
    assert_eq!(checked(&["host: localhost", "origin: http://localhost"]), Ok(Sender::Own));
    assert_eq!(checked(&["host: LOCALHOST:80", "origin: http://localhost"]), Ok(Sender::Own));
    for origin in [
        "http://evil.example",
        "http://localhost",
        "http://localhost:8080",
        "http://127.0.0.1:4566",
        "http://[::1]:4566",
        "https://localhost:4566",
        "ftp://localhost:4566",
        "localhost:4566",
        "//localhost:4566",
        "http://localhost:4566/",
        "http://localhost:4566.evil.example",
        "http://evil@localhost:4566",
        "http://a.localhost:4566",
        "file://",
        "chrome-extension://abc",
        "http://localhost:4566 http://evil.example",
        "",
    ] {
        let refused = checked(&[host, &format!("origin: {origin}")]);
        assert_eq!(refused, Err(Foreign::Origin(origin.to_owned())));
    }
    for origins in
        [&["origin: null"][..], &["origin: \u{f6}"], &["origin: http://localhost:4566", "origin: null"]]
    {
        assert_eq!(checked(&[&[host], origins].concat()), Err(Foreign::NoOrigin), "{origins:?}");
    }
}

#[test]
fn a_request_that_another_site_caused_is_refused() {
    let from = |site: &str| checked(&["host: localhost", &format!("sec-fetch-site: {site}")]);
    assert_eq!((from("same-origin"), from("none")), (Ok(Sender::Own), Ok(Sender::Own)));
    for site in ["cross-site", "same-site", "SAME-ORIGIN", "", "unheard-of"] {
        assert_eq!(from(site), Err(Foreign::Site), "{site}");
    }
    let two = ["host: localhost", "sec-fetch-site: same-origin", "sec-fetch-site: cross-site"];
    assert_eq!(checked(&two), Err(Foreign::Site));
}

#[test]
fn any_site_may_lead_a_window_to_a_page_and_to_nothing_else() {
    let visit = [
        "host: localhost",
        "sec-fetch-site: cross-site",
        "sec-fetch-mode: navigate",
        "sec-fetch-dest: document",
    ];
    let check =
        |method, headers: &[&str], is_page| Guard::default().check(&request(method, "/", headers), is_page);
    assert_eq!(check("GET", &visit, true), Ok(Sender::Own));
    assert_eq!(check("GET", &visit, false), Err(Foreign::Site), "an object");
    assert_eq!(check("POST", &visit, true), Err(Foreign::Site), "a form");
    for (place, other) in [
        (2, "sec-fetch-mode: no-cors"),
        (2, "sec-fetch-mode: cors"),
        (3, "sec-fetch-dest: iframe"),
        (3, "sec-fetch-dest: script"),
        (3, "sec-fetch-dest: empty"),
    ] {
        let mut headers = visit;
        headers[place] = other;
        assert_eq!(check("GET", &headers, true), Err(Foreign::Site), "{other}");
    }
    assert_eq!(check("GET", &visit[..3], true), Err(Foreign::Site));
    let of_page = [&visit[..], &["origin: http://evil.example"]].concat();
    assert!(matches!(check("GET", &of_page, true), Err(Foreign::Origin(_))));
}

#[test]
fn allowed_hosts_and_origins_come_in_and_nothing_beside_them() {
    let guard = Guard::default()
        .allow_host("Host.Docker.Internal".parse().unwrap())
        .allow_host("[fd00::1]".parse().unwrap())
        .allow_origin("HTTP://localhost:5173".parse().unwrap())
        .allow_origin("https://dev.example:443".parse().unwrap());
    let check = |headers: &[&str]| guard.check(&request("PUT", "/a/b", headers), false);
    for host in ["host.docker.internal:4566", "HOST.docker.internal", "[fd00:0::1]:1"] {
        assert_eq!(check(&[&format!("host: {host}")]), Ok(Sender::Own), "{host}");
    }
    for host in
        ["docker.internal", "a.host.docker.internal", "host.docker.internal.evil.example", "[fd00::2]"]
    {
        assert!(matches!(check(&[&format!("host: {host}")]), Err(Foreign::Host(_))), "{host}");
    }
    for origin in ["http://localhost:5173", "https://dev.example"] {
        for site in ["same-site", "cross-site"] {
            let page =
                check(&["host: localhost", &format!("origin: {origin}"), &format!("sec-fetch-site: {site}")]);
            assert_eq!(page, Ok(Sender::Page(HeaderValue::from_static(origin))));
        }
        let rebound = check(&["host: evil.example", &format!("origin: {origin}")]);
        assert!(matches!(rebound, Err(Foreign::Host(_))), "the host counts for everybody");
    }
    for origin in
        ["http://localhost:5174", "https://localhost:5173", "http://dev.example", "https://dev.example.evil"]
    {
        assert!(
            matches!(check(&["host: localhost", &format!("origin: {origin}")]), Err(Foreign::Origin(_))),
            "{origin}"
        );
    }
    assert_eq!(
        check(&["host: localhost", "sec-fetch-site: same-site"]),
        Err(Foreign::Site),
        "without its origin"
    );
}

#[test]
fn an_allowance_is_one_host_or_one_origin() {
    for host in [
        "",
        "*",
        "*.docker.internal",
        "host:4566",
        "http://host",
        "host/",
        "a b",
        "host.",
        "user@host",
        "::1",
    ] {
        assert!(host.parse::<AllowedHost>().is_err(), "{host}");
    }
    for origin in [
        "",
        "*",
        "null",
        "localhost:5173",
        "http://",
        "http://*",
        "http://localhost:5173/",
        "http://a/b",
        "://a",
        "http://user@a",
        "http://a:x",
        "file://",
    ] {
        assert!(origin.parse::<AllowedOrigin>().is_err(), "{origin}");
    }
    assert_eq!("http://a:80".parse::<AllowedOrigin>(), "HTTP://A".parse());
}

#[test]
fn a_refusal_names_the_option_that_would_let_it_in() {
    for (foreign, option) in [
        (checked(&["host: host.docker.internal:4566"]), "--allow-host host.docker.internal."),
        (
            checked(&["host: localhost", "origin: http://localhost:5173"]),
            "--allow-origin http://localhost:5173.",
        ),
        (checked(&["host: localhost", "origin: null"]), "--allow-origin"),
        (checked(&["host: localhost", "sec-fetch-site: cross-site"]), "--allow-origin"),
    ] {
        let sentence = foreign.unwrap_err().to_string();
        assert!(sentence.contains(option), "{sentence}");
    }
}

#[test]
fn only_a_program_passes_as_one() {
    let check = |header: &str| Guard::check_program(&request("GET", "/", &["host: 127.0.0.1:1", header]));
    assert_eq!(check("user-agent: aws-lambda-rust"), Ok(()));
    for header in [
        "origin: http://127.0.0.1:1",
        "origin: null",
        "sec-fetch-site: none",
        "sec-fetch-site: same-origin",
        "sec-fetch-mode: navigate",
        "sec-fetch-dest: document",
    ] {
        assert_eq!(check(header), Err(Foreign::Page), "{header}");
    }
    let rebound = Guard::check_program(&request("GET", "/", &["host: evil.example"]));
    assert_eq!(rebound, Err(Foreign::Host("evil.example".to_owned())));
}
