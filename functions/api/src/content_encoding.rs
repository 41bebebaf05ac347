//! The `Content-Encoding` of a request, the one header that the function reads.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// One header map of an event: single values or lists of them.
///
/// Other headers are skipped, not copied. Names are compared without case, since RFC 9110 gives case no meaning.
#[derive(Debug, Default)]
pub(crate) struct ContentEncoding {
    is_coded: bool,
}

impl ContentEncoding {
    /// True if the body has a coding other than `identity`, which changes nothing.
    pub(crate) fn is_coded(&self) -> bool {
        self.is_coded
    }
}

impl<'de> Deserialize<'de> for ContentEncoding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Headers)
    }
}

struct Headers;

impl<'de> Visitor<'de> for Headers {
    type Value = ContentEncoding;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("headers")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(ContentEncoding::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut headers: A) -> Result<Self::Value, A::Error> {
        let mut is_coded = false;
        while let Some(name) = headers.next_key()? {
            match name {
                Name::ContentEncoding => is_coded |= headers.next_value::<Values>()?.are_coded(),
                Name::Other => _ = headers.next_value::<IgnoredAny>()?,
            }
        }
        Ok(ContentEncoding { is_coded })
    }
}

enum Name {
    ContentEncoding,
    Other,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header's name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                let is_it = name.eq_ignore_ascii_case("content-encoding");
                Ok(if is_it { Name::ContentEncoding } else { Name::Other })
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// The values of the header. Each may list several codings ("Content-Encoding", RFC 9110, section 8.4).
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
    /// The load balancer sends nothing else.
    Other(IgnoredAny),
}

impl Values {
    fn are_coded(&self) -> bool {
        match self {
            Self::One(value) => is_coded(value),
            Self::Many(values) => values.iter().any(|value| is_coded(value)),
            Self::Other(_) => false,
        }
    }
}

fn is_coded(value: &str) -> bool {
    let codings = value.split(',').map(str::trim).filter(|coding| !coding.is_empty());
    codings.into_iter().any(|coding| !coding.eq_ignore_ascii_case("identity"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn is_coded(headers: serde_json::Value) -> bool {
        serde_json::from_value::<ContentEncoding>(headers).unwrap().is_coded()
    }

    #[test]
    fn any_coding_but_identity_counts_in_every_form_of_the_header() {
        for coding in
            ["gzip", "x-gzip", "GZip", "br", "deflate", "zstd", "nonsense", "gzip;q=0", "\u{e9}", "*"]
        {
            for value in [coding.to_owned(), format!("identity, {coding}"), format!(" ,{coding},,identity ")]
            {
                for name in ["content-encoding", "Content-Encoding", "CONTENT-ENCODING"] {
                    assert!(is_coded(json!({"host": "a", name: value})), "{name}: {value}");
                    assert!(is_coded(json!({name: [value], "host": ["a"]})), "{name}: [{value}]");
                    assert!(is_coded(json!({name: ["identity", value]})), "{name}: [identity, {value}]");
                }
            }
        }
    }

    #[test]
    fn identity_and_an_empty_header_are_no_coding() {
        for value in ["", " ", ",", " , ,", "identity", "IDENTITY", "identity, identity", "\tidentity ,"] {
            assert!(!is_coded(json!({"content-encoding": value})), "{value:?}");
            assert!(!is_coded(json!({"content-encoding": [value, "identity"]})), "{value:?}");
        }
        for other in
            [json!(null), json!({}), json!({"content-encoding": []}), json!({"content-encoding": null})]
        {
            assert!(!is_coded(other.clone()), "{other}");
        }
    }

    #[test]
    fn no_other_header_counts() {
        for name in [
            "accept-encoding",
            "transfer-encoding",
            "content-type",
            "x-content-encoding",
            "content-encodin",
            "",
        ] {
            assert!(!is_coded(json!({name: "gzip"})), "{name}");
        }
        assert!(!is_coded(json!({"x": {"content-encoding": "gzip"}})), "not a header");
    }
}
