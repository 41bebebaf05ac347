//! Faults that were asked for one by one.

use super::Times;

/// Faults in the order in which they were asked for.
#[derive(Debug)]
pub(crate) struct Rules<F>(Vec<Rule<F>>);

#[derive(Debug)]
struct Rule<F> {
    operation: String,
    subject: String,
    fault: F,
    /// How often it still happens; `None` for ever.
    left: Option<u32>,
}

impl<F> Default for Rules<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: Clone> Rules<F> {
    pub(crate) fn add(&mut self, operation: &str, subject: &str, fault: F, times: Times) {
        let left = match times {
            Times::Once => Some(1),
            Times::N(n) => Some(n),
            Times::Always => None,
        };
        self.0.push(Rule { operation: operation.to_owned(), subject: subject.to_owned(), fault, left });
    }

    /// The fault that is due, counted as having happened.
    pub(crate) fn take(&mut self, operation: &str, subject: &str) -> Option<F> {
        let rule = self.0.iter_mut().find(|rule| {
            rule.operation == operation && subject.contains(&rule.subject) && rule.left != Some(0)
        })?;
        if let Some(left) = &mut rule.left {
            *left -= 1;
        }
        Some(rule.fault.clone())
    }
}
