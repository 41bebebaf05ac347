"""One run of delivery/preflight.sh, and what it printed."""

import os
import pathlib
import re
import subprocess
from collections import defaultdict

from account import REGION

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "delivery/preflight.sh"
LINE = re.compile(r"(ok|warn|FAIL|unknown) +(\S.{19}) (.*)")
AWS = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "AKIA",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Run:
    """The script's status, and for each check its lines as (status, text, fixes)."""

    def __init__(self, cli, arguments, environment=None, command=("bash",)):
        """`cli` is a Cli, or the directory of another `aws`."""
        directory = getattr(cli, "directory", cli)
        path = f"{directory}:{os.environ['PATH']}"
        done = subprocess.run(
            [*command, SCRIPT, *arguments],
            env={**AWS, "PATH": path, "HOME": str(directory), **(environment or {})},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.checks = defaultdict(list)
        for line in self.out.splitlines():
            if match := LINE.fullmatch(line):
                status, check, text = match.groups()
                lines = self.checks[check.strip()]
                lines.append([status, text, ""])
            elif line.startswith(" " * 8):
                lines[-1][2] += line.strip() + "\n"

    def statuses(self, check):
        return sorted({status for status, _, _ in self.checks[check]})

    def says(self, status, check, text, fix):
        return any(s == status and text in t and fix in f for s, t, f in self.checks[check])


def report(name, wrong, run):
    if not wrong:
        return []
    return [f"FAILED {name}: {'; '.join(wrong)}", *(f"    {line}" for line in (run.out + run.err).splitlines())]
