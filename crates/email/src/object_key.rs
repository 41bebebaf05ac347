//! The name an email is filed under.

use crate::{ContentDigest, Email, Sender};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// How objects are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `{sender}_{timestream}.json`
    #[default]
    Flat,
    /// `emails/YYYY/MM/DD/email-{timestream}-{sender_hash}.json`, the day being the timestream's in UTC and the
    /// hash the first 16 hex digits of the sender's SHA-256.
    Dated,
}

/// A layout that doesn't exist.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("must be `flat` or `dated`")]
pub struct UnknownLayout;

impl FromStr for Layout {
    type Err = UnknownLayout;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "flat" => Ok(Self::Flat),
            "dated" => Ok(Self::Dated),
            _ => Err(UnknownLayout),
        }
    }
}

/// The key of an email's object: at most 255 bytes, of S3's 1,024, and a file name on any disk.
///
/// An email has three names, and gets the first that no other email has:
/// 1. [`new`](Self::new): emails of one sender and one timestream share it;
/// 2. [`told_apart_by`](Self::told_apart_by), with 64 bits of its digest: no two emails share it by accident, but one
///    core makes two that do in minutes;
/// 3. [`told_apart_by_all_of`](Self::told_apart_by_all_of), with its whole digest: to share that is to break SHA-256.
///
/// No first name is another email's second or third, and no second name is another's third: behind the timestream, or
/// the sender's hash in the dated layout, comes nothing, `-` and 16 hex digits, or `-` and 64.
#[derive(Clone, PartialEq, Eq)]
pub struct ObjectKey {
    stem: String,
    /// Where in the stem the sender's name ends, or in the dated layout the whole of it.
    name_end: usize,
}

impl ObjectKey {
    /// The key of `email`. Emails of one sender and one timestream share it.
    #[must_use]
    pub fn new(layout: Layout, email: &Email) -> Self {
        let timestream = email.timestream().as_str();
        match layout {
            Layout::Flat => {
                let name = name_of(email.sender());
                Self { stem: format!("{name}_{timestream}"), name_end: name.len() }
            }
            Layout::Dated => {
                let (year, month, day) = email.timestream().date().to_calendar_date();
                let (month, hash) = (u8::from(month), sha256_hex(email.sender(), 16));
                let stem = format!("emails/{year:04}/{month:02}/{day:02}/email-{timestream}-{hash}");
                Self { name_end: stem.len(), stem }
            }
        }
    }

    /// The key for an email that found another one under its name.
    #[must_use]
    pub fn told_apart_by(&self, digest: &ContentDigest) -> Self {
        Self { stem: format!("{}-{}", self.stem, digest.short()), name_end: self.name_end }
    }

    /// The key for an email that found others under this name and under the one with a part of its digest.
    ///
    /// A long sender is cut to make room. No hash marks the cut: the digest alone tells emails apart.
    #[must_use]
    pub fn told_apart_by_all_of(&self, digest: &ContentDigest) -> Self {
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

/// Hides the key: the sender stands in it.
impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObjectKey(..)")
    }
}

const EXTENSION: &str = ".json";
/// The most bytes of a file name on today's disks.
const FILE_NAME_LIMIT: usize = 255;
/// The most bytes of a key that come from the sender.
const NAME_LIMIT: usize = 200;
/// Hex digits of the sender's SHA-256 behind a name that is not the sender's own.
const MARK_DIGITS: usize = 8;

/// The sender as part of a key.
///
/// A name that was changed or cut ends in `-` and a hash of the sender, so that two senders never share a name
/// by accident. The hash is within the limit.
fn name_of(sender: &Sender) -> String {
    let safe: String = sender.as_str().chars().map(|c| if stays(c) { c } else { '-' }).collect();
    if safe == sender.as_str() && safe.len() <= NAME_LIMIT {
        return safe;
    }
    let cut = safe.floor_char_boundary(NAME_LIMIT - MARK_DIGITS - 1);
    format!("{}-{}", &safe[..cut], sha256_hex(sender, MARK_DIGITS))
}

