"""A small AWS that keeps its state in a file: Lambda's versions and aliases, CloudFormation, CodeDeploy and alarms.

Time is the state's clock, in seconds. It passes when somebody sleeps, and everything that is due by then happens: so a
canary takes its time, and a script that looks every five seconds sees every step of it. Sources:

- CodeDeploy refuses an alias that is not where CloudFormation left it ("The Lambda function alias version does not
  match the current version in AppSpec file"): https://github.com/aws/serverless-application-model/issues/291
- Lambda publishes no version that equals the newest one:
  https://docs.aws.amazon.com/lambda/latest/dg/versioning-intro.html
- SAM retains versions, so those of an update that was rolled back stay: DeletionPolicy in SAM's
  "Generated CloudFormation resources for AWS::Serverless::Function when AutoPublishAlias is specified"
- only an update in UPDATE_IN_PROGRESS can be cancelled:
  https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
"""

import contextlib
import fcntl
import json
import signal

PUBLISHED, MOVED, CANARY, CLEANED = 10, 5, 30, 10  # seconds that each step takes; 30 stand for the canary's 300
SHARE = 0.1
ALARM_AFTER, ALARM_STAYS = 10, 300


class Refused(Exception):
    """What AWS answers instead of doing it: an error code and a sentence."""


@contextlib.contextmanager
def opened(path):
    """The world as of now, written back at the end. One process at a time."""
    with open(path, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        world = World(json.load(file))
        try:
            yield world
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))  # no half a world
            file.seek(0)
            file.truncate()
            json.dump(world.state, file, indent=1)
            file.flush()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))


def empty(faults):
    """`faults`: of each code, what is wrong with it (smoke, direct, rings, rings-when-live)."""
    return {"clock": 0, "faults": faults, "stack": None, "functions": {}, "ringing": {}, "since": {}, "log": [],
            "traffic": [], "serving": {}, "fail_next": [], "fail_after_check": [], "hang": [], "lost": [], "canary": CANARY}  # fmt: skip


