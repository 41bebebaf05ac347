//! A real browser with one page, told what to do over the DevTools protocol.

use crate::harness::PATIENCE;
use serde_json::{Value, json};
use std::io::{ErrorKind, Write as _};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Ends with this value.
pub(crate) struct Browser {
    _process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Option<String>,
    calls: u64,
    _profile: TempDir,
}

/// `light` or `dark`.
pub(crate) type Scheme = &'static str;

impl Browser {
    /// `None`, with a notice, where no browser is installed.
    pub(crate) async fn start() -> Option<Self> {
        let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        match Command::new(&chromium).arg("--version").output().await {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let required = std::env::var_os("MAILROOM_BROWSER").is_some();
                assert!(!required, "chromium is missing: install it, or set CHROMIUM");
                // Not with eprintln, which is heard only where a test fails.
                let _ = writeln!(std::io::stderr(), "email_page: skipped, since chromium is missing");
                return None;
            }
            Err(error) => panic!("chromium: {error}"),
        }
        let profile = tempfile::tempdir().unwrap();
        // The browser reads calls from descriptor 3 and writes answers to descriptor 4.
        let mut browser = Command::new("sh");
        browser.args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "sh", &chromium]);
        browser.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]);
        browser.arg(format!("--user-data-dir={}", profile.path().display()));
        browser.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = browser.spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut browser =
            Self { _process: process, input, output, session: None, calls: 0, _profile: profile };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach).await;
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        Some(browser)
    }

    /// Calls a method of the protocol, and gives its result.
    pub(crate) async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut call = json!({"id": self.calls, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        self.input.write_all(format!("{call}\0").as_bytes()).await.unwrap();
        let answer = timeout(PATIENCE, self.answer()).await;
        let mut answer = answer.unwrap_or_else(|_| panic!("no answer to {call} within {PATIENCE:?}"));
        assert!(answer["error"].is_null(), "{call}: {answer}");
        answer["result"].take()
    }

    /// The answer to the latest call. Other messages of the browser are left out.
    async fn answer(&mut self) -> Value {
        loop {
            let mut message = Vec::new();
            self.output.read_until(0, &mut message).await.unwrap();
            assert_eq!(message.pop(), Some(0), "the browser ended");
            let message: Value = serde_json::from_slice(&message).unwrap();
            if message["id"] == self.calls {
                return message;
            }
        }
    }

    pub(crate) async fn look(&mut self, width: u32, scheme: Scheme) {
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", scheme).await;
    }

    /// Opens a page, and waits until its script has shown the first figures.
    pub(crate) async fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": "about:blank"})).await;
        self.call("Page.navigate", json!({"url": url})).await;
        self.until("document.getElementById('since')?.textContent.includes('as of ')").await;
    }

    /// The value of an expression in the page.
    pub(crate) async fn value(&mut self, script: &str) -> Value {
        let call =
            json!({"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let mut answer = self.call("Runtime.evaluate", call).await;
        assert!(answer["exceptionDetails"].is_null(), "{script}: {answer}");
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true, or anything else that counts as true.
    pub(crate) async fn until(&mut self, script: &str) -> Value {
        let patience = PATIENCE.as_millis() / 2;
        self.value(&format!(
            "new Promise((done, failed) => {{
                const look = () => {{
                    const found = ({script});
                    if (found) done(found); else setTimeout(look, 20);
                }};
                setTimeout(() => failed(new Error('not within {patience} ms: ' + document.body.innerText)), {patience});
                look();
            }})"
        ))
        .await
    }

    /// Presses a key: `Tab`, `Enter` or `Escape`.
    pub(crate) async fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            _ => panic!("{key}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Types into what has the focus.
    pub(crate) async fn enter(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text})).await;
    }
}
