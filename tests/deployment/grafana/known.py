"""What dashboards and alert rules may refer to: from docs/LOGGING.md, both templates and catalogue.yaml."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

import cloudformation

FUNCTIONS = {"api": ["api"], "worker": ["worker"], "canary": ["canary"], "all": ["api", "worker", "canary"]}
# Name of a resource -> property that gives it.
NAME = {"Queue": "QueueName", "DeadLetterQueue": "QueueName", "GrafanaGroup": "AutoScalingGroupName"}


@dataclass
class LogLine:
    function: str
    level: str
    message: str
    fields: set


@dataclass
class Alarm:
    name: str
    metric: tuple  # namespace, name, dimensions
    statistic: str
    period: int
    operator: str
    threshold: float


@dataclass
class Known:
    namespace: str  # of our own metrics
    own: dict  # metric -> (functions that emit it, the one set of dimensions)
    reasons: set  # values of the dimension Reason
    lines: list  # every documented log line
    catalogue: dict
    resources: dict  # of both stacks, by logical id

    @classmethod
    def read(cls, root: Path):
        page = (root / "docs/LOGGING.md").read_text()
        metrics, log = section(page, "Metrics"), section(page, "Log lines")
        own = {words(row[1])[0]: (set(FUNCTIONS[row[0]]), frozenset(words(row[3]))) for row in rows(metrics, 5)}
        lines = [
            LogLine(function, row[1], words(row[2])[0], set(words(row[3])) | {"timestamp", "level", "message"})
            for row in rows(log, 4)
            for function in FUNCTIONS[row[0]]
        ]
        mail, grafana = (
            cloudformation.read((root / name).read_text())["Resources"]
            for name in ("template.yaml", "grafana/template.yaml")
        )
        if mail.keys() & grafana.keys():
            raise ValueError(f"both templates have a resource called {sorted(mail.keys() & grafana.keys())}")
        return cls(
            namespace=re.search(r"in the namespace `(\w+)`", metrics).group(1),
            own=own,
            reasons=set(words(re.search(r"`Reason` is one of ([^.]*)\.", metrics).group(1))),
            lines=lines,
            catalogue=yaml.safe_load((Path(__file__).parent / "catalogue.yaml").read_text()),
            resources=mail | grafana,
        )

    def dimensions(self, namespace, metric):
        """The sets of dimensions that a metric is published with: none for a metric that isn't."""
        if namespace == self.namespace:
            return [self.own[metric][1]] if metric in self.own else []
        published = self.catalogue["metrics"].get(namespace, {"published": []})["published"]
        return [frozenset(keys) for group in published if metric in group["names"] for keys in group["dimensions"]]

    def metrics(self):
        """Every metric: one that is worth a place in the catalogue is worth a panel."""
        aws = (
            (space, name)
            for space, part in self.catalogue["metrics"].items()
            for group in part["published"]
            for name in group["names"]
        )
        return {(self.namespace, metric) for metric in self.own} | set(aws)

    def of_type(self, kind):
        return [resource for resource in self.resources.values() if resource["Type"] == kind]

    def names(self, kind, key):
        """The names that the templates give to resources of a kind."""
        found = (resource["Properties"].get(key) for resource in self.of_type(kind))
        return {name for value in found for name in cloudformation.texts(value) if "${stack}" in name}

    def timeout(self, function):
        """Seconds after which Lambda kills `api` or `worker`."""
        for resource in self.of_type("AWS::Serverless::Function"):
            if resource["Properties"]["FunctionName"] == f"${{stack}}-{function}":
                return resource["Properties"]["Timeout"]
        raise LookupError(f"template.yaml has no function {function}")

    def alarms(self):
        for name, resource in self.resources.items():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                alarm = resource["Properties"]
                dimensions = {each["Name"]: self.value(each["Value"]) for each in alarm["Dimensions"]}
                yield Alarm(
                    name,
                    (alarm["Namespace"], alarm["MetricName"], tuple(sorted(dimensions.items()))),
                    alarm.get("Statistic") or alarm["ExtendedStatistic"],
                    alarm["Period"],
                    alarm["ComparisonOperator"],
                    alarm["Threshold"],
                )

    def value(self, value):
        """A dimension's value, as a dashboard writes it."""
        if isinstance(value, str):
            return value
        ((_, target),) = value.items()
        if not isinstance(target, str):
            return str(value)  # computed by CloudFormation, so no dashboard can write it
        resource = target.split(".")[0]
        if resource in NAME:
            return cloudformation.texts(self.resources[resource]["Properties"][NAME[resource]])[0]
        return cloudformation.variable(resource.removesuffix("FullName"))


def section(page, heading):
    return page.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def rows(text, columns):
    """The rows of the tables with so many columns, without their headings."""
    cells = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    )
    return [row for row in cells if len(row) == columns and any("`" in cell for cell in row)]


def words(cell):
    """The texts between backticks."""
    return cell.split("`")[1::2]
