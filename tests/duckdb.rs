//! SQL over the sandbox's plain files: what `worker` stores, DuckDB reads as `queries/README.md` says.

use crate::harness::{Ours, Setup, batch_line, email, root};
use email::Receipt;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Set where DuckDB must be there, as in CI.
const REQUIRED: &str = "MAILROOM_DUCKDB";

/// The interpreter with DuckDB; `None` if it is neither installed nor required.
fn python() -> Option<PathBuf> {
    let python = root().join("target/venv-duckdb/bin/python");
    if root().join("target/venv-duckdb/requirements.txt").exists() {
        return Some(python);
    }
    assert!(std::env::var_os(REQUIRED).is_none(), "DuckDB is not installed: run tests/queries/setup.sh");
    // Not with eprintln, whose output is shown only for failed tests.
    let _ = writeln!(std::io::stderr(), "*::duckdb::*: skipped, since tests/queries/setup.sh was not run");
    None
}

/// The rows of a saved query, or of a statement.
fn ask(python: &Path, bucket: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(python);
    command.args(["-B", "queries/local.py", "--json"]).arg(bucket).args(arguments).current_dir(root());
    let answer = command.output().unwrap();
    assert!(answer.status.success(), "{answer:?}");
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    answer["rows"].clone()
}

fn said(sender: &str, content: &str) -> Value {
    let mut email = email(sender);
    email["email_content"] = json!(content);
    email
}

async fn duckdb_reads_what_is_stored_in_the_layout(layout: &str) {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    let setup = Setup::usual().data(directory.path()).parameter("ObjectKeyLayout", layout);
    let system = Ours::start_with(setup).await;
    let odd = "a*b[1]?{2}~_.'\"/ü\u{202e}";
    let emails = [
        said("John doe", "first\nline"),
        said("John doe", "Zweiter ÄRGER"),
        said(odd, "\u{2028}\u{0}\u{1f600}"),
        said("_x", ""),
        said(".x", ""),
        said("mailroom-canary-8f6d3a10", ""),
    ];
    for email in &emails {
        assert_eq!(system.post(email).await.status, 200);
    }
    let keys = system.stored_keys(emails.len()).await;
    let bucket = directory.path().join(system.bucket());

    assert_eq!(ask(&python, &bucket, &["per-day"]), json!([["2023-09-01", 5, 4]]));
    let time = "2023-09-01 09:38:21";
    let mut senders = json!([
        ["John doe", 2, time, time],
        [".x", 1, time, time],
        ["_x", 1, time, time],
        [odd, 1, time, time]
    ]);
    let found = ask(&python, &bucket, &["by-sender"]);
    let sorted = |rows: &mut Value| rows.as_array_mut().unwrap().sort_by_key(ToString::to_string);
    let mut found = found;
    sorted(&mut senders);
    sorted(&mut found);
    assert_eq!(found, senders);
    let found = ask(&python, &bucket, &["search", "ärger"]);
    assert_eq!((found.as_array().unwrap().len(), &found[0][1]), (1, &json!("John doe")));
    assert!(keys.contains(&found[0][3].as_str().unwrap().to_owned()), "{found} is not one of {keys:?}");
    assert_eq!(ask(&python, &bucket, &["duplicates"]), json!([]));
    let whole = ask(&python, &bucket, &["SELECT email_content FROM emails WHERE email_sender LIKE 'a*%'"]);
    assert_eq!(whole, json!([["\u{2028}\u{0}\u{1f600}"]]));

    let days = ask(&python, &bucket, &["SELECT day, count(*) FROM emails_by_day GROUP BY day"]);
    assert_eq!(days, if layout == "dated" { json!([["2023/09/01", emails.len()]]) } else { json!([]) });
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_reads_what_is_stored_in_the_layout_flat() {
    duckdb_reads_what_is_stored_in_the_layout("flat").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_reads_what_is_stored_in_the_layout_dated() {
    duckdb_reads_what_is_stored_in_the_layout("dated").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duckdb_shows_each_email_of_a_batch_once() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    let system = Ours::start_with(Setup::usual().unpolled().data(directory.path())).await;
    let bucket = directory.path().join(system.bucket());
    let receipts = [Receipt::new(), Receipt::new()];
    let lines = receipts.map(|receipt| batch_line("John doe", receipt));
    let other = batch_line("mailroom-canary-8f6d3a10", Receipt::new());
    let hour = hour_of(receipts[0]);
    let [first, second] = ["a", "b"].map(|name| format!("batches/{hour}/{name}.ndjson"));
    system.put_batch(&first, &[lines[0].clone(), other]).await;
    system.put_batch(&second, &lines).await;
    assert_eq!(
        ask(&python, &bucket, &["per-day"]),
        json!([["2023-09-01", 2, 1]]),
        "without another layout's files"
    );
    system.put_object("John doe_1.json", &email("John doe").to_string()).await;
    assert_eq!(ask(&python, &bucket, &["per-day"]), json!([["2023-09-01", 3, 1]]));
    let stored = "SELECT count(*) FROM stored_emails WHERE email_sender = 'John doe'";
    assert_eq!(ask(&python, &bucket, &[stored]), json!([[4]]));
    let of_hour = format!("SELECT count(*), min(\"$path\") FROM batches WHERE hour = '{hour}'");
    assert_eq!(ask(&python, &bucket, &[&of_hour]), json!([[4, first]]));
    let accepted_hour = hour.replacen('/', "-", 2).replace('/', "T");
    assert_eq!(ask(&python, &bucket, &["last-hours"]), json!([[accepted_hour, 2, 1]]));
    let columns =
        "SELECT receipt, object FROM emails WHERE receipt IS NOT NULL AND email_sender = 'John doe'";
    let rows = ask(&python, &bucket, &[columns]);
    let mut seen: Vec<_> = rows.as_array().unwrap().iter().map(|row| row[0].as_str().unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, receipts.map(|receipt| receipt.to_string()));
}

/// As in the key of a batch: `YYYY/MM/DD/HH`.
fn hour_of(receipt: Receipt) -> String {
    let line: Value = serde_json::from_str(&batch_line("a", receipt)).unwrap();
    line["accepted_at"].as_str().unwrap()[..13].replace(['-', 'T'], "/")
}

#[test]
fn duckdb_says_in_a_line_that_a_bucket_is_not_there() {
    let Some(python) = python() else { return };
    let mut command = Command::new(python);
    command.args(["-B", "queries/local.py", "nowhere", "per-day"]).current_dir(root());
    let answer = command.output().unwrap();
    let said = String::from_utf8(answer.stderr).unwrap();
    assert!(!answer.status.success() && said.starts_with("local.py: ") && said.contains("nowhere"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}
