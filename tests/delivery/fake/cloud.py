"""The calls of the AWS CLI that the scripts of delivery/ make, on a World. A call that changes something is logged."""

import base64
import json
import pathlib
import shutil
import urllib.parse

from world import Refused

TOKEN = "the-token"


def part(function_name):
    return function_name.rsplit("-", 1)[1]


# Lambda


def get_alias(world, _fake, function_name, name):
    assert name == "live", name
    alias = world.function(function_name)["alias"]
    answer = {"Name": name, "FunctionVersion": alias["version"]}
    if alias["weights"]:
        answer["RoutingConfig"] = {"AdditionalVersionWeights": alias["weights"]}
    return answer


def list_versions(world, _fake, function_name):
    versions = world.function(function_name)["versions"]
    environment = {"Variables": {"SSM_TOKEN_PARAMETER": token_parameter(world)}} if part(function_name) == "api" else {}
    listed = [{"Version": version, "Environment": environment} for version in ["$LATEST", *versions]]
    return {"Versions": listed}


def token_parameter(world):
    return f"/aws/reference/secretsmanager/{world.stack['name']}/tokens"


def update_alias(world, _fake, function_name, name, version, routing):
    assert name == "live" and routing == "AdditionalVersionWeights={}", routing
    world.log(f"alias {part(function_name)} {version}")
    function = world.function(function_name)
    if version not in function["versions"]:
        raise Refused("ResourceNotFoundException", f"no version {version}")
    function["alias"] = {"version": version, "weights": {}}
    return {"FunctionVersion": version}


def delete_function(world, _fake, function_name, version):
    assert version.isdigit(), "without a version, it would be the function"
    world.log(f"delete {part(function_name)} {version}")
    world.delete_version(function_name, version)


def invoke(world, _fake, function_name, version, payload, answer_file):
    function = world.function(function_name)
    code = function["versions"][version]
    faults = world.state["faults"].get(code, [])
    if "pending" in faults:
        faults.remove("pending")
        raise Refused("ResourceConflictException", "The function is currently in the following state: Pending")
    if "pending-for-long" in faults:
        asked = world.state.setdefault("asked", {})
        asked[code] = asked.get(code, 0) + 1
        if asked[code] <= 5:
            raise Refused("ResourceConflictException", "The function is currently in the following state: Pending")
    event = json.loads(pathlib.Path(payload.removeprefix("fileb://")).read_text())
    answer = api(faults, event) if "httpMethod" in event else worker(faults, event)
    world.log(f"call {part(function_name)} {version}")
    pathlib.Path(answer_file).write_text(json.dumps({"errorMessage": "crash"} if "crash" in faults else answer))
    return {"StatusCode": 200, "ExecutedVersion": version} | ({"FunctionError": "Unhandled"} if "crash" in faults else {})


def api(faults, event):
    if (event["httpMethod"], event["path"]) == ("GET", "/health"):
        return {"statusCode": 200, "body": '{"status":"ok"}'}
    assert (event["httpMethod"], event["path"]) == ("POST", "/api/email"), event
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"]
    posted = json.loads(body)
    if "no-ssm-yet" in faults:
        faults.remove("no-ssm-yet")
        return {"statusCode": 503, "body": "{}"}
    if "no-ssm" in faults:
        return {"statusCode": 503, "body": "{}"}
    if posted["token"] != TOKEN and "open" not in faults:
        return {"statusCode": 403, "body": "{}"}
    assert smoke(posted["data"])
    if "no-queue" in faults:
        return {"statusCode": 503, "body": "{}"}
    return {"statusCode": 200, "body": '{"message_id": "1", "receipt": "0198c0de-0000-7000-8000-000000000001"}'}


def worker(faults, event):
    [record] = event["Records"]
    assert smoke(json.loads(record["body"])) and record["messageAttributes"]["receipt"]["dataType"] == "String"
    failures = [{"itemIdentifier": record["messageId"]}] if "files-nothing" in faults else []
    return {"batchItemFailures": failures}


def smoke(email):
    fields = {"email_subject", "email_sender", "email_timestream", "email_content"}
    return email.keys() == fields and email["email_sender"].startswith("smoke-")


# CloudFormation, the load balancer, SSM


