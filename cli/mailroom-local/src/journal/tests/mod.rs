use super::index::{ALL, ENDED};
use super::*;
use serde_json::json;
use std::time::{Duration, UNIX_EPOCH};

mod requests;

const MS: Duration = Duration::from_millis(1);
/// The dead-letter queue of the queue `q`.
const DEAD: &str = "dead";
const RECEIPT_1: &str = "0198c0de-0000-7000-8000-000000000001";
const RECEIPT_2: &str = "0198c0de-0000-7000-8000-000000000002";

fn journal() -> Journal {
    Journal::new(Queues::new([("q".to_owned(), DEAD.to_owned())]))
}

fn answered(trace: &str, status: u16) -> Event {
    answered_to(trace, status, "curl/8")
}

fn answered_to(trace: &str, status: u16, user_agent: &str) -> Event {
    let (method, path, user_agent) = ("POST".to_owned(), "/".to_owned(), Some(user_agent.to_owned()));
    Event::Answered { method, path, user_agent, status, took: 5 * MS, trace_id: trace.to_owned() }
}

fn sent(message: &str, trace: Option<&str>, receipt: Option<&str>) -> Event {
    let (trace_id, attributes) = (trace.map(str::to_owned), carrying(receipt));
    Event::MessageSent { queue: "q".to_owned(), message_id: message.to_owned(), trace_id, attributes }
}

fn carrying(receipt: Option<&str>) -> BTreeMap<String, String> {
    receipt.map(|receipt| (RECEIPT.to_owned(), receipt.to_owned())).into_iter().collect()
}

fn received(message: &str, receives: u32) -> Event {
    received_from("q", message, receives)
}

fn received_from(queue: &str, message: &str, receives: u32) -> Event {
    Event::MessageReceived { queue: queue.to_owned(), message_id: message.to_owned(), receives }
}

/// By the mapping of the function.
fn processed(message: &str) -> Event {
    Event::MessageDeleted { queue: "q".to_owned(), message_id: message.to_owned(), processed: true }
}

/// By a client of SQS.
fn deleted_from(queue: &str, message: &str) -> Event {
    Event::MessageDeleted { queue: queue.to_owned(), message_id: message.to_owned(), processed: false }
}

fn dead_lettered(message: &str) -> Event {
    Event::MessageDeadLettered { queue: "q".to_owned(), message_id: message.to_owned() }
}

fn moved(message: &str, new: &str) -> Event {
    let (message_id, new_message_id) = (message.to_owned(), new.to_owned());
    Event::MessageMoved { queue: DEAD.to_owned(), message_id, new_message_id }
}

fn created(receipt: Option<&str>) -> Event {
    let (bucket, key) = ("b".to_owned(), "k".to_owned());
    Event::ObjectCreated { bucket, key, bytes: 1, metadata: carrying(receipt) }
}

fn given_back(message: &str) -> Event {
    logged(&format!(
        r#"{{"level":"WARN","message":"not filed: given back","message_id":"{message}","error":"SlowDown"}}"#
    ))
}

