"""The job's role may do exactly what the scripts of a deployment call."""

import re

import template

START = "delivery/deploy.sh"
# `sam deploy` (samcli/lib/deploy/deployer.py and lib/package/s3_uploader.py) with a role, tags and a bucket.
SAM = {
    "cloudformation:CreateChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:GetTemplateSummary",
    "cloudformation:TagResource",
    "cloudformation:UntagResource",
    "iam:PassRole",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
}
# `mailroom check --stack` (cli/mailroom/src/check, cli/mailroom/src/system).
CHECK = {"cloudformation:DescribeStacks", "kms:Decrypt", "s3:GetObject", "ssm:GetParameter"}
SERVICES = {"elbv2": "elasticloadbalancing", "s3api": "s3"}
COMMANDS = {
    ("lambda", "invoke"): {"lambda:InvokeFunction"},
    ("s3", "cp"): {"s3:GetObject", "s3:ListBucket", "s3:PutObject"},
    ("s3api", "delete-object"): {"s3:DeleteObjectVersion"},  # each has --version-id
    ("ssm", "get-parameter"): {"kms:Decrypt", "secretsmanager:GetSecretValue", "ssm:GetParameter"},  # of TokenSecret
}
IN_SHELL = re.compile(r"(?:^\s*|\$\(|\bif |! |&& |\|\| |; )aws ([a-z0-9]+) ([a-z0-9-]+)", re.MULTILINE)
IN_PYTHON = re.compile(r"\baws\(\s*\"([a-z0-9]+)\", \"([a-z0-9-]+)\"")


def check(world):
    granted = {name for each in world.role("DeployRole") if each.effect == "Allow" for name in each.actions}
    called = SAM | CHECK | {name for script in world.scripts.values() for name in calls(script)}
    yield from (f"{START} calls {name}, which DeployRole may not" for name in sorted(called - granted))
    yield from (f"DeployRole may {name}, which no script calls" for name in sorted(granted - called))


def scripts():
    """deploy.sh, and the scripts that it runs."""
    found, waiting = {}, [START]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = (template.ROOT / name).read_text()
            waiting += [f"delivery/{other}" for other in re.findall(r"\$here/([a-z-]+\.(?:sh|py))", found[name])]
    return found


def calls(script):
    """The actions of the AWS CLI's commands in a script."""
    script = re.sub(r"^\s*#.*", "", script, flags=re.MULTILINE)
    for service, command in IN_SHELL.findall(script) + IN_PYTHON.findall(script):
        action = "".join(word.capitalize() for word in command.split("-"))
        yield from COMMANDS.get((service, command), {f"{SERVICES.get(service, service)}:{action}"})
