"""Compares grafana/ with what the functions, both templates, AWS and Grafana know.

    tests/deployment/checks/grafana.sh

First the files as they are, then copies with one damage each (breaks_*.py): a check that doesn't see the damage that it
is there for is a fault too.
"""

import sys
from copy import deepcopy
from pathlib import Path

import breaks_dashboards
import breaks_files
import breaks_queries
import breaks_template
import breaks_thresholds
import check_dashboards
import check_image
import check_logs
import check_metrics
import check_provisioning
import check_sdk
import check_template
import check_thresholds
from bundle import Bundle
from known import Known
from seen import seen

ROOT = Path(__file__).parents[3]
CHECKS = [
    check_sdk,
    check_dashboards,
    check_metrics,
    check_thresholds,
    check_logs,
    check_provisioning,
    check_image,
    check_template,
]
BREAKS = {
    name: broken
    for module in (breaks_dashboards, breaks_queries, breaks_thresholds, breaks_files, breaks_template)
    for name, broken in module.BREAKS.items()
}


def main():
    bundle, known = Bundle.read(ROOT / "grafana"), Known.read(ROOT)
    faults = [fault for module in CHECKS for fault in module.check(bundle, known)]
    for fault in faults:
        print(f"FAULT  {fault}")
    unseen = 0 if faults else sum(not is_seen(name, bundle, known) for name in BREAKS)
    panels, rules = len(list(bundle.panels())), len(list(bundle.rules()))
    print(f"grafana: {len(bundle.dashboards)} dashboards, {panels} panels, {rules} alert rules: {len(faults)} faults")
    if not faults:
        print(f"grafana: {len(BREAKS)} kinds of damage: {unseen} unseen")
    return 1 if faults or unseen else 0


def is_seen(name, bundle, known):
    """True if the check that a damage is for reports it, and reports nothing else."""
    module, damage, expected = BREAKS[name]
    damaged = deepcopy(bundle)
    damage(damaged)
    return seen(name, expected, list(module.check(damaged, known)))


if __name__ == "__main__":
    sys.exit(main())