fn filed(message: &str, outcome: &str) -> Event {
    logged(&format!(r#"{{"level":"INFO","message":"filed","message_id":"{message}","outcome":"{outcome}"}}"#))
}

fn logged(line: &str) -> Event {
    Event::Logged { function: "f".to_owned(), line: line.to_owned() }
}

/// Records events that happen 10 ms apart, and gives what was told.
fn record(journal: &mut Journal, events: &[Event]) -> Vec<EmailTrace> {
    let at = |n: usize| UNIX_EPOCH + 10 * MS * u32::try_from(n).unwrap() + 10 * MS;
    let record = |(n, event)| journal.record(event, at(n)).cloned();
    events.iter().enumerate().filter_map(record).collect()
}

/// The stage of the latest email after these events, the reason of that, and its receives.
fn state(events: &[Event]) -> (&'static str, String, u32) {
    let mut journal = journal();
    record(&mut journal, events);
    let trace = journal.latest().next().unwrap();
    (trace.word(), trace.reason.clone().unwrap_or_default(), trace.receives)
}

/// A message with a receipt that was received five times.
fn dead() -> Vec<Event> {
    vec![sent("m", None, Some(RECEIPT_1)), received("m", 5), given_back("m"), dead_lettered("m")]
}

#[test]
fn a_request_is_followed_to_its_object_and_told_once() {
    let events = [
        sent("m", Some("t"), Some(RECEIPT_1)),
        answered("t", 200),
        received("m", 1),
        created(Some(RECEIPT_1)),
        processed("m"),
    ];
    let ends = record(&mut journal(), &events);
    let [end] = ends.as_slice() else { panic!("{ends:?}") };
    assert_eq!((end.stage, end.request.as_ref().unwrap().status, end.receives), (Stage::Stored, 200, 1));
    assert_eq!(end.stored.as_ref().unwrap().key, "k");
    // Answered at 20 ms after 5 ms, stored at 40 ms.
    assert_eq!(end.took(), Some(25 * MS));
    let steps: Vec<_> = end.steps.iter().map(|step| step.what.clone()).collect();
    assert_eq!(steps, [What::Queued, What::Answered(200), What::Received(1), What::Stored]);
}

#[test]
fn the_log_leads_to_the_batch_of_an_email() {
    for outcome in ["new", "already"] {
        let filed = json!({"message": "filed", "message_id": "m", "outcome": outcome, "object": "batches/k"});
        let events = [
            sent("m", None, Some(RECEIPT_1)),
            received("m", 1),
            created(None),
            logged(&filed.to_string()),
            processed("m"),
        ];
        let ends = record(&mut journal(), &events);
        let [end] = ends.as_slice() else { panic!("{ends:?}") };
        let stored = end.stored.as_ref().unwrap();
        assert_eq!((end.word(), stored.bucket.as_str(), stored.key.as_str()), ("stored", "b", "batches/k"));
    }
}

#[test]
fn a_message_is_queued_then_in_flight_and_retrying_once_it_came_back() {
    let message = sent("m", None, Some(RECEIPT_1));
    assert_eq!(state(std::slice::from_ref(&message)).0, "queued");
    assert_eq!(state(&[message.clone(), received("m", 1)]), ("in flight", String::new(), 1));
    let given_back = state(&[message.clone(), received("m", 1), given_back("m")]);
    assert_eq!(given_back, ("retrying", "not filed: given back (SlowDown)".to_owned(), 1));
    let (word, why, receives) = state(&[message, received("m", 1), received("m", 2)]);
    assert_eq!((word, receives), ("retrying", 2));
    assert!(why.contains("crashed or ran out of time"), "{why}");
}

#[test]
fn looking_at_a_dead_letter_changes_nothing_of_it() {
    let mut events = dead();
    events.extend([received_from(DEAD, "m", 6), received_from(DEAD, "m", 7)]);
    assert_eq!(state(&events), ("dead letter", "not filed: given back (SlowDown)".to_owned(), 5));
    assert_eq!(record(&mut journal(), &events).len(), 1);
}

#[test]
fn a_dead_letter_that_is_deleted_was_discarded_and_neither_stored_nor_a_duplicate() {
    let mut events = dead();
    events.push(deleted_from(DEAD, "m"));
    let reason = "deleted from the dead-letter queue by a client of SQS";
    assert_eq!(state(&events), ("discarded", reason.to_owned(), 5));
}

#[test]
fn a_dead_letter_that_a_task_moves_is_redriven_with_and_without_a_receipt() {
    for receipt in [Some(RECEIPT_1), None] {
        let mut events = vec![sent("m", None, receipt), received("m", 5), dead_lettered("m")];
        events.extend([moved("m", "m2"), sent("m2", None, receipt)]);
        assert_eq!(state(&events), ("redriven", String::new(), 0));
        let mut journal = journal();
        assert_eq!(record(&mut journal, &events).last().unwrap().stage, Stage::Redriven);
        let ends = record(&mut journal, &[received("m2", 1), filed("m2", "new")]);
        assert_eq!((ends.len(), ends[0].word(), journal.latest().count()), (1, "stored", 1));
        assert_eq!(ends[0].message_ids, ["m", "m2"]);
    }
}

#[test]
fn a_dead_letter_that_is_sent_again_and_then_deleted_is_redriven() {
    let mut events = dead();
    events.extend([sent("m2", None, Some(RECEIPT_1)), deleted_from(DEAD, "m")]);
    assert_eq!(state(&events).0, "redriven");
    // The deletion may come after the email is stored.
    events.insert(5, created(Some(RECEIPT_1)));
    assert_eq!(state(&events).0, "stored");
    // It may come before the email is sent again, too.
    let mut events = dead();
    events.extend([deleted_from(DEAD, "m"), sent("m2", None, Some(RECEIPT_1))]);
    assert_eq!(state(&events).0, "redriven");
}

#[test]
fn a_message_whose_function_is_done_without_an_object_of_its_receipt_is_a_duplicate() {
    let message = sent("m", None, Some(RECEIPT_1));
    let events = [message.clone(), received("m", 1), created(Some(RECEIPT_2)), processed("m")];
    assert_eq!(state(&events).0, "duplicate");
    assert_eq!(record(&mut journal(), &events).len(), 1);
    assert_eq!(state(&[message, received("m", 1), filed("m", "already")]).0, "duplicate");
}

#[test]
fn a_message_without_a_receipt_is_what_the_worker_says_it_is() {
    for receipt in [None, Some("no-uuid")] {
        for (outcome, word) in [("new", "stored"), ("apart", "stored"), ("already", "duplicate")] {
            let (sent, filed) = (sent("m", None, receipt), filed("m", outcome));
            assert_eq!(state(&[sent.clone(), received("m", 1), filed.clone(), processed("m")]).0, word);
            assert_eq!(state(&[sent, received("m", 1), processed("m"), filed]).0, word);
        }
    }
    let (word, why, _) = state(&[sent("m", None, None), received("m", 1), processed("m")]);
    assert_eq!(word, "discarded");
    assert!(why.contains("no object has its receipt"), "{why}");
}

#[test]
fn a_message_that_a_client_deletes_or_that_expires_or_is_purged_was_discarded() {
    let expired = Event::MessageExpired { queue: "q".to_owned(), message_id: "m".to_owned() };
    let purged = Event::QueuePurged { queue: "q".to_owned(), messages: 1 };
    for (event, why) in [(deleted_from("q", "m"), "by a client"), (expired, "retention"), (purged, "purged")]
    {
        let (word, reason, _) = state(&[sent("m", None, Some(RECEIPT_1)), event]);
        assert_eq!(word, "discarded");
        assert!(reason.contains(why), "{reason}");
    }
    let others = Event::QueuePurged { queue: DEAD.to_owned(), messages: 1 };
    assert_eq!(state(&[sent("m", None, Some(RECEIPT_1)), others]).0, "queued");
}

#[test]
fn a_redelivery_of_what_is_stored_is_no_second_end() {
    let mut events = vec![sent("m", None, Some(RECEIPT_1)), received("m", 1), created(Some(RECEIPT_1))];
    events.extend([received("m", 2), filed("m", "already"), processed("m")]);
    let ends = record(&mut journal(), &events);
    assert_eq!((ends.len(), ends[0].word()), (1, "stored"));
    assert_eq!(state(&events).0, "stored");
}

#[test]
fn a_receipt_that_a_stranger_made_up_changes_no_email_that_is_stored() {
    let mut journal = journal();
    record(&mut journal, &[sent("m", Some("t"), Some(RECEIPT_1)), created(Some(RECEIPT_1))]);
    let forged = [sent("m2", None, Some(RECEIPT_1)), received("m2", 5), dead_lettered("m2")];
    let ends = record(&mut journal, &forged);
    assert_eq!(ends[0].word(), "dead letter");
    // Nor does an id of another kind count as a receipt.
    record(&mut journal, &[sent("m3", None, Some("m")), sent("m4", None, Some("t"))]);
    let words: Vec<_> = journal.latest().map(EmailTrace::word).collect();
    assert_eq!(words, ["queued", "queued", "dead letter", "stored"]);
}

#[test]
fn messages_of_one_request_with_different_receipts_are_different_emails() {
    let mut journal = journal();
    record(&mut journal, &[sent("m", Some("t"), Some(RECEIPT_1)), sent("m2", Some("t"), Some(RECEIPT_2))]);
    assert_eq!(journal.latest().count(), 2);
}

#[test]
fn a_message_of_which_is_told_twice_is_one() {
    let mut journal = journal();
    record(
        &mut journal,
        &[sent("m", None, Some(RECEIPT_1)), received("m", 1), sent("m", None, Some(RECEIPT_1))],
    );
    let [trace] = &journal.latest().collect::<Vec<_>>()[..] else { panic!("not one email") };
    assert_eq!(
        (trace.word(), &trace.message_ids[..], trace.messages().count()),
        ("in flight", &["m".to_owned()][..], 1)
    );
}

#[test]
fn events_of_unknown_messages_are_ignored() {
    let events = [received("m", 1), created(None), created(Some("r")), processed("m"), dead_lettered("m")];
    let mut journal = journal();
    assert_eq!(record(&mut journal, &events).len(), 0);
    record(&mut journal, &[moved("m", "m2"), filed("m", "new"), given_back("m"), logged("panicked")]);
    assert_eq!(journal.latest().count(), 0);
}

#[test]
fn ended_traces_are_forgotten_and_those_under_way_are_not() {
    let mut journal = journal();
    record(&mut journal, &[sent("m", None, Some("r"))]);
    for n in 0..2 * ENDED {
        record(&mut journal, &[answered(&n.to_string(), 200)]);
    }
    assert_eq!(journal.latest().count(), ENDED + 1);
    assert_eq!(journal.index.ids(), ENDED + 2);
    let ends = record(&mut journal, &[created(Some("r"))]);
    assert_eq!(ends[0].message_id(), Some("m"));
}

#[test]
fn even_those_under_way_are_not_remembered_without_bound() {
    let mut journal = journal();
    for n in 0..=ALL {
        record(&mut journal, &[sent(&n.to_string(), None, None)]);
    }
    assert_eq!(journal.latest().count(), ALL);
    assert_eq!(journal.latest().last().unwrap().message_id(), Some("1"));
}

#[test]
fn steps_are_bounded_and_the_first_and_last_ones_are_kept() {
    let mut journal = journal();
    record(&mut journal, &[sent("m", None, None)]);
    for receives in 1..=1_000 {
        record(&mut journal, &[received("m", receives)]);
    }
    let steps = &journal.latest().next().unwrap().steps;
    let (first, last) = (&steps.first().unwrap().what, &steps.last().unwrap().what);
    assert_eq!((steps.len(), first, last), (100, &What::Queued, &What::Received(1_000)));
}
