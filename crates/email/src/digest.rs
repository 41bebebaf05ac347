//! Tells a duplicate from another email with the same key.

use crate::Email;
use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256 of the four values, each preceded by its length (8 bytes, big-endian), in the order subject, sender,
/// timestamp, content.
///
/// It doesn't depend on how the email was serialised, and no value can pass for part of its neighbour. Stored objects
/// carry it, so the order must never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// The key of the object metadata that carries it.
    pub const NAME: &str = "content-sha256";
    /// The name of the member of a batch's line.
    pub(crate) const LINE_NAME: &str = "digest";

    pub fn of(email: &Email) -> Self {
        let mut hash = Sha256::new();
        let values = [&email.subject, email.sender.as_str(), email.timestamp.as_str(), &email.content];
        for value in values {
            hash.update((value.len() as u64).to_be_bytes());
            hash.update(value);
        }
        Self(hash.finalize().into())
    }

    /// The first 16 of its 64 hex digits: two emails share them only if someone crafted the pair.
    pub fn short(&self) -> String {
        hex::encode(&self.0[..8])
    }
}

/// All 64 hex digits.
impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::tests::email;

    #[test]
    fn text_moved_from_one_field_to_the_next_changes_the_digest() {
        let digest = |subject, sender, content| ContentDigest::of(&email(subject, sender, "1", content));
        assert_ne!(digest("ab", "c", ""), digest("a", "bc", ""));
        assert_ne!(digest("", "c", "s"), digest("s", "c", ""));
    }

    #[test]
    fn the_digest_is_the_one_that_stored_objects_carry() {
        // printf '\0\0\0\0\0\0\0\1s\0\0\0\0\0\0\0\1a\0\0\0\0\0\0\0\0011\0\0\0\0\0\0\0\1c' | sha256sum
        let digest = ContentDigest::of(&email("s", "a", "1", "c"));
        assert_eq!(digest.to_string(), "a2d562ec03a979f2ca97fd8398a1069437c3fb98098786564ac7fb2f71887c9e");
        assert_eq!(digest.short(), digest.to_string()[..16]);
    }
}
