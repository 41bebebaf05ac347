//! The status page and the metrics beside it, as a person's browser and Prometheus get them.

use crate::harness::{DEAD_LETTER_QUEUE, Ours, QUEUE, Setup, email, root};
use reqwest::{Method, StatusCode, header};
use sandbox::services::sqs::{MessageAttribute, NewMessage};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::Stdio;
use tokio::process::Command;

/// What a stranger may send: a queue takes any attribute, so this is a dead letter's receipt.
const MARKUP: &str = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";

/// The page's address, or that of something beside it.
fn url(system: &Ours, name: &str) -> String {
    format!("{}/_mailroom/{name}", system.stack.aws().endpoint_url())
}

async fn get(system: &Ours, name: &str) -> String {
    reqwest::get(url(system, name)).await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

async fn report(system: &Ours) -> Value {
    serde_json::from_str(&get(system, "status.json").await).unwrap()
}

/// Posts an email of each kind: filed, filed before, refused and one that is no email at all. Waits until all of them
/// are where they stay.
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
    assert_eq!(stages, ["dead letter", "refused", "filed before", "filed"]);
    let first = &report["emails"][3];
    assert_eq!((&first["receipt"], &first["status"]), (&json!(receipt), &json!(200)));
    assert!(first["key"].as_str().unwrap().ends_with(".json") && first["took_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(report["dead_letters"][0]["receives"], 5);
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
async fn only_this_machine_may_look_and_nobody_may_change_anything() {
    let system = Ours::start().await;
    let client = reqwest::Client::new();
    let status = async |method: Method, name: &str, host: &str| {
        let request = client.request(method, url(&system, name)).header(header::HOST, host);
        request.send().await.unwrap()
    };
    for name in ["", "page.js", "plot.js", "page.css", "status.json", "metrics"] {
        let answer = status(Method::GET, name, "localhost:4566").await;
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
        assert!(
            answer.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'")
        );
        assert_eq!(
            status(Method::GET, name, "evil.example:4566").await.status(),
            StatusCode::FORBIDDEN,
            "{name}"
        );
        let posted = status(Method::POST, name, "localhost").await;
        assert_eq!(
            (posted.status(), &posted.headers()["allow"]),
            (StatusCode::METHOD_NOT_ALLOWED, &header::HeaderValue::from_static("GET, HEAD"))
        );
    }
    assert_eq!(status(Method::GET, "nowhere", "localhost").await.status(), StatusCode::NOT_FOUND);
    let without_slash = url(&system, "").trim_end_matches('/').to_owned();
    assert_eq!(reqwest::get(without_slash).await.unwrap().url().path(), "/_mailroom/");
}

/// What a real browser makes of the page: its document, after the scripts have run.
async fn in_a_browser(url: &str) -> Option<String> {
    let profile = tempfile::tempdir().unwrap();
    let mut browser = Command::new(std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned()));
    browser.args([
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=5000",
        "--dump-dom",
    ]);
    browser.arg(format!("--user-data-dir={}", profile.path().display())).arg(url);
    let output = browser.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(
                std::env::var_os("MAILROOM_BROWSER").is_none(),
                "there is no chromium: install it, or set CHROMIUM"
            );
            // Not with eprintln, which is heard only where a test fails.
            let _ = writeln!(std::io::stderr(), "status_page: nobody looked, since there is no chromium");
            return None;
        }
        Err(error) => panic!("chromium: {error}"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn a_browser_shows_it_and_a_script_in_a_senders_name_stays_text() {
    let (system, receipt) = busy().await;
    let Some(document) = in_a_browser(&url(&system, "")).await else { return };
    assert!(
        document.contains("<title>Mailroom on this machine</title>"),
        "a script of a stranger ran: {document}"
    );
    for part in [
        &receipt,
        "filed before",
        "dead letter",
        "refused",
        "not_json",
        "polyline",
        "local-worker",
        "&lt;img src=x",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    assert!(document.contains("as of "), "page.js has not run: {document}");
    assert_eq!(document.matches("<script").count(), 1, "only its own: {document}");
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let root = root().join("sandbox/stack/src/status/page");
    let files: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 4);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let elsewhere = text.replace("http://www.w3.org/2000/svg", ""); // a name, not an address
        assert!(!elsewhere.contains("://") && !elsewhere.contains("innerHTML"), "{}", file.display());
    }
}

#[tokio::test]
async fn prometheus_gets_what_the_functions_counted() {
    let (system, _) = busy().await;
    let counted = async || {
        let metrics = get(&system, "metrics").await;
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
