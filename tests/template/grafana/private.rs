//! Grafana's instance in private subnets: it has a way out, and nobody but the load balancer reaches it.

use crate::template::file::{File, list, text};
use crate::template::network::rules;
use serde_json::Value;
use std::collections::BTreeSet;

/// The load balancer sends nothing to a zone in which it has no subnet, and a VPC has no two subnets with one address.
#[test]
fn private_subnets_lie_beside_the_public_ones_in_their_zones() {
    let (mail, grafana) = (File::read(), File::grafana());
    let range = |file: &File, id: &str| file.text(id, "/CidrBlock");
    let subnets = [
        range(&mail, "PublicSubnetA"),
        range(&mail, "PublicSubnetB"),
        range(&grafana, "PrivateSubnetA"),
        range(&grafana, "PrivateSubnetB"),
    ];
    assert_eq!(range(&mail, "Vpc"), "10.0.0.0/16");
    assert_eq!(subnets, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]);
    for zone in ["A", "B"] {
        let of = |file: &File, kind: &str| file.text(&format!("{kind}Subnet{zone}"), "/AvailabilityZone");
        assert_eq!(of(&grafana, "Private"), of(&mail, "Public"));
        let private = format!("PrivateSubnet{zone}");
        assert_eq!(grafana.resource(&private)["Condition"], "HasPrivateSubnets");
        let routes = grafana.text(&format!("{private}Routes"), "/RouteTableId");
        assert_eq!(routes, "${PrivateRouteTable}");
    }
}

#[test]
fn an_instance_in_private_subnets_has_no_public_address() {
    let file = File::grafana();
    let private = |whether: &Value, one: Value, other: Value| {
        assert_eq!(*whether, serde_json::json!({ "Fn::If": ["HasPrivateSubnets", one, other] }));
    };
    let address = "/LaunchTemplateData/NetworkInterfaces/0/AssociatePublicIpAddress";
    private(file.property("GrafanaLaunchTemplate", address), "false".into(), "true".into());
    let subnets =
        |kind: &str| serde_json::json!([{ "Ref": format!("{kind}A") }, { "Ref": format!("{kind}B") }]);
    private(file.property("GrafanaGroup", "/VPCZoneIdentifier"), subnets("PrivateSubnet"), subnets("Subnet"));
    // Only a NAT gateway leads out of the private subnets.
    let routes: Vec<_> = file.of_type("AWS::EC2::Route");
    assert_eq!(routes.len(), 1);
    assert_eq!(text(&routes[0].1["NatGatewayId"]), "${NatGateway}");
    for id in ["NatRoute", "NatGateway", "NatAddress"] {
        assert_eq!(file.resource(id)["Condition"], "HasNat", "{id}");
    }
    assert_eq!(file.text("NatGateway", "/SubnetId"), "${SubnetA}", "a public one");
    let waits = file.resource("GrafanaGroup")["Metadata"]["WaitsFor"].to_string();
    for id in ["NatRoute", "S3Endpoint", "PrivateSubnetARoutes", "PrivateSubnetBRoutes"] {
        assert!(waits.contains(id), "user data would run before {id}");
    }
}

/// Each service that a role of this stack calls, and ECS's three, has an endpoint, and no other.
#[test]
fn endpoints_reach_what_is_called_and_nothing_else() {
    let file = File::grafana();
    let endpoints = file.of_type("AWS::EC2::VPCEndpoint");
    let reached: BTreeSet<_> = endpoints
        .iter()
        .map(|(_, endpoint)| text(&endpoint["ServiceName"]).replace("com.amazonaws.${Region}.", ""))
        .collect();
    let expected = [
        "ecr.api",
        "ecr.dkr",
        "ecs",
        "ecs-agent",
        "ecs-telemetry",
        "logs",
        "monitoring",
        "s3",
        "secretsmanager",
    ];
    assert_eq!(reached, expected.map(str::to_owned).into());
    let services: BTreeSet<_> = file
        .of_type("AWS::IAM::Role")
        .into_iter()
        .flat_map(|(_, role)| list(&role["Policies"][0]["PolicyDocument"]["Statement"]))
        .flat_map(|statement| list(&statement["Action"]))
        .map(|action| text(action).split(':').next().unwrap().to_owned())
        .collect();
    // Grafana asks EC2 for a list of regions, and has one of its own if it gets none.
    assert_eq!(
        services,
        ["cloudwatch", "ec2", "ecr", "ecs", "logs", "secretsmanager"].map(str::to_owned).into()
    );
    for (id, endpoint) in endpoints {
        if endpoint["VpcEndpointType"] == "Gateway" {
            assert_eq!(text(&endpoint["RouteTableIds"][0]), "${PrivateRouteTable}", "{id}");
            continue;
        }
        assert_eq!(file.resource(id)["Condition"], "HasEndpoints", "{id}");
        assert_eq!(endpoint["PrivateDnsEnabled"], "true", "{id}: the agents know the public name");
        assert_eq!(text(&endpoint["SecurityGroupIds"][0]), "${EndpointsSecurityGroup}", "{id}");
        assert_eq!(list(&endpoint["SubnetIds"]).len(), 1, "{id}: each zone costs as much again");
    }
    let ingress = rules(&file, "EndpointsSecurityGroup", "/SecurityGroupIngress");
    assert_eq!(ingress, ["tcp 443-443 ${GrafanaSecurityGroup.GroupId}"]);
    let policy = &file.property("S3Endpoint", "/PolicyDocument")["Fn::If"];
    assert_eq!((&policy[0], policy[1]["Statement"].as_array().unwrap().len()), (&"HasEndpoints".into(), 1));
    assert_eq!(policy[1]["Statement"][0]["Action"], "s3:GetObject");
}

#[test]
fn without_an_image_that_the_instance_can_pull_nothing_runs() {
    let file = File::grafana();
    let count = file.property("GrafanaService", "/DesiredCount");
    assert_eq!(*count, serde_json::json!({ "Fn::If": ["HasReachableImage", "1", "0"] }));
    let reachable = &file.section("Conditions")["HasReachableImage"]["Fn::Or"];
    assert_eq!(reachable[0]["Condition"], "HasImage");
    assert_eq!(reachable[1]["Fn::Not"][0]["Condition"], "HasEndpoints");
}
