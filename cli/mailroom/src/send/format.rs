//! The formats that are taken for NDJSON by mistake. Each of their lines would be refused; one message says what to do.

use serde_json::Value;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongFormat {
    #[error("it is in UTF-16, not UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`")]
    Utf16,
    #[error("it is a binary file, not one email a line")]
    Binary,
    #[error("it is a JSON array, not one email a line: convert it with `jq -c '.[]'`")]
    Array,
    #[error("its JSON spreads over several lines, instead of one email a line: convert it with `jq -c .`")]
    Pretty,
    #[error(
        "it holds whole requests with `data` and `token`, not emails: convert it with `jq -c .data`; `send` adds the \
         token"
    )]
    Requests,
}

/// Checks the first line of an input.
pub(crate) fn check(line: &[u8]) -> Result<(), WrongFormat> {
    match line {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..] => {
            Err(WrongFormat::Utf16)
        }
        _ if line.contains(&0) => Err(WrongFormat::Binary),
        [b'[', ..] => Err(WrongFormat::Array),
        b"{" => Err(WrongFormat::Pretty),
        _ if is_request(line) => Err(WrongFormat::Requests),
        _ => Ok(()),
    }
}

/// True for the body of a request, as in `events/`: its `data` is the email. An email with such a member has others.
fn is_request(line: &[u8]) -> bool {
    let Ok(Value::Object(members)) = serde_json::from_slice(line) else { return false };
    members.get("data").is_some_and(Value::is_object) && !members.keys().any(|key| key.starts_with("email_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_shows_a_wrong_format() {
        let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        for (line, expected) in [
            (utf_16("\u{feff}{}"), Err(WrongFormat::Utf16)),
            (utf_16("{\"a\":1}"), Err(WrongFormat::Utf16)),
            (b"\xfe\xff\0{\0}".to_vec(), Err(WrongFormat::Utf16)),
            (b"\x1f\x8b\x08\0".to_vec(), Err(WrongFormat::Binary)),
            (b"[".to_vec(), Err(WrongFormat::Array)),
            (b"[{\"email_sender\":\"a\"},".to_vec(), Err(WrongFormat::Array)),
            (b"{".to_vec(), Err(WrongFormat::Pretty)),
            (b"{\"data\":{\"email_sender\":\"a\"},\"token\":\"t\"}".to_vec(), Err(WrongFormat::Requests)),
            (b"{\"data\":{}}".to_vec(), Err(WrongFormat::Requests)),
            // Lines that are refused one by one.
            (b"{\"data\":{},\"email_sender\":\"a\"}".to_vec(), Ok(())),
            (b"{\"data\":1}".to_vec(), Ok(())),
            (b"{\"email_sender\":".to_vec(), Ok(())),
            (b"\xff".to_vec(), Ok(())),
        ] {
            assert_eq!(check(&line), expected, "{}", line.escape_ascii());
        }
    }
}
