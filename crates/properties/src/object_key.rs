//! Object keys: short, harmless, and one for each sender.

use arbitrary::{Arbitrary, Unstructured};
use email::json::{self, Value};
use email::{ContentDigest, Email, Layout, ObjectKey};
use serde_json::json;

/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;
/// What a sender may bring into a key.
const NAME_LIMIT: usize = 200;

/// Two senders and a moment.
#[derive(Arbitrary)]
struct Pair<'a> {
    dated: bool,
    second: u64,
    leading_zeros: u8,
    one: Sender<'a>,
    other: Sender<'a>,
}

/// A sender that is long now and then, so that the limit falls on every kind of boundary.
#[derive(Arbitrary)]
struct Sender<'a> {
    repeated: char,
    times: u8,
    text: &'a str,
}

/// Makes two senders of `bytes`, and looks at the keys of their emails.
///
/// # Panics
/// If a key breaks its rules, or the two senders share one by accident.
pub fn check(bytes: &[u8]) {
    let Ok(pair) = Pair::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let layout = if pair.dated { Layout::Dated } else { Layout::Flat };
    let timestream = pair.timestream();
    let (one, other) = (pair.one.text(), pair.other.text());
    let (Some(email), Some(second)) = (email(&one, &timestream, ""), email(&other, &timestream, "")) else {
        return; // a blank sender
    };
    let (key, other_key) = (ObjectKey::new(layout, &email), ObjectKey::new(layout, &second));
    for (key, sender) in [(&key, &one), (&other_key, &other)] {
        keeps_the_rules(&key.to_string(), layout, sender, &timestream);
    }
    if one == other {
        assert_eq!(key, other_key, "one sender, two keys");
    } else if key == other_key {
        // Whoever calls himself what another sender's name was changed into does so on purpose. Nothing is lost: the
        // second email gets a name of its own.
        let name = key.to_string().replace(&format!("_{timestream}.json"), "");
        assert!(layout == Layout::Flat && (one == name || other == name), "two senders share a key");
    }
    told_apart(&names(layout, &email), &names(layout, &second), email == second);
    let reply = self::email(&one, &timestream, "another email of the same name").expect("an email");
    told_apart(&names(layout, &email), &names(layout, &reply), false);
}

/// The email's three names, and its digest.
fn names(layout: Layout, email: &Email) -> ([String; 3], String) {
    let (key, digest) = (ObjectKey::new(layout, email), ContentDigest::of(email));
    let keys =
        [key.with_short_digest(&digest), key.with_full_digest(&digest), key].map(|key| key.to_string());
    let [second, third, first] = keys;
    ([first, second, third], digest.to_string())
}

/// The names of each email are three, and two emails share none but the first.
fn told_apart(one: &([String; 3], String), other: &([String; 3], String), same: bool) {
    for ([first, second, third], digest) in [one, other] {
        assert!(first != second && second != third && first != third, "{first:?} twice");
        assert!(second.ends_with(&format!("-{}.json", &digest[..16])), "{second:?} of {digest}");
        assert!(third.ends_with(&format!("-{digest}.json")), "{third:?} of {digest}");
        for name in [first, second, third] {
            let file = name.rsplit('/').next().unwrap_or_default();
            assert!(name.len() <= 1_024 && file.len() <= 255, "too long for S3 or for a disk: {name:?}");
        }
    }
    for (n, name) in one.0.iter().enumerate() {
        for (m, other) in other.0.iter().enumerate() {
            assert!(
                name != other || n == m && (same || n == 0),
                "{name:?} is name {n} of one and {m} of another"
            );
        }
    }
}

impl Pair<'_> {
    /// 1 to 12 digits, some of them zeros in front.
    fn timestream(&self) -> String {
        let digits = (self.second % (LAST_SECOND + 1)).to_string();
        let width = usize::from(self.leading_zeros % 13).max(digits.len());
        format!("{digits:0>width$}")
    }
}

impl Sender<'_> {
    fn text(&self) -> String {
        let mut text = String::from(self.repeated).repeat(self.times.into());
        text.push_str(self.text);
        text
    }
}

fn email(sender: &str, timestream: &str, content: &str) -> Option<Email> {
    let email = json!({
        "email_subject": "", "email_sender": sender, "email_timestream": timestream, "email_content": content,
    });
    let Ok(Value::Object(members)) = json::parse(email.to_string().as_bytes()) else { panic!("no object") };
    Email::from_members(members, "").ok()
}

fn keeps_the_rules(key: &str, layout: Layout, sender: &str, timestream: &str) {
    assert!(key.len() <= 1_024, "longer than S3 takes: {}", key.len());
    assert!(!key.chars().any(char::is_control), "{key:?} has a control character");
    match layout {
        Layout::Flat => {
            let name = key.strip_suffix(&format!("_{timestream}.json"));
            let name = name.unwrap_or_else(|| panic!("{key:?} doesn't end in the timestream"));
            assert!(!key.contains('/'), "{key:?} is in a folder");
            assert!(!name.is_empty() && name.len() <= NAME_LIMIT, "a name of {} bytes", name.len());
            assert!(name == sender || is_marked(name), "{key:?}: changed and not marked");
        }
        Layout::Dated => {
            let parts: Vec<_> = key.split('/').collect();
            let [root, year, month, day, file] = parts[..] else {
                panic!("{key:?} has {} parts", parts.len())
            };
            assert_eq!((root, year.len(), month.len(), day.len()), ("emails", 4, 2, 2), "{key:?}");
            assert!([year, month, day].concat().bytes().all(|byte| byte.is_ascii_digit()), "{key:?}");
            let hash = file
                .strip_prefix(&format!("email-{timestream}-"))
                .and_then(|rest| rest.strip_suffix(".json"));
            assert!(hash.is_some_and(|hash| hash.len() == 16 && is_hex(hash)), "{key:?}");
        }
    }
}

/// Ends in `-` and eight digits of a hash.
fn is_marked(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, mark)| mark.len() == 8 && is_hex(mark))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
