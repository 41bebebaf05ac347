//! The same email again, and another one of the same name: neither may change the object of the first.

use super::accepted::Accepted;
use super::delivery::{Filed, keep};
use super::verdict;
use crate::check::finding::{Account, Unpassed};
use crate::check::scene::{Found, Sample, Scene};
use anyhow::{Context, Result};

const CONTENT: &str = "Another one, by the same sender at the same time.";

/// The accounts of `collision` and of `duplicate`.
///
/// Nothing tells when a duplicate has been worked on: it leaves no trace but a line in the log. So it is posted before
/// the other email, and what is looked at once that one is filed has most likely seen both. SQS keeps no order, though.
pub(crate) async fn probe(scene: &Scene<'_>, filed: Option<Filed>) -> (Account, Account) {
    let Some(Filed { accepted: first, found }) = filed else {
        let nothing = || Err(Unpassed::Skipped("no email was filed".to_owned()));
        return (nothing(), nothing());
    };
    let Accepted { sample, receipt, .. } = first;
    let again = Accepted::post(scene, "duplicate", "the same email again", sample).await;
    let other = post_and_wait(scene).await;

    let untouched = untouched(scene, &found, &receipt).await;
    let duplicate = match (again, &other, &untouched) {
        (Err(error), ..) => Err(error.into()),
        (_, _, Err(error)) => Err(Unpassed::Failed(format!("{error:#}"))),
        (_, Err(_), Ok(())) => {
            let reason = "accepted, but what was sent after it is not filed either: too early to tell";
            Err(Unpassed::Skipped(reason.to_owned()))
        }
        (Ok(_), Ok(_), Ok(())) => Ok("accepted, and the object is still the first's".to_owned()),
    };
    let collision = match other {
        Ok((accepted, beside)) => collision(scene, &accepted, &beside, untouched),
        Err(error) => Err(error.into()),
    };
    (collision, duplicate)
}

async fn post_and_wait(scene: &Scene<'_>) -> Result<(Accepted, Found)> {
    let sample = Sample::new(scene, CONTENT)?;
    let accepted = Accepted::post(scene, "collision", "another email of that name", sample).await?;
    let beside = Found::wait_for(scene, &accepted.sample.keys_apart()).await;
    let beside = beside.with_context(|| format!("receipt {} is not filed", accepted.receipt))?;
    Ok((accepted, beside))
}

fn collision(scene: &Scene<'_>, accepted: &Accepted, beside: &Found, untouched: Result<()>) -> Account {
    keep(scene, "collision", beside);
    let faults = beside.faults(&accepted.sample.email, &accepted.receipt);
    let mut faults: Vec<_> = faults.iter().map(|fault| format!("{}: {fault}", beside.key)).collect();
    faults.extend(untouched.err().map(|error| format!("{error:#}")));
    let took = accepted.at.elapsed().as_secs_f64();
    verdict(&faults, format!("filed beside the first {took:.1} s after the answer, which is untouched"))
}

/// Whether the first object is what and who it was: its version, content and receipt.
async fn untouched(scene: &Scene<'_>, first: &Found, receipt: &str) -> Result<()> {
    let now = Found::look(scene, &first.key).await?;
    anyhow::ensure!(now == *first, "{} is no longer the object of receipt {receipt}", first.key);
    Ok(())
}
