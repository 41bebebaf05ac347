//! Message attributes on the wire.

use crate::sqs::{MessageAttribute, SqsError};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An attribute in JSON: bytes as base64.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WireAttribute {
    data_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
}

impl WireAttribute {
    fn read(self, name: &str) -> Result<MessageAttribute, SqsError> {
        let binary_value = match self.binary_value.map(|value| STANDARD.decode(value)) {
            None => None,
            Some(Ok(bytes)) => Some(bytes),
            Some(Err(_)) => {
                return Err(SqsError::invalid(format!("The value of attribute '{name}' is not base64.")));
            }
        };
        let data_type = self.data_type.unwrap_or_default();
        Ok(MessageAttribute { data_type, string_value: self.string_value, binary_value })
    }
}

impl From<&MessageAttribute> for WireAttribute {
    fn from(attribute: &MessageAttribute) -> Self {
        Self {
            data_type: Some(attribute.data_type.clone()),
            string_value: attribute.string_value.clone(),
            binary_value: attribute.binary_value.as_ref().map(|bytes| STANDARD.encode(bytes)),
        }
    }
}

/// The sender's attributes.
pub(crate) fn read(
    attributes: BTreeMap<String, WireAttribute>,
) -> Result<BTreeMap<String, MessageAttribute>, SqsError> {
    let read = |(name, value): (String, WireAttribute)| value.read(&name).map(|value| (name, value));
    attributes.into_iter().map(read).collect()
}

/// The one system attribute that a sender may set: `AWSTraceHeader`, a `String`.
pub(crate) fn read_trace_header(
    mut attributes: BTreeMap<String, WireAttribute>,
) -> Result<Option<String>, SqsError> {
    let trace = attributes.remove("AWSTraceHeader");
    if let Some(name) = attributes.keys().next() {
        let reason = format!("Message system attribute name '{name}' is invalid.");
        return Err(SqsError::invalid(reason));
    }
    match trace {
        None => Ok(None),
        Some(WireAttribute { data_type: Some(kind), string_value: Some(value), binary_value: None })
            if kind == "String" && !value.is_empty() =>
        {
            Ok(Some(value))
        }
        Some(_) => Err(SqsError::invalid(
            "Message system attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
        )),
    }
}
