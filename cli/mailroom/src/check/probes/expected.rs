//! What an answer has to be.

use crate::check::recording::Recorder;
use crate::system::Answer;
use serde_json::Value;
use terminal::text::printable;

/// How much of a problem's own words a fault repeats, in characters.
const WORDS_SHOWN: usize = 160;

/// An answer of the contract.
#[derive(Clone, Copy)]
pub(crate) struct Expected {
    status: u16,
    /// A problem as in RFC 9457, as every error of the functions is.
    problem: bool,
    allow: &'static str,
    /// Where the faults are that it has to list, all of them and no other.
    pointers: &'static [&'static str],
}

impl Expected {
    pub(crate) const fn status(status: u16) -> Self {
        Self { status, problem: false, allow: "", pointers: &[] }
    }

    pub(crate) const fn problem(status: u16) -> Self {
        Self { status, problem: true, allow: "", pointers: &[] }
    }

    pub(crate) const fn allow(self, methods: &'static str) -> Self {
        Self { allow: methods, ..self }
    }

    pub(crate) const fn pointers(self, pointers: &'static [&'static str]) -> Self {
        Self { pointers, ..self }
    }

    /// What is wrong with an answer.
    pub(crate) fn faults(self, answer: &Answer, recorder: &Recorder) -> Vec<String> {
        if answer.status != self.status {
            return vec![format!("{} instead of {}{}", answer.status, self.status, words(answer, recorder))];
        }
        let mut faults = Vec::new();
        if self.problem {
            faults.extend(self.faults_of_problem(answer));
        }
        if !self.allow.is_empty() && answer.header("allow") != self.allow {
            faults.push(format!("Allow is {:?} instead of {:?}", answer.header("allow"), self.allow));
        }
        faults
    }

    fn faults_of_problem(self, answer: &Answer) -> Vec<String> {
        let mut faults = Vec::new();
        let kind = answer.header("content-type");
        if kind.split(';').next() != Some("application/problem+json") {
            faults.push(format!("its content type is {kind:?} instead of application/problem+json"));
        }
        let problem = answer.json().unwrap_or_default();
        let has_words = |member: &str| problem[member].as_str().is_some_and(|text| !text.is_empty());
        if !has_words("title") || !has_words("detail") || problem["status"] != self.status {
            faults.push("it is no problem with title, status and detail".to_owned());
        }
        let mut listed = pointers(&problem);
        let mut wanted = self.pointers.to_vec();
        listed.sort_unstable();
        wanted.sort_unstable();
        if listed != wanted {
            faults.push(format!("its errors point to {listed:?} instead of {wanted:?}"));
        }
        faults
    }
}

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().into_iter().flatten();
    errors.map(|error| error["pointer"].as_str().unwrap_or_default()).collect()
}

/// What a problem says of itself. It is another's text: without this run's secrets, and without what moves a cursor.
fn words(answer: &Answer, recorder: &Recorder) -> String {
    let problem = answer.json().unwrap_or_default();
    match problem["detail"].as_str() {
        Some(detail) => {
            let detail = printable(&recorder.redacted(detail));
            format!(": {}", detail.chars().take(WORDS_SHOWN).collect::<String>())
        }
        None => String::new(),
    }
}
