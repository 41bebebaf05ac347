//! The functions' warnings and errors (complaints): which of them stand, and which are over.
//!
//! A complaint about an email is over once the email is stored, or has left the queue: then it is a dead letter, which the
//! dead-letter queue shows, or it was deleted. A complaint about a function is over once the function works.

use crate::report::count;
use crate::system::{Depth, Function, LogLine};
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
mod tests;
