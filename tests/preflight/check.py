"""Runs delivery/preflight.sh on accounts without a fault, on accounts with one, and where AWS does not answer."""

import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile

import names
import scenarios
from account import ID, REGION, Account, Refused
from awscli.botocore.exceptions import ConnectTimeoutError, NoCredentialsError
from cli import Cli
from run import Run, report

# How IAM calls services whose command has another name.
IAM_PREFIXES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}


class Suite:
    """One of several processes that share the scenarios. Each has its own CLI."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory()
        self.cli = Cli(self.directory.name)
        self.bases = {}

    def account(self, arguments):
        account = Account("mailroom") if "prod" in arguments else Account()
        return account.with_mail_stack() if "--grafana" in arguments else account

    def base(self, arguments):
        """The same question to an account with nothing wrong."""
        key = " ".join(arguments)
        if key not in self.bases:
            self.cli.play(self.account(arguments))
            self.bases[key] = Run(self.cli, arguments)
        return self.bases[key]

    def scenario(self, scenario):
        name, arguments, change, status, expected = scenario
        base = self.base(arguments)
        account = self.account(arguments)
        (change or (lambda _: None))(account)
        self.cli.play(account)
        run = Run(self.cli, arguments)
        wrong = list(self.cli.faults)
        if run.status != status:
            wrong.append(f"ends with {run.status} instead of {status}")
        for line in expected:
            if not run.says(*line):
                wrong.append(f"does not say {line}")
        changed = {check for _, check, _, _ in expected}
        # The stack's state decides which of the others are made.
        expects_other_checks = "stack" in changed
        for check in (set(base.checks) | set(run.checks)) - changed:
            if expects_other_checks and not (base.checks[check] and run.checks[check]):
                continue
            if run.statuses(check) != base.statuses(check):
                wrong.append(f"{check} is {run.statuses(check)} instead of {base.statuses(check)}")
        return report(name, wrong, run)


def refused_questions(cli, operations):
    """A check that needs a refused operation is unknown, and its line names IAM's action.

    A refused question can keep a later one from being asked. So all are refused, then those that were not asked, and
    so on.
    """
    wrong, remaining = [], set(operations)
    while remaining:
        asked = set()

        def refuse(operation):
            if operation in remaining:
                asked.add(operation)
                return Refused("AccessDeniedException", "no identity-based policy allows it")

        cli.play(new_account(), refuse=refuse)
        run = Run(cli, scenarios.EVERYTHING)
        unknown = [text for lines in run.checks.values() for status, text, _ in lines if status == "unknown"]
        named = {text.removeprefix("not allowed to ask: needs the action ") for text in unknown}
        expected = {action_of(operation) for operation in asked}
        said = list(cli.faults)
        said += [f"{check} is ok all the same" for check in run.checks if run.statuses(check) == ["ok", "unknown"]]
        if named != expected:
            said.append(f"needs {named ^ expected}")
        if run.status != (1 if "\nFAIL  " in run.out else 3):
            said.append(f"ends with {run.status}")
        wrong += report(f"refused {sorted(asked)}", said, run)
        if not asked:
            return [*wrong, f"FAILED {remaining} are never asked"]
        remaining -= asked
    return wrong


def action_of(operation):
    service, name = operation.split(":")
    return f"{IAM_PREFIXES.get(service, service)}:{name}"


def new_account():
    """No stack yet, so that names are asked for; and no default subnets, so that zones are."""
    account = Account()
    account.default_subnets = []
    return account


def scenario(number):
    global suite
    if "suite" not in globals():
        suite = Suite()
    return suite.scenario(scenarios.SCENARIOS[number])


FINE = f"Account {ID} in {REGION}", "Nothing would fail."


class Singles:
    """Runs that are no rows of a table."""

    def __init__(self, cli):
        self.cli, self.wrong = cli, []

    def expect(self, name, arguments, status, *texts, environment=None):
        """The next run's status, and texts that it prints. The AWS CLI and the account find no fault in it."""
        run = Run(self.cli, arguments, environment)
        said = [f"does not say {text!r}" for text in texts if text not in run.out + run.err]
        said += [f"ends with {run.status} instead of {status}"] if run.status != status else []
        self.wrong += report(name, said + self.cli.faults, run)
        return run

    def right_accounts(self):
        prod = ["--config-env", "prod"]
        for arguments in scenarios.STACK, scenarios.TLS, scenarios.CLOUDFRONT, scenarios.BOUNDARY, prod:
            self.cli.play(Account("mailroom") if arguments == prod else Account())
            self.expect(f"nothing wrong: {arguments}", arguments, 0, *FINE)
        self.cli.play(Account().with_mail_stack())
        self.expect("nothing wrong for Grafana", scenarios.GRAFANA, 0, *FINE)

    def stack_names(self):
        for name in scenarios.GOOD_NAMES:
            self.cli.play(Account(name))
            self.expect(f"the name {name}", [name], 0, *FINE)
        for name, reason in scenarios.BAD_NAMES.items():
            self.cli.play(Account())
            self.expect(f"the name {name}", [name], 1, "FAIL     stack name", reason)
            if self.cli.operations != {"sts:GetCallerIdentity"}:
                self.wrong.append(f"FAILED the name {name}: {self.cli.operations} are asked")
        for name in [*scenarios.GOOD_NAMES, *scenarios.BAD_NAMES]:
            if settings_take(name) != (name in scenarios.GOOD_NAMES):
                self.wrong.append(f"FAILED the name {name}: delivery/settings.py has another rule")

    def usage(self):
        self.cli.play(Account())
        for arguments, text in [
            ([], "no stack"),
            (["a", "b"], "one stack at a time"),
            (["a", "--config-env", "dev"], "either STACK or --config-env"),
            (["--config-env"], "needs an environment"),
            (["--config-env", "prud"], "no environment prud"),
            (["--grafna", "a"], "--grafna"),
            (["a", "CertificateARN=x"], "no template has a parameter CertificateARN"),
            (["a", "GrafanaAllowedCidr=x"], "need --grafana"),
        ]:
            self.expect(f"usage {arguments}", arguments, 2, text)
        self.expect("--help", ["--help"], 0, "--read-token", "Status: 0")

    def nothing_to_ask_with(self):
        self.cli.play(Account(), refuse=lambda _: NoCredentialsError())
        self.expect("no credentials", ["m"], 3, "Unable to locate credentials", "aws sso login")
        self.cli.play(Account(), refuse=lambda _: Refused("AccessDenied", "The security token is expired"))
        self.expect("old credentials", ["m"], 3, "The security token is expired")
        self.cli.play(Account())
        for environment, text in [
            ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "no region"),
            ({"AWS_REGION": "eu-west-1"}, "AWS_DEFAULT_REGION=eu-west-1"),
            ({"AWS_DEFAULT_REGION": ""}, "the SAM CLI none"),
            ({"PATH": only_tools(self.cli)}, "the AWS CLI is missing"),
        ]:
            self.expect(f"with {environment}", ["m"], 3, text, environment=environment)

    def no_answers(self):
        """Then nothing is known but what needs no answer."""
        unreachable = ConnectTimeoutError(endpoint_url="https://ec2")
        for name, mute in {"throttled": Refused("Throttling", "Rate exceeded"), "unreachable": unreachable}.items():
            self.cli.play(Account(), refuse=lambda asked, mute=mute: None if asked.startswith("sts") else mute)
            run = self.expect(name, scenarios.EVERYTHING, 3, "no answer to 'aws iam get-policy', try again:")
            known = {check for check in run.checks if run.statuses(check) != ["unknown"]} - {"stack name", "parameters", "SAM CLI"}
            if known:
                self.wrong.append(f"FAILED {name}: {known} are known")

    def other_clis(self):
        self.cli.play(Account().with_mail_stack(), unknown_to_cli=["freetier get-account-plan-state"])
        self.expect("an old AWS CLI", scenarios.GRAFANA, 3, "does not know 'aws freetier get-account-plan-state'")
        # https://github.com/aws/aws-cli/pull/9889
        self.cli.play(Account(), error_prefix="aws: [ERROR]: ")
        self.expect("errors as newer CLIs write them", scenarios.STACK, 0, *FINE)

    def sam_clis(self):
        self.cli.play(Account())
        for version, text in {
            "SAM CLI, version 1.164.2": "warn     SAM CLI              1.164 is older than 1.165",
            "SAM CLI, version 0.999.0": "is older than 1.165",
            "Traceback": "warn     SAM CLI              'sam --version' doesn't print a version",
            "SAM CLI, version 1.165.0": "ok       SAM CLI              1.165",
            "SAM CLI, version 2.0.0": "ok       SAM CLI              2.0",
        }.items():
            self.cli.sam(version)
            self.expect(version, scenarios.STACK, 0, text)
        self.cli.sam("SAM CLI, version 1.170.0")
        environment = {"PATH": only_tools(self.cli, self.cli.directory / "aws")}
        if "SAM CLI" in self.expect("no SAM CLI", scenarios.STACK, 0, *FINE, environment=environment).checks:
            self.wrong.append("FAILED no SAM CLI: there is a line for it")

    def everything(self):
        """Every question is asked: none writes, none prints the token, and each name of the templates is in one."""
        self.cli.play(new_account())
        run = Run(self.cli, scenarios.EVERYTHING, command=("bash", "-x"))
        self.wrong += report("everything", self.cli.faults, run)
        if "open-sesame" in run.out + run.err or not run.says("ok", "token", "not blank", ""):
            self.wrong.append("FAILED the token is printed, or is not read")
        self.wrong += [f"FAILED {name} is not asked for" for name in names.not_asked_for(self.cli.commands)]
        for command in self.cli.commands:
            if not command[1].startswith(("describe-", "get-", "list-")):
                self.wrong.append(f"FAILED it writes: aws {' '.join(command)}")
        self.wrong += refused_questions(self.cli, self.cli.operations - {"sts:GetCallerIdentity"})


