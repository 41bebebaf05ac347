//! The status page and its neighbours, asked by others than the person at this machine.

use crate::harness::{Ours, PATIENCE, Setup, email};
use reqwest::{Client, Method, redirect::Policy};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What the page is made of.
const FILES: [&str; 6] = ["", "page.js", "plot.js", "page.css", "status.json", "metrics"];

/// Status, head in lower case and body of the answer to a request line and headers.
async fn ask(system: &Ours, line: &str, headers: &str) -> (u16, String, String) {
    let address = system.stack.aws().endpoint_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{line} HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it is closed").unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{line}: {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

#[tokio::test]
async fn a_name_that_leads_here_from_elsewhere_sees_nothing() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    for file in FILES {
        for host in ["127.0.0.1", "localhost", "LOCALHOST:1", "127.0.0.1:4566", "[::1]:4566"] {
            let (status, ..) =
                ask(&system, &format!("GET /_mailroom/{file}"), &format!("host: {host}\r\n")).await;
            assert_eq!(status, 200, "{file} {host}");
        }
        for host in [
            "evil.example",
            "evil.example:4566",
            "localhost.evil.example",
            "evil.example.localhost",
            "127.0.0.1.evil.example",
            "127.0.0.1.nip.io",
            "localhost:80@evil.example",
            "evil.example#@localhost",
            "evil@127.0.0.1.evil.example",
            "localhost, evil.example",
            "localhost evil.example",
            "localhost.",
            "0.0.0.0",
            "0",
            "127.1",
            "127.0.0.2",
            "2130706433",
            "0x7f000001",
            "017700000001",
            "127.0.0.1%00.evil",
            "[::]",
            "[::ffff:127.0.0.1]",
            "::1",
            "xn--lcalhost-54a",
            "l\u{f6}calhost",
            "192.168.0.1",
            "169.254.169.254",
            "host.docker.internal",
            "*",
            "null",
            "",
        ] {
            let (status, _, body) =
                ask(&system, &format!("GET /_mailroom/{file}"), &format!("host: {host}\r\n")).await;
            assert!([400, 403].contains(&status), "{file} {host}: {status} {body:.200}");
            assert!(
                !body.contains("local-queue") && !body.contains("mailroom_"),
                "{file} {host}: {body:.200}"
            );
        }
        for headers in [
            "",
            "host: localhost\r\nhost: evil.example\r\n",
            "host: evil.example\r\nhost: localhost\r\n",
            "host: evil.example\r\nx-forwarded-host: localhost\r\n",
            "host: evil.example\r\nforwarded: host=localhost\r\n",
        ] {
            let (status, ..) = ask(&system, &format!("GET /_mailroom/{file}"), headers).await;
            assert_eq!(status, 403, "{file} {headers:?}");
        }
        // The target's own host counts before the header.
        let (status, ..) =
            ask(&system, &format!("GET http://evil.example/_mailroom/{file}"), "host: localhost\r\n").await;
        assert_eq!(status, 403, "{file}");
    }
}

#[tokio::test]
async fn another_sites_script_may_neither_read_nor_change_nor_frame_it() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let url = |file: &str| format!("{}/_mailroom/{file}", system.stack.aws().endpoint_url());
    for file in FILES {
        for origin in
            ["http://evil.example", "null", "http://localhost.evil.example", "file://", "http://127.0.0.1:1"]
        {
            let read = client
                .get(url(file))
                .header("origin", origin)
                .header("sec-fetch-site", "cross-site")
                .send()
                .await
                .unwrap();
            let headers = read.headers();
            assert!(
                headers.keys().all(|name| !name.as_str().starts_with("access-control")),
                "{file} {origin}: {headers:?}"
            );
            assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{file}");
            assert_eq!(
                (&headers["x-content-type-options"], &headers["cache-control"]),
                (&"nosniff".parse().unwrap(), &"no-store".parse().unwrap())
            );
            let policy = headers["content-security-policy"].to_str().unwrap();
            for part in
                ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]
            {
                assert!(policy.contains(part), "{file}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{file}: {policy}");
            let preflight = client.request(Method::OPTIONS, url(file)).header("origin", origin);
            let preflight = preflight.header("access-control-request-method", "GET").send().await.unwrap();
            assert_eq!(preflight.status(), 405, "{file} {origin}");
            assert!(preflight.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
        }
        for method in
            ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "PROPFIND", "QUERY", "MAILROOM"]
        {
            for headers in [
                "",
                "x-http-method-override: GET\r\n",
                "content-type: text/plain\r\nx-amz-target: AmazonSQS.PurgeQueue\r\n",
            ] {
                let (status, head, _) = ask(
                    &system,
                    &format!("{method} /_mailroom/{file}"),
                    &format!("host: localhost\r\n{headers}"),
                )
                .await;
                assert_eq!(status, 405, "{method} {file}");
                assert!(head.contains("allow: get, head"), "{head}");
            }
        }
    }
}

