"""Checks one template against the table, botocore's models and the rules about several resources."""

from dataclasses import dataclass, field

import regex

import across
import models
import parameters
import patterns
import rules
import worlds
from evaluate import Unknown, text
from walk import identity, is_leaf, walk

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
DYNAMIC = (
    r"\{\{resolve:(ssm:[A-Za-z0-9_./-]+(:\d+)?"
    r"|secretsmanager:([A-Za-z0-9/_+=.@-]+|arn:[^{}]+|\$\{\w+\})(:SecretString(:[^:{}]*){0,3})?)\}\}"
)


@dataclass
class Report:
    faults: list = field(default_factory=list)
    values: int = 0  # that a rule could look at
    unknown: int = 0  # that only a deployment tells
    used: set = field(default_factory=set)
    covered: set = field(default_factory=set)  # (type, path) of properties with a rule
    bare: set = field(default_factory=set)  # and without one

    def add(self, other):
        self.faults += other.faults
        self.values += other.values
        self.unknown += other.unknown
        self.used |= other.used
        self.covered |= other.covered
        self.bare |= other.bare


def inspect(name, template, sizes):
    report = Report()
    values = values_of(name, template)
    for resource in template["Resources"]:
        report.add(inspect_resource(name, template, resource, values))
    report.add(inspect_itself(name, template, sizes))
    report.faults += [f"{name}: {resource} {fault}" for resource, fault in across.check(template, values)]
    report.faults += faults_of_parameters(name, template)
    return report


def faults_of_parameters(name, template):
    given = template.get("Parameters", {}).items()
    found = [
        f"{name}: parameter {parameter} {fault}"
        for parameter, each in given
        for fault in parameters.faults(parameter, each)
    ]
    deciding = worlds.names_in([template.get(section, {}) for section in ("Conditions", "Rules")], template)
    return found + [
        f"{name}: parameter {parameter} decides a condition or a rule, so its values are not alike"
        for parameter, _ in given
        if parameter in deciding and parameters.known()["parameters"].get(parameter, {}).get("alike")
    ]


def values_of(name, template, stacks=None):
    return worlds.possible(template, parameters.known()["parameters"], parameters.environments(name, stacks))


def inspect_resource(name, template, resource, values):
    kind = template["Resources"][resource]["Type"]
    report = Report()
    seen = set()
    for there in worlds.resources([resource], template, values):
        if resource in there:
            inspect_values(f"{name}: {resource}", kind, there[resource], seen, report)
    return report


def inspect_itself(name, template, sizes):
    """What CloudFormation asks of the template, as if it were a resource."""
    sections = {key: template[key] for key in ("Description", "Parameters", "Outputs") if key in template}
    resources = {resource: given["Type"] for resource, given in template["Resources"].items() if "(" not in resource}
    for section, keys in (
        ("Parameters", ("Description", "ConstraintDescription", "Default")),
        ("Outputs", ("Description",)),
    ):
        given = sections.get(section, {})
        sections[section] = {item: {key: value[key] for key in keys if key in value} for item, value in given.items()}
    report = Report()
    inspect_values(f"{name}:", "Template", sections | {"Resources": resources} | sizes, set(), report)
    return report


def inspect_values(where, kind, properties, seen, report):
    """Looks at each value that wasn't seen before, and at the resource as a whole."""
    for row in rules.rows(kind, rules.ALL):
        look(f"{where} ({kind})", row, properties, report)
    for path, value in walk(properties, models.free(kind), rules.whole(kind)):
        key = path, identity(value)
        if key not in seen:
            seen.add(key)
            inspect_value(where, kind, path, value, report)


def look(where, row, value, report):
    report.used.add(id(row))
    for fault in rules.faults(row, value):
        line = f"{where} {fault} ({row['source']})"
        if line not in report.faults:
            report.faults.append(line)


def shown(value):
    if isinstance(value, (dict, list)):
        return ""
    return f": {text(value)[:80]!r}" if isinstance(value, (str, Unknown)) else f": {text(value)}"


def inspect_value(where, kind, path, value, report):
    given = list(rules.rows(kind, path))
    place = f"{where} {path}{shown(value)}"
    if isinstance(value, Unknown):
        report.unknown += is_leaf(value)
        for reference in regex.findall(r"\{\{resolve:.*?\}\}+", value.text):
            if not regex.fullmatch(DYNAMIC, reference):
                report.faults.append(f"{place} is not a valid dynamic reference")
        for row in given:
            look(place, row, value, report)
        return
    for row in given:
        look(place, row, value, report)
    model = models.rule(kind, path)
    if model:
        constraints, source = model
        report.used.add(source)
        try:
            report.faults += [f"{place} {fault} ({source})" for fault in models.faults(constraints, value)]
        except patterns.Untranslated as error:
            report.faults.append(f"{source} has a pattern that patterns.py can't translate: {error}")
    if is_leaf(value) or path in rules.whole(kind):
        covered = bool(given or model) or path in rules.covered(kind)
        report.values += covered
        (report.covered if covered else report.bare).add((kind, path))
