"""Creates the expanded template with moto's CloudFormation, and says which types of resources moto doesn't know.

    create.py EXPANDED.json

What moto skips is not proved by this. What it creates refers to what exists, in an order that works.
"""

import io
import json
import os
import pathlib
import sys
import zipfile

os.environ.update(AWS_ACCESS_KEY_ID="moto", AWS_SECRET_ACCESS_KEY="moto", AWS_DEFAULT_REGION="eu-central-1")

import boto3  # noqa: E402 (it reads the environment)
from moto import mock_aws  # noqa: E402
from moto.cloudformation.parsing import MODEL_MAP  # noqa: E402

STACK = "candidate-2"
# Types that moto didn't know when this was written. One more is a new resource that nothing here tries.
UNKNOWN = set()


def code():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    return buffer.getvalue()


def create(template, parameters):
    boto3.client("s3").create_bucket(
        Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    boto3.client("s3").put_object(Bucket="code", Key="function.zip", Body=code())
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    client = boto3.client("cloudformation")
    client.create_stack(StackName=STACK, TemplateBody=json.dumps(template), Parameters=given)
    stack = client.describe_stacks(StackName=STACK)["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        sys.exit(f"the stack is {stack['StackStatus']}: {stack.get('StackStatusReason')}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def main():
    template = json.loads(pathlib.Path(sys.argv[1]).read_text())
    types = {resource["Type"] for resource in template["Resources"].values()}
    unknown = types - set(MODEL_MAP)
    with mock_aws():
        outputs = create(template, {})
    print(f"created; moto knows {len(types - unknown)} types of {len(types)}, not: {', '.join(sorted(unknown))}")
    for name, value in sorted(outputs.items()):
        print(f"  {name}: {value}")
    if unknown - UNKNOWN:
        sys.exit(f"types that nothing here creates: {sorted(unknown - UNKNOWN)}")


if __name__ == "__main__":
    main()
