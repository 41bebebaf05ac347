//! Whether it is really meant.

use super::super::{Interrupt, Reason};
use crate::report::count;
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use tokio::sync::oneshot;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    Interrupted,
}

/// Whether anybody can be asked who has to be.
pub(crate) fn possible(yes: bool) -> Result<()> {
    if !yes && !std::io::stdin().is_terminal() {
        bail!(
            "nobody can be asked here whether to delete: `mailroom dlq list` shows what is there, and --yes deletes it"
        );
    }
    Ok(())
}

/// Asks on the terminal.
pub(crate) async fn ask(
    reasons: &BTreeMap<Reason, u64>,
    file: &str,
    interrupt: &Interrupt,
) -> Result<Answer> {
    eprint!("{}", question(reasons, file));
    std::io::stderr().flush()?;
    let (tell, told) = oneshot::channel();
    // Not a task: the runtime would wait for its line before the program ends, and Ctrl-C is an answer too.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line);
        let _ = tell.send(read.map_or(Answer::No, |_| answer(&line)));
    });
    Ok(match interrupt.run(told).await {
        None => Answer::Interrupted,
        Some(answer) => answer.unwrap_or(Answer::No),
    })
}

fn question(reasons: &BTreeMap<Reason, u64>, file: &str) -> String {
    let all: u64 = reasons.values().sum();
    let each: Vec<_> = reasons.iter().map(|(reason, number)| format!("{number} {reason}")).collect();
    let (all, each) = (count(all, "dead letter"), each.join(", "));
    format!("Delete {all} for good ({each})? Each is saved to {file} first. Type yes: ")
}

/// The whole word: a letter is typed too soon.
fn answer(line: &str) -> Answer {
    if line.trim() == "yes" { Answer::Yes } else { Answer::No }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_word_is_a_yes() {
        assert_eq!(answer("yes\n"), Answer::Yes);
        for line in ["", "\n", "y\n", "Y\n", "yes please\n", "no\n"] {
            assert_eq!(answer(line), Answer::No, "{line:?}");
        }
    }

    #[test]
    fn the_question_has_the_number_and_the_reasons() {
        let reasons = Reason::ALL.into_iter().take(2).map(|reason| (reason, 3)).collect();
        let asked = question(&reasons, "away.ndjson");
        assert!(asked.starts_with("Delete 6 dead letters for good (3 not_filed, 3 not_json)?"), "{asked}");
        assert!(asked.contains("away.ndjson"), "{asked}");
    }
}
