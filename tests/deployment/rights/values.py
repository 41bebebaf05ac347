"""The templates' values as they could be in an account: every option chosen, and names and ARNs instead of functions."""

import re

ACCOUNT = "123456789012"
STACK_ID = "arn:{AWS::Partition}:cloudformation:{AWS::Region}:{AWS::AccountId}:stack/{AWS::StackName}/8f6d3a10-0000-0000-0000-000000000000"
ORDINARY = {"AWS::Partition": "aws", "AWS::Region": "eu-central-1", "AWS::AccountId": ACCOUNT}
NOTHING = {"Ref": "AWS::NoValue"}

# Type -> its ARN after arn:aws: with the resource's properties in braces.
ARNS = {
    "AWS::CloudWatch::Alarm": "cloudwatch:{AWS::Region}:{AWS::AccountId}:alarm:{AlarmName}",
    "AWS::ECR::Repository": "ecr:{AWS::Region}:{AWS::AccountId}:repository/{RepositoryName}",
    "AWS::ECS::Cluster": "ecs:{AWS::Region}:{AWS::AccountId}:cluster/{ClusterName}",
    "AWS::IAM::ManagedPolicy": "iam::{AWS::AccountId}:policy/{ManagedPolicyName}",
    "AWS::IAM::OIDCProvider": "iam::{AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com",
    "AWS::IAM::Role": "iam::{AWS::AccountId}:role/{RoleName}",
    "AWS::KMS::Key": "kms:{AWS::Region}:{AWS::AccountId}:key/12345678-1234-1234-1234-123456789012",
    "AWS::Logs::LogGroup": "logs:{AWS::Region}:{AWS::AccountId}:log-group:{LogGroupName}:*",
    "AWS::S3::Bucket": "s3:::{BucketName}",
    "AWS::SNS::Topic": "sns:{AWS::Region}:{AWS::AccountId}:{TopicName}",
    "AWS::SQS::Queue": "sqs:{AWS::Region}:{AWS::AccountId}:{QueueName}",
    "AWS::SecretsManager::Secret": "secretsmanager:{AWS::Region}:{AWS::AccountId}:secret:{Name}-AbCdEf",
}
# Types whose Ref is their ARN; of S3 buckets and roles it is the name.
REF_IS_ARN = {"AWS::IAM::ManagedPolicy", "AWS::IAM::OIDCProvider", "AWS::SNS::Topic", "AWS::SecretsManager::Secret"}
# Types whose Ref is a name that the template gives: where it stands.
REF_IS_NAME = {
    "AWS::Athena::WorkGroup": ("Name",),
    "AWS::Glue::Database": ("DatabaseInput", "Name"),
    "AWS::S3::Bucket": ("BucketName",),
}


class Values:
    def __init__(self, template, stack, given, pseudo=None):
        self.template = template
        pseudo = pseudo or ORDINARY
        known = {name: parameter.get("Default", "") for name, parameter in template.get("Parameters", {}).items()}
        self.known = known | given | pseudo | {"AWS::StackName": stack, "AWS::URLSuffix": "amazonaws.com"}
        self.known["AWS::StackId"] = fill(STACK_ID, self.known)

    def of(self, node):
        """A part of the template without functions."""
        if isinstance(node, list):
            return [item for one in node for item in self.branches(one)]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), *_ = node.items()
            if name == "Ref":
                return self.ref(argument)
            if name.startswith("Fn::"):
                return self.function(name, argument)
        return {key: self.of(item) for key, item in node.items() if item != NOTHING}

    def branches(self, node):
        """Both branches of an Fn::If in a list: every statement that can be there."""
        if isinstance(node, dict) and "Fn::If" in node:
            return [item for branch in node["Fn::If"][1:] for item in self.branches(branch)]
        return [] if node == NOTHING else [self.of(node)]

    def function(self, name, argument):
        match name:
            case "Fn::If":
                return self.of(next(branch for branch in argument[1:] if branch != NOTHING))
            case "Fn::Sub":
                return self.substitute(*(argument if isinstance(argument, list) else [argument, {}]))
            case "Fn::GetAtt":
                return self.attribute(*(argument.split(".", 1) if isinstance(argument, str) else argument))
            case "Fn::Join":
                return argument[0].join(self.of(argument[1]))
            case "Fn::Split":
                return self.of(argument[1]).split(argument[0])
            case "Fn::Select":
                return self.of(argument[1])[int(argument[0])]
        raise NotImplementedError(f"{name} in a policy: add it to {__file__}")

    def substitute(self, text, given):
        def value(match):
            name = match.group(1)
            if name in given:
                return self.of(given[name])
            return self.attribute(*name.split(".", 1)) if "." in name else self.ref(name)

        return re.sub(r"\$\{([^!}]+)\}", lambda match: str(value(match)), text)

    def ref(self, name):
        if name in self.known:
            return self.known[name]
        kind = self.template["Resources"][name]["Type"]
        if kind in REF_IS_ARN:
            return self.arn(name)
        if kind not in REF_IS_NAME:
            return f"<Ref {name}>"
        node = self.template["Resources"][name]["Properties"]
        for step in REF_IS_NAME[kind]:
            node = node[step]
        return self.of(node)

    def attribute(self, name, attribute):
        return self.arn(name) if attribute == "Arn" else f"<{name}.{attribute}>"

    def properties(self, name):
        resource = self.template["Resources"][name]
        generated = f"{self.known['AWS::StackName']}-{name}-ABCDEFGHIJKL"
        names = {"RoleName": generated, "ManagedPolicyName": generated}
        given = {key: item for key, item in resource.get("Properties", {}).items() if key.endswith("Name")}
        return names | {key: self.of(item) for key, item in given.items()}

    def arn(self, name):
        kind = self.template["Resources"][name]["Type"]
        if kind not in ARNS:
            raise NotImplementedError(f"the ARN of {name}, {kind}: add the type to {__file__}")
        return fill("arn:{AWS::Partition}:" + ARNS[kind], self.known | self.properties(name))


def fill(text, values):
    return re.sub(r"\{([^}]+)\}", lambda match: str(values[match.group(1)]), text)
