//! The day in words.

use super::day::Day;
use indicatif::HumanCount;
use std::fmt::Write as _;
use std::time::Duration;

impl Day {
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<10} {value}"); // writing to a String can't fail
        };
        line("sent", &format!("{} emails", HumanCount(self.sent)));
        line("refused", &self.refusals());
        line("stored", &HumanCount(self.stored).to_string());
        line("dead", &format!("{} in the dead-letter queue", HumanCount(self.dead)));
        line("lost", &format!("{} whose retention ended", HumanCount(self.expired)));
        line("queue", &self.queue());
        line(
            "instances",
            &format!(
                "at most {} of api, {} of worker",
                HumanCount(self.most_api_instances),
                HumanCount(self.most_worker_instances)
            ),
        );
        line(
            "tokens",
            &format!(
                "{} reads, {} of them throttled; the slowest answer waited {:.1} s for one",
                HumanCount(self.token_reads),
                HumanCount(self.throttled_token_reads),
                self.longest_wait_seconds
            ),
        );
        line(
            "S3",
            &format!(
                "{} writes refused; {} {} at the end",
                HumanCount(self.refused_writes),
                HumanCount(self.partitions),
                if self.partitions == 1 { "partition" } else { "partitions" }
            ),
        );
        text
    }

    fn refusals(&self) -> String {
        let reasons = [
            (self.refused.by_gateway, "by the HTTP API's limit"),
            (self.refused.by_lambda, "by Lambda's limits"),
            (self.refused.without_tokens, "with a 503, since SSM throttled the tokens' reads"),
        ];
        let reasons: Vec<_> = (reasons.iter().filter(|(count, _)| *count > 0))
            .map(|(count, reason)| format!("{} {reason}", HumanCount(*count)))
            .collect();
        let total = HumanCount(self.refused.total());
        if reasons.is_empty() { total.to_string() } else { format!("{total}: {}", reasons.join(", ")) }
    }

    fn queue(&self) -> String {
        let mut text = format!(
            "at most {} emails, at {}; the oldest {}",
            HumanCount(self.largest_backlog),
            clock(self.largest_backlog_second),
            humantime::format_duration(Duration::from_secs(self.oldest_seconds))
        );
        if let Some(second) = self.last_late_second {
            let _ = write!(text, "; the last late one at {}", clock(second));
        }
        text
    }
}

/// A second of the day.
fn clock(second: u64) -> String {
    format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}
