//! The network and the load balancer: who gets in where.

use super::file::{File, all_branches, list, text};
use serde_json::Value;

/// A security group's rules as lines.
pub(crate) fn rules(file: &File, group: &str, direction: &str) -> Vec<String> {
    let rules = all_branches(file.property(group, direction));
    let line = |rule: &&Value| {
        let peer =
            ["CidrIp", "SourcePrefixListId", "SourceSecurityGroupId"].iter().find_map(|name| rule.get(*name));
        assert!(!text(&rule["Description"]).is_empty(), "{rule}");
        let (protocol, peer) = (text(&rule["IpProtocol"]), text(peer.expect("a peer")));
        if protocol == "-1" {
            return format!("{protocol} {peer}");
        }
        format!("{protocol} {}-{} {peer}", text(&rule["FromPort"]), text(&rule["ToPort"]))
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
        ["tcp 80-80 ${CloudFrontPrefixListId}", "tcp 80-80 0.0.0.0/0", "tcp 443-443 0.0.0.0/0",]
    );
    // With CloudFront nobody else gets in: the two are branches of one Fn::If.
    let first = &file.property("LoadBalancerSecurityGroup", "/SecurityGroupIngress/0")["Fn::If"];
    assert_eq!((&first[0], text(&first[2]["CidrIp"])), (&"HasCloudFront".into(), "0.0.0.0/0".into()));
    assert_eq!(
        rules(&file, "LoadBalancerSecurityGroup", "/SecurityGroupEgress"),
        ["-1 127.0.0.1/32"],
        "without a rule the group would allow everything"
    );
    assert_eq!(file.of_type("AWS::EC2::SecurityGroup").len(), 1);
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
    let open = &default[2][0]["Fn::If"];
    assert_eq!(
        (&open[0], text(&open[2]["TargetGroupArn"])),
        (&"HasCloudFront".into(), "${ApiTargetGroup}".into())
    );

    assert_eq!(file.resource("HttpRedirect")["Condition"], "HasHttps");
    let methods = list(file.property("HttpRedirect", "/Conditions/0/HttpRequestMethodConfig/Values"));
    assert_eq!(methods, ["GET", "HEAD"], "a redirect turns a POST into a GET");
    let redirect = file.property("HttpRedirect", "/Actions/0/RedirectConfig");
    assert_eq!((&redirect["Protocol"], &redirect["Port"]), (&"HTTPS".into(), &"443".into()));

    assert_eq!(file.resource("HttpsListener")["Condition"], "HasHttps");
    assert_eq!(file.text("HttpsListener", "/SslPolicy"), "ELBSecurityPolicy-TLS13-1-2-2021-06");
    assert_eq!(file.text("HttpsListener", "/DefaultActions/0/TargetGroupArn"), "${ApiTargetGroup}");
}

/// CloudFront's prefix list admits the distributions of every AWS customer.
#[test]
fn behind_cloudfront_only_this_stacks_distribution_reaches_api() {
    let file = File::read();
    let default = &file.property("HttpListener", "/DefaultActions")["Fn::If"][2][0]["Fn::If"];
    assert_eq!(
        (&default[1]["Type"], &default[1]["FixedResponseConfig"]["StatusCode"]),
        (&"fixed-response".into(), &"403".into())
    );
    let header = file.property("FromCloudFront", "/Conditions/0/HttpHeaderConfig");
    let sent = file.property("Distribution", "/DistributionConfig/Origins/0/OriginCustomHeaders/0");
    assert_eq!(header["HttpHeaderName"], sent["HeaderName"]);
    assert_eq!(header["Values"][0], sent["HeaderValue"]);
    assert_eq!(text(&sent["HeaderValue"]), "{{resolve:secretsmanager:${OriginSecret}:SecretString}}");
    let generated = file.property("OriginSecret", "/GenerateSecretString");
    // A value of a listener rule takes 128 characters, and `*` and `?` are wildcards there.
    assert_eq!(
        (&generated["PasswordLength"], &generated["ExcludePunctuation"]),
        (&"64".into(), &"true".into())
    );
    for id in ["FromCloudFront", "OriginSecret"] {
        assert_eq!(file.resource(id)["Condition"], "HasCloudFront", "{id}");
    }
}

#[test]
fn waf_answers_429_and_blocks_no_email_for_its_content() {
    let file = File::read();
    for rule in list(file.property("WebAcl", "/Rules")) {
        let rule_text = rule.to_string();
        assert_eq!(
            rule_text.matches("\"Block\"").count(),
            rule_text.matches("\"ResponseCode\":\"429\"").count(),
            "{rule}"
        );
        assert!(
            !rule_text.contains("AWSManagedRulesCommonRuleSet"),
            "its rules refuse HTML and more than 8 KB"
        );
    }
    assert_eq!(file.text("WebAclAssociation", "/ResourceArn"), "${LoadBalancer}");
}
