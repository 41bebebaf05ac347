//! Why messages were not done, in the words of the functions.

use serde_json::Value;
use std::collections::{HashMap, VecDeque};

/// Messages that are remembered.
const REMEMBERED: usize = 1_000;

/// The last error of each message that failed, by its id.
#[derive(Debug, Default)]
pub(crate) struct MessageErrors {
    said: HashMap<String, String>,
    order: VecDeque<String>,
}

impl MessageErrors {
    /// Takes note of a log line that warns of a message: one with a level, a message id and a reason or an error.
    pub(crate) fn record(&mut self, line: &Value) {
        let text = |member: &str| line.get(member).and_then(Value::as_str);
        let (Some("WARN" | "ERROR"), Some(id)) = (text("level"), text("message_id")) else { return };
        let said = text("message").unwrap_or_default();
        let said = match text("reason").or_else(|| text("error")) {
            Some(why) => format!("{said} ({why})"),
            None => said.to_owned(),
        };
        if self.said.insert(id.to_owned(), said).is_none() {
            self.order.push_back(id.to_owned());
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.said.remove(&oldest);
        }
    }

    pub(crate) fn of(&self, message_id: &str) -> Option<&str> {
        self.said.get(message_id).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_last_warning_of_a_message_counts_and_its_reason_with_it() {
        let mut errors = MessageErrors::default();
        for line in [
            json!({"level": "WARN", "message": "first", "message_id": "m"}),
            json!({"level": "ERROR", "message": "last", "message_id": "m", "error": "SlowDown"}),
            json!({"level": "INFO", "message": "filed", "message_id": "m"}),
            json!({"level": "WARN", "message": "of nobody"}),
        ] {
            errors.record(&line);
        }
        assert_eq!((errors.of("m"), errors.of("another")), (Some("last (SlowDown)"), None));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut errors = MessageErrors::default();
        for n in 0..=REMEMBERED {
            errors.record(&json!({"level": "WARN", "message": "x", "message_id": n.to_string()}));
        }
        assert_eq!((errors.said.len(), errors.of("0"), errors.of("1")), (REMEMBERED, None, Some("x")));
    }
}
