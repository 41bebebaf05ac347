"""The image: pinned, closed, without downloads; and what start.sh makes of its files."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import yaml

SETTINGS = {
    "GF_SERVER_SERVE_FROM_SUB_PATH": "true",
    "GF_AUTH_ANONYMOUS_ENABLED": "false",
    "GF_USERS_ALLOW_SIGN_UP": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_AWS_ALLOWED_AUTH_PROVIDERS": "default",
    "GF_PATHS_PROVISIONING": "/var/lib/grafana/provisioning",
    "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": "/var/lib/grafana/dashboards/service-health.json",
}
REFUSED = ("GF_INSTALL_PLUGINS", "GF_PLUGINS_PREINSTALL=", "PASSWORD", "grafana cli", "grafana-cli")
ENVIRONMENT = {
    "MAILROOM_STACK": "some-stack-2",
    "MAILROOM_SUFFIX": "8f6d3a10",
    "AWS_REGION": "eu-west-1",
    "GF_SECURITY_ADMIN_PASSWORD": "secret",
}
REPLACED = {"@stack@": "MAILROOM_STACK", "@suffix@": "MAILROOM_SUFFIX"}


def check(bundle, _known):
    images = re.findall(r"^FROM .*?(\S+)$", bundle.dockerfile, re.MULTILINE)
    if len(images) != 1 or not re.fullmatch(
        r"grafana/grafana:\d+\.\d+\.\d+(-security-\d+)?@sha256:[0-9a-f]{64}", images[0]
    ):
        yield f"Dockerfile: one image of Grafana, by its full version and digest, and not {images}"
    written = dict(re.findall(r"\b(GF_\w+)=(\S+)", bundle.dockerfile))
    for name, value in SETTINGS.items():
        if written.get(name) != value:
            yield f"Dockerfile: {name} is {written.get(name)} and not {value}"
    if not written.get("GF_SERVER_ROOT_URL", "").endswith("/grafana/"):
        yield "Dockerfile: GF_SERVER_ROOT_URL ends in /grafana/"
    instructions = "\n".join(line for line in bundle.dockerfile.splitlines() if not line.startswith("#"))
    yield from (f"Dockerfile: {text} has no place in an image" for text in REFUSED if text in instructions)
    yield from started(bundle)


def started(bundle):
    """Runs start.sh on the files, with `true` in Grafana's place."""
    grafana = Path(__file__).parents[3] / "grafana"
    with tempfile.TemporaryDirectory() as directory:
        copy, data = Path(directory, "image"), Path(directory, "data")
        subprocess.run(["cp", "-r", grafana, copy], check=True)
        (copy / "start.sh").write_text(bundle.start)

        def start(**changed):
            environment = {"PATH": os.environ["PATH"], "GF_PATHS_DATA": str(data)} | ENVIRONMENT | changed
            done = subprocess.run(["sh", copy / "start.sh", "true"], env=environment, capture_output=True, text=True)
            return done.returncode, done.stderr

        for wrong in ({name: ""} for name in ENVIRONMENT):
            if start(**wrong)[0] == 0:
                yield f"start.sh starts with {wrong}"
        for wrong in ({"MAILROOM_STACK": "a/b"}, {"MAILROOM_SUFFIX": "a/b"}):
            if start(**wrong)[0] == 0:
                yield f"start.sh starts with {wrong}"
        status, complaint = start()
        if status != 0:
            yield f"start.sh fails: {complaint}"
            return
        yield from rendered(copy, data)


def rendered(image, data):
    """Every file is where Grafana looks for it, with the stack's names in it and otherwise the same."""

    def filled(text):
        for placeholder, variable in REPLACED.items():
            text = text.replace(placeholder, ENVIRONMENT[variable])
        return text

    for directory in ("provisioning", "dashboards"):
        for file in (file for file in (image / directory).rglob("*") if file.is_file()):
            name = file.relative_to(image)
            if not (data / name).is_file():
                yield f"start.sh leaves out {name}"
            elif (data / name).read_text() != filled(file.read_text()):
                yield f"start.sh makes something else of {name}"
            else:
                yaml.safe_load((data / name).read_text())  # JSON is YAML too
