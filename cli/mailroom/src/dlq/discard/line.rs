//! A deleted letter, as the file keeps it.

use super::super::Letter;
use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use aws_smithy_types::base64;
use serde::Serialize;
use std::collections::BTreeMap;

/// A whole letter: all that another one could be made of. Once released, the names stay.
#[derive(Serialize)]
pub(crate) struct Line {
    #[serde(flatten)]
    letter: Letter,
    attributes: BTreeMap<String, Attribute>,
    system_attributes: BTreeMap<String, String>,
    body: String,
}

/// A message attribute, as SQS has it.
#[derive(Serialize)]
struct Attribute {
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    string: Option<String>,
    /// In base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    binary: Option<String>,
}

impl Line {
    pub(crate) fn of(message: &Message) -> Self {
        let attributes = message.message_attributes().into_iter().flatten();
        let system_attributes = message.attributes().into_iter().flatten();
        Self {
            letter: Letter::of(message),
            attributes: attributes.map(|(name, value)| (name.clone(), value.into())).collect(),
            system_attributes: system_attributes
                .map(|(name, value)| (name.as_str().to_owned(), value.clone()))
                .collect(),
            body: message.body().unwrap_or_default().to_owned(),
        }
    }
}

impl From<&MessageAttributeValue> for Attribute {
    fn from(value: &MessageAttributeValue) -> Self {
        Self {
            data_type: value.data_type().to_owned(),
            string: value.string_value().map(str::to_owned),
            binary: value.binary_value().map(base64::encode),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sqs::types::MessageSystemAttributeName;
    use serde_json::{Value, json};

    #[test]
    fn a_line_has_the_whole_letter() {
        let binary =
            MessageAttributeValue::builder().data_type("Binary").binary_value(b"\xff\0".as_slice().into());
        let message = Message::builder()
            .message_id("id")
            .body("a\n\u{0}")
            .message_attributes("odd", binary.build().unwrap())
            .attributes(MessageSystemAttributeName::AwsTraceHeader, "Root=1")
            .build();
        let line: Value = serde_json::from_str(&serde_json::to_string(&Line::of(&message)).unwrap()).unwrap();
        assert_eq!(line["body"], "a\n\u{0}");
        assert_eq!(line["attributes"]["odd"], json!({"data_type": "Binary", "binary": "/wA="}));
        assert_eq!(line["system_attributes"], json!({"AWSTraceHeader": "Root=1"}));
        assert_eq!((&line["message_id"], &line["reason"]), (&json!("id"), &json!("not_json")));
    }
}
