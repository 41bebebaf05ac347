//! Which letters are to be deleted.

use super::super::{Letter, Only, Reason, Search};
use anyhow::Result;
use aws_sdk_sqs::types::Message;
use std::collections::{BTreeMap, HashSet};

/// Those that are meant: by reason or by name, and once a person was asked, those that the person was told of.
pub(crate) struct Which {
    only: Option<Only>,
    /// Message ids or receipts that were not met yet.
    ids: Vec<String>,
    by_id: bool,
    settled: Option<HashSet<String>>,
}

impl Which {
    pub(crate) fn new(only: Option<Only>, ids: Vec<String>) -> Self {
        Self { only, by_id: only.is_none(), ids, settled: None }
    }

    pub(crate) fn takes(&self, message: &Message) -> bool {
        let letter = Letter::of(message);
        let settled = self.settled.as_ref().is_none_or(|settled| settled.contains(&letter.message_id));
        let meant = match self.only {
            Some(only) => only.takes(letter.reason),
            None => self.ids.iter().any(|id| letter.is_called(id)),
        };
        settled && meant
    }

    /// A letter was met and done with.
    pub(crate) fn found(&mut self, message: &Message) {
        let letter = Letter::of(message);
        self.ids.retain(|id| !letter.is_called(id));
    }

    /// Whether nothing more is to be looked for.
    pub(crate) fn all_found(&self) -> bool {
        self.by_id && self.ids.is_empty()
    }

    /// The names that nothing was called.
    pub(crate) fn not_found(self) -> Vec<String> {
        self.ids
    }

    /// Looks at all that are there: from now on only these are meant. How many, by reason.
    pub(crate) async fn settle(&mut self, search: &mut Search<'_>) -> Result<BTreeMap<Reason, u64>> {
        let (mut reasons, mut settled) = (BTreeMap::new(), HashSet::new());
        loop {
            let messages = search.next(usize::MAX).await?;
            if messages.is_empty() {
                break;
            }
            for letter in messages.iter().filter(|message| self.takes(message)).map(Letter::of) {
                *reasons.entry(letter.reason).or_default() += 1;
                settled.insert(letter.message_id);
            }
        }
        self.settled = Some(settled);
        Ok(reasons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Message {
        Message::builder().message_id(id).body("no email").build()
    }

    #[test]
    fn what_came_after_the_question_is_not_meant() {
        let mut which = Which::new(Some(Only::Poison), Vec::new());
        assert!(which.takes(&message("early")) && which.takes(&message("late")));
        which.settled = Some(["early".to_owned()].into());
        assert!(which.takes(&message("early")) && !which.takes(&message("late")));
    }

    #[test]
    fn a_name_is_looked_for_until_it_is_found() {
        let mut which = Which::new(None, vec!["a".to_owned(), "b".to_owned()]);
        assert!(which.takes(&message("a")) && !which.takes(&message("c")));
        which.found(&message("a"));
        assert!(!which.all_found());
        assert_eq!(which.not_found(), ["b"]);
        assert!(!Which::new(Some(Only::Poison), Vec::new()).all_found());
    }
}
