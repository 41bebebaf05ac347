//! `mailroom up` where its surroundings fail it: a closed terminal, no reader, no room on the disk.

use super::{PATIENCE, Up, gone, mailroom, process_of, run_curl, send_signal};
use crate::harness::{Ours, email};
use serde_json::json;
use std::fs::{File, read_dir};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

/// `mailroom up` on free ports, started by a shell after these words.
async fn up_after(prelude: &str, arguments: &[&str]) -> Command {
    let original = mailroom(&[]).await;
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{prelude}; exec \"$0\" \"$@\"")]).arg(original.as_std().get_program());
    command.args(["up", "--port", "0", "--aws-port", "0"]).args(arguments);
    command
        .current_dir(original.as_std().get_current_dir().unwrap())
        .env_remove("MAILROOM_TOKEN")
        .kill_on_drop(true);
    command
}

async fn ends_well(up: &mut Up) {
    assert!(timeout(PATIENCE, up.process.wait()).await.unwrap().unwrap().success());
}

#[tokio::test]
async fn closing_the_terminal_ends_it_and_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = mailroom(&["up", "--port", "0", "--aws-port", "0"]).await;
    command.env("TMPDIR", temporary.path());
    let mut up = Up::spawn(command);
    let curl = up.line_with("curl ").await;
    assert_eq!(run_curl(&curl).await, 200);
    let function = process_of(&up.line_with("cold start").await);
    let entries: Vec<_> = read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!(entries[0].metadata().unwrap().permissions().mode() & 0o777, 0o700);
    up.signal("-HUP").await;
    up.line_with("Stopped").await;
    ends_well(&mut up).await;
    gone(&function).await;
    assert_eq!(read_dir(temporary.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn nohup_keeps_it_running() {
    let mut up = Up::spawn(up_after("trap '' HUP", &[]).await);
    let curl = up.line_with("curl ").await;
    up.signal("-HUP").await;
    for name in ["first", "second"] {
        assert_eq!(run_curl(&curl.replace("John doe", name)).await, 200, "{name}");
        assert!(up.line_with("  stored").await.contains(name));
    }
    up.signal("-INT").await;
    up.line_with("Stopped").await;
    ends_well(&mut up).await;
}

#[tokio::test]
async fn a_second_signal_ends_it_too() {
    let mut up = Up::start(&["--template", "sandbox/stack/tests/other-project/template.yaml"]).await;
    let curl = up.curl_of_another_project().await;
    assert_eq!(run_curl(&curl).await, 200);
    let function = process_of(&up.line_with("cold start").await);
    // A stopped process does not hear SIGTERM.
    send_signal("-STOP", &function).await;
    up.signal("-INT").await;
    up.line_with("Stopping").await;
    up.signal("-HUP").await;
    up.line_with("Stopped").await;
    ends_well(&mut up).await;
    gone(&function).await;
}

#[tokio::test]
async fn emails_are_stored_after_the_reader_of_its_output_has_gone() {
    let data = tempfile::tempdir().unwrap();
    let mut command = mailroom(&[
        "up",
        "--port",
        "0",
        "--aws-port",
        "0",
        "--time-scale",
        "20",
        "--data",
        data.path().to_str().unwrap(),
    ])
    .await;
    let said = tempfile::NamedTempFile::new().unwrap();
    let mut process = command.stdout(Stdio::piped()).stderr(said.reopen().unwrap()).spawn().unwrap();
    let output = process.stdout.take().unwrap();
    let mut up = Up { process, output: tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(output)) };
    let curl = up.line_with("curl ").await;
    let Up { mut process, output } = up;
    drop(output);
    for number in 0..20 {
        assert_eq!(run_curl(&curl.replace("1693561101", &format!("16935611{number:02}"))).await, 200);
    }
    for number in 0..20 {
        stored_in_time(data.path(), &format!("John doe_16935611{number:02}.json")).await;
    }
    send_signal("-INT", &process.id().unwrap().to_string()).await;
    assert!(timeout(PATIENCE, process.wait()).await.unwrap().unwrap().success());
    let said = std::fs::read_to_string(said.path()).unwrap();
    assert_eq!(said.matches("can't write to stdout").count(), 1, "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

async fn stored_in_time(data: &Path, key: &str) {
    let is_stored = || read_dir(data).unwrap().any(|bucket| bucket.unwrap().path().join(key).is_file());
    let waits = async {
        while !is_stored() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, waits).await.unwrap_or_else(|_| panic!("{key} was lost"));
}

#[tokio::test]
async fn an_operators_command_whose_stdout_is_full_fails_with_a_sentence() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        println!("not checked: this system has no /dev/full");
        return;
    };
    let system = Ours::start().await;
    let port = system.stack.aws().endpoint_url().rsplit(':').next().unwrap();
    let mut status = mailroom(&["status", "--local", "--aws-port", port]).await;
    let ended = status.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().await.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("can't write to stdout") && !said.contains("panicked"), "{said}");
}

