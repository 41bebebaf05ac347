//! Which dead letters are to be deleted.

use super::super::reason::ReasonFilter;
use super::super::{DeadLetter, Reason, Search};
use anyhow::Result;
use aws_sdk_sqs::types::Message;
use std::collections::{BTreeMap, HashSet};

/// Dead letters by reason or by id; once a person was asked, only those that the question counted.
pub(crate) struct Selection {
    only: Option<ReasonFilter>,
    /// Message ids or receipts that were not found yet.
    ids: Vec<String>,
    settled: Option<HashSet<String>>,
}

impl Selection {
    pub(crate) fn new(only: Option<ReasonFilter>, ids: Vec<String>) -> Self {
        Self { only, ids, settled: None }
    }

    pub(crate) fn matches(&self, message: &Message) -> bool {
        let letter = DeadLetter::of(message);
        let settled = self.settled.as_ref().is_none_or(|settled| settled.contains(&letter.message_id));
        settled
            && match self.only {
                Some(only) => only.matches(letter.reason),
                None => self.ids.iter().any(|id| letter.has_id(id)),
            }
    }

    /// A letter was found and deleted.
    pub(crate) fn found(&mut self, message: &Message) {
        let letter = DeadLetter::of(message);
        self.ids.retain(|id| !letter.has_id(id));
    }

    /// True if no further letter can match.
    pub(crate) fn all_found(&self) -> bool {
        self.only.is_none() && self.ids.is_empty()
    }

    pub(crate) fn into_not_found(self) -> Vec<String> {
        self.ids
    }

    /// Limits the selection to the letters that are there now; returns how many, by reason.
    pub(crate) async fn settle(&mut self, search: &mut Search<'_>) -> Result<BTreeMap<Reason, u64>> {
        let (mut reasons, mut settled) = (BTreeMap::new(), HashSet::new());
        while let Some(messages) = search.next(usize::MAX).await? {
            for letter in messages.iter().filter(|message| self.matches(message)).map(DeadLetter::of) {
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
    fn a_letter_that_came_after_the_question_does_not_match() {
        let mut selection = Selection::new(Some(ReasonFilter::Poison), Vec::new());
        assert!(selection.matches(&message("early")) && selection.matches(&message("late")));
        selection.settled = Some(["early".to_owned()].into());
        assert!(selection.matches(&message("early")) && !selection.matches(&message("late")));
    }

    #[test]
    fn an_id_is_searched_until_it_is_found() {
        let mut selection = Selection::new(None, vec!["a".to_owned(), "b".to_owned()]);
        assert!(selection.matches(&message("a")) && !selection.matches(&message("c")));
        selection.found(&message("a"));
        assert!(!selection.all_found());
        assert_eq!(selection.into_not_found(), ["b"]);
        assert!(!Selection::new(Some(ReasonFilter::Poison), Vec::new()).all_found());
    }
}
