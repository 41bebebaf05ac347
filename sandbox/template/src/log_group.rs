//! Log groups: `AWS::Logs::LogGroup`.

use crate::error::Result;
use crate::properties::{Known, Properties};
use crate::scope::{Resource, Scope};

/// A log group of CloudWatch Logs.
///
/// [AWS::Logs::LogGroup](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html)
#[derive(Clone, Debug, PartialEq)]
pub struct LogGroupSpec {
    pub name: String,
}

pub(crate) const PROPERTIES: Known =
    Known { used: &["LogGroupName"], only_on_aws: &["KmsKeyId", "LogGroupClass", "RetentionInDays", "Tags"] };

impl LogGroupSpec {
    pub(crate) fn read(scope: &Scope<'_>, resource: &Resource) -> Result<Self> {
        Properties::of(scope, resource, PROPERTIES)?;
        Ok(Self { name: scope.name(resource)? })
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{assert_refused, parse, resource};

    fn group(properties: &str) -> String {
        format!("Resources:\n{}", resource("Log", "AWS::Logs::LogGroup", properties))
    }

    #[test]
    fn a_log_group_has_the_name_that_it_is_given_or_one_of_its_own() {
        for (properties, name) in
            [("LogGroupName: /jobs/log\nRetentionInDays: 7", "/jobs/log"), ("Tags: []", "candidate-2-Log")]
        {
            assert_eq!(parse(&group(properties)).unwrap().log_groups[0].name, name);
        }
    }

    #[test]
    fn what_would_change_what_is_read_from_it_is_refused() {
        assert_refused(&group("DataProtectionPolicy: {}"), "Log.DataProtectionPolicy: not supported");
    }
}
