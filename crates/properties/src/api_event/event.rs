//! The event: the bytes themselves if they are JSON, or one generated from them.
//!
//! The order of variants and fields decides what event a kept input stands for: keep it.

use super::TOKENS;
use super::aws::Sqs;
use arbitrary::{Arbitrary, Unstructured};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// The path of batches. A generated body's emails are then one list.
pub(crate) const BATCHES: &str = "/api/emails";

/// The endpoint whose event it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    LoadBalancer,
    HttpApi,
}

/// An event, and the state of AWS.
pub(crate) struct Event {
    pub(crate) json: Value,
    pub(crate) sqs: Sqs,
    pub(crate) tokens_known: bool,
}

impl Event {
    /// Bytes that start as an object are the event; others generate one.
    pub(crate) fn read(bytes: &[u8], form: Form) -> Self {
        if bytes.starts_with(b"{") {
            let json = serde_json::from_slice(bytes).unwrap_or_default();
            return Self { json, sqs: Sqs::default(), tokens_known: true };
        }
        match Generated::arbitrary_take_rest(Unstructured::new(bytes)) {
            Ok(event) => Self { json: event.json(form), sqs: event.sqs, tokens_known: !event.tokens_unknown },
            Err(_) => Self { json: Value::Null, sqs: Sqs::default(), tokens_known: true },
        }
    }

    /// A member that is a text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }

    /// The form of the event itself, which bytes that are JSON choose.
    pub(crate) fn form(&self) -> Form {
        match self.json.pointer("/requestContext/http") {
            None | Some(Value::Null) => Form::LoadBalancer,
            Some(_) => Form::HttpApi,
        }
    }

    pub(crate) fn method_and_path(&self) -> (&str, &str) {
        match self.form() {
            Form::LoadBalancer => (self.text("httpMethod"), self.text("path")),
            Form::HttpApi => {
                let method = self.json.pointer("/requestContext/http/method").and_then(Value::as_str);
                (method.unwrap_or_default(), self.text("rawPath"))
            }
        }
    }

    pub(crate) fn is_batch(&self) -> bool {
        self.method_and_path() == ("POST", BATCHES)
    }

    pub(crate) fn is_health_check(&self) -> bool {
        matches!(self.method_and_path(), ("GET" | "HEAD", "/health"))
    }
}

#[derive(Arbitrary)]
struct Generated<'a> {
    sqs: Sqs,
    tokens_unknown: bool,
    method: Choice<'a>,
    path: Choice<'a>,
    encoding: Encoding,
    body: Body<'a>,
}

const DATA: &str = r#""data":"#;

/// One of three known texts, or another.
#[derive(Arbitrary)]
enum Choice<'a> {
    First,
    Second,
    Third,
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
    /// A valid email and a known token, then these members.
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
    KnownToken(bool),
    OtherToken(&'a str),
    NullToken,
    Data(Vec<(Field<'a>, Text<'a>)>),
    DataArray,
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
    NotAString(bool),
}

impl Generated<'_> {
    fn json(&self, form: Form) -> Value {
        let path = self.path.among(["/api/email", "/", "/health"]);
        let body = self.body.text(path == BATCHES).map(|body| match self.encoding {
            Encoding::Base64 => BASE64_STANDARD.encode(body),
            Encoding::Text | Encoding::Mislabelled => body,
        });
        let method = self.method.among(["POST", "GET", "HEAD"]);
        let is_base64 = self.encoding != Encoding::Text;
        match form {
            Form::LoadBalancer => {
                json!({"httpMethod": method, "path": path, "body": body, "isBase64Encoded": is_base64})
            }
            Form::HttpApi => {
                let http = json!({"method": method, "path": path});
                let mut event = json!({"version": "2.0", "rawPath": path, "requestContext": {"http": http}, "isBase64Encoded": is_base64});
                // Format 2.0 leaves out members without content.
                if let Some(body) = body {
                    event["body"] = body.into();
                }
                event
            }
        }
    }
}

impl<'a> Choice<'a> {
    fn among(&self, [first, second, third]: [&'a str; 3]) -> &'a str {
        match self {
            Self::First => first,
            Self::Second => second,
            Self::Third => third,
            Self::Other(other) => other,
        }
    }
}

impl Body<'_> {
    /// Written by hand, since members may be repeated.
    fn text(&self, is_batch: bool) -> Option<String> {
        let mut members = match self {
            Self::Good { token, subject, sender, second, content, more } => {
                let data = format!(
                    r#""data":{{"email_subject":{},"email_sender":{},"email_timestream":"{second}","email_content":{}}}"#,
                    subject.json(),
                    json!(sender),
                    content.json(),
                );
                let good = [Member::KnownToken(*token).json(), data];
                good.into_iter().chain(more.iter().map(Member::json)).collect()
            }
            Self::Members(members) => members.iter().map(Member::json).collect::<Vec<_>>(),
            Self::Text(text) => return Some((*text).to_owned()),
            Self::Missing => return None,
        };
        if is_batch {
            let (emails, mut others): (Vec<_>, Vec<_>) =
                members.into_iter().partition(|member| member.starts_with(DATA));
            let emails: Vec<_> = emails.iter().map(|email| &email[DATA.len()..]).collect();
            others.push(format!("{DATA}[{}]", emails.join(",")));
            members = others;
        }
        Some(format!("{{{}}}", members.join(",")))
    }
}

impl Member<'_> {
    fn json(&self) -> String {
        match self {
            Self::KnownToken(which) => format!(r#""token":"{}""#, TOKENS[usize::from(*which)]),
            Self::OtherToken(token) => format!(r#""token":{}"#, json!(token)),
            Self::NullToken => r#""token":null"#.to_owned(),
            Self::Data(fields) => {
                let field = |(name, text): &(Field, Text)| format!("{}:{}", json!(name.name()), text.json());
                format!(r#""data":{{{}}}"#, fields.iter().map(field).collect::<Vec<_>>().join(","))
            }
            Self::DataArray => r#""data":["s","a","1","c"]"#.to_owned(),
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
            Self::NotAString(truth) => truth.to_string(),
        }
    }
}
