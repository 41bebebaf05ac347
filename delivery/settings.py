"""The settings of a deployment: an environment of samconfig.toml and the values of the pipeline.

    settings.py stack-name   SAMCONFIG ENVIRONMENT
    settings.py value        SAMCONFIG ENVIRONMENT NAME [NAME=VALUE ...]
    settings.py architecture SAMCONFIG
    settings.py write        SAMCONFIG ENVIRONMENT FILE [NAME=VALUE ...] --bucket BUCKET --role-arn ARN

NAME=VALUE replaces a parameter of samconfig.toml; a later one replaces an earlier one. `write` makes a configuration file
for `sam deploy`, because `--parameter-overrides` on its command line would replace samconfig.toml's whole list, and because
SAM refuses --s3-bucket beside resolve_s3. FILE should end in .yaml; its content is JSON, which is YAML.
"""

import argparse
import json
import re
import shlex
import sys
import tomllib

# Resource names begin with the stack's name: a target group's has at most 32 characters, a bucket's no upper case, and
# services reserve prefixes.
STACK_NAME = re.compile(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?")
RESERVED = ("aws", "ecs", "fargate", "ssm", "internal-", "sthree-", "amzn-s3-demo-", "xn--")
STACK_NAME_RULE = (
    "use at most 20 characters, a-z, 0-9 and hyphens, beginning with a letter, not ending with a hyphen, and not "
    f"beginning with {', '.join(RESERVED[:-1])} or {RESERVED[-1]}"
)
DEFAULT_ARCHITECTURE = "arm64"  # the default of template.yaml


def read(samconfig):
    with open(samconfig, "rb") as file:
        return tomllib.load(file)


def settings_of(samconfig, environment):
    """As `sam deploy --config-env` reads them: the command's section overrides the environment's global one."""
    config = read(samconfig)
    if environment not in config:
        sys.exit(f"{samconfig} has no environment {environment}")
    section = config[environment]
    settings = {
        **section.get("global", {}).get("parameters", {}),
        **section.get("deploy", {}).get("parameters", {}),
    }
    refuse_stack_name(samconfig, environment, settings.get("stack_name", ""))
    return settings


def refuse_stack_name(samconfig, environment, name):
    if not STACK_NAME.fullmatch(name) or name.startswith(RESERVED):
        sys.exit(f'{samconfig}: stack_name = "{name}" in [{environment}.global.parameters]: {STACK_NAME_RULE}')


def parameters_of(settings):
    """samconfig.toml has a list or one line. SAM wants quotes around blanks in both."""
    said = settings.get("parameter_overrides", [])
    lines = [said] if isinstance(said, str) else said
    return pairs(word for line in lines for word in shlex.split(line))


def pairs(words):
    return dict(pair(word) for word in words)


def pair(word):
    name, equals, value = word.partition("=")
    if not (name.isalnum() and equals):
        sys.exit(f"not NAME=VALUE: {word}")
    return name, value


def architecture(samconfig):
    """All environments deploy the same bundle, so they must have the same architecture."""
    found = {}
    for environment in read(samconfig).keys() - {"version"}:
        parameters = parameters_of(settings_of(samconfig, environment))
        found[environment] = parameters.get("Architecture", DEFAULT_ARCHITECTURE)
    if len(set(found.values())) != 1:
        each = ", ".join(f"{environment}={value}" for environment, value in sorted(found.items()))
        sys.exit(f"{samconfig}: Architecture differs ({each}), but all environments deploy one bundle: make them the same")
    return found.popitem()[1]


def quoted(value):
    """SAM's parser needs quotes around an empty value and around blanks."""
    if re.fullmatch(r"""[^\s"']+""", value):
        return value
    return '"' + value.replace('"', '\\"') + '"'


def write(asked):
    settings = settings_of(asked.samconfig, asked.environment)
    built_for = parameters_of(settings).get("Architecture", DEFAULT_ARCHITECTURE)
    parameters = parameters_of(settings) | pairs(asked.overrides)
    if parameters.get("Architecture", built_for) != built_for:
        sys.exit(f"the bundle is built for {built_for}: set Architecture in {asked.samconfig}, not in PARAMETERS")
    settings.pop("resolve_s3", None)
    settings |= {
        "s3_bucket": asked.bucket,
        "s3_prefix": settings["stack_name"],
        "role_arn": asked.role_arn,
        "confirm_changeset": False,
        "fail_on_empty_changeset": False,  # deploying the same bundle again succeeds
        "parameter_overrides": [f"{name}={quoted(value)}" for name, value in parameters.items()],
    }
    with open(asked.file, "w") as file:
        json.dump({"version": 0.1, asked.environment: {"deploy": {"parameters": settings}}}, file, indent=2)


def arguments():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    for name, rest in {
        "stack-name": ["environment"],
        "value": ["environment", "name", "overrides"],
        "architecture": [],
        "write": ["environment", "file", "overrides"],
    }.items():
        command = commands.add_parser(name)
        for argument in ["samconfig", *rest]:
            command.add_argument(argument, nargs="*" if argument == "overrides" else None)
    commands.choices["write"].add_argument("--bucket", required=True)
    commands.choices["write"].add_argument("--role-arn", required=True)
    return parser.parse_args()


def main():
    asked = arguments()
    if asked.command == "stack-name":
        print(settings_of(asked.samconfig, asked.environment)["stack_name"])
    elif asked.command == "value":
        parameters = parameters_of(settings_of(asked.samconfig, asked.environment)) | pairs(asked.overrides)
        print(parameters.get(asked.name, ""))
    elif asked.command == "architecture":
        print(architecture(asked.samconfig))
    else:
        write(asked)


main()
