use super::*;
use crate::dlq::DeadLetter;
use crate::find::line::tests::{at, line};
use crate::find::object::Origin;
use crate::system::Depth;
use crate::system::Function::{self, Api, Worker};
use aws_sdk_sqs::types::Message;
use serde_json::json;

const HOUR: u64 = 60 * 60;

fn queue(waiting: u64, received: u64) -> Option<Queue> {
    Some(Queue {
        depth: Depth { waiting, received, delayed: 0 },
        visibility: Duration::from_secs(181),
        retention: Duration::from_secs(24 * HOUR),
        max_receives: 5,
    })
}

fn accepted() -> Line {
    line(Api, 0, &json!({"message": "accepted", "message_id": "m-1"}))
}

/// Given back by worker at this time, in this receive.
fn failed(seconds: u64, receives: u64) -> Line {
    let fields = json!({"message": "not filed: given back", "error": "S3 PutObject: AccessDenied",
        "receives": receives.to_string()});
    line(Worker, seconds, &fields)
}

fn filed(outcome: &str) -> Line {
    line(Worker, 1, &json!({"message": "filed", "outcome": outcome}))
}

/// Nothing but these lines, seen so many seconds after the acceptance.
fn evidence(lines: &[Line], queue: Option<Queue>, now: u64) -> Evidence<'_> {
    let extent = Some(Extent { written_then: 7, looked_at: 7 });
    Evidence {
        receipt: None,
        lines,
        object: None,
        letter: None,
        unseen_letters: 0,
        queue,
        extent,
        now: at(now),
    }
}

/// The state, whether it is certain, and that its detail has these words.
fn assert_is(evidence: &Evidence<'_>, state: State, certain: bool, words: &[&str]) {
    let verdict = evidence.verdict();
    assert_eq!((verdict.state, verdict.certain), (state, certain), "{verdict:?}");
    assert!(words.iter().all(|word| verdict.detail.contains(word)), "{words:?}: {verdict:?}");
    assert!(!verdict.detail.contains(".."), "{verdict:?}");
}

fn object(fate: Fate) -> Object {
    let version_id = None;
    Object {
        line: None,
        key: "a_1.json".to_owned(),
        version_id,
        written: at(1),
        size: 1,
        origin: Origin::default(),
        fate,
    }
}

fn letter() -> Letter {
    Letter {
        letter: DeadLetter::of(&Message::builder().message_id("m").body("x").build()),
        body: "x".to_owned(),
    }
}

#[test]
fn an_object_is_stronger_than_all_else_and_may_be_deleted() {
    let lines = [accepted(), failed(2, 5)];
    let (letter, current) = (letter(), object(Fate::Current));
    let found = Evidence { object: Some(&current), letter: Some(&letter), ..evidence(&lines, None, 9) };
    assert_is(&found, State::Stored, true, &[]);
    for (fate, word) in
        [(Fate::Deleted(at(60)), "at 2023"), (Fate::Overwritten(at(60)), "overwritten at 2023")]
    {
        let gone = object(fate);
        let found = Evidence { object: Some(&gone), ..evidence(&lines, None, 9) };
        assert_is(&found, State::Deleted, true, &[word, "30 days", "--show"]);
    }
}

#[test]
fn a_dead_letter_has_its_reason() {
    let (lines, letter) = ([accepted(), failed(2, 5)], letter());
    let found = Evidence { letter: Some(&letter), ..evidence(&lines, None, 9) };
    assert_is(&found, State::DeadLetter, true, &["not an email"]);
}

#[test]
fn an_accepted_email_without_another_trace_is_queued_as_far_as_can_be_known() {
    let lines = [accepted()];
    assert_is(&evidence(&lines, queue(3, 0), 9), State::Queued, false, &["3 messages", "probably"]);
    assert_is(&evidence(&lines, queue(0, 2), 9), State::InFlight, false, &["2 messages"]);
    let unseen = Evidence { unseen_letters: 4, ..evidence(&lines, queue(3, 0), 9) };
    assert_is(&unseen, State::Queued, false, &["4 dead letters", "another receiver"]);
}

#[test]
fn an_accepted_email_that_is_in_no_queue_is_not_accounted_for() {
    let lines = [accepted()];
    let empty = evidence(&lines, queue(0, 0), 9);
    assert_is(&empty, State::NotAccountedFor, false, &["the queue is empty", "ask again"]);
    let late = evidence(&lines, queue(3, 0), 25 * HOUR);
    assert_is(&late, State::NotAccountedFor, false, &["SQS deletes a message 1day"]);
}

