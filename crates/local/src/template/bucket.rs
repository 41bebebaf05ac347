//! Buckets: `AWS::S3::Bucket`, versioned ones.

use super::error::{Fault, Located};
use super::properties::{Known, Properties};
use super::scope::{Resource, Scope};

/// An S3 bucket with versioning.
///
/// [AWS::S3::Bucket](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html)
#[derive(Clone, Debug, PartialEq)]
pub struct BucketSpec {
    /// What the template calls it.
    pub logical_id: String,
    /// `BucketName`.
    pub name: String,
}

const PROPERTIES: Known = Known {
    used: &["BucketName", "VersioningConfiguration"],
    only_on_aws: &[
        "BucketEncryption",
        "LifecycleConfiguration", // counts in days
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "Tags",
    ],
};
const VERSIONING: Known = Known { used: &["Status"], only_on_aws: &[] };

impl BucketSpec {
    pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Result<Self, Located> {
        let properties = Properties::open(scope, &resource.id, &resource.properties, PROPERTIES)?;
        let versioning = properties.section("VersioningConfiguration", VERSIONING)?;
        let status = versioning.map_or(Ok(None), |versioning| versioning.text("Status"))?;
        if status.as_deref() != Some("Enabled") {
            let fault = "buckets here keep every version; set VersioningConfiguration.Status to Enabled";
            return Err(properties.fault("VersioningConfiguration", Fault::NotHere(fault.to_owned())));
        }
        Ok(Self { logical_id: resource.id.clone(), name: scope.name(resource)? })
    }
}
