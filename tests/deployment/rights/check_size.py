"""IAM's and CloudFormation's limits, with the longest names there are.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (white space doesn't count there)
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

import json

import template
from policies import IDENTITY, TRUST
from values import ACCOUNT
from world import read_policies

INLINE, MANAGED, TRUSTED, ATTACHED, TEMPLATE = 10_240, 6_144, 2_048, 10, 51_200
STACK = "a" * 20
PSEUDO = {"AWS::Partition": "aws-us-gov", "AWS::Region": "ap-northeast-1", "AWS::AccountId": ACCOUNT}
OPTIONS = {"HostedZoneId": "Z" * 32, "DomainName": "d" * 253, "ReplicaBucketArn": "arn:aws-us-gov:s3:::" + "r" * 63, "Subject": "repo:" + "o" * 39 + "/" + "r" * 100}


def check(world):
    for file, source in world.templates.items():
        roles = {}
        for policy in read_policies(file, world.templates, STACK, PSEUDO, OPTIONS):
            size = len(json.dumps(policy.document, separators=(",", ":")))
            kind = source["Resources"][policy.owner]["Type"]
            if policy.kind == TRUST and size > TRUSTED:
                yield f"{file}: the trust policy of {policy.owner} has {size} characters of at most {TRUSTED}"
            elif kind == "AWS::IAM::ManagedPolicy" and size > MANAGED:
                yield f"{file}: {policy.owner} has {size} characters of at most {MANAGED}"
            elif kind == "AWS::IAM::Role" and policy.kind == IDENTITY:
                roles[policy.owner] = roles.get(policy.owner, 0) + size
        for name, size in roles.items():
            if size > INLINE:
                yield f"{file}: the inline policies of {name} have {size} characters of at most {INLINE}"
            attached = sum({"Ref": name} in each.get("Properties", {}).get("Roles", []) for each in source["Resources"].values())
            if attached > ATTACHED:
                yield f"{file}: {name} has {attached} managed policies of at most {ATTACHED}"
    if world.access_bytes > TEMPLATE:
        yield f"{template.ACCESS} has {world.access_bytes} bytes without comments; a template that isn't uploaded to S3 has at most {TEMPLATE}"
