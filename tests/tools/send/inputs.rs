//! What `send` reads: files, pipes and standard input, each once.

use super::{emails, filed_once, lines};
use crate::harness::{Ours, PATIENCE, Said, System};
use crate::tools::{argument, file, found};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

/// Starts `send` with this input and --json.
async fn start(system: &System, input: &str, stdin: impl Into<Stdio>) -> Child {
    let mut tool = system.tool(&["send", input, "--json"]).await;
    tool.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

async fn end(process: Child) -> Said {
    process.wait_with_output().await.unwrap().into()
}

async fn fifo(directory: &Path) -> PathBuf {
    let path = directory.join("fifo");
    assert!(Command::new("mkfifo").arg(&path).status().await.unwrap().success());
    path
}

pub(crate) async fn signal(process: &Child, signal: &str) {
    let kill = format!("kill -{signal} {}", process.id().unwrap());
    assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
}

/// Waits until a process catches SIGHUP, SIGINT and SIGTERM. Before, each would kill it.
async fn catches_signals(process: &Child) {
    const ALL: u64 = 1 | 1 << 1 | 1 << 14;
    let status = format!("/proc/{}/status", process.id().unwrap());
    let caught = async {
        loop {
            let status = std::fs::read_to_string(&status).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
            if u64::from_str_radix(caught.trim(), 16).unwrap() & ALL == ALL {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, caught).await.expect("it listens for signals");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_a_fifo_and_a_redirected_file_are_read_once_and_leave_no_journal() {
    let emails = emails(12);
    let texts = lines(&emails);
    let system = Ours::start().await;
    let (directory, path) = file(&texts[..3]);

    let redirected = start(&system, "-", std::fs::File::open(&path).unwrap()).await;
    assert_eq!(found(&end(redirected).await, 0)["accepted"], 3);

    // A shell's <(...) is such a name.
    for (input, texts) in [("/dev/stdin", &texts[3..6]), ("/dev/fd/0", &texts[6..9])] {
        let mut process = start(&system, input, Stdio::piped()).await;
        process.stdin.take().unwrap().write_all(texts.join("\n").as_bytes()).await.unwrap();
        let report = found(&end(process).await, 0);
        assert_eq!((&report["accepted"], &report["journal"]), (&json!(3), &Value::Null), "{input}");
    }

    let fifo = fifo(directory.path()).await;
    let process = start(&system, argument(&fifo), Stdio::null()).await;
    let text = texts[9..].join("\n");
    let writer = tokio::task::spawn_blocking(move || std::fs::write(fifo, text).unwrap());
    assert_eq!(found(&end(process).await, 0)["accepted"], 3);
    writer.await.unwrap();

    filed_once(&system, &emails).await;
    let names: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "the file and the FIFO alone: {names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_signal_ends_it_while_a_fifo_has_no_writer_and_while_stdin_is_silent() {
    let emails = emails(3);
    let system = Ours::start().await;
    let directory = tempfile::tempdir().unwrap();
    let fifo = fifo(directory.path()).await;
    for (name, email) in ["INT", "TERM", "HUP"].into_iter().zip(&emails) {
        let process = start(&system, argument(&fifo), Stdio::null()).await;
        catches_signals(&process).await;
        signal(&process, name).await;
        let said = end(process).await;
        assert_eq!(said.code, Some(130), "{name}: {said:#?}");

        let mut process = start(&system, "-", Stdio::piped()).await;
        let mut stdin = process.stdin.take().unwrap();
        let accepted = system.log.with_message("accepted").len();
        stdin.write_all(format!("{email}\n").as_bytes()).await.unwrap();
        system.logged("accepted", accepted + 1).await;
        signal(&process, name).await;
        let report = found(&end(process).await, 130);
        assert_eq!((&report["accepted"], &report["interrupted"]), (&json!(1), &json!(true)), "{name}");
        drop(stdin);
    }
    filed_once(&system, &emails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_without_an_email_says_so() {
    let system = Ours::start().await;
    let (directory, path) = file(&[" ".to_owned(), String::new()]);
    for input in [argument(&path), "/dev/null", "-"] {
        let said = system.tool(&["send", input]).await.stdin(Stdio::null()).output().await.unwrap();
        let said = Said::from(said);
        assert_eq!(said.code, Some(0), "{said:#?}");
        let name = if input == "-" { "stdin" } else { input };
        assert!(said.stdout.contains(&format!("No email in {name}")), "{said:#?}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "no journal");
    let said = system.run(&["send", argument(directory.path())]).await;
    assert!(said.code == Some(1) && said.stderr.contains("is a directory"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_format_gets_one_message_with_what_to_do() {
    let system = Ours::start().await;
    let email = &emails(1)[0];
    let request = json!({"data": email, "token": "secret-token"}).to_string();
    let array = json!([email, email]).to_string();
    let pretty = serde_json::to_string_pretty(email).unwrap();
    let utf_16: Vec<u8> = format!("\u{feff}{email}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (directory, path) = file(&[]);
    for (bytes, advice) in [
        (array.into_bytes(), "jq -c '.[]'"),
        (format!("{request}\n{request}\n").into_bytes(), "jq -c .data"),
        (pretty.into_bytes(), "jq -c ."),
        (utf_16, "iconv -f UTF-16"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let said = system.run(&["send", argument(&path)]).await;
        assert_eq!(said.code, Some(1), "{said:#?}");
        assert!(said.stderr.contains(advice) && said.stderr.contains("emails.ndjson"), "{advice}: {said:#?}");
        assert_eq!(said.stderr.trim_end().lines().count(), 1, "{said:#?}");
        assert!(!format!("{said:?}").contains("secret-token"), "{said:#?}");
    }
    assert_eq!((system.calls("SendMessage"), system.calls("SendMessageBatch")), (0, 0));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "no journal");

    std::fs::write(&path, format!("\u{feff}{email}\r\n")).unwrap();
    assert_eq!(found(&system.run(&["send", argument(&path), "--json"]).await, 0)["accepted"], 1);
}
