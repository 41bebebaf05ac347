"""Runs delivery/preflight.sh in accounts that are right, in accounts where one thing is wrong, and where AWS is mute."""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from collections import defaultdict

import names
import scenarios
from account import ID, REGION, Account, Refused
from awscli.botocore.exceptions import ConnectTimeoutError, NoCredentialsError
from cli import Cli

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "delivery/preflight.sh"
LINE = re.compile(r"(ok|warn|FAIL|unknown) +(\S.{19}) (.*)")
# How IAM calls services whose command has another name.
IAM_PREFIXES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}


class Run:
    """What the script says: status, and for each check its lines as (status, text, fixes)."""

    def __init__(self, cli, arguments, environment=None, command=("bash",)):
        """`cli` is a Cli, or the directory of another `aws`."""
        directory = getattr(cli, "directory", cli)
        path = f"{directory}:{os.environ['PATH']}"
        done = subprocess.run(
            [*command, SCRIPT, *arguments],
            env={**AWS, "PATH": path, "HOME": str(directory), **(environment or {})},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.checks = defaultdict(list)
        for line in self.out.splitlines():
            if match := LINE.fullmatch(line):
                status, check, text = match.groups()
                lines = self.checks[check.strip()]
                lines.append([status, text, ""])
            elif line.startswith(" " * 8):
                lines[-1][2] += line.strip() + "\n"

    def statuses(self, check):
        return sorted({status for status, _, _ in self.checks[check]})

    def says(self, status, check, text, fix):
        return any(s == status and text in t and fix in f for s, t, f in self.checks[check])


AWS = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "AKIA",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
}


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
        for check in set(base.checks) | set(run.checks) - changed:
            if check in changed or (expects_other_checks and not (base.checks[check] and run.checks[check])):
                continue
            if run.statuses(check) != base.statuses(check):
                wrong.append(f"{check} is {run.statuses(check)} instead of {base.statuses(check)}")
        return report(name, wrong, run)


