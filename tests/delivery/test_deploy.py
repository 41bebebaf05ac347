"""delivery/deploy.sh: a deployment that works, and each way in which one can fail."""

import shutil

from scene import STACK, Scene

CALLS = ["call api 2", "call api 2", "call api 2", "call worker 2"]


class Works(Scene):
    def test_a_version_that_works_becomes_the_last_good_one(self):
        self.give("old")
        said = self.deploy(self.bundle("new"), 0)
        self.did("sam new", *CALLS, "check new", "put last-good.tar", "protect load balancer")
        self.runs("new")
        self.remembered("new")
        self.assertIn(f"runs {self.commits['new']}. api: version 2  worker: version 2", said)
        # Its direct calls came before its traffic or with the first tenth of it.
        self.assertIn(0.1, {share for _, _, code, share in self.state["traffic"] if code == "new-api"})

    def test_a_first_deployment_switches_the_protections_on_after_its_test(self):
        self.deploy(self.bundle("new", stage="prod"), 0, stage="prod")
        self.did("sam new", "check new", "put last-good.tar", "protect load balancer", "protect stack")
        self.runs("new")

    def test_dev_stays_easy_to_delete(self):
        self.deploy(self.bundle("new", stage="dev"), 0, stage="dev")
        self.did("sam new", "check new", "put last-good.tar")

    def test_only_what_has_changed_is_called(self):
        self.give("old")
        self.deploy(self.bundle("new", worker="old-worker"), 0)
        self.did("sam new", *CALLS[:3], "check new", "put last-good.tar", "protect load balancer")

    def test_a_version_that_is_not_ready_for_calls_yet_is_called_again(self):
        self.start({"new-api": ["pending"]})
        self.give("old")
        self.deploy(self.bundle("new"), 0)
        self.did("sam new", *CALLS[3:], *CALLS[:3], "check new", "put last-good.tar", "protect load balancer")

    def test_both_functions_that_are_not_ready_for_long_are_called_again(self):
        self.start({"new-api": ["pending-for-long"], "new-worker": ["pending-for-long"]})
        self.give("old")
        self.deploy(self.bundle("new"), 0)
        self.assertEqual(self.state["asked"], {"new-api": 6 + 2, "new-worker": 6})  # api gets three events
        self.runs("new")

    def test_rights_that_take_a_moment_to_arrive(self):
        for faults in (["no-ssm-yet"], ["no-ssm-yet", "no-ssm-yet"]):
            self.start({"new-api": faults})
            self.give("old")
            self.deploy(self.bundle("new"), 0)
            self.runs("new")
            shutil.rmtree(self.last_good().parent)

    def test_warnings_of_the_aws_cli_are_no_values(self):
        self.start({"new-api": ["smoke"]})
        self.give("old")
        said = self.deploy(self.bundle("new"), 1, FAKE_WARNS="1")
        self.assertIn("api: version 3  worker: version 3", said)
        self.assertEqual(self.state["log"].count("alias api 1"), 1)
        self.assertFalse(self.lock().exists())
        self.runs("old")

    def test_the_boundary_and_parameters_are_passed_on(self):
        self.deploy(self.bundle("new"), 0, PERMISSIONS_BOUNDARY="arn:boundary", PARAMETERS="AlarmEmail=ops@example.com A=b")
        parameters = self.state["parameters"]
        self.assertEqual(parameters["PermissionsBoundaryArn"], "arn:boundary")
        self.assertEqual((parameters["A"], parameters["ShiftTraffic"]), ("b", "true"))

    def test_parameters_on_several_lines(self):
        self.deploy(self.bundle("new"), 0, PARAMETERS="AlarmEmail=ops@example.com\n A=b\tC=d\n\nE=f\n")
        parameters = self.state["parameters"]
        self.assertEqual([parameters.get(name) for name in "ACE"], ["b", "d", "f"])

    def after_its_test(self, call):
        self.give("old")
        with self.world() as world:
            world.state["fail_after_check"].append(call)
        said = self.deploy(self.bundle("new"), 1)
        self.assertIn(f"{self.commits['new']} works and runs, but", said)
        self.runs("new")

    def test_what_works_and_can_not_be_remembered_says_so(self):
        self.after_its_test("s3 cp")
        self.remembered("old")

    def test_what_works_and_can_not_be_protected_says_so(self):
        self.after_its_test("elbv2 modify-load-balancer-attributes")
        self.remembered("new")


