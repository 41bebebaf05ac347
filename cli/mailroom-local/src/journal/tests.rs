use super::*;
use std::time::{Duration, UNIX_EPOCH};

const MS: Duration = Duration::from_millis(1);

fn answered(trace: &str, status: u16) -> Event {
    let (method, path) = ("POST".to_owned(), "/".to_owned());
    Event::Answered { method, path, status, took: 5 * MS, trace_id: trace.to_owned() }
}

fn sent(message: &str, trace: Option<&str>, receipt: Option<&str>) -> Event {
    let (trace_id, attributes) = (trace.map(str::to_owned), carrying(receipt));
    Event::MessageSent { queue: "q".to_owned(), message_id: message.to_owned(), trace_id, attributes }
}

fn carrying(receipt: Option<&str>) -> BTreeMap<String, String> {
    receipt.map(|receipt| (RECEIPT.to_owned(), receipt.to_owned())).into_iter().collect()
}

fn received(message: &str, receives: u32) -> Event {
    Event::MessageReceived { queue: "q".to_owned(), message_id: message.to_owned(), receives }
}

fn deleted(message: &str) -> Event {
    Event::MessageDeleted { queue: "q".to_owned(), message_id: message.to_owned() }
}

fn dead_lettered(message: &str) -> Event {
    Event::MessageDeadLettered { queue: "q".to_owned(), message_id: message.to_owned() }
}

fn created(receipt: Option<&str>) -> Event {
    let (bucket, key) = ("b".to_owned(), "k".to_owned());
    Event::ObjectCreated { bucket, key, bytes: 1, metadata: carrying(receipt) }
}

/// Records events that happen 10 ms apart, and gives the ends that were told.
fn record(journal: &mut Journal, events: &[Event]) -> Vec<EmailTrace> {
    let at = |n: usize| UNIX_EPOCH + 10 * MS * u32::try_from(n).unwrap() + 10 * MS;
    let record = |(n, event)| journal.record(event, at(n)).cloned();
    events.iter().enumerate().filter_map(record).collect()
}

#[test]
fn a_request_is_followed_to_its_object_and_told_once() {
    let events = [
        sent("m", Some("t"), Some("r")),
        answered("t", 200),
        received("m", 1),
        created(Some("r")),
        deleted("m"),
    ];
    let ends = record(&mut Journal::default(), &events);
    let [end] = ends.as_slice() else { panic!("{ends:?}") };
    assert_eq!((end.stage, end.request.as_ref().unwrap().status, end.receives), (Stage::Stored, 200, 1));
    assert_eq!(end.stored.as_ref().unwrap().key, "k");
    // Answered at 20 ms after 5 ms, stored at 40 ms.
    assert_eq!(end.took(), Some(25 * MS));
}

#[test]
fn a_request_without_a_message_ends_with_its_answer() {
    let ends = record(&mut Journal::default(), &[answered("t", 403)]);
    assert_eq!((ends.len(), ends[0].stage), (1, Stage::Answered));
}

#[test]
fn a_message_that_is_deleted_without_an_object_was_stored_before() {
    let events = [sent("m", None, Some("r")), received("m", 1), created(Some("another")), deleted("m")];
    let ends = record(&mut Journal::default(), &events);
    assert_eq!((ends.len(), ends[0].stage), (1, Stage::Deleted));
    assert!(ends[0].request.is_none());
}

#[test]
fn a_dead_letter_is_an_end_until_it_is_redriven_under_a_new_id() {
    let mut journal = Journal::default();
    let events = [sent("m", Some("t"), Some("r")), answered("t", 200), received("m", 5), dead_lettered("m")];
    assert_eq!(record(&mut journal, &events)[0].stage, Stage::DeadLettered);
    assert_eq!(record(&mut journal, &[sent("m2", Some("t"), Some("r"))]).len(), 0);
    assert_eq!(journal.latest().next().unwrap().stage, Stage::Queued);
    let ends = record(&mut journal, &[received("m2", 6), created(Some("r")), deleted("m2")]);
    assert_eq!((ends.len(), ends[0].stage, ends[0].receives), (1, Stage::Stored, 6));
    assert_eq!(ends[0].request.as_ref().unwrap().status, 200);
    assert_eq!(journal.latest().count(), 1);
}

#[test]
fn a_redelivery_of_what_is_stored_is_no_second_end() {
    let events =
        [sent("m", None, Some("r")), received("m", 1), created(Some("r")), received("m", 2), deleted("m")];
    assert_eq!(record(&mut Journal::default(), &events).len(), 1);
}

#[test]
fn events_of_nothing_known_are_ignored() {
    let events = [received("m", 1), created(None), created(Some("r")), deleted("m"), dead_lettered("m")];
    let mut journal = Journal::default();
    assert_eq!(record(&mut journal, &events).len(), 0);
    assert_eq!(journal.latest().count(), 0);
}

#[test]
fn ended_traces_are_forgotten_and_those_under_way_are_not() {
    let mut journal = Journal::default();
    record(&mut journal, &[sent("m", None, Some("r"))]);
    for n in 0..2 * ENDED {
        record(&mut journal, &[answered(&n.to_string(), 200)]);
    }
    assert_eq!(journal.latest().count(), ENDED + 1);
    assert_eq!(journal.numbers.len(), ENDED + 2);
    let ends = record(&mut journal, &[created(Some("r"))]);
    assert_eq!(ends[0].message_id.as_deref(), Some("m"));
}

#[test]
fn even_those_under_way_are_not_remembered_without_bound() {
    let mut journal = Journal::default();
    for n in 0..=ALL {
        record(&mut journal, &[sent(&n.to_string(), None, None)]);
    }
    assert_eq!(journal.latest().count(), ALL);
    assert_eq!(journal.latest().last().unwrap().message_id.as_deref(), Some("1"));
}
