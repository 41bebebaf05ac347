//! `mailroom token show`: the newest token, or the callers without their tokens.

use super::parameter::Parameter;
use crate::report::{Output, Report, count};
use crate::system::tokens::{self, Token, Tokens, of_caller};
use crate::system::{Common, System};
use anstream::eprintln;
use anyhow::{Context, Result, ensure};
use email::Caller;
use secrecy::ExposeSecret;
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::Outcome;
use terminal::text::printable;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The caller whose newest token is printed. Without it, the newest without a name
    #[arg(long, value_name = "NAME")]
    caller: Option<Caller>,
    /// List the callers and how many tokens each has, and print no token
    #[arg(long, conflicts_with = "caller")]
    callers: bool,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    let Options { caller, callers, common } = options;
    let system = System::find_for_a_script(&common).await?;
    let name = &system.outputs.token_parameter;
    if tokens::secret(name).is_some() {
        let tokens = Tokens::read(&system).await?.tokens;
        return print(&system, &tokens, caller, callers, &common.output);
    }
    let parameter = Parameter::read(&system).await?;
    if !parameter.latest.is_whole() {
        eprintln!(
            "mailroom: {name} lacks a change that an interrupted command overwrote: `mailroom token rotate` or `retire` \
             restores it"
        );
    }
    print(&system, &parameter.latest.value, caller, callers, &common.output)
}

fn print(
    system: &System,
    tokens: &[Token],
    caller: Option<Caller>,
    callers: bool,
    output: &Output,
) -> Result<Outcome> {
    match callers {
        true => Callers::of(&system.outputs.token_parameter, tokens).print(system, output),
        false => newest(system, tokens, caller, output),
    }
}

fn newest(system: &System, tokens: &[Token], caller: Option<Caller>, output: &Output) -> Result<Outcome> {
    let name = &system.outputs.token_parameter;
    let newest = of_caller(tokens, caller.as_ref()).into_iter().next().with_context(|| match &caller {
        Some(caller) => format!(
            "{name} holds no token of {caller}: create one with `mailroom token rotate --caller {caller}`"
        ),
        None if tokens.is_empty() => {
            format!("{name} holds no token: create one with `mailroom token rotate`")
        }
        None => format!(
            "{name} holds no unnamed token: name a caller with --caller, or create one with `mailroom token rotate`"
        ),
    })?;
    let token = newest.expose_secret();
    // stdout would lack them.
    ensure!(
        output.json || printable(token) == token,
        "the newest token of {name} has characters that control a terminal: take it from --json"
    );
    Newest { token: token.to_owned(), caller }.print(system, output)
}

#[derive(Serialize)]
struct Newest {
    token: String,
    caller: Option<Caller>,
}

impl Report for Newest {
    /// The token alone, so that a script can take it.
    fn text(&self) -> String {
        format!("{}\n", self.token)
    }

    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

#[derive(Serialize)]
struct Callers {
    parameter: String,
    /// How many tokens have no name.
    unnamed: usize,
    callers: Vec<CallersTokens>,
}

#[derive(Serialize)]
struct CallersTokens {
    caller: Caller,
    tokens: usize,
}

impl Callers {
    fn of(parameter: &str, tokens: &[Token]) -> Self {
        let mut counts = BTreeMap::<_, usize>::new();
        for caller in tokens.iter().filter_map(tokens::caller) {
            *counts.entry(caller).or_default() += 1;
        }
        let callers = counts.into_iter().map(|(caller, tokens)| CallersTokens { caller, tokens }).collect();
        Self { parameter: parameter.to_owned(), unnamed: of_caller(tokens, None).len(), callers }
    }
}

impl Report for Callers {
    fn text(&self) -> String {
        let row = |name: &str, tokens: usize| {
            let under_way = if tokens > 1 { ", a rotation is under way" } else { "" };
            format!("{name:<32}  {}{under_way}\n", count(tokens as u64, "token"))
        };
        let callers = self.callers.iter().map(|row_of| row(row_of.caller.as_str(), row_of.tokens));
        [row("(no name)", self.unnamed)].into_iter().chain(callers).collect()
    }

    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_counted_and_no_token_is_listed() {
        let named = |name: &str, digit: &str| format!("mailroom_{name}_{}", digit.repeat(64));
        let lines = ["plain".to_owned(), named("shop", "1"), named("billing", "2"), named("shop", "3")];
        let callers = Callers::of("/p", &lines.map(Token::from));
        let text = callers.text();
        let rows: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["(no", "name)", "1", "token"]);
        assert_eq!(rows[1], ["billing", "1", "token"]);
        assert_eq!(rows[2].join(" "), "shop 2 tokens, a rotation is under way");
        let json = serde_json::to_string(&callers).unwrap();
        assert_eq!(
            json,
            r#"{"parameter":"/p","unnamed":1,"callers":[{"caller":"billing","tokens":1},{"caller":"shop","tokens":2}]}"#
        );
        assert!(!text.contains("plain") && !text.contains("111"), "{text}");
    }
}
