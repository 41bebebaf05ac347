//! Where an email is, as far as the evidence shows. `state`: the states and their words.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::State;

use crate::find::bucket::Extent;
use crate::find::letter::Letter;
use crate::find::line::{Event, Line};
use crate::find::object::{Fate, Object};
use crate::find::queue::Queue;
use crate::report::{count, rfc_3339};
use crate::system::CLOCK_SKEW;
use email::Receipt;
use indicatif::HumanCount;
use serde::Serialize;
use std::time::{Duration, SystemTime};

/// The days that the logs go back, unless the stack's parameter LogRetention says otherwise.
const LOG_RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    /// False if it follows from counts, or from what was not found.
    pub(crate) certain: bool,
    /// Why, and what to do; nothing where the state says all.
    pub(crate) detail: String,
}

/// Everything that was found about one email.
pub(crate) struct Evidence<'a> {
    pub(crate) receipt: Option<Receipt>,
    /// The oldest first.
    pub(crate) lines: &'a [Line],
    pub(crate) object: Option<&'a Object>,
    pub(crate) letter: Option<&'a Letter>,
    /// Dead letters that another receiver has.
    pub(crate) unseen_letters: u64,
    /// Nothing if the question did not arise.
    pub(crate) queue: Option<Queue>,
    pub(crate) extent: Option<Extent>,
    pub(crate) now: SystemTime,
}

impl Evidence<'_> {
    pub(crate) fn verdict(&self) -> Verdict {
        if let Some(object) = self.object {
            return stored(object);
        }
        if let Some(letter) = self.letter {
            return sure(State::DeadLetter, letter.letter.reason.advice());
        }
        let worker = self.lines.iter().rfind(|line| is_outcome(&line.event));
        match worker.map(|line| (line, &line.event)) {
            Some((line, Event::Stored)) => self.stored_and_gone(line),
            Some((_, Event::Duplicate)) => self.duplicate(),
            Some((line, _)) => self.failed(line),
            None => self.without_a_line_of_worker(),
        }
    }

    fn stored_and_gone(&self, line: &Line) -> Verdict {
        let (at, extent) = (rfc_3339(line.time), self.extent());
        let detail = format!(
            "worker stored it at {at}, but its object is not there: it was moved or deleted. {extent}"
        );
        unsure(State::NotAccountedFor, detail)
    }

    fn duplicate(&self) -> Verdict {
        let whole = self.extent.is_none_or(Extent::is_whole);
        let more = if whole { String::new() } else { format!(" {}", self.extent()) };
        Verdict {
            state: State::Duplicate,
            certain: whole,
            detail: format!(
                "an equal email was stored before, under its own receipt, and this one was not stored again. The logs hold \
                 no keys: `mailroom find --sender` lists the sender's emails.{more}"
            ),
        }
    }

    /// Given back to the queue, and neither stored nor a dead letter that can be seen.
    fn failed(&self, line: &Line) -> Verdict {
        let Some(queue) = self.queue else { return self.nowhere() };
        let receives = line.receives.unwrap_or(1);
        let last = receives >= queue.max_receives;
        let why = match &line.event {
            Event::NotStored(error) => format!("not stored: {error}"),
            Event::NotAnEmail(reason) => format!("not an email: {reason}"),
            _ => String::new(),
        };
        let failed = format!("receive {} failed at {}: {why}", HumanCount(receives), rfc_3339(line.time));
        let due = line.time.checked_add(queue.visibility + CLOCK_SKEW).is_none_or(|due| due >= self.now);
        if queue.depth.all() == 0 {
            return match (last, self.unseen_letters) {
                (true, 0) => unsure(State::Discarded, format!("{failed}. {DISCARDED}")),
                (true, unseen) => {
                    unsure(State::DeadLetter, format!("{failed}. {}", another_receiver(unseen)))
                }
                (false, _) => {
                    unsure(State::NotAccountedFor, format!("{failed}. The queue is empty. {ASK_AGAIN}"))
                }
            };
        }
        let hidden = humantime::format_duration(queue.visibility);
        match (due, last) {
            (true, false) => sure(State::Retrying, format!("{failed}. The next one comes {hidden} later")),
            (true, true) => sure(
                State::Retrying,
                format!(
                    "{failed}. SQS makes it a dead letter {hidden} later, since this was the last receive"
                ),
            ),
            (false, false) => unsure(
                State::Retrying,
                format!("{failed}. The next one is overdue: check that worker runs (`mailroom status`)"),
            ),
            (false, true) => unsure(
                State::NotAccountedFor,
                format!(
                    "{failed}. It has left the dead-letter queue: it was redriven and is {}, or it was discarded.{}",
                    among(queue),
                    self.unseen()
                ),
            ),
        }
    }

    fn without_a_line_of_worker(&self) -> Verdict {
        let accepted = self.lines.iter().find(|line| line.event == Event::Accepted);
        let refused = self.lines.iter().find_map(|line| match &line.event {
            Event::Refused(reason) => Some((line, reason)),
            _ => None,
        });
        match (accepted, refused) {
            (Some(accepted), _) => self.accepted(accepted),
            (None, Some((line, reason))) => {
                let at = rfc_3339(line.time);
                let detail = format!(
                    "api answered with an error at {at} ({reason}), so its sender has to send it again. SQS may have it \
                     nevertheless: {}",
                    self.queue.map_or("ask again".to_owned(), |queue| format!("it may be {}", among(queue)))
                );
                unsure(State::Refused, detail)
            }
            (None, None) => self.nowhere(),
        }
    }

    /// Accepted, and seen nowhere else.
    fn accepted(&self, line: &Line) -> Verdict {
        let Some(queue) = self.queue else { return self.nowhere() };
        let accepted = format!("accepted at {}; no line of worker", rfc_3339(line.time));
        let age = self.now.duration_since(line.time).unwrap_or_default();
        if age > queue.retention {
            let kept = humantime::format_duration(queue.retention);
            let detail =
                format!("{accepted}. SQS deletes a message {kept} after its acceptance.{}", self.unseen());
            return unsure(State::NotAccountedFor, detail);
        }
        if queue.depth.all() == 0 {
            let detail = format!("{accepted}, and the queue is empty. {ASK_AGAIN}.{}", self.unseen());
            return unsure(State::NotAccountedFor, detail);
        }
        let state =
            if queue.depth.waiting + queue.depth.delayed == 0 { State::InFlight } else { State::Queued };
        let detail = format!("{accepted}. It is probably {}.{}", among(queue), self.unseen());
        unsure(state, detail)
    }

    /// No trace at all.
    fn nowhere(&self) -> Verdict {
        let mut detail = format!("no log line, no dead letter. {}", self.extent());
        if let Some(queue) = self.queue.filter(|queue| queue.depth.all() > 0) {
            detail += &format!(" It may be {}.", among(queue));
        }
        detail += &self.unseen();
        let accepted = self.receipt.and_then(|receipt| receipt.accepted_at());
        let age = accepted.and_then(|accepted| self.now.duration_since(accepted).ok());
        if let Some(accepted) = accepted.filter(|_| age.is_some_and(|age| age > LOG_RETENTION)) {
            detail += &format!(
                " The receipt is from {}; the logs go back 7 days, unless LogRetention says otherwise.",
                rfc_3339(accepted)
            );
        }
        Verdict { state: State::NotFound, certain: false, detail }
    }

    /// How much of the bucket was searched.
    fn extent(&self) -> String {
        match self.extent {
            None => "The bucket was not searched.".to_owned(),
            Some(extent) if extent.is_whole() => {
                format!("None of the {} written since has its receipt.", count(extent.written_then, "object"))
            }
            Some(Extent { written_then, looked_at }) => format!(
                "Only {} of the {} written since were looked at: --sender or --object finds the others.",
                HumanCount(looked_at),
                count(written_then, "object")
            ),
        }
    }

    fn unseen(&self) -> String {
        match self.unseen_letters {
            0 => String::new(),
            unseen => format!(" {}.", another_receiver(unseen)),
        }
    }
}

