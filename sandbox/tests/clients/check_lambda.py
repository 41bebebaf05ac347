"""`Invoke` with boto3 and the AWS CLI, of the function in sandbox/stack/tests/other-project.

The stack's time runs a thousand times faster, so that Lambda's retries take milliseconds.
"""

import base64
import json
import pathlib
import tempfile
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError
from check_cli import aws
from harness import REGION, equal, refused, until

FUNCTION = "local-odd"
ARN = f"arn:aws:lambda:{REGION}:000000000000:function:{FUNCTION}"


def invoke(endpoint, payload, name=FUNCTION, **members):
    answer = endpoint.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload), **members)
    return answer, answer["Payload"].read()


def check_a_function_is_invoked_by_its_name_its_arn_and_its_alias(endpoint):
    for name, qualifier, version in [
        (FUNCTION, None, "$LATEST"),
        (ARN, None, "$LATEST"),
        (f"000000000000:function:{FUNCTION}", "live", "1"),
        (f"{ARN}:live", None, "1"),
    ]:
        members = {"Qualifier": qualifier} if qualifier else {}
        answer, payload = invoke(endpoint, {"says": "do-context"}, name, **members)
        equal((answer["StatusCode"], answer["ExecutedVersion"]), (200, version))
        equal(answer.get("FunctionError"), None)
        body = json.loads(payload)["body"]
        arn = f"{ARN}:live" if version == "1" else ARN
        equal(f"lambda-runtime-invoked-function-arn: {arn}\n" in body + "\n", True)
        request_id = answer["ResponseMetadata"]["RequestId"]
        equal(f"lambda-runtime-aws-request-id: {request_id}" in body, True)


def check_a_client_context_reaches_the_function(endpoint):
    context = base64.b64encode(json.dumps({"custom": {"a": 1}}).encode()).decode()
    _, payload = invoke(endpoint, "do-context", ClientContext=context)
    equal('lambda-runtime-client-context: {"custom":{"a":1}}' in json.loads(payload)["body"], True)


def check_each_way_to_fail_has_its_type_and_its_message(endpoint):
    for instruction, kind, message in [
        ("do-crash", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("do-hang", "Sandbox.Timedout", "Task timed out after 2.00 seconds"),
    ]:
        answer, payload = invoke(endpoint, instruction)
        equal((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
        message = f"RequestId: {answer['ResponseMetadata']['RequestId']} Error: {message}"
        equal(json.loads(payload), {"errorType": kind, "errorMessage": message})
    answer, payload = invoke(endpoint, "do-error")
    equal(answer["FunctionError"], "Unhandled")
    equal(json.loads(payload), {"errorType": "Odd", "errorMessage": "on purpose"})
    answer, payload = invoke(endpoint, "do-huge")
    message = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
    equal(json.loads(payload), {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message})


def check_the_log_of_an_invocation_comes_with_its_answer(endpoint):
    for _ in range(5):
        answer, _ = invoke(endpoint, "do-nap", LogType="Tail")
        equal(base64.b64decode(answer["LogResult"]), b"slept well\n")
    answer, _ = invoke(endpoint, "do-crash", LogType="Tail")
    equal(base64.b64decode(answer["LogResult"]), b"about to crash\n")
    answer, _ = invoke(endpoint, "quiet")
    equal("LogResult" in answer, False)


def check_an_event_that_fails_is_tried_twice_more_with_the_same_id(endpoint):
    answer, payload = invoke(endpoint, "do-error", InvocationType="Event")
    equal((answer["StatusCode"], payload, "ExecutedVersion" in answer), (202, b"", False))
    request_id, logs = answer["ResponseMetadata"]["RequestId"], endpoint.client("logs")
    group = f"/aws/lambda/{FUNCTION}"
    printed = lambda: [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    until(lambda: printed().count(f"failing {request_id}") == 3)


def check_a_dry_run_runs_nothing(endpoint):
    answer, payload = invoke(endpoint, "do-crash", InvocationType="DryRun")
    equal((answer["StatusCode"], payload), (204, b""))


def check_a_function_that_is_busy_is_throttled(endpoint):
    def nap(_):
        try:
            return invoke(endpoint, "do-nap")[0]["StatusCode"]
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(nap, range(20)))
    equal(set(answers), {200, ("TooManyRequestsException", 429)})


def check_what_can_not_be_invoked_is_refused_with_lambdas_codes(endpoint):
    client = endpoint.client("lambda")
    answer = refused("ResourceNotFoundException", client.invoke, status=404, FunctionName="other")
    equal(answer["Message"], f"Function not found: {ARN.replace(FUNCTION, 'other')}:$LATEST")
    one = {"FunctionName": FUNCTION}
    refused("InvalidRequestContentException", client.invoke, status=400, Payload=b"\x99", **one)
    refused("RequestEntityTooLargeException", client.invoke, status=413, Payload=b"1" * 6_291_457, **one)
    event = {"InvocationType": "Event", "Payload": b"1" * 1_048_577}
    refused("RequestEntityTooLargeException", client.invoke, status=413, **event, **one)
    refused("InvalidSignatureException", endpoint.stranger("lambda").invoke, status=403, **one)
    unknown = endpoint.client("lambda", aws_access_key_id="other")
    refused("UnrecognizedClientException", unknown.invoke, status=403, **one)


def check_the_aws_cli_writes_the_response_to_a_file(endpoint):
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        (directory / "event.json").write_text(json.dumps({"a": "\u00e9"}))
        out = directory / "out.json"
        command = ("lambda", "invoke", "--function-name", FUNCTION, "--payload", f"fileb://{directory}/event.json")
        answer = aws(endpoint, *command, str(out))
        equal((answer["StatusCode"], answer["ExecutedVersion"]), (200, "$LATEST"))
        equal(json.loads(out.read_text())["statusCode"], 200)
