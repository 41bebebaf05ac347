"""Plays `aws`, `docker` and `sleep` for grafana/deploy.sh, and refuses what they refuse.

    fake.py DIRECTORY aws|docker|sleep ARGUMENT ...

DIRECTORY/state.json is the account. Each call that changes something is a line in DIRECTORY/log.
"""

import json
import pathlib
import sys

from fake_aws import Aws
from fake_docker import Docker
from refused import Refused

EMPTY = {
    "mail": None,  # name of the mail stack
    "ssm": {},  # its parameters
    # ECS's role: ready; new, so that ECS can't use it yet; missing; denied, where nobody may create it; hidden, where
    # it is there and nobody may look
    "role": "ready",
    "stack": None,  # Grafana's stack: status, parameters, events
    "images": {},  # tag -> digest, in the stack's repository
    "docker": True,
    "built": [],
    "logged_in": None,
    "fails": [],  # steps that fail: build, push, login, deploy
}


class Sleep:
    """IAM needs a while until other services know a new role."""

    def __init__(self, state, _log, arguments):
        if state["role"] == "new" and int(arguments[0]) >= 10:
            state["role"] = "ready"


def main():
    directory, program, *arguments = sys.argv[1:]
    file = pathlib.Path(directory, "state.json")
    before = file.read_text()
    state = EMPTY | json.loads(before)

    def log(line):
        with open(pathlib.Path(directory, "log"), "a") as lines:
            lines.write(line + "\n")

    try:
        {"aws": Aws, "docker": Docker, "sleep": Sleep}[program](state, log, arguments)
    except Refused as refused:
        print(refused, file=sys.stderr)
        sys.exit(refused.status)
    finally:
        after = json.dumps(state)
        if after != json.dumps(EMPTY | json.loads(before)):  # aws and docker run side by side in a pipe
            file.write_text(after)


if __name__ == "__main__":
    main()
