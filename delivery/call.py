"""call.py STACK api|worker VERSION: calls one version of a function directly and checks its answers.

Exits with 0 if the version works, 1 if it doesn't, and 75 (EX_TEMPFAIL) if it can't be called, for example while Lambda
prepares it. It uses the events in events/. The emails' sender is smoke-..., as in `mailroom check`, because the pipeline's
role can read no other objects. It never prints the token.
"""

import hashlib
import json
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time
import uuid

EVENTS = pathlib.Path(__file__).resolve().parent.parent / "events"
CANT_BE_CALLED = 75


class Wrong(Exception):
    """The version's answer is wrong."""


def aws(*command):
    done = subprocess.run(["aws", *command], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"aws {' '.join(command[:2])}: {done.stderr.strip()}", file=sys.stderr)
        sys.exit(CANT_BE_CALLED)
    return done.stdout


def call(function, version, event):
    """The function's answer. Payloads are in files, because other users can read a command line."""
    with tempfile.TemporaryDirectory() as directory:
        payload, answer = pathlib.Path(directory, "payload"), pathlib.Path(directory, "answer")
        payload.write_text(json.dumps(event))
        said = aws("lambda", "invoke", "--function-name", function, "--qualifier", version,
                   "--payload", f"fileb://{payload}", "--output", "json", str(answer))  # fmt: skip
        if "FunctionError" in json.loads(said):
            raise Wrong(f"it crashed: {answer.read_text()}")
        return json.loads(answer.read_text())


def event(name):
    return json.loads((EVENTS / name).read_text())


def email():
    return {
        "email_subject": "mailroom deployment",
        "email_sender": f"smoke-{secrets.token_hex(6)}",
        "email_timestream": str(int(time.time())),
        "email_content": "Sent to a new version before it gets traffic. Ignore it.",
    }


def tokens(function, version):
    """One per line, as this version of `api` reads them: another one may read another parameter."""
    listed = aws("lambda", "list-versions-by-function", "--function-name", function, "--output", "json")
    versions = {each["Version"]: each for each in json.loads(listed)["Versions"]}
    parameter = versions[version]["Environment"]["Variables"]["SSM_TOKEN_PARAMETER"]
    value = aws("ssm", "get-parameter", "--name", parameter, "--with-decryption",
                "--query", "Parameter.Value", "--output", "text")  # fmt: skip
    found = [line for line in value.splitlines() if line.strip()]
    if not found:
        raise Wrong(f"the parameter {parameter} holds no token")
    return found


def post(token):
    posted = event("alb-post-email.json")
    posted["body"] = json.dumps({"data": email(), "token": token})
    return posted


def probe_api(function, version, ask):
    for what, posted, expected in [
        ("GET /health", event("alb-health-check.json"), 200),
        ("an email with a wrong token", post(secrets.token_hex(8)), 403),  # so it can read the right ones from SSM
        ("an email with the token", post(tokens(function, version)[0]), 200),  # so it can write to the queue
    ]:
        answer = ask(posted)
        if answer.get("statusCode") != expected:
            raise Wrong(f"{what}: {answer.get('statusCode')} instead of {expected}: {answer.get('body')}")
    if not json.loads(answer["body"]).get("receipt"):
        raise Wrong("an email with the token: 200 without a receipt")


def probe_worker(_function, _version, ask):
    record = event("sqs-batch.json")["Records"][0]
    now = str(time.time_ns() // 1_000_000)
    record["body"] = json.dumps(email())
    record["md5OfBody"] = hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    record["messageId"] = str(uuid.uuid4())
    record["messageAttributes"]["receipt"]["stringValue"] = receipt()
    del record["messageAttributes"]["caller"]
    record["attributes"] |= {"SentTimestamp": now, "ApproximateFirstReceiveTimestamp": now}  # the worker measures their age
    answer = ask({"Records": [record]})
    if answer != {"batchItemFailures": []}:
        raise Wrong(f"an email was not stored: {answer}")


def receipt():
    """A UUID of version 7, like `api`'s: its first 48 bits are the time."""
    bits = time.time_ns() // 1_000_000 << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=bits))


def main():
    stack, function, version = sys.argv[1:]
    probe = {"api": probe_api, "worker": probe_worker}[function]
    name = f"{stack}-{function}"
    try:
        probe(name, version, lambda posted: call(name, version, posted))
    except Wrong as wrong:
        print(f"::error::{function} version {version}, called directly: {wrong}", file=sys.stderr)
        sys.exit(1)
    print(f"{function} version {version}, called directly: it works")


main()
