//! `mailroom dlq show`: one dead letter.

use super::ended::tell;
use super::fault::{Fault, faults};
use super::letter::attribute;
use super::{Ended, Interrupt, Letter, Search, options};
use crate::report::{Report, count, grouped};
use crate::system::{Depth, System};
use anyhow::{Result, bail};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::Outcome;
use terminal::style::{BOLD, DIM, WARNING};
use terminal::text::printable;

/// A dead letter with all that is known of it.
#[derive(Serialize)]
struct Shown {
    stack: String,
    #[serde(flatten)]
    letter: Letter,
    faults: Vec<Fault>,
    /// The X-Ray trace of the request that it came with.
    trace: Option<String>,
    /// The names of its message attributes, with their types.
    attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

pub(crate) async fn run(options: options::Show) -> Result<Outcome> {
    let system = System::find(&options.target).await?;
    let about = Depth::of(&system, &system.outputs.dead_letter_queue_url).await?.all();
    let interrupt = Interrupt::listen()?;
    let mut search = Search::begin(&system, &interrupt);
    let found = find(&mut search, &options.id).await;
    let (found, worked) = match found {
        Ok(found) => (Some(found), Ok(())),
        Err(error) => (None, Err(error)),
    };
    let ended = search.end(&worked).await;
    worked?;
    match found {
        Some((Some(message), _)) => {
            tell(&Shown::of(&system.name, &message, options.body), &options.output, Ok(()))
        }
        _ if ended == Ended::Interrupted => Ok(Outcome::Interrupted),
        found => bail!(
            "no dead letter {} among the {} that could be received, of about {}. If some are held elsewhere, they come \
             back by themselves; a redrive gives a letter another message id, but leaves it its receipt",
            printable(&options.id),
            grouped(found.map_or(0, |(_, seen)| seen)),
            grouped(about)
        ),
    }
}

/// The letter with this id, if it can be received, and how many were looked at.
async fn find(search: &mut Search<'_>, id: &str) -> Result<(Option<Message>, u64)> {
    let mut seen = 0;
    loop {
        let messages = search.next(usize::MAX).await?;
        if messages.is_empty() {
            return Ok((None, seen));
        }
        seen += u64::try_from(messages.len()).unwrap_or_default();
        if let Some(found) = messages.into_iter().find(|message| Letter::of(message).is_called(id)) {
            return Ok((Some(found), seen));
        }
    }
}

impl Shown {
    fn of(stack: &str, message: &Message, with_body: bool) -> Self {
        let body = message.body().unwrap_or_default();
        let attributes = message.message_attributes().into_iter().flatten();
        Self {
            stack: stack.to_owned(),
            letter: Letter::of(message),
            faults: faults(body, with_body),
            trace: attribute(message, &MessageSystemAttributeName::AwsTraceHeader).map(str::to_owned),
            attributes: attributes
                .map(|(name, value)| (name.clone(), value.data_type().to_owned()))
                .collect(),
            body: with_body.then(|| body.to_owned()),
        }
    }

    /// The body as a person reads it. What is no email is left as it is: to write it anew would hide what is wrong.
    fn readable_body(&self) -> Option<String> {
        let body = self.body.as_deref()?;
        let pretty = (!self.letter.reason.is_poison())
            .then(|| serde_json::from_str::<serde_json::Value>(body).ok())
            .flatten()
            .and_then(|json| serde_json::to_string_pretty(&json).ok());
        let text = pretty.unwrap_or_else(|| body.to_owned());
        Some(text.split('\n').map(|line| printable(line) + "\n").collect())
    }
}

impl Report for Shown {
    fn text(&self) -> String {
        let letter = &self.letter;
        let attributes = self.attributes.iter().map(|(name, kind)| format!("{name} ({kind})"));
        let attributes = Some(attributes.collect::<Vec<_>>().join(", ")).filter(|names| !names.is_empty());
        let rows = [
            ("message id", letter.message_id.clone()),
            ("receipt", letter.receipt.clone().unwrap_or_else(|| "none: put there by hand".to_owned())),
            ("sent", letter.sent.clone().unwrap_or_else(|| "at an unknown time".to_owned())),
            ("received", count(letter.receives, "time")),
            ("size", count(letter.bytes, "byte")),
            ("trace", self.trace.clone().unwrap_or_else(|| "none".to_owned())),
            ("attributes", attributes.unwrap_or_else(|| "none".to_owned())),
        ];
        let mut text: String = rows
            .iter()
            .map(|(name, value)| format!("{DIM}{name:<11}{DIM:#} {}\n", printable(value)))
            .collect();
        let advice = if letter.reason.is_poison() {
            "no email, so it can't be filed".to_owned()
        } else {
            letter.reason.advice().to_owned()
        };
        text += &format!("{DIM}{:<11}{DIM:#} {WARNING}{}{WARNING:#}: {advice}\n", "reason", letter.reason);
        for fault in &self.faults {
            let place = fault.place();
            text += &format!("  {}{}\n", printable(&place), printable(&fault.detail));
        }
        match self.readable_body() {
            Some(body) => text + &format!("\n{BOLD}body{BOLD:#}\n{body}"),
            None => text + &format!("\n{DIM}Its body is somebody's mail: --body shows it.{DIM:#}\n"),
        }
    }

    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &str, with_body: bool) -> String {
        Shown::of("prod", &Message::builder().message_id("id").body(body).build(), with_body).text()
    }

    #[test]
    fn the_body_is_shown_only_when_asked_for() {
        assert!(!shown("secret", false).contains("secret"));
        assert!(shown("secret", true).contains("\nsecret\n"));
    }

    #[test]
    fn an_email_is_pretty_and_what_is_none_is_as_it_is() {
        let email =
            r#"{"email_subject":"","email_sender":"a","email_timestream":"1","email_content":"x\ny"}"#;
        assert!(shown(email, true).contains("  \"email_content\": \"x\\ny\""), "{}", shown(email, true));
        let twice = r#"{"email_sender":"a","email_sender":"b"}"#;
        assert!(shown(twice, true).contains(twice));
    }

    #[test]
    fn a_body_can_not_play_with_the_terminal() {
        let text = shown("a\u{1b}[2Jb\r\nc\u{202e}", true);
        assert!(text.contains("a\u{fffd}[2Jb\u{fffd}\nc\u{fffd}\n"), "{text:?}");
    }
}
