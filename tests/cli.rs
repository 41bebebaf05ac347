//! `mailroom`, as a person uses it.

use crate::harness::{email, root};
use local::lambda::{Binaries, BuildOutput};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(120);

async fn mailroom(arguments: &[&str]) -> Command {
    let binaries = Binaries::build(&root(), &["mailroom"], BuildOutput::Kept).await.unwrap();
    let mut command = Command::new(binaries.path("mailroom").unwrap());
    command.args(arguments).current_dir(root()).env_remove("MAILROOM_TOKEN").kill_on_drop(true);
    command
}

/// A running `mailroom up`, and what it prints.
struct Up {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Up {
    async fn start(arguments: &[&str]) -> Self {
        let free_ports = ["up", "--port", "0", "--aws-port", "0"];
        let mut command = mailroom(&[&free_ports, arguments].concat()).await;
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, output }
    }

    /// Reads up to the next line that contains `text`.
    async fn line_with(&mut self, text: &str) -> String {
        let found = timeout(PATIENCE, async {
            while let Some(line) = self.output.next_line().await.unwrap() {
                if line.contains(text) {
                    return line;
                }
            }
            panic!("it ended without a line with {text:?}")
        });
        found.await.unwrap_or_else(|_| panic!("no line with {text:?}"))
    }

    async fn signal(&self, signal: &str) {
        send_signal(signal, &self.process.id().unwrap().to_string()).await;
    }
}

/// Sends a signal, and tells whether there is such a process.
async fn send_signal(signal: &str, process: &str) -> bool {
    let kill = format!("kill {signal} {process}"); // the shell's own: not every system has a program for it
    Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status().await.unwrap().success()
}

/// Posts what the printed curl command would.
async fn run_curl(command: &str) -> u16 {
    let (url, body) = command.trim().strip_prefix("curl ").unwrap().split_once(" --data '").unwrap();
    let response =
        reqwest::Client::new().post(url).body(body.strip_suffix('\'').unwrap().to_owned()).send().await;
    response.unwrap().status().as_u16()
}

fn process_of(cold_start: &str) -> String {
    cold_start.rsplit_once("process ").unwrap().1.to_owned()
}

/// Waits until a process is gone.
async fn gone(process: &str) {
    let ends = timeout(PATIENCE, async {
        while send_signal("-0", process).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    ends.await.unwrap_or_else(|_| panic!("process {process} is still there"));
}

#[tokio::test]
async fn the_demo_ends_with_the_stored_object_on_the_screen() {
    let output = timeout(PATIENCE, mailroom(&["demo"]).await.output()).await.unwrap().unwrap();
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
    up.line_with("queued").await;
    up.line_with("200  POST /api/email").await;
    let worker = process_of(&up.line_with("cold start").await);
    up.line_with("filed  s3://mailroom-data-").await;
    let bucket = std::fs::read_dir(data.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| is_bucket(path));
    let stored = std::fs::read_to_string(bucket.unwrap().join("John doe_1693561101.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&stored).unwrap()["email_sender"], "John doe");

    up.signal("-INT").await;
    up.line_with("Stopped").await;
    assert!(timeout(PATIENCE, up.process.wait()).await.unwrap().unwrap().success());
    gone(&api).await;
    gone(&worker).await;
}

fn is_bucket(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("mailroom-data-"))
}

#[tokio::test]
async fn objects_in_a_data_directory_outlive_the_stack_and_are_not_overwritten_by_the_next() {
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--data", data.path().to_str().unwrap(), "--time-scale", "20", "--token", "t"];
    for content in ["first", "second"] {
        let mut up = Up::start(&arguments).await;
        let curl = up.line_with("curl ").await;
        assert_eq!(run_curl(&curl.replace("Just want to say happy new year", content)).await, 200);
        up.line_with("filed").await;
        up.signal("-INT").await;
        up.line_with("Stopped").await;
    }
    let bucket = std::fs::read_dir(data.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| is_bucket(path));
    let stored = std::fs::read_to_string(bucket.unwrap().join("John doe_1693561101.json")).unwrap();
    assert!(stored.contains("first"), "{stored}");
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
    let mut up = Up::start(&["--template", "crates/local/tests/other-project/template.yaml"]).await;
    let curl = up.line_with("curl ").await;
    let stuck = tokio::spawn(async move { run_curl(&curl.replace("/api/email", "/do-hang")).await });
    let function = process_of(&up.line_with("cold start").await);
    up.signal("-KILL").await;
    up.process.wait().await.unwrap();
    gone(&function).await;
    assert!(stuck.await.is_err(), "it was answered, so it was not stuck");
}

#[tokio::test]
async fn a_token_of_ones_own_is_the_one_that_counts() {
    let mut up = Up::start(&["--token", "it's mine"]).await;
    let curl = up.line_with("curl ").await;
    assert!(curl.contains(r"it'\''s mine"), "{curl}");
    let (url, _) = curl.trim().strip_prefix("curl ").unwrap().split_once(' ').unwrap();
    for (token, status) in [("it's mine", 200), ("another", 403)] {
        let body = json!({"data": email("John doe"), "token": token}).to_string();
        let response = reqwest::Client::new().post(url).body(body).send().await.unwrap();
        assert_eq!(response.status(), status, "{token}");
    }
}

#[tokio::test]
async fn aws_only_prints_what_functions_elsewhere_need() {
    let mut up = Up::start(&["--aws-only", "--token", "mine"]).await;
    assert!(up.line_with("  token ").await.ends_with(" mine"));
    for setting in
        ["AWS_ENDPOINT_URL", "OBJECT_KEY_LAYOUT", "S3_BUCKET_NAME", "SQS_QUEUE_URL", "SSM_TOKEN_PARAMETER"]
    {
        let line = up.line_with(&format!("export {setting}=")).await;
        assert!(!line.ends_with("''"), "{line}");
    }
}

#[tokio::test]
async fn errors_name_the_setting_and_the_fix() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let elsewhere = tempfile::tempdir().unwrap();
    let broken = elsewhere.path().join("broken.yaml");
    std::fs::write(&broken, "Resources:\n  A:\n    Type: AWS::Nothing::Known\n").unwrap();
    for (arguments, words) in [
        (["up", "--aws-port", &port], ["--aws-port", &port]),
        (["up", "--template", "nowhere.yaml"], ["nowhere.yaml", "can't be read"]),
        (["up", "--template", broken.to_str().unwrap()], ["broken.yaml:2", "AWS::Nothing::Known"]),
        (["up", "--time-scale", "0"], ["--time-scale", "from 1 to 100000"]),
    ] {
        let output = timeout(PATIENCE, mailroom(&arguments).await.output()).await.unwrap().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
    }
    let lost = mailroom(&["demo"]).await.current_dir(elsewhere.path()).output().await.unwrap();
    assert!(String::from_utf8(lost.stderr).unwrap().contains("--template"));
}
