//! Parameters and outputs: each explains itself, limits itself, and holds no secret.

use super::file::{File, all_branches, list, text};
use super::values::Values;
use serde_json::Value;
use std::collections::BTreeSet;

/// CloudFormation itself checks the values of these: they have to be names of parameters that exist.
const CHECKED_BY_TYPE: &str = "AWS::SSM::Parameter::Value<";

fn templates() -> [File; 4] {
    [File::read(), File::grafana(), File::at("budget/template.yaml"), File::at("replica/template.yaml")]
}

#[test]
fn every_parameter_has_a_default_a_description_and_limits() {
    for (name, parameter) in templates().iter().flat_map(|file| file.section("Parameters")) {
        let has = |key: &str| parameter.get(key).is_some();
        assert!(has("Default"), "{name}: one command has to be enough");
        assert!(
            parameter["Description"].as_str().is_some_and(|text| text.len() > 20),
            "{name} has no description"
        );
        let limited = has("AllowedValues") || has("AllowedPattern") || (has("MinValue") && has("MaxValue"));
        let kind = text(&parameter["Type"]);
        assert!(limited || kind.starts_with(CHECKED_BY_TYPE), "{name} takes anything");
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
    for file in templates() {
        let rest = ["Conditions", "Globals", "Mappings", "Outputs", "Resources", "Rules"].map(|name| {
            file.optional_section(name).map_or(Value::Null, |section| Value::Object(section.clone()))
        });
        let rest = Value::from(rest.to_vec()).to_string();
        for name in file.section("Parameters").keys() {
            let reference = format!(r#"{{"Ref":"{name}"}}"#);
            let used = rest.contains(&reference) || rest.contains(&format!("${{{name}}}"));
            assert!(used, "{name} changes nothing");
        }
    }
}

#[test]
fn options_that_cost_are_off() {
    let file = File::read();
    let default = |name: &str| text(&file.section("Parameters")[name]["Default"]);
    for name in ["EnableWaf", "EnableCustomerKey", "EnableFlowLogs", "AllowPlainHttp"] {
        assert_eq!(default(name), "no", "{name}");
    }
    for name in [
        "CertificateArn",
        "CloudFrontPrefixListId",
        "HostedZoneId",
        "DomainName",
        "AlarmEmail",
        "AlarmWebhook",
        "ReplicaBucketArn",
        "PermissionsBoundaryArn",
    ] {
        assert_eq!(default(name), "", "{name}");
    }
    assert_eq!(default("Architecture"), "arm64");
    assert_eq!((default("MessageRetention"), default("WorkerConcurrency")), ("86400".into(), "5".into()));
    assert_eq!((default("LogRetention"), default("Endpoint")), ("7".into(), "alb".into()));
    let grafana = File::grafana();
    let default = |name: &str| text(&grafana.section("Parameters")[name]["Default"]);
    assert_eq!(
        (default("ContainerInsights"), default("GrafanaImageDigest")),
        ("disabled".into(), String::new())
    );
    assert_eq!(default("GrafanaInstanceType"), "t3.micro", "the free plan has no t2.micro in most regions");
    assert_eq!(default("GrafanaAllowedCidr"), "127.0.0.1/32", "nobody");
    assert_eq!(default("GrafanaSubnets"), "public", "a NAT gateway and endpoints cost more than the rest");
}

#[test]
fn an_option_takes_all_that_it_needs_with_it() {
    let file = File::read();
    for (condition, types) in [
        ("HasCustomerKey", &["AWS::KMS::Key", "AWS::KMS::Alias"][..]),
        ("HasWaf", &["AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation"]),
        ("HasCloudFront", &["AWS::CloudFront::Distribution", "AWS::SecretsManager::Secret"]),
        ("HasZone", &["AWS::Route53::RecordSet"]),
        ("HasFlowLogs", &["AWS::EC2::FlowLog"]),
        (
            "HasHttpApi",
            &["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Integration", "AWS::ApiGatewayV2::Stage"],
        ),
        ("HasHttpApiDomain", &["AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping"]),
    ] {
        for kind in types {
            for (id, _) in file.of_type(kind) {
                assert_eq!(file.resource(id)["Condition"], condition, "{id}");
            }
        }
    }
}

#[test]
fn each_endpoint_has_its_resources_and_none_of_the_others() {
    let file = File::read();
    let certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/1";
    let options =
        [("CertificateArn", certificate), ("DomainName", "mail.example.org"), ("HostedZoneId", "Z012")];
    for (endpoint, load_balancer, http_api) in
        [("alb", true, false), ("http-api", false, true), ("both", true, true)]
    {
        let values = Values::new(&file, &[&[("Endpoint", endpoint)], &options[..]].concat());
        let there = |id: &str| values.has(file.resource(id));
        for (id, resource) in file.section("Resources") {
            let kind = text(&resource["Type"]);
            let of_load_balancer = ["AWS::EC2::", "AWS::ElasticLoadBalancingV2::"].iter();
            if of_load_balancer.clone().any(|service| kind.starts_with(service)) && !load_balancer {
                assert!(!there(id), "{endpoint} has {id}");
            }
            if kind.starts_with("AWS::ApiGatewayV2::") && !http_api {
                assert!(!there(id), "{endpoint} has {id}");
            }
        }
        for id in ["LoadBalancer", "HttpsListener", "LogBucket", "ListenerParameter"] {
            assert_eq!(there(id), load_balancer, "{endpoint}: {id}");
        }
        for id in ["HttpApi", "HttpApiRoute", "HttpApiStage", "HttpApiLogGroup", "HttpApiPermission"] {
            assert_eq!(there(id), http_api, "{endpoint}: {id}");
        }
        // The name is the load balancer's if there is one.
        for id in ["HttpApiDomain", "HttpApiMapping"] {
            assert_eq!(there(id), !load_balancer, "{endpoint}: {id}");
        }
        assert!(there("DomainRecord"), "{endpoint}");
    }
}

/// A change of `Endpoint` moves the record, and until then callers are answered by what it points to.
#[test]
fn the_name_moves_only_to_an_endpoint_that_answers() {
    let file = File::read();
    let targets = list(&file.property("DomainRecord", "/AliasTarget")["Fn::If"]);
    for (target, name) in [
        (targets[1], ["${LoadBalancer.DNSName}", "${HttpsListener}", "${HttpListener}"].as_slice()),
        (targets[2], &["${HttpApiDomain.RegionalDomainName}", "${HttpApiMapping}"]),
    ] {
        let [first, choices] = list(&target["DNSName"]["Fn::Select"])[..] else { panic!("{target}") };
        assert_eq!(first, "0", "{target}");
        let branches = list(choices).into_iter().flat_map(all_branches);
        assert!(branches.map(text).eq(name.iter().copied()), "{choices}");
    }
    let waits: Vec<_> = list(&file.resource("HttpApiMapping")["DependsOn"]).into_iter().map(text).collect();
    assert_eq!(waits, ["HttpApiRoute", "HttpApiPermission"]);
}

/// A name may say where a secret is; the value must not be one.
#[test]
fn no_parameter_or_output_holds_a_secret() {
    for file in templates() {
        for (name, parameter) in file.section("Parameters") {
            assert!(parameter.get("NoEcho").is_none(), "{name}: a secret has no place in a parameter");
            let names_one = name == "TokenSecret" && text(&parameter["Description"]).starts_with("Name of");
            for word in ["token", "password", "secret"] {
                assert!(names_one || !name.to_lowercase().contains(word), "{name}");
            }
        }
        let text = Value::Object(file.section("Outputs").clone()).to_string();
        let text = text.replace("/aws/reference/secretsmanager/${TokenSecret}", "a name");
        let text = text.replace("HasTokenSecret", "a condition").replace("to TokenSecret", "to it");
        for secret in ["{{resolve:", "Secret}", "Secret\"", "SecretString"] {
            assert!(!text.contains(secret), "an output holds {secret}");
        }
        // A resolved secret ends in a resource's properties, where everybody who may describe it can read it. The header
        // that proves a request came through CloudFront has to be there, twice, and opens nothing else.
        let whole = Value::Object(file.section("Resources").clone()).to_string();
        let resolved = whole.matches("{{resolve:").count();
        assert_eq!(
            resolved,
            whole.matches("{{resolve:secretsmanager:${OriginSecret}:SecretString}}").count()
        );
    }
}

#[test]
fn what_others_rely_on_is_an_output() {
    let file = File::read();
    let outputs: BTreeSet<_> = file.section("Outputs").keys().map(String::as_str).collect();
    for (name, value) in [
        ("TokenParameter", "/aws/reference/secretsmanager/${TokenSecret} or /${StackName}/auth_token"),
        ("BucketName", "${Bucket}"),
        ("QueueUrl", "${Queue}"),
        ("DeadLetterQueueUrl", "${DeadLetterQueue}"),
        ("ApiLogGroup", "${ApiLogGroup}"),
        ("WorkerLogGroup", "${WorkerLogGroup}"),
    ] {
        assert!(outputs.contains(name), "{name}");
        let values = all_branches(&file.section("Outputs")[name]["Value"]).into_iter().map(text);
        assert_eq!(values.collect::<Vec<_>>().join(" or "), value, "{name}");
    }
    assert!(outputs.is_superset(&BTreeSet::from(["Url", "DashboardUrl"])), "{outputs:?}");
    let grafana = File::grafana();
    let outputs = grafana.section("Outputs").keys().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(outputs, ["GrafanaRepositoryUri", "GrafanaSecretName", "GrafanaUrl"]);
    for (name, output) in templates().iter().flat_map(|file| file.section("Outputs")) {
        assert!(output["Description"].as_str().is_some_and(|text| text.len() > 20), "{name}");
    }
}

#[test]
fn the_url_is_the_address_that_callers_use() {
    let file = File::read();
    let certificate = ("CertificateArn", "arn:aws:acm:eu-central-1:123456789012:certificate/1");
    let name = ("DomainName", "mail.example.org");
    let cloudfront = ("CloudFrontPrefixListId", "pl-0123abcd");
    let endpoint = |endpoint| ("Endpoint", endpoint);
    for (given, url) in [
        (&[][..], "http://${LoadBalancer.DNSName}"),
        (&[name], "http://${DomainName}"),
        (&[name, certificate], "https://${DomainName}"),
        (&[cloudfront], "https://${Distribution.DomainName}"),
        (&[endpoint("both")], "http://${LoadBalancer.DNSName}"),
        (&[endpoint("both"), name, certificate], "https://${DomainName}"),
        (&[endpoint("http-api")], "${HttpApi.ApiEndpoint}"),
        (&[endpoint("http-api"), name, certificate], "https://${DomainName}"),
    ] {
        let values = Values::new(&file, given);
        let outputs = file.section("Outputs");
        assert_eq!(values.text(&outputs["Url"]["Value"]), url, "{given:?}");
        let http_api = given.iter().any(|(_, value)| ["both", "http-api"].contains(value));
        assert_eq!(values.has(&outputs["HttpApiUrl"]), http_api, "{given:?}");
        assert_eq!(text(&outputs["HttpApiUrl"]["Value"]), "${HttpApi.ApiEndpoint}");
    }
}

/// China and GovCloud have consoles of their own.
#[test]
fn links_to_the_console_are_those_of_the_partition() {
    let file = File::read();
    let partitions = file.section("Mappings")["Partitions"].as_object().unwrap();
    assert_eq!(partitions.keys().collect::<Vec<_>>(), ["aws", "aws-cn", "aws-eusc", "aws-us-gov"]);
    for file in templates() {
        for (name, output) in file.section("Outputs") {
            assert!(
                !output["Value"].to_string().contains("console."),
                "{name} names one partition's console"
            );
        }
    }
    assert!(file.section("Outputs")["DashboardUrl"]["Value"].to_string().contains(r#""AWS::Partition""#));
}
