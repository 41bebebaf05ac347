"""Deploys the replica's stack beside a mail stack in moto by replica/deploy.sh, in another region."""

import ast
import os
import pathlib
import subprocess
import sys

import boto3

import beside

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
BUCKET = "arn:aws:s3:::candidate-2-replica-8f6d3a10"
# The values of the mail stack that a replica takes over.
TAKEN = {"EmailRetentionDays": "30", "AlarmEmail": "somebody@example.org", "AlarmWebhook": "https://pager.example.org/a"}


def deploy(*arguments):
    environment = os.environ | {"PATH": f"{ROOT}/target/venv/bin:{os.environ['PATH']}"}
    return subprocess.run([ROOT / "replica/deploy.sh", *arguments], env=environment, capture_output=True, text=True)


def refused(mail):
    for arguments, complaint in (
        ([mail], "usage: replica/deploy.sh"),
        ([mail, "Dublin"], "Dublin is not the name of a region"),
        ([mail, REGION, "MailStack=another"], "has no parameter MailStack"),
        ([mail, "eu-central-1"], "is in eu-central-1 itself"),
        (["somebody-elses", REGION], "the mail stack somebody-elses can't be read"),
    ):
        expects_failure(arguments, complaint)


def takes_over_nothing(mail):
    run(mail, {"EmailRetentionDays": "0", "AlarmEmail": "", "AlarmWebhook": ""})
    client().delete_stack(StackName=f"{mail}-replica")


def refuses_a_customer_key(mail):
    expects_failure([mail, REGION], "encrypts emails with its own key")


def expects_failure(arguments, complaint):
    said = deploy(*arguments)
    if said.returncode == 0 or complaint not in said.stderr:
        sys.exit(f"replica/deploy.sh {' '.join(arguments)} says: {said.stdout}{said.stderr}")
    if client().describe_stacks()["Stacks"]:
        sys.exit(f"replica/deploy.sh {' '.join(arguments)} created a stack")


def check(mail):
    """The mail stack has the parameters TAKEN, and replicates to a bucket."""
    run(mail, TAKEN)
    run(mail, TAKEN | {"EmailRetentionDays": "7"}, "EmailRetentionDays=7")
    (bucket,) = [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"] if f"{mail}-replica-" in each["Name"]]
    located = boto3.client("s3").get_bucket_location(Bucket=bucket)["LocationConstraint"]
    if located != REGION:
        sys.exit(f"the copies are in {located}")
    role_of_the_replication(mail)
    client().delete_stack(StackName=f"{mail}-replica")


def run(mail, expected, *arguments):
    said = deploy(mail, REGION, *arguments)
    if said.returncode != 0 or "ReplicaBucketArn=" not in said.stdout:
        sys.exit(f"replica/deploy.sh {' '.join(arguments)} says: {said.stdout}{said.stderr}")
    given = client().describe_stacks(StackName=f"{mail}-replica")["Stacks"][0]["Parameters"]
    values = {each["ParameterKey"]: each["ParameterValue"] for each in given}
    source = beside.resources(mail)["Bucket"]
    if values != expected | {"MailStack": mail, "SourceBucket": source}:
        sys.exit(f"the replica's stack has the parameters {values}, and not {expected} of {source}")


def role_of_the_replication(mail):
    """moto's CloudFormation creates the role, and leaves replication and lifecycle out of a bucket."""
    roles = [role["RoleName"] for role in boto3.client("iam").list_roles()["Roles"]]
    (role,) = [name for name in roles if name.startswith(f"{mail}-ReplicationRole-")]
    policy = boto3.client("iam").get_role_policy(RoleName=role, PolicyName="replication")["PolicyDocument"]
    policy = ast.literal_eval(policy) if isinstance(policy, str) else policy  # moto answers with Python's text of it
    resources = {each["Resource"] for each in policy["Statement"]}
    source = "arn:aws:s3:::" + beside.resources(mail)["Bucket"]
    if resources != {source, f"{source}/*", f"{BUCKET}/*"}:
        sys.exit(f"the role of the replication is for {resources}")


def client():
    return boto3.client("cloudformation", region_name=REGION)
