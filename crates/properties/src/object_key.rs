//! Object keys: short, safe, and distinct for each sender.

use arbitrary::{Arbitrary, Unstructured};
use email::{ContentDigest, Email, Layout, ObjectKey, SenderKeys, Timestamp};

/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;
/// The most bytes that a sender may bring into a key.
const NAME_LIMIT: usize = 200;

/// Two senders and a time.
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

/// Makes two senders of `bytes`, and checks the keys of their emails.
///
/// # Panics
/// If a key breaks its rules, or the two senders share one by accident.
pub fn check(bytes: &[u8]) {
    let Ok(pair) = Pair::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let layout = if pair.dated { Layout::Dated } else { Layout::Flat };
    let timestamp = pair.timestamp();
    let (one, other) = (pair.one.text(), pair.other.text());
    let (Some(email), Some(second)) = (email(&one, &timestamp, ""), email(&other, &timestamp, "")) else {
        return; // a blank sender
    };
    let (key, other_key) = (ObjectKey::new(layout, &email), ObjectKey::new(layout, &second));
    for (key, sender) in [(&key, &one), (&other_key, &other)] {
        check_form(&key.to_string(), layout, sender, &timestamp);
    }
    if one == other {
        assert_eq!(key, other_key, "one sender, two keys");
    } else if key == other_key {
        // A sender may choose the very name into which another sender's was changed. Nothing is lost: the second email
        // gets a key of its own.
        let name = key.to_string().replace(&format!("_{timestamp}.json"), "");
        assert!(layout == Layout::Flat && (one == name || other == name), "two senders share a key");
    }
    check_candidates(layout, &email, &second);
    let reply = self::email(&one, &timestamp, "another email with the same key").expect("an email");
    check_candidates(layout, &email, &reply);
}

/// Each email's three keys are distinct, and two emails share none but the first.
fn check_candidates(layout: Layout, one: &Email, other: &Email) {
    let [keys, others] = [one, other].map(|email| {
        let digest = ContentDigest::of(email);
        let keys = ObjectKey::candidates(layout, email, &digest).map(|key| key.to_string());
        let own = SenderKeys::of(&email.sender);
        assert!(keys.iter().all(|key| own.contains(key)), "{keys:?} are not their sender's");
        let (digest, [first, second, third]) = (digest.to_string(), &keys);
        assert!(first != second && second != third && first != third, "{first:?} twice");
        assert!(second.ends_with(&format!("-{}.json", &digest[..16])), "{second:?} of {digest}");
        assert!(third.ends_with(&format!("-{digest}.json")), "{third:?} of {digest}");
        for key in &keys {
            let file = key.rsplit('/').next().unwrap_or_default();
            assert!(key.len() <= 1_024 && file.len() <= 255, "too long for S3 or for a disk: {key:?}");
        }
        keys
    });
    for (n, key) in keys.iter().enumerate() {
        for (m, other_key) in others.iter().enumerate() {
            let may_be_equal = n == m && (n == 0 || one == other);
            assert!(key != other_key || may_be_equal, "{key:?} is key {n} of one email and {m} of another");
        }
    }
}

impl Pair<'_> {
    /// 1 to 12 digits, some with leading zeros.
    fn timestamp(&self) -> String {
        let digits = (self.second % (LAST_SECOND + 1)).to_string();
        let width = usize::from(self.leading_zeros % 13).max(digits.len());
        format!("{digits:0>width$}")
    }
}

impl Sender<'_> {
    fn text(&self) -> String {
        String::from(self.repeated).repeat(self.times.into()) + self.text
    }
}

fn email(sender: &str, timestamp: &str, content: &str) -> Option<Email> {
    let sender = email::Sender::new(sender.to_owned()).ok()?;
    let timestamp = Timestamp::new(timestamp.to_owned()).expect("a timestamp");
    Some(Email { subject: String::new(), sender, timestamp, content: content.to_owned() })
}

fn check_form(key: &str, layout: Layout, sender: &str, timestamp: &str) {
    assert!(key.len() <= 1_024, "longer than S3 accepts: {}", key.len());
    assert!(!key.chars().any(char::is_control), "{key:?} has a control character");
    match layout {
        Layout::Flat => {
            let name = key.strip_suffix(&format!("_{timestamp}.json"));
            let name = name.unwrap_or_else(|| panic!("{key:?} doesn't end in the timestamp"));
            assert!(!key.contains('/'), "{key:?} is in a folder");
            assert!(!name.is_empty() && name.len() <= NAME_LIMIT, "a name of {} bytes", name.len());
            let has_hash = name.rsplit_once('-').is_some_and(|(_, hash)| hash.len() == 8 && is_hex(hash));
            assert!(name == sender || has_hash, "{key:?}: changed, and without a hash");
        }
        Layout::Dated => {
            let parts: Vec<_> = key.split('/').collect();
            let ["emails", year, month, day, file] = parts[..] else { panic!("the folders of {key:?}") };
            assert_eq!((year.len(), month.len(), day.len()), (4, 2, 2), "{key:?}");
            assert!([year, month, day].concat().bytes().all(|byte| byte.is_ascii_digit()), "{key:?}");
            let rest = file.strip_prefix(&format!("email-{timestamp}-"));
            let hash = rest.and_then(|rest| rest.strip_suffix(".json"));
            assert!(hash.is_some_and(|hash| hash.len() == 16 && is_hex(hash)), "{key:?}");
        }
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