class World:
    def __init__(self, state):
        self.state = state

    def log(self, line):
        self.state["log"].append(line)

    @property
    def clock(self):
        return self.state["clock"]

    @property
    def stack(self):
        if self.state["stack"] is None:
            raise Refused("ValidationError", "Stack does not exist")
        return self.state["stack"]

    def function(self, name):
        if name not in self.state["functions"]:
            raise Refused("ResourceNotFoundException", f"Function not found: {name}")
        return self.state["functions"][name]

    def sleep(self, seconds):
        for _ in range(int(seconds)):
            self.state["clock"] += 1
            self.watch_traffic()
            if self.state["stack"] and self.stack["update"]:
                self.take_step(self.stack["update"])

    # Traffic and alarms: S-api-errors and S-worker-errors.

    def watch_traffic(self):
        for name, function in self.state["functions"].items():
            serving = self.serving(function)
            if serving != self.state["serving"].get(name):  # a new line when it changes
                self.state["serving"][name] = serving
                self.state["traffic"] += [[self.clock, name, code, share] for code, share in serving.items()]
            for code, share in serving.items():
                faults = self.state["faults"].get(code, [])
                if "rings" in faults or ("rings-when-live" in faults and share == 1):
                    since = self.state["since"].setdefault(f"{name} {code}", self.clock)
                    if self.clock - since >= ALARM_AFTER:
                        self.state["ringing"][name] = self.clock + ALARM_STAYS

    def serving(self, function):
        """Codes and their shares of the traffic."""
        alias = function["alias"]
        shares = {function["versions"][version]: share for version, share in alias["weights"].items()}
        code = function["versions"][alias["version"]]
        shares[code] = shares.get(code, 0) + 1 - sum(alias["weights"].values())
        return shares

    def rings(self, name):
        return self.clock < self.state["ringing"].get(name, 0)

    # Lambda

    def publish(self, name, code):
        function = self.state["functions"].setdefault(name, {"versions": {}, "next": 1, "alias": None})
        versions = function["versions"]
        if versions and versions[max(versions, key=int)] == code:
            raise Refused("AlreadyExists", "A version for this Lambda function exists. Modify the function to create one")
        version, function["next"] = str(function["next"]), function["next"] + 1
        versions[version] = code
        return version

    def delete_version(self, name, version):
        function = self.function(name)
        alias = function["alias"]
        if version in (alias["version"], *alias["weights"]):
            raise Refused("ResourceConflictException", "an alias points to it")
        del function["versions"][version]

    # CloudFormation

    def deploy(self, stack_name, codes, stage, shift, alone=True):
        if self.state["stack"] is None:
            self.create(stack_name, codes)
            return
        stack = self.stack
        if stack["status"].endswith("IN_PROGRESS"):
            raise Refused("ValidationError", f"Stack is in {stack['status']} state and can not be updated")
        changed = {part: code for part, code in codes.items() if stack["codes"][part] != code}
        stack |= {"status": "UPDATE_IN_PROGRESS", "updated": f"2026-01-01T00:00:{self.clock:09}+00:00"}
        stack["update"] = {"changed": changed, "codes": codes, "stage": stage, "shift": shift, "new": {}, "moved": [],
                           "step": "publish_changed", "at": self.clock + PUBLISHED}  # fmt: skip
        if alone and not shift:  # nobody waits for a canary then, so nobody lets time pass
            while stack["update"]:
                self.sleep(1)

    def create(self, name, codes):
        self.state["stack"] = {"name": name, "status": "CREATE_COMPLETE", "codes": codes, "update": None,
                               "versions": {part: "1" for part in codes}, "why": ""}  # fmt: skip
        for part, code in codes.items():
            version = self.publish(self.name(part), code)
            self.function(self.name(part))["alias"] = {"version": version, "weights": {}}

    def name(self, part):
        return f"{self.stack['name']}-{part}"

    def take_step(self, update):
        try:
            getattr(self, update["step"])(update)
        except Refused as refused:
            self.stack["why"] = str(refused)
            self.roll_back(update)

    def publish_changed(self, update):
        if self.clock < update["at"]:
            return
        for part, code in update["changed"].items():
            update["new"][part] = self.publish(self.name(part), code)
        update |= {"step": "move_aliases", "at": self.clock + MOVED}

    def move_aliases(self, update):
        if self.clock < update["at"]:
            return
        canary = update["shift"] and update["stage"] != "dev" and update["new"]
        for part, version in update["new"].items():
            alias = self.function(self.name(part))["alias"]
            if update["shift"]:
                self.code_deploy_starts(part, alias)
            update["moved"].append(part)
            alias |= {"weights": {version: SHARE}} if canary else {"version": version, "weights": {}}
        update |= {"step": "shift_traffic", "at": self.clock + (self.state["canary"] if canary else 0)}

    def code_deploy_starts(self, part, alias):
        if self.rings(self.name(part)):
            raise Refused("ALARM_ACTIVE", f"an alarm of {part} is in ALARM")
        if alias["version"] != self.stack["versions"][part]:
            raise Refused("INVALID_LAMBDA_CONFIGURATION",
                          "The Lambda function alias version does not match the current version in AppSpec file")  # fmt: skip

    def shift_traffic(self, update):
        for part in update["new"]:
            if update["shift"] and self.rings(self.name(part)):
                raise Refused("ALARM_ACTIVE", f"an alarm of {part} went off while traffic shifted")
        if self.clock < update["at"]:
            return
        for part, version in update["new"].items():
            self.function(self.name(part))["alias"] = {"version": version, "weights": {}}
            self.stack["versions"][part] = version
        self.stack.update({"status": "UPDATE_COMPLETE", "codes": update["codes"], "update": None})

    def roll_back(self, update):
        for part in update["moved"]:
            self.function(self.name(part))["alias"] = {"version": self.stack["versions"][part], "weights": {}}
        self.stack["status"] = "UPDATE_ROLLBACK_IN_PROGRESS"
        update |= {"step": "rolled_back", "at": self.clock + CLEANED}

    def move_aliases_to_what_cloudformation_knows(self):
        for part, version in self.stack["versions"].items():
            self.function(self.name(part))["alias"] = {"version": version, "weights": {}}

    def rolled_back(self, update):
        if self.clock >= update["at"]:
            self.stack.update({"status": "UPDATE_ROLLBACK_COMPLETE", "update": None})

    def cancel(self):
        if self.stack["status"] != "UPDATE_IN_PROGRESS":
            raise Refused("ValidationError", f"CancelUpdateStack cannot be called from {self.stack['status']}")
        self.stack["why"] = "the update was cancelled"
        self.roll_back(self.stack["update"])
