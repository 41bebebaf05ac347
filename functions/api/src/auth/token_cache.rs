//! How long tokens are valid, and when to fetch them again.

use super::freeze_safe_instant::FreezeSafeInstant;
use super::token_set::TokenSet;
use std::time::Duration;
use tokens::refresh;

/// A token that doesn't match causes a fetch, but not within this time of the last one: a new token works at once, and
/// a flood of wrong ones doesn't flood SSM.
const MISMATCH_REFETCH_AFTER: Duration = Duration::from_secs(5);
/// The time for which the last known tokens serve while SSM doesn't answer.
const STALE_LIMIT: Duration = Duration::from_secs(60 * 60);

/// The last known tokens and the state of their fetches. The caller passes the time, and fetches when
/// [`fetch_due`](Self::fetch_due) or [`may_refetch_after_mismatch`](Self::may_refetch_after_mismatch) says so.
#[derive(Default)]
pub(crate) struct TokenCache {
    known: Option<Known>,
    failures: u32,
    backoff: Option<Backoff>,
}

struct Known {
    tokens: TokenSet,
    fetched: FreezeSafeInstant,
    fresh_for: Duration,
}

/// The wait after a failed fetch.
struct Backoff {
    began: FreezeSafeInstant,
    wait: Duration,
    throttled: bool,
}

impl TokenCache {
    /// The tokens to check against: none before the first response, nor if the last one is over an hour old.
    pub(crate) fn tokens(&self, now: FreezeSafeInstant) -> Option<&TokenSet> {
        let known = self.known.as_ref()?;
        (now.since(known.fetched) <= STALE_LIMIT).then_some(&known.tokens)
    }

    /// True if the tokens must be fetched before they serve.
    pub(crate) fn fetch_due(&self, now: FreezeSafeInstant) -> bool {
        self.may_fetch(now)
            && self.known.as_ref().is_none_or(|known| now.since(known.fetched) >= known.fresh_for)
    }

    pub(crate) fn may_refetch_after_mismatch(&self, now: FreezeSafeInstant) -> bool {
        self.may_fetch(now)
            && self.known.as_ref().is_none_or(|known| now.since(known.fetched) > MISMATCH_REFETCH_AFTER)
    }

    /// The time until the next fetch, if the caller should wait for it instead of being refused: no tokens are known
    /// because SSM throttles, so SSM works and will answer soon.
    pub(crate) fn throttle_wait(&self, now: FreezeSafeInstant) -> Option<Duration> {
        let backoff = self.backoff.as_ref().filter(|backoff| backoff.throttled)?;
        self.tokens(now).is_none().then(|| backoff.wait.saturating_sub(now.since(backoff.began)))
    }

    /// SSM answered. `jitter` is a random number from 0 to 1.
    pub(crate) fn fetched(&mut self, tokens: TokenSet, now: FreezeSafeInstant, jitter: f64) {
        let fresh_for = refresh::fresh_for(jitter);
        *self = Self { known: Some(Known { tokens, fetched: now, fresh_for }), failures: 0, backoff: None };
    }

    /// SSM did not answer: wait before asking again, longer each time. `jitter` is a random number from 0 to 1 and takes
    /// up to half off the wait.
    pub(crate) fn failed(&mut self, now: FreezeSafeInstant, jitter: f64) {
        let wait = refresh::failed_wait(self.failures, jitter);
        self.backoff = Some(Backoff { began: now, wait, throttled: false });
        self.failures += 1;
    }

    /// SSM throttled the read: wait for another second, and for a random part of the spread. `jitter` is a random number
    /// from 0 to 1.
    pub(crate) fn throttled(&mut self, now: FreezeSafeInstant, jitter: f64) {
        let wait = refresh::throttled_wait(self.failures, jitter);
        self.backoff = Some(Backoff { began: now, wait, throttled: true });
        self.failures += 1;
    }

