"""A scene: a checkout with a copy of delivery/, an artifacts bucket, bundles, and a small AWS (fake/).

Codes are what a bundle's functions are: the bundle `new` has the codes new-api and new-worker, and a test says what is
wrong with a code. Each bundle's version is a commit of the checkout, in the order `older`, `old`, `new`.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A shell starts background jobs with SIGINT ignored, their children inherit that, and bash can't trap an ignored signal.
signal.signal(signal.SIGINT, signal.default_int_handler)

FAKE = pathlib.Path(__file__).resolve().parent / "fake"
sys.path.insert(0, str(FAKE))
import world as fake_world  # noqa: E402

STACK = "mailroom-staging"


class Scene(unittest.TestCase):
    said = ""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.addCleanup(self.write_down_commands)
        (self.directory / "bin").mkdir()
        for name in ("aws", "sam", "sleep"):
            self.player(self.directory / "bin" / name, name)
        (self.directory / "bin/python3").symlink_to(sys.executable)
        self.checkout = self.directory / "checkout"
        for copied in ("delivery", "events"):
            shutil.copytree(ROOT / copied, self.checkout / copied)
        self.git("init", "--quiet")
        self.commits = {}
        for name in ("older", "old", "new"):
            self.git("commit", "--quiet", "--allow-empty", "--message", name)
            self.commits[name] = self.git("rev-parse", "HEAD")
        self.start({})

    def write_down_commands(self):
        """For aws_cli.py. Cleanups run in reverse order, so the directory is still there."""
        commands = self.directory / "commands"
        if commands.exists() and "DELIVERY_COMMANDS" in os.environ:
            with open(os.environ["DELIVERY_COMMANDS"], "a") as file:
                file.write(commands.read_text())

    def start(self, faults):
        """A world without a stack. `faults`: of a code, what is wrong with it."""
        self.world_file = self.directory / "world.json"
        self.world_file.write_text(json.dumps(fake_world.empty(faults)))

    def git(self, *arguments):
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        done = subprocess.run(["git", "-C", self.checkout, *identity, *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def player(self, path, *words):
        path.write_text(f'#!/bin/sh\nexec {sys.executable} -B {FAKE}/cli.py {" ".join(words)} "$@"\n')
        path.chmod(0o755)

    def bundle(self, name, stage="staging", **codes):
        """The bundle's tar. Its functions have codes of its own, unless `codes` says api=... or worker=..."""
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        (directory / "samconfig.toml").write_text(
            f'[{stage}.global.parameters]\nstack_name = "{STACK}"\n'
            f'parameter_overrides = ["Stage={stage}", "ShiftTraffic=true"]\n'
            f"[{stage}.deploy.parameters]\nresolve_s3 = true\n"
        )
        (directory / "version").write_text(self.commits.get(name, name) + "\n")
        codes = {part: codes.get(part, f"{name}-{part}") for part in ("api", "worker")}
        (directory / "template.yaml").write_text(json.dumps({"name": name, "codes": codes}))
        self.player(directory / "mailroom", "mailroom", name)
        tar = directory.with_suffix(".tar")
        with tarfile.open(tar, "w") as file:
            file.add(directory, ".")
        return tar

    def give(self, name, **how):
        """A stack that runs the bundle, and its last good version."""
        bundle = self.bundle(name, **how)
        with tarfile.open(bundle) as file:
            codes = json.load(file.extractfile("./template.yaml"))["codes"]
        with self.world() as world:
            world.deploy(STACK, codes, "staging", False)
        self.last_good().parent.mkdir(parents=True)
        shutil.copy(bundle, self.last_good())

    def world(self):
        return fake_world.opened(self.world_file)

    @property
    def state(self):
        with self.world() as world:
            return world.state

    def last_good(self):
        return self.directory / "s3/artifacts" / STACK / "last-good.tar"

    def lock(self):
        return self.directory / "s3/artifacts" / STACK / "deploying"

    def environment(self, **more):
        return {
            **os.environ,
            "PATH": f"{self.directory}/bin:{os.environ['PATH']}",
            "FAKE": str(self.directory),
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # should the AWS CLI itself ever be called
            "ARTIFACTS_BUCKET": "artifacts",
            "CLOUDFORMATION_ROLE": "arn:role",
            "PARAMETERS": "AlarmEmail=ops@example.com",
            "USER": "tester",
            "GITHUB_RUN_ID": "",
            **more,
        }

    def deploy(self, bundle, status, stage="staging", script="deploy.sh", **environment):
        """Runs deploy.sh, which has to end with this status. Returns what it said."""
        script = self.checkout / "delivery" / script
        done = subprocess.run([script, stage, bundle], env=self.environment(**environment), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300)  # fmt: skip
        self.said = done.stdout
        self.assertEqual(done.returncode, status, self.said)
        self.assertNotIn("the-token", self.said)
        self.assertFalse(self.lock().exists() and "tester" in self.lock().read_text(), "the lock stays")
        return self.said

    def did(self, *wanted):
        """The calls that change something, in this order, without those that every deployment makes."""
        usual = (f"put {STACK}/deploying", f"delete {STACK}/deploying")
        log = [line for line in self.state["log"] if line not in usual]
        self.assertEqual(log, list(wanted), self.said)

    def runs(self, name):
        """All traffic goes to this bundle's functions."""
        with self.world() as world:
            for part in ("api", "worker"):
                served = world.serving(world.function(f"{STACK}-{part}"))
                self.assertEqual(served, {f"{name}-{part}": 1}, self.said)

    def most_traffic(self, code):
        """The largest share of the traffic that a code ever had."""
        return max((share for _, _, served, share in self.state["traffic"] if served == code), default=0)

    def remembered(self, name):
        with tarfile.open(self.last_good()) as file:
            self.assertEqual(file.extractfile("./version").read().decode().strip(), self.commits[name])
