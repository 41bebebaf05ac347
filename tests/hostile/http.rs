//! Requests and their answers, each row on a connection of its own.

use super::watch::Watch;
use super::wire::{Reply, exchange, impatient, statuses};
use crate::harness::{Ours, TOKEN};
use futures::future::join_all;

/// What is sent on a connection, and the answers to it.
pub(crate) type Row = (String, String, &'static [u16]);

/// Sends each row on a connection of its own; only a POST that is answered 200 may reach the queue.
pub(crate) async fn hold(rows: Vec<Row>) {
    let system = Ours::start_with(impatient()).await;
    let watch = Watch::new(&system);
    let asked = rows.iter().map(|(_, request, _)| exchange(&system, request.as_bytes()));
    let answers: Vec<Vec<Reply>> = join_all(asked).await;
    let wrong: Vec<_> = rows
        .iter()
        .zip(&answers)
        .filter(|((_, _, expected), replies)| statuses(replies) != *expected)
        .map(|((what, request, expected), replies)| {
            format!("{what:.80}: {:?} instead of {expected:?}: {request:.200}", statuses(replies))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Nothing of it comes back, where a page of somebody else's could show it.
    for ((what, request, _), reply) in
        rows.iter().zip(&answers).flat_map(|(row, replies)| replies.iter().map(move |reply| (row, reply)))
    {
        let echoed =
            ["evil", TOKEN].iter().any(|word| reply.body.contains(word) || reply.head.contains(word));
        assert!(!echoed, "{what:.80}: {request:.200}: {reply:?}");
    }
    let accepted = answers.iter().flatten().filter(|reply| reply.body.contains("\"receipt\""));
    watch.hold(&system, accepted.count()).await;
}
