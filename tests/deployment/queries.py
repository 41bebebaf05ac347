"""Deploys the queries' stack beside a mail stack in moto by queries/deploy.sh, looks at it, and deletes it."""

import copy
import sys

import boto3

import beside
import stand_ins

FILES = ("queries/deploy.sh", "delivery/beside.sh")


def create(mail, template, access_log="yes"):
    """Without a load balancer the stack has no table over its log."""
    said = deploy(mail, template, ["QueryScanLimit=20000000"])
    if said.returncode != 0:
        sys.exit(f"queries/deploy.sh failed:\n{said.stdout}{said.stderr}")
    if f"mailroom query --stack {mail} --saved per-day" not in said.stdout:
        sys.exit(f"queries/deploy.sh says: {said.stdout}")
    if (f"{mail} has no load balancer" in said.stdout) != (access_log == "no"):
        sys.exit(f"queries/deploy.sh says of the load balancer: {said.stdout}")
    arrived(mail)
    given(mail, {"QueryScanLimit": "20000000", "AccessLog": access_log})


def without_a_load_balancer(mail, template):
    """Without the load balancer's parameters the stack has no table over its log, and keeps its other parameters."""
    client, name = boto3.client("ssm"), f"/{mail}/load-balancer/full-name"
    value = client.get_parameter(Name=name)["Parameter"]["Value"]
    client.delete_parameter(Name=name)
    said = deploy(mail, template, [])
    if said.returncode != 0 or f"{mail} has no load balancer" not in said.stdout:
        sys.exit(f"queries/deploy.sh without a load balancer says: {said.stdout}{said.stderr}")
    given(mail, {"QueryScanLimit": "20000000", "AccessLog": "no"})
    client.put_parameter(Name=name, Value=value, Type="String")


def refused(mail, template):
    for arguments, words in (
        (["Suffix=1"], "the queries' stack has no parameter Suffix to be given"),
        (["--all"], "unknown option --all"),
        (["other"], f"two stacks are given, {mail} and other"),
    ):
        said = deploy(mail, template, arguments)
        if said.returncode != 1 or words not in said.stderr:
            sys.exit(f"queries/deploy.sh {arguments} says: {said.stdout}{said.stderr}")
    said = deploy("somebody-elses", template, [])
    if said.returncode != 1 or "the mail stack somebody-elses can't be read; deploy it first" not in said.stderr:
        sys.exit(f"queries/deploy.sh without a mail stack says: {said.stdout}{said.stderr}")


def deploy(mail, template, arguments):
    # moto reads the SSM parameter that is a parameter's default, even where another name is given.
    template = copy.deepcopy(template)
    template["Parameters"]["MailStackSuffix"]["Default"] = f"/{mail}/names/suffix"
    return beside.run(FILES, stand_ins.creatable(template, {}), [mail, *arguments])


def arrived(mail):
    """`mailroom query` finds what it needs, and the results go to a bucket that is there."""
    found = boto3.client("ssm").get_parameters_by_path(Path=f"/{mail}/queries")["Parameters"]
    values = {each["Name"].split("/")[-1]: each["Value"] for each in found}
    if set(values) != {"workgroup", "database", "results"}:
        sys.exit(f"the queries' stack publishes {values}")
    if values["results"] not in {each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]}:
        sys.exit(f"results go to {values['results']}, which isn't a bucket")


def given(mail, wanted):
    stack = boto3.client("cloudformation").describe_stacks(StackName=f"{mail}-queries")["Stacks"][0]
    values = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    if {name: values.get(name) for name in wanted} != wanted:
        sys.exit(f"the queries' stack has the parameters {values} instead of {wanted}")


def delete(mail):
    boto3.client("cloudformation").delete_stack(StackName=f"{mail}-queries")
