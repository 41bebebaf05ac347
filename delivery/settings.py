"""The settings of one deployment: an environment's own of samconfig.toml, and what only the pipeline knows.

    settings.py SAMCONFIG ENVIRONMENT stack-name
    settings.py SAMCONFIG ENVIRONMENT write FILE [NAME=VALUE ...] --bucket BUCKET --role-arn ARN

A file of its own, because `sam deploy --parameter-overrides` replaces what samconfig.toml says instead of adding to it,
and because it refuses --s3-bucket beside resolve_s3. FILE is YAML for the SAM CLI (JSON is YAML).
"""

import argparse
import json
import shlex
import sys
import tomllib


def parameters_of(samconfig, environment):
    """What `sam deploy --config-env` would read: the command's section over the environment's global one."""
    with open(samconfig, "rb") as file:
        config = tomllib.load(file)
    if environment not in config:
        sys.exit(f"{samconfig} has no environment {environment}")
    section = config[environment]
    return {
        **section.get("global", {}).get("parameters", {}),
        **section.get("deploy", {}).get("parameters", {}),
    }


def overrides(said):
    """samconfig.toml has them as a list or as one line."""
    words = shlex.split(said) if isinstance(said, str) else said
    return dict(pair(word) for word in words)


def pair(word):
    name, equals, value = word.partition("=")
    if not (name.isalnum() and equals):
        sys.exit(f"not NAME=VALUE: {word}")
    return name, value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("samconfig")
    parser.add_argument("environment")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("stack-name")
    write = commands.add_parser("write")
    write.add_argument("file")
    write.add_argument("overrides", nargs="*")
    write.add_argument("--bucket", required=True)
    write.add_argument("--role-arn", required=True)
    asked = parser.parse_args()

    parameters = parameters_of(asked.samconfig, asked.environment)
    if asked.command == "stack-name":
        print(parameters["stack_name"])
        return

    parameters.pop("resolve_s3", None)
    parameters |= {
        "s3_bucket": asked.bucket,
        "s3_prefix": parameters["stack_name"],
        "role_arn": asked.role_arn,
        "confirm_changeset": False,
        "fail_on_empty_changeset": False,  # deploying the same again is no failure
    }
    both = overrides(parameters.get("parameter_overrides", [])) | overrides(asked.overrides)
    parameters["parameter_overrides"] = [f"{name}={value}" for name, value in both.items()]
    with open(asked.file, "w") as file:
        json.dump({"version": 0.1, asked.environment: {"deploy": {"parameters": parameters}}}, file, indent=2)


main()