const DISCARDED: &str = "It is in neither queue: somebody deleted it (`mailroom dlq discard` saves what it deletes), or SQS's \
                         counts, which lag by a minute, leave it out";
const ASK_AGAIN: &str = "Log lines and SQS's counts lag by up to a minute: ask again then";

/// True for a line of worker that says how a receive ended.
fn is_outcome(event: &Event) -> bool {
    matches!(event, Event::Stored | Event::Duplicate | Event::NotStored(_) | Event::NotAnEmail(_))
}

fn stored(object: &Object) -> Verdict {
    match object.fate {
        Fate::Current => sure(State::Stored, ""),
        Fate::Deleted(at) => sure(State::Deleted, format!("at {}. {KEPT}", rfc_3339(at))),
        Fate::Overwritten(at) => sure(State::Deleted, format!("overwritten at {}. {KEPT}", rfc_3339(at))),
    }
}

const KEPT: &str =
    "The bucket keeps this version for 30 days, with EmailRetentionDays for one: --show prints it";

fn another_receiver(unseen: u64) -> String {
    format!(
        "It may be among the {} that another receiver has: ask again in a minute",
        count(unseen, "dead letter")
    )
}

fn among(queue: Queue) -> String {
    format!("among the {} in the queue, which SQS can't search", count(queue.depth.all(), "message"))
}

fn sure(state: State, detail: impl Into<String>) -> Verdict {
    Verdict { state, certain: true, detail: detail.into() }
}

fn unsure(state: State, detail: String) -> Verdict {
    Verdict { state, certain: false, detail }
}
