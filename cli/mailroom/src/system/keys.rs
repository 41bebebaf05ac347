//! Keys in the bucket's listings.

use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;

/// How a listing is asked to write keys: a key may have characters that XML can't hold.
pub(crate) const KEYS: EncodingType = EncodingType::Url;

/// A listed key as it is; nothing if it is not UTF-8. Moto doesn't encode all keys, and doesn't claim to.
pub(crate) fn listed_key(key: &str, encoding: Option<&EncodingType>) -> Option<String> {
    if encoding != Some(&KEYS) {
        return Some(key.to_owned());
    }
    let spaces = key.replace('+', " ");
    Some(percent_decode_str(&spaces).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_decoded_if_it_is_encoded() {
        assert_eq!(listed_key("a+b%20", None).unwrap(), "a+b%20");
        let decoded = |key| listed_key(key, Some(&EncodingType::Url));
        assert_eq!(decoded("John+doe%2B%1B%C3%A9_1.json").unwrap(), "John doe+\u{1b}é_1.json");
        assert_eq!(decoded("%FF"), None, "no key is other than UTF-8");
    }
}
