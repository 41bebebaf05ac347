//! Log groups: `AWS::Logs::LogGroup`.

use super::error::Located;
use super::properties::{Known, Properties};
use super::scope::{Resource, Scope};

/// A log group of CloudWatch Logs.
///
/// [AWS::Logs::LogGroup](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html)
#[derive(Clone, Debug, PartialEq)]
pub struct LogGroupSpec {
    /// What the template calls it.
    pub logical_id: String,
    /// `LogGroupName`.
    pub name: String,
}

const PROPERTIES: Known = Known {
    used: &["LogGroupName"],
    only_on_aws: &[
        "KmsKeyId",
        "LogGroupClass",
        "RetentionInDays", // counts in days
        "Tags",
    ],
};

impl LogGroupSpec {
    pub(crate) fn read(scope: &Scope<'_>, resource: &Resource) -> Result<Self, Located> {
        Properties::open(scope, &resource.id, &resource.properties, PROPERTIES)?;
        Ok(Self { logical_id: resource.id.clone(), name: scope.name(resource)? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{parse, refusal, resource};

    fn group(properties: &str) -> String {
        format!("Resources:\n{}", resource("Log", "AWS::Logs::LogGroup", properties))
    }

    #[test]
    fn a_log_group_has_the_name_that_it_is_given_or_one_of_its_own() {
        for (properties, name) in
            [("LogGroupName: /mail/log\nRetentionInDays: 7", "/mail/log"), ("Tags: []", "candidate-2-Log")]
        {
            assert_eq!(parse(&group(properties)).unwrap().log_groups[0].name, name);
        }
    }

    #[test]
    fn what_would_change_what_is_read_from_it_is_refused() {
        let refusal = refusal(&group("DataProtectionPolicy: {}"));
        assert!(refusal.contains("Log.DataProtectionPolicy: not understood here"), "{refusal}");
    }
}