class FailsItsSmokeTest(Scene):
    def test_the_aliases_go_back_before_the_redeployment_and_at_once(self):
        self.start({"new-api": ["smoke"]})
        self.give("old")
        said = self.deploy(self.bundle("new"), 1)
        self.did("sam new", *CALLS, "check new", "alias api 1", "alias worker 1", "sam old at once", "check old")
        self.runs("old")
        self.remembered("old")
        self.assertIn(f"runs {self.commits['old']}. api: version 3  worker: version 3", said)

    def test_while_its_alarm_still_rings(self):
        self.start({"new-api": ["smoke", "rings-when-live"]})
        self.give("old")
        self.deploy(self.bundle("new"), 1)
        self.runs("old")
        with self.world() as world:
            self.assertTrue(world.rings(f"{STACK}-api"), "the alarm is over: this proves nothing")
            self.assertEqual(world.stack["status"], "UPDATE_COMPLETE")
        # No canary on the way back: no moment at which both versions had a part of the traffic.
        after = [entry for entry in self.state["traffic"] if entry[2] == "new-api" and entry[3] == 1]
        back = [share for clock, _, code, share in self.state["traffic"] if code == "old-api" and clock > after[-1][0]]
        self.assertEqual(set(back), {1})

    def test_then_the_next_commit_shifts_traffic_again(self):
        self.start({"old-api": ["smoke"]})
        self.give("older")
        self.deploy(self.bundle("old"), 1)
        self.deploy(self.bundle("new"), 0)
        self.assertEqual(self.most_traffic("new-api"), 1)
        self.assertIn(0.1, {share for _, _, code, share in self.state["traffic"] if code == "new-api"})
        self.runs("new")

    def test_a_first_version_stays_and_is_not_remembered(self):
        self.start({"new-api": ["smoke"]})
        said = self.deploy(self.bundle("new"), 1)
        self.did("sam new", "check new")
        self.assertIn("no last good version", said)
        self.assertFalse(self.last_good().exists())

    def test_and_so_does_the_last_good_one(self):
        self.start({"new-api": ["smoke"], "old-api": ["smoke"]})
        self.give("old")
        self.assertIn("fails its test too", self.deploy(self.bundle("new"), 1))
        self.runs("old")

    def test_an_alias_that_does_not_move_keeps_nobody_from_going_back(self):
        self.start({"new-api": ["smoke"]})
        self.give("old")
        with self.world() as world:
            world.state["fail_next"].append("lambda update-alias")
        said = self.deploy(self.bundle("new"), 1)
        self.assertIn("could not be moved to version 1", said)
        self.assertIn("alias worker 1", self.state["log"])
        self.runs("old")


    def test_and_cloudformation_refuses_the_last_good_one(self):
        """It rolls back then, to the versions that it knows: the bad ones."""
        self.start({"new-api": ["smoke"]})
        self.give("old")
        with self.world() as world:
            world.state["fail_next"].append("sam at once")
        said = self.deploy(self.bundle("new"), 1)
        self.assertIn("api: version 1  worker: version 1. The next deployment needs ShiftTraffic=false", said)
        self.runs("old")


