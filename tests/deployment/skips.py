"""Fails for a skip of one of checkov's rules that checkov didn't need: it would hide what comes later.

    skips.py CHECKOV'S-RESULT.json
"""

import json
import pathlib
import sys

import template


def main():
    found = json.loads(pathlib.Path(sys.argv[1]).read_text())
    used = {
        (check["file_path"].lstrip("/"), check["resource"].split(".")[-1], check["check_id"])
        for check in found["results"]["skipped_checks"]
    }
    written = set()
    for name in template.TEMPLATES:
        for resource, definition in template.read(name)["Resources"].items():
            for skip in definition.get("Metadata", {}).get("checkov", {}).get("skip", []):
                if not skip.get("comment"):
                    sys.exit(f"{name}: {resource}: the skip of {skip['id']} gives no reason")
                written.add((name, resource, skip["id"]))
    stale = sorted(": ".join(skip) for skip in written - used)
    if stale:
        sys.exit("skips that nothing needs; remove them: " + ", ".join(stale))
    print(f"{len(used)} skips in {len(template.TEMPLATES)} templates, each needed and with its reason")


if __name__ == "__main__":
    main()
