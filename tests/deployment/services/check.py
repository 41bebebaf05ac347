"""Checks every property of every template against what the AWS services accept.

    tests/deployment/checks/services.sh

Linters know the shape of a template. Services also validate characters, lengths, ranges and combinations, and refuse a
deployment halfway through. This check works in three steps:

1. evaluate.py evaluates each resource as CloudFormation would, once for each choice of parameters that changes it
   (worlds.py). The choices are defaults, allowed values, bounds, and the extremes in parameters.yaml, such as a stack
   name of 20 characters. Values inside Fn::If, Fn::Sub and so on are therefore seen as the service gets them.
2. inspection.py compares each value with the rows of table/*.yaml (rules.py) and with botocore's service models
   (models.py). across.py has the rules about several resources. Values that are known only after a deployment are
   counted and skipped.
3. A property that no rule covers is a fault, unless uncovered.yaml lists it with a reason.

To add a row, find the resource type in table/*.yaml. Write the path of the property, with [*] for list indexes, the
rule (rules.py lists the kinds) and the page that states it:

    AWS::SQS::Queue:
      source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
      VisibilityTimeout: {range: [0, 43200]}

A rule about several properties is a function in checks_*.py. `check: NAME` calls it with the value at the path that
holds all of these properties. Where the API's name of a property differs from CloudFormation's, add a line to
models.yaml.

Each kind of rule has a break in breaks_*.py. When the templates have no fault, each break damages a copy in memory, and
a damage that goes unseen fails the check. Add a break with a new kind of rule. A row that neither a template nor a
break uses fails too: its path is wrong or its property is gone.
"""

import sys
from copy import deepcopy

import breaks_compute
import breaks_data
import breaks_network
import breaks_queries
import breaks_templates
import inspection
import parameters
import rules
import templates
import uncovered
import worlds
from seen import seen

BREAKS = breaks_network.BREAKS | breaks_compute.BREAKS | breaks_data.BREAKS | breaks_queries.BREAKS


def main():
    given = templates.read_all()
    reports = {name: inspection.inspect(name, template, templates.sizes(name)) for name, template in given.items()}
    known = uncovered.listed()
    total = inspection.Report()
    for report in reports.values():
        total.add(report)
    faults = total.faults + list(uncovered.faults(total.bare, total.covered, known))
    faults += [f"parameters.yaml: no template has the parameter {name}" for name in parameters.unused(given)]
    for fault in faults:
        print(f"FAULT  {fault}")
    for name, report in reports.items():
        print(
            f"{name}: {report.values} values checked by {len(report.used)} rules, "
            f"{len(report.bare & known)} properties without a rule (listed), "
            f"{report.unknown} values known only after a deployment"
        )
    return 1 if faults else try_breaks(given, total.used)


def try_breaks(given, used):
    unseen = 0
    for name, (kind, damage, expected) in BREAKS.items():
        report = broken(kind, damage, given)
        unseen += not seen(name, expected, report.faults, alone=False)
        used |= report.used
    for name, (template, damage, look, expected) in breaks_templates.BREAKS.items():
        damaged = deepcopy(given[template])
        damage(damaged)
        unseen += not seen(name, expected, list(look(template, damaged)), alone=False)
    print(f"{len(BREAKS) + len(breaks_templates.BREAKS)} kinds of damage, {unseen} unseen")
    unused = rules.unused(used)
    for row in unused:
        print(f"FAULT  the row {row} applies to no template and no break; correct its path or remove it")
    return 1 if unseen or unused else 0


def broken(kind, damage, given):
    """The report about the first resource that the damage fits."""
    for name, template in given.items():
        for resource, whole in template["Resources"].items():
            if whole["Type"] == kind:
                damaged = template | {"Resources": {resource: deepcopy(whole)}}
                if fits(damage, damaged["Resources"][resource]):
                    values = inspection.values_of(name, damaged)
                    return inspection.inspect_resource(name, damaged, resource, values)
    return inspection.Report(faults=[f"no template has a {kind} that the damage fits"])


def fits(damage, resource):
    properties = resource["Properties"] | {key: resource[key] for key in worlds.POLICIES if key in resource}
    try:
        damage(properties)
    except (LookupError, TypeError):
        return False
    resource["Properties"] = properties
    return True


if __name__ == "__main__":
    sys.exit(main())