class FailsWhenItIsCalledDirectly(Scene):
    def cancelled(self, part, fault, why):
        self.start({f"new-{part}": [fault]})
        self.give("old")
        said = self.deploy(self.bundle("new"), 1)
        self.assertIn(why, said)
        self.assertIn("cancel", self.state["log"])
        self.assertNotIn("sam old at once", self.state["log"])
        self.assertNotIn("check new", self.state["log"])
        self.assertLess(self.most_traffic(f"new-{part}"), 0.5, said)
        self.assertEqual(self.state["stack"]["status"], "UPDATE_ROLLBACK_COMPLETE")
        self.runs("old")
        self.remembered("old")

    def test_api_can_not_read_the_token(self):
        self.cancelled("api", "no-ssm", "an email with a wrong token: 503 instead of 403")

    def test_api_takes_any_token(self):
        self.cancelled("api", "open", "an email with a wrong token: 200 instead of 403")

    def test_api_can_not_write_to_the_queue(self):
        self.cancelled("api", "no-queue", "an email with the token: 503 instead of 200")

    def test_worker_files_nothing(self):
        self.cancelled("worker", "files-nothing", "an email was not stored")

    def test_worker_crashes(self):
        self.cancelled("worker", "crash", "it crashed")

    def test_the_same_code_can_be_deployed_again(self):
        """Without its versions, Lambda would refuse to publish the same again."""
        self.start({"new-api": ["no-queue"]})
        self.give("old")
        self.deploy(self.bundle("new"), 1)
        with self.world() as world:
            world.state["faults"] = {}
        self.deploy(self.bundle("new"), 0)
        self.runs("new")

    def test_too_late_to_cancel_it_goes_back(self):
        """dev shifts all traffic at once, so the update may be over before the call has failed."""
        self.start({"new-worker": ["files-nothing"]})
        self.give("old", stage="dev")
        with self.world() as world:
            world.state["fail_next"].append("cloudformation cancel-update-stack")
        self.deploy(self.bundle("new", stage="dev"), 1, stage="dev")
        self.assertEqual(self.state["log"][-4:-1], ["alias worker 1", "sam old at once", "check old"], self.said)
        self.assertNotIn("check new", self.state["log"])
        self.runs("old")


class IsRefused(Scene):
    def test_by_an_alarm_during_the_canary(self):
        self.start({"new-api": ["rings"]})
        self.give("old")
        said = self.deploy(self.bundle("new"), 1)
        self.did("sam new", *CALLS, "delete api 2", "delete worker 2")
        self.assertLess(self.most_traffic("new-api"), 0.5)
        self.assertIn("UPDATE_ROLLBACK_COMPLETE", said)
        self.runs("old")
        self.remembered("old")

    def test_by_cloudformation(self):
        self.give("old")
        with self.world() as world:
            world.state["fail_next"].append("sam")
        self.deploy(self.bundle("new"), 1)
        self.did("sam new")
        self.remembered("old")

    def test_by_a_deployment_that_is_under_way(self):
        self.give("old")
        self.lock().write_text("0\nsomebody (https://github.com/run/1)\n1\n")
        self.lock().with_name("deploying.version").write_text("v0")
        said = self.deploy(self.bundle("new"), 1)
        self.did()
        self.assertIn("is being deployed by somebody (https://github.com/run/1), since ", said)
        self.assertIn(f"aws s3 rm s3://artifacts/{STACK}/deploying", said)
        self.assertTrue(self.lock().exists(), "it is somebody else's")

    def test_because_the_stack_has_a_newer_commit(self):
        self.give("new")
        self.assertIn("it is older, or from another branch", self.deploy(self.bundle("old"), 1))
        self.did()
        self.deploy(self.bundle("old"), 1, STEP_BACK_TO=self.commits["older"])
        self.deploy(self.bundle("old"), 0, STEP_BACK_TO=self.commits["old"])
        self.runs("old")

    def test_because_the_last_good_version_is_damaged(self):
        self.give("old")
        for damaged in (b"no archive", self.last_good().read_bytes()[:2000]):
            self.last_good().write_bytes(damaged)
            self.assertIn("can't be unpacked", self.deploy(self.bundle("new"), 1))
            self.did()
        self.runs("old")

    def test_because_the_checkout_is_not_the_whole_history(self):
        """Both commits are there, and not what is between them."""
        self.give("older")
        (self.checkout / ".git/shallow").write_text(self.commits["new"] + "\n")
        said = self.deploy(self.bundle("new"), 1)
        self.assertIn("fetch the whole history", said)
        self.assertNotIn("another branch", said)
        self.did()

    def test_because_git_does_not_know_the_stacks_commit(self):
        self.give("0" * 40)
        self.assertIn("fetch the whole history", self.deploy(self.bundle("new"), 1))
        self.did()


