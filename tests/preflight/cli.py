"""`aws` for preflight.sh: the AWS CLI itself, whose questions an Account answers instead of AWS.

So command lines are parsed, parameters checked, pages fetched, --query evaluated and errors printed by the real thing.
One process answers for many calls, since starting the CLI takes longer than a check.
"""

import contextlib
import io
import os
import pathlib
import socketserver
import threading
from types import SimpleNamespace

from account import REGION, Refused
from awscli.clidriver import create_clidriver
# Codes that any operation may answer with, and codes of services whose models list none.
COMMON_ERRORS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Throttling"}
UNLISTED_ERRORS = {
    "cloudformation": {"ValidationError"},
    "codedeploy": {"SubscriptionRequiredException"},
    "ec2": {"InvalidInstanceType"},
    "s3": {"NoSuchBucket"},
}

# Sends its arguments, and gets status, output and errors; each ends in NUL. Bash starts in a tenth of Python's time.
CLIENT = """#!/usr/bin/env bash
# The AWS CLI 2 would open a pager, or write its errors in another form.
if [[ $AWS_PAGER$AWS_CLI_AUTO_PROMPT$AWS_CLI_ERROR_FORMAT != offlegacy ]]; then exit 70; fi
exec 3<>/dev/tcp/127.0.0.1/{port}
printf '%s\\0' "$#" "$@" >&3
IFS= read -r -d '' status <&3
IFS= read -r -d '' out <&3
IFS= read -r -d '' err <&3
printf '%s' "$out"
printf '%s' "$err" >&2
exit "$status"
"""


class Cli:
    """A directory with an `aws` to put on PATH, which answers for `self.account`."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        os.environ |= {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "none"}
        self.driver = create_clidriver()
        self.driver.session.register("before-parameter-build", self._remember)
        self.driver.session.register("before-call", self._answer)
        server = socketserver.TCPServer(("127.0.0.1", 0), self._handler())
        client = self.directory / "aws"
        client.write_text(CLIENT.format(port=server.server_address[1]))
        client.chmod(0o755)
        self.sam("SAM CLI, version 1.170.0")
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def sam(self, version):
        """Puts a `sam` on PATH, instead of this machine's, that prints this."""
        sam = self.directory / "sam"
        sam.write_text(f"#!/bin/sh\necho '{version}'\n")
        sam.chmod(0o755)

    def play(self, account, *, refuse=None, unknown_to_cli=(), error_prefix=""):
        """Starts with another account. `refuse(operation)` may give an exception for an operation, or None."""
        self.account = account
        self.refuse = refuse or (lambda _: None)
        self.unknown_to_cli = unknown_to_cli
        self.error_prefix = error_prefix
        self.operations, self.commands, self.faults = set(), [], []

    def _handler(cli):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                arguments = [self._word() for _ in range(int(self._word()))]
                for part in cli._run(arguments):
                    self.wfile.write(f"{part}\0".encode())

            def _word(self):
                return b"".join(iter(lambda: self.rfile.read(1), b"\0")).decode()

        return Handler

    def _run(self, arguments):
        self.commands.append(arguments)
        if arguments[:2] in [command.split() for command in self.unknown_to_cli]:
            return 252, "", f"\naws: error: argument operation: Invalid choice: {arguments[1]}\n"
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = self.driver.main(arguments)
            except SystemExit as exit:
                status = exit.code
            except Exception as error:
                self.faults.append(f"aws {' '.join(arguments)} breaks: {error!r}")
                status = 255
        said = err.getvalue().replace("\nAn error", f"\n{self.error_prefix}An error")
        if status in (2, 252):
            self.faults.append(f"the AWS CLI refuses aws {' '.join(arguments)}: {said}")
        return status, out.getvalue(), said

    def _remember(self, params, model, **_):
        self.params = params

    def _answer(self, model, context, **_):
        self.account.region = context["client_region"]
        service, name = model.service_model.service_name, model.name
        operation = f"{service}:{name}"
        self.operations.add(operation)
        refusal = self.refuse(operation)
        try:
            if refusal:
                raise refusal
            answer = getattr(self.account, f"{service.replace('-', '_')}_{name}")(self.params)
        except Refused as error:
            self._check_error(model, error.code)
            said = {"Code": error.code, "Message": error.message}
            return SimpleNamespace(status_code=400, raw=None), {"Error": said, "ResponseMetadata": {}}
        except (AttributeError, KeyError, AssertionError) as error:
            self.faults.append(f"the account has no answer to {operation}: {error!r}")
            raise
        self._check_form(model.output_shape, answer, operation)
        return SimpleNamespace(status_code=200, raw=None), answer | {"ResponseMetadata": {}}

    def _check_error(self, model, code):
        listed = {shape.metadata.get("error", {}).get("code") or shape.name for shape in model.error_shapes}
        if code not in listed | COMMON_ERRORS | UNLISTED_ERRORS.get(model.service_model.service_name, set()):
            self.faults.append(f"{model.name} does not answer with {code}")

    def _check_form(self, shape, value, path):
        if shape.type_name == "structure":
            for name, member in value.items():
                if name not in shape.members:
                    self.faults.append(f"{path} has no {name}")
                else:
                    self._check_form(shape.members[name], member, f"{path}.{name}")
        elif shape.type_name == "list":
            for member in value:
                self._check_form(shape.member, member, f"{path}[]")
        elif shape.type_name == "string" and not isinstance(value, str):
            self.faults.append(f"{path} is no string: {value!r}")
