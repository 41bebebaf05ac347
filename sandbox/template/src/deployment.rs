//! Where and as what a template is "deployed" on one machine.

use std::collections::BTreeMap;
use std::net::SocketAddr;

/// CloudFormation's knowledge beside the template: the values of the pseudo parameters and of the parameters that aren't
/// left at their defaults.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Lower case, since it begins the names of buckets.
    pub stack_name: String,
    /// Such as `eu-central-1`.
    pub region: String,
    /// Twelve digits.
    pub account_id: String,
    /// Its ARN, the value of `AWS::StackId`. It ends in `stack/NAME/UUID`.
    pub stack_id: String,
    /// Where SQS answers, such as `http://127.0.0.1:4566`: queue URLs start with it.
    pub aws_endpoint_url: String,
    /// Where the load balancer's first listener answers, if the template has one, then each HTTP API. They stand for the
    /// `DNSName` and the `ApiEndpoint`, with their ports; those of further APIs exist on AWS alone.
    pub fronts: Vec<SocketAddr>,
    /// Values for the template's parameters; those that are missing keep their defaults.
    pub parameters: BTreeMap<String, String>,
}

impl Deployment {
    /// The value of a pseudo parameter.
    ///
    /// [Pseudo parameters](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html)
    pub(crate) fn pseudo_parameter(&self, name: &str) -> Option<String> {
        Some(match name {
            "AWS::StackName" => self.stack_name.clone(),
            "AWS::Region" => self.region.clone(),
            "AWS::AccountId" => self.account_id.clone(),
            "AWS::StackId" => self.stack_id.clone(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            _ => return None,
        })
    }

    /// The ARN of a resource of this account and region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account_id)
    }

    pub(crate) fn queue_url(&self, queue: &str) -> String {
        format!("{}/{}/{queue}", self.aws_endpoint_url.trim_end_matches('/'), self.account_id)
    }
}
