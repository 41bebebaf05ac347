//! Which resources run here, and which exist on AWS alone.

use crate::error::{ErrorKind, Located, Result};
use crate::scope::{Resource, Scope};

/// A type of resource that runs on one machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Running {
    Function,
    Queue,
    Bucket,
    LogGroup,
    SsmParameter,
    Mapping,
    /// Read through its listeners.
    LoadBalancer,
    Listener,
    ListenerRule,
    /// Read through the actions that forward to it.
    TargetGroup,
    HttpApi,
    /// Read through its API.
    HttpApiStage,
    HttpApiRoute,
    /// Read through the routes that lead to it.
    HttpApiIntegration,
    EventRule,
}

/// Types that one machine has no use for: networks, rights, containers, and what watches, guards and fronts a
/// deployment.
#[rustfmt::skip]
const ONLY_ON_AWS: [&str; 50] = [
    // Names: here an API has an address.
    "AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::DomainName",
    "AWS::ApplicationInsights::Application", "AWS::AutoScaling::AutoScalingGroup", "AWS::Budgets::Budget",
    "AWS::CertificateManager::Certificate", "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudFront::Distribution", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard", "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup",
    "AWS::EC2::FlowLog", "AWS::EC2::InternetGateway", "AWS::EC2::LaunchTemplate", "AWS::EC2::Route",
    "AWS::EC2::RouteTable", "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::VPC", "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::ECR::Repository", "AWS::ECS::CapacityProvider", "AWS::ECS::Cluster",
    "AWS::ECS::ClusterCapacityProviderAssociations", "AWS::ECS::Service", "AWS::ECS::TaskDefinition",
    "AWS::IAM::InstanceProfile", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role",
    "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::Lambda::Permission", "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition", "AWS::Oam::Link", "AWS::ResourceGroups::Group", "AWS::Route53::RecordSet",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::Secret", "AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation",
];

/// The resources that exist and run here.
pub(crate) fn running<'a>(scope: &'a Scope<'_>) -> Result<Vec<(Running, &'a Resource)>> {
    let mut running = Vec::new();
    for resource in &scope.resources {
        if let Some(kind) = kind(resource)
            && scope.exists(resource)?
        {
            running.push((kind, resource));
        }
    }
    Ok(running)
}

/// Reports the resources whose type the sandbox doesn't know, whether their conditions hold or not.
pub(crate) fn report_unsupported(scope: &Scope<'_>) {
    for resource in scope.resources.iter().filter(|resource| is_unsupported(resource)) {
        let kind = ErrorKind::UnknownResourceType(resource.kind.clone());
        scope.report(Located::new(resource.line, kind).at(&resource.id));
    }
}

/// Neither runs here nor is known to make no difference.
pub(crate) fn is_unsupported(resource: &Resource) -> bool {
    let known = ONLY_ON_AWS.contains(&resource.kind.as_str()) || kind(resource).is_some();
    !known && !resource.generated
}

