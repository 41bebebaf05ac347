//! The keys of one sender's emails.

use crate::Sender;
use crate::object_key::{EXTENSION, FILE_NAME_LIMIT, dated_hash, safe_name};

/// Tells which keys are those of a sender's emails, in both layouts.
///
/// Two senders may share a key: one of them has to be called as the other's name was changed, or both begin with the same
/// 172 bytes and end in other emails' places. The object itself says whose it is.
#[derive(Clone)]
pub struct SenderKeys {
    name: String,
    hash: String,
}

impl SenderKeys {
    /// The beginning of all keys in the dated layout. In the flat layout no key has a slash.
    pub const DATED_PREFIX: &str = "emails/";

    pub fn of(sender: &Sender) -> Self {
        Self { name: safe_name(sender), hash: dated_hash(sender) }
    }

    /// The beginning of all of the sender's keys in the flat layout. Other senders' keys may begin like this too.
    pub fn flat_prefix(&self) -> String {
        // The third key of a long name, with the longest timestamp: `_`, 12 digits, `-` and 64 hex digits follow.
        let cut = self.name.floor_char_boundary(FILE_NAME_LIMIT - 78 - EXTENSION.len());
        if cut == self.name.len() { format!("{}_", self.name) } else { self.name[..cut].to_owned() }
    }

    /// True if `key` is one of the three of an email of this sender.
    pub fn contains(&self, key: &str) -> bool {
        let Some(stem) = key.strip_suffix(EXTENSION) else { return false };
        match stem.strip_prefix(Self::DATED_PREFIX) {
            Some(dated) => self.contains_dated(dated),
            None => self.contains_flat(stem),
        }
    }

    fn contains_flat(&self, stem: &str) -> bool {
        let Some((name, rest)) = stem.rsplit_once('_') else { return false };
        let (timestamp, digest) = rest.split_once('-').map_or((rest, None), |(t, digest)| (t, Some(digest)));
        if !is_timestamp(timestamp) || digest.is_some_and(|digest| !is_digest(digest)) {
            return false;
        }
        // At most 12 and 64 digits are left.
        let whole = if digest.is_some_and(|digest| digest.len() == 64) {
            // Cut to make room for the digest, if it is long.
            self.name.floor_char_boundary(FILE_NAME_LIMIT - rest.len() - 1 - EXTENSION.len())
        } else {
            self.name.len()
        };
        name == &self.name[..whole]
    }

    fn contains_dated(&self, dated: &str) -> bool {
        let parts: Vec<_> = dated.split('/').collect();
        let [_, _, _, file] = parts[..] else { return false };
        let file: Vec<_> = file.split('-').collect();
        match file[..] {
            ["email", timestamp, hash] => is_timestamp(timestamp) && hash == self.hash,
            ["email", timestamp, hash, digest] => {
                is_timestamp(timestamp) && hash == self.hash && is_digest(digest)
            }
            _ => false,
        }
    }
}

fn is_timestamp(text: &str) -> bool {
    (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A digest's first 16 hex digits, or all 64.
fn is_digest(text: &str) -> bool {
    [16, 64].contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::tests::email;
    use crate::{ContentDigest, Layout, ObjectKey};

    fn keys_of(sender: &str) -> SenderKeys {
        SenderKeys::of(&Sender::new(sender.to_owned()).unwrap())
    }

    fn keys(layout: Layout, sender: &str, timestamp: &str) -> [String; 3] {
        let email = email("", sender, timestamp, "");
        ObjectKey::candidates(layout, &email, &ContentDigest::of(&email)).map(|key| key.to_string())
    }

    #[test]
    fn all_three_keys_in_both_layouts_are_the_senders_own_and_begin_as_it_says() {
        let (long, wide) = ("x".repeat(200), format!("x{}", "é".repeat(150)));
        for sender in ["John doe", "a_b", "_", "a/b", "-", "a\u{1b}b", "emails/1/2/3", &long, &wide] {
            let own = keys_of(sender);
            for timestamp in ["0", "1693561101", "253402300799"] {
                for key in keys(Layout::Flat, sender, timestamp) {
                    assert!(own.contains(&key) && key.starts_with(&own.flat_prefix()), "{key}");
                }
                for key in keys(Layout::Dated, sender, timestamp) {
                    assert!(own.contains(&key) && key.starts_with(SenderKeys::DATED_PREFIX), "{key}");
                }
            }
        }
    }

    #[test]
    fn another_senders_keys_are_not_its_own_however_similar() {
        let own = keys_of("a");
        for other in ["a_1", "a_1-0123456789abcdef", "b", "a ", "A", "a_", "a-1"] {
            for layout in [Layout::Flat, Layout::Dated] {
                for key in keys(layout, other, "1693561101") {
                    assert!(!own.contains(&key), "{key}");
                }
            }
        }
    }

    #[test]
    fn keys_of_other_objects_belong_to_no_sender() {
        let own = keys_of("a");
        let hash = &own.hash;
        assert!(own.contains("a_1.json") && own.contains(&format!("emails/1970/01/01/email-1-{hash}.json")));
        for key in [
            "a_1",
            "a_.json",
            "a_1-xyz.json",
            "a_1234567890123.json",
            "a_1-0123456789abcdeF.json",
            "folder/a_1.json",
            &format!("a_{}-{}.json", "1".repeat(300), "0".repeat(64)),
            &format!("emails/email-1-{hash}.json"),
            &format!("emails/1970/01/01/email-1-{hash}-12.json"),
            &format!("emails/1970/01/01/other-1-{hash}.json"),
        ] {
            assert!(!own.contains(key), "{key}");
        }
    }
}
