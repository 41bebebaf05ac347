"""The files of grafana/, read: they are what is checked."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

import cloudformation


@dataclass
class Bundle:
    """The files of grafana/. The checks only read it, and check.py damages copies of it."""

    dashboards: dict  # file name -> dashboard
    datasources: dict  # file name -> provisioning
    providers: dict
    alerting: dict
    dockerfile: str
    start: str
    template: dict

    @classmethod
    def read(cls, directory: Path):
        def provisioning(kind):
            files = sorted((directory / "provisioning" / kind).iterdir())
            return {file.name: yaml.safe_load(file.read_text()) for file in files}

        return cls(
            dashboards={
                file.name: json.loads(file.read_text()) for file in sorted((directory / "dashboards").iterdir())
            },
            datasources=provisioning("datasources"),
            providers=provisioning("dashboards"),
            alerting=provisioning("alerting"),
            dockerfile=(directory / "Dockerfile").read_text(),
            start=(directory / "start.sh").read_text(),
            template=cloudformation.read((directory / "template.yaml").read_text()),
        )

    def panels(self):
        """Every panel but the rows, with where it is."""
        for name, dashboard in self.dashboards.items():
            for panel in dashboard["panels"]:
                if panel["type"] != "row":
                    yield f"{name}: {panel.get('title') or panel.get('id')}", panel

    def rules(self):
        """Every alert rule, with where it is."""
        for name, file in self.alerting.items():
            for group in file["groups"]:
                for rule in group["rules"]:
                    yield f"{name}: {rule.get('uid')}", rule

    def variables(self):
        """Every template variable, with where it is."""
        for name, dashboard in self.dashboards.items():
            for variable in dashboard["templating"]["list"]:
                yield f"{name}: variable {variable['name']}", variable

    def cloudwatch_queries(self):
        """The queries that belong together, panel by panel and rule by rule, with where they are."""
        for where, panel in self.panels():
            yield where, panel["targets"]
        for where, rule in self.rules():
            yield where, [query["model"] for query in rule["data"] if query["datasourceUid"] != "__expr__"]

    def datasource_uids(self):
        return {source["uid"] for file in self.datasources.values() for source in file["datasources"]}


def strings(value, path=()):
    """Every string in a tree of JSON or YAML, with the keys that lead to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from strings(inner, (*path, index))


def variables_in(text):
    """Names of the dashboard variables in a text; ${PROP('..')} is CloudWatch's, $__ is Grafana's own."""
    found = re.findall(r"\$(\w+)|\$\{(\w+)(?:[.:][^}]*)?\}", text)
    return {name for pair in found for name in pair if name and not name.startswith("__")}
