//! Buckets: `AWS::S3::Bucket`, versioned ones.

use crate::error::Result;
use crate::properties::{Known, Properties};
use crate::scope::{Resource, Scope};

/// A versioned S3 bucket.
///
/// [AWS::S3::Bucket](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html)
#[derive(Clone, Debug, PartialEq)]
pub struct BucketSpec {
    pub name: String,
}

pub(crate) const PROPERTIES: Known = Known {
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
    pub(crate) fn read(scope: &Scope<'_>, resource: &Resource) -> Result<Self> {
        let properties = Properties::of(scope, resource, PROPERTIES)?;
        let versioning = properties.section("VersioningConfiguration", VERSIONING)?;
        let status = versioning.map_or(Ok(None), |versioning| versioning.text("Status"))?;
        if status.as_deref() != Some("Enabled") {
            let why =
                "buckets without versions don't run here; set VersioningConfiguration.Status to Enabled";
            return Err(properties.unsupported("VersioningConfiguration", why));
        }
        Ok(Self { name: scope.name(resource)? })
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{assert_refused, parse, resource};

    fn bucket(properties: &str) -> String {
        format!("Resources:\n{}", resource("Files", "AWS::S3::Bucket", properties))
    }

    #[test]
    fn a_bucket_that_gives_no_name_has_one_in_lower_case() {
        let template = parse(&bucket("VersioningConfiguration: {Status: Enabled}")).unwrap();
        assert_eq!(template.buckets[0].name, "candidate-2-files");
    }

    #[test]
    fn a_bucket_that_would_forget_old_versions_is_refused() {
        for properties in ["BucketName: files", "VersioningConfiguration: {Status: Suspended}"] {
            assert_refused(&bucket(properties), "Files.VersioningConfiguration: buckets without versions");
        }
    }
}
