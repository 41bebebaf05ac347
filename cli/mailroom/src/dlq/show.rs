//! `mailroom dlq show`: one dead letter.

use super::dead_letter::{attribute, max_receives};
use super::lookup::{Lookup, Named};
use super::{DeadLetter, Ended, Search, report, search};
use crate::report::{Report, count};
use crate::system::{Depth, System};
use anyhow::{Result, bail};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use email::wire_format::{self, DecodeError};
use email::{Caller, FieldError, FieldErrorKind};
use indicatif::HumanCount;
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::style::{BOLD, DIM, WARNING};
use terminal::text::{Printable, printable};
use terminal::{Interrupt, Outcome};

#[derive(Serialize)]
struct Shown {
    stack: String,
    #[serde(flatten)]
    letter: DeadLetter,
    #[serde(rename = "faults")]
    errors: Vec<BodyError>,
    /// The X-Ray trace of the request that it came with.
    trace: Option<Printable>,
    /// The types of its message attributes, by name.
    attributes: BTreeMap<Printable, Printable>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

/// One thing that keeps a body from being an email.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct BodyError {
    code: &'static str,
    /// Where, as a JSON Pointer. Nothing for the whole body, or where the name is the sender's own text.
    pointer: Option<Printable>,
    detail: Printable,
}

pub(crate) async fn run(options: super::Show) -> Result<Outcome> {
    let system = System::find(&options.common).await?;
    let about = Depth::of(&system, &system.outputs.dead_letter_queue_url).await?.all();
    let max_receives = max_receives(&system).await?;
    let mut seen = 0;
    let find = async |search: &mut Search<'_>| find(search, options.id.clone(), &mut seen).await;
    let (found, ended) = search(&system, &Interrupt::listen()?, find).await;
    let id = printable(&options.id);
    match found? {
        (Named::One(_), Some(message)) => {
            let shown = Shown::of(&system.name, &message, options.body, max_receives);
            report(&shown, &system, &options.common.output, Ok(()))
        }
        _ if ended == Ended::Interrupted => Ok(Outcome::Interrupted),
        (Named::Several(message_ids), _) => bail!(
            "{id} is the receipt of several dead letters: choose by message id: {}",
            printable(&message_ids.join(", "))
        ),
        (Named::One(_) | Named::Nothing, _) => bail!(
            "no dead letter {id} among the {} that could be received, of about {}. Others may have some in flight, which \
             reappear by themselves; a redrive changes the message id, but not the receipt",
            HumanCount(seen),
            HumanCount(about)
        ),
    }
}

/// The letter with this id, if it can be received. `seen` counts the letters.
async fn find(search: &mut Search<'_>, id: String, seen: &mut u64) -> Result<(Named, Option<Message>)> {
    let (mut lookup, mut candidates) = (Lookup::new(vec![id]), Vec::new());
    while !lookup.is_complete() {
        let Some(messages) = search.next(usize::MAX).await? else { break };
        *seen += messages.len() as u64;
        candidates.extend(messages.into_iter().filter(|message| lookup.see(message)));
    }
    let named = lookup.named().next().map_or(Named::Nothing, |(_, named)| named);
    let message = match &named {
        Named::One(id) => candidates.into_iter().find(|message| message.message_id() == Some(id)),
        Named::Several(_) | Named::Nothing => None,
    };
    Ok((named, message))
}

impl Shown {
    fn of(stack: &str, message: &Message, with_body: bool, max_receives: Option<u64>) -> Self {
        let body = message.body().unwrap_or_default();
        let attributes = message.message_attributes().into_iter().flatten();
        Self {
            stack: stack.to_owned(),
            letter: DeadLetter::of(message).with_max_receives(max_receives),
            errors: body_errors(body, with_body),
            trace: attribute(message, &MessageSystemAttributeName::AwsTraceHeader).map(Printable::from),
            attributes: attributes
                .map(|(name, value)| (name.as_str().into(), value.data_type().into()))
                .collect(),
            body: with_body.then(|| body.to_owned()),
        }
    }

    /// The body for a person. A message that is not an email stays as it is: formatting could hide what is wrong.
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

/// Everything that keeps a body from being an email. The name of an unknown field is its sender's own text, so it is shown
/// only with the body.
fn body_errors(body: &str, with_names: bool) -> Vec<BodyError> {
    let error = match wire_format::decode(body) {
        Ok(_) => return Vec::new(),
        Err(error) => error,
    };
    let code = error.code();
    match error {
        DecodeError::InvalidFields(errors) => {
            errors.iter().map(|error| BodyError::of(error, with_names)).collect()
        }
        whole => vec![BodyError { code, pointer: None, detail: whole.to_string().into() }],
    }
}

impl BodyError {
    fn of(error: &FieldError, with_names: bool) -> Self {
        let named = with_names || error.kind != FieldErrorKind::Unknown;
        let pointer = named.then(|| error.pointer.as_str().into());
        Self { code: error.kind.code(), pointer, detail: error.kind.to_string().into() }
    }

