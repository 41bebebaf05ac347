//! Where a rotation stands.

use crate::report::{Report, count};
use crate::system::Secret;
use serde::Serialize;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD};

/// Where a rotation stands. It holds no token but one that was asked for.
#[derive(Serialize)]
pub(crate) struct Rotation {
    pub(crate) parameter: String,
    /// SSM's version of it.
    pub(crate) version: i64,
    /// The tokens in it.
    pub(crate) tokens: usize,
    /// What this command did.
    pub(crate) step: Step,
    /// Whether the front door was seen to do as it should: to take a new token, to refuse a retired one.
    pub(crate) confirmed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

/// What a command did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Put the first token there.
    Created,
    /// Put a new one beside the old.
    Added,
    /// Found a new one beside the old: a rotation was under way.
    UnderWay,
    /// Took the old ones away.
    Retired,
    /// Found one token alone.
    NothingToRetire,
}

impl Rotation {
    /// Shows the token, if that was asked for.
    pub(crate) fn showing(mut self, token: &Secret, asked: bool) -> Self {
        self.token = asked.then(|| token.expose().to_owned());
        self
    }
}

impl Report for Rotation {
    fn text(&self) -> String {
        let what = match self.step {
            Step::Created => "has its first token",
            Step::Added => "has a new token; the old one works as before",
            Step::UnderWay => "has a new token beside the old one already: a rotation is under way",
            Step::Retired => "has the newest token alone",
            Step::NothingToRetire => "has one token alone: nothing to retire",
        };
        let tokens = count(self.tokens as u64, "token");
        let mut text =
            format!("{} {what} {DIM}(version {}, {tokens}){DIM:#}\n", self.parameter, self.version);
        text += &match (self.step, self.confirmed) {
            (Step::NothingToRetire, _) => String::new(),
            (Step::Retired, true) => format!("{GOOD}The old one is refused.{GOOD:#}\n"),
            (Step::Retired, false) => {
                format!(
                    "{BAD}The old one still works{BAD:#} after two minutes: can `api` read the parameter? Its log says.\n"
                )
            }
            (_, true) => format!("{GOOD}The new one works.{GOOD:#}\n"),
            (_, false) => {
                format!(
                    "{BAD}The new one does not work{BAD:#} after two minutes: can `api` read the parameter? Its log says.\n"
                )
            }
        };
        if let Some(token) = &self.token {
            text += &format!("{token}\n");
        }
        if matches!(self.step, Step::Added | Step::UnderWay) {
            text += "Hand the new one to the callers (mailroom token show), then: mailroom token retire\n";
        }
        text
    }

    fn outcome(&self) -> Outcome {
        if self.confirmed || self.step == Step::NothingToRetire {
            Outcome::Success
        } else {
            Outcome::ProblemsFound
        }
    }
}
