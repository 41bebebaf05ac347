//! The functions' warnings and errors (complaints): which of them stand, and which are over.
//!
//! A complaint about an email is over once the email is stored, or has left the queue: then it is a dead letter, which the
//! dead-letter queue shows, or it was deleted. A complaint about a function is over once the function works.

use crate::report::count;
use crate::system::{Depth, LogLine};
use email::Receipt;
use indicatif::HumanCount;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::hash_map::{Entry, HashMap};
use std::time::{Duration, SystemTime};

/// Different complaints that are shown.
const SHOWN: usize = 3;
/// `api` reads its tokens again within a minute, so an email that it accepts after that shows that it can.
const TOKENS_READ_WITHIN: Duration = Duration::from_secs(60);
/// SQS's counts may be a minute old (`GetQueueAttributes`, Amazon SQS API reference).
pub(crate) const COUNTS_LAG: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Api,
    Worker,
}

impl Function {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Worker => "worker",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Email(Receipt),
    /// One without a receipt, by SQS's id.
    Message(String),
    Function(Function),
}

/// The last complaint about a subject.
#[derive(Debug)]
struct Complaint {
    first: SystemTime,
    last: SystemTime,
    /// A success from this time on ends a complaint about a function.
    over_from: SystemTime,
    what: String,
    receives: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Complaints {
    lines: u64,
    last: Option<SystemTime>,
    standing: HashMap<Subject, Complaint>,
}

impl Complaints {
    pub(crate) fn add(&mut self, function: Function, line: &LogLine) {
        self.lines += 1;
        self.last = self.last.max(Some(line.time));
        let why = line.why().map(|why| format!(" ({why})")).unwrap_or_default();
        // Only a refusal is over at the next success: the tokens may come from memory for a while.
        let wait = if line.message.as_str() == "refused" { Duration::ZERO } else { TOKENS_READ_WITHIN };
        let wait = if function == Function::Api { wait } else { Duration::ZERO };
        let new = Complaint {
            first: line.time,
            last: line.time,
            over_from: line.time + wait,
            what: format!("{}: {}{why}", function.name(), line.message),
            receives: line.receives,
        };
        match self.standing.entry(subject(function, line)) {
            Entry::Vacant(entry) => drop(entry.insert(new)),
            Entry::Occupied(mut entry) => entry.get_mut().follow(new),
        }
    }

    /// `worker` stored the email of this line, then or before.
    pub(crate) fn stored(&mut self, line: &LogLine) {
        self.standing.remove(&subject(Function::Worker, line));
        self.worked(Function::Worker, line.time);
    }

    pub(crate) fn worked(&mut self, function: Function, time: SystemTime) {
        let subject = Subject::Function(function);
        if self.standing.get(&subject).is_some_and(|complaint| time >= complaint.over_from) {
            self.standing.remove(&subject);
        }
    }

    /// Ends the complaints about emails that have left the queue, which now holds so many messages. `after` the last of so
    /// many receives a message is moved to the dead-letter queue.
    pub(crate) fn queue(&mut self, depth: Depth, receives: u64, hidden: Duration, now: SystemTime) {
        self.standing.retain(|subject, complaint| {
            let age = now.duration_since(complaint.last).unwrap_or_default();
            let moved = complaint.receives.is_some_and(|n| n >= receives) && age > hidden + COUNTS_LAG;
            let left = moved || (depth.all() == 0 && age > COUNTS_LAG);
            matches!(subject, Subject::Function(_)) || !left
        });
    }

    /// The time from which on a success of this function may end a complaint, if any stands that a success can end.
    pub(crate) fn open_since(&self, function: Function) -> Option<SystemTime> {
        let of = |subject: &Subject| match subject {
            Subject::Function(one) => *one == function,
            Subject::Email(_) | Subject::Message(_) => function == Function::Worker,
        };
        let open = self.standing.iter().filter(|(subject, _)| of(subject));
        open.map(|(subject, complaint)| match subject {
            Subject::Function(_) => complaint.over_from,
            _ => complaint.first,
        })
        .min()
    }

    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    pub(crate) fn last(&self) -> Option<SystemTime> {
        self.last
    }

