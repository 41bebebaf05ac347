"""Deploys the budget's stack beside a mail stack in moto by budget/deploy.sh, in another region than the mail stack's."""

import os
import pathlib
import subprocess
import sys

import boto3

ROOT = pathlib.Path(__file__).resolve().parents[2]


def deploy(*arguments):
    environment = os.environ | {"PATH": f"{ROOT}/target/venv/bin:{os.environ['PATH']}"}
    return subprocess.run([ROOT / "budget/deploy.sh", *arguments], env=environment, capture_output=True, text=True)


def names_the_region_of_a_failure():
    """The command that deletes a failed stack is for the stack's region, not for the mail stack's."""
    script = """set -euo pipefail
      script=budget/deploy.sh mail=a stack=a-budget
      . delivery/beside.sh
      aws() { echo ROLLBACK_COMPLETE; }
      in_region us-east-1
      failed"""
    said = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True)
    if said.returncode != 1 or "delete-stack --region us-east-1 --stack-name a-budget" not in said.stderr:
        sys.exit(f"a failed deployment in another region says: {said.stdout}{said.stderr}")


def check(mail, email):
    """`email` is the mail stack's AlarmEmail."""
    names_the_region_of_a_failure()
    said = deploy("somebody-elses")
    if said.returncode == 0 or "the mail stack somebody-elses can't be read" not in said.stderr:
        sys.exit(f"budget/deploy.sh without a mail stack says: {said.stdout}{said.stderr}")
    for arguments, expected in (
        ([], ("50", email)),
        (["MonthlyBudget=30"], ("30", email)),
        (["AlarmEmail="], ("30", "")),
        (["MonthlyBudget=40"], ("40", "")),
    ):
        said = deploy(mail, *arguments)
        if said.returncode != 0 or f"budget      {expected[0]} dollars" not in said.stdout:
            sys.exit(f"budget/deploy.sh {' '.join(arguments)} says: {said.stdout}{said.stderr}")
        if parameters(mail) != expected:
            sys.exit(f"after budget/deploy.sh {' '.join(arguments)} the parameters are {parameters(mail)}")
    topics = [topic["TopicArn"] for topic in boto3.client("sns", region_name="us-east-1").list_topics()["Topics"]]
    if topics != [f"arn:aws:sns:us-east-1:123456789012:{mail}-budget"]:
        sys.exit(f"the topics of us-east-1 are {topics}")
    client().delete_stack(StackName=f"{mail}-budget")


def client():
    return boto3.client("cloudformation", region_name="us-east-1")


def parameters(mail):
    given = client().describe_stacks(StackName=f"{mail}-budget")["Stacks"][0]["Parameters"]
    values = {each["ParameterKey"]: each["ParameterValue"] for each in given}
    return values["MonthlyBudget"], values["AlarmEmail"]
