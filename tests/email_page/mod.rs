//! The email page and the metrics beside it, as a browser and Prometheus get them.
//!
//! - `reading`: a person's actions on the page; `looks`: widths, contrast and screen readers;
//! - `browser`: a real browser for both.

mod browser;
mod looks;
mod reading;

use crate::harness::{DEAD_LETTER_QUEUE, Ours, QUEUE, Setup, email, root};
use reqwest::{Method, StatusCode, header};
use sandbox::services::sqs::{MessageAttribute, NewMessage};
use serde_json::{Value, json};

/// A queue takes any attribute, so a stranger can make this a dead letter's receipt.
const MARKUP: &str = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

fn url(system: &Ours, path: &str) -> String {
    format!("{}{path}", system.stack.aws().endpoint_url())
}

async fn get(system: &Ours, path: &str) -> String {
    reqwest::get(url(system, path)).await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

/// The figures of the console and the emails, as the page reads them.
async fn report(system: &Ours) -> Value {
    let mut report: Value = serde_json::from_str(&get(system, "/_sandbox/console.json").await).unwrap();
    let emails: Value = serde_json::from_str(&get(system, "/_mailroom/emails.json").await).unwrap();
    report.as_object_mut().unwrap().extend(emails.as_object().unwrap().clone());
    report
}

/// Posts an email, the same again, one with a wrong token, and sends the queue a message that is not an email. Waits
/// until each of them has ended.
async fn busy() -> (Ours, String) {
    let system = Ours::start_with(Setup::usual().fast()).await;
    let data = email("<script>document.title='owned'</script>");
    let receipt = system.post(&data).await.receipt();
    system.stored_keys(1).await;
    system.post(&data).await;
    system.post_token("wrong").await;
    let attribute = MessageAttribute {
        data_type: "String".to_owned(),
        string_value: Some(MARKUP.to_owned()),
        binary_value: None,
    };
    let poison = NewMessage {
        body: "no email".to_owned(),
        attributes: [("receipt".to_owned(), attribute)].into(),
        ..Default::default()
    };
    system.queue(QUEUE).send(poison).unwrap();
    let dead = system.queue(DEAD_LETTER_QUEUE);
    system.until("a dead letter", async || (dead.counts().visible == 1).then_some(())).await;
    system.queue_drained().await;
    (system, receipt)
}

#[tokio::test]
async fn the_report_tells_what_became_of_each_email() {
    let (system, receipt) = busy().await;
    let is_told = async || {
        let report = report(&system).await;
        (report["dead_letters"][0]["reason"].as_str()?.contains("not_json")
            && report["history"][1].is_object())
        .then_some(report)
    };
    let report = system.until("the report", is_told).await;
    assert_eq!(report["answers"], json!({"200": 2, "403": 1}));
    assert_eq!(report["stored"], 1);
    let stages: Vec<_> = report["emails"].as_array().unwrap().iter().map(|email| &email["stage"]).collect();
    assert_eq!(stages, ["dead letter", "refused", "duplicate", "stored"]);
    let first = &report["emails"][3];
    assert_eq!((&first["receipt"], &first["status"]), (&json!(receipt), &json!(200)));
    assert!(first["key"].as_str().unwrap().ends_with(".json") && first["took_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(report["dead_letters"][0]["letters"][0]["receives"], 5);
    let queue =
        |name: &str| report["queues"].as_array().unwrap().iter().find(|q| q["name"] == name).unwrap().clone();
    assert_eq!(queue(QUEUE)["visible"], 0);
    assert_eq!(queue(DEAD_LETTER_QUEUE)["visible"], 1);
    assert!(queue(DEAD_LETTER_QUEUE)["oldest_seconds"].as_f64().is_some());
    let functions = report["functions"].as_array().unwrap();
    assert_eq!(functions.len(), 2);
    for function in functions {
        assert_eq!(
            function["cold_starts"].as_u64(),
            Some(function["instances"].as_array().unwrap().len() as u64)
        );
    }
    let history = report["history"].as_array().unwrap();
    let stored: u64 = history.iter().map(|second| second["stored"].as_u64().unwrap()).sum();
    assert!(stored <= 1, "each object is in one second only");
}

#[tokio::test]
async fn a_queue_that_waits_is_seen_to_wait() {
    let system = Ours::start_with(Setup::usual().time_scale(1.0).unpolled()).await;
    let queue = system.queue(QUEUE);
    for _ in 0..3 {
        queue.send(NewMessage { body: "x".to_owned(), ..Default::default() }).unwrap();
    }
    queue.receive(1, std::time::Duration::ZERO).await;
    let report = report(&system).await;
    let seen = report["queues"].as_array().unwrap().iter().find(|q| q["name"] == QUEUE).unwrap();
    assert_eq!((&seen["visible"], &seen["in_flight"]), (&json!(2), &json!(1)));
    assert!(seen["oldest_seconds"].as_f64().unwrap() >= 0.0);
    let sampled = async || {
        let report = self::report(&system).await;
        let last = report["history"].as_array()?.last()?.clone();
        (last["waiting"] == 2 && last["in_flight"] == 1).then_some(())
    };
    system.until("a second with three messages", sampled).await;
}

#[tokio::test]
async fn the_page_answers_this_machine_only_and_changes_nothing() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let client = reqwest::Client::new();
    let ask = async |method: Method, name: &str, host: &str| {
        let request = client.request(method, url(&system, &format!("/_mailroom/{name}")));
        request.header(header::HOST, host).send().await.unwrap().status()
    };
    assert_eq!(system.post_token("wrong").await.status, 403);
    let email = "email.json?number=0";
    let is_known = async || (ask(Method::GET, email, "localhost").await == StatusCode::OK).then_some(());
    system.until("an email", is_known).await;
    let files = ["", "page.css", "page.js", "list.js", "detail.js", "letters.js", "paste.js"];
    for name in files.into_iter().chain(["emails.json", email]) {
        assert_eq!(ask(Method::GET, name, "localhost:4566").await, StatusCode::OK, "{name}");
        assert_eq!(ask(Method::GET, name, "evil.example:4566").await, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(ask(Method::POST, name, "localhost").await, StatusCode::METHOD_NOT_ALLOWED, "{name}");
    }
    for name in ["emails.json", email] {
        for (header, value, status) in [
            ("origin", "http://evil.example", StatusCode::FORBIDDEN),
            ("origin", "null", StatusCode::FORBIDDEN),
            ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
            ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
            ("sec-fetch-site", "same-origin", StatusCode::OK),
        ] {
            let request = client.get(url(&system, &format!("/_mailroom/{name}"))).header(header, value);
            assert_eq!(request.send().await.unwrap().status(), status, "{name}: {header}: {value}");
        }
    }
    for name in
        ["nowhere", "email.json", "email.json?number=1", "email.json?number=-1", "email.json?number=x"]
    {
        assert_eq!(ask(Method::GET, name, "localhost").await, StatusCode::NOT_FOUND, "{name}");
    }
    assert_eq!(reqwest::get(url(&system, "/_mailroom")).await.unwrap().url().path(), "/_mailroom/");
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    for directory in ["sandbox/stack/src/console/page", "cli/mailroom-local/src/email_page"] {
        let files = std::fs::read_dir(root().join(directory)).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<_> = files.filter(|file| file.extension().is_some_and(|name| name != "rs")).collect();
        assert!(files.len() > 1, "{directory}");
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            // Names, not addresses.
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "").replace("`s3://${", "");
            assert!(!elsewhere.contains("://") && !elsewhere.contains("innerHTML"), "{}", file.display());
        }
    }
}

#[tokio::test]
async fn prometheus_gets_what_the_functions_counted() {
    let (system, _) = busy().await;
    let counted = async || {
        let metrics = get(&system, "/_sandbox/metrics").await;
        // The last of the worker's invocations is the fifth that sees the poison.
        metrics.contains(r#"mailroom_poison_total{function_name="local-worker"} 5.0"#).then_some(metrics)
    };
    let metrics = system.until("the last count", counted).await;
    for sample in [
        r#"mailroom_accepted_total{function_name="local-api"} 2.0"#,
        r#"mailroom_refused_total{function_name="local-api",reason="token"} 1.0"#,
        r#"mailroom_filed_total{function_name="local-worker"} 1.0"#,
        r#"mailroom_duplicates_total{function_name="local-worker"} 1.0"#,
        r#"mailroom_sqs_send_latency_seconds_count{function_name="local-api"} 2"#,
        r#"mailroom_age_when_filed_seconds_count{function_name="local-worker"} 1"#,
    ] {
        assert!(metrics.contains(sample), "{sample} in\n{metrics}");
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
        let report = report(&system).await;
        (report["stored"] == hostile.len()
            && report["answers"] == json!({"200": hostile.len(), "404": hostile.len()}))
        .then_some(report)
    };
    let whole = system.until("the whole report", told).await;
    for email in whole["emails"].as_array().unwrap() {
        let shown =
            [&email["key"], &email["path"]].map(|text| text.as_str().unwrap_or_default().to_owned()).concat();
        let harmful = ['<', '>', '"', '\u{1b}', '\n', '\0', '\u{202e}', '\u{2028}'];
        assert!(!shown.contains(harmful), "{shown:?}");
    }
    let metrics = get(&system, "/_sandbox/metrics").await;
    assert!(metrics.contains("mailroom_accepted_total"), "{metrics}");
    assert!(!metrics.contains("evil") && !metrics.contains("alert"), "{metrics}");
}
