"""Checks of the table for ECS, ECR, EC2 instances and Auto Scaling."""

import base64
import json

from evaluate import Unknown, text


def host_port(value):
    number = int(value)
    if not (number == 0 or 1 <= number < 32768) or number in (22, 2375, 2376, 51678, 51679, 51680):
        yield "is an ephemeral or reserved port"


def log_configuration(given):
    options = given.get("Options", {})
    if given.get("LogDriver") == "awslogs" and not {"awslogs-group", "awslogs-region"} <= set(options):
        yield "uses awslogs without awslogs-group or awslogs-region"


def task_definition(properties):
    size = len(json.dumps(properties, default=str))
    if size > 65536:
        yield f"has {size} bytes, more than 65536"
    containers = properties.get("ContainerDefinitions", [])
    names = [container.get("Name") for container in containers]
    if len(set(names)) != len(names):
        yield "has two containers with the same name"
    if not any(text(container.get("Essential", True)) == "true" for container in containers):
        yield "has no essential container"
    for key in ("Cpu", "Memory"):
        reserved = sum(int(container.get(key, 0)) for container in containers)
        if key in properties and reserved > int(properties[key]):
            yield f"reserves {reserved} {key} for its containers, more than its own {properties[key]}"
    if "Memory" not in properties and not all({"Memory", "MemoryReservation"} & set(each) for each in containers):
        yield "has a container without Memory or MemoryReservation"
    mode = properties.get("NetworkMode", "bridge")
    for port in (port for container in containers for port in container.get("PortMappings", [])):
        if mode in ("awsvpc", "host") and port.get("HostPort", port["ContainerPort"]) != port["ContainerPort"]:
            yield f"maps port {port['ContainerPort']} to another host port in network mode {mode}"
    if "FARGATE" in properties.get("RequiresCompatibilities", []) and mode != "awsvpc":
        yield "requires Fargate without network mode awsvpc"
    if mode == "awsvpc" and any("Links" in container for container in containers):
        yield "links containers in network mode awsvpc"


def ecs_service(properties):
    if "LaunchType" in properties and "CapacityProviderStrategy" in properties:
        yield "has both a launch type and a capacity provider strategy"
    deployment = properties.get("DeploymentConfiguration", {})
    low, high = int(deployment.get("MinimumHealthyPercent", 100)), int(deployment.get("MaximumPercent", 200))
    if low == high == 100:
        yield "allows neither stopping nor starting a task during a deployment"
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
    if properties.get("AvailabilityZoneRebalancing") == "ENABLED" and high <= 100:
        yield "enables zone rebalancing with a MaximumPercent of 100"
    if "HealthCheckGracePeriodSeconds" in properties and not properties.get("LoadBalancers"):
        yield "has a health check grace period without a load balancer"
    strategy = properties.get("CapacityProviderStrategy", [])
    if strategy and not any(int(item.get("Weight", 0)) > 0 for item in strategy):
        yield "has no capacity provider with a weight above 0"


def container_of_service(service, task):
    """ECS refuses a load balancer's container or port that the task doesn't have."""
    ports = {
        (container.get("Name"), text(port.get("ContainerPort")))
        for container in task.get("ContainerDefinitions", [])
        for port in container.get("PortMappings", [])
    }
    for each in service.get("LoadBalancers", []):
        if (each.get("ContainerName"), text(each.get("ContainerPort"))) not in ports:
            yield f"refers to {each.get('ContainerName')}:{each.get('ContainerPort')}, which its task definition lacks"


def capacity_provider(properties):
    given = properties.get("AutoScalingGroupProvider", {})
    scaling = given.get("ManagedScaling", {}).get("Status", "ENABLED")
    if given.get("ManagedTerminationProtection") == "ENABLED" and scaling != "ENABLED":
        yield "enables managed termination protection without managed scaling"


def auto_scaling_group(properties):
    low, high = int(properties.get("MinSize", 0)), int(properties.get("MaxSize", 0))
    desired = int(properties.get("DesiredCapacity", low))
    if not low <= desired <= high:
        yield f"has a desired capacity of {desired}, outside {low} to {high}"
    rolling = properties.get("UpdatePolicy", {}).get("AutoScalingRollingUpdate")
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
    if rolling and int(rolling.get("MinInstancesInService", 0)) >= high:
        yield f"has MinInstancesInService {rolling['MinInstancesInService']}, not below MaxSize {high}"
    if not {"LaunchTemplate", "LaunchConfigurationName", "MixedInstancesPolicy", "InstanceId"} & set(properties):
        yield "lacks a launch template"


def volume(given):
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateEbsBlockDeviceRequest.html
    limits = {"gp2": (1, 16384), "gp3": (1, 65536), "io1": (4, 16384), "io2": (4, 65536), "standard": (1, 1024)}
    low, high = limits.get(given.get("VolumeType", "gp2"), (125, 16384))
    if "VolumeSize" in given and not low <= int(given["VolumeSize"]) <= high:
        yield f"has a {given.get('VolumeType')} volume of {given['VolumeSize']} GiB, outside {low} to {high}"
    if given.get("VolumeType") not in ("gp3", "io1", "io2") and "Iops" in given:
        yield f"sets Iops for {given.get('VolumeType')}"
    if given.get("VolumeType") != "gp3" and "Throughput" in given:
        yield f"sets Throughput for {given.get('VolumeType')}"


def launch_template_data(given):
    if "NetworkInterfaces" in given and {"SecurityGroupIds", "SecurityGroups"} & set(given):
        yield "has security groups outside its network interfaces"
    kind = text(given.get("InstanceType", "t3.micro"))
    if "CreditSpecification" in given and not kind.startswith("t"):
        yield f"sets CPU credits for {kind}, which has none"


def user_data(value):
    if isinstance(value, Unknown):
        return
    size = len(base64.b64decode(value))
    if size > 16384:
        yield f"has {size} bytes, more than 16384"


def image_lifecycle(value):
    try:
        rules = json.loads(text(value))["rules"]
    except (ValueError, KeyError) as error:
        yield f"is not valid JSON with rules: {error!r}"
        return
    priorities = [rule.get("rulePriority") for rule in rules]
    if len(set(priorities)) != len(priorities):
        yield "has two rules with the same priority"
    for rule in rules:
        for fault in in_image_rule(rule, priorities):
            yield f"{fault} in rule {rule.get('rulePriority')}"


def in_image_rule(rule, priorities):
    selection = rule.get("selection", {})
    status, count = selection.get("tagStatus"), selection.get("countType")
    if status not in ("tagged", "untagged", "any"):
        yield f"has the unknown tagStatus {status}"
    if (status == "tagged") != bool({"tagPrefixList", "tagPatternList"} & set(selection)):
        yield "needs tag prefixes or patterns for tagged images, and only for these"
    if status == "any" and rule.get("rulePriority") != max(priorities):
        yield "selects any image without having the highest priority number"
    if count not in ("imageCountMoreThan", "sinceImagePushed"):
        yield f"has the unknown countType {count}"
    if (count == "sinceImagePushed") != (selection.get("countUnit") == "days"):
        yield "needs the countUnit days for sinceImagePushed, and only for it"
    if not isinstance(selection.get("countNumber"), int) or selection["countNumber"] < 1:
        yield f"has the invalid countNumber {selection.get('countNumber')}"
    if rule.get("action") != {"type": "expire"}:
        yield f"has the unknown action {rule.get('action')}"
