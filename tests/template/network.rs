//! The network, the load balancer and Grafana's instance: who gets in where.

use super::file::{File, all_branches, list, text};
use serde_json::Value;

/// A security group's rules as lines.
fn rules(file: &File, group: &str, direction: &str) -> Vec<String> {
    let rules = all_branches(file.property(group, direction));
    let line = |rule: &&Value| {
        let peer =
            ["CidrIp", "SourcePrefixListId", "SourceSecurityGroupId"].iter().find_map(|name| rule.get(*name));
        let port = |name: &str| text(&rule[name]);
        assert!(!text(&rule["Description"]).is_empty(), "{rule}");
        format!(
            "{} {}-{} {}",
            port("IpProtocol"),
            port("FromPort"),
            port("ToPort"),
            text(peer.expect("a peer"))
        )
    };
    rules.iter().map(line).collect()
}

#[test]
fn the_network_is_the_one_designed() {
    let file = File::read();
    let ranges = ["Vpc", "PublicSubnetA", "PublicSubnetB"].map(|id| file.text(id, "/CidrBlock"));
    assert_eq!(ranges, ["10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24"]);
    assert_ne!(
        file.text("PublicSubnetA", "/AvailabilityZone"),
        file.text("PublicSubnetB", "/AvailabilityZone"),
        "a load balancer wants two zones"
    );
    assert_eq!(file.resource("DefaultRoute")["DependsOn"], "InternetGatewayAttachment");
    for (id, function) in file.of_type("AWS::Serverless::Function") {
        assert!(function.get("VpcConfig").is_none(), "{id} would need a NAT gateway");
    }
}

#[test]
fn security_groups_let_in_and_out_what_is_needed() {
    let file = File::read();
    assert_eq!(
        rules(&file, "LoadBalancerSecurityGroup", "/SecurityGroupIngress"),
        [
            "tcp 80-80 ${CloudFrontPrefixListId}",
            "tcp 80-80 0.0.0.0/0",
            "tcp 443-443 0.0.0.0/0",
            "tcp 80-80 ${GrafanaAllowedCidr}",
        ]
    );
    // With CloudFront nobody else gets in: the two are branches of one Fn::If.
    let first = &file.property("LoadBalancerSecurityGroup", "/SecurityGroupIngress/0")["Fn::If"];
    assert_eq!((&first[0], text(&first[2]["CidrIp"])), (&"HasCloudFront".into(), "0.0.0.0/0".into()));
    assert_eq!(
        rules(&file, "LoadBalancerSecurityGroup", "/SecurityGroupEgress"),
        ["tcp 32768-65535 10.0.0.0/16"]
    );
    let instance = |direction| rules(&file, "GrafanaSecurityGroup", direction);
    assert_eq!(instance("/SecurityGroupIngress"), ["tcp 32768-65535 ${LoadBalancerSecurityGroup}"]);
    assert_eq!(instance("/SecurityGroupEgress"), ["tcp 443-443 0.0.0.0/0"]);
    assert_eq!(file.of_type("AWS::EC2::SecurityGroup").len(), 2);
}

#[test]
fn the_load_balancer_is_strict_and_writes_down_who_called() {
    let file = File::read();
    let attributes = list(file.property("LoadBalancer", "/LoadBalancerAttributes"));
    let attributes: Vec<_> = attributes
        .iter()
        .map(|attribute| format!("{}={}", text(&attribute["Key"]), text(&attribute["Value"])))
        .collect();
    for expected in [
        "routing.http.drop_invalid_header_fields.enabled=true",
        "routing.http.desync_mitigation_mode=defensive",
        "access_logs.s3.enabled=true",
        "access_logs.s3.bucket=${LogBucket}",
    ] {
        assert!(
            attributes.iter().any(|attribute| attribute == expected),
            "{expected} is not in {attributes:?}"
        );
    }
    assert_eq!(file.text("LoadBalancer", "/Scheme"), "internet-facing");
    let waits_for =
        list(&file.resource("LoadBalancer")["DependsOn"]).into_iter().map(text).collect::<Vec<_>>();
    assert_eq!(waits_for, ["InternetGatewayAttachment", "LogBucketPolicy"]);
}

#[test]
fn port_80_gives_up_emails_once_there_is_a_certificate() {
    let file = File::read();
    let default = &file.property("HttpListener", "/DefaultActions")["Fn::If"];
    assert_eq!(default[0], "HasCertificate");
    let refusal = &default[1][0]["FixedResponseConfig"];
    assert_eq!((&default[1][0]["Type"], &refusal["StatusCode"]), (&"fixed-response".into(), &"403".into()));
    assert!(text(&refusal["MessageBody"]).contains("https"), "{refusal}");
    assert!(serde_json::from_str::<Value>(&text(&refusal["MessageBody"])).is_ok(), "{refusal}");
    assert_eq!(text(&default[2][0]["TargetGroupArn"]), "${ApiTargetGroup}");

    assert_eq!(file.resource("HttpRedirect")["Condition"], "HasCertificate");
    let methods = list(file.property("HttpRedirect", "/Conditions/0/HttpRequestMethodConfig/Values"));
    assert_eq!(methods, ["GET", "HEAD"], "a redirect turns a POST into a GET");
    let redirect = file.property("HttpRedirect", "/Actions/0/RedirectConfig");
    assert_eq!((&redirect["Protocol"], &redirect["Port"]), (&"HTTPS".into(), &"443".into()));

    assert_eq!(file.resource("HttpsListener")["Condition"], "HasCertificate");
    assert_eq!(file.text("HttpsListener", "/SslPolicy"), "ELBSecurityPolicy-TLS13-1-2-2021-06");
    assert_eq!(file.text("HttpsListener", "/DefaultActions/0/TargetGroupArn"), "${ApiTargetGroup}");
}

