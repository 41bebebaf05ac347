"""What a stack tells its operators: its outputs with boto3 and the AWS CLI, its functions' logs with boto3."""

from check_cli import aws
from harness import equal, refused, unused


def outputs(stack):
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def check_a_stack_is_found_by_its_name_and_by_its_id(endpoint):
    cloudformation = endpoint.client("cloudformation")
    stack = cloudformation.describe_stacks()["Stacks"][0]
    equal((stack["StackStatus"], stack["CreationTime"].year > 2020), ("CREATE_COMPLETE", True))
    equal([output["OutputKey"] for output in stack["Outputs"] if not output["Description"]], [])
    for name in (stack["StackName"], stack["StackId"]):
        equal(cloudformation.describe_stacks(StackName=name)["Stacks"], [stack])
    query = "Stacks[0].Outputs[?OutputKey=='QueueUrl'].OutputValue | [0]"
    found = aws(endpoint, "cloudformation", "describe-stacks", "--stack-name", stack["StackName"], "--query", query)
    equal(found, outputs(stack)["QueueUrl"])


def check_a_stack_that_is_not_there_is_a_validation_error(endpoint):
    name = unused("stack")
    answer = refused("ValidationError", endpoint.client("cloudformation").describe_stacks, status=400, StackName=name)
    equal(answer["Error"]["Message"], f"Stack with id {name} does not exist")


def check_log_groups_are_searched_by_name_and_what_makes_no_sense_is_refused(endpoint):
    logs, stack = endpoint.client("logs"), endpoint.client("cloudformation").describe_stacks()["Stacks"][0]
    group = outputs(stack)["LogGroup"]
    equal(logs.filter_log_events(logGroupName=group, filterPattern='{ $.message = "accepted" }')["events"], [])
    refused("ResourceNotFoundException", logs.filter_log_events, status=400, logGroupName=unused("/group"))
    refused("InvalidParameterException", logs.filter_log_events, status=400, logGroupName=group, nextToken="other")


def check_an_operators_request_with_the_wrong_secret_is_refused(endpoint):
    refused("SignatureDoesNotMatch", endpoint.stranger("cloudformation").describe_stacks, status=403)
    search = endpoint.stranger("logs").filter_log_events
    refused("InvalidSignatureException", search, status=400, logGroupName="any")
