//! Grafana's stack: what it takes from the mail stack, who gets in, and that it harms nobody when it goes.

mod private;

use super::file::{File, list, text};
use super::network::rules;
use serde_json::Value;
use std::collections::BTreeSet;

/// The parameters of Grafana's template that are names of SSM parameters, with their defaults for `mailroom-dev`.
fn told() -> Vec<(String, String)> {
    let file = File::grafana();
    let of_ssm = file.section("Parameters").iter().filter(|(_, parameter)| {
        text(&parameter["Type"]).starts_with("AWS::SSM::Parameter::Value<")
            && text(&parameter["Default"]).starts_with("/mailroom-dev/")
    });
    of_ssm.map(|(name, parameter)| (name.clone(), text(&parameter["Default"]))).collect()
}

#[test]
fn the_mail_stack_writes_exactly_what_grafanas_reads() {
    let mail = File::read();
    let written: BTreeSet<_> = mail
        .of_type("AWS::SSM::Parameter")
        .into_iter()
        .map(|(id, parameter)| {
            assert_eq!(parameter["Type"], "String", "{id}");
            text(&parameter["Name"]).replace("${StackName}", "mailroom-dev")
        })
        .collect();
    let read: BTreeSet<_> = told().into_iter().map(|(_, name)| name).collect();
    assert_eq!(written, read);
}

#[test]
fn the_values_are_what_their_names_say() {
    let mail = File::read();
    let value = |name: &str| {
        let of_type = mail.of_type("AWS::SSM::Parameter").into_iter();
        let mut found = of_type.filter(|(_, parameter)| text(&parameter["Name"]).ends_with(name));
        text(&found.next().unwrap_or_else(|| panic!("nothing writes {name}")).1["Value"])
    };
    for (name, expected) in [
        ("/load-balancer/vpc", "${Vpc}"),
        ("/load-balancer/subnet-a", "${PublicSubnetA}"),
        ("/load-balancer/subnet-b", "${PublicSubnetB}"),
        ("/load-balancer/security-group", "${LoadBalancerSecurityGroup.GroupId}"),
        ("/load-balancer/full-name", "${LoadBalancer.LoadBalancerFullName}"),
        ("/alarms/topic", "${AlarmTopic}"),
        (
            "/load-balancer/listener",
            r#"{"Fn::If":["HasCertificate",{"Ref":"HttpsListener"},{"Ref":"HttpListener"}]}"#,
        ),
        ("/load-balancer/tls", r#"{"Fn::If":["HasCertificate","true","false"]}"#),
    ] {
        assert_eq!(value(name), expected, "{name}");
    }
}

/// An import would block a change of the listener and the deletion of the mail stack.
#[test]
fn the_stacks_share_no_export_and_the_mail_stack_names_nothing_of_grafanas() {
    for file in [File::read(), File::grafana()] {
        let whole = Value::Object(file.section("Resources").clone()).to_string();
        assert!(!whole.contains("Fn::ImportValue"));
        for (name, output) in file.section("Outputs") {
            assert!(output.get("Export").is_none(), "{name}");
        }
    }
    let mail = Value::Object(File::read().section("Resources").clone()).to_string().to_lowercase();
    assert!(!mail.contains("grafana"), "the mail stack knows nothing of Grafana");
}

#[test]
fn rules_between_the_groups_are_resources_of_grafanas_stack() {
    let file = File::grafana();
    assert!(file.resource("GrafanaSecurityGroup")["Properties"].get("SecurityGroupIngress").is_none());
    assert_eq!(rules(&file, "GrafanaSecurityGroup", "/SecurityGroupEgress"), ["tcp 443-443 0.0.0.0/0"]);
    for (id, group, from, to, peer, who) in [
        (
            "FromLoadBalancer",
            "${GrafanaSecurityGroup.GroupId}",
            "32768",
            "65535",
            "/SourceSecurityGroupId",
            "${LoadBalancerSecurityGroup}",
        ),
        (
            "ToGrafana",
            "${LoadBalancerSecurityGroup}",
            "32768",
            "65535",
            "/DestinationSecurityGroupId",
            "${GrafanaSecurityGroup.GroupId}",
        ),
        (
            "PeopleToLoadBalancer",
            "${LoadBalancerSecurityGroup}",
            "80",
            "80",
            "/CidrIp",
            "${GrafanaAllowedCidr}",
        ),
    ] {
        let property = |pointer| file.text(id, pointer);
        assert_eq!((property("/GroupId"), property(peer)), (group.into(), who.into()), "{id}");
        assert_eq!((property("/FromPort"), property("/ToPort")), (from.into(), to.into()), "{id}");
        assert_eq!(property("/IpProtocol"), "tcp", "{id}");
    }
}

#[test]
fn only_the_allowed_range_reaches_grafana() {
    let file = File::grafana();
    assert_eq!(file.text("GrafanaRule", "/ListenerArn"), "${Listener}");
    assert_eq!(file.text("GrafanaRule", "/Conditions/0/PathPatternConfig/Values/0"), "/grafana*");
    assert_eq!(file.text("GrafanaRule", "/Conditions/1/SourceIpConfig/Values/0"), "${GrafanaAllowedCidr}");
    let group = |pointer| file.text("GrafanaTargetGroup", pointer);
    assert_eq!((group("/Port"), group("/TargetType")), ("3000".into(), "instance".into()));
    assert_eq!(
        (group("/HealthCheckPath"), group("/HealthCheckPort")),
        ("/grafana/api/health".into(), "traffic-port".into())
    );
}

#[test]
fn grafanas_instance_is_closed_and_its_task_fits_it() {
    let file = File::grafana();
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
    let file = File::grafana();
    let image = &file.property("GrafanaTask", "/ContainerDefinitions/0/Image")["Fn::If"];
    assert_eq!(
        (&image[0], text(&image[1])),
        (&"HasImage".into(), "${GrafanaRepository.RepositoryUri}@${GrafanaImageDigest}".into())
    );
    let (_, digest) = image[2].as_str().unwrap().split_once("@sha256:").expect("a pinned digest");
    assert_eq!(digest.len(), 64, "{digest}");
}

#[test]
fn images_are_scanned_never_replaced_and_go_with_the_stack() {
    let file = File::grafana();
    let repository = |pointer| file.text("GrafanaRepository", pointer);
    assert_eq!(repository("/ImageScanningConfiguration/ScanOnPush"), "true");
    assert_eq!(
        (repository("/ImageTagMutability"), repository("/EmptyOnDelete")),
        ("IMMUTABLE".into(), "true".into())
    );
    // An image with a tag was deployed, and a roll back may need it.
    let policy = repository("/LifecyclePolicy/LifecyclePolicyText");
    let policy: Value = serde_json::from_str(&policy).expect("a policy is JSON");
    for rule in list(&policy["rules"]) {
        assert_eq!(rule["selection"]["tagStatus"], "untagged", "{rule}");
    }
}

#[test]
fn grafanas_password_comes_from_a_secret_that_nobody_typed() {
    let file = File::grafana();
    assert!(file.property("GrafanaSecret", "/GenerateSecretString").is_object());
    let secrets = list(file.property("GrafanaTask", "/ContainerDefinitions/0/Secrets"));
    assert_eq!(text(&secrets[0]["Name"]), "GF_SECURITY_ADMIN_PASSWORD");
    assert_eq!(text(&secrets[0]["ValueFrom"]), "${GrafanaSecret}:password::");
    for variable in list(file.property("GrafanaTask", "/ContainerDefinitions/0/Environment")) {
        assert!(!text(&variable["Name"]).contains("PASSWORD"), "{variable}");
    }
}
