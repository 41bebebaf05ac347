//! Where a rotation stands.

use crate::report::{Report, count};
use serde::Serialize;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD};

#[derive(Serialize)]
pub(crate) struct Rotation {
    pub(crate) parameter: String,
    /// SSM's version of the parameter.
    pub(crate) version: i64,
    /// How many tokens it holds.
    pub(crate) tokens: usize,
    pub(crate) step: Step,
    /// True if the endpoint was seen to accept the new token, or to refuse the retired one.
    pub(crate) confirmed: bool,
    /// True if a lost update was restored: a command was killed, or two ran at the same time.
    pub(crate) repaired: bool,
    /// The newest token, if `--print` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

/// The action of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Created,
    Added,
    /// Nothing: it found a new token beside the old one.
    UnderWay,
    Retired,
    NothingToRetire,
}

const CHECK_THE_LOG: &str = "after two minutes: check in the log of `api` that it can read the parameter.";

impl Report for Rotation {
    fn text(&self) -> String {
        let did = match self.step {
            Step::Created => "has its first token",
            Step::Added => "has a new token; the old one still works",
            Step::UnderWay => "already has a new token beside the old one: a rotation is under way",
            Step::Retired if self.tokens > 1 => {
                "no longer has the old token; a newer one was added meanwhile"
            }
            Step::Retired => "has the newest token only",
            Step::NothingToRetire => "has one token: nothing to retire",
        };
        let tokens = count(self.tokens as u64, "token");
        let mut text = format!("{} {did} {DIM}(version {}, {tokens}){DIM:#}\n", self.parameter, self.version);
        if self.repaired {
            text += "Two commands wrote at the same time, or one was killed: the lost update is restored.\n";
        }
        text += &match (self.step, self.confirmed) {
            (Step::NothingToRetire, _) => String::new(),
            (Step::Retired, true) => format!("{GOOD}The old token is refused.{GOOD:#}\n"),
            (Step::Retired, false) => format!("{BAD}The old token still works{BAD:#} {CHECK_THE_LOG}\n"),
            (_, true) => format!("{GOOD}The new token works.{GOOD:#}\n"),
            (_, false) => format!("{BAD}The new token does not work{BAD:#} {CHECK_THE_LOG}\n"),
        };
        if let Some(token) = &self.token {
            text += &format!("{token}\n");
        }
        if matches!(self.step, Step::Added | Step::UnderWay) {
            text += "Next: give the new token to the callers (mailroom token show), then run mailroom token retire.\n";
        }
        text
    }

    fn outcome(&self) -> Outcome {
        match self.confirmed || self.step == Step::NothingToRetire {
            true => Outcome::Success,
            false => Outcome::ProblemsFound,
        }
    }
}
