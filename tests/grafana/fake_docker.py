"""Plays Docker for grafana/deploy.sh. The texts of errors are Docker's own."""

import os
import pathlib
import sys

from refused import REGISTRY, UNKNOWN, Refused


class Docker:
    def __init__(self, state, log, arguments):
        self.state, self.log = state, log
        if not state["docker"]:
            raise Refused("Cannot connect to the Docker daemon. Is the docker daemon running?", 1)
        match arguments:
            case ["info"]:
                pass
            case ["login", "--username", "AWS", "--password-stdin", registry]:
                if sys.stdin.read() != "password\n" or registry != REGISTRY or "login" in state["fails"]:
                    raise Refused("Error response from daemon: login attempt failed with status: 400 Bad Request", 1)
                state["logged_in"] = registry
            case ["build", "--platform", "linux/amd64", "--tag", tag, directory]:
                self.build(tag, pathlib.Path(directory))
            case ["push", tag]:
                self.push(tag)
            case _:
                raise Refused(f"docker is asked: {' '.join(arguments)}", UNKNOWN)

    def build(self, tag, directory):
        if not (directory / "Dockerfile").is_file() or "build" in self.state["fails"]:
            raise Refused("ERROR: failed to solve: failed to read dockerfile", 1)
        if os.environ.get("BUILDX_NO_DEFAULT_ATTESTATIONS") != "1":
            raise Refused("attestations make an index of images that the repository's lifecycle rule takes for untagged", 1)
        self.state["built"].append(tag)
        self.log(f"build {tag.split(':')[-1][:7]}")

    def push(self, name):
        repository, tag = name.split(":")
        if name not in self.state["built"]:
            raise Refused(f"An image does not exist locally with the tag: {repository}", 1)
        if self.state["logged_in"] != repository.split("/")[0]:
            raise Refused("no basic auth credentials", 1)
        if repository != f"{REGISTRY}/{self.state['mail']}-grafana" or "push" in self.state["fails"]:
            raise Refused("unexpected status from PUT request: 500 Internal Server Error", 1)
        if tag in self.state["images"]:
            text = f"The image tag '{tag}' already exists and cannot be overwritten because the repository is immutable."
            raise Refused(f"tag invalid: {text}", 1)
        self.state["images"][tag] = f"sha256:{tag:0<64}"
        self.log(f"push {tag[:7]}")
