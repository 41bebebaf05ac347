//! Every failure of SSM, when an instance starts and when it has known the tokens for a while.

use super::line::{Line, State};
use crate::harness::{ApiResponse, Ours, Setup, TOKEN, refusal};
use aws_sdk_ssm::types::ParameterType;
use futures::future::join_all;
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
enum Trouble {
    Fault(Fault),
    Missing,
    Holds(ParameterType, &'static str),
    Line(State),
}

/// The log line for an operator.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    /// It passes by itself; a word of the error.
    Warning(&'static str),
    /// Somebody must let the role read the parameter; a word of the error.
    NotReadable(&'static str),
    /// Somebody must put a token there. The known token is revoked.
    NoToken,
    /// No line: the trouble is too small.
    Nothing,
}

struct Row {
    name: &'static str,
    trouble: Trouble,
    says: Says,
}

fn row(name: &'static str, trouble: Trouble, says: Says) -> Row {
    Row { name, trouble, says }
}

fn refused(status: u16, code: &str) -> Trouble {
    Trouble::Fault(refusal(status, code))
}

fn slow(seconds: u64) -> Trouble {
    Trouble::Fault(Fault::Delay(Duration::from_secs(seconds)))
}

/// An answer of SSM's, byte for byte. A length that is not the body's is a body cut short.
fn answers(body: &str, length: usize) -> Trouble {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close\r\n";
    Trouble::Line(State::Answers(format!("{head}Content-Length: {length}\r\n\r\n{body}")))
}

// AWS takes no empty value, and always answers with one: neither is anything that we rely on.
const EMPTY_VALUE: &str = r#"{"Parameter":{"Type":"SecureString","Value":""}}"#;
const NO_VALUE: &str = r#"{"Parameter":{"Type":"SecureString"}}"#;
const NO_JSON: &str = "<html>Oops</html>";

fn rows() -> Vec<Row> {
    let holds = |kind, value| Trouble::Holds(kind, value);
    vec![
        row("throttled", refused(400, "ThrottlingException"), Says::Warning("ThrottlingException")),
        row("down, 500", refused(500, "InternalServerError"), Says::Warning("InternalServerError")),
        row("down, 503", refused(503, "ServiceUnavailable"), Says::Warning("ServiceUnavailable")),
        row("closes the connection", Trouble::Fault(Fault::Drop), Says::Warning("no connection")),
        row("refuses the connection", Trouble::Line(State::Refused), Says::Warning("no connection")),
        row("slow", slow(1), Says::Nothing),
        row("slower than an attempt may take", slow(3), Says::Warning("no answer in time")),
        row("never answers", Trouble::Fault(Fault::Stall), Says::Warning("no answer in time")),
        row(
            "access denied",
            refused(400, "AccessDeniedException"),
            Says::NotReadable("AccessDeniedException"),
        ),
        row("the key can't be used", refused(400, "InvalidKeyId"), Says::NotReadable("InvalidKeyId")),
        row("no such parameter", Trouble::Missing, Says::NoToken),
        row("a String", holds(ParameterType::String, TOKEN), Says::NoToken),
        row("a StringList", holds(ParameterType::StringList, TOKEN), Says::NoToken),
        row("blank lines alone", holds(ParameterType::SecureString, "\r\n \n\t\n"), Says::NoToken),
        row("an empty value", answers(EMPTY_VALUE, EMPTY_VALUE.len()), Says::NoToken),
        row("no value", answers(NO_VALUE, NO_VALUE.len()), Says::Warning("response without a value")),
        row("an answer cut short", answers(NO_VALUE, 400), Says::Warning("unreadable response")),
        row(
            "an answer that is no JSON",
            answers(NO_JSON, NO_JSON.len()),
            Says::Warning("unreadable response"),
        ),
    ]
}

/// A system with the trouble at hand.
struct Case {
    row: Row,
    system: Ours,
    line: Line,
}

impl Case {
    async fn start(row: Row) -> Self {
        let line = Line::start().await;
        let queue = "SQS_QUEUE_URL: !Ref Queue\n";
        let endpoint = format!("{queue}          AWS_ENDPOINT_URL_SSM: http://127.0.0.1:{}\n", line.port);
        let system = Ours::start_with(Setup::usual().unpolled().change(queue, &endpoint)).await;
        line.leads_to(system.stack.aws().endpoint_url());
        Self { row, system, line }
    }

    async fn begin(&self) {
        match &self.row.trouble {
            Trouble::Fault(fault) => self.system.fault("GetParameter", fault.clone(), Times::Always),
            Trouble::Missing => self.delete_parameter().await,
            Trouble::Holds(kind, value) => {
                self.delete_parameter().await;
                self.system.put_tokens(value, kind.clone()).await;
            }
            Trouble::Line(state) => self.line.set(state.clone()),
        }
    }

    /// Ends the trouble, with these tokens in the parameter.
    async fn end(&self, tokens: &str) {
        self.system.stack.aws().faults().clear();
        self.line.set(State::Whole);
        if matches!(self.row.trouble, Trouble::Holds(..)) {
            self.delete_parameter().await;
        }
        self.system.set_tokens(tokens).await;
    }

    async fn delete_parameter(&self) {
        self.system.ssm.delete_parameter().name(self.system.token_parameter()).send().await.unwrap();
    }

    /// Posts, and sees to it that the answer came in time: from the function, and never a 502.
    async fn post(&self, token: &str, limit: Duration) -> ApiResponse {
        let (name, asked) = (self.row.name, Instant::now());
        let answer = self.system.post_token(token).await;
        assert!(asked.elapsed() < limit, "{name}: {:?}", asked.elapsed());
        assert!([200, 403, 503].contains(&answer.status), "{name}: {answer:?}");
        if answer.status == 503 {
            let headers = (answer.header("retry-after"), answer.header("content-type"));
            assert_eq!(headers, ("5", "application/problem+json"), "{name}");
        }
        assert!(answer.status != 200 || token != "wrong", "{name}: a wrong token got in");
        answer
    }

    /// The line that an operator finds, if one is there.
    fn complaint(&self) -> Option<Value> {
        let lines = self.system.log.lines().into_iter();
        let mut lines = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        lines.find(|line| line["message"].as_str().is_some_and(|message| message.contains("token")))
    }

    /// Checks that line.
    fn check(&self, complaint: &Value, known: bool) {
        let message = complaint["message"].as_str().unwrap();
        let (level, starts, error) = match self.row.says {
            Says::Warning(error) => ("WARN", "tokens not fetched", error),
            Says::NotReadable(error) => ("ERROR", "tokens not readable: let the role", error),
            Says::NoToken => ("ERROR", "no token: put one into the parameter", ""),
            Says::Nothing => panic!("{}: {complaint}", self.row.name),
        };
        let said = complaint["error"].as_str().unwrap_or_default();
        assert!(complaint["level"] == level && message.starts_with(starts), "{}: {complaint}", self.row.name);
        assert!(said.contains(error), "{}: {complaint}", self.row.name);
        assert_eq!(complaint["parameter"], self.system.token_parameter(), "{}", self.row.name);
        assert_eq!(message.contains("SSM_TOKEN_PARAMETER"), level == "ERROR", "{}", self.row.name);
        if self.row.says != Says::NoToken {
            assert_eq!(complaint["last_known_tokens_serve"], json!(known), "{}", self.row.name);
        }
    }

    async fn until_accepted(&self, token: &str) {
        let what = format!("recovery: {}", self.row.name);
        let check = async || (self.post(token, INVOCATION).await.status == 200).then_some(());
        self.system.until(&what, check).await;
    }
}

/// The longest invocation, without and with an init.
const INVOCATION: Duration = Duration::from_secs(10);
const COLD: Duration = Duration::from_secs(20);

async fn trouble_from_the_start(row: Row) {
    let case = Case::start(row).await;
    case.begin().await;
    let answer = case.post(TOKEN, COLD).await;
    if case.row.says == Says::Nothing {
        assert_eq!(answer.status, 200, "{}", case.row.name);
        return assert_eq!(case.complaint(), None, "{}", case.row.name);
    }
    assert_eq!(answer.status, 503, "{}", case.row.name);
    let complaint = case.system.until(case.row.name, async || case.complaint()).await;
    case.check(&complaint, false);
    case.end(TOKEN).await;
    case.until_accepted(TOKEN).await;
}

async fn trouble_later(row: Row) {
    let case = Case::start(row).await;
    assert_eq!(case.post(TOKEN, COLD).await.status, 200, "{}", case.row.name);
    case.begin().await;
    if case.row.says == Says::Nothing {
        case.end(&format!("{TOKEN}\nnew")).await;
        case.begin().await;
        return case.until_accepted("new").await;
    }
    // From the sixth second on a wrong token makes the instance ask.
    let complaint = async || {
        case.post("wrong", INVOCATION).await;
        case.complaint()
    };
    let complaint = case.system.until(case.row.name, complaint).await;
    case.check(&complaint, true);
    let revoked = case.row.says == Says::NoToken;
    let answer = case.post(TOKEN, INVOCATION).await;
    assert_eq!(answer.status, if revoked { 503 } else { 200 }, "{}", case.row.name);
    case.end(&format!("{TOKEN}\nnew")).await;
    case.until_accepted("new").await;
    assert_eq!(case.post(TOKEN, INVOCATION).await.status, 200, "{}", case.row.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ssm_does_at_the_start_the_answer_is_in_time_says_when_to_come_back_and_it_passes() {
    join_all(rows().into_iter().map(trouble_from_the_start)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_ssm_does_later_known_tokens_serve_until_ssm_says_that_there_are_none() {
    join_all(rows().into_iter().map(trouble_later)).await;
}
