//! Accepted emails reach the bucket, and leave each other's objects as they are.

use super::expected::Expected;
use super::result;
use crate::check::context::{CheckContext, Name, keys, new_email};
use crate::check::object;
use crate::check::recording::{ProbeRequest, RecordedResponse};
use crate::check::report::{NotPassed, ProbeResult};
use anyhow::{Context, Result, bail, ensure};
use email::Receipt;
use probe::{Acceptance, ProbeEmail, StoredObject};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::time::Instant;

const FIX_OF_403: &str =
    "\nUnset MAILROOM_TOKEN to use the stack's own token, or set it to one that is in force.";
const OTHER_CONTENT: &str = "Another one, by the same sender at the same time.";

/// An email that the endpoint accepted.
pub(crate) struct Accepted {
    email: ProbeEmail,
    receipt: Receipt,
    at: Instant,
}

impl Accepted {
    /// Posts an email and expects 200, with an id of the queue and a receipt of version 7.
    pub(crate) async fn post(
        context: &CheckContext<'_>,
        probe: &'static str,
        kind: &'static str,
        email: ProbeEmail,
    ) -> Result<Self> {
        let body = email.request_body(context.token.expose_secret());
        let request = ProbeRequest::post(kind, &body);
        let response = context.send(probe, &request).await.with_context(|| request.to_string())?;
        let at = Instant::now();
        let json = response.json().unwrap_or_default();
        let [message_id, receipt] =
            ["message_id", "receipt"].map(|name| json[name].as_str().unwrap_or_default());
        context.recorder.hide(receipt, "receipt");
        context.recorder.hide(message_id, "message-id");
        if let [problem, ..] = &Expected::status(200).problems(&response, &context.recorder)[..] {
            let fix = if response.status == 403 { FIX_OF_403 } else { "" };
            bail!("{request}: {problem}{fix}");
        }
        let acceptance = Acceptance::try_from(&response).with_context(|| request.to_string())?;
        Ok(Self { email, receipt: acceptance.receipt, at })
    }
}

/// An accepted email and its object.
pub(crate) struct Stored {
    accepted: Accepted,
    object: StoredObject,
}

pub(crate) async fn probe(
    context: &CheckContext<'_>,
    accepted: Option<Accepted>,
) -> (ProbeResult, Option<Stored>) {
    let Some(accepted) = accepted else {
        return (Err(NotPassed::Skipped("no email was accepted".to_owned())), None);
    };
    let object = match object::wait_for(context, &keys(&accepted.email, Name::First), accepted.receipt).await
    {
        Ok(object) => object,
        Err(error) => {
            let failed = format!("receipt {} is not stored: {error:#}", accepted.receipt);
            return (Err(NotPassed::Failed(failed)), None);
        }
    };
    let took = accepted.at.elapsed().as_secs_f64();
    keep(context, "delivery", &object);
    let problems = object::problems(&object, accepted.email.email(), accepted.receipt);
    let delivery = result(&problems, format!("stored {took:.1} s after the answer"));
    (delivery, Some(Stored { accepted, object }))
}

/// The results of `collision` and `duplicate`: another email with the same key, and the same email again, must not change
/// the object of the first.
///
/// A duplicate leaves no trace but a line in the log. So it is posted before the other email, and by the time that one is
/// stored, the worker has most likely met both. SQS keeps no order, though.
pub(crate) async fn probe_collision_and_duplicate(
    context: &CheckContext<'_>,
    stored: Option<Stored>,
) -> (ProbeResult, ProbeResult) {
    let Some(Stored { accepted: first, object }) = stored else {
        let skipped = || Err(NotPassed::Skipped("no email was stored".to_owned()));
        return (skipped(), skipped());
    };
    let Accepted { email, receipt, .. } = first;
    let again = Accepted::post(context, "duplicate", "the same email again", email).await;
    let other = post_and_wait(context).await;

    let unchanged = unchanged(context, &object, receipt).await;
    let duplicate = match (again, &other, &unchanged) {
        (Err(error), ..) => Err(error.into()),
        (_, _, Err(error)) => Err(NotPassed::Failed(format!("{error:#}"))),
        (_, Err(_), Ok(())) => {
            let reason = "accepted; too early to tell, since the email sent after it is not stored either";
            Err(NotPassed::Skipped(reason.to_owned()))
        }
        (Ok(_), Ok(_), Ok(())) => Ok("accepted, and the first object is unchanged".to_owned()),
    };
    let collision = match other {
        Ok(stored) => collision(context, &stored, unchanged),
        Err(error) => Err(error.into()),
    };
    (collision, duplicate)
}

async fn post_and_wait(context: &CheckContext<'_>) -> Result<Stored> {
    let email = new_email(context, OTHER_CONTENT)?;
    let accepted = Accepted::post(context, "collision", "another email of that name", email).await?;
    let object = object::wait_for(context, &keys(&accepted.email, Name::Second), accepted.receipt).await;
    let object = object.with_context(|| format!("receipt {} is not stored", accepted.receipt))?;
    Ok(Stored { accepted, object })
}

fn collision(context: &CheckContext<'_>, stored: &Stored, unchanged: Result<()>) -> ProbeResult {
    let Stored { accepted, object } = stored;
    keep(context, "collision", object);
    let mut problems = object::problems(object, accepted.email.email(), accepted.receipt);
    problems.extend(unchanged.err().map(|error| format!("{error:#}")));
    let took = accepted.at.elapsed().as_secs_f64();
    result(&problems, format!("stored beside the first, which is unchanged, {took:.1} s after the answer"))
}

/// True if the first object still has its version, content and receipt.
async fn unchanged(context: &CheckContext<'_>, first: &StoredObject, receipt: Receipt) -> Result<()> {
    let now = object::read_again(context, &first.key, receipt).await?;
    ensure!(now == *first, "{} is no longer the object of receipt {receipt}", first.key);
    Ok(())
}

/// Records an object as if it were a response: it depends as much on what is deployed.
fn keep(context: &CheckContext<'_>, probe: &str, object: &StoredObject) {
    let metadata = object.metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value));
    let headers = [("content-type".to_owned(), &object.content_type)].into_iter().chain(metadata);
    let headers: BTreeMap<_, _> = headers.map(|(name, value)| (name, vec![value.clone()])).collect();
    let response = RecordedResponse { status: 200, headers, body: RecordedResponse::body(&object.body) };
    context.recorder.keep(probe, "GetObject", &object.key, "no body", response);
}
