//! The log: one JSON object a line on stdout, as Lambda's JSON log format wants it from a custom runtime.

use std::{panic, str::FromStr};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::{fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings::{self, SettingError};

/// Where Lambda puts the level that the function's `LoggingConfig` asks for.
const LEVEL_VARIABLE: &str = "AWS_LAMBDA_LOG_LEVEL";

/// The crates whose lines may go below INFO. The SDK and the Lambda runtime are not among them: at DEBUG they
/// print whole requests, token and email included.
const OURS: [&str; 4] = ["api", "worker", "runtime", "email"];

/// Starts the log and sets the panic hook.
///
/// # Errors
/// [`SettingError`] for a level that doesn't exist; the log then runs at INFO, so that the error gets into it.
pub fn start() -> Result<(), SettingError> {
    let level = settings::optional::<Level>(LEVEL_VARIABLE);
    let filter = filter(level.as_ref().map_or(LevelFilter::INFO, |level| level.0));
    let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
    tracing_subscriber::registry().with(lines.with_target(false)).with(filter).init();
    panic::set_hook(Box::new(log_panic));
    level.map(drop)
}

/// Where the Lambda runtime logs an event that it can't read, with serde's error, which may quote the email.
/// Lambda itself reports such an invocation as failed.
const QUOTES_EVENTS: &str = "lambda_runtime::layers::api_response";

fn filter(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_targets(OURS.map(|name| (name, level)))
        .with_target(QUOTES_EVENTS, LevelFilter::OFF)
}

/// Logs where a panic happened and never its message, which may hold what was being worked on.
fn log_panic(info: &panic::PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    tracing::error!(place, "panicked: this is a bug");
}

/// A level as Lambda's `ApplicationLogLevel` names it.
struct Level(LevelFilter);

impl Default for Level {
    fn default() -> Self {
        Self(LevelFilter::INFO)
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Ok(Self(match text {
            "TRACE" => LevelFilter::TRACE,
            "DEBUG" => LevelFilter::DEBUG,
            "INFO" => LevelFilter::INFO,
            "WARN" => LevelFilter::WARN,
            "ERROR" | "FATAL" => LevelFilter::ERROR,
            _ => return Err(UnknownLevel),
        }))
    }
}

/// A level that Lambda doesn't have.
#[derive(Debug, thiserror::Error)]
#[error("must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL")]
struct UnknownLevel;

/// The id of the trace that the tracing header `header` (`Root=1-...;Parent=...;Sampled=1`) belongs to.
///
/// What has other characters than an id is none: whoever may send to the queue writes this header, and what he writes
/// goes into the log.
#[must_use]
pub fn trace_id(header: &str) -> Option<&str> {
    let id = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-').then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level as L;

    #[test]
    fn at_trace_our_crates_say_everything_and_the_others_stay_at_info() {
        let filter = filter(LevelFilter::TRACE);
        assert!(filter.would_enable("api", &L::TRACE) && filter.would_enable("worker::batch", &L::DEBUG));
        for target in ["aws_smithy_runtime", "lambda_runtime", "hyper", "aws_sdk_sqs::operation"] {
            assert!(filter.would_enable(target, &L::INFO), "{target}");
            assert!(!filter.would_enable(target, &L::DEBUG), "{target}");
        }
    }

    #[test]
    fn at_error_everybody_is_quiet() {
        let filter = filter(LevelFilter::ERROR);
        assert!(!filter.would_enable("api", &L::WARN) && !filter.would_enable("hyper", &L::WARN));
    }

    #[test]
    fn an_unknown_level_says_which_there_are() {
        assert!("info".parse::<Level>().is_err_and(|error| error.to_string().contains("INFO")));
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
