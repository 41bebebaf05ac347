//! The buckets that hold emails or copies of them.

use crate::system::{Explain, System};
use anyhow::{Context, Result, bail, ensure};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{Delete, ObjectIdentifier, ObjectLockEnabled};
use std::collections::BTreeSet;
use terminal::text::printable;
use uuid::Uuid;

pub(crate) struct Place {
    pub(crate) bucket: String,
    /// A replica's region.
    pub(crate) region: Option<String>,
    pub(crate) s3: Client,
}

pub(crate) struct Places {
    emails: Place,
    replicas: Vec<Place>,
    pub(crate) query_results: Option<Place>,
}

impl Places {
    /// Refuses a bucket whose versions may be locked.
    pub(crate) async fn find(system: &System) -> Result<Self> {
        let emails = Place { bucket: system.outputs.bucket.clone(), region: None, s3: system.s3.clone() };
        let mut replicas = Vec::new();
        for bucket in destinations(&emails).await? {
            replicas.push(Place::replica(bucket, system).await?);
        }
        let query_results = query_results(system).await?;
        let places = Self { emails, replicas, query_results };
        for place in places.all() {
            place.has_no_lock().await?;
        }
        Ok(places)
    }

    pub(crate) fn emails_and_replicas(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.emails).chain(&self.replicas)
    }

    fn all(&self) -> impl Iterator<Item = &Place> {
        self.emails_and_replicas().chain(&self.query_results)
    }

    /// Before the first deletion, so that a missing right doesn't end in the middle.
    pub(crate) async fn check_rights(&self) -> Result<()> {
        for place in self.all() {
            place.check_rights().await?;
        }
        Ok(())
    }
}

impl Place {
    /// S3 tells the region of a bucket at every address, with an error too
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>).
    async fn replica(bucket: String, system: &System) -> Result<Self> {
        const HEADER: &str = "x-amz-bucket-region";
        let answer = system.s3.head_bucket().bucket(&bucket).send().await;
        let region = match &answer {
            Ok(head) => head.bucket_region(),
            Err(error) => error.raw_response().and_then(|response| response.headers().get(HEADER)),
        };
        let region = region.map(str::to_owned);
        let region = match region {
            Some(region) => region,
            None => {
                answer.explain(format!("can't find the region of the replica {bucket}"))?;
                bail!("can't find the region of the replica {bucket}: S3 doesn't tell it")
            }
        };
        let config = system.s3.config().to_builder().region(Region::new(region.clone())).build();
        Ok(Self { bucket, region: Some(printable(&region)), s3: Client::from_conf(config) })
    }

    async fn has_no_lock(&self) -> Result<()> {
        let bucket = &self.bucket;
        let answer = self.s3.get_object_lock_configuration().bucket(bucket).send().await;
        if is_code(&answer, "ObjectLockConfigurationNotFoundError") {
            return Ok(());
        }
        let answer = answer.explain(format!("can't tell whether the bucket {bucket} has Object Lock"))?;
        let lock = answer.object_lock_configuration().and_then(|lock| lock.object_lock_enabled());
        ensure!(
            lock != Some(&ObjectLockEnabled::Enabled),
            "the bucket {bucket} has Object Lock, so versions may have to stay: nothing was deleted. Delete each version by \
             hand when its retention ends"
        );
        Ok(())
    }

    /// Asks to delete a version that nobody has.
    async fn check_rights(&self) -> Result<()> {
        let bucket = &self.bucket;
        let nothing = ObjectIdentifier::builder().key(format!("mailroom-forget-{}", Uuid::new_v4()));
        let nothing = nothing.version_id("null").build().context("can't ask S3 for a right")?;
        let delete = Delete::builder().objects(nothing).build().context("can't ask S3 for a right")?;
        let answer = self.s3.delete_objects().bucket(bucket).delete(delete).send().await;
        let answer =
            answer.explain(format!("can't delete versions in the bucket {bucket}: nothing was deleted"))?;
        let denied = answer.errors().iter().find(|error| error.code() == Some("AccessDenied"));
        if let Some(denied) = denied {
            bail!(
                "can't delete versions in the bucket {bucket} ({}): nothing was deleted. Ask the account's administrator for \
                 the rights that docs/TOOLS.md lists",
                printable(denied.message().unwrap_or("AccessDenied"))
            );
        }
        Ok(())
    }
}

/// The buckets to which this one is replicated, or was until a rule was disabled.
async fn destinations(place: &Place) -> Result<BTreeSet<String>> {
    let bucket = &place.bucket;
    let answer = place.s3.get_bucket_replication().bucket(bucket).send().await;
    if is_code(&answer, "ReplicationConfigurationNotFoundError") {
        return Ok(BTreeSet::new());
    }
    let answer = answer.explain(format!("can't read the replication of the bucket {bucket}"))?;
    let rules = answer.replication_configuration().map(|replication| replication.rules()).unwrap_or_default();
    let destinations = rules.iter().filter_map(|rule| rule.destination());
    destinations.map(|destination| bucket_of(destination.bucket())).collect()
}

/// The bucket's name in its ARN, `arn:aws:s3:::NAME`.
fn bucket_of(arn: &str) -> Result<String> {
    let name = arn.rsplit(':').next().unwrap_or_default();
    is_bucket(name)
        .then(|| name.to_owned())
        .with_context(|| format!("S3 replicates to {}, which is not the ARN of a bucket", printable(arn)))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    (3..=63).contains(&name.len()) && name.bytes().all(plain)
}

/// True for a bucket's name as queries/template.yaml forms it, with the first eight digits of its stack's id. Everything in
/// the bucket will be deleted.
fn is_query_results(bucket: &str, stack: &str) -> bool {
    let suffix = bucket.strip_prefix(stack).and_then(|rest| rest.strip_prefix("-query-results-"));
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    suffix.is_some_and(|suffix| suffix.len() == 8 && suffix.bytes().all(is_digit))
}

/// The stack of SQL queries tells where their results are.
async fn query_results(system: &System) -> Result<Option<Place>> {
    let name = format!("/{}/queries/results", system.name);
    let answer = system.ssm.get_parameter().name(&name).send().await;
    if is_code(&answer, "ParameterNotFound") {
        return Ok(None);
    }
    let answer = answer.explain(format!("can't read the parameter {name}"))?;
    let bucket = answer.parameter().and_then(|parameter| parameter.value()).unwrap_or_default();
    ensure!(
        is_query_results(bucket, &system.name),
        "the parameter {name} doesn't name the bucket {}-query-results-... that queries/deploy.sh creates, but {}, in which \
         everything would be deleted: correct the parameter",
        system.name,
        printable(bucket)
    );
    Ok(Some(Place { bucket: bucket.to_owned(), region: None, s3: system.s3.clone() }))
}

fn is_code<T, E: ProvideErrorMetadata, R>(answer: &Result<T, SdkError<E, R>>, code: &str) -> bool {
    answer.as_ref().is_err_and(|error| error.code() == Some(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_named_by_its_arn() {
        assert_eq!(bucket_of("arn:aws:s3:::mail-replica").unwrap(), "mail-replica");
        assert_eq!(bucket_of("arn:aws-cn:s3:::a.b-c").unwrap(), "a.b-c");
        for arn in ["", "arn:aws:s3:::", "arn:aws:s3:::a/b", "arn:aws:s3:::\u{1b}[2J"] {
            assert!(bucket_of(arn).is_err(), "{arn}");
        }
    }
}
