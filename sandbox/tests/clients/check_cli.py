"""The AWS CLI, as an operator types it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from harness import CREDENTIALS, equal, unused, until


def aws(endpoint, *words, fails=None):
    """Runs `aws` and gives what it printed, as JSON if it is that; or what it complained of, if it has to fail."""
    environment = {**os.environ, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    environment.update({name.upper(): value for name, value in CREDENTIALS.items() if name != "region_name"})
    environment.update(AWS_DEFAULT_REGION=CREDENTIALS["region_name"], AWS_MAX_ATTEMPTS="1", AWS_PAGER="")
    command = [sys.executable, "-m", "awscli", "--endpoint-url", endpoint.url, "--output", "json", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    if fails is not None:
        if done.returncode == 0 or fails not in done.stderr:
            raise AssertionError(f"{words}: {done.returncode} {done.stdout} {done.stderr}")
        return None
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.stderr}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        return done.stdout


def arn_of(endpoint, url):
    asked = ("--queue-url", url, "--attribute-names", "QueueArn")
    return aws(endpoint, "sqs", "get-queue-attributes", *asked)["Attributes"]["QueueArn"]


def check_a_queue_and_its_dead_letters(endpoint):
    dead = aws(endpoint, "sqs", "create-queue", "--queue-name", unused("dead"))["QueueUrl"]
    dead_arn = arn_of(endpoint, dead)
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "1"})
    attributes = json.dumps({"RedrivePolicy": policy, "VisibilityTimeout": "0"})
    create = ("--queue-name", unused("queue"), "--attributes", attributes, "--tags", "team=red")
    url = aws(endpoint, "sqs", "create-queue", *create)["QueueUrl"]
    equal(aws(endpoint, "sqs", "list-queue-tags", "--queue-url", url)["Tags"], {"team": "red"})
    aws(endpoint, "sqs", "send-message", "--queue-url", url, "--message-body", "hello")
    receive = ("sqs", "receive-message", "--queue-url", url, "--attribute-names", "All")
    equal(aws(endpoint, *receive)["Messages"][0]["Body"], "hello")
    equal(aws(endpoint, *receive), "")
    sources = aws(endpoint, "sqs", "list-dead-letter-source-queues", "--queue-url", dead)["queueUrls"]
    equal(sources, [url])

    aws(endpoint, "sqs", "start-message-move-task", "--source-arn", dead_arn)
    list_tasks = ("sqs", "list-message-move-tasks", "--source-arn", dead_arn)
    task = until(lambda: next(t for t in aws(endpoint, *list_tasks)["Results"] if t["Status"] != "RUNNING"), 30)
    equal((task["Status"], task["ApproximateNumberOfMessagesMoved"]), ("COMPLETED", 1))
    message = aws(endpoint, *receive, "--visibility-timeout", "30")["Messages"][0]
    handle = ("--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    aws(endpoint, "sqs", "change-message-visibility", *handle, "--visibility-timeout", "60")
    aws(endpoint, "sqs", "delete-message", *handle)
    aws(endpoint, "sqs", "purge-queue", "--queue-url", url)
    aws(endpoint, "sqs", "purge-queue", "--queue-url", url, fails="PurgeQueueInProgress")
    aws(endpoint, "sqs", "delete-queue", "--queue-url", url)
    aws(endpoint, "sqs", "send-message", "--queue-url", url, "--message-body", "x", fails="NonExistentQueue")


def check_files_go_to_a_bucket_and_come_back(endpoint):
    bucket = unused("bucket")
    aws(endpoint, "s3", "mb", f"s3://{bucket}")
    versioning = ("--bucket", bucket, "--versioning-configuration", "Status=Enabled")
    aws(endpoint, "s3api", "put-bucket-versioning", *versioning)
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        (directory / "one.json").write_text('{"n": 1}')
        (directory / "sub").mkdir()
        (directory / "sub" / "two.json").write_text('{"n": 2}')
        aws(endpoint, "s3", "cp", "--recursive", str(directory), f"s3://{bucket}/reports/")
        listed = aws(endpoint, "s3", "ls", "--recursive", f"s3://{bucket}/")
        equal([line.split()[-1] for line in listed.splitlines()], ["reports/one.json", "reports/sub/two.json"])
        aws(endpoint, "s3", "sync", f"s3://{bucket}/reports/", str(directory / "back"))
        equal((directory / "back" / "sub" / "two.json").read_text(), '{"n": 2}')
        put = ("--bucket", bucket, "--key", "reports/one.json", "--body", str(directory / "one.json"))
        aws(endpoint, "s3api", "put-object", *put, "--if-none-match", "*", fails="PreconditionFailed")
        aws(endpoint, "s3api", "put-object", *put)
    aws(endpoint, "s3", "rm", f"s3://{bucket}/reports/one.json")
    versions = aws(endpoint, "s3api", "list-object-versions", "--bucket", bucket, "--prefix", "reports/one")
    equal((len(versions["Versions"]), versions["DeleteMarkers"][0]["IsLatest"]), (2, True))
    marker = versions["DeleteMarkers"][0]["VersionId"]
    one = ("--bucket", bucket, "--key", "reports/one.json")
    aws(endpoint, "s3api", "delete-object", *one, "--version-id", marker)
    equal(aws(endpoint, "s3api", "head-object", *one)["ContentLength"], 8)
    equal(aws(endpoint, "s3api", "get-bucket-versioning", "--bucket", bucket)["Status"], "Enabled")


def check_a_large_file_is_copied_and_moved(endpoint):
    bucket = unused("bucket")
    aws(endpoint, "s3", "mb", f"s3://{bucket}")
    with tempfile.TemporaryDirectory() as directory:
        large, back = pathlib.Path(directory) / "large", pathlib.Path(directory) / "back"
        large.write_bytes(os.urandom(9 * 1024 * 1024))
        aws(endpoint, "s3", "cp", str(large), f"s3://{bucket}/large")
        aws(endpoint, "s3", "mv", f"s3://{bucket}/large", f"s3://{bucket}/moved/large")
        (large.parent / "small").write_text("small")
        aws(endpoint, "s3", "mv", str(large.parent / "small"), f"s3://{bucket}/small")
        aws(endpoint, "s3", "mv", f"s3://{bucket}/small", f"s3://{bucket}/moved/small")
        listed = aws(endpoint, "s3", "ls", "--recursive", f"s3://{bucket}/")
        equal([line.split()[-1] for line in listed.splitlines()], ["moved/large", "moved/small"])
        aws(endpoint, "s3", "cp", f"s3://{bucket}/moved/large", str(back))
        equal(back.read_bytes() == large.read_bytes(), True)
    aws(endpoint, "s3", "rb", "--force", f"s3://{bucket}")


def check_a_secret_is_overwritten(endpoint):
    name = f"/{unused('stack')}/token"
    put = ("ssm", "put-parameter", "--type", "SecureString", "--name", name)
    aws(endpoint, *put, "--value", "one")
    aws(endpoint, *put, "--value", "two", fails="ParameterAlreadyExists")
    equal(aws(endpoint, *put, "--value", "two", "--overwrite")["Version"], 2)
    get = ("ssm", "get-parameter", "--with-decryption", "--name", name)
    equal(aws(endpoint, *get, "--query", "Parameter.Value"), "two")
    history = aws(endpoint, "ssm", "get-parameter-history", "--with-decryption", "--name", name)
    equal([entry["Value"] for entry in history["Parameters"]], ["one", "two"])
    aws(endpoint, "ssm", "delete-parameter", "--name", name)
    aws(endpoint, *get, fails="ParameterNotFound")
