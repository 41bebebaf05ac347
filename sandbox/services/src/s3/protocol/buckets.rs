//! Buckets: created, listed, versioned and deleted.

use super::details::Detailed;
use super::gate::unsupported;
use super::lists::{filled, from_token, token};
use super::members::Checked;
use super::objects::whole_second;
use super::{Protocol, Reply};
use crate::s3::Versioning;
use crate::s3::bucket::Bucket as Stored;
use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

/// The most buckets of one page.
const PAGE: usize = 10_000;

impl Protocol {
    pub(crate) fn check_bucket(&self, bucket: &str) -> S3Result<()> {
        let exists = self.storage.buckets().iter().any(|(name, _)| name == bucket);
        if exists { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    pub(crate) async fn versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> Reply<GetBucketVersioningOutput> {
        request.input.check(self)?;
        let versioning = |bucket: &Stored| Ok(bucket.versioning());
        let status = match self.storage.with(&request.input.bucket, versioning).await? {
            Versioning::Unversioned => None,
            Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        let status = status.map(BucketVersioningStatus::from_static);
        Ok(S3Response::new(GetBucketVersioningOutput { status, ..Default::default() }))
    }

    pub(crate) async fn set_versioning(
        &self,
        request: S3Request<PutBucketVersioningInput>,
    ) -> Reply<PutBucketVersioningOutput> {
        request.input.check(self)?;
        let PutBucketVersioningInput { bucket, versioning_configuration, .. } = request.input;
        self.check_bucket(&bucket)?;
        let VersioningConfiguration { mfa_delete, status } = versioning_configuration;
        if mfa_delete.is_some_and(|mfa_delete| mfa_delete.as_str() != MFADelete::DISABLED) {
            return Err(unsupported("MfaDelete"));
        }
        let versioning = match status.as_ref().map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            Some(_) => return Err(s3_error!(MalformedXML)),
            None => {
                let code = S3ErrorCode::IllegalVersioningConfigurationException;
                return Err(S3Error::with_message(code, "The Versioning element must be specified"));
            }
        };
        self.storage.with(&bucket, move |bucket| bucket.set_versioning(versioning)).await?;
        Ok(S3Response::new(PutBucketVersioningOutput::default()))
    }

    pub(crate) async fn create(&self, request: S3Request<CreateBucketInput>) -> Reply<CreateBucketOutput> {
        let input = request.input;
        input.check(self)?;
        self.check_new(&input)?;
        let bucket = input.bucket;
        if self.check_bucket(&bucket).is_ok() {
            let message =
                "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(S3Error::with_message(S3ErrorCode::BucketAlreadyOwnedByYou, message));
        }
        let location = Some(format!("/{bucket}"));
        self.change_buckets(move |storage| storage.create_bucket(&bucket)).await?;
        Ok(S3Response::new(CreateBucketOutput { location }))
    }

    /// Refuses a new bucket of a kind that the sandbox doesn't have.
    fn check_new(&self, input: &CreateBucketInput) -> S3Result<()> {
        if input.acl.as_ref().is_some_and(|acl| acl.as_str() != BucketCannedACL::PRIVATE) {
            let message =
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting".to_owned();
            return Err(S3Error::with_message(S3ErrorCode::InvalidBucketAclWithObjectOwnership, message));
        }
        if input.object_lock_enabled_for_bucket == Some(true) {
            return Err(unsupported("x-amz-bucket-object-lock-enabled"));
        }
        let enforced =
            |ownership: &ObjectOwnership| ownership.as_str() == ObjectOwnership::BUCKET_OWNER_ENFORCED;
        if input.object_ownership.as_ref().is_some_and(|ownership| !enforced(ownership)) {
            return Err(unsupported("x-amz-object-ownership other than BucketOwnerEnforced"));
        }
        let constraint = match &input.create_bucket_configuration {
            None => None,
            Some(CreateBucketConfiguration { bucket: None, location: None, location_constraint }) => {
                location_constraint.as_ref()
            }
            Some(_) => return Err(unsupported("a directory bucket (Bucket or Location)")),
        };
        let constraint = constraint.map(BucketLocationConstraint::as_str).filter(|region| !region.is_empty());
        // S3's first region has no constraint.
        if constraint.unwrap_or("us-east-1") == self.region {
            return Ok(());
        }
        let constraint = constraint.unwrap_or("unspecified");
        Err(s3_error!(
            IllegalLocationConstraintException,
            "The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
        ))
    }

    pub(crate) async fn remove(&self, request: S3Request<DeleteBucketInput>) -> Reply<DeleteBucketOutput> {
        request.input.check(self)?;
        let bucket = request.input.bucket;
        self.change_buckets(move |storage| storage.delete_bucket(&bucket)).await?;
        Ok(S3Response::with_status(DeleteBucketOutput::default(), StatusCode::NO_CONTENT))
    }

    pub(crate) async fn list(&self, request: S3Request<ListBucketsInput>) -> Reply<ListBucketsOutput> {
        let input = request.input;
        input.check(self)?;
        let max = match input.max_buckets {
            None => PAGE,
            Some(max) => {
                usize::try_from(max).ok().filter(|max| (1..=PAGE).contains(max)).ok_or_else(|| {
                    let message = format!("Argument max-buckets must be an integer between 1 and {PAGE}");
                    S3Error::with_message(S3ErrorCode::InvalidArgument, message)
                        .detail("ArgumentName", "max-buckets")
                        .detail("ArgumentValue", max)
                })?
            }
        };
        let prefix = input.prefix.clone().unwrap_or_default();
        // Unlike ListObjectsV2, this operation takes an empty token.
        let after = filled(input.continuation_token.as_ref()).as_deref().map(from_token).transpose()?;
        let here = input.bucket_region.as_ref().is_none_or(|region| *region == self.region);
        let mut found = self.storage.buckets();
        found.retain(|(name, _)| {
            here && name.starts_with(&prefix) && after.as_ref().is_none_or(|after| name > after)
        });
        let more = found.len() > max;
        found.truncate(max);
        let continuation_token = found.last().filter(|_| more).map(|(name, _)| token(name));
        // S3 tells the regions to clients that page.
        let paged = input.max_buckets.is_some() || input.prefix.is_some() || input.bucket_region.is_some();
        let bucket = |(name, created)| Bucket {
            name: Some(name),
            creation_date: Some(whole_second(created)),
            bucket_region: paged.then(|| self.region.clone()),
        };
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(found.into_iter().map(bucket).collect()),
            continuation_token,
            owner: Some(self.owner()),
            prefix: input.prefix,
        }))
    }

    pub(crate) async fn head_of_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> Reply<HeadBucketOutput> {
        request.input.check(self)?;
        self.check_bucket(&request.input.bucket)?;
        let bucket_region = Some(self.region.clone());
        Ok(S3Response::new(HeadBucketOutput { bucket_region, ..Default::default() }))
    }

    pub(crate) async fn location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> Reply<GetBucketLocationOutput> {
        request.input.check(self)?;
        self.check_bucket(&request.input.bucket)?;
        // S3's first region has no name in here.
        let region = Some(self.region.clone()).filter(|region| region != "us-east-1");
        let location_constraint = region.map(BucketLocationConstraint::from);
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
    }

    /// No bucket here has a replica.
    pub(crate) async fn replication(
        &self,
        request: S3Request<GetBucketReplicationInput>,
    ) -> Reply<GetBucketReplicationOutput> {
        request.input.check(self)?;
        self.check_bucket(&request.input.bucket)?;
        Err(s3_error!(ReplicationConfigurationNotFoundError, "The replication configuration was not found"))
    }

    /// No bucket here has Object Lock.
    pub(crate) async fn object_lock(
        &self,
        request: S3Request<GetObjectLockConfigurationInput>,
    ) -> Reply<GetObjectLockConfigurationOutput> {
        request.input.check(self)?;
        self.check_bucket(&request.input.bucket)?;
        let message = "Object Lock configuration does not exist for this bucket";
        Err(S3Error::with_message(S3ErrorCode::ObjectLockConfigurationNotFoundError, message))
    }
}