    fn may_fetch(&self, now: FreezeSafeInstant) -> bool {
        self.backoff.as_ref().is_none_or(|backoff| now.since(backoff.began) >= backoff.wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn fetched(jitter: f64) -> (TokenCache, FreezeSafeInstant) {
        let (mut cache, now) = (TokenCache::default(), FreezeSafeInstant::now());
        cache.fetched(TokenSet::parse("token"), now, jitter);
        (cache, now)
    }

    #[test]
    fn before_the_first_fetch_no_token_is_known_and_the_fetch_is_due() {
        let (cache, now) = (TokenCache::default(), FreezeSafeInstant::now());
        assert!(cache.tokens(now).is_none() && cache.fetch_due(now));
    }

    #[test]
    fn fetched_tokens_serve_for_about_a_minute() {
        let (cache, start) = fetched(0.0);
        assert!(!cache.fetch_due(start + SECOND * 59) && cache.fetch_due(start + SECOND * 60));
        let (cache, start) = fetched(1.0);
        assert!(!cache.fetch_due(start + SECOND * 53) && cache.fetch_due(start + SECOND * 54));
    }

    #[test]
    fn a_mismatch_causes_a_fetch_only_after_five_seconds() {
        let (cache, start) = fetched(0.0);
        assert!(!cache.may_refetch_after_mismatch(start + SECOND * 5));
        assert!(cache.may_refetch_after_mismatch(start + SECOND * 6));
    }

    #[test]
    fn while_ssm_fails_the_last_known_tokens_serve_for_an_hour() {
        let (mut cache, start) = fetched(0.0);
        cache.failed(start + SECOND * 60, 0.0);
        assert!(cache.tokens(start + SECOND * 3600).is_some());
        assert!(cache.tokens(start + SECOND * 3601).is_none());
    }

    #[test]
    fn the_wait_after_failures_doubles_up_to_half_a_minute() {
        let (mut cache, mut now) = fetched(0.0);
        now = now + SECOND * 60;
        for wait in [1, 2, 4, 8, 16, 32, 32] {
            assert!(cache.fetch_due(now));
            cache.failed(now, 0.0);
            assert!(!cache.fetch_due(now + (SECOND * wait - Duration::from_millis(1))), "{wait}");
            assert!(
                !cache.may_refetch_after_mismatch(now + (SECOND * wait - Duration::from_millis(1))),
                "{wait}"
            );
            now = now + SECOND * wait;
        }
    }

    #[test]
    fn jitter_takes_up_to_half_off_a_wait() {
        let (mut cache, now) = (TokenCache::default(), FreezeSafeInstant::now());
        cache.failed(now, 1.0);
        assert!(
            !cache.fetch_due(now + (SECOND / 2 - Duration::from_millis(1)))
                && cache.fetch_due(now + SECOND / 2)
        );
    }

    #[test]
    fn a_response_ends_every_wait() {
        let (mut cache, now) = (TokenCache::default(), FreezeSafeInstant::now());
        cache.failed(now, 0.0);
        cache.failed(now, 0.0);
        cache.fetched(TokenSet::default(), now, 0.0);
        assert!(cache.fetch_due(now + SECOND * 60));
        cache.failed(now + SECOND * 60, 0.0);
        assert!(cache.fetch_due(now + SECOND * 61), "the wait starts again at a second");

        let mut cache = TokenCache::default();
        cache.throttled(now, 1.0);
        cache.fetched(TokenSet::parse("token"), now + SECOND, 0.0);
        assert!(cache.throttle_wait(now + SECOND).is_none() && !cache.fetch_due(now + SECOND * 2));
        assert!(cache.fetch_due(now + SECOND * 61));
    }

    #[test]
    fn a_thousand_failures_overflow_nothing() {
        let (mut cache, now) = (TokenCache::default(), FreezeSafeInstant::now());
        (0..1_000).for_each(|_| cache.failed(now, 0.0));
        assert!(cache.fetch_due(now + SECOND * 32));
    }

    #[test]
    fn throttled_instances_wait_a_second_and_then_spread_over_five_more() {
        for (jitter, wait) in [(0.0, SECOND), (0.5, SECOND * 7 / 2), (1.0, SECOND * 6)] {
            let (mut cache, now) = (TokenCache::default(), FreezeSafeInstant::now());
            cache.throttled(now, jitter);
            assert_eq!(cache.throttle_wait(now), Some(wait));
            assert!(!cache.fetch_due(now + (wait - Duration::from_millis(1))) && cache.fetch_due(now + wait));
        }
    }

    #[test]
    fn repeated_throttling_spreads_instances_further() {
        let (mut cache, mut now) = (TokenCache::default(), FreezeSafeInstant::now());
        for wait in [6, 6, 6, 11, 21, 33, 33] {
            cache.throttled(now, 1.0);
            assert_eq!(cache.throttle_wait(now), Some(SECOND * wait));
            now = now + (SECOND * wait - Duration::from_millis(1));
            assert!(!cache.fetch_due(now), "{wait}");
            now = now + Duration::from_millis(1);
            assert!(cache.fetch_due(now), "{wait}");
        }
    }

    #[test]
    fn no_caller_waits_while_tokens_are_known_or_ssm_is_down() {
        let (mut cache, start) = fetched(0.0);
        cache.throttled(start + SECOND * 60, 0.5);
        assert_eq!(cache.throttle_wait(start + SECOND * 60), None, "the known tokens serve");
        let (mut cache, now) = (TokenCache::default(), FreezeSafeInstant::now());
        cache.failed(now, 0.0);
        assert_eq!(cache.throttle_wait(now), None, "the outage may last");
    }
}
