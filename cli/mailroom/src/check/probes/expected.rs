//! The expected responses.

use crate::check::recording::Recorder;
use probe::Response;
use serde_json::Value;
use terminal::text::printable;

/// How much of a problem's `detail` is repeated, in characters.
const DETAIL_SHOWN: usize = 160;

#[derive(Clone, Copy)]
pub(crate) struct Expected {
    status: u16,
    /// A problem as in RFC 9457, as every error of the functions is.
    problem: bool,
    allow: &'static str,
    /// Where the listed errors are, all of them and no other.
    pointers: &'static [&'static str],
}

impl Expected {
    pub(crate) const fn status(status: u16) -> Self {
        Self { status, problem: false, allow: "", pointers: &[] }
    }

    pub(crate) const fn problem(status: u16) -> Self {
        Self { problem: true, ..Self::status(status) }
    }

    pub(crate) const fn allow(self, methods: &'static str) -> Self {
        Self { allow: methods, ..self }
    }

    pub(crate) const fn pointers(self, pointers: &'static [&'static str]) -> Self {
        Self { pointers, ..self }
    }

    /// How a response differs.
    pub(crate) fn problems(self, response: &Response, recorder: &Recorder) -> Vec<String> {
        if response.status != self.status {
            let detail = detail(response, recorder);
            return vec![format!("{} instead of {}{detail}", response.status, self.status)];
        }
        let mut problems = Vec::new();
        if self.problem {
            problems.extend(self.problems_of_body(response));
        }
        let allow = response.header("allow");
        if !self.allow.is_empty() && allow != self.allow {
            problems.push(format!("Allow is {allow:?} instead of {:?}", self.allow));
        }
        problems
    }

    fn problems_of_body(self, response: &Response) -> Vec<String> {
        let mut problems = Vec::new();
        let kind = response.header("content-type");
        if kind.split(';').next() != Some("application/problem+json") {
            problems.push(format!("the content type is {kind:?} instead of application/problem+json"));
        }
        let body = response.json().unwrap_or_default();
        let has_text = |member: &str| body[member].as_str().is_some_and(|text| !text.is_empty());
        if !has_text("title") || !has_text("detail") || body["status"] != self.status {
            problems.push("the body is not a problem with title, status and detail".to_owned());
        }
        let mut listed = pointers(&body);
        let mut wanted = self.pointers.to_vec();
        listed.sort_unstable();
        wanted.sort_unstable();
        if listed != wanted {
            problems.push(format!("the errors point to {listed:?} instead of {wanted:?}"));
        }
        problems
    }
}

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().into_iter().flatten();
    errors.map(|error| error["pointer"].as_str().unwrap_or_default()).collect()
}

/// The problem's own words, without this run's secrets and made safe to print.
fn detail(response: &Response, recorder: &Recorder) -> String {
    let problem = response.json().unwrap_or_default();
    let detail = problem["detail"].as_str().map(|detail| printable(&recorder.redacted(detail)));
    detail.map_or_else(String::new, |detail| {
        format!(": {}", detail.chars().take(DETAIL_SHOWN).collect::<String>())
    })
}
