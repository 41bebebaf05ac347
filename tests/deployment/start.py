"""Starts the output of `sam build`, each binary behind its own Runtime API, and sends it a sample event.

    sam build --parameter-overrides Architecture=x86_64
    target/venv/bin/python tests/deployment/start.py

moto in this process stands in for AWS. Only binaries for this machine's processor can be started.
"""

import json
import os
import pathlib
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
AWS = {
    "AWS_ACCESS_KEY_ID": "moto",
    "AWS_SECRET_ACCESS_KEY": "moto",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
}
os.environ.update(AWS)

import boto3  # noqa: E402 (it reads the environment)
from moto.server import ThreadedMotoServer  # noqa: E402


def runtime_api(event):
    """A server that hands out one event, and the list that gets the answer."""
    answers, handed_out, never = [], threading.Event(), threading.Event()

    class Api(BaseHTTPRequestHandler):
        def do_GET(self):
            if handed_out.is_set():
                never.wait()
            handed_out.set()
            self.send_response(200)
            self.send_header("lambda-runtime-aws-request-id", "00000000-0000-4000-8000-000000000001")
            self.send_header("lambda-runtime-deadline-ms", "99999999999999")
            self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:123456789012:function:f")
            self.end_headers()
            self.wfile.write(event)

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(202)
            self.end_headers()
            answers.append((self.path, body))
            done.set()

        def log_message(self, *_):
            pass

    done = threading.Event()
    server = HTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port, answers, done


def invoke(function, event, settings):
    """Starts a function and returns its answer, as JSON."""
    port, answers, done = runtime_api((ROOT / "events" / event).read_bytes())
    environment = AWS | settings | {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
    }
    process = subprocess.Popen([ROOT / ".aws-sam/build" / function / "bootstrap"], env=environment, text=True)
    try:
        if not done.wait(60):
            sys.exit(f"{function} did not answer within 60 seconds")
    finally:
        process.kill()
        process.wait()
    path, body = answers[0]
    if not path.endswith("/response"):
        sys.exit(f"{function} failed: {path} {body}")
    return json.loads(body)


def main():
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    url = "http://{}:{}".format(*moto.get_host_and_port())
    token = json.loads(json.loads((ROOT / "events/alb-post-email.json").read_text())["body"])["token"]
    boto3.client("ssm", endpoint_url=url).put_parameter(Name="/f/auth_token", Type="SecureString", Value=token)
    queue = boto3.client("sqs", endpoint_url=url).create_queue(QueueName="f-queue")["QueueUrl"]
    s3 = boto3.client("s3", endpoint_url=url)
    s3.create_bucket(Bucket="f-data", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    settings = {"AWS_ENDPOINT_URL": url, "SQS_QUEUE_URL": queue, "SSM_TOKEN_PARAMETER": "/f/auth_token"}
    accepted = invoke("ApiFunction", "alb-post-email.json", settings)
    settings = {"AWS_ENDPOINT_URL": url, "S3_BUCKET_NAME": "f-data"}
    filed = invoke("WorkerFunction", "sqs-batch.json", settings)
    objects = [found["Key"] for found in s3.list_objects_v2(Bucket="f-data").get("Contents", [])]
    moto.stop()

    print(f"api: {accepted['statusCode']} {accepted['body']}\nworker: {filed}, objects: {objects}")
    if accepted["statusCode"] != 200 or filed["batchItemFailures"] or not objects:
        sys.exit("a function did not do its work: see its log above")


if __name__ == "__main__":
    main()
