//! Each step fails once, and is named in the answer, the log and the metrics.

use super::deployment::deploy;
use super::{ALL_STEPS, CANARY, canary, run, setup};
use crate::check::proxy::{Defect, ProxiedRequest, ProxiedResponse, Proxy, listen};
use crate::harness::{Ours, TOKEN};
use crate::metrics::line::Told;
use crate::tls::Tls;
use aws_sdk_ssm::types::ParameterType;
use sandbox::services::faults::Times;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpListener;

/// Long enough for an email on a busy machine.
const PATIENT: Duration = Duration::from_secs(60);
/// For an email that never comes.
const IMPATIENT: Duration = Duration::from_secs(4);

/// Runs the canary, which has to fail in this step with this reason.
async fn fails(system: &Ours, changes: &[(&str, &str)], timeout: Duration, step: &str, says: &str) {
    assert!(ALL_STEPS.contains(&step), "{step}");
    let answer = run(&canary(system, changes, timeout)).await;
    assert_eq!((&answer["passed"], &answer["step"]), (&false.into(), &step.into()), "{says}: {answer}");
    assert!(answer["reason"].as_str().unwrap().contains(says), "{says}: {answer}");
    let is_this = |line: &Value| line["step"] == step && line["reason"] == answer["reason"];
    let logged = async || system.log.with_message("canary failed").into_iter().find(is_this);
    let line = system.until("its line", logged).await;
    assert_eq!(line["level"], "ERROR");
    let counted = async || {
        let lines = Told::by(CANARY, &system.log.lines()).lines;
        lines.into_iter().find(|metrics| metrics["request_id"] == line["request_id"])
    };
    let metrics = system.until("its metrics", counted).await;
    assert_eq!((&metrics["Step"], &metrics["CanaryFailed"]), (&step.into(), &1.0.into()), "{metrics}");
    assert!(metrics.get("CanaryPassed").is_none(), "{metrics}");
    assert!(!system.log.text().contains(TOKEN), "the log has the token");
}

#[tokio::test]
async fn a_token_that_can_not_be_had_is_named() {
    let system = Ours::start_with(setup()).await;
    let missing = [("SSM_TOKEN_PARAMETER", "/local/nothing")];
    fails(&system, &missing, PATIENT, "token", "the parameter doesn't exist").await;
    system.set_tokens("\r\n").await;
    fails(&system, &[], PATIENT, "token", "the parameter holds no token").await;
    let plain = system.ssm.put_parameter().name("/local/plain").value(TOKEN).r#type(ParameterType::String);
    plain.send().await.unwrap();
    let plain = [("SSM_TOKEN_PARAMETER", "/local/plain")];
    fails(&system, &plain, PATIENT, "token", "the parameter is not a SecureString").await;
    system.fail("GetParameter", 400, "AccessDeniedException", Times::Always);
    fails(&system, &[], PATIENT, "token", "SSM GetParameter: refused: AccessDeniedException").await;
}

#[tokio::test]
async fn an_address_that_can_not_be_reached_is_named() {
    let system = Ours::start_with(setup()).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let closed = format!("http://{closed}");
    fails(&system, &[("MAILROOM_URL", &closed)], PATIENT, "connect", "onnection refused").await;
    let unknown = [("MAILROOM_URL", "http://nowhere.invalid")];
    fails(&system, &unknown, PATIENT, "connect", "no answer from http://nowhere.invalid/api/email: ").await;
}

