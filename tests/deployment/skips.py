"""Fails for a skip in template.yaml that checkov didn't need: it would hide what comes later.

    skips.py CHECKOV'S-RESULT.json
"""

import json
import pathlib
import sys

import template


def main():
    found = json.loads(pathlib.Path(sys.argv[1]).read_text())
    skipped = found["results"]["skipped_checks"]
    used = {(check["resource"].split(".")[-1], check["check_id"]) for check in skipped}
    stale = []
    for name, resource in template.read()["Resources"].items():
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
            if not skip.get("comment"):
                sys.exit(f"{name}: the skip of {skip['id']} gives no reason")
            if (name, skip["id"]) not in used:
                stale.append(f"{name}: {skip['id']}")
    if stale:
        sys.exit("skips that nothing needs: " + ", ".join(stale))
    print(f"{len(used)} skips, each needed and with its reason")


if __name__ == "__main__":
    main()
