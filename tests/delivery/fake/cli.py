"""What scripts find in PATH instead of the AWS CLI, the SAM CLI, `sleep`, and a bundle's `mailroom`.

    cli.py aws|sam|sleep|mailroom ARGUMENT...

Answers of `aws` are whole responses, so that --query and --output are the AWS CLI's own. Every call is written down in
$FAKE/commands, for the test that asks the real AWS CLI whether it knows them. What is not known here ends with 64.
"""

import json
import os
import pathlib
import shlex
import sys
import time

import jmespath
from awscli.text import format_text

import cloud
from world import Refused, opened

FAKE = pathlib.Path(os.environ["FAKE"])
FLAGS = {"--with-decryption", "--only-show-errors", "--enable-termination-protection"}
PATIENCE = 60  # seconds that sam waits for somebody to let time pass


def aws(arguments):
    service, operation, *rest = arguments
    if "FAKE_WARNS" in os.environ:
        print("urllib3: a warning of the AWS CLI", file=sys.stderr)
    options, positional = {}, []
    words = iter(rest)
    for word in words:
        if word in FLAGS:
            options[word] = True
        elif word.startswith("--"):
            options[word] = next(words)
        else:
            positional.append(word)
    query, output = options.pop("--query", None), options.pop("--output", "json")
    answer = ask(f"{service} {operation}", options, positional)
    if answer is None:
        return
    if query:
        answer = jmespath.search(query, answer)
    if output == "text":
        format_text(answer, sys.stdout)
    else:
        print(json.dumps(answer))


def ask(called, options, positional):
    known = cloud.CALLS.get(called)
    if known is None:
        fail(64, f"the fake knows no {called}")
    taken, function = known
    if set(options) - set(taken):
        fail(64, f"the fake knows no {set(options) - set(taken)} of {called}")
    with opened(FAKE / "world.json") as world:
        try:
            if called == "cloudformation cancel-update-stack":
                world.state["alone"] = True  # whoever cancels does not watch any longer
            if called in world.state["fail_next"]:
                world.state["fail_next"].remove(called)
                raise Refused("AccessDeniedException", "not allowed")
            answer = function(world, FAKE, *[options.get(name) for name in taken], *positional)
            if called in world.state["lost"]:  # the answer; the AWS CLI asks again, which this is the answer to
                world.state["lost"].remove(called)
                raise Refused("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
            return answer
        except Refused as refused:
            code, why = refused.args
            operation = "".join(word.capitalize() for word in called.split()[1].split("-"))
            fail(254, f"An error occurred ({code}) when calling the {operation} operation: {why}")


def sam(arguments):
    command, *rest = arguments
    options = dict(zip(rest[::2], rest[1::2]))
    assert command == "deploy" and options.keys() == {"--template-file", "--config-file", "--config-env"}, arguments
    settings = json.loads(pathlib.Path(options["--config-file"]).read_text())
    settings = settings[options["--config-env"]]["deploy"]["parameters"]
    assert settings["s3_bucket"] == "artifacts" and settings["role_arn"] == "arn:role", settings
    assert "resolve_s3" not in settings and settings["confirm_changeset"] is False, settings
    template = json.loads(pathlib.Path(options["--template-file"]).read_text())
    parameters = dict(pair.split("=", 1) for pair in settings["parameter_overrides"])
    assert parameters["AlarmEmail"] == "ops@example.com", parameters
    shift = {"true": True, "false": False}[parameters["ShiftTraffic"]]
    with opened(FAKE / "world.json") as world:
        world.log(f"sam {template['name']}{'' if shift else ' at once'}")
        world.state["parameters"] = parameters
        try:
            if "sam" in world.state["fail_next"]:
                world.state["fail_next"].remove("sam")
                raise Refused("ValidationError", "the change set is refused")
            if not shift and "sam at once" in world.state["fail_next"]:
                world.move_aliases_to_what_cloudformation_knows()
                raise Refused("UPDATE_ROLLBACK_COMPLETE", "a resource could not be updated")
            dies = "sam dies" if shift else "sam dies at once"
            lost = dies in world.state["fail_next"]
            world.deploy(settings["stack_name"], template["codes"], parameters["Stage"], shift, alone=not lost)
            if "sam hides the stack" in world.state["fail_next"]:
                world.state["fail_next"] += ["cloudformation describe-stacks"] * 100
            if lost:
                world.state["fail_next"].remove(dies)
                fail(1, "sam: Connection was closed before we received a valid response")
        except Refused as refused:
            fail(1, f"sam: {refused}")
    hang(f"sam {template['name']}{'' if shift else ' at once'}")
    wait_for(template["codes"])
    with opened(FAKE / "world.json") as world:
        if "sam dies at the end" in world.state["fail_next"]:
            world.state["fail_next"].remove("sam dies at the end")
            fail(1, "sam: Failed to get outputs from stack")


def wait_for(codes):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with opened(FAKE / "world.json") as world:
            stack = world.state["stack"]
            if "FAKE_ALONE" in os.environ or "alone" in world.state:  # nobody else lets time pass
                world.sleep(5)
            if not stack["update"]:
                if stack["status"].startswith("UPDATE_ROLLBACK") or stack["codes"] != codes:
                    fail(1, f"sam: {stack['status']}: {stack['why']}")
                return
        time.sleep(0.02)
    fail(64, "nobody lets time pass")


def sleep(arguments):
    with opened(FAKE / "world.json") as world:
        world.sleep(float(arguments[0]))


def mailroom(arguments):
    name, *asked = arguments
    with opened(FAKE / "world.json") as world:
        assert asked == ["check", "--stack", world.stack["name"]], asked
        world.log(f"check {name}")
        served = {code for function in world.state["functions"].values() for code in world.serving(function)}
        world.sleep(60)
        world.state["fail_next"] += world.state["fail_after_check"]
    hang(f"check {name}")
    for code in served:
        if "smoke" in world.state["faults"].get(code, []):
            fail(3, f"FAILED: {code}")


def hang(line):
    """Until somebody interrupts it."""
    with opened(FAKE / "world.json") as world:
        hangs = line in world.state["hang"]
    if hangs:
        time.sleep(PATIENCE)


def fail(status, why):
    print(why, file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    with open(FAKE / "commands", "a") as commands:
        commands.write(shlex.join([name, *arguments]) + "\n")
    {"aws": aws, "sam": sam, "sleep": sleep, "mailroom": mailroom}[name](arguments)
