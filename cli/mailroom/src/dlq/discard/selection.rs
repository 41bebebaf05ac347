//! Which dead letters are to be deleted.

use super::super::lookup::{Lookup, Named};
use super::super::reason::ReasonFilter;
use super::super::{Reason, Search};
use anyhow::Result;
use aws_sdk_sqs::types::Message;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use terminal::text::Printable;

/// The dead letters to delete.
pub(crate) enum Selection {
    /// All with this reason.
    Only(ReasonFilter),
    /// These, by their message ids. A letter is taken out when it is deleted.
    Letters(BTreeSet<String>),
}

/// The ids that don't name one letter.
#[derive(Default)]
pub(crate) struct Unclear {
    pub(crate) not_found: Vec<Printable>,
    pub(crate) ambiguous: Vec<Ambiguous>,
}

/// A receipt that several letters have.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Ambiguous {
    pub(crate) id: Printable,
    pub(crate) message_ids: Vec<Printable>,
}

/// The letters that were found in a pass through the queue.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) letters: BTreeMap<String, Reason>,
    pub(crate) unclear: Unclear,
}

impl Found {
    /// The letters that are there now with this reason.
    pub(crate) async fn with_reason(only: ReasonFilter, search: &mut Search<'_>) -> Result<Self> {
        let mut letters = BTreeMap::new();
        while let Some(messages) = search.next(usize::MAX).await? {
            letters.extend(messages.iter().map(entry).filter(|(_, reason)| only.matches(*reason)));
        }
        Ok(Self { letters, ..Self::default() })
    }

    /// The letters that these ids name.
    pub(crate) async fn named(ids: Vec<String>, search: &mut Search<'_>) -> Result<Self> {
        let (mut lookup, mut candidates) = (Lookup::new(ids), BTreeMap::new());
        while !lookup.is_complete() {
            let Some(messages) = search.next(usize::MAX).await? else { break };
            candidates.extend(messages.iter().filter(|message| lookup.see(message)).map(entry));
        }
        let mut found = Self::default();
        for (id, named) in lookup.named() {
            match named {
                Named::One(message_id) => {
                    found.letters.extend(
                        candidates.get_key_value(&message_id).map(|(id, reason)| (id.clone(), *reason)),
                    );
                }
                Named::Several(message_ids) => {
                    let message_ids = message_ids.into_iter().map(Printable::from).collect();
                    found.unclear.ambiguous.push(Ambiguous { id: id.into(), message_ids });
                }
                Named::Nothing => found.unclear.not_found.push(id.into()),
            }
        }
        Ok(found)
    }

    /// How many, by reason.
    pub(crate) fn reasons(&self) -> BTreeMap<Reason, u64> {
        self.letters.values().fold(BTreeMap::new(), |mut reasons, reason| {
            *reasons.entry(*reason).or_default() += 1;
            reasons
        })
    }
}

fn entry(message: &Message) -> (String, Reason) {
    (message.message_id().unwrap_or_default().to_owned(), Reason::of(message.body().unwrap_or_default()))
}

impl Selection {
    pub(crate) fn matches(&self, message: &Message) -> bool {
        let (message_id, reason) = entry(message);
        match self {
            Self::Only(only) => only.matches(reason),
            Self::Letters(letters) => letters.contains(&message_id),
        }
    }

    /// A letter was deleted.
    pub(crate) fn deleted(&mut self, message: &Message) {
        if let Self::Letters(letters) = self {
            letters.remove(message.message_id().unwrap_or_default());
        }
    }

    /// True if no further letter can match.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Letters(letters) if letters.is_empty())
    }

    /// The message ids of letters that were found before but not deleted.
    pub(crate) fn into_left(self) -> Vec<Printable> {
        match self {
            Self::Only(_) => Vec::new(),
            Self::Letters(letters) => letters.into_iter().map(Printable::from).collect(),
        }
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
        let only = Selection::Only(ReasonFilter::Poison);
        assert!(only.matches(&message("early")) && only.matches(&message("late")));
        let found = Found { letters: [entry(&message("early"))].into(), ..Found::default() };
        assert_eq!(found.reasons().values().sum::<u64>(), 1);
        let settled = Selection::Letters(found.letters.into_keys().collect());
        assert!(settled.matches(&message("early")) && !settled.matches(&message("late")));
    }

    #[test]
    fn a_letter_is_searched_until_it_is_deleted() {
        let mut selection = Selection::Letters(["a".to_owned(), "b".to_owned()].into());
        selection.deleted(&message("a"));
        assert!(!selection.is_empty() && !selection.matches(&message("a")));
        assert_eq!(selection.into_left(), ["b".into()]);
        assert!(!Selection::Only(ReasonFilter::Poison).is_empty());
    }
}
