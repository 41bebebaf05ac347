//! An accepted email arrives in the bucket.

use super::accepted::Accepted;
use super::verdict;
use crate::check::finding::{Account, Unpassed};
use crate::check::recording::Reply;
use crate::check::scene::{Found, Scene};
use std::collections::BTreeMap;

/// An email and its object.
pub(crate) struct Filed {
    pub(crate) accepted: Accepted,
    pub(crate) found: Found,
}

pub(crate) async fn probe(scene: &Scene<'_>, accepted: Option<Accepted>) -> (Account, Option<Filed>) {
    let Some(accepted) = accepted else {
        return (Err(Unpassed::Skipped("no email was accepted".to_owned())), None);
    };
    let found = match Found::wait_for(scene, &accepted.sample.keys()).await {
        Ok(found) => found,
        Err(error) => {
            let failed = format!("receipt {} is not filed: {error:#}", accepted.receipt);
            return (Err(Unpassed::Failed(failed)), None);
        }
    };
    let took = accepted.at.elapsed().as_secs_f64();
    keep(scene, "delivery", &found);
    let faults = found.faults(&accepted.sample.email, &accepted.receipt);
    let faults: Vec<_> = faults.iter().map(|fault| format!("{}: {fault}", found.key)).collect();
    let account = verdict(&faults, format!("filed {took:.1} s after the answer"));
    (account, Some(Filed { accepted, found }))
}

/// Keeps an object for the recording, as if it were an answer: what is deployed decides of it as much as of those.
pub(crate) fn keep(scene: &Scene<'_>, probe: &str, found: &Found) {
    let metadata = found.metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value));
    let headers = [("content-type".to_owned(), &found.content_type)].into_iter().chain(metadata);
    let headers: BTreeMap<_, _> = headers.map(|(name, value)| (name, vec![value.clone()])).collect();
    let reply = Reply { status: 200, headers, body: Reply::body(&found.body) };
    scene.recorder.keep(probe, "GetObject", &found.key, "no body", reply);
}
