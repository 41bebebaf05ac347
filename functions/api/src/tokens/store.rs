//! Fetches the tokens from SSM and checks callers against them.

use super::{cache::TokenCache, moment::Moment, set::PresentedToken, set::TokenSet};
use aws_sdk_ssm::types::ParameterType;
use runtime::aws::Failure;
use runtime::metrics::{Metrics, TOKEN_REFRESH_FAILURES, TOKEN_REFRESHES};
use tokio::sync::Mutex;

/// The tokens of one SSM parameter, a `SecureString`.
pub struct TokenStore {
    ssm: aws_sdk_ssm::Client,
    parameter: String,
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

/// Why SSM gave no tokens.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("SSM GetParameter: {0}")]
    Ssm(Failure),
    #[error("SSM GetParameter: an answer without a value")]
    NoValue,
}

impl TokenStore {
    /// Opens the store and fetches the tokens, so that the first request needn't. It never fails: while SSM is
    /// down the function must still answer, with a 503.
    pub async fn open(ssm: aws_sdk_ssm::Client, parameter: String, metrics: &Metrics) -> Self {
        let store = Self { ssm, parameter, cache: Mutex::default() };
        store.refresh(&mut *store.cache.lock().await, metrics).await;
        store
    }

    /// Checks `presented`, all of which must be right.
    pub(crate) async fn check(&self, presented: &[PresentedToken], metrics: &Metrics) -> Verdict {
        if presented.is_empty() {
            return Verdict::Refused;
        }
        let mut cache = self.cache.lock().await;
        if cache.fetch_due(Moment::now()) {
            self.refresh(&mut cache, metrics).await;
        }
        let verdict = judge(&cache, presented);
        if verdict == Verdict::Accepted || !cache.may_ask_again(Moment::now()) {
            return verdict;
        }
        self.refresh(&mut cache, metrics).await;
        judge(&cache, presented)
    }

    async fn refresh(&self, cache: &mut TokenCache, metrics: &Metrics) {
        metrics.count(TOKEN_REFRESHES);
        let fetched = self.fetch().await;
        let now = Moment::now();
        match fetched {
            Ok(tokens) => {
                if tokens.is_empty() {
                    metrics.count(TOKEN_REFRESH_FAILURES);
                    tracing::error!(
                        parameter = self.parameter,
                        "no token: put one into the parameter that SSM_TOKEN_PARAMETER names, as a SecureString"
                    );
                }
                cache.fetched(tokens, now, fastrand::f64());
            }
            Err(error) => {
                metrics.count(TOKEN_REFRESH_FAILURES);
                let known = cache.tokens(now).is_some();
                tracing::warn!(
                    parameter = self.parameter,
                    error = error.to_string(),
                    last_known_tokens_serve = known,
                    "tokens not fetched"
                );
                cache.failed(now, fastrand::f64());
            }
        }
    }

    /// The tokens as SSM has them now. A parameter that isn't there or isn't encrypted holds none: SSM did
    /// answer, so the last known ones are revoked.
    async fn fetch(&self) -> Result<TokenSet, FetchError> {
        let answer = self.ssm.get_parameter().name(&self.parameter).with_decryption(true).send().await;
        let parameter = match answer {
            Ok(answer) => answer.parameter.ok_or(FetchError::NoValue)?,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_parameter_not_found()) => {
                return Ok(TokenSet::default());
            }
            Err(error) => return Err(FetchError::Ssm(Failure::from(&error))),
        };
        match parameter.r#type {
            Some(ParameterType::SecureString) => {
                Ok(TokenSet::parse(parameter.value.as_deref().ok_or(FetchError::NoValue)?))
            }
            _ => Ok(TokenSet::default()),
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
