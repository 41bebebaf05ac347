//! The key under which an email is stored.

use crate::{ContentDigest, Email, Sender};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// The content of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectLayout {
    /// One email, under a key of this form.
    PerEmail(Layout),
    /// The emails of one invocation: [`BatchObject`](crate::BatchObject).
    Batch,
}

impl ObjectLayout {
    /// The layout of the canary's emails where others are in batches: it can read its own objects alone, and a lifecycle
    /// rule tells them by their names.
    pub const CANARY: Layout = Layout::Flat;

    /// The form of the keys of the canary's emails.
    pub fn of_canary(self) -> Layout {
        match self {
            Self::PerEmail(layout) => layout,
            Self::Batch => Self::CANARY,
        }
    }
}

impl Default for ObjectLayout {
    fn default() -> Self {
        Self::PerEmail(Layout::default())
    }
}

impl FromStr for ObjectLayout {
    type Err = UnknownLayout;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "flat" => Ok(Self::PerEmail(Layout::Flat)),
            "dated" => Ok(Self::PerEmail(Layout::Dated)),
            "batch" => Ok(Self::Batch),
            _ => Err(UnknownLayout),
        }
    }
}

/// The form of an email's keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `{sender}_{timestamp}.json`
    #[default]
    Flat,
    /// `emails/YYYY/MM/DD/email-{timestamp}-{sender_hash}.json`: the timestamp's day in UTC, and the first 16 hex
    /// digits of the sender's SHA-256.
    Dated,
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("must be `flat`, `dated` or `batch`")]
pub struct UnknownLayout;

/// The key of an email's object: at most 255 bytes (S3 allows 1,024), and a valid file name on any disk.
///
/// An email has three keys, and is stored under the first that no other email has:
/// 1. [`new`](Self::new): emails of one sender and one timestamp share it;
/// 2. [`with_short_digest`](Self::with_short_digest), with 64 bits of the email's digest: no two emails share it by
///    accident, but one core crafts two that do in minutes;
/// 3. [`with_full_digest`](Self::with_full_digest): only emails that break SHA-256 share it.
///
/// A first key is never another email's second or third, nor a second key another's third: the timestamp, or the
/// sender's hash in the dated layout, is followed by nothing, by `-` and 16 hex digits, or by `-` and 64.
#[derive(Clone, PartialEq, Eq)]
pub struct ObjectKey {
    stem: String,
    /// The end of the sender's name in the stem. In the dated layout it is the end of the stem.
    name_end: usize,
}

impl ObjectKey {
    /// The keys of `email`, whose digest is `digest`, in the order in which they are tried.
    pub fn candidates(layout: Layout, email: &Email, digest: &ContentDigest) -> [Self; 3] {
        let first = Self::new(layout, email);
        let (second, third) = (first.with_short_digest(digest), first.with_full_digest(digest));
        [first, second, third]
    }

    pub fn new(layout: Layout, email: &Email) -> Self {
        let timestamp = email.timestamp.as_str();
        match layout {
            Layout::Flat => {
                let name = safe_name(&email.sender);
                Self { stem: format!("{name}_{timestamp}"), name_end: name.len() }
            }
            Layout::Dated => {
                let (year, month, day) = email.timestamp.date().to_calendar_date();
                let (month, hash) = (u8::from(month), dated_hash(&email.sender));
                let stem = format!("emails/{year:04}/{month:02}/{day:02}/email-{timestamp}-{hash}");
                Self { name_end: stem.len(), stem }
            }
        }
    }

    /// The key to use if another email has the first one.
    pub fn with_short_digest(&self, digest: &ContentDigest) -> Self {
        Self { stem: format!("{}-{}", self.stem, digest.short()), name_end: self.name_end }
    }

    /// The key to use if other emails have the first two.
    ///
    /// A long sender is cut to make room. The cut needs no hash: the digest alone tells emails apart.
    pub fn with_full_digest(&self, digest: &ContentDigest) -> Self {
        let (name, rest) = self.stem.split_at(self.name_end);
        let rest = format!("{rest}-{digest}");
        let name_end = name.floor_char_boundary(FILE_NAME_LIMIT - rest.len() - EXTENSION.len());
        Self { stem: format!("{}{rest}", &name[..name_end]), name_end }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{EXTENSION}", self.stem)
    }
}

/// Hides the key: it contains the sender.
impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObjectKey(..)")
    }
}

pub(crate) const EXTENSION: &str = ".json";
/// The longest file name on today's disks, in bytes.
pub(crate) const FILE_NAME_LIMIT: usize = 255;
/// The most bytes of a key that come from the sender.
const NAME_LIMIT: usize = 200;
/// Hex digits of the sender's SHA-256 after a name that was changed or cut.
const HASH_DIGITS: usize = 8;

/// The sender as part of a key.
///
/// A name that was changed or cut ends in `-` and a hash of the sender, so that two senders never share a name by
/// accident. The limit includes the hash.
pub(crate) fn safe_name(sender: &Sender) -> String {
    let safe: String = sender.as_str().chars().map(|c| if is_safe(c) { c } else { '-' }).collect();
    if safe == sender.as_str() && safe.len() <= NAME_LIMIT {
        return safe;
    }
    let cut = safe.floor_char_boundary(NAME_LIMIT - HASH_DIGITS - 1);
    format!("{}-{}", &safe[..cut], sha256_hex(sender, HASH_DIGITS))
}

