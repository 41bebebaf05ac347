//! Names: two stacks of one account never meet, and each name is as long as AWS takes.

use super::file::{File, text};

/// A property that names a resource, where a stack names it itself.
const NAMES: [(&str, &str); 19] = [
    ("AWS::ApiGatewayV2::Api", "Name"),
    ("AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroupName"),
    ("AWS::CloudWatch::Alarm", "AlarmName"),
    ("AWS::CloudWatch::Dashboard", "DashboardName"),
    ("AWS::ECR::Repository", "RepositoryName"),
    ("AWS::ECS::Cluster", "ClusterName"),
    ("AWS::ECS::Service", "ServiceName"),
    ("AWS::ECS::TaskDefinition", "Family"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name"),
    ("AWS::KMS::Alias", "AliasName"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::SSM::Parameter", "Name"),
    ("AWS::SecretsManager::Secret", "Name"),
    ("AWS::Serverless::Function", "FunctionName"),
    ("AWS::WAFv2::WebACL", "Name"),
];

/// The most characters of a mail stack's name, so that the names that begin with it fit.
pub(crate) const LONGEST_STACK_NAME: usize = 20;

/// The templates, and what stands for the mail stack's name in each.
fn templates() -> [(File, &'static str); 4] {
    let beside = ["grafana", "budget", "replica"]
        .map(|name| (File::at(&format!("{name}/template.yaml")), "${MailStack}"));
    let [grafana, budget, replica] = beside;
    [(File::read(), "${StackName}"), grafana, budget, replica]
}

/// The resources of a type that has a name, with that name.
fn named(file: &File, kind: &str, property: &str) -> Vec<(String, String)> {
    let resources = file.section("Resources").iter().filter(|(_, resource)| resource["Type"] == kind);
    resources.map(|(id, resource)| (id.clone(), text(&resource["Properties"][property]))).collect()
}

#[test]
fn every_name_starts_with_the_mail_stacks() {
    for (file, stack) in templates() {
        for (kind, property) in NAMES {
            for (id, name) in named(&file, kind, property) {
                let own = ["", "/", "alias/", "/aws/lambda/", "/aws/vendedlogs/", "/ecs/"]
                    .iter()
                    .any(|before| name.starts_with(&format!("{before}{stack}")));
                assert!(own, "{id} is called {name} in every stack");
            }
        }
    }
}

#[test]
fn names_are_the_ones_designed() {
    let (mail, grafana) = (File::read(), File::grafana());
    for (file, id, property, name) in [
        (&mail, "Queue", "/QueueName", "${StackName}-queue-${Suffix}"),
        (&mail, "DeadLetterQueue", "/QueueName", "${StackName}-dead-letter-queue-${Suffix}"),
        (&mail, "Bucket", "/BucketName", "${StackName}-data-${Suffix}"),
        (&mail, "LogBucket", "/BucketName", "${StackName}-logs-${Suffix}"),
        (&mail, "ApiFunction", "/FunctionName", "${StackName}-api"),
        (&mail, "WorkerFunction", "/FunctionName", "${StackName}-worker"),
        (&mail, "LoadBalancer", "/Name", "${StackName}-alb"),
        (&mail, "HttpApi", "/Name", "${StackName}-http-api"),
        (&grafana, "Cluster", "/ClusterName", "${MailStack}-cluster"),
        (&grafana, "GrafanaLogGroup", "/LogGroupName", "/ecs/${MailStack}"),
        (&grafana, "GrafanaRepository", "/RepositoryName", "${MailStack}-grafana"),
    ] {
        assert_eq!(file.text(id, property), name, "{id}");
    }
}

#[test]
fn names_fit_the_longest_stack_name() {
    for (file, stack) in templates() {
        for (kind, property, longest) in [
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name", 32),
            ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name", 32),
            ("AWS::S3::Bucket", "BucketName", 63),
            ("AWS::Serverless::Function", "FunctionName", 64),
            ("AWS::SQS::Queue", "QueueName", 80),
        ] {
            for (id, name) in named(&file, kind, property) {
                let name = name.replace(stack, &"x".repeat(LONGEST_STACK_NAME));
                assert!(name.replace("${Suffix}", "8f6d3a10").len() <= longest, "{id}: {name}");
            }
        }
    }
}

#[test]
fn what_the_console_would_show_by_an_id_alone_has_a_name_tag() {
    for (file, stack) in templates() {
        for kind in [
            "AWS::EC2::VPC",
            "AWS::EC2::InternetGateway",
            "AWS::EC2::Subnet",
            "AWS::EC2::RouteTable",
            "AWS::EC2::SecurityGroup",
            "AWS::EC2::EIP",
            "AWS::EC2::NatGateway",
            "AWS::AutoScaling::AutoScalingGroup",
        ] {
            for (id, resource) in file.section("Resources").iter().filter(|(_, found)| found["Type"] == kind)
            {
                let tag = &resource["Properties"]["Tags"][0];
                assert_eq!(tag["Key"], "Name", "{id}");
                assert!(text(&tag["Value"]).starts_with(&format!("{stack}-")), "{id}: {tag}");
            }
        }
    }
    let group = File::grafana().property("GrafanaGroup", "/Tags").to_string();
    assert!(group.contains("AmazonECSManaged"), "ECS puts it there, and CloudFormation would take it away");
}
