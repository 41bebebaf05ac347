"""What dashboards and alert rules may refer to: taken from docs/LOGGING.md, template.yaml and catalogue.yaml."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

FUNCTIONS = {"api": ["api"], "worker": ["worker"], "both": ["api", "worker"]}


@dataclass
class LogLine:
    function: str
    level: str
    message: str
    fields: set


@dataclass
class Known:
    namespace: str  # of our own metrics
    own: dict  # metric -> (functions that emit it, the one set of dimensions)
    reasons: set  # values of the dimension Reason
    lines: list  # every documented log line
    catalogue: dict
    template: dict

    @classmethod
    def read(cls, root: Path):
        page = (root / "docs/LOGGING.md").read_text()
        metrics, log = section(page, "Metrics"), section(page, "Log lines")
        template = yaml.load((root / "template.yaml").read_text(), Loader=TemplateLoader)
        catalogue = yaml.safe_load((Path(__file__).parent / "catalogue.yaml").read_text())
        own = {words(row[1])[0]: (set(FUNCTIONS[row[0]]), frozenset(words(row[3]))) for row in rows(metrics, 5)}
        lines = [
            LogLine(function, row[1], words(row[2])[0], set(words(row[3])) | {"timestamp", "level", "message"})
            for row in rows(log, 4)
            for function in FUNCTIONS[row[0]]
        ]
        return cls(
            namespace=re.search(r"in the namespace `(\w+)`", metrics).group(1),
            own=own,
            reasons=set(words(re.search(r"`Reason` is one of ([^.]*)\.", metrics).group(1))),
            lines=lines,
            catalogue=catalogue,
            template=template,
        )

    def dimensions(self, namespace, metric):
        """The sets of dimensions that a metric is published with: none for a metric that isn't."""
        if namespace == self.namespace:
            return [self.own[metric][1]] if metric in self.own else []
        published = self.catalogue["metrics"].get(namespace, {"published": []})["published"]
        return [frozenset(keys) for group in published if metric in group["names"] for keys in group["dimensions"]]

    def metrics(self):
        """Every metric: what is worth a place in the catalogue is worth a panel."""
        aws = (
            (space, name)
            for space, part in self.catalogue["metrics"].items()
            for group in part["published"]
            for name in group["names"]
        )
        return {(self.namespace, metric) for metric in self.own} | set(aws)

    def resources(self, kind):
        return [resource for resource in self.template["Resources"].values() if resource["Type"] == kind]

    def names(self, kind, key):
        """The names that the template gives to resources of a kind, with ${stack} for the stack's."""
        found = (resource["Properties"].get(key) for resource in self.resources(kind))
        return {
            name.replace("${AWS::StackName}", "${stack}")
            for value in found
            for name in texts(value)
            if "${AWS::StackName}" in name
        }

    def timeout(self, function):
        """Seconds after which Lambda kills `api` or `worker`."""
        for resource in self.resources("AWS::Serverless::Function"):
            properties = resource["Properties"]
            if f"${{AWS::StackName}}-{function}" in texts(properties["FunctionName"]):
                timeout = properties["Timeout"]
                return self.template["Parameters"][timeout["Ref"]]["Default"] if isinstance(timeout, dict) else timeout
        raise LookupError(f"template.yaml has no function {function}")


class TemplateLoader(yaml.SafeLoader):
    """Reads CloudFormation's short forms, such as !Ref, as maps with one key; !Sub as what is in it."""


def short_form(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return value if tag == "Sub" else {tag: value}


TemplateLoader.add_multi_constructor("!", short_form)


def texts(value):
    """All strings in a value of the template."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in inner for text in texts(one)]


def section(page, heading):
    return page.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def rows(text, columns):
    """The rows of the tables with so many columns, without their headings."""
    cells = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    )
    return [row for row in cells if len(row) == columns and any("`" in cell for cell in row)]


def words(cell):
    """What stands between backticks."""
    return cell.split("`")[1::2]