/// Letters and digits of any script, and the characters that S3's documentation ("Naming Amazon S3 objects") lists as
/// safe or as needing only URL encoding, except `/`: a sender must not create folders.
fn is_safe(character: char) -> bool {
    character.is_alphanumeric() || " !-_.*'()@+,=&$;".contains(character)
}

/// The sender as part of a key in the dated layout.
pub(crate) fn dated_hash(sender: &Sender) -> String {
    sha256_hex(sender, 16)
}

fn sha256_hex(sender: &Sender, digits: usize) -> String {
    let mut hash = hex::encode(Sha256::digest(sender.as_str()));
    hash.truncate(digits);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::tests::email;

    fn key(layout: Layout, sender: &str, timestamp: &str) -> String {
        ObjectKey::new(layout, &email("", sender, timestamp, "")).to_string()
    }

    fn flat(sender: &str) -> String {
        key(Layout::Flat, sender, "1693561101")
    }

    #[test]
    fn the_dated_layout_holds_the_day_in_utc_and_the_timestamp_as_written() {
        // printf 'John doe' | sha256sum
        let expected = "emails/2023/09/01/email-1693561101-b77868f401668b84.json";
        assert_eq!(key(Layout::Dated, "John doe", "1693561101"), expected);
        let padded = key(Layout::Dated, "a", "0001");
        assert!(padded.starts_with("emails/1970/01/01/email-0001-"), "{padded}");
    }

    #[test]
    fn letters_of_any_script_and_the_safe_characters_stay() {
        let senders =
            ["John doe", "José Ñandú", "山田太郎", "Мария", "a.b+c@d.example", "!-_.*'()@+,=&$;", "..", "٣"];
        for sender in senders {
            assert_eq!(flat(sender), format!("{sender}_1693561101.json"));
        }
    }

    #[test]
    fn any_other_character_becomes_a_dash_and_the_name_ends_in_a_hash() {
        // printf 'a/b' | sha256sum
        assert_eq!(flat("a/b"), "a-b-c14cddc0_1693561101.json");
        assert_ne!(flat("a/b"), flat("a\\b"));
        for sender in
            ["../../etc/passwd", "a\0b", "a\nb", "<script>", "a\\b", "a?b#c%d", "\u{202e}x", "👍", "\u{feff}"]
        {
            let key = flat(sender);
            assert!(key.trim_end_matches(".json").chars().all(is_safe) && !key.contains('/'), "{key}");
        }
    }

    #[test]
    fn a_name_of_200_bytes_is_kept_and_a_longer_one_cut_between_characters() {
        assert_eq!(flat(&"x".repeat(200)), format!("{}_1693561101.json", "x".repeat(200)));
        let cut = flat(&"x".repeat(201));
        assert_eq!(cut.len(), 200 + "_1693561101.json".len());
        assert_ne!(cut, flat(&"x".repeat(202)));
        let wide = flat(&"é".repeat(101));
        assert!(wide.starts_with(&"é".repeat(95)) && !wide.starts_with(&"é".repeat(96)), "{wide}");
    }

    #[test]
    fn the_second_key_carries_a_part_of_the_digest_and_the_third_all_of_it() {
        let email = email("s", "a", "1", "c");
        let digest = ContentDigest::of(&email);
        // The test in digest.rs says where the digest comes from. printf a | sha256sum
        let whole = "a2d562ec03a979f2ca97fd8398a1069437c3fb98098786564ac7fb2f71887c9e";
        for (layout, stem) in
            [(Layout::Flat, "a_1"), (Layout::Dated, "emails/1970/01/01/email-1-ca978112ca1bbdca")]
        {
            let key = ObjectKey::new(layout, &email);
            assert_eq!(key.with_short_digest(&digest).to_string(), format!("{stem}-a2d562ec03a979f2.json"));
            assert_eq!(key.with_full_digest(&digest).to_string(), format!("{stem}-{whole}.json"));
        }
    }

    #[test]
    fn a_long_sender_is_cut_between_characters_to_make_room_for_the_full_digest() {
        for (sender, kept) in
            [("x".repeat(200), 172), ("é".repeat(100), 172), (format!("x{}", "é".repeat(99)), 171)]
        {
            let email = email("", &sender, "253402300799", "");
            let digest = ContentDigest::of(&email);
            let key = ObjectKey::new(Layout::Flat, &email).with_full_digest(&digest).to_string();
            assert_eq!(key, format!("{}_253402300799-{digest}.json", &sender[..kept]));
            assert!(key.len() <= 255, "{key}");
        }
    }

    #[test]
    fn an_unknown_layout_is_refused() {
        assert_eq!("flat".parse(), Ok(ObjectLayout::default()));
        assert_eq!("dated".parse(), Ok(ObjectLayout::PerEmail(Layout::Dated)));
        assert_eq!("batch".parse(), Ok(ObjectLayout::Batch));
        assert_eq!("Flat".parse::<ObjectLayout>(), Err(UnknownLayout));
    }
}
