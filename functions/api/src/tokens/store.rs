//! Fetches the tokens from SSM and checks callers against them.

use super::cache::TokenCache;
use super::moment::Moment;
use super::set::{PresentedToken, TokenSet};
use super::source::{FetchError, TokenSource};
use runtime::metrics::{Metrics, TOKEN_REFRESH_FAILURES, TOKEN_REFRESHES};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until, timeout};

/// How long an init may spend on tokens. It has 10 s in all ("Understanding the Lambda execution environment
/// lifecycle"); what is not done by then is left to the first request.
const INIT_PATIENCE: Duration = Duration::from_secs(9);
/// How long a request, or an init, waits for its turn to ask a throttled SSM: what is left of its time is enough for
/// SSM's answer, and a request's for SQS.
const TURN_PATIENCE: Duration = Duration::from_secs(6);

/// The tokens, as far as they are known.
pub struct TokenStore {
    source: TokenSource,
    /// Held during a fetch, so that there is one at a time and everybody waits for its outcome.
    cache: Mutex<TokenCache>,
}

/// What the tokens say of a caller.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Every presented token is right.
    Accepted,
    /// One is wrong, or there is none.
    Refused,
    /// No token is known, so nobody can be told right from wrong.
    Unknown,
}

impl TokenStore {
    /// Opens the store and fetches the tokens, so that the first request needn't. It never fails: while SSM is
    /// down the function must still answer, with a 503.
    pub async fn open(source: TokenSource, metrics: &Metrics) -> Self {
        let store = Self { source, cache: Mutex::default() };
        let mut cache = store.cache.lock().await;
        let fetched = async {
            store.refresh(&mut cache, metrics).await;
            store.refresh_in_turn(&mut cache, metrics).await;
        };
        // A fetch that is cut off here is due at once when a request comes.
        let _ = timeout(INIT_PATIENCE, fetched).await;
        drop(cache);
        store
    }

    /// Checks `presented`, all of which must be right.
    pub(crate) async fn check(&self, presented: &[PresentedToken], metrics: &Metrics) -> Verdict {
        if presented.is_empty() {
            return Verdict::Refused;
        }
        let mut cache = self.cache.lock().await;
        self.refresh_in_turn(&mut cache, metrics).await;
        let verdict = judge(&cache, presented);
        if verdict == Verdict::Accepted || !cache.may_ask_again(Moment::now()) {
            return verdict;
        }
        self.refresh(&mut cache, metrics).await;
        judge(&cache, presented)
    }

    /// Fetches if that is due. A caller who can't be told right from wrong because SSM throttles waits for this
    /// instance's turn to ask: better late than a 503.
    async fn refresh_in_turn(&self, cache: &mut TokenCache, metrics: &Metrics) {
        let patience = Instant::now() + TURN_PATIENCE;
        while let Some(turn) = cache.turn(Moment::now()).map(|wait| Instant::now() + wait)
            && turn <= patience
        {
            sleep_until(turn).await;
            self.refresh(cache, metrics).await;
        }
        if cache.fetch_due(Moment::now()) {
            self.refresh(cache, metrics).await;
        }
    }

    async fn refresh(&self, cache: &mut TokenCache, metrics: &Metrics) {
        metrics.count(TOKEN_REFRESHES);
        let fetched = self.source.fetch().await;
        let (now, jitter) = (Moment::now(), fastrand::f64());
        if !fetched.as_ref().is_ok_and(|tokens| !tokens.is_empty()) {
            metrics.count(TOKEN_REFRESH_FAILURES);
            self.complain(&fetched, cache.tokens(now).is_some());
        }
        match fetched {
            Ok(tokens) => cache.fetched(tokens, now, jitter),
            Err(FetchError::Throttled(_)) => cache.throttled(now, jitter),
            Err(_) => cache.failed(now, jitter),
        }
    }

    /// Says why there are no new tokens: as an ERROR where somebody has to do something.
    fn complain(&self, fetched: &Result<TokenSet, FetchError>, last_known_tokens_serve: bool) {
        let parameter = self.source.parameter();
        match fetched {
            Ok(_) => tracing::error!(
                parameter,
                "no token: put one into the parameter that SSM_TOKEN_PARAMETER names, as a SecureString"
            ),
            Err(error @ FetchError::Denied(_)) => tracing::error!(
                parameter,
                error = error.to_string(),
                last_known_tokens_serve,
                "tokens not readable: let the role read the parameter that SSM_TOKEN_PARAMETER names, and use its key"
            ),
            Err(error) => tracing::warn!(
                parameter,
                error = error.to_string(),
                last_known_tokens_serve,
                "tokens not fetched"
            ),
        }
    }
}

fn judge(cache: &TokenCache, presented: &[PresentedToken]) -> Verdict {
    match cache.tokens(Moment::now()) {
        None => Verdict::Unknown,
        Some(tokens) if tokens.is_empty() => Verdict::Unknown,
        Some(tokens) => {
            // No early exit here either.
            let wrong = presented.iter().filter(|token| !tokens.contains(token)).count();
            if wrong == 0 { Verdict::Accepted } else { Verdict::Refused }
        }
    }
}
