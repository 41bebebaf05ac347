//! Prometheus, Alertmanager and their tools, as Debian's packages `prometheus` and `prometheus-alertmanager` have them.

use crate::harness::root;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

/// Debian's name of Alertmanager, and its own.
const ALERTMANAGERS: [&str; 2] = ["prometheus-alertmanager", "alertmanager"];

fn documents() -> PathBuf {
    root().join("docs/prometheus")
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|program| program.is_file())
}

fn alertmanager() -> Option<PathBuf> {
    ALERTMANAGERS.into_iter().find_map(find)
}

/// True, with a message, if a program is missing.
pub(crate) fn are_missing() -> bool {
    let is_there = ["prometheus", "promtool", "amtool"].into_iter().all(|name| find(name).is_some());
    if is_there && alertmanager().is_some() {
        return false;
    }
    assert!(
        std::env::var_os("MAILROOM_PROMETHEUS").is_none(),
        "Prometheus or Alertmanager is missing: install Debian's prometheus and prometheus-alertmanager"
    );
    // Not with eprintln, which is heard only where a test fails.
    let _ = writeln!(std::io::stderr(), "prometheus: skipped, since Prometheus or Alertmanager is missing");
    true
}

/// Runs a tool beside the documents, with this input. It must find nothing.
pub(crate) async fn check(command: &str, input: &str) {
    let mut words = command.split(' ');
    let mut tool = Command::new(words.next().unwrap());
    tool.args(words).current_dir(documents()).kill_on_drop(true);
    let mut tool = tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    tool.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let output = tool.wait_with_output().await.unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    assert!(output.status.success(), "{command}: {said}\n{input}");
}

/// Copies a document into a directory. Only addresses are changed: every other port belongs to another program.
pub(crate) fn copied(directory: &Path, name: &str, addresses: &[(&str, &str)]) {
    let mut text = std::fs::read_to_string(documents().join(name)).unwrap();
    for (documented, actual) in addresses {
        assert!(text.contains(documented), "{documented} in {name}");
        text = text.replace(documented, actual);
    }
    std::fs::write(directory.join(name), text).unwrap();
}

/// One of the two servers, until it is dropped.
pub(crate) struct Server {
    address: String,
    log: PathBuf,
    _process: Child,
}

impl Server {
    pub(crate) fn prometheus(directory: &Path) -> Self {
        let data = format!("--storage.tsdb.path={}", directory.join("prometheus").display());
        Self::start(&find("prometheus").unwrap(), directory, "prometheus.yml", &[&data])
    }

    /// Alone: without a cluster, for which it would listen on another port.
    pub(crate) fn alertmanager(directory: &Path) -> Self {
        let data = format!("--storage.path={}", directory.join("alertmanager").display());
        let arguments = [data.as_str(), "--cluster.listen-address="];
        Self::start(&alertmanager().unwrap(), directory, "alertmanager.yml", &arguments)
    }

    fn start(program: &Path, directory: &Path, configuration: &str, arguments: &[&str]) -> Self {
        // Neither program tells the port that it got, so a free one is looked up.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let log = directory.join(format!("{configuration}.log"));
        let mut command = Command::new(program);
        command.arg(format!("--config.file={}", directory.join(configuration).display()));
        command.arg(format!("--web.listen-address={address}")).args(arguments).kill_on_drop(true);
        let process =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap());
        Self { address, log, _process: process.spawn().unwrap() }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// All that it printed.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The data of an answer of Prometheus' API.
    pub(crate) async fn get(&self, what: &str) -> Value {
        let answer = reqwest::get(format!("http://{}/api/v1/{what}", self.address)).await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(answer["status"], "success", "{answer}");
        answer["data"].clone()
    }
}
