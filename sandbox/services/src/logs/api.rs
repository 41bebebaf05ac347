//! `FilterLogEvents`, as it comes in over HTTP.

use super::group::{From, Line};
use super::pattern::Pattern;
use super::search::{Search, Streams};
use super::{Logs, invalid};
use crate::error::{Result, ServiceError};
use crate::json;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The most lines of a page.
const LIMIT: i64 = 10_000;

/// An unknown member is an error: it could change what is found.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FilterLogEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
    start_from_head: Option<bool>,
    /// AWS takes it for true, whatever it says.
    #[serde(rename = "interleaved")]
    _interleaved: Option<bool>,
    /// Nothing is masked here.
    #[serde(rename = "unmask")]
    _unmask: Option<bool>,
}

pub(crate) fn call(logs: &Logs, operation: &str, request: Value) -> Result<Value> {
    match operation {
        "FilterLogEvents" => filter_log_events(logs, json::input(request)?),
        _ => Err(ServiceError::unknown_operation(operation)),
    }
}

fn filter_log_events(logs: &Logs, request: FilterLogEvents) -> Result<Value> {
    let group = match (&request.log_group_name, &request.log_group_identifier) {
        (Some(group), None) | (None, Some(group)) => group,
        _ => return Err(invalid("Give either logGroupName or logGroupIdentifier.")),
    };
    let (group, digest) = (logs.find(group)?, request.digest());
    let (lines, next) = request.search(&digest)?.page(&group)?;
    let mut answer = json!({
        "events": lines.iter().map(event).collect::<Vec<_>>(),
        "searchedLogStreams": [], // AWS no longer names any
    });
    if let Some(next) = next {
        answer["nextToken"] = json!(format!("{digest}{next}"));
    }
    Ok(answer)
}

fn event(line: &Line) -> Value {
    json!({
        "logStreamName": &*line.stream,
        "timestamp": line.time,
        "message": &*line.text,
        "ingestionTime": line.time,
        "eventId": format!("{:056}", line.number),
    })
}

impl FilterLogEvents {
    fn search(self, digest: &str) -> Result<Search> {
        let number = |token: String| token.strip_prefix(digest)?.parse().ok();
        let from = match self.next_token {
            Some(token) => {
                From::Number(number(token).ok_or_else(|| invalid("The specified nextToken is invalid."))?)
            }
            None => From::Time(time("startTime", self.start_time)?.unwrap_or(0)),
        };
        let streams = match (self.log_stream_names, self.log_stream_name_prefix) {
            (None, None) => Streams::All,
            (Some(names), None) => Streams::Named(names),
            (None, Some(prefix)) => Streams::Prefixed(prefix),
            _ => return Err(invalid("Give either logStreamNames or logStreamNamePrefix.")),
        };
        if self.start_from_head == Some(false) {
            return Err(invalid(
                "The sandbox doesn't support startFromHead=false: lines come in their order.",
            ));
        }
        let limit = limit(self.limit.unwrap_or(LIMIT))?;
        Ok(Search {
            from,
            until: time("endTime", self.end_time)?.unwrap_or(i64::MAX),
            streams,
            pattern: Pattern::parse(self.filter_pattern.as_deref().unwrap_or_default())?,
            limit,
        })
    }

    /// The beginning of a token, which makes it good for its own request alone. Only the limit may change.
    fn digest(&self) -> String {
        let parts = json!([
            self.log_group_name,
            self.log_group_identifier,
            self.log_stream_names,
            self.log_stream_name_prefix,
            self.start_time,
            self.end_time,
            self.filter_pattern,
        ]);
        hex::encode(&Sha256::digest(parts.to_string())[..8])
    }
}

fn limit(limit: i64) -> Result<usize> {
    let bound = if limit < 1 { "greater than or equal to 1" } else { "less than or equal to 10000" };
    usize::try_from(limit).ok().filter(|_| (1..=LIMIT).contains(&limit)).ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value {bound}"
        ))
    })
}

fn time(name: &str, time: Option<i64>) -> Result<Option<i64>> {
    if time.is_some_and(|time| time < 0) {
        return Err(invalid(format!("{name} is a number of milliseconds since 1970, from 0 on.")));
    }
    Ok(time)
}
