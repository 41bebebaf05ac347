"""Holds the saved queries against Athena's dialect, the template, and what they should answer.

    tests/queries/check.sh

- Each statement of queries/saved is the one that the template has under this name.
- Tables, rights and questions to the logs are about the buckets and the log group that the mail stack's template names.
- It is valid in Athena's dialect as sqlglot knows it, without a function that sqlglot doesn't know, and every column is
  one of the template's tables.
- DuckDB runs the same text over files of emails, and over the example entries of a load balancer's access log that AWS
  documents, parsed by the template's expression: the answers are compared.

Then each check sees the damage that it is there for.
"""

import sys

from breaks import BREAKS
from checks import CHECKS, EXPECTED, read_saved, read_template


def main():
    faults = [fault for check in CHECKS for fault in check(read_template(), read_saved())]
    for fault in faults:
        print(f"FAULT  {fault}")
    if faults:
        return 1
    print(f"{len(EXPECTED)} saved queries: valid for Athena, and DuckDB answers what they should")
    unseen = 0
    for name, (check, damage, words) in BREAKS.items():
        resources, saved = read_template(), read_saved()
        damage(resources, saved)
        found = list(check(resources, saved))
        if not any(words in fault for fault in found):
            unseen += 1
            print(f"UNSEEN {name}: expected {words!r}, got {found}")
    print(f"{len(BREAKS)} kinds of damage, {unseen} unseen")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