def single_checks(cli):
    singles = Singles(cli)
    for check in (
        singles.right_accounts, singles.stack_names, singles.usage, singles.nothing_to_ask_with, singles.no_answers,
        singles.other_clis, singles.sam_clis, singles.everything,
    ):  # fmt: skip
        check()
    return singles.wrong


def settings_take(name):
    """Whether delivery/settings.py, which has the rule for samconfig.toml, takes the name."""
    with tempfile.NamedTemporaryFile("w") as samconfig:
        samconfig.write(f'[dev.global.parameters]\nstack_name = "{name}"\n')
        samconfig.flush()
        command = [sys.executable, names.ROOT / "delivery/settings.py", "stack-name", samconfig.name, "dev"]
        return subprocess.run(command, capture_output=True).returncode == 0


def only_tools(cli, *more):
    """A PATH with everything that the script needs but `aws` and `sam`, and with these."""
    directory = pathlib.Path(tempfile.mkdtemp(dir=cli.directory))
    tools = "bash", "dirname", "mktemp", "rm", "sed", "awk", "grep", "cat", "tr", "sort"
    for path in [*(shutil.which(tool) for tool in tools), *more]:
        (directory / pathlib.Path(path).name).symlink_to(path)
    return str(directory)


def main():
    with tempfile.TemporaryDirectory() as directory:
        wrong = single_checks(Cli(directory))
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for said in pool.map(scenario, range(len(scenarios.SCENARIOS))):
            wrong += said
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"preflight.sh: {len(scenarios.SCENARIOS)} scenarios as they should be")


if __name__ == "__main__":
    main()
