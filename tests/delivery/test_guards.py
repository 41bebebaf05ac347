"""What guards a deployment: the lock, an interruption, and the protection of stack and environment."""

import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from scene import ROOT, STACK, Scene


class TheLock(Scene):
    def test_is_ours_if_only_the_answer_of_the_write_was_lost(self):
        self.give("old")
        with self.world() as world:
            world.state["lost"].append("s3api put-object")
        self.deploy(self.bundle("new"), 0)
        self.assertFalse(self.lock().exists())

    def test_is_not_released_for_somebody_else(self):
        """A person deleted ours while we deployed, and another deployment took it."""
        self.give("old")
        deploying = self.begin("new")
        self.lock().write_text("0\nsomebody else\n1\n")
        self.lock().with_name("deploying.version").write_text("v99")
        self.assertEqual(self.end(deploying), 0)
        self.assertTrue(self.lock().exists())

    def test_is_released_by_an_interrupted_deployment(self):
        self.give("old")
        for sent, status in [(signal.SIGTERM, 143), (signal.SIGINT, 130)]:
            deploying = self.begin("new")
            deploying.send_signal(sent)
            self.assertEqual(self.end(deploying), status, self.said)
            self.assertIn("interrupted while CloudFormation deployed", self.said)
            self.assertIn("CloudFormation goes on", self.said)
            self.assertFalse(self.lock().exists())
            self.assertTrue(self.state["stack"]["update"], "its processes went on")
            with self.world() as world:
                world.sleep(1000)

    def interrupted(self, line):
        """deploy.sh, interrupted when this line is the log's last."""
        self.give("old")
        with self.world() as world:
            world.state["hang"].append(line)
        deploying = self.begin("new", lambda: self.state["log"][-1:] == [line])
        deploying.send_signal(signal.SIGTERM)
        self.assertEqual(self.end(deploying), 143, self.said)
        self.assertFalse(self.lock().exists())
        self.remembered("old")

    def test_says_what_was_interrupted_in_the_test(self):
        self.interrupted("check new")
        self.assertIn(f"{self.commits['new']} has all traffic, and its test was not finished", self.said)
        self.assertNotIn("CloudFormation goes on", self.said)

    def test_says_what_was_interrupted_on_the_way_back(self):
        self.start({"new-api": ["smoke"]})
        self.interrupted("sam old at once")
        self.assertIn(f"interrupted while {STACK} went back to {self.commits['old']}", self.said)
        self.assertIn("ShiftTraffic=false", self.said)

    def test_says_that_nothing_was_changed(self):
        self.give("old")
        deploying = self.begin("new", self.lock().exists)
        deploying.send_signal(signal.SIGTERM)
        self.assertEqual(self.end(deploying), 143, self.said)
        self.assertIn("interrupted before anything was changed", self.said)
        self.did()

    def begin(self, name, begun=None):
        """deploy.sh while `sam deploy` waits, or when this is true."""
        begun = begun or (lambda: self.state["stack"]["update"])
        environment = self.environment()
        deploying = subprocess.Popen([self.checkout / "delivery/deploy.sh", "staging", self.bundle(name)],
                                     env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
        end = time.monotonic() + 60
        while not begun() and time.monotonic() < end:
            time.sleep(0.05)
        return deploying

    def end(self, deploying):
        self.said, _ = deploying.communicate(timeout=120)
        return deploying.returncode


class Protection(Scene):
    def test_of_an_unknown_stage_is_refused(self):
        self.give("old")
        for stage, status in [("", 1), ("prodd", 1), ("dev", 0), ("staging", 0)]:
            done = subprocess.run([self.checkout / "delivery/protect.sh", STACK, stage], env=self.environment(),
                                  capture_output=True, text=True)  # fmt: skip
            self.assertEqual(done.returncode, status, done.stderr)
        self.did("protect load balancer")

    def test_leaves_out_the_load_balancer_of_a_stack_that_has_none(self):
        self.give("old")
        for endpoint in "http-api", "both":
            with self.world() as world:
                world.stack["endpoint"] = endpoint
            protect = [self.checkout / "delivery/protect.sh", STACK, "prod"]
            subprocess.run(protect, env=self.environment(), check=True)
        self.did("protect stack", "protect load balancer", "protect stack")


class AfterARollback(Scene):
    def test_an_alias_that_cloudformation_left_elsewhere_is_moved_back(self):
        self.give("old")
        versions = [self.checkout / "delivery/versions.sh"]
        before = self.directory / "before"
        run = lambda *words: subprocess.run([*versions, *words], check=True, env=self.environment())  # noqa: E731
        run("remember", STACK, before)
        with self.world() as world:
            world.publish(f"{STACK}-api", "new-api")
            world.function(f"{STACK}-api")["alias"]["weights"] = {"2": 0.1}
        run("tidy", STACK, before)
        self.runs("old")
        with self.world() as world:
            self.assertEqual(list(world.function(f"{STACK}-api")["versions"]), ["1"])


class ProtectedEnvironment(unittest.TestCase):
    """delivery/protected.sh, with gh played. jq does what gh's --jq does."""

    def ask(self, answer):
        with tempfile.TemporaryDirectory() as directory:
            said = pathlib.Path(directory, "said")
            said.write_text(json.dumps(answer))
            gh = pathlib.Path(directory, "gh")
            refuses = "exit 1" if answer is None else ""
            gh.write_text(f'#!/bin/sh\n{refuses}\n[ "$1 $2 $3" = "api repos/o/r/environments/prod --jq" ] || exit 64\n'
                          f'exec jq "$4" {said}\n')  # fmt: skip
            gh.chmod(0o755)
            done = subprocess.run([ROOT / "delivery/protected.sh", "prod"], capture_output=True, text=True,
                                  env={"PATH": f"{directory}:/usr/bin:/bin", "GITHUB_REPOSITORY": "o/r"})  # fmt: skip
            return done.returncode, done.stdout + done.stderr

    def test_with_reviewers(self):
        rule = {"type": "required_reviewers", "reviewers": [{"type": "User", "reviewer": {"login": "a"}}]}
        self.assertEqual(self.ask({"protection_rules": [{"type": "branch_policy"}, rule]})[0], 0)

    def test_without(self):
        empty = {"type": "required_reviewers", "reviewers": []}
        for answer in [{}, {"protection_rules": []}, {"protection_rules": [{"type": "wait_timer"}]},
                       {"protection_rules": [empty]}]:  # fmt: skip
            status, said = self.ask(answer)
            self.assertEqual((status, "nobody has to approve" in said), (1, True), f"{answer}: {said}")

    def test_that_can_not_be_read(self):
        status, said = self.ask(None)
        self.assertEqual((status, "can't read the environment" in said), (1, True), said)
