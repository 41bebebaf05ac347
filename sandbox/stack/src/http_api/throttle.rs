//! The throttling of a stage ("Throttle requests to your HTTP APIs").

use sandbox_template::ThrottleSpec;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A request takes a token; the bucket is full at the start and fills up at the stage's rate.
pub(crate) struct TokenBucket {
    spec: ThrottleSpec,
    state: Mutex<State>,
}

struct State {
    tokens: f64,
    at: Instant,
}

impl TokenBucket {
    pub(crate) fn new(spec: ThrottleSpec, now: Instant) -> Self {
        Self { spec, state: Mutex::new(State { tokens: spec.burst.into(), at: now }) }
    }

    /// False without a token for the request.
    pub(crate) fn take(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let added = now.saturating_duration_since(state.at).as_secs_f64() * self.spec.rate;
        state.tokens = (state.tokens + added).min(self.spec.burst.into());
        state.at = state.at.max(now);
        let has_one = state.tokens >= 1.0;
        if has_one {
            state.tokens -= 1.0;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let start = Instant::now();
        let bucket = TokenBucket::new(ThrottleSpec { rate: 2.0, burst: 3 }, start);
        let taken = |after_ms| bucket.take(start + Duration::from_millis(after_ms));
        let at_once: Vec<_> = (0..5).map(|_| taken(0)).collect();
        assert_eq!(at_once, [true, true, true, false, false]);
        assert_eq!([499, 500, 500, 1_000].map(taken), [false, true, false, true]);
        // An hour later it holds no more than its burst, and an earlier time adds nothing.
        let later: Vec<_> = [3_600_000, 0, 3_600_000, 3_600_000].map(taken).into();
        assert_eq!(later, [true, true, true, false]);
    }

    #[test]
    fn a_bucket_without_a_size_gives_nothing() {
        let start = Instant::now();
        let bucket = TokenBucket::new(ThrottleSpec { rate: 1_000.0, burst: 0 }, start);
        assert!(!bucket.take(start + Duration::from_secs(9)));
    }
}