    /// Emails, and functions.
    pub(crate) fn standing(&self) -> u64 {
        self.standing.len() as u64
    }

    pub(crate) fn retrying(&self) -> u64 {
        self.emails().count() as u64
    }

    fn emails(&self) -> impl Iterator<Item = &Complaint> {
        let emails = self.standing.iter().filter(|(subject, _)| !matches!(subject, Subject::Function(_)));
        emails.map(|(_, complaint)| complaint)
    }

    /// The complaints that stand, or nothing.
    pub(crate) fn text(&self, now: SystemTime) -> String {
        let functions = self.standing.iter().filter_map(|(subject, complaint)| match subject {
            Subject::Function(function) => Some((function, complaint)),
            _ => None,
        });
        let functions = functions.map(|(function, complaint)| {
            let did = if *function == Function::Api { "accepted" } else { "stored" };
            format!("no email {did} since {}, {}", complaint.what, ago(complaint.last, now))
        });
        let mut texts: Vec<_> = functions.collect();
        texts.sort();
        texts.splice(0..0, self.retrying_text(now));
        texts.join("; ")
    }

    fn retrying_text(&self, now: SystemTime) -> Option<String> {
        let (mut kinds, mut receives) = (BTreeMap::<&str, u64>::new(), None::<(u64, u64)>);
        for complaint in self.emails() {
            *kinds.entry(&complaint.what).or_default() += 1;
            if let Some(n) = complaint.receives {
                let (least, most) = receives.unwrap_or((n, n));
                receives = Some((least.min(n), most.max(n)));
            }
        }
        let last = self.emails().map(|complaint| complaint.last).max()?;
        let receives = match receives {
            Some((least, most)) if least == most => format!(", receive {most}"),
            Some((least, most)) => format!(", receives {least} to {most}"),
            None => String::new(),
        };
        let mut most: Vec<_> = kinds.into_iter().collect();
        most.sort_by_key(|(_, emails)| Reverse(*emails));
        let shown = most.iter().take(SHOWN).map(|(what, emails)| match emails {
            1 => (*what).to_owned(),
            _ => format!("{} x {what}", HumanCount(*emails)),
        });
        let shown = shown.collect::<Vec<_>>().join("; ");
        let emails = count(self.retrying(), "email");
        Some(format!("{emails} retrying{receives}, last {}: {shown}", ago(last, now)))
    }
}

impl Complaint {
    /// Lines of several instances come in any order.
    fn follow(&mut self, other: Self) {
        let first = self.first.min(other.first);
        let over_from = self.over_from.max(other.over_from);
        if other.last >= self.last {
            *self = other;
        }
        (self.first, self.over_from) = (first, over_from);
    }
}

/// The caller of a refused email has to send it again, so only `worker` complains about emails.
fn subject(function: Function, line: &LogLine) -> Subject {
    match (function, line.receipt, &line.message_id) {
        (Function::Worker, Some(receipt), _) => Subject::Email(receipt),
        (Function::Worker, None, Some(id)) => Subject::Message(id.to_string()),
        _ => Subject::Function(function),
    }
}

/// "40 s ago", "9 min ago". A function's clock may be ahead of this machine's.
pub(crate) fn ago(time: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(time).unwrap_or_default().as_secs();
    if seconds < 120 { format!("{seconds} s ago") } else { format!("{} min ago", seconds / 60) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::UNIX_EPOCH;

    const EMPTY: Depth = Depth { waiting: 0, received: 0, delayed: 0 };
    const HELD: Depth = Depth { waiting: 0, received: 1, delayed: 0 };
    const HIDDEN: Duration = Duration::from_secs(180);

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
            (HELD, "5", 239, false), // still hidden
            (HELD, "5", 241, true),  // moved to the dead-letter queue
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
        let refused = json!({"message": "refused", "error": "SQS: AccessDenied", "receipt": Receipt::new().to_string()});
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
}