def refused_questions(cli, operations):
    """What needs an operation that is refused is unknown, and its line names IAM's action.

    A refused question can keep a later one from being asked. So all are refused, then those that were not asked, and so on.
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
        expected = {":".join((IAM_PREFIXES.get(service, service), name)) for service, name in (o.split(":") for o in asked)}
        said = [*cli.faults, *(f"{check} is ok all the same" for check in run.checks if run.statuses(check) == ["ok", "unknown"])]
        if named != expected:
            said.append(f"needs {named ^ expected}")
        if run.status != (1 if "\nFAIL  " in run.out else 3):
            said.append(f"ends with {run.status}")
        wrong += report(f"refused {sorted(asked)}", said, run)
        if not asked:
            return [*wrong, f"FAILED {remaining} are never asked"]
        remaining -= asked
    return wrong


def new_account():
    """No stack yet, so that names are asked for; and no default subnets, so that zones are."""
    account = Account()
    account.default_subnets = []
    return account


def report(name, wrong, run):
    return [] if not wrong else [f"FAILED {name}: {'; '.join(wrong)}", *[f"    {line}" for line in (run.out + run.err).splitlines()]]


def scenario(number):
    global suite
    if "suite" not in globals():
        suite = Suite()
    return suite.scenario(scenarios.SCENARIOS[number])


def single_checks(cli):
    """What is no table: the bases, wrong usage, names, what the CLI says before AWS is asked, and secrecy."""
    wrong = []

    def expect(name, run, status, *texts, faults=()):
        missing = [f"does not say {text!r}" for text in texts if text not in run.out + run.err]
        odd = [f"ends with {run.status} instead of {status}"] if run.status != status else []
        wrong.extend(report(name, [*missing, *odd, *faults], run))

    for arguments in [scenarios.STACK, scenarios.TLS, scenarios.CLOUDFRONT, scenarios.BOUNDARY, ["--config-env", "prod"]]:
        cli.play(Account("mailroom") if "prod" in arguments else Account())
        run = Run(cli, arguments)
        expect(f"nothing wrong: {arguments}", run, 0, f"Account {ID} in {REGION}", "Nothing stands in the way.", faults=cli.faults)
    cli.play(Account().with_mail_stack())
    expect("nothing wrong for Grafana", Run(cli, scenarios.GRAFANA), 0, "Nothing stands in the way.", faults=cli.faults)

    for name in scenarios.GOOD_NAMES:
        cli.play(Account(name))
        expect(f"the name {name}", Run(cli, [name]), 0, faults=cli.faults)
    for name, reason in scenarios.BAD_NAMES.items():
        cli.play(Account())
        expect(f"the name {name}", Run(cli, [name]), 1, "FAIL     stack name", reason)
        if cli.operations != {"sts:GetCallerIdentity"}:
            wrong.append(f"FAILED the name {name}: {cli.operations} are asked")

    cli.play(Account())
    for arguments, text in [
        ([], "no stack"), (["a", "b"], "one stack at a time"), (["a", "--config-env", "dev"], "either STACK or --config-env"),
        (["--config-env"], "needs an environment"), (["--config-env", "prud"], "no environment prud"), (["--grafna", "a"], "--grafna"),
        (["a", "CertificateARN=x"], "no template has a parameter CertificateARN"), (["a", "GrafanaAllowedCidr=x"], "need --grafana"),
    ]:  # fmt: skip
        expect(f"usage {arguments}", Run(cli, arguments), 2, text)
    expect("--help", Run(cli, ["--help"]), 0, "--read-token", "Status: 0")

    cli.play(Account(), refuse=lambda _: NoCredentialsError())
    expect("no credentials", Run(cli, ["m"]), 3, "Unable to locate credentials", "aws sso login")
    cli.play(Account(), refuse=lambda _: Refused("AccessDenied", "The security token included in the request is expired"))
    expect("old credentials", Run(cli, ["m"]), 3, "token included in the request is expired")
    cli.play(Account())
    expect("no region", Run(cli, ["m"], {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}), 3, "no region")
    expect("two regions", Run(cli, ["m"], {"AWS_REGION": "eu-west-1"}), 3, "AWS_DEFAULT_REGION=eu-west-1")
    expect("a region of the AWS CLI alone", Run(cli, ["m"], {"AWS_DEFAULT_REGION": ""}), 3, "the SAM CLI none")
    expect("no AWS CLI", Run(cli, ["m"], {"PATH": without_aws(cli)}), 3, "the AWS CLI is missing")

    # AWS says nothing: then nothing is known but what needs no answer.
    for name, refusal in {"throttled": Refused("Throttling", "Rate exceeded"), "unreachable": ConnectTimeoutError(endpoint_url="https://ec2")}.items():
        cli.play(Account(), refuse=lambda asked, refusal=refusal: None if asked.startswith("sts") else refusal)
        run = Run(cli, scenarios.EVERYTHING)
        expect(name, run, 3, "no answer to 'aws iam get-policy', try again:", faults=cli.faults)
        known = {check for check in run.checks if run.statuses(check) != ["unknown"]} - {"stack name", "parameters"}
        if known:
            wrong.append(f"FAILED {name}: {known} are known")

    cli.play(Account().with_mail_stack(), unknown_to_cli=["freetier get-account-plan-state"])
    run = Run(cli, scenarios.GRAFANA)
    expect("an old AWS CLI", run, 3, "does not know 'aws freetier get-account-plan-state'")

    # https://github.com/aws/aws-cli/pull/9889
    cli.play(Account(), error_prefix="aws: [ERROR]: ")
    expect("errors as newer CLIs write them", Run(cli, scenarios.STACK), 0, "Nothing stands in the way.", faults=cli.faults)

    cli.play(new_account())
    run = Run(cli, scenarios.EVERYTHING, command=("bash", "-x"))
    wrong.extend(report("everything", list(cli.faults), run))
    if "open-sesame" in run.out + run.err or not run.says("ok", "token", "not blank", ""):
        wrong.append("FAILED the token is printed, or is not read")
    wrong += [f"FAILED {name} is not asked for" for name in names.not_asked_for(cli.commands)]
    reads = ("describe-", "get-", "list-", "configure")
    wrong += [f"FAILED it writes: aws {' '.join(c)}" for c in cli.commands if not c[1].startswith(reads) and c[0] != "configure"]
    wrong += refused_questions(cli, cli.operations - {"sts:GetCallerIdentity"})
    return wrong


def without_aws(cli):
    """A PATH with what the script needs but `aws`."""
    directory = cli.directory / "bin"
    directory.mkdir(exist_ok=True)
    for tool in "bash", "dirname", "mktemp", "rm", "sed", "awk", "grep", "cat":
        link = directory / tool
        if not link.exists():
            link.symlink_to(subprocess.run(["which", tool], capture_output=True, text=True, check=True).stdout.strip())
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
