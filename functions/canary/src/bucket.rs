//! An email's object in the bucket.

use crate::run::{Failure, Run, Step};
use crate::settings::Settings;
use email::Receipt;
use probe::{ProbeEmail, ReadError, StoredObject};
use runtime::aws::AwsError;
use std::time::Duration;

/// The time between the last look into the bucket and the deadline, for the look itself.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// Waits until the email is in the bucket, and compares.
pub(crate) async fn follow(
    run: &Run<'_>,
    s3: &aws_sdk_s3::Client,
    settings: &Settings,
    email: &ProbeEmail,
    receipt: Receipt,
) -> Result<(), Failure> {
    let object = run.step(Step::Store, stored(run, s3, settings, email, receipt)).await?;
    run.step(Step::Compare, async {
        let problems = object.problems(email.email(), receipt);
        if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
    })
    .await
}

async fn stored(
    run: &Run<'_>,
    s3: &aws_sdk_s3::Client,
    settings: &Settings,
    email: &ProbeEmail,
    receipt: Receipt,
) -> Result<StoredObject, String> {
    let keys = email.keys(settings.layout);
    let end = run.deadline().instant() - LAST_LOOK;
    let found = probe::until(end, async || {
        for key in &keys {
            let object = StoredObject::read(s3, &settings.bucket, &key.to_string()).await?;
            if object.is_of(email.email(), receipt) {
                return Ok(object);
            }
            // Another email of this second has the key, so this one gets the next.
        }
        Err(ReadError::Missing)
    });
    found.await.map_err(|last| format!("not in the bucket in time; the last look: {}", reason(last)))
}

fn reason(error: ReadError) -> String {
    match error {
        ReadError::Missing => "the bucket doesn't hold this email".to_owned(),
        // For a missing object too, since the role may not list the bucket.
        ReadError::Refused(error) => format!("S3 GetObject: {}", AwsError::from(*error)),
        ReadError::CutOff(_) => format!("S3 GetObject: {}", AwsError::truncated()),
    }
}
