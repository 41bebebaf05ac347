//! Names: two stacks of one account never meet, and each name is as long as AWS takes.

use super::file::{File, text};

/// A property that names a resource, where a stack names it itself.
const NAMES: [(&str, &str); 16] = [
    ("AWS::AutoScaling::AutoScalingGroup", "AutoScalingGroupName"),
    ("AWS::CloudWatch::Alarm", "AlarmName"),
    ("AWS::CloudWatch::Dashboard", "DashboardName"),
    ("AWS::ECR::Repository", "RepositoryName"),
    ("AWS::ECS::Cluster", "ClusterName"),
    ("AWS::ECS::Service", "ServiceName"),
    ("AWS::ECS::TaskDefinition", "Family"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::SecretsManager::Secret", "Name"),
    ("AWS::Serverless::Function", "FunctionName"),
    ("AWS::WAFv2::WebACL", "Name"),
];

/// What a stack's name may have at most, so that what is named after it fits.
const LONGEST_STACK_NAME: usize = 20;

#[test]
fn every_name_starts_with_the_stacks() {
    let file = File::read();
    for (kind, property) in NAMES {
        for (id, properties) in file.of_type(kind) {
            let name = text(&properties[property]);
            let own = ["", "/aws/lambda/", "/ecs/"]
                .iter()
                .any(|before| name.starts_with(&format!("{before}${{StackName}}")));
            assert!(own, "{id} is called {name} in every stack");
        }
    }
}

#[test]
fn names_are_the_ones_designed() {
    let file = File::read();
    for (id, property, name) in [
        ("Queue", "/QueueName", "${StackName}-queue"),
        ("DeadLetterQueue", "/QueueName", "${StackName}-dead-letter-queue"),
        ("Bucket", "/BucketName", "${StackName}-data-${Suffix}"),
        ("LogBucket", "/BucketName", "${StackName}-logs-${Suffix}"),
        ("ApiFunction", "/FunctionName", "${StackName}-api"),
        ("WorkerFunction", "/FunctionName", "${StackName}-worker"),
        ("Cluster", "/ClusterName", "${StackName}-cluster"),
        ("LoadBalancer", "/Name", "${StackName}-alb"),
        ("GrafanaLogGroup", "/LogGroupName", "/ecs/${StackName}"),
        ("GrafanaRepository", "/RepositoryName", "${StackName}-grafana"),
    ] {
        assert_eq!(file.text(id, property), name, "{id}");
    }
}

#[test]
fn names_fit_the_longest_stack_name() {
    let file = File::read();
    for (kind, property, longest) in [
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name", 32),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name", 32),
        ("AWS::S3::Bucket", "BucketName", 63),
        ("AWS::Serverless::Function", "FunctionName", 64),
        ("AWS::SQS::Queue", "QueueName", 80),
    ] {
        for (id, properties) in file.of_type(kind) {
            let name = text(&properties[property]).replace("${StackName}", &"x".repeat(LONGEST_STACK_NAME));
            assert!(name.replace("${Suffix}", "8f6d3a10").len() <= longest, "{id}: {name}");
        }
    }
}

#[test]
fn what_the_console_would_show_by_an_id_alone_has_a_name_tag() {
    let file = File::read();
    for kind in [
        "AWS::EC2::VPC",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::Subnet",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::AutoScaling::AutoScalingGroup",
    ] {
        for (id, properties) in file.of_type(kind) {
            let tag = &properties["Tags"][0];
            assert_eq!(tag["Key"], "Name", "{id}");
            assert!(text(&tag["Value"]).starts_with("${StackName}-"), "{id}: {tag}");
        }
    }
    let group = file.property("GrafanaGroup", "/Tags").to_string();
    assert!(group.contains("AmazonECSManaged"), "ECS puts it there, and CloudFormation would take it away");
}
