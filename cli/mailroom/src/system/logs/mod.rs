//! The functions' lines in CloudWatch Logs. docs/LOGGING.md has their fields.
//!
//! - [`LogSearch`]: all lines of a log group that have a wanted value; [`LogLine`]: one of them.

mod line;
#[cfg(test)]
pub(crate) mod pages;

pub(crate) use line::LogLine;

use super::Explain;
use anyhow::{Result, bail};
use aws_sdk_cloudwatchlogs::Client;
use email::Receipt;
use serde::Serialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// How far two clocks may differ. SQS, S3 and the functions run by clocks of their own, and AWS refuses a request whose
/// time is more than five minutes off ("Elements of an AWS API request signature", IAM user guide).
pub(crate) const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
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

/// A search through one log group. It finds the lines that have one of the wanted values.
pub(crate) struct LogSearch<'a> {
    client: &'a Client,
    group: &'a str,
    wanted: Vec<Wanted>,
    from: SystemTime,
    until: Option<SystemTime>,
    next: Next,
}

/// A value that a line has.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Level(&'static str),
    Message(&'static str),
    Receipt(Receipt),
    /// SQS's ids are UUIDs, so no id can change the filter pattern.
    MessageId(Uuid),
}

enum Next {
    FirstPage,
    Page(String),
    End,
}

impl<'a> LogSearch<'a> {
    /// From the first time to the last one, both included, by the functions' clocks; without a last one, to the newest line.
    pub(crate) fn new(
        client: &'a Client,
        group: &'a str,
        wanted: impl Into<Vec<Wanted>>,
        from: SystemTime,
        until: Option<SystemTime>,
    ) -> Self {
        Self { client, group, wanted: wanted.into(), from, until, next: Next::FirstPage }
    }

    /// The lines of the next page; `None` after the last page. A page may be empty with others to come, because
    /// CloudWatch Logs answers with what it found up to then (`FilterLogEvents`, CloudWatch Logs API reference).
    /// Only `None` means that the log has no more such lines.
    pub(crate) async fn next_page(&mut self) -> Result<Option<Vec<LogLine>>> {
        let token = match &self.next {
            Next::FirstPage => None,
            Next::Page(token) => Some(token.clone()),
            Next::End => return Ok(None),
        };
        let pattern: Vec<_> = self.wanted.iter().map(Wanted::pattern).collect();
        let filter = self.client.filter_log_events().log_group_name(self.group);
        let filter = filter
            .filter_pattern(format!("{{ {} }}", pattern.join(" || ")))
            .start_time(milliseconds(self.from))
            .set_end_time(self.until.map(milliseconds))
            .set_next_token(token.clone());
        let answer = filter.send().await.explain(format!("can't read the log group {}", self.group))?;
        self.next = match answer.next_token().filter(|next| !next.is_empty()) {
            Some(next) if token.as_deref() == Some(next) => {
                bail!("can't read the log group {} to its end: CloudWatch Logs repeats a page", self.group)
            }
            Some(next) => Next::Page(next.to_owned()),
            None => Next::End,
        };
        let lines = answer.events().iter().filter_map(LogLine::of_event);
        // Moto finds every line.
        Ok(Some(lines.filter(|line| self.wanted.iter().any(|wanted| wanted.is_in(line))).collect()))
    }
}

impl Wanted {
    pub(crate) const COMPLAINTS: [Self; 2] = [Self::Level("ERROR"), Self::Level("WARN")];

    /// A term of a filter pattern.
    fn pattern(&self) -> String {
        match self {
            Self::Level(level) => format!("$.level = \"{level}\""),
            Self::Message(message) => format!("$.message = \"{message}\""),
            Self::Receipt(receipt) => format!("$.receipt = \"{receipt}\""),
            Self::MessageId(id) => format!("$.message_id = \"{id}\""),
        }
    }

    fn is_in(&self, line: &LogLine) -> bool {
        match self {
            Self::Level(level) => line.level.as_str() == *level,
            Self::Message(message) => line.message.as_str() == *message,
            Self::Receipt(receipt) => line.receipt == Some(*receipt),
            Self::MessageId(id) => line.message_id.as_ref().is_some_and(|one| one.as_str() == id.to_string()),
        }
    }
}

/// Milliseconds since 1970, as CloudWatch Logs counts.
fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pages::Pages;
    use serde_json::{Value, json};

    fn event(milliseconds: i64, line: &Value) -> Value {
        json!({"timestamp": milliseconds, "message": line.to_string()})
    }

    async fn read_all(client: &Client, wanted: &[Wanted]) -> Result<Vec<LogLine>> {
        let until = UNIX_EPOCH + Duration::from_secs(9);
        let mut search = LogSearch::new(client, "the-group", wanted, UNIX_EPOCH, Some(until));
        let mut lines = Vec::new();
        while let Some(page) = search.next_page().await? {
            lines.extend(page);
        }
        assert!(search.next_page().await?.is_none(), "the end stays the end");
        Ok(lines)
    }

    #[tokio::test]
    async fn an_empty_page_is_not_the_end_of_a_log() {
        let line = event(1_234, &json!({"level": "WARN", "message": "not filed"}));
        let pages = Pages::new([
            json!({"events": [], "nextToken": "a"}),
            json!({"nextToken": "b"}),
            json!({"events": [line], "nextToken": "c"}),
            json!({"events": []}),
        ]);
        let lines = read_all(&pages.client(), &Wanted::COMPLAINTS).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["not filed"]);
        assert_eq!(lines[0].time, UNIX_EPOCH + Duration::from_millis(1_234));
        let mut asked = pages.asked();
        let tokens: Vec<_> = asked.iter_mut().map(|request| request["nextToken"].take()).collect();
        assert_eq!(tokens, [Value::Null, json!("a"), json!("b"), json!("c")]);
        assert_eq!(asked[0]["filterPattern"], r#"{ $.level = "ERROR" || $.level = "WARN" }"#);
        assert_eq!((&asked[0]["startTime"], &asked[3]["endTime"]), (&json!(0), &json!(9_000)));
    }

    #[tokio::test]
    async fn a_page_that_names_itself_as_the_next_is_an_error_and_not_the_end() {
        let page = json!({"events": [], "nextToken": "a"});
        let pages = Pages::new([page.clone(), page]);
        let error = read_all(&pages.client(), &Wanted::COMPLAINTS).await.unwrap_err().to_string();
        assert!(error.contains("the-group") && error.contains("to its end"), "{error}");
    }

    #[tokio::test]
    async fn only_lines_with_a_wanted_value_are_found_whatever_the_filter_lets_through() {
        let (one, other) = (Receipt::new(), Receipt::new());
        let line = |message: &str, receipt: Receipt, id: Uuid| {
            let receipt = receipt.to_string();
            json!({"level": "INFO", "message": message, "receipt": receipt, "message_id": id.to_string()})
        };
        let id = Uuid::new_v4();
        let events = [
            event(1, &line("wanted by its receipt", one, Uuid::new_v4())),
            event(2, &line("wanted by its message id", other, id)),
            event(3, &line("not wanted", other, Uuid::new_v4())),
            json!({"timestamp": 4, "message": "REPORT RequestId: 1"}),
            event(5, &json!({"type": "platform.report"})),
        ];
        let pages = Pages::new([json!({"events": events})]);
        let lines = read_all(&pages.client(), &[Wanted::Receipt(one), Wanted::MessageId(id)]).await.unwrap();
        let messages: Vec<_> = lines.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(messages, ["wanted by its receipt", "wanted by its message id"]);
    }
}