#[tokio::test]
async fn no_other_path_leads_to_it_and_none_leads_out_of_it() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    for path in [
        "/_mailroom/nothing",
        "/_mailroom/../_mailroom/status.json",
        "/_mailroom/..",
        "/_mailroom/page.js/",
        "/_mailroom/page.js/..",
        "/_mailroom//status.json",
        "/_mailroom/./status.json",
        "/_mailroom/%73tatus.json",
        "/_mailroom/status.json%00",
        "/_mailroom/page.rs",
        "/_mailroom/../../../etc/passwd",
        "/_mailroom/..%2f..%2fetc%2fpasswd",
        "/_mailroom/STATUS.JSON",
        "/_MAILROOM/status.json",
        "/%5fmailroom/status.json",
        "//_mailroom/status.json",
        "/x/../_mailroom/status.json",
        "/_mailroom%2fstatus.json",
        "/_mailroomx/status.json",
        "/_mailroom\\status.json",
        "/_mailroom/\u{202e}",
    ] {
        let (status, _, body) = ask(&system, &format!("GET {path}"), "host: localhost\r\n").await;
        assert!((400..500).contains(&status), "{path}: {status} {body:.200}");
        assert!(!body.contains("local-queue") && !body.contains("root:"), "{path}: {body:.200}");
        assert!(!body.contains('\u{202e}'), "{path}: nothing of it comes back: {body:.200}");
    }
}

#[tokio::test]
async fn what_strangers_send_is_data_in_the_report_and_no_line_of_the_metrics() {
    let system = Ours::start().await;
    let hostile = [
        "</script><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'-alert(1)-'",
        "{{7*7}}${7*7}",
        "a\u{1b}[2Jb",
        "a\u{202e}b\u{2028}c",
        "a\nmailroom_accepted_total{function_name=\"evil\"} 1\n",
        "__proto__",
        "javascript:alert(1)",
        "\0",
    ];
    for text in hostile {
        assert_eq!(system.post(&email(text)).await.status, 200, "{text:?}");
        // As far as a path may hold it.
        let path: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(system.send(Method::POST, &format!("/{path}"), &[], "").await.status, 404, "{text:?}");
    }
    system.stored_keys(hostile.len()).await;
    let told = async || {
        let (status, head, body) = ask(&system, "GET /_mailroom/status.json", "host: localhost\r\n").await;
        assert_eq!(status, 200);
        assert!(
            head.contains("content-type: application/json")
                && head.contains("x-content-type-options: nosniff"),
            "{head}"
        );
        let report: Value = serde_json::from_str(&body).unwrap();
        (report["stored"] == hostile.len()
            && report["answers"] == json!({"200": hostile.len(), "404": hostile.len()}))
        .then_some(report)
    };
    let report = system.until("the whole report", told).await;
    for email in report["emails"].as_array().unwrap() {
        let shown =
            [&email["key"], &email["path"]].map(|text| text.as_str().unwrap_or_default().to_owned()).concat();
        let harmful = ['<', '>', '"', '\u{1b}', '\n', '\0', '\u{202e}', '\u{2028}'];
        assert!(!shown.contains(harmful), "{shown:?}");
    }
    let (_, head, metrics) = ask(&system, "GET /_mailroom/metrics", "host: localhost\r\n").await;
    assert!(head.contains("nosniff") && metrics.contains("mailroom_accepted_total"), "{metrics}");
    assert!(!metrics.contains("evil") && !metrics.contains("alert"), "{metrics}");
}