class SamFails(Scene):
    """SAM also exits with 1 when it loses sight of an update that CloudFormation goes on with."""

    def fails(self, *how):
        with self.world() as world:
            world.state["fail_next"] += how

    def test_during_an_update_that_works(self):
        self.give("old")
        self.fails("sam dies")
        self.deploy(self.bundle("new"), 0)
        self.assertEqual(self.state["log"].count("call worker 2"), 1)
        self.assertEqual(self.state["log"].count("check new"), 1)
        self.runs("new")
        self.remembered("new")

    def test_during_an_update_that_fails_its_smoke_test(self):
        self.start({"new-api": ["smoke"]})
        self.give("old")
        self.fails("sam dies")
        self.assertIn(f"is back at {self.commits['old']}", self.deploy(self.bundle("new"), 1))
        self.runs("old")

    def test_during_an_update_whose_direct_call_fails(self):
        self.start({"new-worker": ["files-nothing"]})
        self.give("old")
        self.fails("sam dies")
        with self.world() as world:
            world.state["canary"] = 120  # two scripts let time pass here
        self.assertIn("its deployment was cancelled", self.deploy(self.bundle("new"), 1))
        self.assertEqual(self.state["stack"]["status"], "UPDATE_ROLLBACK_COMPLETE")
        self.assertNotIn("check new", self.state["log"])
        self.runs("old")

    def test_during_an_update_that_an_alarm_stops(self):
        self.start({"new-api": ["rings"]})
        self.give("old")
        self.fails("sam dies")
        self.assertIn("UPDATE_ROLLBACK_COMPLETE", self.deploy(self.bundle("new"), 1))
        self.assertNotIn("check new", self.state["log"])
        self.assertIn("delete api 2", self.state["log"])
        self.runs("old")

    def test_after_an_update(self):
        self.give("old")
        self.fails("sam dies at the end")
        self.deploy(self.bundle("new"), 0)
        self.remembered("new")

    def test_after_the_creation(self):
        self.fails("sam dies at the end")
        self.deploy(self.bundle("new"), 0)
        self.remembered("new")

    def test_while_it_goes_back(self):
        self.start({"new-api": ["smoke"]})
        self.give("old")
        self.fails("sam dies at once")
        self.assertIn(f"is back at {self.commits['old']}", self.deploy(self.bundle("new"), 1))
        self.did("sam new", *CALLS, "check new", "alias api 1", "alias worker 1", "sam old at once", "check old")
        self.assertEqual(self.state["stack"]["status"], "UPDATE_COMPLETE")
        self.runs("old")

    def test_and_the_stack_can_not_be_read_any_more(self):
        self.give("old")
        self.fails("sam dies", "sam hides the stack")
        said = self.deploy(self.bundle("new"), 1)
        self.assertIn("it is not known whether", said)
        self.assertNotIn("did not deploy", said)
        self.assertNotIn("check new", self.state["log"])
        self.remembered("old")


class TheFake(Scene):
    """Does the fake refuse what AWS refuses? An earlier deploy.sh went back by deploying the last good version as any."""

    def go_back_the_old_way(self, *move):
        script = self.checkout / "delivery/old-deploy.sh"
        lines = (self.checkout / "delivery/deploy.sh").read_text().replace('"$good" ShiftTraffic=false', '"$good"')
        kept = [line for line in lines.splitlines(True) if "versions.sh\" restore" not in line or move]
        script.write_text("".join(kept))
        script.chmod(0o755)
        self.give("old")
        return self.deploy(self.bundle("new"), 1, script="old-deploy.sh", FAKE_ALONE="1")

    def test_refuses_to_go_back_through_code_deploy_while_an_alarm_rings(self):
        self.start({"new-api": ["smoke", "rings-when-live"]})
        self.assertIn("ALARM_ACTIVE", self.go_back_the_old_way())
        self.runs("new")

    def test_refuses_to_go_back_through_code_deploy_once_the_aliases_were_moved(self):
        self.start({"new-api": ["smoke"]})
        self.assertIn("does not match the current version in AppSpec", self.go_back_the_old_way("moved"))

    def test_takes_a_canary_to_go_back_through_code_deploy(self):
        self.start({"new-api": ["smoke"]})
        self.go_back_the_old_way()
        shares = {share for _, _, code, share in self.state["traffic"] if code == "old-api"}
        self.assertIn(0.1, shares)
