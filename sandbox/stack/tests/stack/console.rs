//! The console, and requests for it from elsewhere than this machine.

use super::{PATIENCE, next, post, project, start};
use reqwest::{Client, Method, redirect::Policy};
use sandbox::Stack;
use sandbox::events::Event;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The files of the page.
const FILES: [&str; 9] = [
    "",
    "console.js",
    "overview.js",
    "place.js",
    "plot.js",
    "view.js",
    "console.css",
    "console.json",
    "metrics",
];

/// Status, head in lower case and body of the answer to a request line and headers.
async fn ask(stack: &Stack, line: &str, headers: &str) -> (u16, String, String) {
    let address = stack.aws().endpoint_url().strip_prefix("http://").unwrap();
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
    let stack = project().functions(false).start().await.unwrap();
    for file in FILES {
        for host in [
            "127.0.0.1",
            "127.0.0.2",
            "localhost",
            "LOCALHOST:1",
            "a.localhost",
            "127.0.0.1:4566",
            "[::1]:4566",
        ] {
            let (status, ..) =
                ask(&stack, &format!("GET /_sandbox/{file}"), &format!("host: {host}\r\n")).await;
            assert_eq!(status, 200, "{file} {host}");
        }
        for host in [
            "evil.example",
            "evil.example:4566",
            "localhost.evil.example",
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
                ask(&stack, &format!("GET /_sandbox/{file}"), &format!("host: {host}\r\n")).await;
            assert!([400, 403].contains(&status), "{file} {host}: {status} {body:.200}");
            assert!(
                !body.contains("dead_letter_queue") && !body.contains("# HELP"),
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
            let (status, ..) = ask(&stack, &format!("GET /_sandbox/{file}"), headers).await;
            assert_eq!(status, 403, "{file} {headers:?}");
        }
        // The target's own host counts before the header.
        let (status, ..) =
            ask(&stack, &format!("GET http://evil.example/_sandbox/{file}"), "host: localhost\r\n").await;
        assert_eq!(status, 403, "{file}");
    }
}

#[tokio::test]
async fn another_sites_script_may_neither_read_nor_change_nor_frame_it() {
    let stack = project().functions(false).start().await.unwrap();
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let url = |file: &str| format!("{}/_sandbox/{file}", stack.aws().endpoint_url());
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
            assert_eq!(read.status(), 403, "{file} {origin}");
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
            assert_eq!(preflight.status(), 403, "{file} {origin}");
            assert!(preflight.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
        }
        for method in
            ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "PROPFIND", "QUERY", "BREW"]
        {
            for headers in [
                "",
                "x-http-method-override: GET\r\n",
                "content-type: text/plain\r\nx-amz-target: AmazonSQS.PurgeQueue\r\n",
            ] {
                let (status, head, _) = ask(
                    &stack,
                    &format!("{method} /_sandbox/{file}"),
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
    let stack = project().functions(false).start().await.unwrap();
    for path in [
        "/_sandbox/nothing",
        "/_sandbox/../_sandbox/console.json",
        "/_sandbox/..",
        "/_sandbox/console.js/",
        "/_sandbox/console.js/..",
        "/_sandbox//console.json",
        "/_sandbox/./console.json",
        "/_sandbox/%63onsole.json",
        "/_sandbox/console.json%00",
        "/_sandbox/console.rs",
        "/_sandbox/../../../etc/passwd",
        "/_sandbox/..%2f..%2fetc%2fpasswd",
        "/_sandbox/CONSOLE.JSON",
        "/_SANDBOX/console.json",
        "/%5fsandbox/console.json",
        "//_sandbox/console.json",
        "/x/../_sandbox/console.json",
        "/_sandbox%2fconsole.json",
        "/_sandboxx/console.json",
        "/_sandbox\\console.json",
        "/_sandbox/\u{202e}",
    ] {
        let (status, _, body) = ask(&stack, &format!("GET {path}"), "host: localhost\r\n").await;
        assert!((400..500).contains(&status), "{path}: {status} {body:.200}");
        assert!(!body.contains("dead_letter_queue") && !body.contains("root:"), "{path}: {body:.200}");
        assert!(!body.contains('\u{202e}'), "{path}: nothing of it comes back: {body:.200}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_requests_queues_functions_and_history() {
    let stack = start().await;
    let mut events = stack.events();
    let answer = post(&stack, "hello").await;
    let client = |event| match event {
        Event::Answered { user_agent, .. } => Some(user_agent),
        _ => None,
    };
    assert_eq!(next(&mut events, client).await, None, "the test's client names itself not");
    let url = format!("{}/_sandbox/console.json", stack.aws().endpoint_url());
    let shown = async || -> Value {
        serde_json::from_str(&reqwest::get(&url).await.unwrap().text().await.unwrap()).unwrap()
    };
    let report = timeout(PATIENCE, async {
        loop {
            let report = shown().await;
            if report["requests"][0].is_object() && report["history"][1].is_object() {
                return report;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let report = report.await.unwrap();
    assert_eq!(report["answers"], json!({answer.0.to_string(): 1}));
    let request = &report["requests"][0];
    assert_eq!(
        (&request["method"], &request["path"], &request["status"]),
        (&json!("POST"), &json!("/"), &json!(answer.0))
    );
    let function = &report["functions"][0];
    assert_eq!((&function["cold_starts"], function["instances"].as_array().unwrap().len()), (&json!(1), 1));
    let dead_letter_queues =
        report["queues"].as_array().unwrap().iter().filter(|q| q["dead_letter_queue"] == true);
    assert_eq!(dead_letter_queues.count(), 1);
    assert_eq!(report["sample_seconds"], 1);
    let hour = reqwest::get(format!("{url}?history=hour&limit=0")).await.unwrap().text().await.unwrap();
    let hour: Value = serde_json::from_str(&hour).unwrap();
    assert_eq!((&hour["sample_seconds"], &hour["requests"]), (&json!(10), &json!([])));
    assert!(hour["history"][0].is_object());
}
