//! Checks callers against the tokens, and fetches those from SSM.

use super::freeze_safe_instant::FreezeSafeInstant;
use super::token_cache::TokenCache;
use super::token_set::{PresentedToken, TokenSet};
use super::token_source::{FetchError, TokenSource};
use email::Caller;
use runtime::metrics::{Metrics, TOKEN_REFRESH_FAILURES, TOKEN_REFRESHES};
use tokens::refresh::{INIT_TIMEOUT, LONGEST_THROTTLE_WAIT};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until, timeout};

pub struct Authenticator {
    source: TokenSource,
    /// Locked during a fetch, so that there is one at a time and every caller waits for its result.
    cache: Mutex<TokenCache>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum AuthDecision {
    /// Every presented token is valid. The caller is the one that the last of them names.
    Allow { caller: Option<Caller> },
    /// A presented token is not valid, or there is none.
    Deny,
    /// No valid token is known, so the caller can be neither allowed nor denied.
    NoTokens,
}

impl Authenticator {
    /// Fetches the tokens before the first request. It never fails: while SSM is down the function must still answer,
    /// with a 503.
    pub async fn start(source: TokenSource, metrics: &Metrics) -> Self {
        let authenticator = Self { source, cache: Mutex::default() };
        let mut cache = authenticator.cache.lock().await;
        let fetched = async {
            authenticator.refresh(&mut cache, metrics).await;
            authenticator.refresh_if_due(&mut cache, metrics).await;
        };
        // A fetch that is cut off here is due at the first request.
        let _ = timeout(INIT_TIMEOUT, fetched).await;
        drop(cache);
        authenticator
    }

    /// Checks `presented`, all of which must be valid.
    pub(crate) async fn check(&self, presented: &[PresentedToken], metrics: &Metrics) -> AuthDecision {
        if presented.is_empty() {
            return AuthDecision::Deny;
        }
        let mut cache = self.cache.lock().await;
        self.refresh_if_due(&mut cache, metrics).await;
        let decision = decide(&cache, presented);
        let allowed = matches!(decision, AuthDecision::Allow { .. });
        if allowed || !cache.may_refetch_after_mismatch(FreezeSafeInstant::now()) {
            return decision;
        }
        self.refresh(&mut cache, metrics).await;
        decide(&cache, presented)
    }

    /// Fetches if that is due. If no token is known because SSM throttles, the caller waits until this instance may ask
    /// again: a late answer is better than a 503.
    async fn refresh_if_due(&self, cache: &mut TokenCache, metrics: &Metrics) {
        let latest = Instant::now() + LONGEST_THROTTLE_WAIT;
        while let Some(wait) = cache.throttle_wait(FreezeSafeInstant::now())
            && let next = Instant::now() + wait
            && next <= latest
        {
            sleep_until(next).await;
            self.refresh(cache, metrics).await;
        }
        if cache.fetch_due(FreezeSafeInstant::now()) {
            self.refresh(cache, metrics).await;
        }
    }

    async fn refresh(&self, cache: &mut TokenCache, metrics: &Metrics) {
        metrics.count(TOKEN_REFRESHES);
        let fetched = self.source.fetch().await;
        let (now, jitter) = (FreezeSafeInstant::now(), fastrand::f64());
        if !fetched.as_ref().is_ok_and(|tokens| !tokens.is_empty()) {
            metrics.count(TOKEN_REFRESH_FAILURES);
            self.log_failure(&fetched, cache.tokens(now).is_some());
        }
        match fetched {
            Ok(tokens) => cache.fetched(tokens, now, jitter),
            Err(FetchError::Throttled(_)) => cache.throttled(now, jitter),
            Err(_) => cache.failed(now, jitter),
        }
    }

    /// Logs why the tokens could not be fetched: as an ERROR if an operator has to act.
    fn log_failure(&self, fetched: &Result<TokenSet, FetchError>, last_known_tokens_serve: bool) {
        let parameter = self.source.parameter();
        let error = fetched.as_ref().err().map(ToString::to_string);
        match fetched {
            Ok(_) => tracing::error!(
                parameter,
                "no token: put one into the parameter that SSM_TOKEN_PARAMETER names, as a SecureString"
            ),
            Err(FetchError::Denied(_)) => tracing::error!(
                parameter,
                error,
                last_known_tokens_serve,
                "tokens not readable: let the role read the parameter that SSM_TOKEN_PARAMETER names, and use its key"
            ),
            Err(_) => tracing::warn!(parameter, error, last_known_tokens_serve, "tokens not fetched"),
        }
    }
}

fn decide(cache: &TokenCache, presented: &[PresentedToken]) -> AuthDecision {
    let Some(tokens) = cache.tokens(FreezeSafeInstant::now()).filter(|tokens| !tokens.is_empty()) else {
        return AuthDecision::NoTokens;
    };
    // Counted, so that the first wrong token doesn't end the comparison early.
    let (mut wrong, mut caller) = (0, None);
    for token in presented {
        match tokens.find(token) {
            Some(valid) => caller = valid.caller.as_ref(),
            None => wrong += 1,
        }
    }
    match wrong {
        0 => AuthDecision::Allow { caller: caller.cloned() },
        _ => AuthDecision::Deny,
    }
}
