//! The functions' lines in CloudWatch Logs. docs/LOGGING.md has their fields.

use super::Explain;
use anyhow::{Result, bail};
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use email::Receipt;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use terminal::text::Printable;
use uuid::Uuid;

/// The end of the year 9999, the last one that RFC 3339 can write.
const LAST_MILLISECOND: u64 = 253_402_300_799_999;

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
#[allow(dead_code)] // for a search by receipt or message id
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

/// A line of a function.
#[allow(dead_code)] // for a search by receipt or message id
#[derive(Clone, Debug)]
pub(crate) struct LogLine {
    /// The function's clock.
    pub(crate) time: SystemTime,
    pub(crate) level: Printable,
    pub(crate) message: Printable,
    pub(crate) receipt: Option<Receipt>,
    pub(crate) message_id: Option<Printable>,
    pub(crate) reason: Option<Printable>,
    pub(crate) error: Option<Printable>,
    /// Of a stored email: `new`, `already` or `apart`.
    pub(crate) outcome: Option<Printable>,
    /// How often the message had been delivered, this time included.
    pub(crate) receives: Option<u64>,
    /// The whole line, which is JSON.
    pub(crate) text: Printable,
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
        let lines = answer.events().iter().filter_map(line);
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

impl LogLine {
    /// Nothing for a line of Lambda's own or a metrics line, which have no message.
    pub(crate) fn parse(time: SystemTime, text: &str) -> Option<Self> {
        let fields: Map<String, Value> = serde_json::from_str(text).ok()?;
        let text_of = |name: &str| fields.get(name).and_then(Value::as_str);
        let of = |name: &str| text_of(name).map(Printable::from);
        Some(Self {
            time,
            level: of("level").unwrap_or_default(),
            message: of("message")?,
            receipt: text_of("receipt").and_then(|receipt| receipt.parse().ok()),
            message_id: of("message_id"),
            reason: of("reason"),
            error: of("error"),
            outcome: of("outcome"),
            receives: text_of("receives").and_then(|receives| receives.parse().ok()),
            text: text.into(),
        })
    }

    /// The error, or the reason why an email was refused or a message is not an email.
    pub(crate) fn why(&self) -> Option<&Printable> {
        self.error.as_ref().or(self.reason.as_ref())
    }
}

fn line(event: &FilteredLogEvent) -> Option<LogLine> {
    LogLine::parse(time(event.timestamp?), event.message()?)
}

/// Milliseconds since 1970, as CloudWatch Logs counts.
fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn time(milliseconds: i64) -> SystemTime {
    let milliseconds = u64::try_from(milliseconds).unwrap_or_default().min(LAST_MILLISECOND);
    UNIX_EPOCH + Duration::from_millis(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudwatchlogs::config::{BehaviorVersion, Config, Credentials, Region};
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;
    use serde_json::json;
    use std::sync::{Arc, Mutex};

    /// CloudWatch Logs with these pages, the next one of which each request gets.
    #[derive(Clone, Debug)]
    struct Pages(Arc<Mutex<(Vec<Value>, Vec<Value>)>>);

    impl Pages {
        fn new(pages: impl IntoIterator<Item = Value>) -> Self {
            let mut left: Vec<_> = pages.into_iter().collect();
            left.reverse();
            Self(Arc::new(Mutex::new((left, Vec::new()))))
        }

        fn client(&self) -> Client {
            let connector = SharedHttpConnector::new(self.clone());
            let config = Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-central-1"))
                .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
                .http_client(http_client_fn(move |_, _| connector.clone()));
            Client::from_conf(config.build())
        }

        fn asked(&self) -> Vec<Value> {
            self.0.lock().unwrap().1.clone()
        }
    }

    impl HttpConnector for Pages {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let mut pages = self.0.lock().unwrap();
            pages.1.push(serde_json::from_slice(request.body().bytes().unwrap()).unwrap());
            let page = pages.0.pop().expect("no request after the last page");
            HttpConnectorFuture::ready(Ok(HttpResponse::new(
                200.try_into().unwrap(),
                SdkBody::from(page.to_string()),
            )))
        }
    }

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

    #[test]
    fn a_line_is_parsed_as_far_as_it_can_be_and_is_safe_to_print() {
        let parse = |milliseconds, line: &Value| {
            let event = FilteredLogEvent::builder().timestamp(milliseconds).message(line.to_string());
            super::line(&event.build()).unwrap()
        };
        let receipt = Receipt::new();
        let line = json!({"level": "WARN", "message": "not filed\u{202e}", "receipt": receipt.to_string(),
            "message_id": "m-1", "error": "S3", "reason": "poison", "outcome": "new", "receives": "3"});
        let line = parse(i64::MAX, &line);
        assert_eq!(
            (line.message.as_str(), line.receipt, line.receives),
            ("not filed\u{fffd}", Some(receipt), Some(3))
        );
        assert!(!line.text.as_str().contains('\u{202e}') && line.text.as_str().contains("m-1"), "{line:?}");
        assert!(humantime::format_rfc3339(line.time).to_string().starts_with("9999"));
        let odd = json!({"message": "m", "receipt": "no uuid", "receives": "many", "error": 7});
        let odd = parse(-1, &odd);
        assert_eq!((odd.receipt, odd.receives, odd.error, odd.time), (None, None, None, UNIX_EPOCH));
    }
}
