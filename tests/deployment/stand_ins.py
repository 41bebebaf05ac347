"""Turns a template of ours into one that moto can create. Parts that get lost on the way are not proved by moto."""

import warnings

import conditions

warnings.simplefilter("ignore")

from moto.cloudformation.parsing import NULL_MODELS, resource_class_from_type  # noqa: E402

# Types that moto 5.2.5 doesn't know. One more would be a new resource that nothing here creates.
UNKNOWN = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Athena::NamedQuery",
    "AWS::Athena::WorkGroup",
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::ECS::CapacityProvider",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::Glue::Database",
    "AWS::Glue::Table",
    "AWS::Lambda::Alias",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "AWS::SecretsManager::Secret",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
}


def types(template):
    return {resource["Type"] for resource in template["Resources"].values()}


def unknown_types(template):
    return {kind for kind in types(template) if kind in NULL_MODELS or resource_class_from_type(kind) is None}


def creatable(template, parameters):
    """The template with its conditions decided by these parameters, and texts in place of what moto doesn't know."""
    unknown = unknown_types(template)
    decided = conditions.decide(template, parameters)
    for resource in decided["Resources"].values():
        if resource["Type"] == "AWS::EC2::FlowLog":  # moto takes bucket and folder for the bucket's name
            resource["Properties"]["LogDestination"] = {"Fn::GetAtt": ["LogBucket", "Arn"]}
    missing = {name for name, resource in decided["Resources"].items() if resource["Type"] in unknown}
    # moto's Ref of a version isn't text.
    missing |= {name for name, resource in decided["Resources"].items() if resource["Type"] == "AWS::Lambda::Version"}
    texts = {name: as_text(parameter) for name, parameter in decided["Parameters"].items()}
    return replaced(decided | {"Parameters": texts}, missing)


def as_text(parameter):
    """CloudFormation checks that the value of a Number is one, and takes it as text ("ParameterDefinition", AWS
    Serverless Application Repository API reference). moto makes a number of it, which finds no key of a mapping.
    """
    if parameter["Type"] != "Number" or "AllowedValues" not in parameter:
        return parameter
    allowed = [*map(str, parameter["AllowedValues"])]
    return parameter | {"Type": "String", "Default": str(parameter["Default"]), "AllowedValues": allowed}


def replaced(value, missing):
    """A reference to a missing resource becomes a text, and one to an alias its function."""
    if isinstance(value, list):
        return [replaced(item, missing) for item in value]
    if isinstance(value, str):
        for name in missing:
            value = value.replace("${" + name + "}", name).replace("${" + name + ".", name + "{")
        return value
    if not isinstance(value, dict):
        return value
    if value.get("Ref") in missing:
        return {"Ref": value["Ref"].removesuffix("Aliaslive")} if "Alias" in value["Ref"] else value["Ref"]
    if value.get("Fn::GetAtt", ["", ""])[1] == "LoadBalancerFullName":  # an attribute that moto doesn't know
        return {"Fn::Select": [1, {"Fn::Split": [":loadbalancer/", {"Ref": value["Fn::GetAtt"][0]}]}]}
    if value.get("Fn::GetAtt", [""])[0] in missing:
        return "-".join(value["Fn::GetAtt"])
    return {key: replaced(item, missing) for key, item in value.items()}
