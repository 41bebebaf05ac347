//! Messages on their way from one queue to another: never in both, never in neither.

use super::Queue;
use crate::{locked::locked, sqs::state::State};
use std::sync::{Arc, MutexGuard};
use tokio::time::Instant;

impl Queue {
    /// Locks this queue's messages and another's. Always in the order of their names: two queues can be each
    /// other's dead-letter queue, and must not wait for each other.
    pub(crate) fn lock_with<'a>(&'a self, other: &'a Self) -> (MutexGuard<'a, State>, MutexGuard<'a, State>) {
        if self.name < other.name {
            let mine = locked(&self.state);
            (mine, locked(&other.state))
        } else {
            let theirs = locked(&other.state);
            (locked(&self.state), theirs)
        }
    }

    /// Moves the first visible message before `end` to where `find` says, given the ARN of the queue it came
    /// from. It is in one of the two queues at any time. Whether there was one.
    pub(crate) fn redrive_one<E>(
        &self,
        end: u64,
        find: impl Fn(Option<&str>) -> Result<Arc<Self>, E>,
    ) -> Result<bool, E> {
        loop {
            let now = Instant::now();
            let first = {
                let state = self.state();
                state.first_movable(end).map(|(place, message)| (place, message.dead_letter_source.clone()))
            };
            let Some((place, source)) = first else { return Ok(false) };
            let to = find(source.as_deref())?;
            let (mut state, mut destination) = self.lock_with(&to);
            let still_first = state.first_movable(end).is_some_and(|(first, _)| first == place);
            // Received or deleted since, or nowhere to go: look again, and let `find` say what is wrong.
            if still_first
                && !destination.deleted
                && let Some(held) = state.take_out(place)
            {
                let held = held.redriven(now);
                let arrival = to.arrival_of(&held.message);
                destination.add(held, now);
                to.arrived(arrival);
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        locked::locked,
        sqs::{
            NewMessage,
            tests::{config, sqs},
        },
    };
    use std::{convert::Infallible, sync::Arc, time::Duration};

    #[test]
    fn whoever_waits_for_one_of_two_queues_holds_the_other_only_if_it_comes_first() {
        let sqs = sqs();
        let first = sqs.create_queue(config("first")).unwrap();
        let second = sqs.create_queue(config("second")).unwrap();
        for (queue, other) in [(&first, &second), (&second, &first)] {
            let held = locked(&first.state);
            let waiting = std::thread::spawn({
                let (queue, other) = (Arc::clone(queue), Arc::clone(other));
                move || drop(queue.lock_with(&other))
            });
            std::thread::sleep(Duration::from_millis(50));
            assert!(second.state.try_lock().is_ok(), "{} takes its own lock first", queue.name());
            drop(held);
            waiting.join().unwrap();
        }
    }

    #[tokio::test]
    async fn a_message_that_somebody_receives_just_before_it_is_moved_stays() {
        let sqs = sqs();
        let dead = sqs.create_queue(config("dead")).unwrap();
        let queue = sqs.create_queue(config("queue")).unwrap();
        dead.send(NewMessage { body: "x".into(), ..NewMessage::default() }).unwrap();
        let moved = dead.redrive_one(u64::MAX, |_| {
            assert_eq!(dead.take(1, Duration::from_secs(30)).unwrap().received.len(), 1);
            Ok::<_, Infallible>(Arc::clone(&queue))
        });
        assert_eq!(moved, Ok(false));
        assert_eq!((dead.counts().in_flight, queue.counts().visible), (1, 0));
    }
}
