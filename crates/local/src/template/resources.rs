//! Which resources run here, and which exist on AWS alone.

use super::error::{Fault, Located};
use super::scope::{Resource, Scope};

/// A type of resource that runs on one machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Running {
    Function,
    Queue,
    Bucket,
    Mapping,
    Listener,
    ListenerRule,
    /// Read through the actions that forward to it.
    TargetGroup,
}

/// Types that one machine has no use for: networks, rights, logs that the terminal shows. The load balancer is among
/// them because its listeners are all that callers see of it.
const ONLY_ON_AWS: [&str; 14] = [
    "AWS::EC2::InternetGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::IAM::Role",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
];

/// The resources that exist and run here. A type that nobody knows is a fault, whether its condition holds or not.
pub(super) fn running<'a>(scope: &'a Scope<'_>) -> Result<Vec<(Running, &'a Resource)>, Located> {
    let mut running = Vec::new();
    for resource in scope.resources() {
        if let Some(kind) = kind(resource)?
            && scope.exists(resource)?
        {
            running.push((kind, resource));
        }
    }
    Ok(running)
}

fn kind(resource: &Resource) -> Result<Option<Running>, Located> {
    Ok(Some(match resource.kind.as_str() {
        "AWS::Serverless::Function" => Running::Function,
        "AWS::SQS::Queue" => Running::Queue,
        "AWS::S3::Bucket" => Running::Bucket,
        "AWS::Lambda::EventSourceMapping" => Running::Mapping,
        "AWS::ElasticLoadBalancingV2::Listener" => Running::Listener,
        "AWS::ElasticLoadBalancingV2::ListenerRule" => Running::ListenerRule,
        "AWS::ElasticLoadBalancingV2::TargetGroup" => Running::TargetGroup,
        other if ONLY_ON_AWS.contains(&other) => return Ok(None),
        other => {
            let fault = Fault::UnknownResourceType(other.to_owned());
            return Err(Located::new(resource.line, fault).at(&resource.id));
        }
    }))
}
