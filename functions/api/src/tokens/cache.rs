//! How long tokens are believed, and when they are fetched again.

use super::moment::Moment;
use super::set::TokenSet;
use std::time::Duration;

/// How long fetched tokens serve before they are fetched again. A fetch falls due up to a tenth earlier, so
/// that instances that started together don't ask together.
const FRESH_FOR: Duration = Duration::from_secs(60);
/// A token that doesn't match makes us ask again at once, but not within this time of the last answer: a
/// rotated token works at once, and a flood of wrong ones is no flood of SSM calls.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// How long the last known tokens serve while SSM doesn't answer.
const STALE_LIMIT: Duration = Duration::from_secs(60 * 60);
/// The wait after a first failed fetch; it doubles with each further one, up to [`LONGEST_BACKOFF`].
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(32);
/// SSM's limit is so many reads a second, for the account: within the same one it is in vain to ask again.
const THROTTLED_FOR: Duration = Duration::from_secs(1);
/// After that second, instances that were throttled together spread over this time. 200 that start at once against the
/// default of 40 a second leave 160, which is 32 a second then. It is as long three times, and doubles after that.
const THROTTLED_SPREAD: Duration = Duration::from_secs(5);

/// What is known of the tokens. The caller brings the time, and fetches when [`fetch_due`](Self::fetch_due) or
/// [`may_ask_again`](Self::may_ask_again) says so.
#[derive(Default)]
pub(crate) struct TokenCache {
    known: Option<Known>,
    failures: u32,
    backoff: Option<Backoff>,
}

struct Known {
    tokens: TokenSet,
    fetched: Moment,
    fresh_for: Duration,
}

/// The wait after a failed fetch.
struct Backoff {
    began: Moment,
    wait: Duration,
    throttled: bool,
}

impl TokenCache {
    /// The tokens to check against: none before the first answer, nor when the last is over an hour old.
    pub(crate) fn tokens(&self, now: Moment) -> Option<&TokenSet> {
        let known = self.known.as_ref()?;
        (now.since(known.fetched) <= STALE_LIMIT).then_some(&known.tokens)
    }

    /// Whether the tokens must be fetched before they serve.
    pub(crate) fn fetch_due(&self, now: Moment) -> bool {
        self.may_fetch(now)
            && self.known.as_ref().is_none_or(|known| now.since(known.fetched) >= known.fresh_for)
    }

    /// Whether a token that didn't match is reason enough to fetch.
    pub(crate) fn may_ask_again(&self, now: Moment) -> bool {
        self.may_fetch(now)
            && self.known.as_ref().is_none_or(|known| now.since(known.fetched) > ASK_AGAIN_AFTER)
    }

    /// How long until the next fetch, where a caller had better wait for it than be refused at once: no tokens are known
    /// because SSM throttles, so it is well, and will answer before long.
    pub(crate) fn turn(&self, now: Moment) -> Option<Duration> {
        let backoff = self.backoff.as_ref().filter(|backoff| backoff.throttled)?;
        self.tokens(now).is_none().then(|| backoff.wait.saturating_sub(now.since(backoff.began)))
    }

    /// SSM answered. `jitter` is a random number from 0 to 1.
    pub(crate) fn fetched(&mut self, tokens: TokenSet, now: Moment, jitter: f64) {
        let fresh_for = FRESH_FOR.mul_f64(1.0 - jitter / 10.0);
        *self = Self { known: Some(Known { tokens, fetched: now, fresh_for }), failures: 0, backoff: None };
    }

    /// SSM did not answer: wait before asking again, the longer the more often. `jitter` is a random number
    /// from 0 to 1 and takes up to half off the wait.
    pub(crate) fn failed(&mut self, now: Moment, jitter: f64) {
        let wait = doubled(FIRST_BACKOFF, self.failures).mul_f64(1.0 - jitter / 2.0);
        self.backoff = Some(Backoff { began: now, wait, throttled: false });
        self.failures += 1;
    }

    /// SSM takes no more reads just now: wait for another second, and for one's turn among all the others. `jitter` is
    /// a random number from 0 to 1.
    pub(crate) fn throttled(&mut self, now: Moment, jitter: f64) {
        let spread = doubled(THROTTLED_SPREAD, self.failures.saturating_sub(2));
        let wait = THROTTLED_FOR + spread.mul_f64(jitter);
        self.backoff = Some(Backoff { began: now, wait, throttled: true });
        self.failures += 1;
    }

    fn may_fetch(&self, now: Moment) -> bool {
        self.backoff.as_ref().is_none_or(|backoff| now.since(backoff.began) >= backoff.wait)
    }
}

