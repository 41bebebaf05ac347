//! Finding dead letters by the ids of a command line.
//!
//! A message id is SQS's, and unique. A receipt is a message attribute, into which a sender to the queue can write any
//! text: another letter's receipt, or its message id. So a message id wins, and a receipt counts only if `api` made it
//! and one letter has it.

use super::dead_letter::receipt;
use aws_sdk_sqs::types::Message;
use email::Receipt;
use std::collections::BTreeSet;

/// An id of the command line, and the letters that it named so far.
struct Id {
    text: String,
    /// The receipt that it is, if it is one.
    receipt: Option<Receipt>,
    has_message: bool,
    /// The message ids of the letters with that receipt.
    with_receipt: BTreeSet<String>,
}

/// The letters that an id names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// The letter with this message id.
    One(String),
    /// The receipt of these letters, by their message ids.
    Several(Vec<String>),
    Nothing,
}

pub(crate) struct Lookup(Vec<Id>);

impl Lookup {
    pub(crate) fn new(ids: Vec<String>) -> Self {
        let id = |text: String| {
            let receipt = made_by_api(&text);
            Id { text, receipt, has_message: false, with_receipt: BTreeSet::new() }
        };
        Self(ids.into_iter().map(id).collect())
    }

    /// Takes a letter into account; true if an id may mean it.
    pub(crate) fn see(&mut self, message: &Message) -> bool {
        let message_id = message.message_id().unwrap_or_default();
        let receipt = receipt(message).and_then(made_by_api);
        let mut meant = false;
        for id in &mut self.0 {
            if id.text == message_id {
                (id.has_message, meant) = (true, true);
            } else if id.receipt.is_some() && id.receipt == receipt {
                id.with_receipt.insert(message_id.to_owned());
                meant = true;
            }
        }
        meant
    }

    /// True if no further letter can matter: each id is the message id of a letter. A receipt may be on another one too.
    pub(crate) fn is_complete(&self) -> bool {
        self.0.iter().all(|id| id.has_message)
    }

    /// The result for each id, after all letters were seen.
    pub(crate) fn named(self) -> impl Iterator<Item = (String, Named)> {
        self.0.into_iter().map(|id| {
            let mut letters = id.with_receipt.into_iter();
            let named = match (id.has_message, letters.next(), letters.next()) {
                (true, ..) => Named::One(id.text.clone()),
                (_, None, _) => Named::Nothing,
                (_, Some(one), None) => Named::One(one),
                (_, Some(one), Some(other)) => {
                    Named::Several([one, other].into_iter().chain(letters).collect())
                }
            };
            (id.text, named)
        })
    }
}

/// `api` writes a receipt with hyphens and the time of acceptance in it (UUID version 7); SQS's message ids have none.
fn made_by_api(text: &str) -> Option<Receipt> {
    let receipt = text.parse::<Receipt>().ok().filter(|receipt| receipt.to_string() == text);
    receipt.filter(|receipt| receipt.accepted_at().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sqs::types::MessageAttributeValue;

    const RECEIPT: &str = "0198c0de-0000-7000-8000-000000000001";
    const MESSAGE_ID: &str = "b3a9c1de-0000-4000-8000-000000000001";

    fn letter(id: &str, receipt: &str) -> Message {
        let receipt = MessageAttributeValue::builder().data_type("String").string_value(receipt);
        Message::builder().message_id(id).message_attributes("receipt", receipt.build().unwrap()).build()
    }

    fn named(id: &str, letters: &[Message]) -> Named {
        let mut lookup = Lookup::new(vec![id.to_owned()]);
        for letter in letters {
            lookup.see(letter);
        }
        lookup.named().next().unwrap().1
    }

    #[test]
    fn a_message_id_wins_over_a_receipt_whichever_comes_first() {
        let (theirs, forged) = (letter(MESSAGE_ID, RECEIPT), letter("forger", MESSAGE_ID));
        assert_eq!(named(MESSAGE_ID, &[forged.clone(), theirs]), Named::One(MESSAGE_ID.to_owned()));
        assert_eq!(named(MESSAGE_ID, &[forged]), Named::Nothing, "the forged receipt is not one of api's");
        let same = [letter("forger", RECEIPT), letter(RECEIPT, "none")];
        assert_eq!(named(RECEIPT, &same), Named::One(RECEIPT.to_owned()));
    }

    #[test]
    fn a_receipt_names_the_one_letter_that_has_it_and_two_are_told() {
        let letters =
            [letter("a", RECEIPT), letter("b", "0198c0de-0000-7000-8000-000000000002"), letter("c", RECEIPT)];
        assert_eq!(named(RECEIPT, &letters[..2]), Named::One("a".to_owned()));
        assert_eq!(named(RECEIPT, &letters), Named::Several(vec!["a".to_owned(), "c".to_owned()]));
        assert_eq!(named("nobody", &letters), Named::Nothing);
    }

    #[test]
    fn what_api_did_not_make_is_not_a_receipt() {
        for text in [
            "",
            "a",
            MESSAGE_ID,
            "0198c0de000070008000000000000001",
            "{0198c0de-0000-7000-8000-000000000001}",
        ] {
            assert_eq!(named(text, &[letter("another", text)]), Named::Nothing, "{text}");
        }
    }

    #[test]
    fn the_search_ends_early_only_when_all_ids_are_message_ids() {
        let mut lookup = Lookup::new(vec!["a".to_owned(), RECEIPT.to_owned()]);
        assert!(lookup.see(&letter("a", "")) && !lookup.see(&letter("b", "")));
        assert!(lookup.see(&letter("c", RECEIPT)) && !lookup.is_complete(), "another may have it too");
        assert!(lookup.see(&letter(RECEIPT, "")) && lookup.is_complete());
    }
}
