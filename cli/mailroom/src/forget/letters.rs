//! A sender's dead letters.

use super::owner::Owner;
use super::report::DeadLetters;
use crate::dlq::{Search, search};
use crate::system::{Depth, System};
use anyhow::Result;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::Message;
use email::Sender;
use futures::future::join_all;
use terminal::Interrupt;
use terminal::text::Printable;

/// Deletes them, or only counts them. The others are given back.
pub(crate) async fn erase(
    system: &System,
    interrupt: &Interrupt,
    sender: &Sender,
    delete: bool,
    letters: &mut DeadLetters,
) -> Result<()> {
    let before = Depth::of(system, &system.outputs.dead_letter_queue_url).await?.all();
    let mut seen = 0;
    let work = async |search: &mut Search<'_>| {
        while let Some(messages) = search.next(usize::MAX).await? {
            seen += messages.len() as u64;
            let owner = |message: &Message| Owner::of(message.body().unwrap_or_default().as_bytes(), sender);
            letters.unclear +=
                messages.iter().filter(|message| owner(message) == Owner::Unclear).count() as u64;
            let theirs: Vec<_> = messages.iter().filter(|message| owner(message) == Owner::Sender).collect();
            if !delete {
                letters.letters += theirs.len() as u64;
                continue;
            }
            let deletes = theirs.iter().map(|message| delete_letter(system, message));
            let Some(deleted) = search.finish(join_all(deletes)).await else { break };
            for (message, deleted) in theirs.into_iter().zip(deleted) {
                match deleted {
                    Ok(()) => {
                        search.deleted(message);
                        letters.letters += 1;
                    }
                    Err(code) => letters.failures.add(code),
                }
            }
        }
        Ok(())
    };
    search(system, interrupt, work).await.0?;
    letters.unseen = before.saturating_sub(seen);
    Ok(())
}

/// An error is its code in SQS.
async fn delete_letter(system: &System, message: &Message) -> Result<(), Printable> {
    let delete = system.sqs.delete_message().queue_url(&system.outputs.dead_letter_queue_url);
    let deleted = delete.set_receipt_handle(message.receipt_handle.clone()).send().await;
    deleted.map(|_| ()).map_err(|error| error.code().unwrap_or("no answer").into())
}
