//! An object of the layout `batch`: a function of its emails, and of nothing else.

use crate::contract::{self, Fields};
use arbitrary::{Arbitrary, Unstructured};
use email::{BatchKey, BatchLine, BatchObject, Caller, Email, Receipt, Sender, Timestamp};
use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

const CALLERS: [&str; 2] = ["billing", "shop"];
/// The times of version 7, and none of them.
const RECEIPTS: [&str; 4] = [
    "018a501b-9acf-7000-8000-000000000001",
    "018a501b-9acf-7000-8000-000000000002",
    "ffffffff-ffff-7000-8000-000000000001",
    "b3a9c1de-0000-4000-8000-000000000001",
];

/// A message of the queue. Few values, so that copies are likely.
#[derive(Arbitrary)]
struct Message<'a> {
    sender: &'a str,
    second: u8,
    content: &'a str,
    receipt: Option<u8>,
    sent: Option<u64>,
    caller: Option<u8>,
}

/// Reads bytes that start as an object as a line, and makes an object's emails of others.
///
/// # Panics
/// If a line is read otherwise than an independent reader does, or changes when it is written again; if an object depends on
/// the order of its messages or on their copies, lacks an email, or has one twice.
pub fn check(bytes: &[u8]) {
    if bytes.starts_with(b"{") {
        return check_line(bytes);
    }
    let Ok(messages) = Vec::<Message>::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    check_object(&messages.iter().filter_map(Message::line).collect::<Vec<_>>());
}

fn check_line(bytes: &[u8]) {
    let Ok(line) = BatchLine::parse(bytes) else { return };
    let encoded = line.encode();
    assert!(!encoded.contains(['\n', '\r']), "more than one line");
    assert_eq!(BatchLine::parse(encoded.as_bytes()).expect("a line of ours"), line, "written again");
    let theirs = contract::line(bytes).map(|(fields, _)| fields);
    assert_eq!(theirs, Some(Fields::of(&line.email)), "other readers see another email");
}

fn check_object(lines: &[BatchLine]) {
    let Some(object) = BatchObject::new(lines.to_vec(), UNIX_EPOCH) else {
        return assert!(lines.is_empty(), "no object for {} emails", lines.len());
    };
    let twice = lines.iter().rev().chain(lines).cloned().collect();
    let other = BatchObject::new(twice, UNIX_EPOCH).expect("an object");
    assert!(object.key == other.key && object.body == other.body, "the order or the copies count");

    assert_eq!(object.key.to_string().parse::<BatchKey>(), Ok(object.key.clone()));
    let stored: Vec<_> = object.body.lines().map(|line| BatchLine::parse(line.as_bytes()).unwrap()).collect();
    assert!(stored.iter().all(|line| lines.contains(line)), "a line of no message");
    assert_eq!(stored.len(), object.emails);
    let copies = |lines: &[BatchLine]| lines.iter().map(BatchLine::copy_of).collect::<BTreeSet<_>>();
    assert_eq!(copies(&stored), copies(lines), "other emails");
    assert_eq!(copies(&stored).len(), stored.len(), "an email is there twice");

    let times = || lines.iter().filter_map(|line| line.accepted_at.as_ref());
    let earliest = times().min().map_or_else(|| "1970-01-01T00".to_owned(), ToString::to_string);
    let hour = format!("{}{}/", BatchKey::PREFIX, earliest[..13].replace(['-', 'T'], "/"));
    assert!(object.key.to_string().starts_with(&hour), "{} is not of {earliest}", object.key);
}

impl Message<'_> {
    /// `None` if the sender is blank.
    fn line(&self) -> Option<BatchLine> {
        let email = Email {
            subject: String::new(),
            sender: Sender::new(self.sender.to_owned()).ok()?,
            timestamp: Timestamp::new((self.second % 2).to_string()).expect("a timestamp"),
            content: self.content.to_owned(),
        };
        let receipt = self.receipt.map(|n| parsed::<Receipt>(&RECEIPTS, n));
        let caller = self.caller.map(|n| parsed::<Caller>(&CALLERS, n));
        let sent = self.sent.and_then(|sent| UNIX_EPOCH.checked_add(Duration::from_millis(sent)));
        Some(BatchLine::new(email, receipt, sent, caller))
    }
}

fn parsed<T: std::str::FromStr>(texts: &[&str], index: u8) -> T {
    texts[usize::from(index) % texts.len()].parse().ok().expect("one of the texts above")
}