#[test]
fn grafana_is_for_those_in_the_allowed_range_and_over_tls_where_there_is_some() {
    let file = File::read();
    let listener = &file.property("GrafanaRule", "/ListenerArn")["Fn::If"];
    let listeners: Vec<_> = list(listener).into_iter().map(text).collect();
    assert_eq!(listeners, ["HasCertificate", "${HttpsListener}", "${HttpListener}"]);
    assert_eq!(file.text("GrafanaRule", "/Conditions/0/PathPatternConfig/Values/0"), "/grafana*");
    assert_eq!(file.text("GrafanaRule", "/Conditions/1/SourceIpConfig/Values/0"), "${GrafanaAllowedCidr}");
    let group = |pointer| file.text("GrafanaTargetGroup", pointer);
    assert_eq!((group("/Port"), group("/TargetType")), ("3000".into(), "instance".into()));
    assert_eq!(
        (group("/HealthCheckPath"), group("/HealthCheckPort")),
        ("/grafana/api/health".into(), "traffic-port".into())
    );
    assert_eq!(
        file.text("ApiTargetGroup", "/HealthCheckEnabled"),
        "false",
        "each one would be a billed invocation"
    );
}

#[test]
fn grafanas_instance_is_closed_and_its_task_fits_it() {
    let file = File::read();
    let launch = |pointer: &str| file.text("GrafanaLaunchTemplate", &format!("/LaunchTemplateData{pointer}"));
    assert_eq!(
        (launch("/MetadataOptions/HttpTokens"), launch("/MetadataOptions/HttpPutResponseHopLimit")),
        ("required".into(), "1".into())
    );
    assert_eq!(launch("/BlockDeviceMappings/0/Ebs/Encrypted"), "true");
    assert!(file.property("GrafanaLaunchTemplate", "/LaunchTemplateData").get("KeyName").is_none(), "no SSH");
    let size =
        ["MinSize", "DesiredCapacity", "MaxSize"].map(|name| file.text("GrafanaGroup", &format!("/{name}")));
    assert_eq!(size, ["1", "1", "2"]);
    assert!(
        file.resource("GrafanaGroup")["UpdatePolicy"]["AutoScalingRollingUpdate"].is_object(),
        "or a new image never gets there"
    );

    let task = |pointer: &str| file.text("GrafanaTask", pointer);
    assert_eq!(
        (task("/Cpu"), task("/Memory"), task("/NetworkMode")),
        ("256".into(), "512".into(), "bridge".into())
    );
    let ports = |name: &str| task(&format!("/ContainerDefinitions/0/PortMappings/0/{name}"));
    assert_eq!((ports("ContainerPort"), ports("HostPort")), ("3000".into(), "0".into()));
    let service = |pointer| file.text("GrafanaService", pointer);
    assert_eq!(
        (
            service("/DeploymentConfiguration/MinimumHealthyPercent"),
            service("/DeploymentConfiguration/MaximumPercent")
        ),
        ("0".into(), "100".into()),
        "two tasks don't fit"
    );
    let waits_for =
        list(&file.resource("GrafanaService")["DependsOn"]).into_iter().map(text).collect::<Vec<_>>();
    assert_eq!(waits_for, ["GrafanaRule", "GrafanaCapacityOfCluster"]);
}

#[test]
fn one_deployment_starts_a_grafana_before_there_is_an_image_of_our_own() {
    let file = File::read();
    let image = &file.property("GrafanaTask", "/ContainerDefinitions/0/Image")["Fn::If"];
    assert_eq!(
        (&image[0], text(&image[1])),
        (&"HasGrafanaImage".into(), "${GrafanaRepository.RepositoryUri}:${GrafanaImageTag}".into())
    );
    let (_, version) = image[2].as_str().unwrap().rsplit_once(':').expect("a pinned version");
    assert_eq!(version.split('.').filter(|part| part.parse::<u32>().is_ok()).count(), 3, "{version}");
}

#[test]
fn who_waf_blocks_gets_429_and_no_email_is_blocked_for_what_it_says() {
    let file = File::read();
    for rule in list(file.property("WebAcl", "/Rules")) {
        let rule_text = rule.to_string();
        assert_eq!(
            rule_text.matches("\"Block\"").count(),
            rule_text.matches("\"ResponseCode\":\"429\"").count(),
            "{rule}"
        );
        if text(&rule["Name"]) == "common" {
            assert!(
                rule["OverrideAction"]["Count"].is_object(),
                "its body rules refuse HTML and more than 8 KB"
            );
        }
    }
    assert_eq!(file.text("WebAclAssociation", "/ResourceArn"), "${LoadBalancer}");
}
