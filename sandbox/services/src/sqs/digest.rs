//! The MD5s in SQS's answers, by which a sender knows that what arrived is what it sent:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>.

use super::MessageAttribute;
use md5::{Digest, Md5};
use std::collections::BTreeMap;

/// The encoding of an attribute's value.
const TEXT: u8 = 1;
const BYTES: u8 = 2;

pub(crate) fn of_body(body: &str) -> String {
    hex::encode(Md5::digest(body))
}

/// In the order of the names; nothing for a message without attributes.
pub(crate) fn of_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, attribute) in attributes {
        add(&mut digest, name.as_bytes());
        add(&mut digest, attribute.data_type.as_bytes());
        if let Some(text) = &attribute.string_value {
            digest.update([TEXT]);
            add(&mut digest, text.as_bytes());
        } else if let Some(bytes) = &attribute.binary_value {
            digest.update([BYTES]);
            add(&mut digest, bytes);
        }
    }
    Some(hex::encode(digest.finalize()))
}

/// The system attribute is digested as an attribute of its own.
pub(crate) fn of_trace_header(header: &str) -> Option<String> {
    let value = MessageAttribute {
        data_type: "String".to_owned(),
        string_value: Some(header.to_owned()),
        binary_value: None,
    };
    of_attributes(&BTreeMap::from([("AWSTraceHeader".to_owned(), value)]))
}

/// The length in four bytes, big end first, and then the value.
fn add(digest: &mut Md5, value: &[u8]) {
    // A message has at most 1 MiB.
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    digest.update(length.to_be_bytes());
    digest.update(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data_type: &str, value: &str) -> MessageAttribute {
        MessageAttribute { data_type: data_type.into(), string_value: Some(value.into()), binary_value: None }
    }

    #[test]
    fn a_body_is_digested_as_it_is() {
        assert_eq!(of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
    }

    #[test]
    fn attributes_are_digested_as_lengths_and_values_in_the_order_of_their_names() {
        let bytes = MessageAttribute {
            data_type: "Binary".into(),
            string_value: None,
            binary_value: Some(vec![0, 255]),
        };
        let attributes = BTreeMap::from([("b".to_owned(), bytes), ("a".to_owned(), text("Number", "7"))]);
        let mut expected = Vec::new();
        expected.extend(b"\0\0\0\x01a\0\0\0\x06Number\x01\0\0\0\x017");
        expected.extend(b"\0\0\0\x01b\0\0\0\x06Binary\x02\0\0\0\x02\x00\xff");
        assert_eq!(of_attributes(&attributes), Some(hex::encode(Md5::digest(expected))));
    }

    #[test]
    fn the_trace_is_digested_as_an_attribute_of_its_own() {
        let expected = b"\0\0\0\x0eAWSTraceHeader\0\0\0\x06String\x01\0\0\0\x0aRoot=1-2-3";
        assert_eq!(of_trace_header("Root=1-2-3"), Some(hex::encode(Md5::digest(expected))));
    }

    #[test]
    fn no_attributes_have_no_digest() {
        assert_eq!(of_attributes(&BTreeMap::new()), None);
    }
}