def describe_stacks(world, _fake, name):
    assert world.stack["name"] == name, name
    stack = {"StackName": name, "StackId": f"arn:{name}", "StackStatus": world.stack["status"]}
    if "endpoint" in world.stack:  # a stack of an earlier template has no such parameter
        stack["Parameters"] = [{"ParameterKey": "Endpoint", "ParameterValue": world.stack["endpoint"]}]
    if "updated" in world.stack:
        stack["LastUpdatedTime"] = world.stack["updated"]
    return {"Stacks": [stack]}


def describe_stack_resource(world, _fake, name, logical_id):
    assert (world.stack["name"], logical_id) == (name, "LoadBalancer"), logical_id
    assert world.stack.get("endpoint") != "http-api", "a stack without a load balancer"
    return {"StackResourceDetail": {"PhysicalResourceId": "arn:aws:elasticloadbalancing:alb"}}


def cancel_update_stack(world, _fake, name):
    assert world.stack["name"] == name, name
    world.log("cancel")
    world.cancel()


def update_termination_protection(world, _fake, name, enabled):
    assert world.stack["name"] == name and enabled
    world.log("protect stack")


def modify_load_balancer_attributes(world, _fake, arn, attributes):
    assert (arn, attributes) == ("arn:aws:elasticloadbalancing:alb", "Key=deletion_protection.enabled,Value=true")
    world.log("protect load balancer")


def get_parameter(world, _fake, name, decrypted):
    assert name == token_parameter(world) and decrypted
    return {"Parameter": {"Value": f" \n{TOKEN}\nan-older-one\n"}}


# S3: a bucket that keeps versions, in which each key has at most one that is current.


def put_object(world, fake, bucket, key, none_match, body):
    path = stored(fake, bucket, key)
    if none_match == "*" and path.exists():
        raise Refused("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
    world.state["s3"] = world.state.get("s3", 0) + 1
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(body, path)
    path.with_name(path.name + ".version").write_text(f"v{world.state['s3']}")
    world.log(f"put {key}")
    return {"VersionId": f"v{world.state['s3']}"}


def get_object(_world, fake, bucket, key, target):
    path = stored(fake, bucket, key)
    if not path.exists():
        raise Refused("NoSuchKey", "The specified key does not exist.")
    shutil.copy(path, target)
    return {"VersionId": path.with_name(path.name + ".version").read_text()}


def delete_object(world, fake, bucket, key, version):
    path = stored(fake, bucket, key)
    world.log(f"delete {key}")
    if path.exists() and version in (None, path.with_name(path.name + ".version").read_text()):
        path.unlink()
    return {}


def cp(world, fake, _quiet, source, target):
    if source.startswith("s3://"):
        path = at(fake, source)
        if not path.exists():
            raise Refused("404", f'Key "{source}" does not exist')
        shutil.copy(path, target)
    else:
        path = at(fake, target)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, path)
        world.log(f"put {path.name}")


def at(fake, url):
    parsed = urllib.parse.urlparse(url)
    return stored(fake, parsed.netloc, parsed.path.lstrip("/"))


def stored(fake, bucket, key):
    return fake / "s3" / bucket / key


# The options of each call, in the order of the function's arguments.
CALLS = {
    "cloudformation cancel-update-stack": (["--stack-name"], cancel_update_stack),
    "cloudformation describe-stack-resource": (["--stack-name", "--logical-resource-id"], describe_stack_resource),
    "cloudformation describe-stacks": (["--stack-name"], describe_stacks),
    "cloudformation update-termination-protection": (
        ["--stack-name", "--enable-termination-protection"], update_termination_protection),
    "elbv2 modify-load-balancer-attributes": (["--load-balancer-arn", "--attributes"], modify_load_balancer_attributes),
    "lambda delete-function": (["--function-name", "--qualifier"], delete_function),
    "lambda get-alias": (["--function-name", "--name"], get_alias),
    "lambda invoke": (["--function-name", "--qualifier", "--payload"], invoke),
    "lambda list-versions-by-function": (["--function-name"], list_versions),
    "lambda update-alias": (["--function-name", "--name", "--function-version", "--routing-config"], update_alias),
    "s3 cp": (["--only-show-errors"], cp),
    "s3api delete-object": (["--bucket", "--key", "--version-id"], delete_object),
    "s3api get-object": (["--bucket", "--key"], get_object),
    "s3api put-object": (["--bucket", "--key", "--if-none-match", "--body"], put_object),
    "ssm get-parameter": (["--name", "--with-decryption"], get_parameter),
}  # fmt: skip
