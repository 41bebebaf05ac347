"""Fails if the programs, or the functions that they and the tests build, need a unit that `cargo test --workspace`
doesn't compile.

The SDKs take minutes to compile, and one feature more or less compiles them again.
"""

import hashlib
import json
import os
import subprocess
import sys


def units(*arguments):
    """Each unit by a hash of all that decides whether cargo can share it."""
    command = ["cargo", "build", "--locked", "--unit-graph", "-Zunstable-options", *arguments]
    environment = os.environ | {"RUSTC_BOOTSTRAP": "1"}  # for --unit-graph
    graph = json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)["units"]
    keys = {}

    def key(index):
        if index not in keys:
            unit = graph[index]
            own = [unit["pkg_id"], unit["target"], unit["profile"], unit["platform"], unit["mode"], unit["features"]]
            parts = json.dumps([own, sorted(key(dependency["index"]) for dependency in unit["dependencies"])])
            keys[index] = hashlib.sha256(parts.encode()).hexdigest()
        return keys[index]

    return {key(index): unit["pkg_id"] for index, unit in enumerate(graph)}


compiled = units("--workspace", "--all-targets")
# As sandbox/stack/src/lambda/cargo.rs and .cargo/config.toml call cargo.
functions = units("--workspace", "--bin", "api", "--bin", "worker", "--bin", "canary")
programs = units("--bin", "mailroom") | units("--bin", "mailroom-local")
again = sorted({package for unit, package in (functions | programs).items() if unit not in compiled})
if again:
    fix = "look for a dev-dependency that adds a feature: `cargo tree --workspace -e features -i CRATE`"
    sys.exit("\n".join(["compiled again:", *again, fix]))
print(f"{len(functions | programs)} units of the functions and programs, all shared with the tests")
