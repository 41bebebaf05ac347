//! Properties that hold for every email, whatever its sender wrote.

use email::json;
use email::wire_format::{self, DecodeError};
use email::{ContentDigest, Email, Layout, ObjectKey, Sender, Timestamp};
use proptest::prelude::*;

/// Any text, including control characters, noncharacters and characters of four bytes.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![Just('\u{fffe}'), Just('\u{ffff}'), Just('/'), any::<char>()];
    prop_oneof![any::<String>(), prop::collection::vec(character, 0..300).prop_map(String::from_iter)]
}

fn email() -> impl Strategy<Value = Email> {
    let sender = text().prop_filter_map("blank", |text| Sender::new(text).ok());
    let seconds = prop_oneof![(0_u64..=253_402_300_799).prop_map(|n| n.to_string()), "0{0,5}[0-9]{1,7}"];
    let timestamp = seconds.prop_filter_map("invalid", |text| Timestamp::new(text).ok());
    (text(), sender, timestamp, text()).prop_map(|(subject, sender, timestamp, content)| Email {
        subject,
        sender,
        timestamp,
        content,
    })
}

/// Any JSON, often with an email's field names.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    let fields = ["email_subject", "email_sender", "email_timestream", "email_content"];
    let name = prop_oneof![4 => prop::sample::select(fields.to_vec()).prop_map(str::to_owned), 1 => text()];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

fn is_safe(character: char) -> bool {
    character.is_alphanumeric() || " !-_.*'()@+,=&$;".contains(character)
}

proptest! {
    #[test]
    fn an_email_survives_the_queue_in_characters_that_sqs_accepts(email in email()) {
        let message = wire_format::encode(&email);
        prop_assert!(wire_format::decode(&message).unwrap() == email);
        let accepted = |c: char| {
            matches!(u32::from(c), 0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF)
        };
        prop_assert!(message.chars().all(accepted), "{message:?}");
    }

    #[test]
    fn the_digest_does_not_depend_on_the_serialisation(email in email()) {
        let pretty = serde_json::to_string_pretty(&email).unwrap();
        let decoded = wire_format::decode(&pretty).unwrap();
        prop_assert_eq!(ContentDigest::of(&decoded), ContentDigest::of(&email));
    }

    #[test]
    fn a_flat_key_is_a_short_file_name_with_the_sender_unless_that_had_to_change(email in email()) {
        let key = ObjectKey::new(Layout::Flat, &email).to_string();
        let end = format!("_{}.json", email.timestamp.as_str());
        let name = key.strip_suffix(&end).expect("the key ends in the timestamp");
        prop_assert!(!name.is_empty() && name.len() <= 200 && name.chars().all(is_safe), "{key:?}");
        let sender = email.sender.as_str();
        prop_assert_eq!(name == sender, sender.len() <= 200 && sender.chars().all(is_safe));
    }

    #[test]
    fn a_dated_key_holds_nothing_that_the_sender_wrote(email in email()) {
        let key = ObjectKey::new(Layout::Dated, &email).to_string();
        prop_assert!(key.starts_with("emails/") && key.len() <= 64, "{key:?}");
        prop_assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"/-.".contains(&b)), "{key:?}");
    }

    #[test]
    fn two_senders_never_share_a_key(one in email(), other in email()) {
        for layout in [Layout::Flat, Layout::Dated] {
            let same_key = ObjectKey::new(layout, &one) == ObjectKey::new(layout, &other);
            let same_name = one.sender == other.sender && one.timestamp == other.timestamp;
            prop_assert_eq!(same_key, same_name);
        }
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = json::parse(&bytes);
    }

    #[test]
    fn json_is_an_email_or_has_an_error(json in any_json()) {
        match wire_format::decode(&json.to_string()) {
            Ok(email) => prop_assert_eq!(serde_json::to_value(&email).unwrap(), json),
            Err(DecodeError::InvalidFields(errors)) => prop_assert!(!errors.is_empty()),
            Err(DecodeError::NotAnObject) => prop_assert!(!json.is_object()),
            Err(DecodeError::InvalidJson(error)) => prop_assert!(false, "valid JSON was called {error}"),
        }
    }
}
