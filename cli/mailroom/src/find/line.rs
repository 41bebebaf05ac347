//! The functions' lines about one email (docs/LOGGING.md).

use crate::batch;
use crate::system::{CLOCK_SKEW, Function, LogLine, LogSearch, System, Wanted};
use anyhow::Result;
use email::{Caller, Receipt};
use indicatif::ProgressBar;
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use terminal::text::Printable;
use uuid::Uuid;

/// Most emails are stored by then. The fifth receive is 12 to 16 minutes after the first one, by `WorkerBatchWindow`.
const SOON: Duration = Duration::from_secs(30 * 60);
/// The longest that a function can take (Lambda's limit). A line that says more is wrong.
const LONGEST: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) function: Function,
    pub(crate) time: SystemTime,
    pub(crate) event: Event,
    /// The time from the beginning of the handling to the line.
    pub(crate) took: Option<Duration>,
    pub(crate) message_id: Option<Printable>,
    pub(crate) receives: Option<u64>,
    pub(crate) caller: Option<Caller>,
    /// The key of the batch in which the email is stored.
    pub(crate) object: Option<String>,
    /// The whole line.
    pub(crate) text: Printable,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Accepted,
    /// With a 5xx: SQS may have the email nevertheless.
    Refused(Printable),
    Stored,
    /// An equal email was stored already.
    Duplicate,
    NotStored(Printable),
    NotAnEmail(Printable),
    /// A line of another version.
    Other,
}

impl Line {
    pub(crate) fn new(function: Function, line: LogLine) -> Self {
        let fields: Value = serde_json::from_str(line.text.as_str()).unwrap_or_default();
        let object = fields["object"].as_str().filter(|key| batch::is_batch(key)).map(str::to_owned);
        let event = match (function, line.message.as_str()) {
            (Function::Api, "accepted") => Event::Accepted,
            (Function::Api, "refused") => Event::Refused(line.reason.unwrap_or_default()),
            // A batch that was there already has this email itself.
            (Function::Worker, "filed")
                if object.is_none() && line.outcome.is_some_and(|outcome| outcome.as_str() == "already") =>
            {
                Event::Duplicate
            }
            (Function::Worker, "filed") => Event::Stored,
            (Function::Worker, message) if message.starts_with("not filed") => {
                Event::NotStored(line.error.unwrap_or_default())
            }
            (Function::Worker, message) if message.starts_with("not an email") => {
                Event::NotAnEmail(line.reason.unwrap_or_default())
            }
            _ => Event::Other,
        };
        Self {
            function,
            time: line.time,
            event,
            took: fields["duration_ms"].as_f64().and_then(duration),
            message_id: line.message_id,
            receives: line.receives,
            caller: fields[Caller::NAME].as_str().and_then(|caller| caller.parse().ok()),
            object,
            text: line.text,
        }
    }

    /// When the handling began.
    pub(crate) fn began(&self) -> Option<SystemTime> {
        self.time.checked_sub(self.took?)
    }
}

fn duration(milliseconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(milliseconds / 1_000.0).ok().filter(|took| *took <= LONGEST)
}

/// All lines about one email, the oldest first.
///
/// `api` writes its line within its timeout. `worker`'s are first looked for in the time in which nearly all emails are
/// stored: reading the rest of the log may take minutes.
pub(crate) async fn lines(system: &System, receipt: Receipt, bar: &ProgressBar) -> Result<Vec<Line>> {
    let accepted = receipt.accepted_at();
    let from = accepted.unwrap_or(UNIX_EPOCH).checked_sub(CLOCK_SKEW).unwrap_or(UNIX_EPOCH);
    let (api, worker) = (&system.outputs.api_log_group, &system.outputs.worker_log_group);
    let at_once = accepted.and_then(|accepted| accepted.checked_add(2 * CLOCK_SKEW));
    let mut lines = read(system, Function::Api, api, receipt, (from, at_once), bar).await?;
    let soon = accepted.and_then(|accepted| accepted.checked_add(SOON));
    lines.extend(read(system, Function::Worker, worker, receipt, (from, soon), bar).await?);
    let is_stored = lines.iter().any(|line| matches!(line.event, Event::Stored | Event::Duplicate));
    if let (Some(soon), false) = (soon, is_stored) {
        let rest = (soon + Duration::from_millis(1), None);
        if rest.0 <= SystemTime::now() + CLOCK_SKEW {
            lines.extend(read(system, Function::Worker, worker, receipt, rest, bar).await?);
        }
    }
    lines.sort_by_key(|line| line.time);
    Ok(lines)
}

/// The receipt of the message with this id, by the lines of `api`, which sent it, or of `worker`, which received it: a
/// redrive gives a message another id.
pub(crate) async fn receipt_of(system: &System, id: Uuid, bar: &ProgressBar) -> Result<Option<Receipt>> {
    for group in [&system.outputs.api_log_group, &system.outputs.worker_log_group] {
        let mut search = LogSearch::new(&system.logs, group, [Wanted::MessageId(id)], UNIX_EPOCH, None);
        while let Some(page) = search.next_page().await? {
            bar.inc(1);
            if let Some(receipt) = page.into_iter().find_map(|line| line.receipt) {
                return Ok(Some(receipt));
            }
        }
    }
    Ok(None)
}

async fn read(
    system: &System,
    function: Function,
    group: &str,
    receipt: Receipt,
    (from, until): (SystemTime, Option<SystemTime>),
    bar: &ProgressBar,
) -> Result<Vec<Line>> {
    let mut search = LogSearch::new(&system.logs, group, [Wanted::Receipt(receipt)], from, until);
    let mut lines = Vec::new();
    while let Some(page) = search.next_page().await? {
        bar.inc(1);
        lines.extend(page.into_iter().map(|line| Line::new(function, line)));
    }
    Ok(lines)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    pub(crate) fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
    }

    /// A line of this time after a fixed one.
    pub(crate) fn line(function: Function, seconds: u64, fields: &Value) -> Line {
        let line = LogLine::parse(at(seconds), &fields.to_string()).unwrap();
        Line::new(function, line)
    }

    #[test]
    fn a_line_says_what_happened_and_when_it_began() {
        let stored = line(
            Function::Worker,
            10,
            &json!({"message": "filed", "outcome": "apart", "receives": "2", "duration_ms": 500.0}),
        );
        assert_eq!((&stored.event, stored.receives), (&Event::Stored, Some(2)));
        assert_eq!(stored.began(), Some(at(10) - Duration::from_millis(500)));
        let mut already = json!({"message": "filed", "outcome": "already"});
        assert_eq!(line(Function::Worker, 1, &already).event, Event::Duplicate);
        already["object"] = "batches/2023/11/14/22/00.ndjson".into();
        let in_batch = line(Function::Worker, 1, &already);
        assert_eq!((in_batch.event, in_batch.object.as_deref()), (Event::Stored, already["object"].as_str()));
        let refused = json!({"message": "refused", "reason": "unavailable"});
        assert_eq!(line(Function::Api, 1, &refused).event, Event::Refused("unavailable".into()));
        let other = json!({"message": "accepted"});
        assert_eq!(line(Function::Worker, 1, &other).event, Event::Other, "only api accepts");
    }

    #[test]
    fn a_duration_that_can_not_be_is_left_out() {
        for value in [json!(1e308), json!(-1.0), json!(u64::MAX), json!("5"), json!(null), json!(900_001)] {
            let line = line(Function::Worker, 1, &json!({"message": "filed", "duration_ms": value}));
            assert_eq!((line.took, line.began()), (None, None), "{value}");
        }
    }
}
