//! Buckets: `AWS::S3::Bucket`.

use crate::error::Result;
use crate::properties::{Known, Properties};
use crate::scope::{Resource, Scope};

/// An S3 bucket.
///
/// [AWS::S3::Bucket](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html)
#[derive(Clone, Debug, PartialEq)]
pub struct BucketSpec {
    pub name: String,
    /// `None`: the template doesn't say, so that a new bucket has no versions.
    pub versioning: Option<VersioningStatus>,
    /// `NotificationConfiguration.EventBridgeConfiguration`: what happens to its objects is an event of EventBridge.
    pub event_bridge: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VersioningStatus {
    Enabled,
    Suspended,
}

pub(crate) const PROPERTIES: Known = Known {
    used: &["BucketName", "NotificationConfiguration", "VersioningConfiguration"],
    only_on_aws: &[
        "BucketEncryption",
        "LifecycleConfiguration", // counts in days
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
        "ReplicationConfiguration", // to another region
        "Tags",
    ],
};
const NOTIFICATION: Known = Known { used: &["EventBridgeConfiguration"], only_on_aws: &[] };
const EVENT_BRIDGE: Known = Known { used: &["EventBridgeEnabled"], only_on_aws: &[] };
const VERSIONING: Known = Known { used: &["Status"], only_on_aws: &[] };

impl BucketSpec {
    pub(crate) fn read(scope: &Scope<'_>, resource: &Resource) -> Result<Self> {
        let properties = Properties::of(scope, resource, PROPERTIES)?;
        let versioning = properties.section("VersioningConfiguration", VERSIONING)?;
        let choices = [("Enabled", VersioningStatus::Enabled), ("Suspended", VersioningStatus::Suspended)];
        let versioning = match versioning {
            Some(versioning) => versioning.one_of("Status", "Enabled or Suspended", &choices)?,
            None => None,
        };
        Ok(Self { name: scope.name(resource)?, versioning, event_bridge: event_bridge(&properties)? })
    }
}

fn event_bridge(properties: &Properties<'_>) -> Result<bool> {
    let Some(notification) = properties.section("NotificationConfiguration", NOTIFICATION)? else {
        return Ok(false);
    };
    let Some(events) = notification.section("EventBridgeConfiguration", EVENT_BRIDGE)? else {
        return Ok(false);
    };
    Ok(events.flag("EventBridgeEnabled")?.unwrap_or(true))
}

#[cfg(test)]
mod tests {
    use super::VersioningStatus;
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
    fn a_bucket_sends_events_if_the_template_says_so() {
        for (properties, expected) in [
            ("BucketName: files", false),
            ("NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}", true),
            ("NotificationConfiguration: {EventBridgeConfiguration: {}}", true),
            ("NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: false}}", false),
            ("NotificationConfiguration: !Ref AWS::NoValue", false),
        ] {
            assert_eq!(parse(&bucket(properties)).unwrap().buckets[0].event_bridge, expected, "{properties}");
        }
        let other = bucket("NotificationConfiguration: {QueueConfigurations: []}");
        assert_refused(&other, "Files.NotificationConfiguration.QueueConfigurations: not supported");
    }

    #[test]
    fn a_bucket_has_versions_if_the_template_says_so() {
        for (properties, expected) in [
            ("BucketName: files", None),
            ("VersioningConfiguration: {Status: Enabled}", Some(VersioningStatus::Enabled)),
            ("VersioningConfiguration: {Status: Suspended}", Some(VersioningStatus::Suspended)),
        ] {
            assert_eq!(parse(&bucket(properties)).unwrap().buckets[0].versioning, expected);
        }
        let other = bucket("VersioningConfiguration: {Status: enabled}");
        assert_refused(&other, "Files.VersioningConfiguration.Status");
    }
}
