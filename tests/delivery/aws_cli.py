"""aws_cli.py AWS COMMANDS: asks the real AWS CLI whether it knows the commands that the scripts gave to the fake.

It checks a command's options and values before it connects, here to a port at which nobody listens.
"""

import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

UNREACHABLE = "Could not connect to the endpoint URL"

aws, commands = sys.argv[1:]
environment = {
    "PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1",
    "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-central-1",
}  # fmt: skip
seen, wrong = set(), 0
with tempfile.NamedTemporaryFile() as file:
    for line in pathlib.Path(commands).read_text().splitlines():
        name, *words = shlex.split(line)
        known = " ".join(word for word in words if word.startswith("--") or word in words[:2])
        if name != "aws" or known in seen:
            continue
        seen.add(known)
        for n, word in enumerate(words):  # files of a scene that is gone
            if word.removeprefix("fileb://").startswith("/") and words[n - 1] != "--name":
                words[n] = file.name if word.startswith("/") else f"fileb://{file.name}"
        done = subprocess.run([aws, *words], env=environment, capture_output=True, text=True)
        if UNREACHABLE not in done.stderr:
            wrong += 1
            print(f"{shlex.join(words)}: {done.stderr.strip()}", file=sys.stderr)
if not seen:
    sys.exit("no command was written down")
print(f"the AWS CLI knows {len(seen) - wrong} of {len(seen)} commands")
sys.exit(wrong > 0)
