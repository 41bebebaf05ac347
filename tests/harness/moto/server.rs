//! moto's server, one for all tests of this process.

use crate::harness::root;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

struct Server {
    url: String,
    /// Holds the server's standard input open: it ends when this process does.
    _process: Child,
}

/// moto's URL; `None` if moto is neither installed nor required.
pub(crate) fn url() -> Option<&'static str> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref().map(|server| server.url.as_str())
}

/// The interpreter with moto and the AWS CLI; `None` if they are neither installed nor required.
pub(crate) fn python() -> Option<PathBuf> {
    let python = root().join("target/venv/bin/python");
    if root().join("target/venv/requirements.txt").exists() {
        return Some(python);
    }
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    assert!(!set("CI") && !set("REQUIRE_PYTHON"), "moto is not installed: run tests/python/setup.sh");
    None
}

fn start() -> Option<Server> {
    let Some(python) = python() else {
        // Not with eprintln, whose output is shown only for failed tests.
        let _ = writeln!(
            std::io::stderr(),
            "*::moto::*: skipped, since moto is not installed (tests/python/setup.sh does it)"
        );
        return None;
    };
    let mut process = Command::new(&python)
        .arg(root().join("tests/moto/serve.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} does not start ({error}): remove target/venv", python.display()));
    let mut url = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "moto's server says {url:?} instead of its URL");
    Some(Server { url: url.trim_end().to_owned(), _process: process })
}
