//! Parameters of Parameter Store: `AWS::SSM::Parameter`, plain ones.

use crate::error::{ErrorKind, Located, Result};
use crate::properties::{Known, Properties};
use crate::scope::{Resource, Scope};

/// The types that CloudFormation creates: not `SecureString`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SsmParameterType {
    String,
    StringList,
}

/// A parameter that the stack writes, for functions or for stacks beside it.
///
/// [AWS::SSM::Parameter](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html)
#[derive(Clone, Debug, PartialEq)]
pub struct SsmParameterSpec {
    pub name: String,
    pub kind: SsmParameterType,
    /// 1 to 4,096 bytes.
    pub value: String,
}

pub(crate) const PROPERTIES: Known = Known {
    used: &["Name", "Type", "Value"],
    only_on_aws: &[
        "DataType", // AWS checks that an image exists
        "Description",
        "Tags",
        "Tier", // what it costs
    ],
};
const TYPES: [(&str, SsmParameterType); 2] =
    [("String", SsmParameterType::String), ("StringList", SsmParameterType::StringList)];

impl SsmParameterSpec {
    /// `None` if the value refers to a resource that exists on AWS alone.
    pub(crate) fn read(scope: &Scope<'_>, resource: &Resource) -> Result<Option<Self>> {
        let properties = Properties::of(scope, resource, PROPERTIES)?;
        let kind = properties.one_of("Type", "String or StringList", &TYPES)?;
        let kind = properties.required("Type", kind)?;
        match properties.required_text("Value") {
            Err(Located { kind: ErrorKind::OnlyOnAws { .. }, .. }) => Ok(None),
            value => Ok(Some(Self { name: scope.name(resource)?, kind, value: value? })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{assert_refused, parse, resource};

    fn parameter(properties: &str) -> String {
        format!(
            "Resources:\n  Net: {{Type: AWS::EC2::VPC}}\n{}",
            resource("Told", "AWS::SSM::Parameter", properties)
        )
    }

    #[test]
    fn a_parameter_has_the_name_and_the_value_that_it_is_given() {
        let template = parse(&parameter("Name: !Sub /${AWS::StackName}/a\nType: StringList\nValue: a,b"));
        let expected = SsmParameterSpec {
            name: "/candidate-2/a".to_owned(),
            kind: SsmParameterType::StringList,
            value: "a,b".to_owned(),
        };
        assert_eq!(template.unwrap().ssm_parameters, [expected]);
    }

    #[test]
    fn a_value_that_exists_on_aws_alone_leaves_the_parameter_out() {
        assert_eq!(parse(&parameter("Type: String\nValue: !Ref Net")).unwrap().ssm_parameters, []);
    }

    #[test]
    fn a_type_that_cloudformation_does_not_create_is_refused() {
        assert_refused(
            &parameter("Type: SecureString\nValue: a"),
            "Told.Type: expected String or StringList",
        );
    }
}
