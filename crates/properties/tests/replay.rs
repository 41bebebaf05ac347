//! The kept corpus of each fuzz target, replayed: what was ever found stays found.
//!
//! In a process of its own each: a stack overflow there is a test that failed here, with the input's name, and what
//! the functions log stays out of the way.

#![expect(clippy::unwrap_used, reason = "a test that can't go on panics where it stands")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Fewer inputs are no corpus.
const AT_LEAST: usize = 5;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// Replays what is kept in `fuzz/corpus/TARGET`.
fn replay(target: &str) {
    let corpus = fuzz().join("corpus").join(target);
    let kept = std::fs::read_dir(&corpus).unwrap_or_else(|error| panic!("{}: {error}", corpus.display()));
    let kept = kept.count();
    assert!(kept >= AT_LEAST, "{} holds {kept} inputs", corpus.display());

    let replay =
        Command::new(env!("CARGO_BIN_EXE_replay")).arg(target).arg(&corpus).stdout(Stdio::null()).output();
    let replay = replay.unwrap();
    let said = String::from_utf8_lossy(&replay.stderr);
    let end: Vec<_> = said.lines().rev().take(12).collect();
    let end: String = end.into_iter().rev().flat_map(|line| [line, "\n"]).collect();
    assert!(replay.status.success(), "{}:\n{end}", replay.status);
    assert!(end.ends_with(&format!("{kept} replayed\n")), "{kept} kept:\n{end}");
}

#[test]
fn every_kept_body_is_read_as_the_contract_says() {
    replay("request_body");
}

#[test]
fn every_kept_event_gets_its_answer_and_the_queue_only_emails() {
    replay("alb_event");
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
fn every_kept_template_is_read_or_refused_with_a_line() {
    replay("template");
}

#[test]
fn each_property_has_a_fuzz_target_and_each_target_a_property() {
    let names = properties::TARGETS.map(|(name, _)| format!("{name}.rs"));
    let targets = std::fs::read_dir(fuzz().join("fuzz_targets")).unwrap();
    let mut targets: Vec<_> =
        targets.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    targets.sort();
    assert_eq!(targets, names);
    for (name, _) in properties::TARGETS {
        let target = std::fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(
            target.contains(&format!("properties::{name}::check(bytes)")),
            "{name}.rs checks something else"
        );
    }
}
