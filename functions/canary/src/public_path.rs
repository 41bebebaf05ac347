//! The way of every caller: the public address, the load balancer, both functions, the bucket.

use crate::bucket;
use crate::run::{Failure, Run, Step};
use crate::settings::{self, Settings};
use crate::token;
use probe::{Acceptance, NotAccepted, ProbeEmail, Request, RequestError};
use runtime::aws::{http_connector, is_connect};
use runtime::with_causes;
use secrecy::{ExposeSecret, SecretString};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// The limit on connecting, TLS not included. The endpoint is in the same region.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The name of the function in the endpoint's access log.
const USER_AGENT: &str = concat!("mailroom-canary/", env!("CARGO_PKG_VERSION"));
const SUBJECT: &str = "mailroom canary";

pub(crate) async fn test(
    run: &Run<'_>,
    ssm: &aws_sdk_ssm::Client,
    s3: &aws_sdk_s3::Client,
) -> Result<(), Failure> {
    let settings = Settings::read().map_err(|error| run.failure(error.to_string()))?;
    let url = settings::url().map_err(|error| run.failure(error.to_string()))?;
    let token = run.step(Step::Token, token::first(ssm, &settings.token_parameter)).await?;
    let email = new_email(run, &settings)?;
    let acceptance = run.step(Step::Accept, post(run, &url, &email, &token)).await?;
    bucket::follow(run, s3, &settings, &email, acceptance.receipt).await
}

/// An email of this second, unlike any other.
pub(crate) fn new_email(run: &Run<'_>, settings: &Settings) -> Result<ProbeEmail, Failure> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let content = Uuid::new_v4().to_string();
    let email = ProbeEmail::new(SUBJECT, &settings.sender, &now.to_string(), &content);
    email.map_err(|error| run.failure(format!("CANARY_SENDER makes no email: {error}")))
}

/// Over a new connection, so that each run tests the name, the address and TLS.
async fn post(
    run: &Run<'_>,
    url: &str,
    email: &ProbeEmail,
    token: &SecretString,
) -> Result<Acceptance, String> {
    let connector = http_connector(CONNECT_TIMEOUT).map_err(|error| {
        run.becomes(Step::Settings);
        error.to_string()
    })?;
    let (url, body) = (format!("{url}/api/email"), email.request_body(token.expose_secret()));
    let request =
        Request { method: "POST", url: &url, user_agent: USER_AGENT, body: Some(&body), coding: None };
    match request.send(&connector).await {
        Ok(response) => Acceptance::try_from(&response).map_err(|error| refused(&error)),
        Err(error) => {
            if matches!(&error, RequestError::NoAnswer { source, .. } if is_connect(source)) {
                run.becomes(Step::Connect);
                return Err(with_causes(&error));
            }
            // Without its causes, which may quote what was sent.
            Err(error.to_string())
        }
    }
}

pub(crate) fn refused(error: &NotAccepted) -> String {
    match error {
        NotAccepted::Status(403) => format!("{error}: the parameter's first token is not in force"),
        _ => error.to_string(),
    }
}
