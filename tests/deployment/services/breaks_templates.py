"""Breaks of whole templates, their parameters and the check's own lists."""

from copy import deepcopy

import across
import inspection
import models
import patterns
import uncovered


def resource(template, kind):
    return next(given["Properties"] for given in template["Resources"].values() if given["Type"] == kind)


def between(name, template):
    values = inspection.values_of(name, template)
    return [fault for _, fault in across.check(template, values)]


def of_parameters(name, template):
    return inspection.faults_of_parameters(name, template)


def itself(name, template):
    return inspection.inspect_itself(name, template, {"SizeInRequest": 51201}).faults


def bare(name, template):
    report = inspection.Report()
    values = inspection.values_of(name, template)
    for each in template["Resources"]:
        report.add(inspection.inspect_resource(name, template, each, values))
    return list(uncovered.faults(report.bare, report.covered, set()))


def named(stack):
    """What services say when the stack itself has this name."""

    def look(name, template):
        values = inspection.values_of(name, template, [stack])
        kinds = ("AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::S3::Bucket", "AWS::SSM::Parameter")
        names = [each for each, given in template["Resources"].items() if given["Type"] in kinds]
        return [fault for each in names for fault in inspection.inspect_resource(name, template, each, values).faults]

    return look


def listed(_name, _template):
    there, gone = ("AWS::SQS::Queue", "VisibilityTimeout"), ("AWS::SQS::Queue", "Colour")
    return list(uncovered.faults(set(), {there}, {there, gone}))


def untranslated(_name, _template):
    try:
        return list(models.faults({"type": "string", "pattern": "[a-z&&[^b]]"}, "a"))
    except patterns.Untranslated as error:
        return [str(error)]


def twin(kind, key=None):
    def damage(template):
        name, given = next(item for item in template["Resources"].items() if item[1]["Type"] == kind)
        template["Resources"][f"{name}Twin"] = deepcopy(given)
        if key:
            template["Resources"][f"{name}Twin"]["Properties"][key] = "another"

    return damage


def of(kind, key, value):
    return lambda template: resource(template, kind).update({key: value})


def parameter(name, key, value):
    return lambda template: template["Parameters"][name].update({key: value})


def condition(name, decided):
    return lambda template: template["Conditions"].update({name: decided})


