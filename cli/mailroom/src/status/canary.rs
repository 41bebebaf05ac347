//! The canary's last runs. A stack has one if it has the log group.

use super::complaints::ago;
use super::{Part, State};
use crate::system::{LogLine, LogSearch, System, Wanted};
use anyhow::Result;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const PASSED: &str = "canary passed";
const FAILED: &str = "canary failed";
/// Two of the slowest rate that the template allows, and some minutes.
const RECENT: Duration = Duration::from_secs(130 * 60);
/// The minutes that the alarm adds to two rates.
const GRACE: Duration = Duration::from_secs(3 * 60);

pub(crate) async fn canary(system: &System) -> Option<Result<Part>> {
    let group = system.outputs.canary_log_group.as_deref()?;
    Some(runs(system, group).await.map(|runs| part(&runs, SystemTime::now())))
}

/// Recent runs, the newest last.
async fn runs(system: &System, group: &str) -> Result<Vec<LogLine>> {
    let since = SystemTime::now().checked_sub(RECENT).unwrap_or(UNIX_EPOCH);
    let wanted = [PASSED, FAILED].map(Wanted::Message);
    let (mut search, mut runs) = (LogSearch::new(&system.logs, group, wanted, since, None), Vec::new());
    while let Some(lines) = search.next_page().await? {
        runs.extend(lines);
    }
    runs.sort_by_key(|run| run.time);
    Ok(runs)
}

/// As its alarm: one failure may be chance, two are not, and neither is silence.
fn part(runs: &[LogLine], now: SystemTime) -> Part {
    let failed = |run: &&LogLine| run.message.as_str() == FAILED;
    let failures = runs.iter().rev().take_while(failed).count();
    let (state, detail) = match (runs.last(), failures) {
        (None, _) => {
            let minutes = RECENT.as_secs() / 60;
            (State::NotWell, format!("no run in {minutes} minutes: its schedule is gone, or it can't start"))
        }
        (Some(last), _) if is_silent(runs, now) => (
            State::NotWell,
            format!("last run {}, and earlier ones were closer together", ago(last.time, now)),
        ),
        (Some(last), 0) => (State::Well, format!("passed {}", ago(last.time, now))),
        (Some(last), failures) => {
            let step = last.step.as_ref().map(|step| format!(" at {step}")).unwrap_or_default();
            let why = last.why().map(|why| format!(": {why}")).unwrap_or_default();
            let detail = format!("failed {}{step}{why}", ago(last.time, now));
            (if failures == 1 { State::Watch } else { State::NotWell }, detail)
        }
    };
    Part::new("canary", state, detail).with([("failures", failures as u64)])
}

/// True if two runs are missing, by the longest time between two of these, and some minutes.
fn is_silent(runs: &[LogLine], now: SystemTime) -> bool {
    let between = |from: SystemTime, to: SystemTime| to.duration_since(from).unwrap_or_default();
    let longest = runs.windows(2).map(|pair| between(pair[0].time, pair[1].time)).max();
    let since_last = runs.last().map(|last| between(last.time, now));
    longest.zip(since_last).is_some_and(|(longest, since)| since > 2 * longest + GRACE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run(seconds: u64, message: &str) -> LogLine {
        let line = json!({"message": message, "step": "connect", "reason": "no address"});
        LogLine::parse(UNIX_EPOCH + Duration::from_secs(seconds), &line.to_string()).unwrap()
    }

    #[test]
    fn one_failure_is_worth_a_look_and_two_or_silence_are_a_problem() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        for (runs, state, detail) in [
            (vec![run(900, PASSED), run(980, PASSED)], State::Well, "passed 20 s ago"),
            (vec![run(700, FAILED), run(980, PASSED)], State::Well, "passed 20 s ago"),
            (
                vec![run(900, PASSED), run(980, FAILED)],
                State::Watch,
                "failed 20 s ago at connect: no address",
            ),
            (vec![run(680, FAILED), run(980, FAILED)], State::NotWell, "failed 20 s ago at connect"),
            (vec![run(100, PASSED), run(400, PASSED)], State::Well, "passed 10 min ago"),
            (vec![run(100, PASSED), run(300, PASSED)], State::NotWell, "last run 11 min ago, and earlier"),
            (vec![run(100, PASSED)], State::Well, "passed 15 min ago"),
            (vec![], State::NotWell, "no run in 130 minutes"),
        ] {
            let part = part(&runs, now);
            assert!(part.state == state && part.detail.contains(detail), "{:?} {}", part.state, part.detail);
        }
    }
}
