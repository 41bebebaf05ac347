//! What holds for every email, whatever its sender wrote.

use email::json::{self, Value};
use email::{ContentDigest, Email, Layout, ObjectKey, queue_form};
use proptest::prelude::*;

/// Any text: also control characters, noncharacters and what needs four bytes.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::collection::vec(
            prop_oneof![Just('\u{fffe}'), Just('\u{ffff}'), Just('/'), any::<char>()],
            0..300
        )
        .prop_map(String::from_iter),
    ]
}

fn sender() -> impl Strategy<Value = String> {
    text().prop_filter("blank", |text| !text.chars().all(char::is_whitespace))
}

fn timestream() -> impl Strategy<Value = String> {
    prop_oneof![(0_u64..=253_402_300_799).prop_map(|n| n.to_string()), "0{0,5}[0-9]{1,7}"]
}

fn email() -> impl Strategy<Value = Email> {
    (text(), sender(), timestream(), text()).prop_map(|(subject, sender, timestream, content)| {
        let json = serde_json::json!({
            "email_content": content, "email_subject": subject, "email_sender": sender, "email_timestream": timestream,
        });
        let Ok(Value::Object(members)) = json::read(json.to_string().as_bytes()) else { panic!("no object") };
        let Ok(email) = Email::from_members(members, "") else { panic!("the strategy made no email") };
        email
    })
}

/// JSON that nobody promised to be an email.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    let name = prop_oneof![
        Just("email_subject".to_owned()),
        Just("email_sender".to_owned()),
        Just("email_timestream".to_owned()),
        Just("email_content".to_owned()),
        text(),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_email_survives_the_queue(email in email()) {
        prop_assert!(queue_form::read(&queue_form::write(&email)).unwrap() == email);
    }

    #[test]
    fn sqs_accepts_every_character_of_a_message(email in email()) {
        let message = queue_form::write(&email);
        let accepted = |c: char| {
            matches!(u32::from(c), 0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF)
        };
        prop_assert!(message.chars().all(accepted), "{message:?}");
    }

    #[test]
    fn the_digest_does_not_depend_on_how_the_email_was_written(email in email()) {
        let pretty = serde_json::to_string_pretty(&email).unwrap();
        let again = queue_form::read(&pretty).unwrap();
        prop_assert_eq!(ContentDigest::of(&again), ContentDigest::of(&email));
    }

    #[test]
    fn a_flat_key_is_a_short_file_name_that_ends_in_the_timestream(email in email()) {
        let key = ObjectKey::new(Layout::Flat, &email).to_string();
        let end = format!("_{}.json", email.timestream().as_str());
        let name = key.strip_suffix(&end).expect("the key ends in the timestream");
        prop_assert!(!name.is_empty() && name.len() <= 200, "{key:?}");
        prop_assert!(name.chars().all(|c| c.is_alphanumeric() || " !-_.*'()@+,=&$;".contains(c)), "{key:?}");
    }

    #[test]
    fn a_sender_that_needs_no_change_gets_none(email in email()) {
        let sender = email.sender().as_str();
        let clean = sender.len() <= 200 && sender.chars().all(|c| c.is_alphanumeric() || " !-_.*'()@+,=&$;".contains(c));
        let expected = format!("{sender}_{}.json", email.timestream().as_str());
        prop_assert_eq!(ObjectKey::new(Layout::Flat, &email).to_string() == expected, clean);
    }

    #[test]
    fn two_senders_never_share_a_key(one in email(), other in email()) {
        for layout in [Layout::Flat, Layout::Dated] {
            let same_key = ObjectKey::new(layout, &one) == ObjectKey::new(layout, &other);
            let same_name = one.sender() == other.sender() && one.timestream() == other.timestream();
            prop_assert_eq!(same_key, same_name);
        }
    }

    #[test]
    fn a_dated_key_holds_nothing_the_sender_wrote(email in email()) {
        let key = ObjectKey::new(Layout::Dated, &email).to_string();
        prop_assert!(key.starts_with("emails/") && key.len() <= 64, "{key:?}");
        prop_assert!(key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"/-.".contains(&b)), "{key:?}");
    }

    #[test]
    fn a_third_name_is_a_file_name_with_the_whole_digest(email in email()) {
        let digest = ContentDigest::of(&email);
        for layout in [Layout::Flat, Layout::Dated] {
            let key = ObjectKey::new(layout, &email);
            let third = key.told_apart_by_all_of(&digest);
            prop_assert!(third != key && third != key.told_apart_by(&digest));
            let third = third.to_string();
            prop_assert!(third.ends_with(&format!("-{digest}.json")), "{third:?}");
            prop_assert!(third.contains(email.timestream().as_str()) && third.len() <= 255, "{third:?}");
        }
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = queue_form::read(text);
        }
        let _ = json::read(&bytes);
    }

    #[test]
    fn what_is_accepted_is_an_email_and_what_is_not_has_a_fault(json in any_json()) {
        match queue_form::read(&json.to_string()) {
            Ok(email) => prop_assert_eq!(serde_json::to_value(&email).unwrap(), json),
            Err(queue_form::NotAnEmail::Faults(faults)) => prop_assert!(!faults.is_empty()),
            Err(queue_form::NotAnEmail::NotAnObject) => prop_assert!(!json.is_object()),
            Err(error) => prop_assert!(false, "valid JSON was called {error}"),
        }
    }
}