def published_by(service):
    def damage(template):
        statements = resource(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
        statements[0]["Principal"] = {"Service": service}

    return damage


MAIL, GRAFANA, BUDGET = "template.yaml", "grafana/template.yaml", "budget/template.yaml"


def logs_elsewhere(template):
    attributes = resource(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")["LoadBalancerAttributes"]
    next(each for each in attributes if each["Key"] == "access_logs.s3.prefix")["Value"] = "elb"


def nothing(_template):
    pass


# name: (template, damage, what looks at it, what it says)
BREAKS = {
    "a stack name that begins with aws": (MAIL, nothing, named("aws-mail"), "begins with aws or ssm"),
    "a stack name that begins with ssm": (MAIL, nothing, named("ssm-mail"), "begins with aws or ssm"),
    "a stack name that begins with internal-": (MAIL, nothing, named("internal-mail"), "is reserved"),
    "a stack name that begins with sthree-": (MAIL, nothing, named("sthree-mail"), "is reserved"),
    "a stack name that begins with amzn-s3-demo-": (MAIL, nothing, named("amzn-s3-demo-mail"), "is reserved"),
    "a stack name that begins with xn--": (MAIL, nothing, named("xn--mail"), "is reserved"),
    "a stack name in upper case": (MAIL, nothing, named("Mail"), "BucketName: 'Mail-data-8f6d3a10' does not match"),
    "a stack name of 29 characters": (MAIL, nothing, named("a" * 29), "Name: '" + "a" * 29 + "-alb' does not match"),
    "a condition on a parameter whose values are called alike": (
        MAIL,
        condition("IsTraced", {"Fn::Equals": [{"Ref": "Tracing"}, "Active"]}),
        of_parameters,
        "parameter Tracing decides a condition or a rule",
    ),
    "a visibility timeout below the function's timeout": (
        MAIL,
        of("AWS::SQS::Queue", "VisibilityTimeout", 29),
        between,
        "has a visibility timeout of 29 s",
    ),
    "a dead-letter queue that does not allow its source": (
        MAIL,
        of("AWS::SQS::Queue", "QueueName", "another"),
        between,
        "does not allow",
    ),
    "access logs that the bucket policy does not allow": (
        MAIL,
        logs_elsewhere,
        between,
        "writes access logs to /elb/AWSLogs/",
    ),
    "flow logs that the bucket policy does not allow": (
        MAIL,
        of("AWS::EC2::FlowLog", "LogDestination", {"Fn::Sub": "${FlowLogBucket.Arn}/network"}),
        between,
        "writes flow logs to /network",
    ),
    "an alarm that its topic's policy does not allow": (
        MAIL,
        published_by("lambda.amazonaws.com"),
        between,
        "policy does not allow CloudWatch",
    ),
    "a budget that its topic's policy does not allow": (
        BUDGET,
        published_by("cloudwatch.amazonaws.com"),
        between,
        "policy does not allow AWS Budgets",
    ),
    "a subnet outside the VPC": (
        MAIL,
        of("AWS::EC2::Subnet", "CidrBlock", "10.1.0.0/24"),
        between,
        "which is outside the VPC",
    ),
    "subnets that overlap": (MAIL, of("AWS::EC2::Subnet", "CidrBlock", "10.0.0.0/23"), between, "overlaps with"),
    "two endpoints of a service": (
        GRAFANA,
        twin("AWS::EC2::VPCEndpoint", "SubnetIds"),
        between,
        "has the same name as",
    ),
    "a duplicate alarm name": (GRAFANA, twin("AWS::CloudWatch::Alarm"), between, "has the same name as"),
    "a duplicate listener rule priority": (
        GRAFANA,
        twin("AWS::ElasticLoadBalancingV2::ListenerRule"),
        between,
        "has the same priority as",
    ),
    "a duplicate rule as a resource": (
        GRAFANA,
        twin("AWS::EC2::SecurityGroupIngress", "Description"),
        between,
        "has the same rule as",
    ),
    "a load balancer port outside the task definition": (
        GRAFANA,
        of("AWS::ECS::Service", "LoadBalancers", [{"ContainerName": "grafana", "ContainerPort": 80}]),
        between,
        "refers to grafana:80",
    ),
    "a parameter that accepts an invalid IP range": (
        GRAFANA,
        parameter("GrafanaAllowedCidr", "AllowedPattern", r"^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$"),
        of_parameters,
        "accepts '999.1.1.1/00'",
    ),
    "a parameter that refuses a valid name": (
        MAIL,
        parameter("DomainName", "AllowedPattern", r"^([a-z]+\.example\.org)?$"),
        of_parameters,
        "refuses the valid value",
    ),
    "a parameter that accepts a label of 64 characters": (
        MAIL,
        parameter(
            "DomainName", "AllowedPattern", r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)?$"
        ),
        of_parameters,
        "accepts 'a123456789",
    ),
    "a parameter pattern without values to try": (
        MAIL,
        parameter("Stage", "AllowedPattern", ".*"),
        of_parameters,
        "add values to accept and to refuse",
    ),
    "a parameter description that is too long": (
        MAIL,
        parameter("Stage", "Description", "x" * 4001),
        itself,
        "has 4001 characters",
    ),
    "a template that is too large for a request": (
        GRAFANA,
        nothing,
        itself,
        "SizeInRequest: 51201 is not between 1 and 51200",
    ),
    "a property without a rule": (
        GRAFANA,
        of("AWS::ECS::Cluster", "Colour", "red"),
        bare,
        "AWS::ECS::Cluster Colour: no rule says",
    ),
    "a property that is listed and covered": (GRAFANA, nothing, listed, "a rule covers it"),
    "a property that is listed and gone": (GRAFANA, nothing, listed, "no template has it"),
    "a pattern that can't be translated": (GRAFANA, nothing, untranslated, "[a-z&&[^b]]"),
}
