//! The lines in batches, each for one request.

use super::input::Line;
use anyhow::Result;
use futures::stream::{self, Peekable, Stream, StreamExt};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The most bytes of a batch's lines, which leaves 10 kB for the rest of the body. An Application Load Balancer takes a body
/// of 1 MB ("Lambda functions as targets", Elastic Load Balancing user guide). A longer line is a batch alone.
const MOST_BYTES: usize = 990_000;
/// The time in which further lines may join the first one of a batch. A file's come at once, and a slow pipe's go out alone.
const LINGER: Duration = Duration::from_millis(10);

/// Gathers up to `most` lines. An error ends the batch before it, and is passed on.
pub(crate) fn batches(
    lines: impl Stream<Item = Result<Line>>,
    most: usize,
) -> impl Stream<Item = Result<Vec<Line>>> {
    let lines = Box::pin(lines.peekable());
    stream::unfold(lines, move |mut lines| async move {
        let batch = match lines.next().await? {
            Ok(first) => Ok(gather(first, lines.as_mut(), most).await),
            Err(error) => Err(error),
        };
        Some((batch, lines))
    })
}

async fn gather<S>(first: Line, mut lines: Pin<&mut Peekable<S>>, most: usize) -> Vec<Line>
where
    S: Stream<Item = Result<Line>>,
{
    let (mut bytes, mut batch, end) = (first.bytes.len(), vec![first], Instant::now() + LINGER);
    while batch.len() < most {
        // The comma between two lines is a byte too.
        let joins =
            |line: &Result<Line>| line.as_ref().is_ok_and(|line| bytes + 1 + line.bytes.len() <= MOST_BYTES);
        let Ok(Some(Ok(line))) = timeout_at(end, lines.as_mut().next_if(joins)).await else { break };
        bytes += 1 + line.bytes.len();
        batch.push(line);
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;
    use tokio::sync::mpsc;
    use tokio::time::sleep;

    fn line(bytes: usize) -> Result<Line> {
        Ok(Line::new(1, vec![b'x'; bytes], 0))
    }

    async fn sizes(lines: Vec<Result<Line>>, most: usize) -> Vec<Option<usize>> {
        let batches = batches(stream::iter(lines), most);
        batches.map(|batch| batch.ok().map(|batch| batch.len())).collect().await
    }

    #[tokio::test]
    async fn a_batch_has_at_most_so_many_lines_and_bytes() {
        let lines = |count, bytes| (0..count).map(|_| line(bytes)).collect();
        assert_eq!(sizes(lines(7, 10), 3).await, [Some(3), Some(3), Some(1)]);
        assert_eq!(sizes(lines(3, 10), 1).await, [Some(1); 3]);
        assert_eq!(sizes(lines(5, MOST_BYTES / 2), 500).await, [Some(1); 5], "a comma is too much");
        assert_eq!(sizes(lines(4, MOST_BYTES / 2 - 1), 500).await, [Some(2); 2]);
        assert_eq!(sizes(vec![line(1), line(MOST_BYTES + 1), line(1)], 500).await, [Some(1); 3]);
        assert_eq!(sizes(Vec::new(), 500).await, []);
    }

    #[tokio::test]
    async fn an_error_ends_the_batch_before_it() {
        let lines = vec![line(1), line(1), Err(anyhow!("unreadable")), line(1)];
        assert_eq!(sizes(lines, 500).await, [Some(2), None, Some(1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn lines_of_a_slow_pipe_are_not_held_back() {
        let (sender, receiver) = mpsc::channel(1);
        let lines = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
        let writer = tokio::spawn(async move {
            for pause in [0, 9, 11] {
                sleep(Duration::from_millis(pause)).await;
                sender.send(line(1)).await.unwrap();
            }
        });
        let sizes: Vec<_> = batches(lines, 500).map(|batch| batch.unwrap().len()).collect().await;
        writer.await.unwrap();
        assert_eq!(sizes, [2, 1]);
    }
}
