//! The limits of a message:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>.

use super::error::{invalid, missing};
use super::{MessageAttribute, NewMessage};
use crate::error::{Result, ServiceError};
use std::{collections::BTreeMap, time::Duration};

/// Body and attributes of one message, and of all messages of a batch together: 1 MiB.
pub(crate) const MESSAGE_BYTES: usize = 1_048_576;
/// The longest visibility timeout.
pub(crate) const VISIBILITY: Duration = Duration::from_secs(12 * 60 * 60);
/// The longest wait of a receive.
pub(crate) const WAIT: Duration = Duration::from_secs(20);
/// The most messages in flight in a standard queue.
pub(crate) const IN_FLIGHT: usize = 120_000;
/// How long after one purge another is refused, and after a deletion a queue of the same name.
pub(crate) const PAUSE: Duration = Duration::from_secs(60);
/// The longest delay of a message.
pub(crate) const DELAY: Duration = Duration::from_secs(15 * 60);
const ATTRIBUTES: usize = 10;
const NAME_CHARACTERS: usize = 256;
const GROUP_CHARACTERS: usize = 128;

/// The size that counts, in bytes: without the system attribute.
pub(crate) fn size(message: &NewMessage) -> usize {
    let attribute = |(name, value): (&String, &MessageAttribute)| {
        let text = value.string_value.as_ref().map_or(0, String::len);
        let bytes = value.binary_value.as_ref().map_or(0, Vec::len);
        name.len() + value.data_type.len() + text + bytes
    };
    message.body.len() + message.attributes.iter().map(attribute).sum::<usize>()
}

/// Refuses a message that SQS refuses, or of more than `limit` bytes.
pub(crate) fn check(message: &NewMessage, limit: usize) -> Result<()> {
    if message.body.is_empty() {
        return Err(missing("MessageBody"));
    }
    if size(message) > limit {
        return Err(invalid(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        )));
    }
    if message.delay > DELAY {
        let given = message.delay.as_secs();
        return Err(invalid(format!(
            "Value {given} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
        )));
    }
    check_characters(&message.body)?;
    message.group_id.as_deref().map_or(Ok(()), check_group)?;
    check_attributes(&message.attributes)
}

/// Letters, digits and punctuation are what ASCII prints, without the space.
fn check_group(id: &str) -> Result<()> {
    if (1..=GROUP_CHARACTERS).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    Err(invalid(format!(
        "Value {id} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length."
    )))
}

fn check_characters(text: &str) -> Result<()> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    match text.chars().find(|c| !allowed(*c)) {
        Some(character) => Err(ServiceError::new(
            "InvalidMessageContents",
            format!(
                "Invalid binary character '#x{:X}' was found in the message body or attribute, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]",
                u32::from(character)
            ),
        )),
        None => Ok(()),
    }
}

fn check_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Result<()> {
    if attributes.len() > ATTRIBUTES {
        let count = attributes.len();
        return Err(invalid(format!(
            "Number of message attributes [{count}] exceeds the allowed maximum [10]."
        )));
    }
    for (name, attribute) in attributes {
        check_name(name)?;
        check_value(name, attribute)?;
    }
    Ok(())
}

fn check_name(name: &str) -> Result<()> {
    // AWS's page names ASCII alone, but AWS accepts letters such as ø and ß.
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let lower = name.to_ascii_lowercase();
    let wrong = name.is_empty()
        || name.chars().count() > NAME_CHARACTERS
        || !name.chars().all(plain)
        || name.starts_with('.')
        || name.ends_with('.')
        || name.contains("..")
        || lower.starts_with("aws.")
        || lower.starts_with("amazon.");
    if wrong {
        return Err(invalid(format!("Message (user) attribute name '{name}' is invalid.")));
    }
    Ok(())
}

