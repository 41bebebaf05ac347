//! The output for a person.

use super::{PATIENCE, Up, gone, mailroom, process_of, run_curl, stored};
use crate::harness::root;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

#[tokio::test]
async fn the_demo_ends_with_the_stored_object_on_the_screen() {
    demo_ends_with_the_object(&[]).await;
}

#[tokio::test]
async fn the_demo_of_an_http_api_ends_with_the_stored_object_on_the_screen() {
    demo_ends_with_the_object(&["--parameter", "Endpoint=http-api"]).await;
}

async fn demo_ends_with_the_object(arguments: &[&str]) {
    let arguments = [&["demo"], arguments].concat();
    let output = timeout(PATIENCE, mailroom(&arguments).await.output()).await.unwrap().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("/John doe_1693561101.json"), "{printed}");
    let object: Value = serde_json::from_str(printed.trim().lines().last().unwrap()).unwrap();
    let sample = std::fs::read_to_string(root().join("events/alb-post-email.json")).unwrap();
    let event: Value = serde_json::from_str(&sample).unwrap();
    let sent: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
    assert_eq!(object, sent["data"]);
}

#[tokio::test]
async fn up_prints_a_curl_that_works_and_shows_the_email_on_its_way_until_ctrl_c() {
    let data = tempfile::tempdir().unwrap();
    let mut up = Up::start(&["--data", data.path().to_str().unwrap(), "--time-scale", "20"]).await;
    let curl = up.line_with("curl ").await;
    assert_eq!(run_curl(&curl).await, 200, "{curl}");
    let api = process_of(&up.line_with("cold start").await);
    let worker = process_of(&up.line_with("cold start").await);
    let line = up.line_with("  stored").await;
    assert!(line.contains("200 in ") && line.contains("  John doe_1693561101.json  "), "{line}");
    assert!(!line.contains('\u{1b}'), "no colours where there is no terminal: {line}");
    let stored = stored(data.path(), "John doe_1693561101.json");
    assert_eq!(serde_json::from_str::<Value>(&stored).unwrap()["email_sender"], "John doe");

    up.signal("-INT").await;
    up.line_with("Stopped").await;
    assert!(timeout(PATIENCE, up.process.wait()).await.unwrap().unwrap().success());
    gone(&api).await;
    gone(&worker).await;
}

#[tokio::test]
async fn a_refused_email_and_a_duplicate_are_lines_too() {
    let mut up = Up::start(&["--time-scale", "20"]).await;
    let curl = up.line_with("curl ").await;
    assert_eq!(run_curl(&curl).await, 200);
    up.line_with("  stored  ").await;
    assert_eq!(run_curl(&curl).await, 200);
    up.line_with("  duplicate  ").await;
    assert_eq!(run_curl(&curl.replace("\"token\"", "\"no\"")).await, 403);
    assert!(up.line_with("  refused  ").await.contains("POST /api/email"));
}

#[tokio::test]
async fn chaos_is_announced_shown_and_summed_up_and_loses_nothing() {
    let mut up = Up::start(&["--time-scale", "100", "--chaos", "7"]).await;
    assert!(up.line_with("chaos").await.contains("seed 7"));
    let curl = up.line_with("curl ").await;
    for n in 0..40 {
        let one = curl.replace("John doe", &format!("sender {n}"));
        while run_curl(&one).await != 200 {}
    }
    let mut missing: Vec<_> = (0..40).map(|n| format!("  sender {n}_1693561101.json")).collect();
    let mut faults = 0;
    while faults == 0 || !missing.is_empty() {
        let line = timeout(PATIENCE, up.output.next_line()).await.unwrap().unwrap().unwrap();
        faults += usize::from(line.contains("  fault  "));
        missing.retain(|object| !line.contains(object));
    }
    up.signal("-INT").await;
    up.line_with("Injected faults").await;
    up.line_with("Stopped").await;
}

#[tokio::test]
async fn nothing_that_a_stranger_sends_plays_with_the_terminal() {
    let mut up = Up::start(&["--time-scale", "20"]).await;
    let curl = up.line_with("curl ").await;
    let sender = r"\u001b[2J\u009b31m\r\u202e";
    assert_eq!(run_curl(&curl.replace("John doe", &format!("{sender} John doe"))).await, 200);
    let line = up.line_with("  stored  ").await;
    assert!(line.contains("John doe"), "{line:?}");

    // An HTTP client would escape them, and a load balancer takes them raw: CSI and NEL of C1, and directions.
    let (address, _) = curl.split_once("http://").unwrap().1.split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "POST /evil\u{9b}2J\u{85}\u{202e}\u{2066} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let refused = up.line_with("  refused  ").await;
    assert!(refused.contains("POST /evil\u{fffd}2J"), "{refused:?}");
    for line in [line, refused] {
        let harmful = |c: char| c.is_control() || "\u{202e}\u{2066}".contains(c);
        assert!(!line.contains(harmful), "{line:?}");
    }
}

#[tokio::test]
async fn colours_can_be_asked_for() {
    let mut command = mailroom(&["up", "--port", "0", "--aws-port", "0", "--aws-only"]).await;
    command.env("CLICOLOR_FORCE", "1");
    let mut up = Up::spawn(command);
    assert!(up.line_with("Mailroom runs").await.starts_with("\u{1b}[1m"));
}

#[tokio::test]
async fn up_shows_an_http_api_beside_the_load_balancer_and_takes_emails_at_both() {
    let mut up = Up::start(&["--time-scale", "20", "--parameter", "Endpoint=both"]).await;
    let line = up.line_with("HTTP API ").await;
    let http_api = line.rsplit(' ').next().unwrap().to_owned();
    let curl = up.line_with("curl ").await;
    let (url, body) = curl.trim().strip_prefix("curl ").unwrap().split_once(' ').unwrap();
    assert_ne!(url, http_api);
    assert_eq!(run_curl(&curl).await, 200);
    up.line_with("  stored  ").await;
    assert_eq!(run_curl(&format!("curl {http_api} {}", body.replace("John doe", "Jane roe"))).await, 200);
    assert!(up.line_with("  stored  ").await.contains("Jane roe"));
}