#[tokio::test]
async fn a_full_stdout_and_a_stderr_that_is_gone_end_nothing() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        println!("not checked: this system has no /dev/full");
        return;
    };
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let mut command = mailroom(&["up", "--port", &port, "--aws-port", "0", "--token", "t"]).await;
    let mut process = command.stdout(full.try_clone().unwrap()).stderr(Stdio::piped()).spawn().unwrap();
    let url = format!("http://127.0.0.1:{port}/api/email");
    let body = json!({"data": email("full"), "token": "t"}).to_string();
    let post = async || reqwest::Client::new().post(&url).body(body.clone()).send().await;
    let starts = async {
        while !post().await.is_ok_and(|response| response.status() == 200) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, starts).await.unwrap();
    drop(process.stderr.take());
    for _ in 0..5 {
        assert_eq!(post().await.unwrap().status(), 200);
    }
    send_signal("-TERM", &process.id().unwrap().to_string()).await;
    assert!(timeout(PATIENCE, process.wait()).await.unwrap().unwrap().success());
    // Not `output`: tokio's captures stdout whatever was set before.
    let demo = mailroom(&["demo"]).await.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let done = timeout(PATIENCE, demo.wait_with_output()).await.unwrap().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.code() == Some(1) && said.contains("can't write to stdout"), "{said}");
}

/// A limit on the size of files stands for a full disk: a write fails half way.
#[tokio::test]
async fn a_full_disk_fails_requests_and_not_the_stack() {
    // Cargo has something to write at first.
    Up::start(&[]).await.line_with("curl ").await;
    let mut up = Up::spawn(up_after("trap '' XFSZ; ulimit -f 64", &["--time-scale", "100"]).await);
    let curl = up.line_with("curl ").await;
    assert_eq!(run_curl(&curl).await, 200);
    up.line_with("  stored").await;
    let large = curl.replace("Just want to say happy new year", &"x".repeat(200_000));
    assert_eq!(run_curl(&large.replace("John doe", "Large")).await, 200, "the queue has it");
    up.line_with("dead letter").await;
    assert_eq!(run_curl(&curl.replace("John doe", "Small")).await, 200);
    assert!(up.line_with("  stored").await.contains("Small"));
    up.signal("-INT").await;
    up.line_with("Stopped").await;
    ends_well(&mut up).await;
}

#[tokio::test]
async fn a_template_of_somebody_else_is_not_built_unless_it_is_named() {
    let theirs = tempfile::tempdir().unwrap();
    let (here, template) = (theirs.path().join("here"), theirs.path().join("template.yaml"));
    std::fs::create_dir(&here).unwrap();
    std::fs::write(&template, "Resources:\n  A:\n    Type: AWS::Nothing::Known\n").unwrap();
    let said = async |directory: &Path, arguments: &[&str]| {
        let mut command = mailroom(&[&["up", "--port", "0", "--aws-port", "0"], arguments].concat()).await;
        let output = timeout(PATIENCE, command.current_dir(directory).output()).await.unwrap().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&here, &[]).await.contains("AWS::Nothing::Known"), "one's own is read");
    let chown = |path: &Path, user| std::os::unix::fs::chown(path, Some(user), None);
    if chown(&template, 12_345).is_err() {
        println!("not checked: only root can give a file away");
        return;
    }
    let option = format!("--template {}", template.display());
    let refused = said(&here, &[]).await;
    assert!(refused.contains("another user (uid 12345") && refused.contains(&option), "{refused}");
    let refused = mailroom(&["demo"]).await.current_dir(&here).output().await.unwrap();
    assert!(String::from_utf8(refused.stderr).unwrap().contains(&option));
    // The file belongs to the user, but the directory with the code doesn't.
    chown(&template, 0).unwrap();
    chown(theirs.path(), 12_345).unwrap();
    assert!(said(&here, &[]).await.contains(&option));
    chown(&template, 12_345).unwrap();
    for (directory, arguments) in
        [(&here, &["--template", template.to_str().unwrap()][..]), (&theirs.path().to_owned(), &[])]
    {
        assert!(said(directory, arguments).await.contains("AWS::Nothing::Known"), "it was named, or gone to");
    }
}