fn check_value(name: &str, attribute: &MessageAttribute) -> Result<()> {
    let kind = attribute.data_type.split('.').next().unwrap_or_default();
    let filled = match (kind, &attribute.string_value, &attribute.binary_value) {
        ("String" | "Number", Some(text), None) => !text.is_empty(),
        ("Binary", None, Some(bytes)) => !bytes.is_empty(),
        ("String" | "Number" | "Binary", _, _) => false,
        _ => {
            return Err(invalid(format!(
                "The type of message (user) attribute '{name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String."
            )));
        }
    };
    if !filled || attribute.data_type.len() > NAME_CHARACTERS {
        return Err(invalid(format!(
            "Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
        )));
    }
    let Some(text) = &attribute.string_value else { return Ok(()) };
    if kind == "Number" && !text.parse::<f64>().is_ok_and(f64::is_finite) {
        return Err(invalid(format!(
            "Can't cast the value of message (user) attribute '{name}' to a number."
        )));
    }
    // In an attribute, AWS gives the error of a body another code.
    check_characters(text).map_err(|error| invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(body: &str) -> NewMessage {
        NewMessage { body: body.into(), ..NewMessage::default() }
    }

    fn with_attribute(name: &str, data_type: &str, value: &str) -> NewMessage {
        let attribute = MessageAttribute {
            data_type: data_type.into(),
            string_value: Some(value.into()),
            binary_value: None,
        };
        NewMessage { attributes: BTreeMap::from([(name.into(), attribute)]), ..body("x") }
    }

    #[test]
    fn exactly_one_mebibyte_fits_attributes_included() {
        assert!(check(&body(&"x".repeat(MESSAGE_BYTES)), MESSAGE_BYTES).is_ok());
        let mut message = with_attribute("name", "String", "value");
        message.body = "x".repeat(MESSAGE_BYTES - "nameStringvalue".len());
        message.trace_header = Some("Root=1-2-3".into());
        assert!(check(&message, MESSAGE_BYTES).is_ok());
        message.body.push('x');
        assert_eq!(check(&message, MESSAGE_BYTES).unwrap_err().code(), "InvalidParameterValueException");
    }

    #[test]
    fn only_the_characters_of_xml_are_taken() {
        for allowed in ["\t\n\r ~", "\u{7f}", "\u{D7FF}\u{E000}\u{FFFD}", "\u{10000}\u{10FFFF}"] {
            assert!(check(&body(allowed), MESSAGE_BYTES).is_ok(), "{allowed:?}");
        }
        for refused in ["\0", "a\u{1}", "\u{B}", "\u{1f}", "\u{FFFE}", "\u{FFFF}"] {
            let error = check(&body(refused), MESSAGE_BYTES).unwrap_err();
            assert_eq!(error.code(), "InvalidMessageContents", "{refused:?}");
        }
    }

    #[test]
    fn a_message_group_has_1_to_128_letters_digits_and_punctuation_characters() {
        let check =
            |group: &str| check(&NewMessage { group_id: Some(group.into()), ..body("x") }, MESSAGE_BYTES);
        let punctuation = r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##;
        for group in ["a", "tenant-1", punctuation, &"g".repeat(128)] {
            assert_eq!(check(group), Ok(()), "{group}");
        }
        for group in ["", "two words", "tab\t", "ø", &"g".repeat(129)] {
            let error = check(group).unwrap_err();
            assert_eq!(error.code(), "InvalidParameterValueException", "{group}");
            assert_eq!(
                error.to_string(),
                format!(
                    "Value {group} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length."
                )
            );
        }
    }

    #[test]
    fn an_attribute_needs_a_plain_name_a_known_type_and_a_value() {
        for (name, data_type, value) in [
            ("colour", "String", "x"),
            ("a.b-c_1", "String.own", "x"),
            ("attr.1øßä", "String", "x"),
            ("n", "Number", "-1.5"),
        ] {
            assert!(check(&with_attribute(name, data_type, value), MESSAGE_BYTES).is_ok(), "{name}");
        }
        for (name, data_type, value) in [
            ("", "String", "x"),
            ("a b", "String", "x"),
            ("a§", "String", "x"),
            (".a", "String", "x"),
            ("a..b", "String", "x"),
            ("AWS.x", "String", "x"),
            ("a", "Text", "x"),
            ("a", "String", ""),
            ("a", "String", "\u{FFFF}"),
            ("a", "Number", "seven"),
            ("a", "Binary", "text"),
        ] {
            let message = with_attribute(name, data_type, value);
            let error = check(&message, MESSAGE_BYTES).unwrap_err();
            assert_eq!(error.code(), "InvalidParameterValueException", "{name} {data_type} {value:?}");
        }
    }
}
