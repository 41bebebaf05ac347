"""Properties without a rule, compared with the list of the known ones."""

from pathlib import Path

import yaml


def listed():
    given = yaml.safe_load((Path(__file__).parent / "uncovered.yaml").read_text())
    return {(kind, path) for kind, paths in given.items() for path in paths}


def faults(bare, covered, known):
    for kind, path in sorted(bare - known):
        yield f"{kind} {path}: no rule says what the service takes; add a row to table/, or a reason to uncovered.yaml"
    for kind, path in sorted(known):
        if (kind, path) in covered:
            yield f"{kind} {path}: a rule covers it; take it out of uncovered.yaml"
        elif (kind, path) not in bare:
            yield f"{kind} {path}: no template has it; take it out of uncovered.yaml"
