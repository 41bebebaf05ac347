"""Holds every right of the templates against AWS's service authorization reference and against what needs it.

    tests/deployment/checks/rights.sh

First the templates as they are, then copies with one damage each (breaks_*.py): a check that doesn't see the damage that
it is there for is a fault, too.
"""

import sys
from copy import deepcopy
from dataclasses import replace

import breaks_rights
import breaks_stack
import check_actions
import check_attacks
import check_boundary
import check_job
import check_names
import check_size
import check_types
from seen import seen
from world import World

CHECKS = [check_actions, check_types, check_names, check_boundary, check_attacks, check_job, check_size]
BREAKS = breaks_rights.BREAKS | breaks_stack.BREAKS


def main():
    world = World.read()
    faults = [fault for module in CHECKS for fault in module.check(world)]
    for fault in faults:
        print(f"FAULT  {fault}")
    unseen = 0 if faults else sum(not is_seen(name, world) for name in BREAKS)
    attacks = sum(len(found) for found in world.attacks.values())
    print(f"rights: {len(world.statements)} statements, {attacks} attacks: {len(faults)} faults")
    if not faults:
        print(f"rights: {len(BREAKS)} kinds of damage: {unseen} unseen")
    return 1 if faults or unseen else 0


def is_seen(name, world):
    """True if the check that a damage is for reports it, and reports nothing else."""
    module, damage, expected = BREAKS[name]
    damaged = replace(world, **{
        part: deepcopy(getattr(world, part))
        for part in ("templates", "policies", "exceptions", "left_out", "scripts")
    })
    damage(damaged)
    return seen(name, expected, list(module.check(damaged)))


if __name__ == "__main__":
    sys.exit(main())
