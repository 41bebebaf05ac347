//! A CodeDeploy that takes reports of hooks, and refuses what CodeDeploy refuses
//! (<https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_PutLifecycleEventHookExecutionStatus.html>).

use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

pub(crate) const DEPLOYMENT: &str = "d-ABCDEF123";
pub(crate) const EXECUTION: &str = "eyJlbmNyeXB0ZWREYXRhIjoi";

/// It listens until the test ends.
pub(crate) struct CodeDeploy {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The status that each report gave.
    taken: Vec<String>,
    refuses_all: bool,
    delay: Duration,
}

impl CodeDeploy {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::<State>::default());
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&shared)));
            }
        });
        Self { url, state }
    }

    /// The reports so far.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.state.lock().unwrap().taken.clone()
    }

    /// Answers each report after this time.
    pub(crate) fn delay(&self, delay: Duration) {
        self.state.lock().unwrap().delay = delay;
    }

    pub(crate) fn refuse_all(&self) {
        self.state.lock().unwrap().refuses_all = true;
    }
}

/// One request a connection.
async fn serve(mut client: TcpStream, state: Arc<Mutex<State>>) {
    let mut request = Vec::new();
    let body = loop {
        let mut more = [0; 4_096];
        match client.read(&mut more).await {
            Ok(read) if read > 0 => request.extend_from_slice(&more[..read]),
            _ => return,
        }
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.unwrap_or("0").parse().unwrap() {
            assert!(
                head.contains("x-amz-target: codedeploy_20141006.putlifecycleeventhookexecutionstatus"),
                "{head}"
            );
            assert!(head.contains("authorization: aws4-hmac-sha256 "), "{head}");
            break serde_json::from_str(body).unwrap_or_default();
        }
    };
    let delay = state.lock().unwrap().delay;
    sleep(delay).await;
    let (status, answer) = match state.lock().unwrap().take(&body) {
        Ok(execution) => (200, json!({"lifecycleEventHookExecutionId": execution})),
        Err(code) => (400, json!({"__type": code})),
    };
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status} .\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}",
        answer.len()
    );
    client.write_all(format!("{head}\r\n\r\n{answer}").as_bytes()).await.unwrap();
}

impl State {
    fn take(&mut self, report: &Value) -> Result<String, &'static str> {
        if self.refuses_all || report["deploymentId"] != DEPLOYMENT {
            return Err("DeploymentDoesNotExistException");
        }
        if report["lifecycleEventHookExecutionId"] != EXECUTION {
            return Err("InvalidLifecycleEventHookExecutionIdException");
        }
        let status = report["status"].as_str().unwrap_or_default();
        // The request takes no other of the enumeration's values.
        if !["Succeeded", "Failed"].contains(&status) {
            return Err("InvalidLifecycleEventHookExecutionStatusException");
        }
        if !self.taken.is_empty() {
            return Err("LifecycleEventAlreadyCompletedException");
        }
        self.taken.push(status.to_owned());
        Ok(EXECUTION.to_owned())
    }
}