    fn line(&self) -> String {
        let place = match &self.pointer {
            Some(pointer) => format!("{pointer} "),
            None if self.code == FieldErrorKind::Unknown.code() => "a field (--body names it) ".to_owned(),
            None => String::new(),
        };
        format!("  {place}{}\n", self.detail)
    }
}

impl Report for Shown {
    fn text(&self) -> String {
        let letter = &self.letter;
        let attributes = self.attributes.iter().map(|(name, kind)| format!("{name} ({kind})"));
        let attributes = Some(attributes.collect::<Vec<_>>().join(", ")).filter(|names| !names.is_empty());
        let or = |value: &Option<Printable>, otherwise: &str| {
            value.as_ref().map_or(otherwise, Printable::as_str).to_owned()
        };
        let rows = [
            ("message id", letter.message_id.to_string()),
            ("receipt", or(&letter.receipt, "none: put there by hand")),
            ("caller", letter.caller.as_ref().map_or("none named", Caller::as_str).to_owned()),
            ("sent", letter.sent.clone().unwrap_or_else(|| "at an unknown time".to_owned())),
            ("received", letter.received()),
            ("size", count(letter.bytes, "byte")),
            ("trace", or(&self.trace, "none")),
            ("attributes", attributes.unwrap_or_else(|| "none".to_owned())),
        ];
        let row = |(name, value): (&str, String)| format!("{DIM}{name:<11}{DIM:#} {value}\n");
        let mut text: String = rows.map(row).concat();
        let advice = match letter.reason.is_poison() {
            true => "not an email, so it can't be stored",
            false => letter.reason.advice(),
        };
        text += &format!("{DIM}{:<11}{DIM:#} {WARNING}{}{WARNING:#}: {advice}\n", "reason", letter.reason);
        text.extend(self.errors.iter().map(BodyError::line));
        match self.readable_body() {
            Some(body) => text + &format!("\n{BOLD}body{BOLD:#}\n{body}"),
            None => text + &format!("\n{DIM}--body shows the body, which is somebody's mail.{DIM:#}\n"),
        }
    }

    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMAIL: &str =
        r#"{"email_subject":"","email_sender":"a","email_timestream":"1","email_content":"x\ny"}"#;

    fn shown(body: &str, with_body: bool) -> String {
        Shown::of("prod", &Message::builder().message_id("id").body(body).build(), with_body, Some(5)).text()
    }

    #[test]
    fn an_email_is_formatted_and_another_message_is_not() {
        assert!(shown(EMAIL, true).contains("  \"email_content\": \"x\\ny\""), "{}", shown(EMAIL, true));
        let twice = r#"{"email_sender":"a","email_sender":"b"}"#;
        assert!(shown(twice, true).contains(twice));
    }

    #[test]
    fn a_body_can_not_control_the_terminal() {
        let text = shown("a\u{1b}[2Jb\r\nc\u{202e}", true);
        assert!(text.contains("a\u{fffd}[2Jb\u{fffd}\nc\u{fffd}\n"), "{text:?}");
    }

    #[test]
    fn all_errors_are_shown_and_the_name_of_an_unknown_field_only_with_the_body() {
        let body = r#"{"email_sender":" ","email_timestream":1,"email_content":"","dear diary":1}"#;
        let found = |with_names| {
            let errors = body_errors(body, with_names).into_iter();
            errors.map(|error| (error.code, error.pointer)).collect::<Vec<_>>()
        };
        let known = |code, pointer: &str| (code, Some(Printable::from(pointer)));
        let three = [
            known("missing", "/email_subject"),
            known("blank_sender", "/email_sender"),
            known("not_a_string", "/email_timestream"),
        ];
        assert_eq!(found(false), [three.as_slice(), &[("unknown", None)]].concat());
        assert_eq!(found(true), [three.as_slice(), &[known("unknown", "/dear diary")]].concat());
    }

    #[test]
    fn a_body_that_is_not_an_object_has_one_error_without_a_place_and_an_email_has_none() {
        assert_eq!(body_errors("[]", false)[0].code, "not_an_object");
        assert_eq!((body_errors("no", true).len(), body_errors("no", true)[0].code), (1, "not_json"));
        assert_eq!(body_errors(EMAIL, true), []);
    }
}
