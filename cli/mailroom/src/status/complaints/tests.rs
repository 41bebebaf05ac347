use super::*;
use serde_json::json;
use std::time::UNIX_EPOCH;

const EMPTY: Depth = Depth { waiting: 0, received: 0, delayed: 0 };
const HELD: Depth = Depth { waiting: 0, received: 1, delayed: 0 };
const HIDDEN: Duration = Duration::from_secs(181);

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn line(seconds: u64, fields: &serde_json::Value) -> LogLine {
    LogLine::parse(at(seconds), &fields.to_string()).unwrap()
}

fn given_back(seconds: u64, receipt: Receipt, receives: &str) -> LogLine {
    let (message, error) = ("not filed: given back", "S3 PutObject: AccessDenied");
    line(
        seconds,
        &json!({"message": message, "error": error, "receipt": receipt.to_string(), "receives": receives}),
    )
}

fn filed(seconds: u64, receipt: Receipt) -> LogLine {
    line(seconds, &json!({"message": "filed", "receipt": receipt.to_string()}))
}

#[test]
fn a_complaint_about_an_email_stands_until_the_email_is_stored() {
    let (one, other) = (Receipt::new(), Receipt::new());
    let mut complaints = Complaints::default();
    complaints.add(Function::Worker, &given_back(10, one, "1"));
    complaints.add(Function::Worker, &given_back(200, one, "2"));
    complaints.add(Function::Worker, &given_back(30, other, "1"));
    assert_eq!(complaints.open_since(Function::Worker), Some(at(10)));
    assert_eq!(
        complaints.text(at(220)),
        "2 emails retrying, receives 1 to 2, last 20 s ago: 2 x worker: not filed: \
                                          given back (S3 PutObject: AccessDenied)"
    );
    complaints.stored(&filed(300, other));
    complaints.stored(&filed(300, Receipt::new()));
    let numbers = (complaints.lines(), complaints.standing(), complaints.retrying());
    assert_eq!(numbers, (3, 1, 1));
    complaints.queue(HELD, 5, HIDDEN, at(100_000));
    assert_eq!(complaints.retrying(), 1, "it may be the message that the queue holds");
    complaints.stored(&filed(500, one));
    assert_eq!((complaints.lines(), complaints.standing(), complaints.last()), (3, 0, Some(at(200))));
    assert_eq!(complaints.open_since(Function::Worker), None);
}

#[test]
fn a_complaint_about_a_message_without_a_receipt_goes_by_its_id() {
    let poison =
        |seconds| line(seconds, &json!({"message": "not an email", "message_id": "m", "receives": "1"}));
    let mut complaints = Complaints::default();
    complaints.add(Function::Worker, &poison(1));
    complaints.add(Function::Worker, &poison(2));
    assert_eq!((complaints.lines(), complaints.retrying()), (2, 1));
}

#[test]
fn a_complaint_is_over_when_its_email_has_left_the_queue() {
    for (depth, receives, seconds_later, over) in [
        (EMPTY, "2", 59, false), // SQS's count may be a minute old
        (EMPTY, "2", 61, true),
        (HELD, "4", 100_000, false),
        (HELD, "5", 240, false), // still hidden
        (HELD, "5", 242, true),  // moved to the dead-letter queue
    ] {
        let mut complaints = Complaints::default();
        complaints.add(Function::Worker, &given_back(1_000, Receipt::new(), receives));
        complaints.queue(depth, 5, HIDDEN, at(1_000 + seconds_later));
        assert_eq!(complaints.standing() == 0, over, "{depth}, receive {receives}, {seconds_later} s");
    }
}

#[test]
fn a_complaint_about_a_function_is_over_when_it_works_again() {
    let tokens = json!({"message": "tokens not fetched", "error": "SSM: ThrottlingException"});
    let refused =
        json!({"message": "refused", "error": "SQS: AccessDenied", "receipt": Receipt::new().to_string()});
    let stopped = json!({"message": "the function stopped", "error": "S3_BUCKET_NAME is not set"});
    for (function, complaint, over_from) in [
        (Function::Api, &refused, 100),
        (Function::Api, &tokens, 160), // until then the tokens may come from memory
        (Function::Worker, &stopped, 100),
    ] {
        let mut complaints = Complaints::default();
        complaints.add(function, &line(100, complaint));
        assert_eq!(complaints.open_since(function), Some(at(over_from)), "{complaint}");
        complaints.queue(EMPTY, 5, HIDDEN, at(100_000));
        complaints.worked(function, at(over_from - 1));
        assert_eq!((complaints.standing(), complaints.retrying()), (1, 0), "{complaint}");
        let text = complaints.text(at(400));
        assert!(text.contains("no email") && text.contains("5 min ago"), "{text}");
        complaints.worked(function, at(over_from));
        assert_eq!(complaints.standing(), 0, "{complaint}");
    }
}

#[test]
fn a_stored_email_shows_that_the_worker_works() {
    let mut complaints = Complaints::default();
    complaints.add(Function::Worker, &line(100, &json!({"message": "the function stopped"})));
    complaints.stored(&filed(101, Receipt::new()));
    assert_eq!(complaints.standing(), 0);
}