#[tokio::test]
async fn a_certificate_for_another_name_or_of_an_unknown_authority_is_named() {
    let system = Ours::start_with(setup()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let tls = Tls::on(listener, system.url.trim_start_matches("http://"));
    let file = tls.authority.to_str().unwrap();
    let right = format!("https://localhost:{port}");
    let answer = run(&canary(&system, &[("MAILROOM_URL", &right), ("SSL_CERT_FILE", file)], PATIENT)).await;
    assert_eq!(answer["passed"], true, "{answer}");
    fails(&system, &[("MAILROOM_URL", &right)], PATIENT, "connect", "invalid peer certificate").await;
    let by_address = format!("https://127.0.0.1:{port}");
    let by_address = [("MAILROOM_URL", &*by_address), ("SSL_CERT_FILE", file)];
    fails(&system, &by_address, PATIENT, "connect", "certificate not valid for name").await;
}

#[tokio::test]
async fn a_refused_email_is_named() {
    let (listener, url) = listen().await;
    let system = Ours::start_with(setup()).await;
    let proxy = Proxy::open(listener, system.stack.url());
    let through = [("MAILROOM_URL", &*url)];
    for (defect, says) in [
        (Defect::Response(|_, answer| answer.status = 503), "503 instead of 200"),
        (Defect::Response(|_, answer| answer.status = 301), "301 instead of 200"),
        (Defect::Response(|_, answer| answer.body.clear()), "200 without message_id"),
        (Defect::Response(without_receipt), "200 without a receipt"),
    ] {
        proxy.has(defect);
        fails(&system, &through, PATIENT, "accept", says).await;
    }
    let wrong = system.ssm.put_parameter().name("/local/wrong").value("wrong");
    wrong.r#type(ParameterType::SecureString).send().await.unwrap();
    let wrong = [("SSM_TOKEN_PARAMETER", "/local/wrong")];
    let says = "403 instead of 200: the parameter's first token is not in force";
    fails(&system, &wrong, PATIENT, "accept", says).await;
}

#[tokio::test]
async fn an_email_that_does_not_come_or_comes_changed_is_named() {
    let (listener, url) = listen().await;
    let system = Ours::start_with(setup()).await;
    let proxy = Proxy::open(listener, system.stack.url());
    let through = [("MAILROOM_URL", &*url)];
    // The first run starts `api`.
    assert_eq!(run(&canary(&system, &through, PATIENT)).await["passed"], true);
    proxy.has(Defect::Drops(1));
    fails(&system, &through, IMPATIENT, "store", "the bucket doesn't hold this email").await;
    proxy.has(Defect::Request(changes_the_subject));
    let says = "the body is not exactly the email that was sent";
    fails(&system, &through, PATIENT, "compare", says).await;
    proxy.has(Defect::Response(with_another_receipt));
    fails(&system, &through, PATIENT, "compare", "the receipt is ").await;
    proxy.has(Defect::Nothing);
    system.fail("GetObject", 403, "AccessDenied", Times::Always);
    fails(&system, &through, IMPATIENT, "store", "S3 GetObject: refused: AccessDenied").await;
}

#[tokio::test]
async fn a_setting_that_is_missing_or_wrong_is_named() {
    let system = Ours::start_with(setup()).await;
    let nothing = [("MAILROOM_URL", "")];
    fails(&system, &nothing, PATIENT, "settings", "MAILROOM_URL is not set: set this").await;
    let (nothing, says) = ([("CANARY_SENDER", " ")], "CANARY_SENDER makes no email: ");
    fails(&system, &nothing, PATIENT, "token", says).await;
}

#[tokio::test]
async fn neither_the_token_nor_anything_of_its_email_is_logged_even_at_trace() {
    const SECRET: &str = "τόκενορθό";
    let (listener, url) = listen().await;
    let system = Ours::start_with(setup().parameter("LogLevel", "TRACE")).await;
    system.set_tokens(SECRET).await;
    let proxy = Proxy::open(listener, system.stack.url());
    let through = [("MAILROOM_URL", &*url)];
    let passed = run(&canary(&system, &[], PATIENT)).await;
    assert_eq!(passed["passed"], true, "{passed}");
    proxy.has(Defect::Response(|_, answer| answer.status = 503));
    assert_eq!(run(&canary(&system, &through, PATIENT)).await["step"], "accept");
    proxy.has(Defect::Response(with_another_receipt));
    assert_eq!(run(&canary(&system, &through, PATIENT)).await["step"], "compare");
    let (answer, _) = deploy(&system, &[]).await;
    assert_eq!(answer["passed"], true, "{answer}");
    system.logged("canary failed", 2).await;
    system.logged("new versions passed", 1).await;

    let mut secrets = vec![SECRET.to_owned()];
    for key in system.keys().await {
        let email: Value = serde_json::from_str(&system.object(&key).await.text).unwrap();
        secrets.extend([key, email["email_content"].as_str().unwrap().to_owned()]);
    }
    assert!(secrets.len() > 8, "{secrets:?}");
    let log = system.log.text();
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log");
    }
}

fn without_receipt(_: &ProxiedRequest, answer: &mut ProxiedResponse) {
    answer.body = answer.body.replace("receipt", "other");
}

fn changes_the_subject(asked: &mut ProxiedRequest) {
    asked.body = asked.body.replace("mailroom canary", "another subject");
}

/// The object has the receipt that `api` gave it.
fn with_another_receipt(_: &ProxiedRequest, answer: &mut ProxiedResponse) {
    let mut body: Value = serde_json::from_str(&answer.body).unwrap();
    body["receipt"] = "0198c0de-0000-7000-8000-000000000001".into();
    answer.body = body.to_string();
}
