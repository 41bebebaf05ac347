//! The kept corpus of each fuzz target, replayed: a fault that was found once stays found.
//!
//! Each target runs in a process of its own: a stack overflow there is a failed test here, with the input's name, and
//! the functions' logs don't mix with the tests' output.

#![expect(clippy::unwrap_used, reason = "a test that can't go on panics in place")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Fewer inputs are not a corpus.
const AT_LEAST: usize = 5;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The names of the files in a directory of `fuzz/`, sorted.
fn names(directory: &str) -> Vec<String> {
    let entries = std::fs::read_dir(fuzz().join(directory)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Replays `fuzz/corpus/TARGET`.
fn replay(target: &str) {
    let corpus = format!("corpus/{target}");
    let kept = names(&corpus).len();
    assert!(kept >= AT_LEAST, "{corpus} holds {kept} inputs");
    let mut replay = Command::new(env!("CARGO_BIN_EXE_replay"));
    let replay = replay.arg(target).arg(fuzz().join(corpus)).stdout(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8_lossy(&replay.stderr);
    let lines: Vec<_> = stderr.lines().collect();
    let end = lines[lines.len().saturating_sub(12)..].join("\n");
    assert!(replay.status.success(), "{}:\n{end}", replay.status);
    assert!(end.ends_with(&format!("{kept} replayed")), "{kept} kept:\n{end}");
}

#[test]
fn every_kept_body_is_read_as_the_contract_says() {
    replay("request_body");
}

#[test]
fn every_kept_body_of_several_emails_is_read_as_the_contract_says() {
    replay("batch_body");
}

#[test]
fn every_kept_event_of_the_load_balancer_gets_its_answer_and_the_queue_only_emails() {
    replay("alb_event");
}

#[test]
fn every_kept_event_of_an_http_api_gets_its_answer_and_the_queue_only_emails() {
    replay("http_api_event");
}

#[test]
fn every_kept_batch_is_filed_but_for_what_is_no_email() {
    replay("sqs_record");
}

#[test]
fn every_kept_pair_of_senders_gets_two_harmless_keys() {
    replay("object_key");
}

#[test]
fn every_kept_batch_object_is_the_same_in_any_order_and_its_lines_are_read_back() {
    replay("batch_object");
}

#[test]
fn every_kept_template_is_read_or_refused_with_a_line() {
    replay("template");
}

#[test]
fn each_property_has_a_fuzz_target_and_each_target_a_property() {
    let targets = properties::TARGETS.map(|(name, _)| name);
    assert_eq!(names("fuzz_targets"), targets.map(|name| format!("{name}.rs")));
    for name in targets {
        let target = std::fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(
            target.contains(&format!("properties::{name}::check(bytes)")),
            "{name}.rs checks something else"
        );
    }
}
