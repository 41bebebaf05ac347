//! Parameters and outputs: each explains itself, limits itself, and holds no secret.

use super::file::{File, list, text};
use serde_json::Value;
use std::collections::BTreeSet;

/// Their values are checked by CloudFormation itself, by what they are.
const CHECKED_BY_TYPE: [&str; 1] = ["AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"];

#[test]
fn every_parameter_has_a_default_a_description_and_limits() {
    let file = File::read();
    for (name, parameter) in file.section("Parameters") {
        let has = |key: &str| parameter.get(key).is_some();
        assert!(has("Default"), "{name}: one command has to be enough");
        assert!(
            parameter["Description"].as_str().is_some_and(|text| text.len() > 20),
            "{name} has no description"
        );
        let limited = has("AllowedValues") || has("AllowedPattern") || (has("MinValue") && has("MaxValue"));
        let kind = text(&parameter["Type"]);
        assert!(limited || CHECKED_BY_TYPE.contains(&kind.as_str()), "{name} takes anything");
        assert!(
            !has("AllowedPattern") || has("ConstraintDescription"),
            "{name}: a pattern is no explanation"
        );
        if let Value::Array(allowed) = &parameter["AllowedValues"] {
            assert!(allowed.contains(&parameter["Default"]), "{name}: its default is not allowed");
        }
    }
}

#[test]
fn every_parameter_is_used() {
    let file = File::read();
    let rest = ["Conditions", "Globals", "Mappings", "Outputs", "Resources"]
        .map(|name| Value::Object(file.section(name).clone()));
    let rest = Value::from(rest.to_vec()).to_string();
    let rules = Value::Object(file.section("Rules").clone()).to_string();
    for name in file.section("Parameters").keys() {
        let reference = format!(r#"{{"Ref":"{name}"}}"#);
        let used = rest.contains(&reference) || rest.contains(&format!("${{{name}}}"));
        assert!(used || rules.contains(&reference), "{name} changes nothing");
    }
}

#[test]
fn options_that_cost_are_off() {
    let file = File::read();
    let default = |name: &str| text(&file.section("Parameters")[name]["Default"]);
    for name in ["EnableWaf", "EnableCustomerKey", "AllowPlainHttp"] {
        assert_eq!(default(name), "no", "{name}");
    }
    for name in [
        "CertificateArn",
        "CloudFrontPrefixListId",
        "HostedZoneId",
        "DomainName",
        "AlarmEmail",
        "GrafanaImageTag",
    ] {
        assert_eq!(default(name), "", "{name}");
    }
    assert_eq!((default("ContainerInsights"), default("Architecture")), ("disabled".into(), "arm64".into()));
    assert_eq!((default("MessageRetention"), default("WorkerConcurrency")), ("86400".into(), "5".into()));
    assert_eq!((default("LogRetention"), default("GrafanaInstanceType")), ("7".into(), "t2.micro".into()));
    assert_eq!(default("GrafanaAllowedCidr"), "127.0.0.1/32", "nobody");
}

#[test]
fn an_option_takes_all_that_it_needs_with_it() {
    let file = File::read();
    for (condition, types) in [
        ("HasCustomerKey", &["AWS::KMS::Key", "AWS::KMS::Alias"][..]),
        ("HasWaf", &["AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation"]),
        ("HasCloudFront", &["AWS::CloudFront::Distribution"]),
        ("HasZone", &["AWS::Route53::RecordSet"]),
        (
            "HasGrafana",
            &[
                "AWS::ECS::Cluster",
                "AWS::ECS::Service",
                "AWS::ECS::TaskDefinition",
                "AWS::ECS::CapacityProvider",
            ],
        ),
        ("HasGrafana", &["AWS::ECR::Repository", "AWS::SecretsManager::Secret", "AWS::EC2::LaunchTemplate"]),
        ("HasGrafana", &["AWS::AutoScaling::AutoScalingGroup", "AWS::IAM::InstanceProfile"]),
    ] {
        for kind in types {
            for (id, _) in file.of_type(kind) {
                assert_eq!(file.resource(id)["Condition"], condition, "{id}");
            }
        }
    }
}

/// A name may say where a secret is; the value must not be one.
#[test]
fn no_parameter_or_output_holds_a_secret() {
    let file = File::read();
    for (name, parameter) in file.section("Parameters") {
        assert!(parameter.get("NoEcho").is_none(), "{name}: what must not be shown must not be a parameter");
        for word in ["token", "password", "secret"] {
            assert!(!name.to_lowercase().contains(word), "{name}");
        }
    }
    let text = Value::Object(file.section("Outputs").clone()).to_string();
    for secret in ["{{resolve:", "GrafanaSecret}", "\"GrafanaSecret\"", "SecretString"] {
        assert!(!text.contains(secret), "an output holds {secret}");
    }
    let whole = Value::Object(file.section("Resources").clone()).to_string();
    assert!(
        !whole.contains("{{resolve:"),
        "a resolved secret ends in a resource's properties, for everybody to read"
    );
}

#[test]
fn what_others_rely_on_is_an_output() {
    let file = File::read();
    let outputs: BTreeSet<_> = file.section("Outputs").keys().map(String::as_str).collect();
    for (name, value) in [
        ("TokenParameter", "/${StackName}/auth_token"),
        ("BucketName", "${Bucket}"),
        ("QueueUrl", "${Queue}"),
        ("DeadLetterQueueUrl", "${DeadLetterQueue}"),
        ("ApiLogGroup", "${ApiLogGroup}"),
        ("WorkerLogGroup", "${WorkerLogGroup}"),
        ("GrafanaRepositoryUri", "${GrafanaRepository.RepositoryUri}"),
    ] {
        assert!(outputs.contains(name), "{name}");
        assert_eq!(text(&file.section("Outputs")[name]["Value"]), value, "{name}");
    }
    assert!(outputs.is_superset(&BTreeSet::from(["Url", "GrafanaUrl", "DashboardUrl"])), "{outputs:?}");
    let url = &file.section("Outputs")["Url"]["Value"]["Fn::If"];
    assert_eq!(
        list(url).into_iter().take(2).map(text).collect::<Vec<_>>(),
        ["HasCertificate", "https://${DomainName}"]
    );
    for (name, output) in file.section("Outputs") {
        assert!(output["Description"].as_str().is_some_and(|text| text.len() > 20), "{name}");
        assert_eq!(output["Condition"] == "HasGrafana", name.starts_with("Grafana"), "{name}");
    }
}