/// The kind of a resource that runs here; `None` for one that exists on AWS alone.
pub(crate) fn kind(resource: &Resource) -> Option<Running> {
    Some(match resource.kind.as_str() {
        "AWS::Serverless::Function" => Running::Function,
        "AWS::Serverless::HttpApi" | "AWS::ApiGatewayV2::Api" => Running::HttpApi,
        "AWS::ApiGatewayV2::Stage" => Running::HttpApiStage,
        "AWS::ApiGatewayV2::Route" => Running::HttpApiRoute,
        "AWS::ApiGatewayV2::Integration" => Running::HttpApiIntegration,
        "AWS::SQS::Queue" => Running::Queue,
        "AWS::S3::Bucket" => Running::Bucket,
        "AWS::Events::Rule" => Running::EventRule,
        "AWS::Logs::LogGroup" => Running::LogGroup,
        "AWS::SSM::Parameter" => Running::SsmParameter,
        "AWS::Lambda::EventSourceMapping" => Running::Mapping,
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => Running::LoadBalancer,
        "AWS::ElasticLoadBalancingV2::Listener" => Running::Listener,
        "AWS::ElasticLoadBalancingV2::ListenerRule" => Running::ListenerRule,
        "AWS::ElasticLoadBalancingV2::TargetGroup" => Running::TargetGroup,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::properties::Known;
    use crate::tests::{parse, refusal};
    use crate::{
        bucket, event_rule, function, http_api, listener, load_balancer, log_group, mapping, queue, schedule,
        ssm_parameter, target_group,
    };

    #[test]
    fn a_type_that_nobody_knows_is_refused_even_where_its_condition_does_not_hold() {
        let text = "Conditions: {Never: !Equals [a, b]}\nResources:\n  Jobs: {Type: AWS::Batch::JobQueue, Condition: Never}";
        let refusal = refusal(text);
        let message =
            "template.yaml:3: Jobs: resources of type AWS::Batch::JobQueue don't run in the sandbox";
        assert!(refusal.starts_with(message), "{refusal}");
    }

    #[test]
    fn resources_of_aws_alone_may_say_anything() {
        let role =
            "Resources: {Role: {Type: AWS::IAM::Role, Properties: {Policies: !Transform {Name: Macro}}}}";
        assert!(parse(role).is_ok());
    }

    #[test]
    fn a_resource_that_its_condition_leaves_out_does_not_run() {
        let text = |left: &str| {
            format!(
                "Conditions: {{Holds: !Equals [{left}, b]}}\nResources: {{Jobs: {{Type: AWS::SQS::Queue, Condition: Holds}}}}"
            )
        };
        assert_eq!(parse(&text("b")).unwrap().queues.len(), 1);
        assert_eq!(parse(&text("a")).unwrap().queues.len(), 0);
    }

    #[test]
    fn sections_attributes_and_conditions_are_checked_by_name() {
        for (text, message) in [
            ("Resource: {}", "template.yaml:1: Resource: not supported"),
            ("Resources: {Jobs: {Typ: x}}", "template.yaml:1: Jobs.Typ: not supported"),
            ("Resources:\n  Jobs: {Properties: {}}", "template.yaml:2: Jobs: the property Type is missing"),
            (
                "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n    Condition: Maybe",
                "template.yaml:4: Jobs.Condition: Maybe is not the name of a condition",
            ),
        ] {
            let refusal = refusal(text);
            assert!(refusal.starts_with(message), "{refusal}");
        }
    }

    /// Error messages send their readers there.
    #[test]
    fn the_readme_lists_every_property_of_the_types_that_run() {
        let readme = include_str!("../../README.md");
        let types: [(&str, Known); 22] = [
            ("`AWS::Serverless::Function`", function::PROPERTIES),
            ("event of type `SQS`", mapping::SQS_EVENT),
            ("event of type `HttpApi`", http_api::EVENT),
            ("event of type `Schedule`", schedule::RULE_EVENT),
            ("event of type `ScheduleV2`", schedule::SCHEDULER_EVENT),
            ("event of type `EventBridgeRule`", event_rule::EVENT),
            ("event of type `CloudWatchEvent`", event_rule::OLD_EVENT),
            ("`AWS::Events::Rule`", event_rule::PROPERTIES),
            ("`AWS::Serverless::HttpApi`", http_api::sam::PROPERTIES),
            ("`AWS::ApiGatewayV2::Api`", http_api::cloudformation::API),
            ("`AWS::ApiGatewayV2::Stage`", http_api::cloudformation::STAGE),
            ("`AWS::ApiGatewayV2::Route`", http_api::cloudformation::ROUTE),
            ("`AWS::ApiGatewayV2::Integration`", http_api::cloudformation::INTEGRATION),
            ("`AWS::SQS::Queue`", queue::PROPERTIES),
            ("`AWS::Lambda::EventSourceMapping`", mapping::PROPERTIES),
            ("`AWS::S3::Bucket`", bucket::PROPERTIES),
            ("`AWS::SSM::Parameter`", ssm_parameter::PROPERTIES),
            ("`AWS::Logs::LogGroup`", log_group::PROPERTIES),
            ("`AWS::ElasticLoadBalancingV2::LoadBalancer`", load_balancer::LOAD_BALANCER),
            ("`AWS::ElasticLoadBalancingV2::Listener`", listener::LISTENER),
            ("`AWS::ElasticLoadBalancingV2::ListenerRule`", listener::RULE),
            ("`AWS::ElasticLoadBalancingV2::TargetGroup`", target_group::TARGET_GROUP),
        ];
        for (kind, known) in types {
            let row = readme.lines().find(|line| line.starts_with(&format!("| {kind} |"))).unwrap_or(kind);
            let missing = |name: &&&str| !row.contains(&format!("`{name}`"));
            assert_eq!(known.used.iter().find(missing), None, "{row}");
        }
    }
}
