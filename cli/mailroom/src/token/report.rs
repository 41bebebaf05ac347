//! Where a rotation stands.

use crate::report::{Report, count};
use email::Caller;
use serde::Serialize;
use terminal::Outcome;
use terminal::style::{BAD, DIM, GOOD};

#[derive(Serialize)]
pub(crate) struct Rotation {
    pub(crate) parameter: String,
    /// The caller whose tokens were changed; nothing for the unnamed ones.
    pub(crate) caller: Option<Caller>,
    /// SSM's version of the parameter.
    pub(crate) version: i64,
    /// How many tokens it holds.
    pub(crate) tokens: usize,
    /// How many of these are the caller's, or unnamed.
    pub(crate) own: usize,
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
    /// All tokens of a caller are removed.
    Revoked,
    NothingToRevoke,
}

const CHECK_THE_LOG: &str = "after two minutes: check in the log of `api` that it can read the parameter.";

impl Report for Rotation {
    fn text(&self) -> String {
        let did = match self.step {
            Step::Created => "has its first token",
            Step::Added => "has a new token; the old one still works",
            Step::UnderWay => "already has a new token beside the old one: a rotation is under way",
            Step::Retired if self.own > 1 => "has no old token now; a newer one was added meanwhile",
            Step::Retired => "has the newest token only",
            Step::NothingToRetire => "has one token: nothing to retire",
            Step::Revoked if self.own > 0 => {
                "has a token that was added meanwhile; those before are removed: run the same command again"
            }
            Step::Revoked => "has no token now",
            Step::NothingToRevoke => "has no token: nothing to revoke",
        };
        let tokens = count(self.tokens as u64, "token");
        let (parameter, version) = (&self.parameter, self.version);
        let mut text = match &self.caller {
            None => format!("{parameter} {did} {DIM}(version {version}, {tokens}){DIM:#}\n"),
            Some(caller) => {
                format!("{caller} {did} {DIM}({parameter}, version {version}, {tokens}){DIM:#}\n")
            }
        };
        if self.repaired {
            text += "Two commands wrote at the same time, or one was killed: the lost update is restored.\n";
        }
        text += &match (self.step, self.confirmed) {
            (Step::NothingToRetire | Step::NothingToRevoke, _) => String::new(),
            (Step::Retired | Step::Revoked, true) => format!("{GOOD}The old token is refused.{GOOD:#}\n"),
            (Step::Retired | Step::Revoked, false) => {
                format!("{BAD}The old token still works{BAD:#} {CHECK_THE_LOG}\n")
            }
            (_, true) => format!("{GOOD}The new token works.{GOOD:#}\n"),
            (_, false) => format!("{BAD}The new token does not work{BAD:#} {CHECK_THE_LOG}\n"),
        };
        if let Some(token) = &self.token {
            text += &format!("{token}\n");
        }
        if matches!(self.step, Step::Added | Step::UnderWay) {
            text += &match &self.caller {
                None => "Next: give the new token to the callers (mailroom token show), then run mailroom token retire.\n"
                    .to_owned(),
                Some(caller) => format!(
                    "Next: give the new token to {caller} (mailroom token show --caller {caller}), then run mailroom \
                     token retire --caller {caller}.\n"
                ),
            };
        }
        text
    }

    fn outcome(&self) -> Outcome {
        let nothing = matches!(self.step, Step::NothingToRetire | Step::NothingToRevoke);
        let left = self.step == Step::Revoked && self.own > 0;
        match (self.confirmed || nothing) && !left {
            true => Outcome::Success,
            false => Outcome::ProblemsFound,
        }
    }
}