#[test]
fn an_email_that_could_not_be_stored_is_retrying_while_it_can_be() {
    let (lines, many) = ([accepted(), failed(10, 2)], queue(1, 0));
    let words = ["receive 2 failed", "AccessDenied", "3m 1s later"];
    assert_is(&evidence(&lines, many, 20), State::Retrying, true, &words);
    let due = 10 + 181 + CLOCK_SKEW.as_secs();
    assert_is(&evidence(&lines, many, due), State::Retrying, true, &[]);
    assert_is(&evidence(&lines, many, due + 1), State::Retrying, false, &["overdue"]);
    assert_is(&evidence(&lines, queue(0, 0), 20), State::NotAccountedFor, false, &["The queue is empty"]);
}

#[test]
fn after_the_last_receive_an_email_becomes_a_dead_letter_and_is_then_redriven_or_discarded() {
    let lines = [accepted(), failed(10, 4), failed(200, 5)];
    assert_is(&evidence(&lines, queue(0, 1), 210), State::Retrying, true, &["dead letter", "last receive"]);
    let late = evidence(&lines, queue(3, 0), HOUR);
    assert_is(&late, State::NotAccountedFor, false, &["redriven", "3 messages", "discarded"]);
    let gone = evidence(&lines, queue(0, 0), HOUR);
    assert_is(&gone, State::Discarded, false, &["receive 5", "neither queue", "dlq discard"]);
    let held = Evidence { unseen_letters: 1, ..evidence(&lines, queue(0, 0), HOUR) };
    assert_is(&held, State::DeadLetter, false, &["1 dead letter", "another receiver"]);
}

#[test]
fn a_log_line_without_an_object_says_that_it_was_stored_and_is_gone() {
    let lines = [accepted(), filed("new")];
    let words = ["worker stored it", "None of the 7 objects"];
    assert_is(&evidence(&lines, None, 9), State::NotAccountedFor, false, &words);
    let some = Extent { written_then: 60_000, looked_at: 10_000 };
    let some = Evidence { extent: Some(some), ..evidence(&lines, None, 9) };
    assert_is(&some, State::NotAccountedFor, false, &["Only 10,000 of the 60,000"]);
}

#[test]
fn an_email_that_was_there_already_is_a_duplicate() {
    let lines = [accepted(), filed("already")];
    assert_is(&evidence(&lines, None, 9), State::Duplicate, true, &["equal email", "--sender"]);
    let some = Extent { written_then: 60_000, looked_at: 10_000 };
    let some = Evidence { extent: Some(some), ..evidence(&lines, None, 9) };
    assert_is(&some, State::Duplicate, false, &["Only 10,000"]);
}

#[test]
fn the_last_outcome_counts_whatever_came_before() {
    let mut lines = vec![accepted(), failed(2, 5), filed("new")];
    assert_is(&evidence(&lines, None, 9), State::NotAccountedFor, false, &["worker stored it"]);
    lines.push(line(Function::Worker, 8, &json!({"message": "a line of another version"})));
    assert_is(&evidence(&lines, None, 9), State::NotAccountedFor, false, &["worker stored it"]);
}

#[test]
fn a_refused_email_may_be_in_the_queue_all_the_same() {
    let lines = [line(Api, 0, &json!({"message": "refused", "reason": "unavailable"}))];
    let words = ["unavailable", "send it again", "1 message in the queue"];
    assert_is(&evidence(&lines, queue(1, 0), 9), State::Refused, false, &words);
}

#[test]
fn an_email_without_any_trace_is_not_found_and_the_places_are_named() {
    let words = ["no log line", "no dead letter", "None of the 7 objects", "1 message in the queue"];
    assert_is(&evidence(&[], queue(1, 0), 9), State::NotFound, false, &words);
    let unseen = Evidence { unseen_letters: 2, ..evidence(&[], queue(0, 0), 9) };
    assert_is(&unseen, State::NotFound, false, &["receipt. It may be among the 2 dead letters"]);
    // From 2025-08; the logs go back 7 days.
    let receipt = "0198c0de-0000-7000-8000-000000000001".parse().ok();
    let old = Evidence { receipt, ..evidence(&[], queue(0, 0), 100_000_000) };
    assert_is(&old, State::NotFound, false, &["2025-08", "LogRetention"]);
}
