//! The log: one JSON object a line on stdout, as Lambda's JSON log format requires of a custom runtime.

use crate::settings::{self, SettingError};
use std::{panic, time::Duration};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::{fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// The variable in which Lambda passes the level of the function's `LoggingConfig`.
const LEVEL_VARIABLE: &str = "AWS_LAMBDA_LOG_LEVEL";
/// The crates that may log below INFO. The SDK and the Lambda runtime may not: at DEBUG they print whole requests, with
/// token and email.
const OURS: [&str; 5] = ["api", "worker", "canary", "runtime", "email"];
/// The module in which the Lambda runtime logs an event that it can't read, with serde's error, which may quote the
/// email. Lambda itself reports such an invocation as failed.
const QUOTES_EVENTS: &str = "lambda_runtime::layers::api_response";

/// Starts the log and sets the panic hook. After an unknown level the log runs at INFO, so that it shows the error.
pub fn start() -> Result<(), SettingError> {
    let level = settings::read(LEVEL_VARIABLE).and_then(|name| parse_level(name.as_deref()));
    let filter = filter(*level.as_ref().unwrap_or(&LevelFilter::INFO));
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    tracing_subscriber::registry().with(lines.with_target(false)).with(filter).init();
    panic::set_hook(Box::new(log_panic));
    level.map(drop)
}

/// Parses a name of Lambda's `ApplicationLogLevel`.
fn parse_level(name: Option<&str>) -> Result<LevelFilter, SettingError> {
    Ok(match name {
        Some("TRACE") => LevelFilter::TRACE,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some("INFO") | None => LevelFilter::INFO,
        Some("WARN") => LevelFilter::WARN,
        Some("ERROR" | "FATAL") => LevelFilter::ERROR,
        Some(_) => {
            let reason = "must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL".to_owned();
            return Err(SettingError::Invalid { name: LEVEL_VARIABLE, reason });
        }
    })
}

fn filter(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_targets(OURS.map(|name| (name, level)))
        .with_target(QUOTES_EVENTS, LevelFilter::OFF)
}

/// Logs the place of a panic and never its message, which may quote an email.
fn log_panic(info: &panic::PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    tracing::error!(place, "panicked: this is a bug");
}

/// The trace id in the tracing header `header` (`Root=1-...;Parent=...;Sampled=1`).
///
/// Every sender to the queue can write this header, and the id goes into the log: an id with other characters than an
/// id's is ignored.
pub fn trace_id(header: &str) -> Option<&str> {
    let id = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-').then_some(id)
}

/// `duration` in the unit of the log's and the metrics' `ms` values.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level as L;

    #[test]
    fn at_trace_our_crates_log_everything_and_the_others_stay_at_info() {
        let filter = filter(LevelFilter::TRACE);
        assert!(filter.would_enable("api", &L::TRACE) && filter.would_enable("worker::batch", &L::DEBUG));
        for target in ["aws_smithy_runtime", "lambda_runtime", "hyper", "aws_sdk_sqs::operation"] {
            assert!(filter.would_enable(target, &L::INFO), "{target}");
            assert!(!filter.would_enable(target, &L::DEBUG), "{target}");
        }
    }

    #[test]
    fn at_error_no_crate_logs_a_warning() {
        let filter = filter(LevelFilter::ERROR);
        assert!(!filter.would_enable("api", &L::WARN) && !filter.would_enable("hyper", &L::WARN));
    }

    #[test]
    fn an_unknown_level_is_an_error_that_lists_the_levels() {
        assert!(parse_level(Some("info")).is_err_and(|error| error.to_string().contains("INFO")));
    }

    #[test]
    fn the_trace_id_is_the_root_of_the_header() {
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        assert_eq!(trace_id(header), Some("1-5759e988-bd862e3fe1be46a994272793"));
        assert_eq!(trace_id("Self=1; Root=1-a"), Some("1-a"));
        assert_eq!(trace_id(""), None);
        assert_eq!(trace_id("Root=1-a\u{9b}31m"), None, "what would change a terminal's colours");
    }
}