fn doubled(wait: Duration, times: u32) -> Duration {
    wait.saturating_mul(2_u32.saturating_pow(times)).min(LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn fetched(jitter: f64) -> (TokenCache, Moment) {
        let (mut cache, now) = (TokenCache::default(), Moment::now());
        cache.fetched(TokenSet::parse("token"), now, jitter);
        (cache, now)
    }

    #[test]
    fn nothing_is_known_before_the_first_fetch_which_is_due_at_once() {
        let (cache, now) = (TokenCache::default(), Moment::now());
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
    fn a_mismatch_asks_again_only_after_five_seconds() {
        let (cache, start) = fetched(0.0);
        assert!(!cache.may_ask_again(start + SECOND * 5));
        assert!(cache.may_ask_again(start + SECOND * 6));
    }

    #[test]
    fn while_ssm_fails_the_last_known_tokens_serve_for_an_hour() {
        let (mut cache, start) = fetched(0.0);
        cache.failed(start + SECOND * 60, 0.0);
        assert!(cache.tokens(start + SECOND * 3600).is_some());
        assert!(cache.tokens(start + SECOND * 3601).is_none());
    }

    #[test]
    fn failures_are_spaced_out_ever_more_up_to_half_a_minute() {
        let (mut cache, mut now) = fetched(0.0);
        now = now + SECOND * 60;
        for wait in [1, 2, 4, 8, 16, 32, 32] {
            assert!(cache.fetch_due(now));
            cache.failed(now, 0.0);
            assert!(!cache.fetch_due(now + (SECOND * wait - Duration::from_millis(1))), "{wait}");
            assert!(!cache.may_ask_again(now + (SECOND * wait - Duration::from_millis(1))), "{wait}");
            now = now + SECOND * wait;
        }
    }

    #[test]
    fn jitter_takes_up_to_half_off_a_wait() {
        let (mut cache, now) = (TokenCache::default(), Moment::now());
        cache.failed(now, 1.0);
        assert!(
            !cache.fetch_due(now + (SECOND / 2 - Duration::from_millis(1)))
                && cache.fetch_due(now + SECOND / 2)
        );
    }

    #[test]
    fn an_answer_ends_the_waiting() {
        let (mut cache, now) = (TokenCache::default(), Moment::now());
        cache.failed(now, 0.0);
        cache.failed(now, 0.0);
        cache.fetched(TokenSet::default(), now, 0.0);
        assert!(cache.fetch_due(now + SECOND * 60));
        cache.failed(now + SECOND * 60, 0.0);
        assert!(cache.fetch_due(now + SECOND * 61));
    }

    #[test]
    fn a_thousand_failures_overflow_nothing() {
        let (mut cache, now) = (TokenCache::default(), Moment::now());
        (0..1_000).for_each(|_| cache.failed(now, 0.0));
        assert!(cache.fetch_due(now + SECOND * 32));
    }

    #[test]
    fn the_throttled_wait_for_another_second_and_then_spread_over_five_more() {
        for (jitter, wait) in [(0.0, SECOND), (0.5, SECOND * 7 / 2), (1.0, SECOND * 6)] {
            let (mut cache, now) = (TokenCache::default(), Moment::now());
            cache.throttled(now, jitter);
            assert_eq!(cache.turn(now), Some(wait));
            assert!(!cache.fetch_due(now + (wait - Duration::from_millis(1))) && cache.fetch_due(now + wait));
        }
    }

    #[test]
    fn who_is_throttled_on_and_on_spreads_further() {
        let (mut cache, mut now) = (TokenCache::default(), Moment::now());
        for wait in [6, 6, 6, 11, 21, 33, 33] {
            cache.throttled(now, 1.0);
            assert_eq!(cache.turn(now), Some(SECOND * wait));
            now = now + (SECOND * wait - Duration::from_millis(1));
            assert!(!cache.fetch_due(now), "{wait}");
            now = now + Duration::from_millis(1);
            assert!(cache.fetch_due(now), "{wait}");
        }
    }

    #[test]
    fn nobody_waits_while_tokens_are_known_nor_for_an_ssm_that_is_down() {
        let (mut cache, start) = fetched(0.0);
        cache.throttled(start + SECOND * 60, 0.5);
        assert_eq!(cache.turn(start + SECOND * 60), None, "the known tokens serve");
        let (mut cache, now) = (TokenCache::default(), Moment::now());
        cache.failed(now, 0.0);
        assert_eq!(cache.turn(now), None, "down: nobody knows for how long");
    }

    #[test]
    fn an_answer_ends_the_throttling_too() {
        let (mut cache, now) = (TokenCache::default(), Moment::now());
        cache.throttled(now, 1.0);
        cache.fetched(TokenSet::parse("token"), now + SECOND, 0.0);
        assert!(cache.turn(now + SECOND).is_none() && !cache.fetch_due(now + SECOND * 2));
        assert!(cache.fetch_due(now + SECOND * 61));
    }
}