/// Letters and digits of any script, and what S3's documentation ("Naming Amazon S3 objects") lists as safe or
/// needing no more than URL encoding, without `/`, which would make folders of a sender's choice.
fn stays(character: char) -> bool {
    character.is_alphanumeric() || " !-_.*'()@+,=&$;".contains(character)
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

    fn flat(sender: &str) -> String {
        ObjectKey::new(Layout::Flat, &email("", sender, "1693561101", "")).to_string()
    }

    #[test]
    fn the_flat_layout_is_sender_and_timestream() {
        assert_eq!(flat("John doe"), "John doe_1693561101.json");
    }

    #[test]
    fn the_dated_layout_files_by_the_day_in_utc() {
        let key = ObjectKey::new(Layout::Dated, &email("", "John doe", "1693561101", "")).to_string();
        // printf 'John doe' | sha256sum
        assert_eq!(key, "emails/2023/09/01/email-1693561101-b77868f401668b84.json");
    }

    #[test]
    fn a_dated_key_keeps_the_timestream_as_written_and_pads_the_date() {
        let key = ObjectKey::new(Layout::Dated, &email("", "a", "0001", "")).to_string();
        assert!(key.starts_with("emails/1970/01/01/email-0001-"), "{key}");
    }

    #[test]
    fn letters_of_any_script_and_the_safe_characters_stay() {
        for sender in ["José Ñandú", "山田太郎", "Мария", "a.b+c@d.example", "!-_.*'()@+,=&$;", "..", "٣"]
        {
            assert_eq!(flat(sender), format!("{sender}_1693561101.json"));
        }
    }

    #[test]
    fn anything_else_becomes_a_dash_and_the_name_is_marked() {
        // printf 'a/b' | sha256sum
        assert_eq!(flat("a/b"), "a-b-c14cddc0_1693561101.json");
        for sender in
            ["../../etc/passwd", "a\0b", "a\nb", "<script>", "a\\b", "a?b#c%d", "\u{202e}x", "👍", "\u{feff}"]
        {
            let key = flat(sender);
            assert!(key.trim_end_matches(".json").chars().all(stays), "{key}");
            assert!(!key.contains('/'), "{key}");
        }
    }

    #[test]
    fn two_senders_that_look_alike_after_the_change_keep_two_names() {
        assert_ne!(flat("a/b"), flat("a\\b"));
        assert_ne!(flat("a/b"), flat("a-b"));
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
    fn a_key_told_apart_carries_a_part_of_the_digest_or_all_of_it_and_still_ends_in_json() {
        let email = email("s", "a", "1", "c");
        let digest = ContentDigest::of(&email);
        let told_apart = |layout| {
            let key = ObjectKey::new(layout, &email);
            [key.told_apart_by(&digest), key.told_apart_by_all_of(&digest)].map(|key| key.to_string())
        };
        // The digest's test in digest.rs says where it comes from. printf a | sha256sum
        let whole = "a2d562ec03a979f2ca97fd8398a1069437c3fb98098786564ac7fb2f71887c9e";
        let dated = "emails/1970/01/01/email-1-ca978112ca1bbdca";
        let names = |stem| [format!("{stem}-a2d562ec03a979f2.json"), format!("{stem}-{whole}.json")];
        assert_eq!(told_apart(Layout::Flat), names("a_1"));
        assert_eq!(told_apart(Layout::Dated), names(dated));
    }

    #[test]
    fn a_long_sender_is_cut_between_characters_to_make_room_for_the_whole_digest() {
        for (sender, kept) in
            [("x".repeat(200), 172), ("é".repeat(100), 172), (format!("x{}", "é".repeat(99)), 171)]
        {
            let email = email("", &sender, "253402300799", "");
            let digest = ContentDigest::of(&email);
            let key = ObjectKey::new(Layout::Flat, &email).told_apart_by_all_of(&digest).to_string();
            assert_eq!(key, format!("{}_253402300799-{digest}.json", &sender[..kept]));
            assert!(key.len() <= 255, "{key}");
        }
    }

    #[test]
    fn an_unknown_layout_is_refused() {
        assert_eq!("flat".parse(), Ok(Layout::Flat));
        assert_eq!("dated".parse(), Ok(Layout::Dated));
        assert_eq!("Flat".parse::<Layout>(), Err(UnknownLayout));
    }
}
