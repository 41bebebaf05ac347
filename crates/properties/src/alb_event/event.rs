//! The event: the bytes themselves if they are JSON, or one that is made of them.

use super::TOKENS;
use super::aws::Sqs;
use arbitrary::{Arbitrary, Unstructured};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// An event, and the AWS that it meets.
pub(crate) struct Event {
    pub(crate) json: Value,
    pub(crate) sqs: Sqs,
    pub(crate) tokens_known: bool,
}

impl Event {
    /// Bytes that start as an object are the event; others choose one.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        if bytes.starts_with(b"{") {
            let json = serde_json::from_slice(bytes).unwrap_or_default();
            return Self { json, sqs: Sqs::default(), tokens_known: true };
        }
        match Made::arbitrary_take_rest(Unstructured::new(bytes)) {
            Ok(made) => Self { json: made.json(), sqs: made.sqs, tokens_known: !made.tokens_unknown },
            Err(_) => Self { json: Value::Null, sqs: Sqs::default(), tokens_known: true },
        }
    }

    /// A member of the event that is a text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }

    pub(crate) fn is_health_check(&self) -> bool {
        ["GET", "HEAD"].contains(&self.text("httpMethod")) && self.text("path") == "/health"
    }
}

#[derive(Arbitrary)]
struct Made<'a> {
    sqs: Sqs,
    tokens_unknown: bool,
    method: Method<'a>,
    path: Path<'a>,
    encoding: Encoding,
    body: Body<'a>,
}

#[derive(Arbitrary)]
enum Method<'a> {
    Post,
    Get,
    Head,
    Other(&'a str),
}

#[derive(Arbitrary)]
enum Path<'a> {
    Api,
    Root,
    Health,
    Other(&'a str),
}

#[derive(Arbitrary, PartialEq)]
enum Encoding {
    Text,
    Base64,
    Mislabelled,
}

#[derive(Arbitrary)]
enum Body<'a> {
    /// An email and a token that are right, then these members.
    Good {
        token: bool,
        subject: Text<'a>,
        sender: &'a str,
        second: u32,
        content: Text<'a>,
        more: Vec<Member<'a>>,
    },
    /// These members alone.
    Members(Vec<Member<'a>>),
    Text(&'a str),
    Missing,
}

/// A member of the body.
#[derive(Arbitrary)]
enum Member<'a> {
    RightToken(bool),
    WrongToken(&'a str),
    NoToken,
    Data(Vec<(Field<'a>, Text<'a>)>),
    DataThatIsNone,
    Unknown(&'a str),
}

#[derive(Arbitrary)]
enum Field<'a> {
    Subject,
    Sender,
    Timestamp,
    Content,
    Other(&'a str),
}

#[derive(Arbitrary)]
enum Text<'a> {
    Given(&'a str),
    /// Short, or about as long as a message can be.
    Repeated(char, u16),
    None(bool),
}

impl Made<'_> {
    fn json(&self) -> Value {
        let method = match self.method {
            Method::Post => "POST",
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Other(other) => other,
        };
        let path = match self.path {
            Path::Api => "/api/email",
            Path::Root => "/",
            Path::Health => "/health",
            Path::Other(other) => other,
        };
        let body = self.body.text().map(|body| match self.encoding {
            Encoding::Base64 => BASE64_STANDARD.encode(body),
            Encoding::Text | Encoding::Mislabelled => body,
        });
        let is_base64 = self.encoding != Encoding::Text;
        json!({"httpMethod": method, "path": path, "body": body, "isBase64Encoded": is_base64})
    }
}

impl Body<'_> {
    fn text(&self) -> Option<String> {
        let members = match self {
            Self::Good { token, subject, sender, second, content, more } => {
                let data = format!(
                    r#""data":{{"email_subject":{},"email_sender":{},"email_timestream":"{second}","email_content":{}}}"#,
                    subject.json(),
                    json!(sender),
                    content.json(),
                );
                let good = [Member::RightToken(*token).json(), data];
                good.into_iter().chain(more.iter().map(Member::json)).collect()
            }
            Self::Members(members) => members.iter().map(Member::json).collect::<Vec<_>>(),
            Self::Text(text) => return Some((*text).to_owned()),
            Self::Missing => return None,
        };
        Some(format!("{{{}}}", members.join(",")))
    }
}

impl Member<'_> {
    fn json(&self) -> String {
        match self {
            Self::RightToken(which) => format!(r#""token":"{}""#, TOKENS[usize::from(*which)]),
            Self::WrongToken(token) => format!(r#""token":{}"#, json!(token)),
            Self::NoToken => r#""token":null"#.to_owned(),
            Self::Data(fields) => {
                let fields =
                    fields.iter().map(|(name, text)| format!("{}:{}", json!(name.name()), text.json()));
                format!(r#""data":{{{}}}"#, fields.collect::<Vec<_>>().join(","))
            }
            Self::DataThatIsNone => r#""data":["s","a","1","c"]"#.to_owned(),
            Self::Unknown(name) => format!("{}:0", json!(name)),
        }
    }
}

impl Field<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Subject => "email_subject",
            Self::Sender => "email_sender",
            Self::Timestamp => "email_timestream",
            Self::Content => "email_content",
            Self::Other(other) => other,
        }
    }
}

impl Text<'_> {
    fn json(&self) -> String {
        match self {
            Self::Given(text) => json!(text).to_string(),
            Self::Repeated(character, times) => {
                let times = match usize::from(*times) {
                    long @ 0xF000.. => 1_048_100 + long % 512,
                    short => short % 300,
                };
                json!(String::from(*character).repeat(times)).to_string()
            }
            Self::None(truth) => truth.to_string(),
        }
    }
}
