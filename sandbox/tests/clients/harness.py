"""What every check needs: clients, names that are free, and ways to say what should be so."""

import inspect
import json
import time
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "eu-central-1"
# No secret: the endpoint listens on loopback only, and these are its own.
CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": REGION}


class Endpoint:
    """The endpoint, and clients for it. A refusal is shown at once instead of being tried again."""

    def __init__(self, url):
        self.url = url

    def client(self, service, **credentials):
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return boto3.client(service, endpoint_url=self.url, config=config, **CREDENTIALS | credentials)

    def stranger(self, service):
        """A client that knows the access key and not its secret."""
        return self.client(service, aws_secret_access_key="guessed")

    def queue(self, **attributes):
        """A new queue: its URL and its ARN."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=unused("queue"), Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return url, arn

    def queue_with_dead_letters(self, receives=1):
        """A new queue and its dead-letter queue: two pairs of URL and ARN."""
        dead = self.queue()
        policy = json.dumps({"deadLetterTargetArn": dead[1], "maxReceiveCount": receives})
        return self.queue(RedrivePolicy=policy, VisibilityTimeout="0"), dead

    def bucket(self):
        """A new bucket, with versions."""
        s3, name = self.client("s3"), unused("bucket")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name


def unused(kind):
    return f"{kind}-{uuid.uuid4().hex[:12]}"


def checks_of(module):
    """The functions named check_... of a module, in their order, with the names as sentences."""
    functions = inspect.getmembers(module, inspect.isfunction)
    own = [(name, f) for name, f in functions if name.startswith("check_") and f.__module__ == module.__name__]
    own.sort(key=lambda item: item[1].__code__.co_firstlineno)
    return [(name.removeprefix("check_").replace("_", " "), f) for name, f in own]


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"{found!r} instead of {expected!r}")


def refused(code, call, *, status=None, **request):
    """Makes a call that has to fail with AWS's error code, and gives the answer."""
    try:
        answer = call(**request)
    except ClientError as error:
        equal(error.response["Error"]["Code"], code)
        if status is not None:
            equal(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
        return error.response
    raise AssertionError(f"{code} was expected, not {answer!r}")


def until(condition, seconds=10):
    """Waits for something to become true, and gives it."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"still {found!r} after {seconds} s")
        time.sleep(0.05)
