"""Programs that run during the check: sandboxes, and emulators with a function each. They choose free ports."""

import http.client
import os
import pathlib
import re
import socket
import subprocess
import time

import boto3
from botocore.config import Config

PATIENCE = 60  # seconds
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "debug"
TOKEN = "replace-with-your-token"  # as in the events


def until(condition, process):
    """Waits for a program to do something."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"{process.args}: not ready (exit status {process.poll()})")
        time.sleep(0.02)
    return found


def stop(process):
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Sandbox:
    """A stack of a template. With `aws_only`, it prints the environment that functions need elsewhere."""

    def __init__(self, log, *options):
        self.log = log
        command = [TARGET / "mailroom-local", "up", "--port", "0", "--aws-port", "0", "--token", TOKEN, *options]
        with log.open("w") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            self.endpoint = until(lambda: self.printed(r"SQS, S3 and SSM *(http://\S+)"), self.process)[0]
            # The last line of the greeting.
            until(lambda: self.printed(r"(A line for each \w+ follows)"), self.process)
        except SystemExit:
            stop(self.process)
            print(log.read_text())
            raise
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "eu-central-1"}
        config = Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE)
        self.client = boto3.client("lambda", endpoint_url=self.endpoint, config=config, **keys)

    def printed(self, pattern):
        return re.findall(pattern, self.log.read_text())

    def environment(self):
        return dict(self.printed(r"export (\w+)='(.*)'"))

    def invoke(self, function, payload):
        """The kind of an outcome, and its document."""
        answer = self.client.invoke(FunctionName=function, Payload=payload)
        return ("error" if "FunctionError" in answer else "response"), answer["Payload"].read().decode()

    def close(self):
        stop(self.process)


def free_address():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return "127.0.0.1:{}".format(listener.getsockname()[1])


class Emulator:
    """AWS's emulator with one function. It invokes the function as Lambda does, one invocation at a time."""

    def __init__(self, program, binary, environment, log):
        self.address = free_address()
        command = [program, "--log-level", "error", "--runtime-interface-emulator-address", self.address]
        command += ["--runtime-api-address", free_address(), binary]
        with log.open("w") as output:
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        until(self.listens, self.process)

    def listens(self):
        host, port = self.address.split(":")
        with socket.socket() as client:
            return client.connect_ex((host, int(port))) == 0

    def invoke(self, payload):
        """The status and the body of its answer."""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        connection.request("POST", "/2015-03-31/functions/function/invocations", payload)
        response = connection.getresponse()
        return response.status, response.read().decode()

    def close(self):
        stop(self.process)
