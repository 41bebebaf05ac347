//! Tells the same email delivered twice from another one under the same name.

use crate::Email;
use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256 over what an email says.
///
/// Over the four values, each behind its length (8 bytes, big-endian), in the order subject, sender,
/// timestream, content: so it doesn't depend on how the email was serialised, and no value can pass for part
/// of its neighbour. Objects carry it for good, so this order must never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// The name of the object's metadata that carries it.
    pub const NAME: &str = "content-sha256";

    /// The digest of `email`.
    #[must_use]
    pub fn of(email: &Email) -> Self {
        let mut hash = Sha256::new();
        for value in [email.subject(), email.sender().as_str(), email.timestream().as_str(), email.content()]
        {
            hash.update((value.len() as u64).to_be_bytes());
            hash.update(value);
        }
        Self(hash.finalize().into())
    }

    /// The first 16 of its 64 hex digits: they tell two emails apart, unless somebody made the two for that.
    #[must_use]
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
    fn equal_emails_have_equal_digests() {
        assert_eq!(
            ContentDigest::of(&email("s", "a", "1", "c")),
            ContentDigest::of(&email("s", "a", "1", "c"))
        );
    }

    #[test]
    fn text_moved_from_one_field_to_the_next_changes_the_digest() {
        assert_ne!(
            ContentDigest::of(&email("ab", "c", "1", "")),
            ContentDigest::of(&email("a", "bc", "1", ""))
        );
        assert_ne!(
            ContentDigest::of(&email("", "c", "1", "s")),
            ContentDigest::of(&email("s", "c", "1", ""))
        );
    }

    #[test]
    fn the_digest_is_the_one_that_stored_objects_carry() {
        // printf '\0\0\0\0\0\0\0\1s\0\0\0\0\0\0\0\1a\0\0\0\0\0\0\0\0011\0\0\0\0\0\0\0\1c' | sha256sum
        let digest = ContentDigest::of(&email("s", "a", "1", "c"));
        assert_eq!(digest.to_string(), "a2d562ec03a979f2ca97fd8398a1069437c3fb98098786564ac7fb2f71887c9e");
        assert_eq!(digest.short(), digest.to_string()[..16]);
    }
}
