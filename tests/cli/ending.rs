//! How `mailroom up` ends: in order, soon, and with nothing left behind.

use super::{PATIENCE, Up, gone, process_of, run_curl, send_signal};
use std::time::Instant;
use tokio::time::timeout;

#[tokio::test]
async fn a_second_ctrl_c_does_not_wait_for_a_function_that_is_stuck() {
    let mut up = Up::start(&["--template", "sandbox/stack/tests/other-project/template.yaml"]).await;
    let curl = up.curl_of_another_project().await;
    let stuck = tokio::spawn(async move { run_curl(&curl.replace("/api/email", "/do-hang")).await });
    let function = process_of(&up.line_with("cold start").await);
    let signalled = Instant::now();
    up.signal("-INT").await;
    up.line_with("Stopping.").await;
    up.signal("-INT").await;
    up.line_with("Stopped at once").await;
    assert!(timeout(PATIENCE, up.process.wait()).await.unwrap().unwrap().success());
    println!("Ctrl-C took {:?}", signalled.elapsed());
    gone(&function).await;
    assert!(stuck.await.is_err(), "it was answered, so it was not stuck");
}

#[tokio::test]
async fn ctrl_c_ends_functions_that_do_not_end_when_they_are_asked_to() {
    let mut up = Up::start(&["--time-scale", "20"]).await;
    let curl = up.line_with("curl ").await;
    assert_eq!(run_curl(&curl).await, 200);
    let api = process_of(&up.line_with("cold start").await);
    let worker = process_of(&up.line_with("cold start").await);
    up.line_with("  stored  ").await;
    // A stopped process does not hear SIGTERM.
    assert!(send_signal("-STOP", &api).await && send_signal("-STOP", &worker).await);
    let signalled = Instant::now();
    up.signal("-TERM").await;
    assert!(timeout(PATIENCE, up.process.wait()).await.unwrap().unwrap().success());
    println!("SIGTERM took {:?}", signalled.elapsed());
    gone(&api).await;
    gone(&worker).await;
}

#[tokio::test]
async fn killing_it_leaves_no_function_behind() {
    let mut up = Up::start(&[]).await;
    let curl = up.line_with("curl ").await;
    assert_eq!(run_curl(&curl).await, 200);
    let api = process_of(&up.line_with("cold start").await);
    let worker = process_of(&up.line_with("cold start").await);
    assert!(send_signal("-0", &api).await && send_signal("-0", &worker).await);
    up.signal("-KILL").await;
    up.process.wait().await.unwrap();
    gone(&api).await;
    gone(&worker).await;
}

#[tokio::test]
async fn killing_it_leaves_not_even_a_function_that_is_stuck() {
    let mut up = Up::start(&["--template", "sandbox/stack/tests/other-project/template.yaml"]).await;
    let curl = up.curl_of_another_project().await;
    let stuck = tokio::spawn(async move { run_curl(&curl.replace("/api/email", "/do-hang")).await });
    let function = process_of(&up.line_with("cold start").await);
    up.signal("-KILL").await;
    up.process.wait().await.unwrap();
    gone(&function).await;
    assert!(stuck.await.is_err(), "it was answered, so it was not stuck");
}
