"""Compares the sandbox with AWS's Runtime Interface Emulator: the same binaries, the same events.

The emulator is AWS's own code, but not all of Lambda: sandbox/FIDELITY.md says where it differs from what was recorded on
Lambda. EXPLAINED has those differences, and nothing else may differ.
"""

import json
import pathlib
import platform
import re
import sys
import tempfile

from running import TARGET, Emulator, Sandbox

EVENTS = pathlib.Path("events")
OTHER = pathlib.Path("sandbox/stack/tests/other-project")
TIMEOUT = 2  # seconds, as in the other project's template
# The instructions of the other project's function, whose events are JSON texts.
INSTRUCTIONS = ["anything", "do-error", "do-crash", "after the crash", "do-hang", "after the timeout", "do-large"]
# Headers that a proxy on the way may add or change, and the protocol's line.
TRANSPORT = {"http/1.1 200 ok", "connection", "content-length", "date", "transfer-encoding"}


def emulator_program():
    """The emulator for this machine, or None."""
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
    pattern = f"lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"
    found = list(pathlib.Path("target/venv-deployment").glob(pattern)) if sys.platform == "linux" else []
    return found[0].resolve() if found else None


def normal(document):
    """A document without what differs in every invocation: ids, times and processes."""
    for pattern, name in [
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
        (r"20\d\d-\d\d-\d\dT[0-9:.]+Z", "<time>"),
        (r'"x-process": "\d+"', '"x-process": "<process>"'),
    ]:
        document = re.sub(pattern, name, document)
    try:
        return json.loads(document)
    except ValueError:
        return document


def outcome_of(status, body):
    """An emulator's answer as `Invoke` gives it. EXPLAINED: the emulator has no `X-Amz-Function-Error`, answers 502
    after a crash where Lambda answers 200, and tells of a timeout in a plain sentence."""
    timed_out = f"Task timed out after {TIMEOUT}.00 seconds"
    if body == timed_out:
        return "error", {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: <id> Error: {timed_out}"}
    document = normal(body)
    is_error = status != 200 or (isinstance(document, dict) and set(document) >= {"errorType", "errorMessage"})
    return ("error" if is_error else "response"), document


class Comparison:
    def __init__(self):
        self.same, self.different = 0, 0

    def of(self, name, ours, theirs):
        if ours == theirs:
            self.same += 1
            print(f"same    {name}: {ours[0]}", flush=True)
        else:
            self.different += 1
            print(f"DIFFERS {name}\n  the sandbox:  {ours}\n  the emulator: {theirs}", flush=True)

    def invocation(self, name, payload, sandbox, function, emulator):
        kind, document = sandbox.invoke(function, payload)
        self.of(name, (kind, normal(document)), outcome_of(*emulator.invoke(payload)))


def events_of(function):
    """The sample events of a function, and one of a wrong type."""
    prefix = {"api": "alb-", "worker": "sqs-"}[function]
    events = {path.name: path.read_bytes() for path in sorted(EVENTS.glob(f"{prefix}*.json"))}
    if len(events) < 2:
        raise SystemExit(f"only {len(events)} events for {function}: did they move?")
    return events | {"a malformed event": b'{"Records": 7, "httpMethod": []}', "a text": b'"x"', "null": b"null"}


def compare_mailroom(compared, program, directory):
    ours, elsewhere = Sandbox(directory / "up.log"), None
    try:
        elsewhere = Sandbox(directory / "aws.log", "--aws-only")
        for function in ("api", "worker"):
            environment = elsewhere.environment() | {"AWS_LAMBDA_FUNCTION_NAME": f"mailroom-{function}"}
            emulator = Emulator(program, TARGET.resolve() / function, environment, directory / f"{function}.log")
            try:
                for name, payload in events_of(function).items():
                    compared.invocation(f"{function}: {name}", payload, ours, f"mailroom-{function}", emulator)
            finally:
                emulator.close()
    finally:
        ours.close()
        if elsewhere:
            elsewhere.close()


def compare_other(compared, program, directory):
    """A function that crashes, hangs and reports errors on demand."""
    sandbox = Sandbox(directory / "other.log", "--template", str(OTHER / "template.yaml"))
    try:
        environment = {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(TIMEOUT), "AWS_LAMBDA_FUNCTION_NAME": "odd"}
        odd = next(path for path in (TARGET / "odd", OTHER / "target/debug/odd") if path.exists())
        emulator = Emulator(program, odd.resolve(), environment, directory / "odd.log")
        try:
            function = "mailroom-odd"
            for instruction in INSTRUCTIONS:
                payload = json.dumps(instruction).encode()
                compared.invocation(f"other: {instruction}", payload, sandbox, function, emulator)
            asked = json.dumps("do-context").encode()
            ours = headers(sandbox.invoke(function, asked)[1])
            theirs = headers(emulator.invoke(asked)[1])
            # EXPLAINED: the emulator has a trace only if its caller has one.
            compared.of("the headers of an invocation", ours, sorted({*theirs, "lambda-runtime-trace-id"}))
        finally:
            emulator.close()
    finally:
        sandbox.close()


def headers(answer):
    lines = json.loads(answer)["body"].splitlines()
    return sorted({line.split(":")[0] for line in lines} - TRANSPORT)


def main():
    program, compared = emulator_program(), Comparison()
    if program is None:
        print("skipped: the SAM CLI has no emulator for this machine")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        compare_mailroom(compared, program, pathlib.Path(directory))
        compare_other(compared, program, pathlib.Path(directory))
    print(f"{compared.same} invocations came to the same under AWS's emulator, {compared.different} did not")
    return 0 if compared.same and not compared.different else 1


if __name__ == "__main__":
    sys.exit(main())
